//! `roster validate`: every file, every problem, nothing sent anywhere.

use std::io::{self, Write};
use std::path::Path;

use jiff::civil::Date;
use serde::Serialize;

use super::{Context, Outputs};
use crate::config::Config;
use crate::declare::config::Settings;
use crate::declare::problem::{Problem, Severity};
use crate::declare::rules::CannotHold;
use crate::declare::{self, Loaded};
use crate::exit::Exit;
use crate::record::Record;
use crate::remote::{crm, pf};

/// Check every agent file and roster.yaml, without network
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Args {}

/// A format of the problems.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A document of its own.
    Json,
}

impl super::Format for Format {
    const NAMES: &'static [(&'static str, Self)] = &[("json", Self::Json)];
}

/// What is validated.
pub struct Repository<'a> {
    /// The folder of `roster.yaml`, to which all paths are relative.
    pub root: &'a Path,
    /// `roster.yaml`, or another file in its place.
    pub config: &'a Path,
    /// The day that decides what has expired.
    pub today: Date,
    /// What each system cannot hold of a record.
    pub cannot_hold: &'a [&'a CannotHold<'a>],
}

/// How problems are shown to people.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// In colour.
    pub colour: bool,
    /// With private values, which is right only on a person's own screen: stderr is a terminal and `CI` is not set.
    pub reveal: bool,
    /// Columns.
    pub width: usize,
}

/// Runs it.
#[must_use]
pub fn command(_: &Args, context: &Context) -> Exit {
    let outputs: Outputs<Format> = match context.outputs() {
        Ok(outputs) => outputs,
        Err(exit) => return exit,
    };
    let (config, loaded) = files(context);
    let exit = if loaded.is_invalid() { Exit::Invalid } else { Exit::Done };
    context.complain(&terminal(&config.agents, &loaded, context.problem_style()));
    let delivered = outputs.deliver(context, String::new, |format| match format {
        Format::Json => document(&loaded),
    });
    match delivered {
        Ok(()) => exit,
        Err(why) => context.failure(&why),
    }
}

/// Reads the configuration and every agent's file of the repository that the program works in.
#[must_use]
pub fn files(context: &Context) -> (Config, Loaded) {
    let config = context.root.join(&context.config);
    let (crm, pf) = match declare::config::load(&config) {
        Ok(Settings { config, .. }) => (crm::wire::Wire::new(&config), pf::wire::Wire::new(&config, Vec::new())),
        Err(problems) => return (Config::default(), Loaded { problems, ..Loaded::default() }),
    };
    let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let in_crm = |record: &Record| crm.cannot_hold(record);
    let at_pf = |record: &Record| pf.cannot_hold(record);
    load(&Repository { root: &context.root, config: &config, today, cannot_hold: &[&in_crm, &at_pf] })
}

/// Reads the configuration and every agent's file. Errors of `roster.yaml` stand alone, since they decide which files
/// there are.
#[must_use]
pub fn load(at: &Repository<'_>) -> (Config, Loaded) {
    match declare::config::load(at.config) {
        Ok(settings) => {
            let mut loaded = declare::load(at.root, &settings.config, at.today, at.cannot_hold);
            loaded.problems.extend(settings.protects_nobody(&loaded.slugs));
            (settings.config, loaded)
        }
        Err(problems) => (Config::default(), Loaded { problems, ..Loaded::default() }),
    }
}

/// Validates: the problems and one summary line go to `talk`, and the JSON document to `json` where it is asked for.
///
/// # Errors
/// When an output cannot be written.
pub fn run(
    _: &Args,
    at: &Repository<'_>,
    style: Style,
    talk: &mut dyn Write,
    json: Option<&mut dyn Write>,
) -> io::Result<Exit> {
    let (config, loaded) = load(at);
    talk.write_all(terminal(&config.agents, &loaded, style).as_bytes())?;
    if let Some(json) = json {
        json.write_all(document(&loaded).as_bytes())?;
    }
    Ok(if loaded.is_invalid() { Exit::Invalid } else { Exit::Done })
}

/// The problems under a caret each, and one line that sums them up.
#[must_use]
pub fn terminal(agents: &str, loaded: &Loaded, style: Style) -> String {
    let mut text = String::new();
    for problem in &loaded.problems {
        text.push_str(&problem.render(style.colour, style.reveal, style.width));
        text.push('\n');
    }
    let (errors, warnings) = count(loaded);
    let files = plural(loaded.files, "file");
    let found = match (errors, warnings) {
        (0, 0) => "0 problems".to_owned(),
        (errors, 0) => plural(errors, "error"),
        (0, warnings) => plural(warnings, "warning"),
        (errors, warnings) => format!("{}, {}", plural(errors, "error"), plural(warnings, "warning")),
    };
    text + &format!("{}: {files}, {found}\n", declare::printable(agents))
}

fn plural(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

fn count(loaded: &Loaded) -> (usize, usize) {
    let errors = loaded.problems.iter().filter(|problem| problem.severity == Severity::Error).count();
    (errors, loaded.problems.len() - errors)
}

/// The JSON document of `--output json=…`. Its structs are its own, so that the program can change without it.
#[derive(Debug, Serialize)]
struct Document<'a> {
    format_version: &'static str,
    files: usize,
    errors: usize,
    warnings: usize,
    problems: Vec<Row<'a>>,
}

#[derive(Debug, Serialize)]
struct Row<'a> {
    file: &'a str,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    path: &'a str,
    severity: &'static str,
    message: &'a str,
    help: Option<&'a str>,
}

impl<'a> From<&'a Problem> for Row<'a> {
    fn from(problem: &'a Problem) -> Self {
        Self {
            file: &problem.file,
            line: problem.start.0,
            column: problem.start.1,
            end_line: problem.end.0,
            end_column: problem.end.1,
            path: &problem.path,
            severity: problem.severity.key(),
            message: &problem.message,
            help: problem.help.as_deref(),
        }
    }
}

/// The problems as a JSON document; never a private value.
#[must_use]
pub fn document(loaded: &Loaded) -> String {
    let (errors, warnings) = count(loaded);
    let problems = loaded.problems.iter().map(Row::from).collect();
    let document = Document { format_version: "1.0", files: loaded.files, errors, warnings, problems };
    let value = serde_json::to_value(&document).unwrap_or_default();
    format!("{value:#}\n")
}
