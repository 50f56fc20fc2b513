//! The lines that belong to each key of a map: its own, and the comments that go with it.

use std::ops::Range;

use crate::declare::edit::block_header;
use crate::declare::yaml_tree::{MapEntry, Node, NodeKind};

/// The bytes of whole lines.
pub(super) type KeyLines = Range<usize>;

/// The block of each entry, one behind the other; nothing where a key shares its line with something before it, as in a list.
///
/// Comments above a key go with it. Comments that are indented further go with the key above them. What an empty line divides
/// from the first key, and the line that names the schema, is in no block.
pub(super) fn of(text: &str, entries: &[MapEntry]) -> Option<Vec<KeyLines>> {
    let starts: Vec<usize> = entries.iter().map(|entry| own_line(text, entry)).collect::<Option<_>>()?;
    let first = *starts.first()?;
    let indent = text.get(first..entries.first()?.key.start)?.len();
    let mut blocks: Vec<KeyLines> = Vec::with_capacity(entries.len());
    let mut start = header_end(text, first);
    for (at, entry) in entries.iter().enumerate() {
        let next_key = starts.get(at + 1).copied();
        let end = end(text, entry, next_key.unwrap_or(text.len()), indent);
        blocks.push(start..end);
        start = end;
    }
    Some(blocks)
}

/// The start of the line of a key, where nothing but spaces is before it.
fn own_line(text: &str, entry: &MapEntry) -> Option<usize> {
    let start = behind_mark(text, line_start(text, entry.key.start));
    text.get(start..entry.key.start)?.chars().all(|c| c == ' ').then_some(start)
}

/// The end of the block of an entry. `limit` is the start of the line of the next key.
fn end(text: &str, entry: &MapEntry, limit: usize, indent: usize) -> usize {
    let is_outside =
        |line: &KeyLines| is_blank(text, line) || comment_indent(text, line).is_some_and(|own| own <= indent);
    let of_key = line_after(text, entry.key.end).min(limit);
    let mut of_value = line_after(text, entry.node.span.end.max(entry.key.end)).min(limit);
    let is_block = last_leaf(&entry.node).is_some_and(|leaf| block_header(text, leaf).is_some());
    if is_block {
        // The parser may count what follows a block of several lines.
        let inside = lines(text, of_key, of_value);
        of_value = inside.iter().rev().find(|line| !is_outside(line)).map_or(of_key, |line| line.end);
    }
    let rest = lines(text, of_value, limit);
    // Empty lines behind a block of several lines may be part of its text.
    let of_text =
        rest.iter().take_while(|line| is_block && is_blank(text, line)).last().map_or(of_value, |line| line.end);
    // Behind the last key of a map, another map may go on.
    let comments = rest.iter().take_while(|line| is_blank(text, line) || comment_indent(text, line).is_some());
    let further_in = comments.filter(|line| comment_indent(text, line).is_some_and(|own| own > indent));
    further_in.last().map_or(of_text, |line| line.end.max(of_text))
}

/// The last value in an entry, in the order of the text.
fn last_leaf(node: &Node) -> Option<&Node> {
    match &node.children {
        NodeKind::Leaf { .. } => Some(node),
        NodeKind::List(items) => last_leaf(items.last()?),
        NodeKind::Map(entries) => last_leaf(&entries.last()?.node),
    }
}

/// Where the lines above the first key begin that move with it.
fn header_end(text: &str, first_key: usize) -> usize {
    let mut at = first_key;
    while at > 0 {
        let start = behind_mark(text, line_start(text, at - 1));
        let line = text.get(start..at).unwrap_or_default();
        if !line.trim_start_matches([' ', '\t']).starts_with('#') || line.contains("$schema") {
            break;
        }
        at = start;
    }
    at
}

fn lines(text: &str, from: usize, to: usize) -> Vec<KeyLines> {
    let mut at = from;
    let next = || {
        let start = at;
        at = line_after(text, start + 1).min(to);
        (start < to).then_some(start..at)
    };
    std::iter::from_fn(next).collect()
}

fn is_blank(text: &str, line: &KeyLines) -> bool {
    text.get(line.clone()).is_some_and(|line| line.trim().is_empty())
}

/// The indentation of a line that is a comment.
fn comment_indent(text: &str, line: &KeyLines) -> Option<usize> {
    let line = text.get(line.clone())?;
    let content = line.trim_start_matches([' ', '\t']);
    content.starts_with('#').then(|| line.len() - content.len())
}

/// A byte order mark stays at the beginning of the file.
fn behind_mark(text: &str, at: usize) -> usize {
    let has_mark = text.get(at..).is_some_and(|rest| rest.starts_with('\u{feff}'));
    if has_mark { at + '\u{feff}'.len_utf8() } else { at }
}

fn line_start(text: &str, at: usize) -> usize {
    text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |end| end + 1)
}

/// The start of the line after the byte before this one. So bytes that end with a line break end where they end.
fn line_after(text: &str, at: usize) -> usize {
    let from = at.saturating_sub(1);
    let rest = text.as_bytes().get(from..).unwrap_or_default();
    rest.iter().position(|byte| *byte == b'\n').map_or(text.len(), |end| from + end + 1)
}
