//! Between people: a login e-mail or a slug is given up before another person takes it.

use std::collections::{BTreeMap, BTreeSet};

use super::login_conflicts::takes_slug;
use super::{Block, CycleRemedy, ObservedState, PersonPlan};
use crate::model::agent::{Field, Slug};
use crate::model::record::System;
use crate::reconcile::diff::Class;

/// Fills [`PersonPlan::after`], and blocks rings of people who would take each other's login e-mails or slugs.
pub(super) fn givers_before_takers(people: &mut [PersonPlan], seen: &ObservedState) {
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
        let logins = System::ALL.into_iter().filter(|_| takes);
        let logins = logins.filter_map(|system| givers.get(&wants(system)).cloned());
        let slug = seen.gives_up_slug(&person.slug).filter(|_| takes_slug(person)).map(|(_, giver)| giver.clone());
        let mut after: Vec<Slug> = logins.chain(slug).filter(|giver| *giver != person.slug).collect();
        after.sort();
        after.dedup();
        person.after = after;
    }
    for ring in rings(people) {
        let remedy = remedy(&ring, people);
        for person in people.iter_mut().filter(|person| ring.contains(&person.slug)) {
            let others = ring.iter().filter(|other| **other != person.slug).cloned().collect();
            person.block(Block::Cycle { others, remedy: remedy.clone() });
        }
    }
}

/// How to break a ring: one of the logins needs an address that is free, in the place where the logins were exchanged.
fn remedy(ring: &BTreeSet<Slug>, people: &[PersonPlan]) -> CycleRemedy {
    let changes = people.iter().filter(|person| ring.contains(&person.slug)).flat_map(|person| &person.actions);
    let logins = changes.flat_map(|action| action.fields.iter().map(move |change| (action.system, change)));
    let logins: Vec<_> = logins.filter(|(_, change)| change.field == Field::Login).collect();
    let systems: BTreeSet<System> = logins.iter().map(|(system, _)| *system).collect();
    let systems = systems.into_iter().collect();
    if logins.is_empty() {
        CycleRemedy::UnusedSlug
    } else if logins.iter().all(|(_, change)| change.class == Class::Drift) {
        CycleRemedy::UnusedLoginByHand(systems)
    } else {
        CycleRemedy::UnusedLogin(systems)
    }
}

fn logins(person: &PersonPlan) -> Vec<(System, String)> {
    let crm = person.crm.as_ref().and_then(|row| row.login.clone()).map(|login| (System::Crm, login));
    let pf = person.pf.as_ref().and_then(|row| row.login.clone()).map(|login| (System::Pf, login));
    crm.into_iter().chain(pf).collect()
}

/// The groups of people who wait for each other, each group apart.
fn rings(people: &[PersonPlan]) -> Vec<BTreeSet<Slug>> {
    let waits: BTreeMap<&Slug, &[Slug]> = people.iter().map(|person| (&person.slug, person.after.as_slice())).collect();
    let reachable = |start: &Slug| {
        let mut seen = BTreeSet::new();
        let mut next: Vec<&Slug> = waits.get(start).copied().unwrap_or_default().iter().collect();
        while let Some(slug) = next.pop() {
            if seen.insert(slug.clone()) {
                next.extend(waits.get(slug).copied().unwrap_or_default());
            }
        }
        seen
    };
    let reach: BTreeMap<&Slug, BTreeSet<Slug>> = waits.keys().map(|slug| (*slug, reachable(slug))).collect();
    let reaches = |one: &Slug, other: &Slug| reach.get(one).is_some_and(|reached| reached.contains(other));
    let ring = |slug: &Slug| -> BTreeSet<Slug> {
        reach.get(slug).into_iter().flatten().filter(|other| reaches(other, slug)).cloned().collect()
    };
    // The members of one ring all have the same ring.
    let rings: BTreeSet<BTreeSet<Slug>> = waits.keys().map(|slug| ring(slug)).filter(|ring| !ring.is_empty()).collect();
    rings.into_iter().collect()
}
