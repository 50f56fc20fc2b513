//! drift.yml: one issue while somebody's hand is in a system, and none after.

use std::fs;

use roster::sandbox::PF_KEY;

use super::stage::{Stage, agent};

/// Both jobs, the second after a failure too. Gives the first one's exit code.
fn drift(stage: &Stage) -> Option<i32> {
    drift_with(stage, PF_KEY)
}

fn drift_with(stage: &Stage, key: &str) -> Option<i32> {
    let mut job = stage.job("drift.yml", "drift");
    job.give("secrets.PF_API_KEY", key);
    let code = job.step("drift").code;
    let mut issue = stage.job("drift.yml", "issue");
    issue.give("needs.drift.outputs.found", &job.output("drift", "found"));
    issue.give("needs.drift.result", if code == Some(0) { "success" } else { "failure" });
    assert!(issue.runs());
    let _ = fs::copy(job.temp.join("drift.md"), issue.checkout.join("drift.md"));
    issue.step("issue").is(0);
    code
}

fn by_hand(stage: &Stage, to: &str) {
    stage.write("agents/agent-1.yaml", &agent(1).replace("Sales Consultant", to));
    stage.roster(&["apply", "--yes"]).is(0);
    stage.write("agents/agent-1.yaml", &agent(1));
}

#[test]
fn drift_opens_updates_and_closes_one_issue() {
    for directory in [".", "brokerages/dubai"] {
        let stage = Stage::at(directory);
        assert_eq!(drift(&stage), Some(0));
        assert!(stage.table("issues").is_empty(), "nothing to tell");

        for hand in ["King", "Queen"] {
            by_hand(&stage, hand);
            assert_eq!(drift(&stage), Some(0));
            let [issue] = &*stage.table("issues") else { panic!("{:?}", stage.table("issues")) };
            let body = issue["body"].as_str().unwrap();
            assert!(body.starts_with(&format!("<!-- {}-drift -->", stage.name())) && body.contains(hand), "{body}");
            assert_eq!(issue["title"], format!("{}: the systems differ from the files", stage.name()));
        }
        assert_eq!(drift_with(&stage, &PF_KEY.replace("sandb", "other")), Some(7), "unread is not without drift");
        let [issue] = &*stage.table("issues") else { panic!("{:?}", stage.table("issues")) };
        assert_eq!(issue["title"], format!("{}: both systems could not be compared", stage.name()));
        assert_eq!(issue.get("state"), None);

        by_hand(&stage, "Sales Consultant");
        assert_eq!(drift(&stage), Some(0));
        let [issue] = &*stage.table("issues") else { panic!() };
        assert_eq!(issue["state"], "closed");
    }
}

#[test]
fn a_look_that_fails_opens_the_issue_and_a_clean_one_closes_it() {
    let stage = Stage::new();
    assert_eq!(drift_with(&stage, &PF_KEY.replace("sandb", "other")), Some(7));
    let [issue] = &*stage.table("issues") else { panic!("{:?}", stage.table("issues")) };
    assert_eq!(issue["title"], "roster: both systems could not be compared");
    assert_eq!(drift(&stage), Some(0));
    assert_eq!(stage.table("issues")[0]["state"], "closed");
}

#[test]
fn a_comparison_that_ran_out_of_time_opens_the_issue_and_a_dropped_one_does_not() {
    for (program, began, drift, started, runs) in [
        ("success", "1", "cancelled", "1", true),
        ("success", "1", "failure", "", true),
        ("cancelled", "1", "skipped", "", true),
        ("failure", "1", "skipped", "", true),
        ("success", "1", "cancelled", "", false),
        ("cancelled", "", "skipped", "", false),
        ("skipped", "", "skipped", "", false),
    ] {
        let stage = Stage::bare(".");
        let mut issue = stage.job_without_agents("drift.yml", "issue");
        issue.give("needs.program.result", program);
        issue.give("needs.program.outputs.attempt", began);
        issue.give("needs.drift.result", drift);
        issue.give("needs.drift.outputs.attempt", started);
        // The step may have ended before the time was over.
        issue.give("needs.drift.outputs.found", "false");
        assert_eq!(issue.runs(), runs, "{program} {began} {drift} {started}");
        if runs {
            issue.step("issue").is(0);
            assert_eq!(stage.table("issues")[0]["title"], "roster: both systems could not be compared");
        }
    }
}
