//! The checks of Property Finder.

use std::collections::BTreeMap;

use super::{CheckOutcome, PfContent, SetupReading, SystemReading, connection, count, linked_slug, roles, same_person};
use crate::model::config::Config;
use crate::model::expiry::{self, Expiry};
use crate::model::record::System;
use crate::reconcile::matching::IdentityFacts;

/// What is checked, in this order.
const TOPICS: [&str; 8] = ["reach", "token", "clock", "users", "roles", "same person", "seats", "key end"];

pub(super) fn checks(read: &SetupReading<'_>) -> Vec<(&'static str, CheckOutcome)> {
    let [reach, token, clock, users, roles, same, seats] = outcomes(read);
    let key_end = if read.files.lacks_config {
        CheckOutcome::skipped("roster.yaml is not valid")
    } else {
        key_end(read.config, read.today)
    };
    TOPICS.into_iter().zip([reach, token, clock, users, roles, same, seats, key_end]).collect()
}

fn outcomes(read: &SetupReading<'_>) -> [CheckOutcome; 7] {
    let (servers, content) = match &read.pf {
        SystemReading::NotAsked(why) => return [(); 7].map(|()| CheckOutcome::skipped(why)),
        SystemReading::Asked { servers, content } => (servers, content),
    };
    let skipped = |why: &str| [(); 4].map(|()| CheckOutcome::skipped(why));
    let not_reached = "Property Finder is not reached";
    let (unreachable, token, rest) = match content {
        Err(failure) if failure.is_unreachable => {
            (Some(failure), CheckOutcome::skipped(not_reached), skipped(not_reached))
        }
        Err(failure) => (None, failure.failed(), skipped("there is no token")),
        Ok(content) => {
            let unreachable = content.users.as_ref().err().filter(|failure| failure.is_unreachable);
            let rest = if unreachable.is_some() { skipped(not_reached) } else { of_content(read, content) };
            (unreachable, CheckOutcome::ok("the keys are accepted"), rest)
        }
    };
    let [users, roles, same, seats] = rest;
    [connection::reach(servers, unreachable), token, connection::clock(servers), users, roles, same, seats]
}

fn of_content(read: &SetupReading<'_>, content: &PfContent) -> [CheckOutcome; 4] {
    let roles = if read.files.are_unknown() {
        CheckOutcome::skipped("the files are not valid")
    } else {
        roles::at_pf(read, &content.roles)
    };
    let users = match &content.users {
        Ok(users) => users,
        Err(failure) => {
            let [same, seats] = [(); 2].map(|()| CheckOutcome::skipped("the users cannot be read"));
            return [failure.failed(), roles, same, seats];
        }
    };
    let active = users.iter().filter(|user| !user.inactive).count();
    let readable = CheckOutcome::ok(format!(
        "{}, {active} of them active, can be read, so the key has the scope users:read; only a write shows whether it has \
         users:full_access",
        count(users.len(), "user", "users")
    ));
    let facts: BTreeMap<u64, IdentityFacts> =
        users.iter().map(|user| (user.id, IdentityFacts::of_pf_user(user))).collect();
    let same = same_person::check(System::Pf, &facts, &linked_slugs(read), read.roster);
    let seats = seats(read.config.limits.seats, active);
    [readable, roles, same, seats]
}

/// The agents to whose CRM rows users are linked.
fn linked_slugs<'r>(read: &'r SetupReading<'_>) -> BTreeMap<u64, &'r str> {
    let SystemReading::Asked { content: Ok(crm), .. } = &read.crm else { return BTreeMap::new() };
    let rows = crm.users.as_deref().unwrap_or_default();
    rows.iter().filter_map(|row| Some((row.links.pf_user?, linked_slug(read.roster, row)?.as_str()))).collect()
}

pub(super) fn seats(limit: Option<u32>, active: usize) -> CheckOutcome {
    let users = count(active, "active user", "active users");
    let Some(limit) = limit.map(|limit| limit as usize) else {
        return CheckOutcome::ok(format!("{users}; limits.seats in roster.yaml sets no limit"));
    };
    let fact = format!("{users}, and limits.seats in roster.yaml allows {limit}");
    match active.cmp(&limit) {
        std::cmp::Ordering::Less => CheckOutcome::ok(fact),
        std::cmp::Ordering::Equal => CheckOutcome::warning(
            format!("{fact}: none is free"),
            "a plan that adds a person is blocked until somebody is deactivated or the account has more seats",
        ),
        std::cmp::Ordering::Greater => {
            CheckOutcome::failed(fact, "deactivate people who have left, or correct limits.seats in roster.yaml")
        }
    }
}

pub(super) fn key_end(config: &Config, today: jiff::civil::Date) -> CheckOutcome {
    const REMEDY: &str = "make a new key in PF Expert, replace PF_API_KEY and PF_API_SECRET, and write the new day into \
                          property_finder.key_expires in roster.yaml";
    let Some(last) = &config.property_finder.key_expires else {
        return CheckOutcome::warning(
            "the last day of the API key is not known; a key ends after 365 days at most",
            "write the day into property_finder.key_expires in roster.yaml: warnings precede it by 30, 7 and 1 days",
        );
    };
    let day = last.as_str();
    match Expiry::of(last.day(), today, expiry::API_KEY) {
        None => CheckOutcome::ok(format!("the API key ends on {day}")),
        Some(Expiry::Within(1)) => CheckOutcome::warning(format!("the API key ends on {day}, within 1 day"), REMEDY),
        Some(Expiry::Within(days)) => {
            CheckOutcome::warning(format!("the API key ends on {day}, within {days} days"), REMEDY)
        }
        Some(Expiry::Past) => CheckOutcome::failed(format!("the API key ended on {day}"), REMEDY),
    }
}
