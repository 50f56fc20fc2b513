//! Characters of a file that a terminal would act on, or that a reader cannot see.

/// The visible replacement of a control character; none where the character needs none.
pub(super) fn visible(c: char) -> Option<char> {
    match c {
        '\n' | '\r' | '\t' => None,
        '\u{7f}' => Some('\u{2421}'),
        c if u32::from(c) < 0x20 => char::from_u32(0x2400 + u32::from(c)),
        c if c.is_control() || is_bidi_control(c) => Some('\u{fffd}'),
        _ => None,
    }
}

/// A sentence that may hold words of a file, as it may be printed anywhere: nothing that a terminal would act on, and not
/// without end.
#[must_use]
pub(crate) fn printable(text: &str) -> String {
    let shown = |c: char| if c.is_control() { visible(c).unwrap_or(' ') } else { visible(c).unwrap_or(c) };
    let mut printed: String = text.chars().take(LONGEST).map(shown).collect();
    if text.chars().nth(LONGEST).is_some() {
        printed.push('…');
    }
    printed
}

/// The most characters of a sentence.
const LONGEST: usize = 400;

/// Characters that reorder the text around them, or are invisible, and that are never typed on purpose: each is a
/// warning. A soft hyphen and the (non-)joiners U+200C and U+200D are not among them, since Persian, Urdu and emoji are
/// written with them. An output writes these as escapes too (`report/text.rs`): there a reader must see what changed.
pub(super) const fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        | '\u{180e}' | '\u{2028}' | '\u{2029}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// A character that looks like a space or is invisible, and that YAML does not read as a space.
pub(super) fn is_odd_space(c: char) -> bool {
    (c.is_whitespace() && !c.is_ascii_whitespace()) || is_bidi_control(c)
}
