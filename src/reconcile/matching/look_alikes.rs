//! Rows without a file that may be a person without a row, and rows of one system that have a personal value in common.

use std::collections::{BTreeMap, BTreeSet};

use super::evidence::RowIndex;
use super::facts::repeated;
use super::{CrmCandidate, CrmMatch, DeclaredPerson, IdentityFacts, Match, Matches, PfCandidate, PfMatch};
use crate::model::agent::Slug;
use crate::model::record::System;

/// What two rows, or a file and a row, have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Agreement {
    /// The login e-mail.
    Login,
    /// The public e-mail.
    Email,
    /// The public licence.
    Licence,
    /// The full name and a phone.
    NameAndPhone,
}

impl Agreement {
    /// Its name in a sentence.
    #[must_use]
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Login => "login e-mail",
            Self::Email => "public e-mail",
            Self::Licence => "licence",
            Self::NameAndPhone => "full name and phone",
        }
    }
}

/// A row without a file that agrees with a person who has no row in that system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookAlike {
    /// In which system.
    pub system: System,
    /// The row's id there.
    pub id: u64,
    /// What agrees.
    pub agreement: Agreement,
    /// The CRM row that it belongs to: itself, or the one that stores its id.
    pub crm: Option<u64>,
    /// The slug which that CRM row carries, and which no file has.
    pub slug: Option<String>,
    /// Whether Property Finder may show the person by this row.
    pub online: bool,
}

/// Rows of one system that have one value in common; at least one of them is a declared person's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedRows {
    /// In which system.
    pub system: System,
    /// What they have in common.
    pub agreement: Agreement,
    /// The rows' ids, and whose they are.
    pub rows: Vec<(u64, Option<Slug>)>,
}

/// E-mails and licences that several files declare, or several rows of one system have: a shared inbox identifies no person.
#[derive(Clone)]
struct SharedContacts<'a>(BTreeSet<(Agreement, &'a str)>);

impl<'a> SharedContacts<'a> {
    fn of(people: impl Iterator<Item = &'a IdentityFacts>) -> Self {
        Self(repeated(people.flat_map(values)))
    }

    /// Both together.
    fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    fn is_personal(&self, agreement: Agreement, value: &str) -> bool {
        !self.0.contains(&(agreement, value))
    }
}

/// The values that one person has alone.
fn values(facts: &IdentityFacts) -> impl Iterator<Item = (Agreement, &str)> {
    let contacts = [(Agreement::Login, &facts.login), (Agreement::Email, &facts.email)];
    let contacts = contacts.into_iter().filter_map(|(agreement, value)| Some((agreement, value.as_deref()?)));
    contacts.chain(facts.licences.iter().map(|licence| (Agreement::Licence, licence.as_str())))
}

/// Rows that no file has, by what people are recognised by.
struct UnmatchedRows<'a> {
    rows: Vec<(LookAlike, &'a IdentityFacts)>,
    by_value: BTreeMap<(System, Agreement, String), Vec<usize>>,
}

impl<'a> UnmatchedRows<'a> {
    /// The unmanaged rows and the orphans, with the Property Finder users that those store.
    fn of(matches: &Matches, crm: &'a [CrmCandidate], pf: &'a [PfCandidate], stored: &BTreeMap<u64, Vec<u64>>) -> Self {
        let mut unmatched = Self { rows: Vec::new(), by_value: BTreeMap::new() };
        let orphans = matches.orphans.iter().map(|orphan| orphan.crm);
        let free: BTreeSet<u64> = matches.unmanaged_crm.iter().copied().chain(orphans).collect();
        let rows: BTreeMap<u64, &CrmCandidate> =
            crm.iter().filter(|row| free.contains(&row.id)).map(|row| (row.id, row)).collect();
        for row in rows.values() {
            unmatched.add((System::Crm, row.id), Some(row), false, &row.facts);
        }
        let unmanaged: BTreeSet<u64> = matches.unmanaged_pf.iter().copied().collect();
        for user in pf {
            match stored.get(&user.id).map(Vec::as_slice) {
                None if unmanaged.contains(&user.id) => {
                    unmatched.add((System::Pf, user.id), None, user.online, &user.facts);
                }
                Some(storing @ [row, ..]) if storing.iter().all(|row| rows.contains_key(row)) => {
                    unmatched.add((System::Pf, user.id), rows.get(row).copied(), user.online, &user.facts);
                }
                _ => {}
            }
        }
        unmatched
    }

    fn add(&mut self, (system, id): (System, u64), row: Option<&CrmCandidate>, online: bool, facts: &'a IdentityFacts) {
        let at = self.rows.len();
        let (crm, slug) = (row.map(|row| row.id), row.and_then(|row| row.agent.clone()));
        self.rows.push((LookAlike { system, id, agreement: Agreement::NameAndPhone, crm, slug, online }, facts));
        let values = values(facts).map(|(agreement, value)| (agreement, value.to_owned()));
        for (agreement, value) in
            values.chain(facts.full_names().into_iter().map(|name| (Agreement::NameAndPhone, name)))
        {
            self.by_value.entry((system, agreement, value)).or_default().push(at);
        }
    }

    /// The rows of one system that may be this person, each with the first agreement that was found.
    fn like(&self, person: &IdentityFacts, system: System, impersonal: &SharedContacts<'_>) -> Vec<LookAlike> {
        let mut found: BTreeMap<u64, LookAlike> = BTreeMap::new();
        let personal = values(person).filter(|(agreement, _)| *agreement != Agreement::Login);
        let personal = personal.filter(|(agreement, value)| impersonal.is_personal(*agreement, value));
        let personal = personal.map(|(agreement, value)| (agreement, value.to_owned()));
        for (agreement, value) in
            personal.chain(person.full_names().into_iter().map(|name| (Agreement::NameAndPhone, name)))
        {
            let rows = self.by_value.get(&(system, agreement, value)).map(Vec::as_slice).unwrap_or_default();
            for (row, facts) in rows.iter().filter_map(|at| self.rows.get(*at)) {
                if agreement != Agreement::NameAndPhone || facts.same_phone(person) {
                    found.entry(row.id).or_insert_with(|| LookAlike { agreement, ..row.clone() });
                }
            }
        }
        found.into_values().collect()
    }
}

/// Finds the rows without a file that may be a person's.
pub(super) struct LookAlikeSearch<'a> {
    index: &'a RowIndex<'a>,
    crm: BTreeMap<u64, &'a CrmCandidate>,
    unmatched: UnmatchedRows<'a>,
    /// Contacts that several files declare.
    shared_by_files: SharedContacts<'a>,
    /// Contacts that several files declare, or several rows of one system have.
    shared: SharedContacts<'a>,
}

impl<'a> LookAlikeSearch<'a> {
    pub(super) fn new(
        declared: &'a [DeclaredPerson],
        crm: &'a [CrmCandidate],
        pf: &'a [PfCandidate],
        index: &'a RowIndex<'a>,
        matches: &Matches,
    ) -> Self {
        let shared_by_files = SharedContacts::of(declared.iter().map(|person| &person.facts));
        let in_crm = SharedContacts::of(crm.iter().map(|row| &row.facts));
        let at_pf = SharedContacts::of(pf.iter().map(|user| &user.facts));
        Self {
            index,
            crm: crm.iter().map(|row| (row.id, row)).collect(),
            unmatched: UnmatchedRows::of(matches, crm, pf, &index.stored_pf),
            shared: in_crm.and(at_pf).and(shared_by_files.clone()),
            shared_by_files,
        }
    }

    /// The look-alikes of a person, in each system in which the person has no row.
    pub(super) fn of_person(&self, person: &DeclaredPerson, found: &Match) -> Vec<LookAlike> {
        let Match::Known { crm, pf } = found else { return Vec::new() };
        let mut look_alikes = Vec::new();
        if crm.id().is_none() {
            let user = pf.id().filter(|_| !matches!(pf, PfMatch::Replace(_))).and_then(|id| self.index.pf.get(&id));
            look_alikes.extend(self.in_system(System::Crm, person, user.map(|user| &user.facts)));
        }
        if pf.id().is_none() {
            let row = crm.id().filter(|_| !matches!(crm, CrmMatch::Replace(_))).and_then(|id| self.crm.get(&id));
            look_alikes.extend(self.in_system(System::Pf, person, row.map(|row| &row.facts)));
        }
        look_alikes
    }

    /// Rows of one system that resemble the file, or the person's row in the other system.
    fn in_system(&self, system: System, person: &DeclaredPerson, row: Option<&IdentityFacts>) -> Vec<LookAlike> {
        let mut found = self.unmatched.like(&person.facts, system, &self.shared_by_files);
        let like_row = row.map(|row| self.unmatched.like(row, system, &self.shared)).unwrap_or_default();
        let is_new = |row: &LookAlike| found.iter().all(|known| known.id != row.id);
        let new: Vec<LookAlike> = like_row.into_iter().filter(is_new).collect();
        found.extend(new);
        found
    }

    /// Whether Property Finder has an active user for a CRM row: linked, with the same login e-mail, or alike.
    pub(super) fn has_online_user(&self, crm: u64) -> bool {
        self.crm.get(&crm).is_some_and(|row| {
            let alike = || self.unmatched.like(&row.facts, System::Pf, &self.shared_by_files);
            self.index.has_online_user(row) || alike().iter().any(|user| user.online && user.crm.is_none())
        })
    }

    /// Rows that have a login, a public e-mail or a licence in common with a declared person's row.
    pub(super) fn shared_rows(
        &self,
        matches: &BTreeMap<Slug, Match>,
        crm: &[CrmCandidate],
        pf: &[PfCandidate],
    ) -> Vec<SharedRows> {
        shared_rows(matches, crm, pf, &self.shared_by_files)
    }
}

fn shared_rows(
    matches: &BTreeMap<Slug, Match>,
    crm: &[CrmCandidate],
    pf: &[PfCandidate],
    impersonal: &SharedContacts<'_>,
) -> Vec<SharedRows> {
    let mut owners: BTreeMap<(System, u64), &Slug> = BTreeMap::new();
    for (slug, found) in matches {
        let Match::Known { crm, pf } = found else { continue };
        owners.extend(crm.id().map(|id| ((System::Crm, id), slug)));
        owners.extend(pf.id().map(|id| ((System::Pf, id), slug)));
    }
    let rows = crm.iter().map(|row| (System::Crm, row.id, &row.facts));
    // An old account that no file has stays for ever, and nothing is to do about it.
    let at_pf = pf.iter().filter(|user| user.online || owners.contains_key(&(System::Pf, user.id)));
    let rows = rows.chain(at_pf.map(|user| (System::Pf, user.id, &user.facts)));
    let personal = |(agreement, value): &(Agreement, &str)| impersonal.is_personal(*agreement, value);
    let mut held: Vec<(System, Agreement, &str, u64)> = rows
        .flat_map(|(system, id, facts)| {
            values(facts).filter(personal).map(move |(agreement, value)| (system, agreement, value, id))
        })
        .collect();
    // A list, since nearly every value is one row's, and a tree of lists takes many times the memory. It is sorted by what rows
    // have in common; rows keep their order.
    held.sort_by_key(|(system, agreement, value, _)| (*system, *agreement, *value));
    let groups = held.chunk_by(|one, other| (one.0, one.1, one.2) == (other.0, other.1, other.2));
    let named = groups.filter(|rows| rows.len() > 1).filter_map(|rows| {
        let (system, agreement, ..) = *rows.first()?;
        let owner = |id: u64| owners.get(&(system, id)).map(|slug| (*slug).clone());
        Some(SharedRows { system, agreement, rows: rows.iter().map(|(.., id)| (*id, owner(*id))).collect() })
    });
    named.filter(|shared| shared.rows.iter().any(|(_, owner)| owner.is_some())).collect()
}
