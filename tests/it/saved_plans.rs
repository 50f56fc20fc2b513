//! A saved and reviewed plan: the program does what it shows, or nothing.

use roster::model::record::System;
use roster::sandbox::{Fault, FaultEffect, FaultTarget};
use serde_json::{Value, json};

use crate::support::{Repo, Run};

/// With the key that private changes need.
fn keyed(repo: &Repo, key: &str, args: &[&str]) -> Run {
    repo.run_with(args, &[("ROSTER_DIGEST_KEY", key)])
}

/// Three people whom both systems know, changes to two of them, and a plan of these that was saved.
fn planned() -> Repo {
    let repo = Repo::applied(3);
    repo.edit_agent(1, "position: {en: Sales Consultant", "position: {en: Director");
    repo.edit_agent(1, "mobile: \"+9715590", "mobile: \"+9715580");
    repo.edit_agent(2, "languages: [en, ar]", "languages: [en]");
    keyed(&repo, "a key of the tests, long enough", &["plan", "--out", "plan.json"]).exits(0);
    repo
}

fn apply(repo: &Repo) -> Run {
    keyed(repo, "a key of the tests, long enough", &["apply", "plan.json", "--yes"])
}

#[test]
fn a_saved_plan_applies_exactly_its_actions() {
    let repo = planned();
    apply(&repo).exits(0);
    // Of agent-1 both the user and the public profile, of agent-2 the profile alone, and both in the CRM.
    assert_eq!(repo.writes().len(), 5, "{:?}", repo.writes());
    repo.is_settled(3, "saved");
    // What is already true is no difference.
    repo.sandbox.forget_requests();
    apply(&repo).exits(0);
    assert_eq!(repo.writes(), [""; 0]);
}

#[test]
fn an_action_that_is_already_done_may_be_missing() {
    let repo = planned();
    repo.run(&["apply", "--yes", "--agent", "agent-2"]).exits(0);
    repo.sandbox.forget_requests();
    apply(&repo).exits(0);
    assert_eq!(repo.writes().len(), 3, "{:?}", repo.writes());
    repo.is_settled(3, "the rest");
}

#[test]
fn a_difference_from_the_saved_plan_is_named_and_nothing_is_written() {
    let table: [(&str, fn(&Repo), &str); 6] = [
        (
            "another field",
            |repo| repo.edit_agent(2, "ar: مستشارة مبيعات", "ar: مديرة"),
            "agent-2: update in pf: public.position.ar",
        ),
        (
            "another value",
            |repo| repo.edit_agent(1, "en: Director", "en: Owner"),
            "agent-1: update in crm: public.position.en",
        ),
        (
            "another private value",
            |repo| repo.edit_agent(1, "+9715580", "+9715570"),
            "agent-1: update in crm: private.mobile",
        ),
        (
            "another person",
            |repo| repo.edit_agent(3, "languages: [en, ar]", "languages: [ar]"),
            "agent-3: update in pf",
        ),
        (
            "somebody leaves",
            |repo| repo.edit_agent(3, "status: active", "status: inactive"),
            "agent-3: deactivate in pf",
        ),
        (
            "somebody else's click",
            |repo| {
                let mut row = repo.sandbox.crm_rows().into_iter().find(|row| row["fields"]["11"] == "agent-1").unwrap();
                row["public"]["position"] = json!("Clicked");
                repo.sandbox.put_crm_row(&row);
            },
            "agent-1: update in crm: public.position.en",
        ),
    ];
    for (case, change, named) in table {
        let repo = planned();
        change(&repo);
        let ran = apply(&repo);
        ran.exits(6).stderr_has("not in the saved plan, so nothing was written").stderr_has(named);
        assert_eq!(repo.writes(), [""; 0], "{case}");
        for private in ["+97155", "login-"] {
            assert!(
                !ran.stderr.contains(private) && !ran.stdout.contains(private),
                "{case}: {}\n{}",
                ran.stdout,
                ran.stderr
            );
        }
    }
}

#[test]
fn a_row_that_changes_during_the_apply_is_skipped() {
    let repo = planned();
    // Read again just before it is written, somebody's click is there.
    repo.sandbox.add_fault(Fault {
        system: Some(System::Crm),
        on: FaultTarget::Route(hyper::Method::GET, "/users/".to_owned()),
        at: 1,
        times: u32::MAX,
        effect: FaultEffect::Edit(|body| {
            let row = &mut body["user"];
            if row["fields"]["11"] == "agent-1" {
                row["public"]["phone"] = json!("+971501112222");
            }
        }),
    });
    let ran = apply(&repo);
    ran.exits(5).stdout_has("was changed since the plan was made");
    assert!(ran.stdout.contains("updated pf 7701"), "what Property Finder took before is reported: {}", ran.stdout);
    let in_crm = repo.writes().iter().filter(|write| write.starts_with("crm")).count();
    assert_eq!((repo.writes().len(), in_crm), (4, 1), "in the CRM only agent-2 is written: {:?}", repo.writes());
    repo.sandbox.clear_faults();
    apply(&repo).exits(0);
    repo.is_settled(3, "moved back");
}

#[test]
fn private_changes_need_the_key_that_they_were_saved_with() {
    let repo = planned();
    let saved = repo.read("plan.json");
    for private in ["login-", "+97155", "9715580", "a key of the tests, long enough"] {
        assert!(!saved.contains(private), "{private} in {saved}");
    }
    let why = "set the same ROSTER_DIGEST_KEY for plan --out and for apply";
    repo.run(&["apply", "plan.json", "--yes"]).exits(64).stderr_has(why);
    keyed(&repo, "", &["apply", "plan.json", "--yes"]).exits(64).stderr_has(why);
    keyed(&repo, "another key of the tests, long", &["apply", "plan.json", "--yes"])
        .exits(6)
        .stderr_has("private.mobile");

    // Without a key it is not saved, and one that was saved so by another program is not applied.
    repo.run(&["plan", "--out", "other.json"]).exits(64).stderr_has(why);
    let mut keyless: Value = serde_json::from_str(&saved).unwrap();
    for action in keyless["actions"].as_array_mut().unwrap() {
        for field in action["fields"].as_array_mut().unwrap() {
            field.as_object_mut().unwrap().remove("digest");
        }
    }
    repo.write("plan.json", &keyless.to_string());
    apply(&repo).exits(64).stderr_has(why);
    repo.run(&["apply", "plan.json", "--yes"]).exits(64).stderr_has(why);
    assert_eq!(repo.writes(), [""; 0]);

    // A plan without private changes needs none.
    repo.edit_agent(1, "+9715580", "+9715590");
    repo.run(&["plan", "--out", "plan.json"]).exits(0);
    repo.run(&["apply", "plan.json", "--yes"]).exits(0);
    repo.is_settled(3, "no key");
}

#[test]
fn an_invalid_plan_file_is_refused() {
    let repo = planned();
    let good: Value = serde_json::from_str(&repo.read("plan.json")).unwrap();
    let with = |name: &str, value: Value| {
        let mut plan = good.clone();
        plan[name] = value;
        plan.to_string()
    };
    repo.run(&["apply", "--yes", "--agent", "agent-3", "--journal", "empty.jsonl"]).exits(0);
    for (case, text) in [
        ("empty", String::new()),
        ("garbage", "\u{1b}[31mgarbage".to_owned()),
        ("cut", good.to_string()[..100].to_owned()),
        ("null", "null".to_owned()),
        ("a list", "[]".to_owned()),
        ("an object", "{}".to_owned()),
        ("a later format", with("format_version", json!("2.0"))),
        ("no format", with("format_version", Value::Null)),
        ("no actions", with("actions", Value::Null)),
    ] {
        repo.write("plan.json", &text);
        let ran = apply(&repo);
        ran.exits(64).stderr_has("is not a saved plan");
        assert!(!ran.stderr.contains('\u{1b}'), "{case}");
        assert_eq!(repo.run(&["show", "plan.json"]).code, 1, "{case}");
    }
    assert_eq!(repo.writes(), [""; 0]);
    repo.run(&["apply", "none.json", "--yes"]).exits(1).stderr_has("reading none.json");
    repo.run(&["show", "none.json"]).exits(1);
}

/// A plan in which somebody wrote more than the program did lets nothing more through.
#[test]
fn a_forged_plan_applies_only_declared_values() {
    let repo = planned();
    let mut plan: Value = serde_json::from_str(&repo.read("plan.json")).unwrap();
    let mut more = plan["actions"][0].clone();
    more["agent"] = json!("agent-3");
    plan["actions"].as_array_mut().unwrap().push(more);
    repo.write("plan.json", &plan.to_string());
    apply(&repo).exits(0);
    repo.is_settled(3, "tampered");
}

#[test]
fn show_prints_a_plan_and_a_journal() {
    let repo = planned();
    let shown = repo.run(&["show", "plan.json"]);
    shown.exits(0);
    let shown = shown
        .stdout_has("~ agents/agent-1.yaml ")
        .stdout_has("crm 1 · pf 7701")
        .stdout_has("Plan: 0 to create, 2 to update")
        .stdout_has("\"Sales Consultant\" → \"Director\"");
    let shown = shown.stdout_has("private.mobile").stdout_has("(private, changed)");
    assert!(!shown.stdout.contains("+97155"), "{}", shown.stdout);

    keyed(&repo, "a key of the tests, long enough", &["apply", "plan.json", "--yes", "--journal", "done.jsonl"])
        .exits(0);
    let shown = repo.run(&["show", "done.jsonl"]);
    shown.exits(0);
    let shown = shown.stdout_has("began to write for 2 people").stdout_has("ended with exit code 0");
    let shown = shown.stdout_has("agent-1: update in pf").stdout_has(": done");
    assert!(!shown.stdout.contains("Not known"), "{}", shown.stdout);

    // A journal that was cut off, as a killed run leaves it.
    let journal = repo.read("done.jsonl");
    let intent = journal.lines().position(|line| line.contains("\"intent\"")).unwrap();
    let cut: String = journal.lines().take(intent + 1).map(|line| format!("{line}\n")).collect();
    repo.write("cut.jsonl", &(cut + "{\"at\":\"20"));
    repo.run(&["show", "cut.jsonl"]).exits(0).stdout_has("Not known whether it was done: update of agent-");
}

/// Two changes that were reviewed apart, each with its plan, and then merged.
fn two_reviews() -> Repo {
    let repo = Repo::applied(3);
    let review = |name: &str| {
        keyed(&repo, "a key of the tests, long enough", &["plan", "--output", &format!("json={name}")]).exits(0);
    };
    let (position, changed) = ("position: {en: Sales Consultant", "position: {en: Director");
    repo.edit_agent(1, position, changed);
    repo.edit_agent(1, "mobile: \"+9715590", "mobile: \"+9715580");
    review("one.json");
    repo.edit_agent(1, changed, position);
    repo.edit_agent(1, "mobile: \"+9715580", "mobile: \"+9715590");
    repo.edit_agent(2, position, changed);
    review("two.json");
    repo.edit_agent(1, position, changed);
    repo.edit_agent(1, "mobile: \"+9715590", "mobile: \"+9715580");
    repo
}

fn held_against(repo: &Repo, key: &str, reviewed: &[&str]) -> Run {
    let reviewed = reviewed.iter().flat_map(|file| ["--reviewed", file]);
    keyed(repo, key, &["plan", "--out", "plan.json"].into_iter().chain(reviewed).collect::<Vec<_>>())
}

#[test]
fn actions_of_any_reviewed_plan_count_as_reviewed() {
    let repo = two_reviews();
    held_against(&repo, "a key of the tests, long enough", &["one.json", "two.json"]).exits(0);
    held_against(&repo, "a key of the tests, long enough", &["two.json", "one.json", "one.json"]).exits(0);
    // The plan is written all the same, for a person to look at.
    let ran = held_against(&repo, "a key of the tests, long enough", &["two.json"]);
    ran.exits(6).stderr_has("not in the reviewed plans:");
    let ran = ran.stderr_has("agent-1: update in crm").stdout_has("agents/agent-2.yaml");
    assert!(!ran.stderr.contains("agent-2"), "{}", ran.stderr);
    assert!(repo.path("plan.json").exists());

    // A part of it is done: what is left was reviewed.
    repo.run(&["apply", "--yes", "--agent", "agent-1"]).exits(0);
    held_against(&repo, "a key of the tests, long enough", &["one.json", "two.json"]).exits(0);
    repo.run(&["apply", "--yes"]).exits(0);
    held_against(&repo, "a key of the tests, long enough", &["two.json"]).exits(0).stdout_has("nothing to do");
}

#[test]
fn later_drift_and_private_changes_under_another_key_are_not_reviewed() {
    let repo = two_reviews();
    held_against(&repo, "another key of the tests, long", &["one.json", "two.json"])
        .exits(6)
        .stderr_has("private.mobile");
    keyed(&repo, "", &["plan", "--reviewed", "one.json", "--reviewed", "two.json"])
        .exits(6)
        .stderr_has("private.mobile");
    repo.click_in_crm(2, "/public/position", "Intern");
    held_against(&repo, "a key of the tests, long enough", &["one.json", "two.json"])
        .exits(6)
        .stderr_has("agent-2: update in crm: public.position.en");
}

#[test]
fn an_invalid_plan_file_reviews_nothing() {
    let repo = two_reviews();
    held_against(&repo, "a key of the tests, long enough", &["nowhere.json"]).exits(1);
    held_against(&repo, "a key of the tests, long enough", &["roster.yaml"])
        .exits(64)
        .stderr_has("it is not a saved plan");
    // Of several the first of the table: what cannot be read, then what was not reviewed, then what is blocked.
    repo.write("roster.yaml", &repo.read("roster.yaml").replace("update: {count: 1000}", "update: {count: 0}"));
    held_against(&repo, "a key of the tests, long enough", &["one.json", "two.json"]).exits(3);
    held_against(&repo, "a key of the tests, long enough", &["one.json"]).exits(6);
    repo.fault("crm GET #1+ 200 html");
    held_against(&repo, "a key of the tests, long enough", &["one.json"]).exits(7);
}
