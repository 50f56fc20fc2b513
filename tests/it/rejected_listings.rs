//! A list that cannot be read completely is not an empty system: the program ends with 7 and writes nothing.

use roster::model::record::System;
use roster::sandbox::{Behaviour, Fault, FaultEffect, FaultTarget};
use serde_json::{Value, json};

use crate::support::Repo;

/// Five people whom both systems know, and a change to one of them that waits to be written.
fn changed() -> Repo {
    let repo = Repo::applied(5);
    repo.edit_agent(1, "position: {en: Sales Consultant", "position: {en: Director");
    repo
}

/// Every listing of a system comes so.
fn listings(repo: &Repo, system: System, effect: FaultEffect) {
    let path = if system == System::Crm { "/users" } else { "/v1/users" };
    let on = FaultTarget::Route(hyper::Method::GET, path.to_owned());
    repo.sandbox.add_fault(Fault { system: Some(system), on, at: 1, times: u32::MAX, effect });
}

/// Holds that both commands end with 7, say why, show what could be read, and write nothing.
fn is_refused(repo: &Repo, why: &str, shown: bool) {
    for command in [&["plan"][..], &["apply", "--yes"]] {
        let ran = repo.run(command);
        ran.exits(7).stderr_has(why).stderr_has("Nothing was written.");
        assert_eq!(ran.stdout.contains("Director"), shown, "{why}: {}", ran.stdout);
        let document = repo.run(&[command, &["--output", "json=-"]].concat()).exits(7).stdout.clone();
        let document: Value = serde_json::from_str(&document).unwrap();
        assert_eq!((&document["complete"], &document["exit_code"]), (&json!(false), &json!(7)), "{why}");
        assert_eq!(document["actions"] != json!([]), shown, "{why}: {document}");
    }
    assert_eq!(repo.writes(), [""; 0], "{why}");
}

fn rows(body: &mut Value) -> &mut Vec<Value> {
    let name = if body.get("users").is_some() { "users" } else { "data" };
    body[name].as_array_mut().unwrap()
}

/// A listing of Property Finder in which the first people are missing.
fn without(body: &mut Value, to: u64) {
    rows(body).retain(|user| user["id"].as_u64().unwrap() > to);
    body["pagination"]["total"] = json!(rows(body).len());
}

fn page(status: u16) -> FaultEffect {
    FaultEffect::Answer { status, retry_after: None, html: true, acted: false }
}

#[test]
fn a_listing_that_contradicts_itself_is_refused() {
    let table: [(System, &str, fn(&mut Value)); 7] = [
        (System::Crm, "its total is 6, and it lists 5", |body| body["count"] = json!(6)),
        (System::Crm, "its total is 4, and it lists 5", |body| body["count"] = json!(4)),
        (System::Crm, "its total is 5, and it lists 4", |body| _ = rows(body).pop()),
        (System::Crm, "is listed twice", |body| rows(body)[4] = rows(body)[3].clone()),
        (System::Pf, "its total is 6, and it lists 5", |body| body["pagination"]["total"] = json!(6)),
        (System::Pf, "its total is 5, and it lists 4", |body| _ = rows(body).pop()),
        (System::Pf, "is listed twice", |body| rows(body)[4] = rows(body)[3].clone()),
    ];
    for (system, why, edit) in table {
        let repo = changed();
        listings(&repo, system, FaultEffect::Edit(edit));
        // Without the CRM nobody is known; without Property Finder half of the plan can be shown.
        is_refused(&repo, why, system == System::Pf);
    }
}

#[test]
fn a_short_page_before_the_last_is_refused_without_a_count() {
    let repo = changed();
    let behaviour = Behaviour { crm_count: false, crm_page_ceiling: 2, ..Behaviour::default() };
    repo.sandbox.set_behaviour(behaviour);
    listings(
        &repo,
        System::Crm,
        FaultEffect::Edit(|body| {
            if rows(body).first().is_some_and(|row| row["id"] == 3) {
                rows(body).pop();
            }
        }),
    );
    is_refused(&repo, "a page in the middle is shorter than the first", false);
}

#[test]
fn a_200_with_another_document_is_refused() {
    for system in System::ALL {
        let shown = system == System::Pf;
        let repo = changed();
        listings(&repo, system, page(200));
        is_refused(&repo, "expected JSON", shown);
        repo.sandbox.clear_faults();
        for edit in [
            |body: &mut Value| *body = json!({}),
            |body: &mut Value| *body = json!([]),
            |body: &mut Value| *body = Value::Null,
        ] {
            listings(&repo, system, FaultEffect::Edit(edit));
            is_refused(&repo, "not understood", shown);
            repo.sandbox.clear_faults();
        }
        listings(&repo, system, page(403));
        is_refused(&repo, "refused with 403", shown);
    }
}

#[test]
fn a_listing_that_hides_all_custom_fields_is_refused() {
    let repo = changed();
    repo.sandbox.set_behaviour(Behaviour { crm_fields_in_list: false, ..Behaviour::default() });
    is_refused(&repo, "no user in the listing comes with its custom fields", false);
}

/// Nobody can know whether they are empty or hidden. Whoever was linked looks like a stranger, and strangers are guarded.
#[test]
fn a_crm_that_never_returns_custom_fields_is_guarded() {
    let repo = changed();
    repo.sandbox.set_behaviour(Behaviour { crm_fields_returned: false, ..Behaviour::default() });
    for command in [&["plan"][..], &["apply", "--yes"]] {
        let ran = repo.run(command);
        ran.exits(3).stdout_has("the CRM returns no custom fields");
        assert!(ran.stdout.contains("5 existing accounts would be taken over"), "{}", ran.stdout);
    }
    assert_eq!(repo.writes(), [""; 0]);
}

#[test]
fn a_listing_without_most_linked_users_is_refused() {
    let lose = |repo: &Repo, edit| listings(repo, System::Pf, FaultEffect::Edit(edit));
    let repo = Repo::applied(5);
    for agent in 1..=5 {
        repo.edit_agent(agent, "position: {en: Sales Consultant", "position: {en: Director");
    }
    lose(&repo, |body| without(body, 7703));
    is_refused(&repo, "3 of 5 users that the CRM stores for active agents are not listed", true);

    // As few as two are taken for a real loss: they are blocked by name, and the others go on.
    repo.sandbox.clear_faults();
    lose(&repo, |body| without(body, 7702));
    let ran = repo.run(&["apply", "--yes"]);
    ran.exits(5);
    for lost in ["7701", "7702"] {
        assert!(ran.stdout.contains(&format!("the CRM stores pf user {lost}")), "{}", ran.stdout);
    }
    // Two systems for each of the three who are left.
    assert_eq!(repo.writes().len(), 6, "{:?}", repo.writes());
    for user in repo.sandbox.pf_rows() {
        let lost = user["id"].as_u64().unwrap() <= 7702;
        assert_eq!(user["publicProfile"]["position"]["primary"] == "Director", !lost, "{user}");
    }
}
