//! The facts of files and rows that matching compares.

use std::collections::{BTreeMap, BTreeSet};

use super::{RowsById, Unmanaged, Warning, WarningKind};
use crate::model::agent::Slug;
use crate::model::config::LinkFields;
use crate::model::record::System;
use crate::model::roster::{Base, Declaration, Roster};
use crate::reconcile::matching::{
    CrmCandidate, DeclaredPerson, GitRename, IdentityFacts, ImpersonalValues, LookAlike, Match, Matches, PfCandidate,
    RowPairs, UnclearReason, UnclearRows, identify, pair,
};
use crate::reconcile::observed::{Observed, ObservedCrmUser, ObservedPfUser};

/// Matches all files to the rows of both systems.
pub(super) fn match_all(
    roster: &Roster,
    observed: &Observed,
    links: Option<&LinkFields>,
    base: Option<&Base>,
) -> Matches {
    let declared: Vec<DeclaredPerson> = roster.people.values().map(|declaration| declared(declaration, base)).collect();
    let mut crm: Vec<CrmCandidate> = observed.crm.iter().map(|row| crm_candidate(row)).collect();
    if observed.pf_unread {
        // Stored ids of a system that was not read resolve to nothing.
        for person in &mut crm {
            (person.pf_user, person.pf_profile) = (None, None);
            person.unreadable.clear();
        }
    }
    let pf: Vec<PfCandidate> = observed.pf.iter().map(|row| pf_candidate(row)).collect();
    identify(&declared, &crm, &pf, links.is_none())
}

/// The people who have a row and no file.
#[must_use]
pub(crate) fn rows_without_file(roster: &Roster, observed: &Observed, links: Option<&LinkFields>) -> RowPairs {
    let matches = match_all(roster, observed, links, None);
    let crm: Vec<CrmCandidate> = observed.crm.iter().map(|row| crm_candidate(row)).collect();
    let pf: Vec<PfCandidate> = observed.pf.iter().map(|row| pf_candidate(row)).collect();
    let orphans = matches.orphans.iter().map(|orphan| orphan.crm);
    let mut free_crm: BTreeSet<u64> = matches.unmanaged_crm.iter().copied().chain(orphans).collect();
    // A user that the row of a person with a file stores is that person's, whether or not the person is blocked.
    let used = || crm.iter().filter(|row| !free_crm.contains(&row.id));
    let users: BTreeSet<u64> = used().filter_map(|row| row.pf_user).collect();
    let profiles: BTreeSet<u64> = used().filter_map(|row| row.pf_profile).collect();
    let is_used = |user: &PfCandidate| {
        users.contains(&user.id) || user.profile.is_some_and(|profile| profiles.contains(&profile))
    };
    let known: BTreeSet<u64> = matches.people.values().filter_map(Match::pf_id).collect();
    let free = pf.iter().filter(|user| !known.contains(&user.id) && !is_used(user));
    let mut free_pf: BTreeSet<u64> = free.map(|user| user.id).collect();
    let of_files = rows_like_files(roster, &matches, (&crm, &free_crm), (&pf, &free_pf));
    for unclear in &of_files {
        free_crm.retain(|id| !unclear.crm.contains(id));
        free_pf.retain(|id| !unclear.pf.contains(id));
    }
    let files: Vec<IdentityFacts> = roster.people.values().map(|person| IdentityFacts::of(&person.record)).collect();
    let impersonal = ImpersonalValues::of(&files, crm.iter().map(|row| &row.facts), pf.iter().map(|user| &user.facts));
    let crm: Vec<&CrmCandidate> = crm.iter().filter(|row| free_crm.contains(&row.id)).collect();
    let pf: Vec<&PfCandidate> = pf.iter().filter(|user| free_pf.contains(&user.id)).collect();
    let RowPairs { people, unclear } = pair(&crm, &pf, &impersonal);
    RowPairs { people, unclear: of_files.into_iter().chain(unclear).collect() }
}

/// Rows without a file that have the login e-mail of a file, or that look like a person whose row was not found.
fn rows_like_files(
    roster: &Roster,
    matches: &Matches,
    (crm, free_crm): (&[CrmCandidate], &BTreeSet<u64>),
    (pf, free_pf): (&[PfCandidate], &BTreeSet<u64>),
) -> Vec<UnclearRows> {
    let mut rows: BTreeSet<(Slug, System, u64)> = BTreeSet::new();
    let logins = roster.people.values().map(|person| (IdentityFacts::of(&person.record).login, &person.slug));
    let logins: BTreeMap<Option<String>, &Slug> = logins.filter(|(login, _)| login.is_some()).collect();
    let in_crm = crm.iter().filter(|row| free_crm.contains(&row.id)).map(|row| (System::Crm, row.id, &row.facts));
    let at_pf = pf.iter().filter(|user| free_pf.contains(&user.id)).map(|user| (System::Pf, user.id, &user.facts));
    for (system, id, facts) in in_crm.chain(at_pf) {
        rows.extend(logins.get(&facts.login).map(|slug| ((*slug).clone(), system, id)));
    }
    for (slug, alike) in &matches.look_alikes {
        let is_free = |row: &&LookAlike| match row.system {
            System::Crm => free_crm.contains(&row.id),
            System::Pf => free_pf.contains(&row.id),
        };
        rows.extend(alike.iter().filter(is_free).map(|row| (slug.clone(), row.system, row.id)));
    }
    let unclear = rows.into_iter().map(|(slug, system, id)| {
        let (crm, pf) = if system == System::Crm { (vec![id], Vec::new()) } else { (Vec::new(), vec![id]) };
        let own = match matches.people.get(&slug) {
            Some(Match::Known { crm, .. }) => crm.id(),
            _ => None,
        };
        UnclearRows { crm, pf, reason: UnclearReason::OfFile { slug, crm: own } }
    });
    unclear.collect()
}

fn declared(declaration: &Declaration, base: Option<&Base>) -> DeclaredPerson {
    let renamed = |slug: &Slug, base: &Base| GitRename {
        slug: slug.clone(),
        facts: base.people.get(slug).map(|declaration| IdentityFacts::of(&declaration.record)),
    };
    DeclaredPerson {
        slug: declaration.slug.clone(),
        status: declaration.status,
        facts: IdentityFacts::of(&declaration.record),
        renamed_from: base.and_then(|base| Some(renamed(base.renames.get(&declaration.slug)?, base))),
        login_at_base: base
            .and_then(|base| base.people.get(&declaration.slug))
            .and_then(|at_base| IdentityFacts::of(&at_base.record).login),
    }
}

fn crm_candidate(row: &ObservedCrmUser) -> CrmCandidate {
    CrmCandidate {
        id: row.id,
        agent: row.links.agent.clone(),
        unreadable_slug: row.unreadable_slug.clone(),
        pf_user: row.links.pf_user,
        pf_profile: row.links.pf_profile,
        unreadable: row.unreadable_links.clone(),
        facts: IdentityFacts::of(&row.record),
        made: row.made,
    }
}

fn pf_candidate(row: &ObservedPfUser) -> PfCandidate {
    PfCandidate {
        id: row.id,
        profile: row.profile,
        facts: IdentityFacts::of_pf_user(row),
        made: row.made,
        online: !row.inactive,
    }
}

/// The unmanaged rows, by their public names.
pub(super) fn unmanaged(matches: &Matches, rows: &RowsById<'_>) -> Vec<Unmanaged> {
    let crm = matches.unmanaged_crm.iter().filter_map(|id| rows.crm.get(id));
    let crm = crm.map(|row| Unmanaged { system: System::Crm, remote_id: row.id, name: row.name() });
    let pf = matches.unmanaged_pf.iter().filter_map(|id| rows.pf.get(id));
    let name = |row: &ObservedPfUser| row.name.clone().unwrap_or_default();
    crm.chain(pf.map(|row| Unmanaged { system: System::Pf, remote_id: row.id, name: name(row) })).collect()
}

/// A warning for rows whose link field holds a text that is not a slug: they belong to no file, and nothing is written to them.
pub(super) fn unreadable_slugs(observed: &Observed) -> Option<Warning> {
    let unreadable = observed.crm.iter().filter_map(|row| Some((row.id, row.unreadable_slug.as_deref()?)));
    let (rows, fields): (Vec<u64>, Vec<&str>) = unreadable.unzip();
    let field = (*fields.first()?).to_owned();
    Some(WarningKind::UnreadableSlugs { rows, field }.into())
}
