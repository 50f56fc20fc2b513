//! Values that YAML takes for something else than their text.

use super::super::schema_keys::is_key_of_an_agent;
use super::super::yaml_tree::YamlError;
use super::characters::structure;
use super::loose_lines::{LONG_TEXTS, as_block, has_more_text};
use super::raw_lines::{LineValue, RawLine, RawLines, quote_end, quoted};
use crate::model::agent::value::{Language, Phone};

/// The keys that have a phone number.
pub(super) const PHONES: [&str; 5] = ["phone", "phone_secondary", "whatsapp_phone", "mobile", "landline"];

/// The number with its country code in a text that has more than it.
pub(super) fn number_in(text: &str) -> Option<&str> {
    let number = text.get(text.find('+')?..)?;
    let end = number.find(|c: char| !c.is_ascii_digit() && !" +-().".contains(c)).unwrap_or(number.len());
    let number = number.get(..end)?.trim_end_matches(|c: char| !c.is_ascii_digit());
    Phone::parse(number).is_ok().then_some(number)
}

/// Two keys, since the break between their lines was deleted.
fn two_keys(line: &RawLine<'_>, text: &str, start: usize) -> Option<YamlError> {
    let known = |(colon, _): (usize, &str)| {
        let before = text.get(..colon)?;
        let key = before.rsplit([' ', ',', ';', '\t']).next()?;
        let is_key = is_key_of_an_agent(key) || key == "content";
        (is_key && key.len() < before.len()).then_some((colon - key.len(), key))
    };
    let (at, key) = text.match_indices(": ").find_map(known)?;
    let column = line.item_indent() + 1;
    let help = format!("begin a new line in front of `{key}`, in column {column}, and remove any comma before it");
    Some(YamlError::new(start + at..start + at + key.len(), "there are two keys in this line", help))
}

/// A quote that is opened and not closed.
pub(super) fn open_quote(lines: &RawLines<'_>, index: usize) -> Option<YamlError> {
    let line = structure(lines, index)?;
    let (key, value) = line.value();
    let quote = value.text.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let indent = if key.is_some() { line.item_indent() } else { line.indent() };
    if quote_end(lines.text, value.start, indent).is_some() {
        return None;
    }
    let inside = value.without_comment().get(1..)?.trim_end_matches([',', '"', '\'']);
    let help = format!("close it at the end of the text: {}", line.corrected(key, &format!("{quote}{inside}{quote}")));
    Some(YamlError::new(value.start..value.start + 1, "this quote is not closed", help))
}

/// A text that goes on behind its closing quote.
pub(super) fn text_behind_quote(lines: &RawLines<'_>, index: usize) -> Option<YamlError> {
    let line = structure(lines, index)?;
    let (key, value) = line.value();
    let quote = value.text.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let end = quote_end(lines.text, value.start, line.item_indent()).filter(|end| *end <= line.end())? - value.start;
    let rest = value.text.get(end..)?.trim_start();
    if rest.is_empty() || rest.starts_with('#') || (key.is_none() && rest.starts_with(':')) {
        return None;
    }
    let span = value.start + value.text.len() - rest.len()..line.end();
    let whole = value.without_comment();
    if rest == "," || rest == ";" {
        let message =
            format!("there is a {} behind the closing quote", if rest == "," { "comma" } else { "semicolon" });
        let help = format!("remove it: {}", line.corrected(key, value.text.get(..end)?));
        return Some(YamlError::new(span, message, help));
    }
    let message = "there is text behind the closing quote";
    if let Some(number) = key.filter(|key| PHONES.contains(key)).and_then(|_| number_in(whole)) {
        let help = format!("write the number alone, in quotes: {}", line.corrected(key, &quoted(number)));
        return Some(YamlError::new(span, message, help));
    }
    // In a spreadsheet a quote inside a text is doubled.
    if whole.starts_with("\"\"\"") {
        let cell = whole.get(1..)?;
        let quotes = cell.len() - cell.trim_end_matches('"').len();
        let text = cell.get(..cell.len() - quotes % 2)?.replace("\"\"", "\"");
        let help =
            format!("put the text in single quotes, without doubled ones: {}", line.corrected(key, &quoted(&text)));
        return Some(YamlError::new(span, message, help));
    }
    let inside = whole.strip_prefix(quote).and_then(|inside| inside.strip_suffix(quote));
    let (what, text) = match inside {
        Some(inside) if quote == '"' => (
            "write \\\" for a quote inside the text",
            format!("\"{}\"", inside.replace("\\\"", "\"").replace('"', "\\\"")),
        ),
        Some(inside) => {
            ("write '' for an apostrophe inside single quotes, or put the text in double quotes", quoted(inside))
        }
        None => ("put the whole text in quotes of the other kind", quoted(whole)),
    };
    Some(YamlError::new(span, message, format!("{what}: {}", line.corrected(key, &text))))
}

/// The path of a photo as Windows writes it, in quotes in which a backslash has another meaning.
pub(super) fn backslash_in_path(lines: &RawLines<'_>, index: usize) -> Option<YamlError> {
    let line = structure(lines, index)?;
    let entry = line.entry().filter(|entry| entry.key == "photo")?;
    let path = entry.value.text.strip_prefix('"')?.strip_suffix('"').filter(|path| path.contains('\\'))?;
    if path.contains([':', '"']) {
        return None;
    }
    let help = format!("write it with forward slashes: {}", line.corrected(Some("photo"), &path.replace('\\', "/")));
    Some(YamlError::new(entry.value.start..line.end(), "this path has backslashes", help))
}

/// A text in the line of a `|` or `>`.
pub(super) fn text_behind_block_sign(lines: &RawLines<'_>, index: usize) -> Option<YamlError> {
    let line = structure(lines, index)?;
    let (key, value) = line.value();
    let sign = value.text.chars().next().filter(|c| matches!(c, '|' | '>'))?;
    if value.is_block_header() || (key.is_none() && !line.is_item()) {
        return None;
    }
    let span = value.start..line.end();
    if !has_more_text(lines, index) {
        return Some(needs_quotes(line, key, &value, &format!("`{sign}`")));
    }
    let column = line.item_indent() + 3;
    let message = format!("the text begins in the line of the {sign}, and belongs below it");
    Some(YamlError::new(span, message, format!("begin a new line behind the {sign}, and the text in column {column}")))
}

/// A text without quotes that begins with a sign of YAML.
pub(super) fn first_character(lines: &RawLines<'_>, index: usize) -> Option<YamlError> {
    let line = structure(lines, index)?;
    let (key, value) = line.value();
    let first = value.text.chars().next()?;
    let alone = value.text.get(1..).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '));
    let is_address = matches!(key, Some("linked_in" | "photo"));
    let sign = match first {
        '@' if is_address => return None,
        '%' if line.start == line.first() && key.is_none() => return None,
        '`' => "a backtick".to_owned(),
        '@' | '%' | '*' | '&' | '!' | ']' | '}' | ',' => format!("`{first}`"),
        '?' if alone && key.is_some() => format!("`{first}`"),
        '-' if alone && key.is_some_and(|key| !super::characters::LISTS.contains(&key)) => "`-` and a space".to_owned(),
        _ => return None,
    };
    if let Some(key @ ("status" | "theme" | "lang" | "role")) = key {
        let word = value.without_comment().trim_start_matches(first).trim();
        let help = format!("write the word alone: {}", line.corrected(Some(key), word));
        return Some(YamlError::new(value.start..value.start + 1, format!("a text cannot begin with {sign}"), help));
    }
    // A line that is neither an entry nor an item has no value.
    (key.is_some() || line.is_item()).then(|| needs_quotes(line, key, &value, &sign))
}

fn needs_quotes(line: &RawLine<'_>, key: Option<&str>, value: &LineValue<'_>, sign: &str) -> YamlError {
    let text = value.without_comment();
    let help = format!("put it in quotes: {}", line.corrected(key, &quoted(text)));
    YamlError::new(value.start..value.start + text.len(), format!("a text cannot begin with {sign}"), help)
}

/// A second colon in the line: the value has a colon in it, or the braces of a text in several languages are missing.
pub(super) fn second_colon(lines: &RawLines<'_>, index: usize) -> Option<YamlError> {
    let line = structure(lines, index)?;
    let entry = line.entry().filter(|entry| !entry.value.text.starts_with(['"', '\'', '[', '{', '#', '|', '>']))?;
    let text = entry.value.without_comment();
    let colon = text.find(": ").or_else(|| text.ends_with(':').then(|| text.len() - 1))?;
    let span = entry.value.start + colon..entry.value.start + colon + 1;
    let message = "there is a second colon in this line";
    if let Some(error) = two_keys(line, text, entry.value.start).filter(|_| !LONG_TEXTS.contains(&entry.key)) {
        return Some(error);
    }
    if entry.key == "position" && Language::parse(text.get(..colon)?).is_ok() {
        let inside = text.trim_end_matches(['}', ',']).trim_end();
        let help = format!(
            "put texts in several languages in braces: {}",
            line.corrected(Some(entry.key), &format!("{{{inside}}}"))
        );
        return Some(YamlError::new(span, message, help));
    }
    if has_more_text(lines, index) {
        return Some(YamlError::new(span, message, as_block(line, entry.key)));
    }
    let help = format!("put the value in quotes: {}", line.corrected(Some(entry.key), &quoted(text)));
    Some(YamlError::new(span, message, help))
}
