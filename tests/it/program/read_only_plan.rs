//! A plan cannot write: with every option and every fault it sends GETs and token calls only.

use roster::sandbox::Behaviour;
use serde_json::json;

use super::{agent, applied, three, with_files};
use crate::support::Repo;

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
fn repo() -> Repo {
    let repo = applied();
    repo.write("agents/new-comer.yaml", &agent("New", "Comer", 4, ""));
    repo.edit("agents/sara-khan.yaml", "Sales Consultant", "Director");
    repo.edit("agents/omar-haddad.yaml", "active", "inactive");
    repo.remove("agents/lina-saad.yaml");
    repo.write("agents/adopted.yaml", &agent("Ad", "Opted", 5, ""));
    repo.sandbox.put_crm_row(&json!({"private": {"email": "ad-opted@login.example"}, "role": "agent"}));
    repo.sandbox.put_pf_row(&json!({"email": "ad-opted@login.example", "firstName": "Ad", "lastName": "Opted"}));
    repo
}

fn sends_nothing_but_reads(repo: &Repo, case: &str, args: &[&str]) {
    repo.sandbox.forget_requests();
    let (before, ran) = (repo.rows(), repo.run(&[&["plan"], args].concat()));
    assert_eq!(repo.rows(), before, "{case}: {ran}");
    let requests = repo.sandbox.requests();
    assert!(!requests.is_empty(), "{case}: {ran}");
    for request in requests {
        let token = request.method == "POST" && request.target.ends_with("/token");
        assert!(token || request.method == "GET", "{case}: {request:?}");
        assert!(token || request.body.is_none(), "{case}: {request:?}");
    }
}

#[test]
fn plan_sends_nothing_but_get_and_token_calls() {
    let repo = repo();
    for flags in FLAGS {
        sends_nothing_but_reads(&repo, &format!("{flags:?}"), flags);
    }
    for fault in FAULTS {
        repo.sandbox.clear_faults();
        repo.fault(fault);
        sends_nothing_but_reads(&repo, fault, &[]);
    }
    repo.sandbox.clear_faults();
    repo.sandbox.set_behaviour(Behaviour { crm_lag: 3, pf_lag: 3, pf_hides_inactive: true, ..Behaviour::default() });
    sends_nothing_but_reads(&repo, "reads that lag", &["--output", "json=-"]);
    repo.sandbox.set_behaviour(Behaviour {
        missing_scopes: ["user.update", "users:full_access", "roles:read"].map(str::to_owned).into(),
        ..Behaviour::default()
    });
    sends_nothing_but_reads(&repo, "a key that cannot write", &["--detailed-exitcode"]);
}

#[test]
fn a_read_only_key_is_enough_for_a_plan() {
    let repo = with_files(&three());
    let missing_scopes = ["user.update", "users:full_access"].map(str::to_owned).into();
    repo.sandbox.set_behaviour(Behaviour { missing_scopes, ..Behaviour::default() });
    repo.run(&["plan"]).exits(0).stdout_has("3 to create");
}
