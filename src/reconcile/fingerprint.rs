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

/// The first 8 bytes of a text's SHA-256: enough to compare the texts of 100,000 people without keeping them.
#[must_use]
pub(crate) fn digest(text: &str) -> u64 {
    Sha256::digest(text.as_bytes()).iter().take(8).fold(0, |digest, byte| digest << 8 | u64::from(*byte))
}

/// The version of a file's content: 16 hexadecimal digits of the SHA-256 of its bytes.
#[must_use]
pub(crate) fn version(content: &[u8]) -> String {
    digits(&Sha256::digest(content), 8)
}

/// A text's HMAC-SHA256, as 32 hexadecimal digits: without the key no values can be tried against it.
#[must_use]
pub(crate) fn keyed_fingerprint(key: &SecretString, text: &str) -> String {
    let mut mac = match Hmac::<Sha256>::new_from_slice(key.expose_secret().as_bytes()) {
        Ok(mac) => mac,
        // A digest lets a plan through, so there is no value to go on with.
        Err(error) => unreachable!("HMAC takes a key of any length: {error}"),
    };
    mac.update(text.as_bytes());
    digits(&mac.finalize().into_bytes(), 16)
}

fn digits(hash: &[u8], bytes: usize) -> String {
    hash.iter().take(bytes).fold(String::new(), |mut digits, byte| {
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_keyed_digest_is_that_of_rfc_4231_whatever_the_length_of_the_key() {
        let digest = |key: &str, text| keyed_fingerprint(&SecretString::from(key), text);
        assert_eq!(digest("Jefe", "what do ya want for nothing?"), "5bdcc146bf60754e6a042426089575c7");
        for length in [0, 1, 63, 64, 65, 1000] {
            let digest = digest(&"k".repeat(length), "text");
            assert!(digest.len() == 32 && digest.bytes().all(|digit| digit.is_ascii_hexdigit()), "{length}: {digest}");
        }
    }
}
