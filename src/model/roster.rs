//! The declarations of valid files: plain data, without YAML, spans or file access.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::agent::{Field, FieldValue, Handover, Slug, Status};
use crate::model::config::Config;
use crate::model::record::Record;

/// Everybody who has a file, by slug.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Roster {
    /// The declarations, each under its own slug.
    pub people: BTreeMap<Slug, Declaration>,
}

impl Roster {
    /// The slugs of all active people, as a CRM row carries them.
    #[must_use]
    pub fn active(&self) -> BTreeSet<String> {
        let active = self.people.values().filter(|person| person.status == Status::Active);
        active.map(|person| person.slug.to_string()).collect()
    }
}

/// The files at an earlier revision, which distinguish a change from drift.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Base {
    /// What people call the revision: `main`, `HEAD`.
    pub name: String,
    /// The commit, by its whole name.
    pub commit: String,
    /// `roster.yaml` as it was, since it decides what a file means for each system.
    pub config: Config,
    /// Everybody whose file was valid.
    pub people: BTreeMap<Slug, Declaration>,
    /// Files that were renamed since: the slug now, and the slug then.
    pub renames: BTreeMap<Slug, Slug>,
    /// The digests that were accepted by then (`.roster/accept`). Each was spent on the plan that it was made for.
    pub accepted: BTreeSet<String>,
}

/// One valid agent file.
#[derive(Clone, Debug, PartialEq)]
pub struct Declaration {
    /// The file's name without its ending.
    pub slug: Slug,
    /// The file's path from the repository's root, with forward slashes.
    pub file: String,
    /// The declared values; [`Field::Status`] is in `record` too.
    pub status: Status,
    /// Every declared field; nothing is "clear it", absent is "not ours".
    pub record: Record,
    /// Whether the descriptions are cleared as a whole, and so in every language that a system holds.
    pub clears_descriptions: bool,
    /// The line, from 1, of each field of `record`, in its order; empty where the lines are not known.
    pub lines: Vec<u32>,
    /// The receivers of the work when this person's CRM user is deleted.
    pub handover: Option<Handover>,
}

impl Declaration {
    /// The line, from 1, on which a field is declared. A description that is cleared with the whole list has the line of the list.
    #[must_use]
    pub(crate) fn line(&self, field: &Field) -> Option<u32> {
        let is_description = |field: &Field| matches!(field, Field::Description(_));
        let of_list = || self.record.keys().position(is_description).filter(|_| is_description(field));
        let at = self.record.find_index(field).ok().or_else(of_list)?;
        self.lines.get(at).copied()
    }
}

/// A value of a file that is not written yet.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct NewValue {
    /// What is declared: the CRM's value, where the CRM holds one.
    pub value: FieldValue,
    /// What Property Finder holds instead.
    pub at_pf: Option<FieldValue>,
}
