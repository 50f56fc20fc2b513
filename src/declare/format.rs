//! The canonical form of a file: its keys in the order of the fields, and one kind of quotes. Comments move with the key
//! below them. Nothing else changes: no value, no comment, no indentation, no line break.

use std::ops::Range;

use serde_json::Value;

use super::edit::spelling::{is_ambiguous, scalars};
use super::edit::{EditError, comments};
use super::file;
use super::source::{PathStep, Source, dotted};
use super::yaml::{self, MapEntry, Node, NodeKind, YamlDocument};
use crate::model::agent::Field;

/// The canonical form of an agent's file.
///
/// # Errors
/// When the file is not YAML, or could not be read back with the same values and comments.
pub(crate) fn format(source: &Source) -> Result<String, EditError> {
    let document = source.document.as_ref().ok_or(EditError::Invalid)?;
    let mut text = quoted(&source.text, document);
    // One map at a time, since each move changes the places of the others.
    while let Some(ordered) = with_one_map_ordered(&source.name, &text)? {
        text = ordered;
    }
    let (read, faults) = yaml::load(&text);
    let same = |read: &YamlDocument| {
        let sorted = |text, document: &YamlDocument| {
            let mut found: Vec<String> = comments(text, &document.tree).into_iter().map(str::to_owned).collect();
            found.sort();
            found
        };
        read.value == document.value && sorted(text.as_str(), read) == sorted(source.text.as_str(), document)
    };
    if faults.is_empty() && read.as_ref().is_some_and(same) { Ok(text) } else { Err(EditError::NotFormatted) }
}

/// The text with each quoted scalar plain where that means the same, else in double quotes.
fn quoted(text: &str, document: &YamlDocument) -> String {
    let mut new = text.to_owned();
    // From the end, so that the places before stay.
    for span in scalars(&document.tree).into_iter().rev() {
        let scalar = text.get(span.clone()).unwrap_or_default();
        let Some(value) = text_of(scalar).filter(|_| !scalar.contains('\n')) else { continue };
        let double = serde_json::to_string(&value).unwrap_or_default();
        let spellings = [value.clone(), double];
        if let Some(spelling) = spellings.iter().find(|spelling| means(spelling, &value)) {
            new.replace_range(span, spelling);
        }
    }
    new
}

/// The text of a scalar that is in quotes, or that should be.
fn text_of(scalar: &str) -> Option<String> {
    let is_quoted = scalar.starts_with(['"', '\'']);
    if !is_quoted && !is_ambiguous(scalar) {
        return None;
    }
    match yaml::load(scalar).0?.value {
        Value::String(text) => Some(text),
        _ => None,
    }
}

/// Whether a spelling is this text for every reader of YAML, as a key and as a value, also inside of `[]` and `{}`.
fn means(spelling: &str, text: &str) -> bool {
    let is_plain = !spelling.starts_with('"');
    // A phone number with spaces would be a text without quotes too, and without spaces a number.
    if is_plain && (is_ambiguous(spelling) || spelling.trim() != spelling || spelling.starts_with('+')) {
        return false;
    }
    let (Some(inside), faults) = yaml::load(&format!("{{{spelling}: [{spelling}, {spelling}]}}")) else { return false };
    let want = serde_json::json!({ text: [text, text] });
    faults.is_empty() && inside.value == want
}

/// The text with the first map in another order put into the order of the fields; nothing where each is in order.
fn with_one_map_ordered(name: &str, text: &str) -> Result<Option<String>, EditError> {
    let (source, _) = file::parse(name, text.as_bytes(), true);
    let document = source.document.as_ref().ok_or(EditError::Invalid)?;
    Ok(ordered(text, &document.tree, &mut Vec::new()))
}

fn ordered(text: &str, node: &Node, path: &mut Vec<PathStep>) -> Option<String> {
    let NodeKind::Map(entries) = &node.kids else { return None };
    if let Some(text) = reordered(text, entries, path) {
        return Some(text);
    }
    entries.iter().find_map(|entry| {
        path.push(PathStep::Key(entry.name.clone()));
        let found = ordered(text, &entry.node, path);
        path.pop();
        found
    })
}

fn reordered(text: &str, entries: &[MapEntry], path: &[PathStep]) -> Option<String> {
    let rank = |entry: &MapEntry| {
        let name = [path, &[PathStep::Key(entry.name.clone())]].concat();
        Field::rank(&dotted(&name)).unwrap_or(usize::MAX)
    };
    if entries.is_sorted_by_key(rank) || !entries.iter().all(|entry| has_own_line(text, entry)) {
        return None;
    }
    let blocks = blocks(text, entries);
    let (first, last) = (blocks.first()?.start, blocks.last()?.end);
    let mut order: Vec<usize> = (0..entries.len()).collect();
    order.sort_by_key(|at| entries.get(*at).map(rank));
    let line_break = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut new = text.get(..first)?.to_owned();
    for at in order {
        let block = text.get(blocks.get(at)?.clone())?;
        new.push_str(block);
        // The last line of a file may have no end.
        if !block.ends_with('\n') {
            new.push_str(line_break);
        }
    }
    new.push_str(text.get(last..)?);
    Some(new)
}

/// Whether nothing but spaces is before a key on its line.
fn has_own_line(text: &str, entry: &MapEntry) -> bool {
    text.get(line_start(text, entry.key.start)..entry.key.start).is_some_and(|before| before.trim().is_empty())
}

/// The lines of each entry, with the comments above its key. What is divided from the first key by an empty line, and the line
/// that names the schema, stays where it is.
fn blocks(text: &str, entries: &[MapEntry]) -> Vec<Range<usize>> {
    let indent = |at: usize| text.get(line_start(text, at)..at).map_or(0, str::len);
    let own_indent = entries.first().map_or(0, |entry| indent(entry.key.start));
    let mut blocks: Vec<Range<usize>> = Vec::new();
    for entry in entries {
        let above =
            blocks.last().map_or_else(|| header_end(text, line_start(text, entry.key.start)), |block| block.end);
        let end = next_line(text, entry.node.span.end.max(entry.key.end));
        blocks.push(above..end.max(above));
        // Comments that are indented further belong to what is above them.
        let Some(block) = blocks.last_mut() else { continue };
        while let Some(line) = text.get(block.end..line_end(text, block.end)) {
            let content = line.trim_start_matches([' ', '\t']);
            if !content.starts_with('#') || line.len() - content.len() <= own_indent {
                break;
            }
            block.end += line.len();
        }
    }
    blocks
}

/// Where the lines above the first key begin that move with it.
fn header_end(text: &str, first_key: usize) -> usize {
    let mut at = first_key;
    while at > 0 {
        let start = line_start(text, at - 1);
        let line = text.get(start..at).unwrap_or_default().trim();
        if !line.starts_with('#') || line.contains("$schema") {
            break;
        }
        at = start;
    }
    at
}

fn line_start(text: &str, at: usize) -> usize {
    text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |end| end + 1)
}

/// The start of the next line; of bytes that end with a line break, as a block of several lines does, their end.
fn next_line(text: &str, at: usize) -> usize {
    let is_line_start = at > 0 && text.as_bytes().get(at - 1) == Some(&b'\n');
    if is_line_start { at } else { line_end(text, at) }
}

fn line_end(text: &str, at: usize) -> usize {
    text.get(at..).and_then(|rest| rest.find('\n')).map_or(text.len(), |end| at + end + 1)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests;
