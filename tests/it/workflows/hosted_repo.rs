//! A brokerage's repository with a remote, both systems, and a GitHub of files; and the jobs of the workflows on it.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::MutexGuard;

use serde_json::{Value, json};

use super::github::{GitHub, Knowledge};
use super::{read, root};
use crate::support::{Person, Repo, Run};

mod job;
mod pull_request;

pub(super) use job::Job;
pub(super) use pull_request::PullRequest;

pub(super) struct HostedRepo {
    /// The sandbox, and a folder that holds the author's clone, the remote and the runners' files.
    pub(super) repo: Repo,
    github: GitHub,
    /// The folder of the brokerage, from the top of its repository.
    directory: String,
    runs: Cell<u32>,
}

impl HostedRepo {
    /// Three agents whom both systems hold, in a repository whose main branch has this project's workflows.
    pub(super) fn new() -> Self {
        Self::at(".")
    }

    /// The same in a folder of the repository.
    pub(super) fn at(directory: &str) -> Self {
        let hosted = Self::bare(directory);
        hosted.settle();
        hosted
    }

    /// Systems and a GitHub, and nothing in any of them.
    pub(super) fn bare(directory: &str) -> Self {
        let repo = Repo::empty();
        for name in ["bin", "author"] {
            fs::create_dir(repo.path(name)).unwrap();
        }
        // The address of the repository on GitHub is that of the remote here.
        let origin = repo.path("origin.git");
        repo.write(
            "gitconfig",
            &format!("[url \"{}\"]\ninsteadOf = https://github.example/brokerage/roster\n", origin.display()),
        );
        let github = GitHub::start(&repo.path("bin"));
        let (directory, runs) = (directory.to_owned(), Cell::new(100));
        Self { repo, github, directory, runs }
    }

    pub(super) fn github(&self) -> MutexGuard<'_, Knowledge> {
        self.github.knows()
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
            self.write(&format!("agents/agent-{number}.yaml"), &agent_yaml(number));
        }
        self.roster(&["apply", "--yes"]).exits(0);
        fs::remove_dir_all(self.file(".roster")).unwrap();
        self.repo.sandbox.forget_requests();
        self.commit("main");
        let main_only =
            json!({"deployment_branch_policy": {"protected_branches": false, "custom_branch_policies": true}});
        for kind in ["plan", "apply", "request"] {
            let path = format!("environments/{}-{kind}", self.name());
            self.know(&path, &main_only);
            let rules = json!({"branch_policies": [{"name": "main", "type": "branch"}]});
            self.know(&format!("{path}/deployment-branch-policies"), &rules);
        }
        self.know("codeowners/errors", &json!({"errors": []}));
        self.know("collaborators/reviewer/permission", &json!({"permission": "write"}));
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.repo.path(name)
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
        let ran = Run::of(git);
        ran.exits(0).stdout.trim().to_owned()
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
        self.know(&format!("pulls/{number}"), &json!({"number": number, "state": "open", "head": {"sha": head}}));
        let changed = self.git(&["diff", "--name-only", "origin/main...HEAD"]);
        let paths: Vec<Value> = changed.lines().map(|path| json!({"path": path})).collect();
        let open = json!({"number": number, "isDraft": false, "isCrossRepository": false, "headRefOid": head,
            "headRefName": format!("pull-{number}"), "files": {"totalCount": paths.len(), "nodes": paths}});
        self.close(number);
        self.github().open_pulls.insert(0, open);
        let author = json!({"login": "author", "type": "User"});
        self.know(&format!("commits/{head}"), &json!({"author": author, "committer": author}));
        PullRequest { hosted: self, number, head }
    }

    /// Closes a pull request.
    pub(super) fn close(&self, number: u32) {
        self.github().open_pulls.retain(|pull| pull["number"] != number);
    }

    /// Merges a pull request into main, after an approval.
    pub(super) fn merge(&self, pull_request: &PullRequest<'_>) -> String {
        pull_request.approve();
        self.merge_unreviewed(pull_request)
    }

    /// Merges a pull request into main as it is.
    pub(super) fn merge_unreviewed(&self, pull_request: &PullRequest<'_>) -> String {
        self.go_to("main");
        self.git(&["merge", "-q", "--no-ff", "-m", "merged", &pull_request.head]);
        self.git(&["push", "-q", "origin", "main"]);
        let commit = self.git(&["rev-parse", "HEAD"]);
        self.close(pull_request.number);
        let closed = json!({"number": pull_request.number, "state": "closed", "head": {"sha": pull_request.head}});
        self.know(&format!("pulls/{}", pull_request.number), &closed);
        let merged = json!([{
            "number": pull_request.number,
            "merged_at": self.github().now(),
            "base": {"ref": "main"},
            "head": {"sha": pull_request.head},
            "user": {"login": "author", "type": "User"},
        }]);
        self.know(&format!("commits/{commit}/pulls"), &merged);
        commit
    }

    /// The program in the author's clone.
    pub(super) fn roster(&self, args: &[&str]) -> Run {
        let mut roster = Command::new(env!("CARGO_BIN_EXE_roster"));
        roster.current_dir(self.path("author").join(&self.directory)).args(args).env_clear();
        roster.envs(self.repo.sandbox.environment()).env("ROSTER_DIGEST_KEY", "a key of the tests, long enough");
        Run::of(roster)
    }

    /// Lets GitHub know something.
    pub(super) fn know(&self, path: &str, value: &Value) {
        self.github().objects.insert(path.to_owned(), value.clone());
    }

    /// A table of GitHub's: comments, issues, deployments.
    pub(super) fn table(&self, name: &str) -> Vec<Value> {
        self.github().tables.get(name).cloned().unwrap_or_default()
    }

    /// Keeps files as an artifact of a run. Gives the artifact's id.
    fn upload(&self, run: u32, name: &str, files: &[PathBuf]) -> Value {
        let file = |path: &PathBuf| (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read(path).unwrap());
        let files = files.iter().map(file).collect();
        let mut github = self.github();
        github.files.insert((run.into(), name.to_owned()), files);
        let row = json!({"name": name, "expired": false, "workflow_run": {"id": run}});
        github.insert("artifacts", row.as_object().unwrap().clone())["id"].clone()
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

    /// How GitHub calls a job of a workflow.
    fn job_name(&self, job: &str) -> String {
        match self.directory.rsplit('/').next() {
            None | Some(".") => job.to_owned(),
            Some(folder) => format!("{folder} / {job}"),
        }
    }

    /// Begins a job of a workflow in a fresh clone of main, as a runner does.
    pub(super) fn job(&self, workflow: &str, job: &str) -> Job<'_> {
        let job = self.begin_job(workflow, job);
        self.git(&["clone", "-q", "../origin.git", job.checkout.to_str().unwrap()]);
        job
    }

    /// The same with nothing but this project's scripts in its folder.
    pub(super) fn job_without_agents(&self, workflow: &str, job: &str) -> Job<'_> {
        let job = self.begin_job(workflow, job);
        copy(&root().join(".github"), &job.checkout.join(".github"));
        job
    }

    fn begin_job(&self, workflow: &str, job: &str) -> Job<'_> {
        let run = self.next_run();
        let (checkout, temp) = (self.path(&format!("checkout-{run}")), self.path(&format!("temp-{run}")));
        fs::create_dir(&temp).unwrap();
        let yaml = read(&format!(".github/workflows/{workflow}"));
        let mut known = BTreeMap::from([
            ("github.token".to_owned(), "a token".to_owned()),
            ("github.event.repository.default_branch".to_owned(), "main".to_owned()),
            ("github.run_attempt".to_owned(), "1".to_owned()),
            ("needs.program.result".to_owned(), "success".to_owned()),
            ("needs.program.outputs.attempt".to_owned(), "1".to_owned()),
            ("github.event_name".to_owned(), "push".to_owned()),
            ("steps.roster.outcome".to_owned(), "success".to_owned()),
            ("steps.roster.outputs.program".to_owned(), env!("CARGO_BIN_EXE_roster").to_owned()),
            ("secrets.ROSTER_DIGEST_KEY".to_owned(), "a key of the tests, long enough".to_owned()),
        ]);
        if self.directory != "." {
            known.insert("inputs.directory".to_owned(), self.directory.clone());
            known.insert("inputs.name".to_owned(), self.name());
        }
        for (name, value) in self.repo.sandbox.environment() {
            known.insert(format!("secrets.{name}"), value);
        }
        Job { hosted: self, workflow: yaml, name: job.to_owned(), checkout, temp, run, known }
    }

    /// What every process has.
    pub(super) fn surroundings(&self) -> Vec<(&'static str, String)> {
        let path = format!("{}:{}", self.path("bin").display(), std::env::var("PATH").unwrap());
        let home = self.repo.folder().display().to_string();
        let config = self.path("gitconfig").display().to_string();
        vec![
            ("PATH", path),
            ("HOME", home),
            ("GIT_CONFIG_GLOBAL", "/dev/null".to_owned()),
            ("GIT_CONFIG_SYSTEM", config),
            ("GIT_TEMPLATE_DIR", String::new()),
        ]
    }
}

/// The digest of a file, as `sha256sum` prints it.
pub(super) fn sha256(path: &Path) -> String {
    use sha2::Digest as _;
    sha2::Sha256::digest(fs::read(path).unwrap()).iter().map(|byte| format!("{byte:02x}")).collect()
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

/// The file of a numbered agent.
pub(super) fn agent_yaml(number: usize) -> String {
    Person::numbered(number).yaml()
}
