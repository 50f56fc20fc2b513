//! People who are never deactivated or deleted: those under `protect` in roster.yaml, and the owner of the CRM's key.

use std::collections::BTreeSet;

use super::{Block, Operation, PersonPlan, Plan};
use crate::model::agent::Slug;
use crate::model::record::System;
use crate::model::roster::{Base, Roster};
use crate::reconcile::matching::{CrmMatch, Match, Matches};

/// Every slug of a person, now and before a rename: a protection of the file's name alone would end with the rename.
pub(super) fn known_as<'a>(
    slug: &'a Slug,
    carried: Option<&'a str>,
    base: Option<&'a Base>,
) -> impl Iterator<Item = &'a str> {
    let at_base = base.and_then(|base| base.renames.get(slug)).map(Slug::as_str);
    [Some(slug.as_str()), carried, at_base].into_iter().flatten()
}

/// The slugs under `protect` that match no person: no file has them, now or at base, and no row carries them.
pub(super) fn unmatched(protected: &[String], roster: &Roster, matches: &Matches, base: Option<&Base>) -> Vec<String> {
    let renamed = matches.people.values().filter_map(|found| match found {
        Match::Known { crm: CrmMatch::Rename { from, .. }, .. } => Some(from.as_str()),
        _ => None,
    });
    let orphans = matches.orphans.iter().map(|orphan| orphan.agent.as_str());
    let files = roster.people.keys().flat_map(|slug| known_as(slug, None, base));
    let known: BTreeSet<&str> = files.chain(renamed).chain(orphans).collect();
    protected.iter().filter(|slug| !known.contains(slug.as_str())).cloned().collect()
}

impl PersonPlan {
    /// Blocks a protected person who would be deactivated or deleted.
    pub(super) fn protect<'a>(&mut self, protected: &[String], mut known_as: impl Iterator<Item = &'a str>) {
        if is_deactivated_or_deleted(self) && known_as.any(|known| protected.iter().any(|slug| slug == known)) {
            self.block(Block::Protected);
        }
    }
}

impl Plan {
    /// Whether a person is deactivated or deleted, so that the owner of the key must be known.
    #[must_use]
    pub(crate) fn deactivates_or_deletes(&self) -> bool {
        self.to_do().any(is_deactivated_or_deleted)
    }

    /// Blocks a person who would be deactivated or deleted and has the login e-mail of the user that the API key belongs to.
    pub(crate) fn protect_own(&mut self, login: &str) {
        let all = self.people.iter_mut().chain(&mut self.out_of_scope);
        for person in all.filter(|person| is_deactivated_or_deleted(person) && has_login(person, login)) {
            person.block(Block::OwnKey);
        }
        self.block_login_and_slug_conflicts();
    }
}

fn is_deactivated_or_deleted(person: &PersonPlan) -> bool {
    person.has(System::Pf, Operation::Deactivate) || person.has(System::Crm, Operation::Delete)
}

fn has_login(person: &PersonPlan, own: &str) -> bool {
    let crm = person.crm.as_ref().and_then(|row| row.login.as_deref());
    let pf = person.pf.as_ref().and_then(|row| row.login.as_deref());
    [Some(person.login.as_str()), crm, pf].into_iter().flatten().any(|login| login.eq_ignore_ascii_case(own.trim()))
}
