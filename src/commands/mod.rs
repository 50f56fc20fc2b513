//! The commands: one file each, with its arguments and its `run`. They read, decide through the pure core, and print;
//! nothing else in the program prints.

mod accept_drift;
mod agent_filter;
mod apply;
mod assignment;
pub mod cli;
mod completions;
mod config_location;
mod connected_systems;
mod doctor;
mod drift;
mod drift_selection;
mod edited_files;
mod explain;
mod fmt;
mod github;
mod import;
mod init;
mod inputs;
mod interrupt;
mod link;
mod link_migration;
mod list;
mod new;
mod origin;
mod outputs;
mod plan;
mod progress;
mod refusal;
mod run_reporter;
mod sandbox;
pub mod schema;
mod session;
mod set;
mod show;
mod state_dir;
mod stdout;
mod undeclared;
pub mod validate;

use std::borrow::Cow;
use std::io::{self, BufRead as _, IsTerminal as _, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use strum::VariantNames;

use crate::files;
use crate::model::exit_code::Exit;
use crate::report::github::without_commands;
use crate::report::problems;
use crate::report::style::{Styles, paint};
use crate::report::terminal::{self, TerminalOptions};

pub(crate) use config_location::{CONFIG, ConfigLocation};
pub(crate) use outputs::{OutputArgument, Outputs, write_document};
pub(crate) use stdout::Stdout;

/// The environment of every command.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "five independent facts")]
pub(crate) struct Context {
    /// The folder of `roster.yaml`. Paths that people give are relative to the folder that the program runs in instead.
    pub root: PathBuf,
    /// The name of `roster.yaml` in the root.
    pub config: PathBuf,
    /// Whether stdout gets colours.
    pub colour_out: bool,
    /// Whether stderr gets colours.
    pub colour_err: bool,
    /// Print only results and errors.
    pub quiet: bool,
    /// Name also what is left alone.
    pub verbose: bool,
    /// Further outputs.
    pub outputs: Vec<OutputArgument>,
    /// The most bytes that a Markdown document may have.
    pub max_bytes: usize,
    /// Whether a person can answer: stdin and stderr are terminals.
    pub terminal: bool,
    /// Whether a runner of GitHub reads along, which takes some lines for commands.
    pub runner: bool,
    /// Where results go.
    pub stdout: Stdout,
}

impl Context {
    /// The outputs that were asked for, in the formats that a command has.
    ///
    /// # Errors
    /// When it does not have one of them (wrong usage), or no file can be made at the path of one. The reason was reported.
    pub(crate) fn outputs<F: Copy + FromStr + VariantNames>(&self) -> Result<Outputs<F>, Exit> {
        let outputs = Outputs::new(&self.outputs).map_err(|why| self.wrong_usage(&format!("--output: {why}")))?;
        outputs.paths().try_for_each(|path| self.can_write(path))?;
        Ok(outputs)
    }

    /// Whether a file can be made at a path that people gave. Asked before anything is read, since reading may take
    /// minutes.
    pub(crate) fn can_write(&self, path: &Path) -> Result<(), Exit> {
        let folder = files::folder(path);
        let why = match () {
            () if path.is_dir() => "it is a folder".to_owned(),
            () if !folder.is_dir() => format!("there is no folder {}", folder.display()),
            () => return Ok(()),
        };
        Err(self.failure(&format!("writing {}: {why}", path.display())))
    }

    /// What a text on stdout is written for: its colours, and its width on a terminal.
    #[must_use]
    pub(crate) fn page(&self) -> TerminalOptions {
        let styles = if self.colour_out { Styles::coloured() } else { Styles::default() };
        let size = terminal_size::terminal_size_of(io::stdout());
        TerminalOptions { styles, width: size.map(|(width, _)| usize::from(width.0)), verbose: self.verbose }
    }

    /// Writes a text for people to stdout.
    pub(crate) fn print(&self, text: &str) {
        self.stdout.write(&self.safe_for_log(text));
    }

    /// Writes sentences to stdout, broken between words where it is a terminal.
    pub(crate) fn print_sentences(&self, text: &str) {
        match self.page().width {
            Some(width) => self.print(&terminal::fitted(text, width)),
            None => self.print(text),
        }
    }

    /// Writes a document for machines to stdout, as it is.
    pub(crate) fn emit(&self, document: impl FnOnce(&mut dyn Write) -> io::Result<()>) {
        self.stdout.write_with(document);
    }

    /// The exit code of a run. A result that could not be written to stdout is a failure, unless the run ends with a
    /// failure that says more.
    #[must_use]
    pub(crate) fn ended(&self, exit: Exit) -> Exit {
        let Some(why) = self.stdout.failure() else { return exit };
        let code = exit as u8;
        self.error(&format!(
            "writing to stdout: {why}. The command itself ended with exit code {code}: what it wrote stays"
        ));
        if matches!(exit, Exit::Done | Exit::Differences | Exit::Blocked) { Exit::Failure } else { exit }
    }

    /// Says something on stderr, unless asked to be quiet.
    pub(crate) fn print_message(&self, text: &str) {
        if !self.quiet {
            let _ = writeln!(io::stderr(), "{}", fitted(&self.safe_for_log(text)));
        }
    }

    /// Writes to stderr what is wrong with the files, also when quiet.
    pub(crate) fn complain(&self, text: &str) {
        let _ = io::stderr().lock().write_all(self.safe_for_log(text).as_bytes());
    }

    /// A text as it may be written to a log that others read.
    fn safe_for_log<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if self.runner { Cow::Owned(without_commands(text)) } else { Cow::Borrowed(text) }
    }

    /// How problems of files are shown on stderr. Private values are shown on a person's own terminal only.
    #[must_use]
    pub(crate) fn problem_style(&self) -> problems::ProblemStyle {
        let reveal = io::stderr().is_terminal() && !Self::is_in_ci();
        let width = terminal_size::terminal_size_of(io::stderr()).map_or(100, |(width, _)| usize::from(width.0));
        problems::ProblemStyle { colour: self.colour_err, reveal, width }
    }

    /// Whether a text on stdout may show private values: to a person's own terminal only.
    #[must_use]
    pub(crate) fn reveals_on_stdout() -> bool {
        io::stdout().is_terminal() && !Self::is_in_ci()
    }

    fn is_in_ci() -> bool {
        std::env::var_os("CI").is_some()
    }

    /// Asks a question on stderr. Only a clear yes is one.
    pub(crate) fn confirmed(question: &str) -> bool {
        let _ = write!(io::stderr(), "{} ", fitted(&format!("{question} Type yes to continue:")));
        let mut answer = String::new();
        io::stdin().lock().read_line(&mut answer).is_ok() && answer.trim() == "yes"
    }

    /// Asks a question on stderr, and returns the answer without white space around it; nothing at the end of the input.
    pub(crate) fn answer(question: &str) -> Option<String> {
        let (text, end) = question.split_at(question.trim_end().len());
        let _ = write!(io::stderr(), "{}{end}", fitted(text));
        let mut answer = String::new();
        if let Ok(1..) = io::stdin().lock().read_line(&mut answer) {
            return Some(answer.trim().to_owned());
        }
        let _ = writeln!(io::stderr());
        None
    }

    /// Prints a short hint below a question.
    pub(crate) fn hint(text: &str) {
        let _ = writeln!(io::stderr(), "  {}", fitted(text));
    }

    /// Says what went wrong on stderr.
    pub(crate) fn error(&self, text: &str) {
        let style = if self.colour_err { Styles::coloured() } else { Styles::default() };
        let text = fitted(&format!("error: {}", self.safe_for_log(text)));
        let text = text.strip_prefix("error:").unwrap_or(&text);
        let _ = writeln!(io::stderr(), "{}{text}", paint(style.removed, "error:"));
    }

    /// Says what is wrong with how the program was called.
    pub(crate) fn wrong_usage(&self, why: &str) -> Exit {
        self.error(why);
        Exit::Usage
    }

    /// Says what failed on this machine.
    pub(crate) fn failure(&self, why: &str) -> Exit {
        self.error(why);
        Exit::Failure
    }
}

/// A text for stderr, broken between words where stderr is a terminal.
fn fitted(text: &str) -> String {
    match terminal_size::terminal_size_of(io::stderr()) {
        Some((width, _)) => terminal::fitted(text, usize::from(width.0)),
        None => text.to_owned(),
    }
}
