//! A text that is searched layer by layer, and which parts of it must be hidden.

use std::ops::Range;

use super::decode::EscapeKind;
use crate::model::agent::value::MASK;

/// A text, and for each byte whether it must be hidden. Nothing is taken out before the last layer is off: a part that is
/// hidden in one layer may be the middle of what is found whole in the next.
#[derive(Debug)]
pub(super) struct DecodedText {
    pub(super) text: String,
    hidden: Vec<bool>,
}

impl DecodedText {
    pub(super) fn of(text: &str) -> Self {
        Self { text: text.to_owned(), hidden: vec![false; text.len()] }
    }

    pub(super) fn hide(&mut self, part: Range<usize>) {
        self.hidden.get_mut(part).into_iter().flatten().for_each(|hidden| *hidden = true);
    }

    pub(super) fn hides(&self, part: Range<usize>) -> bool {
        self.hidden.get(part).is_some_and(|part| part.contains(&true))
    }

    pub(super) fn hides_any(&self) -> bool {
        self.hidden.contains(&true)
    }

    /// The text without a layer of escapes, if it has any. The character of an escape is hidden where a part of the escape
    /// is hidden.
    pub(super) fn without(&self, layer: &EscapeKind) -> Option<Self> {
        let mut inner = Self { text: String::with_capacity(self.text.len()), hidden: Vec::new() };
        let mut from = 0;
        for (at, _) in self.text.match_indices(layer.sign) {
            let Some((decoded, length)) = self.text.get(at.max(from)..).filter(|_| at >= from).and_then(layer.escape)
            else {
                continue;
            };
            inner.copy(self, from..at);
            inner.text.push_str(&decoded);
            inner.hidden.resize(inner.text.len(), self.hides(at..at + length));
            from = at + length;
        }
        if from == 0 {
            return None;
        }
        inner.copy(self, from..self.text.len());
        Some(inner)
    }

    fn copy(&mut self, from: &Self, part: Range<usize>) {
        self.text.push_str(from.text.get(part.clone()).unwrap_or_default());
        self.hidden.extend(from.hidden.get(part).into_iter().flatten());
    }

    /// The text with [`MASK`] in the place of each part that is hidden.
    pub(super) fn redacted(&self) -> String {
        let mut out = String::with_capacity(self.text.len());
        let mut was_hidden = false;
        for (at, char) in self.text.char_indices() {
            let is_hidden = self.hides(at..at + char.len_utf8());
            match (was_hidden, is_hidden) {
                (_, false) => out.push(char),
                (false, true) => out.push_str(MASK),
                (true, true) => {}
            }
            was_hidden = is_hidden;
        }
        out
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::decode::LAYERS;
    use super::*;

    #[test]
    fn a_redacted_part_stays_redacted_after_decoding() {
        let [percent, ..] = LAYERS;
        let mut text = DecodedText::of("a%40b%40%40c d");
        text.hide(2..3);
        text.hide(12..13);
        let inner = text.without(&percent).unwrap();
        assert_eq!((inner.text.as_str(), inner.redacted()), ("a@b@@c d", "a•••b@@c•••d".to_owned()));
        assert!(inner.hides_any() && inner.without(&percent).is_none());
    }
}
