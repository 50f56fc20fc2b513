//! A text in a form in which its spellings agree: without case, marks, white space and invisible characters.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use super::patterns::Patterns;

/// A text in that form, and where each part of it is in the text.
#[derive(Debug, Default)]
pub(super) struct NormalizedText<'t> {
    source: &'t str,
    pub(super) text: String,
    /// For each byte of `text` the byte of `source` at which its character begins.
    starts: Vec<usize>,
}

impl<'t> NormalizedText<'t> {
    pub(super) fn of(source: &'t str) -> Self {
        let mut normal = Self { source, text: String::with_capacity(source.len()), starts: Vec::new() };
        for (start, char) in source.char_indices() {
            folded(char, |char| normal.text.push(char));
            normal.starts.resize(normal.text.len(), start);
        }
        normal
    }

    /// The parts of the source that are one of these.
    pub(super) fn find<'a>(&'a self, patterns: &'a Patterns) -> impl Iterator<Item = Range<usize>> + 'a {
        patterns.find(&self.text).map(|found| self.span(&found))
    }

    /// The part of the source that became these bytes.
    fn span(&self, part: &Range<usize>) -> Range<usize> {
        let end = self.source.len();
        let start = self.starts.get(part.start).copied().unwrap_or(end);
        let last = part.end.checked_sub(1).and_then(|last| self.starts.get(last)).copied().unwrap_or(end);
        let last_char = self.source.get(last..).and_then(|rest| rest.chars().next());
        start..last + last_char.map_or(0, char::len_utf8)
    }

    /// Whether a part of the source is not a part of a longer word.
    pub(super) fn is_word(&self, span: &Range<usize>) -> bool {
        let before = self.source.get(..span.start).and_then(|before| before.chars().next_back());
        let after = self.source.get(span.end..).and_then(|after| after.chars().next());
        ![before, after].into_iter().flatten().any(char::is_alphanumeric)
    }
}

/// A text in that form alone.
pub(super) fn normal(text: &str) -> String {
    let mut normal = String::with_capacity(text.len());
    text.chars().for_each(|char| folded(char, |char| normal.push(char)));
    normal
}

/// Gives each character that a character becomes.
pub(super) fn folded(char: char, mut give: impl FnMut(char)) {
    if char.is_ascii() {
        if !is_dropped(char) {
            give(char.to_ascii_lowercase());
        }
        return;
    }
    let letters = std::iter::once(char).nfkd().flat_map(char::to_uppercase).flat_map(char::to_lowercase);
    letters.map(digit).filter(|char| !is_dropped(*char) && !is_combining_mark(*char)).for_each(give);
}

/// Arabic digits as the ones that both systems write.
const fn digit(char: char) -> char {
    let from_zero = match char {
        '\u{660}'..='\u{669}' => char as u32 - 0x660,
        '\u{6f0}'..='\u{6f9}' => char as u32 - 0x6f0,
        _ => return char,
    };
    match char::from_digit(from_zero, 10) {
        Some(digit) => digit,
        None => char,
    }
}

/// White space, also as forms write it, and what nobody sees.
pub(super) fn is_dropped(char: char) -> bool {
    char.is_whitespace()
        || char.is_control()
        || char == '+'
        || matches!(
            char,
            '\u{ad}'
                | '\u{61c}'
                | '\u{115f}'..='\u{1160}'
                | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{2800}'
                | '\u{3164}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_agree() {
        let table = [
            ("Sara.K@Example.ae", "sara.k@example.ae"),
            ("ｓａｒａ＠ｘ", "sara@x"),
            ("two\n  pets\u{a0}\u{200b}!", "twopets!"),
            ("zyx+pets", "zyxpets"),
            ("JOSÉ Jose\u{301}", "josejose"),
            ("Straße STRASSE", "strassestrasse"),
            ("İı", "ii"),
            ("ΣΑΣ σας", "σασσασ"),
            ("٠٥٠ ۱۲۳", "050123"),
            ("سارَة", "سارة"),
        ];
        for (text, want) in table {
            assert_eq!(normal(text), want, "{text}");
        }
    }

    #[test]
    fn a_match_is_found_again_in_the_text() {
        let text = "x ß É\n y";
        let normal = NormalizedText::of(text);
        assert_eq!(normal.text, "xssey");
        assert_eq!(text.get(normal.span(&(1..4))), Some("ß É"));
        assert_eq!(text.get(normal.span(&(2..3))), Some("ß"), "a part of a character is all of it");
        assert!(normal.is_word(&(2..4)) && !NormalizedText::of("al").is_word(&(0..1)));
    }
}
