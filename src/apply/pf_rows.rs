//! Property Finder's rows as they are just before they are written to: read in batches of those that are next.

use std::collections::BTreeMap;

use tokio::time::Instant;

use super::stop_reason::StopReason;
use super::{ApplyRun, ConsistencyWaits};
use crate::model::record::{Record, Row, System, holds};
use crate::reconcile::observed::ObservedPfUser;
use crate::reconcile::plan::PersonPlan;
use crate::reconcile::plan::estimate::pf_writes;
use crate::remote::pf::PfWriter;
use crate::remote::pf::mapper::PfUpdate;
use crate::remote::pf_documented::known_user;
use crate::remote::{Permits, Portal, RemoteError};

/// The most ids that Property Finder takes in one request.
const BATCH: usize = 100;

/// The rows that are still to be written to, and those that were just read.
#[derive(Debug, Default)]
pub(super) struct PfRows {
    /// In the order in which they will be needed.
    waiting: Vec<u64>,
    read: BTreeMap<u64, Row>,
    /// When their answer was there: a slow answer must not make every row too old.
    read_at: Option<Instant>,
}

impl PfRows {
    /// For these people, in the order in which they are written.
    pub(super) fn of<'p>(people: impl Iterator<Item = &'p PersonPlan>) -> Self {
        let changed = people.filter(|person| person.actions_in(System::Pf).next().is_some());
        Self { waiting: changed.filter_map(|person| Some(person.pf.as_ref()?.id)).collect(), ..Self::default() }
    }

    /// One row as it is now, or was a moment ago, and when it was read. Where it has to be read, those that are next come
    /// with it.
    async fn now(
        &mut self,
        id: u64,
        remote: &PfWriter,
        permits: &mut Permits<'_>,
        waits: &ConsistencyWaits,
    ) -> Result<Option<(Row, Instant)>, RemoteError> {
        self.waiting.retain(|waiting| *waiting != id);
        let fresh = self.read_at.filter(|at| at.elapsed() <= waits.fresh && self.read.contains_key(&id));
        let read_at = if let Some(read_at) = fresh {
            read_at
        } else {
            let next: Vec<u64> = [id].into_iter().chain(self.waiting.iter().copied()).take(BATCH).collect();
            let rows = remote.reread_with(permits, &next).await?;
            self.read = rows.into_iter().map(|row| (row.id, row)).collect();
            *self.read_at.insert(Instant::now())
        };
        Ok(self.read.remove(&id).map(|row| (row, read_at)))
    }
}

impl ApplyRun<'_> {
    /// The row as it is now, and what updates it, with permits for all of it: no wait for the rate limit lies between the
    /// look and the writes. `sent` is whether the changes may have been written already: then the row may hold them. No
    /// other task reads or takes permits in between, and a task that holds permits never waits.
    pub(super) async fn pf_now(
        &self,
        person: &PersonPlan,
        seen: &ObservedPfUser,
        changes: &Record,
        sent: bool,
    ) -> Result<(PfUpdate, Permits<'_>), StopReason> {
        let writes = pf_writes(changes);
        let mapper = &self.systems.mappers.pf;
        let Portal::Enterprise(pf) = self.systems.pf else {
            // Nothing can be read, and the bodies hold whole values.
            let known = known_user(seen.id, seen.profile, None);
            return Ok((mapper.update(&known, &person.pf_desired, changes), self.systems.pf.reserve(writes).await));
        };
        let mut rows = self.pf_rows.lock().await;
        // Those who waited for this one may have seen that the system does not answer.
        self.not_stopped(System::Pf)?;
        let mut permits = pf.reserve(1 + writes).await;
        let now = rows.now(seen.id, pf, &mut permits, self.systems.waits).await?;
        drop(rows);
        let Some((now, read_at)) = now else {
            return Err(StopReason::Moved(format!("pf {} is not listed any more", seen.id)));
        };
        permits.row_was_read(read_at, self.systems.waits.oldest_read);
        let (read, desired) = (mapper.user(&now), &person.pf_desired);
        let sent = if sent { changes } else { &Record::new() };
        if !holds(&read.record_for(desired), &seen.record_for(desired), sent) || read.profile != seen.profile {
            return Err(StopReason::Moved(format!("pf {} was changed since the plan was made", seen.id)));
        }
        Ok((mapper.update(&now, desired, changes), permits))
    }
}
