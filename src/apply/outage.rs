//! Which failures of single people stop a system for the rest of a run. Pure: it is given what failed and when.
//!
//! One person's failure is that person's alone. A system is stopped when it closed itself (its keys are refused, or it
//! asks for no requests), when it forbids the same kind of request to three people in a row, or when three people in a
//! row get no answer or a server error. "In a row" means that nothing succeeded between them. A server error can be
//! caused by the bodies that were sent, so the system is then asked for a row: what it answers decides.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::time::Instant;

use crate::agent::Slug;
use crate::record::System;
use crate::remote::retry::Kind;
use crate::remote::{Evidence, RemoteError, What};

/// So many people in a row are no accident.
const PEOPLE: usize = 3;

/// While reads succeed and writes do not, so long: each person costs half a minute of retries.
const LONGEST: Duration = Duration::from_secs(5 * 60);

/// What follows a failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The next person is tried.
    GoOn,
    /// Whether the system answers at all has to be asked.
    Ask,
    /// Nothing more is sent to this system in this run. The reason.
    Stop(String),
}

/// The failures of one system that had no success between them.
#[derive(Debug, Default)]
pub(super) struct Outage {
    forbidden: Option<Row>,
    unanswered: Option<Row>,
    failing: Option<Row>,
}

/// Failures in a row.
#[derive(Debug)]
struct Row {
    kind: Option<Kind>,
    /// Successes before the first of them.
    successes: u64,
    since: Instant,
    people: BTreeSet<Slug>,
}

impl Outage {
    /// Notes one person's failure, and decides by it.
    pub(super) fn note(&mut self, person: &Slug, error: &RemoteError, now: Instant) -> Verdict {
        if let Some(why) = error.what.closes() {
            return Verdict::Stop(stopped(error.system, &why));
        }
        let Evidence { kind, of_this_kind, of_any_kind } = error.evidence;
        match &error.what {
            What::Forbidden { page: false, status, .. } => {
                let row = extend(&mut self.forbidden, person, kind, of_this_kind, now);
                if row.people.len() < PEOPLE {
                    return Verdict::GoOn;
                }
                let why = format!("it refused the same kind of request with {status} for {PEOPLE} people in a row");
                Verdict::Stop(stopped(error.system, &why))
            }
            What::Unreachable(_) | What::ServerError { .. } | What::Unknown(_) | What::Late(_) => {
                let failing = extend(&mut self.failing, person, kind, of_this_kind, now);
                let (people, time) = (failing.people.len(), now - failing.since);
                if people >= PEOPLE && time >= LONGEST {
                    let minutes = LONGEST.as_secs() / 60;
                    let why = format!("no write succeeded for {minutes} minutes, and {people} people failed");
                    return Verdict::Stop(stopped(error.system, &why));
                }
                let unanswered = extend(&mut self.unanswered, person, None, of_any_kind, now);
                if unanswered.people.len() < PEOPLE { Verdict::GoOn } else { Verdict::Ask }
            }
            _ => Verdict::GoOn,
        }
    }

    /// The system answered when it was asked: the failures so far were not those of the whole system.
    pub(super) fn answered(&mut self) {
        self.unanswered = None;
    }
}

/// Why nobody else is tried.
pub(super) fn stopped(system: System, why: &str) -> String {
    format!("nothing more is sent to {} in this run: {why}", system.name())
}

fn extend<'a>(
    row: &'a mut Option<Row>,
    person: &Slug,
    kind: Option<Kind>,
    successes: u64,
    now: Instant,
) -> &'a mut Row {
    let same = row.take().filter(|row| row.kind == kind && row.successes == successes);
    let row = row.insert(same.unwrap_or(Row { kind, successes, since: now, people: BTreeSet::new() }));
    row.people.insert(person.clone());
    row
}

#[cfg(test)]
mod tests;
