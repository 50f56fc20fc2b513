//! Characters that look like those of YAML, and marks of other programs.

use std::ops::Range;

use super::super::control_characters::is_odd_space;
use super::super::schema_keys::is_key_of_an_agent;
use super::super::yaml_tree::YamlError;
use super::raw_lines::{RawLine, RawLines, quoted};

/// Dashes that are not the hyphen of the keyboard.
const DASHES: [char; 8] =
    ['\u{2010}', '\u{2011}', '\u{2012}', '\u{2013}', '\u{2014}', '\u{2015}', '\u{2212}', '\u{fe63}'];

/// Signs with which other programs begin an item.
const BULLETS: [char; 12] = ['•', '·', '●', '▪', '▫', '◦', '○', '‣', '∙', '■', '➢', '*'];

/// Colons that are not the one of the keyboard.
const COLONS: [char; 6] = ['\u{ff1a}', '\u{fe55}', '\u{a789}', '\u{2236}', '\u{fe13}', '\u{2d0}'];

const OPENING: [char; 8] = ['“', '”', '„', '«', '‘', '’', '‚', '\u{ff02}'];
const CLOSING: [char; 8] = ['”', '“', '»', '’', '‘', '″', '‟', '\u{ff02}'];

/// The keys that have a list.
pub(super) const LISTS: [&str; 4] = ["languages", "nationalities", "descriptions", "protect"];

/// The marks that a merge leaves in a file with an unresolved conflict.
pub(super) fn conflict(lines: &RawLines<'_>, index: usize) -> Option<YamlError> {
    let line = lines.get(index)?;
    let marks = ["<<<<<<<", "=======", ">>>>>>>"].into_iter().find(|marks| line.written.starts_with(marks))?;
    let alone = !line.written.get(marks.len()..)?.starts_with(['<', '=', '>']);
    alone.then(|| {
        YamlError::new(
            line.start..line.start + marks.len(),
            "a merge conflict was left here",
            "keep one of the two versions, and remove the lines that begin with <<<<<<<, ======= and >>>>>>>",
        )
    })
}

/// The line that begins or ends a block of code in a chat or a document.
pub(super) fn code_fence(lines: &RawLines<'_>, index: usize) -> Option<YamlError> {
    let line = structure(lines, index)?;
    line.word().starts_with("```").then(|| {
        let message = "this line was copied with the text: it is the mark of a block of code";
        YamlError::new(line.first()..line.end(), message, "remove each line that begins with three backticks")
    })
}

/// A sign in front of a key that another program put there: of a quotation, a comparison, a table, or a line number.
pub(super) fn copied_mark(lines: &RawLines<'_>, index: usize) -> Option<YamlError> {
    let line = structure(lines, index)?;
    let (mark, rest) = line.word().split_once([' ', '\t'])?;
    let is_number = mark.trim_end_matches(['.', ':', '|', ')']).bytes().all(|byte| byte.is_ascii_digit());
    let rest = rest.trim_start_matches([' ', '\t', '|']);
    let (key, _) = rest.split_once(':').filter(|(key, _)| is_key_of_an_agent(key))?;
    (matches!(mark, ">" | "+" | "|" | ">>") || is_number).then(|| {
        let message = "this line begins with a sign of where it was copied from";
        let help = format!("remove `{mark}` in front of `{key}`, and in the other lines, and keep the indentation");
        YamlError::new(line.first()..line.first() + mark.len(), message, help)
    })
}

/// A character in front of a line that looks like a space and is another one.
pub(super) fn indentation(lines: &RawLines<'_>, index: usize) -> Option<YamlError> {
    let line = structure(lines, index)?;
    let spaces = line.written.char_indices().take_while(|(_, c)| c.is_whitespace() || is_odd_space(*c));
    // A byte-order mark at the very top is allowed.
    let (at, c) = spaces.into_iter().find(|(at, c)| is_odd_space(*c) && (line.start + at > 0 || *c != '\u{feff}'))?;
    let message = format!("this line begins with a character that is not a plain space, U+{:04X}", u32::from(c));
    let help = "delete everything in front of the first word, and type the spaces again";
    Some(YamlError::new(line.start + at..line.start + at + c.len_utf8(), message, help))
}

/// A character behind a colon or a dash that looks like a space and is another one.
pub(super) fn blank(lines: &RawLines<'_>, index: usize) -> Option<YamlError> {
    let line = structure(lines, index)?;
    let BlankError { span, c, sign, help } =
        blank_behind_dash(lines, line).or_else(|| blank_behind_colon(lines, line))?;
    let message = format!("the blank behind this {sign} is not a plain space, but U+{:04X}", u32::from(c));
    Some(YamlError::new(span, message, help))
}

const TYPE_A_SPACE: &str = "delete it, and type a space";

struct BlankError {
    span: Range<usize>,
    c: char,
    /// The word for the sign in front of the blank.
    sign: &'static str,
    help: String,
}

fn blank_behind_dash(lines: &RawLines<'_>, line: &RawLine<'_>) -> Option<BlankError> {
    let item = line.item();
    let rest = item.text.strip_prefix('-')?;
    let word = rest.trim_start_matches(|c: char| c == ' ' || is_odd_space(c));
    let (span, c) = odd_space_in(lines.text, item.start + 1..item.start + item.text.len() - word.len())?;
    Some(BlankError { span, c, sign: "dash", help: line.advice(TYPE_A_SPACE, None, word) })
}

fn blank_behind_colon(lines: &RawLines<'_>, line: &RawLine<'_>) -> Option<BlankError> {
    let entry = line.entry().filter(|entry| !entry.value.is_empty())?;
    let (span, c) = odd_space_in(lines.text, entry.colon + 1..entry.value.start)?;
    Some(BlankError { span, c, sign: "colon", help: line.advice(TYPE_A_SPACE, Some(entry.key), entry.value.text) })
}

fn odd_space_in(text: &str, gap: Range<usize>) -> Option<(Range<usize>, char)> {
    let start = gap.start;
    let (at, c) = text.get(gap)?.char_indices().find(|(_, c)| is_odd_space(*c))?;
    Some((start + at..start + at + c.len_utf8(), c))
}

/// A colon of another script.
pub(super) fn colon(lines: &RawLines<'_>, index: usize) -> Option<YamlError> {
    let line = structure(lines, index)?;
    let item = line.item();
    let (key, rest) = item.text.split_once(COLONS)?;
    let key = key.trim();
    let colon = item.text.chars().find(|c| COLONS.contains(c)).filter(|_| is_key_of_an_agent(key))?;
    let start = item.start + item.text.find(colon)?;
    let message = format!("this is not the colon of the keyboard, but U+{:04X}", u32::from(colon));
    let value = rest.trim();
    let help = match value {
        "" => format!("type : `{key}:`"),
        value => line.advice("type : and a space", Some(key), value),
    };
    Some(YamlError::new(start..start + colon.len_utf8(), message, help))
}

/// An item that does not begin with a hyphen.
pub(super) fn bullet(lines: &RawLines<'_>, index: usize) -> Option<YamlError> {
    let line = structure(lines, index)?;
    let first = line.word().chars().next()?;
    let rest = line.word().get(first.len_utf8()..)?.trim_start_matches(|c: char| c.is_whitespace() || is_odd_space(c));
    let is_sign =
        DASHES.contains(&first) || (BULLETS.contains(&first) && (first != '*' || line.word().starts_with("* ")));
    if !is_sign || rest.is_empty() || !is_in_a_list(lines, index, rest) {
        return None;
    }
    let message = if DASHES.contains(&first) {
        format!("this dash is not a hyphen, but U+{:04X}", u32::from(first))
    } else {
        format!("an item of a list does not begin with {first}")
    };
    let help = line.advice("type the - of the keyboard and a space, also in the items below", None, rest);
    let span = line.first()..line.first() + first.len_utf8();
    Some(YamlError::new(span, message, help))
}

pub(super) fn dash_without_space(lines: &RawLines<'_>, index: usize) -> Option<YamlError> {
    let line = structure(lines, index)?;
    let rest =
        line.word().strip_prefix('-').filter(|rest| rest.starts_with(|c: char| c.is_alphabetic() || c == '{'))?;
    is_in_a_list(lines, index, rest).then(|| {
        let item = lines.structure_above(index).map(|(_, above)| above).filter(|above| above.is_item());
        let what = match item.filter(|item| item.indent() != line.indent()) {
            Some(item) => {
                format!("put a space behind it, and begin it in column {}, like the `-` above", item.indent() + 1)
            }
            None => "put a space behind it, also in the items below".to_owned(),
        };
        let help = line.advice(&what, None, rest);
        YamlError::new(line.first()..line.first() + 1, "there is no space behind this dash", help)
    })
}

pub(super) fn colon_without_space(lines: &RawLines<'_>, index: usize) -> Option<YamlError> {
    let line = structure(lines, index)?;
    let item = line.item();
    let (key, rest) = item.text.split_once(':')?;
    let is_joined = is_key_of_an_agent(key) && !rest.is_empty() && !rest.starts_with(|c: char| c.is_whitespace());
    is_joined.then(|| {
        let colon = item.start + key.len();
        let help = line.advice("put a space behind it", Some(key), rest);
        YamlError::new(colon..colon + 1, "there is no space behind this colon", help)
    })
}

/// A value in typographic quotes, which to YAML are letters.
pub(super) fn typographic_quotes(lines: &RawLines<'_>, index: usize) -> Option<YamlError> {
    let line = structure(lines, index)?;
    let (key, value) = line.value();
    let text = value.without_comment();
    let span = value.start..value.start + text.len();
    if let Some(inside) = text.strip_prefix(['"', '\'']).filter(|inside| !inside.contains(['"', '\''])) {
        let closing = inside.chars().next_back().filter(|c| CLOSING.contains(c))?;
        let inside = inside.trim_end_matches(closing);
        let message = format!("this quote is not closed: {closing} is a typographic quote");
        let help = line.advice("type the straight quote of the keyboard at both ends", key, &quoted(inside));
        return Some(YamlError::new(span, message, help));
    }
    let first = text.chars().next().filter(|c| OPENING.contains(c))?;
    let closed = text.trim_end_matches(['"', '\'']).ends_with(CLOSING);
    if !closed && key.is_none() {
        return typographic_quotes_in_brackets(lines, index);
    }
    let inside = text.get(first.len_utf8()..)?.trim_end_matches(CLOSING).trim_end_matches('"');
    let help = line.advice("type the straight quotes of the keyboard at both ends", key, &quoted(inside));
    Some(YamlError::new(span, "this text is in typographic quotes, which YAML takes for letters", help))
}

/// A key or a text between brackets in typographic quotes: a comma or a colon in it ends it.
pub(super) fn typographic_quotes_in_brackets(lines: &RawLines<'_>, index: usize) -> Option<YamlError> {
    let line = structure(lines, index)?;
    let (_, value) = line.value();
    let value = if line.item().text.starts_with(['[', '{']) { line.item() } else { value };
    if !value.text.starts_with(['[', '{']) {
        return None;
    }
    let opens = |(at, c): &(usize, char)| {
        let before = value.text.get(..*at).unwrap_or_default().trim_end();
        OPENING.contains(c) && before.ends_with(['[', '{', ',', ':'])
    };
    let (from, first) = value.text.char_indices().find(opens)?;
    let rest = value.text.get(from + first.len_utf8()..)?;
    let end = rest.find(CLOSING)?;
    let (inside, behind) = (rest.get(..end)?, rest.get(end..)?.trim_start_matches(CLOSING).trim_start());
    if !inside.contains([',', ':', '#']) && !behind.starts_with(':') {
        return None;
    }
    let start = value.start + from;
    let shown = if line.visible { quoted(inside) } else { "\"…\"".to_owned() };
    let help = format!("type the straight quotes of the keyboard at both ends: {shown}");
    let end = start + first.len_utf8() + end;
    Some(YamlError::new(start..end, "this text is in typographic quotes, which YAML takes for letters", help))
}

/// The line, where it is not inside a text.
pub(super) fn structure<'l, 't>(lines: &'l RawLines<'t>, index: usize) -> Option<&'l RawLine<'t>> {
    lines.get(index).filter(|line| line.is_structure())
}

/// Whether an item of a list belongs here: below the key of a list, and below nothing else but items.
fn is_in_a_list(lines: &RawLines<'_>, index: usize, item: &str) -> bool {
    let has_keys = item.starts_with('{') || ["lang", "content"].iter().any(|key| item.starts_with(key));
    let above = lines.lines.get(..index).unwrap_or_default().iter().rev().filter(|line| line.is_structure());
    for entry in above.filter_map(RawLine::entry) {
        if entry.value.is_empty() {
            return LISTS.contains(&entry.key);
        }
        if !has_keys {
            return false;
        }
    }
    false
}
