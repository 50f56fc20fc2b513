//! A login e-mail belongs to one person: nobody takes one that a row still holds (design 2.4, 2.11).

use std::collections::{BTreeMap, BTreeSet};

use super::{Observed, Operation, Person, Plan};
use crate::agent::Field;
use crate::record::System;
use crate::remote::{crm, pf};

/// Which rows there were, and who held which login e-mail, when the systems were read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    holders: BTreeMap<(System, String), BTreeSet<u64>>,
    pf: BTreeSet<u64>,
}

impl Seen {
    pub(super) fn new(observed: &Observed) -> Self {
        let mut seen = Self { pf: observed.pf.iter().map(|row| row.id).collect(), ..Self::default() };
        let crm = observed.crm.iter().filter_map(|row| Some((System::Crm, crm::wire::Wire::login(row)?, row.id)));
        let pf = observed.pf.iter().filter_map(|row| Some((System::Pf, pf::wire::Wire::login(row)?, row.id)));
        for (system, login, id) in crm.chain(pf) {
            seen.holders.entry((system, login)).or_default().insert(id);
        }
        seen
    }

    /// Whether a Property Finder user was there already, and so was not made by this run.
    #[must_use]
    pub fn had_pf_user(&self, id: u64) -> bool {
        self.pf.contains(&id)
    }
}

impl Plan {
    /// Blocks whoever would take a login e-mail from a row that does not give it up in this very plan: its person may be
    /// blocked, left out, an orphan, or nobody's. Who is blocked gives nothing up, so it goes on until nobody is added.
    pub(super) fn keep_logins_apart(&mut self) {
        loop {
            let blocked: Vec<(usize, String)> =
                self.people.iter().enumerate().filter_map(|(at, taker)| Some((at, self.taken(taker)?))).collect();
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

    /// Why the login e-mail that this person takes is not to be had.
    fn taken(&self, taker: &Person) -> Option<String> {
        if taker.blocked.is_some() {
            return None;
        }
        [System::Crm, System::Pf].into_iter().filter(|system| takes_login(taker, *system)).find_map(|system| {
            let holders = self.seen.holders.get(&(system, taker.login.clone()))?;
            let others = holders.iter().filter(|id| row_id(taker, system) != Some(**id));
            let kept = others.copied().find(|id| !self.to_do().any(|person| gives_up(person, system, *id)))?;
            Some(format!(
                "its login e-mail is still that of {system} {kept}, which does not give it up in this plan: change that \
                 one first, or together with this one"
            ))
        })
    }
}

fn takes_login(person: &Person, system: System) -> bool {
    person.has(system, Operation::Create) || person.changes_in(system).contains_key(&Field::Login)
}

fn gives_up(person: &Person, system: System, id: u64) -> bool {
    row_id(person, system) == Some(id) && person.changes_in(system).contains_key(&Field::Login)
}

fn row_id(person: &Person, system: System) -> Option<u64> {
    let row = match system {
        System::Crm => person.crm.as_ref(),
        System::Pf => person.pf.as_ref(),
    };
    row.map(|row| row.id)
}
