//! A repository of agent files in a temporary folder, and the systems that the program finds in its environment.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use roster::apply::journal::{self, JournalEvent, JournalRecord};
use roster::sandbox::{Behaviour, Sandbox, SandboxOptions};
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

use super::people::Person;
use super::{Run, Running, until};

pub(crate) struct Repo {
    pub(crate) sandbox: Sandbox,
    folder: tempfile::TempDir,
    /// Serves the sandbox. An option, since it must end without waiting for the sandbox's tasks.
    runtime: Option<Runtime>,
}

impl Repo {
    /// No file, and systems without a row.
    pub(crate) fn empty() -> Self {
        Self::behaving(Behaviour::default())
    }

    pub(crate) fn behaving(behaviour: Behaviour) -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let options = SandboxOptions { behaviour, ..SandboxOptions::default() };
        let sandbox = runtime.block_on(Sandbox::start(options)).unwrap();
        Self { sandbox, folder: tempfile::tempdir().unwrap(), runtime: Some(runtime) }
    }

    /// Files of so many agents, `agent-1` and so on. The systems have no row.
    pub(crate) fn of(people: usize) -> Self {
        let repo = Self::empty();
        repo.write(
            "roster.yaml",
            "crm: {link_fields: {agent: '11', pf_user: '12', pf_profile: '13', memory: '14'}}\n\
             limits: {create: {count: 1000}, update: {count: 1000}}\n",
        );
        for number in 1..=people {
            repo.write(&format!("agents/agent-{number}.yaml"), &Person::numbered(number).yaml());
        }
        repo
    }

    /// The same, applied.
    pub(crate) fn applied(people: usize) -> Self {
        let repo = Self::of(people);
        repo.run(&["apply", "--yes"]).exits(0);
        repo.sandbox.forget_requests();
        repo
    }

    /// Runs a future on the runtime that serves the sandbox.
    pub(crate) fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.runtime.as_ref().unwrap().block_on(future)
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        self.write_bytes(name, text.as_bytes());
    }

    pub(crate) fn write_bytes(&self, name: &str, bytes: &[u8]) {
        fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
        fs::write(self.path(name), bytes).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    pub(crate) fn remove(&self, name: &str) {
        fs::remove_file(self.path(name)).unwrap();
    }

    /// Replaces a text in a file.
    pub(crate) fn edit(&self, name: &str, from: &str, to: &str) {
        let text = self.read(name);
        assert!(text.contains(from), "{name} has no {from:?}");
        self.write(name, &text.replace(from, to));
    }

    /// Replaces a text in the file of a numbered agent.
    pub(crate) fn edit_agent(&self, agent: usize, from: &str, to: &str) {
        self.edit(&format!("agents/agent-{agent}.yaml"), from, to);
    }

    /// Removes the rate limits on both sides.
    pub(crate) fn unlimited(self) -> Self {
        self.sandbox.set_behaviour(Behaviour { pf_rate: None, ..Behaviour::default() });
        let text = self.read("roster.yaml").replace("crm: {", "crm: {rate: 1000000/60s, ");
        self.write("roster.yaml", &format!("{text}property_finder: {{rate: 1000000/60s}}\n"));
        self
    }

    pub(crate) fn git(&self, args: &[&str]) -> String {
        git(self.folder(), args)
    }

    /// Commits all files, in a new repository if there is none. Returns the commit.
    pub(crate) fn commit(&self) -> String {
        if !self.path(".git").exists() {
            self.git(&["init", "-q", "-b", "main"]);
        }
        self.git(&["add", "-A", "--", "roster.yaml", "agents"]);
        self.git(&["commit", "-q", "-m", "as it is"]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// Changes a CRM row as a person does in the CRM's own screens.
    pub(crate) fn click_in_crm(&self, agent: usize, pointer: &str, value: &str) {
        let slug = json!(format!("agent-{agent}"));
        let rows = self.sandbox.crm_rows();
        let mut row = rows.into_iter().find(|row| row["fields"]["11"] == slug).expect("the agent has a row");
        *row.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer}")) = json!(value);
        self.sandbox.put_crm_row(&row);
    }

    /// Changes a Property Finder user as a person does in the portal's own screens.
    pub(crate) fn click_at_pf(&self, agent: usize, pointer: &str, value: &str) {
        let login = json!(format!("login-{agent}@brokerage.example"));
        let rows = self.sandbox.pf_rows();
        let mut row = rows.into_iter().find(|row| row["email"] == login).expect("the agent has a user");
        *row.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer}")) = json!(value);
        self.sandbox.put_pf_row(&row);
    }

    /// The program in this folder, with the sandbox's addresses and keys, the way to git and nothing else in its environment.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_roster"));
        command.current_dir(self.folder()).args(args).stdin(Stdio::null());
        command.env_clear().envs(self.sandbox.environment()).env("NO_COLOR", "1");
        command.env("PATH", std::env::var_os("PATH").unwrap());
        command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null").env("GIT_TEMPLATE_DIR", "");
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Run {
        Run::of(self.command(args))
    }

    /// Runs the first `roster link` in a text that names all its ids.
    #[track_caller]
    pub(crate) fn run_remedy(&self, text: &str) {
        let mut commands = text.split('`').filter_map(|part| part.strip_prefix("roster link "));
        let command = commands.find(|command| !command.contains("ID") && !command.contains("AGENT"));
        let args = command.unwrap_or_else(|| panic!("no command: {text}")).split(' ');
        self.run(&["link"].into_iter().chain(args).chain(["--yes"]).collect::<Vec<_>>()).exits(0);
    }

    /// The same with more in the environment; an empty value removes a variable.
    pub(crate) fn run_with(&self, args: &[&str], environment: &[(&str, &str)]) -> Run {
        let mut command = self.command(args);
        for (name, value) in environment {
            if value.is_empty() {
                command.env_remove(name)
            } else {
                command.env(name, value)
            };
        }
        Run::of(command)
    }

    pub(crate) fn run_in(&self, folder: &str, args: &[&str]) -> Run {
        let mut command = self.command(args);
        command.current_dir(self.path(folder));
        Run::of(command)
    }

    /// Starts the program and returns at once.
    pub(crate) fn start(&self, args: &[&str]) -> Running {
        Running::start(self.command(args))
    }

    /// Adds a fault, written as for `roster sandbox --fault`.
    pub(crate) fn fault(&self, fault: &str) {
        self.sandbox.add_fault(fault.parse().unwrap());
    }

    /// Delays every answer.
    pub(crate) fn slow(&self, milliseconds: u64) {
        self.sandbox.set_behaviour(Behaviour { latency_ms: milliseconds, ..Behaviour::default() });
    }

    pub(crate) fn until_a_request_hangs(&self) {
        until("a request that hangs", || self.sandbox.requests().iter().any(|logged| logged.status.is_none()));
    }

    pub(crate) fn until_an_intent_is_recorded(&self) {
        until("an intent", || self.journal().iter().any(|entry| matches!(entry.note, JournalEvent::Intent { .. })));
    }

    /// The newest journal; nothing, if there is none.
    pub(crate) fn journal(&self) -> Vec<JournalRecord> {
        let newest = journal::newest(&self.path(".roster/journal")).unwrap();
        newest.and_then(|path| journal::read(&path).ok()).unwrap_or_default()
    }

    /// The writes since the log was emptied: `pf PATCH /v1/users/7701`.
    pub(crate) fn writes(&self) -> Vec<String> {
        super::writes(&self.sandbox)
    }

    /// Both systems' rows as they are stored.
    pub(crate) fn rows(&self) -> [Vec<Value>; 2] {
        [self.sandbox.crm_rows(), self.sandbox.pf_rows()]
    }

    /// Asserts that the next plan is empty, and that each person has one row in each system, linked by ids.
    pub(crate) fn is_settled(&self, people: usize, case: &str) {
        let plan = self.run(&["plan", "--detailed-exitcode"]);
        assert_eq!(plan.code, 0, "{case}: {plan}");
        let [crm, pf] = self.rows();
        assert_eq!((crm.len(), pf.len()), (people, people), "{case}");
        for user in &pf {
            let links = |row: &&Value| row["fields"]["12"] == json!(user["id"].to_string());
            let rows: Vec<&Value> = crm.iter().filter(links).collect();
            assert_eq!(rows.len(), 1, "{case}: crm rows that store pf {}", user["id"]);
            assert_eq!(rows[0]["fields"]["13"], json!(user["publicProfile"]["id"].to_string()), "{case}");
            assert_eq!(rows[0]["private"]["email"], user["email"], "{case}");
        }
    }

    /// Both systems' rows without ids and times, which depend on the order of creation.
    pub(crate) fn state(&self) -> Vec<String> {
        let without_ids = |mut row: Value| {
            let members = row.as_object_mut().unwrap();
            for name in ["id", "created_at", "updated_at", "createdAt", "updatedAt"] {
                members.remove(name);
            }
            for (group, names) in [("fields", &["12", "13"][..]), ("publicProfile", &["id"][..])] {
                if let Some(group) = members.get_mut(group).and_then(Value::as_object_mut) {
                    group.retain(|name, _| !names.contains(&name.as_str()));
                }
            }
            row.to_string()
        };
        let mut rows: Vec<String> = self.rows().into_iter().flatten().map(without_ids).collect();
        rows.sort();
        rows
    }
}

impl Drop for Repo {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// `git` in a folder, without the machine's configuration. Returns what it printed.
fn git(folder: &Path, args: &[&str]) -> String {
    let settings = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"];
    let mut git = Command::new("git");
    git.arg("-C").arg(folder).args(settings).args(args);
    git.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
        git.env_remove(name);
    }
    Run::of(git).exits(0).stdout.trim().to_owned()
}
