//! The forms in which a system may return a value that a file declares.
//!
//! Two texts are compared in Unicode normalization form C and without default-ignorable characters: servers normalize,
//! and strip what cannot be seen. Only the comparison does so; what is sent and shown is the value as it was declared.

use icu_normalizer::ComposingNormalizerBorrowed;
use icu_properties::CodePointSetData;
use icu_properties::props::DefaultIgnorableCodePoint;

use super::canonical::canonical;
use super::field_value::FieldValue;
use super::value::{Date, Phone};
use super::value_type::ValueType;

/// A value in the form in which it is compared.
pub(super) fn comparable(kind: ValueType, value: &FieldValue) -> FieldValue {
    match (kind, value) {
        (ValueType::Text | ValueType::Any, FieldValue::Text(text)) => {
            canonical(kind, &FieldValue::from(normalized(text)))
        }
        _ => canonical(kind, value),
    }
}

/// Whether a system that returns `live` holds what is `wanted`, beyond an equal spelling:
/// - a phone in the national form of the wanted number's country;
/// - a date with the day first, also where it could be read with the month first;
/// - nothing where a flag is wanted off, since a system may leave such flags out;
/// - off or zero where a custom field is wanted empty, since a checkbox has no other empty form.
pub(super) fn agrees(kind: ValueType, live: &FieldValue, wanted: &FieldValue) -> bool {
    match kind {
        ValueType::Phone => is_national_form(live, wanted),
        ValueType::Date => live.as_text().and_then(Date::day_first).is_some_and(|day| wanted == &FieldValue::from(day)),
        ValueType::Flag => is_off_or_nothing(kind, live) && is_off_or_nothing(kind, wanted),
        ValueType::Any if comparable(kind, wanted).is_nothing() => is_off_or_nothing(kind, live),
        ValueType::Any => wanted == &FieldValue::Flag(false) && comparable(kind, live).is_nothing(),
        _ => false,
    }
}

fn normalized(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let ignorable = CodePointSetData::new::<DefaultIgnorableCodePoint>();
    let without_ignorable: String = text.chars().filter(|c| !ignorable.contains(*c)).collect();
    ComposingNormalizerBorrowed::new_nfc().normalize(&without_ignorable).into_owned()
}

/// Off: `false`, `0` and their texts. A custom field that is off is `"false"` in its canonical form.
fn is_off_or_nothing(kind: ValueType, value: &FieldValue) -> bool {
    match comparable(kind, value) {
        FieldValue::Nothing | FieldValue::Flag(false) => true,
        FieldValue::Text(text) => kind == ValueType::Any && text == "false",
        _ => false,
    }
}

fn is_national_form(live: &FieldValue, wanted: &FieldValue) -> bool {
    let FieldValue::Text(wanted) = wanted else { return false };
    let live = match live {
        FieldValue::Text(text) if !text.trim_start().starts_with('+') => text.to_string(),
        FieldValue::Number(number) => number.to_string(),
        _ => return false,
    };
    let digits: String = live.chars().filter(char::is_ascii_digit).collect();
    Phone::national_digits(wanted).is_some_and(|forms| forms.contains(&digits))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::model::agent::{Channel, Field, FieldValue};

    #[test]
    fn texts_that_look_alike_are_equal() {
        let same = [
            ("Jose\u{301}", "Jos\u{e9}"),
            ("Sara\u{200b} Khan", "Sara Khan"),
            ("\u{202a}Sara\u{202c}", "Sara"),
            ("می\u{200c}خواهم", "میخواهم"),
            ("\u{feff} Sara ", "Sara"),
        ];
        for (one, other) in same {
            for field in [Field::FirstName, Field::Description("en".into()), Field::Custom("1".into())] {
                assert!(field.same(&one.into(), &other.into()), "{field} {one:?} {other:?}");
            }
        }
        assert!(!Field::FirstName.same(&"Jose".into(), &"Jos\u{e9}".into()));
        assert!(Field::FirstName.same(&"\u{200b}".into(), &FieldValue::Nothing));
    }

    #[test]
    fn a_value_agrees_in_the_system_s_own_form() {
        let phone = || Field::Phone;
        let date = || Field::LicenceExpiredAt;
        let flag = || Field::Subscription("type.x".into(), Channel::Sms);
        let custom = || Field::Custom("6".into());
        let table = [
            // field, live, wanted, agrees
            (phone(), json!("0501234567"), json!("+971 50 123 4567"), true),
            (phone(), json!("050 123 4567"), json!("+971501234567"), true),
            (phone(), json!("501234567"), json!("+971501234567"), true),
            (phone(), json!(501_234_567), json!("+971501234567"), true),
            (phone(), json!("04 420 1171"), json!("+97144201171"), true),
            (phone(), json!("(617) 555-0123"), json!("+16175550123"), true),
            (phone(), json!("0501234568"), json!("+971501234567"), false),
            (phone(), json!("+501234567"), json!("+971501234567"), false),
            (phone(), json!(null), json!("+971501234567"), false),
            (date(), json!("03/04/2031"), json!("2031-04-03"), true),
            (date(), json!("03/04/2031"), json!("2031-03-04"), false),
            (date(), json!("31.03.2031"), json!("2031-03-31"), true),
            (flag(), json!(null), json!(false), true),
            (flag(), json!(0), json!(null), true),
            (flag(), json!(null), json!(true), false),
            (flag(), json!(true), json!(false), false),
            (custom(), json!(false), json!(null), true),
            (custom(), json!("0"), json!(null), true),
            (custom(), json!(0), json!(null), true),
            (custom(), json!(""), json!(null), true),
            (custom(), json!(null), json!(null), true),
            (custom(), json!([]), json!(null), true),
            (custom(), json!("2 pets"), json!(null), false),
            (custom(), json!(true), json!(null), false),
            (custom(), json!(null), json!(false), true),
            (custom(), json!(null), json!(0), false),
            (custom(), json!(null), json!("0"), false),
        ];
        for (field, live, wanted, agrees) in table {
            let (live, wanted) = (FieldValue::from(live), FieldValue::from(wanted));
            assert_eq!(field.agrees(&live, &wanted), agrees, "{field}: {live} for {wanted}");
        }
    }
}
