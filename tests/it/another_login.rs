//! People who have a row under another login e-mail, another spelling or another person's name: no profile stays online in
//! silence, and no second account is made.

use serde_json::{Value, json};

use crate::support::Repo;

fn user(repo: &Repo, agent: usize) -> Value {
    let login = json!(format!("login-{agent}@brokerage.example"));
    repo.sandbox.pf_rows().into_iter().find(|row| row["email"] == login).unwrap()
}

fn forget_ids(repo: &Repo, agent: usize) {
    repo.click_in_crm(agent, "/fields/12", "");
    repo.click_in_crm(agent, "/fields/13", "");
}

fn delete_in_crm(repo: &Repo, agent: usize) {
    let slug = json!(format!("agent-{agent}"));
    let row = repo.sandbox.crm_rows().into_iter().find(|row| row["fields"]["11"] == slug).unwrap();
    repo.sandbox.delete_crm_row(row["id"].as_u64().unwrap());
}

#[test]
fn a_person_who_is_not_active_is_blocked_while_another_login_keeps_the_profile_online() {
    type Change = fn(&Repo);
    let table: [(&str, Change, &str); 4] = [
        ("the CRM user is deleted", |repo| delete_in_crm(repo, 1), "archived"),
        ("the ids are gone", |repo| forget_ids(repo, 1), "archived"),
        ("the ids are gone, on leave", |repo| forget_ids(repo, 1), "inactive"),
        ("the user was made again", |repo| repo.click_in_crm(1, "/fields/12", "999"), "archived"),
    ];
    for (case, change, status) in table {
        let repo = Repo::applied(2);
        change(&repo);
        if case == "the user was made again" {
            repo.click_in_crm(1, "/fields/13", "");
        }
        repo.click_at_pf(1, "/email", "other@brokerage.example");
        repo.edit_agent(1, "status: active", &format!("status: {status}"));
        repo.sandbox.forget_requests();
        repo.run(&["plan"]).exits(3).stdout_has("may still be online at Property Finder");
        repo.run(&["apply", "--yes"]).exits(3);
        let online = repo.sandbox.pf_rows().iter().filter(|row| row["status"] == "active").count();
        assert_eq!((repo.writes(), online), (vec![], 2), "{case}");
    }
}

#[test]
fn a_person_who_leaves_and_changes_the_login_at_once_is_found_by_the_login_at_base() {
    let repo = Repo::applied(2);
    let base = repo.commit();
    delete_in_crm(&repo, 1);
    repo.edit_agent(1, "status: active", "status: archived");
    repo.edit_agent(1, "login-1@", "gone-1@");
    let ran = repo.run(&["plan", "--base", &base, "--output", "json=-"]);
    ran.exits(3);
    let plan: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(plan["blocked"][0]["guard"], "adopt", "{plan}");
    let digest = plan["blocked"][0]["digest"].as_str().unwrap();
    repo.run(&["apply", "--yes", "--base", &base, "--accept", digest]).exits(0);
    assert_eq!(user(&repo, 1)["status"], "inactive");
}

#[test]
fn a_user_given_to_another_person_is_deactivated_only_after_an_acceptance() {
    let repo = Repo::applied(2);
    repo.edit_agent(1, "status: active", "status: archived");
    repo.run(&["apply", "--yes"]).exits(0);
    let mut given = user(&repo, 1);
    given["status"] = json!("active");
    (given["firstName"], given["lastName"]) = (json!("Hessa"), json!("Najjar"));
    given["email"] = json!("hessa@brokerage.example");
    given["publicProfile"]["name"] = json!("Hessa Najjar");
    given["publicProfile"]["email"] = json!("hessa.public@brokerage.example");
    given["publicProfile"]["phone"] = json!("+971509999999");
    given["mobile"] = json!("+971559999999");
    repo.sandbox.put_pf_row(&given);
    let ran = repo.run(&["plan", "--output", "json=-"]);
    ran.exits(3);
    let plan: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(plan["blocked"][0]["guard"], "adopt", "{plan}");
    repo.run(&["apply", "--yes"]).exits(3);
    assert!(repo.sandbox.pf_rows().iter().all(|row| row["status"] == "active"));
}

#[test]
fn a_row_with_the_same_licence_or_phone_in_another_spelling_blocks_a_create() {
    let compliance = json!([{"type": "brn", "value": "40077", "status": "verified"}]);
    let table: [(&str, Value); 2] = [
        (
            "a licence of a type that roster.yaml does not name",
            json!({"name": "Sara K", "email": "x@brokerage.example",
            "phone": "+971509999999", "compliances": compliance}),
        ),
        (
            "a phone in the national form",
            json!({"name": "Hessa Najjar", "email": "x@brokerage.example",
            "phone": "0501234567"}),
        ),
    ];
    for (case, profile) in table {
        let repo = Repo::applied(1);
        repo.sandbox.put_pf_row(&json!({"firstName": "Hessa", "lastName": "Najjar", "mobile": "+971559999999",
            "email": "elsewhere@brokerage.example", "status": "active", "publicProfile": profile}));
        let text = repo.read("agents/agent-1.yaml").replace("login-1@", "hessa@");
        let lines = text.lines().map(|line| match line.trim_start().split(':').next().unwrap_or_default() {
            "first_name" => "  first_name: Hessa".to_owned(),
            "last_name" => "  last_name: Najjar".to_owned(),
            "phone" => "  phone: \"+971501234567\"\n  licence: \"40077\"".to_owned(),
            "mobile" => "  mobile: \"+971551234567\"".to_owned(),
            "email" if line.contains("agent-1") => "  email: hessa.public@brokerage.example".to_owned(),
            _ => line.to_owned(),
        });
        repo.write("agents/hessa.yaml", &lines.collect::<Vec<_>>().join("\n"));
        let users = repo.sandbox.pf_rows().len();
        let ran = repo.run(&["apply", "--yes"]);
        assert!(ran.stdout.contains("may exist already"), "{case}: {ran:?}");
        assert_eq!(repo.sandbox.pf_rows().len(), users, "{case}");
    }
}

#[test]
fn a_name_in_another_unicode_form_is_the_same_name() {
    let repo = Repo::applied(1);
    let named = repo.read("agents/agent-1.yaml");
    let first = named.lines().find(|line| line.contains("first_name")).unwrap().to_owned();
    repo.write("agents/agent-1.yaml", &named.replace(&first, "  first_name: José"));
    repo.run(&["apply", "--yes"]).exits(0);
    repo.click_in_crm(1, "/public/first_name", "Jose\u{301}");
    repo.edit_agent(1, "login-1@", "jose@");
    let ran = repo.run(&["plan", "--output", "json=-"]);
    ran.exits(0);
    let plan: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((&plan["summary"]["adopt"], &plan["summary"]["update"]), (&json!(0), &json!(1)), "{plan}");
}
