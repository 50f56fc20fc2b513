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
        (Spelling::Reformatted, value @ Value::Bool(_)) if matches!(kind, Kind::Flag) => {
            *value = Value::from(u8::from(*value == Value::Bool(true)));
        }
        _ => {}
    }
}

fn word(text: &str, kind: Kind, spelling: Spelling) -> String {
    let tidied = spelling == Spelling::Tidied;
    match kind {
        Kind::Phone if tidied => text.chars().filter(|sign| *sign == '+' || sign.is_ascii_digit()).collect(),
        Kind::Phone => grouped(text),
        Kind::Languages if !tidied => text.to_uppercase(),
        Kind::Countries if tidied => text.to_uppercase(),
        Kind::Email | Kind::Languages | Kind::Countries => text.to_lowercase(),
        Kind::Date if !tidied && text.len() == 10 => format!("{text}T00:00:00+04:00"),
        Kind::Text | Kind::Date | Kind::Flag => text.to_owned(),
    }
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
