//! The digest of a set of actions. A person accepts exactly these actions.

use secrecy::SecretString;
use serde_json::{Value, json};

use super::{Action, Operation, PersonPlan};
use crate::reconcile::diff::Change;
use crate::reconcile::fingerprint::{fingerprint, keyed_fingerprint};

/// The digest of exactly these actions: agent, system, operation, remote id, each field's path, before and after, and the
/// receivers of a deletion; of a create also the other files that may be of the same person, and what agrees.
/// Not lines, files or classes, so that a comment added to a file does not undo an acceptance. 32 hexadecimal digits.
///
/// A digest is printed, and a private value must not be found by trying: private values go in under `key`, and without one
/// only that the field changes.
#[must_use]
pub(crate) fn digest<'a>(
    actions: impl Iterator<Item = (&'a PersonPlan, &'a Action)>,
    key: Option<&SecretString>,
) -> String {
    let mut counted: Vec<String> = actions.map(|(person, action)| canonical(person, action, key)).collect();
    counted.sort();
    fingerprint(&counted.join("\n"), 16)
}

/// The digest of one guard, where another guard counts the same actions.
#[must_use]
pub(crate) fn of_guard(guard: &str, digest: &str) -> String {
    fingerprint(&format!("{guard}\n{digest}"), 16)
}

/// The part of the digest for the values of one change.
#[must_use]
pub(crate) fn private_digest(key: &SecretString, person: &PersonPlan, change: &Change) -> String {
    let field = &change.field;
    let values = json!([
        person.slug.as_str(),
        field.to_string(),
        field.canonical(&change.before),
        field.canonical(&change.after)
    ]);
    keyed_fingerprint(key, &values.to_string())
}

/// A change by its values; by a keyed hash of them where they are private.
fn canonical_change(person: &PersonPlan, change: &Change, key: Option<&SecretString>) -> Value {
    let (field, path) = (&change.field, change.field.to_string());
    match key {
        _ if !field.is_private() => json!([path, field.canonical(&change.before), field.canonical(&change.after)]),
        Some(key) => json!([path, private_digest(key, person, change)]),
        None => json!([path]),
    }
}

fn canonical(person: &PersonPlan, action: &Action, key: Option<&SecretString>) -> String {
    let fields: Vec<Value> = action.fields.iter().map(|change| canonical_change(person, change, key)).collect();
    let (slug, system, operation) = (person.slug.as_str(), action.system.key(), action.operation.key());
    let same: Vec<Value> = person
        .same_person
        .iter()
        .filter(|_| action.operation == Operation::Create)
        .map(|same| json!([same.slug.as_str(), same.rows.iter().map(|(_, id)| id).collect::<Vec<_>>(), same.agreed]))
        .collect();
    match person.deletion().filter(|_| action.operation == Operation::Delete) {
        None if !same.is_empty() => json!([slug, system, operation, action.remote_id, fields, same]).to_string(),
        None => json!([slug, system, operation, action.remote_id, fields]).to_string(),
        Some((_, receivers)) => {
            let receivers = receivers.by_kind().map(|(kind, receiver)| (kind, receiver.agent.as_str(), receiver.crm));
            json!([slug, system, operation, action.remote_id, fields, receivers]).to_string()
        }
    }
}
