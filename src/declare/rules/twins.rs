//! What no two people may have in common.

use std::collections::BTreeMap;

use super::{World, spelled};
use crate::agent::{Field, Status};
use crate::declare::file::Person;
use crate::declare::problem::Problem;

pub(super) fn slug_is_unique(world: &World<'_>, problems: &mut Vec<Problem>) {
    for (first, second) in pairs(world.people, |person| Some(person.declaration.slug.to_string())) {
        let message = format!("`{}` is the slug of {} too", second.declaration.slug, first.declaration.file);
        let help = "rename one of the files; a slug is unique over all folders";
        problems.push(Problem::error(&second.source, 0..0, &[], message).help(help));
    }
}

pub(super) fn login_is_unique(world: &World<'_>, problems: &mut Vec<Problem>) {
    for (first, second) in pairs(world.people, |person| Some(person.agent.private.email.key())) {
        let message = format!("`private.email` is the login of another agent too: {}", first.place(&Field::Login));
        problems.push(second.error(&Field::Login, message).help("give each agent a login of their own"));
    }
}

pub(super) fn public_email_is_unique(world: &World<'_>, problems: &mut Vec<Problem>) {
    for (first, second) in pairs(world.people, |person| stays(person).then(|| person.agent.public.email.key())) {
        let message = format!("`public.email` is used by another agent too: {}", first.place(&Field::Email));
        problems.push(second.error(&Field::Email, message).warning().help("clients will write to both"));
    }
}

pub(super) fn licence_is_unique(world: &World<'_>, problems: &mut Vec<Problem>) {
    let licence = |person: &Person| spelled(&person.agent.public.licence, |text| text.as_str().trim().to_lowercase());
    for (first, second) in pairs(world.people, |person| licence(person).filter(|_| stays(person))) {
        let message = format!("`public.licence` is used by another agent too: {}", first.place(&Field::Licence));
        problems.push(
            second.error(&Field::Licence, message).warning().help("a licence belongs to one person; check the number"),
        );
    }
}

/// Somebody who has left may have handed their address to a successor.
fn stays(person: &Person) -> bool {
    person.agent.status != Status::Archived
}

/// Everybody whose key somebody before them has, with the first who has it.
fn pairs(people: &[Person], key: impl Fn(&Person) -> Option<String>) -> Vec<(&Person, &Person)> {
    let mut first = BTreeMap::new();
    let mut pairs = Vec::new();
    for person in people {
        let Some(key) = key(person) else { continue };
        let owner = *first.entry(key).or_insert(person);
        if !std::ptr::eq(owner, person) {
            pairs.push((owner, person));
        }
    }
    pairs
}
