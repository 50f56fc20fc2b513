//! Lists and keys between brackets, and texts that begin with one.

use super::super::yaml_tree::YamlError;
use super::characters::structure;
use super::raw_lines::{BracketError, LineValue, RawLine, RawLines, bracket_end, quoted, quotes_in_words};
use super::values::number_advice;
use crate::model::agent::value::Language;

/// Separators of other scripts and programs, where YAML has a comma.
const SEPARATORS: [char; 6] = ['،', '؛', '，', '、', ';', '；'];

/// A bracket that is not closed.
pub(super) fn open_bracket(lines: &RawLines<'_>, index: usize) -> Option<YamlError> {
    let (line, key, value) = bracketed(lines, index)?;
    let end = bracket_end(lines.text, value.start, line.item_indent());
    match end.err()? {
        BracketError::Comment(hash) => {
            let help = "put the text in quotes";
            Some(YamlError::new(hash..hash + 1, "everything behind this # is a comment", help))
        }
        BracketError::Open(closers) => {
            let text = value.without_comment();
            if let Some(error) = open_quote_inside(line, key, &value) {
                return Some(error);
            }
            // A list that goes on below is closed there.
            let below = lines.below(index).filter(|below| below.indent() > line.indent());
            let closed = format!("{}{closers}", text.trim_end_matches(','));
            let help = match below {
                None => line.advice(&format!("close it: write {closers} at the end of the line"), key, &closed),
                Some(_) => format!("write {closers} behind the last item"),
            };
            Some(YamlError::new(value.start..value.start + 1, "this bracket is not closed", help))
        }
        BracketError::Differ => None,
    }
}

/// A quote that is opened inside a bracket and not closed: it hides the end of the bracket.
fn open_quote_inside(line: &RawLine<'_>, key: Option<&str>, value: &LineValue<'_>) -> Option<YamlError> {
    let text = value.text;
    let quotes = text.match_indices('"').map(|(at, _)| at).collect::<Vec<usize>>();
    let at = *quotes.last().filter(|_| quotes.len() % 2 == 1)?;
    let (before, rest) = (text.get(..at)?, text.get(at + 1..)?);
    let span = value.start + at..value.start + at + 1;
    let message = "this quote is not closed";
    if text.starts_with('[') {
        let closed = format!("{before}{}", with_closer(rest, ']'));
        return Some(YamlError::new(span, message, line.advice("remove it", key, &closed)));
    }
    let (inside, behind) = rest.split_at_checked(end_of_text(rest))?;
    let closed = format!("{before}\"{inside}\"{}", with_closer(behind, '}'));
    Some(YamlError::new(span, message, line.advice("close it behind the text", key, &closed)))
}

/// The length of a text between brackets: it ends before the next key, or before the bracket.
pub(super) fn end_of_text(text: &str) -> usize {
    let is_key = |piece: &str| {
        let key = piece.trim_start().split_once(": ").map(|(key, _)| key);
        key.is_some_and(|key| Language::parse(key).is_ok() || matches!(key, "lang" | "content"))
    };
    let mut commas = text.match_indices(',').map(|(comma, _)| comma);
    let next_key = commas.find(|comma| text.get(comma + 1..).is_some_and(is_key));
    next_key.unwrap_or(text.trim_end_matches(['}', ']', ' ']).len())
}

fn with_closer(text: &str, closer: char) -> String {
    let text = text.trim_end();
    if text.ends_with(closer) { text.to_owned() } else { format!("{text}{closer}") }
}

/// The address of a link of Markdown: `[text](mailto:sara@x.ae)`.
fn address_of_link(text: &str) -> Option<&str> {
    let (_, address) = text.strip_suffix(')')?.split_once("](")?;
    let address = address.strip_prefix("mailto:").unwrap_or(address);
    (!address.is_empty() && !address.contains([' ', '(', ')'])).then_some(address)
}

/// An image of Markdown in place of its address: YAML takes its `!` for a tag.
pub(super) fn image(lines: &RawLines<'_>, index: usize) -> Option<YamlError> {
    let line = structure(lines, index)?;
    let entry = line.entry().filter(|entry| matches!(entry.key, "photo" | "linked_in"))?;
    let text = entry.value.without_comment();
    let address = text.strip_prefix("![").and_then(address_of_link)?;
    let help = line.advice("write the address alone", Some(entry.key), address);
    Some(YamlError::new(entry.value.start..entry.value.start + text.len(), "this is an image of Markdown", help))
}

/// A text that goes on behind a bracket.
pub(super) fn text_behind_bracket(lines: &RawLines<'_>, index: usize) -> Option<YamlError> {
    let (line, key, value) = bracketed(lines, index)?;
    let end = bracket_end(lines.text, value.start, line.item_indent()).ok().filter(|end| *end <= line.end())?;
    let inside = value.text.get(..end - value.start)?;
    let rest = value.text.get(end - value.start..)?.trim_start();
    if rest.is_empty() || rest.starts_with('#') {
        return None;
    }
    let span = value.start + value.text.len() - rest.len()..line.end();
    if rest.chars().all(|c| matches!(c, ']' | '}' | ',' | ';')) {
        let message = if rest.starts_with([']', '}']) {
            "there is one bracket too many"
        } else {
            "there is a comma behind the bracket"
        };
        return Some(YamlError::new(span, message, line.advice("remove it", key, inside)));
    }
    let text = value.without_comment();
    if let Some(address) = address_of_link(text).filter(|_| matches!(key, Some("email" | "linked_in" | "photo"))) {
        let help = line.advice("write the address alone", key, address);
        return Some(YamlError::new(value.start..value.start + text.len(), "this is a link of Markdown", help));
    }
    if let Some(help) = number_advice(line, key, text) {
        return Some(YamlError::new(span, "there is text behind the bracket", help));
    }
    if let Some(key @ ("status" | "theme" | "lang" | "role")) = key {
        let help = line.advice("write the word alone", Some(key), rest);
        return Some(YamlError::new(span, "there is text behind the bracket", help));
    }
    let first = text.chars().next().unwrap_or('[');
    let help = line.quoting_advice("put it in quotes", key, text);
    Some(YamlError::new(value.start..value.start + text.len(), format!("a text cannot begin with `{first}`"), help))
}

/// Items that are not separated by commas, and texts with a colon between braces.
pub(super) fn items(lines: &RawLines<'_>, index: usize) -> Option<YamlError> {
    let (line, key, value) = bracketed(lines, index)?;
    let end = bracket_end(lines.text, value.start, line.item_indent()).ok().filter(|end| *end <= line.end())?;
    let text = value.text.get(..end - value.start)?;
    let inside = text.strip_prefix('{')?.strip_suffix('}').filter(|inside| !inside.contains(['{', '[', '"', '\'']))?;
    let pieces: Vec<&str> = inside.split(',').map(str::trim).collect();
    let (wrong, second) = pieces.iter().find_map(|piece| Some((*piece, piece.match_indices(": ").nth(1)?.0)))?;
    let start = value.start + 1 + inside.find(wrong)?;
    let span = start + second..start + second + 1;
    let (before, _) = wrong.split_at_checked(second)?;
    let name = before.rsplit([' ', '،', '؛', '，', '、', ';', '；']).next()?;
    if Language::parse(name).is_ok() && name.len() < before.len() {
        let text_before = before.strip_suffix(name)?;
        let separated = format!("{},", text_before.trim_end_matches(|c: char| c == ' ' || SEPARATORS.contains(&c)));
        let what = format!("write the English comma and a space in front of `{name}:`");
        let help = line.advice(&what, key, &text.replacen(text_before.trim_end(), &separated, 1));
        return Some(YamlError::new(span, "there is no comma in front of this key", help));
    }
    let (name, written) = wrong.split_once(": ")?;
    let what = if line.visible { quotes_in_words(written) } else { "put the text in quotes".to_owned() };
    let help = line.advice(&what, key, &text.replacen(wrong, &format!("{name}: {}", quoted(written)), 1));
    Some(YamlError::new(span, "there is a second colon in this text", help))
}

/// A line whose value begins with a bracket.
pub(super) fn bracketed<'l, 't>(
    lines: &'l RawLines<'t>,
    index: usize,
) -> Option<(&'l RawLine<'t>, Option<&'t str>, LineValue<'t>)> {
    let line = structure(lines, index)?;
    let item = line.item();
    let (key, value) = if item.text.starts_with(['[', '{']) { (None, item) } else { line.value() };
    value.text.starts_with(['[', '{']).then_some((line, key, value))
}
