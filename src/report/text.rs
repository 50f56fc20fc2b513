//! Values as text that can neither break a line nor reorder it, and long texts compared by words.

use std::fmt::Write as _;

use serde_json::Value;
use similar::{ChangeTag, TextDiff};
use unicode_width::UnicodeWidthStr as _;

/// The cells that a terminal uses for a text; isolates take none.
pub(super) fn width(text: &str) -> usize {
    text.width()
}

/// A text on one line: controls, line ends and bidirectional marks are written as escapes, and a text with
/// right-to-left letters is isolated so that it does not reorder what stands around it.
pub(super) fn safe(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            char if char.is_control() || reorders(char) => {
                let _ = write!(out, "\\u{{{:x}}}", u32::from(char));
            }
            char => out.push(char),
        }
    }
    if out.chars().any(right_to_left) { format!("\u{2068}{out}\u{2069}") } else { out }
}

/// Marks that change the direction of what follows, and other invisible characters that can hide in a text.
fn reorders(char: char) -> bool {
    matches!(
        char,
        '\u{061c}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

fn right_to_left(char: char) -> bool {
    matches!(char, '\u{0590}'..='\u{08ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}' | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
}

/// A value for people: texts in quotes, lists by their members, nothing as `(none)`.
pub(super) fn value(value: &Value) -> String {
    match value {
        Value::Null => "(none)".to_owned(),
        Value::String(text) if text.is_empty() => "(none)".to_owned(),
        Value::String(text) => format!("\"{}\"", safe(text)),
        Value::Array(items) if items.is_empty() => "(none)".to_owned(),
        Value::Array(items) => items
            .iter()
            .map(|item| item.as_str().map_or_else(|| safe(&item.to_string()), safe))
            .collect::<Vec<_>>()
            .join(", "),
        other => safe(&other.to_string()),
    }
}

/// A piece of a text that is compared with another by words.
pub(super) enum Piece {
    Same(String),
    Removed(String),
    Added(String),
}

/// Two texts compared by words; long unchanged stretches are cut to the words next to a change.
pub(super) fn words(before: &str, after: &str) -> Vec<Piece> {
    const AROUND: usize = 4;
    let mut pieces: Vec<(ChangeTag, String)> = Vec::new();
    for change in TextDiff::from_words(before, after).iter_all_changes() {
        match pieces.last_mut() {
            Some((tag, text)) if *tag == change.tag() => text.push_str(change.value()),
            _ => pieces.push((change.tag(), change.value().to_owned())),
        }
    }
    let last = pieces.len().saturating_sub(1);
    let cut = |(at, (tag, text)): (usize, (ChangeTag, String))| match tag {
        ChangeTag::Delete => Piece::Removed(text),
        ChangeTag::Insert => Piece::Added(text),
        ChangeTag::Equal => Piece::Same(ellipsis(&text, usize::from(at > 0) * AROUND, usize::from(at < last) * AROUND)),
    };
    pieces.into_iter().enumerate().map(cut).collect()
}

/// The first and last words of a text, with `…` for what is left out.
fn ellipsis(text: &str, first: usize, last: usize) -> String {
    let words: Vec<&str> = text.split_inclusive(char::is_whitespace).collect();
    if words.len() <= first + last + 2 {
        return text.to_owned();
    }
    let head: String = words.iter().take(first).copied().collect();
    let tail: String = words.iter().skip(words.len() - last).copied().collect();
    format!("{head}… {tail}")
}

/// A system's own words on one line: escaped, cut at 300 characters (design 2.8).
#[must_use]
pub fn quoted_words(said: &str) -> String {
    const LONGEST: usize = 300;
    let safe = safe(said);
    if safe.chars().count() <= LONGEST { safe } else { safe.chars().take(LONGEST - 1).chain(['…']).collect() }
}
