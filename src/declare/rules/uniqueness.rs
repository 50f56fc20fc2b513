//! What no two people may have in common.

use std::collections::BTreeMap;

use super::{RuleContext, spelled};
use crate::declare::file::AgentFile;
use crate::declare::problem::Problem;
use crate::model::agent::{Field, Status};

pub(super) fn slug_is_unique(context: &RuleContext<'_>, problems: &mut Vec<Problem>) {
    for (first, second) in pairs(context.people, |person| Some(person.declaration.slug.to_string())) {
        let message = format!("`{}` is the slug of {} too", second.declaration.slug, first.declaration.file);
        let help = "rename one of the files; a slug is unique over all folders";
        let problem = Problem::error(&second.source, 0..0, &[], message);
        problems.push(problem.at_odds_with(first.place(&Field::Status)).help(help));
    }
}

pub(super) fn login_is_unique(context: &RuleContext<'_>, problems: &mut Vec<Problem>) {
    for (first, second) in pairs(context.people, |person| Some(person.agent.private.email.key())) {
        let message = "`private.email` is the login of another agent too";
        problems.push(
            shared(first, second, &Field::Login, message).of(|one| one.help("give each agent a login of their own")),
        );
    }
}

pub(super) fn public_email_is_unique(context: &RuleContext<'_>, problems: &mut Vec<Problem>) {
    for (first, second) in pairs(context.people, |person| stays(person).then(|| person.agent.public.email.key())) {
        let found = shared(first, second, &Field::Email, "`public.email` is used by another agent too");
        problems.push(found.of(|one| one.warning().help("clients will write to both")));
    }
}

pub(super) fn licence_is_unique(context: &RuleContext<'_>, problems: &mut Vec<Problem>) {
    let licence =
        |person: &AgentFile| spelled(&person.agent.public.licence, |text| text.as_str().trim().to_lowercase());
    for (first, second) in pairs(context.people, |person| licence(person).filter(|_| stays(person))) {
        let found = shared(first, second, &Field::Licence, "`public.licence` is used by another agent too");
        problems.push(found.of(|one| one.warning().help("a licence belongs to one person; check the number")));
    }
}

/// An error at the field of either of two people, which names the place of the other's.
pub(super) fn shared(first: &AgentFile, second: &AgentFile, field: &Field, message: &str) -> DuplicatePair {
    let seen_from = |one: &AgentFile, other: &AgentFile| {
        let place = other.place(field);
        one.error(field, format!("{message}: {place}")).at_odds_with(place)
    };
    DuplicatePair { here: seen_from(second, first), there: seen_from(first, second) }
}

/// One problem between two files, as it is reported in either of them.
pub(super) struct DuplicatePair {
    here: Problem,
    there: Problem,
}

impl DuplicatePair {
    /// The problem at the second file, with what it is in the first one.
    pub(super) fn of(self, finish: impl Fn(Problem) -> Problem) -> Problem {
        finish(self.here).seen_from_there(finish(self.there))
    }
}

/// A person who has left may have passed the address to a successor.
pub(super) fn stays(person: &AgentFile) -> bool {
    person.agent.status != Status::Archived
}

/// Every person whose key an earlier person has, with the first of them.
pub(super) fn pairs(people: &[AgentFile], key: impl Fn(&AgentFile) -> Option<String>) -> Vec<(&AgentFile, &AgentFile)> {
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
