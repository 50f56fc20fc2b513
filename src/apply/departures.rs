//! Deletes the CRM users of people who leave, after everything else. It shows first that each of them is off at Property
//! Finder, and reads each CRM row just before the request. The request is sent once: a lost answer is resolved by a read,
//! since a repeated one could delete another person who has the id by then.

use std::collections::BTreeSet;

use tokio::time::Instant;

use super::observer::{PendingWrite, WriteResult};
use super::person::StopReason;
use super::{Applied, ApplyRun, WriteKind, Written, rested_write};
use crate::model::record::System;
use crate::reconcile::observed::{LinkValues, ObservedCrmUser};
use crate::reconcile::plan::{Operation, PersonPlan, Receivers};
use crate::remote::crm::{Departure, HandoverIds};
use crate::remote::pf::mapper::PfMapper;
use crate::remote::{Permits, Reader as _, RemoteError};

/// A person whose CRM user is deleted, once everything before that is done.
pub(super) struct Leaver<'p> {
    person: &'p PersonPlan,
    /// The row that is deleted, as the plan saw it.
    row: &'p ObservedCrmUser,
    /// What was written so far.
    done: Vec<Written>,
}

impl<'p> Leaver<'p> {
    /// Nothing, if the plan does not delete the CRM user of this person.
    pub(super) fn new(person: &'p PersonPlan, done: Vec<Written>) -> Option<Self> {
        let (row, _) = person.deletion()?;
        Some(Self { person, row, done })
    }
}

impl ApplyRun<'_> {
    /// One deletion of the plan, for those of its people who got so far.
    pub(super) async fn deletion(&self, receivers: &Receivers, people: Vec<Leaver<'_>>) -> Vec<Applied> {
        let mut applied = Vec::new();
        let shown = self.are_off(&people).await;
        let ready = self.without_stopped(people, shown, &mut applied).await;
        if ready.is_empty() {
            return applied;
        }
        let (checked, slots) = match self.rows_are_as_seen(receivers, &ready).await {
            Ok((checked, slots)) => (checked, Some(slots)),
            Err(stopped) => (vec![Err(stopped); ready.len()], None),
        };
        let ready = self.without_stopped(ready, checked, &mut applied).await;
        let Some(slots) = slots.filter(|_| !ready.is_empty()) else { return applied };
        let deleted = Box::pin(self.delete(receivers, &ready, slots)).await;
        for mut leaver in ready {
            let id = leaver.row.id;
            let ended = match &deleted {
                Ok(result) if result.gone.contains(&id) => {
                    leaver.done.push(Written::Row(System::Crm, Operation::Delete, id));
                    self.forget_link(id)
                }
                Ok(result) => result.lost.clone().map_or(Ok(()), |error| Err(StopReason::Remote(error))),
                Err(stopped) => Err(stopped.clone()),
            };
            applied.push(self.ended(leaver.person, leaver.done, ended).await);
        }
        applied
    }

    /// The people whom a check lets through; the others have ended.
    async fn without_stopped<'p>(
        &self,
        people: Vec<Leaver<'p>>,
        checked: Vec<Result<(), StopReason>>,
        applied: &mut Vec<Applied>,
    ) -> Vec<Leaver<'p>> {
        let mut ready = Vec::new();
        for (leaver, result) in people.into_iter().zip(checked) {
            match result {
                Ok(()) => ready.push(leaver),
                stopped => applied.push(self.ended(leaver.person, leaver.done, stopped).await),
            }
        }
        ready
    }

    /// Whether Property Finder itself shows that each person is off. Its reads may lag behind its writes.
    async fn are_off(&self, people: &[Leaver<'_>]) -> Vec<Result<(), StopReason>> {
        let users: Vec<u64> = people.iter().filter_map(|leaver| leaver.person.row_id(System::Pf)).collect();
        let inactive = self.inactive_users(&users).await;
        let shown = |leaver: &Leaver<'_>| match (leaver.person.row_id(System::Pf), &inactive) {
            (None, _) => Ok(()),
            (Some(_), Err(stopped)) => Err(stopped.clone()),
            (Some(user), Ok(inactive)) if inactive.contains(&user) => Ok(()),
            (Some(user), Ok(_)) => Err(StopReason::Moved(format!(
                "Property Finder does not show that pf {user} is off, so the CRM user is not deleted"
            ))),
        };
        people.iter().map(shown).collect()
    }

    async fn inactive_users(&self, users: &[u64]) -> Result<BTreeSet<u64>, StopReason> {
        let Some(reader) = self.systems.pf.reader() else {
            // The answer to the status is the only proof there is: everybody here was answered, in this run or before.
            return Ok(users.iter().copied().collect());
        };
        let mut inactive = BTreeSet::new();
        for look in 0..self.systems.waits.looks {
            if inactive.len() == users.len() {
                break;
            }
            if look > 0 {
                tokio::time::sleep(self.systems.waits.between_looks).await;
            }
            self.still_open(System::Pf)?;
            let rows = reader.reread(users).await?;
            inactive = rows.iter().filter(|row| PfMapper::is_inactive(row)).map(|row| row.id).collect();
        }
        Ok(inactive)
    }

    /// Reads the rows that are deleted and those of the receivers, and takes a slot for the deletion with them. A row that
    /// changed stops its own person; a receiver who is not there any more stops everybody.
    async fn rows_are_as_seen(
        &self,
        receivers: &Receivers,
        people: &[Leaver<'_>],
    ) -> Result<(Vec<Result<(), StopReason>>, Permits<'_>), StopReason> {
        self.still_open(System::Crm)?;
        let receivers = receivers.each();
        let ids: Vec<u64> = receivers.keys().copied().chain(people.iter().map(|leaver| leaver.row.id)).collect();
        let mut slots = self.systems.crm.reserve(ids.len() + 1).await;
        let rows = self.systems.crm.reread_with(&mut slots, &ids).await?;
        slots.row_was_read(Instant::now(), self.systems.waits.oldest_read);
        let row = |id: u64| rows.iter().find(|row| row.id == id);
        for (id, agent) in receivers {
            let is_linked = |row| self.systems.mappers.crm.links(row).agent.as_deref() == Some(agent.as_str());
            if !row(id).is_some_and(is_linked) {
                return Err(StopReason::Moved(format!("crm {id} is not linked to {agent}, who receives the work")));
            }
        }
        let checked = people.iter().map(|leaver| match row(leaver.row.id) {
            Some(now) => self.systems.is_as_seen(now, leaver.row, None),
            None => Err(StopReason::Moved(format!("crm {} is not there any more", leaver.row.id))),
        });
        Ok((checked.collect(), slots))
    }

    /// Sends one deletion, and finds out what became of it.
    async fn delete<'s>(
        &'s self,
        receivers: &Receivers,
        people: &[Leaver<'_>],
        mut slots: Permits<'s>,
    ) -> Result<DeletionResult, StopReason> {
        let Receivers { properties, leads, landlords } = receivers;
        let handover = HandoverIds { properties: properties.crm, leads: leads.crm, landlords: landlords.crm };
        let departure = Departure::new(people.iter().map(|leaver| leaver.row.id), handover);
        let departure = departure.map_err(|error| StopReason::Failed(error.to_string()))?;
        let writes = people.iter().map(|leaver| PendingWrite {
            agent: &leaver.person.slug,
            system: System::Crm,
            kind: WriteKind::Delete,
            remote_id: Some(leaver.row.id),
            paths: Vec::new(),
        });
        let again = async |_| {
            let (checked, slots) = self.rows_are_as_seen(receivers, people).await?;
            checked.into_iter().collect::<Result<(), _>>()?;
            Ok(((), slots))
        };
        let send = async |slots: &mut Permits<'s>, (): &()| self.systems.crm.delete(slots, &departure).await;
        let request = async {
            match rested_write::send((), &mut slots, again, send).await {
                Ok(()) => Ok(DeletionResult { gone: departure.ids().collect(), lost: None }),
                Err(StopReason::Remote(error)) if error.leaves_unknown() => self.look_for(&departure, error).await,
                Err(stopped) => Err(stopped),
            }
        };
        let answer = |write: &PendingWrite<'_>, result: &DeletionResult| match write.remote_id {
            Some(id) if result.gone.contains(&id) => WriteResult::Done(id),
            _ => WriteResult::Unknown,
        };
        self.write_together(&writes.collect::<Vec<_>>(), request, answer).await
    }

    /// Which users are gone after a deletion without an answer. One that is still there may be deleted later, or never was.
    async fn look_for(&self, departure: &Departure, lost: RemoteError) -> Result<DeletionResult, StopReason> {
        let ids: Vec<u64> = departure.ids().collect();
        let mut gone = BTreeSet::new();
        for look in 0..self.systems.waits.looks {
            if look > 0 {
                tokio::time::sleep(self.systems.waits.between_looks).await;
            }
            let Ok(rows) = self.systems.crm.reader.reread(&ids).await else { break };
            gone = ids.iter().copied().filter(|id| rows.iter().all(|row| row.id != *id)).collect();
            if gone.len() == ids.len() {
                break;
            }
        }
        Ok(DeletionResult { gone, lost: Some(lost) })
    }
}

impl ApplyRun<'_> {
    /// Removes the link of a deleted user from `roster.lock`, where links are kept there.
    fn forget_link(&self, crm: u64) -> Result<(), StopReason> {
        let Some(file) = self.systems.crm.links() else { return Ok(()) };
        file.store(crm, &LinkValues::default()).map_err(|error| {
            StopReason::Failed(format!(
                "roster.lock cannot be written ({error}), so it still links crm {crm}, which is deleted: remove that entry"
            ))
        })
    }
}

/// What became of a deletion.
struct DeletionResult {
    /// The CRM users who are not there any more.
    gone: BTreeSet<u64>,
    /// The error of a request whose answer was lost.
    lost: Option<RemoteError>,
}
