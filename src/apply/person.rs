//! One person's steps in their write order. A new person is created in the CRM first, so that the slug is in its row from
//! the first moment. Then Property Finder is written, and then the CRM's PUT: its memory holds only values that Property
//! Finder has accepted. Photos in the CRM are last, so that nothing waits for a picture.

use std::time::Duration;

use tokio::time::Instant;

use super::crm_target::{CrmTarget, TargetRow};
use super::outage::{OutageDecision, stopped};
use super::stop_reason::StopReason;
use super::{Applied, ApplyRun, Outcome, Written};
use crate::model::record::System;
use crate::reconcile::memory::Memory;
use crate::reconcile::observed::LinkValues;
use crate::reconcile::plan::{Operation, PersonPlan, link_or_create};
use crate::remote::{ErrorKind, Reader as _, RemoteError};

/// The timeout of the read that shows whether a system still answers. It is short, since three people have waited for 30 s
/// each by then.
const LONGEST_ASK: Duration = Duration::from_secs(10);

/// What becomes of the link fields once Property Finder has answered.
#[derive(Default)]
pub(super) struct LinkUpdate {
    pub(super) links: LinkValues,
    pub(super) changed: bool,
    pub(super) memory: Memory,
    /// They are those of a new user that cannot be looked up, so they must not be lost.
    pub(super) of_new_user: bool,
}

impl ApplyRun<'_> {
    pub(super) async fn person(&self, person: &PersonPlan) -> Applied {
        let mut done = Vec::new();
        let mut remedy = None;
        let ended = match Box::pin(self.steps(person, &mut done, &mut remedy)).await {
            Ok((target, link_update)) => Box::pin(self.photos_in_crm(person, &target, link_update, &mut done)).await,
            Err(why) => {
                lock(&self.failed).insert(person.slug.clone());
                Err(why)
            }
        };
        let applied = self.finish(person, done, ended).await;
        match remedy {
            Some(remedy) => Applied { outcome: applied.outcome.with_remedy(&remedy), ..applied },
            None => applied,
        }
    }

    /// The outcome for a person. A failure is counted against its system.
    pub(super) async fn finish(
        &self,
        person: &PersonPlan,
        done: Vec<Written>,
        ended: Result<(), StopReason>,
    ) -> Applied {
        if let Err(StopReason::Remote(error)) = &ended {
            self.count_failure(person, error).await;
        }
        self.finish_uncounted(person, done, ended)
    }

    /// The same without counting the failure: one failed request for several people counts once.
    pub(super) fn finish_uncounted(
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
        Applied { agent: person.slug.clone(), file: person.file.clone(), done, outcome }
    }

    /// Everything but the photos in the CRM, in the write order. Returns the CRM row, and its link fields afterwards.
    ///
    /// `remedy` is for a user that Property Finder has made, or may have made, and whose ids the CRM does not store.
    async fn steps(
        &self,
        person: &PersonPlan,
        done: &mut Vec<Written>,
        remedy: &mut Option<String>,
    ) -> Result<(CrmTarget, LinkUpdate), StopReason> {
        let _turn = self.turn(person).await?;
        self.may_start(person)?;
        let mut target = CrmTarget::new(person.crm.clone().map_or(TargetRow::None, TargetRow::Seen));
        if person.has(System::Crm, Operation::Create) {
            let row = Box::pin(self.create_in_crm(person)).await?;
            done.push(Written::Row(System::Crm, Operation::Create, row.id));
            let slug = LinkValues { agent: Some(person.slug.to_string()), ..LinkValues::default() };
            self.store_in_lock_file(row.id, &slug)?;
            self.ensure_slug_is_kept(person, row.id).await?;
            target = CrmTarget::new(TargetRow::Created(row));
        }
        let mut link_update = LinkUpdate { memory: person.memory.clone(), ..LinkUpdate::default() };
        let at_pf = Box::pin(self.at_pf(person, &mut target, &mut link_update, done)).await;
        let row = target.id().unwrap_or_default();
        if at_pf.is_err() && !link_update.of_new_user {
            let lost_create = person.has(System::Pf, Operation::Create) && target.before_mark.is_some();
            *remedy = lost_create.then(|| link_or_create(person, row));
            return at_pf.map(|()| (target, link_update));
        }
        // The ids of a new user that cannot be looked up are stored, whatever came after the create.
        *remedy = link_update.new_ids().map(|(user, profile)| {
            let slug = &person.slug;
            format!("Store the ids with `roster link {slug} --crm {row} --pf-user {user} --pf-profile {profile}`")
        });
        self.in_crm(person, &target, &mut link_update, done).await?;
        *remedy = None;
        at_pf.map(|()| (target, link_update))
    }

    /// Stops a person who needs a system that refuses all requests, or a login e-mail or a slug that was not released.
    fn may_start(&self, person: &PersonPlan) -> Result<(), StopReason> {
        if let Some(holder) = person.after.iter().find(|holder| lock(&self.failed).contains(holder)) {
            return Err(StopReason::NotTried(format!(
                "{holder} did not give up the login e-mail or the slug that it takes"
            )));
        }
        for system in System::ALL {
            let needed = person.actions_in(system).next().is_some() || (system == System::Crm && person.writes_links());
            if needed {
                self.ensure_not_stopped(system)?;
            }
        }
        Ok(())
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

    pub(super) fn store(&mut self, user: u64, profile: Option<u64>, memory: &Memory) {
        self.links.pf_user = Some(user);
        self.links.pf_profile = profile;
        self.memory = memory.clone().with_user();
        self.links.memory = Some(self.memory.to_text());
        self.changed = true;
    }
}

/// What was done to an existing row: the most important of several operations.
pub(super) fn main_operation(person: &PersonPlan, system: System) -> Operation {
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
