//! The whole program, as people and CI run it: arguments, environment and files in; stdout, stderr and the exit code out.

mod exits;
mod help;
mod hostile;
mod network;
mod outputs;
mod paths;
mod reads;
mod secrets;

use std::fmt;
use std::path::Path;
use std::process::{Command, Stdio};

use roster::sandbox::{Behaviour, Sandbox, SandboxOptions};
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// The account of the tests: limits at their defaults.
const ROSTER_YAML: &str = "\
crm:
  rate: 100000/60s
  link_fields: {agent: \"11\", pf_user: \"12\", pf_profile: \"13\", memory: \"14\"}
property_finder:
  licence: brn
";

/// A repository in a temporary folder, and both systems.
struct Stage {
    folder: TempDir,
    sandbox: Sandbox,
    /// Serves the sandbox while the program runs.
    runtime: Runtime,
}

/// What a run of the program left behind.
struct Ran {
    stdout: String,
    stderr: String,
    code: i32,
}

impl Stage {
    fn new(files: &[(&str, String)]) -> Self {
        Self::behaving(Behaviour::default(), files)
    }

    fn behaving(behaviour: Behaviour, files: &[(&str, String)]) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let sandbox =
            runtime.block_on(Sandbox::start(SandboxOptions { behaviour, ..SandboxOptions::default() })).unwrap();
        let stage = Self { folder: tempfile::tempdir().unwrap(), sandbox, runtime };
        stage.write("roster.yaml", ROSTER_YAML);
        std::fs::create_dir(stage.path().join("agents")).unwrap();
        for (name, text) in files {
            stage.write(name, text);
        }
        stage
    }

    /// Three people, applied.
    fn settled() -> Self {
        let stage = Self::new(&three());
        stage.run(&["apply", "--yes"]).ends_with(0);
        stage.sandbox.forget_requests();
        stage
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Replaces a part of a file that is in it once.
    fn edit(&self, name: &str, from: &str, to: &str) {
        let text = std::fs::read_to_string(self.path().join(name)).unwrap();
        assert_eq!(text.matches(from).count(), 1, "{name} holds {from:?} once");
        self.write(name, &text.replace(from, to));
    }

    fn remove(&self, name: &str) {
        std::fs::remove_file(self.path().join(name)).unwrap();
    }

    /// Runs the program on this repository and these systems, with nothing else in its environment.
    fn run(&self, args: &[&str]) -> Ran {
        self.run_with(args, &[])
    }

    /// As [`run`](Self::run), with more in the environment; an empty value takes a variable away.
    fn run_with(&self, args: &[&str], more: &[(&str, &str)]) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_roster"));
        command.env_clear().envs(self.sandbox.environment()).env("NO_COLOR", "1");
        for (name, value) in more {
            if value.is_empty() {
                command.env_remove(name)
            } else {
                command.env(name, value)
            };
        }
        command.arg("-C").arg(self.path()).args(args).stdin(Stdio::null());
        let output = command.output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Ran { stdout: text(output.stdout), stderr: text(output.stderr), code: output.status.code().unwrap() }
    }

    /// Runs the program until a line on stderr begins so, ends it, and returns that line.
    fn interrupted_at(&self, args: &[&str], line: &str) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_roster"));
        command.env_clear().envs(self.sandbox.environment()).arg("-C").arg(self.path()).args(args);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let said = std::io::BufReader::new(child.stderr.take().unwrap());
        let found = std::io::BufRead::lines(said).map_while(Result::ok).find(|said| said.starts_with(line));
        child.kill().unwrap();
        child.wait().unwrap();
        found.unwrap_or_else(|| panic!("it ended and never said {line:?}"))
    }

    /// Lets something go wrong, as `roster sandbox --fault` does.
    fn fault(&self, text: &str) {
        self.sandbox.add_fault(text.parse().unwrap());
    }

    /// How many requests were sent that could change something.
    fn writes(&self) -> usize {
        let requests = self.sandbox.requests();
        requests.iter().filter(|logged| logged.method != "GET" && !logged.target.contains("/token")).count()
    }

    /// Both systems' rows as they are kept.
    fn rows(&self) -> [Vec<Value>; 2] {
        [self.sandbox.crm_rows(), self.sandbox.pf_rows()]
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        // The sandbox's tasks end with the runtime, which must not wait for them.
        let runtime =
            std::mem::replace(&mut self.runtime, tokio::runtime::Builder::new_current_thread().build().unwrap());
        runtime.shutdown_background();
    }
}

impl Ran {
    #[track_caller]
    fn ends_with(&self, code: i32) -> &Self {
        assert_eq!(self.code, code, "{self}");
        self
    }

    #[track_caller]
    fn says(&self, part: &str) -> &Self {
        assert!(self.stderr.contains(part), "{part:?} is not in stderr of {self}");
        self
    }

    #[track_caller]
    fn shows(&self, part: &str) -> &Self {
        assert!(self.stdout.contains(part), "{part:?} is not in stdout of {self}");
        self
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("stdout is not one document: {error}\n{self}"))
    }
}

/// All three as one text, without what differs from run to run.
impl fmt::Display for Ran {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "exit {}", self.code)?;
        for (name, text) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            if !text.is_empty() {
                writeln!(out, "--- {name}")?;
                out.write_str(text)?;
            }
        }
        Ok(())
    }
}

/// Snapshots of a run, without what differs from run to run.
fn settings() -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"127\.0\.0\.1:\d+", "127.0.0.1:[port]");
    settings.add_filter(r"\b[0-9a-f]{32}\b", "[digest]");
    settings.add_filter(r"(?m)[ \t]+$", "");
    // People are written side by side, so who gets which id is not said beforehand.
    settings.add_filter(r"\b(crm|pf) \d+", "$1 [id]");
    // Isolates would reorder the snapshot itself, and the compiler refuses them.
    settings.add_filter("\u{2068}", "⟨");
    settings.add_filter("\u{2069}", "⟩");
    settings
}

/// The file of a person, with more lines behind it.
fn agent(first: &str, last: &str, number: u32, more: &str) -> String {
    let slug = format!("{first}-{last}").to_lowercase();
    format!(
        "\
status: active
public:
  first_name: {first}
  last_name: {last}
  email: {slug}@brokerage.example
  phone: \"+97150123456{number}\"
  position: {{en: Sales Consultant, ar: مستشارة مبيعات}}
  languages: [en, ar]
private:
  email: {slug}@login.example
  mobile: \"+97155123456{number}\"
{more}"
    )
}

/// The files of three people.
fn three() -> [(&'static str, String); 3] {
    [
        ("agents/sara-khan.yaml", agent("Sara", "Khan", 1, "")),
        ("agents/omar-haddad.yaml", agent("Omar", "Haddad", 2, "")),
        ("agents/lina-saad.yaml", agent("Lina", "Saad", 3, "")),
    ]
}
