//! What is wrong with the files: for a person at the terminal, and as JSON, validate's own document and a part of a plan's.

use schemars::JsonSchema;
use serde::Serialize;

use super::json_format::{FORMAT_VERSION, text};
use super::text::count;
use crate::declare::problem::{self, Problem, Severity};
use crate::declare::{Loaded, printable};

/// How problems are shown to people.
#[derive(Clone, Copy, Debug)]
pub struct ProblemStyle {
    /// In colour.
    pub colour: bool,
    /// With private values, which is right only on a person's own screen: stderr is a terminal and `CI` is not set.
    pub reveal: bool,
    /// Columns.
    pub width: usize,
}

/// The problems under a caret each, and one line that sums them up.
#[must_use]
pub fn terminal(agents: &str, loaded: &Loaded, style: ProblemStyle) -> String {
    let mut text = String::new();
    for problem in &loaded.problems {
        text.push_str(&problem.render(style.colour, style.reveal, style.width));
        text.push('\n');
    }
    let errors = problem::errors(&loaded.problems).count();
    let warnings = loaded.problems.len() - errors;
    let files = count(loaded.files, "file", "files");
    let (some_errors, some_warnings) = (count(errors, "error", "errors"), count(warnings, "warning", "warnings"));
    let found = match (errors, warnings) {
        (0, 0) => "0 problems".to_owned(),
        (_, 0) => some_errors,
        (0, _) => some_warnings,
        _ => format!("{some_errors}, {some_warnings}"),
    };
    text + &format!("{}: {files}, {found}\n", printable(agents))
}

/// A problem of a file. No text of it holds a private value.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Problem")]
pub(crate) struct ProblemJson {
    /// The file, from the repository's root.
    file: String,
    /// Where it begins, from 1.
    line: usize,
    /// In characters, from 1.
    column: usize,
    /// Where it ends.
    end_line: usize,
    /// The column behind its last character.
    end_column: usize,
    /// The YAML's own path; empty where it is about the file.
    path: String,
    /// Whether it stops everything, or only should be known.
    severity: Severity,
    /// The rule that found it.
    rule: &'static str,
    /// What is wrong.
    message: String,
    /// What to do.
    help: Option<String>,
    /// The earlier revision at which an error was there already, so that it is only a warning.
    already_at: Option<String>,
}

impl From<&Problem> for ProblemJson {
    fn from(problem: &Problem) -> Self {
        Self {
            file: problem.file.clone(),
            line: problem.start.0,
            column: problem.start.1,
            end_line: problem.end.0,
            end_column: problem.end.1,
            path: problem.path.clone(),
            severity: problem.severity,
            rule: problem.rule.name,
            message: problem.message.clone(),
            help: problem.help.clone(),
            already_at: problem.already_at.clone(),
        }
    }
}

#[derive(Debug, Serialize)]
struct ProblemsDocument {
    format_version: &'static str,
    files: usize,
    errors: usize,
    warnings: usize,
    problems: Vec<ProblemJson>,
}

/// The problems of so many files as a JSON document, with a line end.
#[must_use]
pub fn json(files: usize, problems: &[Problem]) -> String {
    let errors = problem::errors(problems).count();
    let warnings = problems.len() - errors;
    let problems = problems.iter().map(ProblemJson::from).collect();
    let document = ProblemsDocument { format_version: FORMAT_VERSION, files, errors, warnings, problems };
    text(&document)
}
