//! The checks of the CRM.

use std::collections::BTreeMap;

use super::{
    CheckOutcome, CrmContent, KeyOwner, ReadFailure, SetupReading, SystemReading, connection, count, link_fields,
    linked_slug, roles, same_person,
};
use crate::model::record::System;
use crate::reconcile::matching::IdentityFacts;

/// What is checked, in this order.
const TOPICS: [&str; 8] = ["reach", "token", "clock", "users", "key owner", "roles", "link fields", "same person"];

pub(super) fn checks(read: &SetupReading<'_>) -> Vec<(&'static str, CheckOutcome)> {
    TOPICS.into_iter().zip(outcomes(read)).collect()
}

fn outcomes(read: &SetupReading<'_>) -> [CheckOutcome; 8] {
    let (servers, content) = match &read.crm {
        SystemReading::NotAsked(why) => return TOPICS.map(|_| CheckOutcome::skipped(why)),
        SystemReading::Asked { servers, content } => (servers, content),
    };
    let skipped = |why: &str| [(); 5].map(|()| CheckOutcome::skipped(why));
    let (unreachable, token, rest) = match content {
        Err(failure) if failure.is_unreachable => {
            (Some(failure), CheckOutcome::skipped("the CRM is not reached"), skipped("the CRM is not reached"))
        }
        Err(failure) => (None, failure.failed(), skipped("there is no token")),
        Ok(content) => {
            let unreachable = content.users.as_ref().err().filter(|failure| failure.is_unreachable);
            (unreachable, CheckOutcome::ok("the keys are accepted"), of_content(read, content))
        }
    };
    let [users, owner, roles, fields, same] = rest;
    let reach = connection::reach(servers, unreachable);
    [reach, token, connection::clock(servers), users, owner, roles, fields, same]
}

fn of_content(read: &SetupReading<'_>, content: &CrmContent) -> [CheckOutcome; 5] {
    let owner = key_owner(&content.owner, read.config.protect.len());
    let users = match &content.users {
        Ok(users) => users,
        Err(failure) if failure.is_unreachable => {
            return [(); 5].map(|()| CheckOutcome::skipped("the CRM is not reached"));
        }
        Err(failure) => {
            let [roles, fields, same] = [(); 3].map(|()| CheckOutcome::skipped("the users cannot be read"));
            return [failure.failed(), owner, roles, fields, same];
        }
    };
    let readable = CheckOutcome::ok(format!(
        "{} can be read, so the key has the right user.read; only a write shows whether it has user.update",
        count(users.len(), "user", "users")
    ));
    let (roles, fields) = if read.files.are_unknown() {
        let skipped = || CheckOutcome::skipped("the files are not valid");
        (skipped(), skipped())
    } else {
        let roles = roles::in_crm(read.roster, users, &content.printed_roles);
        (roles, link_fields::check(read.config, users, &content.custom_fields))
    };
    let facts: BTreeMap<u64, IdentityFacts> =
        users.iter().map(|user| (user.id, IdentityFacts::of(&user.record))).collect();
    let slugs = users.iter().filter_map(|user| Some((user.id, linked_slug(read.roster, user)?.as_str()))).collect();
    let same = same_person::check(System::Crm, &facts, &slugs, read.roster);
    [readable, owner, roles, fields, same]
}

fn key_owner(owner: &Result<KeyOwner, ReadFailure>, protected: usize) -> CheckOutcome {
    match owner {
        Ok(KeyOwner { id, name, role }) => {
            let role = role.as_ref().map(|role| format!(", role {role}")).unwrap_or_default();
            CheckOutcome::ok(format!("crm {id}, {name}{role}"))
        }
        Err(_) if protected > 0 => CheckOutcome::ok(format!(
            "the CRM does not report it; protect in roster.yaml names {}",
            count(protected, "person", "people")
        )),
        Err(failure) => CheckOutcome::warning(
            format!("not known: {}", failure.fact),
            "name that person under protect in roster.yaml, so that no run deactivates the user that roster works as",
        ),
    }
}
