//! Runs with their attempts, and the open pull requests as GraphQL gives them.

use serde_json::{Map, Value, json};

use super::{Knowledge, PAGE, fine, is};

/// A job of an attempt: its name, its conclusion, and when it began and ended.
pub(in crate::workflows) type RunJob<'a> = (&'a str, &'a str, [String; 2]);

impl Knowledge {
    /// Begins a run, of the last commit of a branch.
    pub(in crate::workflows) fn begin_run(&mut self, run: u32, workflow: &str, branch: &str, head: &str) {
        let now = self.now();
        let row = json!({
            "id": run,
            "event": "pull_request_target",
            "path": format!(".github/workflows/{workflow}"),
            "head_branch": branch,
            "head_sha": head,
            "repository": {"full_name": "brokerage/roster"},
            "head_repository": {"full_name": "brokerage/roster"},
            "pull_requests": [],
            "run_attempt": 0,
            "created_at": now,
        });
        self.runs.push(row);
    }

    /// Begins the next attempt of a run. Gives its number.
    pub(in crate::workflows) fn begin_attempt(&mut self, run: u32) -> u64 {
        let now = self.now();
        let row = self.run(run);
        let attempt = row["run_attempt"].as_u64().unwrap() + 1;
        row["run_attempt"] = json!(attempt);
        (row["status"], row["conclusion"], row["updated_at"]) = (json!("in_progress"), Value::Null, json!(now));
        attempt
    }

    /// Ends the newest attempt of a run.
    pub(in crate::workflows) fn end_attempt(&mut self, run: u32, conclusion: &str, jobs: &[RunJob<'_>]) {
        let now = self.now();
        let row = self.run(run);
        (row["status"], row["conclusion"], row["updated_at"]) = (json!("completed"), json!(conclusion), json!(now));
        let path = format!("actions/runs/{run}/attempts/{}/jobs", row["run_attempt"]);
        let job = |(name, conclusion, [started, completed]): &RunJob<'_>| json!({"name": name, "conclusion": conclusion, "started_at": started, "completed_at": completed});
        let jobs: Vec<Value> = jobs.iter().map(job).collect();
        self.objects.insert(path, json!({ "jobs": jobs }));
    }

    fn run(&mut self, run: u32) -> &mut Value {
        self.runs.iter_mut().find(|row| is(row, &run.to_string())).unwrap()
    }

    /// The answers about runs.
    pub(super) fn about_runs(&mut self, method: &str, parts: &[&str], head: Option<&str>) -> Option<Value> {
        match (method, parts) {
            ("GET", ["actions", "runs"]) => {
                let of: Vec<&Value> = self.runs.iter().filter(|row| row["head_sha"] == head.unwrap()).collect();
                Some(json!({ "workflow_runs": of }))
            }
            ("GET", ["actions", "runs", run]) => self.runs.iter().find(|row| is(row, run)).cloned(),
            ("POST", ["actions", "runs", run, "rerun"]) => {
                self.started_again.push(run.parse().unwrap());
                Some(json!({}))
            }
            _ => panic!("gh: not known: {method} {parts:?}"),
        }
    }

    /// The open pull requests, in pages, as open-pulls.graphql asks for them.
    pub(super) fn graphql(&mut self, body: &Map<String, Value>) -> super::Said {
        let text = |key: &str| body[key].as_str().unwrap().to_owned();
        assert_eq!(["owner", "name", "base"].map(text), ["brokerage", "roster", "main"]);
        for field in ["states: OPEN", "$endCursor", "isCrossRepository", "headRefOid", "totalCount"] {
            assert!(text("query").contains(field), "{field} is not asked for");
        }
        self.calls.push("POST graphql".to_owned());
        if self.broken.as_deref() == Some("POST graphql") {
            return (1, "gh: Something went wrong (HTTP 502)".to_owned(), String::new());
        }
        let page = |nodes: &[Value]| json!({"data": {"repository": {"pullRequests": {"nodes": nodes}}}});
        fine(Value::Array(self.open_pulls.chunks(PAGE).map(page).collect()).to_string())
    }
}
