//! One person as one system sees it, in the YAML's own field names.
//!
//! Both sides of a comparison are records: the desired values of a system, and its observed values. Each system's
//! `mapper.rs` turns its JSON into a record and a record's changes into its JSON, so the diff needs no special case.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use strum::{IntoStaticStr, VariantArray};

#[cfg(test)]
use crate::model::agent::Field;
use crate::model::agent::{FieldValue, Slug};
use crate::model::lock_file::LockedLink;

pub use crate::model::agent::Record;

/// A record in the tests' tables, from JSON.
#[cfg(test)]
pub(crate) fn record_of<const FIELDS: usize>(values: [(Field, Value); FIELDS]) -> Record {
    values.into_iter().map(|(field, value)| (field, value.into())).collect()
}

/// Whether a row still holds what was seen in it, however each value is written. `sent` may have been written since: its
/// fields may hold either value.
#[must_use]
pub(crate) fn holds(now: &Record, seen: &Record, sent: &Record) -> bool {
    let nothing = FieldValue::Nothing;
    let mut fields = now.keys().chain(seen.keys());
    fields.all(|field| {
        let value = now.get(field).unwrap_or(&nothing);
        field.same(value, seen.get(field).unwrap_or(&nothing))
            || sent.get(field).is_some_and(|sent| field.agrees(value, sent))
    })
}

/// One of the two systems that are made to agree with the files.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
    IntoStaticStr,
    VariantArray,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase", const_into_str)]
pub enum System {
    /// The CRM: MyCRM API v2. It also stores the ids of both systems.
    Crm,
    /// The Property Finder portal: Enterprise API v1.
    Pf,
}

impl System {
    /// Both systems. A further variant does not compile until it is here.
    pub const ALL: [Self; Self::VARIANTS.len()] = [Self::Crm, Self::Pf];

    /// The short name used in output and in `--system`: `crm` or `pf`.
    #[must_use]
    pub const fn key(self) -> &'static str {
        self.into_str()
    }

    /// The name for prose.
    #[must_use]
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Crm => "the CRM",
            Self::Pf => "Property Finder",
        }
    }
}

impl std::fmt::Display for System {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.key())
    }
}

/// One row as a system returned it: a CRM user, or a Property Finder user with its public profile inside.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The system's own id of the user.
    pub id: u64,
    /// The JSON object exactly as it was read.
    pub raw: Value,
    /// The link of a CRM row, where `roster.lock` keeps it.
    pub locked: Option<Box<(Slug, LockedLink)>>,
}

impl Row {
    /// A row as a system returned it.
    #[must_use]
    pub const fn new(id: u64, raw: Value) -> Self {
        Self { id, raw, locked: None }
    }
}
