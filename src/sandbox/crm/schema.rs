//! The JSON Schema of a user in a request to the CRM (docs/vendor-apis.md, "CRM: user object"). The vendor publishes
//! tables and no schema, so unknown members are accepted.

use serde_json::{Value, json};

/// The accepted role codes, and the empty one of a user without a role (docs/vendor-apis.md, "CRM: roles").
const ROLES: [&str; 9] =
    ["agent", "admin", "manager", "decision_maker", "advisor", "finance", "basic_admin", "basic_user", ""];

/// The value of `user` in POST and PUT.
pub(in crate::sandbox) fn user() -> Value {
    let text = json!({ "type": ["string", "null"] });
    // An empty address is an address taken away.
    let email = json!({ "anyOf": [
        { "type": "string", "format": "email" }, { "type": "string", "maxLength": 0 }, { "type": "null" }
    ] });
    let code = json!({ "type": "string", "pattern": "^[A-Za-z]{2}$" });
    let codes = json!({ "type": ["array", "null"], "items": code, "uniqueItems": true });
    // A photo is the id of a file, or refers to an upload (docs/vendor-apis.md, "CRM: photos").
    let token = json!({ "type": "string", "minLength": 1 });
    let photo = json!({ "anyOf": [
        { "type": ["integer", "null"], "minimum": 1 }, token,
        { "type": "object", "properties": { "token": token }, "required": ["token"], "additionalProperties": false }
    ] });
    // A date or a date-time (docs/vendor-apis.md, "CRM: user object").
    let date = json!({ "anyOf": [
        { "type": "string", "format": "date" }, { "type": "string", "format": "date-time" },
        { "type": "string", "maxLength": 0 }, { "type": "null" }
    ] });
    // The CRM shows a flag as true or 1, so it takes both.
    let flag = json!({ "enum": [true, false, 0, 1, null] });
    json!({
        "type": "object",
        "properties": {
            "public": {
                "type": "object",
                "properties": {
                    "first_name": text, "last_name": text, "email": email, "phone": text, "photo": photo,
                    "licence": text, "position": text, "languages": codes, "nationalities": codes, "linked_in": text,
                    "descriptions": {
                        "type": ["array", "null"],
                        "items": {
                            "type": "object",
                            "properties": { "lang": code, "content": text },
                            "required": ["lang", "content"],
                            "additionalProperties": false
                        }
                    },
                    "licence_expired_at": date
                }
            },
            "private": {
                "type": "object",
                "properties": {
                    "first_name": text, "last_name": text, "email": email, "mobile": text, "landline": text,
                    "landline_extension": text, "lang": { "type": ["string", "null"], "pattern": "^([A-Za-z]{2})?$" },
                    "licence": text, "use_email_signature": flag, "email_signature": text, "photo": photo
                }
            },
            "role": { "anyOf": [{ "enum": ROLES }, { "type": "null" }] },
            "theme": { "enum": ["onyx", "carbon", "crystal", "", null] },
            "subscriptions": {
                // The empty list is how PHP writes an empty object, and may come back so.
                "anyOf": [{ "type": "null" }, { "type": "array", "maxItems": 0 }, { "type": "object" }],
                "additionalProperties": {
                    "type": "object",
                    "properties": { "receive_notification": flag, "receive_email": flag, "receive_sms": flag },
                    "additionalProperties": false
                }
            },
            "fields": {
                "anyOf": [{ "type": "null" }, { "type": "array", "maxItems": 0 }, { "type": "object" }],
                "additionalProperties": { "type": ["string", "boolean", "number", "null"] }
            }
        }
    })
}

/// The body of a delete call (docs/vendor-apis.md, "CRM: delete a user").
pub(in crate::sandbox) fn deletion() -> Value {
    let id = json!({ "type": "integer", "minimum": 1 });
    json!({
        "type": "object",
        "properties": {
            "users": { "type": "array", "items": id },
            "resources": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": { "id": id, "resource": { "enum": ["properties", "leads", "landlords"] } },
                    "required": ["id", "resource"],
                    "additionalProperties": false
                }
            }
        },
        "additionalProperties": false
    })
}
