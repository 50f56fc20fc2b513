//! A row that a listing lacks makes no second account: whatever the totals, the statuses and the people who come and go.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use proptest::prelude::*;
use proptest::test_runner::{Config as Runs, RngAlgorithm, TestRng, TestRunner};
use roster::apply::Outcome;
use roster::model::agent::{Field, Status};
use roster::model::config::Rate;
use roster::model::record::System;
use roster::sandbox::{Behaviour, Fault, FaultEffect, FaultTarget};
use serde_json::{Value, json};

use crate::support::{Pipeline, agent};

/// The row that listings lack. One test uses it.
static LOST: AtomicU64 = AtomicU64::new(0);

fn without(body: &mut Value, list: &str) -> bool {
    let Some(rows) = body.get_mut(list).and_then(Value::as_array_mut) else { return false };
    let before = rows.len();
    rows.retain(|row| row["id"] != json!(LOST.load(Ordering::Relaxed)));
    rows.len() < before
}

/// The listing lacks the row, and its total has noticed.
fn lost(body: &mut Value) {
    for list in ["users", "data"] {
        without(body, list);
    }
    for total in ["/count", "/pagination/total"] {
        if let Some(total) = body.pointer_mut(total) {
            *total = json!(total.as_u64().unwrap_or(1).saturating_sub(1));
        }
    }
}

/// Another row was added at that moment, so the total is as before.
fn lost_and_another_added(body: &mut Value) {
    if without(body, "users") {
        body["users"].as_array_mut().unwrap().push(json!({"id": 99_999, "role": "agent", "fields": {}}));
    }
    if without(body, "data") {
        body["data"].as_array_mut().unwrap().push(json!({"id": 99_999, "email": "new@login.example"}));
    }
}

#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent switches, each with two sides")]
struct Case {
    lost_in: System,
    person: usize,
    statuses: Vec<Status>,
    count: bool,
    hides_inactive: bool,
    newest_first: bool,
    another_added: bool,
    /// The file of the person whose row is lost declares another login e-mail than before.
    login_changes: bool,
    /// Of the CRM's listing of five rows: from five pages to one.
    page_size: u32,
}

fn case() -> impl Strategy<Value = Case> {
    let status = prop_oneof![Just(Status::Active), Just(Status::Inactive)];
    let flags = prop::array::uniform5(any::<bool>());
    let lost_in = prop_oneof![Just(System::Crm), Just(System::Pf)];
    (lost_in, 0_usize..5, prop::collection::vec(status, 5), flags, 1_u32..7).prop_map(
        |(
            lost_in,
            person,
            statuses,
            [count, hides_inactive, newest_first, another_added, login_changes],
            page_size,
        )| Case {
            lost_in,
            person,
            statuses,
            count,
            hides_inactive,
            newest_first,
            another_added,
            login_changes,
            page_size,
        },
    )
}

/// How many rows each login has.
fn logins(rows: &[Value], pointer: &str) -> BTreeMap<String, usize> {
    let mut logins = BTreeMap::new();
    for row in rows {
        *logins.entry(row.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()).or_default() += 1;
    }
    logins
}

#[test]
fn a_row_missing_from_a_listing_causes_no_duplicate() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let mut pipeline = runtime.block_on(async {
        let behaviour = Behaviour { pf_rate: None, pf_token_rate: None, ..Behaviour::default() };
        let mut pipeline =
            Pipeline::new(behaviour, (1..=5).map(|number| agent(&format!("agent-{number}"), number))).await;
        pipeline.config.property_finder.rate = Rate::per_minute(1_000_000);
        pipeline.config.crm.rate = Rate::per_minute(1_000_000);
        pipeline.settle("before").await;
        pipeline
    });
    // A fixed seed, so that every run of the tests makes the same promise.
    let runs = Runs { cases: 1000, failure_persistence: None, rng_algorithm: RngAlgorithm::ChaCha, ..Runs::default() };
    let mut runner = TestRunner::new_with_rng(runs, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let pipeline = std::cell::RefCell::new(&mut pipeline);
    let moved = std::cell::Cell::new(0);
    let ran = runner.run(&case(), |case| {
        let pipeline = &mut **pipeline.borrow_mut();
        pipeline.sandbox.set_behaviour(Behaviour {
            crm_count: case.count,
            pf_hides_inactive: case.hides_inactive,
            pf_newest_first: case.newest_first,
            crm_takes_duplicates: true,
            pf_takes_duplicates: true,
            pf_rate: None,
            pf_token_rate: None,
            ..Behaviour::default()
        });
        pipeline.config.crm.page_size = case.page_size;
        for (number, status) in case.statuses.iter().enumerate() {
            pipeline.set_status(&format!("agent-{}", number + 1), *status);
        }
        for number in 1..=5 {
            let is_other = case.login_changes && number == case.person + 1;
            let login = format!("agent-{number}{}@login.example", if is_other { "-b" } else { "" });
            pipeline.edit(&format!("agent-{number}"), Field::Login, json!(login));
        }
        let rows = if case.lost_in == System::Crm { pipeline.sandbox.crm_rows() } else { pipeline.sandbox.pf_rows() };
        LOST.store(rows[case.person]["id"].as_u64().unwrap(), Ordering::Relaxed);
        let path = if case.lost_in == System::Crm { "/users" } else { "/v1/users" };
        let effect = FaultEffect::Edit(if case.another_added { lost_and_another_added } else { lost });
        let on = FaultTarget::Listing(path.to_owned());
        pipeline.sandbox.add_fault(Fault { system: Some(case.lost_in), on, at: 1, times: u32::MAX, effect });
        let ended = runtime.block_on(pipeline.write());
        pipeline.sandbox.clear_faults();
        if let Ok((_, applied)) = &ended {
            moved.set(moved.get() + applied.iter().filter(|one| matches!(one.outcome, Outcome::Moved(_))).count());
        }
        for (rows, pointer) in [
            (pipeline.sandbox.crm_rows(), "/private/email"),
            (pipeline.sandbox.crm_rows(), "/fields/11"),
            (pipeline.sandbox.pf_rows(), "/email"),
        ] {
            let twice: Vec<_> = logins(&rows, pointer).into_iter().filter(|(_, rows)| *rows > 1).collect();
            prop_assert_eq!(&twice, &[], "{:?}", ended);
            prop_assert_eq!(rows.len(), 5);
        }
        Ok(())
    });
    ran.unwrap();
    assert!(moved.get() > 9, "the look before a create was hardly ever needed: {}", moved.get());
}
