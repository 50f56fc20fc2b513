//! The comment names the other open pull requests that change the same people.

use super::hosted_repo::{HostedRepo, PullRequest};

/// A pull request that changes the first agent, and is planned.
fn change<'a>(hosted: &'a HostedRepo, number: u32, position: &str) -> PullRequest<'a> {
    let edit = |hosted: &HostedRepo| hosted.edit("agents/agent-1.yaml", "en: Sales Consultant", position);
    let change = hosted.pull_request(number, edit);
    assert_eq!(change.plan(), 0);
    change
}

#[test]
fn the_others_are_named_below_the_table_and_in_the_plan_that_is_kept() {
    for directory in [".", "brokerages/dubai"] {
        let hosted = HostedRepo::at(directory);
        let first = change(&hosted, 4, "en: Director");
        assert!(!first.comments()[0].contains("Also changed"), "no other one is open");
        let second = change(&hosted, 5, "en: Partner");
        let other = hosted.pull_request(6, |hosted| hosted.write("README.md", "Hello\n"));
        assert_eq!(other.plan(), 0);
        let file = format!("{directory}/agents/agent-1.yaml").replace("./", "");
        let line = |number: u32| format!("\n- `{file}`: Also changed in #{number}.\n");
        let [comment] = &*second.comments() else { panic!() };
        let at = |text: &str| comment.find(text).unwrap_or_else(|| panic!("{text:?} is not in {comment}"));
        assert!(at("\n| unchanged |") < at(&line(4)) && at(&line(4)) < at("Partner"), "{comment}");
        assert_eq!(first.plan(), 0);
        assert!(first.comments()[0].contains(&line(5)));

        // Its approval is of the comment with that line.
        hosted.apply_reviewed(&first, "apply");
        assert_eq!(second.plan(), 1, "both changed the same line");
    }
}

#[test]
fn a_comment_that_names_another_one_is_another_comment() {
    let hosted = HostedRepo::new();
    let first = change(&hosted, 4, "en: Director");
    first.approve();
    change(&hosted, 5, "en: Partner");
    assert_eq!(first.plan(), 0);
    hosted.apply_merged(&first, "ask");
}

#[test]
fn without_the_list_of_open_pull_requests_the_plan_is_made_all_the_same() {
    let hosted = HostedRepo::new();
    let first = change(&hosted, 4, "en: Director");
    change(&hosted, 5, "en: Partner");
    let noted = |broken: Option<&str>| {
        hosted.github().broken = broken.map(str::to_owned);
        let mut job = first.job("compare");
        job.step("change").exits(0);
        job.step("plan").exits(0);
        let ran = job.step("notes");
        ran.exits(0);
        hosted.github().broken = None;
        let plan = std::fs::read_to_string(job.temp.join("plan.md")).unwrap();
        assert!(plan.contains("Director") && job.summary().contains(&plan));
        (ran.stdout.contains("::notice::GitHub did not list"), plan.contains("Also changed in #5"))
    };
    assert_eq!(noted(None), (false, true));
    assert_eq!(noted(Some("POST graphql")), (true, false));
    // An answer of another form.
    hosted.github().open_pulls[0]["files"] = serde_json::json!("none");
    assert_eq!(noted(None), (true, false));
}

#[test]
fn files_that_are_not_valid_are_compared_with_nothing() {
    let hosted = HostedRepo::new();
    change(&hosted, 5, "en: Partner");
    let broken = hosted.pull_request(4, |hosted| hosted.edit("agents/agent-1.yaml", "status: active", "status: gone"));
    let before = hosted.github().calls.len();
    assert_eq!(broken.plan(), 4);
    assert!(!hosted.github().calls[before..].contains(&"POST graphql".to_owned()));
}
