//! Which folder each path is relative to, and what happens where a file cannot be made.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use super::{Stage, agent, three};
use crate::git::git;

/// Runs the program in a folder.
fn run_in(stage: &Stage, folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_roster"));
    command.env_clear().envs(stage.sandbox.environment()).env("NO_COLOR", "1");
    command.current_dir(folder).args(args).stdin(Stdio::null()).output().unwrap()
}

#[track_caller]
fn ends_with(output: &Output, code: i32) -> String {
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{stderr}");
    stderr
}

#[test]
fn every_path_is_relative_to_the_folder_of_minus_c() {
    let stage = Stage::new(&three());
    let key = [("ROSTER_DIGEST_KEY", "a key of the test alone, long enough")];
    stage.run_with(&["plan", "--out", "saved.plan", "--output", "markdown=plan.md"], &key).ends_with(0);
    assert!(stage.path().join("saved.plan").is_file() && stage.path().join("plan.md").is_file());
    stage.run(&["show", "saved.plan"]).ends_with(0).shows("agents/sara-khan.yaml");
    stage.run_with(&["plan", "--reviewed", "saved.plan"], &key).ends_with(0);
    stage.run_with(&["apply", "saved.plan", "--yes", "--journal", "run.journal"], &key).ends_with(0);
    stage.run(&["show", "run.journal"]).ends_with(0).shows("ended with exit code 0");
    stage.run(&["--config", "roster.yaml", "plan"]).ends_with(0).shows("nothing to do");
}

#[test]
fn a_subfolder_of_the_repository_belongs_to_it() {
    let stage = Stage::new(&three());
    git(stage.path(), &["init", "--quiet"]);
    let agents = stage.path().join("agents");
    ends_with(&run_in(&stage, &agents, &["validate", "--output", "json=here.json"]), 0);
    assert!(agents.join("here.json").is_file(), "what people name is relative to the folder they are in");
    ends_with(&run_in(&stage, &agents, &["schema"]), 0);
    assert!(stage.path().join("schema/agent.schema.json").is_file());
    assert!(!agents.join("schema").exists());
}

#[test]
fn agents_are_relative_to_the_folder_of_the_named_configuration() {
    let stage = Stage::new(&three());
    let elsewhere = stage.path().join("elsewhere");
    std::fs::create_dir(&elsewhere).unwrap();
    let output = run_in(&stage, &elsewhere, &["validate", "--config", "../roster.yaml"]);
    assert!(ends_with(&output, 0).contains("agents: 3 files, 0 problems"));
}

#[test]
fn schemas_are_written_only_beside_a_configuration() {
    let stage = Stage::new(&[]);
    stage.remove("roster.yaml");
    stage.run(&["schema"]).ends_with(64).says("there is no roster.yaml in this folder");
    assert!(!stage.path().join("schema").exists());
}

#[test]
fn a_missing_folder_is_found_before_either_system_is_read() {
    let stage = Stage::new(&three());
    for args in [
        ["plan", "--out", "missing/saved.plan"],
        ["plan", "--output", "html=missing/page.html"],
        ["drift", "--output", "json=missing/drift.json"],
        ["apply", "--journal", "missing/run.journal"],
    ] {
        let path = args[2].rsplit('=').next().unwrap();
        stage.run(&args).ends_with(1).says(&format!("writing {path}: there is no folder missing"));
    }
    assert_eq!(stage.sandbox.requests(), []);
}

#[test]
fn a_plan_with_private_changes_is_not_saved_without_a_key() {
    let stage = Stage::new(&three());
    let ran = stage.run(&["plan", "--out", "saved.plan"]);
    ran.ends_with(64).says("ROSTER_DIGEST_KEY").shows("Plan: 3 to create");
    assert!(!stage.path().join("saved.plan").exists());
    stage.run(&["apply", "--yes"]).ends_with(0);
    // Nothing private changes any more.
    stage.edit("agents/sara-khan.yaml", "en: Sales Consultant", "en: Senior Sales Consultant");
    stage.run(&["plan", "--out", "saved.plan"]).ends_with(0);
}

#[test]
fn a_plan_that_is_not_there_is_reported_before_the_missing_terminal() {
    Stage::new(&three()).run(&["apply", "nosuch.plan"]).ends_with(1).says("reading nosuch.plan: ");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_behind_stdout_is_a_failure_of_every_command() {
    let stage = Stage::settled();
    stage.edit("agents/sara-khan.yaml", "en: Sales Consultant", "en: Senior Sales Consultant");
    stage.run_with(&["plan", "--out", "saved.plan"], &[]).ends_with(0);
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
            git(stage.path(), &["init", "--quiet"]);
            git(stage.path(), &["add", "-A"]);
            git(stage.path(), &["commit", "--quiet", "-m", "one"]);
        }
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_roster"));
        command.env_clear().envs(stage.sandbox.environment()).envs(std::env::vars().filter(|(name, _)| name == "PATH"));
        let output = command.current_dir(stage.path()).args(args).stdin(Stdio::null()).stdout(full).output().unwrap();
        ends_with(&output, 1);
    }
}

#[test]
fn what_roster_keeps_stays_out_of_git_and_the_repository_valid() {
    let stage = Stage::new(&three());
    git(stage.path(), &["init", "--quiet"]);
    stage.write(&format!(".roster/accept/{}", "0a".repeat(16)), "");
    stage.run(&["apply", "--sandbox"]).ends_with(0);
    git(stage.path(), &["add", "-A"]);
    let tracked = git(stage.path(), &["ls-files", ".roster"]);
    assert_eq!(tracked.trim(), format!(".roster/accept/{}", "0a".repeat(16)));
    let more = agent("Noor", "Aziz", 5, "");
    stage.write("agents/noor-aziz.yaml", &more);
    stage.run(&["validate"]).ends_with(0);
}

#[test]
fn the_sandbox_keeps_nothing_in_a_folder_that_is_not_there() {
    let stage = Stage::new(&[]);
    let ran = stage.run(&["sandbox", "--state", "missing/state.json"]);
    ran.ends_with(1).says("missing/state.json cannot be written");
    assert!(!stage.path().join("missing").exists());
}

/// Whatever hook or filter `git` runs has the environment of `git`.
#[cfg(unix)]
#[test]
fn git_is_given_no_key() {
    use std::os::unix::fs::PermissionsExt as _;

    let stage = Stage::new(&three());
    git(stage.path(), &["init", "--quiet"]);
    stage.write("bin/git", "#!/bin/sh\nexport -p >> \"$(dirname \"$0\")/environment\"\nPATH=/usr/local/bin:/usr/bin:/bin exec git \"$@\"\n");
    let path = stage.path().join("bin/git");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    let search = format!("{}:/usr/local/bin:/usr/bin:/bin", stage.path().join("bin").display());
    let more = [("PATH", search.as_str()), ("ROSTER_DIGEST_KEY", "a key of the test alone, long enough")];
    stage.run_with(&["plan", "--output", "json=plan.json"], &more).ends_with(0);
    let environment = std::fs::read_to_string(stage.path().join("bin/environment")).unwrap();
    assert!(environment.contains("GIT_TERMINAL_PROMPT"), "git was run: {environment}");
    for name in ["CRM_API_KEY", "CRM_API_SECRET", "PF_API_KEY", "PF_API_SECRET", "ROSTER_DIGEST_KEY"] {
        assert!(!environment.contains(name), "{name} is in {environment}");
    }
}
