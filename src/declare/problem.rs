//! What is wrong with a file, where, and what to do about it.

use std::cmp::Ordering;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, SourceCode,
    SourceSpan, SpanContents,
};
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
    source: Arc<Source>,
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

    /// For a terminal: the message, the line under a caret, and the help. `reveal` shows private values, which is only
    /// right on a person's own screen.
    #[must_use]
    pub fn render(&self, colour: bool, reveal: bool, width: usize) -> String {
        let theme = if colour { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
        let handler = GraphicalReportHandler::new_themed(theme).with_width(width).with_links(false);
        let mut text = String::new();
        match handler.render_report(&mut text, &ProblemDisplay { problem: self, reveal }) {
            Ok(()) => text,
            // Writing into a text cannot fail; if it does, the plain sentence still says it.
            Err(fmt::Error) => format!("{}:{}:{}: {}\n", self.file, self.start.0, self.start.1, self.message),
        }
    }

    fn code(&self) -> Option<&dyn SourceCode> {
        (!self.source.shown(false).text.is_empty() && !self.is_on_a_long_line()).then_some(self)
    }

    /// Where it is, for a problem that has no line to show and does not name its file itself.
    fn place(&self) -> Option<String> {
        let file = printable(&self.file);
        match self.start {
            _ if self.code().is_some() => None,
            _ if self.source.text.is_empty() && self.message.contains(file.as_str()) => None,
            (1, 1) if self.source.text.is_empty() => Some(file),
            (line, column) => Some(format!("{file}:{line}:{column}")),
        }
    }

    /// In a line that fills screens the place cannot be found.
    fn is_on_a_long_line(&self) -> bool {
        let (before, behind) = self.source.text.split_at_checked(self.span.start).unwrap_or_default();
        // The lines above and below are shown too.
        let above = before.rsplit('\n').take(2);
        let below = behind.split('\n').take(2);
        above.chain(below).any(|line| line.len() > LONGEST_LINE)
    }

    fn label(&self, reveal: bool) -> LabeledSpan {
        let place = self.source.shown(reveal).place(&self.span);
        LabeledSpan::new_with_span(None, SourceSpan::new(place.start.into(), place.len()))
    }
}

/// The errors among problems.
pub(crate) fn errors(problems: &[Problem]) -> impl Iterator<Item = &Problem> {
    problems.iter().filter(|problem| problem.severity == Severity::Error)
}

/// In bytes; a long description in Arabic still fits.
const LONGEST_LINE: usize = 4000;

/// Whether a YAML path leads to a private value.
#[must_use]
pub(crate) fn is_private(path: &str) -> bool {
    let top = path.split('.').next().unwrap_or_default();
    super::schema_keys::PRIVATE.contains(&top)
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)
    }
}

impl std::error::Error for Problem {}

/// Private values are masked; [`Problem::render`] can show them.
impl Diagnostic for Problem {
    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let lines: Vec<String> = self.help.clone().into_iter().chain(self.note()).collect();
        (!lines.is_empty()).then(|| Box::new(lines.join("\n")) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.code()
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(std::iter::once(self.label(false))))
    }
}

impl SourceCode for Problem {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        read(&self.source, false, span, before, after)
    }
}

/// A problem as it is printed, with or without private values.
#[derive(Debug)]
struct ProblemDisplay<'a> {
    problem: &'a Problem,
    reveal: bool,
}

impl fmt::Display for ProblemDisplay<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.problem.fmt(out)?;
        match self.problem.place() {
            Some(place) => write!(out, " ({place})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for ProblemDisplay<'_> {}

impl Diagnostic for ProblemDisplay<'_> {
    fn severity(&self) -> Option<miette::Severity> {
        Diagnostic::severity(self.problem)
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Diagnostic::help(self.problem)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.problem.code().map(|_| self as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(std::iter::once(self.problem.label(self.reveal))))
    }
}

impl SourceCode for ProblemDisplay<'_> {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        read(&self.problem.source, self.reveal, span, before, after)
    }
}

fn read<'a>(
    source: &'a Source,
    reveal: bool,
    span: &SourceSpan,
    before: usize,
    after: usize,
) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
    let text = &source.shown(reveal).text;
    let part = text.read_span(span, before, after)?;
    // miette counts a column in bytes, which is not the column that a reader of Arabic text sees.
    let ahead = text.get(..part.span().offset()).unwrap_or_default();
    let column = ahead.rsplit('\n').next().unwrap_or_default().chars().count();
    Ok(Box::new(MietteSpanContents::new_named(
        printable(&source.name),
        part.data(),
        *part.span(),
        part.line(),
        column,
        part.line_count(),
    )))
}
