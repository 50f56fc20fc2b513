//! Deletes the CRM users of people who leave, after everything else. With permits for the request it shows first that each of
//! them is inactive at Property Finder, and reads each CRM row. The request is sent once: a lost answer is resolved by a read,
//! since a repeated one could delete another person who has the id by then.
//!
//! A reason that stops one person leaves the others in the request. The failure of a request for several people counts once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use super::crm_row::CrmWrite;
use super::observer::{PendingWrite, WriteResult};
use super::person::lock;
use super::stop_reason::StopReason;
use super::{Applied, ApplyRun, WriteKind, Written, write_after_read};
use crate::model::agent::Slug;
use crate::model::record::{Record, Row, System};
use crate::reconcile::observed::{LinkValues, ObservedCrmUser};
use crate::reconcile::plan::{LeavingPfUser, Operation, PersonPlan, Receivers};
use crate::remote::crm::{Departure, HandoverIds};
use crate::remote::pf::mapper::PfMapper;
use crate::remote::{ErrorKind, Permits, Reader as _, RemoteError};

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

    fn at_pf(&self) -> LeavingPfUser {
        self.person.leaving.as_ref().map_or(LeavingPfUser::Absent, |leaving| leaving.pf)
    }
}

/// Why a person is not deleted.
#[derive(Clone)]
struct Stopped {
    why: StopReason,
    /// Whether the failure counts for the system: of several people whom one request stops it counts for one.
    counts: bool,
    remedy: Option<Box<str>>,
}

impl From<StopReason> for Stopped {
    fn from(why: StopReason) -> Self {
        Self { why, counts: true, remedy: None }
    }
}

/// The result for each person, in their order.
type PersonResults = Vec<Result<(), Stopped>>;

/// Stops everybody who is not stopped yet, for one reason.
fn stop_the_others(checked: &mut PersonResults, why: &StopReason) {
    for (at, result) in checked.iter_mut().filter(|result| result.is_ok()).enumerate() {
        *result = Err(Stopped { counts: at == 0, ..Stopped::from(why.clone()) });
    }
}

impl ApplyRun<'_> {
    /// One deletion of the plan, for those of its people who got so far.
    pub(super) async fn deletion(&self, receivers: &Receivers, people: Vec<Leaver<'_>>) -> Vec<Applied> {
        if people.is_empty() {
            return Vec::new();
        }
        let (checked, permits) = self.check(receivers, &people.iter().collect::<Vec<_>>()).await;
        let (mut applied, mut ready) = (Vec::new(), Vec::new());
        for (leaver, result) in people.into_iter().zip(checked) {
            match result {
                Ok(()) => ready.push(leaver),
                stopped => applied.push(self.end(leaver, stopped).await),
            }
        }
        let Some(permits) = permits.filter(|_| !ready.is_empty()) else { return applied };
        let deleted = Box::pin(self.delete(receivers, &ready, permits)).await;
        for (mut leaver, mut result) in ready.into_iter().zip(deleted) {
            if result.is_ok() {
                leaver.done.push(Written::Row(System::Crm, Operation::Delete, leaver.row.id));
                result = self.forget_link(leaver.row.id).map_err(Stopped::from);
            }
            applied.push(self.end(leaver, result).await);
        }
        applied
    }

    async fn end(&self, leaver: Leaver<'_>, result: Result<(), Stopped>) -> Applied {
        let Leaver { person, done, .. } = leaver;
        let Err(Stopped { why, counts, remedy }) = result else { return self.finish(person, done, Ok(())).await };
        let applied = if counts {
            self.finish(person, done, Err(why)).await
        } else {
            self.finish_uncounted(person, done, Err(why))
        };
        match remedy {
            Some(remedy) => Applied { outcome: applied.outcome.with_remedy(&remedy), ..applied },
            None => applied,
        }
    }

    /// Shows for each person that Property Finder has the user inactive, and then that the row is as the plan saw it. A
    /// receiver who cannot receive the work stops all of them. Returns the permits for the deletion; none where no person is
    /// left to delete.
    async fn check<'s>(
        &'s self,
        receivers: &Receivers,
        people: &[&Leaver<'_>],
    ) -> (PersonResults, Option<Permits<'s>>) {
        let mut checked: PersonResults = vec![Ok(()); people.len()];
        if let Err(closed) = self.ensure_not_stopped(System::Crm) {
            stop_the_others(&mut checked, &closed);
            return (checked, None);
        }
        let receivers = receivers.each();
        let mut permits = self.systems.crm.reserve(receivers.len() + people.len() + 1).await;
        self.stop_people_who_are_active(people, &mut checked).await;
        if checked.iter().all(Result::is_err) {
            return (checked, None);
        }
        if let Err(why) = self.ensure_receivers_are_linked(&receivers, &mut permits).await {
            stop_the_others(&mut checked, &why);
            return (checked, None);
        }
        let remaining =
            people.iter().zip(0..).filter(|(_, at): &(_, usize)| checked.get(*at).is_some_and(Result::is_ok));
        let (ids, places): (Vec<u64>, Vec<usize>) = remaining.map(|(leaver, at)| (leaver.row.id, at)).unzip();
        let oldest = self.systems.waits.oldest_read;
        let rows = self.systems.crm.reread_together(&mut permits, &ids, oldest).await;
        if let Some(first) = rows.iter().map(|(_, answered)| *answered).min() {
            permits.row_was_read(first, oldest);
        }
        for (at, (read, _)) in places.into_iter().zip(rows) {
            if let (Some(result), Some(leaver)) = (checked.get_mut(at), people.get(at)) {
                *result = self.ensure_as_seen(leaver, read).map_err(Stopped::from);
            }
        }
        (checked, Some(permits))
    }

    fn ensure_as_seen(&self, leaver: &Leaver<'_>, read: Result<Option<Row>, RemoteError>) -> Result<(), StopReason> {
        match read? {
            Some(now) => {
                let nothing = Record::new();
                let links = self.links_while_unknown(leaver.person);
                let sent = links.as_ref().map(|links| CrmWrite { changes: &nothing, links });
                self.systems.is_as_seen(&now, leaver.row, sent)
            }
            None => Err(StopReason::Moved(format!("crm {} is not there any more", leaver.row.id))),
        }
    }

    async fn ensure_receivers_are_linked(
        &self,
        receivers: &BTreeMap<u64, &Slug>,
        permits: &mut Permits<'_>,
    ) -> Result<(), StopReason> {
        let ids: Vec<u64> = receivers.keys().copied().collect();
        let rows = self.systems.crm.reread_together(permits, &ids, self.systems.waits.oldest_read).await;
        for ((id, agent), (read, _)) in receivers.iter().zip(rows) {
            let row = read?;
            let links = row.map(|row| self.systems.mappers.crm.links(&row));
            if links.and_then(|links| links.agent).as_deref() != Some(agent.as_str()) {
                return Err(StopReason::Moved(format!(
                    "crm {id} is not linked to {agent}, who receives the work: first apply what the plan has for {agent}, \
                     then plan again"
                )));
            }
        }
        Ok(())
    }

    /// Stops each person who is not inactive at Property Finder. Its reads may lag behind its writes.
    async fn stop_people_who_are_active(&self, people: &[&Leaver<'_>], checked: &mut PersonResults) {
        // Where the portal lists no users, the answer to the status is the only proof there is: everybody here was answered,
        // in this run or before.
        let Some(reader) = self.systems.pf.reader() else { return };
        let users: Vec<u64> = people.iter().filter_map(|leaver| leaver.at_pf().id()).collect();
        let (mut shown, mut failed) = (BTreeMap::new(), None);
        for look in 0..self.systems.waits.looks {
            if people.iter().all(|leaver| is_shown_inactive(leaver.at_pf(), &shown)) {
                break;
            }
            if look > 0 {
                tokio::time::sleep(self.systems.waits.between_looks).await;
            }
            let rows = match self.ensure_not_stopped(System::Pf) {
                Ok(()) => reader.reread(&users).await.map_err(StopReason::from),
                Err(closed) => Err(closed),
            };
            match rows {
                // A person whom an earlier read showed inactive stays inactive.
                Err(why) => {
                    failed = Some(why);
                    break;
                }
                Ok(rows) => {
                    let inactive = |id: &u64| rows.iter().find(|row| row.id == *id).map(PfMapper::is_inactive);
                    shown = users.iter().map(|id| (*id, inactive(id))).collect();
                }
            }
        }
        let mut counts = true;
        for (leaver, result) in people.iter().zip(checked) {
            let at_pf = leaver.at_pf();
            if is_shown_inactive(at_pf, &shown) {
                continue;
            }
            let why = failed.clone().unwrap_or_else(|| not_shown_inactive(at_pf));
            *result = Err(Stopped { counts, ..Stopped::from(why) });
            counts = failed.is_none();
        }
    }

    /// Sends one deletion, and finds out what became of each person.
    async fn delete<'s>(&'s self, receivers: &Receivers, people: &[Leaver<'_>], permits: Permits<'s>) -> PersonResults {
        let writes = people.iter().map(|leaver| PendingWrite {
            agent: &leaver.person.slug,
            system: System::Crm,
            kind: WriteKind::Delete,
            remote_id: Some(leaver.row.id),
            paths: Vec::new(),
        });
        let request = DeletionRequest { run: self, receivers, people, stopped: Mutex::default() };
        let sending = Box::pin(request.send(permits));
        let result = self
            .write_together(&writes.collect::<Vec<_>>(), sending, |write, result| request.write_result(write, result))
            .await;
        outcomes(people, request.stopped.into_inner().unwrap_or_else(PoisonError::into_inner), result)
    }

    /// Which users are gone after a deletion without an answer. One that is still there may be deleted later, or never was.
    async fn look_for(&self, ids: &[u64], lost: RemoteError) -> Result<DeletionResult, StopReason> {
        let mut gone = BTreeSet::new();
        for look in 0..self.systems.waits.looks {
            if look > 0 {
                tokio::time::sleep(self.systems.waits.between_looks).await;
            }
            let Ok(rows) = self.systems.crm.reader.reread(ids).await else { break };
            gone = ids.iter().copied().filter(|id| rows.iter().all(|row| row.id != *id)).collect();
            if gone.len() == ids.len() {
                break;
            }
        }
        Ok(DeletionResult { gone, lost: Some(lost) })
    }
}

/// One request that deletes the CRM users of people with the same receivers.
struct DeletionRequest<'s, 'a, 'p> {
    run: &'s ApplyRun<'a>,
    receivers: &'p Receivers,
    people: &'p [Leaver<'p>],
    /// People, by CRM id, who were left out because a check failed after a wait.
    stopped: Mutex<BTreeMap<u64, Stopped>>,
}

impl<'s> DeletionRequest<'s, '_, '_> {
    async fn send(&self, mut permits: Permits<'s>) -> Result<DeletionResult, StopReason> {
        let crm = &self.run.systems.crm;
        let check_again = async |_| self.check_again().await;
        let delete = async |permits: &mut Permits<'s>, departure: &Departure| crm.delete(permits, departure).await;
        match write_after_read::send(self.departure()?, &mut permits, check_again, delete).await {
            Ok(()) => Ok(DeletionResult { gone: self.remaining_ids().into_iter().collect(), lost: None }),
            Err(StopReason::Remote(error)) if error.leaves_unknown() => {
                self.run.look_for(&self.remaining_ids(), error).await
            }
            Err(stopped) => Err(stopped),
        }
    }

    /// Checks everybody once more after a wait, and leaves out the people whose check fails.
    async fn check_again(&self) -> Result<(Departure, Permits<'s>), StopReason> {
        let ids = self.remaining_ids();
        let people: Vec<&Leaver<'_>> = self.people.iter().filter(|leaver| ids.contains(&leaver.row.id)).collect();
        let (checked, permits) = self.run.check(self.receivers, &people).await;
        let failed = ids.into_iter().zip(checked).filter_map(|(id, result)| Some((id, result.err()?)));
        lock(&self.stopped).extend(failed);
        let departure = self.departure()?;
        Ok((departure, permits.ok_or_else(|| StopReason::NotTried("no person is left to delete".to_owned()))?))
    }

    fn remaining_ids(&self) -> Vec<u64> {
        let stopped = lock(&self.stopped);
        self.people.iter().map(|leaver| leaver.row.id).filter(|id| !stopped.contains_key(id)).collect()
    }

    /// The body of the request for the people who remain.
    fn departure(&self) -> Result<Departure, StopReason> {
        let Receivers { properties, leads, landlords } = self.receivers;
        let handover = HandoverIds { properties: properties.crm, leads: leads.crm, landlords: landlords.crm };
        Departure::new(self.remaining_ids(), handover).map_err(|error| StopReason::Failed(error.to_string()))
    }

    fn write_result(&self, write: &PendingWrite<'_>, result: &DeletionResult) -> WriteResult {
        match write.remote_id {
            Some(id) if result.gone.contains(&id) => WriteResult::Done(id),
            Some(id) if lock(&self.stopped).contains_key(&id) => WriteResult::Failed,
            _ => WriteResult::Unknown,
        }
    }
}

/// What became of each person of one request; `stopped` are those who were left out of it at the end.
fn outcomes(
    people: &[Leaver<'_>],
    mut stopped: BTreeMap<u64, Stopped>,
    result: Result<DeletionResult, StopReason>,
) -> PersonResults {
    let sent: Vec<&Slug> = people
        .iter()
        .filter(|leaver| !stopped.contains_key(&leaver.row.id))
        .map(|leaver| &leaver.person.slug)
        .collect();
    let (gone, why) = match result {
        Ok(DeletionResult { gone, lost }) => (gone, lost.map(StopReason::Remote)),
        Err(why) => (BTreeSet::new(), Some(why)),
    };
    let remedy = why.as_ref().and_then(|why| one_request(&sent, why));
    let mut results = Vec::with_capacity(people.len());
    let mut counts = true;
    for leaver in people {
        results.push(match (stopped.remove(&leaver.row.id), &why) {
            (Some(stopped), _) => Err(stopped),
            (None, Some(why)) if !gone.contains(&leaver.row.id) => {
                let counts = std::mem::take(&mut counts);
                Err(Stopped { why: why.clone(), counts, remedy: remedy.clone() })
            }
            (None, _) => Ok(()),
        });
    }
    results
}

fn not_shown_inactive(user: LeavingPfUser) -> StopReason {
    StopReason::Moved(format!(
        "Property Finder does not show that pf {} is inactive, so the CRM user is not deleted",
        user.id().unwrap_or_default()
    ))
}

/// Whether reads show that a user is inactive, or still not there. `None` in `shown` is a user who is not listed.
fn is_shown_inactive(user: LeavingPfUser, shown: &BTreeMap<u64, Option<bool>>) -> bool {
    match user {
        LeavingPfUser::Absent => true,
        LeavingPfUser::Gone(id) => shown.get(&id).is_some_and(|inactive| inactive.unwrap_or(true)),
        LeavingPfUser::Inactive(id) | LeavingPfUser::Deactivated(id) | LeavingPfUser::StaysActive(id) => {
            shown.get(&id).is_some_and(|inactive| inactive.unwrap_or(false))
        }
    }
}

/// What to do where one request for several people is refused: the CRM names none of them.
fn one_request(people: &[&Slug], why: &StopReason) -> Option<Box<str>> {
    let StopReason::Remote(RemoteError { what: ErrorKind::Refused { .. } | ErrorKind::Missing(_), .. }) = why else {
        return None;
    };
    let [some @ .., last] = people else { return None };
    let some: Vec<&str> = some.iter().map(|slug| slug.as_str()).collect();
    (!some.is_empty()).then(|| {
        format!(
            "It was one request for {} and {last}: apply with --agent for each of them, to find the user that is refused",
            some.join(", ")
        )
        .into()
    })
}

impl ApplyRun<'_> {
    /// Removes the link of a deleted user from `roster.lock`, where links are kept there.
    fn forget_link(&self, crm: u64) -> Result<(), StopReason> {
        let Some(file) = self.systems.crm.link_file() else { return Ok(()) };
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
