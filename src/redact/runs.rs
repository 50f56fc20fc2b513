//! Runs of base64 in a text, of either alphabet, and what they may hold.

use std::ops::Range;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::normal::is_dropped;
use super::text::DecodedText;

/// Takes any end of a run: whether it is padded, and what its last bits are, says nothing of the bytes before.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Shorter runs hold not even a value of two letters.
const SHORTEST: usize = 3;

/// Characters of base64 in a row.
#[derive(Debug, Default)]
pub(super) struct Base64Run {
    /// In the standard alphabet.
    characters: Vec<u8>,
    /// Where the first one is, and where the last one ends.
    span: Range<usize>,
}

impl Base64Run {
    pub(super) fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// What it holds if it begins with its first character, its second, its third or its fourth: one of these is right
    /// wherever in the run an encoded text begins.
    pub(super) fn decoded(&self) -> impl Iterator<Item = Vec<u8>> {
        (0..4).filter_map(|skipped| {
            let from = self.characters.get(skipped..)?;
            // One character alone holds no byte.
            let whole = if from.len() % 4 == 1 { from.split_last()?.1 } else { from };
            LENIENT.decode(whole).ok().filter(|bytes| !bytes.is_empty())
        })
    }

    fn push(&mut self, character: u8, at: usize) {
        if self.characters.is_empty() {
            self.span.start = at;
        }
        self.characters.push(character);
        self.span.end = at + 1;
    }
}

/// The runs within words.
pub(super) fn words(text: &DecodedText) -> Vec<Base64Run> {
    runs(text, |char, _| standard(char).map_or(RunPart::End, RunPart::Character))
}

/// The runs that white space may interrupt, as it does where lines are broken. A hidden character ends a run.
pub(super) fn lines(text: &DecodedText) -> Vec<Base64Run> {
    runs(text, |char, is_hidden| match standard(char) {
        Some(character) if !is_hidden => RunPart::Character(character),
        None if is_dropped(char) => RunPart::Between,
        _ => RunPart::End,
    })
}

/// As [`lines`], where a form has written each space as a plus.
pub(super) fn forms(text: &DecodedText) -> Vec<Base64Run> {
    if !text.text.contains('+') {
        return Vec::new();
    }
    runs(text, |char, is_hidden| match standard(char) {
        Some(character) if !is_hidden && char != '+' => RunPart::Character(character),
        Some(_) | None if is_dropped(char) => RunPart::Between,
        _ => RunPart::End,
    })
}

/// What a character is to a run.
enum RunPart {
    Character(u8),
    Between,
    End,
}

fn runs(text: &DecodedText, part: impl Fn(char, bool) -> RunPart) -> Vec<Base64Run> {
    let (mut found, mut run) = (Vec::new(), Base64Run::default());
    for (at, char) in text.text.char_indices() {
        match part(char, text.hides(at..at + 1)) {
            RunPart::Character(character) => run.push(character, at),
            RunPart::Between => {}
            RunPart::End => found.push(std::mem::take(&mut run)),
        }
    }
    found.push(run);
    found.retain(|run| run.characters.len() >= SHORTEST);
    found
}

/// A character of either alphabet in the standard one.
fn standard(char: char) -> Option<u8> {
    let byte = u8::try_from(char).ok()?;
    match byte {
        b'-' => Some(b'+'),
        b'_' => Some(b'/'),
        b'+' | b'/' => Some(byte),
        _ => byte.is_ascii_alphanumeric().then_some(byte),
    }
}

/// Whether bytes are a text that a person could read.
pub(super) fn is_text(bytes: &[u8]) -> bool {
    str::from_utf8(bytes).is_ok_and(|text| !text.chars().any(|char| char.is_control() && !char.is_whitespace()))
}

#[cfg(test)]
mod tests {
    use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};

    use super::*;

    #[test]
    fn an_encoded_text_is_found_at_every_offset() {
        let hidden = "?>~key:secret";
        for before in ["", "x", "xy", "xyz"] {
            for after in ["", "!", "!!"] {
                let whole = format!("{before}{hidden}{after}");
                for encoded in [BASE64_STANDARD.encode(&whole), BASE64_URL_SAFE_NO_PAD.encode(&whole)] {
                    for label in ["", "a", "ab", "abc"] {
                        let text = format!("({label}{encoded})");
                        let runs = words(&DecodedText::of(&text));
                        let found = runs.iter().flat_map(Base64Run::decoded);
                        let mut texts = found.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
                        assert!(texts.any(|decoded| decoded.contains(hidden)), "{text}");
                    }
                }
            }
        }
    }

    #[test]
    fn lines_may_be_broken() {
        let source = "key: dGhl\r\n LXNl\tY3Jl dA==.";
        let text = &DecodedText::of(source);
        let holds = |runs: Vec<Base64Run>| runs.iter().flat_map(Base64Run::decoded).any(|bytes| bytes == b"the-secret");
        assert!(holds(lines(text)) && !holds(words(text)));
        let last = lines(text).pop().map(|run| run.span());
        assert_eq!(last.and_then(|span| source.get(span)), Some("dGhl\r\n LXNl\tY3Jl dA"));
    }
}
