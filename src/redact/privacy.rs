//! Which values of a run are private, so that no system's words are quoted with one in them.

use std::collections::HashSet;
use std::sync::Arc;

use arcstr::ArcStr;
use serde_json::Value;

use crate::model::agent::{Field, FieldValue, ValueType};
use crate::model::record::Record;
use crate::model::roster::{Base, Roster};
use crate::reconcile::observed::{Observed, ObservedPfUser};
use crate::redact::{PrivateValues, Redactor, Secrets};

/// What is known of people when a system's words are quoted.
#[derive(Clone, Copy)]
pub(crate) struct PrivacySources<'a> {
    /// The files.
    pub roster: &'a Roster,
    /// The files as they were at base.
    pub base: Option<&'a Base>,
    /// Both systems, as far as they were read.
    pub observed: Option<&'a Observed>,
}

impl<'a> PrivacySources<'a> {
    /// Quotes systems without these secrets and without any private value of the files and of both systems. As long as
    /// not both are read, no address or number is quoted, since it may be that of a person without a file. A contract that lists
    /// no users is never read completely.
    #[must_use]
    pub(crate) fn redactor(self, secrets: Arc<Secrets>) -> Redactor<'a> {
        let everybody_is_known =
            self.observed.is_some_and(|observed| !observed.pf_unread && observed.contract.lists_users());
        Redactor::new(secrets, everybody_is_known, move || self.values())
    }

    fn values(self) -> PrivateValues {
        let shown = self.shown_names();
        let mut values = Spellings::default();
        for record in self.records() {
            // A private name that the same person shows publicly is not hidden, or every such row would be nameless.
            let is_shown = |field: &Field| {
                matches!(field, Field::PrivateFirstName | Field::PrivateLastName)
                    && record
                        .get(field)
                        .and_then(|name| shown_name(record, name))
                        .is_some_and(|name| shown.contains(&name))
            };
            let private = record.iter().filter(|(field, _)| field.is_private() && !is_shown(field));
            private.for_each(|(field, value)| values.add(field, value));
        }
        let texts = values.texts;
        PrivateValues::new(texts.iter().map(ArcStr::as_str))
    }

    fn records(self) -> impl Iterator<Item = &'a Record> {
        let people = self.base.into_iter().flat_map(|base| base.people.values()).chain(self.roster.people.values());
        let crm = self.observed.into_iter().flat_map(|observed| &observed.crm).map(|user| &user.record);
        let pf = self.observed.into_iter().flat_map(|observed| &observed.pf).map(|user| &user.fields.record);
        people.map(|declaration| &declaration.record).chain(crm).chain(pf)
    }

    /// The public names.
    fn shown_names(self) -> HashSet<ShownName> {
        let of_record = |record: &'a Record| {
            let names = [Field::FirstName, Field::LastName].map(|field| record.get(&field));
            names.into_iter().flatten().filter_map(|name| shown_name(record, name))
        };
        // Property Finder's one public name is split as the private names are.
        let of_profile = |user: &ObservedPfUser| {
            let record = &user.fields.record;
            let names = user.names_as(record.get(&Field::PrivateFirstName), record.get(&Field::PrivateLastName));
            names.into_iter().flatten().filter_map(|name| shown_name(record, &name)).collect::<Vec<_>>()
        };
        let profiles = self.observed.into_iter().flat_map(|observed| &observed.pf);
        self.records().flat_map(of_record).chain(profiles.flat_map(|user| of_profile(user))).collect()
    }
}

/// A name that a person shows publicly: the login, by which a person is known in every system, and the name in the form in
/// which it is compared.
type ShownName = (String, String);

fn shown_name(record: &Record, name: &FieldValue) -> Option<ShownName> {
    let login = comparable(&Field::Login, record.get(&Field::Login)?)?;
    Some((login, comparable(&Field::FirstName, name)?))
}

fn comparable(field: &Field, value: &FieldValue) -> Option<String> {
    field.comparable(value).as_text().map(str::to_lowercase)
}

/// Private values, each as it was written and as it is compared.
#[derive(Default)]
struct Spellings {
    texts: HashSet<ArcStr>,
    /// What was added already: a person's files and rows mostly have the same values.
    added: HashSet<(ValueType, bool, ArcStr)>,
}

impl Spellings {
    fn add(&mut self, field: &Field, value: &FieldValue) {
        match value {
            FieldValue::Text(text) => self.add_text(field, text),
            FieldValue::List(items) => items.iter().for_each(|item| self.add_text(field, item)),
            FieldValue::Number(number) => _ = self.texts.insert(number.to_string().into()),
            FieldValue::Other(json) => {
                let members: Vec<&Value> = match &**json {
                    Value::Array(items) => items.iter().collect(),
                    Value::Object(members) => members.values().collect(),
                    _ => Vec::new(),
                };
                for member in members {
                    self.add(field, &member.clone().into());
                }
            }
            FieldValue::Nothing | FieldValue::Flag(_) => {}
        }
    }

    fn add_text(&mut self, field: &Field, text: &ArcStr) {
        if !self.added.insert((field.kind(), field.is_uploaded(), text.clone())) {
            return;
        }
        // A photo is declared without the version of its bytes.
        let path = text.rsplit_once("?v=").filter(|_| field.is_uploaded());
        self.texts.extend(path.map(|(path, _)| path.into()));
        // A canonical form that is the text itself is the same value to the set.
        if let FieldValue::Text(canonical) = field.canonical(&FieldValue::Text(text.clone())) {
            self.texts.insert(canonical);
        }
        self.texts.insert(text.clone());
    }
}
