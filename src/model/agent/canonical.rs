//! The canonical form of a value: equal values have the same one.
//!
//! Real servers trim, change the case of codes, strip spaces from phones, reorder sets and print dates as date-times.
//! None of that is a difference, so both sides are brought to one spelling before they are compared. The declared
//! value is *sent* unchanged.

use jiff::Timestamp;
use jiff::tz::{self, Offset};
use url::Url;

use super::field_value::{FieldValue, digits};
use super::value::Date;
use super::value_type::ValueType;

/// Brings `value` to the spelling that all its equals share. Empty values (`""`, `[]`, white space) become nothing.
#[must_use]
pub(super) fn canonical(kind: ValueType, value: &FieldValue) -> FieldValue {
    match kind {
        ValueType::LowerCodes => codes(value, str::to_lowercase),
        ValueType::UpperCodes => codes(value, str::to_uppercase),
        ValueType::Flag => flag(value),
        ValueType::Number => number(value),
        ValueType::Any => any(value),
        ValueType::Text | ValueType::Code | ValueType::Email | ValueType::Phone | ValueType::Url | ValueType::Date => {
            text(kind, value)
        }
    }
}

/// Whether the canonical form of `value` is nothing. It is asked of every value of every row, so it does not build that form.
#[must_use]
pub(super) fn is_blank(kind: ValueType, value: &FieldValue) -> bool {
    match value {
        FieldValue::Nothing => true,
        FieldValue::Text(text) => match kind {
            ValueType::Phone => normalize_phone(text.trim()).is_empty(),
            _ => text.trim().is_empty(),
        },
        FieldValue::List(items) => match kind {
            ValueType::LowerCodes | ValueType::UpperCodes => items.iter().all(|code| code.trim().is_empty()),
            ValueType::Any => items.is_empty(),
            _ => false,
        },
        FieldValue::Number(_) | FieldValue::Flag(_) | FieldValue::Other(_) => false,
    }
}

fn text(kind: ValueType, value: &FieldValue) -> FieldValue {
    let written = match value {
        FieldValue::Text(text) => text.trim().to_owned(),
        // A server may keep "48213" or a phone as a number.
        FieldValue::Number(number) => digits(number),
        other => return other.clone(),
    };
    let text = match kind {
        ValueType::Code | ValueType::Email => written.to_lowercase(),
        ValueType::Phone => normalize_phone(&written),
        ValueType::Url => url(written),
        ValueType::Date => date(&written),
        _ => written.replace("\r\n", "\n"),
    };
    if text.is_empty() { FieldValue::Nothing } else { FieldValue::from(text) }
}

/// Normalize phone numbers: only the digits count, but a text in place of a number is a value too. A declared number has its country code, so a server that drops the plus, or
/// writes it as `00`, means the same number. The national form is compared in `agreement.rs`, the number of two people in
/// `reconcile/matching/facts.rs`.
fn normalize_phone(written: &str) -> String {
    let digits: String = written.chars().filter(char::is_ascii_digit).collect();
    match digits.strip_prefix("00") {
        _ if digits.is_empty() => written.to_lowercase(),
        Some(rest) if !written.starts_with('+') => rest.to_owned(),
        _ => digits,
    }
}

/// As an ASCII URI, with one spelling of each escape: `%d8` is `%D8`.
fn url(written: String) -> String {
    match Url::parse(&written) {
        Ok(url) => with_capital_escapes(url.as_str()),
        Err(_) => written,
    }
}

fn with_capital_escapes(uri: &str) -> String {
    let mut parts = uri.split('%');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (escape, rest) = part.split_at_checked(2).unwrap_or((part, ""));
        text.extend(["%", &escape.to_ascii_uppercase(), rest]);
    }
    text
}

/// Both systems are in the Emirates: an instant is the day that their calendars show at that moment. That is right for a
/// server that prints midnight at +04:00, the same instant in UTC (20:00 of the day before), and midnight in UTC.
const EMIRATES: Offset = tz::offset(4);

/// The day, whatever is written behind it. A day written first is read where it can mean one day only.
fn date(written: &str) -> String {
    if let Ok(instant) = written.parse::<Timestamp>() {
        return EMIRATES.to_datetime(instant).date().to_string();
    }
    match written.get(..10) {
        Some(day) if matches!(written.as_bytes().get(10), Some(b'T' | b't' | b' ')) => day.to_owned(),
        _ => Date::reordered(written).unwrap_or_else(|| written.to_owned()),
    }
}

fn codes(value: &FieldValue, case: fn(&str) -> String) -> FieldValue {
    let FieldValue::List(items) = value else {
        return if is_blank(ValueType::LowerCodes, value) { FieldValue::Nothing } else { value.clone() };
    };
    let mut codes: Vec<String> = items.iter().map(|code| case(code.trim())).collect();
    codes.retain(|code| !code.is_empty());
    codes.sort();
    codes.dedup();
    if codes.is_empty() { FieldValue::Nothing } else { FieldValue::from_texts(codes) }
}

fn flag(value: &FieldValue) -> FieldValue {
    match value {
        FieldValue::Number(number) if number.as_i64() == Some(1) => FieldValue::Flag(true),
        FieldValue::Number(number) if number.as_i64() == Some(0) => FieldValue::Flag(false),
        FieldValue::Text(text) => match text.trim() {
            "1" | "true" => FieldValue::Flag(true),
            "0" | "false" => FieldValue::Flag(false),
            "" => FieldValue::Nothing,
            _ => value.clone(),
        },
        other => other.clone(),
    }
}

fn number(value: &FieldValue) -> FieldValue {
    match value {
        FieldValue::Text(text) if text.trim().is_empty() => FieldValue::Nothing,
        FieldValue::Text(text) => text.trim().parse::<i64>().map_or_else(|_| value.clone(), FieldValue::from),
        other => other.clone(),
    }
}

fn any(value: &FieldValue) -> FieldValue {
    match value {
        FieldValue::Text(text) => match text.trim() {
            "" => FieldValue::Nothing,
            // A CRM may keep every custom field as text, and a flag as 1 and 0.
            "1" => FieldValue::from("true"),
            "0" => FieldValue::from("false"),
            text => FieldValue::from(text.replace("\r\n", "\n")),
        },
        FieldValue::Flag(flag) => FieldValue::from(flag.to_string()),
        FieldValue::Number(number) => any(&FieldValue::from(digits(number))),
        FieldValue::List(items) if items.is_empty() => FieldValue::Nothing,
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use strum::IntoEnumIterator as _;

    use super::*;
    use crate::model::agent::Field;

    #[test]
    fn a_value_is_blank_where_its_canonical_form_is_nothing() {
        let texts = [
            "", " ", "\t\n", "\u{a0}", "0", "00", " 00 ", "+00", "+", "-", "n/a", "0000", "%", "https:", "[]", "false",
        ];
        let others = [json!(null), json!(0), json!(0.0), json!(-1), json!(true), json!(false), json!({}), json!([1])];
        let lists = [json!([]), json!([""]), json!([" ", ""]), json!(["en", ""]), json!([[]])];
        let values = texts.map(|text| json!(text)).into_iter().chain(others).chain(lists);
        for value in values.map(FieldValue::from) {
            for kind in Field::iter().map(|field| field.kind()) {
                assert_eq!(is_blank(kind, &value), canonical(kind, &value).is_nothing(), "{kind:?} {value}");
            }
        }
    }

    #[test]
    fn equal_spellings_share_one_canonical_form() {
        let table = [
            (ValueType::Text, json!("  Sara "), json!("Sara")),
            (ValueType::Text, json!("a\r\nb\n"), json!("a\nb")),
            (ValueType::Text, json!(""), json!(null)),
            (ValueType::Code, json!("AGENT"), json!("agent")),
            (ValueType::Email, json!("Sara.Khan@Example.AE"), json!("sara.khan@example.ae")),
            (ValueType::Phone, json!("+971 50 (123)-45.67"), json!("971501234567")),
            (ValueType::Phone, json!("00971501234567"), json!("971501234567")),
            (ValueType::Phone, json!("See reception"), json!("see reception")),
            (ValueType::Phone, json!(" "), json!(null)),
            (ValueType::Url, json!("HTTPS://Example.AE/A?b=C"), json!("https://example.ae/A?b=C")),
            (ValueType::Url, json!("photos/Sara.jpg"), json!("photos/Sara.jpg")),
            (ValueType::Date, json!("2027-03-31T00:00:00+04:00"), json!("2027-03-31")),
            (ValueType::Date, json!("2027-03-30T20:00:00Z"), json!("2027-03-31")),
            (ValueType::Date, json!("2027-03-30T20:00:00.000Z"), json!("2027-03-31")),
            (ValueType::Date, json!("2027-03-31T00:00:00Z"), json!("2027-03-31")),
            (ValueType::Date, json!("2027-03-31 00:00:00"), json!("2027-03-31")),
            (ValueType::Date, json!("2027-03-31T23:59:59+04:00"), json!("2027-03-31")),
            (ValueType::Date, json!("31/03/2027"), json!("2027-03-31")),
            (ValueType::Date, json!("03/04/2027"), json!("03/04/2027")),
            (ValueType::Text, json!(48213.0), json!("48213")),
            (
                ValueType::Url,
                json!("https://example.ae/صورة.jpg"),
                json!("https://example.ae/%D8%B5%D9%88%D8%B1%D8%A9.jpg"),
            ),
            (ValueType::Url, json!("https://example.ae/%d8%b5"), json!("https://example.ae/%D8%B5")),
            (ValueType::Url, json!("https://مثال.إختبار/x%"), json!("https://xn--mgbh0fb.xn--kgbechtv/x%")),
            (ValueType::Number, json!("2014"), json!(2014)),
            (ValueType::Flag, json!(1), json!(true)),
            (ValueType::Flag, json!("false"), json!(false)),
            (ValueType::LowerCodes, json!(["EN", "ar", "en"]), json!(["ar", "en"])),
            (ValueType::UpperCodes, json!(["pk", "AE"]), json!(["AE", "PK"])),
            (ValueType::UpperCodes, json!([]), json!(null)),
            (ValueType::Any, json!(" 2 pets "), json!("2 pets")),
            (ValueType::Any, json!(true), json!("true")),
            (ValueType::Any, json!("1"), json!("true")),
            (ValueType::Any, json!(0), json!("false")),
            (ValueType::Any, json!(5), json!("5")),
        ];
        for (kind, spelling, want) in table {
            let (spelling, want) = (FieldValue::from(spelling), FieldValue::from(want));
            assert_eq!(canonical(kind, &spelling), want, "{kind:?} {spelling}");
            assert_eq!(canonical(kind, &want), want, "{kind:?}: canonical twice");
        }
    }
}
