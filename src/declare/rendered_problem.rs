//! A problem for a terminal: the message, the line with a caret, and the help.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, SourceCode,
    SourceSpan, SpanContents,
};
use textwrap::WordSplitter;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::control_characters::printable;
use super::problem::{Problem, Severity};

impl Problem {
    /// For a terminal of this many columns. `reveal` shows private values, which is only right on a person's own screen.
    #[must_use]
    pub fn render(&self, colour: bool, reveal: bool, width: usize) -> String {
        let theme = if colour { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
        let handler = GraphicalReportHandler::new_themed(theme).with_width(width).with_links(false);
        let handler = handler.with_word_splitter(WordSplitter::NoHyphenation);
        let mut text = String::new();
        match handler.render_report(&mut text, &RenderedProblem::new(self, reveal, width)) {
            Ok(()) => text,
            // Writing into a text cannot fail; if it does, the plain sentence still has the message.
            Err(fmt::Error) => format!("{}:{}:{}: {}\n", self.file, self.start.0, self.start.1, self.message),
        }
    }
}

/// A problem and the text that is printed of its file.
#[derive(Debug)]
struct RenderedProblem<'a> {
    problem: &'a Problem,
    /// The file's text, with private values or without; a part of its line where the lines around the place are longer than the
    /// terminal.
    text: Cow<'a, str>,
    /// The bytes of `text` under the caret.
    place: Range<usize>,
    /// Where a part of a line begins in the file: how many lines and characters are before it.
    cut_at: Option<(usize, usize)>,
}

impl<'a> RenderedProblem<'a> {
    fn new(problem: &'a Problem, reveal: bool, width: usize) -> Self {
        let shown = problem.source.shown(reveal);
        let (text, place) = (shown.text.as_str(), shown.place(&problem.span));
        let columns = width.saturating_sub(GUTTER).max(LEAST_COLUMNS);
        let Some(line) = line_of(text, &place).filter(|_| is_too_long(text, &place, columns)) else {
            return Self { problem, text: Cow::Borrowed(text), place, cut_at: None };
        };
        // Room for the two signs that something is left out.
        let shown = excerpt(text, &line, place.start, columns - 2);
        let [before, after] = [shown.start > line.start, shown.end < line.end].map(|cut| if cut { "…" } else { "" });
        let moved = |byte: usize| byte.clamp(shown.start, shown.end) - shown.start + before.len();
        let lines = text.get(..line.start).unwrap_or_default().matches('\n').count();
        let characters = text.get(line.start..place.start).unwrap_or_default().chars().count();
        Self {
            problem,
            text: Cow::Owned([before, text.get(shown.clone()).unwrap_or_default(), after].concat()),
            place: moved(place.start)..moved(place.end),
            cut_at: Some((lines, characters)),
        }
    }

    /// Where it is, for a problem that has no line to show and does not name its file itself.
    fn location(&self) -> Option<String> {
        let Problem { file, source, start, .. } = self.problem;
        let file = printable(file);
        match start {
            _ if !self.text.is_empty() => None,
            _ if source.text.is_empty() && self.problem.message.contains(file.as_str()) => None,
            (1, 1) if source.text.is_empty() => Some(file),
            (line, column) => Some(format!("{file}:{line}:{column}")),
        }
    }
}

/// The columns to the left of a source line: the number of the line and a border.
const GUTTER: usize = 10;
/// Less of a line is of no use, so a narrower terminal breaks it.
const LEAST_COLUMNS: usize = 20;

/// The bytes of the line in which a place begins.
fn line_of(text: &str, place: &Range<usize>) -> Option<Range<usize>> {
    let (before, behind) = text.split_at_checked(place.start)?;
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    Some(start..place.start + behind.find('\n').unwrap_or(behind.len()))
}

/// Whether a line that would be shown, which are those of the place and one above and below, has more columns than there are.
fn is_too_long(text: &str, place: &Range<usize>, columns: usize) -> bool {
    let (before, _) = text.split_at_checked(place.start).unwrap_or_default();
    let (_, behind) = text.split_at_checked(place.end).unwrap_or_default();
    let above = before.rmatch_indices('\n').nth(1).map_or(0, |(newline, _)| newline);
    let below = behind.match_indices('\n').nth(1).map_or(text.len(), |(newline, _)| place.end + newline);
    text.get(above..below).is_some_and(|lines| lines.lines().any(|line| line.width() > columns))
}

/// So many columns of a line, which contain the byte `at` with a third of them before it.
fn excerpt(text: &str, line: &Range<usize>, at: usize, columns: usize) -> Range<usize> {
    let fitting = |characters: &mut dyn Iterator<Item = char>, columns: usize| -> usize {
        let ends = characters.scan(0, |used, character| {
            *used += character.width().unwrap_or_default();
            (*used <= columns).then(|| character.len_utf8())
        });
        ends.sum()
    };
    let before = text.get(line.start..at).unwrap_or_default();
    let start = if before.width() <= columns * 2 / 3 {
        line.start
    } else {
        at - fitting(&mut before.chars().rev(), columns / 3)
    };
    let behind = text.get(start..line.end).unwrap_or_default();
    start..start + fitting(&mut behind.chars(), columns)
}

impl fmt::Display for RenderedProblem<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.problem.message)?;
        match self.location() {
            Some(location) => write!(out, " ({location})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for RenderedProblem<'_> {}

impl Diagnostic for RenderedProblem<'_> {
    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.problem.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let lines: Vec<String> = self.problem.help.clone().into_iter().chain(self.problem.note()).collect();
        (!lines.is_empty()).then(|| Box::new(lines.join("\n")) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        (!self.text.is_empty()).then_some(self)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let span = SourceSpan::new(self.place.start.into(), self.place.len());
        Some(Box::new(std::iter::once(LabeledSpan::new_with_span(None, span))))
    }
}

impl SourceCode for RenderedProblem<'_> {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let part = self.text.as_ref().read_span(span, before, after)?;
        let (line, column) = self.cut_at.unwrap_or_else(|| {
            // miette counts a column in bytes, which is not the column that a reader of Arabic text sees.
            let ahead = self.text.get(..part.span().offset()).unwrap_or_default();
            (part.line(), ahead.rsplit('\n').next().unwrap_or_default().chars().count())
        });
        let name = printable(&self.problem.source.name);
        Ok(Box::new(MietteSpanContents::new_named(name, part.data(), *part.span(), line, column, part.line_count())))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::sync::Arc;

    use unicode_width::UnicodeWidthStr;

    use super::super::problem::Problem;
    use super::super::source::Source;

    /// Lines before, at and behind the place, in columns.
    #[test]
    fn a_line_fits_the_terminal_with_the_place_in_it() {
        let words = |count: usize, word: &str| word.repeat(count);
        for (before, behind, above) in [
            (words(300, "ab "), words(300, "cd "), String::new()),
            (words(300, "بيت "), words(300, "شقة "), String::new()),
            (String::new(), words(300, "cd "), String::new()),
            (words(300, "ab "), String::new(), String::new()),
            (words(2, "ab "), String::new(), words(300, "xy ")),
        ] {
            for width in [40, 60, 80, 120] {
                for bad in ["WRONG", &words(200, "WRONG")] {
                    let text = format!("top: 1\n{above}\nbio: {before}{bad}{behind}\nend: 2\n");
                    let start = text.find(bad).unwrap();
                    let source = Arc::new(Source::new("agents/a.yaml", text.clone(), None, false));
                    let problem = Problem::error(&source, start..start + bad.len(), &[], "it is wrong");
                    let shown = problem.render(false, true, width);
                    assert!(shown.contains("agents/a.yaml:3:"), "{shown}");
                    assert!(shown.lines().any(|line| line.contains("WRONG") && line.contains('3')), "{shown}");
                    for line in shown.lines() {
                        assert!(line.width() <= width, "{width}: {shown}");
                    }
                }
            }
        }
    }
}
