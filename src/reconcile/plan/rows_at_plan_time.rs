//! The rows of both systems when they were read for the plan.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::model::agent::{Field, FieldValue, Slug};
use crate::model::record::System;
use crate::model::roster::Base;
use crate::reconcile::matching::{CrmMatch, Match, Matches};
use crate::reconcile::memory::Memory;
use crate::reconcile::observed::{Observed, ObservedPfUser};

/// The rows of both systems when they were read for the plan: who held which login e-mail and slug, and what the rows prove.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowsAtPlanTime {
    holders: BTreeMap<(System, String), BTreeSet<u64>>,
    /// Whose rows they are: the slug of the file, or of the file that is gone.
    owners: BTreeMap<(System, u64), String>,
    /// Slugs in rows that are renamed to another slug: the row, and that slug.
    renamed: BTreeMap<String, (u64, Slug)>,
    pf: BTreeSet<u64>,
    /// How many Property Finder users were active.
    active_pf: usize,
    /// People whose slug had a file at base: their row may have the slug, and another login e-mail. None without a base.
    declared_at_base: Option<BTreeSet<Slug>>,
    reference: Option<FilterReference>,
    shows_slug: bool,
    shows_memory: bool,
}

impl RowsAtPlanTime {
    pub(super) fn new(base: Option<&Base>, observed: &Observed, matches: &Matches) -> Self {
        let shows_memory = |text: &str| Memory::parse(text).is_ok();
        let links = || observed.crm.iter().map(|row| &row.links);
        let mut seen = Self {
            owners: owners(observed, matches),
            pf: observed.pf.iter().map(|row| row.id).collect(),
            active_pf: observed.pf.iter().filter(|row| !row.inactive).count(),
            declared_at_base: base.map(|base| base.people.keys().cloned().collect()),
            reference: reference(&observed.pf),
            shows_slug: links().any(|links| links.agent.is_some()),
            shows_memory: links().any(|links| links.memory.as_deref().is_some_and(shows_memory)),
            ..Self::default()
        };
        let crm = observed.crm.iter().filter_map(|row| Some((System::Crm, row.login.clone()?, row.id)));
        let pf = observed.pf.iter().filter_map(|row| Some((System::Pf, row.login.clone()?, row.id)));
        for (system, login, id) in crm.chain(pf) {
            seen.holders.entry((system, login)).or_default().insert(id);
        }
        for (slug, found) in &matches.people {
            if let Match::Known { crm: CrmMatch::Rename { id, from }, .. } = found {
                seen.renamed.insert(from.clone(), (*id, slug.clone()));
            }
        }
        seen
    }

    /// The row that carries a slug and goes to another file, and that file's slug.
    #[must_use]
    pub(crate) fn row_that_gives_up(&self, slug: &Slug) -> Option<&(u64, Slug)> {
        self.renamed.get(slug.as_str())
    }

    /// Whether a Property Finder user was there already, and so was not made by this run.
    #[must_use]
    pub(crate) fn had_pf_user(&self, id: u64) -> bool {
        self.pf.contains(&id)
    }

    /// The rows that held a login e-mail.
    pub(super) fn holders(&self, system: System, login: &str) -> impl Iterator<Item = u64> {
        self.holders.get(&(system, login.to_owned())).into_iter().flatten().copied()
    }

    /// The slug of the person whose row it was, if it is known.
    pub(super) fn owner(&self, system: System, id: u64) -> Option<&String> {
        self.owners.get(&(system, id))
    }

    /// How many Property Finder users were active when they were read.
    #[must_use]
    pub(crate) const fn active_pf_users(&self) -> usize {
        self.active_pf
    }

    /// Whether a row held this login e-mail when the systems were read: the plan knew of it.
    #[must_use]
    pub(crate) fn had_login(&self, system: System, login: &str, id: u64) -> bool {
        self.holders.get(&(system, login.to_owned())).is_some_and(|ids| ids.contains(&id))
    }

    /// Whether the person's slug had a file at base, so that a row may have the slug and another login e-mail. None without a
    /// base.
    #[must_use]
    pub(crate) fn was_declared_at_base(&self, agent: &Slug) -> Option<bool> {
        self.declared_at_base.as_ref().map(|declared| declared.contains(agent))
    }

    /// A Property Finder user to prove a filter of logins by.
    #[must_use]
    pub(crate) const fn reference(&self) -> Option<&FilterReference> {
        self.reference.as_ref()
    }

    /// Whether a listed CRM row carries a slug, which proves that the CRM keeps and lists the link fields.
    #[must_use]
    pub(crate) const fn shows_slug(&self) -> bool {
        self.shows_slug
    }

    /// Whether a CRM row holds a memory that can be read, which proves that the CRM keeps its text.
    #[must_use]
    pub(crate) const fn shows_memory(&self) -> bool {
        self.shows_memory
    }
}

/// Rows belong to the file that matches them, and else to the slug that they carry: that of a blocked or removed file.
fn owners(observed: &Observed, matches: &Matches) -> BTreeMap<(System, u64), String> {
    let carried = observed.crm.iter().filter_map(|row| {
        let (agent, user) = (row.links.agent.clone()?, row.links.pf_user.map(|user| (System::Pf, user)));
        Some([Some((System::Crm, row.id)), user].into_iter().flatten().map(move |row| (row, agent.clone())))
    });
    let of_files = matches.people.iter().filter_map(|(slug, found)| {
        let Match::Known { crm, pf } = found else { return None };
        let rows = [crm.id().map(|id| (System::Crm, id)), pf.id().map(|id| (System::Pf, id))];
        Some(rows.into_iter().flatten().map(|row| (row, slug.to_string())))
    });
    carried.flatten().chain(of_files.flatten()).collect()
}

/// A user whom a system listed, to prove a filter by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterReference {
    /// The row's id.
    pub id: u64,
    /// The login e-mail.
    pub login: String,
    /// Whether the user is inactive: a listing may leave out such a user unless a request asks for it.
    pub inactive: bool,
}

/// The user that proves most about a filter: the login differs from the public e-mail, and the user is inactive. A filter
/// that finds this user searches logins, and searches all users.
fn reference(users: &[Arc<ObservedPfUser>]) -> Option<FilterReference> {
    let candidates = users.iter().filter_map(|user| {
        let login = user.login.clone()?;
        let public = user.fields.record.get(&Field::Email).and_then(FieldValue::as_text).unwrap_or_default();
        let inactive = user.inactive;
        let is_distinguishable = !public.trim().eq_ignore_ascii_case(&login);
        Some(((is_distinguishable, inactive), FilterReference { id: user.id, login, inactive }))
    });
    candidates.max_by_key(|(worth, _)| *worth).map(|(_, reference)| reference)
}
