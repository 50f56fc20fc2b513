//! Characters that look like others, or like nothing.

use icu_properties::CodePointSetData;
use icu_properties::props::DefaultIgnorableCodePoint;

/// Whether nothing is seen of the character.
pub(crate) fn is_invisible(c: char) -> bool {
    let ignorable = CodePointSetData::new::<DefaultIgnorableCodePoint>();
    ignorable.contains(c) || (c.is_control() && !c.is_whitespace())
}

pub(crate) const fn is_typographic_quote(c: char) -> bool {
    matches!(c, '\u{2018}'..='\u{201f}' | '«' | '»' | '\u{ff02}')
}

/// The dash of the keyboard has many longer relatives.
pub(crate) const fn is_typographic_dash(c: char) -> bool {
    matches!(c, '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe63}' | '\u{ff0d}')
}

/// A digit of Arabic, Persian or full-width writing as one of 0 to 9.
pub(crate) fn digit(c: char) -> Option<char> {
    let zero = [0x0660, 0x06f0, 0xff10].into_iter().find(|zero| (*zero..zero + 10).contains(&u32::from(c)))?;
    char::from_digit(u32::from(c) - zero, 10)
}

/// A text with the digits and the dashes of the keyboard, and without what cannot be seen.
pub(crate) fn typed(text: &str) -> String {
    let plain = |c: char| match c {
        c if is_typographic_dash(c) => '-',
        c => digit(c).unwrap_or(c),
    };
    text.chars().filter(|c| !is_invisible(*c)).map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_typed_with_the_characters_of_the_keyboard() {
        assert_eq!(typed("٢٠٢٨–٠٣–٣١"), "2028-03-31");
        assert_eq!(typed("２０２８\u{200f}-۰۳-31"), "2028-03-31");
        assert_eq!(typed("Sara"), "Sara");
    }
}
