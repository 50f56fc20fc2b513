//! Masks (redacts) the private values of a plan and of a file, before any output shows them.

use crate::model::agent::{Field, FieldValue};
use crate::reconcile::diff::Change;
use crate::reconcile::memory::Remembered;

/// A change as it may be shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum MaskedValue<'a> {
    /// A private field: that it changes, never from what or to what.
    Private,
    /// Both values.
    Values {
        /// What the system holds.
        before: &'a FieldValue,
        /// What it is to hold.
        after: &'a FieldValue,
    },
    /// What was last sent is known by its hash alone: no base has a value with that hash.
    SinceHash {
        /// What it is to hold.
        after: &'a FieldValue,
    },
}

impl<'a> MaskedValue<'a> {
    #[must_use]
    pub(crate) fn of(change: &'a Change) -> Self {
        if change.field.is_private() {
            return Self::Private;
        }
        match (Remembered::parse(&change.before), &change.sent) {
            (Remembered::Hash, Some(sent)) if !change.readable => Self::Values { before: sent, after: &change.after },
            (Remembered::Hash, None) if !change.readable => Self::SinceHash { after: &change.after },
            _ => Self::Values { before: &change.before, after: &change.after },
        }
    }
    /// Masks (redacts) a declared value: nothing of a private field may be shown.
    #[must_use]
    pub(crate) fn declared(field: &Field, value: &'a FieldValue) -> Option<&'a FieldValue> {
        (!field.is_private()).then_some(value)
    }
}
