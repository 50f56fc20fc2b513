//! Slips of typing that break YAML, at the line where they are: the parser often stops only at the next one.

use std::ops::Range;

use super::mask::{is_bidi_control, is_key_of_a_section, is_key_of_an_agent};
use super::yaml_tree::YamlError;

/// The slip that most likely made the parser stop at a byte.
pub(super) fn find(text: &str, at: usize) -> Option<YamlError> {
    let line = TextLine::at(text, at);
    let above = line.above();
    conflict(text)
        .or_else(|| indentation(text, line.place.end))
        .or_else(|| [Some(&line), above.as_ref()].into_iter().flatten().find_map(TextLine::missing_space))
        .or_else(|| outside_its_section(&line))
}

/// A line with something in it.
struct TextLine<'t> {
    text: &'t str,
    place: Range<usize>,
}

impl<'t> TextLine<'t> {
    fn at(text: &'t str, byte: usize) -> Self {
        Self { text, place: line_at(text, byte) }
    }

    fn written(&self) -> &'t str {
        self.text.get(self.place.clone()).unwrap_or_default()
    }

    fn indent(&self) -> usize {
        self.written().len() - self.written().trim_start().len()
    }

    /// The nearest line above that is not blank.
    fn above(&self) -> Option<Self> {
        let before = self.text.get(..self.place.start)?.trim_end();
        (!before.is_empty()).then(|| Self::at(self.text, before.len()))
    }

    /// The key that begins the line, and the text after its colon.
    fn key(&self) -> Option<(&'t str, &'t str)> {
        let (key, rest) = self.written().trim_start().split_once(':')?;
        Some((key, rest))
    }

    /// A colon or a dash that has no space behind it, or a dash that is not a hyphen.
    fn missing_space(&self) -> Option<YamlError> {
        let start = self.place.start + self.indent();
        let word = self.written().trim_start();
        let mut letters = word.chars();
        match letters.next()? {
            dash @ ('\u{2010}'..='\u{2015}' | '\u{2212}') => Some(YamlError::new(
                start..start + dash.len_utf8(),
                "this dash is not a hyphen",
                "type the - of the keyboard, and a space behind it",
            )),
            '-' if letters.next().is_some_and(char::is_alphabetic) => Some(YamlError::new(
                start..start + 1,
                "there is no space after this dash",
                "put a space behind it: - item",
            )),
            _ => {
                let item = word.strip_prefix("- ").unwrap_or(word).trim_start();
                let (key, rest) = item.split_once(':')?;
                let slip = is_key_of_an_agent(key) && !rest.is_empty() && !rest.starts_with(char::is_whitespace);
                let colon = self.place.end - rest.len() - 1;
                slip.then(|| {
                    let help = format!("put a space behind it: `{key}: …`");
                    YamlError::new(colon..colon + 1, "there is no space after this colon", help)
                })
            }
        }
    }
}

/// The marks that a merge leaves in a file with an unresolved conflict.
fn conflict(text: &str) -> Option<YamlError> {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let marks = ["<<<<<<<", "=======", ">>>>>>>"].into_iter().find(|marks| line.starts_with(marks));
        if marks.is_some_and(|marks| line.get(marks.len()..).is_some_and(|rest| !rest.starts_with(['<', '=', '>']))) {
            return Some(YamlError::new(
                start..start + 7,
                "a merge conflict was left here",
                "keep one of the two versions, and remove the lines that begin with <<<<<<<, ======= and >>>>>>>",
            ));
        }
        start += line.len();
    }
    None
}

/// A character in front of a line that looks like a space and is another one.
fn indentation(text: &str, end: usize) -> Option<YamlError> {
    let mut start = 0;
    for line in text.get(..end)?.split_inclusive('\n') {
        let indent = line.len() - line.trim_start_matches(|c: char| c.is_whitespace() || is_bidi_control(c)).len();
        let odd = |c: &char| !matches!(c, ' ' | '\t' | '\r' | '\n');
        let stranger = line.get(..indent)?.char_indices().find(|(_, c)| odd(c));
        // A byte-order mark at the very top is allowed.
        if let Some((at, c)) = stranger.filter(|(at, c)| start + at > 0 || *c != '\u{feff}') {
            let message =
                format!("this line begins with a character that is not a plain space, U+{:04X}", u32::from(c));
            let help = "delete everything in front of the first word, and type the spaces again";
            return Some(YamlError::new(start + at..start + at + c.len_utf8(), message, help));
        }
        start += line.len();
    }
    None
}

/// A key of a section that was not indented, so that the lines behind it seem to be indented too far.
fn outside_its_section(line: &TextLine<'_>) -> Option<YamlError> {
    let above = line.above()?;
    let (key, value) = above.key()?;
    let inside = |other: &TextLine<'_>| other.indent() > 0;
    let slip = above.indent() == 0 && !value.trim().is_empty() && is_key_of_a_section(key);
    if !slip || !inside(line) || !above.above().as_ref().is_some_and(inside) {
        return None;
    }
    Some(YamlError::new(
        above.place.start..above.place.start + key.len(),
        "this line is not indented like the lines around it",
        "begin it in the same column as the line below",
    ))
}

/// The bytes of the line that holds a byte, without its end.
pub(super) fn line_at(text: &str, at: usize) -> Range<usize> {
    let before = text.get(..at).unwrap_or(text);
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    let rest = text.get(start..).unwrap_or_default();
    start..start + rest.find(['\n', '\r']).unwrap_or(rest.len())
}
