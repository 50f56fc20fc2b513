//! Texts that are not what they look like.

use std::ops::Range;

use super::RuleContext;
use crate::declare::control_characters::is_bidi_control;
use crate::declare::file::AgentFile;
use crate::declare::problem::Problem;
use crate::declare::source::{PathStep, path_in_words};
use crate::declare::yaml_tree::NodeKind;
use crate::model::agent::value::characters::is_typographic_quote;

/// The keys with texts of several sentences.
const LONG_TEXTS: [&str; 3] = ["content", "email_signature", "fields"];

/// Warns of control and bidirectional characters: they can make a text read as another one.
pub(super) fn texts_are_visible(person: &AgentFile, _: &RuleContext<'_>, problems: &mut Vec<Problem>) {
    each_text(person, &mut |path, text| {
        // In a long text a soft hyphen may be meant.
        let long = path.iter().any(|step| matches!(step, PathStep::Key(key) if LONG_TEXTS.contains(&key.as_str())));
        let strange = |c: &char| {
            (c.is_control() && !matches!(c, '\n' | '\r' | '\t')) || is_bidi_control(*c) || (*c == '\u{ad}' && !long)
        };
        if let Some(c) = text.chars().find(strange) {
            let message = format!("{} contains an invisible character, U+{:04X}", path_in_words(path), u32::from(c));
            let written = leaf(person, path).and_then(|(span, _)| person.source.text.get(span)).unwrap_or_default();
            let is_code = ["\\u", "\\U", "\\x"].iter().any(|code| written.contains(code));
            let help = if !written.contains(c) && !is_code {
                "write \\\\ for a backslash: in double quotes it and the letter behind it are one character"
            } else if is_line_break(c) {
                "replace it by a space or by a line break"
            } else {
                "remove it if it is not there on purpose: it can change how the text reads"
            };
            problems.push(person.error_at(path, message).at_part(c.encode_utf8(&mut [0; 4])).warning().help(help));
        }
    });
}

/// A character that other programs show as the end of a line: without it two words would be joined.
const fn is_line_break(c: char) -> bool {
    matches!(c, '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// `no` and `048213` are texts here, but false and a number to other readers of YAML, of which there are many.
pub(super) fn texts_are_quoted(person: &AgentFile, _: &RuleContext<'_>, problems: &mut Vec<Problem>) {
    each_text(person, &mut |path, text| {
        let Some(other) = to_other_readers(text) else { return };
        if person.source.node(path).is_some_and(|node| node.children == NodeKind::Leaf { plain: true }) {
            let message = format!("{} is {other}", path_in_words(path));
            problems.push(person.error_at(path, message).warning().help("put it in quotes"));
        }
    });
}

/// What readers of YAML 1.1 take a text for, which they write without quotes.
fn to_other_readers(text: &str) -> Option<&'static str> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let number = digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    match text.to_ascii_lowercase().as_str() {
        "no" | "yes" | "on" | "off" => Some("a word that other programs read as true or false"),
        _ if number => Some("a text that other programs read as a number"),
        _ => None,
    }
}

/// A `#` with a space before it begins a comment, also in the middle of a sentence.
pub(super) fn texts_are_whole(person: &AgentFile, _: &RuleContext<'_>, problems: &mut Vec<Problem>) {
    each_text(person, &mut |path, _| {
        let Some((place, true)) = is_free_text(path).then(|| leaf(person, path)).flatten() else { return };
        let behind = person.source.text.get(place.end..).unwrap_or_default().split('\n').next().unwrap_or_default();
        let comment = behind.trim_start();
        let gap = behind.len() - comment.len();
        // Two spaces, and one behind the sign: a comment that was written as one.
        if !comment.starts_with('#') || (gap >= 2 && comment.starts_with("# ")) {
            return;
        }
        let start = place.end + gap;
        let message = format!("{} ends before the #: everything behind it is a comment", path_in_words(path));
        let problem = Problem::error(&person.source, start..start + comment.trim_end().len(), path, message);
        let written = person.source.text.get(place.clone()).unwrap_or_default();
        let help = if written.starts_with(is_typographic_quote) {
            "type the straight quotes of the keyboard at both ends of the text"
        } else {
            "put the text in quotes; for a comment, write two spaces, # and a space"
        };
        problems.push(problem.warning().help(help));
    });
}

/// Whether a value is free text, which may contain a `#`.
fn is_free_text(path: &[PathStep]) -> bool {
    const WORDS: [&str; 8] = [
        "first_name",
        "last_name",
        "position",
        "content",
        "licence",
        "email_signature",
        "landline_extension",
        "fields",
    ];
    path.iter().any(|step| matches!(step, PathStep::Key(key) if WORDS.contains(&key.as_str())))
}

/// The bytes of a value, and whether it is written without quotes.
pub(super) fn leaf(person: &AgentFile, path: &[PathStep]) -> Option<(Range<usize>, bool)> {
    let node = person.source.node(path)?;
    match node.children {
        NodeKind::Leaf { plain } => Some((node.span.clone(), plain)),
        NodeKind::List(_) | NodeKind::Map(_) => None,
    }
}

/// Visits every text of a file, in the file's order.
pub(super) fn each_text(person: &AgentFile, visit: &mut dyn FnMut(&[PathStep], &str)) {
    person.texts().iter().for_each(|place| visit(&place.path, &place.text));
}
