//! The parts that all JSON documents of roster share: the version of the formats, and a document as text.

use std::io::{self, Write};

use serde::Serialize;

/// The version of roster's formats; the second number grows when something is added, the first when something breaks.
pub(super) const FORMAT_VERSION: &str = "1.0";

/// Writes a document, with a line end.
///
/// # Errors
/// When it cannot be written.
pub(super) fn write(document: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, document)?;
    out.write_all(b"\n")
}

/// A document as text, with a line end.
pub(super) fn text(document: &impl Serialize) -> String {
    match serde_json::to_string_pretty(document) {
        Ok(document) => document + "\n",
        // Only keys that are no texts, or a type that refuses, can fail; an empty document would be taken for one.
        Err(error) => unreachable!("a document of roster: {error}"),
    }
}
