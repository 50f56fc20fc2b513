//! Texts that are looked for in a text, all at once.

use std::cmp::Ordering;
use std::ops::Range;

/// Texts that are looked for, sorted, so that a binary search finds those that begin at a place of a text. An automaton would
/// search a long text faster, and takes ten times the memory for the values of 10,000 people. The texts here are short.
#[derive(Debug, Default)]
pub(super) struct Patterns(Vec<Box<str>>);

/// In bytes. A pattern that is shorter is looked for as a whole, and a longer one by its first bytes.
const HEAD: usize = 5;

impl Patterns {
    /// The ranges of a text, in bytes, that are one of the patterns, also where they overlap.
    pub(super) fn find<'a>(&'a self, text: &'a str) -> impl Iterator<Item = Range<usize>> + 'a {
        let places = text.char_indices().filter_map(|(start, _)| Some((start, text.get(start..)?)));
        places.flat_map(|(start, rest)| self.beginnings(rest).map(move |length| start..start + length))
    }

    /// The lengths of the patterns with which a text begins.
    fn beginnings<'a>(&'a self, text: &'a str) -> impl Iterator<Item = usize> + 'a {
        let bytes = text.as_bytes();
        let is_pattern = |part: &&[u8]| self.0.binary_search_by(|pattern| pattern.as_bytes().cmp(part)).is_ok();
        let short = (1..HEAD).filter_map(|length| bytes.get(..length)).filter(is_pattern).map(<[u8]>::len);
        let with_head = bytes.get(..HEAD).map_or(&[][..], |head| {
            let before = |pattern: &Box<str>| order_by_head(pattern, head).is_lt();
            let up_to = |pattern: &Box<str>| order_by_head(pattern, head).is_le();
            let (from, to) = (self.0.partition_point(before), self.0.partition_point(up_to));
            self.0.get(from..to).unwrap_or_default()
        });
        short.chain(with_head.iter().filter(|pattern| text.starts_with(&***pattern)).map(|pattern| pattern.len()))
    }
}

/// How a pattern is sorted to the texts that begin with `head`.
fn order_by_head(pattern: &str, head: &[u8]) -> Ordering {
    let bytes = pattern.as_bytes();
    bytes.get(..HEAD).unwrap_or(bytes).cmp(head)
}

impl FromIterator<String> for Patterns {
    fn from_iter<I: IntoIterator<Item = String>>(patterns: I) -> Self {
        let patterns = patterns.into_iter().filter(|pattern| !pattern.is_empty()).map(String::into_boxed_str);
        let mut patterns: Vec<Box<str>> = patterns.collect();
        patterns.sort_unstable();
        patterns.dedup();
        Self(patterns)
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
