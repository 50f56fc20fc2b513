//! People who may exist twice in one system: the same phone, licence or full name under two logins, with or without files.

use std::collections::{BTreeMap, BTreeSet};

use super::{CheckOutcome, first_few, listed};
use crate::model::record::System;
use crate::model::roster::Roster;
use crate::reconcile::matching::IdentityFacts;

/// A phone or a licence of more rows than this is that of an office.
const MOST_ROWS: usize = 2;

/// So many groups of rows are named.
const NAMED: usize = 3;

/// A group of rows, and the facts that all of them have in common.
type SameRows = BTreeMap<Vec<u64>, BTreeSet<&'static str>>;

pub(super) fn check(
    system: System,
    rows: &BTreeMap<u64, IdentityFacts>,
    slugs: &BTreeMap<u64, &str>,
    roster: &Roster,
) -> CheckOutcome {
    let groups = same_rows(rows, &declared_by_several(roster));
    if groups.is_empty() {
        return CheckOutcome::ok("no phone, licence or full name is under two logins");
    }
    let name = |id: &u64| match slugs.get(id) {
        Some(slug) => format!("{system} {id} ({slug})"),
        None => format!("{system} {id}"),
    };
    let one = |(ids, facts): (&Vec<u64>, &BTreeSet<&str>)| {
        let rows = first_few(&ids.iter().map(name).collect::<Vec<_>>());
        let facts: Vec<&str> = facts.iter().copied().collect();
        format!("{rows} have the same {}", listed(&facts))
    };
    let groups: Vec<String> = groups.iter().map(one).collect();
    let more = groups.len().saturating_sub(NAMED);
    let more = if more > 0 { format!("; and {more} more") } else { String::new() };
    CheckOutcome::warning(
        format!("{}{more}", groups.get(..NAMED).unwrap_or(&groups).join("; ")),
        format!(
            "compare them in {}: one person may have two accounts, and only one of them should stay",
            system.name()
        ),
    )
}

/// The rows that agree in a fact, by the rows.
fn same_rows(rows: &BTreeMap<u64, IdentityFacts>, declared: &BTreeSet<(&'static str, String)>) -> SameRows {
    let mut by_value: BTreeMap<(&'static str, String), Vec<u64>> = BTreeMap::new();
    for (id, facts) in rows {
        let login = facts.login.iter().map(|login| ("login e-mail", login.clone()));
        for value in login.chain(facts.values()).filter(|(fact, _)| *fact != "public e-mail") {
            by_value.entry(value).or_default().push(*id);
        }
    }
    let mut same: BTreeMap<Vec<u64>, BTreeMap<&'static str, bool>> = BTreeMap::new();
    for (value, ids) in by_value {
        let many = ids.len() > MOST_ROWS && (value.0 == "phone" || value.0 == "licence");
        if ids.len() < 2 || many {
            continue;
        }
        let is_declared = declared.contains(&value);
        same.entry(ids).or_default().insert(value.0, is_declared);
    }
    // One value that several files declare is that of a family or an office; a name with another value is that of one person.
    let is_doubtful = |facts: &BTreeMap<&str, bool>| {
        facts.values().any(|is_declared| !is_declared) || (facts.len() > 1 && facts.contains_key("full name"))
    };
    same.retain(|_, facts| is_doubtful(facts));
    same.into_iter().map(|(ids, facts)| (ids, facts.into_keys().collect())).collect()
}

/// Values that several files declare.
fn declared_by_several(roster: &Roster) -> BTreeSet<(&'static str, String)> {
    let mut seen = BTreeSet::new();
    let files = roster.people.values().flat_map(|declaration| {
        let facts = IdentityFacts::of(&declaration.record);
        facts.values().collect::<BTreeSet<_>>()
    });
    files.filter(|value| !seen.insert(value.clone())).collect()
}
