//! One CRM user: what it holds, what a write makes of it, and how it is shown.

use serde_json::{Map, Value, json};

use crate::sandbox::behaviour::{Behaviour, ValueSpelling, WriteMode};
use crate::sandbox::spelling::{SpelledType, respell};
use crate::sandbox::store::CrmState;

/// The read-only members (docs/vendor-apis.md, "CRM: user object").
const READ_ONLY: [&str; 4] = ["/id", "/created_at", "/updated_at", "/private/licence_expired_at"];

/// The member that PUT writes and POST ignores (docs/vendor-apis.md, "CRM: create a user").
const PUT_ONLY: &str = "/public/licence_expired_at";

/// What is written in more than one way (see [`ValueSpelling`]).
const SPELLED: [(&str, SpelledType); 21] = [
    ("/public/first_name", SpelledType::Text),
    ("/public/last_name", SpelledType::Text),
    ("/public/email", SpelledType::Email),
    ("/public/phone", SpelledType::Phone),
    ("/public/licence", SpelledType::Text),
    ("/public/position", SpelledType::Text),
    ("/public/languages", SpelledType::Languages),
    ("/public/nationalities", SpelledType::Countries),
    ("/public/linked_in", SpelledType::Text),
    ("/public/licence_expired_at", SpelledType::Date),
    ("/private/first_name", SpelledType::Text),
    ("/private/last_name", SpelledType::Text),
    ("/private/email", SpelledType::Email),
    ("/private/mobile", SpelledType::Phone),
    ("/private/landline", SpelledType::Phone),
    ("/private/lang", SpelledType::Languages),
    ("/private/licence", SpelledType::Text),
    ("/private/use_email_signature", SpelledType::Flag),
    ("/private/email_signature", SpelledType::Text),
    ("/private/licence_expired_at", SpelledType::Date),
    ("/role", SpelledType::Text),
];

/// A user without values: every member that the CRM returns, empty as in the vendor's example.
pub(super) fn blank() -> Value {
    json!({
        "id": 0,
        "public": {
            "first_name": "", "last_name": "", "email": "", "phone": "", "photo": null, "licence": "", "position": "",
            "languages": [], "nationalities": [], "linked_in": "", "descriptions": [], "licence_expired_at": null
        },
        "private": {
            "first_name": "", "last_name": "", "email": "", "mobile": "", "landline": "", "landline_extension": "",
            "lang": "", "photo": null, "licence": "", "use_email_signature": false, "email_signature": "",
            "licence_expired_at": null
        },
        "role": "", "theme": "", "subscriptions": {}, "fields": {},
        "created_at": "", "updated_at": ""
    })
}

/// What a write does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum WriteVerb {
    Post,
    Put,
}

/// Merges the sent members into a row, and returns those that were not accepted.
pub(super) fn written(old: &Value, sent: &Value, verb: WriteVerb, behaviour: &Behaviour) -> (Value, Vec<String>) {
    let mut warnings = Vec::new();
    let mut sent = sent.clone();
    if verb == WriteVerb::Put && !behaviour.crm_fields_on_put {
        take(&mut sent, "/fields");
    }
    if let Some(fields) = sent.pointer_mut("/fields").and_then(Value::as_object_mut) {
        *fields = std::mem::take(fields)
            .into_iter()
            .filter(|(id, _)| behaviour.crm_custom_fields.as_ref().is_none_or(|known| known.contains(id)))
            .filter_map(|(id, value)| Some((id, behaviour.crm_long_fields.keep(&value)?)))
            .collect();
    }
    for pointer in READ_ONLY.iter().chain((verb == WriteVerb::Post).then_some(&PUT_ONLY)) {
        if take(&mut sent, pointer) {
            warnings.push(format!("{} is read-only and was ignored", dotted(pointer)));
        }
    }
    let mut row = if behaviour.crm_put == WriteMode::Replace { emptied(old, behaviour) } else { old.clone() };
    lay(&mut row, &sent, &blank(), "", old, &mut warnings);
    settle(&mut row);
    (row, warnings)
}

/// Brings what may be written in two ways to one: an expiry is a day without its time, and a flag is true or false.
fn settle(row: &mut Value) {
    if let Some(date) = row.pointer_mut(PUT_ONLY) {
        *date = match date.as_str().map(|text| text.get(..10).unwrap_or(text)) {
            Some("") | None => Value::Null,
            Some(day) => Value::from(day),
        };
    }
    if let Some(flag) = row.pointer_mut("/private/use_email_signature") {
        *flag = Value::Bool(*flag == Value::Bool(true) || *flag == 1);
    }
}

/// The row without the members that a write can set. Members that the CRM does not document stay.
fn emptied(old: &Value, behaviour: &Behaviour) -> Value {
    let mut row = old.clone();
    for (name, empty) in blank().as_object().into_iter().flatten() {
        let kept = matches!(name.as_str(), "id" | "created_at" | "updated_at")
            || (name == "fields" && !behaviour.crm_fields_on_put);
        match (kept, empty, row.get_mut(name)) {
            (true, ..) | (_, _, None) => {}
            (false, Value::Object(members), Some(Value::Object(half))) if !members.is_empty() => {
                for (member, empty) in members {
                    if (name.as_str(), member.as_str()) != ("private", "licence_expired_at") {
                        half.insert(member.clone(), empty.clone());
                    }
                }
            }
            (false, empty, Some(value)) => *value = empty.clone(),
        }
    }
    row
}

/// Lays one object over another, as deep as the blank row goes; `fields` and `subscriptions`, whose keys are the
/// account's, go by key.
fn lay(row: &mut Value, sent: &Value, blank: &Value, at: &str, old: &Value, warnings: &mut Vec<String>) {
    let (Some(row), Some(sent)) = (row.as_object_mut(), sent.as_object()) else { return };
    for (name, value) in sent {
        let pointer = format!("{at}/{name}");
        match blank.get(name) {
            // The CRM ignores unknown members, without a warning for one that it returned itself.
            None if old.pointer(&pointer) == Some(value) => {}
            None => warnings.push(format!("{} is unknown and was ignored", dotted(&pointer))),
            Some(Value::Object(keys)) if keys.is_empty() => by_key(row, name, value),
            Some(inner @ Value::Object(_)) => {
                let half = row.entry(name.clone()).or_insert_with(|| Value::Object(Map::new()));
                lay(half, value, inner, &pointer, old, warnings);
            }
            Some(empty) if value.is_null() => _ = row.insert(name.clone(), empty.clone()),
            Some(_) => _ = row.insert(name.clone(), value.clone()),
        }
    }
}

/// Lays `fields` or `subscriptions` over what is there, key by key; a null takes a key away.
fn by_key(row: &mut Map<String, Value>, name: &str, sent: &Value) {
    let kept = row.entry(name.to_owned()).or_insert_with(|| json!({}));
    if !kept.is_object() {
        *kept = json!({});
    }
    let (Some(kept), Some(sent)) = (kept.as_object_mut(), sent.as_object()) else { return };
    for (key, value) in sent {
        match (kept.get_mut(key), value) {
            (_, Value::Null) => _ = kept.shift_remove(key),
            (Some(Value::Object(channels)), Value::Object(sent)) => {
                channels.extend(sent.iter().map(|(channel, on)| (channel.clone(), on.clone())));
            }
            _ => _ = kept.insert(key.clone(), value.clone()),
        }
    }
}

fn take(sent: &mut Value, pointer: &str) -> bool {
    let Some((parent, name)) = pointer.rsplit_once('/') else { return false };
    let half = sent.pointer_mut(parent).and_then(Value::as_object_mut);
    half.is_some_and(|half| half.shift_remove(name).is_some())
}

fn dotted(pointer: &str) -> String {
    pointer.trim_start_matches('/').replace('/', ".")
}

/// A row as the CRM shows it.
pub(super) fn shown(row: &Value, behaviour: &Behaviour) -> Value {
    let mut row = row.clone();
    for (pointer, kind) in SPELLED {
        if let Some(value) = row.pointer_mut(pointer) {
            respell(value, kind, behaviour.crm_rows);
        }
    }
    if let Some(descriptions) = row.pointer_mut("/public/descriptions").and_then(Value::as_array_mut) {
        for description in descriptions.iter_mut() {
            for (name, kind) in [("lang", SpelledType::Languages), ("content", SpelledType::Text)] {
                if let Some(value) = description.get_mut(name) {
                    respell(value, kind, behaviour.crm_rows);
                }
            }
        }
        if behaviour.crm_rows == ValueSpelling::Reformatted {
            descriptions.reverse();
        }
    }
    if behaviour.crm_rows == ValueSpelling::Localized {
        for name in ["fields", "subscriptions"] {
            leave_out_what_is_off(row.get_mut(name));
        }
    }
    if !behaviour.crm_photos_returned {
        take(&mut row, "/public/photo");
        take(&mut row, "/private/photo");
    }
    let empty = row.get("fields").is_none_or(|fields| *fields == json!({}));
    if !behaviour.crm_fields_returned || (behaviour.crm_empty_fields_left_out && empty) {
        take(&mut row, "/fields");
    }
    if behaviour.crm_empty_objects_as_lists {
        for name in ["fields", "subscriptions"] {
            if let Some(value) = row.get_mut(name).filter(|value| **value == json!({})) {
                *value = json!([]);
            }
        }
    }
    row
}

fn leave_out_what_is_off(object: Option<&mut Value>) {
    let Some(members) = object.and_then(Value::as_object_mut) else { return };
    members.retain(|_, value| *value != json!(false));
    for value in members.values_mut() {
        leave_out_what_is_off(Some(value));
    }
}

/// A row as the CRM shows it in a list.
pub(super) fn listed(row: &Value, behaviour: &Behaviour) -> Value {
    let mut row = shown(row, behaviour);
    if !behaviour.crm_fields_in_list {
        take(&mut row, "/fields");
    }
    row
}

impl CrmState {
    /// Puts a row in past every rule: laid over an empty one, under its own `id` or a new one.
    pub(in crate::sandbox) fn put(&mut self, given: &Value) -> u64 {
        let id = given.get("id").and_then(Value::as_u64).unwrap_or_else(|| self.users.new_id());
        let mut row = blank();
        overlay(&mut row, given);
        if let Some(row) = row.as_object_mut() {
            row.insert("id".to_owned(), Value::from(id));
            for name in ["created_at", "updated_at"] {
                if row.get(name).is_none_or(|time| time == "") {
                    row.insert(name.to_owned(), Value::from("2026-01-01T08:00:00Z"));
                }
            }
        }
        self.users.write(id, Some(row), 0);
        id
    }
}

fn overlay(row: &mut Value, given: &Value) {
    match (row, given) {
        (Value::Object(row), Value::Object(given)) => {
            for (name, value) in given {
                overlay(row.entry(name.clone()).or_insert(Value::Null), value);
            }
        }
        (row, given) => *row = given.clone(),
    }
}
