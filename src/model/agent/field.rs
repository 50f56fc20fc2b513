//! A [`Field`] is one value of one agent, with the name that the YAML has for it, and how two spellings of it compare.
//! The diff, the plan, the reports and the digests use fields, never YAML or a vendor's JSON. The table in
//! `field_spec.rs` has one row for each field.

use std::fmt;
use std::str::FromStr;

use arcstr::ArcStr;
use jiff::civil::Date;
use strum::{EnumIter, IntoEnumIterator as _, IntoStaticStr, VariantArray};

use super::{CrmSlot, FieldValue, PfSlot, ValueType};

/// One value of one agent. Its `Display` is the YAML's own path, such as `public.position.en`, and `parse` reads it.
/// `iter` lists all fields, those with a key once, with an empty key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter)]
pub enum Field {
    /// `status`: a [`Status`](super::Status).
    Status,
    /// `role`: the CRM's role code.
    Role,
    /// `public.first_name`.
    FirstName,
    /// `public.last_name`.
    LastName,
    /// `public.email`.
    Email,
    /// `public.phone`.
    Phone,
    /// `public.phone_secondary`.
    PhoneSecondary,
    /// `public.whatsapp_phone`.
    WhatsappPhone,
    /// `public.photo`: an HTTPS URL, or a path in the repository.
    Photo,
    /// `public.licence`.
    Licence,
    /// `public.licence_expired_at`: a date, `YYYY-MM-DD`.
    LicenceExpiredAt,
    /// `public.position.<language>`.
    Position(ArcStr),
    /// `public.experience_since`: a year.
    ExperienceSince,
    /// `public.languages`: a list of language codes, owned whole.
    Languages,
    /// `public.nationalities`: a list of country codes, owned whole.
    Nationalities,
    /// `public.linked_in`.
    LinkedIn,
    /// `public.descriptions.<language>`: the content in that language.
    Description(ArcStr),
    /// `private.first_name`.
    PrivateFirstName,
    /// `private.last_name`.
    PrivateLastName,
    /// `private.email`: the login.
    Login,
    /// `private.mobile`.
    Mobile,
    /// `private.landline`.
    Landline,
    /// `private.landline_extension`.
    LandlineExtension,
    /// `private.lang`: the language of the CRM's screens.
    InterfaceLanguage,
    /// `private.licence`.
    PrivateLicence,
    /// `private.use_email_signature`.
    UseEmailSignature,
    /// `private.email_signature`.
    EmailSignature,
    /// `private.photo`.
    PrivatePhoto,
    /// `theme`.
    Theme,
    /// `subscriptions.<notification>.<channel>`.
    Subscription(ArcStr, Channel),
    /// `fields.<id>`: one of the CRM's custom fields.
    Custom(ArcStr),
}

/// How a CRM notification reaches an agent; the last part of a subscription's path.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case", prefix = "receive_", const_into_str)]
pub enum Channel {
    #[default]
    Notification,
    Email,
    Sms,
}

impl Channel {
    /// The CRM's own key for it, such as `receive_sms`.
    #[must_use]
    pub const fn key(self) -> &'static str {
        self.into_str()
    }
}

impl Field {
    /// Whether the value is private, and so never shown: everything under `private` and `fields`.
    #[must_use]
    pub(crate) const fn is_private(&self) -> bool {
        self.spec().private
    }

    /// The place of a path of keys in the order of the fields; none for a path that leads to no field.
    #[must_use]
    pub(crate) fn rank(path: &str) -> Option<usize> {
        let leads_to = |own: &str| own.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        Self::iter().position(|field| leads_to(field.spec().path))
    }

    /// Whether every file must declare it.
    #[must_use]
    pub(crate) const fn is_required(&self) -> bool {
        matches!(
            self,
            Self::Status | Self::FirstName | Self::LastName | Self::Email | Self::Phone | Self::Login | Self::Mobile
        )
    }

    /// What its value is, as far as comparing goes.
    #[must_use]
    pub const fn kind(&self) -> ValueType {
        self.spec().value_type
    }

    /// The canonical spelling, which all equal values share; `""`, `[]` and null become nothing.
    #[must_use]
    pub(crate) fn canonical(&self, value: &FieldValue) -> FieldValue {
        super::canonical::canonical(self.kind(), value)
    }

    /// Whether a value is an empty one: nothing, a blank text, a list without members.
    #[must_use]
    pub(crate) fn is_blank(&self, value: &FieldValue) -> bool {
        super::canonical::is_blank(self.kind(), value)
    }

    /// A value in the form in which it is compared: its canonical spelling, of a text without what cannot be seen.
    #[must_use]
    pub(crate) fn comparable(&self, value: &FieldValue) -> FieldValue {
        super::agreement::comparable(self.kind(), value)
    }

    /// The day of a date, as `YYYY-MM-DD`; none where it cannot be read as one.
    #[must_use]
    pub(crate) fn day(&self, date: &FieldValue) -> Option<String> {
        let day = self.canonical(date);
        day.as_text().filter(|day| day.parse::<Date>().is_ok()).map(str::to_owned)
    }

    /// A value that a system holds, in the form in which a new file declares it.
    #[must_use]
    pub(crate) fn declared_form(&self, value: &FieldValue) -> FieldValue {
        super::declared_form::declared_form(self.kind(), value)
    }

    /// Whether Property Finder returns this field, if it takes it
    /// (docs/vendor-apis.md, "Property Finder: fields that are never returned").
    #[must_use]
    pub const fn is_returned_by_pf(&self) -> bool {
        self.spec().returned_by_pf
    }

    /// Whether this is a picture that is uploaded to the CRM, which does not return it.
    #[must_use]
    pub const fn is_uploaded(&self) -> bool {
        matches!(self.spec().crm, CrmSlot::Upload)
    }

    /// Whether Property Finder keeps this field, if it takes it, in the public profile rather than in the user
    /// (docs/vendor-apis.md, "Property Finder: public profile").
    #[must_use]
    pub(crate) const fn is_in_pf_profile(&self) -> bool {
        !matches!(self.spec().pf, PfSlot::Status | PfSlot::Role | PfSlot::User(_))
    }

    /// Whether two values of this field mean the same.
    #[must_use]
    pub(crate) fn same(&self, one: &FieldValue, other: &FieldValue) -> bool {
        one == other || self.comparable(one) == self.comparable(other)
    }

    /// Whether a system that returns `live` holds what is `wanted`: the same value, or the form in which a system
    /// may return it.
    #[must_use]
    pub fn agrees(&self, live: &FieldValue, wanted: &FieldValue) -> bool {
        self.same(live, wanted) || super::agreement::agrees(self.kind(), live, wanted)
    }
}

impl fmt::Display for Field {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.spec().path;
        match self {
            Self::Position(key) | Self::Description(key) | Self::Custom(key) => write!(out, "{path}.{key}"),
            Self::Subscription(name, channel) => write!(out, "{path}.{name}.{}", channel.key()),
            _ => out.write_str(path),
        }
    }
}

impl FromStr for Field {
    type Err = String;

    fn from_str(path: &str) -> Result<Self, Self::Err> {
        Self::iter().find_map(|row| row.at_path(path)).ok_or_else(|| format!("there is no field {path:?}"))
    }
}

impl Field {
    /// The field at a path, if it is of this field's row of the table.
    fn at_path(self, path: &str) -> Option<Self> {
        let rest = path.strip_prefix(self.spec().path)?;
        let key = rest.strip_prefix('.').filter(|key| !key.is_empty());
        match self {
            Self::Position(_) => Some(Self::Position(key?.into())),
            Self::Description(_) => Some(Self::Description(key?.into())),
            Self::Custom(_) => Some(Self::Custom(key?.into())),
            Self::Subscription(..) => {
                let (name, channel) = key?.rsplit_once('.')?;
                let channel = Channel::VARIANTS.iter().find(|one| one.key() == channel)?;
                Some(Self::Subscription(name.into(), *channel))
            }
            field => rest.is_empty().then_some(field),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_leads_back_to_its_field() {
        let whole = |field: &Field| {
            !matches!(field, Field::Position(_) | Field::Description(_) | Field::Custom(_) | Field::Subscription(..))
        };
        let named = [
            Field::Position("en".into()),
            Field::Description("ar".into()),
            Field::Custom("3".into()),
            Field::Subscription("type.property.created".into(), Channel::Sms),
        ];
        for field in Field::iter().filter(whole).chain(named) {
            assert_eq!(field.to_string().parse(), Ok(field));
        }
        for path in ["", "public", "public.position.", "subscriptions.a.by_post", "private.nickname"] {
            assert!(path.parse::<Field>().is_err(), "{path}");
        }
    }
}
