//! Any end is a safe end: whatever happens at whichever request, applying again ends as an undisturbed run does.

use futures_util::{StreamExt as _, stream};
use roster::apply::Outcome;
use roster::model::agent::{Field, Status};
use roster::sandbox::{Behaviour, Fault, FaultEffect, FaultTarget};
use serde_json::{Value, json};

use crate::support::{Pipeline, agent};

/// Four people who are settled, one of them inactive.
async fn settled() -> Pipeline {
    let people = (1..=4).map(|number| agent(&format!("agent-{number}"), number));
    let mut pipeline = Pipeline::new(Behaviour::default(), people).await;
    // Property Finder gets no inactive newcomer, so whoever comes back has been there before.
    pipeline.settle("before").await;
    pipeline.set_status("agent-3", Status::Inactive);
    pipeline.settle("before").await;
    pipeline
}

/// The same, elsewhere, with a plan that holds a create, an update, a deactivation and a reactivation.
async fn changed(settled: &Pipeline) -> Pipeline {
    let mut pipeline = settled.copy().await;
    pipeline.declare(agent("newcomer", 9));
    pipeline.edit("agent-1", Field::Position("en".to_owned()), json!("Director"));
    pipeline.edit("agent-1", Field::Languages, json!(["en"]));
    pipeline.edit("agent-1", Field::Mobile, json!("+971552009999"));
    pipeline.set_status("agent-2", Status::Inactive);
    pipeline.set_status("agent-3", Status::Active);
    pipeline
}

/// What both systems hold, but for times.
fn state(pipeline: &Pipeline) -> String {
    let timeless = |mut row: Value| {
        for key in ["created_at", "updated_at", "createdAt", "updatedAt"] {
            row.as_object_mut().unwrap().remove(key);
        }
        format!("{row}\n")
    };
    pipeline.sandbox.crm_rows().into_iter().chain(pipeline.sandbox.pf_rows()).map(timeless).collect()
}

fn answer(status: u16, retry_after: Option<&str>, acted: bool) -> FaultEffect {
    FaultEffect::Answer { status, retry_after: retry_after.map(str::to_owned), html: false, acted }
}

/// Everything that can happen at a request, but for the end of the process.
pub(crate) fn accidents() -> Vec<(&'static str, FaultEffect)> {
    vec![
        ("dropped before", FaultEffect::Drop { acted: false }),
        ("dropped after", FaultEffect::Drop { acted: true }),
        ("500", answer(500, None, false)),
        ("500 after acting", answer(500, None, true)),
        ("502", answer(502, None, false)),
        ("503", answer(503, None, false)),
        ("504 after acting", answer(504, None, true)),
        ("429", answer(429, None, false)),
        ("429 with Retry-After", answer(429, Some("0"), false)),
        ("expired token", FaultEffect::Expire),
        ("a page of HTML", FaultEffect::Answer { status: 200, retry_after: None, html: true, acted: false }),
    ]
}

/// How many requests the undisturbed run makes, and what it ends in.
async fn undisturbed(settled: &Pipeline) -> (u32, String) {
    let pipeline = changed(settled).await;
    let (_, applied, _) = pipeline.apply().await.unwrap();
    assert!(applied.iter().all(|person| person.outcome == Outcome::Done), "{applied:?}");
    (u32::try_from(pipeline.sandbox.requests().len()).unwrap(), state(&pipeline))
}

/// Applies again, and holds that this ends as the undisturbed run did.
async fn recovers(pipeline: &Pipeline, case: &str, want: &str) {
    pipeline.sandbox.clear_faults();
    pipeline.settle(case).await;
    let state = state(pipeline);
    assert!(state == want, "{case}: it ended in\n{state}instead of\n{want}");
}

#[tokio::test]
async fn after_a_fault_at_any_request_the_next_apply_converges() {
    let settled = settled().await;
    let (requests, want) = undisturbed(&settled).await;
    assert!(requests >= 20, "{requests}");
    let cases =
        accidents().into_iter().flat_map(|(name, effect)| (1..=requests).map(move |at| (name, effect.clone(), at)));
    let (settled, want) = (&settled, &want);
    // Most of the time is spent in pauses that a 429 asks for.
    stream::iter(cases)
        .for_each_concurrent(16, |(name, effect, at)| async move {
            let pipeline = changed(settled).await;
            pipeline.sandbox.add_fault(Fault { system: None, on: FaultTarget::Any, at, times: 1, effect });
            // However this one ends.
            let _ = pipeline.apply().await;
            recovers(&pipeline, &format!("{name} at request {at}"), want).await;
        })
        .await;
}

/// The process is gone at a request, before or after the server acted: nothing of it runs any further.
#[tokio::test]
async fn after_a_kill_at_any_request_the_next_apply_converges() {
    let settled = settled().await;
    let (requests, want) = undisturbed(&settled).await;
    for acted in [false, true] {
        for at in 1..=requests {
            let case = format!("killed at request {at}, the server has acted: {acted}");
            let pipeline = changed(&settled).await;
            pipeline.sandbox.add_fault(Fault {
                system: None,
                on: FaultTarget::Any,
                at,
                times: 1,
                effect: FaultEffect::Hang { acted },
            });
            tokio::select! {
                _ = pipeline.apply() => {}
                () = reached(&pipeline, at) => {}
            }
            recovers(&pipeline, &case, &want).await;
        }
    }
}

/// Ends when so many requests have arrived.
async fn reached(pipeline: &Pipeline, requests: u32) {
    while pipeline.sandbox.requests().len() < requests as usize {
        tokio::task::yield_now().await;
    }
}
