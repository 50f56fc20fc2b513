//! Text that can neither break a line nor reorder it.

use std::fmt::Write as _;

/// A text on one line: controls, line ends, bidirectional marks and invisible characters are written as escapes. Doing
/// it twice changes nothing.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            char if char.is_control() || hides(char) => {
                let _ = write!(out, "\\u{{{:x}}}", u32::from(char));
            }
            char => out.push(char),
        }
    }
    out
}

/// Marks that change the direction of what follows, and other characters that can hide in a text. More than what
/// `validate` warns of (`declare/control_characters.rs`): also those that some languages are written with, since a reviewer must
/// see that two texts differ.
fn hides(char: char) -> bool {
    matches!(
        char,
        '\u{00ad}'
            | '\u{061c}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

/// A server's words on one line: escaped, cut at 300 characters.
#[must_use]
pub(crate) fn quoted_words(said: &str) -> String {
    const LONGEST: usize = 300;
    let safe = escaped(said);
    if safe.chars().count() <= LONGEST { safe } else { safe.chars().take(LONGEST - 1).chain(['…']).collect() }
}
