//! apply.yml: its jobs as GitHub runs them.

mod again;
mod approval;
mod links;
mod recovery;

use std::fs;

use serde_json::{Value, json};

use super::hosted_repo::{HostedRepo, Job, PullRequest, agent_yaml};

const CONSULTANT: &str = "en: Sales Consultant";

/// A run of apply.yml.
struct Run<'a> {
    hosted: &'a HostedRepo,
    plan: Job<'a>,
    /// What became of the jobs `plan`, `ask` and `apply`, in GitHub's words.
    results: [&'static str; 3],
    /// Which of them began. One that was dropped is cancelled without having begun.
    began: [bool; 3],
    newer: String,
    /// What the last step that failed said.
    said: String,
    /// The token that may push roster.lock.
    lock_token: String,
}

impl<'a> Run<'a> {
    /// Its job `plan`, after the program is there.
    fn begin(hosted: &'a HostedRepo) -> Self {
        Self {
            hosted,
            plan: hosted.job("apply.yml", "plan"),
            results: ["success", "skipped", "skipped"],
            began: [true, false, false],
            newer: String::new(),
            said: String::new(),
            lock_token: "a token".to_owned(),
        }
        .planned()
    }

    fn planned(self) -> Self {
        let mut run = self;
        for step in ["settings", "base", "reviewed", "plan", "decide"] {
            let ran = run.plan.step(step);
            if ran.code != 0 {
                run.results[0] = "failure";
                run.said = ran.stdout + &ran.stderr;
                break;
            }
        }
        run
    }

    fn go(&self) -> String {
        self.plan.output("decide", "go")
    }

    /// A job after the first, knowing what the others came to.
    fn job(&self, name: &str) -> Job<'a> {
        let mut job = self.hosted.job("apply.yml", name);
        for ((need, result), began) in ["plan", "ask", "apply"].into_iter().zip(self.results).zip(self.began) {
            job.give(&format!("needs.{need}.result"), result);
            job.give(&format!("needs.{need}.outputs.attempt"), if began { "1" } else { "" });
        }
        for (step, output) in [("base", "commit"), ("base", "base"), ("base", "last"), ("decide", "go")] {
            job.give(&format!("needs.plan.outputs.{output}"), &self.plan.output(step, output));
        }
        job.give("needs.apply.outputs.newer", &self.newer);
        job
    }

    /// Somebody is asked and says yes.
    fn approve(mut self) -> Self {
        assert!(self.job("ask").runs(), "{} {}", self.go(), self.said);
        (self.results[1], self.began[1]) = ("success", true);
        self
    }

    /// Its other jobs, as far as there is something to do.
    fn end(mut self) -> Self {
        assert!(self.results[1] != "skipped" || self.go() == "ask" || !self.job("ask").runs());
        if self.job("apply").runs() {
            self.write();
        }
        self.report();
        self.again();
        self
    }

    /// The job that plans other pull requests again.
    fn again(&self) {
        let mut again = self.job("again");
        if again.runs() {
            fs::create_dir(again.checkout.join("report")).unwrap();
            let _ = fs::copy(self.plan.temp.join("report/apply.json"), again.checkout.join("report/apply.json"));
            again.step("again").exits(0);
        }
    }

    fn write(&mut self) {
        let mut apply = self.job("apply");
        (self.results[2], self.began[2]) = ("success", true);
        fs::copy(self.plan.temp.join("plan.json"), apply.temp.join("plan.json")).unwrap();
        apply.step("current").exits(0);
        self.newer = apply.output("current", "newer");
        if apply.due("apply") {
            apply.give("secrets.ROSTER_LOCK_TOKEN", &self.lock_token);
            let check = apply.step("check-links");
            let ran = if check.code == 0 { vec![apply.step("apply"), apply.step("links")] } else { vec![check] };
            if let Some(failed) = ran.into_iter().find(|ran| ran.code != 0) {
                self.results[2] = "failure";
                self.said = failed.stdout + &failed.stderr;
            }
            self.plan.temp = apply.temp;
        }
    }

    fn report(&mut self) {
        let mut report = self.job("report");
        if !report.runs() {
            return;
        }
        fs::create_dir(report.checkout.join("report")).unwrap();
        for file in fs::read_dir(self.plan.temp.join("report")).into_iter().flatten().map(Result::unwrap) {
            fs::copy(file.path(), report.checkout.join("report").join(file.file_name())).unwrap();
        }
        for step in ["verdict", "remember", "close", "fail", "anew"] {
            if report.due(step) {
                report.step(step).exits(0);
            }
        }
    }
}

impl HostedRepo {
    /// Merges a pull request with an approval, and holds how the run that follows goes on.
    #[track_caller]
    pub(super) fn apply_reviewed(&self, change: &PullRequest<'_>, go: &str) {
        change.approve();
        self.apply_merged(change, go);
    }

    /// The same with the approvals that it has.
    #[track_caller]
    pub(super) fn apply_merged(&self, change: &PullRequest<'_>, go: &str) {
        self.has_reviewers();
        let base = self.git(&["rev-parse", "origin/main"]);
        let applied = json!({"environment": format!("{}-applied", self.name()), "sha": base});
        let id = self.github().insert("deployments", applied.as_object().unwrap().clone())["id"].to_string();
        let success = json!({"on": id, "state": "success"});
        self.github().insert("statuses", success.as_object().unwrap().clone());
        self.merge_unreviewed(change);
        let run = Run::begin(self);
        assert_eq!(run.go(), go, "{} {}", run.said, run.plan.summary());
    }

    /// One run that needs nobody.
    fn apply(&self) -> Run<'_> {
        Run::begin(self).end()
    }

    /// The commit that was applied last.
    fn applied(&self) -> Value {
        let applied = format!("{}-applied", self.name());
        let mut rows = self.table("deployments").into_iter().filter(|row| row["environment"] == applied.as_str());
        rows.next_back().map_or(Value::Null, |row| row["sha"].clone())
    }

    /// What both systems hold of an agent's position.
    fn position(&self, number: usize) -> Vec<String> {
        let mail = format!("sara-{number}@brokerage.example");
        let crm = self.repo.sandbox.crm_rows().into_iter().find(|row| row["public"]["email"] == mail.as_str()).unwrap();
        let pf =
            self.repo.sandbox.pf_rows().into_iter().find(|row| row["publicProfile"]["email"] == mail.as_str()).unwrap();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        vec![text(&crm["public"]["position"]), text(&pf["publicProfile"]["position"]["primary"])]
    }

    /// Somebody edits an agent's position in both systems.
    fn by_hand(&self, number: usize, to: &str) {
        let file = format!("agents/agent-{number}.yaml");
        let before = fs::read_to_string(self.file(&file)).unwrap();
        self.write(&file, &agent_yaml(number).replace(CONSULTANT, &format!("en: {to}")));
        self.roster(&["apply", "--yes"]).exits(0);
        fs::remove_dir_all(self.file(".roster")).unwrap();
        self.write(&file, &before);
        self.repo.sandbox.forget_requests();
    }

    fn writes(&self) -> usize {
        let calls = self.repo.sandbox.requests();
        calls.iter().filter(|call| call.method != "GET" && !call.target.contains("token")).count()
    }

    /// There are people who can be asked.
    fn has_reviewers(&self) {
        let rules = json!({"protection_rules": [{"type": "branch_policy"}, {"type": "required_reviewers"}]});
        self.know(&format!("environments/{}-ask", self.name()), &rules);
    }

    fn issues(&self) -> Vec<(String, String)> {
        let text = |issue: &Value, key: &str| issue[key].as_str().unwrap_or("open").to_owned();
        self.table("issues").iter().map(|issue| (text(issue, "state"), text(issue, "body"))).collect()
    }
}
