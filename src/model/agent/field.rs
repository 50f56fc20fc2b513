//! The table of fields: what a value is called in YAML, whether it is private, and how two spellings of it compare.
//!
//! A [`Field`] is one value of one agent, named as the YAML names it. Everything after `declare` speaks of
//! fields, never of YAML or of a vendor's JSON: the diff, the plan, the reports and the digests. It knows no system;
//! where a field goes is said in `remote/crm/mapper.rs` and `remote/pf/mapper.rs`, which match on it without a wildcard, so
//! that a new field is a compile error in each of them.

use std::fmt;

use serde_json::Value;
use strum::{IntoStaticStr, VariantArray};

/// One value of one agent. Its `Display` is the YAML's own path, such as `public.position.en`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// `status`: the name of a [`Status`](super::Status).
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
    Position(String),
    /// `public.experience_since`: a year.
    ExperienceSince,
    /// `public.languages`: a list of language codes, owned whole.
    Languages,
    /// `public.nationalities`: a list of country codes, owned whole.
    Nationalities,
    /// `public.linked_in`.
    LinkedIn,
    /// `public.descriptions.<language>`: the content in that language.
    Description(String),
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
    Subscription(String, Channel),
    /// `fields.<id>`: one of the CRM's custom fields.
    Custom(String),
}

/// How a CRM notification reaches an agent; the last part of a subscription's path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "lowercase", prefix = "receive_", const_into_str)]
pub enum Channel {
    /// `receive_notification`.
    Notification,
    /// `receive_email`.
    Email,
    /// `receive_sms`.
    Sms,
}

impl Channel {
    /// The CRM's own key for it.
    #[must_use]
    pub const fn key(self) -> &'static str {
        self.into_str()
    }
}

/// What a field's value is, as far as comparing goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueType {
    /// A name or a text: compared to the letter, but for surrounding white space, line endings, Unicode normalization and
    /// default-ignorable characters.
    Text,
    /// A code whose case means nothing: `agent`, `onyx`, `en`.
    Code,
    /// An e-mail address: compared without case.
    Email,
    /// A phone number: compared by its digits; a system may return it in national form.
    Phone,
    /// A URL or a path: compared as an ASCII URI, scheme and host without case.
    Url,
    /// A calendar date; a server may print it as an instant, which is read as the day in the Emirates.
    Date,
    /// A whole number.
    Number,
    /// `true` or `false`; a server may print 1 and 0, or leave out what is off.
    Flag,
    /// A set of lower-case codes.
    LowerCodes,
    /// A set of upper-case codes.
    UpperCodes,
    /// A custom field: whatever the account made it.
    Any,
}

impl Field {
    /// Whether the value is private, and so never shown: everything under `private` and `fields`.
    #[must_use]
    pub(crate) const fn is_private(&self) -> bool {
        match self {
            Self::PrivateFirstName
            | Self::PrivateLastName
            | Self::Login
            | Self::Mobile
            | Self::Landline
            | Self::LandlineExtension
            | Self::InterfaceLanguage
            | Self::PrivateLicence
            | Self::UseEmailSignature
            | Self::EmailSignature
            | Self::PrivatePhoto
            | Self::Custom(_) => true,
            Self::Status
            | Self::Role
            | Self::FirstName
            | Self::LastName
            | Self::Email
            | Self::Phone
            | Self::PhoneSecondary
            | Self::WhatsappPhone
            | Self::Photo
            | Self::Licence
            | Self::LicenceExpiredAt
            | Self::Position(_)
            | Self::ExperienceSince
            | Self::Languages
            | Self::Nationalities
            | Self::LinkedIn
            | Self::Description(_)
            | Self::Theme
            | Self::Subscription(..) => false,
        }
    }

    /// What its value is, as far as comparing goes.
    #[must_use]
    pub const fn kind(&self) -> ValueType {
        match self {
            Self::Status | Self::Role | Self::InterfaceLanguage | Self::Theme => ValueType::Code,
            Self::FirstName
            | Self::LastName
            | Self::Licence
            | Self::Position(_)
            | Self::Description(_)
            | Self::PrivateFirstName
            | Self::PrivateLastName
            | Self::LandlineExtension
            | Self::PrivateLicence
            | Self::EmailSignature => ValueType::Text,
            Self::Email | Self::Login => ValueType::Email,
            Self::Phone | Self::PhoneSecondary | Self::WhatsappPhone | Self::Mobile | Self::Landline => {
                ValueType::Phone
            }
            Self::Photo | Self::LinkedIn | Self::PrivatePhoto => ValueType::Url,
            Self::LicenceExpiredAt => ValueType::Date,
            Self::ExperienceSince => ValueType::Number,
            Self::Languages => ValueType::LowerCodes,
            Self::Nationalities => ValueType::UpperCodes,
            Self::UseEmailSignature | Self::Subscription(..) => ValueType::Flag,
            Self::Custom(_) => ValueType::Any,
        }
    }

    /// The one spelling of a value that stands for all its equal spellings; `""`, `[]` and null become null.
    #[must_use]
    pub(crate) fn canonical(&self, value: &Value) -> Value {
        super::canonical::canonical(self.kind(), value)
    }

    /// A value in the form in which it is compared: its canonical spelling, of a text without what cannot be seen.
    #[must_use]
    pub(crate) fn comparable(&self, value: &Value) -> Value {
        super::agreement::comparable(self.kind(), value)
    }

    /// Whether Property Finder returns this field, if it takes it
    /// (docs/vendor-apis.md, "Property Finder: fields that are never returned").
    #[must_use]
    pub const fn is_returned_by_pf(&self) -> bool {
        !matches!(self, Self::Photo | Self::ExperienceSince | Self::Languages | Self::Nationalities)
    }

    /// Whether Property Finder keeps this field, if it takes it, in the public profile rather than in the user
    /// (docs/vendor-apis.md, "Property Finder: public profile").
    #[must_use]
    pub(crate) const fn is_in_pf_profile(&self) -> bool {
        use Field::{Login, Mobile, PrivateFirstName, PrivateLastName, Role, Status};
        !matches!(self, Status | Role | PrivateFirstName | PrivateLastName | Login | Mobile)
    }

    /// Whether two values of this field mean the same.
    #[must_use]
    pub(crate) fn same(&self, one: &Value, other: &Value) -> bool {
        one == other || self.comparable(one) == self.comparable(other)
    }

    /// Whether a system that returns `live` holds what is `wanted`: the same value, or the form in which a system
    /// may return it.
    #[must_use]
    pub fn agrees(&self, live: &Value, wanted: &Value) -> bool {
        self.same(live, wanted) || super::agreement::agrees(self.kind(), live, wanted)
    }
}

impl fmt::Display for Field {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = match self {
            Self::Position(lang) => return write!(out, "public.position.{lang}"),
            Self::Description(lang) => return write!(out, "public.descriptions.{lang}"),
            Self::Subscription(name, channel) => return write!(out, "subscriptions.{name}.{}", channel.key()),
            Self::Custom(id) => return write!(out, "fields.{id}"),
            Self::Status => "status",
            Self::Role => "role",
            Self::FirstName => "public.first_name",
            Self::LastName => "public.last_name",
            Self::Email => "public.email",
            Self::Phone => "public.phone",
            Self::PhoneSecondary => "public.phone_secondary",
            Self::WhatsappPhone => "public.whatsapp_phone",
            Self::Photo => "public.photo",
            Self::Licence => "public.licence",
            Self::LicenceExpiredAt => "public.licence_expired_at",
            Self::ExperienceSince => "public.experience_since",
            Self::Languages => "public.languages",
            Self::Nationalities => "public.nationalities",
            Self::LinkedIn => "public.linked_in",
            Self::PrivateFirstName => "private.first_name",
            Self::PrivateLastName => "private.last_name",
            Self::Login => "private.email",
            Self::Mobile => "private.mobile",
            Self::Landline => "private.landline",
            Self::LandlineExtension => "private.landline_extension",
            Self::InterfaceLanguage => "private.lang",
            Self::PrivateLicence => "private.licence",
            Self::UseEmailSignature => "private.use_email_signature",
            Self::EmailSignature => "private.email_signature",
            Self::PrivatePhoto => "private.photo",
            Self::Theme => "theme",
        };
        out.write_str(plain)
    }
}
