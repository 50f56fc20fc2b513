//! Broken YAML in words that help: what the parser met, and what a person most likely did.

use std::ops::Range;

use granit_parser::ErrorKind as Kind;

use super::typing_errors::{self, line_at};
use super::yaml_tree::{DEEPEST, YamlError};

/// Explains what the parser met at a byte of the text.
pub(super) fn explain(text: &str, at: usize, kind: &Kind, personal: bool) -> YamlError {
    if let Some(tab) = indenting_tab(text, at) {
        let help = typing_errors::tab_advice(text, tab.start, personal)
            .unwrap_or_else(|| "YAML takes spaces only, two for each level: replace the tab".to_owned());
        return YamlError::new(tab, "a tab is used for indentation", help);
    }
    if let Some(typing_error) = typing_errors::find(text, at, personal) {
        return typing_error;
    }
    match kind {
        Kind::InvalidQuotedScalarIndent | Kind::UnclosedQuotedScalar | Kind::DocumentIndicatorInQuotedScalar => {
            let quote = open_quote(text, at);
            YamlError::new(quote, "this quote is not closed", "close it on the same line")
        }
        // The quote that closes it begins a value of another line.
        Kind::InvalidTrailingSingleQuotedScalar | Kind::InvalidTrailingDoubleQuotedScalar
            if unclosed_quote(text, line_at(text, at).start).is_some() =>
        {
            let quote = open_quote(text, line_at(text, at).start);
            YamlError::new(quote, "this quote is not closed", "close it on the same line")
        }
        Kind::InvalidTrailingSingleQuotedScalar => {
            let help = "write '' for an apostrophe inside single quotes, or put the text in double quotes";
            YamlError::new(token(text, at), "there is text after the closing quote", help)
        }
        Kind::InvalidTrailingDoubleQuotedScalar => {
            let help = "write \\\" for a quote inside double quotes, and nothing behind the last one";
            YamlError::new(token(text, at), "there is text after the closing quote", help)
        }
        Kind::MappingValueNotAllowed => second_colon(text, at),
        Kind::InvalidColonPlacement
        | Kind::ExpectedFlowMappingSeparator
        | Kind::ExpectedFlowSequenceSeparator
        | Kind::UnexpectedEofFlowMapping
        | Kind::UnexpectedEofFlowSequence
        | Kind::UnexpectedEofImplicitFlowMapping
        | Kind::UnclosedFlowCollection { .. } => {
            let help = "close it on the same line; separate items with the English comma (not ،); quote a text with commas or brackets";
            YamlError::new(
                open_bracket(text, at),
                "this bracket is not closed, or its items are not separated by commas",
                help,
            )
        }
        Kind::MisplacedFlowCollectionEnd | Kind::MismatchedFlowCollectionEnd { .. } => YamlError::new(
            token(text, at),
            "the brackets do not match",
            "[ ] holds a list, { } holds keys; quote a text with brackets",
        ),
        Kind::ExpectedBlockMappingKey
        | Kind::ExpectedBlockSequenceEntry
        | Kind::InvalidIndentation
        | Kind::InvalidBlockScalarIndent => {
            let help = "indent this line with as many spaces as the lines around it";
            YamlError::new(token(text, at), "this line is not indented like the lines it belongs to", help)
        }
        Kind::SimpleKeyExpected | Kind::InvalidSimpleKey => {
            YamlError::new(token(text, at), "the colon is missing, or the space after it", "write name: value")
        }
        Kind::CommentInterceptedScalar => {
            let rest = text.get(at..).unwrap_or_default();
            let hash = rest.find(" #").map_or(at, |hash| at + hash + 1);
            YamlError::new(hash..hash + 1, "everything behind this # is a comment", "put the text in quotes")
        }
        Kind::BlockSequenceEntryNotAllowed => YamlError::new(
            token(text, at),
            "a list cannot begin here",
            "put each \"- item\" on a line of its own, or write [one, two]",
        ),
        Kind::UnexpectedCharacter { character } => unexpected(text, at, *character),
        Kind::UnknownQuotedScalarEscape | Kind::InvalidQuotedScalarHexEscape | Kind::InvalidUnicodeEscape => {
            YamlError::new(
                token(text, at),
                "unknown \\ sequence in double quotes",
                "write \\\\ for a backslash, or use single quotes",
            )
        }
        Kind::DirectiveDisallowed => YamlError::new(
            token(text, at),
            "there is a line with % at the top",
            "remove it: agent files have no directives",
        ),
        Kind::RecursionLimitExceeded => {
            let message = format!("this is nested deeper than {DEEPEST} levels");
            YamlError::new(
                token(text, at),
                message,
                "an agent file needs four levels; look for brackets that are not closed",
            )
        }
        other => YamlError::new(
            token(text, at),
            format!("this is not YAML: {other}"),
            "look for a missing quote, colon or bracket just before it",
        ),
    }
}

/// A colon that starts a value where none may start: a second one in the line, a line above that has none, or a line that
/// is indented too far.
fn second_colon(text: &str, at: usize) -> YamlError {
    let line = line_at(text, at);
    let before = text.get(line.start..at).unwrap_or_default();
    if before.contains(": ") {
        return YamlError::new(at..at + 1, "there is a second colon in this line", "put the value in quotes");
    }
    let above = text.get(..line.start).unwrap_or_default().trim_end();
    let last = line_at(text, above.len());
    let written = text.get(last.clone()).unwrap_or_default().trim();
    if !written.is_empty() && !written.contains(':') {
        let start = last.end - text.get(last.clone()).unwrap_or_default().trim_start().len();
        return YamlError::new(
            start..start + written.len(),
            "the colon is missing, or the space after it",
            "write name: value",
        );
    }
    let help = "indent this line with as many spaces as the lines around it";
    let start = at - before.trim_start().len();
    YamlError::new(start..at, "this line is not indented like the lines it belongs to", help)
}

fn unexpected(text: &str, at: usize, character: char) -> YamlError {
    if character.is_control() {
        let message = format!("there is a control character (U+{:04X}) here", u32::from(character));
        let is_line_break = matches!(character, '\u{b}' | '\u{c}');
        let help =
            if is_line_break { "replace it by a space or by a line break" } else { "remove it: no system can hold it" };
        return YamlError::new(token(text, at), message, help);
    }
    let line = line_at(text, at);
    let key = text.get(line.start..at).unwrap_or_default().trim().trim_end_matches(':');
    if character == '@' && matches!(key, "linked_in" | "photo") {
        let help = "write the whole address as the browser shows it, such as https://www.linkedin.com/in/sara-khan";
        return YamlError::new(token(text, at), format!("`{key}` is not a web address"), help);
    }
    let message = format!("a text cannot begin with `{character}`");
    YamlError::new(token(text, at), message, "put it in quotes")
}

/// A tab among the spaces that indent the line at a byte, or the line behind it.
fn indenting_tab(text: &str, at: usize) -> Option<Range<usize>> {
    let line = line_at(text, at);
    let next = line_at(text, (line.end + 1).min(text.len()));
    [line, next].into_iter().find_map(|line| {
        let written = text.get(line.clone())?;
        let indent = written.len() - written.trim_start_matches([' ', '\t']).len();
        let first = written.get(..indent)?.find('\t')?;
        Some(line.start + first..line.start + indent)
    })
}

/// The quote at a byte, or else the nearest one above it that is not closed in its line.
fn open_quote(text: &str, at: usize) -> Range<usize> {
    if matches!(text.as_bytes().get(at), Some(b'"' | b'\'')) {
        return at..at + 1;
    }
    unclosed_quote(text, at).unwrap_or_else(|| token(text, at))
}

/// The nearest quote above a byte that begins a value and is not closed in its line.
fn unclosed_quote(text: &str, at: usize) -> Option<Range<usize>> {
    let from_here = text.get(..at).unwrap_or(text);
    let mut end = from_here.len();
    for line in from_here.lines().rev().take(50) {
        end = from_here.get(..end).unwrap_or_default().trim_end_matches(['\n', '\r']).len();
        let start = end.saturating_sub(line.len());
        let opens = line.char_indices().find(|(place, c)| {
            let before = line.get(..*place).unwrap_or_default();
            matches!(c, '"' | '\'') && (before.trim().is_empty() || before.ends_with([' ', '[', '{', ',']))
        });
        if let Some((place, quote)) = opens {
            let closes = line.get(place + 1..).is_some_and(|rest| rest.contains(quote));
            if !closes {
                return Some(start + place..start + place + 1);
            }
        }
        end = start;
    }
    None
}

/// The nearest opening bracket at or above a byte.
fn open_bracket(text: &str, at: usize) -> Range<usize> {
    if matches!(text.as_bytes().get(at), Some(b'[' | b'{')) {
        return at..at + 1;
    }
    let before = text.get(..at).unwrap_or(text);
    before.rfind(['[', '{']).map_or_else(|| token(text, at), |open| open..open + 1)
}

/// From a byte to the end of the word there.
fn token(text: &str, at: usize) -> Range<usize> {
    let rest = text.get(at..).unwrap_or_default();
    let length = rest.find(|c: char| c.is_whitespace()).unwrap_or(rest.len());
    at..at + length
}
