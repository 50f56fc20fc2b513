//! Which values of a run are private, so that no system's words are quoted with one in them.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;

use crate::model::agent::{Field, FieldValue};
use crate::model::record::Record;
use crate::model::roster::{Base, Roster};
use crate::reconcile::observed::Observed;
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
        let people = self.base.iter().flat_map(|base| base.people.values()).chain(self.roster.people.values());
        let mut records: Vec<&Record> = people.map(|declaration| &declaration.record).collect();
        if let Some(observed) = self.observed {
            records.extend(observed.crm.iter().map(|user| &user.record));
            records.extend(observed.pf.iter().map(|user| &user.fields.record));
        }
        // Property Finder's one public name is split as the private names are.
        let profiles = self.observed.into_iter().flat_map(|observed| &observed.pf);
        let profiles: Vec<Record> = profiles.map(|user| user.record_for(&as_public(&user.fields.record))).collect();
        // A private name that the same person shows publicly is not hidden, or every such row would be nameless.
        let name = |record: &Record, field: Field| Some((login(record)?, comparable(record, &field)?));
        let shown: BTreeSet<(String, String)> = records
            .iter()
            .copied()
            .chain(&profiles)
            .flat_map(|record| [Field::FirstName, Field::LastName].map(|field| name(record, field)))
            .flatten()
            .collect();
        let mut values = BTreeSet::new();
        for record in &records {
            let is_shown = |field: &Field| {
                matches!(field, Field::PrivateFirstName | Field::PrivateLastName)
                    && name(record, field.clone()).is_some_and(|name| shown.contains(&name))
            };
            let private = record.iter().filter(|(field, _)| field.is_private() && !is_shown(field));
            private.for_each(|(field, value)| spellings(field, value, &mut values));
        }
        PrivateValues::new(values.iter().map(String::as_str))
    }
}

/// The private names of a record as public ones.
fn as_public(record: &Record) -> Record {
    let names = [(Field::PrivateFirstName, Field::FirstName), (Field::PrivateLastName, Field::LastName)];
    names.into_iter().filter_map(|(private, public)| Some((public, record.get(&private)?.clone()))).collect()
}

/// By whom a record is, in every system.
fn login(record: &Record) -> Option<String> {
    comparable(record, &Field::Login)
}

fn comparable(record: &Record, field: &Field) -> Option<String> {
    field.comparable(record.get(field)?).as_text().map(str::to_lowercase)
}

/// A private value as it was written, and as it is compared.
fn spellings(field: &Field, value: &FieldValue, values: &mut BTreeSet<String>) {
    let mut of_text = |text: &str| {
        values.insert(text.to_owned());
        // A photo is declared without the version of its bytes.
        let path = text.rsplit_once("?v=").filter(|_| field.is_uploaded());
        values.extend(path.map(|(path, _)| path.to_owned()));
        values.extend(field.canonical(&FieldValue::from(text)).as_text().map(str::to_owned));
    };
    match value {
        FieldValue::Text(text) => of_text(text),
        FieldValue::List(items) => items.iter().for_each(|item| of_text(item)),
        FieldValue::Number(number) => _ = values.insert(number.to_string()),
        FieldValue::Other(json) => {
            let members: Vec<&Value> = match &**json {
                Value::Array(items) => items.iter().collect(),
                Value::Object(members) => members.values().collect(),
                _ => Vec::new(),
            };
            for member in members {
                spellings(field, &member.clone().into(), values);
            }
        }
        FieldValue::Nothing | FieldValue::Flag(_) => {}
    }
}
