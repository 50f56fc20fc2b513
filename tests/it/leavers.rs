//! The whole program in a brokerage whose people leave: they stay gone, and hold nobody else up.

use roster::apply::{Outcome, Verification};
use roster::model::agent::Status;
use roster::model::roster::Base;
use roster::reconcile::plan::Operation;
use roster::sandbox::Behaviour;
use serde_json::{Value, json};

use crate::support::Repo;
use crate::support::{Pipeline, agent};

impl Repo {
    pub(crate) fn set_status(&self, agent: usize, from: &str, to: &str) {
        self.edit_agent(agent, &format!("status: {from}"), &format!("status: {to}"));
    }

    pub(crate) fn crm_row(&self, agent: usize) -> Value {
        let login = json!(format!("login-{agent}@brokerage.example"));
        self.sandbox.crm_rows().into_iter().find(|row| row["private"]["email"] == login).expect("a CRM user")
    }

    pub(crate) fn pf_row(&self, agent: usize) -> Value {
        let login = json!(format!("login-{agent}@brokerage.example"));
        self.sandbox.pf_rows().into_iter().find(|row| row["email"] == login).expect("a Property Finder user")
    }

    pub(crate) fn delete_at_pf(&self, agent: usize) {
        self.sandbox.delete_pf_row(self.pf_row(agent)["id"].as_u64().unwrap());
    }

    fn plan(&self, args: &[&str]) -> Value {
        let ran = self.run(&[&["plan", "--output", "json=-"], args].concat());
        serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{ran:?}"))
    }
}

const THEME: (&str, &str) = ("private:", "theme: carbon\nprivate:");

fn digest(plan: &Value) -> &str {
    plan["blocked"][0]["digest"].as_str().unwrap_or_else(|| panic!("{plan}"))
}

#[test]
fn archived_people_without_a_property_finder_user_do_not_block_the_plan() {
    let repo = Repo::applied(6);
    for (agent, status) in [(1, "archived"), (2, "archived"), (3, "archived"), (4, "inactive")] {
        repo.set_status(agent, "active", status);
    }
    repo.run(&["apply", "--yes"]).exits(0);
    (1..=4).for_each(|agent| repo.delete_at_pf(agent));
    repo.run(&["plan", "--detailed-exitcode"]).exits(0).stdout_has("nothing to do · 6 unchanged");
    // For somebody else, also with a filter, and for the inactive one in the CRM.
    repo.edit_agent(5, THEME.0, THEME.1);
    repo.edit_agent(6, THEME.0, THEME.1);
    repo.run(&["apply", "--yes", "--agent", "agent-5"]).exits(0).stdout_has("Applied: 1 done");
    repo.edit_agent(4, THEME.0, THEME.1);
    repo.run(&["apply", "--yes"]).exits(0).stdout_has("Applied: 2 done");

    // Somebody who is active is missed, and the remedy that is shown leads on.
    repo.set_status(4, "inactive", "active");
    let blocked = repo.plan(&[]);
    let message = blocked["blocked"][0]["message"].as_str().unwrap();
    repo.run_remedy(message);
    repo.run(&["apply", "--yes"]).exits(0).stdout_has("created pf");
    assert_eq!(repo.crm_row(4)["fields"]["12"], json!(repo.pf_row(4)["id"].to_string()));
}

#[test]
fn a_listing_without_active_people_is_refused() {
    let repo = Repo::applied(5);
    repo.set_status(1, "active", "archived");
    repo.run(&["apply", "--yes"]).exits(0);
    (1..=4).for_each(|agent| repo.delete_at_pf(agent));
    repo.run(&["plan"]).exits(7).stderr_has("3 of 4 users that the CRM stores for active agents are not listed");
}

#[test]
fn the_row_of_a_removed_file_is_released_if_the_person_was_archived() {
    for deleted in [false, true] {
        let repo = Repo::applied(3);
        repo.set_status(1, "active", "archived");
        repo.run(&["apply", "--yes"]).exits(0);
        if deleted {
            repo.delete_at_pf(1);
        }
        let base = repo.commit();
        repo.remove("agents/agent-1.yaml");
        let before = repo.crm_row(1);
        repo.edit_agent(2, THEME.0, THEME.1);

        // Without a base nothing tells that the person had left: that is told, and blocks nobody.
        let without = repo.plan(&[]);
        assert_eq!(
            (&without["blocked"], &without["summary"]["release"], &without["exit_code"]),
            (&json!([]), &json!(0), &json!(0))
        );
        let warnings = without["warnings"].to_string();
        assert!(
            warnings.contains("the file of agent-1 is gone") && warnings.contains("`roster link agent-1 --release`"),
            "{warnings}"
        );

        // Everybody who reads a plan reads of it.
        repo.sandbox.forget_requests();
        let all = ["--output", "markdown=plan.md", "--output", "html=plan.html", "--output", "json=plan.json"];
        let ran = repo.run(&[&["plan", "--base", &base, "--output", "github=github.txt"][..], &all].concat());
        ran.exits(0);
        let ran = ran
            .stdout_has("release crm")
            .stdout_has("1 to release")
            .stdout_has("the link fields of the row are emptied");
        assert!(!ran.stdout.contains("orphan"), "{}", ran.stdout);
        assert!(repo.read("plan.md").contains("release crm"), "{}", repo.read("plan.md"));
        assert!(repo.read("plan.html").contains("Released in the CRM"));
        let json: Value = serde_json::from_str(&repo.read("plan.json")).unwrap();
        assert_eq!((&json["summary"]["release"], &json["actions"][0]["operation"]), (&json!(1), &json!("release")));
        repo.run(&["show", "plan.json"]).exits(0).stdout_has("release crm").stdout_has("1 to release");

        let ran = repo.run(&["apply", "--yes", "--base", &base, "--journal", "journal.jsonl"]);

        ran.exits(0);
        ran.stdout_has("Applied: 2 done").stdout_has("released crm");
        repo.run(&["show", "journal.jsonl"]).exits(0).stdout_has("agent-1: release in crm");
        // Nothing but the link fields is written.
        let mut after = repo.crm_row(1);
        for link in ["11", "12", "13", "14"] {
            assert_eq!(after["fields"][link].as_str().unwrap_or_default(), "", "{after}");
            after["fields"][link] = before["fields"][link].clone();
        }
        after["updated_at"] = before["updated_at"].clone();
        assert_eq!(after, before);
        // The base may move on: the row is nobody's.
        for base in [&["--base", &base][..], &["--base", "HEAD"], &[]] {
            repo.run(&[&["plan", "--detailed-exitcode"], base].concat())
                .exits(0)
                .stdout_has("with no file, not touched");
        }
    }
}

#[tokio::test]
async fn a_release_that_the_crm_does_not_store_fails() {
    let mut pipeline = Pipeline::new(Behaviour::default(), [agent("sara", 1), agent("omar", 2)]).await;
    pipeline.settle("as it is").await;
    pipeline.set_status("sara", Status::Archived);
    pipeline.settle("sara has left").await;
    let config = pipeline.config.clone();
    let base = Base { people: pipeline.roster.people.clone(), config, ..Base::default() };
    pipeline.roster.people.retain(|slug, _| slug.as_str() == "omar");

    let released = async |fault: Option<&str>| {
        if let Some(fault) = fault {
            pipeline.sandbox.add_fault(fault.parse().unwrap());
        }
        let (planned, applied, reading) = pipeline.apply_since(&base).await;
        assert_eq!(planned.count(Operation::Release), 1, "{fault:?}");
        assert_eq!(applied.len(), 1, "{fault:?}");
        (applied.into_iter().next().unwrap().outcome, reading)
    };
    // The PUT is answered with a success, and not carried out.
    let (outcome, reading) = released(Some("crm PUT #1 200")).await;
    let Verification::Differs(people) = reading else { panic!("{reading:?}") };
    assert_eq!((outcome, people[0].1.as_str()), (Outcome::Done, "release in crm is still to be done"));
    pipeline.sandbox.clear_faults();
    assert_eq!(released(None).await, (Outcome::Done, Verification::Agrees));
    let links = pipeline.sandbox.crm_rows().into_iter().filter(|row| row["fields"]["11"] == "sara");
    assert_eq!(links.count(), 0);
}

#[test]
fn a_removed_file_of_an_online_person_blocks_the_plan() {
    let repo = Repo::applied(2);
    let base = repo.commit();
    repo.remove("agents/agent-1.yaml");
    repo.edit_agent(2, THEME.0, THEME.1);
    for args in [&["--base", &base][..], &[]] {
        let plan = repo.plan(args);
        assert_eq!((&plan["exit_code"], &plan["blocked"][0]["guard"]), (&json!(3), &json!("orphans")));
    }
}

#[test]
fn changes_by_hand_to_an_archived_person_are_kept() {
    let repo = Repo::applied(2);
    repo.set_status(1, "active", "archived");
    repo.run(&["apply", "--yes"]).exits(0);
    // The CRM has no flag that switches a login off, so the office changes the login.
    repo.click_in_crm(1, "/private/email", "locked@brokerage.example");
    repo.click_at_pf(1, "/mobile", "+971500000000");
    repo.edit_agent(2, THEME.0, THEME.1);
    let plan = repo.plan(&["--agent", "agent-1"]);
    assert_eq!((&plan["actions"], &plan["warnings"]), (&json!([]), &json!([])));
    repo.run(&["apply", "--yes"]).exits(0).stdout_has("Applied: 1 done");
    let locked = json!("locked@brokerage.example");
    assert!(repo.sandbox.crm_rows().iter().any(|row| row["private"]["email"] == locked));
    assert_eq!(repo.pf_row(1)["mobile"], json!("+971500000000"));
    repo.run(&["validate"]).exits(0);
    repo.commit();
    repo.run(&["drift"]).exits(0).stdout_has("no person differs");
}

#[test]
fn an_archived_person_is_deactivated_after_the_crm_user_was_deleted() {
    let repo = Repo::applied(3);
    repo.sandbox.delete_crm_row(repo.crm_row(1)["id"].as_u64().unwrap());
    repo.set_status(1, "active", "archived");
    repo.edit_agent(2, THEME.0, THEME.1);

    repo.sandbox.forget_requests();
    let blocked = repo.plan(&[]);
    assert_eq!((&blocked["exit_code"], &blocked["blocked"][0]["guard"]), (&json!(3), &json!("adopt")));
    repo.run(&["apply", "--yes"]).exits(3);
    assert_eq!(repo.writes(), Vec::<String>::new());
    // Nobody else waits for it.
    repo.run(&["apply", "--yes", "--agent", "agent-2"]).exits(0);

    let crm = repo.sandbox.crm_rows();
    let digest = digest(&blocked).to_owned();
    repo.run(&["apply", "--yes", "--accept", &digest]).exits(0).stdout_has("Applied: 1 done");
    assert_eq!(repo.pf_row(1)["status"], "inactive");
    assert_eq!(repo.sandbox.crm_rows(), crm, "there is no row to store anything in");
    repo.run(&["plan", "--detailed-exitcode"]).exits(0);
}

/// An acceptance in a reviewed change lets that change through, and not the same plan half a year later.
#[test]
fn an_acceptance_counts_only_in_the_commit_that_adds_it() {
    let repo = Repo::applied(3);
    let first = repo.commit();
    let switch_off = || {
        let mut row = repo.pf_row(1);
        row["status"] = json!("inactive");
        repo.sandbox.put_pf_row(&row);
    };
    switch_off();
    let blocked = repo.plan(&["--base", &first]);
    assert_eq!(blocked["blocked"][0]["guard"], "activate_drift");
    let digest = digest(&blocked).to_owned();
    repo.write(&format!(".roster/accept/{digest}"), "");
    // Without a base nothing tells that it is new; then it is named, and only the flag counts.
    let named = format!("{digest}: it counts only where it is new since a base");
    repo.run(&["plan"]).exits(3).stdout_has(&named[..32]);
    repo.run(&["apply", "--yes"]).exits(3).stdout_has(&named[..32]);
    repo.git(&["add", "-f", ".roster/accept"]);
    let second = repo.commit();
    repo.run(&["plan", "--base", &first]).exits(0);
    repo.run(&["apply", "--yes", "--base", &first]).exits(0);
    assert_eq!(repo.pf_row(1)["status"], "active");

    switch_off();
    repo.edit_agent(2, THEME.0, THEME.1);
    let plan = repo.plan(&["--base", &second]);
    assert_eq!((&plan["exit_code"], digest.as_str()), (&json!(3), self::digest(&plan)));
    let warnings = plan["warnings"].to_string();
    assert!(warnings.contains(&digest) && warnings.contains("does not count any more"), "{warnings}");
    repo.run(&["apply", "--yes", "--base", &second]).exits(3);
    repo.run(&["apply", "--yes"]).exits(3);
    assert_eq!(repo.pf_row(1)["status"], "inactive");
    // A person decides again.
    repo.run(&["apply", "--yes", "--base", &second, "--accept", &digest]).exits(0);
}

#[test]
fn without_a_base_every_activation_needs_an_acceptance() {
    let repo = Repo::applied(2);
    repo.click_at_pf(1, "/status", "inactive");
    repo.run(&["apply", "--yes"]).exits(3).stdout_has("1 person would be activated without a known change of the file");
    assert_eq!(repo.pf_row(1)["status"], "inactive");
    // A file that was invalid at base tells nothing.
    let valid = repo.read("agents/agent-1.yaml");
    repo.write("agents/agent-1.yaml", "status: [\n");
    let base = repo.commit();
    repo.write("agents/agent-1.yaml", &valid);
    repo.run(&["apply", "--yes", "--base", &base]).exits(3);
    // A change of the file does.
    repo.write("agents/agent-1.yaml", &valid.replace("status: active", "status: inactive"));
    let base = repo.commit();
    repo.write("agents/agent-1.yaml", &valid);
    repo.run(&["apply", "--yes", "--base", &base]).exits(0);
    assert_eq!(repo.pf_row(1)["status"], "active");
}

#[test]
fn selecting_agents_does_not_bypass_a_guard() {
    let repo = Repo::applied(12);
    (1..=12).for_each(|agent| repo.set_status(agent, "active", "inactive"));
    let pairs: Vec<[String; 2]> =
        (0..6).map(|pair| [pair * 2 + 1, pair * 2 + 2].map(|n| format!("agent-{n}"))).collect();
    for [one, other] in &pairs {
        repo.run(&["apply", "--yes", "--agent", one, "--agent", other])
            .exits(3)
            .stdout_has("12 people would be deactivated");
    }
    assert!(repo.sandbox.pf_rows().iter().all(|row| row["status"] == "active"));
    // What is accepted is what is shown, and is written.
    let [one, other] = &pairs[0];
    let slice = repo.plan(&["--agent", one, "--agent", other]);
    let accept = digest(&slice);
    repo.run(&["apply", "--yes", "--accept", accept]).exits(3);
    repo.run(&["apply", "--yes", "--agent", one, "--agent", other, "--accept", accept]).exits(0);
    assert_eq!(repo.sandbox.pf_rows().iter().filter(|row| row["status"] == "inactive").count(), 2);
}
