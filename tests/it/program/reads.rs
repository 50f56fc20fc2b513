//! A plan cannot write: with every option and every fault it sends GETs and token calls only.

use roster::sandbox::Behaviour;
use serde_json::json;

use super::{Stage, agent, three};

/// Every flag of `plan`, alone and together.
const FLAGS: [&[&str]; 9] = [
    &[],
    &["--detailed-exitcode"],
    &["--agent", "sara*"],
    &["--system", "crm"],
    &["--system", "pf"],
    &["--output", "json=-"],
    &["-q"],
    &["--color", "always"],
    &["-q", "--color", "never", "--detailed-exitcode", "--agent", "*", "--system", "pf", "--output", "json=-"],
];

/// What goes wrong, each as a run of its own.
const FAULTS: [&str; 12] = [
    "crm GET #1 500",
    "pf GET #2 503 retry-after=0",
    "read #1 drop",
    "read #2 drop-after",
    "crm GET #1 cut",
    "crm #2 expire",
    "pf #3 expire",
    "pf GET #1 429 retry-after=1",
    "crm GET #1 429 retry-after=1",
    "token #1 500",
    "crm GET #1+ 200 html",
    "pf GET #1+ 403",
];

/// People in every state that a plan can find.
fn stage() -> Stage {
    let stage = Stage::settled();
    stage.write("agents/new-comer.yaml", &agent("New", "Comer", 4, ""));
    stage.edit("agents/sara-khan.yaml", "Sales Consultant", "Director");
    stage.edit("agents/omar-haddad.yaml", "active", "inactive");
    stage.remove("agents/lina-saad.yaml");
    stage.write("agents/adopted.yaml", &agent("Ad", "Opted", 5, ""));
    stage.sandbox.put_crm_row(&json!({"private": {"email": "ad-opted@login.example"}, "role": "agent"}));
    stage.sandbox.put_pf_row(&json!({"email": "ad-opted@login.example", "firstName": "Ad", "lastName": "Opted"}));
    stage
}

fn sends_nothing_but_reads(stage: &Stage, case: &str, args: &[&str]) {
    stage.sandbox.forget_requests();
    let (before, ran) = (stage.rows(), stage.run(&[&["plan"], args].concat()));
    assert_eq!(stage.rows(), before, "{case}: {ran}");
    let requests = stage.sandbox.requests();
    assert!(!requests.is_empty(), "{case}: {ran}");
    for request in requests {
        let token = request.method == "POST" && request.target.ends_with("/token");
        assert!(token || request.method == "GET", "{case}: {request:?}");
        assert!(token || request.body.is_none(), "{case}: {request:?}");
    }
}

#[test]
fn plan_sends_nothing_but_get_and_token_calls() {
    let stage = stage();
    for flags in FLAGS {
        sends_nothing_but_reads(&stage, &format!("{flags:?}"), flags);
    }
    for fault in FAULTS {
        stage.sandbox.clear_faults();
        stage.fault(fault);
        sends_nothing_but_reads(&stage, fault, &[]);
    }
    stage.sandbox.clear_faults();
    stage.sandbox.set_behaviour(Behaviour { crm_lag: 3, pf_lag: 3, pf_hides_inactive: true, ..Behaviour::default() });
    sends_nothing_but_reads(&stage, "reads that lag", &["--output", "json=-"]);
    stage.sandbox.set_behaviour(Behaviour {
        missing_scopes: ["user.update", "users:full_access", "roles:read"].map(str::to_owned).into(),
        ..Behaviour::default()
    });
    sends_nothing_but_reads(&stage, "a key that cannot write", &["--detailed-exitcode"]);
}

#[test]
fn a_key_that_cannot_write_is_enough_for_a_plan() {
    let stage = Stage::new(&three());
    let missing_scopes = ["user.update", "users:full_access"].map(str::to_owned).into();
    stage.sandbox.set_behaviour(Behaviour { missing_scopes, ..Behaviour::default() });
    stage.run(&["plan"]).ends_with(0).shows("3 to create");
}
