//! Carries a plan out. The plan holds everything that is written. `apply` decides when to retry, when nothing more is sent to a
//! system, and whether a row may still be written.
//!
//! Every person goes through the same short series of steps (`person`): the writes at Property Finder (`pf_write`), then
//! the PUT in the CRM (`crm_write`), each of them in the journal first (`noted_write`). One who fails does not stop the
//! others. Which failures stop a whole system is a table of its own (`outage`). A new person is looked up before the
//! create, and again where the answer is lost (`create`). A row is read just before it is written to (`pf_rows`,
//! `crm_row`), and again where the write has to wait (`write_after_read`). One person proves for all that the CRM keeps the
//! link fields (`link_field_proof`). Where Property Finder lists no users, a mark in the CRM precedes each write there
//! (`unlisted_users`). Photos are uploaded after everything else of a person, and named by a PUT of their own (`photos`).
//! CRM users are deleted last (`departures`). At the end both systems are read once more, and must agree (`read_back`).
//! Besides a plan, the link fields of one row are written by hand (`manual_link`).

mod consistency_waits;
mod create;
mod crm_row;
mod crm_target;
mod crm_write;
mod departures;
pub mod journal;
mod link_field_proof;
mod manual_link;
mod noted_write;
mod observer;
mod outage;
mod person;
mod pf_rows;
mod pf_write;
mod photos;
mod read_back;
mod stop_reason;
mod unlisted_users;
mod write_after_read;
mod written;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use serde::{Deserialize, Serialize};
use strum::{EnumDiscriminants, IntoStaticStr};

use crate::model::agent::Slug;
use crate::model::record::System;
use crate::reconcile::plan::{Operation, PersonPlan, Plan, RowsAtPlanTime};
use crate::remote::crm::CrmWriter;
use crate::remote::{Mappers, Portal, RemoteError};

use departures::Leaver;
use link_field_proof::LinkFieldProof;
use pf_rows::PfRows;
use photos::UploadState;

pub use photos::PhotoSources;

use outage::Outage;

pub use consistency_waits::ConsistencyWaits;
pub use manual_link::write_link;
pub use observer::AnswerResult;
pub(crate) use observer::{ApplyEvent, ApplyObserver};
pub use read_back::{Verification, confirm};
pub use written::{WriteKind, Written};

/// How many people are worked on at the same time at first, and while a system has no permit left: enough to use all permits that
/// are free again together.
const FIRST_AT_ONCE: usize = 16;
/// How many later, while both systems let requests through at once: the slower the answers, the more of the rate limit is left, and
/// the more people begin. This bounds the connections and the memory.
const MOST_AT_ONCE: usize = 64;

/// What became of one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    pub agent: Slug,
    pub file: String,
    /// What was written, in order.
    pub done: Vec<Written>,
    /// How it ended.
    pub outcome: Outcome,
}

/// How it ended for one person.
#[derive(Clone, Debug, PartialEq, Eq, EnumDiscriminants)]
#[strum_discriminants(
    name(OutcomeKind),
    doc = "How it ended for one person, without the reason.",
    derive(Serialize, Deserialize, IntoStaticStr),
    serde(rename_all = "snake_case"),
    strum(serialize_all = "snake_case", const_into_str)
)]
pub enum Outcome {
    /// Everything that was planned is written.
    Done,
    /// A system refused or could not be reached; `done` holds what was written before.
    Failed(String),
    /// A row has changed since the plan was made: nothing was written over it.
    Moved(String),
    /// It may or may not have been written; the next run looks.
    Unknown(String),
    /// The run was interrupted between two writes: `done` holds what was written.
    Interrupted(String),
    /// Nothing was tried.
    NotTried(String),
}

impl Outcome {
    /// The same with what to do about it.
    fn with_remedy(self, remedy: &str) -> Self {
        let with = |why: String| format!("{why}. {remedy}");
        match self {
            Self::Done => Self::Done,
            Self::Failed(why) => Self::Failed(with(why)),
            Self::Moved(why) => Self::Moved(with(why)),
            Self::Unknown(why) => Self::Unknown(with(why)),
            Self::Interrupted(why) => Self::Interrupted(with(why)),
            Self::NotTried(why) => Self::NotTried(with(why)),
        }
    }

    /// Why it did not end well.
    #[must_use]
    pub fn why(&self) -> Option<&str> {
        match self {
            Self::Done => None,
            Self::Failed(why)
            | Self::Moved(why)
            | Self::Unknown(why)
            | Self::Interrupted(why)
            | Self::NotTried(why) => Some(why),
        }
    }
}

/// Both systems, and what apply needs to write to them.
pub struct Systems<'a> {
    pub crm: &'a CrmWriter,
    pub pf: &'a Portal,
    /// How each system writes things.
    pub mappers: &'a Mappers,
    /// The pictures that are uploaded.
    pub photos: &'a PhotoSources,
    /// The message of an error, without private values.
    pub quote: &'a (dyn Fn(&RemoteError) -> String + Sync),
    /// How long to wait for reads that lag.
    pub waits: &'a ConsistencyWaits,
}

impl Systems<'_> {
    /// How many people may be worked on at the same time after so many are done: one more with each, so that a system that refuses
    /// everybody refuses few.
    fn people_at_once(&self, done: usize) -> usize {
        let is_below_limits = self.crm.has_free_permit() && self.pf.has_free_permit();
        if is_below_limits { MOST_AT_ONCE.min(FIRST_AT_ONCE + done) } else { FIRST_AT_ONCE }
    }
}

/// Writes the plan, and reports every write to the observer.
pub async fn apply(plan: &Plan, systems: &Systems<'_>, observer: &dyn ApplyObserver) -> Vec<Applied> {
    let batches = batches(plan);
    let run = ApplyRun {
        systems,
        observer,
        seen: &plan.seen,
        pf_rows: tokio::sync::Mutex::new(PfRows::of(batches.iter().flatten().copied())),
        stopped: Mutex::new(lock_file_fault(plan, systems)),
        outages: Mutex::new(BTreeMap::new()),
        proof: LinkFieldProof::new(systems.crm.link_file().is_none()),
        unlisted: tokio::sync::Mutex::default(),
        failed: Mutex::new(BTreeSet::new()),
        uploads: Mutex::default(),
    };
    let (mut applied, mut leaving, mut done) = (Vec::new(), BTreeMap::new(), 0);
    for batch in batches {
        let (mut waiting, mut working) = (batch.into_iter(), FuturesUnordered::new());
        loop {
            let places = systems.people_at_once(done).saturating_sub(working.len());
            working
                .extend(waiting.by_ref().take(places).map(async |person| (person, Box::pin(run.person(person)).await)));
            let Some((person, result)) = working.next().await else { break };
            done += usize::from(result.outcome == Outcome::Done);
            if result.outcome == Outcome::Done && person.deletion().is_some() {
                leaving.insert(person.slug.clone(), result.done);
            } else {
                applied.push(run.note_end(result));
            }
        }
    }
    for deletion in plan.deletions() {
        let people = deletion.people.into_iter();
        let ready = people.filter_map(|person| Leaver::new(person, leaving.remove(&person.slug)?)).collect();
        for result in run.deletion(deletion.receivers, ready).await {
            applied.push(run.note_end(result));
        }
    }
    applied.sort_by(|one, other| one.agent.cmp(&other.agent));
    applied
}

/// Why nothing can be written: a link that could not be stored would be lost. The links of deleted users are removed on the way.
fn lock_file_fault(plan: &Plan, systems: &Systems<'_>) -> BTreeMap<System, String> {
    let links = systems.crm.link_file().filter(|_| plan.to_do().next().is_some());
    let Some(error) = links.and_then(|links| links.forget(plan.deleted_links.iter().map(|(_, crm)| *crm)).err()) else {
        return BTreeMap::new();
    };
    let why = format!("roster.lock cannot be written: {error}");
    System::ALL.into_iter().map(|system| (system, why.clone())).collect()
}

/// What all people of one run share.
struct ApplyRun<'a> {
    systems: &'a Systems<'a>,
    observer: &'a dyn ApplyObserver,
    seen: &'a RowsAtPlanTime,
    /// The Property Finder rows that will be written to.
    pf_rows: tokio::sync::Mutex<PfRows>,
    /// Systems to which nothing more is sent, and why.
    stopped: Mutex<BTreeMap<System, String>>,
    /// The failures of each system that had no success between them.
    outages: Mutex<BTreeMap<System, Outage>>,
    /// Whether the CRM keeps the link fields.
    proof: LinkFieldProof,
    /// Held by a person for whom a create that cannot be looked up is marked and sent.
    unlisted: tokio::sync::Mutex<()>,
    /// People for whom something else than a photo was not written; who takes a login e-mail from them is not tried.
    failed: Mutex<BTreeSet<Slug>>,
    /// Whether photos are still uploaded.
    uploads: Mutex<UploadState>,
}

impl ApplyRun<'_> {
    /// Reports that everything is tried for a person.
    fn note_end(&self, result: Applied) -> Applied {
        // The write was carried out, also where the journal cannot note it.
        let _ = self.observer.on_event(&ApplyEvent::Ended(&result));
        result
    }
}

/// People in the order in which they are written. The holder of a login e-mail is written before the person who takes it. A
/// person who is deactivated at Property Finder is written before people who become active there, since the account may
/// have no seat for both.
fn batches(plan: &Plan) -> Vec<Vec<&PersonPlan>> {
    let mut waiting: Vec<&PersonPlan> = plan.to_do().collect();
    let mut batches = Vec::new();
    let mut placed: BTreeSet<&Slug> = BTreeSet::new();
    let planned: BTreeSet<&Slug> = plan.to_do().map(|person| &person.slug).collect();
    while !waiting.is_empty() {
        // A holder who is blocked is not waited for: the person who takes the login e-mail finds that the holder failed.
        let free = |person: &&PersonPlan| {
            person.after.iter().all(|holder| placed.contains(holder) || !planned.contains(holder))
        };
        let (mut ready, mut rest): (Vec<&PersonPlan>, Vec<&PersonPlan>) = waiting.into_iter().partition(free);
        let takes_a_seat = |person: &&PersonPlan| {
            [Operation::Create, Operation::Activate].into_iter().any(|operation| person.has(System::Pf, operation))
        };
        let frees_a_seat = |person: &&PersonPlan| person.has(System::Pf, Operation::Deactivate);
        if ready.iter().any(frees_a_seat) {
            let (later, now): (Vec<&PersonPlan>, Vec<&PersonPlan>) = ready.into_iter().partition(takes_a_seat);
            ready = now;
            rest.extend(later);
        }
        if ready.is_empty() {
            batches.push(rest);
            break;
        }
        placed.extend(ready.iter().map(|person| &person.slug));
        batches.push(ready);
        waiting = rest;
    }
    batches
}
