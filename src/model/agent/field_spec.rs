//! The table of fields: one row for each field, with everything that the program knows about it.
//!
//! The mappers, the memory, the page, the sandbox's first rows and the tests read this table. A new field is a compile
//! error in [`Field::spec`] until it has its row.

use super::{Field, ValueType};

/// One row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FieldSpec {
    /// The path in YAML. The path of a keyed field, such as a custom field, continues with its key.
    pub(crate) path: &'static str,
    /// How values are compared and sent.
    pub(crate) value_type: ValueType,
    /// Whether values are masked in every output.
    pub(crate) private: bool,
    /// The name on the page.
    pub(crate) label: &'static str,
    /// The slot in the CRM's user.
    pub(crate) crm: CrmSlot,
    /// The slot in Property Finder's user.
    pub(crate) pf: PfSlot,
    /// The member in Property Finder's documented contract, if it has one
    /// (docs/vendor-apis.md, "Documented contract: fields"). Both halves of a name have the same member.
    pub(crate) documented: Option<&'static str>,
    /// Whether Property Finder returns the field, where its contract has a listing
    /// (docs/vendor-apis.md, "Property Finder: fields that are never returned").
    pub(crate) returned_by_pf: bool,
    /// The key in the memory, of a field that one of Property Finder's contracts takes and does not return.
    pub(crate) memory_key: Option<&'static str>,
    /// The key in the memory, of a picture that is uploaded to the CRM.
    pub(crate) upload_key: Option<&'static str>,
    /// The place on the page's public profile.
    pub(crate) profile: ProfilePlace,
}

/// Where the CRM's user holds a field (docs/vendor-apis.md, "CRM: user object").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CrmSlot {
    /// The member whose path is the path in YAML.
    Member,
    /// The member whose path is the path in YAML, for the primary language; no slot for another language.
    PrimaryLanguage,
    /// The entry of its language in `public.descriptions`.
    Description,
    /// One channel of one notification in `subscriptions`.
    Subscription,
    /// One entry of `fields`.
    Custom,
    /// The member whose path is the path in YAML. It holds a reference to a picture that is uploaded before
    /// (docs/vendor-apis.md, "CRM: photos").
    Upload,
    /// The CRM has no slot for it.
    None,
}

/// Where Property Finder's user holds a field (docs/vendor-apis.md, "Property Finder: user object").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PfSlot {
    /// Read as `status`, written as `isActive`.
    Status,
    /// Read as `role`, written as `roleId`.
    Role,
    /// A member of the user.
    User(&'static str),
    /// A member of the public profile.
    Profile(&'static str),
    /// Its half of the profile's one `name`.
    Name,
    /// The text of its language in this member of the profile; no slot for a third language.
    Text(&'static str),
    /// The licence's entry in the profile's `compliances`.
    Licence,
    /// Property Finder has no slot for it.
    None,
}

/// The place of a field on the page's public profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProfilePlace {
    /// The profile does not show it.
    None,
    /// A part of its own: the name, the photo, the texts in each language.
    OwnPart,
    /// One of the facts below these parts: its rank and its label.
    Fact(u8, &'static str),
}

impl Field {
    /// The row of this field.
    #[rustfmt::skip] // one row a line
    pub(crate) const fn spec(&self) -> FieldSpec {
        use CrmSlot::{Custom, Description, Member, PrimaryLanguage, Subscription};
        use PfSlot::{Name, Profile, User};
        use ProfilePlace::{Fact, OwnPart};
        use ValueType::{Any, Code, Date, Email, Flag, LowerCodes, Number, Phone, Text, Url, UpperCodes};
        match self {
            Self::Status => public("status", Code, "Status").pf(PfSlot::Status).documented("status").remembered("status"),
            Self::Role => public("role", Code, "Role").crm(Member).pf(PfSlot::Role),
            Self::FirstName => public("public.first_name", Text, "First name").crm(Member).pf(Name).documented("name").remembered("first").on_profile(OwnPart),
            Self::LastName => public("public.last_name", Text, "Last name").crm(Member).pf(Name).documented("name").remembered("last").on_profile(OwnPart),
            Self::Email => public("public.email", Email, "E-mail").crm(Member).pf(Profile("email")).documented("email").remembered("email").on_profile(Fact(4, "E-mail")),
            Self::Phone => public("public.phone", Phone, "Phone").crm(Member).pf(Profile("phone")).documented("phone").remembered("phone").on_profile(Fact(1, "Phone")),
            Self::PhoneSecondary => public("public.phone_secondary", Phone, "Second phone").pf(Profile("phoneSecondary")).on_profile(Fact(2, "Second phone")),
            Self::WhatsappPhone => public("public.whatsapp_phone", Phone, "WhatsApp").pf(Profile("whatsappPhone")).documented("whatsappPhone").remembered("wa").on_profile(Fact(3, "WhatsApp")),
            Self::Photo => public("public.photo", Url, "Photo").uploaded("pic").pf(Profile("imageUrl")).never_returned().documented("photo").remembered("photo").on_profile(OwnPart),
            Self::Licence => public("public.licence", Text, "Licence").crm(Member).pf(PfSlot::Licence).on_profile(Fact(8, "Licence")),
            Self::LicenceExpiredAt => public("public.licence_expired_at", Date, "Licence valid until").crm(Member).pf(PfSlot::Licence).on_profile(Fact(9, "Licence valid until")),
            Self::Position(_) => public("public.position", Text, "Position").crm(PrimaryLanguage).pf(PfSlot::Text("position")).documented("position").remembered("pos").on_profile(OwnPart),
            Self::ExperienceSince => public("public.experience_since", Number, "Experience since").pf(Profile("experienceSince")).never_returned().documented("experienceSince").remembered("since").on_profile(Fact(7, "Experience")),
            Self::Languages => public("public.languages", LowerCodes, "Languages").crm(Member).pf(Profile("spokenLanguages")).never_returned().documented("spokenLanguages").remembered("lang").on_profile(Fact(5, "Speaks")),
            Self::Nationalities => public("public.nationalities", UpperCodes, "Nationalities").crm(Member).pf(Profile("nationality")).never_returned().remembered("nat").on_profile(Fact(6, "Nationality")),
            Self::LinkedIn => public("public.linked_in", Url, "LinkedIn").crm(Member).pf(Profile("linkedinAddress")).on_profile(Fact(10, "LinkedIn")),
            Self::Description(_) => public("public.descriptions", Text, "Description").crm(Description).pf(PfSlot::Text("bio")).documented("bio").remembered("bio").on_profile(OwnPart),
            Self::PrivateFirstName => private("private.first_name", Text, "First name on file").crm(Member).pf(User("firstName")),
            Self::PrivateLastName => private("private.last_name", Text, "Last name on file").crm(Member).pf(User("lastName")),
            Self::Login => private("private.email", Email, "Login e-mail").crm(Member).pf(User("email")),
            Self::Mobile => private("private.mobile", Phone, "Own mobile").crm(Member).pf(User("mobile")),
            Self::Landline => private("private.landline", Phone, "Desk phone").crm(Member),
            Self::LandlineExtension => private("private.landline_extension", Text, "Desk extension").crm(Member),
            Self::InterfaceLanguage => private("private.lang", Code, "Language of the CRM's screens").crm(Member),
            Self::PrivateLicence => private("private.licence", Text, "Licence on file").crm(Member),
            Self::UseEmailSignature => private("private.use_email_signature", Flag, "Use of the e-mail signature").crm(Member),
            Self::EmailSignature => private("private.email_signature", Text, "E-mail signature").crm(Member),
            Self::PrivatePhoto => private("private.photo", Url, "Photo on file").uploaded("own"),
            Self::Theme => public("theme", Code, "Theme of the CRM's screens").crm(Member),
            Self::Subscription(..) => public("subscriptions", Flag, "Notification").crm(Subscription),
            Self::Custom(_) => private("fields", Any, "Custom field").crm(Custom),
        }
    }
}

/// A public field that no system has a slot for, until the row names one.
const fn public(path: &'static str, value_type: ValueType, label: &'static str) -> FieldSpec {
    let (crm, pf, profile) = (CrmSlot::None, PfSlot::None, ProfilePlace::None);
    let (documented, returned_by_pf, memory_key, upload_key) = (None, true, None, None);
    let private = false;
    FieldSpec { path, value_type, private, label, crm, pf, documented, returned_by_pf, memory_key, upload_key, profile }
}

const fn private(path: &'static str, value_type: ValueType, label: &'static str) -> FieldSpec {
    FieldSpec { private: true, ..public(path, value_type, label) }
}

impl FieldSpec {
    const fn crm(self, crm: CrmSlot) -> Self {
        Self { crm, ..self }
    }

    /// A picture that is uploaded to the CRM.
    const fn uploaded(self, key: &'static str) -> Self {
        Self { crm: CrmSlot::Upload, upload_key: Some(key), ..self }
    }

    const fn pf(self, pf: PfSlot) -> Self {
        Self { pf, ..self }
    }

    /// A field that Property Finder takes and never returns.
    const fn never_returned(self) -> Self {
        Self { returned_by_pf: false, ..self }
    }

    /// A field that the documented contract takes, and does not return either.
    const fn documented(self, member: &'static str) -> Self {
        Self { documented: Some(member), ..self }
    }

    const fn remembered(self, key: &'static str) -> Self {
        Self { memory_key: Some(key), ..self }
    }

    const fn on_profile(self, profile: ProfilePlace) -> Self {
        Self { profile, ..self }
    }

    /// The names of the CRM's members that lead to the field, from the outermost.
    pub(crate) fn members(self) -> Vec<&'static str> {
        self.path.split('.').collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use strum::IntoEnumIterator as _;

    use super::*;

    #[test]
    fn exactly_the_fields_under_private_and_fields_are_private() {
        for spec in Field::iter().map(|field| field.spec()) {
            assert_eq!(spec.private, spec.path.starts_with("private.") || spec.path == "fields", "{}", spec.path);
        }
    }

    #[test]
    fn a_private_field_is_neither_in_the_memory_nor_on_the_profile() {
        for spec in Field::iter().map(|field| field.spec()).filter(|spec| spec.private) {
            assert_eq!((spec.memory_key, spec.profile), (None, ProfilePlace::None), "{}", spec.path);
        }
    }

    /// A hash of an address is kept, which holds that of the picture, so that nothing can be tried against it.
    #[test]
    fn of_a_picture_the_memory_keeps_a_hash_alone() {
        for spec in Field::iter().map(|field| field.spec()) {
            let is_uploaded = spec.crm == CrmSlot::Upload;
            assert_eq!(spec.upload_key.is_some(), is_uploaded, "{}", spec.path);
            assert!(!is_uploaded || spec.value_type == ValueType::Url, "{}", spec.path);
        }
    }

    #[test]
    fn paths_memory_keys_and_ranks_are_unique() {
        let (mut paths, mut keys, mut ranks) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for spec in Field::iter().map(|field| field.spec()) {
            assert!(paths.insert(spec.path), "{}", spec.path);
            assert!(spec.memory_key.into_iter().chain(spec.upload_key).all(|key| keys.insert(key)), "{}", spec.path);
            if let ProfilePlace::Fact(rank, label) = spec.profile {
                assert!(ranks.insert(rank), "{label}");
            }
        }
    }
}
