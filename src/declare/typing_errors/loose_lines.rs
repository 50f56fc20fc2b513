//! Lines with neither a key nor an item: most of them belong to a text above.

use super::super::schema_keys::{is_key_of_an_agent, is_top_level_key, may_show_key};
use super::super::yaml_tree::YamlError;
use super::characters::structure;
use super::raw_lines::{LineContent, RawLine, RawLines};

/// The keys that may have a text of several lines.
pub(super) const LONG_TEXTS: [&str; 2] = ["content", "email_signature"];

/// A known key without its colon, or with another sign in its place.
pub(super) fn missing_colon(lines: &RawLines<'_>, index: usize) -> Option<YamlError> {
    let line = loose(lines, index)?;
    if goes_on(lines, index) {
        return None;
    }
    let item = line.item();
    let length = item.text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(item.text.len());
    let (key, rest) = item.text.split_at_checked(length)?;
    let value = rest.trim_start_matches([' ', '\t', '=', ';', '؛', '-', '>', '.']);
    if !is_key_of_an_agent(key) {
        return None;
    }
    let help = match value {
        "" => format!("write a colon: `{key}:`"),
        value => line.advice("write a colon and a space", Some(key), value),
    };
    let span = item.start..item.start + key.len();
    Some(YamlError::new(span, "there is no colon behind this key", help))
}

/// A line of a text that begins further left than the text.
pub(super) fn outside_the_text(lines: &RawLines<'_>, index: usize) -> Option<YamlError> {
    let is_sentence =
        |line: &&RawLine<'_>| line.entry().is_some_and(|entry| entry.key.contains(' ') && !line.is_item());
    let line = loose(lines, index).or_else(|| structure(lines, index).filter(is_sentence))?;
    let (at, above) = lines.above(index)?;
    let span = line.first()..line.end();
    let message = "this line belongs to the text above it, and is not indented like it";
    if above.content == LineContent::Text {
        let (_, owner) = lines.structure_above(index)?;
        if owner.value().1.is_block_header() {
            let first = lines
                .lines
                .iter()
                .skip_while(|line| line.start <= owner.start)
                .find(|line| line.content == LineContent::Text)?;
            let help = format!("begin it in column {}, like the text above", first.indent() + 1);
            return Some(YamlError::new(span, message, unless_prose(lines, index, help)));
        }
        let help = "move it in front of the closing quote or bracket above, or remove it";
        return Some(YamlError::new(span, "this line is behind the end of the value above it", help));
    }
    let owner = lines.owner(at)?;
    let (key, value) = owner.value();
    let column = owner.item_indent() + 3;
    if value.is_block_header() {
        let help = format!("begin each line of the text in column {column} or further right");
        return Some(YamlError::new(span, "the text below the | is not indented", help));
    }
    let key = key.filter(|key| LONG_TEXTS.contains(key) && line.indent() <= owner.item_indent())?;
    // A signature has lines, and those of a value without `|` are joined.
    if key == "email_signature" || line.word().contains(": ") || line.word().contains(" #") {
        return Some(YamlError::new(span, message, as_block(owner, key)));
    }
    let help = format!("begin it, and the other lines of the text, in column {column}: further right than `{key}`");
    Some(YamlError::new(span, message, unless_prose(lines, index, help)))
}

/// A line of a text that has a colon, and so would be a key.
pub(super) fn colon_in_text(lines: &RawLines<'_>, index: usize) -> Option<YamlError> {
    let line = structure(lines, index).filter(|line| !line.is_item())?;
    let entry = line.entry()?;
    let (at, _) = lines.structure_above(index)?;
    let owner = lines.owner(at)?;
    let (key, value) = owner.value();
    let key = key.filter(|key| LONG_TEXTS.contains(key) && !value.is_block_header())?;
    // Without an indentation it may as well be a key that does not exist.
    if line.indent() <= owner.item_indent() || is_key_of_an_agent(entry.key) {
        return None;
    }
    let message = "this line belongs to the text above it, but its colon makes a key of it";
    let message = if value.is_empty() { "this is a text, but its colon makes a key of it" } else { message };
    Some(YamlError::new(entry.colon..entry.colon + 1, message, as_block(owner, key)))
}

/// Any other line that is neither.
pub(super) fn neither_key_nor_item(lines: &RawLines<'_>, index: usize) -> Option<YamlError> {
    let line = loose(lines, index)?;
    let (_, above) = lines.above(index)?;
    if goes_on(lines, index)
        || above.value().1.is_empty()
        || line.item().text.starts_with(['"', '\'', '[', '{', '?', '%', '.'])
    {
        return None;
    }
    let is_prose = line.indent() == 0 && line.word().split_whitespace().count() >= LEAST_PROSE;
    let help = if is_prose || is_last_at_the_margin(lines, index) {
        format!("{REMOVE_PROSE}; or write `key: value`")
    } else {
        linked_in(lines, line).unwrap_or_else(|| "write `key: value`, or write it behind the value above".to_owned())
    };
    Some(YamlError::new(line.first()..line.end(), "this line has no key", help))
}

/// In words. Fewer may be a value that has lost its key.
const LEAST_PROSE: usize = 4;

/// What to write for an address of LinkedIn that has lost its key.
fn linked_in(lines: &RawLines<'_>, line: &RawLine<'_>) -> Option<String> {
    let text = line.word();
    let has_key =
        |line: &RawLine<'_>| line.is_structure() && line.entry().is_some_and(|entry| entry.key == "linked_in");
    let bare = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or(text);
    let host = bare.split('/').next()?;
    let is_address = host == "linkedin.com" || host.ends_with(".linkedin.com");
    let address = if line.visible { format!("https://{bare}") } else { "https://…".to_owned() };
    (is_address && !text.contains(' ') && !lines.lines.iter().any(has_key))
        .then(|| format!("write its key in front of it: `linked_in: {address}`"))
}

const REMOVE_PROSE: &str = "remove this line, if it is not part of a text";

/// What to do about a line of a text, which may be a closing word of a message.
fn unless_prose(lines: &RawLines<'_>, index: usize, help: String) -> String {
    if is_last_at_the_margin(lines, index) { format!("{REMOVE_PROSE}; if it is, {help}") } else { help }
}

/// Whether a line and all below it are without keys, in column 1, as the closing words of a message are.
fn is_last_at_the_margin(lines: &RawLines<'_>, index: usize) -> bool {
    let rest = lines.lines.get(index..).unwrap_or_default().iter().filter(|line| line.is_written());
    rest.into_iter().all(|line| line.indent() == 0 && line.entry().is_none() && !line.is_item())
}

/// Whether the lines below a value continue it.
pub(super) fn has_more_text(lines: &RawLines<'_>, index: usize) -> bool {
    let Some(line) = lines.get(index) else { return false };
    let is_inside = |below: &&RawLine<'_>| {
        below.indent() > line.item_indent() || (below.is_item() && below.indent() == line.item_indent())
    };
    let below = lines.below(index).filter(is_inside);
    below.is_some_and(|below| below.entry().is_none_or(|entry| !is_key_of_an_agent(entry.key)))
}

/// What to do so that a text of several lines may have any character.
pub(super) fn as_block(owner: &RawLine<'_>, key: &str) -> String {
    let key = if may_show_key(key) || is_key_of_an_agent(key) || owner.visible { key } else { "key" };
    let column = owner.item_indent() + 3;
    format!("write `{key}: |`, and begin each line of the text below it, in column {column}")
}

/// A line that has neither a key nor an item.
fn loose<'l, 't>(lines: &'l RawLines<'t>, index: usize) -> Option<&'l RawLine<'t>> {
    structure(lines, index).filter(|line| line.entry().is_none() && !line.is_item() && line.word() != "---")
}

/// Whether a line continues the value above it, as YAML has it.
pub(super) fn goes_on(lines: &RawLines<'_>, index: usize) -> bool {
    let Some((line, (at, _))) = lines.get(index).zip(lines.above(index)) else { return false };
    lines.owner(at).is_some_and(|owner| {
        let (key, value) = owner.value();
        // A section has keys and no text.
        !(value.is_empty() && key.is_some_and(is_top_level_key))
            && line.indent() > owner.indent()
            && !value.text.starts_with(['"', '\'', '[', '{', '|', '>'])
    })
}
