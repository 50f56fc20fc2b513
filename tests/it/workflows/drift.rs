//! drift.yml: one issue while somebody's hand is in a system, and none after.

use std::fs;

use roster::sandbox::PF_KEY;

use super::hosted_repo::{HostedRepo, agent_yaml};

/// Both jobs, the second after a failure too. Gives the first one's exit code.
fn drift(hosted: &HostedRepo) -> i32 {
    drift_with(hosted, PF_KEY)
}

fn drift_with(hosted: &HostedRepo, key: &str) -> i32 {
    let mut job = hosted.job("drift.yml", "drift");
    job.give("secrets.PF_API_KEY", key);
    let settings = job.step("settings").code;
    let code = if settings == 0 { job.step("drift").code } else { settings };
    let mut issue = hosted.job("drift.yml", "issue");
    issue.give("needs.drift.outputs.found", &job.output("drift", "found"));
    issue.give("needs.drift.outputs.expires", &job.output("drift", "expires"));
    issue.give("needs.drift.result", if code == 0 { "success" } else { "failure" });
    assert!(issue.runs());
    let _ = fs::copy(job.temp.join("drift.md"), issue.checkout.join("drift.md"));
    issue.step("issue").exits(0);
    code
}

fn by_hand(hosted: &HostedRepo, to: &str) {
    hosted.write("agents/agent-1.yaml", &agent_yaml(1).replace("Sales Consultant", to));
    hosted.roster(&["apply", "--yes"]).exits(0);
    hosted.write("agents/agent-1.yaml", &agent_yaml(1));
}

#[test]
fn drift_opens_updates_and_closes_one_issue() {
    for directory in [".", "brokerages/dubai"] {
        let hosted = HostedRepo::at(directory);
        assert_eq!(drift(&hosted), 0);
        assert!(hosted.table("issues").is_empty(), "nothing to tell");

        for hand in ["King", "Queen"] {
            by_hand(&hosted, hand);
            assert_eq!(drift(&hosted), 0);
            let [issue] = &*hosted.table("issues") else { panic!("{:?}", hosted.table("issues")) };
            let body = issue["body"].as_str().unwrap();
            assert!(body.starts_with(&format!("<!-- {}-drift -->", hosted.name())) && body.contains(hand), "{body}");
            assert_eq!(issue["title"], format!("{}: the systems differ from the files", hosted.name()));
        }
        assert_eq!(drift_with(&hosted, &PF_KEY.replace("sandb", "other")), 7, "unread is not without drift");
        let [issue] = &*hosted.table("issues") else { panic!("{:?}", hosted.table("issues")) };
        assert_eq!(issue["title"], format!("{}: both systems could not be compared", hosted.name()));
        assert_eq!(issue.get("state"), None);

        by_hand(&hosted, "Sales Consultant");
        assert_eq!(drift(&hosted), 0);
        let [issue] = &*hosted.table("issues") else { panic!() };
        assert_eq!(issue["state"], "closed");
    }
}

#[test]
fn a_failed_comparison_opens_the_issue_and_a_clean_one_closes_it() {
    let hosted = HostedRepo::new();
    assert_eq!(drift_with(&hosted, &PF_KEY.replace("sandb", "other")), 7);
    let [issue] = &*hosted.table("issues") else { panic!("{:?}", hosted.table("issues")) };
    assert_eq!(issue["title"], "roster: both systems could not be compared");
    assert_eq!(drift(&hosted), 0);
    assert_eq!(hosted.table("issues")[0]["state"], "closed");
}

#[test]
fn a_comparison_stops_where_every_branch_can_use_the_keys() {
    let hosted = HostedRepo::new();
    hosted.know("environments/roster-plan", &serde_json::json!({"deployment_branch_policy": null}));
    assert_eq!(drift(&hosted), 1);
    assert_eq!(hosted.table("issues")[0]["title"], "roster: both systems could not be compared");
    assert!(hosted.repo.sandbox.requests().is_empty(), "nothing was read");
}

#[test]
fn a_timed_out_comparison_opens_the_issue_and_a_dropped_one_does_not() {
    for (program, began, drift, started, runs) in [
        ("success", "1", "cancelled", "1", true),
        ("success", "1", "failure", "", true),
        ("cancelled", "1", "skipped", "", true),
        ("failure", "1", "skipped", "", true),
        ("success", "1", "cancelled", "", false),
        ("cancelled", "", "skipped", "", false),
        ("skipped", "", "skipped", "", false),
    ] {
        let hosted = HostedRepo::bare(".");
        let mut issue = hosted.job_without_agents("drift.yml", "issue");
        issue.give("needs.program.result", program);
        issue.give("needs.program.outputs.attempt", began);
        issue.give("needs.drift.result", drift);
        issue.give("needs.drift.outputs.attempt", started);
        // The step may have ended before the time was over.
        issue.give("needs.drift.outputs.found", "false");
        assert_eq!(issue.runs(), runs, "{program} {began} {drift} {started}");
        if runs {
            issue.step("issue").exits(0);
            assert_eq!(hosted.table("issues")[0]["title"], "roster: both systems could not be compared");
        }
    }
}

#[test]
fn a_key_that_expires_soon_opens_an_issue_of_its_own() {
    let hosted = HostedRepo::new();
    let settings = fs::read_to_string(hosted.file("roster.yaml")).unwrap();
    let today = jiff::Zoned::now().date();
    let with_key = |days: i32| {
        let day = today.saturating_add(jiff::Span::new().days(days));
        hosted.write("roster.yaml", &format!("{settings}property_finder: {{key_expires: {day}}}\n"));
        hosted.commit("main");
    };
    with_key(20);
    assert_eq!(drift(&hosted), 0);
    let [issue] = &*hosted.table("issues") else { panic!("{:?}", hosted.table("issues")) };
    assert_eq!(issue["title"], "roster: the API key of Property Finder expires");
    with_key(300);
    assert_eq!(drift(&hosted), 0);
    assert_eq!(hosted.table("issues")[0]["state"], "closed");
}
