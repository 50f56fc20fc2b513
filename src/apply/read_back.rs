//! After writing, both systems are read again: the proof that they now agree.

use std::collections::BTreeSet;

use super::ConsistencyWaits;
use crate::model::agent::Slug;
use crate::reconcile::plan::{Operation, PersonPlan, Plan};

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

/// Plans again from a fresh reading until nothing is left to do for the people who were written, or waits ends.
pub async fn confirm(
    waits: &ConsistencyWaits,
    written: &BTreeSet<Slug>,
    mut plan_again: impl AsyncFnMut() -> Result<Plan, String>,
) -> Verification {
    if written.is_empty() {
        return Verification::Agrees;
    }
    let mut waits = waits.before_reading_again.iter();
    loop {
        let reading = match plan_again().await {
            Ok(plan) => compare(written, &plan),
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

fn compare(written: &BTreeSet<Slug>, plan: &Plan) -> Verification {
    let left: Vec<(Slug, String)> = plan
        .people
        .iter()
        .filter(|person| written.contains(&person.slug))
        .map(|person| (person.slug.clone(), what_differs(person)))
        .collect();
    if left.is_empty() { Verification::Agrees } else { Verification::Differs(left) }
}

/// Paths and systems only; values may be private.
fn what_differs(person: &PersonPlan) -> String {
    if let Some(why) = &person.blocked {
        return why.clone();
    }
    let one = |action: &crate::reconcile::plan::Action| {
        let paths: Vec<String> = action.fields.iter().map(|change| change.field.to_string()).collect();
        match action.operation {
            Operation::Update => format!("{} still differs in {}", paths.join(", "), action.system),
            operation => format!("{} in {} is still to be done", operation.key(), action.system),
        }
    };
    person.actions.iter().map(one).collect::<Vec<_>>().join("; ")
}
