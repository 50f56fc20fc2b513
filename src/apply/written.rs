//! The writes of a run: the kind of each request, and what it did to which row.

use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;

use crate::model::record::System;
use crate::reconcile::plan::Operation;

/// The kind of one write, by its name in the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, IntoStaticStr)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase", const_into_str)]
pub enum WriteKind {
    /// A new row.
    Create,
    /// Fields of a row.
    Update,
    /// Fields of a public profile.
    #[serde(rename = "profile update")]
    #[strum(serialize = "profile update")]
    ProfileUpdate,
    /// Only the link fields of a row.
    #[serde(rename = "store the ids")]
    #[strum(serialize = "store the ids")]
    StoreIds,
    /// The mark in a row that precedes a create which cannot be looked up, or its removal.
    #[serde(rename = "mark the create")]
    #[strum(serialize = "mark the create")]
    MarkCreate,
    /// The mark in a row that precedes an update which cannot be read back: its fields are unknown until it was answered.
    #[serde(rename = "mark the update")]
    #[strum(serialize = "mark the update")]
    MarkUpdate,
    /// Upload a photo that the row is to name.
    Upload,
    /// Empty link fields of a row.
    Release,
    /// Remove a row.
    Delete,
}

/// What one write did. The number is the id of the row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// The planned operation on a row.
    Row(System, Operation, u64),
    /// A change of the public profile of a Property Finder user.
    Profile(u64),
    /// The ids of both systems in a CRM row.
    Ids(u64),
}

impl WriteKind {
    /// Its name in the journal.
    #[must_use]
    pub(crate) const fn key(self) -> &'static str {
        self.into_str()
    }
}
