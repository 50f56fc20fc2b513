//! What people and machines are told: one file a format, each from a [`Report`] to a text. Nothing here prints.
//!
//! A value reaches any of them only through [`Shown`], which is where private values end (design 2.8).

pub mod json;
pub mod saved;
pub mod style;
pub mod terminal;
mod text;

use secrecy::SecretString;
use serde_json::Value;

use crate::agent::Field;
use crate::apply::Applied;
use crate::diff::Change;
use crate::exit::Exit;
use crate::guard::Block;
use crate::plan::{Plan, estimate::Estimate};
use crate::roster::Roster;

pub use text::quoted_words;

/// Everything that a report may tell.
pub struct Report<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// The files: where each declared field stands.
    pub roster: &'a Roster,
    /// Why the plan may not be carried out.
    pub blocks: &'a [Block],
    /// What carrying it out costs.
    pub estimate: Estimate,
    /// What became of each person, once it was carried out.
    pub applied: Option<&'a [Applied]>,
    /// Whether both systems were read completely.
    pub complete: bool,
    /// What private values are digested with, so that a saved plan can be told from another.
    pub digest_key: Option<&'a SecretString>,
    /// What private values in the digest of the whole plan go in under.
    pub accept_key: Option<&'a SecretString>,
    /// How the run ends.
    pub exit: Exit,
}

impl Report<'_> {
    /// The line, from 1, on which an agent declares a field.
    #[must_use]
    pub fn line(&self, agent: &crate::agent::Slug, field: &Field) -> Option<u32> {
        self.roster.people.get(agent)?.lines.get(field).copied()
    }
}

/// A change as it may be shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shown<'a> {
    /// A private field: that it changes, never from what or to what.
    Private,
    /// Both values.
    Values {
        /// What the system holds.
        before: &'a Value,
        /// What it is to hold.
        after: &'a Value,
    },
    /// What was last sent is known by its hash alone.
    SinceHash {
        /// What it is to hold.
        after: &'a Value,
    },
}

impl<'a> Shown<'a> {
    /// What may be shown of a change.
    #[must_use]
    pub fn of(change: &'a Change) -> Self {
        if change.field.is_private() {
            return Self::Private;
        }
        let hashed = !change.readable && change.before.as_str().is_some_and(|text| text.starts_with('#'));
        if hashed {
            Self::SinceHash { after: &change.after }
        } else {
            Self::Values { before: &change.before, after: &change.after }
        }
    }
}

#[cfg(test)]
mod tests;
