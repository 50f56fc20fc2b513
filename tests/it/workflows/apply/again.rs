//! The open pull requests are planned again after an apply. An equal plan leaves an approval as it is; nothing else does.

use super::*;

/// Two pull requests that are planned. The first one is merged, with an approval.
fn two_changes(hosted: &HostedRepo) -> [PullRequest<'_>; 2] {
    hosted.has_reviewers();
    hosted.apply();
    let changes = [1, 2].map(|number| {
        let file = format!("agents/agent-{number}.yaml");
        let change = hosted.pull_request(number, |hosted| hosted.edit(&file, CONSULTANT, "en: Director"));
        assert_eq!(change.plan(), 0);
        change
    });
    hosted.merge(&changes[0]);
    changes
}

/// The run that was started again, of a single one.
fn started_again(hosted: &HostedRepo) -> u32 {
    let [run] = *hosted.github().started_again else { panic!("{:?}", hosted.github().started_again) };
    run
}

#[test]
fn an_apply_that_wrote_plans_the_other_pull_requests_again_and_an_equal_plan_leaves_their_approval() {
    for directory in [".", "brokerages/dubai"] {
        let hosted = HostedRepo::at(directory);
        let [_, second] = two_changes(&hosted);
        second.approve();
        let other = hosted.pull_request(3, |hosted| hosted.write("README.md", "Hello\n"));
        assert_eq!(other.plan(), 0);
        let run = hosted.apply();
        assert_eq!((run.go().as_str(), run.results[2]), ("apply", "success"), "{}", run.said);

        let shown = hosted.table("comments");
        assert_eq!(second.plan_again(started_again(&hosted)), 0);
        assert_eq!(hosted.table("comments"), shown, "it says the same");
        hosted.merge_unreviewed(&second);
        let run = hosted.apply();
        assert_eq!((run.go().as_str(), run.results[2]), ("apply", "success"), "{}", run.said);
        assert_eq!(hosted.position(2), ["Director", "Director"]);
        assert_eq!(hosted.github().started_again.len(), 1, "no other one is open that changes agents");
    }
}

#[test]
fn a_plan_that_differs_takes_the_approval_back_until_it_is_approved_itself() {
    let hosted = HostedRepo::new();
    let [_, second] = two_changes(&hosted);
    second.approve();
    hosted.apply();
    hosted.by_hand(3, "King");
    assert_eq!(second.plan_again(started_again(&hosted)), 0);
    assert!(second.comments()[0].contains("King"));
    hosted.merge_unreviewed(&second);
    let run = Run::begin(&hosted);
    assert_eq!((run.go().as_str(), hosted.writes()), ("ask", 0), "{}", run.said);
    assert!(run.plan.summary().contains("the plan of #2 does not count as reviewed: its comment was changed at"));
    second.approve();
    assert_eq!(Run::begin(&hosted).go(), "apply", "by the plan that the second attempt kept");
}

#[test]
fn a_plan_that_was_not_shown_does_not_count_nor_takes_it_the_one_away_that_was() {
    let hosted = HostedRepo::new();
    let [_, second] = two_changes(&hosted);
    second.approve();
    hosted.apply();
    let run = started_again(&hosted);
    hosted.by_hand(3, "King");
    // Somebody stops the attempt before it comments.
    let shown = hosted.table("comments");
    assert_eq!(second.plan_again(run), 0);
    hosted.github().tables.insert("comments", shown);
    hosted.merge_unreviewed(&second);
    let run = Run::begin(&hosted);
    assert_eq!((run.go().as_str(), hosted.writes()), ("ask", 0), "{}", run.said);
    assert!(run.plan.summary().contains("King"), "that King is set back was not shown");
    assert!(!run.plan.summary().contains("does not count"), "what was shown still counts");
}

#[test]
fn a_run_that_is_started_again_does_not_cover_an_edited_comment() {
    let hosted = HostedRepo::new();
    let [_, second] = two_changes(&hosted);
    // Somebody shows another plan for a while; the reviewer reads that one.
    second.edit_comment(|body| body.replace("Director", "Partner"));
    second.edit_comment(|body| body.replace("Partner", "Director"));
    second.approve();
    hosted.apply();
    let shown = hosted.table("comments");
    assert_eq!(second.plan_again(started_again(&hosted)), 0);
    assert_eq!(hosted.table("comments"), shown);
    hosted.merge_unreviewed(&second);
    let run = Run::begin(&hosted);
    assert_eq!(run.go(), "ask", "{}", run.said);
    assert!(run.plan.summary().contains("when no run of the workflow could have done so"), "{}", run.plan.summary());
}

#[test]
fn nothing_is_planned_again_where_nothing_was_written() {
    let hosted = HostedRepo::new();
    two_changes(&hosted);
    // Somebody's hand is in a system, so the apply does not write.
    let run = Run::begin(&hosted);
    hosted.by_hand(1, "King");
    assert_eq!(run.end().results[2], "failure");
    assert!(hosted.github().started_again.is_empty());
    hosted.by_hand(1, "Sales Consultant");

    let mut run = Run::begin(&hosted);
    for (result, newer, runs) in [
        ("success", "", true),
        ("failure", "", true),
        ("success", "true", false),
        ("skipped", "", false),
        ("cancelled", "", false),
    ] {
        (run.results[2], run.newer) = (result, newer.to_owned());
        assert_eq!(run.job("again").runs(), runs, "{result} {newer}");
    }
}

#[test]
fn what_cannot_be_planned_again_is_named_and_fails_nothing() {
    let hosted = HostedRepo::new();
    two_changes(&hosted);
    let fork = hosted.pull_request(3, |hosted| hosted.edit("agents/agent-3.yaml", CONSULTANT, "en: Founder"));
    fork.plan();
    hosted.github().open_pulls[0]["isCrossRepository"] = json!(true);
    let ended = |hosted: &HostedRepo| {
        let run = Run::begin(hosted);
        let mut again = run.job("again");
        fs::create_dir(again.checkout.join("report")).unwrap();
        let document = json!({"actions": [], "blocked": [], "digest": "", "exit_code": 5}).to_string();
        fs::write(again.checkout.join("report/apply.json"), document).unwrap();
        let ran = again.step("again");
        (ran.code, ran.stdout + &ran.stderr)
    };
    let (code, said) = ended(&hosted);
    assert!(code == 0 && said.contains("Not planned again: #3 comes from a fork."), "{said}");
    assert_eq!(hosted.github().started_again.len(), 1);

    hosted.github().broken = Some("POST actions/runs/*/rerun".to_owned());
    let (code, said) = ended(&hosted);
    assert!(code == 0 && said.contains("::warning::#2 cannot be planned again"), "{said}");
    hosted.github().broken = None;
    // A newer commit has come between the decision and the request.
    hosted.know("pulls/2", &json!({"number": 2, "state": "open", "head": {"sha": "newer"}}));
    let (code, said) = ended(&hosted);
    assert!(code == 0 && said.contains("#2 is not planned again: it is not open, or has a newer commit"), "{said}");
    assert_eq!(hosted.github().started_again.len(), 1);

    // A merged one keeps the comment that was approved.
    hosted.know("pulls/2", &json!({"number": 2, "state": "closed", "head": {"sha": "newer"}}));
    assert!(ended(&hosted).1.contains("#2 is not planned again: it is not open"));

    for request in ["POST graphql", "GET actions/runs", "GET pulls/*"] {
        hosted.github().broken = Some(request.to_owned());
        assert_eq!(ended(&hosted).0, 1, "{request}: no answer is never taken for none");
    }
}
