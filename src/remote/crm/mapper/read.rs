//! A row in the forms in which the CRM may return it, and in the one in which it goes back.

use serde_json::{Map, Value};

use crate::model::agent::Field;
use crate::model::record::Row;
use crate::remote::json::{at, remove, set, text};

/// The read-only members, which a PUT leaves out (docs/vendor-apis.md, "CRM: update a user").
pub(super) const LEFT_OUT: [&[&str]; 4] =
    [&["id"], &["created_at"], &["updated_at"], &["private", "licence_expired_at"]];

/// The row without the members that a PUT must not carry.
pub(super) fn row_to_send_back(row: &Row) -> Value {
    let mut user = if row.raw.is_object() { row.raw.clone() } else { Value::Object(Map::new()) };
    for path in LEFT_OUT {
        remove(&mut user, path);
    }
    // A day is sent as a day: a server that returns an instant may take the day that the instant has elsewhere.
    if let Some(day) = at(&user, &EXPIRY).and_then(|date| Field::LicenceExpiredAt.day(&date.clone().into())) {
        set(&mut user, &EXPIRY, day.into());
    }
    user
}

const EXPIRY: [&str; 2] = ["public", "licence_expired_at"];

/// A role's code; of an object the member that is one.
pub(super) fn code_of(role: &Value) -> Option<&Value> {
    let is_code = |value: &&Value| text(value).is_some();
    let member = || ["code", "key", "slug", "role"].into_iter().find_map(|key| role.get(key).filter(is_code));
    Some(role).filter(is_code).or_else(member)
}

/// A text that roster stored, also where the server returns the JSON in it as an object, or escapes it for HTML.
pub(super) fn stored_text(value: &Value) -> Option<String> {
    let stored = if value.is_object() { value.to_string() } else { text(value)? };
    Some(html_escape::decode_html_entities(&stored).into_owned())
}
