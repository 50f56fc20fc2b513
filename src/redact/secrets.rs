//! The keys, secrets and tokens of this run: what a server must not repeat to a reader.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret as _, SecretString};

use super::normal::{NormalizedText, normal};
use super::patterns::Patterns;
use super::values::decoded;

/// Every secret that was or will be sent to a system in this run.
#[derive(Debug, Default)]
pub struct Secrets(Mutex<SecretSet>);

#[derive(Default)]
struct SecretSet {
    secrets: Vec<SecretString>,
    /// The parts of all secrets; made when first needed after a secret was learned.
    parts: Option<Arc<Patterns>>,
}

/// A text of fewer characters cannot be a key; hiding it would hide parts of every sentence.
const SHORTEST: usize = 6;
/// So many characters of a secret in a row are hidden: servers cut what they quote.
const TELLING: usize = 12;

impl Secrets {
    /// Takes note of a secret before it is sent.
    pub fn learn(&self, secret: &SecretString) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let text = secret.expose_secret();
        if text.len() >= SHORTEST && !known.secrets.iter().any(|other| other.expose_secret() == text) {
            known.secrets.push(secret.clone());
            known.parts = None;
        }
    }

    /// Takes note of a key and its secret, also as the pair that Basic authorization sends.
    pub(crate) fn learn_pair(&self, key: &SecretString, secret: &SecretString) {
        let pair = format!("{}:{}", key.expose_secret(), secret.expose_secret());
        self.learn(&SecretString::from(pair));
        self.learn(key);
        self.learn(secret);
    }

    pub(super) fn find(&self, text: &NormalizedText<'_>) -> Vec<Range<usize>> {
        text.find(&self.parts()).collect()
    }

    fn parts(&self) -> Arc<Patterns> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let SecretSet { secrets, parts } = &mut *known;
        let all_parts = || Arc::new(secrets.iter().flat_map(|secret| parts_of(secret.expose_secret())).collect());
        Arc::clone(parts.get_or_insert_with(all_parts))
    }
}

/// The texts by which a secret is found in a text in normal form: each of its parts, as it is and in base64. Base64 is
/// decoded where it is found (`runs`), but in another case it cannot be.
fn parts_of(secret: &str) -> Vec<String> {
    let spellings = [secret.to_owned(), decoded(secret)].into_iter().chain(in_base64(secret));
    let forms = spellings.map(|spelling| normal(&spelling)).filter(|form| form.len() >= SHORTEST);
    forms.flat_map(|form| windows(&form)).collect()
}

/// Every part of a text that has [`TELLING`] bytes, or a few more where a character at its end has several; a shorter text as a
/// whole.
fn windows(form: &str) -> BTreeSet<String> {
    let boundaries = || (0..=form.len()).filter(|at| form.is_char_boundary(*at));
    let behind = |start: usize| boundaries().find(|end| *end >= start + TELLING);
    let before = |end: usize| boundaries().rfind(|start| start + TELLING <= end);
    let from_starts = boundaries().filter_map(|start| form.get(start..behind(start)?));
    let to_ends = boundaries().filter_map(|end| form.get(before(end)?..end));
    let parts: BTreeSet<String> = from_starts.chain(to_ends).map(str::to_owned).collect();
    if parts.is_empty() { BTreeSet::from([form.to_owned()]) } else { parts }
}

/// The characters of base64 that depend on the secret alone, behind none, one or two bytes of anything.
fn in_base64(secret: &str) -> Vec<String> {
    let mut spellings = Vec::new();
    for before in ["", "x", "xx"] {
        let bytes = [before, secret].concat();
        let own = (before.len() * 8).div_ceil(6)..bytes.len() * 8 / 6;
        for engine in [BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD] {
            spellings.extend(engine.encode(&bytes).get(own.clone()).map(str::to_owned));
        }
    }
    spellings
}

impl std::fmt::Debug for SecretSet {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Known({} secrets)", self.secrets.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_byte_of_a_secret_is_in_a_part_of_it() {
        for secret in
            ["abcdefghijklmnop", "مabcdefghijk", "😀abcdefgh€", "abcdefghijkم", "ab€", "سر طويل جدا من الحروف"]
        {
            let mut covered = vec![false; secret.len()];
            for part in windows(secret) {
                let places = secret.match_indices(&part).flat_map(|(start, part)| start..start + part.len());
                places.for_each(|at| covered.get_mut(at).into_iter().for_each(|byte| *byte = true));
            }
            assert!(!covered.contains(&false), "{secret}");
        }
    }
}
