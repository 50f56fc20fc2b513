//! The CRM's languages: two-letter codes, and one description for each language.

use serde_json::{Value, json};

use crate::model::agent::FieldValue;
use crate::remote::json::{at, items, set, text};

pub(super) fn language_of(description: &Value) -> Option<String> {
    description.get("lang").and_then(text).map(|lang| lang.to_lowercase())
}

/// Puts one language's content into the list; cleared, its entry goes. Other languages stay as they were read.
pub(super) fn lay_description(user: &mut Value, lang: &str, content: &FieldValue) {
    const PATH: [&str; 2] = ["public", "descriptions"];
    let mut entries = at(user, &PATH).cloned().map(items).unwrap_or_default();
    let is_ours = |entry: &Value| language_of(entry).is_some_and(|other| other == lang.to_lowercase());
    let first = entries.iter().position(is_ours).unwrap_or(entries.len());
    if content.is_nothing() && first == entries.len() {
        return;
    }
    let mut ours = entries.get(first).cloned().unwrap_or_else(|| json!({ "lang": lang }));
    entries.retain(|entry| !is_ours(entry));
    if !content.is_nothing() {
        set(&mut ours, &["content"], content.to_json());
        entries.insert(first, ours);
    }
    set(user, &PATH, Value::Array(entries));
}

/// The CRM has two-letter codes of languages (docs/vendor-apis.md, "CRM: user object").
pub(super) fn languages(declared: FieldValue) -> (Option<FieldValue>, Option<String>) {
    let FieldValue::List(codes) = &declared else { return (Some(declared), None) };
    let mut held: Vec<&str> = Vec::with_capacity(codes.len());
    let mut missing = Vec::new();
    for code in codes.iter() {
        match two_letters(code) {
            Some(code) if held.contains(&code) => {}
            Some(code) => held.push(code),
            None => missing.push(code.as_str()),
        }
    }
    let why = (!missing.is_empty())
        .then(|| format!("the CRM takes two-letter codes only; {} not sent there", missing.join(", ")));
    // A list of which nothing can be held is left out; an empty one would clear the present value.
    let value = (!held.is_empty() || missing.is_empty()).then(|| FieldValue::from_texts(held));
    (value, why)
}

/// The ISO 639-1 code; for a language that has none, that of the language it is counted under.
fn two_letters(code: &str) -> Option<&str> {
    match code {
        "cmn" | "yue" => Some("zh"),
        "fil" => Some("tl"),
        "pes" | "prs" => Some("fa"),
        "zsm" => Some("ms"),
        "swh" => Some("sw"),
        "uzn" => Some("uz"),
        "kmr" | "ckb" => Some("ku"),
        "pnb" => Some("pa"),
        _ if code.len() == 2 => Some(code),
        _ => isolang::Language::from_639_3(code)?.to_639_1(),
    }
}
