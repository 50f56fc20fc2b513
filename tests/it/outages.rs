//! One person's trouble stays that person's: an apply for many while a server refuses, fails or asks for a wait.

use std::collections::BTreeMap;
use std::time::Duration;

use roster::apply::{Applied, Outcome, Systems, apply};
use roster::model::agent::{Field, Slug};
use roster::model::config::Rate;
use roster::model::record::System;
use roster::remote::Portal;
use roster::remote::crm::CrmWriter;
use roster::remote::observe::observe;
use roster::remote::pf::roles;
use roster::sandbox::{Behaviour, Fault, FaultEffect, FaultTarget};
use serde_json::json;

use crate::support::error_text;
use crate::support::{Pipeline, agent, endpoints, waits};

/// So many people, settled in both systems, and all of them edited: these with this text, the others with another.
async fn edited(people: u32, text: &str, with_text: impl Fn(u32) -> bool) -> Pipeline {
    let behaviour = Behaviour { pf_rate: None, ..Behaviour::default() };
    let files = (1..=people).map(|number| agent(&format!("agent-{number:03}"), number));
    let mut pipeline = Pipeline::new(behaviour, files).await;
    pipeline.config.property_finder.rate = Rate::per_minute(100_000);
    pipeline.settle("before").await;
    for number in 1..=people {
        let text = if with_text(number) { text } else { "Director" };
        pipeline.edit(&format!("agent-{number:03}"), Field::Position("en".into()), json!(text));
    }
    pipeline.sandbox.forget_requests();
    pipeline
}

/// One run in which these faults begin after reading, and a write is tried for so long.
async fn run(pipeline: &Pipeline, faults: &[&str], request: Duration) -> Ends {
    let mut endpoints = endpoints(&pipeline.sandbox);
    let connect = |endpoints: &roster::remote::Endpoints| {
        (CrmWriter::new(endpoints, &pipeline.config).unwrap(), Portal::new(endpoints, &pipeline.config).unwrap())
    };
    let (crm, pf) = connect(&endpoints);
    let observed = observe(&crm.reader, pf.reader(), roles(pf.reader()), (&pipeline.config, None), &pipeline.roster)
        .await
        .unwrap();
    let plan = pipeline.plan(&observed);
    let mappers = roster::remote::Mappers::new(&pipeline.config, &observed.roles);
    for fault in faults {
        pipeline.sandbox.add_fault(fault.parse().unwrap());
    }
    endpoints.timing.request = request;
    let (crm, pf) = connect(&endpoints);
    let (photos, waits) = (pipeline.photo_sources(), waits());
    let systems = Systems { crm: &crm, pf: &pf, mappers: &mappers, photos: &photos, quote: &error_text, waits: &waits };
    ends(apply(&plan, &systems, &()).await)
}

const LONG: Duration = Duration::from_secs(30);
/// Enough for several tries on a busy machine.
const SHORT: Duration = Duration::from_secs(3);

/// Who ended how, and the reasons.
#[derive(Debug, Default)]
struct Ends {
    done: usize,
    failed: BTreeMap<Slug, String>,
    not_tried: BTreeMap<Slug, String>,
}

fn ends(applied: Vec<Applied>) -> Ends {
    let mut ends = Ends::default();
    for person in applied {
        match person.outcome {
            Outcome::Done => ends.done += 1,
            Outcome::NotTried(why) => _ = ends.not_tried.insert(person.agent, why),
            outcome => _ = ends.failed.insert(person.agent, outcome.why().unwrap_or_default().to_owned()),
        }
    }
    ends
}

fn requests(pipeline: &Pipeline, method: &str, status: u16) -> usize {
    let requests = pipeline.sandbox.requests();
    requests.iter().filter(|logged| logged.method == method && logged.status == Some(status)).count()
}

#[tokio::test]
async fn a_text_refused_by_a_filter_fails_one_person_only() {
    // The first ten in a row, and every fourth of the others.
    let refused = |number: u32| number <= 10 || number.is_multiple_of(4);
    let pipeline = edited(120, "blockme", refused).await;
    let ends = run(&pipeline, &["pf body=blockme #1+ 403 html"], LONG).await;
    let want: Vec<String> = (1..=120).filter(|number| refused(*number)).map(|n| format!("agent-{n:03}")).collect();
    assert_eq!(ends.failed.keys().map(|slug| slug.as_str().to_owned()).collect::<Vec<_>>(), want);
    assert_eq!((ends.done, ends.not_tried.len()), (120 - want.len(), 0), "{:?}", ends.not_tried);
    for why in ends.failed.values() {
        assert!(why.contains("filter in front of the system"), "{why}");
        assert!(!why.contains("users:full_access") && !why.contains("API_KEY"), "{why}");
    }
}

#[tokio::test]
async fn a_403_for_one_row_fails_one_person_only() {
    let pipeline = edited(40, "", |_| false).await;
    let id = pipeline.sandbox.pf_rows()[7]["publicProfile"]["id"].clone();
    let on = FaultTarget::Route("PATCH".parse().unwrap(), format!("/v1/public-profiles/{id}"));
    let effect = FaultEffect::Answer { status: 403, retry_after: None, html: false, acted: false };
    pipeline.sandbox.add_fault(Fault { system: Some(System::Pf), on, at: 1, times: u32::MAX, effect });
    let ends = run(&pipeline, &[], LONG).await;
    assert_eq!((ends.done, ends.failed.len(), ends.not_tried.len()), (39, 1, 0), "{ends:?}");
}

#[tokio::test]
async fn a_403_for_every_person_stops_the_system_with_its_reason() {
    let pipeline = edited(60, "", |_| false).await;
    let ends = run(&pipeline, &["pf PATCH #1+ 403"], LONG).await;
    let sent = requests(&pipeline, "PATCH", 403);
    assert!((3..=32).contains(&sent), "{sent} requests");
    assert_eq!((ends.done, ends.failed.len()), (0, sent));
    assert!(ends.failed.values().all(|why| why.contains("users:full_access")), "{:?}", ends.failed);
    assert!(ends.not_tried.len() >= 28);
    for why in ends.not_tried.values() {
        assert!(why.contains("refused the same kind of request with 403 for 3 people in a row"), "{why}");
    }
}

#[tokio::test]
async fn occasional_401_answers_stop_no_person() {
    let pipeline = edited(60, "", |_| false).await;
    // About one request of sixteen, in a fixed disorder.
    let mut random: u32 = 12_345;
    for number in 1..=400 {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        if random >> 28 == 0 {
            for system in ["crm PUT", "pf PATCH"] {
                pipeline.sandbox.add_fault(format!("{system} #{number} 401").parse().unwrap());
            }
        }
    }
    let ends = run(&pipeline, &[], LONG).await;
    assert!(requests(&pipeline, "PATCH", 401) > 0);
    assert_eq!(ends.not_tried.len(), 0, "{:?}", ends.not_tried);
    assert!(ends.done >= 55, "{ends:?}");
}

#[tokio::test]
async fn a_retry_after_of_an_hour_stops_the_system() {
    let pipeline = edited(80, "", |_| false).await;
    let ends = run(&pipeline, &["pf PATCH #1+ 429 retry-after=3600"], LONG).await;
    let sent = requests(&pipeline, "PATCH", 429);
    assert!(sent <= 16, "only what was in flight: {sent}");
    assert_eq!((ends.done, ends.failed.len()), (0, sent), "{:?}", ends.failed);
    for why in ends.not_tried.values().chain(ends.failed.values()) {
        assert!(why.contains("accepts no requests until") && why.contains(" UTC"), "{why}");
    }
    assert_eq!(ends.not_tried.len(), 80 - sent);
}

#[tokio::test]
async fn a_body_that_causes_a_server_error_fails_one_person_only() {
    let pipeline = edited(24, "crashes", |number| number <= 5).await;
    let ends = run(&pipeline, &["pf body=crashes #1+ 500"], SHORT).await;
    assert_eq!((ends.done, ends.failed.len(), ends.not_tried.len()), (19, 5, 0), "{ends:?}");
    assert!(ends.failed.values().all(|why| why.contains("500") && !why.contains("cannot be reached")), "{ends:?}");
}

#[tokio::test]
async fn an_unreachable_system_is_stopped_with_its_own_reason() {
    let pipeline = edited(60, "", |_| false).await;
    // After the rows that are about to be written were read again.
    let ends = run(&pipeline, &["pf PATCH #1+ drop", "pf GET #2+ drop"], SHORT).await;
    assert!(ends.not_tried.len() >= 10, "{ends:?}");
    for why in ends.not_tried.values() {
        assert!(why.contains("Property Finder") && why.contains("cannot be reached"), "{why}");
    }
}
