//! The rows that Property Finder returns, without the four write-only fields
//! (docs/vendor-apis.md, "Property Finder: fields that are never returned").

use serde_json::{Map, Value, json};

use crate::sandbox::behaviour::{Behaviour, ValueSpelling};
use crate::sandbox::spelling::{SpelledType, respell};
use crate::sandbox::store::PfState;

/// What is written in more than one way (see [`ValueSpelling`]).
const SPELLED: [(&str, SpelledType); 15] = [
    ("/firstName", SpelledType::Text),
    ("/lastName", SpelledType::Text),
    ("/email", SpelledType::Email),
    ("/mobile", SpelledType::Phone),
    ("/publicProfile/name", SpelledType::Text),
    ("/publicProfile/email", SpelledType::Email),
    ("/publicProfile/phone", SpelledType::Phone),
    ("/publicProfile/phoneSecondary", SpelledType::Phone),
    ("/publicProfile/whatsappPhone", SpelledType::Phone),
    ("/publicProfile/linkedinAddress", SpelledType::Text),
    ("/publicProfile/bio/primary", SpelledType::Text),
    ("/publicProfile/bio/secondary", SpelledType::Text),
    ("/publicProfile/position/primary", SpelledType::Text),
    ("/publicProfile/position/secondary", SpelledType::Text),
    ("/publicProfile/compliances", SpelledType::Text),
];

/// A member of an object; null where it has none.
pub(super) fn member<'a>(of: &'a Value, name: &str) -> &'a Value {
    of.get(name).unwrap_or(&Value::Null)
}

impl PfState {
    /// The user whose public profile has this id, and the user's own id.
    pub(in crate::sandbox) fn user_with_profile(&self, profile: u64) -> Option<(u64, Value)> {
        let mut users = self.users.rows().iter();
        let found = users.find(|(_, user)| member(member(user, "publicProfile"), "id").as_u64() == Some(profile));
        found.map(|(id, user)| (*id, user.clone()))
    }

    /// A row of the list.
    pub(super) fn listed(&self, user: &Value, behaviour: &Behaviour) -> Value {
        let role = self.roles.iter().find(|role| member(role, "id") == member(user, "roleId")).cloned();
        let mut row = json!({
            "id": member(user, "id"), "firstName": member(user, "firstName"), "lastName": member(user, "lastName"), "email": member(user, "email"),
            "mobile": member(user, "mobile"), "status": member(user, "status"), "callTracking": null,
            "role": role, "publicProfile": public(member(user, "publicProfile")), "createdAt": member(user, "createdAt")
        });
        spell(&mut row, behaviour.pf_rows);
        row
    }

    /// The answer to a create: a flat role, and neither `callTracking` nor `createdAt`.
    pub(super) fn created(user: &Value, behaviour: &Behaviour) -> Value {
        let mut row = json!({
            "id": member(user, "id"), "firstName": member(user, "firstName"), "lastName": member(user, "lastName"), "email": member(user, "email"),
            "mobile": member(user, "mobile"), "status": member(user, "status"), "roleId": member(user, "roleId"),
            "publicProfile": public(member(user, "publicProfile"))
        });
        spell(&mut row, behaviour.pf_rows);
        row
    }

    /// Puts a row in past every rule, under its own ids or new ones.
    pub(in crate::sandbox) fn put(&mut self, given: &Value) -> u64 {
        let id = given.get("id").and_then(Value::as_u64).unwrap_or_else(|| self.users.new_id());
        let mut row = json!({
            "id": id, "firstName": "", "lastName": null, "email": "", "mobile": null, "status": "active",
            "roleId": 5, "createdAt": "2026-01-01T08:00:00Z", "publicProfile": null
        });
        if let (Some(row), Some(given)) = (row.as_object_mut(), given.as_object()) {
            row.extend(given.clone());
            row.insert("id".to_owned(), Value::from(id));
            if let Some(profile) = row.get_mut("publicProfile").and_then(Value::as_object_mut) {
                let profile_id = profile.get("id").and_then(Value::as_u64).unwrap_or(self.next_profile_id);
                self.next_profile_id = self.next_profile_id.max(profile_id + 1);
                profile.insert("id".to_owned(), Value::from(profile_id));
            }
        }
        self.users.write(id, Some(row), 0);
        id
    }
}

/// A public profile as it is shown, or null where there is none.
fn public(kept: &Value) -> Value {
    if !kept.is_object() {
        return Value::Null;
    }
    let texts = |name: &str| json!({ "primary": member(member(kept, name), "primary"), "secondary": member(member(kept, name), "secondary") });
    let mut shown = Map::new();
    for name in ["id", "name", "email", "phone", "phoneSecondary", "whatsappPhone", "linkedinAddress"] {
        if let Some(value) = kept.get(name) {
            shown.insert(name.to_owned(), value.clone());
        }
    }
    for name in ["bio", "position"] {
        shown.insert(name.to_owned(), texts(name));
    }
    let compliances: Vec<Value> =
        member(kept, "compliances").as_array().into_iter().flatten().map(compliance).collect();
    let rest = json!({
        "imageVariants": image(kept),
        "verification": { "status": "unverified", "requestDate": null },
        "compliances": compliances,
        "isSuperAgent": false
    });
    shown.extend(rest.as_object().cloned().unwrap_or_default());
    Value::Object(shown)
}

/// Addresses of its own, never the URL that was sent.
fn image(kept: &Value) -> Value {
    if member(kept, "imageUrl").is_null() {
        return Value::Null;
    }
    let at = format!("https://cdn.example.com/profiles/{}/large", member(kept, "id"));
    json!({ "large": { "default": at, "jpg": format!("{at}.jpg"), "webp": null } })
}

/// A date is written, and a date-time comes back.
fn compliance(kept: &Value) -> Value {
    let expiry = member(kept, "expiryDate").as_str().map(|day| format!("{day}T00:00:00+04:00"));
    json!({
        "type": member(kept, "type"), "value": member(kept, "value"), "status": "active", "expiryDate": expiry, "reason": null
    })
}

fn spell(row: &mut Value, spelling: ValueSpelling) {
    for (pointer, kind) in SPELLED {
        if let Some(value) = row.pointer_mut(pointer) {
            respell(value, kind, spelling);
        }
    }
    let entries = row.pointer_mut("/publicProfile/compliances").and_then(Value::as_array_mut);
    for date in entries.into_iter().flatten().filter_map(|entry| entry.get_mut("expiryDate")) {
        if spelling == ValueSpelling::Localized {
            respell(date, SpelledType::Date, spelling);
        }
    }
}
