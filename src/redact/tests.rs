#![allow(clippy::unwrap_used)]

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::prelude::*;
use proptest::sample::select;
use secrecy::SecretString;

use super::*;
use crate::model::agent::value::MASK;

/// A key and a secret with every character of base64, a token, and a secret that holds escapes of its own.
const KEY: &str = "pfkey/+=aZ09";
const SECRET: &str = "pf secret+/=bbb?";
const TOKEN: &str = "eyJ0.TOKEN/abc+def==";
const ODD: &str = r"odd%41&amp;\n\u0041x";

const PRIVATE: [&str; 9] = [
    "Sara.K@Example.com",
    "+971 50 123 4567",
    "Zoë Łukasiewicz",
    "سارة خان",
    "two  pets",
    "\"Quoted\" & <b>co/op</b>\\",
    "Sara signs here\nand there, twice",
    "Al",
    "2024-77",
];

fn secrets() -> Arc<Secrets> {
    let secrets = Secrets::default();
    secrets.learn_pair(&SecretString::from(KEY), &SecretString::from(SECRET));
    for secret in [TOKEN, ODD, "abc"] {
        secrets.learn(&SecretString::from(secret));
    }
    Arc::new(secrets)
}

fn quote(said: &str) -> String {
    static REDACTOR: LazyLock<Redactor<'_>> =
        LazyLock::new(|| Redactor::new(secrets(), true, || PrivateValues::new(PRIVATE)));
    REDACTOR.quote(&said.into())
}

#[test]
fn a_server_message_is_quoted_without_private_values() {
    let table = [
        ("email sara.k@EXAMPLE.com is taken", "email ••• is taken"),
        ("+971 50 123 4567 or 971501234567 or 0501234567", "••• or ••• or •••"),
        ("mobile 050 123-45 67 is taken, call (050) 1234567.", "mobile ••• is taken, call (•••."),
        ("21450123456799 is another number, and 2026-11-21 is a day", "••• is another number, and 2026-11-21 is a day"),
        ("Al is also short; all is well", "••• is also short; all is well"),
        ("number 2024-77, TWO\u{a0}PETS", "number •••, •••"),
        ("zoe lukasiewicz has ZOE\u{308} ŁUKASIEWICZ", "zoe lukasiewicz has •••"),
        ("zoë%20%C5%82ukasiewicz, Zo%EB+Łukasiewicz", "•••, •••"),
        ("mail=sara.k%40example.com, sara.k%2540example.com", "mail=•••, •••"),
        (r#"{"mail":"sara.k\u0040example.com"}"#, r#"{"mail":"•••"}"#),
        ("sara.k&#64;example.com sara.k&commat;example&period;com sara.k&#64example.com", "••• ••• •••"),
        ("s a r a . k @ e x a m p l e . c o m", "•••"),
        ("sara\u{200b}.k＠example.com", "•••"),
        ("Sara is public", "Sara is public"),
        ("\u{1b}[31mred", "\\u{1b}[31mred"),
        ("and there, twice", "•••"),
        ("base64 QWw= and U2FyYS5LQEV4YW1wbGUuY29t", "base64 •••= and •••"),
        ("100%25 &lt;b&gt; C:\\temp", "100% <b> C:\\temp"),
    ];
    for (said, want) in table {
        assert_eq!(quote(said), want, "{said}");
    }
    assert_eq!(quote(&"x ".repeat(1000)).chars().count(), 300);
}

#[test]
fn no_sent_secret_is_quoted() {
    let pair = format!("{KEY}:{SECRET}");
    let mut sent = vec![KEY.to_owned(), SECRET.to_owned(), TOKEN.to_owned(), ODD.to_owned(), pair];
    for before in ["", "x", "xy"] {
        for sent_as_is in sent.clone().iter().take(5) {
            sent.push(BASE64_STANDARD.encode(format!("{before}{sent_as_is}")));
            sent.push(BASE64_URL_SAFE_NO_PAD.encode(format!("{before}{sent_as_is}")));
        }
    }
    for secret in sent {
        for spelling in SPELLINGS {
            let said = spelling(&secret);
            let quoted = quote(&format!("you sent <{said}>, no more"));
            let rest = quoted.strip_prefix("you sent <").and_then(|rest| rest.strip_suffix(">, no more"));
            let rest = rest.unwrap_or_else(|| panic!("{said}: {quoted}"));
            // Padding, and characters that hold bits of what was before and behind a secret, tell nothing of it.
            let visible = rest.replace(MASK, "");
            assert!(rest.contains(MASK) && visible.trim_matches('=').chars().count() <= 6, "{said}: {quoted}");
        }
    }
    assert_eq!(quote("abc is too short for a key"), "abc is too short for a key");
    assert_eq!(quote("the start of it: eyJ0.TOKEN/abc…"), "the start of it: •••…");
}

/// How a server may write what it repeats.
/// A biography is searched for keys in one go, though every word of it may be base64.
#[test]
fn a_long_text_is_searched_to_its_end() {
    let redactor = Redactor::new(secrets(), true, || PrivateValues::new(PRIVATE));
    let prose =
        "Sara has sold villas and apartments in Dubai Marina since 2014, and speaks three languages. ".repeat(80);
    assert_eq!(redactor.finds_secret(&prose), Some(false));
    assert_eq!(redactor.finds_secret(&format!("{prose}{}", BASE64_STANDARD.encode(TOKEN))), Some(true));
    assert_eq!(redactor.finds_secret(&"a".repeat(LONGEST + 1)), None);
}

const SPELLINGS: [fn(&str) -> String; 14] = [
    str::to_owned,
    percent,
    |text| percent(&percent(text)),
    |text| every(text, |char| format!("&#{};", char as u32)),
    |text| every(text, |char| format!("&#x{:X};", char as u32)),
    named,
    |text| named(&named(text)),
    json,
    |text| json(&json(text)),
    |text| json(text).replace('/', "\\/"),
    units,
    |text| text.replace(' ', "\r\n\t"),
    str::to_uppercase,
    str::to_lowercase,
];

/// How it may wrap that once more, without loss.
const WRAPPINGS: [fn(&str) -> String; 13] = [
    percent,
    |text| every(text, |char| format!("&#{};", char as u32)),
    |text| every(text, |char| format!("&#X{:x};", char as u32)),
    named,
    json,
    |text| json(text).replace('/', "\\/"),
    |text| units(text).to_uppercase().replace("\\U", "\\u"),
    |text| BASE64_STANDARD.encode(text),
    |text| BASE64_URL_SAFE_NO_PAD.encode(text),
    |text| BASE64_STANDARD.encode(format!("x{text}yy")),
    |text| BASE64_URL_SAFE_NO_PAD.encode(format!("xy{text}y")),
    |text| broken(&BASE64_STANDARD.encode(text)),
    |text| text.replace(' ', "+"),
];

fn percent(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

fn json(text: &str) -> String {
    let quoted = serde_json::to_string(text).unwrap();
    quoted.trim_start_matches('"').strip_suffix('"').unwrap().to_owned()
}

fn every(text: &str, write: fn(char) -> String) -> String {
    text.chars().map(write).collect()
}

/// As JSON may write every character.
fn units(text: &str) -> String {
    text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect::<Vec<_>>().concat()
}

fn named(text: &str) -> String {
    every(text, |char| match char {
        '/' => "&sol;".to_owned(),
        '+' => "&plus;".to_owned(),
        '=' => "&equals;".to_owned(),
        '@' => "&commat;".to_owned(),
        ':' => "&colon;".to_owned(),
        '\n' => "&NewLine;".to_owned(),
        '&' => "&amp;".to_owned(),
        '<' => "&lt;".to_owned(),
        '>' => "&gt;".to_owned(),
        '"' => "&quot;".to_owned(),
        'ë' => "&euml;".to_owned(),
        other => other.to_string(),
    })
}

/// In lines, as mail breaks them.
fn broken(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    chars.chunks(10).map(|line| line.iter().collect::<String>()).collect::<Vec<_>>().join("\r\n ")
}

#[test]
fn before_all_rows_are_read_no_address_and_no_number_is_quoted() {
    let unknown = Redactor::new(secrets(), false, PrivateValues::default);
    let quote = |said: &str| unknown.quote(&said.into());
    assert_eq!(quote("a.b%40login.example, 050&nbsp;765 43 21: Zyx"), "•••, •••: Zyx");
    assert_eq!(quote(&BASE64_STANDARD.encode("call 0507654321")), "•••");
    assert_eq!(quote("no user 404 of 123456"), "no user 404 of 123456");
    // The program's own words are its own, but no secret is quoted even there.
    let said =
        Untrusted::from("is a@b.c").after("user 12345678 ").followed_by(&format!(" at http://10.20.30.40 {KEY}"));
    assert_eq!(unknown.quote(&said), "user 12345678 is ••• at http://10.20.30.40 •••");
}

#[test]
fn a_text_that_cannot_be_searched_completely_is_not_quoted() {
    assert_eq!(quote(&"x".repeat(LONGEST + 1)), WITHHELD);
    let layers = (0..50).fold(TOKEN.to_owned(), |text, _| text.replace('%', "%25").replace('/', "%2F"));
    assert_eq!(quote(&layers), WITHHELD);
    let hidden = (0..DEEPEST).fold(SECRET.to_owned(), |text, _| BASE64_STANDARD.encode(text));
    assert_eq!(quote(&hidden).trim_matches('='), MASK);
    let nested = (0..DEEPEST + 2).fold(SECRET.to_owned(), |text, _| BASE64_STANDARD.encode(text));
    assert_eq!(quote(&nested), nested, "deeper than that it takes a reader with a purpose");
}

#[test]
fn debug_of_untrusted_text_is_empty() {
    let said = Untrusted::from(TOKEN).after("it says ");
    assert_eq!(
        format!("{said:?} {:?}", secrets()),
        "Untrusted(28 bytes) Secrets(Mutex { data: Known(5 secrets), poisoned: false, .. })"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// However a value or a secret is wrapped, three times over, nothing of it is quoted that a reader could unwrap.
    #[test]
    fn no_combination_of_encodings_hides_a_secret(
        hidden in select([&PRIVATE[..7], &[KEY, SECRET, TOKEN, ODD]].concat()),
        cased in select(vec![str::to_owned as fn(&str) -> String, str::to_uppercase, str::to_lowercase]),
        wrappings in prop::collection::vec(0..WRAPPINGS.len(), 0..=3),
        before in "[a-z ]{0,9}[ :(<]",
        behind in "[ .)>][a-z ]{0,9}",
    ) {
        let wrap = |text: String, wrapping: &usize| WRAPPINGS.get(*wrapping).unwrap()(&text);
        let said = format!("{before}{}{behind}", wrappings.iter().fold(cased(hidden), wrap));
        let quoted = quote(&said);
        prop_assert!(quoted.contains(MASK), "{said}\n{quoted}");
        // What is left is what was put around it, and what stands in base64 beside it.
        let around = format!("{before}{behind}");
        let left = quoted.replace(MASK, "");
        prop_assert!(left.chars().count() <= around.chars().count() + 12, "{said}\n{quoted}");
    }

    #[test]
    fn any_text_is_quoted(said in "\\PC{0,200}", bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(quote(&said).chars().count() <= 300);
        prop_assert!(quote(&lenient_text(&bytes)).chars().count() <= 300);
    }

    /// Text without anything hidden in it is quoted as it is.
    #[test]
    fn plain_words_are_not_redacted(said in "[b-jm-z]{0,9}( [b-jm-z]{1,3}){0,20}") {
        prop_assert_eq!(quote(&said), said);
    }
}
