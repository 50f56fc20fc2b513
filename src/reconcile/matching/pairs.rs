//! Rows of both systems that are one person, for people without a file.
//!
//! A pair is certain by a stored id, by the login e-mail, or by at least two of public e-mail, phone, full name and
//! licence, if nothing else fits as well. Rows that only may be one person are reported and never paired: two files for
//! one person would create that person twice.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::{FULL_NAME, repeated};
use super::same_person::{Descriptions, joined};
use super::{CrmCandidate, IdentityFacts, PfCandidate};
use crate::model::agent::Slug;
use crate::model::record::System;

/// One person without a file: a row in one system, or one in each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RowPair {
    /// The CRM's id.
    pub crm: Option<u64>,
    /// The Property Finder user's id.
    pub pf: Option<u64>,
}

impl RowPair {
    const fn is_in_both_systems(&self) -> bool {
        self.crm.is_some() && self.pf.is_some()
    }
}

/// Rows that may be one person, or somebody who has a file. None of them is imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UnclearRows {
    /// The CRM's ids.
    pub crm: Vec<u64>,
    /// The ids of Property Finder users.
    pub pf: Vec<u64>,
    /// Why they are unclear.
    pub reason: UnclearReason,
}

impl UnclearRows {
    /// Whether they are old accounts at Property Finder alone, which nobody can delete: nothing is to do about them.
    #[must_use]
    pub(crate) fn are_old_accounts(&self) -> bool {
        self.crm.is_empty()
            && match &self.reason {
                UnclearReason::OtherAccounts { active, .. } => active.is_empty(),
                UnclearReason::OtherAccountOfFile { is_active, .. } => !is_active,
                _ => false,
            }
    }
}

/// Why rows are not imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum UnclearReason {
    /// Several CRM rows store the same Property Finder user.
    SameStoredId,
    /// Several rows of one system have the same login e-mail, or several people would declare it.
    SameLogin,
    /// Rows agree in these, and more rows fit, or too little agrees.
    Alike(Vec<&'static str>),
    /// Rows with different logins agree in these, and would be imported as several people.
    SeveralLogins(Vec<&'static str>),
    /// Rows that may be further accounts of the person with these rows, in each system one. Which of them are active users at
    /// Property Finder.
    OtherAccounts { of: RowPair, agreed: Vec<&'static str>, active: Vec<u64> },
    /// The row may be another account of this file's person.
    OtherAccountOfFile { slug: Slug, is_active: bool },
    /// The row has the login e-mail of this file, or agrees with it otherwise, and is not its row. The file's row in the CRM has
    /// the id `crm`, if there is one.
    OfFile { slug: Slug, crm: Option<u64> },
    /// A CRM row stores the id of one Property Finder user, and the profile of another one.
    StoredIdsDisagree,
    /// Several CRM rows store the same slug.
    SameSlug,
}

/// The people without a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RowPairs {
    /// The certain ones, by the CRM's id; people without a CRM row last.
    pub people: Vec<RowPair>,
    /// The others.
    pub unclear: Vec<UnclearRows>,
}

/// Pairs the rows that have no file. `impersonal` is about all rows and files: a value that people with files
/// share too does not identify a person.
#[must_use]
pub(crate) fn pair(crm: &[&CrmCandidate], pf: &[&PfCandidate], impersonal: &ImpersonalValues) -> RowPairs {
    let in_crm: BTreeMap<u64, &CrmCandidate> = crm.iter().map(|row| (row.id, *row)).collect();
    let at_pf: BTreeMap<u64, &PfCandidate> = pf.iter().map(|row| (row.id, *row)).collect();
    let rows = BothSystems { crm: in_crm, pf: at_pf };
    let mut pairing = Pairing { unpaired: rows.clone(), unclear: BothSystems::default(), found: RowPairs::default() };
    pairing.by_stored_id();
    pairing.by_login();
    pairing.by_agreement(impersonal);
    let Pairing { unpaired: BothSystems { crm, pf }, mut found, .. } = pairing;
    found.people.extend(crm.keys().map(|id| RowPair { crm: Some(*id), pf: None }));
    found.people.extend(pf.keys().map(|id| RowPair { crm: None, pf: Some(*id) }));
    found.people.sort_by_key(|pair| (pair.crm.is_none(), *pair));
    found.refuse_equal(&UnclearReason::SameSlug, |pair| rows.crm.get(&pair.crm?)?.agent.as_deref());
    found.refuse_equal(&UnclearReason::SameLogin, |pair| rows.declared_login(pair));
    found.refuse_same_person(&rows);
    // People who are refused are unclear too, so other people may now resemble an unclear row.
    loop {
        let refused = found.refuse_beside_unclear(&rows);
        if !refused {
            break;
        }
    }
    found
}

/// Rows of both systems, by their ids.
#[derive(Clone, Default)]
struct BothSystems<'a> {
    crm: BTreeMap<u64, &'a CrmCandidate>,
    pf: BTreeMap<u64, &'a PfCandidate>,
}

impl BothSystems<'_> {
    /// What the rows of a pair hold of the person.
    fn facts(&self, pair: &RowPair) -> impl Iterator<Item = &IdentityFacts> {
        let in_crm = pair.crm.and_then(|id| self.crm.get(&id)).map(|row| &row.facts);
        in_crm.into_iter().chain(pair.pf.and_then(|id| self.pf.get(&id)).map(|user| &user.facts))
    }

    fn is_active(&self, user: u64) -> bool {
        self.pf.get(&user).is_some_and(|user| user.online)
    }

    /// The account that one person uses: the only one with a row in each system that is active at Property Finder; or the only
    /// one with a row in each system, if none is active there.
    fn in_use(&self, people: &BTreeSet<RowPair>) -> Option<RowPair> {
        let is_active = |pair: &&RowPair| pair.pf.is_some_and(|user| self.is_active(user));
        let complete: Vec<&RowPair> = people.iter().filter(|pair| pair.is_in_both_systems()).collect();
        let active: Vec<&RowPair> = complete.iter().copied().filter(is_active).collect();
        match (active.as_slice(), complete.as_slice()) {
            ([pair], _) => Some(**pair),
            ([], [pair]) if !people.iter().any(|pair| is_active(&pair)) => Some(**pair),
            _ => None,
        }
    }

    /// The login that the file of a pair declares: that of the CRM, where the CRM has one.
    fn declared_login(&self, pair: &RowPair) -> Option<&str> {
        let in_crm = pair.crm.and_then(|id| self.crm.get(&id)?.facts.login.as_deref());
        in_crm.or_else(|| self.pf.get(&pair.pf?)?.facts.login.as_deref())
    }
}

impl RowPairs {
    /// Moves the people whose files would have the same unique value to the unclear ones.
    fn refuse_equal<'k>(&mut self, reason: &UnclearReason, key: impl Fn(&RowPair) -> Option<&'k str>) {
        let mut groups: BTreeMap<&str, Vec<RowPair>> = BTreeMap::new();
        for pair in &self.people {
            if let Some(key) = key(pair) {
                groups.entry(key).or_default().push(*pair);
            }
        }
        for group in groups.into_values().filter(|group| group.len() > 1) {
            self.people.retain(|pair| !group.contains(pair));
            self.unclear.push(UnclearRows {
                crm: group.iter().filter_map(|pair| pair.crm).collect(),
                pf: group.iter().filter_map(|pair| pair.pf).collect(),
                reason: reason.clone(),
            });
        }
    }

    /// Moves the people whose rows may be of one person, or of an unclear row, to the unclear ones. Accounts at Property Finder
    /// remain for ever, so the one that is in use is imported in spite of old ones.
    fn refuse_same_person(&mut self, rows: &BothSystems<'_>) {
        let in_crm = self.unclear.iter().flat_map(|unclear| &unclear.crm);
        let at_pf = self.unclear.iter().flat_map(|unclear| &unclear.pf);
        let mut people: BTreeSet<RowPair> = in_crm.map(|id| RowPair { crm: Some(*id), pf: None }).collect();
        people.extend(at_pf.map(|id| RowPair { crm: None, pf: Some(*id) }));
        people.extend(&self.people);
        let descriptions = people.iter().flat_map(|pair| rows.facts(pair).map(|facts| (*pair, facts)));
        let descriptions = Descriptions::new(&descriptions.collect::<Vec<_>>(), |_| true);
        let certain: BTreeSet<RowPair> = self.people.iter().copied().collect();
        // Nothing is created for people who have a row in each system, so weak evidence does not make them unclear.
        let groups = descriptions
            .groups(|evidence, people| evidence.is_strong || people.iter().any(|pair| !pair.is_in_both_systems()));
        for (mut group, agreed) in groups {
            let in_use = rows.in_use(&group).filter(|pair| certain.contains(pair));
            group.retain(|pair| Some(*pair) != in_use);
            if group.is_disjoint(&certain) {
                self.name_person_in_use(&group, in_use, &agreed, rows);
                continue;
            }
            self.people.retain(|pair| !group.contains(pair));
            let agreed = agreed.into_iter().collect();
            let crm: BTreeSet<u64> = group.iter().filter_map(|pair| pair.crm).collect();
            let pf: BTreeSet<u64> = group.iter().filter_map(|pair| pair.pf).collect();
            let reason = match in_use {
                None => UnclearReason::SeveralLogins(agreed),
                Some(of) => {
                    let active = pf.iter().copied().filter(|id| rows.is_active(*id)).collect();
                    UnclearReason::OtherAccounts { of, agreed, active }
                }
            };
            self.unclear.push(UnclearRows { crm: crm.into_iter().collect(), pf: pf.into_iter().collect(), reason });
        }
    }

    /// Names the person who is imported where rows that are unclear already may be further accounts.
    fn name_person_in_use(
        &mut self,
        group: &BTreeSet<RowPair>,
        in_use: Option<RowPair>,
        agreed: &BTreeSet<&'static str>,
        rows: &BothSystems<'_>,
    ) {
        let Some(of) = in_use else { return };
        let is_in_group = |unclear: &&mut UnclearRows| {
            let in_crm = unclear.crm.iter().map(|id| RowPair { crm: Some(*id), pf: None });
            let mut all = in_crm.chain(unclear.pf.iter().map(|id| RowPair { crm: None, pf: Some(*id) }));
            all.all(|row| group.contains(&row))
        };
        for unclear in self.unclear.iter_mut().filter(is_in_group) {
            let active = unclear.pf.iter().copied().filter(|id| rows.is_active(*id)).collect();
            let agreed = agreed.iter().copied().collect();
            unclear.reason = UnclearReason::OtherAccounts { of, agreed, active };
        }
    }

    /// Moves the people who may be one with an unclear row to the unclear ones. Returns whether there were any.
    fn refuse_beside_unclear(&mut self, rows: &BothSystems<'_>) -> bool {
        let unclear = UnclearIdentities::of(&self.unclear, rows);
        let with_unclear_row = |pair: &RowPair| Some((*pair, unclear.beside(pair, rows)?));
        let found: Vec<(RowPair, (RowPair, UnclearReason))> = self.people.iter().filter_map(with_unclear_row).collect();
        self.people.retain(|pair| !found.iter().any(|(taken, _)| taken == pair));
        let any = !found.is_empty();
        self.unclear.extend(found.into_iter().map(|(pair, (row, reason))| UnclearRows {
            crm: row.crm.into_iter().chain(pair.crm).collect(),
            pf: row.pf.into_iter().chain(pair.pf).collect(),
            reason,
        }));
        any
    }
}

/// The logins of unclear rows, and the public profiles that they store.
struct UnclearIdentities<'k> {
    logins: BTreeMap<&'k str, RowPair>,
    profiles: BTreeMap<u64, u64>,
}

impl<'k> UnclearIdentities<'k> {
    fn of(unclear: &[UnclearRows], rows: &BothSystems<'k>) -> Self {
        let (mut logins, mut profiles) = (BTreeMap::new(), BTreeMap::new());
        for row in unclear.iter().flat_map(|unclear| &unclear.crm).filter_map(|id| rows.crm.get(id)) {
            let place = RowPair { crm: Some(row.id), pf: None };
            logins.extend(row.facts.login.iter().map(|login| (login.as_str(), place)));
            profiles.extend(row.pf_profile.map(|profile| (profile, row.id)));
        }
        for user in unclear.iter().flat_map(|unclear| &unclear.pf).filter_map(|id| rows.pf.get(id)) {
            let place = RowPair { crm: None, pf: Some(user.id) };
            logins.extend(user.facts.login.iter().map(|login| (login.as_str(), place)));
        }
        Self { logins, profiles }
    }

    /// The unclear row that may be this person.
    fn beside(&self, pair: &RowPair, rows: &BothSystems<'_>) -> Option<(RowPair, UnclearReason)> {
        let user = pair.pf.and_then(|id| rows.pf.get(&id));
        let in_crm = pair.crm.and_then(|id| rows.crm.get(&id)?.facts.login.as_deref());
        let at_pf = user.and_then(|user| user.facts.login.as_deref());
        if let Some(row) = in_crm.into_iter().chain(at_pf).find_map(|login| self.logins.get(login)) {
            return Some((*row, UnclearReason::SameLogin));
        }
        // A row of the person's own that stores the user goes before an unclear one that stores the profile.
        let storing = self.profiles.get(&user.filter(|_| pair.crm.is_none())?.profile?)?;
        Some((RowPair { crm: Some(*storing), pf: None }, UnclearReason::StoredIdsDisagree))
    }
}

/// The rows that are not paired yet, those that are unclear, and what was found so far.
struct Pairing<'a> {
    unpaired: BothSystems<'a>,
    unclear: BothSystems<'a>,
    found: RowPairs,
}

impl Pairing<'_> {
    fn by_stored_id(&mut self) {
        let mut stored: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
        let mut users: BTreeMap<u64, u64> = BTreeMap::new();
        users.extend(self.unpaired.pf.values().filter_map(|user| Some((user.profile?, user.id))));
        // By the row: the user whose profile it stores beside the id of another one.
        let mut contradicting: BTreeMap<u64, Option<u64>> = BTreeMap::new();
        for row in self.unpaired.crm.values() {
            let by_user = row.pf_user.and_then(|id| self.unpaired.pf.get(&id));
            let by_profile = row.pf_profile.and_then(|profile| users.get(&profile).copied());
            if by_user.and_then(|user| user.profile).zip(row.pf_profile).is_some_and(|(own, stored)| own != stored) {
                contradicting.insert(row.id, by_profile);
            }
            if let Some(user) = by_user.map(|user| user.id).or(by_profile) {
                stored.entry(user).or_default().push(row.id);
            }
        }
        for (user, rows) in &stored {
            match rows.as_slice() {
                [row] => match contradicting.get(row) {
                    None => self.take_pair(*row, *user),
                    Some(other) => {
                        let other = other.filter(|other| !stored.contains_key(other));
                        let users = std::iter::once(*user).chain(other).collect();
                        self.take_unclear(vec![*row], users, UnclearReason::StoredIdsDisagree);
                    }
                },
                _ => self.take_unclear(rows.clone(), vec![*user], UnclearReason::SameStoredId),
            }
        }
    }

    fn by_login(&mut self) {
        let mut logins: BTreeMap<String, (Vec<u64>, Vec<u64>)> = BTreeMap::new();
        for row in self.unpaired.crm.values() {
            if let Some(login) = &row.facts.login {
                logins.entry(login.clone()).or_default().0.push(row.id);
            }
        }
        for user in self.unpaired.pf.values() {
            if let Some(login) = &user.facts.login {
                logins.entry(login.clone()).or_default().1.push(user.id);
            }
        }
        for (crm, pf) in logins.into_values() {
            match (crm.as_slice(), pf.as_slice()) {
                ([row], [user]) => self.take_pair(*row, *user),
                ([_], []) | ([], [_]) => {}
                _ => self.take_unclear(crm, pf, UnclearReason::SameLogin),
            }
        }
    }

    fn by_agreement(&mut self, impersonal: &ImpersonalValues) {
        // Unclear rows are compared too: a row that resembles one of them may be the same person.
        let mut by_value: BTreeMap<(&'static str, String), Vec<u64>> = BTreeMap::new();
        for user in self.unpaired.pf.values().chain(self.unclear.pf.values()) {
            impersonal.personal_values(&user.facts).for_each(|value| by_value.entry(value).or_default().push(user.id));
        }
        let mut alike: BTreeMap<(u64, u64), BTreeSet<&'static str>> = BTreeMap::new();
        for row in self.unpaired.crm.values().chain(self.unclear.crm.values()) {
            for value in impersonal.personal_values(&row.facts) {
                for user in by_value.get(&value).into_iter().flatten() {
                    alike.entry((row.id, *user)).or_default().insert(value.0);
                }
            }
        }
        let strong: Vec<(u64, u64)> =
            alike.iter().filter(|(_, agreed)| agreed.len() >= 2).map(|(rows, _)| *rows).collect();
        for (row, user) in &strong {
            let rivals = strong.iter().filter(|(crm, pf)| crm == row || pf == user).count();
            if rivals == 1 && self.unpaired.crm.contains_key(row) && self.unpaired.pf.contains_key(user) {
                self.take_pair(*row, *user);
            }
        }
        let Self { unpaired, unclear, .. } = &*self;
        let resembling: Vec<_> = alike
            .into_iter()
            .filter(|((row, user), _)| match (unpaired.crm.contains_key(row), unpaired.pf.contains_key(user)) {
                (true, true) => true,
                (true, false) => unclear.pf.contains_key(user),
                (false, true) => unclear.crm.contains_key(row),
                (false, false) => false,
            })
            .collect();
        let edges = resembling
            .into_iter()
            .map(|((row, user), agreed)| (BTreeSet::from([(System::Crm, row), (System::Pf, user)]), agreed));
        for (rows, agreed) in joined(edges) {
            let of = |wanted| rows.iter().filter(move |(system, _)| *system == wanted).map(|(_, id)| *id).collect();
            self.take_unclear(of(System::Crm), of(System::Pf), UnclearReason::Alike(agreed.into_iter().collect()));
        }
    }

    fn take_pair(&mut self, row: u64, user: u64) {
        self.unpaired.crm.remove(&row);
        self.unpaired.pf.remove(&user);
        self.found.people.push(RowPair { crm: Some(row), pf: Some(user) });
    }

    fn take_unclear(&mut self, crm: Vec<u64>, pf: Vec<u64>, reason: UnclearReason) {
        self.unclear.crm.extend(crm.iter().filter_map(|id| self.unpaired.crm.remove_entry(id)));
        self.unclear.pf.extend(pf.iter().filter_map(|id| self.unpaired.pf.remove_entry(id)));
        self.found.unclear.push(UnclearRows { crm, pf, reason });
    }
}

/// The values that identify no person without a file. A number or an address that several rows of one system have is that
/// of an office, and one that a file declares is that of another person.
pub(crate) struct ImpersonalValues(BTreeSet<(&'static str, String)>);

impl ImpersonalValues {
    /// Of all files, and of all rows of both systems.
    pub(crate) fn of<'a>(
        files: &[IdentityFacts],
        crm: impl Iterator<Item = &'a IdentityFacts>,
        pf: impl Iterator<Item = &'a IdentityFacts>,
    ) -> Self {
        let in_crm = repeated(crm.flat_map(IdentityFacts::values));
        let at_pf = repeated(pf.flat_map(IdentityFacts::values));
        let in_rows = in_crm.into_iter().chain(at_pf);
        Self(in_rows.chain(files.iter().flat_map(IdentityFacts::values)).collect())
    }

    /// The other values of a row. A full name counts, however many people have it.
    fn personal_values<'a>(&'a self, facts: &'a IdentityFacts) -> impl Iterator<Item = (&'static str, String)> + 'a {
        facts.values().filter(|value| value.0 == FULL_NAME || !self.0.contains(value))
    }
}

#[cfg(test)]
mod tests;
