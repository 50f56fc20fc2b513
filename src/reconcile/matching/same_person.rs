//! Descriptions of one person under several logins: rows of one system, and files.
//!
//! A second account at Property Finder can never be deleted, so a person whom two rows or two files may describe is
//! reported: rows are not imported, and nothing is created for such a file.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::FULL_NAME;
use super::{CrmCandidate, DeclaredPerson, IdentityFacts, Match, PfCandidate};
use crate::model::agent::Slug;
use crate::model::record::System;

/// Values that two people rarely have in common, and what they are.
type SharedValues = (BTreeSet<&'static str>, String);

/// Another file, or its row, that has the full name of a person and one of public e-mail, phone and licence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SamePerson {
    /// The system in which the person has no row.
    pub system: System,
    /// The other file.
    pub slug: Slug,
    /// The row of the other file in that system, if it has one.
    pub row: Option<u64>,
    /// What both have in common.
    pub agreed: BTreeSet<&'static str>,
}

impl IdentityFacts {
    /// The full name together with each public e-mail, phone and licence. Two descriptions that have one of these in common
    /// are of one person.
    fn name_and_contact(&self) -> impl Iterator<Item = SharedValues> {
        let names: Vec<String> = self.full_names().into_iter().collect();
        let contacts = self.values().filter(|(fact, _)| *fact != FULL_NAME);
        contacts.flat_map(move |(fact, value)| {
            let facts = BTreeSet::from([FULL_NAME, fact]);
            names.iter().map(|name| (facts.clone(), format!("{name}\n{value}"))).collect::<Vec<_>>()
        })
    }

    /// The first and the last word of each name together with two of public e-mail, phone and licence. Two rows that have one
    /// of these in common may be of one person whose name is spelled in two ways, or of two people of one family. The values of
    /// an office do not count.
    fn half_name_and_contacts(&self, offices: &BTreeSet<(&'static str, String)>) -> Vec<SharedValues> {
        let mut words = BTreeSet::new();
        for name in &self.full_names() {
            words.extend(name.split(' ').next().map(|word| format!("{word} ")));
            words.extend(name.split(' ').next_back().map(|word| format!(" {word}")));
        }
        let is_personal = |value: &(&'static str, String)| value.0 != FULL_NAME && !offices.contains(value);
        let contacts: Vec<(&'static str, String)> = self.values().filter(is_personal).collect();
        let mut shared = Vec::new();
        for (at, (fact, value)) in contacts.iter().enumerate() {
            for (other, second) in contacts.iter().skip(at + 1).filter(|(other, _)| other != fact) {
                let facts = BTreeSet::from([*fact, *other]);
                shared.extend(words.iter().map(|word| (facts.clone(), format!("{word}\n{value}\n{second}"))));
            }
        }
        shared
    }
}

/// The groups of descriptions that may be of one person, with what they have in common.
pub(crate) fn groups<K: Ord + Copy>(
    descriptions: &[(K, &IdentityFacts)],
) -> BTreeMap<BTreeSet<K>, BTreeSet<&'static str>> {
    let offices = values_of_offices(descriptions);
    let mut by_values: BTreeMap<SharedValues, Vec<(K, &IdentityFacts)>> = BTreeMap::new();
    for (key, facts) in descriptions {
        for values in facts.name_and_contact().chain(facts.half_name_and_contacts(&offices)) {
            by_values.entry(values).or_default().push((*key, facts));
        }
    }
    let mut groups: BTreeMap<BTreeSet<K>, BTreeSet<&'static str>> = BTreeMap::new();
    for ((agreed, _), descriptions) in by_values {
        let keys: BTreeSet<K> = descriptions.iter().map(|(key, _)| *key).collect();
        if keys.len() > 1 && !have_licences_of_their_own(&descriptions) {
            groups.entry(keys).or_default().extend(agreed);
        }
    }
    groups
}

/// The values that more than two people have.
fn values_of_offices<K: Ord + Copy>(descriptions: &[(K, &IdentityFacts)]) -> BTreeSet<(&'static str, String)> {
    const MOST_PEOPLE: usize = 2;
    let mut people: BTreeMap<(&'static str, String), BTreeSet<K>> = BTreeMap::new();
    for (key, facts) in descriptions {
        facts.values().for_each(|value| {
            people.entry(value).or_default().insert(*key);
        });
    }
    people.into_iter().filter(|(_, keys)| keys.len() > MOST_PEOPLE).map(|(value, _)| value).collect()
}

/// Whether each person has licences, and shares none with another one.
fn have_licences_of_their_own<K: Ord + Copy>(descriptions: &[(K, &IdentityFacts)]) -> bool {
    let mut by_person: BTreeMap<K, BTreeSet<&str>> = BTreeMap::new();
    for (key, facts) in descriptions {
        by_person.entry(*key).or_default().extend(facts.licences.iter().map(String::as_str));
    }
    let all: usize = by_person.values().map(BTreeSet::len).sum();
    let different: BTreeSet<&str> = by_person.values().flatten().copied().collect();
    by_person.values().all(|licences| !licences.is_empty()) && different.len() == all
}

/// For each person who has no row in a system: other files that may be of the same person, by the file or by its row there.
pub(super) fn of_people_without_row(
    declared: &[DeclaredPerson],
    crm: &[CrmCandidate],
    pf: &[PfCandidate],
    matches: &BTreeMap<Slug, Match>,
) -> BTreeMap<Slug, Vec<SamePerson>> {
    let lacking = declared.iter().filter_map(|person| Some((person, matches.get(&person.slug)?)));
    let lacking: Vec<(&DeclaredPerson, &Match)> = lacking.filter(|(_, found)| found.lacks_a_row()).collect();
    if lacking.is_empty() {
        return BTreeMap::new();
    }
    let rows = FilesAndRows::new(declared, crm, pf, matches);
    let mut found = BTreeMap::new();
    for (person, own) in lacking {
        let systems = [(System::Crm, own.crm_id()), (System::Pf, own.pf_id())];
        let systems = systems.into_iter().filter(|(_, id)| id.is_none()).map(|(system, _)| system);
        let same: Vec<SamePerson> = systems.flat_map(|system| rows.same_person(&person.slug, system)).collect();
        if !same.is_empty() {
            found.insert(person.slug.clone(), same);
        }
    }
    found
}

/// What a file holds of its person, or which row.
type FileOrRow<'a> = (Option<(System, u64)>, &'a IdentityFacts);

/// What files and their rows hold of each person, and who has which values in which system.
struct FilesAndRows<'a> {
    facts: BTreeMap<&'a Slug, Vec<FileOrRow<'a>>>,
    by_values: BTreeMap<SharedValues, BTreeSet<&'a Slug>>,
}

impl<'a> FilesAndRows<'a> {
    fn new(
        declared: &'a [DeclaredPerson],
        crm: &'a [CrmCandidate],
        pf: &'a [PfCandidate],
        matches: &'a BTreeMap<Slug, Match>,
    ) -> Self {
        let crm: BTreeMap<u64, &IdentityFacts> = crm.iter().map(|row| (row.id, &row.facts)).collect();
        let pf: BTreeMap<u64, &IdentityFacts> = pf.iter().map(|user| (user.id, &user.facts)).collect();
        let mut all = Self { facts: BTreeMap::new(), by_values: BTreeMap::new() };
        for person in declared {
            all.add(&person.slug, None, &person.facts);
            let Some(found) = matches.get(&person.slug) else { continue };
            let in_crm = found.crm_id().and_then(|id| Some(((System::Crm, id), *crm.get(&id)?)));
            let at_pf = found.pf_id().and_then(|id| Some(((System::Pf, id), *pf.get(&id)?)));
            for (row, facts) in in_crm.into_iter().chain(at_pf) {
                all.add(&person.slug, Some(row), facts);
            }
        }
        all
    }

    fn add(&mut self, slug: &'a Slug, row: Option<(System, u64)>, facts: &'a IdentityFacts) {
        self.facts.entry(slug).or_default().push((row, facts));
        for values in facts.name_and_contact() {
            self.by_values.entry(values).or_default().insert(slug);
        }
    }

    fn of(&self, slug: &Slug) -> &[FileOrRow<'a>] {
        self.facts.get(slug).map(Vec::as_slice).unwrap_or_default()
    }

    fn licences(&self, slug: &Slug) -> BTreeSet<&'a str> {
        self.of(slug).iter().flat_map(|(_, facts)| facts.licences.iter().map(String::as_str)).collect()
    }

    /// Other files that may be of this person, who has no row in the system.
    fn same_person(&self, slug: &Slug, system: System) -> Vec<SamePerson> {
        let mut found: BTreeMap<&Slug, BTreeSet<&'static str>> = BTreeMap::new();
        for values in self.of(slug).iter().flat_map(|(_, facts)| facts.name_and_contact()) {
            for other in self.by_values.get(&values).into_iter().flatten().filter(|other| **other != slug) {
                found.entry(other).or_default().extend(&values.0);
            }
        }
        let is_one_person = |other: &Slug| {
            let (mine, its) = (self.licences(slug), self.licences(other));
            mine.is_empty() || its.is_empty() || !mine.is_disjoint(&its)
        };
        let same = found.into_iter().filter(|(other, _)| is_one_person(other));
        same.map(|(other, agreed)| {
            let rows = self.of(other).iter().filter_map(|(row, _)| *row);
            let row = rows.filter(|(of, _)| *of == system).map(|(_, id)| id).next();
            SamePerson { system, slug: other.clone(), row, agreed }
        })
        .collect()
    }
}
