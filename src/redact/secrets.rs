//! The keys, secrets and tokens of this run: what a server must not repeat to a reader.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use aho_corasick::AhoCorasick;
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret as _, SecretString};

use super::normal::{NormalizedText, normal};
use super::values::{decoded, finder};

/// Every secret that was or will be sent to a system in this run.
#[derive(Debug, Default)]
pub struct Secrets(Mutex<SecretSet>);

#[derive(Default)]
struct SecretSet {
    secrets: Vec<SecretString>,
    /// Made when first needed after a secret was learned.
    finder: Option<Arc<AhoCorasick>>,
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
            known.finder = None;
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
        let Some(finder) = self.finder() else { return Vec::new() };
        finder.find_overlapping_iter(&text.text).map(|found| text.span(&found.range())).collect()
    }

    fn finder(&self) -> Option<Arc<AhoCorasick>> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.finder.is_none() {
            let parts: BTreeSet<Vec<u8>> =
                known.secrets.iter().flat_map(|known| parts(known.expose_secret())).collect();
            known.finder = finder(&parts).map(Arc::new);
        }
        known.finder.clone()
    }
}

/// The texts by which a secret is found in a text in normal form: each of its parts, as it is and in base64. Base64 is
/// decoded where it is found (`runs`), but in another case it cannot be.
fn parts(secret: &str) -> BTreeSet<Vec<u8>> {
    let spellings = [secret.to_owned(), decoded(secret)].into_iter().chain(in_base64(secret));
    let forms = spellings.map(|spelling| normal(&spelling)).filter(|form| form.len() >= SHORTEST);
    forms
        .flat_map(|form| form.as_bytes().windows(TELLING.min(form.len())).map(<[u8]>::to_vec).collect::<Vec<_>>())
        .collect()
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
