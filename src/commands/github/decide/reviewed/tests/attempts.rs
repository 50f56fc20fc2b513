//! Several plans of one commit: several runs, and runs that were started again.

use super::*;

#[test]
fn of_several_plans_the_one_that_the_comment_shows_counts() {
    let plans = || vec![(1, 1, "success", "09:01"), (2, 1, "success", "10:01")];
    let by = |run| json!([bot_comment(&shown_by(run, KEPT), "10:02")]);
    MergedPullRequest { plans: plans(), comments: by(2), ..MergedPullRequest::usual() }.counts(2);
    // The later plan is the same, so the first one's comment was left as it was.
    let comments = || json!([bot_comment(&shown(KEPT), "09:02")]);
    MergedPullRequest { plans: plans(), comments: comments(), ..MergedPullRequest::usual() }.counts(1);
    MergedPullRequest { plans: plans(), deleted: Some(1), comments: by(2), ..MergedPullRequest::usual() }.counts(2);
    MergedPullRequest { plans: plans(), deleted: Some(1), comments: comments(), ..MergedPullRequest::usual() }
        .asks("names no run of the plan workflow");
    let stopped = vec![(1, 1, "success", "09:01"), (2, 1, "cancelled", "10:01")];
    MergedPullRequest { plans: stopped, comments: comments(), ..MergedPullRequest::usual() }.counts(1);
}

/// After an apply each pull request is planned again, in another attempt of its run.
#[test]
fn an_equal_plan_of_a_later_attempt_leaves_the_approval_and_another_plan_takes_it() {
    let again = |conclusion, time| vec![(1, 1, "success", "10:01"), (1, 2, conclusion, time)];
    // Before or after the approval, and however it ended: what it did not show does not matter.
    for time in ["10:31", "11:30"] {
        for conclusion in ["success", "failure", "cancelled"] {
            MergedPullRequest { plans: again(conclusion, time), ..MergedPullRequest::usual() }.counts(1);
        }
    }
    let newer = KEPT.replace("Director", "Partner");
    let others = || vec![(1, 2, newer.clone())];
    let shows = |plan: &str, changed| json!([bot_comment(&shown_in((1, 2), plan), changed)]);
    let plans = || again("success", "11:30");
    MergedPullRequest {
        plans: plans(),
        others: others(),
        comments: shows(&newer, "11:32"),
        ..MergedPullRequest::usual()
    }
    .asks("changed at 2030-01-01T11:32:00Z, after its approval at");
    // Approved after that, the second plan counts, and not the first.
    let reviews = || json!([review("owner", "APPROVED", HEAD, "11:50")]);
    let known =
        || MergedPullRequest { plans: plans(), others: others(), reviews: reviews(), ..MergedPullRequest::usual() };
    MergedPullRequest { comments: shows(&newer, "11:02"), plans: again("success", "11:01"), ..known() }.counts_in(1, 2);
    // The first plan's text below the second's links, or the second's below the first's.
    for (attempt, plan) in [(2, KEPT), (1, &newer)] {
        let comments = json!([bot_comment(&shown_in((1, attempt), plan), "11:02")]);
        let plans = again("success", "11:01");
        assert_eq!(MergedPullRequest { plans, comments, ..known() }.decide(Basis::Approval).plans, []);
    }
    // Where the second was not shown, since somebody stopped it, the first is what was approved.
    MergedPullRequest { plans: again("cancelled", "10:31"), others: others(), ..MergedPullRequest::usual() }.counts(1);
}

/// Everyone with write access can start a run again, all of it or single jobs.
#[test]
fn a_later_attempt_does_not_cover_an_edit_between_the_attempts() {
    // Edited, read, and set back at 10:40; then the run is started again, which ends after the approval.
    let edited = || json!([bot_comment(&shown(KEPT), "10:40")]);
    for time in ["10:31", "11:30"] {
        for without_plan in [None, Some(2)] {
            let plans = vec![(1, 1, "success", "10:01"), (1, 2, "success", time)];
            MergedPullRequest { plans, without_plan, comments: edited(), ..MergedPullRequest::usual() }
                .asks("when no run of the workflow could have done so");
        }
    }
    // Nor while an attempt lasts that made a plan of its own, since that would have its own links.
    let plans = || vec![(1, 1, "success", "09:01"), (1, 2, "success", "10:01")];
    MergedPullRequest { plans: plans(), ..MergedPullRequest::usual() }.asks("when no run of the workflow");
    // The second attempt only wrote the comment, which had failed. It names itself and the first attempt's page.
    let by_second = || json!([bot_comment(&shown(KEPT).replace("/attempts/1)", "/attempts/2)"), "10:02")]);
    MergedPullRequest { plans: plans(), without_plan: Some(2), comments: by_second(), ..MergedPullRequest::usual() }
        .counts(1);
    MergedPullRequest { plans: plans(), without_plan: Some(2), ..MergedPullRequest::usual() }
        .asks("when no run of the workflow");
    // The check failed at first, and succeeded for the same plan.
    let plans = || vec![(1, 1, "failure", "09:01"), (1, 2, "success", "10:01")];
    MergedPullRequest { plans: plans(), without_plan: Some(2), comments: by_second(), ..MergedPullRequest::usual() }
        .counts(1);
    let comments = json!([bot_comment(&shown(KEPT), "09:02")]);
    MergedPullRequest { plans: plans(), without_plan: Some(2), comments, ..MergedPullRequest::usual() }.counts(1);
    let plans = vec![(1, 1, "failure", "10:01"), (1, 2, "success", "10:31")];
    MergedPullRequest { plans, ..MergedPullRequest::usual() }.asks("the check of the plan that run 1 made has not");
}
