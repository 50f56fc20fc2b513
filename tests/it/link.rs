//! `roster link`: one CRM row is written, after it was shown and confirmed, and read back.

use roster::sandbox::Behaviour;
use serde_json::{Value, json};

use crate::support::Repo;

const LINK_FIELDS: [&str; 4] = ["11", "12", "13", "14"];

fn crm_row(repo: &Repo, agent: usize) -> Value {
    let login = json!(format!("login-{agent}@brokerage.example"));
    repo.sandbox.crm_rows().into_iter().find(|row| row["private"]["email"] == login).unwrap()
}

fn pf_row(repo: &Repo, agent: usize) -> Value {
    let login = json!(format!("login-{agent}@brokerage.example"));
    repo.sandbox.pf_rows().into_iter().find(|row| row["email"] == login).unwrap()
}

fn id(value: &Value) -> String {
    value.as_u64().unwrap().to_string()
}

#[test]
fn a_released_row_is_linked_again_and_nothing_else_in_it_changes() {
    let repo = Repo::applied(2);
    let (before, user) = (crm_row(&repo, 1), pf_row(&repo, 1));
    let (crm, pf, profile) = (id(&before["id"]), id(&user["id"]), id(&user["publicProfile"]["id"]));

    let ran = repo.run(&["link", "agent-1", "--release", "--yes"]);
    ran.exits(0).stderr_has("Released crm").stderr_has("The file of agent-1 is still there");
    assert_eq!(repo.writes(), [format!("crm PUT /users/{crm}")]);
    let released = crm_row(&repo, 1);
    for field in LINK_FIELDS {
        assert_eq!(released["fields"][field], json!(""), "{field}");
    }

    let ids = ["--crm", &crm, "--pf-user", &pf, "--pf-profile", &profile];
    let ran = repo.run(&[["link", "agent-1", "--yes"].as_slice(), &ids].concat());
    ran.exits(0).stderr_has(&format!("Linked agent-1 to crm {crm}"));
    let mut linked = crm_row(&repo, 1);
    // The memory is made again by the next apply.
    linked["fields"]["14"] = before["fields"]["14"].clone();
    linked["updated_at"] = before["updated_at"].clone();
    assert_eq!(linked, before);
    repo.run(&["apply", "--yes"]).exits(0);
    repo.is_settled(2, "linked again");

    repo.sandbox.forget_requests();
    repo.run(&["link", "agent-1", "--pf-user", &pf, "--yes"]).exits(0).stderr_has("Nothing to do");
    assert_eq!(repo.writes(), [] as [String; 0]);
}

#[test]
fn the_rows_are_shown_with_masked_logins_before_a_confirmation() {
    let repo = Repo::applied(2);
    repo.click_at_pf(1, "/publicProfile/name", "سارة \u{1b}[31m\u{202e}خان");
    let (crm, pf) = (id(&crm_row(&repo, 1)["id"]), id(&pf_row(&repo, 1)["id"]));
    repo.run(&["link", "agent-1", "--no-pf"]).exits(64).stderr_has("use --yes to write without it");
    let ran = repo.run(&["link", "agent-1", "--no-pf", "--yes"]);
    ran.exits(0)
        .stdout_has(&format!(
            "crm {crm}: Sara Khan 1; login e-mail (private); agrees with agents/agent-1.yaml in full name"
        ))
        .stdout_has(&format!("link field 12 (pf_user): {pf} → (none)"))
        .stdout_has("link field 14 (memory): kept → (none)");
    let ran = repo.run(&["link", "agent-1", "--pf-user", &pf, "--yes"]);
    ran.exits(0).stdout_has(&format!("pf {pf}: \u{2068}سارة \\u{{1b}}[31m\\u{{202e}}خان\u{2069}"));
    for text in [&ran.stdout, &ran.stderr] {
        assert!(!text.contains("login-1@") && !text.contains('\u{1b}'), "{text}");
    }
}

#[test]
fn a_link_that_another_row_holds_blocks_and_nothing_is_written() {
    let repo = Repo::applied(2);
    let (one, other) = (id(&crm_row(&repo, 1)["id"]), id(&crm_row(&repo, 2)["id"]));
    let pf = id(&pf_row(&repo, 2)["id"]);
    let table: [(&[&str], i32, &str); 7] = [
        (&["agent-1", "--crm", &other], 3, "`roster link agent-1 --release --crm"),
        (&["agent-1", "--pf-user", &pf], 3, "`roster link agent-2 --release --crm"),
        (&["agent-9", "--crm", &one], 64, "did you mean agent-"),
        (&["agent-1", "--crm", "999"], 64, "the CRM has no user 999"),
        (&["agent-1", "--release", "--crm", &other], 64, "does not carry the slug agent-1"),
        (&["Agent 1", "--release"], 64, "a slug is 1 to 64"),
        (&["agent-1"], 64, "required"),
    ];
    for (args, code, words) in table {
        repo.run(&[["link"].as_slice(), args, &["--yes"]].concat()).exits(code).stderr_has(words);
    }
    assert_eq!(repo.writes(), [] as [String; 0]);
}

#[test]
fn the_remedies_of_a_plan_end_with_an_empty_plan() {
    // Property Finder lost a user: the link is removed, and the person is made again.
    let repo = Repo::applied(2);
    repo.sandbox.delete_pf_row(pf_row(&repo, 1)["id"].as_u64().unwrap());
    let ran = repo.run(&["plan"]);
    ran.exits(3);
    repo.run_remedy(&ran.stdout);
    repo.run(&["apply", "--yes"]).exits(0);
    repo.is_settled(2, "a deleted user");

    // A file was renamed and its login changed: the orphan's row is linked to the new slug.
    let repo = Repo::applied(2);
    let file = repo.read("agents/agent-1.yaml").replace("login-1@", "login-new@");
    repo.remove("agents/agent-1.yaml");
    repo.write("agents/renamed.yaml", &file);
    let ran = repo.run(&["plan"]);
    ran.exits(3);
    repo.run_remedy(&ran.stdout);
    repo.run(&["apply", "--yes"]).exits(0);
    repo.is_settled(2, "a renamed file");

    // The user has another login at Property Finder, and its id is not stored.
    let repo = Repo::applied(2);
    repo.click_in_crm(1, "/fields/12", "");
    repo.click_in_crm(1, "/fields/13", "");
    repo.click_at_pf(1, "/email", "other@brokerage.example");
    let ran = repo.run(&["plan"]);
    ran.exits(3);
    repo.run_remedy(&ran.stdout);
    repo.run(&["apply", "--yes"]).exits(0);
    repo.is_settled(2, "another login");

    // A file is gone for good.
    let repo = Repo::applied(2);
    repo.remove("agents/agent-1.yaml");
    repo.run(&["plan"]).exits(3).stdout_has("`roster link AGENT --release`");
    repo.run(&["link", "agent-1", "--release", "--yes"]).exits(0).stderr_has("no agent is linked to it");
    repo.run(&["plan", "--detailed-exitcode"]).exits(0);
}

#[test]
fn a_link_that_the_crm_does_not_keep_is_reported() {
    let repo = Repo::applied(1);
    repo.sandbox.set_behaviour(Behaviour { crm_fields_on_put: false, ..Behaviour::default() });
    repo.run(&["link", "agent-1", "--no-pf", "--yes"]).exits(5).stderr_has("do not read back as they were written");
}

#[test]
fn a_write_whose_answer_is_lost_is_repeated() {
    let repo = Repo::applied(1);
    let crm = id(&crm_row(&repo, 1)["id"]);
    repo.fault(&format!("crm PUT /users/{crm} #1 drop-after"));
    repo.run(&["link", "agent-1", "--no-pf", "--yes"]).exits(0);
    assert_eq!(crm_row(&repo, 1)["fields"]["12"], json!(""));
}

#[test]
fn the_sandbox_needs_no_confirmation() {
    let repo = Repo::of(1);
    repo.run(&["apply", "--sandbox"]).exits(0);
    repo.run(&["link", "agent-1", "--no-pf", "--sandbox"]).exits(0).stderr_has("Linked agent-1");
    repo.run(&["plan", "--sandbox", "--detailed-exitcode"]).exits(2);
}

#[test]
fn a_slug_that_exists_gets_no_guess() {
    let repo = Repo::of(1);
    let ran = repo.run(&["link", "agent-1", "--release", "--yes"]);
    ran.exits(64).stderr_has("no CRM row carries the slug agent-1");
    assert!(!ran.stderr.contains("did you mean"), "{ran}");
    repo.run(&["link", "agnt-1", "--release", "--yes"]).exits(64).stderr_has("did you mean agent-1?");
}
