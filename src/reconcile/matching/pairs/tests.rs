#![allow(clippy::indexing_slicing)]

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
    let impersonal = ImpersonalValues::of(files, rows, pf.iter().map(|user| &user.facts));
    let found = pair(&crm.iter().collect::<Vec<_>>(), &pf.iter().collect::<Vec<_>>(), &impersonal);
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

/// Ana has two accounts, under two logins.
#[test]
fn one_person_with_two_logins_in_one_system_is_imported_once_or_not_at_all() {
    let ana = |login: &str| facts(login, "Ana Ruiz", "a@x", "1");
    let with_licence = |licence: &str, facts| IdentityFacts { licences: BTreeSet::from([licence.to_owned()]), ..facts };
    let several = |crm: &[u64], pf: &[u64], agreed: &[&'static str], imported| UnclearRows {
        crm: crm.to_vec(),
        pf: pf.to_vec(),
        reason: UnclearReason::SeveralLogins { agreed: agreed.to_vec(), imported },
    };
    let all = [FULL_NAME, "phone", "public e-mail"];
    let both = Some(RowPair { crm: Some(1), pf: Some(7) });
    let table = [
        // Two rows in the CRM: nobody knows which one is in use.
        (vec![ana("a"), ana("b")], vec![], vec![], vec![several(&[1, 2], &[], &all, None)]),
        // The one with an account in each system is imported, and the other one is named.
        (vec![ana("a"), ana("b")], vec![ana("a")], vec![(Some(1), Some(7))], vec![several(&[2], &[], &all, both)]),
        (vec![ana("a")], vec![ana("a"), ana("b")], vec![(Some(1), Some(7))], vec![several(&[], &[8], &all, both)]),
        // Two accounts in each system.
        (vec![ana("a"), ana("b")], vec![ana("a"), ana("b")], vec![], vec![several(&[1, 2], &[7, 8], &all, None)]),
        // One value with the name suffices, and a name spelled in two ways with two values.
        (
            vec![ana("a"), facts("b", "Ana Ruiz", "", "1")],
            vec![],
            vec![],
            vec![several(&[1, 2], &[], &[FULL_NAME, "phone"], None)],
        ),
        (
            vec![ana("a"), facts("b", "Anna Ruiz", "a@x", "1")],
            vec![],
            vec![],
            vec![several(&[1, 2], &[], &["phone", "public e-mail"], None)],
        ),
        // Two people: a name alone, an office's number and address, and licences that differ.
        (vec![ana("a"), facts("b", "Ana Ruiz", "b@x", "2")], vec![], vec![(Some(1), None), (Some(2), None)], vec![]),
        (vec![ana("a"), facts("b", "Ben Roe", "a@x", "1")], vec![], vec![(Some(1), None), (Some(2), None)], vec![]),
        (
            vec![with_licence("8", ana("a")), with_licence("9", ana("b"))],
            vec![],
            vec![(Some(1), None), (Some(2), None)],
            vec![],
        ),
    ];
    for (in_crm, at_pf, people, unclear) in table {
        let rows: Vec<CrmCandidate> = in_crm.into_iter().zip(1..).map(|(facts, id)| crm(id, facts)).collect();
        let users: Vec<PfCandidate> = at_pf.into_iter().zip(7..).map(|(facts, id)| pf(id, facts)).collect();
        assert_eq!(paired(&rows, &users), (people, unclear), "{rows:?} {users:?}");
    }
    // More than two people have the number and the address of an office, so half a name is not enough.
    let office = ["Ana Ruiz", "Ana Lim", "Ben Roe"].map(|name| facts(name, name, "a@x", "1"));
    let rows: Vec<CrmCandidate> = office.into_iter().zip(1..).map(|(facts, id)| crm(id, facts)).collect();
    assert_eq!(paired(&rows, &[]).1, []);
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
    let unclear = |crm: &[u64], pf: &[u64], reason| vec![UnclearRows { crm: crm.to_vec(), pf: pf.to_vec(), reason }];
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

#[test]
fn a_person_who_may_be_an_unclear_row_is_unclear_too() {
    let one = |id| crm(id, facts("a", "Ana Ruiz", "", "5"));
    let unclear = |crm: &[u64], pf: &[u64], reason| UnclearRows { crm: crm.to_vec(), pf: pf.to_vec(), reason };
    // Two CRM rows of one login, and a user of Property Finder that resembles one of them.
    let (people, found) = paired(&[one(1), one(2)], &[pf(7, facts("b", "Ana Ruiz", "", ""))]);
    assert_eq!(people, []);
    assert_eq!(found.len(), 3);
    assert!(found.contains(&unclear(&[1, 2], &[], UnclearReason::SameLogin)), "{found:?}");
    assert!(found.contains(&unclear(&[1], &[7], UnclearReason::Alike(vec![FULL_NAME]))), "{found:?}");
    // The login of a row whose stored ids disagree.
    let torn = CrmCandidate { pf_user: Some(7), pf_profile: Some(1008), ..crm(1, facts("a", "Ana Ruiz", "", "")) };
    let users = [pf(7, facts("x", "Xu", "", "")), pf(8, facts("y", "Yu", "", "")), pf(9, facts("a", "Zu", "", ""))];
    let (people, found) = paired(std::slice::from_ref(&torn), &users);
    assert_eq!(people, []);
    let want =
        [unclear(&[1], &[7, 8], UnclearReason::StoredIdsDisagree), unclear(&[1], &[9], UnclearReason::SameLogin)];
    assert_eq!(found, want);
    // The profile that one of two rows with the same user stores.
    let other = CrmCandidate { pf_user: Some(7), ..crm(2, facts("b", "Ben Roe", "", "")) };
    let (people, found) = paired(&[torn, other], &users[..2]);
    assert_eq!(people, []);
    let want =
        [unclear(&[1, 2], &[7], UnclearReason::SameStoredId), unclear(&[1], &[8], UnclearReason::StoredIdsDisagree)];
    assert_eq!(found, want);
}
