//! A pull request, and the run of plan.yml for it.

use std::fs;

use serde_json::{Value, json};

use super::{HostedRepo, Job};
use crate::workflows::github::RunJob;

/// A pull request, at its last commit.
pub(in crate::workflows) struct PullRequest<'a> {
    pub(super) hosted: &'a HostedRepo,
    pub(in crate::workflows) number: u32,
    pub(in crate::workflows) head: String,
}

impl PullRequest<'_> {
    /// A run of plan.yml for it. Gives the check's result.
    pub(in crate::workflows) fn plan(&self) -> i32 {
        self.plan_with(env!("CARGO_BIN_EXE_roster"))
    }

    /// The same with another program.
    pub(in crate::workflows) fn plan_with(&self, program: &str) -> i32 {
        let run = self.hosted.next_run();
        self.hosted.github().begin_run(run, "plan.yml", &format!("pull-{}", self.number), &self.head);
        self.attempt(run, program)
    }

    /// A run of it, started again. Gives the check's result.
    pub(in crate::workflows) fn plan_again(&self, run: u32) -> i32 {
        self.attempt(run, env!("CARGO_BIN_EXE_roster"))
    }

    fn attempt(&self, run: u32, program: &str) -> i32 {
        let attempt = self.hosted.github().begin_attempt(run).to_string();
        let job = |name: &str| {
            let mut job = self.job(name);
            job.give("github.run_attempt", &attempt);
            job
        };
        let mut change = job("change");
        change.step("change").exits(0);
        let changed = change.output("change", "changed");
        let mut code = change.output("change", "code").parse().unwrap_or_default();
        let mut shown = change;
        if changed == "true" {
            let mut compare = job("compare");
            compare.give("steps.roster.outputs.program", program);
            code = compare.compare(run);
            shown = compare;
        }
        let began = self.hosted.github().now();
        self.comment(run, &attempt, &shown);
        let times = [began, self.hosted.github().now()];
        let mut result = self.job("plan");
        let success = |good: bool| if good { "success" } else { "failure" };
        result.give("needs.change.result", "success");
        result.give("needs.change.outputs.changed", &changed);
        result.give("needs.change.outputs.code", &code.to_string());
        result.give("needs.compare.result", if changed == "true" { success(code == 0) } else { "skipped" });
        assert!(result.runs(), "a required check that is skipped counts as passed");
        let passed = result.step("result").code == 0;
        assert_eq!(passed, code == 0, "the check is the result of the plan");
        let [comment, plan] = ["comment", "plan"].map(|name| self.hosted.job_name(name));
        let jobs: [RunJob<'_>; 2] = [(&comment, "success", times.clone()), (&plan, success(passed), times)];
        self.hosted.github().end_attempt(run, success(passed), &jobs);
        code
    }

    pub(in crate::workflows) fn job(&self, name: &str) -> Job<'_> {
        let mut job = self.hosted.job("plan.yml", name);
        job.give("github.event.pull_request.number", &self.number.to_string());
        job.give("github.event.pull_request.head.sha", &self.head);
        job
    }

    /// The job that comments, after the one that left something to show.
    fn comment(&self, run: u32, attempt: &str, shown: &Job<'_>) {
        let mut comment = self.job("comment");
        comment.run = run;
        comment.give("github.run_attempt", attempt);
        comment.give("needs.change.outputs.changed", &shown.output("change", "changed"));
        comment.give("needs.compare.outputs.page", &shown.output("page", "artifact-url"));
        for label in ["blocked", "leaves"] {
            comment.give(&format!("needs.compare.outputs.{label}"), &shown.output("labels", label));
        }
        comment.give("needs.compare.result", "failure");
        assert!(comment.runs(), "however the plan ended");
        let _ = fs::copy(shown.temp.join("plan.md"), comment.checkout.join("plan.md"));
        comment.step("comment").exits(0);
        if comment.due("labels") {
            comment.step("labels").exits(0);
        }
    }

    /// The labels on it.
    pub(in crate::workflows) fn labels(&self) -> Vec<String> {
        let on = |label: &&Value| label["on"] == self.number.to_string().as_str();
        let labels = self.hosted.table("labels");
        labels.iter().filter(on).map(|label| label["name"].as_str().unwrap().to_owned()).collect()
    }

    /// A person with write access approves it as it is.
    pub(in crate::workflows) fn approve(&self) {
        let mut github = self.hosted.github();
        let review = json!({
            "user": {"login": "reviewer", "type": "User"},
            "state": "APPROVED",
            "commit_id": self.head,
            "submitted_at": github.now(),
        });
        let reviews = github.objects.entry(format!("pulls/{}/reviews", self.number)).or_insert_with(|| json!([]));
        reviews.as_array_mut().unwrap().push(review);
    }

    /// A person edits the newest comment on it.
    pub(in crate::workflows) fn edit_comment(&self, edit: impl Fn(&str) -> String) {
        let mut github = self.hosted.github();
        let comment = github.tables["comments"].last().unwrap().clone();
        let body = json!({"body": edit(comment["body"].as_str().unwrap())});
        github.change("comments", &comment["id"].to_string(), body.as_object().unwrap().clone()).unwrap();
    }

    /// The comments on it.
    pub(in crate::workflows) fn comments(&self) -> Vec<String> {
        let on = |comment: &&Value| comment["on"] == self.number.to_string().as_str();
        let comments = self.hosted.table("comments");
        comments.iter().filter(on).map(|comment| comment["body"].as_str().unwrap().to_owned()).collect()
    }
}
