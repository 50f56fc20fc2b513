//! Typing errors that break YAML, at the line where they are: the parser often stops only at a later one.
//!
//! The lines are read from the top. Each check knows one error, and the first line with an error is reported alone.

mod brackets;
mod characters;
mod columns;
mod list_items;
mod loose_lines;
mod lost_lines;
mod pasted_lines;
mod raw_lines;
mod tabs;
mod values;
mod values_in_brackets;

use std::ops::Range;

use super::yaml_tree::YamlError;
use raw_lines::RawLines;

/// Looks for one error in one line.
type LineCheck = fn(&RawLines<'_>, usize) -> Option<YamlError>;

/// What is checked in each line of a file that is not YAML. A check comes before those that would misread its error.
const CHECKS: [LineCheck; 43] = [
    characters::conflict,
    characters::code_fence,
    pasted_lines::credential,
    pasted_lines::chat_header,
    pasted_lines::separator,
    pasted_lines::title,
    pasted_lines::sentence,
    pasted_lines::emphasis,
    pasted_lines::dash_in_front_of_key,
    characters::copied_mark,
    columns::text_behind_section,
    columns::outside_the_lines_below,
    columns::item_without_dash,
    list_items::first_item_without_dash,
    list_items::item_below_brackets,
    lost_lines::lost_signature,
    lost_lines::section_in_text,
    columns::content_outside_its_item,
    lost_lines::lost_in_description,
    characters::indentation,
    characters::blank,
    characters::colon,
    characters::bullet,
    characters::dash_without_space,
    characters::colon_without_space,
    characters::typographic_quotes,
    values::quote_before_key,
    values::sign_alone,
    values::open_quote,
    values::text_behind_quote,
    values::backslash_in_path,
    brackets::open_bracket,
    brackets::text_behind_bracket,
    values_in_brackets::first_character,
    brackets::items,
    values::text_behind_block_sign,
    brackets::image,
    values::first_character,
    loose_lines::missing_colon,
    loose_lines::outside_the_text,
    loose_lines::colon_in_text,
    values::second_colon,
    loose_lines::neither_key_nor_item,
];

/// What is also checked in a file that is YAML, but has not the keys and values of an agent.
const CHECKS_OF_YAML: [LineCheck; 30] = [
    pasted_lines::document_end,
    pasted_lines::credential,
    columns::text_behind_section,
    pasted_lines::chat_header,
    pasted_lines::separator,
    pasted_lines::title,
    pasted_lines::sentence,
    pasted_lines::emphasis,
    pasted_lines::dash_in_front_of_key,
    characters::copied_mark,
    brackets::image,
    columns::outside_its_map,
    columns::item_without_dash,
    list_items::first_item_without_dash,
    values_in_brackets::first_character,
    characters::blank,
    characters::colon,
    characters::bullet,
    characters::dash_without_space,
    characters::typographic_quotes_in_brackets,
    loose_lines::colon_in_text,
    columns::nested_section,
    lost_lines::section_in_text,
    columns::content_outside_its_item,
    lost_lines::lost_in_description,
    lost_lines::section_by_the_other_name,
    lost_lines::lost_private,
    lost_lines::lost_signature,
    lost_lines::lost_descriptions,
    columns::second_agent,
];

/// The typing error that most likely made the parser stop at a byte. In a `personal` file values may be private.
pub(super) fn find(text: &str, at: usize, personal: bool) -> Option<YamlError> {
    let lines = RawLines::read(text, personal);
    let last = lines.lines.partition_point(|line| line.start <= at);
    let error = first(&lines, last, &CHECKS);
    let misplaced = columns::first(&lines, last);
    match (error, misplaced) {
        (Some((line, error)), Some((other, _))) if line <= other => Some(error),
        (_, Some((_, misplaced))) => Some(misplaced),
        (error, None) => error.map(|(_, error)| error),
    }
}

/// The typing error that most likely made other values of a file that is YAML.
pub(super) fn find_in_yaml(text: &str, personal: bool) -> Option<YamlError> {
    let lines = RawLines::read(text, personal);
    first(&lines, lines.lines.len(), &CHECKS_OF_YAML).map(|(_, error)| error)
}

/// What to do about the tab at a byte, in front of a line.
pub(super) fn tab_advice(text: &str, at: usize, personal: bool) -> Option<String> {
    let lines = RawLines::read(text, personal);
    let index = lines.lines.partition_point(|line| line.start <= at).checked_sub(1)?;
    tabs::advice(&lines, index)
}

fn first(lines: &RawLines<'_>, last: usize, checks: &[LineCheck]) -> Option<(usize, YamlError)> {
    (0..last).find_map(|index| checks.iter().find_map(|check| Some((index, check(lines, index)?))))
}

/// The bytes of the line that holds a byte, without its end.
pub(super) fn line_at(text: &str, at: usize) -> Range<usize> {
    let before = text.get(..at).unwrap_or(text);
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    let rest = text.get(start..).unwrap_or_default();
    start..start + rest.find(['\n', '\r']).unwrap_or(rest.len())
}

#[cfg(test)]
mod tests;
