//! What the tests of both wires are fed with: every field, values that a valid file may give it, and hostile JSON.

use proptest::collection::{btree_map, btree_set, vec};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};
use strum::{IntoEnumIterator as _, VariantNames as _};

use crate::model::agent::{Channel, Field, FieldValue, Status, Theme, ValueType};
use crate::model::record::Record;

/// Every field, those with a language or an id more than once.
pub(super) fn fields() -> Vec<Field> {
    let mut fields: Vec<Field> = Field::iter().filter(|field| !is_keyed(field)).collect();
    for lang in ["ar", "en", "fr"] {
        fields.push(Field::Position(lang.into()));
        fields.push(Field::Description(lang.into()));
    }
    fields.extend([Channel::Email, Channel::Sms].map(|by| Field::Subscription("type.lead".into(), by)));
    fields.extend(["1", "3"].map(|id| Field::Custom(id.into())));
    fields
}

fn is_keyed(field: &Field) -> bool {
    matches!(field, Field::Position(_) | Field::Description(_) | Field::Subscription(..) | Field::Custom(_))
}

/// Whether the field cannot be cleared.
fn is_required(field: &Field) -> bool {
    use Field::{Email, FirstName, LastName, Login, Mobile, Phone, Status};
    matches!(field, Status | FirstName | LastName | Email | Phone | Login | Mobile)
}

/// A value that a valid file may give the field, now and then in an odd spelling.
pub(super) fn value(field: &Field) -> BoxedStrategy<FieldValue> {
    let codes = |codes: Vec<&'static str>| select(codes).prop_map(FieldValue::from).boxed();
    let list = |codes: Vec<&'static str>| {
        btree_set(select(codes), 0..5).prop_map(|codes| FieldValue::from(json!(codes))).boxed()
    };
    match (field, field.kind()) {
        (Field::Status, _) => codes(Status::VARIANTS.to_vec()),
        (Field::Theme, _) => codes(Theme::VARIANTS.to_vec()),
        (Field::InterfaceLanguage, _) => codes(vec!["en", "ar"]),
        (Field::LinkedIn, _) => "https://www\\.linkedin\\.com/in/[a-z-]{1,12}".prop_map(FieldValue::from).boxed(),
        (Field::PrivateFirstName | Field::PrivateLastName, _) => {
            "[A-Za-zء-ي]{2,8}( [a-z]{2,4})?".prop_map(FieldValue::from).boxed()
        }
        (_, ValueType::Text) => text().prop_map(FieldValue::from).boxed(),
        (_, ValueType::Code) => codes(vec!["agent", "manager", "Admin"]),
        (_, ValueType::Email) => "[A-Za-z]{1,8}@[a-z]{1,8}\\.ae".prop_map(FieldValue::from).boxed(),
        (_, ValueType::Phone) => "\\+9715[0-9] ?[0-9]{3}[ -]?[0-9]{4}".prop_map(FieldValue::from).boxed(),
        (_, ValueType::Url) => prop_oneof!["https://[a-z]{1,8}\\.ae/[a-zA-Z]{1,8}\\.jpg", "photos/[a-z ]{1,8}\\.png"]
            .prop_map(FieldValue::from)
            .boxed(),
        (_, ValueType::Date) => {
            (2020..2040_i32, 1..=12, 1..=28).prop_map(|(y, m, d)| format!("{y}-{m:02}-{d:02}").into()).boxed()
        }
        (_, ValueType::Number) => (1950..2030_i64).prop_map(FieldValue::from).boxed(),
        (_, ValueType::Flag) => any::<bool>().prop_map(FieldValue::Flag).boxed(),
        (_, ValueType::LowerCodes) => list(vec!["en", "AR", "eng", "zh", "yue", "fil", "he", "bal", "nb"]),
        (_, ValueType::UpperCodes) => list(vec!["AE", "pk", "GB", "HT"]),
        (_, ValueType::Any) => {
            prop_oneof![any::<bool>().prop_map(FieldValue::Flag), text().prop_map(FieldValue::from)].boxed()
        }
    }
}

/// A text that is not blank, now and then with white space around it.
fn text() -> BoxedStrategy<String> {
    "[ \n]?[A-Za-z0-9ء-ي<>\"'|](\r\n|[ a-z.ء-ي]){0,9}".boxed()
}

/// A declaration: of each field nothing, null where that is allowed, or a value. What is required is there.
pub(super) fn declaration() -> BoxedStrategy<Record> {
    let sample = |field: Field| {
        let given = value(&field).prop_map(Some);
        let absent_or_null = if is_required(&field) {
            given.clone().boxed()
        } else {
            select(vec![None, Some(FieldValue::Nothing)]).boxed()
        };
        (Just(field), prop_oneof![2 => given, 1 => absent_or_null])
    };
    fields()
        .into_iter()
        .map(sample)
        .collect::<Vec<_>>()
        .prop_map(|all| all.into_iter().filter_map(|(field, value)| Some((field, value?))).collect())
        .boxed()
}

/// Any JSON, its keys mostly those that the systems use, so that what is read is there in every wrong type.
pub(super) fn hostile(keys: &'static [&'static str]) -> BoxedStrategy<Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        select(vec!["", " ", "en", "AR", "1", "7712", "2027-03-31T00:00:00+04:00", "Sara Khan", "\u{202e}x", "active"])
            .prop_map(Value::from),
        ".{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 48, 6, move |inner| {
        let key = prop_oneof![4 => select(keys.to_vec()).prop_map(str::to_owned), 1 => "[a-z0-9]{0,3}"];
        prop_oneof![
            1 => vec(inner.clone(), 0..5).prop_map(Value::from),
            3 => btree_map(key, inner, 0..8).prop_map(|members| json!(members)),
        ]
    })
    .boxed()
}

/// The changes that a plan would make: what is desired and is not there.
pub(super) fn changes(desired: &Record, observed: &Record) -> Record {
    let differs = |(field, value): &(&Field, &FieldValue)| {
        !field.same(value, observed.get(*field).unwrap_or(&FieldValue::Nothing))
    };
    desired.iter().filter(differs).map(|(field, value)| (field.clone(), value.clone())).collect()
}

/// A record in its one spelling, without what is empty.
pub(super) fn canonical(record: &Record) -> Record {
    let spelled = record.iter().map(|(field, value)| (field.clone(), field.canonical(value)));
    spelled.filter(|(_, value)| !value.is_nothing()).collect()
}

/// Where two JSON trees differ: the paths of the shallowest members that only one has or that are no objects.
pub(super) fn differences(one: &Value, other: &Value) -> Vec<Vec<String>> {
    fn walk(one: Option<&Value>, other: Option<&Value>, path: &mut Vec<String>, found: &mut Vec<Vec<String>>) {
        match (one, other) {
            (Some(Value::Object(left)), Some(Value::Object(right))) => {
                for key in left.keys().chain(right.keys().filter(|key| !left.contains_key(*key))) {
                    path.push(key.clone());
                    walk(left.get(key), right.get(key), path, found);
                    path.pop();
                }
            }
            _ if one == other => {}
            _ => found.push(path.clone()),
        }
    }
    let mut found = vec![];
    walk(Some(one), Some(other), &mut vec![], &mut found);
    found
}
