//! Which folder each path is relative to, and what happens where a file cannot be made.

use super::{agent, applied, three, with_files};
use crate::support::Run;

#[test]
fn every_path_is_relative_to_the_folder_of_minus_c() {
    let repo = with_files(&three());
    let folder = repo.folder().to_str().unwrap();
    let run = |args: &[&str]| {
        let mut command = repo.command(&[&["-C", folder], args].concat());
        command.env("ROSTER_DIGEST_KEY", "a key of the test alone, long enough").current_dir("/");
        Run::of(command)
    };
    run(&["plan", "--out", "saved.plan", "--output", "markdown=plan.md"]).exits(0);
    assert!(repo.path("saved.plan").is_file() && repo.path("plan.md").is_file());
    run(&["show", "saved.plan"]).exits(0).stdout_has("agents/sara-khan.yaml");
    run(&["plan", "--reviewed", "saved.plan"]).exits(0);
    run(&["apply", "saved.plan", "--yes", "--journal", "run.journal"]).exits(0);
    run(&["show", "run.journal"]).exits(0).stdout_has("ended with exit code 0");
    run(&["--config", "roster.yaml", "plan"]).exits(0).stdout_has("nothing to do");
}

#[test]
fn a_subfolder_of_the_repository_belongs_to_it() {
    let repo = with_files(&three());
    repo.git(&["init", "--quiet"]);
    let agents = repo.path("agents");
    repo.run_in("agents", &["validate", "--output", "json=here.json"]).exits(0);
    assert!(agents.join("here.json").is_file(), "what people name is relative to the folder they are in");
    repo.run_in("agents", &["schema"]).exits(0);
    assert!(repo.path("schema/agent.schema.json").is_file());
    assert!(!agents.join("schema").exists());
}

#[test]
fn agents_are_relative_to_the_folder_of_the_named_configuration() {
    let repo = with_files(&three());
    std::fs::create_dir(repo.path("elsewhere")).unwrap();
    let ran = repo.run_in("elsewhere", &["validate", "--config", "../roster.yaml"]);
    ran.exits(0).stderr_has("agents: 3 files, 0 problems");
}

#[test]
fn schemas_are_written_only_beside_a_configuration() {
    let repo = with_files(&[]);
    repo.remove("roster.yaml");
    repo.run(&["schema"]).exits(64).stderr_has("there is no roster.yaml in this folder");
    assert!(!repo.path("schema").exists());
}

#[test]
fn a_path_that_takes_no_file_is_found_before_either_system_is_read() {
    let repo = with_files(&three());
    for args in [
        ["plan", "--out", "missing/saved.plan"],
        ["plan", "--output", "html=missing/page.html"],
        ["drift", "--output", "json=missing/drift.json"],
        ["apply", "--journal", "missing/run.journal"],
    ] {
        let path = args[2].rsplit('=').next().unwrap();
        repo.run(&args).exits(1).stderr_has(&format!("writing {path}: there is no folder missing"));
    }
    for args in [["plan", "--out", "agents"], ["apply", "--output", "json=agents"]] {
        repo.run(&args).exits(1).stderr_has("writing agents: it is a folder");
    }
    assert_eq!(repo.sandbox.requests(), []);
}

#[test]
fn a_plan_with_private_changes_is_not_saved_without_a_key() {
    let repo = with_files(&three());
    let ran = repo.run(&["plan", "--out", "saved.plan"]);
    ran.exits(64).stderr_has("ROSTER_DIGEST_KEY").stdout_has("Plan: 3 to create");
    assert!(!repo.path("saved.plan").exists());
    repo.run(&["apply", "--yes"]).exits(0);
    // Nothing private changes any more.
    repo.edit("agents/sara-khan.yaml", "en: Sales Consultant", "en: Senior Sales Consultant");
    repo.run(&["plan", "--out", "saved.plan"]).exits(0);
}

#[test]
fn a_missing_plan_file_is_reported_before_the_missing_terminal() {
    with_files(&three()).run(&["apply", "nosuch.plan"]).exits(1).stderr_has("reading nosuch.plan: ");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_behind_stdout_is_a_failure_of_every_command() {
    let repo = applied();
    repo.edit("agents/sara-khan.yaml", "en: Sales Consultant", "en: Senior Sales Consultant");
    repo.run_with(&["plan", "--out", "saved.plan"], &[]).exits(0);
    for args in [
        &["--help"][..],
        &["validate", "--output", "sarif=-"],
        &["plan"],
        &["plan", "--output", "json=-"],
        &["plan", "--detailed-exitcode"],
        &["drift", "--sandbox", "--base", "HEAD"],
        &["show", "saved.plan"],
        &["apply", "--yes"],
        &["sandbox"],
    ] {
        if args[0] == "drift" {
            repo.git(&["init", "--quiet"]);
            repo.git(&["add", "-A"]);
            repo.git(&["commit", "--quiet", "-m", "one"]);
        }
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let ran = repo.command(args).stdout(full).output().unwrap();
        Run::from(ran).exits(1);
    }
}

#[test]
fn the_roster_folder_stays_out_of_git_except_for_acceptances() {
    let repo = with_files(&three());
    repo.git(&["init", "--quiet"]);
    repo.write(&format!(".roster/accept/{}", "0a".repeat(16)), "");
    repo.run(&["apply", "--sandbox"]).exits(0);
    repo.git(&["add", "-A"]);
    let tracked = repo.git(&["ls-files", ".roster"]);
    assert_eq!(tracked.trim(), format!(".roster/accept/{}", "0a".repeat(16)));
    let more = agent("Noor", "Aziz", 5, "");
    repo.write("agents/noor-aziz.yaml", &more);
    repo.run(&["validate"]).exits(0);
}

#[test]
fn the_sandbox_reports_a_missing_state_folder() {
    let repo = with_files(&[]);
    let ran = repo.run(&["sandbox", "--state", "missing/state.json"]);
    ran.exits(1).stderr_has("missing/state.json cannot be written");
    assert!(!repo.path("missing").exists());
}

/// Whatever hook or filter `git` runs has the environment of `git`.
#[cfg(unix)]
#[test]
fn git_gets_no_key_in_its_environment() {
    use std::os::unix::fs::PermissionsExt as _;

    let repo = with_files(&three());
    repo.git(&["init", "--quiet"]);
    repo.write("bin/git", "#!/bin/sh\nexport -p >> \"$(dirname \"$0\")/environment\"\nPATH=/usr/local/bin:/usr/bin:/bin exec git \"$@\"\n");
    std::fs::set_permissions(repo.path("bin/git"), std::fs::Permissions::from_mode(0o755)).unwrap();
    let search = format!("{}:/usr/local/bin:/usr/bin:/bin", repo.path("bin").display());
    let more = [("PATH", search.as_str()), ("ROSTER_DIGEST_KEY", "a key of the test alone, long enough")];
    repo.run_with(&["plan", "--output", "json=plan.json"], &more).exits(0);
    let environment = std::fs::read_to_string(repo.path("bin/environment")).unwrap();
    assert!(environment.contains("GIT_TERMINAL_PROMPT"), "git was run: {environment}");
    for name in ["CRM_API_KEY", "CRM_API_SECRET", "PF_API_KEY", "PF_API_SECRET", "ROSTER_DIGEST_KEY"] {
        assert!(!environment.contains(name), "{name} is in {environment}");
    }
}
