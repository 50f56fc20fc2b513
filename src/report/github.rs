//! GitHub's annotations: one workflow command a line, which a runner takes from the log and shows at a line of the change.
//!
//! A command ends with its line, its properties end at `::`; so both are escaped wherever they come from data. Everything
//! else that a terminal would act on is written as an escape that people can read.

mod plan;

use std::fmt::Write as _;

use strum::IntoStaticStr;

use super::ReportOrigin;
use super::text::escaped;
use crate::declare::problem::{Problem, Severity};

pub(crate) use plan::plan;

/// How many annotations of one level GitHub keeps of a step.
const SHOWN: usize = 10;

/// How bad it is, in GitHub's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, IntoStaticStr)]
#[strum(serialize_all = "lowercase", const_into_str)]
pub enum AnnotationLevel {
    /// It blocks the run.
    Error,
    /// A person should know it.
    Warning,
    /// A remark.
    Notice,
}

/// One remark, at a place of a file if it has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Annotation {
    /// How bad it is.
    pub level: AnnotationLevel,
    /// The title of the message.
    pub title: String,
    /// The message; a line end begins a new line.
    pub message: String,
    /// What it is about.
    pub place: Option<AnnotationLocation>,
}

/// The place of an annotation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnnotationLocation {
    /// The file's path from the top of the git repository.
    pub file: String,
    /// The lines and columns, if it is not about the file as a whole.
    pub span: Option<FileSpan>,
}

/// Part of a file; lines and columns count from 1, and the end is the first that no longer belongs to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileSpan {
    /// The line and column where it begins.
    pub start: (usize, usize),
    /// The line and column where it ends.
    pub end: (usize, usize),
}

impl Annotation {
    /// A problem of a file.
    #[must_use]
    pub fn of(problem: &Problem, origin: &ReportOrigin) -> Self {
        Self {
            level: match problem.severity {
                Severity::Error => AnnotationLevel::Error,
                Severity::Warning => AnnotationLevel::Warning,
            },
            title: format!("roster: {}", problem.rule.name),
            message: problem.sentences().join("\n"),
            place: Some(AnnotationLocation {
                file: origin.path(&problem.file),
                span: Some(FileSpan { start: problem.start, end: problem.end }),
            }),
        }
    }

    /// The command, with its line end.
    #[must_use]
    pub(crate) fn command(&self) -> String {
        let mut command = format!("::{} ", self.level.into_str());
        if let Some(place) = &self.place {
            let _ = write!(command, "file={},", property(&place.file));
            command.extend(place.span.map(FileSpan::properties));
        }
        let _ = writeln!(command, "title={}::{}", property(&self.title), message(&self.message));
        command
    }
}

impl FileSpan {
    /// GitHub takes columns only within one line, and counts the last one as part of it.
    fn properties(self) -> String {
        let ((line, column), (end_line, end_column)) = (self.start, self.end);
        if end_line > line {
            return format!("line={line},endLine={end_line},");
        }
        let last = end_column.saturating_sub(1).max(column);
        format!("line={line},col={column},endLine={line},endColumn={last},")
    }
}

/// Annotations as a document for the log: the worst first, since GitHub keeps the first few of each level; a line in
/// the log reports that there are more.
#[must_use]
pub fn annotations(mut all: Vec<Annotation>) -> String {
    all.sort_by_key(|annotation| annotation.level);
    let mut text: String = all.iter().map(Annotation::command).collect();
    let count = |level| all.iter().filter(|annotation| annotation.level == level).count();
    if [AnnotationLevel::Error, AnnotationLevel::Warning, AnnotationLevel::Notice]
        .into_iter()
        .any(|level| count(level) > SHOWN)
    {
        let _ = writeln!(
            text,
            "GitHub shows the first {SHOWN} annotations of each kind; all {} are in this log.",
            all.len()
        );
    }
    text
}

/// A text for the log of a runner, so that no line of it is a command: neither one that begins with `::`, nor one of the
/// older form, which counts anywhere in a line.
#[must_use]
pub(crate) fn without_commands(text: &str) -> String {
    let line = |line: &str| match line.trim_start() {
        rest if rest.starts_with("::") => line.replacen("::", ": :", 1),
        _ => line.to_owned(),
    };
    text.split_inclusive('\n').map(line).collect::<String>().replace("##[", "## [")
}

/// The text of a message.
fn message(text: &str) -> String {
    let lines = text.split('\n').map(|line| escaped(line).replace('%', "%25"));
    lines.collect::<Vec<_>>().join("%0A")
}

/// A value that ends neither its property nor the properties.
fn property(text: &str) -> String {
    escaped(text).replace('%', "%25").replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::unnecessary_wraps)]

    use super::*;

    fn annotation(message: &str, place: Option<AnnotationLocation>) -> Annotation {
        Annotation {
            level: AnnotationLevel::Error,
            title: "roster: schema".to_owned(),
            message: message.to_owned(),
            place,
        }
    }

    fn place(file: &str, start: (usize, usize), end: (usize, usize)) -> Option<AnnotationLocation> {
        Some(AnnotationLocation { file: file.to_owned(), span: Some(FileSpan { start, end }) })
    }

    #[test]
    fn an_annotation_names_file_line_and_problem() {
        let file = "dubai/agents/sara.yaml";
        let whole = Some(AnnotationLocation { file: file.to_owned(), span: None });
        let cases = [
            (None, "::error title=roster%3A schema::it is wrong"),
            (whole, "::error file=dubai/agents/sara.yaml,title=roster%3A schema::it is wrong"),
            (
                place(file, (3, 5), (3, 9)),
                "::error file=dubai/agents/sara.yaml,line=3,col=5,endLine=3,endColumn=8,title=roster%3A schema::it is wrong",
            ),
            (
                place(file, (1, 1), (1, 1)),
                "::error file=dubai/agents/sara.yaml,line=1,col=1,endLine=1,endColumn=1,title=roster%3A schema::it is wrong",
            ),
            (
                place(file, (3, 5), (4, 2)),
                "::error file=dubai/agents/sara.yaml,line=3,endLine=4,title=roster%3A schema::it is wrong",
            ),
        ];
        for (place, want) in cases {
            assert_eq!(annotation("it is wrong", place).command(), format!("{want}\n"));
        }
    }

    /// What the runner makes of a line: the command's name, its properties and its data.
    fn parsed(line: &str) -> (String, Vec<(String, String)>, String) {
        let (head, data) = line.trim_start().strip_prefix("::").unwrap().split_once("::").unwrap();
        let (name, properties) = head.split_once(' ').unwrap();
        let unescaped = |text: &str| {
            let text = text.replace("%0D", "\r").replace("%0A", "\n").replace("%3A", ":").replace("%2C", ",");
            text.replace("%25", "%")
        };
        let pair = |pair: &str| pair.split_once('=').map(|(key, value)| (key.to_owned(), unescaped(value))).unwrap();
        (name.to_owned(), properties.split(',').map(pair).collect(), unescaped(data))
    }

    #[test]
    fn data_starts_no_command_and_ends_no_property() {
        let hostile = [
            "x\n::set-output name=a::b",
            "x\r\n::add-mask::a",
            "x\r::stop-commands::y",
            "::error::twice",
            "##[set-output name=a]b",
            "100 % sure, 50%25, %0A::error::no, %3A%3A",
            "a,line=9,title=other::b",
            "سارة \u{202e}cod\u{2066}e",
            "\u{1b}[31mred\u{9b}0m\u{7}\u{0}\u{85}\u{2028}",
        ];
        for text in hostile {
            let all = vec![Annotation { title: text.to_owned(), ..annotation(text, place(text, (1, 2), (1, 3))) }];
            let document = annotations(all);
            assert_eq!(document.lines().count(), 1, "{document:?}");
            let strange = |char: char| {
                char.is_control() || matches!(char, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}')
            };
            assert!(!document.trim_end_matches('\n').contains(strange), "{document:?}");
            let (name, properties, data) = parsed(document.trim_end());
            let keys: Vec<&str> = properties.iter().map(|(key, _)| key.as_str()).collect();
            assert_eq!((name.as_str(), keys), ("error", vec!["file", "line", "col", "endLine", "endColumn", "title"]));
            assert_eq!(properties[0].1, escaped(text));
            assert_eq!(properties[5].1, escaped(text));
            assert_eq!(data, text.split('\n').map(escaped).collect::<Vec<_>>().join("\n"));
        }
    }

    #[test]
    fn a_log_for_people_holds_no_commands() {
        let cases = [
            ("agents/a.yaml::b\n", "agents/a.yaml::b\n"),
            ("::add-mask::a", ": :add-mask::a"),
            ("one\n \t\u{85}\u{3000}::error::b\r\n::c", "one\n \t\u{85}\u{3000}: :error::b\r\n: :c"),
            (":::error::a\n::::b", ": ::error::a\n: :::b"),
            ("x ##[add-mask]a ##[set-output name=b]c", "x ## [add-mask]a ## [set-output name=b]c"),
            ("###[a] ####[b]", "### [a] #### [b]"),
            ("سارة # [x]", "سارة # [x]"),
        ];
        for (text, want) in cases {
            assert_eq!(without_commands(text), want);
            assert_eq!(without_commands(want), want, "once is enough");
        }
    }

    #[test]
    fn the_worst_problems_are_first_and_the_rest_is_counted() {
        let of = |level| move |at: usize| Annotation { level, ..annotation(&format!("number {at}"), None) };
        let few: Vec<_> =
            (0..2).map(of(AnnotationLevel::Notice)).chain((0..2).map(of(AnnotationLevel::Error))).collect();
        let levels =
            |text: &str| text.lines().map(|line| line.split(' ').next().unwrap().to_owned()).collect::<Vec<_>>();
        assert_eq!(levels(&annotations(few.clone())), ["::error", "::error", "::notice", "::notice"]);
        let many = annotations(few.into_iter().chain((0..11).map(of(AnnotationLevel::Warning))).collect());
        assert_eq!(many.lines().count(), 16);
        assert!(
            many.ends_with("\nGitHub shows the first 10 annotations of each kind; all 15 are in this log.\n"),
            "{many}"
        );
        assert_eq!(annotations(Vec::new()), "");
    }
}
