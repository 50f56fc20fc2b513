//! Whether each role that the files or `roster.yaml` name exists.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{CheckOutcome, ReadFailure, SetupReading, count, first_few, listed};
use crate::model::agent::{Field, FieldValue, Status};
use crate::model::record::Record;
use crate::model::roster::{Declaration, Roster};
use crate::reconcile::observed::{ObservedCrmUser, Role};

/// The roles in use, by the key that is compared, each with its spelling and who names it.
type NamedRoles = BTreeMap<String, (String, Vec<String>)>;

fn name_role(roles: &mut NamedRoles, role: &str, by: String) {
    let role = role.trim();
    if !role.is_empty() {
        roles.entry(role.to_lowercase()).or_insert_with(|| (role.to_owned(), Vec::new())).1.push(by);
    }
}

fn role_of(record: &Record) -> Option<&str> {
    record.get(&Field::Role).and_then(FieldValue::as_text)
}

/// People who are or will be in both systems.
fn present(roster: &Roster) -> impl Iterator<Item = &Declaration> {
    roster.people.values().filter(|declaration| declaration.status != Status::Archived)
}

/// The CRM lists no roles, so a code is known by a user who has it.
pub(super) fn in_crm(roster: &Roster, users: &[Arc<ObservedCrmUser>], printed: &[String]) -> CheckOutcome {
    let mut named = NamedRoles::new();
    for declaration in present(roster) {
        if let Some(role) = role_of(&declaration.record) {
            name_role(&mut named, role, declaration.slug.to_string());
        }
    }
    let known: BTreeSet<String> =
        users.iter().filter_map(|user| Some(role_of(&user.record)?.trim().to_lowercase())).collect();
    if named.is_empty() {
        return CheckOutcome::ok("no file declares a role");
    }
    if known.is_empty() {
        return CheckOutcome::warning(
            "no user shows a role code, so the declared roles cannot be compared",
            "a role is then sent and never compared: look at the first person that an apply writes",
        );
    }
    let unknown: Vec<&(String, Vec<String>)> =
        named.iter().filter(|(key, _)| !known.contains(*key)).map(|(_, named)| named).collect();
    if unknown.is_empty() {
        return CheckOutcome::ok("every role that the files declare is one that users have");
    }
    CheckOutcome::warning(
        format!("no user has {}; users have {}", in_words(&unknown), listed(printed)),
        "check the code in the CRM: a role that the CRM does not know is refused when the person is written",
    )
}

/// Property Finder's roles are found by their keys.
pub(super) fn at_pf(read: &SetupReading<'_>, roles: &Result<Vec<Role>, ReadFailure>) -> CheckOutcome {
    let roles = match roles {
        Ok(roles) => roles,
        Err(failure) if failure.is_refusal => return CheckOutcome::warning(&failure.fact, &failure.remedy),
        Err(failure) => return failure.failed(),
    };
    let mut named = NamedRoles::new();
    for declaration in present(read.roster) {
        if let Some(role) = role_of(&(read.desired_at_pf)(&declaration.record)) {
            name_role(&mut named, role, declaration.slug.to_string());
        }
    }
    for role in read.config.property_finder.roles.values() {
        name_role(&mut named, role, "property_finder.roles".to_owned());
    }
    missing(&named, roles)
}

fn missing(named: &NamedRoles, roles: &[Role]) -> CheckOutcome {
    let known: BTreeSet<String> = roles.iter().map(|role| role.role_key.trim().to_lowercase()).collect();
    let unknown: Vec<&(String, Vec<String>)> =
        named.iter().filter(|(key, _)| !known.contains(*key)).map(|(_, named)| named).collect();
    let printed: Vec<&str> = roles.iter().map(|role| role.printed_key.as_str()).collect();
    if unknown.is_empty() {
        let roles = count(roles.len(), "role", "roles");
        return CheckOutcome::ok(format!(
            "the account has {roles}; every role that the files and roster.yaml name is among them"
        ));
    }
    CheckOutcome::failed(
        format!("the account has no role with the key {}; it has {}", in_words(&unknown), listed(&printed)),
        "map the CRM's role to one of these keys under property_finder.roles in roster.yaml",
    )
}

/// Each role with who names it.
fn in_words(roles: &[&(String, Vec<String>)]) -> String {
    let one = |(role, by): &&(String, Vec<String>)| format!("`{role}` ({})", first_few(by));
    first_few(&roles.iter().map(one).collect::<Vec<_>>())
}
