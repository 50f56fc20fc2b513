#![allow(clippy::indexing_slicing)]

use super::*;

fn facts(login: &str, name: &str, email: &str, phone: &str) -> IdentityFacts {
    let (first, last) = name.split_once(' ').unwrap_or((name, ""));
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    IdentityFacts {
        login: some(login),
        names: Vec::from([(first.to_owned(), last.to_owned())]),
        email: some(email),
        phones: some(phone).into_iter().collect(),
        licences: Vec::new(),
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

/// What the case is; the logins of the rows in the CRM; those at Property Finder, and whether each is active; who is imported, and
/// who is not.
type SeveralAccounts<'a> = (&'a str, &'a [&'a str], Vec<(&'a str, bool)>, Vec<Ids>, Vec<UnclearRows>);

/// Ana has several accounts, under several logins.
#[test]
fn one_person_with_several_logins_is_imported_once_or_not_at_all() {
    let ana = |login: &str| facts(login, "Ana Ruiz", "a@x", "1234567");
    let unclear = |crm: &[u64], pf: &[u64], reason| UnclearRows { crm: crm.to_vec(), pf: pf.to_vec(), reason };
    let all = vec![FULL_NAME, "phone", "public e-mail"];
    let several = |crm: &[u64], pf: &[u64], agreed: &[&'static str]| {
        unclear(crm, pf, UnclearReason::SeveralLogins(agreed.to_vec()))
    };
    let beside = |crm: &[u64], pf: &[u64], of: (u64, u64), active: &[u64]| {
        let of = RowPair { crm: Some(of.0), pf: Some(of.1) };
        unclear(crm, pf, UnclearReason::OtherAccounts { of, agreed: all.clone(), active: active.to_vec() })
    };
    let (on, off) = (true, false);
    let table: [SeveralAccounts<'_>; 9] = [
        ("it is not known which row is in use", &["a", "b"], vec![], vec![], vec![several(&[1, 2], &[], &all)]),
        (
            "the one with a row in each system is in use",
            &["a", "b"],
            vec![("a", on)],
            vec![(Some(1), Some(7))],
            vec![beside(&[2], &[], (1, 7), &[])],
        ),
        (
            "an old account remains at Property Finder",
            &["a"],
            vec![("a", on), ("b", off)],
            vec![(Some(1), Some(7))],
            vec![beside(&[], &[8], (1, 7), &[])],
        ),
        (
            "another account is active too",
            &["a"],
            vec![("a", on), ("b", on)],
            vec![(Some(1), Some(7))],
            vec![beside(&[], &[8], (1, 7), &[8])],
        ),
        (
            "the account of the CRM's login is off",
            &["a"],
            vec![("a", off), ("b", on)],
            vec![],
            vec![several(&[1], &[7, 8], &all)],
        ),
        (
            "all accounts are off",
            &["a"],
            vec![("a", off), ("b", off)],
            vec![(Some(1), Some(7))],
            vec![beside(&[], &[8], (1, 7), &[])],
        ),
        (
            "one of two pairs is active",
            &["a", "b"],
            vec![("a", off), ("b", on)],
            vec![(Some(2), Some(8))],
            vec![beside(&[1], &[7], (2, 8), &[])],
        ),
        (
            "two pairs are active",
            &["a", "b"],
            vec![("a", on), ("b", on)],
            vec![],
            vec![several(&[1, 2], &[7, 8], &all)],
        ),
        ("one person has one account", &["a"], vec![("a", on)], vec![(Some(1), Some(7))], vec![]),
    ];
    for (case, in_crm, at_pf, people, unclear) in table {
        let rows: Vec<CrmCandidate> = in_crm.iter().zip(1..).map(|(login, id)| crm(id, ana(login))).collect();
        let users =
            at_pf.into_iter().zip(7..).map(|((login, online), id)| PfCandidate { online, ..pf(id, ana(login)) });
        assert_eq!(paired(&rows, &users.collect::<Vec<_>>()), (people, unclear), "{case}");
    }
}

/// Two rows of the CRM: what makes them one person, and what makes them two.
#[test]
fn rows_of_one_system_agree_in_the_name_and_one_value_or_in_half_the_name_and_two() {
    let with_licence = |licence: &str, facts| IdentityFacts { licences: Vec::from([licence.to_owned()]), ..facts };
    let ana = || facts("a", "Ana Ruiz", "a@x", "1234567");
    let table = [
        (facts("b", "Ana Ruiz", "", "1234567"), Some(vec![FULL_NAME, "phone"])),
        (facts("b", "Anna Ruiz", "a@x", "1234567"), Some(vec!["first or last name", "phone", "public e-mail"])),
        (facts("b", "Ana Ruiz", "b@x", "7654321"), None),
        (facts("b", "Ben Roe", "a@x", "1234567"), None),
        (facts("b", "Anna Ruiz", "b@x", "1234567"), None),
        (facts("b", "Ruiz Maria Ana", "", "1234567"), Some(vec!["first and last name", "phone"])),
    ];
    for (other, agreed) in table {
        let unclear = paired(&[crm(1, ana()), crm(2, other.clone())], &[]).1;
        let want = agreed.map(UnclearReason::SeveralLogins);
        assert_eq!(unclear.into_iter().map(|rows| rows.reason).next(), want, "{other:?}");
    }
    // Two licences are two people, whichever row has them.
    let licensed = |id, licence: &str, login| crm(id, with_licence(licence, facts(login, "Ana Ruiz", "", "")));
    let rows = [licensed(1, "8", "a"), licensed(2, "9", "b")];
    let users = [pf(7, facts("a", "Ana Ruiz", "a@x", "1234567")), pf(8, facts("b", "Ana Ruiz", "a@x", "1234567"))];
    assert_eq!(paired(&rows, &users), (vec![(Some(1), Some(7)), (Some(2), Some(8))], vec![]));
    // More than two people have the number and the address of an office, and people with a row in each system need no second one.
    let office = ["Ana Ruiz", "Ana Lim", "Ben Roe"].map(|name| facts(name, name, "a@x", "1234567"));
    let rows: Vec<CrmCandidate> = office.into_iter().zip(1..).map(|(facts, id)| crm(id, facts)).collect();
    assert_eq!(paired(&rows, &[]).1, []);
    let family = [facts("a", "Ana Ruiz", "a@x", "1234567"), facts("b", "Ben Ruiz", "a@x", "1234567")];
    let rows: Vec<CrmCandidate> = family.iter().cloned().zip(1..).map(|(facts, id)| crm(id, facts)).collect();
    let users: Vec<PfCandidate> = family.into_iter().zip(7..).map(|(facts, id)| pf(id, facts)).collect();
    assert_eq!(paired(&rows, &users).1, []);
    assert_eq!(paired(&rows, &[]).1.len(), 1);
}

/// The rows of the unclear login may be accounts of the person who is imported.
#[test]
fn unclear_rows_beside_an_imported_person_name_that_person() {
    let ana = |login| facts(login, "Ana Ruiz", "a@x", "1234567");
    let rows = [crm(1, ana("a")), crm(2, facts("b", "Ana Ruiz", "", "1234567"))];
    let users = [PfCandidate { online: true, ..pf(7, ana("a")) }, PfCandidate { online: true, ..pf(8, ana("c")) }];
    let (people, unclear) = paired(&rows, &users);
    assert_eq!(people, [(Some(1), Some(7))]);
    let of = RowPair { crm: Some(1), pf: Some(7) };
    let reasons: Vec<&UnclearReason> = unclear.iter().map(|rows| &rows.reason).collect();
    assert!(
        reasons.iter().all(|reason| matches!(reason, UnclearReason::OtherAccounts { of: named, .. } if *named == of)),
        "{unclear:?}"
    );
}

/// A, B like A, C like B: one group, in which each row is named once.
#[test]
fn groups_with_a_row_in_common_are_one() {
    let rows = [
        crm(1, facts("a", "Ana Ruiz", "a@x", "1111111")),
        crm(2, facts("b", "Ana Ruiz", "a@x", "2222222")),
        crm(3, facts("c", "Ana Ruiz", "c@x", "2222222")),
    ];
    let (people, unclear) = paired(&rows, &[]);
    assert_eq!(people, []);
    let reason = UnclearReason::SeveralLogins(vec![FULL_NAME, "phone", "public e-mail"]);
    assert_eq!(unclear, [UnclearRows { crm: vec![1, 2, 3], pf: vec![], reason }]);
}

#[test]
fn many_equal_rows_are_one_entry() {
    let rows: Vec<CrmCandidate> =
        (0..200).map(|id| crm(id, facts(&format!("a{id}"), "Ana Ruiz", "a@x", "1"))).collect();
    let users: Vec<PfCandidate> = (0..200).map(|id| pf(id, facts(&format!("b{id}"), "Ana Ruiz", "a@x", "1"))).collect();
    let (people, unclear) = paired(&rows, &users);
    assert_eq!((people.len(), unclear.len()), (0, 1));
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
    let alike = UnclearReason::Alike(vec![FULL_NAME]);
    assert_eq!(found, [unclear(&[1, 2], &[], UnclearReason::SameLogin), unclear(&[1, 2], &[7], alike)]);
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
