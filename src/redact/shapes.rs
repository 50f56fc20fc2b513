//! What looks like a phone number or an e-mail address, however it is written.

use std::ops::Range;

use super::normal::{folded, is_dropped};

/// So many digits identify a number, and so many last digits a phone number with any prefix.
pub(super) const TELLING: usize = 7;

/// Whether these are enough digits for a private number.
pub(super) const fn is_long(digits: &str) -> bool {
    digits.len() >= TELLING
}

/// Finds the numbers of a text whose digits are to be hidden. Digits of one number may be written apart.
pub(super) fn numbers(text: &str, hides: impl Fn(&str) -> bool) -> Vec<Range<usize>> {
    let (mut found, mut digits, mut span) = (Vec::new(), String::new(), 0..0);
    for (at, char) in text.char_indices().chain([(text.len(), 'x')]) {
        let before = digits.len();
        folded(char, |char| digits.extend(char.is_ascii_digit().then_some(char)));
        if digits.len() > before {
            span.end = at + char.len_utf8();
        } else if digits.is_empty() {
            // A number begins with its first digit, or with the plus before it.
            span.start = if char == '+' { at } else { at + char.len_utf8() };
        } else if !separates(char) {
            if hides(&digits) {
                found.push(span.clone());
            }
            digits.clear();
            span.start = at + char.len_utf8();
        }
    }
    found
}

/// What may be written between the digits of a number.
fn separates(char: char) -> bool {
    is_dropped(char)
        || matches!(
            char,
            '.' | '(' | ')' | '[' | ']' | '-' | '/' | '_' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{b7}'
        )
}

/// Finds e-mail addresses, also with blanks around their sign.
pub(super) fn addresses(text: &str) -> Vec<Range<usize>> {
    let signs = text.char_indices().filter(|(_, char)| is_at_sign(*char));
    signs.filter_map(|(at, sign)| address(text.get(..at)?, text.get(at + sign.len_utf8()..)?, text.len())).collect()
}

/// The address around a sign, in a text of this length.
fn address(before: &str, after: &str, length: usize) -> Option<Range<usize>> {
    let name = before.trim_end_matches(is_dropped).rsplit(delimits).next()?;
    let host = after.trim_start_matches(is_dropped);
    let start = before.trim_end_matches(is_dropped).len() - name.len();
    let end = length - host.len() + host.find(delimits).unwrap_or(host.len());
    let is_address = !name.is_empty() && !host.is_empty() && !host.starts_with(delimits);
    is_address.then_some(start..end)
}

fn is_at_sign(char: char) -> bool {
    let mut is = false;
    folded(char, |char| is |= char == '@');
    is
}

/// What ends an address in a sentence, a URL or JSON.
fn delimits(char: char) -> bool {
    char != '+' && is_dropped(char) || "\"'<>()[]{},;:=&?/|•".contains(char)
}

/// The digits that identify a value, if it is a number and nothing else.
pub(super) fn significant_digits(value: &str) -> Option<String> {
    let mut digits = String::new();
    for char in value.chars() {
        let before = digits.len();
        folded(char, |char| digits.extend(char.is_ascii_digit().then_some(char)));
        if digits.len() == before && !separates(char) {
            return None;
        }
    }
    digits.get(digits.len().checked_sub(TELLING)?..).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::super::text::DecodedText;
    use super::*;

    fn redacted(text: &str, parts: Vec<Range<usize>>) -> String {
        let mut text = DecodedText::of(text);
        for part in parts {
            text.hide(part);
        }
        text.redacted()
    }

    #[test]
    fn seven_digits_are_a_number_however_they_are_written() {
        let table = [
            ("call +971 50 123-45 67.", "call •••."),
            ("call (050) 1234567 now", "call (••• now"),
            ("[04] 300.11.22", "[•••"),
            ("٠٥٠ ۱۲۳٤٥٦٧ and ０５０１２３４", "••• and •••"),
            ("050\u{2011}123\u{a0}\u{200b}45\u{2013}67", "•••"),
            ("404 of 123456", "404 of 123456"),
            ("422: 1, 2, 3, 4567890", "422: 1, 2, 3, •••"),
        ];
        for (text, want) in table {
            assert_eq!(redacted(text, numbers(text, is_long)), want, "{text}");
        }
    }

    #[test]
    fn an_address_with_blanks_is_recognized() {
        let table = [
            ("mail=sara.k+x@login.example, taken", "mail=•••, taken"),
            ("<sara@login>", "<•••>"),
            ("sara @ login.example is", "••• is"),
            ("sara＠login.example", "•••"),
            ("سارة@مثال.امارات", "•••"),
            ("@ alone, or alone @", "@ alone, or alone @"),
            ("{\"a\":\"b@c\"}", "{\"a\":\"•••\"}"),
        ];
        for (text, want) in table {
            assert_eq!(redacted(text, addresses(text)), want, "{text}");
        }
    }
}
