//! One kind of quotes: double ones, where a text without quotes would be another value for some reader of YAML.

use std::ops::Range;

use serde_json::{Value, json};

use crate::declare::edit::spelling::is_ambiguous;
use crate::declare::yaml;
use crate::declare::yaml_tree::{Node, NodeKind};

/// The place of a scalar, which decides what may be written without quotes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Key,
    Value,
    /// A value in brackets or braces.
    InBrackets,
}

/// The text with each quoted scalar plain where that means the same, else in double quotes.
pub(super) fn canonical(text: &str, tree: &Node) -> String {
    let mut scalars = Vec::new();
    collect(text, tree, false, &mut scalars);
    let mut new = text.to_owned();
    // From the end, so that the places before stay.
    for (span, place) in scalars.into_iter().rev() {
        let scalar = text.get(span.clone()).unwrap_or_default();
        let Some(value) = text_of(scalar) else { continue };
        let double = serde_json::to_string(&value).unwrap_or_default();
        if let Some(spelling) = [value.clone(), double].iter().find(|spelling| means(spelling, &value, place)) {
            new.replace_range(span, spelling);
        }
    }
    new
}

/// All scalars in the order of the text.
fn collect(text: &str, node: &Node, in_brackets: bool, found: &mut Vec<(Range<usize>, Place)>) {
    let begins = |bracket: char| text.get(node.span.clone()).is_some_and(|node| node.starts_with(bracket));
    match &node.children {
        NodeKind::Leaf { .. } => {
            found.push((node.span.clone(), if in_brackets { Place::InBrackets } else { Place::Value }));
        }
        NodeKind::List(items) => {
            let in_brackets = in_brackets || begins('[');
            for item in items {
                collect(text, item, in_brackets, found);
            }
        }
        NodeKind::Map(entries) => {
            let in_brackets = in_brackets || begins('{');
            for entry in entries {
                found.push((entry.key.clone(), Place::Key));
                collect(text, &entry.node, in_brackets, found);
            }
        }
    }
}

/// The text of a scalar that is in quotes, or that should be. Escapes stay: they show characters that cannot be seen.
fn text_of(scalar: &str) -> Option<String> {
    let is_double = scalar.starts_with('"');
    let is_quoted = is_double || scalar.starts_with('\'');
    let stays = scalar.contains('\n') || (is_double && scalar.contains('\\'));
    if stays || !(is_quoted || is_ambiguous(scalar)) {
        return None;
    }
    match yaml::load(scalar, true).0?.value {
        Value::String(text) => Some(text),
        _ => None,
    }
}

/// Whether a spelling is this text at such a place, for every reader of YAML.
fn means(spelling: &str, text: &str, place: Place) -> bool {
    let is_plain = !spelling.starts_with('"');
    // Readers differ in which of these they take for numbers, dates and other values.
    let looks_like_a_value = |text: &str| text.starts_with(|c: char| c.is_ascii_digit() || "+-.~=<".contains(c));
    if is_plain && (is_ambiguous(spelling) || spelling.trim() != spelling || looks_like_a_value(spelling)) {
        return false;
    }
    let (document, want) = match place {
        Place::Key => (format!("{{{spelling}: 1}}"), json!({ text: 1 })),
        Place::Value => (format!("a: {spelling}"), json!({ "a": text })),
        Place::InBrackets => (format!("a: [{spelling}, {spelling}]"), json!({ "a": [text, text] })),
    };
    let (read, faults) = yaml::load(&document, true);
    faults.is_empty() && read.is_some_and(|read| read.value == want)
}
