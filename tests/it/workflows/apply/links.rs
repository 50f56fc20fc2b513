//! `links: file`: an apply commits roster.lock to the main branch.

use super::*;

/// Three agents whose links are in roster.lock on main, and a fourth in a pull request that is merged.
fn with_a_newcomer() -> HostedRepo {
    let hosted = HostedRepo::new();
    hosted.write("roster.yaml", &format!("links: file\n{}", fs::read_to_string(hosted.file("roster.yaml")).unwrap()));
    hosted.roster(&["link", "--migrate", "--yes"]).exits(0);
    fs::remove_dir_all(hosted.file(".roster")).unwrap();
    hosted.commit("main");
    assert_eq!(Run::begin(&hosted).go(), "nothing");
    hosted.write("agents/agent-4.yaml", &agent_yaml(4));
    hosted.commit("main");
    hosted.has_reviewers();
    hosted
}

fn lock(hosted: &HostedRepo) -> String {
    hosted.go_to("main");
    fs::read_to_string(hosted.file("roster.lock")).unwrap()
}

#[test]
fn new_links_are_committed_beside_other_commits() {
    let hosted = with_a_newcomer();
    let run = Run::begin(&hosted).approve();
    // Somebody pushes something else meanwhile.
    hosted.write("NOTES.md", "a note");
    hosted.commit("main");
    let ended = run.end();
    assert_eq!(ended.results[2], "success", "{}", ended.said);
    assert!(lock(&hosted).contains("agent-4:"));
    assert!(hosted.file("NOTES.md").exists());
    assert_eq!(Run::begin(&hosted).go(), "nothing");
}

#[test]
fn without_a_token_nothing_is_written() {
    let hosted = with_a_newcomer();
    let mut run = Run::begin(&hosted).approve();
    hosted.repo.sandbox.forget_requests();
    run.lock_token = String::new();
    let ended = run.end();
    assert_eq!((ended.results[2], hosted.writes()), ("failure", 0));
    assert!(ended.said.contains("has no secret ROSTER_LOCK_TOKEN"), "{}", ended.said);
    assert_eq!(hosted.issues().len(), 1);
}

#[test]
fn a_lock_that_cannot_be_pushed_fails_the_job_and_the_report_keeps_it() {
    let hosted = with_a_newcomer();
    hosted.write(".gitignore", "*.lock\n");
    hosted.commit("main");
    let run = Run::begin(&hosted).approve();
    let hook = hosted.path("origin.git/hooks/update");
    fs::create_dir_all(hook.parent().unwrap()).unwrap();
    fs::write(&hook, "#!/bin/sh\nexit 1\n").unwrap();
    fs::set_permissions(&hook, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let ended = run.end();
    fs::remove_file(&hook).unwrap();
    assert_eq!(ended.results[2], "failure");
    assert!(ended.said.contains("roster.lock cannot be pushed"), "{}", ended.said);
    let kept = fs::read_to_string(ended.plan.temp.join("report/roster.lock")).unwrap();
    assert!(kept.contains("agent-4:"));
    assert!(!lock(&hosted).contains("agent-4:"));
}

#[test]
fn a_changed_lock_outdates_a_run() {
    let hosted = with_a_newcomer();
    let run = Run::begin(&hosted).approve();
    hosted.go_to("main");
    hosted.roster(&["link", "agent-1", "--release", "--yes"]).exits(0);
    fs::remove_dir_all(hosted.file(".roster")).unwrap();
    hosted.commit("main");
    hosted.repo.sandbox.forget_requests();
    let ended = run.end();
    assert_eq!((ended.newer.as_str(), hosted.writes()), ("true", 0));
}
