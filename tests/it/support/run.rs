//! A run of the program: arguments and environment in; exit code, stdout and stderr out.

use std::fmt;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

/// The result of a process.
#[derive(Debug)]
pub(crate) struct Run {
    /// The exit code; -1 after a signal.
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// Runs a command to its end.
    pub(crate) fn of(mut command: Command) -> Self {
        command.output().unwrap().into()
    }

    #[track_caller]
    pub(crate) fn exits(&self, code: i32) -> &Self {
        assert_eq!(self.code, code, "{self}");
        self
    }

    #[track_caller]
    pub(crate) fn stderr_has(&self, part: &str) -> &Self {
        assert!(self.stderr.contains(part), "{part:?} is not in stderr of {self}");
        self
    }

    #[track_caller]
    pub(crate) fn stdout_has(&self, part: &str) -> &Self {
        assert!(self.stdout.contains(part), "{part:?} is not in stdout of {self}");
        self
    }

    /// The one document on stdout.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("stdout is not one document: {error}\n{self}"))
    }
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code().unwrap_or(-1), stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}

/// All three as one text.
impl fmt::Display for Run {
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

/// The program while it runs.
pub(crate) struct Running(Child);

impl Running {
    pub(crate) fn start(mut command: Command) -> Self {
        Self(command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
    }

    /// Sends a signal, such as INT. `kill` is a word of bash, and not every machine has the program.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("bash").args(["-c", &format!("kill -s {name} {}", self.0.id())]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits for a line on stderr that contains these words. The lines up to it are no longer in [`Run::stderr`].
    pub(crate) fn until_stderr_has(&mut self, words: &str) -> String {
        let mut stderr = BufReader::new(self.0.stderr.take().unwrap());
        let mut line = String::new();
        while !line.contains(words) {
            line.clear();
            assert_ne!(stderr.read_line(&mut line).unwrap(), 0, "it ended and never printed {words:?}");
        }
        // A closed pipe would end the program at its next line.
        thread::spawn(move || std::io::copy(&mut stderr, &mut std::io::sink()));
        line
    }

    /// Ends it at once, as `kill -9` does.
    pub(crate) fn kill(mut self) -> ExitStatus {
        self.0.kill().unwrap();
        self.0.wait().unwrap()
    }

    /// Waits for its end, for so long at most.
    pub(crate) fn ends_within(mut self, time: Duration) -> Run {
        let began = Instant::now();
        while self.0.try_wait().unwrap().is_none() {
            if began.elapsed() > time {
                let _ = self.0.kill();
                panic!("it did not end within {time:?}: {}", Run::from(self.0.wait_with_output().unwrap()));
            }
            thread::sleep(Duration::from_millis(5));
        }
        self.0.wait_with_output().unwrap().into()
    }
}

/// Waits until a condition holds.
pub(crate) fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < Duration::from_secs(30), "there was never {what}");
        thread::sleep(Duration::from_millis(2));
    }
}
