//! Both systems as they were read: each row once, in the files' own field names and without the vendor's JSON.

use std::sync::Arc;

use jiff::Timestamp;
use litemap::LiteMap;
use strum::{EnumString, IntoStaticStr};

use crate::model::agent::{Field, FieldValue, Slug};
use crate::model::config::PfContract;
use crate::model::record::Record;

/// Both systems, read completely.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Observed {
    /// The CRM's users, by ascending id.
    pub crm: Vec<Arc<ObservedCrmUser>>,
    /// Property Finder's users with their profiles, by ascending id.
    pub pf: Vec<Arc<ObservedPfUser>>,
    /// Property Finder's roles.
    pub roles: Vec<Role>,
    /// Property Finder could not be read.
    pub pf_unread: bool,
    /// The contract of Property Finder. Without a listing, `pf` holds the users whose ids the CRM stores, without values.
    pub contract: PfContract,
    /// Warnings of the systems and of the reading.
    pub warnings: Vec<String>,
    /// Links of `roster.lock` whose row the CRM does not have: the agent, and the CRM's id.
    pub links_without_row: Vec<(Slug, u64)>,
}

impl Observed {
    /// Gives the users their roles whose rows have the id of a role alone, now that the roles are known.
    pub(crate) fn name_roles(&mut self) {
        let Self { pf, roles, .. } = self;
        let lacks_key = |user: &ObservedPfUser| user.fields.role_without_key.is_some();
        for user in pf.iter_mut().filter(|user| lacks_key(user)).map(Arc::make_mut) {
            for fields in [Some(&mut user.fields), user.fields_at_base.as_mut()].into_iter().flatten() {
                let id = fields.role_without_key.take();
                let role = roles.iter().find(|role| Some(role.id) == id);
                fields.record.extend(role.map(|role| (Field::Role, FieldValue::from(role.role_key.as_str()))));
            }
        }
    }
}

/// A role of the Property Finder account (docs/vendor-apis.md, "Property Finder: roles").
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// Its id, which differs between accounts.
    pub id: u64,
    /// Its name for people.
    pub name: String,
    /// The key by which it is found. Never printed: a server may put anything into it.
    pub role_key: String,
    /// Its name in a message: its id, until a redactor has seen the key.
    pub printed_key: String,
    /// The key of the built-in role that it is made from.
    pub base_role_key: String,
}

/// The link fields of a CRM row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LinkValues {
    /// The slug.
    pub agent: Option<String>,
    /// The Property Finder user.
    pub pf_user: Option<u64>,
    /// Its public profile.
    pub pf_profile: Option<u64>,
    /// The text of the memory, as it is stored.
    pub memory: Option<String>,
}

impl LinkValues {
    /// What a row holds after a PUT of these values, which leaves the fields that have none.
    #[must_use]
    pub(crate) fn over(&self, before: &Self) -> Self {
        Self {
            agent: self.agent.clone().or_else(|| before.agent.clone()),
            pf_user: self.pf_user.or(before.pf_user),
            pf_profile: self.pf_profile.or(before.pf_profile),
            memory: self.memory.clone().or_else(|| before.memory.clone()),
        }
    }

    /// Whether each field is the same as in one of these.
    #[must_use]
    pub(crate) fn each_is_in(&self, among: &[&Self]) -> bool {
        let Self { agent, pf_user, pf_profile, memory } = self;
        let is_in_one_of_them = |same: &dyn Fn(&Self) -> bool| among.iter().any(|one| same(one));
        is_in_one_of_them(&|one| *agent == one.agent)
            && is_in_one_of_them(&|one| *pf_user == one.pf_user)
            && is_in_one_of_them(&|one| *pf_profile == one.pf_profile)
            && is_in_one_of_them(&|one| *memory == one.memory)
    }
}

/// A user of the CRM.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ObservedCrmUser {
    /// The CRM's id.
    pub id: u64,
    /// The login e-mail, in lower case.
    pub login: Option<String>,
    /// The link fields.
    pub links: LinkValues,
    /// The link fields that hold something that is not an id, such as `12 (pf_user)`.
    pub unreadable_links: Vec<String>,
    /// The link field that holds a text that is not a slug, such as `11 (agent)`. The text itself is never printed.
    pub unreadable_slug: Option<String>,
    /// When the row was created, if the CRM returns it.
    pub made: Option<Timestamp>,
    /// Whether the role came in a form that can be compared.
    pub role_is_readable: bool,
    /// Every field that is not blank.
    pub record: Record,
    /// The same, read with the `roster.yaml` of the base, where that differs.
    pub record_at_base: Option<Record>,
    /// What the row shows of each picture. A member that the CRM does not return is absent.
    pub pictures: LiteMap<Field, ShownPicture>,
}

/// What a CRM row shows of a picture: which one it is cannot be seen (docs/vendor-apis.md, "CRM: photos").
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShownPicture {
    /// There is none.
    None,
    /// The file of this id.
    File(u64),
    /// One without an id.
    Other,
}

impl ShownPicture {
    /// The value before a change of a picture that roster did not send. This text is in digests and saved plans: another text
    /// would invalidate acceptances, and so `report` does not make it.
    pub(super) fn as_value(&self) -> FieldValue {
        match self {
            Self::None => FieldValue::Nothing,
            Self::File(id) => FieldValue::from(format!("file {id}")),
            Self::Other => FieldValue::from("another picture"),
        }
    }
}

impl ObservedCrmUser {
    /// The public name in one piece; empty where there is none.
    #[must_use]
    pub(crate) fn name(&self) -> String {
        let part = |field| self.record.get(&field).and_then(FieldValue::as_text).unwrap_or_default();
        format!("{} {}", part(Field::FirstName), part(Field::LastName)).trim().to_owned()
    }

    /// Clears the description in each language that the row holds and `desired` does not name.
    pub(crate) fn clear_descriptions(&self, desired: &mut Record) {
        for field in self.record.keys().filter(|field| matches!(field, Field::Description(_))) {
            desired.entry(field.clone()).or_insert(FieldValue::Nothing);
        }
    }
}

/// A user of Property Finder with its public profile.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ObservedPfUser {
    /// The user's id.
    pub id: u64,
    /// The login e-mail, in lower case.
    pub login: Option<String>,
    /// The public profile's id, if there is a profile.
    pub profile: Option<u64>,
    /// The profile's one name.
    pub name: Option<String>,
    /// Whether the user is inactive, so that the portal does not show the profile.
    pub inactive: bool,
    /// When the user was created, if Property Finder returns it.
    pub made: Option<Timestamp>,
    /// Whether Property Finder has verified the profile, if it returns that.
    pub verification: Option<ProfileVerification>,
    /// Read with the `roster.yaml` of the files.
    pub fields: PfFields,
    /// The same, read with the `roster.yaml` of the base, where that differs.
    pub fields_at_base: Option<PfFields>,
}

/// The verification of a public profile (docs/vendor-apis.md, "Property Finder: public profile").
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumString, IntoStaticStr)]
#[strum(serialize_all = "lowercase", const_into_str, ascii_case_insensitive)]
pub enum ProfileVerification {
    /// It was asked for.
    Pending,
    /// It is verified.
    Verified,
    /// It is verified; the word of the answer to a submission.
    Approved,
    /// It was not asked for.
    Unverified,
    /// Something is missing.
    Incomplete,
    /// It was refused.
    Rejected,
    /// A word that roster does not know.
    Other,
}

/// The fields of a Property Finder user, without first and last name and licence: which these are depends on the file that
/// the row is compared with.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PfFields {
    /// Every other field that is returned and is not blank.
    pub record: Record,
    /// All compliances, in Property Finder's order.
    pub compliances: Vec<Compliance>,
    /// The id of the role, where the row does not have its key and the mapper does not know it, until
    /// [`Observed::name_roles`].
    pub role_without_key: Option<u64>,
}

/// An entry of a profile's compliances: one kind of licence.
#[derive(Clone, Debug, PartialEq)]
pub struct Compliance {
    /// Its type, where it has one: a word of the server, which goes back to it and is never printed.
    pub kind: Option<String>,
    /// The licence's number.
    pub number: FieldValue,
    /// The day on which it expires.
    pub expires: FieldValue,
    /// Its status: a word of the server. There is no list of them.
    pub status: Option<String>,
    /// Whether the type is the one of `property_finder.licence` in `roster.yaml`.
    pub is_licence: bool,
}

impl Compliance {
    /// Whether a date is there, but not as a day that can be sent back.
    fn has_unreadable_date(&self) -> bool {
        let field = Field::LicenceExpiredAt;
        !field.is_blank(&self.expires) && field.day(&self.expires).is_none()
    }
}

impl ObservedPfUser {
    /// Every field that is not blank. The one name is split as `desired` splits it, where it can be.
    #[must_use]
    pub(crate) fn record_for(&self, desired: &Record) -> Record {
        self.record(&self.fields, desired)
    }

    /// The same, read with the `roster.yaml` of the base.
    #[must_use]
    pub(crate) fn record_at_base(&self, desired: &Record) -> Record {
        self.record(self.fields_at_base.as_ref().unwrap_or(&self.fields), desired)
    }

    /// The first and the last name: the one name of the profile, split as these names would be.
    #[must_use]
    pub(crate) fn names_as(&self, first: Option<&FieldValue>, last: Option<&FieldValue>) -> Option<[FieldValue; 2]> {
        // In the comparable form, so that a server that normalizes texts still returns the names that were sent.
        let comparable = |name: &FieldValue| match Field::FirstName.comparable(name) {
            FieldValue::Text(name) => name.to_string(),
            _ => String::new(),
        };
        let name = comparable(&FieldValue::from(self.name.as_deref()?));
        let [first, last] = [first, last].map(|name| name.map(comparable).unwrap_or_default());
        let (first, last) = split_name(&name, &first, &last);
        Some([first, last].map(FieldValue::from))
    }

    fn record(&self, fields: &PfFields, desired: &Record) -> Record {
        let mut record = fields.record.clone();
        let mut note = |field: Field, value: FieldValue| {
            if !field.is_blank(&value) {
                record.insert(field, value);
            }
        };
        if let Some([first, last]) = self.names_as(desired.get(&Field::FirstName), desired.get(&Field::LastName)) {
            note(Field::FirstName, first);
            note(Field::LastName, last);
        }
        let licence = fields.licence(desired.get(&Field::Licence)).and_then(|at| fields.compliances.get(at));
        if let Some(licence) = licence {
            note(Field::Licence, licence.number.clone());
            note(Field::LicenceExpiredAt, licence.expires.clone());
        }
        record
    }
}

impl PfFields {
    /// The place of our licence: the entry with the desired number if there are several, else the first.
    #[must_use]
    pub(crate) fn licence(&self, desired: Option<&FieldValue>) -> Option<usize> {
        let wanted = desired.unwrap_or(&FieldValue::Nothing);
        let ours = || self.compliances.iter().enumerate().filter(|(_, entry)| entry.is_licence);
        let same = |(_, entry): &(usize, &Compliance)| Field::Licence.same(&entry.number, wanted);
        ours().find(same).or_else(|| ours().next()).map(|(at, _)| at)
    }

    /// The place, from 1, of a compliance whose date would be lost by writing the licence, since all of them are sent together.
    pub(crate) fn with_unreadable_date(&self, desired: &Record) -> Option<usize> {
        let replaced =
            self.licence(desired.get(&Field::Licence)).filter(|_| desired.contains_key(&Field::LicenceExpiredAt));
        let others = self.compliances.iter().enumerate().filter(|(at, _)| Some(*at) != replaced);
        others.filter(|(_, entry)| entry.has_unreadable_date()).map(|(at, _)| at + 1).next()
    }
}

/// Splits the one name of a profile into first and last, as those who wrote it would.
fn split_name<'n>(name: &'n str, first: &str, last: &str) -> (&'n str, &'n str) {
    let rest = (!first.is_empty()).then(|| name.strip_prefix(first)).flatten();
    if let Some(rest) = rest.filter(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace)) {
        return (name.get(..first.len()).unwrap_or(name), rest.trim_start());
    }
    let rest = (!last.is_empty()).then(|| name.strip_suffix(last)).flatten();
    if let Some(rest) = rest.filter(|rest| rest.ends_with(char::is_whitespace)) {
        return (rest.trim_end(), name.get(rest.len()..).unwrap_or_default());
    }
    name.split_once(char::is_whitespace).map_or((name, ""), |(first, last)| (first, last.trim_start()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_role_of_which_a_row_has_the_id_alone_gets_its_key_when_the_roles_are_known() {
        let role = |id, key: &str| Role {
            id,
            name: key.to_owned(),
            role_key: key.to_owned(),
            printed_key: String::new(),
            base_role_key: String::new(),
        };
        let fields = |id| PfFields { role_without_key: id, ..PfFields::default() };
        let user =
            |id| ObservedPfUser { fields: fields(id), fields_at_base: Some(fields(id)), ..ObservedPfUser::default() };
        let pf = [user(Some(2)), user(Some(9)), user(None)].map(Arc::new).to_vec();
        let mut observed = Observed { pf, roles: vec![role(1, "agent"), role(2, "manager")], ..Observed::default() };
        observed.name_roles();
        let of = |fields: &PfFields| fields.record.get(&Field::Role).and_then(FieldValue::as_text).map(str::to_owned);
        let roles: Vec<_> = observed.pf.iter().map(|user| of(&user.fields)).collect();
        assert_eq!(roles, [Some("manager".to_owned()), None, None]);
        let at_base = observed.pf.iter().filter_map(|user| user.fields_at_base.as_ref());
        assert_eq!(at_base.map(of).collect::<Vec<_>>(), roles);
    }

    #[test]
    fn a_name_is_split_as_it_was_joined() {
        let table = [
            ("Sara Khan", "Sara", "Khan", ("Sara", "Khan")),
            ("Maria del Mar Ruiz", "Maria del Mar", "Ruiz", ("Maria del Mar", "Ruiz")),
            ("Maria del Mar Ruiz", "Maria", "Gomez", ("Maria", "del Mar Ruiz")),
            ("Ana del Mar Ruiz", "Maria del Mar", "Ruiz", ("Ana del Mar", "Ruiz")),
            ("Sarah Khan", "Sara", "Khan", ("Sarah", "Khan")),
            ("Sara  Khan", "Sara", "Khan", ("Sara", "Khan")),
            ("Sara AlKhan", "Omar", "Khan", ("Sara", "AlKhan")),
            ("Sara", "Sara", "Khan", ("Sara", "")),
            ("Khan", "Sara", "Khan", ("Khan", "")),
            ("سارة خان", "سارة", "خان", ("سارة", "خان")),
            ("Ana Maria Ruiz", "", "", ("Ana", "Maria Ruiz")),
        ];
        for (name, first, last, want) in table {
            assert_eq!(split_name(name, first, last), want, "{name} / {first} / {last}");
        }
    }

    proptest! {
        #[test]
        fn any_joined_names_are_split_again(first in "[^\\s]{1,5}( [^\\s]{1,3})?", last in "[^\\s]{1,5}( [^\\s]{1,3})?") {
            let name = format!("{first} {last}");
            prop_assert_eq!(split_name(&name, &first, &last), (first.as_str(), last.as_str()));
        }
    }
}
