//! A value as text, before a format escapes it.

use super::text::{escaped, quoted};
use crate::model::agent::FieldValue;
use arcstr::ArcStr;

/// A longer text, or one of several lines, is compared by words.
const LONG: usize = 48;
/// No value takes more characters than this; `--output json` has all of it.
pub(super) const LONGEST_VALUE: usize = 300;
/// No comparison of two texts takes more characters than this.
pub(super) const LONGEST_COMPARISON: usize = 3_000;

/// The text of a value. It is not escaped.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum ValueText {
    Nothing,
    Text(String),
    List(Vec<String>),
    /// A number, a truth value, or JSON of another kind: it needs no quotes.
    Bare(String),
}

impl ValueText {
    pub(super) fn of(value: &FieldValue) -> Self {
        match value {
            FieldValue::Nothing => Self::Nothing,
            FieldValue::Text(text) if text.is_empty() => Self::Nothing,
            FieldValue::Text(text) => Self::Text(text.to_string()),
            FieldValue::List(items) if items.is_empty() => Self::Nothing,
            FieldValue::List(items) => Self::List(items.iter().map(ArcStr::to_string).collect()),
            FieldValue::Flag(_) | FieldValue::Number(_) | FieldValue::Other(_) => Self::Bare(value.to_string()),
        }
    }

    /// The codes of a list. One that was remembered is a single text (`memory.rs`).
    pub(super) fn codes(&self) -> Vec<&str> {
        match self {
            Self::List(items) => items.iter().map(String::as_str).collect(),
            Self::Text(joined) => joined.split(',').filter(|code| !code.is_empty()).collect(),
            Self::Nothing | Self::Bare(_) => Vec::new(),
        }
    }

    /// The first characters of a long text of a new row, which has no other to be compared with, and its whole length.
    pub(super) fn start(&self, longest: usize) -> Option<(String, usize)> {
        let Self::Text(text) = self else { return None };
        let text = text.trim();
        let length = text.chars().count();
        // A part of an address leads nowhere.
        let is_address = !text.contains(char::is_whitespace);
        (is_long(text) && length > longest && !is_address)
            .then(|| (text.chars().take(longest).chain(['…']).collect(), length))
    }

    /// On one line: texts in quotes, lists by their members, nothing as `(none)`.
    pub(super) fn quoted(&self) -> String {
        match self {
            Self::Nothing => "(none)".to_owned(),
            Self::Text(text) => quoted(text),
            Self::List(items) => items.iter().map(|item| escaped(item)).collect::<Vec<_>>().join(", "),
            Self::Bare(text) => escaped(text),
        }
    }
}

/// Whether a text is too long for a line with another.
pub(super) fn is_long(text: &str) -> bool {
    text.chars().count() > LONG || text.contains('\n')
}
