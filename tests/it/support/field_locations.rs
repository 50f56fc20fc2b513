//! The place of each field in each system's JSON, written apart from the program's own tables, and what has changed in
//! a row.

use std::collections::BTreeSet;

use roster::model::agent::Field;
use roster::model::record::System;
use serde_json::{Map, Value};

/// The JSON pointers below which a write of this field may change a row, in the form that [`tidy`] gives it.
pub(crate) fn places(system: System, field: &Field) -> Vec<String> {
    match system {
        System::Crm => in_crm(field),
        System::Pf => at_pf(field),
    }
}

fn in_crm(field: &Field) -> Vec<String> {
    let path = field.to_string();
    vec![match field {
        Field::Position(_) => "/public/position".to_owned(),
        Field::Description(lang) => format!("/public/descriptions/{lang}"),
        Field::Subscription(name, channel) => format!("/subscriptions/{name}/{}", channel.key()),
        _ => format!("/{}", path.replace('.', "/")),
    }]
}

fn at_pf(field: &Field) -> Vec<String> {
    let place = match field {
        Field::Status => "/status",
        Field::Role => "/roleId",
        Field::PrivateFirstName => "/firstName",
        Field::PrivateLastName => "/lastName",
        Field::Login => "/email",
        Field::Mobile => "/mobile",
        Field::FirstName | Field::LastName => "/publicProfile/name",
        Field::Email => "/publicProfile/email",
        Field::Phone => "/publicProfile/phone",
        Field::PhoneSecondary => "/publicProfile/phoneSecondary",
        Field::WhatsappPhone => "/publicProfile/whatsappPhone",
        Field::Photo => "/publicProfile/imageUrl",
        Field::ExperienceSince => "/publicProfile/experienceSince",
        Field::Languages => "/publicProfile/spokenLanguages",
        Field::Nationalities => "/publicProfile/nationality",
        Field::LinkedIn => "/publicProfile/linkedinAddress",
        Field::Position(lang) if lang == "en" => "/publicProfile/position/primary",
        Field::Position(lang) if lang == "ar" => "/publicProfile/position/secondary",
        Field::Description(lang) if lang == "en" => "/publicProfile/bio/primary",
        Field::Description(lang) if lang == "ar" => "/publicProfile/bio/secondary",
        Field::Licence | Field::LicenceExpiredAt => "/publicProfile/compliances",
        _ => return Vec::new(),
    };
    vec![place.to_owned()]
}

/// A row without what says nothing: lists of texts by language become objects, sets are in order, and what is empty is
/// not there.
pub(crate) fn tidy(row: &Value) -> Value {
    match row {
        Value::Object(members) => {
            let kept = members.iter().map(|(name, value)| (name.clone(), tidy(value)));
            let kept: Map<String, Value> = kept.filter(|(_, value)| !value.is_null()).collect();
            if kept.is_empty() { Value::Null } else { Value::Object(kept) }
        }
        Value::Array(items) if items.is_empty() => Value::Null,
        Value::Array(items) => {
            if let Some(texts) = items.iter().map(by_language).collect::<Option<Map<_, _>>>() {
                return Value::Object(texts);
            }
            let mut items: Vec<Value> = items.iter().map(tidy).collect();
            items.sort_by_key(Value::to_string);
            Value::Array(items)
        }
        Value::String(text) if text.trim().is_empty() => Value::Null,
        other => other.clone(),
    }
}

fn by_language(item: &Value) -> Option<(String, Value)> {
    Some((item.get("lang")?.as_str()?.to_lowercase(), tidy(item.get("content")?)))
}

/// The pointers at which two rows differ, as deep as both are objects.
pub(crate) fn differing(before: &Value, after: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    walk(&tidy(before), &tidy(after), "", &mut found);
    found
}

fn walk(before: &Value, after: &Value, at: &str, found: &mut BTreeSet<String>) {
    let nothing = Map::new();
    let members = |value: &Value| value.as_object().cloned().or_else(|| value.is_null().then(|| nothing.clone()));
    match (members(before), members(after)) {
        _ if before == after => {}
        (Some(one), Some(other)) => {
            for name in one.keys().chain(other.keys()).collect::<BTreeSet<_>>() {
                let null = Value::Null;
                let (one, other) = (one.get(name).unwrap_or(&null), other.get(name).unwrap_or(&null));
                walk(one, other, &format!("{at}/{name}"), found);
            }
        }
        _ => _ = found.insert(at.to_owned()),
    }
}

/// Those of the pointers that stand below none of the places.
pub(crate) fn outside(found: BTreeSet<String>, places: &[String]) -> Vec<String> {
    let within = |pointer: &String, place: &String| pointer == place || pointer.starts_with(&format!("{place}/"));
    found.into_iter().filter(|pointer| !places.iter().any(|place| within(pointer, place))).collect()
}
