//! The facts that distinguish people, in one spelling each, and how many must agree.

use std::collections::BTreeSet;

use crate::model::agent::{Field, FieldValue};
use crate::model::record::Record;
use crate::reconcile::observed::ObservedPfUser;

/// What a file or a row has of one person that another person rarely has too. The lists are sorted, and name nothing twice: a set
/// of one or two texts takes ten times the memory of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct IdentityFacts {
    /// The login e-mail.
    pub login: Option<String>,
    /// First and last names, public and private. A name that a system keeps in one piece is a first name alone.
    pub names: Vec<(String, String)>,
    /// The public e-mail.
    pub email: Option<String>,
    /// The public phone and the private mobile, by [`phone_key`].
    pub phones: Vec<String>,
    /// The public licence. A row may hold several: one for each kind of compliance.
    pub licences: Vec<String>,
}

/// The name of a full name among the facts.
pub(super) const FULL_NAME: &str = "full name";

/// The name of a licence among the facts.
pub(super) const LICENCE: &str = "licence";

/// The last digits of a phone number, which the national and the international form have in common.
const PHONE_KEY_DIGITS: usize = 9;

impl IdentityFacts {
    /// The facts of a record, whichever side it is of. Texts are compared in the form in which the diff compares them.
    #[must_use]
    pub(crate) fn of(record: &Record) -> Self {
        let text = |field: Field| normal_text(&field, record.get(&field)?);
        let name = |first, last| (text(first).unwrap_or_default(), text(last).unwrap_or_default());
        let names = [name(Field::FirstName, Field::LastName), name(Field::PrivateFirstName, Field::PrivateLastName)];
        let phones = [Field::Phone, Field::Mobile].into_iter().filter_map(text).filter_map(phone_key);
        Self {
            login: text(Field::Login),
            names: sorted(names.into_iter().filter(|name| *name != (String::new(), String::new()))),
            email: text(Field::Email),
            phones: sorted(phones),
            licences: text(Field::Licence).into_iter().collect(),
        }
    }

    /// The same facts with further licences of a row.
    #[must_use]
    fn with_licences<'v>(mut self, licences: impl IntoIterator<Item = &'v FieldValue>) -> Self {
        let licences = licences.into_iter().filter_map(|licence| normal_text(&Field::Licence, licence));
        self.licences = sorted(std::mem::take(&mut self.licences).into_iter().chain(licences));
        self
    }

    /// The facts of a Property Finder user.
    #[must_use]
    pub(crate) fn of_pf_user(user: &ObservedPfUser) -> Self {
        let licences = user.fields.compliances.iter().map(|entry| &entry.number);
        Self::of(&user.record_for(&Record::new())).with_licences(licences)
    }

    /// The names of the facts that both have in common.
    #[must_use]
    pub(crate) fn agreements(&self, other: &Self) -> BTreeSet<&'static str> {
        let theirs: BTreeSet<(&'static str, String)> = other.values().collect();
        let common = self.values().filter(|value| theirs.contains(value)).map(|(name, _)| name);
        common.chain(self.same_login(other).then_some("login e-mail")).collect()
    }

    /// The values that people are recognized by, apart from the login, each with its name. The names of one row are one
    /// value each.
    pub(crate) fn values(&self) -> impl Iterator<Item = (&'static str, String)> + '_ {
        let contacts = self.contacts().map(|(fact, value)| (fact, value.to_owned()));
        contacts.chain(self.full_names().into_iter().map(|name| (FULL_NAME, name)))
    }

    /// The public e-mail, the phones and the licences, each with its name.
    pub(super) fn contacts(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let email = self.email.iter().map(|email| ("public e-mail", email.as_str()));
        let phones = self.phones.iter().map(|phone| ("phone", phone.as_str()));
        email.chain(phones).chain(self.licences.iter().map(|licence| (LICENCE, licence.as_str())))
    }

    /// The names, each in one piece and once, however it is split.
    pub(crate) fn full_names(&self) -> BTreeSet<String> {
        self.names.iter().map(|(first, last)| format!("{first} {last}").trim().to_owned()).collect()
    }

    pub(super) fn same_login(&self, other: &Self) -> bool {
        self.login.is_some() && self.login == other.login
    }

    pub(super) fn same_email(&self, other: &Self) -> bool {
        self.email.is_some() && self.email == other.email
    }

    pub(super) fn same_phone(&self, other: &Self) -> bool {
        self.phones.iter().any(|phone| other.phones.contains(phone))
    }

    pub(super) fn same_licence(&self, other: &Self) -> bool {
        self.licences.iter().any(|licence| other.licences.contains(licence))
    }

    pub(super) fn same_full_name(&self, other: &Self) -> bool {
        !self.full_names().is_disjoint(&other.full_names())
    }

    /// Whether a name of the other begins with a first name of this one, or ends with its last name.
    pub(super) fn shares_first_or_last_name(&self, other: &Self) -> bool {
        other.full_names().iter().any(|name| {
            let begins =
                |first: &str| name.strip_prefix(first).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '));
            let ends = |last: &str| name.strip_suffix(last).is_some_and(|rest| rest.is_empty() || rest.ends_with(' '));
            self.names
                .iter()
                .any(|(first, last)| (!first.is_empty() && begins(first)) || (!last.is_empty() && ends(last)))
        })
    }

    fn shares_contact(&self, other: &Self) -> bool {
        self.same_email(other) || self.same_phone(other) || self.same_licence(other)
    }

    /// Whether both are one person: the login agrees, or the full name and one of public e-mail, phone and licence.
    #[must_use]
    pub(crate) fn is_same_person(&self, other: &Self) -> bool {
        self.same_login(other) || (self.same_full_name(other) && self.shares_contact(other))
    }

    /// Whether a file describes another person than the row that is linked to it: the login differs, and first and last
    /// name do too. Many people share half a name, so one half does not count where nothing else agrees. A value that a row
    /// does not have proves nothing.
    pub(crate) fn is_another_person(&self, row: &Self) -> bool {
        let login_differs = self.login.is_some() && row.login.is_some() && !self.same_login(row);
        let nothing_else_agrees = || !self.same_full_name(row) && !self.shares_contact(row);
        login_differs && !row.names.is_empty() && (!self.shares_first_or_last_name(row) || nothing_else_agrees())
    }
}

/// The values in order, each once.
fn sorted<T: Ord>(values: impl Iterator<Item = T>) -> Vec<T> {
    let mut values: Vec<T> = values.collect();
    values.sort();
    values.dedup();
    values.shrink_to_fit();
    values
}

/// The values that occur more than once.
pub(super) fn repeated<T: Ord + Clone>(values: impl Iterator<Item = T>) -> BTreeSet<T> {
    let mut seen = BTreeSet::new();
    values.filter(|value| !seen.insert(value.clone())).collect()
}

fn normal_text(field: &Field, value: &FieldValue) -> Option<String> {
    let value = field.comparable(value);
    Some(value.as_text()?.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase())
}

/// None for what is too short to be a number: a text such as `n/a`, or an extension.
fn phone_key(phone: String) -> Option<String> {
    const SHORTEST: usize = 7;
    let digits: Vec<char> = phone.chars().filter(char::is_ascii_digit).collect();
    match digits.len().checked_sub(PHONE_KEY_DIGITS) {
        Some(start) => Some(digits.into_iter().skip(start).collect()),
        None => Some(phone).filter(|_| digits.len() >= SHORTEST),
    }
}
