//! Private values, prepared to be found in a text.

use std::collections::{BTreeSet, HashSet};
use std::ops::Range;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use super::normal::{NormalizedText, normal};
use super::text::DecodedText;
use super::{MOST_LAYERS, decode, shapes};

/// Private values that must not be printed.
#[derive(Debug, Default)]
pub struct PrivateValues {
    /// Values long enough to be found in any text.
    long: Option<AhoCorasick>,
    /// Values so short (a name of two letters) that inside a longer word they are only a part of that word.
    short: Option<AhoCorasick>,
    /// The last digits of numbers, that identify one in any format.
    numbers: HashSet<String>,
}

/// A value of fewer bytes is short.
const SHORT: usize = 5;

impl PrivateValues {
    /// Prepares these values, each in the spelling in which it is known.
    #[must_use]
    pub fn new<'v>(values: impl IntoIterator<Item = &'v str>) -> Self {
        let (mut forms, mut numbers) = (BTreeSet::new(), HashSet::new());
        for value in values {
            // A system may repeat one line of several.
            for part in std::iter::once(value).chain(value.lines().filter(|line| line.trim().len() >= SHORT)) {
                forms.insert(normal(part).into_bytes());
                forms.insert(normal(&decoded(part)).into_bytes());
            }
            numbers.extend(shapes::significant_digits(value));
        }
        let forms = forms.into_iter().filter(|form| form.len() > 1);
        let (short, long): (BTreeSet<Vec<u8>>, BTreeSet<Vec<u8>>) = forms.partition(|form| form.len() < SHORT);
        Self { long: finder(&long), short: finder(&short), numbers }
    }

    pub(super) fn find_long(&self, text: &NormalizedText<'_>) -> Vec<Range<usize>> {
        found(self.long.as_ref(), text).collect()
    }

    pub(super) fn find_short(&self, text: &NormalizedText<'_>) -> Vec<Range<usize>> {
        found(self.short.as_ref(), text).filter(|part| text.is_word(part)).collect()
    }

    /// Whether these digits hold a number that is private.
    pub(super) fn has_number(&self, digits: &str) -> bool {
        let last = digits.len().saturating_sub(shapes::TELLING);
        (0..=last).any(|from| digits.get(from..from + shapes::TELLING).is_some_and(|part| self.numbers.contains(part)))
    }
}

fn found(finder: Option<&AhoCorasick>, text: &NormalizedText<'_>) -> impl Iterator<Item = Range<usize>> {
    let found = finder.into_iter().flat_map(|finder| finder.find_overlapping_iter(&text.text));
    found.map(|found| text.span(&found.range()))
}

/// Finds all of these, also where they overlap.
pub(super) fn finder(patterns: &BTreeSet<Vec<u8>>) -> Option<AhoCorasick> {
    let mut builder = AhoCorasick::builder();
    // The quickest kind to build: what is searched is short.
    builder.match_kind(MatchKind::Standard).kind(Some(AhoCorasickKind::NoncontiguousNFA));
    builder.build(patterns).ok().filter(|_| !patterns.is_empty())
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
