//! One person under several logins: rows of one system, and files, that may describe the same person.
//!
//! An account at Property Finder can never be deleted. So such rows are not imported as several people, a plan that would create
//! a second account needs an acceptance, and an account beside the person's own one is a warning.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::{FULL_NAME, LICENCE};
use super::{CrmCandidate, DeclaredPerson, IdentityFacts, Match, Matches, PfCandidate};
use crate::model::agent::Slug;
use crate::model::record::System;

/// So many other files or accounts of a person are found. More of them are the same finding.
pub(crate) const MOST_FOUND: usize = 4;
/// A value under more names than this is that of an office.
const MOST_NAMES: usize = 2;

/// Parts of a name, among the facts.
const ONE_WORD: &str = "first or last name";
const BOTH_WORDS: &str = "first and last name";

/// Another file that may be of the same person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SamePerson {
    /// The other file.
    pub slug: Slug,
    /// Its rows.
    pub rows: Vec<(System, u64)>,
    /// What both have in common.
    pub agreed: BTreeSet<&'static str>,
}

/// A row without a file that may be another account of a person who has a row in that system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherAccount {
    /// In which system.
    pub system: System,
    /// The row's id there.
    pub id: u64,
    /// Whether the account can be used: a CRM user, or an active user at Property Finder.
    pub is_active: bool,
    /// What both have in common.
    pub agreed: BTreeSet<&'static str>,
}

/// Values that two people rarely have in common.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct IdentityEvidence {
    /// The full name is one of them.
    pub is_strong: bool,
    facts: BTreeSet<&'static str>,
    values: String,
}

/// A public e-mail, a phone or a licence, with its name.
type Contact<'a> = (&'static str, &'a str);

impl IdentityFacts {
    /// Strong: the full name together with a public e-mail, a phone or a licence. Weak, for names that are spelled in two ways, and
    /// without the values of an office: the first and the last word of a name, in any order, together with one of these; one of
    /// the two words with two of them; three of them; and a licence.
    fn evidence(&self, offices: &BTreeSet<Contact<'_>>) -> Vec<IdentityEvidence> {
        let names = self.full_names();
        let contacts: Vec<Contact<'_>> = self.contacts().collect();
        let personal: Vec<&Contact<'_>> = contacts.iter().filter(|contact| !offices.contains(*contact)).collect();
        let mut found = Vec::new();
        for name in &names {
            found.extend(contacts.iter().map(|contact| evidence(true, FULL_NAME, name, &[contact])));
        }
        for words in names.iter().filter_map(|name| both_words(name)) {
            found.extend(personal.iter().map(|contact| evidence(false, BOTH_WORDS, &words, &[contact])));
        }
        let words: BTreeSet<String> = names.iter().flat_map(|name| each_word(name)).collect();
        for (at, first) in personal.iter().enumerate() {
            found.extend((first.0 == LICENCE).then(|| evidence(false, LICENCE, "", &[first])));
            for (next, second) in personal.iter().enumerate().skip(at + 1) {
                found.extend(words.iter().map(|word| evidence(false, ONE_WORD, word, &[first, second])));
                let thirds = personal.iter().skip(next + 1);
                found.extend(thirds.map(|third| evidence(false, first.0, "", &[first, second, third])));
            }
        }
        found
    }
}

fn evidence(is_strong: bool, fact: &'static str, name: &str, contacts: &[&Contact<'_>]) -> IdentityEvidence {
    let mut values = name.to_owned();
    for (_, value) in contacts {
        values.extend(["\n", value]);
    }
    let facts = contacts.iter().map(|(fact, _)| *fact).chain([fact]).collect();
    IdentityEvidence { is_strong, facts, values }
}

/// The first and the last word of a name, in the order of the alphabet.
fn both_words(name: &str) -> Option<String> {
    let (first, rest) = name.split_once(' ')?;
    let last = rest.rsplit(' ').next()?;
    let (first, last) = if first < last { (first, last) } else { (last, first) };
    Some(format!("{first} {last}"))
}

/// The first word of a name as such, and the last one.
fn each_word(name: &str) -> impl Iterator<Item = String> {
    let first = name.split(' ').next().map(|word| format!("{word} "));
    first.into_iter().chain(name.rsplit(' ').next().map(|word| format!(" {word}")))
}

/// What is known of people, each under a key, and who has the same evidence.
pub(crate) struct Descriptions<'a, K> {
    wanted: BTreeSet<K>,
    licences: BTreeMap<K, BTreeSet<&'a str>>,
    by_evidence: BTreeMap<IdentityEvidence, BTreeSet<K>>,
}

impl<'a, K: Ord + Copy> Descriptions<'a, K> {
    /// Compares the `wanted` people with all.
    pub(crate) fn new(all: &[(K, &'a IdentityFacts)], wanted: impl Fn(K) -> bool) -> Self {
        let is_wanted = |(key, _): &&(K, &IdentityFacts)| wanted(*key);
        let values: BTreeSet<Contact<'_>> =
            all.iter().filter(is_wanted).flat_map(|(_, facts)| facts.contacts()).collect();
        // Evidence needs a value in common, so only those who share one are compared.
        let shares_value = |(_, facts): &&(K, &IdentityFacts)| facts.contacts().any(|value| values.contains(&value));
        let alike: Vec<&(K, &IdentityFacts)> = all.iter().filter(shares_value).collect();
        let offices = values_of_offices(&alike);
        let wanted_evidence = alike.iter().copied().filter(is_wanted).flat_map(|(_, facts)| facts.evidence(&offices));
        let wanted_evidence: BTreeSet<IdentityEvidence> = wanted_evidence.collect();
        let keys = alike.iter().copied().filter(is_wanted).map(|(key, _)| *key).collect();
        let mut found = Self { wanted: keys, licences: BTreeMap::new(), by_evidence: BTreeMap::new() };
        for (key, facts) in &alike {
            found.licences.entry(*key).or_default();
            for evidence in facts.evidence(&offices).into_iter().filter(|evidence| wanted_evidence.contains(evidence)) {
                found.by_evidence.entry(evidence).or_default().insert(*key);
            }
        }
        for (key, facts) in all {
            if let Some(licences) = found.licences.get_mut(key) {
                licences.extend(facts.licences.iter().map(String::as_str));
            }
        }
        found.by_evidence.retain(|_, keys| keys.len() > 1);
        let Self { licences, by_evidence, .. } = &mut found;
        by_evidence.retain(|_, keys| !have_licences_of_their_own(keys, licences));
        found
    }

    /// The groups of people who may be one, with what they have in common. `counts` decides by the evidence and the people who
    /// have it.
    pub(crate) fn groups(&self, counts: impl Fn(&IdentityEvidence, &BTreeSet<K>) -> bool) -> Vec<Group<K>> {
        let edges = self.by_evidence.iter().filter(|(evidence, keys)| counts(evidence, keys));
        let mut groups = joined(edges.map(|(evidence, keys)| (keys.clone(), evidence.facts.clone())));
        for (_, facts) in &mut groups {
            without_parts_of_names(facts);
        }
        groups
    }

    /// The first others who may be this person, with whether strong evidence agrees, and what both have in common.
    fn same_as(
        &self,
        key: K,
        evidence: &[IdentityEvidence],
        is_other: impl Fn(&K) -> bool,
    ) -> BTreeMap<K, (bool, BTreeSet<&'static str>)> {
        let mut found: BTreeMap<K, (bool, BTreeSet<&'static str>)> = BTreeMap::new();
        for evidence in evidence {
            let holders = self.by_evidence.get(evidence).into_iter().flatten().filter(|other| **other != key);
            for other in holders.filter(|other| is_other(other) && !self.have_other_licences(key, **other)) {
                if found.len() == MOST_FOUND && !found.contains_key(other) {
                    break;
                }
                let (is_strong, agreed) = found.entry(*other).or_default();
                *is_strong |= evidence.is_strong;
                agreed.extend(&evidence.facts);
            }
        }
        for (_, agreed) in found.values_mut() {
            without_parts_of_names(agreed);
        }
        found
    }

    /// The evidence of each wanted person that somebody else has too.
    fn evidence_of_wanted(&self) -> BTreeMap<K, Vec<IdentityEvidence>> {
        let mut found: BTreeMap<K, Vec<IdentityEvidence>> = BTreeMap::new();
        for (evidence, keys) in &self.by_evidence {
            for key in keys.iter().filter(|key| self.wanted.contains(key)) {
                found.entry(*key).or_default().push(evidence.clone());
            }
        }
        found
    }

    /// Whether both have licences, and share none. Such people are two, whatever else agrees.
    fn have_other_licences(&self, one: K, other: K) -> bool {
        let licences = |key: &K| self.licences.get(key).filter(|licences| !licences.is_empty());
        licences(&one).zip(licences(&other)).is_some_and(|(one, other)| one.is_disjoint(other))
    }
}

/// Who has a name in common has its parts too.
fn without_parts_of_names(facts: &mut BTreeSet<&'static str>) {
    if facts.contains(FULL_NAME) {
        facts.remove(BOTH_WORDS);
    }
    if facts.contains(FULL_NAME) || facts.contains(BOTH_WORDS) {
        facts.remove(ONE_WORD);
    }
}

/// The values under more than two names: one person may have several accounts and files. A licence is of one person.
fn values_of_offices<'a, K>(all: &[&(K, &'a IdentityFacts)]) -> BTreeSet<Contact<'a>> {
    let mut holders: BTreeMap<Contact<'_>, BTreeSet<String>> = BTreeMap::new();
    for (_, facts) in all {
        let name = facts.full_names().pop_first().unwrap_or_default();
        for contact in facts.contacts().filter(|(fact, _)| *fact != LICENCE) {
            holders.entry(contact).or_default().insert(name.clone());
        }
    }
    holders.into_iter().filter(|(_, names)| names.len() > MOST_NAMES).map(|(value, _)| value).collect()
}

/// Whether each person has licences, and shares none with another one.
fn have_licences_of_their_own<K: Ord>(keys: &BTreeSet<K>, licences: &BTreeMap<K, BTreeSet<&str>>) -> bool {
    let mut seen = BTreeSet::new();
    let mut own = keys.iter().map(|key| licences.get(key).filter(|licences| !licences.is_empty()));
    own.all(|licences| licences.is_some_and(|licences| licences.iter().all(|licence| seen.insert(*licence))))
}

/// People who may be one, and what they have in common.
pub(crate) type Group<K> = (BTreeSet<K>, BTreeSet<&'static str>);

/// Joins the groups that have a member in common.
pub(super) fn joined<K: Ord + Copy>(edges: impl Iterator<Item = Group<K>>) -> Vec<Group<K>> {
    let mut groups: Vec<Group<K>> = Vec::new();
    let mut group_of: BTreeMap<K, usize> = BTreeMap::new();
    for (mut members, mut facts) in edges {
        let there: BTreeSet<usize> = members.iter().filter_map(|key| group_of.get(key).copied()).collect();
        // The largest group takes the others.
        let into = there.iter().copied().max_by_key(|at| groups.get(*at).map(|(members, _)| members.len()));
        let into = into.unwrap_or(groups.len());
        for at in there.into_iter().filter(|at| *at != into) {
            let other = groups.get_mut(at).map(std::mem::take).unwrap_or_default();
            members.extend(other.0);
            facts.extend(other.1);
        }
        group_of.extend(members.iter().map(|key| (*key, into)));
        match groups.get_mut(into) {
            Some(group) => {
                group.0.extend(members);
                group.1.extend(facts);
            }
            None => groups.push((members, facts)),
        }
    }
    groups.retain(|(members, _)| !members.is_empty());
    groups
}

/// Of whom a description is: a file with its rows, or a row without a file.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Described<'a> {
    File(&'a Slug),
    Row(System, u64),
}

impl Matches {
    /// Finds the other files and accounts of each person. A person who has a row in each system is compared with the rows that no
    /// file has alone.
    pub(super) fn find_same_people(&mut self, declared: &[DeclaredPerson], crm: &[CrmCandidate], pf: &[PfCandidate]) {
        let without_file = self.rows_without_file();
        let lacks_a_row = |slug: &Slug| self.people.get(slug).is_some_and(Match::lacks_a_row);
        if without_file.is_empty() && !declared.iter().any(|person| lacks_a_row(&person.slug)) {
            return;
        }
        let all = described(declared, crm, pf, &self.people, &without_file);
        let descriptions = Descriptions::new(&all, |described| match described {
            Described::File(slug) => lacks_a_row(slug),
            Described::Row(..) => true,
        });
        let active: BTreeSet<u64> = pf.iter().filter(|user| user.online).map(|user| user.id).collect();
        let is_file = |other: &Described<'_>| matches!(other, Described::File(_));
        let (mut same_person, mut other_accounts) = (BTreeMap::new(), BTreeMap::<Slug, Vec<OtherAccount>>::new());
        for (key, evidence) in descriptions.evidence_of_wanted() {
            let found = descriptions.same_as(key, &evidence, is_file);
            let files = found.into_iter().filter_map(|(other, agreed)| match other {
                Described::File(slug) => Some((slug, agreed)),
                Described::Row(..) => None,
            });
            match key {
                Described::File(slug) => {
                    let same = |(other, (_, agreed)): (&Slug, (bool, BTreeSet<&'static str>))| SamePerson {
                        slug: other.clone(),
                        rows: rows_of(self.people.get(other)),
                        agreed,
                    };
                    same_person.insert(slug.clone(), files.map(same).collect::<Vec<_>>());
                }
                Described::Row(system, id) => {
                    let has_row = |slug: &Slug| self.people.get(slug).is_some_and(|own| own.row_in(system).is_some());
                    let files = files.into_iter().filter(|(slug, _)| has_row(slug));
                    let best = files.max_by_key(|(_, (is_strong, agreed))| (*is_strong, agreed.len()));
                    let Some((slug, (_, agreed))) = best else { continue };
                    let is_active = system == System::Crm || active.contains(&id);
                    let account = OtherAccount { system, id, is_active, agreed };
                    other_accounts.entry(slug.clone()).or_default().push(account);
                }
            }
        }
        same_person.retain(|_, same: &mut Vec<SamePerson>| !same.is_empty());
        (self.same_person, self.other_accounts) = (same_person, other_accounts);
    }
}

impl Matches {
    fn rows_without_file(&self) -> BTreeSet<(System, u64)> {
        let in_crm = self.unmanaged_crm.iter().copied().chain(self.orphans.iter().map(|orphan| orphan.crm));
        let at_pf = self.unmanaged_pf.iter().map(|id| (System::Pf, *id));
        in_crm.map(|id| (System::Crm, id)).chain(at_pf).collect()
    }
}

/// Everything that is known of each file, and of each row without a file.
fn described<'a>(
    declared: &'a [DeclaredPerson],
    crm: &'a [CrmCandidate],
    pf: &'a [PfCandidate],
    matches: &'a BTreeMap<Slug, Match>,
    without_file: &BTreeSet<(System, u64)>,
) -> Vec<(Described<'a>, &'a IdentityFacts)> {
    let mut owners: BTreeMap<(System, u64), &Slug> = BTreeMap::new();
    for (slug, found) in matches {
        owners.extend(rows_of(Some(found)).into_iter().map(|row| (row, slug)));
    }
    let files = declared.iter().map(|person| (Described::File(&person.slug), &person.facts));
    let in_crm = crm.iter().map(|row| ((System::Crm, row.id), &row.facts));
    let rows = in_crm.chain(pf.iter().map(|user| ((System::Pf, user.id), &user.facts)));
    let rows = rows.filter_map(|(row, facts)| match owners.get(&row) {
        Some(slug) => Some((Described::File(slug), facts)),
        None => without_file.contains(&row).then_some((Described::Row(row.0, row.1), facts)),
    });
    files.chain(rows).collect()
}

/// The rows of a person.
fn rows_of(found: Option<&Match>) -> Vec<(System, u64)> {
    let row = |system| Some((system, found?.row_in(system)?));
    [row(System::Crm), row(System::Pf)].into_iter().flatten().collect()
}
