//! What a server sent, made safe to print: without keys, tokens and private values, in whatever spelling it used.
//!
//! Text from a server is [`Untrusted`], and [`Redactor::quote`] is the only way to read one. The text is decoded layer by
//! layer (`decode`), since a person or a page could decode it too, and searched at every layer in a form in which
//! spellings agree (`normal`). Base64 is searched without being decoded for the reader (`runs`). The search finds
//! the run's keys and tokens (`secrets`) and the private values that are known (`values`). As long as not every person is
//! known, it also finds every text that looks like an e-mail address or a phone number (`shapes`).
//!
//! The search depends on no system, no file and no field. `privacy` collects the private values of the files and the rows, and
//! `plan_texts` redacts the texts of a plan that a server sent; `report::MaskedValue` masks private fields.

mod decode;
mod normal;
mod patterns;
pub(crate) mod plan_texts;
mod printable;
pub(crate) mod privacy;
mod runs;
mod secrets;
mod shapes;
mod text;
mod untrusted;
mod values;

use std::ops::Range;
use std::sync::{Arc, LazyLock};

pub(crate) use decode::lenient_text;
pub(crate) use printable::escaped;
pub(crate) use printable::quoted_words;
pub use secrets::Secrets;
pub(crate) use untrusted::Untrusted;
pub use values::PrivateValues;

use normal::NormalizedText;
use text::DecodedText;

/// Reads what a server sent, for people.
pub struct Redactor<'a> {
    secrets: Arc<Secrets>,
    /// Collected when first needed, since most runs quote no server.
    values: LazyLock<PrivateValues, Box<dyn FnOnce() -> PrivateValues + Send + 'a>>,
    everybody_is_known: bool,
}

/// Text that is longer, in bytes, is not quoted: no refusal is, and searching takes time.
const LONGEST: usize = 16 << 10;
/// The most layers of escapes that are decoded; text with more of them is not quoted.
const MOST_LAYERS: usize = 12;
/// The levels of base64 inside base64 that are searched in a quotation.
const DEEPEST: u8 = 3;
/// The same in the data of a row: fewer, since there is much more of it.
const DEEPEST_IN_DATA: u8 = 1;
/// The most bytes, of all layers together, that are searched for one quotation.
const MOST_SEARCHED: usize = 2 << 20;
/// In place of text that cannot be searched to its end.
const WITHHELD: &str = "words that are too long or too deeply encoded to be quoted";

/// What is searched for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SearchTarget {
    /// Keys and tokens.
    Secrets,
    /// Also private numbers. Words are left, since a slug has words of a name.
    Numbers,
    /// Also all other private values.
    Values,
    /// Also whatever looks like an e-mail address or a number.
    Shapes,
}

/// How far a text can be read, which decides what may be searched for in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Legible {
    /// It is text.
    Yes,
    /// It may be a text that was decoded from its middle: short values would be found by accident.
    No,
}

impl<'a> Redactor<'a> {
    /// Hides these secrets, what `values` collects, and, unless everybody is known, what may be an address or a number
    /// of other people.
    #[must_use]
    pub fn new(
        secrets: Arc<Secrets>,
        everybody_is_known: bool,
        values: impl FnOnce() -> PrivateValues + Send + 'a,
    ) -> Self {
        Self { secrets, values: LazyLock::new(Box::new(values)), everybody_is_known }
    }

    /// Redacts keys, tokens and private values in a server's text or error. The result is decoded, on one line, and the
    /// server's part of it is cut at 300 characters.
    #[must_use]
    pub fn quote(&self, said: &Untrusted) -> String {
        let [before, said, behind] = said.parts();
        let of_server = if self.everybody_is_known { SearchTarget::Values } else { SearchTarget::Shapes };
        let parts = [(before, SearchTarget::Values), (said, of_server), (behind, SearchTarget::Values)];
        let quoted = parts.map(|(text, target)| self.search(text, target).map(|text| quoted_words(&text.redacted())));
        quoted.map(|text| text.unwrap_or_else(|| WITHHELD.to_owned())).concat()
    }

    /// Hides keys, tokens and private numbers in a text of the program that holds data of a server, such as a slug. A text
    /// without any of them stays as it is.
    pub(crate) fn redact_numbers(&self, text: &mut String) {
        match self.search(text, SearchTarget::Numbers) {
            Some(searched) if searched.hides_any() => *text = searched.redacted(),
            Some(_) => {}
            None => WITHHELD.clone_into(text),
        }
    }

    /// Whether a server's text holds a key or a token; none where it is too long or too deeply encoded to be searched.
    #[must_use]
    pub(crate) fn finds_secret(&self, text: &str) -> Option<bool> {
        self.search(text, SearchTarget::Secrets).map(|text| text.hides_any())
    }

    fn search(&self, text: &str, target: SearchTarget) -> Option<DecodedText> {
        let mut search = RedactionSearch { redactor: self, target, left: MOST_SEARCHED };
        let deepest =
            if matches!(target, SearchTarget::Secrets | SearchTarget::Numbers) { DEEPEST_IN_DATA } else { DEEPEST };
        if text.len() > LONGEST { None } else { search.all_of(text, deepest, Legible::Yes) }
    }
}

/// The search of one text and of everything that is encoded in it.
struct RedactionSearch<'r, 'a> {
    redactor: &'r Redactor<'a>,
    target: SearchTarget,
    /// Bytes that may still be searched.
    left: usize,
}

impl RedactionSearch<'_, '_> {
    /// The text without its escapes, and what of it must be hidden. None where there is no end to it.
    fn all_of(&mut self, text: &str, depth: u8, legible: Legible) -> Option<DecodedText> {
        let mut text = DecodedText::of(text);
        self.layer(&mut text, depth, legible)?;
        for _ in 0..MOST_LAYERS {
            let mut is_last = true;
            for layer in &decode::LAYERS {
                // Each layer is searched: a secret that contains escapes itself is found in one of them alone.
                if let Some(inner) = text.without(layer) {
                    (text, is_last) = (inner, false);
                    self.layer(&mut text, depth, legible)?;
                }
            }
            if is_last {
                return Some(text);
            }
        }
        None
    }

    /// Hides what must be hidden in a text as it is.
    fn layer(&mut self, text: &mut DecodedText, depth: u8, legible: Legible) -> Option<()> {
        self.left = self.left.checked_sub(text.text.len())?;
        let normal = NormalizedText::of(&text.text);
        let mut parts = self.redactor.secrets.find(&normal);
        if self.target != SearchTarget::Secrets {
            parts.extend(self.private_parts(text, &normal, legible));
        }
        for part in parts {
            text.hide(part);
        }
        self.base64(text, depth)
    }

    fn private_parts(&self, text: &DecodedText, normal: &NormalizedText<'_>, legible: Legible) -> Vec<Range<usize>> {
        let has_number = |digits: &str| shapes::is_long(digits) && self.redactor.values.has_number(digits);
        let mut parts = shapes::numbers(&text.text, has_number);
        if self.target == SearchTarget::Numbers {
            return parts;
        }
        let values = &*self.redactor.values;
        parts.extend(values.find_long(normal));
        if legible == Legible::Yes {
            parts.extend(values.find_short(normal));
        }
        if legible == Legible::Yes && self.target == SearchTarget::Shapes {
            parts.extend(shapes::addresses(&text.text));
            parts.extend(shapes::numbers(&text.text, shapes::is_long));
        }
        parts
    }

    /// Hides runs of base64 that contain anything that must be hidden. Single words are searched first. Runs that cross white
    /// space are searched in the rest of the text alone, since such a run can take a whole sentence.
    fn base64(&mut self, text: &mut DecodedText, depth: u8) -> Option<()> {
        let Some(depth) = depth.checked_sub(1) else { return Some(()) };
        let mut rest = DecodedText::of(&text.text);
        for runs_of in [runs::words, runs::lines, runs::forms] {
            for run in runs_of(&rest) {
                if self.is_hidden(&run, depth)? {
                    rest.hide(run.span());
                    text.hide(run.span());
                }
            }
        }
        Some(())
    }

    fn is_hidden(&mut self, run: &runs::Base64Run, depth: u8) -> Option<bool> {
        for bytes in run.decoded() {
            let legible = if runs::is_text(&bytes) { Legible::Yes } else { Legible::No };
            if self.all_of(&lenient_text(&bytes), depth, legible)?.hides_any() {
                return Some(true);
            }
        }
        Some(false)
    }
}

#[cfg(test)]
mod tests;
