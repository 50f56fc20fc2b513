//! The escapes that a text may be wrapped in, taken off one layer at a time. Each decoding makes a text with such an
//! escape shorter, in characters, so that taking off layers ends.

use html_escape::decode_html_entities;
use percent_encoding::percent_decode_str;

/// One kind of escape.
pub(super) struct EscapeKind {
    /// What each escape of the kind begins with.
    pub(super) sign: char,
    /// The escape at the beginning of a text: its characters, and its length.
    pub(super) escape: fn(&str) -> Option<(String, usize)>,
}

/// The decodings that a reader, a page or a terminal may do.
pub(super) const LAYERS: [EscapeKind; 3] = [
    EscapeKind { sign: '%', escape: percent },
    EscapeKind { sign: '\\', escape: backslash },
    EscapeKind { sign: '&', escape: entity },
];

/// Bytes as text: UTF-8, and each byte that is not as the character of its number, which is Latin-1.
pub(crate) fn lenient_text(bytes: &[u8]) -> String {
    let chunks = bytes.utf8_chunks();
    chunks.flat_map(|chunk| chunk.valid().chars().chain(chunk.invalid().iter().map(|byte| char::from(*byte)))).collect()
}

/// Of URLs: `%40`, and all that follow, since one character may take several.
fn percent(text: &str) -> Option<(String, usize)> {
    let is_escape =
        |triple: &&[u8]| matches!(triple, [b'%', high, low] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit());
    let length = 3 * text.as_bytes().chunks(3).take_while(is_escape).count();
    let bytes: Vec<u8> = percent_decode_str(text.get(..length)?).collect();
    (length > 0).then(|| (lenient_text(&bytes), length))
}

/// Of HTML: `&commat;`, `&#64;` and `&#x40;`; a browser also reads a number without its semicolon.
fn entity(text: &str) -> Option<(String, usize)> {
    let name = text.get(1..)?;
    let is_number = name.starts_with('#');
    let end = name.find(|char: char| !char.is_ascii_alphanumeric() && char != '#').unwrap_or(name.len());
    let digits = name
        .strip_prefix('#')
        .map(|digits| digits.strip_prefix(['x', 'X']).map_or((10, digits), |digits| (16, digits)));
    let end = digits.map_or(end, |(base, digits)| {
        name.len() - digits.len() + digits.find(|char: char| !char.is_digit(base)).unwrap_or(digits.len())
    });
    let ends = name.get(end..)?.starts_with(';');
    let entity = format!("&{};", name.get(..end)?);
    let decoded = decode_html_entities(&entity);
    let length = 1 + end + usize::from(ends);
    (decoded != entity && (ends || is_number)).then(|| (decoded.into_owned(), length))
}

/// Of JSON and of programs: `\u0040`, `\x40`, `\/`, `\"`, `\n`.
fn backslash(text: &str) -> Option<(String, usize)> {
    let mut chars = text.chars();
    let (decoded, rest) = match (chars.next()?, chars.next()?) {
        (_, same @ ('"' | '\'' | '\\' | '/')) => (same, chars.as_str()),
        (_, 'n') => ('\n', chars.as_str()),
        (_, 'r') => ('\r', chars.as_str()),
        (_, 't') => ('\t', chars.as_str()),
        (_, 'b') => ('\u{8}', chars.as_str()),
        (_, 'f') => ('\u{c}', chars.as_str()),
        (_, 'x') => number(chars.as_str(), 2).and_then(|(number, rest)| Some((char::from_u32(number)?, rest)))?,
        (_, 'u') => code_point(chars.as_str())?,
        _ => return None,
    };
    Some((decoded.to_string(), text.len() - rest.len()))
}

/// `0040`, `d83d\ude00` or `{1f600}`.
fn code_point(text: &str) -> Option<(char, &str)> {
    if let Some((digits, rest)) = text.strip_prefix('{').and_then(|text| text.split_once('}')) {
        return Some((char::from_u32(u32::from_str_radix(digits, 16).ok()?)?, rest));
    }
    let (first, rest) = number(text, 4)?;
    if let Some(char) = char::from_u32(first) {
        return Some((char, rest));
    }
    // Half of a character that takes two units; alone it stands for none.
    let second = rest.strip_prefix("\\u").and_then(|rest| number(rest, 4));
    let pair = second.map(|(second, rest)| ([first, second].map(u16::try_from), rest));
    if let Some(([Ok(first), Ok(second)], rest)) = pair
        && let Some(Ok(char)) = char::decode_utf16([first, second]).next()
    {
        return Some((char, rest));
    }
    Some((char::REPLACEMENT_CHARACTER, rest))
}

fn number(text: &str, digits: usize) -> Option<(u32, &str)> {
    let (number, rest) = text.split_at_checked(digits)?;
    let plain = number.bytes().all(|byte| byte.is_ascii_hexdigit());
    Some((u32::from_str_radix(number, 16).ok().filter(|_| plain)?, rest))
}

#[cfg(test)]
mod tests {
    use super::super::text::DecodedText;
    use super::*;

    #[test]
    fn each_layer_takes_its_own_escapes_off() {
        let [percent, backslash, entity] = LAYERS;
        let table = [
            (&percent, "a%40b%2540c %zz %", "a@b%40c %zz %"),
            (&percent, "Jos%E9 Jos%C3%A9%41", "José JoséA"),
            (&entity, "&commat;&#64;&#x40;&#X40;&#0064;&#64 &#x40g &amp;#64;", "@@@@@@ @g &#64;"),
            (&entity, "&unknown; &# &#x & &amp &#1234567890; &", "&unknown; &# &#x & &amp &#1234567890; &"),
            (&backslash, r"a\u0040b\x40c", "a@b@c"),
            (&backslash, r"\ud83d\ude00\u{1f600}", "😀😀"),
            (&backslash, r"\ud83d \ude00", "\u{fffd} \u{fffd}"),
            (&backslash, r"\ud83dx", "\u{fffd}x"),
            (&backslash, r#"\/\"\'\\"#, r#"/"'\"#),
            (&backslash, r"a\nb\tc", "a\nb\tc"),
            (&backslash, r"\\u0040", r"\u0040"),
            (&backslash, r"\q \u12 \u+123 \x", r"\q \u12 \u+123 \x"),
            (&backslash, "\\", "\\"),
            (&backslash, r"\u00e9é", "éé"),
        ];
        for (layer, text, want) in table {
            let text = DecodedText::of(text);
            let decoded = text.without(layer);
            assert_eq!(decoded.as_ref().unwrap_or(&text).text, want, "{}", text.text);
        }
    }

    #[test]
    fn bytes_that_are_not_utf_8_are_latin_1() {
        assert_eq!(lenient_text(b"Jos\xe9 Jos\xc3\xa9"), "José José");
    }
}
