//! The bodies of the documented contract (docs/vendor-apis.md, "Documented contract: fields"). They are closed, so that a member
//! that the document does not name is found.

use serde_json::{Map, Value, json};

/// The pattern of a phone number, as the Enterprise API has it (docs/vendor-apis.md, "Property Finder: phone numbers").
const PHONE: &str = r"^\+?[0-9][0-9\s().-]{6,17}$";

/// A flat user. Everybody has a name, an e-mail and a phone; it is not known whether the rest is required.
pub(in crate::sandbox) fn create() -> Value {
    json!({
        "type": "object", "properties": key_data(), "required": ["name", "email", "phone"], "additionalProperties": false
    })
}

/// The status of a user.
pub(in crate::sandbox) fn user() -> Value {
    json!({
        "type": "object",
        "properties": { "status": { "enum": ["active", "inactive", "archived"] } },
        "additionalProperties": false
    })
}

/// A public profile: the members of a create, photo and bio.
pub(in crate::sandbox) fn profile() -> Value {
    let mut members = key_data();
    members.insert("photo".to_owned(), json!({ "type": "string", "format": "uri", "pattern": "^https://" }));
    members.insert("bio".to_owned(), json!({ "type": "string" }));
    json!({ "type": "object", "properties": members, "additionalProperties": false })
}

fn key_data() -> Map<String, Value> {
    let members = json!({
        "name": { "type": "string", "minLength": 1 },
        "email": { "type": "string", "format": "email" },
        "phone": { "type": "string", "pattern": PHONE },
        "whatsappPhone": { "type": "string", "pattern": PHONE },
        "position": { "type": "string" },
        "experienceSince": { "type": "integer", "minimum": 1000, "maximum": 9999 },
        "spokenLanguages": {
            "type": "array", "items": { "type": "string", "pattern": "^[a-z]{2,3}$" }, "uniqueItems": true
        }
    });
    members.as_object().cloned().unwrap_or_default()
}
