//! How a server may write what it was sent, without changing what it means.

use serde_json::Value;

use super::behaviour::ValueSpelling;

/// What a value is, as far as its spelling goes.
#[derive(Clone, Copy, Debug)]
pub(super) enum SpelledType {
    Text,
    Email,
    Phone,
    /// One or several language codes.
    Languages,
    /// Several country codes.
    Countries,
    Date,
    Flag,
}

/// The value in another spelling. Null, and whatever is not of the kind's type, stays as it is.
pub(super) fn respell(value: &mut Value, kind: SpelledType, spelling: ValueSpelling) {
    match (spelling, value) {
        (ValueSpelling::AsSent, _) => {}
        (ValueSpelling::Reformatted, value @ Value::String(_))
            if value.as_str().is_some_and(|text| text.trim().is_empty()) =>
        {
            *value = Value::Null;
        }
        (_, Value::String(text)) => *text = word(text.trim(), kind, spelling),
        (_, Value::Array(items)) => {
            for item in items.iter_mut() {
                respell(item, kind, spelling);
            }
            items.sort_by_key(Value::to_string);
            if spelling == ValueSpelling::Reformatted {
                items.reverse();
            }
        }
        (ValueSpelling::Localized, value @ Value::Bool(false)) if matches!(kind, SpelledType::Flag) => {
            *value = Value::Null;
        }
        (ValueSpelling::Reformatted, value @ Value::Bool(_)) if matches!(kind, SpelledType::Flag) => {
            *value = Value::from(u8::from(*value == Value::Bool(true)));
        }
        _ => {}
    }
}

fn word(text: &str, kind: SpelledType, spelling: ValueSpelling) -> String {
    match (kind, spelling) {
        (_, ValueSpelling::AsSent) => text.to_owned(),
        (SpelledType::Phone, ValueSpelling::Tidied) => signs(text),
        (SpelledType::Phone, ValueSpelling::Reformatted) => grouped(text),
        (SpelledType::Phone, ValueSpelling::Localized) => {
            let number = signs(text);
            number.strip_prefix("+971").map_or(number.clone(), |national| format!("0{national}"))
        }
        (SpelledType::Languages, ValueSpelling::Reformatted) | (SpelledType::Countries, ValueSpelling::Tidied) => {
            text.to_uppercase()
        }
        (SpelledType::Email | SpelledType::Languages | SpelledType::Countries, _) => text.to_lowercase(),
        (SpelledType::Date, ValueSpelling::Reformatted) if text.len() == 10 => format!("{text}T00:00:00+04:00"),
        (SpelledType::Date, ValueSpelling::Localized) => in_utc(text).unwrap_or_else(|| text.to_owned()),
        (SpelledType::Text, ValueSpelling::Localized) => without_stripped(text),
        (SpelledType::Text | SpelledType::Date | SpelledType::Flag, _) => text.to_owned(),
    }
}

/// A number without the characters between its digits.
fn signs(text: &str) -> String {
    text.chars().filter(|sign| *sign == '+' || sign.is_ascii_digit()).collect()
}

/// Midnight of a day in the Emirates, in UTC: 20:00 of the day before.
fn in_utc(day: &str) -> Option<String> {
    let day: jiff::civil::Date = day.get(..10)?.parse().ok()?;
    Some(format!("{}T20:00:00Z", day.yesterday().ok()?))
}

/// A text in Unicode normalization form C, without the characters that some servers strip.
fn without_stripped(text: &str) -> String {
    let stripped: String =
        text.chars().filter(|c| !matches!(c, '\u{200b}'..='\u{200f}' | '\u{ad}' | '\u{feff}')).collect();
    icu_normalizer::ComposingNormalizerBorrowed::new_nfc().normalize(&stripped).into_owned()
}

/// `+971501234567` as `+971 50 123 4567`.
fn grouped(text: &str) -> String {
    let plus = if text.starts_with('+') { "+" } else { "" };
    let digits: Vec<char> = text.chars().filter(char::is_ascii_digit).collect();
    let mut out = plus.to_owned();
    for (place, digit) in digits.iter().enumerate() {
        if matches!(place, 3 | 5 | 8) {
            out.push(' ');
        }
        out.push(*digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_server_stores_its_own_spelling() {
        let table = [
            (SpelledType::Text, json!(" a  b "), json!("a  b"), json!("a  b")),
            (SpelledType::Email, json!("Sara@Example.AE "), json!("sara@example.ae"), json!("sara@example.ae")),
            (SpelledType::Phone, json!("+971 (50) 123-4567"), json!("+971501234567"), json!("+971 50 123 4567")),
            (SpelledType::Phone, json!(""), json!(""), json!(null)),
            (SpelledType::Languages, json!(["en", "Ar"]), json!(["ar", "en"]), json!(["EN", "AR"])),
            (SpelledType::Countries, json!(["PK", "ae"]), json!(["AE", "PK"]), json!(["pk", "ae"])),
            (SpelledType::Date, json!("2027-03-31"), json!("2027-03-31"), json!("2027-03-31T00:00:00+04:00")),
            (SpelledType::Flag, json!(true), json!(true), json!(1)),
            (SpelledType::Phone, json!(null), json!(null), json!(null)),
        ];
        let localized = [
            (SpelledType::Text, json!("Jose\u{301}\u{200b}"), json!("Jos\u{e9}")),
            (SpelledType::Phone, json!("+971 50 123 4567"), json!("0501234567")),
            (SpelledType::Phone, json!("+442079460958"), json!("+442079460958")),
            (SpelledType::Date, json!("2027-03-31"), json!("2027-03-30T20:00:00Z")),
            (SpelledType::Flag, json!(false), json!(null)),
            (SpelledType::Flag, json!(true), json!(true)),
        ];
        for (kind, sent, want) in localized {
            let mut value = sent;
            respell(&mut value, kind, ValueSpelling::Localized);
            assert_eq!(value, want, "{kind:?}");
        }
        for (kind, sent, tidied, reformatted) in table {
            for (spelling, want) in [
                (ValueSpelling::AsSent, &sent),
                (ValueSpelling::Tidied, &tidied),
                (ValueSpelling::Reformatted, &reformatted),
            ] {
                let mut value = sent.clone();
                respell(&mut value, kind, spelling);
                assert_eq!(value, *want, "{kind:?} {spelling:?}");
            }
        }
    }
}
