//! A login e-mail and a slug belong to one person: a person cannot take one that a row still holds.

use super::{Block, Operation, PersonPlan, Plan};
use crate::model::agent::Field;
use crate::model::record::System;

impl Plan {
    /// Blocks a person who would take a login e-mail or a slug from a row that does not release it in this plan: its
    /// person may be blocked, left out, an orphan, or unknown. A blocked person releases nothing, so it repeats until
    /// no person is added.
    pub(super) fn block_login_and_slug_conflicts(&mut self) {
        loop {
            let conflict = |person: &PersonPlan| self.login_conflict(person).or_else(|| self.slug_conflict(person));
            let people = self.people.iter().enumerate().filter(|(_, person)| person.blocked.is_none());
            let blocked: Vec<(usize, Block)> =
                people.filter_map(|(at, person)| Some((at, conflict(person)?))).collect();
            if blocked.is_empty() {
                return;
            }
            for (at, why) in blocked {
                if let Some(person) = self.people.get_mut(at) {
                    person.block(why);
                }
            }
        }
    }

    /// A row that keeps the login e-mail which this person takes.
    fn login_conflict(&self, person: &PersonPlan) -> Option<Block> {
        System::ALL.into_iter().filter(|system| takes_login(person, *system)).find_map(|system| {
            let others = self.seen.holders(system, &person.login).filter(|id| person.row_id(system) != Some(*id));
            let id = others.into_iter().find(|id| !self.to_do().any(|holder| gives_up_login(holder, system, *id)))?;
            Some(Block::LoginTaken { system, id, owner: self.seen.owner(system, id).cloned() })
        })
    }

    /// A row that keeps the slug which this person's row is given: two rows would carry it.
    fn slug_conflict(&self, person: &PersonPlan) -> Option<Block> {
        let (row, holder) = self.seen.row_that_gives_up(&person.slug).filter(|_| takes_slug(person))?;
        let is_renamed = |person: &PersonPlan| person.slug == *holder && person.has(System::Crm, Operation::Rename);
        (!self.to_do().any(is_renamed)).then(|| Block::SlugTaken { crm: *row, owner: holder.to_string() })
    }
}

/// Whether the plan writes the person's slug into a row of the CRM that does not carry it yet.
pub(super) fn takes_slug(person: &PersonPlan) -> bool {
    use Operation::{Adopt, Create, Link, Rename};
    [Create, Link, Rename, Adopt].into_iter().any(|operation| person.has(System::Crm, operation))
}

fn takes_login(person: &PersonPlan, system: System) -> bool {
    person.has(system, Operation::Create) || person.changes_in(system).contains_key(&Field::Login)
}

fn gives_up_login(person: &PersonPlan, system: System, id: u64) -> bool {
    person.row_id(system) == Some(id) && person.changes_in(system).contains_key(&Field::Login)
}
