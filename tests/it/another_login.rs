//! People who have a row under another login e-mail, another spelling or another person's name: no profile stays online in
//! silence, and no second account is made.

use serde_json::{Value, json};

use crate::office::Office;

fn user(office: &Office, agent: usize) -> Value {
    let login = json!(format!("login-{agent}@brokerage.example"));
    office.sandbox.pf_rows().into_iter().find(|row| row["email"] == login).unwrap()
}

fn forget_ids(office: &Office, agent: usize) {
    office.click_in_crm(agent, "/fields/12", "");
    office.click_in_crm(agent, "/fields/13", "");
}

fn delete_in_crm(office: &Office, agent: usize) {
    let slug = json!(format!("agent-{agent}"));
    let row = office.sandbox.crm_rows().into_iter().find(|row| row["fields"]["11"] == slug).unwrap();
    office.sandbox.delete_crm_row(row["id"].as_u64().unwrap());
}

#[test]
fn a_person_who_is_not_active_is_blocked_while_another_login_keeps_the_profile_online() {
    type Change = fn(&Office);
    let table: [(&str, Change, &str); 4] = [
        ("the CRM user is deleted", |office| delete_in_crm(office, 1), "archived"),
        ("the ids are gone", |office| forget_ids(office, 1), "archived"),
        ("the ids are gone, on leave", |office| forget_ids(office, 1), "inactive"),
        ("the user was made again", |office| office.click_in_crm(1, "/fields/12", "999"), "archived"),
    ];
    for (case, change, status) in table {
        let office = Office::settled(2);
        change(&office);
        if case == "the user was made again" {
            office.click_in_crm(1, "/fields/13", "");
        }
        office.click_at_pf(1, "/email", "other@brokerage.example");
        office.edit(1, "status: active", &format!("status: {status}"));
        office.sandbox.forget_requests();
        office.run(&["plan"]).is(3).prints("may still be online at Property Finder");
        office.run(&["apply", "--yes"]).is(3);
        let online = office.sandbox.pf_rows().iter().filter(|row| row["status"] == "active").count();
        assert_eq!((office.writes(), online), (vec![], 2), "{case}");
    }
}

#[test]
fn a_person_who_leaves_and_changes_the_login_at_once_is_found_by_the_login_at_base() {
    let office = Office::settled(2);
    let base = office.commit();
    delete_in_crm(&office, 1);
    office.edit(1, "status: active", "status: archived");
    office.edit(1, "login-1@", "gone-1@");
    let ran = office.run(&["plan", "--base", &base, "--output", "json=-"]).is(3);
    let plan: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(plan["blocked"][0]["guard"], "adopt", "{plan}");
    let digest = plan["blocked"][0]["digest"].as_str().unwrap();
    office.run(&["apply", "--yes", "--base", &base, "--accept", digest]).is(0);
    assert_eq!(user(&office, 1)["status"], "inactive");
}

#[test]
fn a_user_who_was_given_to_another_person_is_not_switched_off_without_an_acceptance() {
    let office = Office::settled(2);
    office.edit(1, "status: active", "status: archived");
    office.run(&["apply", "--yes"]).is(0);
    let mut given = user(&office, 1);
    given["status"] = json!("active");
    (given["firstName"], given["lastName"]) = (json!("Hessa"), json!("Najjar"));
    given["email"] = json!("hessa@brokerage.example");
    given["publicProfile"]["name"] = json!("Hessa Najjar");
    given["publicProfile"]["email"] = json!("hessa.public@brokerage.example");
    given["publicProfile"]["phone"] = json!("+971509999999");
    given["mobile"] = json!("+971559999999");
    office.sandbox.put_pf_row(&given);
    let ran = office.run(&["plan", "--output", "json=-"]).is(3);
    let plan: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(plan["blocked"][0]["guard"], "adopt", "{plan}");
    office.run(&["apply", "--yes"]).is(3);
    assert!(office.sandbox.pf_rows().iter().all(|row| row["status"] == "active"));
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
        let office = Office::settled(1);
        office.sandbox.put_pf_row(&json!({"firstName": "Hessa", "lastName": "Najjar", "mobile": "+971559999999",
            "email": "elsewhere@brokerage.example", "status": "active", "publicProfile": profile}));
        let text = office.read("agents/agent-1.yaml").replace("login-1@", "hessa@");
        let lines = text.lines().map(|line| match line.trim_start().split(':').next().unwrap_or_default() {
            "first_name" => "  first_name: Hessa".to_owned(),
            "last_name" => "  last_name: Najjar".to_owned(),
            "phone" => "  phone: \"+971501234567\"\n  licence: \"40077\"".to_owned(),
            "mobile" => "  mobile: \"+971551234567\"".to_owned(),
            "email" if line.contains("agent-1") => "  email: hessa.public@brokerage.example".to_owned(),
            _ => line.to_owned(),
        });
        office.write("agents/hessa.yaml", &lines.collect::<Vec<_>>().join("\n"));
        let users = office.sandbox.pf_rows().len();
        let ran = office.run(&["apply", "--yes"]);
        assert!(ran.out.contains("may exist already"), "{case}: {ran:?}");
        assert_eq!(office.sandbox.pf_rows().len(), users, "{case}");
    }
}

#[test]
fn a_name_in_another_unicode_form_is_the_same_name() {
    let office = Office::settled(1);
    let named = office.read("agents/agent-1.yaml");
    let first = named.lines().find(|line| line.contains("first_name")).unwrap().to_owned();
    office.write("agents/agent-1.yaml", &named.replace(&first, "  first_name: José"));
    office.run(&["apply", "--yes"]).is(0);
    office.click_in_crm(1, "/public/first_name", "Jose\u{301}");
    office.edit(1, "login-1@", "jose@");
    let ran = office.run(&["plan", "--output", "json=-"]).is(0);
    let plan: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((&plan["summary"]["adopt"], &plan["summary"]["update"]), (&json!(0), &json!(1)), "{plan}");
}
