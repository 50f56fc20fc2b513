//! Items of a list that are not where the list is, or have no dash.

use super::super::yaml_tree::YamlError;
use super::characters::{LISTS, structure};
use super::raw_lines::{RawLine, RawLines};
use crate::model::agent::value::Language;

/// The first description of the list, without its dash.
pub(super) fn first_item_without_dash(lines: &RawLines<'_>, index: usize) -> Option<YamlError> {
    let line = structure(lines, index).filter(|line| !line.is_item())?;
    let entry = line.entry().filter(|entry| entry.key == "lang")?;
    let (_, list) = lines.structure_above(index)?;
    list.entry().filter(|entry| entry.key == "descriptions" && entry.value.is_empty())?;
    let has_key = |line: &RawLine<'_>, key: &str| line.entry().is_some_and(|entry| entry.key == key);
    let content = lines.below(index).filter(|below| !below.is_item() && has_key(below, "content"))?;
    if line.indent() < list.indent() {
        return None;
    }
    let below = lines.lines.get(index + 1..)?.iter().filter(|below| below.is_structure());
    let other = below.take_while(|below| below.indent() >= list.indent()).find(|below| below.is_item());
    let indent = other.map_or_else(|| content.indent().saturating_sub(2).max(list.indent()), RawLine::indent);
    let language = Some(entry.value.without_comment()).filter(|text| Language::parse(text).is_ok()).unwrap_or("…");
    let help = format!("begin it with a dash, in column {}: `- lang: {language}`", indent + 1);
    let help = match indent + 2 {
        column if column == content.indent() => help,
        column => format!("{help}, and begin `content` in column {}", column + 1),
    };
    Some(YamlError::new(line.first()..line.end(), "a description begins here, without its dash", help))
}

/// An item on a line below a list in brackets.
pub(super) fn item_below_brackets(lines: &RawLines<'_>, index: usize) -> Option<YamlError> {
    let is_plain_item = |line: &RawLine<'_>| line.is_structure() && line.is_item() && line.entry().is_none();
    let line = structure(lines, index).filter(|line| is_plain_item(line))?;
    let (_, list) = lines.structure_above(index)?;
    let entry = list.entry().filter(|entry| LISTS.contains(&entry.key))?;
    let inside = entry.value.without_comment().strip_prefix('[')?.strip_suffix(']')?.trim();
    let below = lines.lines.get(index..)?.iter().filter(|line| line.is_written());
    let items: Vec<&RawLine<'_>> = below.take_while(|line| is_plain_item(line)).collect();
    let what = match items.as_slice() {
        [_] => "write the item into the brackets above, and remove this line",
        _ => "write the items into the brackets above, and remove this line and the other items",
    };
    let first = Some(inside).filter(|inside| !inside.is_empty());
    let more = items.iter().map(|line| line.item().without_comment());
    let whole: Vec<&str> = first.into_iter().chain(more).collect();
    let is_visible = items.iter().all(|line| line.visible);
    let whole = format!("[{}]", whole.join(", "));
    let help = if is_visible { list.advice(what, Some(entry.key), &whole) } else { what.to_owned() };
    Some(YamlError::new(line.first()..line.end(), "this item is below a list that is in brackets", help))
}
