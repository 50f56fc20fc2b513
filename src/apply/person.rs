//! One person's steps in their write order. A new person is created in the CRM first, so that the slug is in its row from
//! the first moment. Then Property Finder is written, and last the CRM's PUT: its memory holds only values that Property
//! Finder has accepted.

use std::time::Duration;

use tokio::time::Instant;

use super::crm_row::CrmWrite;
use super::observer::{ApplyEvent, PendingWrite, WriteResult};
use super::outage::{OutageDecision, stopped};
use super::{Applied, ApplyRun, Outcome, WriteKind, Written, rested_write};
use crate::model::record::{Record, Row, System};
use crate::reconcile::memory::Memory;
use crate::reconcile::observed::{LinkValues, ObservedPfUser};
use crate::reconcile::plan::{Operation, PersonPlan};
use crate::remote::pf::mapper::{PfMapper, PfPatch};
use crate::remote::{ErrorKind, Permits, Reader as _, RemoteError};

/// Three people have waited for half a minute each before a system is asked whether it answers at all.
const LONGEST_ASK: Duration = Duration::from_secs(10);

/// Why a person's steps end early.
#[derive(Clone, Debug)]
pub(super) enum StopReason {
    Remote(RemoteError),
    Moved(String),
    /// A write may have been carried out, and the row was changed by something else too.
    Unknown(String),
    NotTried(String),
    Interrupted(String),
    Failed(String),
}

impl From<RemoteError> for StopReason {
    fn from(error: RemoteError) -> Self {
        Self::Remote(error)
    }
}

/// What becomes of the link fields once Property Finder has answered.
#[derive(Default)]
struct LinkUpdate {
    links: LinkValues,
    changed: bool,
}

impl ApplyRun<'_> {
    pub(super) async fn person(&self, person: &PersonPlan) -> Applied {
        let mut done = Vec::new();
        let ended = self.steps(person, &mut done).await;
        self.ended(person, done, ended).await
    }

    /// How it ended for a person, in words; what it means for the others is noted.
    pub(super) async fn ended(
        &self,
        person: &PersonPlan,
        done: Vec<Written>,
        ended: Result<(), StopReason>,
    ) -> Applied {
        let outcome = match ended {
            Ok(()) => Outcome::Done,
            Err(StopReason::Remote(error)) => self.remote_failure(person, &error, done.is_empty()).await,
            Err(StopReason::Moved(why)) => Outcome::Moved(why),
            Err(StopReason::Unknown(why)) => Outcome::Unknown(why),
            Err(StopReason::NotTried(why) | StopReason::Interrupted(why)) if done.is_empty() => Outcome::NotTried(why),
            Err(StopReason::Interrupted(why)) => Outcome::Interrupted(why),
            Err(StopReason::NotTried(why) | StopReason::Failed(why)) => Outcome::Failed(why),
        };
        if outcome != Outcome::Done {
            lock(&self.failed).insert(person.slug.clone());
        }
        Applied { agent: person.slug.clone(), file: person.file.clone(), done, outcome }
    }

    async fn steps(&self, person: &PersonPlan, done: &mut Vec<Written>) -> Result<(), StopReason> {
        let _turn = self.turn(person).await?;
        self.may_start(person)?;
        let mut created = None;
        if person.has(System::Crm, Operation::Create) {
            let row = self.create_in_crm(person).await?;
            done.push(Written::Row(System::Crm, Operation::Create, row.id));
            self.slug_is_kept(person, row.id).await?;
            created = Some(row);
        }
        let mut link_update = LinkUpdate::default();
        self.at_pf(person, &mut link_update, done).await?;
        self.in_crm(person, created.as_ref(), link_update, done).await
    }

    /// Stops a person who needs a system that refuses all requests, or a login e-mail or a slug that was not released.
    fn may_start(&self, person: &PersonPlan) -> Result<(), StopReason> {
        if let Some(giver) = person.after.iter().find(|giver| lock(&self.failed).contains(giver)) {
            return Err(StopReason::NotTried(format!(
                "{giver} did not give up the login e-mail or the slug that it takes"
            )));
        }
        for system in System::ALL {
            let needed = person.actions_in(system).next().is_some() || (system == System::Crm && person.writes_links());
            if needed {
                self.still_open(system)?;
            }
        }
        Ok(())
    }

    /// One write, reported to the observer before and after. Nothing is sent to a system that refuses everything, or after
    /// an interrupt.
    pub(super) fn write<'w, T>(
        &'w self,
        write: &'w PendingWrite<'w>,
        send: impl Future<Output = Result<T, StopReason>>,
        id: impl Fn(&T) -> u64,
    ) -> impl Future<Output = Result<T, StopReason>> {
        self.write_together(std::slice::from_ref(write), send, move |_, answered| WriteResult::Done(id(answered)))
    }

    /// The same for one request that writes the rows of several people in one system.
    pub(super) async fn write_together<'w, T>(
        &self,
        writes: &[PendingWrite<'w>],
        send: impl Future<Output = Result<T, StopReason>>,
        answer: impl Fn(&PendingWrite<'w>, &T) -> WriteResult,
    ) -> Result<T, StopReason> {
        for write in writes {
            self.still_open(write.system)?;
        }
        for write in writes {
            let noted = self.observer.on_event(&ApplyEvent::Intent(write));
            noted.map_err(|error| {
                StopReason::Failed(format!("the journal cannot be written, so nothing is sent: {error}"))
            })?;
        }
        let result = send.await;
        for write in writes {
            let answer = match &result {
                Ok(answered) => answer(write, answered),
                Err(StopReason::Unknown(_)) => WriteResult::Unknown,
                Err(StopReason::Remote(error)) if error.leaves_unknown() => WriteResult::Unknown,
                Err(_) => WriteResult::Failed,
            };
            // What is done is done, whether or not it can be noted.
            let _ = self.observer.on_event(&ApplyEvent::Answered(write, answer));
        }
        result
    }

    pub(super) fn still_open(&self, system: System) -> Result<(), StopReason> {
        if let Some(why) = self.observer.stop_requested() {
            return Err(StopReason::Interrupted(why));
        }
        if let Some(why) = lock(&self.stopped).get(&system) {
            return Err(StopReason::NotTried(why.clone()));
        }
        let closed = match system {
            System::Crm => self.systems.crm.reader.closed(),
            System::Pf => self.systems.pf.reader.closed(),
        };
        closed.map_or(Ok(()), |why| Err(StopReason::NotTried(stopped(system, &why))))
    }

    async fn at_pf(
        &self,
        person: &PersonPlan,
        link_update: &mut LinkUpdate,
        done: &mut Vec<Written>,
    ) -> Result<(), StopReason> {
        if person.has(System::Pf, Operation::Create) {
            let row = self.create_at_pf(person).await?;
            done.push(Written::Row(System::Pf, Operation::Create, row.id));
            let mut memory = Memory::default();
            remember(&mut memory, &person.pf_desired);
            link_update.store(row.id, PfMapper::profile_id(&row), &memory);
            return Ok(());
        }
        let Some(user) = person.pf.as_ref().filter(|_| person.actions_in(System::Pf).next().is_some()) else {
            return Ok(());
        };
        let changes = person.changes_in(System::Pf);
        let (update, mut slots) = self.pf_now(person, user, &changes, false).await?;
        for (at, patch) in update.patches().into_iter().enumerate() {
            self.patch(person, user, &changes, (at, patch), &mut slots).await?;
            done.push(match at {
                0 => Written::Row(System::Pf, main_operation(person, System::Pf), user.id),
                _ => Written::Profile(user.id),
            });
        }
        drop(slots);
        let mut memory = person.memory.clone();
        remember(&mut memory, &changes);
        let newly_known = person.has(System::Pf, Operation::Link) || person.has(System::Pf, Operation::Adopt);
        if newly_known || memory != person.memory {
            link_update.store(user.id, user.profile, &memory);
        }
        Ok(())
    }

    /// One request of an update at Property Finder.
    async fn patch<'s>(
        &'s self,
        person: &PersonPlan,
        user: &ObservedPfUser,
        changes: &Record,
        (at, patch): (usize, PfPatch),
        slots: &mut Permits<'s>,
    ) -> Result<(), StopReason> {
        let of_profile = patch.is_of_profile();
        let paths = changes.keys().filter(|field| field.is_in_pf_profile() == of_profile);
        let write = PendingWrite {
            agent: &person.slug,
            system: System::Pf,
            kind: if of_profile { WriteKind::ProfileUpdate } else { WriteKind::Update },
            remote_id: Some(user.id),
            paths: paths.map(ToString::to_string).collect(),
        };
        let again = async |sent: bool| {
            // The patch before this one has changed the row.
            let (update, slots) = self.pf_now(person, user, changes, sent || at > 0).await?;
            let same = update.patches().into_iter().find(|patch| patch.is_of_profile() == of_profile);
            let gone = || StopReason::Moved(format!("pf {} has no public profile any more", user.id));
            Ok((same.ok_or_else(gone)?, slots))
        };
        let send = async |slots: &mut Permits<'s>, patch: &PfPatch| self.systems.pf.update(slots, user.id, patch).await;
        self.write(&write, Box::pin(rested_write::send(patch, slots, again, send)), |()| user.id).await
    }

    async fn in_crm(
        &self,
        person: &PersonPlan,
        created: Option<&Row>,
        mut link_update: LinkUpdate,
        done: &mut Vec<Written>,
    ) -> Result<(), StopReason> {
        if (created.is_none() && person.crm.is_none()) || person.has(System::Crm, Operation::Delete) {
            return Ok(());
        }
        let changes = match created {
            Some(_) => self.systems.mappers.crm.after_create(&person.crm_desired),
            None => person.changes_in(System::Crm),
        };
        let slug_is_new = [Operation::Rename, Operation::Adopt, Operation::Link];
        link_update.changed |= slug_is_new.into_iter().any(|operation| person.has(System::Crm, operation));
        let release = person.has(System::Crm, Operation::Release);
        if changes.is_empty() && !link_update.changed && !release {
            return Ok(());
        }
        // Every write stores the slug in the row, unless the row is released.
        if !release && self.systems.mappers.crm.knows_links() {
            link_update.links.agent = Some(person.slug.to_string());
        }
        let links = &link_update.links;
        let links_after = match &person.crm {
            Some(seen) if !release => links.over(&seen.links),
            _ => links.clone(),
        };
        let Some(id) = created.map(|row| row.id).or_else(|| Some(person.crm.as_ref()?.id)) else { return Ok(()) };
        let only_ids = person.actions_in(System::Crm).next().is_none() || created.is_some();
        let write = PendingWrite {
            agent: &person.slug,
            system: System::Crm,
            kind: match (release, only_ids) {
                (true, _) => WriteKind::Release,
                (false, true) => WriteKind::StoreIds,
                (false, false) => WriteKind::Update,
            },
            remote_id: Some(id),
            paths: changes.keys().map(ToString::to_string).collect(),
        };
        if self.systems.crm.links().is_some() && changes.is_empty() {
            self.write(&write, async { self.store_in_lock_file(id, &links_after) }, |()| id).await?;
        } else {
            let sent = CrmWrite { changes: &changes, links: &links_after };
            let first = self.row_to_write(person, created, None).await?;
            let put = self.put_in_crm(person, created, first, (links, release), sent);
            self.write(&write, Box::pin(put), |()| id).await?;
            self.store_in_lock_file(id, &links_after)?;
        }
        done.push(if only_ids {
            Written::Ids(id)
        } else {
            Written::Row(System::Crm, main_operation(person, System::Crm), id)
        });
        self.links_are_kept(person, id, links).await
    }

    /// The person's row in the CRM as it is now, with slots for its PUT. `sent` may have been written already.
    async fn row_to_write(
        &self,
        person: &PersonPlan,
        created: Option<&Row>,
        sent: Option<CrmWrite<'_>>,
    ) -> Result<(Row, Permits<'_>), StopReason> {
        match (created, &person.crm) {
            (Some(answered), _) => self.read_created(person, answered).await,
            (None, Some(seen)) => self.systems.crm_now(seen, sent).await,
            (None, None) => Err(StopReason::Failed("there is no CRM row to write to".to_owned())),
        }
    }

    /// The PUT of a row that was read just before. `links` are the fields that it writes, and whether it empties the others.
    async fn put_in_crm(
        &self,
        person: &PersonPlan,
        created: Option<&Row>,
        (row, mut slots): (Row, Permits<'_>),
        (links, release): (&LinkValues, bool),
        written: CrmWrite<'_>,
    ) -> Result<(), StopReason> {
        let again = async |lost: bool| self.row_to_write(person, created, lost.then_some(written)).await;
        let wire = &self.systems.mappers.crm;
        let send = async |slots: &mut Permits<'_>, row: &Row| {
            let body = if release { wire.relink(row, links) } else { wire.update(row, written.changes, links) };
            self.systems.crm.update(slots, row.id, &body).await
        };
        rested_write::send(row, &mut slots, again, send).await
    }

    /// How a failed request ends for this person, and whether it ends anything for the others.
    async fn remote_failure(&self, person: &PersonPlan, error: &RemoteError, nothing_done: bool) -> Outcome {
        let verdict = lock(&self.outages).entry(error.system).or_default().note(&person.slug, error, Instant::now());
        match verdict {
            OutageDecision::GoOn => {}
            OutageDecision::Ask => self.ask(error.system).await,
            OutageDecision::Stop(why) => self.stop(error.system, why),
        }
        match &error.what {
            ErrorKind::NotSent(why) if nothing_done => Outcome::NotTried(stopped(error.system, why)),
            _ if error.leaves_unknown() => Outcome::Unknown((self.systems.quote)(error)),
            _ => Outcome::Failed((self.systems.quote)(error)),
        }
    }

    /// Asks a system for any row. An answer shows that it is there, and that the bodies caused what went wrong.
    async fn ask(&self, system: System) {
        let any = [1];
        let read = async {
            match system {
                System::Crm => self.systems.crm.reader.reread(&any).await.map(drop),
                System::Pf => self.systems.pf.reader.reread(&any).await.map(drop),
            }
        };
        match tokio::time::timeout(LONGEST_ASK, read).await {
            Err(_) => self.stop(system, stopped(system, "it does not answer any more")),
            Ok(Err(error)) if !error.is_refusal() => self.stop(system, stopped(system, &(self.systems.quote)(&error))),
            Ok(_) => lock(&self.outages).entry(system).or_default().answered(),
        }
    }

    fn stop(&self, system: System, why: String) {
        // The first reason is the one that stopped it.
        lock(&self.stopped).entry(system).or_insert(why);
    }
}

impl LinkUpdate {
    fn store(&mut self, user: u64, profile: Option<u64>, memory: &Memory) {
        self.links.pf_user = Some(user);
        self.links.pf_profile = profile;
        self.links.memory = Some(memory.to_text());
        self.changed = true;
    }
}

fn remember(memory: &mut Memory, sent: &Record) {
    for (field, value) in sent.iter().filter(|(field, _)| !field.is_returned_by_pf()) {
        memory.remember(field, value);
    }
}

/// What was done to an existing row: the most important of several operations.
fn main_operation(person: &PersonPlan, system: System) -> Operation {
    let by_importance = [
        Operation::Delete,
        Operation::Adopt,
        Operation::Rename,
        Operation::Release,
        Operation::Deactivate,
        Operation::Activate,
        Operation::Link,
    ];
    by_importance.into_iter().find(|operation| person.has(system, *operation)).unwrap_or(Operation::Update)
}

pub(super) fn lock<T>(mutex: &std::sync::Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
