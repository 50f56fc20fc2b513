//! The observer of a run: receives every write, before it is sent and after its answer, and may stop the run.

use std::io;

use serde::{Deserialize, Serialize};
use strum::{EnumDiscriminants, IntoStaticStr};

use super::{Applied, WriteKind};
use crate::model::agent::Slug;
use crate::model::record::System;

/// One write: to whom, where, and which fields. It holds no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingWrite<'a> {
    /// Whose row.
    pub agent: &'a Slug,
    /// In which system.
    pub system: System,
    /// What is done.
    pub kind: WriteKind,
    /// The row's id; none for a create.
    pub remote_id: Option<u64>,
    /// The paths of the fields that are written.
    pub paths: Vec<String>,
}

/// How a write ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumDiscriminants)]
#[strum_discriminants(
    name(AnswerResult),
    doc = "How a write ended, by its name in the journal.",
    derive(Serialize, Deserialize, IntoStaticStr),
    serde(rename_all = "lowercase"),
    strum(serialize_all = "lowercase", const_into_str)
)]
pub enum WriteResult {
    /// It is written; the row's id.
    Done(u64),
    /// It is not written.
    Failed,
    /// It may or may not be written.
    Unknown,
}

/// What happens during an apply, as it happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApplyEvent<'a> {
    /// A write is about to be sent.
    Intent(&'a PendingWrite<'a>),
    /// It was answered, or given up.
    Answered(&'a PendingWrite<'a>, WriteResult),
    /// Everything is tried for one person.
    Ended(&'a Applied),
}

/// Sees everything that an apply does.
pub trait ApplyObserver: Sync {
    /// Takes note. Nothing is sent before its intent is noted.
    ///
    /// # Errors
    /// When it cannot be noted; the write is then not sent.
    fn on_event(&self, event: &ApplyEvent<'_>) -> io::Result<()>;

    /// The reason to start nothing more, after an interrupt.
    fn stop_requested(&self) -> Option<String> {
        None
    }
}

/// An observer that ignores every write.
impl ApplyObserver for () {
    fn on_event(&self, _: &ApplyEvent<'_>) -> io::Result<()> {
        Ok(())
    }
}
