//! Lines that begin in the wrong column.

use super::super::schema_keys::{is_key_of_a_section, is_key_of_an_agent, is_top_level_key, may_show_key};
use super::super::yaml_tree::YamlError;
use super::characters::structure;
use super::loose_lines::{LONG_TEXTS, as_block};
use super::lost_lines::{missing_line, missing_section};
use super::raw_lines::{RawLine, RawLines};

const MESSAGE: &str = "this line is not indented like the lines it belongs to";

/// The columns of the keys and items that a line may continue, from left to right.
#[derive(Default)]
struct OpenColumns {
    /// The spaces in front, and the line that began the column.
    columns: Vec<(usize, usize)>,
}

/// The first line above `last` that begins in a column of its own.
pub(super) fn first(lines: &RawLines<'_>, last: usize) -> Option<(usize, YamlError)> {
    let mut open = OpenColumns::default();
    let keys =
        (0..last).filter(|index| structure(lines, *index).is_some_and(|line| line.is_item() || line.entry().is_some()));
    let mut above = None;
    for index in keys {
        let error = outside_its_section(lines, index, above).map(|error| (index, error));
        if let Some(found) = error.or_else(|| open.misplaced(lines, index, above)) {
            return Some(found);
        }
        above = Some(index);
    }
    None
}

impl OpenColumns {
    /// Adds a line, or returns the error of it or of the line that began its group.
    fn misplaced(&mut self, lines: &RawLines<'_>, index: usize, above: Option<usize>) -> Option<(usize, YamlError)> {
        let line = lines.get(index)?;
        let mut closed = None;
        while let Some(column) = self.columns.pop_if(|(indent, _)| *indent > line.indent()) {
            closed = Some(column);
        }
        let top = self.columns.last().map(|(indent, _)| *indent);
        let error = match (top, closed) {
            (None, None) if line.indent() > 0 => at_the_margin(line).map(|error| (index, error)),
            (Some(indent), Some((_, first))) if indent < line.indent() => between(lines, index, first),
            (Some(indent), None) if indent < line.indent() => {
                let first = self.columns.last().map(|(_, first)| *first).filter(|first| Some(*first) == above);
                let error = first.and_then(|first| Some((first, alone(lines, first, index)?)));
                error.or_else(|| too_far(lines, index, above?).map(|error| (index, error)))
            }
            (Some(indent), Some(_)) if indent == line.indent() => {
                item_outside(lines, index, above?).map(|error| (index, error))
            }
            _ => None,
        };
        if top != Some(line.indent()) {
            self.columns.push((line.indent(), index));
        }
        if line.is_item() && line.item_indent() > line.indent() {
            self.columns.push((line.item_indent(), index));
        }
        error
    }
}

/// A top-level key that is indented.
fn at_the_margin(line: &RawLine<'_>) -> Option<YamlError> {
    let entry = line.entry().filter(|entry| !line.is_item() && is_top_level_key(entry.key))?;
    let message = format!("`{}` belongs at the left margin", entry.key);
    Some(YamlError::new(line.first()..entry.colon, message, "delete the spaces in front of it"))
}

/// A line between the columns of the lines above it.
fn between(lines: &RawLines<'_>, index: usize, first: usize) -> Option<(usize, YamlError)> {
    let (line, group) = (lines.get(index)?, lines.get(first)?);
    if let Some(error) = at_the_margin(line) {
        return Some((index, error));
    }
    let rest = lines.lines.get(index..)?.iter().filter(|line| line.is_structure());
    let section: Vec<usize> = rest.map(RawLine::indent).take_while(|indent| *indent > 0).collect();
    let count = |indent: usize| section.iter().filter(|one| **one == indent).count();
    let only = lines
        .lines
        .get(first..index)?
        .iter()
        .filter(|line| line.is_structure() && line.indent() == group.indent())
        .count()
        == 1;
    // The group began in a column that no other line has.
    if only && count(line.indent()) > count(group.indent()).max(1) {
        return Some((first, wrong_column(group, line)));
    }
    Some((index, wrong_column(line, group)))
}

/// The first key of a section, in a column that no other line of the section has.
fn alone(lines: &RawLines<'_>, first: usize, next: usize) -> Option<YamlError> {
    let (first, next) = (lines.get(first)?, lines.get(next)?);
    let is_key = |line: &RawLine<'_>| {
        !line.is_item() && line.entry().is_some_and(|entry| is_key_of_a_section(entry.key) && !entry.value.is_empty())
    };
    let below = lines.lines.iter().filter(|line| line.start > next.start && line.is_structure());
    let section: Vec<_> = below.take_while(|line| line.indent() > 0).filter(|line| is_key(line)).collect();
    let in_column_of = |other: &RawLine<'_>| section.iter().any(|line| line.indent() == other.indent());
    (first.indent() > 0 && is_key(first) && is_key(next) && in_column_of(next) && !in_column_of(first))
        .then(|| wrong_column(first, next))
}

/// A line further right than the one above it, which has a value already.
fn too_far(lines: &RawLines<'_>, index: usize, above: usize) -> Option<YamlError> {
    let (line, above) = (lines.get(index)?, lines.get(above)?);
    let entry = above.entry().filter(|entry| !entry.value.is_empty())?;
    if let Some(error) = at_the_margin(line) {
        return Some(error);
    }
    if line.is_item() && LONG_TEXTS.contains(&entry.key) {
        let message = "this line belongs to the text above it, but its dash makes an item of it";
        return Some(YamlError::new(line.first()..line.first() + 1, message, as_block(above, entry.key)));
    }
    if line.is_item() {
        let key = if line.entry().is_some_and(|entry| entry.key == "lang") { "descriptions" } else { "languages" };
        return Some(missing_line(line, &format!("{key}:"), above.indent()));
    }
    if above.indent() == 0 && line.entry().is_some_and(|entry| entry.key.contains('.')) {
        return Some(missing_line(line, "subscriptions:", 0));
    }
    let key = line.entry().map(|entry| entry.key).filter(|key| is_key_of_a_section(key));
    match key {
        Some(key) if above.indent() == 0 && !is_key_of_a_section(entry.key) => Some(missing_section(lines, line, key)),
        _ => Some(wrong_column(line, above)),
    }
}

/// An item further left than the key of its list.
fn item_outside(lines: &RawLines<'_>, index: usize, above: usize) -> Option<YamlError> {
    let (line, above) = (lines.get(index).filter(|line| line.is_item())?, lines.get(above)?);
    let entry = above.entry().filter(|entry| entry.value.is_empty() && above.indent() > line.indent())?;
    let key = if is_key_of_an_agent(entry.key) { entry.key } else { "key" };
    let help = format!(
        "begin it in column {}, further right than `{key}`, and move the lines of the item with it",
        above.item_indent() + 3
    );
    Some(YamlError::new(line.first()..line.end(), MESSAGE, help))
}

/// A key of a section at the left margin, amid the lines of the section.
fn outside_its_section(lines: &RawLines<'_>, index: usize, above: Option<usize>) -> Option<YamlError> {
    let (line, above) = (lines.get(index)?, lines.get(above?)?);
    let entry = line.entry().filter(|entry| is_key_of_a_section(entry.key) && line.indent() == 0 && !line.is_item())?;
    let below = lines.below(index).filter(|below| below.indent() > 0)?;
    let begins_section =
        above.entry().is_some_and(|entry| matches!(entry.key, "public" | "private") && entry.value.is_empty());
    if entry.value.is_empty() || !(above.indent() > 0 || begins_section) {
        return None;
    }
    Some(wrong_column(line, below))
}

fn wrong_column(line: &RawLine<'_>, right: &RawLine<'_>) -> YamlError {
    let span = line.first()..line.entry().map_or(line.end(), |entry| entry.colon);
    let column = if line.is_item() { right.indent() } else { right.item_indent() } + 1;
    let key = right
        .entry()
        .map(|entry| entry.key)
        .filter(|key| right.visible || may_show_key(key) || is_key_of_an_agent(key));
    let help = match key {
        _ if right.is_item() && line.is_item() => {
            format!("begin it in column {column}, like the other `-` of the list")
        }
        Some(key) => format!("begin it in column {column}, like `{key}`"),
        None => format!("begin it in column {column}, like the lines around it"),
    };
    YamlError::new(span, MESSAGE, help)
}

/// A top-level key that is inside a section.
pub(super) fn nested_section(lines: &RawLines<'_>, index: usize) -> Option<YamlError> {
    let line = structure(lines, index).filter(|line| line.indent() > 0 && !line.is_item())?;
    let entry = line.entry()?;
    let is_at_the_margin =
        |line: &RawLine<'_>| line.written.strip_prefix(entry.key).is_some_and(|rest| rest.starts_with(':'));
    if lines.lines.iter().any(is_at_the_margin) { None } else { at_the_margin(line) }
}

/// The text of a description that begins further left than its language.
pub(super) fn content_outside_its_item(lines: &RawLines<'_>, index: usize) -> Option<YamlError> {
    let line = structure(lines, index).filter(|line| !line.is_item())?;
    let entry = line.entry().filter(|entry| entry.key == "content")?;
    let (_, item) = lines.structure_above(index)?;
    let is_outside =
        item.is_item() && item.entry().is_some_and(|entry| entry.key == "lang") && line.indent() <= item.indent();
    is_outside.then(|| {
        let help = format!("begin it in column {}, like `lang`", item.item_indent() + 1);
        YamlError::new(line.first()..entry.colon, MESSAGE, help)
    })
}

/// A text behind the colon of a key whose own keys are below.
pub(super) fn text_behind_section(lines: &RawLines<'_>, index: usize) -> Option<YamlError> {
    const SECTIONS: [&str; 12] = [
        "public",
        "private",
        "subscriptions",
        "fields",
        "position",
        "languages",
        "nationalities",
        "descriptions",
        "crm",
        "property_finder",
        "limits",
        "protect",
    ];
    let line = structure(lines, index).filter(|line| !line.is_item())?;
    let entry = line.entry().filter(|entry| SECTIONS.contains(&entry.key))?;
    let value = entry.value;
    if value.is_empty() || value.is_block_header() || value.text.starts_with(['{', '[']) {
        return None;
    }
    let is_part = |line: &RawLine<'_>| line.is_structure() && (line.entry().is_some() || line.is_item());
    lines.below(index).filter(|below| below.indent() > line.indent() && is_part(below))?;
    let message = format!("nothing may be written behind `{}:`, since its lines are below", entry.key);
    let help = "remove it, or write two spaces, # and a space in front of it, which makes it a comment";
    Some(YamlError::new(value.start..line.end(), message, help))
}

/// A line in the column of a key that has no value, and the lines below it are further right.
pub(super) fn outside_the_lines_below(lines: &RawLines<'_>, index: usize) -> Option<YamlError> {
    let line = structure(lines, index).filter(|line| !line.is_item())?;
    line.entry().filter(|entry| !entry.value.is_empty() && !entry.value.is_block_header())?;
    let (_, above) = lines.structure_above(index)?;
    let is_parent = above.entry().is_some_and(|entry| entry.value.is_empty());
    let below =
        lines.below(index).filter(|below| below.is_structure() && !below.is_item() && below.entry().is_some())?;
    (is_parent && above.item_indent() == line.indent() && below.indent() > line.indent())
        .then(|| wrong_column(line, below))
}

/// A key of `subscriptions` or `fields` at the left margin.
pub(super) fn outside_its_map(lines: &RawLines<'_>, index: usize) -> Option<YamlError> {
    let line = structure(lines, index).filter(|line| line.indent() == 0 && !line.is_item())?;
    let entry = line.entry()?;
    let (_, above) = lines.structure_above(index)?;
    let map = above.entry().filter(|above| above.value.is_empty()).map(|above| above.key);
    let number = entry.key.trim_matches(['"', '\'']);
    let belongs = match map? {
        "subscriptions" => entry.key.contains('.'),
        "fields" => !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()),
        _ => false,
    };
    belongs.then(|| {
        let help =
            format!("begin it in column 3, below `{}`: write two spaces in front of it", map.unwrap_or_default());
        YamlError::new(line.first()..entry.colon, MESSAGE, help)
    })
}

/// A second description in the item of another one.
pub(super) fn item_without_dash(lines: &RawLines<'_>, index: usize) -> Option<YamlError> {
    let is_language = |line: &RawLine<'_>| line.entry().is_some_and(|entry| entry.key == "lang");
    let line = structure(lines, index).filter(|line| !line.is_item() && is_language(line))?;
    let above = lines.lines.get(..index)?.iter().rev().filter(|line| line.is_structure());
    let item = above.take_while(|above| above.item_indent() >= line.indent()).find(|above| above.is_item())?;
    let is_in_its_column = item.item_indent() == line.indent() || item.indent() == line.indent();
    (is_language(item) && is_in_its_column).then(|| {
        let help = format!("write `- ` in front of `lang`, in column {}, like the `-` above", item.indent() + 1);
        YamlError::new(line.first()..line.end(), "another description begins here, without its dash", help)
    })
}

/// Top-level keys that occur a second time: a second agent begins in the same file.
pub(super) fn second_agent(lines: &RawLines<'_>, index: usize) -> Option<YamlError> {
    let top = |line: &RawLine<'_>| {
        let entry = line.entry().filter(|_| line.is_structure() && line.indent() == 0)?;
        is_top_level_key(entry.key).then(|| entry.key.to_owned())
    };
    let line = structure(lines, index)?;
    let key = top(line)?;
    let (before, behind) = lines.lines.split_at_checked(index)?;
    let copied = logins(before) == logins(behind);
    let before: Vec<String> = before.iter().filter_map(top).collect();
    let again = behind.iter().filter_map(top).filter(|key| before.contains(key)).count();
    if again < 3 || !before.contains(&key) {
        return None;
    }
    let span = line.start..line.start + key.len();
    if copied {
        let help = "delete one of the two copies: this line and all lines below it, or all lines above it";
        return Some(YamlError::new(span, "the same agent begins here once more", help));
    }
    let help = "one file is one agent: move this line and all lines below it into a file of their own";
    Some(YamlError::new(span, "a second agent begins here", help))
}

/// The e-mail addresses of some lines.
fn logins<'t>(lines: &[RawLine<'t>]) -> Vec<&'t str> {
    let entries = lines.iter().filter(|line| line.is_structure()).filter_map(RawLine::entry);
    entries.filter(|entry| entry.key == "email").map(|entry| entry.value.text).collect()
}
