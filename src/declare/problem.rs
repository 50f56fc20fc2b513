//! What is wrong with a file, where, and what to do about it.

use std::cmp::Ordering;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;
use strum::IntoStaticStr;

use super::control_characters::printable;
use super::rule::{self, Rule};
use super::source::{PathStep, Source, dotted};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema, IntoStaticStr)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase", const_into_str)]
pub enum Severity {
    /// Nothing is read or written until it is mended.
    Error,
    /// The run goes on, but a person should know.
    Warning,
}

impl Severity {
    /// The word for output.
    #[must_use]
    pub(crate) const fn key(self) -> &'static str {
        self.into_str()
    }
}

/// A line of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The file's path from the repository's root, with forward slashes.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
}

impl fmt::Display for Location {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}", self.file, self.line)
    }
}

/// One problem at one place. Neither `message` nor `help` holds a private value.
#[derive(Clone, Debug)]
pub struct Problem {
    /// How bad it is.
    pub severity: Severity,
    /// What it is a breach of.
    pub rule: Rule,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// The place in another file that this one is at odds with; `message` names it too.
    pub other: Option<Location>,
    /// The same problem as it is reported at that place in the other file.
    pub there: Option<Box<Problem>>,
    /// The earlier revision at which it was there already, which is why an error is a warning.
    pub already_at: Option<String>,
    /// The file's path from the repository's root, with forward slashes.
    pub file: String,
    /// The YAML's own path, such as `public.phone`; empty where it is about the file.
    pub path: String,
    /// The bytes in the file.
    pub span: Range<usize>,
    /// Where it begins: line and column, from 1, the column in characters.
    pub start: (usize, usize),
    /// Where it ends.
    pub end: (usize, usize),
    pub(super) source: Arc<Source>,
}

impl Problem {
    /// An error at bytes of a file: one against the schema, unless changed [later](Self::of).
    #[must_use]
    pub(crate) fn error(
        source: &Arc<Source>,
        span: Range<usize>,
        path: &[PathStep],
        message: impl Into<String>,
    ) -> Self {
        let (start, end) = (source.position(span.start), source.position(span.end));
        Self {
            severity: Severity::Error,
            rule: rule::SCHEMA,
            message: printable(&message.into()),
            help: None,
            other: None,
            there: None,
            already_at: None,
            file: source.name.clone(),
            path: printable(&dotted(path)),
            span,
            start,
            end,
            source: Arc::clone(source),
        }
    }

    /// The same as a warning.
    #[must_use]
    pub(crate) fn warning(self) -> Self {
        Self { severity: Severity::Warning, ..self }
    }

    /// The same at the first such part of its place, if the file has the part as it is: a long text is not searched by the reader.
    #[must_use]
    pub(crate) fn at_part(self, part: &str) -> Self {
        let inside = self.source.text.get(self.span.clone()).and_then(|text| text.find(part));
        let Some(start) = inside.filter(|_| !part.is_empty()).map(|at| self.span.start + at) else { return self };
        let span = start..start + part.len();
        let (start, end) = (self.source.position(span.start), self.source.position(span.end));
        Self { span, start, end, ..self }
    }

    /// The same against another rule.
    #[must_use]
    pub(crate) fn of(self, rule: Rule) -> Self {
        let there = self.there.map(|there| Box::new(there.of(rule)));
        Self { rule, there, ..self }
    }

    /// The same at odds with a place in another file, which the message names.
    #[must_use]
    pub(crate) fn at_odds_with(self, other: Location) -> Self {
        Self { other: Some(other), ..self }
    }

    /// The same with how it is reported in the other file.
    #[must_use]
    pub(crate) fn with_other_place(self, there: Self) -> Self {
        Self { there: Some(Box::new(there)), ..self }
    }

    /// The same with what to do about it.
    #[must_use]
    pub(crate) fn help(self, help: impl Into<String>) -> Self {
        let help = help.into();
        Self { help: (!help.is_empty()).then(|| printable(&help)), ..self }
    }

    /// Why an error is only a warning, if it is.
    #[must_use]
    pub(crate) fn note(&self) -> Option<String> {
        let revision = self.already_at.as_ref()?;
        Some(printable(&format!("this problem was there at {revision} already")))
    }

    /// The whole message: what is wrong, what to do, and why an error is only a warning.
    #[must_use]
    pub fn sentences(&self) -> Vec<String> {
        [Some(self.message.clone()), self.help.clone(), self.note()].into_iter().flatten().collect()
    }

    /// The message without the lines it names: equal for the same problem before and after an edit elsewhere.
    #[must_use]
    pub(crate) fn gist(&self) -> String {
        match &self.other {
            Some(other) => {
                self.message.replace(&printable(&other.to_string()), "").replace(&printable(&other.file), "")
            }
            None => self.message.clone(),
        }
    }

    /// By file, then by place: the order in which a reader goes through them.
    #[must_use]
    pub fn order(&self, other: &Self) -> Ordering {
        let key = |one: &Self| (one.file.clone(), one.span.start, one.severity, one.span.end);
        key(self).cmp(&key(other)).then_with(|| self.message.cmp(&other.message))
    }
}

/// The errors among problems.
pub(crate) fn errors(problems: &[Problem]) -> impl Iterator<Item = &Problem> {
    problems.iter().filter(|problem| problem.severity == Severity::Error)
}

/// Whether a YAML path leads to a private value.
#[must_use]
pub(crate) fn is_private(path: &str) -> bool {
    let top = path.split('.').next().unwrap_or_default();
    super::schema_keys::PRIVATE.contains(&top)
}
