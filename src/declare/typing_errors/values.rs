//! Values that YAML takes for something else than their text.

use super::super::clearing;
use super::super::schema_keys::{is_key_of_an_agent, may_be_null};
use super::super::yaml_tree::YamlError;
use super::characters::structure;
use super::loose_lines::{LONG_TEXTS, as_block, goes_on, has_more_text};
use super::raw_lines::{LineValue, RawLine, RawLines, quote_end, quoted};
use crate::model::agent::value::{Language, Phone, Photo};

/// The keys that have a phone number.
pub(super) const PHONES: [&str; 5] = ["phone", "phone_secondary", "whatsapp_phone", "mobile", "landline"];

/// The number with its country code in a text that has more than it.
pub(super) fn number_in(text: &str) -> Option<&str> {
    let number = text.get(text.find('+')?..)?;
    let end = number.find(|c: char| !c.is_ascii_digit() && !" +-().".contains(c)).unwrap_or(number.len());
    let number = number.get(..end)?.trim_end_matches(|c: char| !c.is_ascii_digit());
    Phone::parse(number).is_ok().then_some(number)
}

/// What to write where a text has a phone number and more.
pub(super) fn number_advice(line: &RawLine<'_>, key: Option<&str>, text: &str) -> Option<String> {
    let key = key.filter(|key| PHONES.contains(key))?;
    let number = number_in(text)?;
    let (_, rest) = text.split_once(number)?;
    Some(match number_in(rest) {
        Some(_) if !line.visible => {
            "keep the number that is right, in quotes, and remove the rest of the line".to_owned()
        }
        Some(other) => {
            let what = "keep the number that is right and remove the other one; if the second one is new";
            line.advice(what, Some(key), &quoted(other))
        }
        None => line.advice("write the number alone, in quotes", Some(key), &quoted(number)),
    })
}

/// A key and a word that have the quotes of JSON, without them.
fn without_quotes_of_json<'t>(key: &'t str, value: &'t str) -> Option<(&'t str, &'t str)> {
    let key = key.strip_prefix('"')?.strip_suffix('"')?;
    let word = value.strip_prefix('"')?.strip_suffix('"')?;
    let is_word = word.starts_with(|c: char| c.is_ascii_lowercase()) && word.bytes().all(|b| b.is_ascii_lowercase());
    (is_word && is_key_of_an_agent(key)).then_some((key, word))
}

/// An address whose `https:` was separated from its `//`.
fn address_without_space(key: &str, text: &str) -> Option<String> {
    let (scheme, rest) = text.split_once(": ")?;
    let is_address = matches!(key, "photo" | "linked_in" | "photo_base_url") && rest.trim_start().starts_with("//");
    (is_address && matches!(scheme, "https" | "http")).then(|| format!("{scheme}:{}", rest.trim_start()))
}

/// `one: 1, two: 2` as a map. A number may be an id, and is put in quotes.
fn as_braces(text: &str) -> Option<String> {
    let pairs = text.split(',').map(|pair| {
        let (key, value) = pair.trim().split_once(": ")?;
        let is_key = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        let is_number = value.bytes().all(|byte| byte.is_ascii_digit());
        let value = if is_number { format!("\"{value}\"") } else { value.to_owned() };
        (is_key && !value.contains(": ")).then(|| format!("{key}: {value}"))
    });
    let pairs = pairs.collect::<Option<Vec<String>>>().filter(|pairs| pairs.len() > 1)?;
    Some(format!("{{{}}}", pairs.join(", ")))
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

/// A quote in front of the key, which belongs in front of the value.
pub(super) fn quote_before_key(lines: &RawLines<'_>, index: usize) -> Option<YamlError> {
    let line = structure(lines, index).filter(|_| !goes_on(lines, index))?;
    let item = line.item();
    let quote = item.text.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let (key, value) = item.text.strip_prefix(quote)?.split_once(':')?;
    let value = value.trim().trim_matches(quote);
    if value.is_empty() || value.contains(quote) || !is_key_of_an_agent(key) {
        return None;
    }
    let is_text =
        PHONES.contains(&key) || matches!(key, "licence" | "landline_extension") || value.contains([':', '#']);
    let help = if is_text {
        line.advice("write the quotes around the value alone", Some(key), &quoted(value))
    } else {
        line.advice("remove the quotes", Some(key), value)
    };
    Some(YamlError::new(item.start..item.start + 1, "this quote is in front of the key", help))
}

/// A dash or a question mark in the place of a value.
pub(super) fn sign_alone(lines: &RawLines<'_>, index: usize) -> Option<YamlError> {
    let line = structure(lines, index).filter(|line| !line.is_item())?;
    let entry = line.entry().filter(|entry| matches!(entry.value.without_comment(), "-" | "?"))?;
    if lines.below(index).is_some_and(|below| below.indent() > line.indent()) {
        return None;
    }
    let above = lines.lines.get(..index)?.iter().rev().filter(|_| line.indent() > 0);
    let section = above.into_iter().find(|line| line.is_structure() && line.indent() == 0).and_then(RawLine::entry);
    let section = section.map(|section| section.key);
    let help = match (section, entry.key) {
        (_, key) if super::characters::LISTS.contains(&key) => clearing::EMPTY_LIST_OR_REMOVE,
        (Some("public"), "photo") => clearing::KEEP_PHOTO,
        (section, key) if may_be_null(section, key) => clearing::NULL_OR_REMOVE,
        _ => clearing::REQUIRED,
    };
    let span = entry.value.start..entry.value.start + 1;
    Some(YamlError::new(span, "this value is a word for nothing", help))
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
    let what = format!("close it: write {quote} at the end of the text");
    let help = line.advice(&what, key, &format!("{quote}{inside}{quote}"));
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
    let sign = rest.split(" #").next().unwrap_or_default().trim_end();
    if sign == "," || sign == ";" {
        let sign = if sign == "," { "comma" } else { "semicolon" };
        let message = format!("there is a {sign} behind the closing quote");
        let help = match key.and_then(|key| without_quotes_of_json(key, value.text.get(..end)?)) {
            Some((key, word)) => line.advice(&format!("remove the {sign} and the quotes"), Some(key), word),
            None => line.advice("remove it", key, value.text.get(..end)?),
        };
        return Some(YamlError::new(span, message, help));
    }
    let message = "there is text behind the closing quote";
    if let Some(help) = number_advice(line, key, whole) {
        return Some(YamlError::new(span, message, help));
    }
    let doubled = whole.strip_prefix("\"\"").and_then(|inside| inside.strip_suffix("\"\""));
    if let Some(inside) = doubled.filter(|inside| !inside.contains('"')) {
        let help = line.advice("write one quote at each end", key, &quoted(inside));
        return Some(YamlError::new(span, "the quotes of this value are doubled", help));
    }
    // In a spreadsheet a quote inside a text is doubled.
    if whole.starts_with("\"\"\"") {
        let cell = whole.get(1..)?;
        let quotes = cell.len() - cell.trim_end_matches('"').len();
        let text = cell.get(..cell.len() - quotes % 2)?.replace("\"\"", "\"");
        let help = line.advice("put the text in single quotes, without doubled ones", key, &quoted(&text));
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
        None => {
            let help = line.quoting_advice("put the whole text in quotes of the other kind", key, whole);
            return Some(YamlError::new(span, message, help));
        }
    };
    Some(YamlError::new(span, message, line.advice(what, key, &text)))
}

/// The path of a photo as Windows writes it, in quotes in which a backslash has another meaning.
pub(super) fn backslash_in_path(lines: &RawLines<'_>, index: usize) -> Option<YamlError> {
    let line = structure(lines, index)?;
    let entry = line.entry().filter(|entry| entry.key == "photo")?;
    let path = entry.value.text.strip_prefix('"')?.strip_suffix('"').filter(|path| path.contains('\\'))?;
    let span = entry.value.start..line.end();
    if Photo::is_on_a_computer(path) {
        return Some(YamlError::new(span, Photo::ON_A_COMPUTER, Photo::INTO_THE_REPOSITORY));
    }
    if path.contains([':', '"']) {
        return None;
    }
    let help = line.advice("write it with forward slashes", Some("photo"), &path.replace('\\', "/"));
    Some(YamlError::new(span, "this path has backslashes", help))
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
        let help = line.advice("write the word alone", Some(key), word);
        return Some(YamlError::new(value.start..value.start + 1, format!("a text cannot begin with {sign}"), help));
    }
    // A line that is neither an entry nor an item has no value.
    (key.is_some() || line.is_item()).then(|| needs_quotes(line, key, &value, &sign))
}

fn needs_quotes(line: &RawLine<'_>, key: Option<&str>, value: &LineValue<'_>, sign: &str) -> YamlError {
    let text = value.without_comment();
    let help = line.quoting_advice("put it in quotes", key, text);
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
    if let Some(address) = address_without_space(entry.key, text) {
        let help = line.advice("remove the space behind it", Some(entry.key), &address);
        return Some(YamlError::new(span, "there is a space behind the colon of this address", help));
    }
    if let Some(map) = as_braces(text).filter(|_| !LONG_TEXTS.contains(&entry.key) && entry.key != "position") {
        let help = line.advice("put keys and values in braces", Some(entry.key), &map);
        return Some(YamlError::new(span, message, help));
    }
    if let Some(error) = two_keys(line, text, entry.value.start).filter(|_| !LONG_TEXTS.contains(&entry.key)) {
        return Some(error);
    }
    if entry.key == "position" && Language::parse(text.get(..colon)?).is_ok() {
        let inside = text.trim_end_matches(['}', ',']).trim_end();
        let what = "put texts in several languages in braces: { in front of the first language, and } at the end";
        let help = line.advice(what, Some(entry.key), &format!("{{{inside}}}"));
        return Some(YamlError::new(span, message, help));
    }
    if has_more_text(lines, index) {
        return Some(YamlError::new(span, message, as_block(line, entry.key)));
    }
    let help = line.quoting_advice("put the value in quotes", Some(entry.key), text);
    Some(YamlError::new(span, message, help))
}
