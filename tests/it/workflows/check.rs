//! check.yml: what this change broke fails it, at its lines; what others broke is a warning.

use super::hosted_repo::HostedRepo;
use crate::support::Run;

/// The check's answer to a change, as a pull request and as the first of a merge queue.
fn check(hosted: &HostedRepo, number: u32, change: impl FnOnce(&HostedRepo)) -> Run {
    let change = hosted.pull_request(number, change);
    hosted.go_to("main");
    hosted.git(&["merge", "-q", "--no-ff", "-m", "merged", &change.head]);
    hosted.git(&["push", "-q", "--force", "origin", "HEAD:refs/heads/merged"]);
    let mut queued = hosted.job("check.yml", "check");
    queued.check_out("merged");
    queued.give("github.event.merge_group.base_sha", &hosted.git(&["rev-parse", "origin/main"]));
    let mut job = hosted.job("check.yml", "check");
    job.check_out("merged");
    let (ran, queued) = (job.step("validate"), queued.step("validate"));
    assert_eq!((ran.code, ran.stdout.lines().count()), (queued.code, queued.stdout.lines().count()));
    ran
}

#[test]
fn a_new_problem_fails_the_check_and_an_old_one_warns() {
    for directory in [".", "brokerages/dubai"] {
        let hosted = HostedRepo::at(directory);
        hosted.edit("agents/agent-2.yaml", "status: active", "status: gone");
        hosted.commit("main");
        let file = |number: u32| format!("{directory}/agents/agent-{number}.yaml").replace("./", "");

        let ran = check(&hosted, 1, |hosted| hosted.edit("agents/agent-1.yaml", "Sales Consultant", "Director"));
        ran.exits(0).stdout_has(&format!("::warning file={}", file(2)));
        let ran = check(&hosted, 2, |hosted| hosted.edit("agents/agent-3.yaml", "status: active", "status: lost"));
        ran.exits(4)
            .stdout_has(&format!("::error file={}", file(3)))
            .stdout_has(&format!("::warning file={}", file(2)));
    }
}

#[test]
fn owners_that_github_does_not_know_fail_the_check() {
    let hosted = HostedRepo::new();
    let mut job = hosted.job("check.yml", "check");
    job.step("owners").exits(1).stdout_has("Put your own teams in place of @your-brokerage");
    std::fs::write(job.checkout.join(".github/CODEOWNERS"), "* @acme/engineers\n").unwrap();
    job.step("owners").exits(0);
}
