//! One person's steps in their write order. A new person is created in the CRM first, so that the slug is in its row from
//! the first moment. Then Property Finder is written, and last the CRM's PUT: its memory holds only values that Property
//! Finder has accepted.

use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use super::crm_row::CrmWrite;
use super::observer::{ApplyEvent, PendingWrite, WriteResult};
use super::outage::{OutageDecision, stopped};
use super::photos::Uploads;
use super::unlisted_users::{CrmTarget, TargetRow};
use super::{Applied, ApplyRun, Outcome, WriteKind, Written, rested_write};
use crate::model::agent::Field;
use crate::model::record::{Record, Row, System};
use crate::reconcile::memory::Memory;
use crate::reconcile::observed::{LinkValues, ObservedPfUser};
use crate::reconcile::plan::{Operation, PersonPlan, link_or_create};
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
    memory: Memory,
    /// They are those of a new user that cannot be looked up, so they must not be lost.
    of_new_user: bool,
}

impl ApplyRun<'_> {
    pub(super) async fn person(&self, person: &PersonPlan) -> Applied {
        let mut done = Vec::new();
        let mut remedy = None;
        let ended = Box::pin(self.steps(person, &mut done, &mut remedy)).await;
        let applied = self.ended(person, done, ended).await;
        match remedy {
            Some(remedy) => Applied { outcome: applied.outcome.with_remedy(&remedy), ..applied },
            None => applied,
        }
    }

    /// How it ended for a person, in words; what it means for the others is noted.
    pub(super) async fn ended(
        &self,
        person: &PersonPlan,
        done: Vec<Written>,
        ended: Result<(), StopReason>,
    ) -> Applied {
        if let Err(StopReason::Remote(error)) = &ended {
            self.count_failure(person, error).await;
        }
        self.ended_uncounted(person, done, ended)
    }

    /// The same, where the failure is counted for another person of the same request.
    pub(super) fn ended_uncounted(
        &self,
        person: &PersonPlan,
        done: Vec<Written>,
        ended: Result<(), StopReason>,
    ) -> Applied {
        let outcome = match ended {
            Ok(()) => Outcome::Done,
            Err(StopReason::Remote(error)) => self.remote_failure(&error, done.is_empty()),
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

    /// `remedy` is for a user that Property Finder has made, or may have made, and whose ids the CRM does not store.
    async fn steps(
        &self,
        person: &PersonPlan,
        done: &mut Vec<Written>,
        remedy: &mut Option<String>,
    ) -> Result<(), StopReason> {
        let _turn = self.turn(person).await?;
        self.may_start(person)?;
        let mut target = CrmTarget::new(person.crm.clone().map_or(TargetRow::None, TargetRow::Seen));
        if person.has(System::Crm, Operation::Create) {
            let row = Box::pin(self.create_in_crm(person)).await?;
            done.push(Written::Row(System::Crm, Operation::Create, row.id));
            let slug = LinkValues { agent: Some(person.slug.to_string()), ..LinkValues::default() };
            self.store_in_lock_file(row.id, &slug)?;
            self.slug_is_kept(person, row.id).await?;
            target = CrmTarget::new(TargetRow::Created(row));
        }
        let mut link_update = LinkUpdate { memory: person.memory.clone(), ..LinkUpdate::default() };
        let at_pf = Box::pin(self.at_pf(person, &mut target, &mut link_update, done)).await;
        let row = target.id().unwrap_or_default();
        if at_pf.is_err() && !link_update.of_new_user {
            let lost_create = person.has(System::Pf, Operation::Create) && target.before_mark.is_some();
            *remedy = lost_create.then(|| link_or_create(person, row));
            return at_pf;
        }
        // The ids of a new user that cannot be looked up are stored, whatever came after the create.
        *remedy = link_update.new_ids().map(|(user, profile)| {
            let slug = &person.slug;
            format!("Store the ids with `roster link {slug} --crm {row} --pf-user {user} --pf-profile {profile}`")
        });
        self.in_crm(person, &target, link_update, done).await?;
        *remedy = None;
        at_pf
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
        self.write_noted(writes, send, answer).await
    }

    /// One write that is sent also after an interrupt.
    pub(super) fn write_at_once<'w, T>(
        &'w self,
        write: &'w PendingWrite<'w>,
        send: impl Future<Output = Result<T, StopReason>>,
        id: impl Fn(&T) -> u64,
    ) -> impl Future<Output = Result<T, StopReason>> {
        self.write_noted(std::slice::from_ref(write), send, move |_, answered| WriteResult::Done(id(answered)))
    }

    async fn write_noted<'w, T>(
        &self,
        writes: &[PendingWrite<'w>],
        send: impl Future<Output = Result<T, StopReason>>,
        answer: impl Fn(&PendingWrite<'w>, &T) -> WriteResult,
    ) -> Result<T, StopReason> {
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
            System::Pf => self.systems.pf.closed(),
        };
        closed.map_or(Ok(()), |why| Err(StopReason::NotTried(stopped(system, &why))))
    }

    async fn at_pf(
        &self,
        person: &PersonPlan,
        target: &mut CrmTarget,
        link_update: &mut LinkUpdate,
        done: &mut Vec<Written>,
    ) -> Result<(), StopReason> {
        if person.has(System::Pf, Operation::Create) {
            let row = Box::pin(self.create_at_pf(person, target)).await?;
            done.push(Written::Row(System::Pf, Operation::Create, row.id));
            let late = self.systems.mappers.pf.after_create(&person.pf_desired);
            let mut memory = person.memory.of_crm();
            // A create sends no status.
            let is_sent = |field: &Field| *field != Field::Status && !late.contains_key(field);
            let at_once = person.pf_desired.iter().filter(|(field, _)| is_sent(field));
            self.remember(&mut memory, at_once);
            link_update.of_new_user = self.systems.pf.reader().is_none();
            if link_update.of_new_user {
                for field in late.keys() {
                    memory.forget(field);
                }
            }
            link_update.store(row.id, PfMapper::profile_id(&row), &memory);
            if late.is_empty() {
                return Ok(());
            }
            let user = self.systems.mappers.pf.user(&row);
            let (update, mut slots) = self.pf_now(person, &user, &late, false).await?;
            for patch in update.patches() {
                self.patch(person, &user, &late, (0, patch), &mut slots).await?;
                done.push(Written::Profile(user.id));
            }
            self.remember(&mut memory, late.iter());
            link_update.store(user.id, user.profile, &memory);
            return Ok(());
        }
        let Some(user) = person.pf.as_ref().filter(|_| person.actions_in(System::Pf).next().is_some()) else {
            return Ok(());
        };
        let changes = person.changes_in(System::Pf);
        let mut memory = match self.systems.pf.reader() {
            Some(_) => person.memory.clone(),
            None => Box::pin(self.forget(person, target, &changes)).await?,
        };
        let (update, mut slots) = self.pf_now(person, user, &changes, false).await?;
        for (at, patch) in update.patches().into_iter().enumerate() {
            self.patch(person, user, &changes, (at, patch), &mut slots).await?;
            done.push(match at {
                0 => Written::Row(System::Pf, main_operation(person, System::Pf), user.id),
                _ => Written::Profile(user.id),
            });
        }
        drop(slots);
        self.remember(&mut memory, changes.iter());
        let newly_known = person.has(System::Pf, Operation::Link) || person.has(System::Pf, Operation::Adopt);
        if newly_known || memory != person.memory || target.before_mark.is_some() {
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
        target: &CrmTarget,
        mut link_update: LinkUpdate,
        done: &mut Vec<Written>,
    ) -> Result<(), StopReason> {
        let Some(id) = target.id() else { return Ok(()) };
        let changes = match target.row {
            _ if person.has(System::Crm, Operation::Delete) => return Ok(()),
            TargetRow::None => return Ok(()),
            TargetRow::Created(_) => self.systems.mappers.crm.after_create(&person.crm_desired),
            TargetRow::Seen(_) => person.changes_in(System::Crm),
        };
        let slug_is_new = [Operation::Rename, Operation::Adopt, Operation::Link];
        link_update.changed |= slug_is_new.into_iter().any(|operation| person.has(System::Crm, operation));
        let release = person.has(System::Crm, Operation::Release);
        let Uploads { changes, photos, failed } = self.upload_photos(person, id, changes).await;
        if changes.is_empty() && !link_update.changed && !release {
            return failed.map_or(Ok(()), Err);
        }
        // Every write stores the slug in the row, unless the row is released.
        if !release && self.systems.mappers.crm.knows_links() {
            link_update.links.agent = Some(person.slug.to_string());
        }
        // What roster.lock remembers before the PUT does not hold the photos of the PUT.
        let before_put = links_after(target, &link_update.links, release);
        if !photos.is_empty() {
            for (field, value) in &photos {
                link_update.memory.remember(System::Crm, field, value);
            }
            link_update.links.memory = Some(link_update.memory.to_text());
        }
        let links = &link_update.links;
        let links_after = links_after(target, links, release);
        let only_ids = person.actions_in(System::Crm).next().is_none() || target.is_created();
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
        if self.systems.crm.links().is_some() {
            // First, since Property Finder's ids are known by now, whatever becomes of the PUT.
            self.write(&write, async { self.store_in_lock_file(id, &before_put) }, |()| id).await?;
        }
        if self.systems.crm.links().is_none() || !changes.is_empty() {
            let sent = CrmWrite { changes: &changes, links: &links_after };
            let first = self.row_to_write(person, target, None).await?;
            let put = Box::pin(self.put_in_crm(person, target, first, (links, release), sent));
            if link_update.of_new_user {
                self.write_at_once(&write, put, |()| id).await?;
            } else {
                self.write(&write, put, |()| id).await?;
            }
            if !photos.is_empty() {
                self.store_in_lock_file(id, &links_after)?;
            }
        }
        done.push(if only_ids {
            Written::Ids(id)
        } else {
            Written::Row(System::Crm, main_operation(person, System::Crm), id)
        });
        self.links_are_kept(person, id, links).await?;
        failed.map_or(Ok(()), Err)
    }

    /// The person's row in the CRM as it is now, with slots for its PUT. `sent` may have been written already.
    pub(super) async fn row_to_write(
        &self,
        person: &PersonPlan,
        target: &CrmTarget,
        sent: Option<CrmWrite<'_>>,
    ) -> Result<(Row, Permits<'_>), StopReason> {
        match &target.row {
            TargetRow::Created(answered) => self.read_created(person, answered).await,
            TargetRow::Seen(seen) => {
                let nothing = Record::new();
                let before_mark = target.before_mark.as_ref().map(|links| CrmWrite { changes: &nothing, links });
                self.systems.crm_now(seen, sent.or(before_mark)).await
            }
            TargetRow::None => Err(StopReason::Failed("there is no CRM row to write to".to_owned())),
        }
    }

    /// The PUT of a row that was read just before. `links` are the fields that it writes, and whether it empties the others.
    async fn put_in_crm(
        &self,
        person: &PersonPlan,
        target: &CrmTarget,
        (row, mut slots): (Row, Permits<'_>),
        (links, release): (&LinkValues, bool),
        written: CrmWrite<'_>,
    ) -> Result<(), StopReason> {
        let again = async |lost: bool| self.row_to_write(person, target, lost.then_some(written)).await;
        let wire = &self.systems.mappers.crm;
        let send = async |slots: &mut Permits<'_>, row: &Row| {
            let body = if release { wire.relink(row, links) } else { wire.update(row, written.changes, links) };
            self.systems.crm.update(slots, row.id, &body).await
        };
        rested_write::send(row, &mut slots, again, send).await
    }

    /// Whether a failed request ends anything for the others.
    async fn count_failure(&self, person: &PersonPlan, error: &RemoteError) {
        let verdict = lock(&self.outages).entry(error.system).or_default().note(&person.slug, error, Instant::now());
        match verdict {
            OutageDecision::GoOn => {}
            OutageDecision::Ask => self.ask(error.system).await,
            OutageDecision::Stop(why) => self.stop(error.system, why),
        }
    }

    /// How a failed request ends for its person.
    fn remote_failure(&self, error: &RemoteError, nothing_done: bool) -> Outcome {
        match &error.what {
            ErrorKind::NotSent(why) if nothing_done => Outcome::NotTried(stopped(error.system, why)),
            _ if error.leaves_unknown() => Outcome::Unknown((self.systems.quote)(error)),
            _ => Outcome::Failed((self.systems.quote)(error)),
        }
    }

    /// Asks a system for any row. An answer shows that it is there, and that the bodies caused what went wrong.
    async fn ask(&self, system: System) {
        let any = [1];
        let portal = self.systems.pf.reader();
        if system == System::Pf && portal.is_none() {
            let why = "it answered three people in a row with an error or not at all, and it has no read to ask";
            return self.stop(system, stopped(system, why));
        }
        let read = async {
            match system {
                System::Crm => self.systems.crm.reader.reread(&any).await.map(drop),
                System::Pf => match portal {
                    Some(reader) => reader.reread(&any).await.map(drop),
                    None => Ok(()),
                },
            }
        };
        match tokio::time::timeout(LONGEST_ASK, read).await {
            Err(_) => self.stop(system, stopped(system, "it does not answer any more")),
            Ok(Err(error)) if !error.is_refusal() => self.stop(system, stopped(system, &(self.systems.quote)(&error))),
            Ok(_) => lock(&self.outages).entry(system).or_default().answered(),
        }
    }

    /// Takes note of what was sent of the fields that cannot be read back.
    fn remember<'r>(&self, memory: &mut Memory, sent: impl Iterator<Item = (&'r Field, &'r Value)>) {
        for (field, value) in sent.filter(|(field, _)| !self.systems.mappers.pf.returns(field)) {
            memory.remember(System::Pf, field, value);
        }
    }

    pub(super) fn stop(&self, system: System, why: String) {
        // The first reason is the one that stopped it.
        lock(&self.stopped).entry(system).or_insert(why);
    }
}

impl LinkUpdate {
    /// The ids of a new user that cannot be looked up.
    fn new_ids(&self) -> Option<(u64, u64)> {
        self.links.pf_user.zip(self.links.pf_profile).filter(|_| self.of_new_user)
    }

    fn store(&mut self, user: u64, profile: Option<u64>, memory: &Memory) {
        self.links.pf_user = Some(user);
        self.links.pf_profile = profile;
        self.memory = memory.clone().with_user();
        self.links.memory = Some(self.memory.to_text());
        self.changed = true;
    }
}

/// The link fields of a row after a write of these.
fn links_after(target: &CrmTarget, links: &LinkValues, release: bool) -> LinkValues {
    match target.links() {
        Some(seen) if !release => links.over(seen),
        _ => links.clone(),
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
