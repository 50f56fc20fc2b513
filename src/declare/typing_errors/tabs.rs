//! Tabs in front of a line: how many spaces belong there.

use super::super::schema_keys::{is_key_of_a_section, is_key_of_an_agent, is_top_level_key};
use super::loose_lines::LONG_TEXTS;
use super::raw_lines::{RawLine, RawLines};

/// What to do about the tab in front of a line.
pub(super) fn advice(lines: &RawLines<'_>, index: usize) -> Option<String> {
    let line = lines.get(index)?;
    let spaces = spaces(lines, index)?;
    let column = spaces + 1;
    let behind = line.written.trim_start_matches(' ').trim_start_matches('\t');
    let what = if behind.starts_with(' ') { "the tab and the spaces behind it" } else { "the tab" };
    let change = match spaces.checked_sub(line.indent())? {
        0 => format!("delete {what}"),
        1 => format!("replace {what} by one space"),
        more => format!("replace {what} by {more} spaces"),
    };
    Some(format!("YAML takes spaces only: {change}, so that the line begins in column {column}"))
}

/// The spaces that the lines around a line have in its place.
fn spaces(lines: &RawLines<'_>, index: usize) -> Option<usize> {
    let word = lines.get(index)?.word();
    let item = word.strip_prefix("- ").map(str::trim_start);
    let key = item.unwrap_or(word).split_once(':').map(|(key, _)| key);
    let key = key.filter(|key| is_key_of_an_agent(key) || *key == "content");
    let above = || lines.lines.get(..index).unwrap_or_default().iter().rev().filter(|line| is_plain(line));
    let owner = above().next()?;
    let nearest_item = || above().take_while(|line| line.indent() > 0).find(|line| line.is_item());
    let in_list = |line: &RawLine<'_>| line.entry().is_none_or(|entry| matches!(entry.key, "lang" | "content"));
    match (item, key) {
        (Some(_), _) if owner.entry().is_some_and(|entry| entry.value.is_empty()) => Some(owner.item_indent() + 2),
        (Some(_), _) => Some(nearest_item().filter(|line| in_list(line))?.indent()),
        (None, Some("content")) => Some(nearest_item()?.item_indent()),
        (None, Some(key)) if is_top_level_key(key) => Some(0),
        (None, Some(_)) => Some(indent_of_the_section(lines, index)),
        (None, None) if owner.value().1.is_block_header() => {
            let below = lines.lines.iter().skip_while(|line| line.start <= owner.start);
            let text = below.filter(|line| line.is_written()).find(|line| !begins_with_a_tab(line));
            let indent = text.map(RawLine::indent).filter(|indent| *indent > owner.item_indent());
            Some(indent.unwrap_or(owner.item_indent() + 2))
        }
        (None, None) => owner.value().0.filter(|key| LONG_TEXTS.contains(key)).map(|_| owner.item_indent() + 2),
    }
}

/// The spaces in front of the keys of the section that holds a line.
fn indent_of_the_section(lines: &RawLines<'_>, index: usize) -> usize {
    let is_key = |line: &&RawLine<'_>| {
        is_plain(line) && !line.is_item() && line.entry().is_some_and(|entry| is_key_of_a_section(entry.key))
    };
    let is_inside = |line: &&RawLine<'_>| !is_plain(line) || line.indent() > 0;
    let (above, below) = lines.lines.split_at_checked(index).unwrap_or_default();
    let first = above.iter().rev().take_while(is_inside).filter(is_key).last();
    first.or_else(|| below.iter().take_while(is_inside).find(is_key)).map_or(2, RawLine::indent)
}

/// Whether the line has keys or items, and spaces in front of them.
fn is_plain(line: &RawLine<'_>) -> bool {
    line.is_structure() && !begins_with_a_tab(line)
}

fn begins_with_a_tab(line: &RawLine<'_>) -> bool {
    line.written.trim_start_matches(' ').starts_with('\t')
}
