//! The digest of actions: what a person accepts, and nothing else (design 2.10).

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{Action, Person};
use crate::diff::Change;

/// The digest of exactly these actions: agent, system, operation, remote id, and each field's path, before and after.
/// Not lines, files or classes, so that a comment added to a file does not undo an acceptance. 32 hexadecimal digits.
#[must_use]
pub fn digest<'a>(actions: impl Iterator<Item = (&'a Person, &'a Action)>) -> String {
    let mut counted: Vec<String> = actions.map(|(person, action)| canonical(person, action).to_string()).collect();
    counted.sort();
    let mut hash = Sha256::new();
    for action in counted {
        hash.update(action.as_bytes());
        hash.update(b"\n");
    }
    hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
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
