//! After writing, both systems are read again: the proof that they now agree.

use std::collections::{BTreeMap, BTreeSet};

use super::{Applied, ConsistencyWaits, Outcome};
use crate::model::agent::Slug;
use crate::model::record::System;
use crate::reconcile::plan::{Action, Operation, PersonPlan, Plan};

/// What the read-back found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verification {
    /// Everybody who was written is as planned.
    Agrees,
    /// These people are not: who, and what differs.
    Differs(Vec<(Slug, String)>),
    /// Nothing was read.
    NotTried,
    /// The systems could not be read again.
    Failed(String),
}

/// Plans again from a fresh reading until nothing is left to do for the people who were written, or waits ends. A deletion
/// that `plan` left to a later run may be possible by then, and is not part of it.
pub async fn confirm(
    waits: &ConsistencyWaits,
    plan: &Plan,
    applied: &[Applied],
    mut plan_again: impl AsyncFnMut() -> Result<Plan, String>,
) -> Verification {
    let done = applied.iter().filter(|person| person.outcome == Outcome::Done).map(|person| &person.agent);
    let deleted = plan.people.iter().filter(|person| person.deletion().is_some()).map(|person| &person.slug);
    let deleted: BTreeSet<&Slug> = deleted.collect();
    let written: BTreeMap<&Slug, bool> = done.map(|slug| (slug, deleted.contains(slug))).collect();
    if written.is_empty() {
        return Verification::Agrees;
    }
    let mut waits = waits.before_reading_again.iter();
    loop {
        let reading = match plan_again().await {
            Ok(plan) => compare(&written, &plan),
            // Every request was tried for long enough already.
            Err(why) => return Verification::Failed(why),
        };
        if reading == Verification::Agrees {
            return reading;
        }
        let Some(wait) = waits.next() else { return reading };
        tokio::time::sleep(*wait).await;
    }
}

/// `written` has whether the CRM user of the person was to be deleted.
fn compare(written: &BTreeMap<&Slug, bool>, plan: &Plan) -> Verification {
    let differing: Vec<(Slug, String)> = plan
        .people
        .iter()
        .filter_map(|person| Some((person.slug.clone(), what_differs(person, *written.get(&person.slug)?)?)))
        .collect();
    if differing.is_empty() { Verification::Agrees } else { Verification::Differs(differing) }
}

/// Paths and systems only; values may be private.
fn what_differs(person: &PersonPlan, is_deleted: bool) -> Option<String> {
    if let Some(why) = person.why_blocked() {
        return Some(why).filter(|_| is_deleted || !person.waits_for_deletion());
    }
    let counts = |action: &&Action| is_deleted || (action.system, action.operation) != (System::Crm, Operation::Delete);
    let differences: Vec<String> = person.actions.iter().filter(counts).map(difference).collect();
    (!differences.is_empty()).then(|| differences.join("; "))
}

fn difference(action: &Action) -> String {
    let paths: Vec<String> = action.fields.iter().map(|change| change.field.to_string()).collect();
    match action.operation {
        Operation::Update => format!("{} still differs in {}", paths.join(", "), action.system),
        operation => format!("{} in {} is still to be done", operation.key(), action.system),
    }
}
