//! How a server may write what it was sent, without changing what it means.

use serde_json::Value;

use super::behaviour::Spelling;

/// What a value is, as far as its spelling goes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
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
pub(super) fn respell(value: &mut Value, kind: Kind, spelling: Spelling) {
    match (spelling, value) {
        (Spelling::AsSent, _) => {}
        (Spelling::Reformatted, value @ Value::String(_))
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
            if spelling == Spelling::Reformatted {
                items.reverse();
            }
        }
        (Spelling::Localized, value @ Value::Bool(false)) if matches!(kind, Kind::Flag) => *value = Value::Null,
        (Spelling::Reformatted, value @ Value::Bool(_)) if matches!(kind, Kind::Flag) => {
            *value = Value::from(u8::from(*value == Value::Bool(true)));
        }
        _ => {}
    }
}

fn word(text: &str, kind: Kind, spelling: Spelling) -> String {
    match (kind, spelling) {
        (_, Spelling::AsSent) => text.to_owned(),
        (Kind::Phone, Spelling::Tidied) => signs(text),
        (Kind::Phone, Spelling::Reformatted) => grouped(text),
        (Kind::Phone, Spelling::Localized) => {
            let number = signs(text);
            number.strip_prefix("+971").map_or(number.clone(), |national| format!("0{national}"))
        }
        (Kind::Languages, Spelling::Reformatted) | (Kind::Countries, Spelling::Tidied) => text.to_uppercase(),
        (Kind::Email | Kind::Languages | Kind::Countries, _) => text.to_lowercase(),
        (Kind::Date, Spelling::Reformatted) if text.len() == 10 => format!("{text}T00:00:00+04:00"),
        (Kind::Date, Spelling::Localized) => in_utc(text).unwrap_or_else(|| text.to_owned()),
        (Kind::Text, Spelling::Localized) => seen(text),
        (Kind::Text | Kind::Date | Kind::Flag, _) => text.to_owned(),
    }
}

/// A number without what stands between its digits.
fn signs(text: &str) -> String {
    text.chars().filter(|sign| *sign == '+' || sign.is_ascii_digit()).collect()
}

/// Midnight of a day in the Emirates, in UTC: 20:00 of the day before.
fn in_utc(day: &str) -> Option<String> {
    let day: jiff::civil::Date = day.get(..10)?.parse().ok()?;
    Some(format!("{}T20:00:00Z", day.yesterday().ok()?))
}

/// A text in Unicode normalization form C, without the characters that some servers strip.
fn seen(text: &str) -> String {
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
    fn a_server_writes_values_in_its_own_way() {
        let table = [
            (Kind::Text, json!(" a  b "), json!("a  b"), json!("a  b")),
            (Kind::Email, json!("Sara@Example.AE "), json!("sara@example.ae"), json!("sara@example.ae")),
            (Kind::Phone, json!("+971 (50) 123-4567"), json!("+971501234567"), json!("+971 50 123 4567")),
            (Kind::Phone, json!(""), json!(""), json!(null)),
            (Kind::Languages, json!(["en", "Ar"]), json!(["ar", "en"]), json!(["EN", "AR"])),
            (Kind::Countries, json!(["PK", "ae"]), json!(["AE", "PK"]), json!(["pk", "ae"])),
            (Kind::Date, json!("2027-03-31"), json!("2027-03-31"), json!("2027-03-31T00:00:00+04:00")),
            (Kind::Flag, json!(true), json!(true), json!(1)),
            (Kind::Phone, json!(null), json!(null), json!(null)),
        ];
        let localized = [
            (Kind::Text, json!("Jose\u{301}\u{200b}"), json!("Jos\u{e9}")),
            (Kind::Phone, json!("+971 50 123 4567"), json!("0501234567")),
            (Kind::Phone, json!("+442079460958"), json!("+442079460958")),
            (Kind::Date, json!("2027-03-31"), json!("2027-03-30T20:00:00Z")),
            (Kind::Flag, json!(false), json!(null)),
            (Kind::Flag, json!(true), json!(true)),
        ];
        for (kind, sent, want) in localized {
            let mut value = sent;
            respell(&mut value, kind, Spelling::Localized);
            assert_eq!(value, want, "{kind:?}");
        }
        for (kind, sent, tidied, reformatted) in table {
            for (spelling, want) in
                [(Spelling::AsSent, &sent), (Spelling::Tidied, &tidied), (Spelling::Reformatted, &reformatted)]
            {
                let mut value = sent.clone();
                respell(&mut value, kind, spelling);
                assert_eq!(value, *want, "{kind:?} {spelling:?}");
            }
        }
    }
}
