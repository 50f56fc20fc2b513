//! The lines of a file as they are typed. A line inside a text of several lines has neither a key nor an item.

use super::super::control_characters::is_odd_space;
use super::super::private_parts::private_parts;
use super::super::schema_keys::{is_key_of_an_agent, may_show_key};
use super::super::secret_parts::secret_parts;

/// The lines of a file.
pub(super) struct RawLines<'t> {
    pub text: &'t str,
    pub lines: Vec<RawLine<'t>>,
}

/// One line, without its end.
pub(super) struct RawLine<'t> {
    pub written: &'t str,
    /// Its first byte in the file.
    pub start: usize,
    pub content: LineContent,
    /// Whether its value may be shown.
    pub visible: bool,
    /// The line with the nearest key or item at or above it, by its index.
    owner: Option<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LineContent {
    Blank,
    Comment,
    /// A line of a text, or of a bracket, that began in a line above.
    Text,
    /// A key, an item, or anything that is in the place of one.
    Structure,
}

/// A key of a line, and what is behind its colon.
#[derive(Clone, Copy)]
pub(super) struct LineEntry<'t> {
    pub key: &'t str,
    /// The byte of the colon in the file.
    pub colon: usize,
    pub value: LineValue<'t>,
}

/// The value that begins in a line, with any comment behind it.
#[derive(Clone, Copy)]
pub(super) struct LineValue<'t> {
    pub text: &'t str,
    /// Its first byte in the file.
    pub start: usize,
}

/// The lines that belong to a value which began above them.
enum OpenText {
    /// Those of a `|`: indented further than its key, and as far as the first of them.
    Block { key: usize, text: Option<usize> },
    /// Those up to a closing quote or bracket.
    Until(usize),
}

/// Why the end of a bracket was not found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum BracketError {
    /// These are missing.
    Open(String),
    /// A `#` at this byte turns the rest of the line into a comment.
    Comment(usize),
    /// A bracket is closed by one of another kind.
    Differ,
}

impl<'t> RawLines<'t> {
    pub(super) fn read(text: &'t str, personal: bool) -> Self {
        let mut hidden = secret_parts(text);
        hidden.extend(if personal { private_parts(text, None) } else { Vec::new() });
        hidden.sort_by_key(|part| part.start);
        let mut hidden = hidden.into_iter().peekable();
        let mut hidden_to = 0;
        let mut lines: Vec<RawLine<'t>> = Vec::new();
        let (mut start, mut open, mut owner) = (0, None, None);
        for written in text.split_inclusive('\n') {
            let next = start + written.len();
            let written = written.trim_end_matches(['\n', '\r']);
            while let Some(part) = hidden.next_if(|part| part.start < next) {
                hidden_to = part.end.max(hidden_to);
            }
            let visible = hidden_to <= start;
            let mut line = RawLine { written, start, content: LineContent::Structure, visible, owner };
            line.content = content(&line, &mut open);
            if line.content == LineContent::Structure {
                open = line.opened(text);
                if line.is_item() || line.entry().is_some() {
                    owner = Some(lines.len());
                    line.owner = owner;
                }
            }
            lines.push(line);
            start = next;
        }
        Self { text, lines }
    }

    pub(super) fn get(&self, index: usize) -> Option<&RawLine<'t>> {
        self.lines.get(index)
    }

    /// The line with the key of a text that goes on to a line, or that line itself.
    pub(super) fn owner(&self, index: usize) -> Option<&RawLine<'t>> {
        self.get(self.get(index)?.owner?)
    }

    /// The nearest line above that is neither blank nor a comment.
    pub(super) fn above(&self, index: usize) -> Option<(usize, &RawLine<'t>)> {
        let above = self.lines.get(..index)?.iter().enumerate().rev();
        above.into_iter().find(|(_, line)| line.is_written())
    }

    /// The nearest line below that is neither blank nor a comment.
    pub(super) fn below(&self, index: usize) -> Option<&RawLine<'t>> {
        self.lines.get(index + 1..)?.iter().find(|line| line.is_written())
    }

    /// The nearest line above that is not inside a text.
    pub(super) fn structure_above(&self, index: usize) -> Option<(usize, &RawLine<'t>)> {
        let above = self.lines.get(..index)?.iter().enumerate().rev();
        above.into_iter().find(|(_, line)| line.content == LineContent::Structure)
    }
}

fn content(line: &RawLine<'_>, open: &mut Option<OpenText>) -> LineContent {
    let blank = line.written.trim().is_empty();
    match open {
        Some(OpenText::Until(end)) if line.start < *end => return LineContent::Text,
        Some(OpenText::Block { .. }) if blank => return LineContent::Blank,
        Some(OpenText::Block { key, text }) if line.indent() >= text.unwrap_or(*key + 1) => {
            *text = Some(text.unwrap_or(line.indent()));
            return LineContent::Text;
        }
        _ => *open = None,
    }
    match line.written.trim_start().chars().next() {
        None => LineContent::Blank,
        Some('#') => LineContent::Comment,
        Some(_) => LineContent::Structure,
    }
}

impl<'t> RawLine<'t> {
    pub(super) fn end(&self) -> usize {
        self.start + self.written.len()
    }

    /// The spaces in front of it.
    pub(super) fn indent(&self) -> usize {
        self.written.len() - self.written.trim_start_matches(' ').len()
    }

    /// The first byte behind the spaces in front of it.
    pub(super) fn first(&self) -> usize {
        self.start + self.indent()
    }

    pub(super) fn word(&self) -> &'t str {
        self.written.trim()
    }

    pub(super) fn is_written(&self) -> bool {
        matches!(self.content, LineContent::Text | LineContent::Structure)
    }

    pub(super) fn is_structure(&self) -> bool {
        self.content == LineContent::Structure
    }

    pub(super) fn is_item(&self) -> bool {
        self.word() == "-" || self.word().starts_with("- ")
    }

    /// The spaces and dashes in front of a key or an item.
    pub(super) fn item_indent(&self) -> usize {
        let mut rest = self.written.trim_start_matches(' ');
        while let Some(item) = rest.strip_prefix("- ") {
            rest = item.trim_start_matches(' ');
        }
        self.written.len() - rest.len()
    }

    /// What is behind the dashes of an item.
    pub(super) fn item(&self) -> LineValue<'t> {
        let start = self.item_indent();
        LineValue { text: self.written.get(start..).unwrap_or_default().trim_end(), start: self.start + start }
    }

    /// The key that begins the line.
    pub(super) fn entry(&self) -> Option<LineEntry<'t>> {
        let item = self.item();
        if item.text.starts_with(['[', '{', '#', '|', '>']) {
            return None;
        }
        let from = match item.text.chars().next()? {
            quote @ ('"' | '\'') => item.text.get(1..)?.find(quote)? + 2,
            _ => 0,
        };
        let is_colon = |at: &usize| {
            let behind = item.text.get(at + 1..).unwrap_or_default();
            behind.is_empty() || behind.starts_with(|c: char| c.is_whitespace() || is_odd_space(c))
        };
        let colon = item.text.match_indices(':').map(|(at, _)| at).filter(|at| *at >= from).find(is_colon)?;
        let (key, rest) = (item.text.get(..colon)?.trim(), item.text.get(colon + 1..)?);
        let gap = rest.len() - rest.trim_start_matches(|c: char| c.is_whitespace() || is_odd_space(c)).len();
        let value = LineValue { text: rest.get(gap..)?, start: item.start + colon + 1 + gap };
        (!key.is_empty()).then_some(LineEntry { key, colon: item.start + colon, value })
    }

    /// The key of the line, if any, and its value.
    pub(super) fn value(&self) -> (Option<&'t str>, LineValue<'t>) {
        match self.entry() {
            Some(entry) => (Some(entry.key), entry.value),
            None => (None, self.item()),
        }
    }

    fn opened(&self, text: &str) -> Option<OpenText> {
        let (key, value) = self.value();
        let indent = if key.is_some() { self.item_indent() } else { self.indent() };
        if value.is_block_header() {
            return Some(OpenText::Block { key: indent, text: None });
        }
        let end = match value.text.chars().next()? {
            '"' | '\'' => quote_end(text, value.start, indent)?,
            '[' | '{' => bracket_end(text, value.start, indent).ok()?,
            _ => return None,
        };
        (end > self.end()).then_some(OpenText::Until(end))
    }

    /// What to do, and the key and the value as they should be typed. A value that may not be shown is `…`. A long one is left
    /// out, since a shortened one would be pasted as it is: `what` must be enough.
    pub(super) fn advice(&self, what: &str, key: Option<&str>, value: &str) -> String {
        let value = match value.chars().next() {
            _ if self.visible && value.chars().count() > LONGEST_VALUE => return what.to_owned(),
            _ if self.visible => value.to_owned(),
            Some(quote @ ('"' | '\'')) => format!("{quote}…{quote}"),
            _ => "…".to_owned(),
        };
        match key {
            Some(key) if self.visible || may_show_key(key) || is_key_of_an_agent(key) => {
                format!("{what}: `{key}: {value}`")
            }
            Some(_) => format!("{what}: `key: {value}`"),
            None => format!("{what}: `- {value}`"),
        }
    }

    /// How to put the text of a value in quotes.
    pub(super) fn quoting_advice(&self, what: &str, key: Option<&str>, text: &str) -> String {
        let value = quoted(text);
        if self.visible && value.chars().count() > LONGEST_VALUE {
            return quotes_in_words(text);
        }
        self.advice(what, key, &value)
    }
}

impl<'t> LineValue<'t> {
    pub(super) fn is_empty(&self) -> bool {
        self.text.is_empty() || self.text.starts_with('#')
    }

    /// Whether a text begins below it.
    pub(super) fn is_block_header(&self) -> bool {
        let header = self.text.split(" #").next().unwrap_or_default().trim_end();
        let signs = header.strip_prefix(['|', '>']);
        signs.is_some_and(|signs| {
            signs.len() <= 2 && signs.bytes().all(|sign| matches!(sign, b'+' | b'-' | b'1'..=b'9'))
        })
    }

    /// Without a comment that was written as one.
    pub(super) fn without_comment(&self) -> &'t str {
        self.text.split("  # ").next().unwrap_or_default().trim_end()
    }
}

/// The byte behind the closing quote. A line with a known key ends the search: the quote was forgotten.
pub(super) fn quote_end(text: &str, at: usize, indent: usize) -> Option<usize> {
    let quote = text.get(at..)?.chars().next()?;
    let inside = at + 1;
    let mut letters = text.get(inside..)?.char_indices().peekable();
    while let Some((place, c)) = letters.next() {
        match c {
            '\\' if quote == '"' => drop(letters.next()),
            '\'' if quote == c && letters.peek().is_some_and(|(_, next)| *next == c) => drop(letters.next()),
            '\n' if begins_with_a_key(text.get(inside + place + 1..)?, indent) => return None,
            c if c == quote => return Some(inside + place + 1),
            _ => {}
        }
    }
    None
}

/// The byte behind the closing bracket.
pub(super) fn bracket_end(text: &str, at: usize, indent: usize) -> Result<usize, BracketError> {
    let bytes = text.as_bytes();
    let mut closers: Vec<u8> = Vec::new();
    let (mut place, mut before) = (at, b',');
    let open = |closers: &[u8]| BracketError::Open(closers.iter().rev().map(|closer| char::from(*closer)).collect());
    while let Some(byte) = bytes.get(place).copied() {
        let begins = matches!(before, b'[' | b'{' | b',' | b':');
        match byte {
            b'[' => closers.push(b']'),
            b'{' => closers.push(b'}'),
            b']' | b'}' => match closers.pop() {
                Some(closer) if closer == byte && closers.is_empty() => return Ok(place + 1),
                Some(closer) if closer == byte => {}
                _ => return Err(BracketError::Differ),
            },
            b'"' | b'\'' if begins => place = quote_end(text, place, indent).ok_or_else(|| open(&closers))? - 1,
            b'#' if bytes.get(place.wrapping_sub(1)) == Some(&b' ') => {
                let rest = text.get(place..).unwrap_or_default().split('\n').next().unwrap_or_default();
                if rest.contains([']', '}']) {
                    return Err(BracketError::Comment(place));
                }
                place += rest.len() - 1;
            }
            b'\n' if begins_with_a_key(text.get(place + 1..).unwrap_or_default(), indent) => {
                return Err(open(&closers));
            }
            _ => {}
        }
        if !byte.is_ascii_whitespace() {
            before = byte;
        }
        place += 1;
    }
    Err(open(&closers))
}

/// Whether a text begins with a line that has a known key or an item, no further right than `indent`.
fn begins_with_a_key(text: &str, indent: usize) -> bool {
    let line = text.split('\n').next().unwrap_or_default();
    let word = line.trim_start_matches(' ');
    let known = word.split_once(':').is_some_and(|(key, _)| is_key_of_an_agent(key));
    line.len() - word.len() <= indent && (known || word.starts_with("- "))
}

/// In characters. A longer value is described and not repeated.
pub(super) const LONGEST_VALUE: usize = 80;

/// How to put a text in quotes that is too long to be repeated.
pub(super) fn quotes_in_words(text: &str) -> String {
    let quote = if text.contains(['"', '\\']) { '\'' } else { '"' };
    let first = text.split_whitespace().next().unwrap_or_default();
    let last = text.split_whitespace().next_back().unwrap_or_default();
    let inside = if quote == '\'' && text.contains('\'') { ", and write '' for each ' inside the text" } else { "" };
    format!(
        "put {quote} in front of `{first}` at the beginning of the text, and {quote} behind `{last}` at its end{inside}"
    )
}

/// A text in quotes: double ones, or single ones where a double quote or a backslash is in it.
pub(super) fn quoted(text: &str) -> String {
    if text.contains(['"', '\\']) { format!("'{}'", text.replace('\'', "''")) } else { format!("\"{text}\"") }
}
