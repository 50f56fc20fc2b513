//! Short hexadecimal fingerprints, by SHA-256.

use std::fmt::Write as _;

use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};

/// The first `bytes` bytes of a text's SHA-256, as twice as many hexadecimal digits.
#[must_use]
pub(crate) fn fingerprint(text: &str, bytes: usize) -> String {
    digits(&Sha256::digest(text.as_bytes()), bytes)
}

/// A text's HMAC-SHA256, as 32 hexadecimal digits: nobody without the key can try values against it.
#[must_use]
pub(crate) fn keyed_fingerprint(key: &SecretString, text: &str) -> String {
    // HMAC takes a key of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.expose_secret().as_bytes()) else { return String::new() };
    mac.update(text.as_bytes());
    digits(&mac.finalize().into_bytes(), 16)
}

fn digits(hash: &[u8], bytes: usize) -> String {
    hash.iter().take(bytes).fold(String::new(), |mut digits, byte| {
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}
