//! The successes of one server in one run, by which a failed request is judged.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::permission::Permission;
use super::remote_error::Evidence;
use super::retry::RequestKind;

/// How often each kind of request succeeded.
#[derive(Debug, Default)]
pub(super) struct SuccessCounts(Mutex<BTreeMap<(RequestKind, Option<Permission>), u64>>);

impl SuccessCounts {
    pub(super) fn success(&self, kind: RequestKind, wants: Option<Permission>) {
        *self.counts().entry((kind, wants)).or_default() += 1;
    }

    /// What is known beside a failed request of this kind.
    pub(super) fn evidence(&self, kind: RequestKind, wants: Option<Permission>) -> Evidence {
        let counts = self.counts();
        let of_this_kind = counts.get(&(kind, wants)).copied().unwrap_or_default();
        Evidence { kind: Some(kind), of_this_kind, of_any_kind: counts.values().sum() }
    }

    fn counts(&self) -> MutexGuard<'_, BTreeMap<(RequestKind, Option<Permission>), u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
