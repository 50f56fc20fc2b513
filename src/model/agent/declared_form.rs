//! The form in which a new file declares a value that a system holds.

use super::canonical::canonical;
use super::field_value::FieldValue;
use super::value::Phone;
use super::value_type::ValueType;

/// The value as a person would declare it: a phone number with its country code, a date as a day, codes in their case, a
/// text without white space around it. What cannot be brought into that form is returned as the system holds it; whether a
/// file may declare it is a question for the schema.
pub(super) fn declared_form(kind: ValueType, value: &FieldValue) -> FieldValue {
    let text = |value: &FieldValue| match canonical(ValueType::Text, value) {
        FieldValue::Text(text) => text.to_string(),
        other => other.to_string(),
    };
    match kind {
        _ if canonical(kind, value).is_nothing() => FieldValue::Nothing,
        ValueType::Phone => FieldValue::from(Phone::international(&text(value))),
        ValueType::Text | ValueType::Url | ValueType::Email => FieldValue::from(text(value)),
        ValueType::Any => value.clone(),
        ValueType::Code
        | ValueType::Date
        | ValueType::Number
        | ValueType::Flag
        | ValueType::LowerCodes
        | ValueType::UpperCodes => canonical(kind, value),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_value_is_brought_into_the_form_of_a_file() {
        let table = [
            (ValueType::Phone, json!("050 123 4567"), json!("+971501234567")),
            (ValueType::Phone, json!("971501234567"), json!("+971501234567")),
            (ValueType::Phone, json!(971_501_234_567_u64), json!("+971501234567")),
            (ValueType::Phone, json!("00971 50 123 4567"), json!("+971501234567")),
            (ValueType::Phone, json!("+44 20 7946 0018"), json!("+442079460018")),
            (ValueType::Phone, json!("04 420 1171"), json!("+97144201171")),
            (ValueType::Phone, json!("447911123456"), json!("+447911123456")),
            (ValueType::Phone, json!("919876543210"), json!("+919876543210")),
            (ValueType::Phone, json!(201_001_234_567_u64), json!("+201001234567")),
            (ValueType::Phone, json!("+971 59 999"), json!("+97159999")),
            (ValueType::Phone, json!("123456789012"), json!("123456789012")),
            (ValueType::Phone, json!("050 123"), json!("050 123")),
            (ValueType::Phone, json!("ask reception"), json!("ask reception")),
            (ValueType::Phone, json!("+971 4 420 1171 ext. 214"), json!("+971 4 420 1171 ext. 214")),
            (ValueType::Phone, json!("04 420 1171 x214"), json!("04 420 1171 x214")),
            (ValueType::Date, json!("2027-03-31T00:00:00+04:00"), json!("2027-03-31")),
            (ValueType::Code, json!("AGENT"), json!("agent")),
            (ValueType::LowerCodes, json!(["EN", "ar"]), json!(["ar", "en"])),
            (ValueType::Text, json!("  Sara "), json!("Sara")),
            (ValueType::Text, json!(48213), json!("48213")),
            (ValueType::Email, json!(" Sara@Example.ae "), json!("Sara@Example.ae")),
            (ValueType::Url, json!("https://Example.AE/A"), json!("https://Example.AE/A")),
            (ValueType::Text, json!("  "), json!(null)),
        ];
        for (kind, held, declared) in table {
            let (held, declared) = (FieldValue::from(held), FieldValue::from(declared));
            assert_eq!(declared_form(kind, &held), declared, "{kind:?} {held}");
        }
    }
}
