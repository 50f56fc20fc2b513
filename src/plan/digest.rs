//! The digest of actions: what a person accepts, and nothing else (design 2.10).

use serde_json::{Value, json};

use super::{Action, Person};
use crate::diff::Change;
use crate::fingerprint::fingerprint;

/// The digest of exactly these actions: agent, system, operation, remote id, and each field's path, before and after.
/// Not lines, files or classes, so that a comment added to a file does not undo an acceptance. 32 hexadecimal digits.
#[must_use]
pub fn digest<'a>(actions: impl Iterator<Item = (&'a Person, &'a Action)>) -> String {
    let mut counted: Vec<String> = actions.map(|(person, action)| canonical(person, action).to_string()).collect();
    counted.sort();
    fingerprint(&counted.join("\n"), 16)
}

fn canonical(person: &Person, action: &Action) -> Value {
    let field = |change: &Change| {
        json!([change.field.to_string(), change.field.canonical(&change.before), change.field.canonical(&change.after)])
    };
    json!([
        person.slug.as_str(),
        action.system.key(),
        action.operation.key(),
        action.remote_id,
        action.fields.iter().map(field).collect::<Vec<_>>()
    ])
}
