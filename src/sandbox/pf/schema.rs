//! Property Finder's request schemas: token call, create (docs/vendor-apis.md, "Property Finder: create a user") and
//! both PATCH calls.

use serde_json::{Value, json};

use super::tables::{LANGUAGES, NATIONALITIES};

/// The pattern of a phone number (docs/vendor-apis.md, "Property Finder: phone numbers").
const PHONE: &str = r"^\+?[0-9][0-9\s().-]{6,17}$";

/// The body of the token call.
pub(in crate::sandbox) fn token() -> Value {
    json!({
        "type": "object",
        "properties": {
            "apiKey": { "type": "string", "minLength": 40, "maxLength": 40 },
            "apiSecret": { "type": "string", "minLength": 32, "maxLength": 32 }
        },
        "required": ["apiKey", "apiSecret"],
        "additionalProperties": false
    })
}

/// The body of a create: everything required, the role a number.
pub(in crate::sandbox) fn create() -> Value {
    let mut public = profile();
    if let Some(public) = public.as_object_mut() {
        public.insert("required".to_owned(), json!(["name", "email", "phone"]));
    }
    let name = json!({ "type": "string", "minLength": 2 });
    json!({
        "type": "object",
        "properties": {
            "email": { "type": "string", "format": "email" },
            "firstName": name,
            "lastName": name,
            "mobile": { "type": "string", "pattern": PHONE },
            "roleId": { "type": "integer" },
            "publicProfile": public
        },
        "required": ["email", "firstName", "lastName", "mobile", "roleId", "publicProfile"],
        "additionalProperties": false
    })
}

/// The body of a user's PATCH: nothing required, nothing nullable, no minimum lengths, the role a string, and no
/// `status`.
pub(in crate::sandbox) fn user() -> Value {
    let text = json!({ "type": "string" });
    let phone = json!({ "type": "string", "pattern": PHONE });
    json!({
        "type": "object",
        "properties": {
            "email": { "type": "string", "format": "email" },
            "firstName": text,
            "lastName": text,
            "mobile": phone,
            "roleId": text,
            "isActive": { "type": "boolean" },
            "password": text,
            "phone": text
        },
        "additionalProperties": false
    })
}

/// A public profile: the whole body of its PATCH, and a part of a create.
pub(in crate::sandbox) fn profile() -> Value {
    let phone = json!({ "type": "string", "pattern": PHONE });
    let uri = json!({ "type": "string", "format": "uri" });
    // Not nullable when written, and other members are not forbidden.
    let texts = json!({
        "type": "object",
        "properties": { "primary": { "type": "string" }, "secondary": { "type": "string" } }
    });
    let languages: Vec<u8> = LANGUAGES.iter().map(|(id, ..)| *id).collect();
    let nationalities: Vec<&str> = NATIONALITIES.split_whitespace().collect();
    json!({
        "type": "object",
        "properties": {
            "name": { "type": "string" },
            "email": { "type": "string", "format": "email" },
            "phone": phone,
            "phoneSecondary": phone,
            "whatsappPhone": phone,
            "imageUrl": uri,
            "bio": texts,
            "position": texts,
            "linkedinAddress": uri,
            "experienceSince": { "type": "integer", "minimum": 1000, "maximum": 9999 },
            "nationality": { "enum": nationalities },
            "spokenLanguages": { "type": ["array", "null"], "items": { "enum": languages }, "uniqueItems": true },
            "compliances": {
                "type": ["array", "null"],
                // Closed like the profile, which is stricter than the reference: `status` and `reason` are read and
                // never sent (docs/vendor-apis.md, "Property Finder: compliances").
                "items": {
                    "type": "object",
                    "properties": {
                        "type": { "type": "string" },
                        "value": { "type": "string" },
                        "expiryDate": { "type": "string", "format": "date" }
                    },
                    "required": ["type", "value"],
                    "additionalProperties": false
                }
            }
        },
        "additionalProperties": false
    })
}
