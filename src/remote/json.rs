//! JSON of an unreliable shape: reading never fails, writing never loses present members.
//!
//! It depends on no vendor. A member that is missing or of another type reads as "nothing"; an empty PHP array that stands
//! for an empty object is one.

use arcstr::ArcStr;
use serde_json::{Map, Value};
use url::Url;

use crate::model::agent::{Field, FieldValue, ValueType, digits};

/// The value at the end of `path`, if every step of it is an object.
pub(super) fn at<'v>(value: &'v Value, path: &[&str]) -> Option<&'v Value> {
    path.iter().try_fold(value, |value, key| value.get(*key))
}

/// A text, trimmed; a number counts as its digits. Nothing if it is blank or anything else.
pub(super) fn text(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => digits(number),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

/// An id: a whole number from 1, or its digits as text, perhaps with `.0` behind them. 0 is what an empty number field
/// reads as. Any other text is not an id: `5,001` may be a number with a separator, or two.
pub(super) fn id(value: &Value) -> Option<u64> {
    let text = text(value)?;
    text.strip_suffix(".0").unwrap_or(&text).parse().ok().filter(|id| *id > 0)
}

/// What a list holds. PHP writes a list with gaps as an object, so an object's values are its items.
pub(super) fn items(value: Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items,
        Value::Object(members) => members.into_iter().map(|(_, item)| item).collect(),
        _ => Vec::new(),
    }
}

/// What an object holds. PHP writes an object without gaps as a list, so a list's indices are its keys.
pub(super) fn members(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        Value::Array(items) => items.into_iter().enumerate().map(|(index, item)| (index.to_string(), item)).collect(),
        _ => Map::new(),
    }
}

/// Puts `value` at the end of `path`, making objects on the way where there are none. Everything beside it stays.
pub(super) fn set(target: &mut Value, path: &[&str], value: Value) {
    let Some((key, rest)) = path.split_first() else {
        *target = value;
        return;
    };
    let mut inside = members(target.take());
    set(inside.entry((*key).to_owned()).or_insert(Value::Null), rest, value);
    *target = Value::Object(inside);
}

/// Takes the end of `path` away, if it is there. Everything beside it stays.
pub(super) fn remove(target: &mut Value, path: &[&str]) {
    let Some((key, above)) = path.split_last() else { return };
    let parent = above.iter().try_fold(target, |value, key| value.get_mut(*key));
    if let Some(Value::Object(members)) = parent {
        members.shift_remove(*key);
    }
}

/// A declared value in the form in which both systems take it: phones without separators, codes in their own case,
/// each once, web addresses as ASCII URIs. Other values are sent as they were written.
pub(super) fn written(field: &Field, value: &FieldValue) -> FieldValue {
    match (field.kind(), value) {
        (ValueType::Phone, FieldValue::Text(phone)) => match phone.trim().strip_prefix('+') {
            Some(rest) => {
                FieldValue::from(format!("+{}", rest.chars().filter(char::is_ascii_digit).collect::<String>()))
            }
            None => value.clone(),
        },
        (ValueType::LowerCodes, FieldValue::List(codes)) => FieldValue::from_texts(distinct(codes, str::to_lowercase)),
        (ValueType::UpperCodes, FieldValue::List(codes)) => FieldValue::from_texts(distinct(codes, str::to_uppercase)),
        (ValueType::Url, FieldValue::Text(address)) => {
            Url::parse(address).map_or_else(|_| value.clone(), |url| FieldValue::from(url.as_str()))
        }
        _ => value.clone(),
    }
}

/// The codes in a list, in its order, each once and in its case.
fn distinct(codes: &[ArcStr], case: fn(&str) -> String) -> Vec<String> {
    let mut seen = Vec::with_capacity(codes.len());
    for code in codes.iter().map(|code| case(code.trim())).filter(|code| !code.is_empty()) {
        if !seen.contains(&code) {
            seen.push(code);
        }
    }
    seen
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn ids_are_read_from_numbers_and_digits() {
        let table = [
            (json!(7712), Some(7712)),
            (json!(" 7712 "), Some(7712)),
            (json!(102.0), Some(102)),
            (json!("102.0"), Some(102)),
            (json!("5,001"), None),
            (json!("102.5"), None),
            (json!(1e30), None),
            (json!("18446744073709551615"), Some(u64::MAX)),
            (json!("18446744073709551616"), None),
            (json!(0), None),
            (json!("0"), None),
            (json!(-1), None),
            (json!(1.5), None),
            (json!(""), None),
            (json!("x"), None),
            (json!(null), None),
            (json!([1]), None),
            (json!(true), None),
        ];
        for (value, want) in table {
            assert_eq!(id(&value), want, "{value}");
        }
    }

    #[test]
    fn setting_a_value_keeps_its_siblings() {
        let table = [
            (json!({"a": {"b": 1, "c": 2}}), json!({"a": {"b": 9, "c": 2}})),
            (json!({}), json!({"a": {"b": 9}})),
            (json!({"a": [], "z": 1}), json!({"a": {"b": 9}, "z": 1})),
            (json!({"a": ["x"]}), json!({"a": {"0": "x", "b": 9}})),
            (json!({"a": "text"}), json!({"a": {"b": 9}})),
            (json!(null), json!({"a": {"b": 9}})),
        ];
        for (mut value, want) in table {
            set(&mut value, &["a", "b"], json!(9));
            assert_eq!(value, want);
        }
    }

    #[test]
    fn removing_an_absent_value_changes_nothing() {
        for value in [json!({"a": {"c": 1}}), json!({"a": [1]}), json!([]), json!(null), json!({"b": 1})] {
            let mut after = value.clone();
            remove(&mut after, &["a", "b"]);
            assert_eq!(after, value);
        }
        let mut value = json!({"x": 1, "a": {"b": 1, "c": 2}, "y": 2});
        remove(&mut value, &["a", "b"]);
        assert_eq!(value, json!({"x": 1, "a": {"c": 2}, "y": 2}));
    }

    #[test]
    fn values_are_sent_in_a_form_that_both_systems_accept() {
        let table = [
            (Field::Phone, json!("+971 (50) 123-45.67"), json!("+971501234567")),
            (Field::Phone, json!("0501234567"), json!("0501234567")),
            (Field::Languages, json!(["EN", "ar", " en "]), json!(["en", "ar"])),
            (Field::Nationalities, json!(["pk", "AE"]), json!(["PK", "AE"])),
            (Field::Email, json!("Sara@Example.ae"), json!("Sara@Example.ae")),
            (Field::Languages, json!(null), json!(null)),
            (Field::LinkedIn, json!("https://a.example/سارة"), json!("https://a.example/%D8%B3%D8%A7%D8%B1%D8%A9")),
            (Field::LinkedIn, json!("https://a.example/sara"), json!("https://a.example/sara")),
        ];
        for (field, value, want) in table {
            assert_eq!(written(&field, &value.into()).to_json(), want, "{field}");
        }
    }
}
