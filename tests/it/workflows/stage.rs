//! A brokerage's repository with a remote, both systems, and a GitHub of files; and the jobs of the workflows on it.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use roster::sandbox::{Options, Sandbox};
use serde_json::{Value, json};
use serde_yaml::Value as Yaml;
use tempfile::TempDir;

use super::condition::Facts;
use super::{read, root};
use crate::office::Ran;

pub(super) struct Stage {
    pub(super) sandbox: Sandbox,
    folder: TempDir,
    /// The folder of the brokerage, from the top of its repository.
    directory: String,
    runs: Cell<u32>,
    _runtime: tokio::runtime::Runtime,
}

impl Stage {
    /// Three agents whom both systems hold, in a repository whose main branch has this project's workflows.
    pub(super) fn new() -> Self {
        Self::at(".")
    }

    /// The same in a folder of the repository.
    pub(super) fn at(directory: &str) -> Self {
        let stage = Self::bare(directory);
        stage.settle();
        stage
    }

    /// Systems and a GitHub, and nothing in any of them.
    pub(super) fn bare(directory: &str) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let sandbox = runtime.block_on(Sandbox::start(Options::default())).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let (directory, runs) = (directory.to_owned(), Cell::new(100));
        let stage = Self { sandbox, folder, directory, runs, _runtime: runtime };
        for name in ["bin", "github", "author"] {
            fs::create_dir(stage.path(name)).unwrap();
        }
        fs::copy(root().join("tests/it/workflows/gh"), stage.path("bin/gh")).unwrap();
        stage
    }

    /// Three agents in files, in both systems, and on main.
    fn settle(&self) {
        self.git(&["init", "--bare", "-q", "-b", "main", "../origin.git"]);
        self.git(&["-C", "../origin.git", "config", "uploadpack.allowAnySHA1InWant", "true"]);
        self.git(&["init", "-q", "-b", "main"]);
        self.git(&["remote", "add", "origin", "../origin.git"]);
        copy(&root().join(".github"), &self.path("author/.github"));
        self.write("roster.yaml", "crm: {link_fields: {agent: '11', pf_user: '12', pf_profile: '13', memory: '14'}}\n");
        for number in 1..=3 {
            self.write(&format!("agents/agent-{number}.yaml"), &agent(number));
        }
        self.roster(&["apply", "--yes"]).is(0);
        fs::remove_dir_all(self.file(".roster")).unwrap();
        self.sandbox.forget_requests();
        self.commit("main");
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A file of the brokerage, in the author's clone.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.path("author").join(&self.directory).join(name)
    }

    pub(super) fn write(&self, name: &str, text: &str) {
        fs::create_dir_all(self.file(name).parent().unwrap()).unwrap();
        fs::write(self.file(name), text).unwrap();
    }

    pub(super) fn edit(&self, name: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.file(name)).unwrap();
        assert!(text.contains(from), "{name} has no {from:?}");
        self.write(name, &text.replace(from, to));
    }

    /// Git in the author's clone.
    pub(super) fn git(&self, args: &[&str]) -> String {
        let who = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "protocol.file.allow=always"];
        let mut git = Command::new("git");
        git.current_dir(self.path("author")).env_clear().envs(self.surroundings()).args(who).args(args);
        let ran = Ran::of(git);
        ran.is(0).out.trim().to_owned()
    }

    /// Commits all that is there and pushes it to a branch.
    pub(super) fn commit(&self, branch: &str) -> String {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", "as it is"]);
        self.git(&["push", "-q", "--force", "origin", &format!("HEAD:refs/heads/{branch}")]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// Goes to a branch as the remote has it, or begins one at main.
    pub(super) fn go_to(&self, branch: &str) {
        self.git(&["fetch", "-q", "origin"]);
        let there = self.git(&["branch", "-r", "--list", &format!("origin/{branch}")]);
        let from = if there.is_empty() { "origin/main".to_owned() } else { format!("origin/{branch}") };
        self.git(&["checkout", "-q", "--force", "-B", branch, &from]);
    }

    /// A pull request: what was changed in the author's clone, on a branch from main.
    pub(super) fn pull_request(&self, number: u32, change: impl FnOnce(&Self)) -> PullRequest<'_> {
        self.go_to(&format!("pull-{number}"));
        change(self);
        let head = self.commit(&format!("pull-{number}"));
        self.know(&format!("pulls/{number}"), &json!({"number": number, "head": {"sha": head}}));
        PullRequest { stage: self, number, head }
    }

    /// Merges a pull request into main.
    pub(super) fn merge(&self, pull_request: &PullRequest<'_>) -> String {
        self.go_to("main");
        self.git(&["merge", "-q", "--no-ff", "-m", "merged", &pull_request.head]);
        self.git(&["push", "-q", "origin", "main"]);
        let commit = self.git(&["rev-parse", "HEAD"]);
        let merged = json!([{
            "number": pull_request.number,
            "merged_at": "2030-01-01T00:00:00Z",
            "base": {"ref": "main"},
            "head": {"sha": pull_request.head},
        }]);
        self.know(&format!("commits/{commit}/pulls"), &merged);
        commit
    }

    /// The program in the author's clone.
    pub(super) fn roster(&self, args: &[&str]) -> Ran {
        let mut roster = Command::new(env!("CARGO_BIN_EXE_roster"));
        roster.current_dir(self.path("author").join(&self.directory)).args(args).env_clear();
        roster.envs(self.sandbox.environment()).env("ROSTER_DIGEST_KEY", "a key of tests");
        Ran::of(roster)
    }

    /// Lets GitHub know something.
    pub(super) fn know(&self, name: &str, value: &Value) {
        let path = self.path(&format!("github/{name}.json"));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, value.to_string()).unwrap();
    }

    /// A table of GitHub's: comments, issues, deployments.
    pub(super) fn table(&self, name: &str) -> Vec<Value> {
        let text = fs::read_to_string(self.path(&format!("github/{name}.json"))).unwrap_or_else(|_| "[]".to_owned());
        serde_json::from_str(&text).unwrap()
    }

    /// Keeps a file as an artifact of a run of a workflow.
    pub(super) fn upload(&self, file: &Path, name: &str, workflow: &str, event: &str) {
        let run = self.next_run();
        let folder = self.path(&format!("github/artifacts/{run}/{name}"));
        fs::create_dir_all(&folder).unwrap();
        fs::copy(file, folder.join(file.file_name().unwrap())).unwrap();
        let mut artifacts = self.table("artifacts");
        artifacts.push(json!({"name": name, "expired": false, "workflow_run": {"id": run}}));
        self.know("artifacts", &Value::Array(artifacts));
        let path = format!(".github/workflows/{workflow}");
        self.know(&format!("actions/runs/{run}"), &json!({"id": run, "event": event, "path": path}));
    }

    fn next_run(&self) -> u32 {
        self.runs.set(self.runs.get() + 1);
        self.runs.get()
    }

    /// The name that the brokerage's environments, artifacts and issues begin with.
    pub(super) fn name(&self) -> String {
        let folder = self.directory.rsplit('/').next().unwrap();
        if folder == "." { "roster".to_owned() } else { format!("roster-{folder}") }
    }

    /// Begins a job of a workflow in a fresh clone of main, as a runner does.
    pub(super) fn job(&self, workflow: &str, job: &str) -> Job<'_> {
        let run = self.next_run();
        let (checkout, temp) = (self.path(&format!("checkout-{run}")), self.path(&format!("temp-{run}")));
        fs::create_dir(&temp).unwrap();
        self.git(&["clone", "-q", "../origin.git", checkout.to_str().unwrap()]);
        let yaml = read(&format!(".github/workflows/{workflow}"));
        let mut known = BTreeMap::from([
            ("github.token".to_owned(), "a token".to_owned()),
            ("github.event.repository.default_branch".to_owned(), "main".to_owned()),
            ("github.run_attempt".to_owned(), "1".to_owned()),
            ("github.event_name".to_owned(), "push".to_owned()),
            ("steps.roster.outcome".to_owned(), "success".to_owned()),
            ("steps.roster.outputs.program".to_owned(), env!("CARGO_BIN_EXE_roster").to_owned()),
            ("secrets.ROSTER_DIGEST_KEY".to_owned(), "a key of tests".to_owned()),
        ]);
        if self.directory != "." {
            known.insert("inputs.directory".to_owned(), self.directory.clone());
            known.insert("inputs.name".to_owned(), self.name());
        }
        for (name, value) in self.sandbox.environment() {
            known.insert(format!("secrets.{name}"), value);
        }
        Job { stage: self, workflow: yaml, name: job.to_owned(), checkout, temp, run, known }
    }

    /// What every process has.
    pub(super) fn surroundings(&self) -> Vec<(&'static str, String)> {
        let path = format!("{}:{}", self.path("bin").display(), std::env::var("PATH").unwrap());
        let home = self.folder.path().display().to_string();
        let nothing = "/dev/null".to_owned();
        vec![("PATH", path), ("HOME", home), ("GIT_CONFIG_GLOBAL", nothing.clone()), ("GIT_CONFIG_SYSTEM", nothing)]
    }
}

/// A pull request, at its last commit.
pub(super) struct PullRequest<'a> {
    stage: &'a Stage,
    pub(super) number: u32,
    pub(super) head: String,
}

impl PullRequest<'_> {
    /// Both jobs of plan.yml for it. Gives the check's result.
    pub(super) fn plan(&self) -> i32 {
        let mut plan = self.job("plan");
        let code = plan.plan();
        self.comment(&plan);
        code
    }

    pub(super) fn job(&self, name: &str) -> Job<'_> {
        let mut job = self.stage.job("plan.yml", name);
        job.give("github.event.pull_request.number", &self.number.to_string());
        job.give("github.event.pull_request.head.sha", &self.head);
        job
    }

    /// The second job, after the first.
    pub(super) fn comment(&self, plan: &Job<'_>) {
        let mut comment = self.job("comment");
        comment.give("needs.plan.outputs.changed", &plan.output("change", "changed"));
        comment.give("needs.plan.result", "failure");
        assert!(comment.runs(), "however the plan ended");
        let _ = fs::copy(plan.temp.join("plan.md"), comment.checkout.join("plan.md"));
        comment.step("comment").is(0);
    }

    /// The comments on it.
    pub(super) fn comments(&self) -> Vec<String> {
        let on = |comment: &&Value| comment["on"] == self.number.to_string().as_str();
        let comments = self.stage.table("comments");
        comments.iter().filter(on).map(|comment| comment["body"].as_str().unwrap().to_owned()).collect()
    }
}

/// A job of a workflow while it runs.
pub(super) struct Job<'a> {
    stage: &'a Stage,
    workflow: Yaml,
    name: String,
    pub(super) checkout: PathBuf,
    pub(super) temp: PathBuf,
    run: u32,
    known: BTreeMap<String, String>,
}

impl Job<'_> {
    /// The value of an expression such as `inputs.digest`.
    pub(super) fn give(&mut self, expression: &str, value: &str) {
        self.known.insert(expression.to_owned(), value.to_owned());
    }

    /// Whether the job runs, by its own `if:` and the results of the jobs that it needs.
    pub(super) fn runs(&self) -> bool {
        let job = &self.workflow["jobs"][self.name.as_str()];
        let needs = match &job["needs"] {
            Yaml::String(one) => vec![one.as_str()],
            several => several.as_sequence().into_iter().flatten().map(|one| one.as_str().unwrap()).collect(),
        };
        let result = |need: &str| self.known.get(&format!("needs.{need}.result")).map_or("", String::as_str);
        let success = needs.iter().all(|need| result(need) == "success");
        let cancelled = self.known.contains_key("cancelled");
        Facts { known: &self.known, success, cancelled }.hold(job["if"].as_str().unwrap_or_default())
    }

    /// Whether a step runs, by its own `if:`, when all before it went well.
    pub(super) fn due(&self, id: &str) -> bool {
        let steps = self.workflow["jobs"][self.name.as_str()]["steps"].as_sequence().unwrap();
        let step = steps.iter().find(|step| step["id"].as_str() == Some(id)).unwrap();
        let facts = Facts { known: &self.known, success: true, cancelled: false };
        facts.hold(step["if"].as_str().unwrap_or_default())
    }

    /// What a step left; nothing, if it did not run.
    pub(super) fn output(&self, step: &str, name: &str) -> String {
        self.known.get(&format!("steps.{step}.outputs.{name}")).cloned().unwrap_or_default()
    }

    /// Checks another branch out than main.
    pub(super) fn check_out(&self, branch: &str) {
        let checkout = self.checkout.to_str().unwrap();
        self.stage.git(&["-C", checkout, "checkout", "-q", "--detach", &format!("origin/{branch}")]);
    }

    pub(super) fn summary(&self) -> String {
        fs::read_to_string(self.temp.join("summary")).unwrap_or_default()
    }

    /// The steps of plan.yml's first job that are scripts, and the artifact that it keeps. Gives the check's result.
    pub(super) fn plan(&mut self) -> i32 {
        self.step("change").is(0);
        if self.due("plan") {
            self.step("plan").is(0);
        }
        let passed = self.step("pass").code;
        // The page is kept whenever the plan is.
        if self.due("page") {
            let (number, head) =
                (&self.known["github.event.pull_request.number"], &self.known["github.event.pull_request.head.sha"]);
            let name = format!("{}-plan-{number}-{head}", self.stage.name());
            self.stage.upload(&self.temp.join("plan.json"), &name, "plan.yml", "pull_request_target");
        }
        passed.unwrap()
    }

    /// Runs the script of a step, with no more in its environment than the workflow gives it.
    pub(super) fn step(&mut self, id: &str) -> Ran {
        assert!(self.due(id), "GitHub would not run {id}");
        let job = self.workflow["jobs"][self.name.as_str()].clone();
        let steps = job["steps"].as_sequence().unwrap();
        let step = steps.iter().find(|step| step["id"].as_str() == Some(id));
        let step = step.unwrap_or_else(|| panic!("{} has no step {id}", self.name));
        let mut bash = Command::new("bash");
        bash.args(["--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"].as_str().unwrap()]);
        bash.current_dir(&self.checkout).env_clear().envs(self.stage.surroundings());
        let urls = self.stage.sandbox.environment().into_iter().filter(|(name, _)| name.ends_with("_URL"));
        bash.envs(urls).env("RUNNER_TEMP", &self.temp);
        let (output, summary) = (self.temp.join("output"), self.temp.join("summary"));
        fs::write(&output, "").unwrap();
        bash.env("GITHUB_OUTPUT", &output).env("GITHUB_STEP_SUMMARY", &summary).env("GITHUB_ACTIONS", "true");
        bash.env("GITHUB_REPOSITORY", "brokerage/roster").env("GITHUB_SERVER_URL", "https://github.example");
        bash.env("GITHUB_RUN_ID", self.run.to_string());
        let started = if self.stage.directory == "." { "apply" } else { "group" };
        let workflow = format!("brokerage/roster/.github/workflows/{started}.yml@refs/heads/main");
        bash.env("GITHUB_WORKFLOW_REF", workflow);
        for env in [self.workflow["env"].clone(), job["env"].clone(), step["env"].clone()] {
            for (name, value) in env.as_mapping().into_iter().flatten() {
                let (name, value) = (name.as_str().unwrap(), self.evaluated(value.as_str().unwrap()));
                bash.env(name, &value);
                self.known.insert(format!("env.{name}"), value);
            }
        }
        let ran = Ran::of(bash);
        for line in fs::read_to_string(&output).unwrap().lines() {
            let (name, value) = line.split_once('=').unwrap();
            self.known.insert(format!("steps.{id}.outputs.{name}"), value.to_owned());
        }
        ran
    }

    /// A value with its expressions: of alternatives the first that is not empty.
    fn evaluated(&self, text: &str) -> String {
        let Some((before, rest)) = text.split_once("${{") else { return text.to_owned() };
        let (expression, after) = rest.split_once("}}").unwrap();
        let mut values = expression.split("||").map(str::trim).map(|term| match term.strip_prefix('\'') {
            Some(literal) => literal.trim_end_matches('\'').to_owned(),
            None => self.known.get(term).cloned().unwrap_or_else(|| {
                let may_be_empty =
                    ["inputs.", "steps.", "needs.", "github.event."].iter().any(|context| term.starts_with(context));
                assert!(may_be_empty, "nobody knows {term}");
                String::new()
            }),
        });
        let value = values.find(|value| !value.is_empty()).unwrap_or_default();
        format!("{before}{value}{}", self.evaluated(after))
    }
}

/// Copies a folder.
fn copy(from: &Path, to: &Path) {
    for entry in walkdir::WalkDir::new(from) {
        let entry = entry.unwrap();
        let to = to.join(entry.path().strip_prefix(from).unwrap());
        if entry.file_type().is_dir() {
            fs::create_dir_all(to).unwrap();
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

pub(super) fn agent(number: usize) -> String {
    format!(
        "status: active
public:
  first_name: Sara
  last_name: Khan {number}
  email: sara-{number}@brokerage.example
  phone: \"+9715010000{number:02}\"
  position: {{en: Sales Consultant}}
private:
  email: login-{number}@brokerage.example
  mobile: \"+9715590000{number:02}\"
"
    )
}
