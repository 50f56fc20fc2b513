//! Which runs are applied at once, and which need an approval.

use super::*;

#[test]
fn a_reviewed_plan_is_applied_without_a_further_approval() {
    for directory in [".", "brokerages/dubai"] {
        let hosted = HostedRepo::at(directory);
        let run = hosted.apply();
        assert_eq!((run.go().as_str(), run.results), ("nothing", ["success", "skipped", "skipped"]), "{}", run.said);
        assert_eq!(hosted.applied(), json!(hosted.git(&["rev-parse", "origin/main"])));

        let change = hosted.pull_request(1, |hosted| {
            hosted.edit("agents/agent-1.yaml", CONSULTANT, "en: Director");
            hosted.edit("agents/agent-2.yaml", "+9715590000", "+9715591111");
        });
        assert_eq!(change.plan(), 0);
        let merged = hosted.merge(&change);
        let run = hosted.apply();
        assert_eq!((run.go().as_str(), run.results), ("apply", ["success", "skipped", "success"]), "{}", run.said);
        assert_eq!(hosted.position(1), ["Director", "Director"]);
        assert_eq!(hosted.applied(), json!(merged));
        assert!(run.plan.temp.join("report/journal.jsonl").exists());
        assert!(hosted.issues().is_empty() && hosted.github().started.is_empty());

        let again = hosted.apply();
        assert_eq!(again.go(), "nothing");
    }
}

#[test]
fn an_unreviewed_action_needs_an_approval() {
    let hosted = HostedRepo::new();
    hosted.has_reviewers();
    hosted.apply();
    let change = hosted.pull_request(1, |hosted| hosted.edit("agents/agent-1.yaml", CONSULTANT, "en: Director"));
    assert_eq!(change.plan(), 0);
    hosted.merge(&change);
    hosted.by_hand(2, "King");
    let run = Run::begin(&hosted);
    assert_eq!((run.go().as_str(), hosted.writes()), ("ask", 0), "{}", run.said);
    assert!(run.plan.summary().contains("King"), "who is asked sees it");
    let run = run.approve().end();
    assert_eq!(run.results, ["success", "success", "success"], "{}", run.said);
    assert_eq!((hosted.position(1)[0].as_str(), hosted.position(2)[0].as_str()), ("Director", "Sales Consultant"));
}

#[test]
fn without_an_approval_environment_a_merged_acceptance_unblocks_the_apply() {
    let hosted = HostedRepo::new();
    let old = hosted.pull_request(1, |hosted| hosted.write(".roster/accept/0123456789abcdef0123456789abcdef", ""));
    hosted.merge(&old);
    hosted.apply();
    hosted.by_hand(2, "King");
    let run = hosted.apply();
    assert_eq!((run.results, hosted.writes()), (["failure", "skipped", "skipped"], 0));
    assert!(run.said.contains("no person can be asked"), "{}", run.said);
    let digest = run.said.split(".roster/accept/").nth(1).unwrap()[..32].to_owned();

    let accept = hosted.pull_request(2, |hosted| hosted.write(&format!(".roster/accept/{digest}"), ""));
    hosted.merge_unreviewed(&accept);
    let run = hosted.apply();
    assert_eq!(run.results, ["success", "skipped", "success"], "{}", run.said);
    assert_eq!(hosted.position(2)[0], "Sales Consultant");

    // Without a last applied commit only the newest commit can bring it.
    hosted.github().tables.clear();
    hosted.by_hand(2, "King");
    assert_eq!(Run::begin(&hosted).go(), "apply");
    hosted.write("README.md", "Hello\n");
    hosted.commit("main");
    assert_eq!(Run::begin(&hosted).results[0], "failure");
    hosted.git(&["reset", "-q", "--hard", "HEAD^"]);
    hosted.git(&["push", "-q", "--force", "origin", "HEAD:main"]);
    assert_eq!(hosted.apply().results[2], "success");

    // The same state again is a new question: the file is older than what was applied.
    hosted.by_hand(2, "King");
    assert_eq!(hosted.apply().results, ["failure", "skipped", "skipped"]);
}

#[test]
fn a_plan_made_after_the_approval_needs_another_approval() {
    let hosted = HostedRepo::new();
    hosted.has_reviewers();
    hosted.apply();
    let change = hosted.pull_request(1, |hosted| hosted.edit("agents/agent-1.yaml", CONSULTANT, "en: Director"));
    assert_eq!(change.plan(), 0);
    change.approve();
    hosted.by_hand(2, "King");
    // The title is edited. The plan of the same commit now shows that agent-2 is set back too.
    assert_eq!(change.plan(), 0);
    assert!(change.comments()[0].contains("King"));
    hosted.merge_unreviewed(&change);
    let run = Run::begin(&hosted);
    assert_eq!((run.go().as_str(), hosted.writes()), ("ask", 0), "{}", run.said);
    assert!(run.plan.summary().contains("the plan of #1 does not count as reviewed: its comment was changed at"));
}

#[test]
fn a_changed_title_needs_no_further_approval() {
    let hosted = HostedRepo::new();
    hosted.has_reviewers();
    hosted.apply();
    let change = hosted.pull_request(1, |hosted| hosted.edit("agents/agent-1.yaml", CONSULTANT, "en: Director"));
    assert_eq!(change.plan(), 0);
    change.approve();
    assert_eq!(change.plan(), 0);
    hosted.merge_unreviewed(&change);
    assert_eq!(Run::begin(&hosted).go(), "apply");
}

#[test]
fn a_comment_with_another_link_needs_an_approval() {
    let hosted = HostedRepo::new();
    hosted.has_reviewers();
    hosted.apply();
    let change = hosted.pull_request(1, |hosted| hosted.edit("agents/agent-1.yaml", CONSULTANT, "en: Director"));
    assert_eq!(change.plan(), 0);
    let usual = change.comments().remove(0);
    // A run of another pull request, at the time at which the workflow wrote the comment.
    let other = usual.replacen("/actions/runs/", "/actions/runs/9", 1);
    hosted.github().tables.get_mut("comments").unwrap()[0]["body"] = json!(other);
    hosted.merge(&change);
    assert_eq!(Run::begin(&hosted).go(), "ask");
}

#[test]
fn an_edited_comment_needs_an_approval() {
    let hosted = HostedRepo::new();
    hosted.has_reviewers();
    hosted.apply();
    let change = hosted.pull_request(1, |hosted| hosted.edit("agents/agent-1.yaml", CONSULTANT, "en: Director"));
    assert_eq!(change.plan(), 0);
    change.edit_comment(|body| body.replace("Director", "Partner"));
    hosted.merge(&change);
    let run = Run::begin(&hosted);
    assert_eq!((run.go().as_str(), hosted.writes()), ("ask", 0), "{}", run.said);
    change.edit_comment(|body| body.replace("Partner", "Director"));
    assert_eq!(Run::begin(&hosted).go(), "ask", "set back, but after the approval");
}

#[test]
fn a_merge_without_a_review_needs_an_approval() {
    let hosted = HostedRepo::new();
    hosted.has_reviewers();
    hosted.apply();
    let change = hosted.pull_request(1, |hosted| hosted.edit("agents/agent-1.yaml", CONSULTANT, "en: Director"));
    assert_eq!(change.plan(), 0);
    hosted.merge_unreviewed(&change);
    let run = Run::begin(&hosted);
    assert_eq!(run.go(), "ask", "{}", run.said);
}

#[test]
fn an_apply_stops_where_every_branch_can_use_the_keys() {
    let hosted = HostedRepo::new();
    hosted.know("environments/roster-apply", &json!({"deployment_branch_policy": null}));
    let run = hosted.apply();
    assert!(run.said.contains("every branch can use the keys of the environment roster-apply"), "{}", run.said);
    assert_eq!((run.results[0], hosted.issues().len(), hosted.repo.sandbox.requests().len()), ("failure", 1, 0));
}

#[test]
fn a_guard_stops_the_apply_until_its_digest_was_reviewed() {
    let hosted = HostedRepo::new();
    hosted.edit("roster.yaml", "crm:", "limits: {update: {count: 1, percent: 0}}\ncrm:");
    hosted.commit("main");
    hosted.apply();
    let change = hosted.pull_request(1, |hosted| {
        hosted.edit("agents/agent-1.yaml", CONSULTANT, "en: Director");
        hosted.edit("agents/agent-2.yaml", CONSULTANT, "en: Director");
    });
    assert_eq!(change.plan(), 3);
    hosted.merge(&change);
    let run = hosted.apply();
    assert_eq!((run.results, hosted.writes()), (["failure", "skipped", "skipped"], 0));
    let plan: Value = serde_json::from_str(&fs::read_to_string(run.plan.temp.join("plan.json")).unwrap()).unwrap();
    let digest = plan["blocked"][0]["digest"].as_str().unwrap();
    assert!(hosted.issues()[0].1.contains(digest), "the issue tells the remedy");

    let accept = hosted.pull_request(2, |hosted| hosted.write(&format!(".roster/accept/{digest}"), ""));
    assert_eq!(accept.plan(), 0);
    hosted.merge(&accept);
    let run = hosted.apply();
    assert_eq!((run.go().as_str(), run.results[2]), ("apply", "success"), "{}", run.said);
    assert_eq!(hosted.issues()[0].0, "closed");
}

#[test]
fn a_direct_push_needs_an_approval_and_a_rewritten_history_has_no_base() {
    let hosted = HostedRepo::new();
    hosted.has_reviewers();
    hosted.apply();
    let base = hosted.applied();
    hosted.go_to("main");
    hosted.edit("agents/agent-1.yaml", CONSULTANT, "en: Director");
    hosted.commit("main");
    let run = Run::begin(&hosted);
    assert_eq!((run.go().as_str(), json!(run.plan.output("base", "base"))), ("ask", base));

    hosted.git(&["checkout", "-q", "--orphan", "other"]);
    hosted.commit("main");
    let run = Run::begin(&hosted);
    assert_eq!((run.go().as_str(), run.plan.output("base", "base").as_str()), ("ask", ""));
}
