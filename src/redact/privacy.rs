//! Which values of a run are private, so that no system's words are quoted with one in them.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;

use crate::model::agent::Field;
use crate::model::record::Record;
use crate::model::roster::{Base, Roster};
use crate::reconcile::observed::Observed;
use crate::redact::{PrivateValues, Redactor, Secrets};

/// What is known of people when a system's words are quoted.
#[derive(Clone, Copy)]
pub struct PrivacySources<'a> {
    /// The files.
    pub roster: &'a Roster,
    /// The files as they were at base.
    pub base: Option<&'a Base>,
    /// Both systems, as far as they were read.
    pub observed: Option<&'a Observed>,
}

impl<'a> PrivacySources<'a> {
    /// Quotes systems without these secrets and without any private value of the files and of both systems. As long as
    /// not both are read, nobody's address or number is quoted, since it may be that of a person without a file.
    #[must_use]
    pub fn redactor(self, secrets: Arc<Secrets>) -> Redactor<'a> {
        let everybody_is_known = self.observed.is_some_and(|observed| !observed.pf_unread);
        Redactor::new(secrets, everybody_is_known, move || self.values())
    }

    fn values(self) -> PrivateValues {
        let mut values = BTreeSet::new();
        let mut collect = |record: &Record| {
            let private = record.iter().filter(|(field, _)| field.is_private());
            private.for_each(|(field, value)| spellings(field, value, &mut values));
        };
        let people = self.base.iter().flat_map(|base| base.people.values()).chain(self.roster.people.values());
        people.for_each(|declaration| collect(&declaration.record));
        if let Some(observed) = self.observed {
            observed.crm.iter().for_each(|user| collect(&user.record));
            observed.pf.iter().for_each(|user| collect(&user.fields.record));
        }
        PrivateValues::new(values.iter().map(String::as_str))
    }
}

/// A private value as it was written, and as it is compared.
fn spellings(field: &Field, value: &Value, values: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => {
            values.insert(text.clone());
            values.extend(field.canonical(value).as_str().map(str::to_owned));
        }
        Value::Number(number) => _ = values.insert(number.to_string()),
        Value::Array(items) => items.iter().for_each(|item| spellings(field, item, values)),
        Value::Object(members) => members.values().for_each(|item| spellings(field, item, values)),
        Value::Null | Value::Bool(_) => {}
    }
}
