//! The vendors' rate limits: a run uses them fully and never exceeds them, and a small run never waits.
//!
//! A tenth of the size in a fifteenth of the time; `ROSTER_LIMITS=full` is 700 people against 650 requests in any 60 s.

use std::time::{Duration, Instant};

use roster::model::config::{Config, Rate};
use roster::model::record::System;
use roster::sandbox::{self, Behaviour};

use roster::model::agent::Field;
use serde_json::json;

use crate::support::Repo;
use crate::support::{Pipeline, agent};

#[tokio::test]
async fn a_long_run_uses_the_whole_rate_limit_and_never_exceeds_it() {
    let full = std::env::var("ROSTER_LIMITS").is_ok_and(|size| size == "full");
    let (people, count, window) = if full { (700, 650, 60) } else { (70, 65, 4) };
    let window = Duration::from_secs(window);
    let behaviour =
        Behaviour { pf_rate: Some(sandbox::SandboxRate { count: count as usize, window }), ..Behaviour::default() };
    let newcomers = (1..=people).map(|number| agent(&format!("agent-{number}"), number));
    let mut pipeline = Pipeline::new(behaviour, newcomers).await;
    pipeline.config.property_finder.rate = Rate { count, window };
    let began = Instant::now();
    let (_, applied, reading) = pipeline.apply().await.unwrap();
    let took = began.elapsed();
    let requests = pipeline.sandbox.requests();
    assert!(requests.iter().all(|logged| logged.status != Some(429)), "the limit was broken");
    assert_eq!(reading, roster::apply::Verification::Agrees);
    pipeline.sandbox.set_behaviour(Behaviour { pf_rate: None, ..Behaviour::default() });
    pipeline.is_settled("the limit", &applied).await;

    let counted = |logged: &&sandbox::LoggedRequest| logged.system == System::Pf && !logged.target.contains("/token");
    let sent = u32::try_from(requests.iter().filter(counted).count()).unwrap();
    // So many requests cannot be made any faster.
    let own = window * ((sent - 1) / count);
    assert!(!own.is_zero(), "{sent} requests do not meet the limit");
    // 15 s of 60 at full size; what a small machine needs for itself does not shrink with the window.
    let more = if full { Duration::from_secs(15) } else { window / 2 };
    assert!(took < own + more, "{sent} requests took {took:?}, and the limit alone takes {own:?}");
    #[allow(clippy::print_stderr)]
    {
        eprintln!("{people} creates, {sent} requests to Property Finder: {took:.1?}, of which the limit's own {own:?}");
    }
}

/// The read of a row and its write need two requests, and one window lies between them: longer than a read is used
/// otherwise.
#[tokio::test]
async fn rows_are_written_at_a_rate_of_one_request() {
    let people = (1..=3).map(|number| agent(&format!("agent-{number}"), number));
    let mut pipeline = Pipeline::new(Behaviour::default(), people).await;
    pipeline.settle("create").await;
    let one = Rate { count: 1, window: Duration::from_millis(150) };
    (pipeline.config.crm.rate, pipeline.config.property_finder.rate) = (one, one);
    pipeline.waits.oldest_read = Duration::from_millis(100);
    (1..=3).for_each(|number| {
        pipeline.edit(&format!("agent-{number}"), Field::LinkedIn, json!("https://linkedin.com/in/a"))
    });
    pipeline.settle("edit").await;
}

/// With windows of an hour a single wait would last an hour.
#[test]
fn ten_agents_stay_within_the_rate_limit_without_a_wait() {
    let repo = Repo::of(10);
    let rates = |crm: &str, pf: &str| {
        let rates = format!("crm: {{rate: {crm}, link_fields:");
        let text = repo.read("roster.yaml").replace("crm: {link_fields:", &rates);
        repo.write("roster.yaml", &format!("{text}property_finder: {{rate: {pf}}}\n"));
    };
    let usual = Config::default();
    assert_eq!((usual.crm.rate, usual.property_finder.rate), (Rate::per_minute(300), Rate::per_minute(650)));
    rates("300/3600s", "650/3600s");
    let minute = Duration::from_secs(60);
    repo.start(&["apply", "--yes"]).ends_within(minute).exits(0);
    for number in 1..=10 {
        repo.edit_agent(number, "phone: \"+9715010000", "phone: \"+9715020000");
        repo.edit_agent(number, "languages: [en, ar]", "languages: [en]");
        repo.edit_agent(number, "mobile: \"+9715590000", "mobile: \"+9715580000");
    }
    repo.start(&["apply", "--yes"]).ends_within(minute).exits(0);
    repo.is_settled(10, "ten agents");
}
