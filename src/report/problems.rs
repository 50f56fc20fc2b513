//! What is wrong with the files, as JSON: validate's own document, and a part of a plan's.

use schemars::JsonSchema;
use serde::Serialize;

use crate::declare::problem::{Problem, Severity};

/// A problem of a file. No text of it holds a private value.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Problem")]
pub struct Entry {
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
    severity: SeverityName,
    /// The rule that found it.
    rule: &'static str,
    /// What is wrong.
    message: String,
    /// What to do.
    help: Option<String>,
    /// The earlier revision at which an error was there already, so that it is only a warning.
    already_at: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum SeverityName {
    Error,
    Warning,
}

impl From<&Problem> for Entry {
    fn from(problem: &Problem) -> Self {
        Self {
            file: problem.file.clone(),
            line: problem.start.0,
            column: problem.start.1,
            end_line: problem.end.0,
            end_column: problem.end.1,
            path: problem.path.clone(),
            severity: match problem.severity {
                Severity::Error => SeverityName::Error,
                Severity::Warning => SeverityName::Warning,
            },
            rule: problem.rule.name,
            message: problem.message.clone(),
            help: problem.help.clone(),
            already_at: problem.already_at.clone(),
        }
    }
}

#[derive(Debug, Serialize)]
struct Document {
    format_version: &'static str,
    files: usize,
    errors: usize,
    warnings: usize,
    problems: Vec<Entry>,
}

/// The problems of so many files as a JSON document, with a line end.
#[must_use]
pub fn json(files: usize, problems: &[Problem]) -> String {
    let errors = problems.iter().filter(|problem| problem.severity == Severity::Error).count();
    let warnings = problems.len() - errors;
    let problems = problems.iter().map(Entry::from).collect();
    let document = Document { format_version: "1.0", files, errors, warnings, problems };
    let value = serde_json::to_value(&document).unwrap_or_default();
    format!("{value:#}\n")
}
