//! The rows that an import may take: those of people who have no file.

use std::collections::{BTreeMap, BTreeSet};

use super::candidates::{crm_candidate, match_all, pf_candidate};
use crate::model::agent::Slug;
use crate::model::config::LinkFields;
use crate::model::record::System;
use crate::model::roster::Roster;
use crate::reconcile::matching::{
    CrmCandidate, IdentityFacts, ImpersonalValues, LookAlike, Match, Matches, OtherAccount, PfCandidate, RowPairs,
    UnclearReason, UnclearRows, pair,
};
use crate::reconcile::observed::Observed;

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

/// Rows without a file that have the login e-mail of a file, that look like a person whose row was not found, or that may be
/// another account of a person who has a file.
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
    let mut unclear: Vec<UnclearRows> = unclear.collect();
    for (slug, accounts) in &matches.other_accounts {
        for is_active in [true, false] {
            let is_named = |account: &OtherAccount| {
                unclear.iter().any(|rows| match account.system {
                    System::Crm => rows.crm.contains(&account.id),
                    System::Pf => rows.pf.contains(&account.id),
                })
            };
            let new = accounts.iter().filter(|account| account.is_active == is_active && !is_named(account));
            let new: Vec<&OtherAccount> = new.collect();
            let of = |system| new.iter().filter(|account| account.system == system).map(|account| account.id).collect();
            let (crm, pf): (Vec<u64>, Vec<u64>) = (of(System::Crm), of(System::Pf));
            if !new.is_empty() {
                let reason = UnclearReason::OtherAccountOfFile { slug: slug.clone(), is_active };
                unclear.push(UnclearRows { crm, pf, reason });
            }
        }
    }
    unclear
}
