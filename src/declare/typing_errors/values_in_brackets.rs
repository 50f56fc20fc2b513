//! Values between brackets that begin with a sign of YAML.

use super::super::yaml_tree::YamlError;
use super::brackets::{bracketed, end_of_text};
use super::raw_lines::{LONGEST_VALUE, RawLine, RawLines, quoted, quotes_in_words};

/// A text between brackets, without quotes, that begins with a sign of YAML.
pub(super) fn first_character(lines: &RawLines<'_>, index: usize) -> Option<YamlError> {
    let (line, key, value) = bracketed(lines, index)?;
    let text = value.without_comment();
    let at = sign_of_a_value(text)?;
    let (before, rest) = text.split_at_checked(at)?;
    let (written, behind) = rest.split_at_checked(end_of_text(rest))?;
    let sign = written.chars().next()?;
    let span = value.start + at..value.start + at + written.len();
    let whole = |text: &str| format!("{before}{text}{behind}");
    // Between brackets there are no texts of several lines, so its sign has no purpose.
    if matches!(sign, '|' | '>') {
        let message = format!("a text between brackets has no {sign} in front of it");
        let inside = written.get(1..)?.trim();
        if inside.starts_with(['"', '\'']) {
            let help = line.advice(&format!("remove the {sign}"), key, &whole(inside));
            return Some(YamlError::new(span, message, help));
        }
        let whole = whole(&quoted(inside));
        let what = format!("remove the {sign}, and {}", quotes_of(line, inside, &whole));
        return Some(YamlError::new(span, message, line.advice(&what, key, &whole)));
    }
    let whole = whole(&quoted(written));
    let help = line.advice(&quotes_of(line, written, &whole), key, &whole);
    Some(YamlError::new(span, format!("a text cannot begin with `{sign}`"), help))
}

/// How to put a text in quotes: in words where the whole value is too long to be shown.
fn quotes_of(line: &RawLine<'_>, text: &str, whole: &str) -> String {
    let is_in_words = line.visible && whole.chars().count() > LONGEST_VALUE;
    if is_in_words { quotes_in_words(text) } else { "put the text in quotes".to_owned() }
}

/// The first byte of a value that begins with a sign of YAML.
fn sign_of_a_value(text: &str) -> Option<usize> {
    let is_list = text.starts_with('[');
    let (mut quote, mut before) = (None, ' ');
    for (at, c) in text.char_indices() {
        let begins = matches!(before, '[' | '{' | ',' | ':') && !c.is_whitespace();
        let is_value = begins && if is_list { before != ':' } else { before == ':' && text.get(..at)?.ends_with(' ') };
        match quote {
            Some(open) => quote = quote.filter(|_| open != c),
            None if begins && matches!(c, '"' | '\'') => quote = Some(c),
            None if is_value && is_sign(c, text.get(at + c.len_utf8()..)?) => return Some(at),
            None => {}
        }
        if !c.is_whitespace() {
            before = c;
        }
    }
    None
}

fn is_sign(c: char, behind: &str) -> bool {
    matches!(c, '&' | '*' | '!' | '@' | '%' | '`' | '|' | '>') || (matches!(c, '-' | '?') && behind.starts_with(' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_counts_only_where_a_value_begins() {
        for text in ["{en: & x}", "{en: *x, ar: y}", "[en, @x]", "{en: a, ar: - x}", "{en: \"a\", ar: & x}"] {
            assert!(sign_of_a_value(text).is_some(), "{text}");
        }
        for text in ["{en: a & b}", "{en: \"& b\"}", "{en: -x}", "[en, ar]", "{en: a, & b: c}", "{en: '*', ar: b*}"] {
            assert_eq!(sign_of_a_value(text), None, "{text}");
        }
    }
}
