//! Rows of both systems that are one person, for people without a file.
//!
//! A pair is certain by a stored id, by the login e-mail, or by at least two of public e-mail, phone, full name and
//! licence, if nothing else fits as well. Rows that only may be one person are reported and never paired: two files for
//! one person would create that person twice.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::FULL_NAME;
use super::{CrmCandidate, IdentityFacts, PfCandidate};
use crate::model::agent::Slug;

/// One person without a file: a row in one system, or one in each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RowPair {
    /// The CRM's id.
    pub crm: Option<u64>,
    /// The Property Finder user's id.
    pub pf: Option<u64>,
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

/// Why rows are not imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum UnclearReason {
    /// Several CRM rows store the same Property Finder user.
    SameStoredId,
    /// Several rows of one system have the same login e-mail, or several people would declare it.
    SameLogin,
    /// Rows agree in these, and more rows fit, or too little agrees.
    Alike(Vec<&'static str>),
    /// The row has the login e-mail of this file, or agrees with it otherwise, and is not its row.
    OfFile(Slug),
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

/// Pairs the rows that have no file. `personal` is about all rows and files: a value that people with files share too
/// identifies nobody.
#[must_use]
pub(crate) fn pair(crm: &[&CrmCandidate], pf: &[&PfCandidate], personal: &PersonalValues) -> RowPairs {
    let in_crm: BTreeMap<u64, &CrmCandidate> = crm.iter().map(|row| (row.id, *row)).collect();
    let at_pf: BTreeMap<u64, &PfCandidate> = pf.iter().map(|row| (row.id, *row)).collect();
    let mut pairing = Pairing { crm: in_crm.clone(), pf: at_pf.clone(), found: RowPairs::default() };
    pairing.by_stored_id();
    pairing.by_login();
    pairing.by_agreement(personal);
    let Pairing { crm, pf, mut found } = pairing;
    found.people.extend(crm.keys().map(|id| RowPair { crm: Some(*id), pf: None }));
    found.people.extend(pf.keys().map(|id| RowPair { crm: None, pf: Some(*id) }));
    found.people.sort_by_key(|pair| (pair.crm.is_none(), *pair));
    let row = |pair: &RowPair| in_crm.get(&pair.crm?);
    found.refuse_equal(&UnclearReason::SameSlug, |pair| row(pair)?.agent.as_deref());
    // The file declares the login of the CRM, where the CRM has one.
    let at_pf = |pair: &RowPair| at_pf.get(&pair.pf?)?.facts.login.as_deref();
    found.refuse_equal(&UnclearReason::SameLogin, |pair| {
        row(pair).and_then(|row| row.facts.login.as_deref()).or_else(|| at_pf(pair))
    });
    found
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
}

/// The rows that are left, and what was found so far.
struct Pairing<'a> {
    crm: BTreeMap<u64, &'a CrmCandidate>,
    pf: BTreeMap<u64, &'a PfCandidate>,
    found: RowPairs,
}

impl Pairing<'_> {
    fn by_stored_id(&mut self) {
        let mut stored: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
        let mut users: BTreeMap<u64, u64> = BTreeMap::new();
        users.extend(self.pf.values().filter_map(|user| Some((user.profile?, user.id))));
        // By the row: the user whose profile it stores beside the id of another one.
        let mut contradicting: BTreeMap<u64, Option<u64>> = BTreeMap::new();
        for row in self.crm.values() {
            let by_user = row.pf_user.and_then(|id| self.pf.get(&id));
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
        for row in self.crm.values() {
            row.facts.login.iter().for_each(|login| logins.entry(login.clone()).or_default().0.push(row.id));
        }
        for user in self.pf.values() {
            user.facts.login.iter().for_each(|login| logins.entry(login.clone()).or_default().1.push(user.id));
        }
        for (crm, pf) in logins.into_values() {
            match (crm.as_slice(), pf.as_slice()) {
                ([row], [user]) => self.take_pair(*row, *user),
                ([_], []) | ([], [_]) => {}
                _ => self.take_unclear(crm, pf, UnclearReason::SameLogin),
            }
        }
    }

    fn by_agreement(&mut self, personal: &PersonalValues) {
        let mut by_value: BTreeMap<(&'static str, String), Vec<u64>> = BTreeMap::new();
        for user in self.pf.values() {
            personal.of_row(&user.facts).for_each(|value| by_value.entry(value).or_default().push(user.id));
        }
        let mut alike: BTreeMap<(u64, u64), BTreeSet<&'static str>> = BTreeMap::new();
        for row in self.crm.values() {
            for value in personal.of_row(&row.facts) {
                for user in by_value.get(&value).into_iter().flatten() {
                    alike.entry((row.id, *user)).or_default().insert(value.0);
                }
            }
        }
        let strong: Vec<(u64, u64)> =
            alike.iter().filter(|(_, agreed)| agreed.len() >= 2).map(|(rows, _)| *rows).collect();
        for (row, user) in &strong {
            let rivals = strong.iter().filter(|(crm, pf)| crm == row || pf == user).count();
            if rivals == 1 {
                self.take_pair(*row, *user);
            }
        }
        for ((row, user), agreed) in alike {
            if self.crm.contains_key(&row) && self.pf.contains_key(&user) {
                let reason = UnclearReason::Alike(agreed.into_iter().collect());
                self.found.unclear.push(UnclearRows { crm: vec![row], pf: vec![user], reason });
            }
        }
        for unclear in &self.found.unclear {
            self.crm.retain(|id, _| !unclear.crm.contains(id));
            self.pf.retain(|id, _| !unclear.pf.contains(id));
        }
    }

    fn take_pair(&mut self, row: u64, user: u64) {
        self.crm.remove(&row);
        self.pf.remove(&user);
        self.found.people.push(RowPair { crm: Some(row), pf: Some(user) });
    }

    fn take_unclear(&mut self, crm: Vec<u64>, pf: Vec<u64>, reason: UnclearReason) {
        self.crm.retain(|id, _| !crm.contains(id));
        self.pf.retain(|id, _| !pf.contains(id));
        self.found.unclear.push(UnclearRows { crm, pf, reason });
    }
}

/// Which values identify one person without a file. A number or an address that several rows of one system have is that
/// of an office, and one that a file declares is that of another person.
pub(crate) struct PersonalValues(BTreeSet<(&'static str, String)>);

impl PersonalValues {
    /// Of all files, and of all rows of both systems.
    pub(crate) fn of<'a>(
        files: &[IdentityFacts],
        crm: impl Iterator<Item = &'a IdentityFacts>,
        pf: impl Iterator<Item = &'a IdentityFacts>,
    ) -> Self {
        let shared = |rows: Vec<&IdentityFacts>| {
            let mut seen = BTreeSet::new();
            let values = rows.into_iter().flat_map(IdentityFacts::values);
            values.filter(|value| !seen.insert(value.clone())).collect::<BTreeSet<_>>()
        };
        let in_rows = shared(crm.collect()).into_iter().chain(shared(pf.collect()));
        Self(in_rows.chain(files.iter().flat_map(IdentityFacts::values)).collect())
    }

    /// The values of a row. A full name counts, however many people have it.
    fn of_row<'a>(&'a self, facts: &'a IdentityFacts) -> impl Iterator<Item = (&'static str, String)> + 'a {
        facts.values().filter(|value| value.0 == FULL_NAME || !self.0.contains(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(login: &str, name: &str, email: &str, phone: &str) -> IdentityFacts {
        let (first, last) = name.split_once(' ').unwrap_or((name, ""));
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        IdentityFacts {
            login: some(login),
            names: BTreeSet::from([(first.to_owned(), last.to_owned())]),
            email: some(email),
            phones: some(phone).into_iter().collect(),
            licences: BTreeSet::new(),
        }
    }

    fn crm(id: u64, facts: IdentityFacts) -> CrmCandidate {
        CrmCandidate { id, facts, ..CrmCandidate::default() }
    }

    fn pf(id: u64, facts: IdentityFacts) -> PfCandidate {
        PfCandidate { id, profile: Some(id + 1000), facts, ..PfCandidate::default() }
    }

    type Ids = (Option<u64>, Option<u64>);

    fn paired(crm: &[CrmCandidate], pf: &[PfCandidate]) -> (Vec<Ids>, Vec<UnclearRows>) {
        paired_beside(&[], &[], crm, pf)
    }

    /// The same with people who have files, and with their rows in the CRM.
    fn paired_beside(
        files: &[IdentityFacts],
        known: &[CrmCandidate],
        crm: &[CrmCandidate],
        pf: &[PfCandidate],
    ) -> (Vec<Ids>, Vec<UnclearRows>) {
        let rows = known.iter().chain(crm).map(|row| &row.facts);
        let personal = PersonalValues::of(files, rows, pf.iter().map(|user| &user.facts));
        let found = pair(&crm.iter().collect::<Vec<_>>(), &pf.iter().collect::<Vec<_>>(), &personal);
        (found.people.into_iter().map(|pair| (pair.crm, pair.pf)).collect(), found.unclear)
    }

    #[test]
    fn a_stored_id_goes_before_the_login_and_the_login_before_agreement() {
        let stored = CrmCandidate { pf_user: Some(8), ..crm(1, facts("a", "Ana Ruiz", "a@x", "1")) };
        let by_profile = CrmCandidate { pf_profile: Some(1009), ..crm(2, facts("b", "Ben Roe", "", "")) };
        let users = [
            pf(7, facts("a", "Ana Ruiz", "a@x", "1")),
            pf(8, facts("z", "Zoe Lim", "", "")),
            pf(9, facts("y", "Yan Wu", "", "")),
            pf(10, facts("c", "Cal Day", "", "")),
        ];
        let rows = [stored, by_profile, crm(3, facts("c", "Other Name", "", ""))];
        let (people, unclear) = paired(&rows, &users);
        assert_eq!(people, [(Some(2), Some(9)), (Some(3), Some(10))]);
        // Two files cannot declare one login.
        assert_eq!(unclear, [UnclearRows { crm: vec![1], pf: vec![8, 7], reason: UnclearReason::SameLogin }]);
    }

    #[test]
    fn without_a_login_two_values_must_agree() {
        let table = [
            (facts("b", "Ana Ruiz", "a@x", ""), None),
            (facts("b", "Other Name", "a@x", "1"), None),
            (facts("b", "Ana Ruiz", "", ""), Some(vec!["full name"])),
            (facts("b", "Other Name", "", "1"), Some(vec!["phone"])),
            (facts("b", "Other Name", "", "2"), Some(Vec::new())),
        ];
        for (user, doubt) in table {
            let (people, unclear) = paired(&[crm(1, facts("a", "Ana Ruiz", "a@x", "1"))], &[pf(7, user)]);
            match doubt {
                None => assert_eq!(people, [(Some(1), Some(7))]),
                Some(agreed) if agreed.is_empty() => assert_eq!(people, [(Some(1), None), (None, Some(7))]),
                Some(agreed) => {
                    let reason = UnclearReason::Alike(agreed);
                    assert_eq!((people, unclear), (vec![], vec![UnclearRows { crm: vec![1], pf: vec![7], reason }]));
                }
            }
        }
    }

    #[test]
    fn rows_that_fit_several_others_are_unclear() {
        let one = || facts("a", "Ana Ruiz", "a@x", "1");
        let (people, unclear) = paired(&[crm(1, one()), crm(2, one())], &[pf(7, one())]);
        assert_eq!(people, []);
        assert_eq!(unclear, [UnclearRows { crm: vec![1, 2], pf: vec![7], reason: UnclearReason::SameLogin }]);
        let stored = |id| CrmCandidate { pf_user: Some(7), ..crm(id, facts("", "Ana Ruiz", "", "")) };
        let (people, unclear) = paired(&[stored(1), stored(2)], &[pf(7, one())]);
        assert_eq!(people, []);
        assert_eq!(unclear, [UnclearRows { crm: vec![1, 2], pf: vec![7], reason: UnclearReason::SameStoredId }]);
    }

    #[test]
    fn a_number_that_several_people_have_identifies_nobody() {
        let rows = [crm(1, facts("a", "Ana Ruiz", "info@x", "1")), crm(2, facts("b", "Ben Roe", "info@x", "1"))];
        let users = [pf(7, facts("c", "Cal Day", "info@x", "1")), pf(8, facts("d", "Dan Fox", "info@x", "1"))];
        let (people, unclear) = paired(&rows, &users);
        assert_eq!(people, [(Some(1), None), (Some(2), None), (None, Some(7)), (None, Some(8))]);
        assert_eq!(unclear, []);
        // Also where the others have files, and so are not among the rows to pair.
        let ([one, ..], [user, ..]) = (&rows, &users);
        let apart = (vec![(Some(1), None), (None, Some(7))], vec![]);
        let with = |files: &[IdentityFacts], known: &[CrmCandidate]| {
            paired_beside(files, known, std::slice::from_ref(one), std::slice::from_ref(user))
        };
        assert_eq!(with(&[], &[]).0, [(Some(1), Some(7))]);
        assert_eq!(with(&[], rows.get(1..).unwrap_or_default()), apart);
        assert_eq!(with(&[facts("e", "Eva Ray", "info@x", "1")], &[]), apart);
    }

    #[test]
    fn people_whose_files_could_not_be_valid_together_are_unclear() {
        let stores = |id, pf_user, profile, agent: &str, login| CrmCandidate {
            pf_user: Some(pf_user),
            pf_profile: Some(profile),
            agent: Some(agent.to_owned()),
            ..crm(id, facts(login, &format!("Row {id}"), "", ""))
        };
        let user = |id: u64, login| pf(id, facts(login, &format!("User {id}"), "", ""));
        let unclear =
            |crm: &[u64], pf: &[u64], reason| vec![UnclearRows { crm: crm.to_vec(), pf: pf.to_vec(), reason }];
        let table = [
            // Property Finder's login, where the CRM has none.
            (
                [stores(1, 7, 1007, "a", ""), stores(2, 9, 1009, "b", "a")],
                unclear(&[1, 2], &[7, 9], UnclearReason::SameLogin),
            ),
            (
                [stores(1, 7, 1007, "a", "a"), stores(2, 9, 1009, "a", "b")],
                unclear(&[1, 2], &[7, 9], UnclearReason::SameSlug),
            ),
            (
                [stores(1, 7, 1008, "a", "a"), stores(2, 9, 1009, "b", "b")],
                unclear(&[1], &[7, 8], UnclearReason::StoredIdsDisagree),
            ),
            (
                [stores(1, 7, 1009, "a", "a"), stores(2, 9, 1009, "b", "b")],
                unclear(&[1], &[7], UnclearReason::StoredIdsDisagree),
            ),
        ];
        for (rows, want) in table {
            assert_eq!(paired(&rows, &[user(7, "a"), user(8, "y"), user(9, "z")]).1, want, "{rows:?}");
        }
    }
}
