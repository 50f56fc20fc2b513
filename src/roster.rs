//! What the files say, once they are known to be valid: plain data, without YAML, spans or file access.

use std::collections::BTreeMap;

use crate::agent::{Field, Slug, Status};
use crate::record::Record;

/// Everybody who has a file, by slug.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Roster {
    /// The declarations, each under its own slug.
    pub people: BTreeMap<Slug, Declaration>,
}

/// One valid agent file.
#[derive(Clone, Debug, PartialEq)]
pub struct Declaration {
    /// The file's name without its ending.
    pub slug: Slug,
    /// The file's path from the repository's root, with forward slashes.
    pub file: String,
    /// What is declared of this person; [`Field::Status`] stands in `record` too.
    pub status: Status,
    /// Every declared field; null is "clear it", absent is "not ours".
    pub record: Record,
    /// The line, from 1, on which each declared field stands.
    pub lines: BTreeMap<Field, u32>,
    /// Who inherits when this person's CRM user is deleted.
    pub handover: Option<Handover>,
}

/// Who inherits a departing agent's work, by slug.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handover {
    /// Takes the properties.
    pub properties: Slug,
    /// Takes the leads.
    pub leads: Slug,
    /// Takes the landlords.
    pub landlords: Slug,
}
