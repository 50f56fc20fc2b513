//! Between people: who gives up a login e-mail goes before who takes it (design 2.11).

use std::collections::{BTreeMap, BTreeSet};

use super::Person;
use crate::agent::{Field, Slug};
use crate::record::System;
use crate::remote::{crm, pf};

/// Fills [`Person::after`], and blocks rings of people who would take each other's login e-mails.
pub(super) fn by_login(people: &mut [Person]) {
    let mut givers: BTreeMap<(System, String), Slug> = BTreeMap::new();
    for person in people.iter() {
        for (system, live) in logins(person) {
            if person.changes_in(system).contains_key(&Field::Login) {
                givers.insert((system, live), person.slug.clone());
            }
        }
    }
    for person in people.iter_mut() {
        let wants = |system| (system, person.login.clone());
        let takes = person.actions.iter().any(|action| action.fields.iter().any(|change| change.field == Field::Login));
        let mut after: Vec<Slug> = [System::Crm, System::Pf]
            .into_iter()
            .filter(|_| takes)
            .filter_map(|system| givers.get(&wants(system)).cloned())
            .filter(|giver| *giver != person.slug)
            .collect();
        after.sort();
        after.dedup();
        person.after = after;
    }
    let ring = in_a_ring(people);
    for person in people.iter_mut().filter(|person| ring.contains(&person.slug)) {
        let others: Vec<&str> = ring.iter().filter(|slug| **slug != person.slug).map(Slug::as_str).collect();
        person.block(format!("takes a login e-mail in a ring with {}: do it in two changes", others.join(", ")));
    }
}

fn logins(person: &Person) -> Vec<(System, String)> {
    let crm = person.crm.as_ref().and_then(crm::wire::Wire::login).map(|login| (System::Crm, login));
    let pf = person.pf.as_ref().and_then(pf::wire::Wire::login).map(|login| (System::Pf, login));
    crm.into_iter().chain(pf).collect()
}

/// Everybody who waits, through others, for themselves.
fn in_a_ring(people: &[Person]) -> BTreeSet<Slug> {
    let waits: BTreeMap<&Slug, &[Slug]> = people.iter().map(|person| (&person.slug, person.after.as_slice())).collect();
    let reaches_itself = |start: &Slug| {
        let mut seen = BTreeSet::new();
        let mut next: Vec<&Slug> = waits.get(start).copied().unwrap_or_default().iter().collect();
        while let Some(slug) = next.pop() {
            if slug == start {
                return true;
            }
            if seen.insert(slug) {
                next.extend(waits.get(slug).copied().unwrap_or_default());
            }
        }
        false
    };
    people.iter().map(|person| &person.slug).filter(|slug| reaches_itself(slug)).cloned().collect()
}
