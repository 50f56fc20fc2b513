//! A saved and reviewed plan: the program does what it shows, or nothing.

use roster::model::record::System;
use roster::sandbox::{Fault, FaultEffect, FaultTarget};
use serde_json::{Value, json};

use crate::office::{Office, Ran};

/// With the key that private changes need.
fn keyed(office: &Office, key: &str, args: &[&str]) -> Ran {
    let mut command = office.command(args);
    command.env("ROSTER_DIGEST_KEY", key);
    Ran::of(command)
}

/// Three people whom both systems know, changes to two of them, and a plan of these that was saved.
fn planned() -> Office {
    let office = Office::settled(3);
    office.edit(1, "position: {en: Sales Consultant", "position: {en: Director");
    office.edit(1, "mobile: \"+9715590", "mobile: \"+9715580");
    office.edit(2, "languages: [en, ar]", "languages: [en]");
    keyed(&office, "a key of the tests, long enough", &["plan", "--out", "plan.json"]).is(0);
    office
}

fn apply(office: &Office) -> Ran {
    keyed(office, "a key of the tests, long enough", &["apply", "plan.json", "--yes"])
}

#[test]
fn it_does_what_it_shows() {
    let office = planned();
    apply(&office).is(0);
    // Of agent-1 both the user and the public profile, of agent-2 the profile alone, and both in the CRM.
    assert_eq!(office.writes().len(), 5, "{:?}", office.writes());
    office.is_settled(3, "saved");
    // What is already true is no difference.
    office.sandbox.forget_requests();
    apply(&office).is(0);
    assert_eq!(office.writes(), [""; 0]);
}

#[test]
fn what_is_already_true_may_be_missing() {
    let office = planned();
    office.run(&["apply", "--yes", "--agent", "agent-2"]).is(0);
    office.sandbox.forget_requests();
    apply(&office).is(0);
    assert_eq!(office.writes().len(), 3, "{:?}", office.writes());
    office.is_settled(3, "the rest");
}

#[test]
fn whatever_else_there_is_to_do_is_named_and_nothing_is_written() {
    let table: [(&str, fn(&Office), &str); 6] = [
        (
            "another field",
            |office| office.edit(2, "ar: مستشارة مبيعات", "ar: مديرة"),
            "agent-2: update in pf: public.position.ar",
        ),
        (
            "another value",
            |office| office.edit(1, "en: Director", "en: Owner"),
            "agent-1: update in crm: public.position.en",
        ),
        (
            "another private value",
            |office| office.edit(1, "+9715580", "+9715570"),
            "agent-1: update in crm: private.mobile",
        ),
        ("another person", |office| office.edit(3, "languages: [en, ar]", "languages: [ar]"), "agent-3: update in pf"),
        ("somebody leaves", |office| office.edit(3, "status: active", "status: inactive"), "agent-3: deactivate in pf"),
        (
            "somebody else's click",
            |office| {
                let mut row =
                    office.sandbox.crm_rows().into_iter().find(|row| row["fields"]["11"] == "agent-1").unwrap();
                row["public"]["position"] = json!("Clicked");
                office.sandbox.put_crm_row(&row);
            },
            "agent-1: update in crm: public.position.en",
        ),
    ];
    for (case, change, named) in table {
        let office = planned();
        change(&office);
        let ran = apply(&office).is(6).says("not in the saved plan, so nothing was written").says(named);
        assert_eq!(office.writes(), [""; 0], "{case}");
        for private in ["+97155", "login-"] {
            assert!(!ran.err.contains(private) && !ran.out.contains(private), "{case}: {}\n{}", ran.out, ran.err);
        }
    }
}

#[test]
fn a_row_that_moves_under_the_apply_is_skipped() {
    let office = planned();
    // Read again just before it is written, somebody's click is there.
    office.sandbox.add_fault(Fault {
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
    let ran = apply(&office).is(5).prints("was changed since the plan was made");
    assert!(ran.out.contains("updated pf 7701"), "what Property Finder took before is reported: {}", ran.out);
    let in_crm = office.writes().iter().filter(|write| write.starts_with("crm")).count();
    assert_eq!((office.writes().len(), in_crm), (4, 1), "in the CRM only agent-2 is written: {:?}", office.writes());
    office.sandbox.clear_faults();
    apply(&office).is(0);
    office.is_settled(3, "moved back");
}

#[test]
fn private_changes_need_the_key_that_they_were_saved_with() {
    let office = planned();
    let saved = office.read("plan.json");
    for private in ["login-", "+97155", "9715580", "a key of the tests, long enough"] {
        assert!(!saved.contains(private), "{private} in {saved}");
    }
    let why = "set the same ROSTER_DIGEST_KEY for plan --out and for apply";
    office.run(&["apply", "plan.json", "--yes"]).is(64).says(why);
    keyed(&office, "", &["apply", "plan.json", "--yes"]).is(64).says(why);
    keyed(&office, "another key of the tests, long", &["apply", "plan.json", "--yes"]).is(6).says("private.mobile");

    // Without a key it is not saved, and one that was saved so by another program is not applied.
    office.run(&["plan", "--out", "other.json"]).is(64).says(why);
    let mut keyless: Value = serde_json::from_str(&saved).unwrap();
    for action in keyless["actions"].as_array_mut().unwrap() {
        for field in action["fields"].as_array_mut().unwrap() {
            field.as_object_mut().unwrap().remove("digest");
        }
    }
    office.write("plan.json", &keyless.to_string());
    apply(&office).is(64).says(why);
    office.run(&["apply", "plan.json", "--yes"]).is(64).says(why);
    assert_eq!(office.writes(), [""; 0]);

    // A plan without private changes needs none.
    office.edit(1, "+9715580", "+9715590");
    office.run(&["plan", "--out", "plan.json"]).is(0);
    office.run(&["apply", "plan.json", "--yes"]).is(0);
    office.is_settled(3, "no key");
}

#[test]
fn what_is_no_plan_is_refused() {
    let office = planned();
    let good: Value = serde_json::from_str(&office.read("plan.json")).unwrap();
    let with = |name: &str, value: Value| {
        let mut plan = good.clone();
        plan[name] = value;
        plan.to_string()
    };
    office.run(&["apply", "--yes", "--agent", "agent-3", "--journal", "empty.jsonl"]).is(0);
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
        office.write("plan.json", &text);
        let ran = apply(&office).is(64).says("is not a saved plan");
        assert!(!ran.err.contains('\u{1b}'), "{case}");
        assert_eq!(office.run(&["show", "plan.json"]).code, Some(1), "{case}");
    }
    assert_eq!(office.writes(), [""; 0]);
    office.run(&["apply", "none.json", "--yes"]).is(1).says("reading none.json");
    office.run(&["show", "none.json"]).is(1);
}

/// A plan in which somebody wrote more than the program did lets nothing more through.
#[test]
fn a_plan_that_was_tampered_with_does_nothing_that_the_files_do_not_say() {
    let office = planned();
    let mut plan: Value = serde_json::from_str(&office.read("plan.json")).unwrap();
    let mut more = plan["actions"][0].clone();
    more["agent"] = json!("agent-3");
    plan["actions"].as_array_mut().unwrap().push(more);
    office.write("plan.json", &plan.to_string());
    apply(&office).is(0);
    office.is_settled(3, "tampered");
}

#[test]
fn show_prints_a_plan_and_a_journal() {
    let office = planned();
    let shown = office.run(&["show", "plan.json"]).is(0);
    let shown = shown
        .prints("~ agents/agent-1.yaml ")
        .prints("crm 1 · pf 7701")
        .prints("Plan: 0 to create, 2 to update")
        .prints("\"Sales Consultant\" → \"Director\"");
    let shown = shown.prints("private.mobile").prints("(private, changed)");
    assert!(!shown.out.contains("+97155"), "{}", shown.out);

    keyed(&office, "a key of the tests, long enough", &["apply", "plan.json", "--yes", "--journal", "done.jsonl"])
        .is(0);
    let shown = office.run(&["show", "done.jsonl"]).is(0);
    let shown = shown.prints("began to write for 2 people").prints("ended with exit code 0");
    let shown = shown.prints("agent-1: update in pf").prints(": done");
    assert!(!shown.out.contains("Not known"), "{}", shown.out);

    // A journal that was cut off, as a killed run leaves it.
    let journal = office.read("done.jsonl");
    let intent = journal.lines().position(|line| line.contains("\"intent\"")).unwrap();
    let cut: String = journal.lines().take(intent + 1).map(|line| format!("{line}\n")).collect();
    office.write("cut.jsonl", &(cut + "{\"at\":\"20"));
    office.run(&["show", "cut.jsonl"]).is(0).prints("Not known whether it was done: update of agent-");
}

/// Two changes that were reviewed apart, each with its plan, and then merged.
fn two_reviews() -> Office {
    let office = Office::settled(3);
    let review = |name: &str| {
        keyed(&office, "a key of the tests, long enough", &["plan", "--output", &format!("json={name}")]).is(0)
    };
    let (position, changed) = ("position: {en: Sales Consultant", "position: {en: Director");
    office.edit(1, position, changed);
    office.edit(1, "mobile: \"+9715590", "mobile: \"+9715580");
    review("one.json");
    office.edit(1, changed, position);
    office.edit(1, "mobile: \"+9715580", "mobile: \"+9715590");
    office.edit(2, position, changed);
    review("two.json");
    office.edit(1, position, changed);
    office.edit(1, "mobile: \"+9715590", "mobile: \"+9715580");
    office
}

fn held_against(office: &Office, key: &str, reviewed: &[&str]) -> Ran {
    let reviewed = reviewed.iter().flat_map(|file| ["--reviewed", file]);
    keyed(office, key, &["plan", "--out", "plan.json"].into_iter().chain(reviewed).collect::<Vec<_>>())
}

#[test]
fn what_one_of_the_reviewed_plans_shows_was_reviewed() {
    let office = two_reviews();
    held_against(&office, "a key of the tests, long enough", &["one.json", "two.json"]).is(0);
    held_against(&office, "a key of the tests, long enough", &["two.json", "one.json", "one.json"]).is(0);
    // The plan is written all the same, for a person to look at.
    let ran = held_against(&office, "a key of the tests, long enough", &["two.json"])
        .is(6)
        .says("not in the reviewed plans:");
    let ran = ran.says("agent-1: update in crm").prints("agents/agent-2.yaml");
    assert!(!ran.err.contains("agent-2"), "{}", ran.err);
    assert!(office.path("plan.json").exists());

    // A part of it is done: what is left was reviewed.
    office.run(&["apply", "--yes", "--agent", "agent-1"]).is(0);
    held_against(&office, "a key of the tests, long enough", &["one.json", "two.json"]).is(0);
    office.run(&["apply", "--yes"]).is(0);
    held_against(&office, "a key of the tests, long enough", &["two.json"]).is(0).prints("nothing to do");
}

#[test]
fn a_click_after_the_review_and_a_private_change_under_another_key_were_not_reviewed() {
    let office = two_reviews();
    held_against(&office, "another key of the tests, long", &["one.json", "two.json"]).is(6).says("private.mobile");
    keyed(&office, "", &["plan", "--reviewed", "one.json", "--reviewed", "two.json"]).is(6).says("private.mobile");
    office.click_in_crm(2, "/public/position", "Intern");
    held_against(&office, "a key of the tests, long enough", &["one.json", "two.json"])
        .is(6)
        .says("agent-2: update in crm: public.position.en");
}

#[test]
fn what_is_no_plan_was_not_reviewed() {
    let office = two_reviews();
    held_against(&office, "a key of the tests, long enough", &["nowhere.json"]).is(1);
    held_against(&office, "a key of the tests, long enough", &["roster.yaml"]).is(64).says("it is not a saved plan");
    // Of several the first of the table: what cannot be read, then what was not reviewed, then what is blocked.
    office.write("roster.yaml", &office.read("roster.yaml").replace("update: {count: 1000}", "update: {count: 0}"));
    held_against(&office, "a key of the tests, long enough", &["one.json", "two.json"]).is(3);
    held_against(&office, "a key of the tests, long enough", &["one.json"]).is(6);
    office.fault("crm GET #1+ 200 html");
    held_against(&office, "a key of the tests, long enough", &["one.json"]).is(7);
}
