//! `roster drift`: what somebody changed by hand, and nothing else.

use serde_json::json;

use crate::support::{Repo, Run};

/// Three people in both systems and in git.
fn repo() -> Repo {
    let repo = Repo::applied(3);
    repo.commit();
    repo
}

#[test]
fn unchanged_systems_have_no_drift() {
    repo().run(&["drift"]).exits(0).stdout_has("Drift: no person differs from HEAD · 3 unchanged\n");
}

#[test]
fn drift_is_shown_from_the_file_value_to_the_system_value() {
    let repo = repo();
    repo.click_in_crm(2, "/public/position", "Intern");
    repo.click_in_crm(2, "/private/mobile", "+971559999999");
    // What the file itself changed is the plan's to tell.
    repo.edit_agent(1, "position: {en: Sales Consultant", "position: {en: Director");
    let ran = repo.run(&["drift"]);
    ran.exits(2);
    let (head, rest) = ran.stdout.split_once('\n').unwrap();
    assert!(head.starts_with("~ agents/agent-2.yaml "), "{head}");
    insta::assert_snapshot!(rest, @r#"
        public.position.en  "Intern" → "Sales Consultant"  crm      line 7    drift
        private.mobile      (private, changed)             crm      line 11   drift

    Drift: 1 person differs from HEAD · 2 unchanged
    Each line shows the system's value, then the file's value, which apply would write.
    "#);
    assert_eq!(repo.writes(), [""; 0], "drift writes nothing");
}

#[test]
fn a_missing_row_is_drift_and_a_new_file_is_not() {
    let repo = repo();
    // Nobody has heard of agent-4, whose file is not committed.
    repo.write("agents/agent-4.yaml", &repo.read("agents/agent-3.yaml").replace("-3@", "-4@").replace("0003", "0004"));
    repo.run(&["drift"]).exits(0);
    repo.commit();
    let ran = repo.run(&["drift", "--output", "json=drift.json"]);
    ran.exits(2);
    ran.stdout_has("- agents/agent-4.yaml").stdout_has("missing in crm, pf: deleted by hand, or never made");
}

#[test]
fn drift_names_conflicts_and_leaves_them_to_the_plan() {
    let repo = repo();
    repo.edit_agent(1, "position: {en: Sales Consultant", "position: {en: Director");
    repo.click_in_crm(1, "/public/position", "Intern");
    let ran = repo.run(&["drift"]);
    ran.exits(0);
    ran.stdout_has("warning: agents/agent-1.yaml: the file and a system both changed since HEAD, to different values");
}

#[test]
fn drift_has_the_documented_exit_codes() {
    let repo = repo();
    repo.run(&["drift", "--base", "nowhere"]).exits(1).stderr_has("there is no revision `nowhere`");
    repo.run(&["drift", "--agent", "nobody-*"]).exits(64);
    for wrong in ["agent-1.public.phon", "nobody", "agent-1."] {
        repo.run(&["drift", "--accept", wrong]).exits(64);
    }
    repo.run(&["drift", "--accept", "agent-1", "--agent", "agent-1"]).exits(64);
    repo.run(&["drift", "--accept", "agent-1", "--output", "json=-"]).exits(64);
    repo.run(&["drift", "--interactive"]).exits(64).stderr_has("there is no terminal for the questions");
    repo.fault("crm GET #1+ 200 html");
    repo.run(&["drift"]).exits(7);
    repo.write("agents/broken.yaml", "status: none\n");
    repo.run(&["drift"]).exits(4);
    let outside = Repo::of(1);
    outside.run(&["drift"]).exits(1).stderr_has("git does not work in this folder");
}

#[test]
fn guards_and_orphans_do_not_block_drift() {
    let repo = repo();
    repo.write("roster.yaml", &repo.read("roster.yaml").replace("update: {count: 1000}", "update: {count: 0}"));
    repo.remove("agents/agent-3.yaml");
    repo.commit();
    repo.run(&["plan"]).exits(3);
    repo.run(&["drift"]).exits(0);
    repo.click_in_crm(1, "/public/position", "Intern");
    let ran = repo.run(&["drift", "--output", "json=-"]);
    ran.exits(2);
    let drift: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((&drift["summary"]["drift"], &drift["summary"]["update"]), (&json!(1), &json!(1)));
    // What drift found is never applied.
    repo.write("drift.json", &ran.stdout);
    repo.run(&["apply", "drift.json", "--yes"]).exits(64).stderr_has("it is what drift found, and no plan");
}

/// Deleting a user, or emptying the link fields, are clicks too; and of who cannot be compared nobody can say that there
/// is no drift.
#[test]
fn a_person_who_cannot_be_compared_is_not_reported_as_clean() {
    let clicks: [(&str, fn(&Repo), &str); 3] = [
        ("the ids of Property Finder are emptied", |repo| repo.click_in_crm(2, "/fields/12", ""), "agent-2"),
        ("the slug is emptied", |repo| repo.click_in_crm(2, "/fields/11", ""), "agent-2"),
        ("the id is another one", |repo| repo.click_in_crm(2, "/fields/12", "99999"), "agent-2"),
    ];
    for (case, click, who) in clicks {
        let repo = repo();
        click(&repo);
        let ran = repo.run(&["drift"]);
        assert_eq!(ran.code, 2, "{case}: {}", ran.stdout);
        ran.stdout_has(who).stdout_has("2 unchanged");
        assert_eq!(repo.writes(), [""; 0], "{case}");
    }
}

#[test]
fn an_accepted_value_goes_into_the_file_and_the_plan_is_empty() {
    let repo = Repo::of(3);
    repo.edit_agent(2, "  mobile:", "  landline: \"+97143330001\"\n  mobile:");
    repo.run(&["apply", "--yes"]).exits(0);
    repo.commit();
    repo.sandbox.forget_requests();
    repo.click_in_crm(1, "/public/position", "Intern");
    for (pointer, value) in [("/public/position", "Director"), ("/private/landline", "+97143330002")] {
        repo.click_in_crm(2, pointer, value);
    }
    repo.click_at_pf(2, "/publicProfile/position/primary", "Director");
    repo.edit_agent(2, "position: {en: Sales Consultant", "# since May\n  position: {en: Sales Consultant");
    let files = || [1, 2, 3].map(|agent| repo.read(&format!("agents/agent-{agent}.yaml")));
    let before = files();
    let ran = repo.run(&["drift", "--accept", "agent-2.public"]);
    // The landline was not named, and belongs to the CRM alone.
    ran.exits(2).stdout_has("public.position.en  \"Sales Consultant\" → \"Director\"  from crm and pf  line 8");
    ran.stdout_has("private.landline").stderr_has("1 file changed").stderr_has("`roster apply` writes the rest");
    let accepted = before[1].replace("{en: Sales Consultant", "{en: Director");
    assert_eq!(files(), [before[0].clone(), accepted.clone(), before[2].clone()]);
    let ran = repo.run(&["drift", "--accept", "agent-2"]);
    ran.exits(0).stderr_has("1 file changed\nThe plan of these agents is empty.");
    assert!(!ran.stdout.contains("333"), "{ran}");
    let landline = accepted.lines().find(|line| line.contains("landline:")).unwrap();
    assert_eq!(files()[1], accepted.replace(landline, "  landline: \"+97143330002\""));
    repo.run(&["drift", "--accept", "agent-2.public.position"]).exits(0).stderr_has("no drift to accept");
    assert_eq!(repo.writes(), [""; 0], "drift writes files alone");
}

#[test]
fn a_value_that_one_system_holds_is_written_to_the_other() {
    let repo = repo();
    repo.click_in_crm(1, "/public/last_name", "Kahn");
    let ran = repo.run(&["drift", "--accept", "agent-1.public.last_name"]);
    ran.exits(2).stdout_has("The next apply then writes:").stdout_has("\"Kahn\"  pf");
    let written = ran.stdout.lines().rfind(|line| line.contains("\"Kahn\"  pf")).unwrap();
    assert!(written.contains("line "), "{ran}");
    assert!(repo.read("agents/agent-1.yaml").contains("last_name: Kahn"));
    repo.run(&["apply", "--yes"]).exits(0);
    repo.run(&["plan"]).exits(0).stdout_has("nothing to do");
}

#[test]
fn systems_with_different_values_need_a_choice() {
    let repo = repo();
    repo.click_in_crm(1, "/public/last_name", "Kahn");
    repo.click_at_pf(1, "/publicProfile/name", "Agent Cohen");
    let before = repo.read("agents/agent-1.yaml");
    let ran = repo.run(&["drift", "--accept", "agent-1.public.last_name"]);
    ran.exits(2).stderr_has("public.last_name: the systems hold different values: choose one with --system");
    assert_eq!(repo.read("agents/agent-1.yaml"), before);
    repo.run(&["drift", "--accept", "agent-1.public.last_name", "--system", "crm"]).exits(2);
    assert!(repo.read("agents/agent-1.yaml").contains("last_name: Kahn"));
}

/// A value that a file may not declare, and one that is gone before the file is written.
#[test]
fn a_value_that_cannot_be_accepted_changes_no_file() {
    let repo = repo();
    let before = repo.read("agents/agent-1.yaml");
    repo.click_in_crm(1, "/public/phone", "12");
    let why = "no file may declare the value in the CRM: correct it there";
    repo.run(&["drift", "--accept", "agent-1"]).exits(2).stderr_has(&format!("public.phone: {why}"));
    repo.click_in_crm(1, "/public/email", "not an email");
    repo.run(&["drift", "--accept", "agent-1"]).exits(2).stderr_has(&format!("public.email: {why}"));
    repo.click_in_crm(1, "/private/mobile", "not a number");
    let ran = repo.run(&["drift", "--accept", "agent-1.private"]);
    ran.exits(2).stderr_has("private.mobile");
    assert!(!format!("{ran}").contains("not a number"), "{ran}");
    assert_eq!(repo.read("agents/agent-1.yaml"), before);
}

#[test]
fn a_value_that_no_file_declares_is_reported_when_it_changes() {
    let repo = repo();
    repo.click_in_crm(1, "/public/licence", "BRN-1");
    let first = repo.run(&["drift", "--undeclared"]);
    first.exits(0).stderr_has("without a declaration recorded in .roster/undeclared.json. The next look reports");
    repo.run(&["drift", "--undeclared"]).exits(0).stderr_has(", 0 changed.");
    repo.click_in_crm(1, "/public/licence", "BRN-2");
    repo.click_in_crm(2, "/private/landline", "+97142223344");
    let ran = repo.run(&["drift", "--undeclared", "--agent", "agent-1", "--output", "json=-"]);
    ran.exits(2).stderr_has(", 1 changed.");
    ran.stdout_has("`public.licence` was changed in the CRM since 20");
    assert!(!ran.to_string().contains("BRN-2"), "{ran}");
    let ran = repo.run(&["drift", "--undeclared"]);
    ran.exits(2);
    ran.stdout_has("warning: agents/agent-2.yaml: `private.landline` was added in the CRM since ");
    assert!(!ran.to_string().contains("2223344"), "{ran}");
    // Hashes under another key are not compared.
    let mut other_key = repo.command(&["drift", "--undeclared=other.json"]);
    other_key.env("ROSTER_DIGEST_KEY", "another key of 20 letters");
    Run::of(other_key).exits(0);
    repo.run(&["drift", "--undeclared=other.json"]).exits(0).stderr_has("was made with another key");
    let recorded = repo.read(".roster/undeclared.json");
    assert!(!recorded.contains("BRN") && !recorded.contains("2223344"), "{recorded}");
    repo.run(&["drift", "--undeclared"]).exits(0);
    // After an apply of another field nothing that roster wrote itself is reported.
    repo.edit_agent(1, "position: {en: Sales Consultant", "position: {en: Director");
    repo.run(&["apply", "--yes"]).exits(0);
    repo.commit();
    repo.run(&["drift", "--undeclared"]).exits(0).stderr_has(", 0 changed.");
}

#[test]
fn a_record_of_undeclared_values_may_be_a_file_of_the_repository() {
    let repo = repo();
    repo.run(&["drift", "--undeclared=reviewed.json"]).exits(0);
    let mut row = repo.sandbox.pf_rows().remove(0);
    row["publicProfile"]["bio"] = json!({"primary": "Sells villas."});
    repo.sandbox.put_pf_row(&row);
    repo.run(&["drift", "--undeclared=reviewed.json"])
        .exits(2)
        .stdout_has("`public.descriptions.en` was added in Property Finder")
        .stdout_has("no person differs from HEAD · 3 unchanged · 1 value without a declaration changed");
    repo.write("reviewed.json", "{\"agents\": {\"agent-1\": 3}}");
    let ran = repo.run(&["drift", "--undeclared=reviewed.json"]);
    ran.exits(1).stderr_has("reviewed.json is not a record of `drift --undeclared` (line 1, column ");
    repo.run(&["drift", "--undeclared", "--accept", "agent-1"]).exits(64);
    // A record that cannot be read or written is noticed before the systems are asked.
    repo.sandbox.forget_requests();
    repo.run(&["drift", "--undeclared=none/x.json"]).exits(1).stderr_has("there is no folder ./none");
    repo.run(&["drift", "--undeclared=reviewed.json"]).exits(1);
    assert_eq!(repo.sandbox.requests().len(), 0);
    for file in ["../outside.json", "/tmp/x.json", "roster.yaml"] {
        repo.run(&["drift", &format!("--undeclared={file}")]).exits(64).stderr_has("is a .json file of the repository");
    }
}
