//! Which failures of single people stop a system for the rest of a run. Pure: it is given what failed and when.
//!
//! One person's failure is that person's alone. A system is stopped when it closed itself (its keys are refused, or it
//! asks for no requests), when it forbids the same kind of request to three people in a row, or when three people in a
//! row get no answer or a server error. "In a row" means that nothing succeeded between them. A server error can be
//! caused by the bodies that were sent, so the system is then asked for a row: what it answers decides.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::time::Instant;

use crate::model::agent::Slug;
use crate::model::record::System;
use crate::remote::retry::RequestKind;
use crate::remote::{ErrorKind, Evidence, RemoteError};

/// After so many failures in a row the system itself has failed.
const PEOPLE: usize = 3;

/// How long writes may fail while reads succeed, before the system is stopped. Each failed person costs 30 s of retries.
const LONGEST: Duration = Duration::from_secs(5 * 60);

/// What follows a failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum OutageDecision {
    /// The next person is tried.
    GoOn,
    /// A read must show whether the system still answers.
    Ask,
    /// Nothing more is sent to this system in this run. The reason.
    Stop(String),
}

/// The failures of one system that had no success between them.
#[derive(Debug, Default)]
pub(super) struct Outage {
    forbidden: Option<FailureStreak>,
    unanswered: Option<FailureStreak>,
    failing: Option<FailureStreak>,
}

/// Failures in a row.
#[derive(Debug)]
struct FailureStreak {
    kind: Option<RequestKind>,
    /// Successes before the first of them.
    successes: u64,
    since: Instant,
    people: BTreeSet<Slug>,
}

impl Outage {
    /// Notes one person's failure, and decides by it.
    pub(super) fn note(&mut self, person: &Slug, error: &RemoteError, now: Instant) -> OutageDecision {
        if let Some(why) = error.what.closes() {
            return OutageDecision::Stop(stopped(error.system, &why));
        }
        let Evidence { kind, of_this_kind, of_any_kind } = error.evidence;
        match &error.what {
            ErrorKind::Forbidden { page: false, status, .. } => {
                let streak = extend(&mut self.forbidden, person, kind, of_this_kind, now);
                if streak.people.len() < PEOPLE {
                    return OutageDecision::GoOn;
                }
                let why = format!("it refused the same kind of request with {status} for {PEOPLE} people in a row");
                OutageDecision::Stop(stopped(error.system, &why))
            }
            ErrorKind::Unreachable(_) | ErrorKind::ServerError { .. } | ErrorKind::Unknown(_) | ErrorKind::Late(_) => {
                let failing = extend(&mut self.failing, person, kind, of_this_kind, now);
                let (people, time) = (failing.people.len(), now - failing.since);
                if people >= PEOPLE && time >= LONGEST {
                    let minutes = LONGEST.as_secs() / 60;
                    let why = format!("no write succeeded for {minutes} minutes, and {people} people failed");
                    return OutageDecision::Stop(stopped(error.system, &why));
                }
                let unanswered = extend(&mut self.unanswered, person, None, of_any_kind, now);
                if unanswered.people.len() < PEOPLE { OutageDecision::GoOn } else { OutageDecision::Ask }
            }
            _ => OutageDecision::GoOn,
        }
    }

    /// The system answered when it was asked: the failures so far were not those of the whole system.
    pub(super) fn answered(&mut self) {
        self.unanswered = None;
    }
}

/// Why no other person is tried.
pub(super) fn stopped(system: System, why: &str) -> String {
    format!("nothing more is sent to {} in this run: {why}", system.name())
}

fn extend<'a>(
    streak: &'a mut Option<FailureStreak>,
    person: &Slug,
    kind: Option<RequestKind>,
    successes: u64,
    now: Instant,
) -> &'a mut FailureStreak {
    let same = streak.take().filter(|streak| streak.kind == kind && streak.successes == successes);
    let streak = streak.insert(same.unwrap_or(FailureStreak { kind, successes, since: now, people: BTreeSet::new() }));
    streak.people.insert(person.clone());
    streak
}

#[cfg(test)]
mod tests;
