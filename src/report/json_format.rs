//! The parts that all JSON documents of roster share: the version of the formats, and a document as text.

use serde::Serialize;

/// The version of roster's formats; the second number grows when something is added, the first when something breaks.
pub(super) const FORMAT_VERSION: &str = "1.0";

/// A document as text, with a line end.
pub(super) fn text(document: &impl Serialize) -> String {
    match serde_json::to_string_pretty(document) {
        Ok(document) => document + "\n",
        // Only keys that are no texts, or a type that refuses, can fail; an empty document would be taken for one.
        Err(error) => unreachable!("a document of roster: {error}"),
    }
}
