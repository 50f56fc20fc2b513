//! Texts that are looked for in a text, all at once.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

/// Texts that are looked for. At each place of a text a look-up of the next bytes finds those that may begin there. An automaton
/// would need no look-ups, and holds a state for almost every byte of every value.
#[derive(Debug, Default)]
pub(super) struct Patterns {
    /// The patterns that are shorter than [`HEAD`].
    short: HashSet<Box<str>>,
    /// All others, sorted.
    long: Vec<Box<str>>,
    /// Where the patterns with these first bytes are in `long`.
    heads: HashMap<[u8; HEAD], Range<usize>>,
}

/// In bytes.
const HEAD: usize = 5;

impl Patterns {
    /// The ranges of a text, in bytes, that are one of the patterns, also where they overlap.
    pub(super) fn find<'a>(&'a self, text: &'a str) -> impl Iterator<Item = Range<usize>> + 'a {
        let places = text.char_indices().filter_map(|(start, _)| Some((start, text.get(start..)?)));
        places.flat_map(|(start, rest)| self.beginnings(rest).map(move |length| start..start + length))
    }

    /// The lengths of the patterns with which a text begins.
    fn beginnings<'a>(&'a self, text: &'a str) -> impl Iterator<Item = usize> + 'a {
        let lengths = if self.short.is_empty() { 1..1 } else { 1..HEAD };
        let short = lengths.filter(|length| text.get(..*length).is_some_and(|part| self.short.contains(part)));
        let same_head = text.as_bytes().first_chunk().and_then(|head| self.heads.get(head));
        let long = same_head.and_then(|range| self.long.get(range.clone())).unwrap_or_default();
        short.chain(prefixes(long, text.as_bytes()))
    }
}

/// The lengths of those of sorted patterns with which a text begins. Many may have the same first bytes, such as the phone numbers
/// of one country, so that each step is a binary search: the last pattern that is not behind the text either begins it, or has in
/// common with it all that an earlier one can have.
fn prefixes<'a>(patterns: &'a [Box<str>], text: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    let (mut left, mut text) = (patterns, text);
    std::iter::from_fn(move || {
        loop {
            let end = left.partition_point(|pattern| pattern.as_bytes() <= text);
            let (last, before) = left.get(..end)?.split_last()?;
            let common = last.bytes().zip(text).take_while(|(one, other)| one == *other).count();
            (left, text) = (before, text.get(..common)?);
            if common == last.len() {
                return Some(common);
            }
        }
    })
}

impl FromIterator<String> for Patterns {
    fn from_iter<I: IntoIterator<Item = String>>(patterns: I) -> Self {
        let patterns = patterns.into_iter().filter(|pattern| !pattern.is_empty()).map(String::into_boxed_str);
        let (short, mut long): (Vec<Box<str>>, Vec<Box<str>>) = patterns.partition(|pattern| pattern.len() < HEAD);
        long.sort_unstable();
        long.dedup();
        let mut heads: HashMap<[u8; HEAD], Range<usize>> = HashMap::new();
        for (at, pattern) in long.iter().enumerate() {
            if let Some(head) = pattern.as_bytes().first_chunk() {
                heads.entry(*head).or_insert(at..at).end = at + 1;
            }
        }
        Self { short: short.into_iter().collect(), long, heads }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// The patterns and the text have few letters, so that patterns contain, overlap and repeat each other.
        #[test]
        fn every_occurrence_of_every_pattern_is_found(
            patterns in proptest::collection::vec("[abé]{0,9}", 0..30),
            text in "[abé]{0,60}",
        ) {
            let mut want: Vec<Range<usize>> = (0..=text.len())
                .flat_map(|start| (start + 1..=text.len()).map(move |end| start..end))
                .filter(|part| text.get(part.clone()).is_some_and(|part| patterns.iter().any(|one| one == part)))
                .collect();
            let patterns: Patterns = patterns.iter().cloned().collect();
            let mut found: Vec<Range<usize>> = patterns.find(&text).collect();
            found.sort_by_key(|part| (part.start, part.end));
            want.sort_by_key(|part| (part.start, part.end));
            prop_assert_eq!(found, want);
        }
    }
}
