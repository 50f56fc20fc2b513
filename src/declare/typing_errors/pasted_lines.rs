//! Lines, and signs in a line, that came with a copied text and do not belong to the file.

use super::super::schema_keys::{is_key_of_a_section, is_key_of_an_agent, is_top_level_key};
use super::super::secret_parts::{CREDENTIAL, credential_of_line};
use super::super::yaml_tree::YamlError;
use super::characters::structure;
use super::loose_lines::{LONG_TEXTS, goes_on};
use super::raw_lines::{RawLine, RawLines};

const REMOVE: &str = "remove this line";

/// A line of another program's settings, such as `PF_API_SECRET=…`.
pub(super) fn credential(lines: &RawLines<'_>, index: usize) -> Option<YamlError> {
    let line = structure(lines, index).filter(|line| line.entry().is_none())?;
    credential_of_line(line.written)?;
    Some(YamlError::new(line.first()..line.end(), "this line has the name of a credential", CREDENTIAL))
}

/// The end of a document, behind which YAML reads another one.
pub(super) fn document_end(lines: &RawLines<'_>, index: usize) -> Option<YamlError> {
    let line = structure(lines, index).filter(|line| line.written.trim_end() == "...")?;
    lines.below(index)?;
    Some(YamlError::new(line.start..line.end(), "this line ends the file for YAML", "remove the `...`"))
}

/// A line of dashes or other signs, as people draw between parts of a text.
pub(super) fn separator(lines: &RawLines<'_>, index: usize) -> Option<YamlError> {
    let line = outside_of_texts(lines, index)?;
    let word = line.word();
    let is_sign = |c: char| {
        "-=_*~+|.".contains(c) || matches!(c, '\u{2010}'..='\u{2015}' | '\u{2500}'..='\u{257f}' | '•' | '·' | '…')
    };
    let count = word.chars().count();
    // Three dashes begin a document, and seven `=` are a mark of git.
    let is_of_others = matches!(word, "---" | "..." | "=======") || count < 3;
    (word.chars().all(is_sign) && !is_of_others).then(|| {
        let message = "this line separates parts of a text, and is not a key";
        YamlError::new(line.first()..line.end(), message, REMOVE)
    })
}

/// The name of a section as the title of its lines, such as `PRIVATE`, `--- Private ---` or `PRIVATE PART`.
pub(super) fn title(lines: &RawLines<'_>, index: usize) -> Option<YamlError> {
    let line = outside_of_texts(lines, index)?;
    let words = line.word().trim_matches(|c: char| !c.is_alphanumeric());
    let is_in_capitals = words.contains(char::is_uppercase) && !words.contains(char::is_lowercase);
    let section = words.split(' ').find(|word| is_in_capitals && is_top_level_key(&word.to_lowercase()));
    let word = section.unwrap_or(words).to_lowercase();
    let is_section = is_top_level_key(&word) && line.entry().is_none_or(|entry| entry.value.is_empty());
    let is_of_the_file =
        |line: &RawLine<'_>| line.written.strip_prefix(&word).is_some_and(|rest| rest.starts_with(':'));
    let is_title = is_section && !is_of_the_file(line) && lines.lines.iter().any(is_of_the_file);
    (is_title && line.item().text.trim_end_matches(':') != word)
        .then(|| YamlError::new(line.first()..line.end(), "this line is a title, and no key", REMOVE))
}

/// The time and the name that a chat writes above or in front of a message.
pub(super) fn chat_header(lines: &RawLines<'_>, index: usize) -> Option<YamlError> {
    let line = outside_of_texts(lines, index)?;
    let text = line.word().strip_prefix('[').unwrap_or(line.word());
    let (one, other) = text.split_once(',')?;
    let is_dated = |one: &str, other: &str| is_date(first_word(one)) && is_time(first_word(other));
    if !is_dated(one, other) && !is_dated(other, one) {
        return None;
    }
    let key = |(at, _): (usize, &str)| {
        let before = text.get(..at)?;
        before.rsplit(' ').next().filter(|key| is_key_of_an_agent(key))
    };
    let help = match text.match_indices(": ").find_map(key) {
        Some(key) => format!("remove everything in front of `{key}`"),
        None => REMOVE.to_owned(),
    };
    Some(YamlError::new(line.first()..line.end(), "this line was copied from a chat", help))
}

fn first_word(text: &str) -> &str {
    text.split_whitespace().next().unwrap_or_default().trim_end_matches(']')
}

fn is_date(word: &str) -> bool {
    word.split(['/', '.', '-']).filter(|part| is_number(part)).count() == 3
}

fn is_time(word: &str) -> bool {
    word.split(':').filter(|part| is_number(part)).count() >= 2
}

fn is_number(text: &str) -> bool {
    (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The line, where it is neither inside a text nor continues a value.
fn outside_of_texts<'l, 't>(lines: &'l RawLines<'t>, index: usize) -> Option<&'l RawLine<'t>> {
    structure(lines, index).filter(|_| !goes_on(lines, index))
}

/// A sentence above or below the file, as a person or an assistant writes it in a message.
pub(super) fn sentence(lines: &RawLines<'_>, index: usize) -> Option<YamlError> {
    let line = structure(lines, index).filter(|line| line.indent() == 0 && !line.is_item())?;
    let is_first = lines.structure_above(index).is_none_or(|(_, above)| above.word() == "---");
    let above = lines.structure_above(index).and_then(|(at, _)| lines.owner(at)?.value().0);
    // The last line may belong to the text above it.
    let is_last = lines.below(index).is_none() && !above.is_some_and(|key| LONG_TEXTS.contains(&key));
    let text = line.entry().filter(|entry| entry.value.is_empty()).map_or(line.word(), |entry| entry.key);
    let is_key_alone = line.entry().is_some_and(|entry| !entry.value.is_empty());
    let words = text.split_whitespace().filter(|word| word.chars().any(char::is_alphabetic)).count();
    let first = text.split_whitespace().next().unwrap_or_default();
    let is_label = (is_first && matches!(text, "yaml" | "yml" | "YAML"))
        || (is_last && line.entry().is_none() && text.ends_with(['!', '.', '؟', '?', '…']));
    let is_announcement = text.len() < line.word().len() && lines.below(index).is_some_and(|below| below.indent() == 0);
    let least = if is_announcement { 2 } else { 3 };
    let is_sentence =
        words >= least && !is_key_of_an_agent(first) && !text.starts_with(['"', '\'', '[', '{', '%', '&', '!']);
    ((is_first || is_last) && !is_key_alone && (is_sentence || is_label))
        .then(|| YamlError::new(line.first()..line.end(), "this line is a sentence, and has no key and value", REMOVE))
}

/// The signs of Markdown or of a chat around a key: `**lang**: ar`.
pub(super) fn emphasis(lines: &RawLines<'_>, index: usize) -> Option<YamlError> {
    let line = outside_of_texts(lines, index)?;
    let item = line.item();
    let is_sign = |c: char| matches!(c, '*' | '_' | '`' | '~');
    let signs = item.text.get(..item.text.len() - item.text.trim_start_matches(is_sign).len())?;
    let (key, value) = item.text.split_once(':').filter(|_| !signs.is_empty())?;
    let key = key.trim_matches(is_sign);
    let value = value.trim_start_matches(is_sign).trim_start().trim_end_matches(is_sign);
    is_key_of_an_agent(key).then(|| {
        let span = item.start..item.start + signs.len();
        let help = match value {
            "" => format!("remove each `{signs}`: `{key}:`"),
            value => line.advice(&format!("remove each `{signs}`"), Some(key), value),
        };
        YamlError::new(span, "this key has signs around it that other programs show as bold or as code", help)
    })
}

/// A dash in front of a key that belongs to no list.
pub(super) fn dash_in_front_of_key(lines: &RawLines<'_>, index: usize) -> Option<YamlError> {
    let line = outside_of_texts(lines, index).filter(|line| line.is_item())?;
    let key = line.entry().map(|entry| entry.key).filter(|key| !matches!(*key, "lang" | "content"))?;
    let is_of_a_section = is_key_of_a_section(key);
    if !is_of_a_section && !is_top_level_key(key) {
        return None;
    }
    let is_neighbour = |other: &&RawLine<'_>| {
        let key = other.entry().map(|entry| entry.key);
        other.is_structure() && !other.is_item() && key.is_some_and(|key| is_key_of_a_section(key) && key != "content")
    };
    let (above, below) = lines.lines.split_at_checked(index)?;
    let neighbour = above.iter().rev().find(is_neighbour).or_else(|| below.iter().find(is_neighbour));
    let column = if is_of_a_section { neighbour.map_or(line.item_indent(), RawLine::indent) + 1 } else { 1 };
    let help = format!("remove the `-` in front of `{key}`, and begin the key in column {column}");
    Some(YamlError::new(line.first()..line.first() + 1, "there is a dash in front of a key that is in no list", help))
}
