//! A repository on disk, both systems in this process, and the program itself between them.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use roster::apply::journal::{self, JournalEvent, JournalRecord};
use roster::sandbox::{Behaviour, Fault, Sandbox, SandboxOptions};
use serde_json::{Value, json};

use crate::git::git;

pub(crate) struct Office {
    pub(crate) sandbox: Sandbox,
    folder: tempfile::TempDir,
    _runtime: tokio::runtime::Runtime,
}

/// How a run of the program ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Office {
    /// So many agents in files, `agent-1` and so on, of whom neither system has heard.
    pub(crate) fn new(people: usize) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let sandbox = runtime.block_on(Sandbox::start(SandboxOptions::default())).unwrap();
        let office = Self { sandbox, folder: tempfile::tempdir().unwrap(), _runtime: runtime };
        office.write(
            "roster.yaml",
            "crm: {link_fields: {agent: '11', pf_user: '12', pf_profile: '13', memory: '14'}}\n\
             limits: {create: {count: 1000}, update: {count: 1000}}\n",
        );
        for number in 1..=people {
            office.write(&format!("agents/agent-{number}.yaml"), &file(number));
        }
        office
    }

    /// The same, when both systems hold what the files say.
    pub(crate) fn settled(people: usize) -> Self {
        let office = Self::new(people);
        office.run(&["apply", "--yes"]).is(0);
        office.sandbox.forget_requests();
        office
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
        fs::write(self.path(name), text).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// Edits one agent's file.
    pub(crate) fn edit(&self, agent: usize, from: &str, to: &str) {
        let name = format!("agents/agent-{agent}.yaml");
        let text = self.read(&name);
        assert!(text.contains(from), "{name} has no {from:?}");
        self.write(&name, &text.replace(from, to));
    }

    /// Every further run asks as fast as it can, and both systems let it.
    pub(crate) fn unlimited(self) -> Self {
        self.sandbox.set_behaviour(Behaviour { pf_rate: None, ..Behaviour::default() });
        let text = self.read("roster.yaml").replace("crm: {", "crm: {rate: 1000000/60s, ");
        self.write("roster.yaml", &format!("{text}property_finder: {{rate: 1000000/60s}}\n"));
        self
    }

    /// `git` in this repository.
    pub(crate) fn git(&self, args: &[&str]) -> String {
        git(self.folder.path(), args)
    }

    /// Makes this folder a git repository, if it is none, and commits all there is; its name.
    pub(crate) fn commit(&self) -> String {
        if !self.path(".git").exists() {
            self.git(&["init", "-q", "-b", "main"]);
        }
        self.git(&["add", "-A", "--", "roster.yaml", "agents"]);
        self.git(&["commit", "-q", "-m", "as it is"]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// Somebody changes a CRM row in the CRM's own screens.
    pub(crate) fn click_in_crm(&self, agent: usize, pointer: &str, value: &str) {
        let slug = json!(format!("agent-{agent}"));
        let rows = self.sandbox.crm_rows();
        let mut row = rows.into_iter().find(|row| row["fields"]["11"] == slug).expect("the agent has a row");
        *row.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer}")) = json!(value);
        self.sandbox.put_crm_row(&row);
    }

    /// Somebody changes a Property Finder user in the portal's own screens.
    pub(crate) fn click_at_pf(&self, agent: usize, pointer: &str, value: &str) {
        let login = json!(format!("login-{agent}@brokerage.example"));
        let rows = self.sandbox.pf_rows();
        let mut row = rows.into_iter().find(|row| row["email"] == login).expect("the agent has a user");
        *row.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer}")) = json!(value);
        self.sandbox.put_pf_row(&row);
    }

    /// The program, on this repository and these systems, with nothing else in its environment.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_roster"));
        command.current_dir(self.folder.path()).args(args).env_clear().envs(self.sandbox.environment());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        Ran::of(self.command(args))
    }

    /// Starts the program and goes on.
    pub(crate) fn start(&self, args: &[&str]) -> Running {
        Running(self.command(args).spawn().unwrap())
    }

    pub(crate) fn fault(&self, fault: &str) {
        self.sandbox.add_fault(fault.parse::<Fault>().unwrap());
    }

    /// Every request takes so long.
    pub(crate) fn slow(&self, milliseconds: u64) {
        self.sandbox.set_behaviour(Behaviour { latency_ms: milliseconds, ..Behaviour::default() });
    }

    /// Waits for a request that was given no answer.
    pub(crate) fn until_one_hangs(&self) {
        until("a request that hangs", || self.sandbox.requests().iter().any(|logged| logged.status.is_none()));
    }

    /// Waits for the journal of a run to say that something is about to be sent.
    pub(crate) fn until_something_is_sent(&self) {
        until("an intent", || self.journal().iter().any(|entry| matches!(entry.note, JournalEvent::Intent { .. })));
    }

    /// The newest journal; nothing, if there is none.
    pub(crate) fn journal(&self) -> Vec<JournalRecord> {
        let newest = journal::newest(&self.path(".roster/journal")).unwrap();
        newest.and_then(|path| journal::read(&path).ok()).unwrap_or_default()
    }

    /// What was written since the log was emptied: `pf PATCH /v1/users/7701`.
    pub(crate) fn writes(&self) -> Vec<String> {
        let requests = self.sandbox.requests();
        let writes = requests.iter().filter(|logged| logged.method != "GET" && !logged.target.contains("/token"));
        writes.map(|logged| format!("{} {} {}", logged.system, logged.method, logged.target)).collect()
    }

    /// Holds that both systems hold what the files say: everybody once, under stored ids, and nothing left to do.
    pub(crate) fn is_settled(&self, people: usize, case: &str) {
        let plan = self.run(&["plan", "--detailed-exitcode"]);
        assert_eq!(plan.code, Some(0), "{case}: {plan:?}");
        let (crm, pf) = (self.sandbox.crm_rows(), self.sandbox.pf_rows());
        assert_eq!((crm.len(), pf.len()), (people, people), "{case}");
        for user in &pf {
            let mine = |row: &&Value| row["fields"]["12"] == json!(user["id"].to_string());
            let rows: Vec<&Value> = crm.iter().filter(mine).collect();
            assert_eq!(rows.len(), 1, "{case}: crm rows that store pf {}", user["id"]);
            assert_eq!(rows[0]["fields"]["13"], json!(user["publicProfile"]["id"].to_string()), "{case}");
            assert_eq!(rows[0]["private"]["email"], user["email"], "{case}");
        }
    }

    /// What both systems hold, but for ids and times: who was made first may differ.
    pub(crate) fn state(&self) -> Vec<String> {
        let bare = |mut row: Value| {
            let members = row.as_object_mut().unwrap();
            members.retain(|name, _| {
                !["id", "created_at", "updated_at", "createdAt", "updatedAt"].contains(&name.as_str())
            });
            for (group, names) in [("fields", &["12", "13"][..]), ("publicProfile", &["id"][..])] {
                if let Some(group) = members.get_mut(group).and_then(Value::as_object_mut) {
                    group.retain(|name, _| !names.contains(&name.as_str()));
                }
            }
            row.to_string()
        };
        let mut rows: Vec<String> =
            self.sandbox.crm_rows().into_iter().chain(self.sandbox.pf_rows()).map(bare).collect();
        rows.sort();
        rows
    }
}

impl Ran {
    /// Runs a command to its end.
    pub(crate) fn of(mut command: Command) -> Self {
        command.output().unwrap().into()
    }

    /// Holds the exit code.
    #[track_caller]
    pub(crate) fn is(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}\n{}", self.out, self.err);
        self
    }

    /// Holds that stderr has these words.
    #[track_caller]
    pub(crate) fn says(self, words: &str) -> Self {
        assert!(self.err.contains(words), "{words:?} is not in {}\n{}", self.err, self.out);
        self
    }

    /// Holds that stdout has these words.
    #[track_caller]
    pub(crate) fn prints(self, words: &str) -> Self {
        assert!(self.out.contains(words), "{words:?} is not in {}\n{}", self.out, self.err);
        self
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }
}

/// The program while it runs. It ends with its test.
pub(crate) struct Running(Child);

impl Running {
    /// Sends a signal, such as INT.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.0.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits for a line on stderr. What it says before and after is then no longer in [`Ran::err`].
    pub(crate) fn until_it_says(&mut self, words: &str) {
        let mut said = BufReader::new(self.0.stderr.take().unwrap());
        let mut line = String::new();
        while !line.contains(words) {
            line.clear();
            assert_ne!(said.read_line(&mut line).unwrap(), 0, "it ended and never said {words:?}");
        }
        // Somebody has to listen on, or its next words end it.
        thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
    }

    /// Ends it at once, as `kill -9` does.
    pub(crate) fn kill(mut self) -> ExitStatus {
        self.0.kill().unwrap();
        self.0.wait().unwrap()
    }

    /// Waits for its end, for so long at most.
    pub(crate) fn ends_within(mut self, time: Duration) -> Ran {
        let began = Instant::now();
        while self.0.try_wait().unwrap().is_none() {
            if began.elapsed() > time {
                let _ = self.0.kill();
                panic!("it did not end within {time:?}: {:?}", Ran::from(self.0.wait_with_output().unwrap()));
            }
            thread::sleep(Duration::from_millis(5));
        }
        self.0.wait_with_output().unwrap().into()
    }
}

/// Waits until something is so.
pub(crate) fn until(what: &str, mut is: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is() {
        assert!(began.elapsed() < Duration::from_secs(30), "there was never {what}");
        thread::sleep(Duration::from_millis(2));
    }
}

/// An agent's file.
fn file(number: usize) -> String {
    format!(
        "status: active
public:
  first_name: Sara
  last_name: Khan {number}
  email: sara-{number}@brokerage.example
  phone: \"+97150100{number:04}\"
  position: {{en: Sales Consultant, ar: مستشارة مبيعات}}
  languages: [en, ar]
private:
  email: login-{number}@brokerage.example
  mobile: \"+97155900{number:04}\"
"
    )
}
