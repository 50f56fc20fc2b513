//! People who leave and hand over their work: off at Property Finder, then deleted from the CRM.

mod together;

use roster::model::record::System;
use roster::sandbox::{Fault, FaultEffect, FaultTarget};
use serde_json::{Value, json};

use crate::support::{Person, Repo};

impl Repo {
    /// Archives an agent whose work goes to one other agent, or to one for each kind.
    fn hands_over(&self, agent: usize, handover: &str) {
        self.edit_agent(agent, "status: active", &format!("handover: {handover}\nstatus: archived"));
    }

    fn is_off(&self, agent: usize) -> bool {
        self.pf_row(agent)["status"] == "inactive"
    }

    fn crm_id(&self, agent: usize) -> u64 {
        self.crm_row(agent)["id"].as_u64().unwrap()
    }

    /// The calls on users since the log was emptied: method, system and path, without the listings.
    fn calls(&self) -> Vec<String> {
        let requests = self.sandbox.requests();
        let calls = requests.iter().filter(|logged| !logged.target.contains("page=") || logged.target.contains("id="));
        let calls = calls.filter(|logged| !logged.target.contains("token") && !logged.target.contains("roles"));
        calls.map(|logged| format!("{} {} {}", logged.system, logged.method, logged.target)).collect()
    }

    /// The digest that lets the whole plan through.
    fn whole_digest(&self) -> String {
        self.run(&["plan", "--output", "json=-"]).json()["digest"].as_str().unwrap().to_owned()
    }

    fn accept(&self) {
        let digest = self.whole_digest();
        self.run(&["apply", "--yes", "--accept", &digest]).exits(0);
    }
}

/// Two agents, the first of whom leaves; the second has the key and receives everything.
fn leaving() -> Repo {
    let repo = Repo::applied(2);
    repo.sandbox.set_me(Some(repo.crm_id(2)));
    repo.hands_over(1, "agent-2");
    repo
}

fn resources(properties: u64, leads: u64, landlords: u64) -> Value {
    json!([
        {"id": properties, "resource": "properties"},
        {"id": leads, "resource": "leads"},
        {"id": landlords, "resource": "landlords"},
    ])
}

#[test]
fn a_person_who_leaves_is_switched_off_and_then_deleted() {
    let repo = Repo::applied(3);
    repo.hands_over(1, "{properties: agent-2, leads: agent-2, landlords: agent-3}");
    let (leaver, other, third) = (repo.crm_id(1), repo.crm_id(2), repo.crm_id(3));
    let user = repo.pf_row(1)["id"].as_u64().unwrap();
    repo.sandbox.set_me(Some(third));

    // One deletion is one too many, until a person accepts it.
    let plan = repo.run(&["plan", "--output", "json=-"]);
    plan.exits(3);
    let plan = plan.json();
    let guards: Vec<&Value> = plan["blocked"].as_array().unwrap().iter().map(|block| &block["guard"]).collect();
    assert_eq!(guards, ["delete"], "{plan}");
    // One row to deactivate and one listing in each system, and for the deletion one user and three rows.
    assert_eq!(plan["estimate"], json!({"reads": 7, "writes": 2, "seconds": 0}));
    repo.run(&["apply", "--yes"]).exits(3).stdout_has("1 person would be deleted from the CRM (limit: 0)");
    assert_eq!(repo.writes(), Vec::<String>::new());

    repo.sandbox.forget_requests();
    let digest = plan["blocked"][0]["digest"].as_str().unwrap();
    let ran = repo.run(&["apply", "--yes", "--accept", digest, "--journal", "journal.jsonl"]);
    ran.exits(0).stdout_has(&format!("deactivated pf {user}, deleted crm {leaver}"));
    let calls = repo.calls();
    let sent = [format!("pf PATCH /v1/users/{user}"), format!("crm DELETE /users/{leaver}")];
    assert_eq!(repo.writes(), sent);
    // Property Finder shows that the person is off, and the rows are read, before the deletion.
    let at =
        |call: &str| calls.iter().rposition(|line| line.contains(call)).unwrap_or_else(|| panic!("{call}: {calls:#?}"));
    assert!(at(&sent[0]) < at(&format!("pf GET /v1/users?page=1&perPage=100&id={user}")), "{calls:#?}");
    assert!(at("pf GET") < at(&format!("crm GET /users/{other}")), "{calls:#?}");
    assert!(at(&format!("crm GET /users/{other}")) < at(&format!("crm GET /users/{leaver}")), "{calls:#?}");
    assert!(at(&format!("crm GET /users/{leaver}")) < at(&sent[1]), "{calls:#?}");
    assert_eq!(repo.sandbox.crm_deletions(), [json!({"users": [leaver], "resources": resources(other, other, third)})]);
    assert!(repo.is_off(1));
    repo.run(&["show", "journal.jsonl"]).exits(0).stdout_has("agent-1: delete in crm");

    // The user at Property Finder is recognized by its login e-mail, with and without the file.
    repo.run(&["plan", "--detailed-exitcode"]).exits(0).stdout_has("nothing to do · 3 unchanged");
    let base = repo.commit();
    repo.click_at_pf(1, "/status", "active");
    repo.run(&["drift"]).exits(2).stdout_has("status  \"active\" → \"inactive\"");
    repo.run(&["apply", "--yes"]).exits(3).stdout_has("1 existing account would be taken over");
    repo.accept();
    assert!(repo.is_off(1));
    repo.remove("agents/agent-1.yaml");
    for args in [&["--base", &base][..], &[]] {
        repo.run(&[&["plan", "--detailed-exitcode"], args].concat()).exits(0).stdout_has("nothing to do · 2 unchanged");
    }
}

/// The file of a person whose CRM user was deleted is written again, and brings no account back.
#[test]
fn an_import_brings_no_deleted_person_back() {
    let repo = leaving();
    repo.accept();
    repo.remove("agents/agent-1.yaml");
    let rows = repo.rows();
    repo.run(&["import", "--verify"]).exits(0).stderr_has("1 file written, 0 not imported");
    let file = repo.read("agents/sara-khan-1.yaml");
    assert!(file.contains("# Property Finder: \"inactive\"\nstatus: archived\n"), "{file}");
    repo.run(&["apply", "--yes"]).exits(0).stdout_has("nothing to do");
    assert_eq!(repo.rows(), rows);
}

/// Whatever shows at the last moment that a deletion would be wrong stops it, for the people concerned.
#[test]
fn a_deletion_stops_where_the_systems_are_not_as_planned() {
    let table: &[(&str, &str)] = &[
        // The portal answers that it did it, and did not.
        ("pf PATCH #1 204", "Property Finder does not show that pf PORTAL is inactive, so the CRM user is not deleted"),
        ("crm GET /users/LEAVER #1 404", "crm LEAVER is not there any more"),
        (
            "crm GET /users/RECEIVER #1 404",
            "crm RECEIVER is not linked to agent-2, who receives the work: first apply what the plan has for agent-2",
        ),
        ("crm DELETE #1 422", "refused with 422"),
    ];
    for (fault, why) in table {
        let repo = leaving();
        let ids = |text: &str| {
            let text = text.replace("LEAVER", &repo.crm_id(1).to_string());
            text.replace("RECEIVER", &repo.crm_id(2).to_string()).replace("PORTAL", &repo.pf_row(1)["id"].to_string())
        };
        let (fault, why) = (ids(fault), ids(why));
        let digest = repo.whole_digest();
        repo.fault(&fault);
        repo.run(&["apply", "--yes", "--accept", &digest]).exits(5).stdout_has(&why);
        assert_eq!(repo.sandbox.crm_deletions(), Vec::<Value>::new(), "{fault}");
        // The next run does the rest.
        repo.accept();
        assert_eq!(repo.sandbox.crm_deletions().len(), 1, "{fault}");
        repo.run(&["plan", "--detailed-exitcode"]).exits(0);
    }
}

/// The row is changed while the run waits for the rate limit.
#[test]
fn a_row_that_was_edited_since_the_plan_is_not_deleted() {
    fn edited(body: &mut Value) {
        body["user"]["public"]["first_name"] = json!("Maria");
    }
    let repo = Repo::applied(3);
    let [one, two, three] = [1, 2, 3].map(|agent| repo.crm_id(agent));
    repo.sandbox.set_me(Some(three));
    repo.hands_over(1, "agent-3");
    repo.hands_over(2, "agent-3");
    let digest = repo.whole_digest();
    let on = FaultTarget::Route("GET".parse().unwrap(), format!("/users/{one}"));
    let effect = FaultEffect::Edit(edited);
    repo.sandbox.add_fault(Fault { system: Some(System::Crm), on, at: 1, times: 1, effect });
    let ran = repo.run(&["apply", "--yes", "--accept", &digest]);
    ran.exits(5).stdout_has(&format!("crm {one} was changed since the plan was made"));
    ran.stdout_has(&format!("deleted crm {two}"));
    // One person is left of the two, so it is a single deletion.
    assert_eq!(repo.writes().last().unwrap(), &format!("crm DELETE /users/{two}"));
}

/// A user that was not listed is looked for once more.
#[test]
fn a_user_who_is_back_at_property_finder_stops_the_deletion() {
    fn back(body: &mut Value) {
        let user = json!({"id": 7701, "email": "login-1@brokerage.example", "status": "active"});
        body["data"] = json!([user]);
        body["pagination"]["total"] = json!(1);
    }
    let repo = Repo::applied(3);
    assert_eq!(repo.pf_row(1)["id"], 7701);
    repo.sandbox.set_me(Some(repo.crm_id(3)));
    repo.hands_over(1, "agent-2");
    repo.delete_at_pf(1);
    let plan = repo.run(&["plan"]);
    plan.exits(3).stdout_has("pf 7701, whose id the CRM stores, is not at Property Finder; crm");
    let digest = repo.whole_digest();
    repo.sandbox.forget_requests();
    let on = FaultTarget::Route("GET".parse().unwrap(), "/v1/users".to_owned());
    repo.sandbox.add_fault(Fault { system: Some(System::Pf), on, at: 7, times: 9, effect: FaultEffect::Edit(back) });
    let ran = repo.run(&["apply", "--yes", "--accept", &digest]);
    ran.exits(5).stdout_has("Property Finder does not show that pf 7701 is inactive");
    assert_eq!(repo.sandbox.crm_deletions(), Vec::<Value>::new(), "{:#?}", repo.calls());
}

#[test]
fn a_lost_answer_is_resolved_by_a_read() {
    for (fault, exit, deletions) in
        [("crm DELETE #1 drop-after", 0, 1), ("crm DELETE #1 500 after", 0, 1), ("crm DELETE #1 drop", 5, 0)]
    {
        let repo = leaving();
        let leaver = repo.crm_id(1);
        let digest = repo.whole_digest();
        repo.fault(fault);
        let ran = repo.run(&["apply", "--yes", "--accept", &digest]);
        let deleted = format!("deleted crm {leaver}");
        ran.exits(exit).stdout_has(if exit == 0 { &deleted } else { "may or may not have been done" });
        let sent = repo.writes().into_iter().filter(|write| write.contains("DELETE")).count();
        assert_eq!((sent, repo.sandbox.crm_deletions().len()), (1, deletions), "{fault}");
        if exit == 0 {
            continue;
        }
        // Meanwhile the office gives the user to another person: the next run leaves it alone.
        let mut row = repo.crm_row(1);
        for (pointer, value) in [
            ("/private/email", "maria@brokerage.example"),
            ("/private/first_name", "Maria"),
            ("/private/last_name", "Santos"),
            ("/private/mobile", "+971559990001"),
            ("/public/first_name", "Maria"),
            ("/public/last_name", "Santos"),
            ("/public/email", "maria@example.com"),
            ("/public/phone", "+971509990001"),
        ] {
            *row.pointer_mut(pointer).unwrap() = json!(value);
        }
        repo.sandbox.put_crm_row(&row);
        repo.sandbox.forget_requests();
        let ran = repo.run(&["apply", "--yes"]);
        ran.exits(0).stdout_has(&format!("agents/agent-1.yaml: crm {leaver} is not deleted"));
        assert_eq!(repo.writes(), Vec::<String>::new());
    }
}

/// A key whose owner is not known keeps nobody online.
#[test]
fn deletions_wait_until_the_owner_of_the_key_is_known_or_somebody_is_protected() {
    let repo = Repo::applied(2);
    repo.hands_over(1, "agent-2");
    let leaver = repo.crm_id(1);
    let not_yet = format!(
        "crm {leaver} is not deleted yet, and its login stays usable: the CRM does not report the owner of this API key"
    );
    let plan = repo.run(&["plan"]);
    plan.exits(0).stdout_has(&format!("listings go offline; {not_yet}"));
    plan.stdout_has("no run deactivates the user that roster works as");
    repo.run(&["apply", "--yes"]).exits(0).stdout_has("Applied: 1 done");
    assert!(repo.is_off(1));
    assert_eq!(repo.sandbox.crm_deletions(), Vec::<Value>::new());
    // Nothing but the deletion is left, so the plan is blocked until somebody acts.
    repo.run(&["plan"]).exits(3).stdout_has(&format!("blocked: {not_yet}"));
    repo.write("roster.yaml", &format!("{}protect: [agent-2]\n", repo.read("roster.yaml")));
    repo.accept();
    assert_eq!(repo.sandbox.crm_deletions().len(), 1);
}

/// A deletion needs the id of the receiver, whom this change creates: the leaver is off at once, and deleted by the next plan.
#[test]
fn a_newcomer_who_receives_the_work_keeps_no_leaver_online() {
    let repo = Repo::applied(3);
    repo.set_status(3, "active", "inactive");
    repo.run(&["apply", "--yes"]).exits(0);
    repo.sandbox.set_me(Some(repo.crm_id(2)));
    repo.write("agents/agent-9.yaml", &Person::numbered(9).yaml());
    repo.hands_over(1, "agent-9");
    repo.edit_agent(3, "status: inactive", "handover: agent-9\nstatus: archived");
    let (leaver, other) = (repo.crm_id(1), repo.crm_id(3));
    let why = "is not deleted yet, and its login stays usable: `handover` names agent-9, who has no CRM user yet";
    let applied = repo.run(&["apply", "--yes"]);
    applied.exits(0).stdout_has(&format!("crm {leaver} {why}")).stdout_has("Applied: 2 done");
    // Nothing else is planned for the other leaver.
    applied.stdout_has(&format!("agents/agent-3.yaml: crm {other} {why}"));
    assert!(repo.is_off(1) && repo.is_off(3));
    repo.run(&["plan"]).exits(3).stdout_has("2 people would be deleted from the CRM (limit: 0)");
    repo.accept();
    let to = repo.crm_id(9);
    assert_eq!(repo.sandbox.crm_deletions(), [json!({"users": [leaver, other], "resources": resources(to, to, to)})]);
    repo.run(&["plan", "--detailed-exitcode"]).exits(0);
}

/// A saved plan names the receivers: with other ones it is another plan.
#[test]
fn a_saved_plan_is_not_applied_with_other_receivers() {
    let repo = Repo::applied(3);
    repo.sandbox.set_me(Some(repo.crm_id(3)));
    repo.write("roster.yaml", &repo.read("roster.yaml").replace("limits: {", "limits: {delete: {count: 1}, "));
    repo.hands_over(1, "agent-2");
    repo.run(&["plan", "--out", "plan.json"]).exits(0);
    let (leaver, receiver) = (repo.crm_id(1), repo.crm_id(2));
    let says =
        format!("crm {leaver} is deleted: agent-2, crm {receiver}, receives its properties, leads and landlords");
    repo.run(&["show", "plan.json"]).exits(0).stdout_has(&says);
    repo.edit_agent(1, "handover: agent-2", "handover: agent-3");
    repo.run(&["apply", "plan.json", "--yes"]).exits(6).stderr_has("agent-1: delete in crm");
    repo.edit_agent(1, "handover: agent-3", "handover: agent-2");
    repo.run(&["apply", "plan.json", "--yes"]).exits(0).stdout_has(&format!("deleted crm {leaver}"));
}

#[test]
fn a_deleted_user_has_no_link_in_the_lock_file() {
    for fault in [None, Some("crm DELETE #1 drop-after")] {
        let repo = Repo::of(2);
        repo.write("roster.yaml", "links: file\nlimits: {create: {count: 9}, delete: {count: 1}}\n");
        repo.run(&["apply", "--yes"]).exits(0);
        repo.sandbox.set_me(Some(repo.crm_id(2)));
        repo.hands_over(1, "agent-2");
        if let Some(fault) = fault {
            repo.fault(fault);
        }
        repo.run(&["apply", "--yes"]).exits(0).stdout_has("deleted crm");
        let lock = repo.read("roster.lock");
        assert!(!lock.contains("agent-1") && lock.contains("agent-2"), "{lock}");
        repo.run(&["plan", "--detailed-exitcode"]).exits(0);
    }
}

/// The link of a deleted user stays in the file where a run ends between the answer and the write of the file. The CRM may give
/// the id to another person.
#[test]
fn a_run_that_is_killed_leaves_no_link_of_a_deleted_user() {
    let table = [
        ("pf PATCH #1 hang", true),
        ("pf PATCH #1 hang-after", true),
        ("crm DELETE #1 hang", true),
        ("crm DELETE #1 hang-after", false),
    ];
    for (fault, is_left) in table {
        let repo = Repo::of(2);
        repo.write("roster.yaml", "links: file\nlimits: {create: {count: 9}}\n");
        repo.run(&["apply", "--yes"]).exits(0);
        repo.sandbox.set_me(Some(repo.crm_id(2)));
        repo.hands_over(1, "agent-2");
        let plan = repo.run(&["plan", "--output", "json=-"]).json();
        let digest = plan["blocked"][0]["digest"].as_str().unwrap().to_owned();
        repo.fault(fault);
        let apply = repo.start(&["apply", "--yes", "--accept", &digest]);
        repo.until_a_request_hangs();
        apply.kill();
        repo.sandbox.clear_faults();
        assert!(repo.read("roster.lock").contains("agent-1"), "{fault}");
        // The same acceptance lets the rest through.
        let ran = repo.run(&["apply", "--yes", "--accept", &digest]);
        ran.exits(0).stdout_has(if is_left {
            "deleted crm"
        } else {
            "whose user is deleted: an apply removes the entry"
        });
        let lock = repo.read("roster.lock");
        assert!(!lock.contains("agent-1") && lock.contains("agent-2"), "{fault}: {lock}");
        assert_eq!(repo.sandbox.crm_deletions().len(), 1, "{fault}");
        repo.run(&["plan", "--detailed-exitcode"]).exits(0);
    }
}

/// The portal may have as many active users as seats: whoever leaves makes room for whoever comes.
#[test]
fn a_leaver_is_switched_off_before_a_newcomer_is_created_at_property_finder() {
    let repo = Repo::applied(3);
    repo.set_status(2, "active", "inactive");
    repo.run(&["apply", "--yes"]).exits(0);
    repo.sandbox.forget_requests();
    repo.set_status(1, "active", "archived");
    repo.set_status(2, "inactive", "active");
    repo.write("agents/agent-0.yaml", &Person::numbered(9).yaml());
    repo.write("roster.yaml", &repo.read("roster.yaml").replace("limits: {", "limits: {activate_drift: {count: 1}, "));
    repo.run(&["apply", "--yes"]).exits(0);
    let (leaver, returning) = (&repo.pf_row(1)["id"], &repo.pf_row(2)["id"]);
    let at_pf: Vec<String> = repo.writes().into_iter().filter(|write| write.starts_with("pf")).collect();
    assert_eq!(at_pf[0], format!("pf PATCH /v1/users/{leaver}"), "{at_pf:?}");
    assert!(at_pf[1..].contains(&format!("pf PATCH /v1/users/{returning}")), "{at_pf:?}");
    assert!(at_pf[1..].contains(&"pf POST /v1/users".to_owned()), "{at_pf:?}");
}
