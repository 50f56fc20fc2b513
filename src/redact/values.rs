//! Private values, prepared to be found in a text.

use std::collections::HashSet;
use std::ops::Range;

use super::normal::{NormalizedText, normal};
use super::patterns::Patterns;
use super::text::DecodedText;
use super::{MOST_LAYERS, decode, shapes};

/// Private values that must not be printed.
#[derive(Debug, Default)]
pub struct PrivateValues {
    /// Values long enough to be found in any text.
    long: Patterns,
    /// Values so short (a name of two letters) that inside a longer word they are only a part of that word.
    short: Patterns,
    /// The last digits of numbers, that identify one in any format.
    numbers: HashSet<String>,
}

/// A value of fewer bytes is short.
const SHORT: usize = 5;

impl PrivateValues {
    /// Prepares these values, each in the spelling in which it is known.
    #[must_use]
    pub fn new<'v>(values: impl IntoIterator<Item = &'v str>) -> Self {
        let (mut forms, mut numbers) = (Vec::new(), HashSet::new());
        for value in values {
            // A system may repeat one line of several.
            let lines = value.lines().filter(|line| line.trim().len() >= SHORT && *line != value);
            for part in std::iter::once(value).chain(lines) {
                forms.push(normal(part));
                let decoded = decoded(part);
                if decoded != part {
                    forms.push(normal(&decoded));
                }
            }
            numbers.extend(shapes::significant_digits(value));
        }
        let forms = forms.into_iter().filter(|form| form.len() > 1);
        let (short, long): (Vec<String>, Vec<String>) = forms.partition(|form| form.len() < SHORT);
        Self { long: long.into_iter().collect(), short: short.into_iter().collect(), numbers }
    }

    pub(super) fn find_long(&self, text: &NormalizedText<'_>) -> Vec<Range<usize>> {
        text.find(&self.long).collect()
    }

    pub(super) fn find_short(&self, text: &NormalizedText<'_>) -> Vec<Range<usize>> {
        text.find(&self.short).filter(|part| text.is_word(part)).collect()
    }

    /// Whether these digits hold a number that is private.
    pub(super) fn has_number(&self, digits: &str) -> bool {
        let last = digits.len().saturating_sub(shapes::TELLING);
        (0..=last).any(|from| digits.get(from..from + shapes::TELLING).is_some_and(|part| self.numbers.contains(part)))
    }
}

/// A value as it reads in a text that was decoded to its end, though the value itself was never encoded.
pub(super) fn decoded(value: &str) -> String {
    let mut text = DecodedText::of(value);
    for _ in 0..MOST_LAYERS {
        let before = text.text.len();
        for layer in &decode::LAYERS {
            text = text.without(layer).unwrap_or(text);
        }
        if text.text.len() == before {
            break;
        }
    }
    text.text
}
