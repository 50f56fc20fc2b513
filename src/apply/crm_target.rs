//! The CRM row of a person during the run.

use std::sync::Arc;

use crate::model::record::Row;
use crate::reconcile::observed::{LinkValues, ObservedCrmUser};

/// The CRM row of a person during the run.
pub(super) struct CrmTarget {
    pub(super) row: TargetRow,
    /// The link fields before a mark was written, which a read that lags may show; none where the row has no mark.
    pub(super) before_mark: Option<LinkValues>,
}

pub(super) enum TargetRow {
    /// It was made in this run: what the CRM answered.
    Created(Row),
    /// As it was read for the plan, with the mark that this run has written.
    Seen(Arc<ObservedCrmUser>),
    /// There is none.
    None,
}

impl CrmTarget {
    pub(super) const fn new(row: TargetRow) -> Self {
        Self { row, before_mark: None }
    }

    pub(super) fn id(&self) -> Option<u64> {
        match &self.row {
            TargetRow::Created(row) => Some(row.id),
            TargetRow::Seen(row) => Some(row.id),
            TargetRow::None => None,
        }
    }

    pub(super) const fn is_created(&self) -> bool {
        matches!(self.row, TargetRow::Created(_))
    }

    /// The link fields that the row had when it was read.
    pub(super) fn links(&self) -> Option<&LinkValues> {
        match &self.row {
            TargetRow::Seen(row) => Some(&row.links),
            TargetRow::Created(_) | TargetRow::None => None,
        }
    }
}
