//! The canonical form of a file: the keys of its maps in the order of the fields, and one kind of quotes. Comments move with
//! their keys. Maps in braces and maps in lists keep their order. No value, comment, indentation or line break changes.

mod blocks;
mod quotes;

use super::edit::{EditError, comments};
use super::file;
use super::source::{PathStep, Source, dotted};
use super::yaml;
use super::yaml_tree::{self, MapEntry, Node, NodeKind, YamlDocument};
use crate::model::agent::Field;
use blocks::KeyLines;

/// The canonical form of an agent's file.
///
/// # Errors
/// When the file is not YAML, or could not be read back with the same values and comments.
pub(crate) fn format(source: &Source) -> Result<String, EditError> {
    let document = source.document.as_ref().ok_or(EditError::Invalid)?;
    let mut text = quotes::canonical(&source.text, &document.tree);
    // One map at a time, since each move changes the places of the others.
    for _ in 0..=yaml_tree::FULLEST {
        let (read, _) = file::parse(&source.name, text.as_bytes(), true);
        let tree = read.document.as_ref().map(|read| &read.tree).ok_or(EditError::NotFormatted)?;
        match ordered(&text, tree, &mut Vec::new()) {
            Some(next) => text = next,
            None => break,
        }
    }
    let (read, faults) = yaml::load(&text, true);
    let same = |read: &YamlDocument| {
        read.value == document.value && sorted_comments(&text, read) == sorted_comments(&source.text, document)
    };
    if faults.is_empty() && read.as_ref().is_some_and(same) { Ok(text) } else { Err(EditError::NotFormatted) }
}

fn sorted_comments<'t>(text: &'t str, document: &YamlDocument) -> Vec<&'t str> {
    let mut found = comments(text, &document.tree);
    found.sort_unstable();
    found
}

/// The text with the first map that is in another order put into the order of the fields; nothing where each is in order.
fn ordered(text: &str, node: &Node, path: &mut Vec<PathStep>) -> Option<String> {
    let NodeKind::Map(entries) = &node.children else { return None };
    let is_in_braces = text.get(node.span.clone()).is_some_and(|map| map.starts_with('{'));
    if is_in_braces {
        return None;
    }
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
    if entries.is_sorted_by_key(rank) {
        return None;
    }
    let mut blocks: Vec<(usize, KeyLines)> = entries.iter().map(rank).zip(blocks::of(text, entries)?).collect();
    let (first, last) = (blocks.first()?.1.start, blocks.last()?.1.end);
    blocks.sort_by_key(|(rank, _)| *rank);
    let line_break = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut new = text.get(..first)?.to_owned();
    for (_, block) in blocks {
        let block = text.get(block)?;
        new.push_str(block);
        // The last line of a file may have no end.
        if !block.ends_with('\n') {
            new.push_str(line_break);
        }
    }
    new.push_str(text.get(last..)?);
    Some(new).filter(|new| new != text)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests;
