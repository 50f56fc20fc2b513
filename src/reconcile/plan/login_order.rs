//! The order of people: the holder of a login e-mail or a slug gives it up before another person takes it.

use std::collections::{BTreeMap, BTreeSet};

use super::login_conflicts::takes_slug;
use super::{Block, CycleRemedy, PersonPlan, RowsAtPlanTime};
use crate::model::agent::{Field, Slug};
use crate::model::record::System;
use crate::reconcile::diff::Class;

/// Fills [`PersonPlan::after`], and blocks cycles of people who would take each other's login e-mails or slugs.
pub(super) fn order_holders_first(people: &mut [PersonPlan], seen: &RowsAtPlanTime) {
    let mut holders: BTreeMap<(System, String), Slug> = BTreeMap::new();
    for person in people.iter() {
        for (system, live) in logins(person) {
            if person.changes_in(system).contains_key(&Field::Login) {
                holders.insert((system, live), person.slug.clone());
            }
        }
    }
    for person in people.iter_mut() {
        let wanted_login = |system| (system, person.login.clone());
        let takes = person.actions.iter().any(|action| action.fields.iter().any(|change| change.field == Field::Login));
        let logins = System::ALL.into_iter().filter(|_| takes);
        let logins = logins.filter_map(|system| holders.get(&wanted_login(system)).cloned());
        let slug =
            seen.row_that_gives_up(&person.slug).filter(|_| takes_slug(person)).map(|(_, holder)| holder.clone());
        let mut after: Vec<Slug> = logins.chain(slug).filter(|holder| *holder != person.slug).collect();
        after.sort();
        after.dedup();
        person.after = after;
    }
    for cycle in login_cycles(people) {
        let remedy = remedy(&cycle, people);
        for person in people.iter_mut().filter(|person| cycle.contains(&person.slug)) {
            let others = cycle.iter().filter(|other| **other != person.slug).cloned().collect();
            person.block(Block::Cycle { others, remedy: remedy.clone() });
        }
    }
}

/// How to break a cycle: one of the logins needs an unused address, in the place where the logins were exchanged.
fn remedy(cycle: &BTreeSet<Slug>, people: &[PersonPlan]) -> CycleRemedy {
    let changes = people.iter().filter(|person| cycle.contains(&person.slug)).flat_map(|person| &person.actions);
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

/// The cycles of people who wait for each other, each cycle once.
fn login_cycles(people: &[PersonPlan]) -> Vec<BTreeSet<Slug>> {
    let waits: BTreeMap<&Slug, &[Slug]> = people.iter().map(|person| (&person.slug, person.after.as_slice())).collect();
    let waits_for: BTreeMap<&Slug, BTreeSet<Slug>> =
        waits.keys().map(|slug| (*slug, reachable(slug, &waits))).collect();
    // The members of one cycle all have the same cycle.
    let cycles: BTreeSet<BTreeSet<Slug>> = waits.keys().map(|slug| cycle_of(slug, &waits_for)).collect();
    cycles.into_iter().filter(|cycle| !cycle.is_empty()).collect()
}

/// Everybody for whom a person waits, also through other people.
fn reachable(start: &Slug, waits: &BTreeMap<&Slug, &[Slug]>) -> BTreeSet<Slug> {
    let mut seen = BTreeSet::new();
    let mut next: Vec<&Slug> = waits.get(start).copied().unwrap_or_default().iter().collect();
    while let Some(slug) = next.pop() {
        if seen.insert(slug.clone()) {
            next.extend(waits.get(slug).copied().unwrap_or_default());
        }
    }
    seen
}

/// The cycle of a person; empty where the person is in none.
fn cycle_of(slug: &Slug, waits_for: &BTreeMap<&Slug, BTreeSet<Slug>>) -> BTreeSet<Slug> {
    let waits_for_person = |other: &&Slug| waits_for.get(other).is_some_and(|reached| reached.contains(slug));
    waits_for.get(slug).into_iter().flatten().filter(waits_for_person).cloned().collect()
}
