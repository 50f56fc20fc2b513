//! A key, a token and private values, wrapped in any encodings and put into any text, are never quoted.

use std::sync::{Arc, LazyLock};

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use roster::redact::{PrivateValues, Redactor, Secrets};
use secrecy::SecretString;

const HIDDEN: [&str; 6] = [
    "qk7/+=Pf&Key 01",
    "qs8+/=Pf\"Secret\\2",
    "eyJ0.TOKEN/abc+def==",
    "Zyx.Sara@Login.example",
    "Zyx signs here\nand there, twice",
    "زيكس سارة خان",
];

static REDACTOR: LazyLock<Redactor<'static>> = LazyLock::new(|| {
    let secrets = Secrets::default();
    for secret in &HIDDEN[..3] {
        secrets.learn(&SecretString::from(*secret));
    }
    Redactor::new(Arc::new(secrets), true, || PrivateValues::new(HIDDEN[3..].iter().copied()))
});

const WRAPPINGS: [fn(&str) -> String; 8] = [
    |text| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string(),
    |text| text.chars().map(|char| format!("&#{};", char as u32)).collect(),
    |text| text.chars().map(|char| format!("&#x{:x};", char as u32)).collect(),
    |text| text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect(),
    |text| serde_json::Value::from(text).to_string(),
    |text| BASE64_STANDARD.encode(text),
    |text| BASE64_URL_SAFE_NO_PAD.encode(format!("x{text}")),
    |text| text.replace(' ', "\r\n"),
];

/// The first byte chooses what is hidden, the next three how it is wrapped; the rest is the text around it.
///
/// # Panics
/// When the check fails.
pub fn check(bytes: &[u8]) {
    let Some(([hidden, wrappings @ ..], around)) = bytes.split_first_chunk::<4>() else { return };
    let hidden = HIDDEN[usize::from(*hidden) % HIDDEN.len()];
    let wrap = |text: String, byte: &u8| match usize::from(*byte) % (WRAPPINGS.len() + 1) {
        0 => text,
        number => WRAPPINGS[number - 1](&text),
    };
    let wrapped = wrappings.iter().fold(hidden.to_owned(), wrap);
    let around = String::from_utf8_lossy(around);
    let quoted = REDACTOR.quote(&format!("[{wrapped}] {around}").into());
    let letters = |text: &str| text.chars().filter(|char| char.is_alphanumeric()).collect::<String>().to_lowercase();
    assert!(!letters(&quoted).contains(&letters(hidden)) || letters(&around).contains(&letters(hidden)), "{quoted}");
    assert!(!quoted.contains(&wrapped), "{quoted}");
}
