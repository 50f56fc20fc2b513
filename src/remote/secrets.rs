//! What may never be repeated of what we send: keys, secrets and tokens. A server may quote a request in its refusal.

use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use secrecy::{ExposeSecret as _, SecretString};

use crate::agent::value::MASK;

/// A text shorter than this is no key; hiding it would hide half of every sentence.
const SHORTEST: usize = 6;

/// Every secret that was sent to a system in this run.
#[derive(Debug, Default)]
pub(super) struct Secrets(Mutex<Vec<SecretString>>);

impl Secrets {
    /// Takes note of a secret before it is sent.
    pub(super) fn learn(&self, secret: &SecretString) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let text = secret.expose_secret();
        if text.len() >= SHORTEST && !known.iter().any(|other| other.expose_secret() == text) {
            known.push(secret.clone());
        }
    }

    /// Takes note of a key and its secret, also in the form in which Basic authorization sends them.
    pub(super) fn learn_pair(&self, key: &SecretString, secret: &SecretString) {
        let pair = format!("{}:{}", key.expose_secret(), secret.expose_secret());
        self.learn(&SecretString::from(BASE64_STANDARD.encode(&pair)));
        self.learn(key);
        self.learn(secret);
    }

    /// The text without any of them.
    pub(super) fn hide(&self, text: &str) -> String {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.iter().fold(text.to_owned(), |text, secret| text.replace(secret.expose_secret(), MASK))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_was_sent_is_repeated() {
        let secrets = Secrets::default();
        secrets.learn_pair(&SecretString::from("the-key"), &SecretString::from("the-secret"));
        secrets.learn(&SecretString::from("a.b-c_token"));
        secrets.learn(&SecretString::from("abc"));
        let said = "the-key the-secret dGhlLWtleTp0aGUtc2VjcmV0 Bearer a.b-c_token abc";
        assert_eq!(secrets.hide(said), "••• ••• ••• Bearer ••• abc");
    }
}
