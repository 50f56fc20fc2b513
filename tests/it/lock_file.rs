//! `links: file`: links in `roster.lock`, for a CRM whose custom fields cannot be read back.

use roster::sandbox::Behaviour;
use serde_json::{Value, json};

use crate::support::{Person, Repo};

const CONFIG: &str = "links: file\nlimits: {create: {count: 1000}, update: {count: 1000}}\n";

fn behaviour() -> Behaviour {
    Behaviour { crm_fields_returned: false, crm_fields_on_put: false, ..Behaviour::default() }
}

fn repo(people: usize) -> Repo {
    let repo = Repo::of(people);
    repo.write("roster.yaml", CONFIG);
    repo.sandbox.set_behaviour(behaviour());
    repo
}

fn applied(people: usize) -> Repo {
    let repo = repo(people);
    repo.run(&["apply", "--yes"]).exits(0);
    repo.sandbox.forget_requests();
    repo
}

/// The rows of both systems that hold a login, in the form of the lock.
fn rows(repo: &Repo, agent: usize) -> String {
    let login = json!(format!("login-{agent}@brokerage.example"));
    let crm: Vec<Value> = repo.sandbox.crm_rows().into_iter().filter(|row| row["private"]["email"] == login).collect();
    let pf: Vec<Value> = repo.sandbox.pf_rows().into_iter().filter(|row| row["email"] == login).collect();
    assert_eq!((crm.len(), pf.len()), (1, 1), "agent-{agent}");
    format!("crm: {}\n    pf_user: {}\n    pf_profile: {}\n", crm[0]["id"], pf[0]["id"], pf[0]["publicProfile"]["id"])
}

#[test]
fn the_life_of_a_person_needs_no_custom_field() {
    let repo = applied(3);
    let lock = repo.read("roster.lock");
    assert!(lock.starts_with("# Written by `roster apply`"), "{lock}");
    for agent in 1..=3 {
        assert!(lock.contains(&format!("  agent-{agent}:\n    {}", rows(&repo, agent))), "{lock}");
    }
    // No private value is in the repository twice, and no link in the CRM.
    assert!(!lock.contains('@') && !lock.contains("+971"), "{lock}");
    assert!(
        repo.sandbox
            .crm_rows()
            .iter()
            .all(|row| row["fields"].as_object().is_none_or(|fields| !fields.contains_key("11")))
    );
    repo.run(&["plan", "--detailed-exitcode"]).exits(0);

    // A field that Property Finder does not return is remembered in the lock.
    repo.edit_agent(1, "position:", "experience_since: 2009\n  position:");
    repo.run(&["plan", "--detailed-exitcode"]).exits(2);
    repo.run(&["apply", "--yes"]).exits(0);
    assert!(repo.read("roster.lock").contains("since: 2009"));
    repo.run(&["plan", "--detailed-exitcode"]).exits(0);

    // A renamed file takes its rows with it.
    repo.commit();
    let file = repo.read("agents/agent-2.yaml");
    repo.remove("agents/agent-2.yaml");
    repo.write("agents/agent-9.yaml", &file);
    repo.commit();
    repo.run(&["apply", "--yes", "--base", "HEAD~1"]).exits(0);
    let lock = repo.read("roster.lock");
    assert!(!lock.contains("agent-2:") && lock.contains(&format!("  agent-9:\n    {}", rows(&repo, 2))), "{lock}");
    repo.run(&["plan", "--detailed-exitcode"]).exits(0);
}

#[test]
fn links_are_stored_without_a_request_of_their_own() {
    let repo = applied(1);
    let crm = repo.sandbox.crm_rows()[0]["id"].clone();
    repo.run(&["link", "agent-1", "--release", "--yes"]).exits(0).stderr_has("Released crm");
    assert_eq!(repo.writes(), [] as [String; 0]);
    assert!(!repo.read("roster.lock").contains("agent-1"));
    repo.run(&["plan"]).exits(3).stdout_has("adopt");
    let user = repo.sandbox.pf_rows()[0]["id"].to_string();
    repo.run(&["link", "agent-1", "--crm", &crm.to_string(), "--pf-user", &user, "--yes"]).exits(0);
    assert_eq!(repo.writes(), [] as [String; 0]);
    // The memory is made again.
    repo.run(&["apply", "--yes"]).exits(0);
    repo.run(&["plan", "--detailed-exitcode"]).exits(0);
}

#[test]
fn a_lost_create_is_found_and_linked() {
    for fault in ["crm POST /users #1 drop-after", "pf POST /v1/users #1 drop-after"] {
        let repo = repo(2);
        repo.fault(fault);
        repo.run(&["apply", "--yes"]).exits(0);
        repo.run(&["plan", "--detailed-exitcode"]).exits(0);
        let lock = repo.read("roster.lock");
        (1..=2).for_each(|agent| assert!(lock.contains(&rows(&repo, agent)), "{fault}: {lock}"));
    }
}

#[test]
fn an_invalid_lock_stops_a_run_with_its_line() {
    let repo = applied(1);
    repo.edit("roster.lock", "crm: ", "crm: x");
    for command in [&["validate"][..], &["plan"], &["apply", "--yes"]] {
        repo.run(command).exits(4).stderr_has("roster.lock:5:");
    }
    repo.remove("roster.lock");
    repo.run(&["plan"]).exits(3).stdout_has("adopt");
}

#[test]
fn links_move_from_the_crm_to_the_file_and_back() {
    let repo = Repo::applied(3);
    let in_crm = repo.read("roster.yaml");
    repo.write("roster.yaml", &format!("links: file\n{in_crm}"));
    repo.run(&["plan"]).exits(3).stdout_has("adopt");
    repo.run(&["link", "--migrate"]).exits(64).stderr_has("use --yes");
    repo.run(&["link", "--migrate", "--yes"]).exits(0).stderr_has("Wrote the links of 3 agents into roster.lock");
    assert_eq!(repo.writes(), [] as [String; 0]);
    repo.run(&["plan", "--detailed-exitcode"]).exits(0);
    repo.run(&["link", "--migrate", "--yes"]).exits(0).stderr_has("Nothing to do");

    // Somebody is linked while the file is in use: the CRM learns of it on the way back.
    repo.write("agents/agent-4.yaml", &Person::numbered(4).yaml());
    repo.run(&["apply", "--yes"]).exits(0);
    repo.write("roster.yaml", &in_crm);
    repo.sandbox.forget_requests();
    repo.run(&["link", "--migrate", "--yes"]).exits(0).stderr_has("Wrote the links of 1 agent into the CRM");
    assert_eq!(repo.writes().len(), 1, "{:?}", repo.writes());
    assert!(!repo.path("roster.lock").exists());
    repo.is_settled(4, "migrated");
    repo.run(&["link", "--migrate", "--yes"]).exits(64).stderr_has("there is no roster.lock");
}

#[test]
fn contradicting_links_move_nowhere() {
    let repo = Repo::applied(2);
    let lock = "version: 1\nagents:\n  agent-1:\n    crm: 99\n";
    repo.write("roster.lock", lock);
    let ran = repo.run(&["link", "--migrate", "--yes"]);
    ran.exits(3).stderr_has("agent-1 is linked to crm 99 in roster.lock").stderr_has("Nothing was written");
    assert_eq!((repo.read("roster.lock").as_str(), repo.writes().len()), (lock, 0));
}

#[test]
fn a_second_migration_keeps_newer_links() {
    let repo = Repo::applied(2);
    let in_crm = repo.read("roster.yaml");
    repo.write("roster.yaml", &format!("links: file\n{in_crm}"));
    repo.run(&["link", "--migrate", "--yes"]).exits(0);
    repo.edit_agent(1, "position:", "experience_since: 2009\n  position:");
    repo.run(&["apply", "--yes"]).exits(0);
    let lock = repo.read("roster.lock");
    repo.run(&["link", "--migrate", "--yes"]).exits(0).stderr_has("Nothing to do");
    assert_eq!(repo.read("roster.lock"), lock);
}

#[test]
fn ids_are_stored_although_the_row_cannot_be_updated() {
    let repo = repo(1);
    repo.edit_agent(1, "position:", "licence: \"48213\"\n  licence_expired_at: 2031-01-01\n  position:");
    let crm = "crm PUT /users/1 #1+ 400";
    repo.fault(crm);
    repo.run(&["apply", "--yes"]).exits(5);
    assert!(repo.read("roster.lock").contains(&rows(&repo, 1)), "{}", repo.read("roster.lock"));
}

/// Of ten people, none gets an account that could not be linked.
#[test]
fn nothing_is_made_that_cannot_be_linked() {
    let repo = repo(10);
    std::fs::create_dir(repo.path("roster.lock")).unwrap();
    repo.run(&["apply", "--yes"]).exits(4).stderr_has("roster.lock");
    assert_eq!(repo.writes(), [] as [String; 0]);
}

#[test]
fn a_link_to_a_deleted_row_is_named() {
    let repo = applied(2);
    repo.edit("roster.lock", "agent-1:\n    crm: ", "agent-1:\n    crm: 9");
    repo.run(&["plan"]).stdout_has("roster.lock links agent-1 to crm 9");
}

#[test]
fn the_sandbox_leaves_the_lock_alone() {
    let repo = Repo::of(2);
    repo.write("roster.yaml", CONFIG);
    repo.run(&["apply", "--sandbox"]).exits(0);
    repo.run(&["plan", "--sandbox", "--detailed-exitcode"]).exits(0);
    assert!(!repo.path("roster.lock").exists());
}
