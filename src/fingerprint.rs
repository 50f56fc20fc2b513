//! Short hexadecimal fingerprints, by SHA-256.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

/// The first `bytes` bytes of a text's SHA-256, as twice as many hexadecimal digits.
#[must_use]
pub(crate) fn fingerprint(text: &str, bytes: usize) -> String {
    Sha256::digest(text.as_bytes()).iter().take(bytes).fold(String::new(), |mut digits, byte| {
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}
