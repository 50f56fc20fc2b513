//! check.yml: what this change broke fails it, at its lines; what others broke is a warning.

use super::stage::Stage;
use crate::office::Ran;

/// The check's answer to a change, as a pull request and as the first of a merge queue.
fn check(stage: &Stage, number: u32, change: impl FnOnce(&Stage)) -> Ran {
    let change = stage.pull_request(number, change);
    stage.go_to("main");
    stage.git(&["merge", "-q", "--no-ff", "-m", "merged", &change.head]);
    stage.git(&["push", "-q", "--force", "origin", "HEAD:refs/heads/merged"]);
    let mut queued = stage.job("check.yml", "check");
    queued.check_out("merged");
    queued.give("github.event.merge_group.base_sha", &stage.git(&["rev-parse", "origin/main"]));
    let mut job = stage.job("check.yml", "check");
    job.check_out("merged");
    let (ran, queued) = (job.step("validate"), queued.step("validate"));
    assert_eq!((ran.code, ran.out.lines().count()), (queued.code, queued.out.lines().count()));
    ran
}

#[test]
fn what_a_change_breaks_fails_its_check_and_old_sins_only_warn() {
    for directory in [".", "brokerages/dubai"] {
        let stage = Stage::at(directory);
        stage.edit("agents/agent-2.yaml", "status: active", "status: gone");
        stage.commit("main");
        let file = |number: u32| format!("{directory}/agents/agent-{number}.yaml").replace("./", "");

        let ran = check(&stage, 1, |stage| stage.edit("agents/agent-1.yaml", "Sales Consultant", "Director"));
        ran.is(0).prints(&format!("::warning file={}", file(2)));
        let ran = check(&stage, 2, |stage| stage.edit("agents/agent-3.yaml", "status: active", "status: lost"));
        ran.is(4).prints(&format!("::error file={}", file(3))).prints(&format!("::warning file={}", file(2)));
    }
}

#[test]
fn owners_that_github_does_not_know_fail_the_check() {
    let stage = Stage::new();
    let mut job = stage.job("check.yml", "check");
    job.step("owners").is(1).prints("Put your own teams in place of @your-brokerage");
    std::fs::write(job.checkout.join(".github/CODEOWNERS"), "* @acme/engineers\n").unwrap();
    job.step("owners").is(0);
}
