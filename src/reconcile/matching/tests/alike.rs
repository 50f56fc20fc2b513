//! Rows that look like a person, and rows that share what one person has.

use super::*;

/// The rows that look like `sara`, who has none: by what, and which CRM row links them.
#[test]
fn rows_that_resemble_an_unmatched_person_are_named() {
    let email = IdentityFacts { email: facts("sara").email, ..facts("x") };
    let licence = IdentityFacts { licences: facts("sara").licences, ..facts("x") };
    let name = IdentityFacts { names: facts("sara").names, ..facts("x") };
    let name_and_phone = IdentityFacts { phones: facts("sara").phones, ..name.clone() };
    let phone = IdentityFacts { phones: facts("sara").phones, ..facts("x") };
    let table = [
        ("public e-mail", email, Some(Agreement::Email)),
        ("licence", licence, Some(Agreement::Licence)),
        ("name and phone", name_and_phone, Some(Agreement::NameAndPhone)),
        ("name alone", name, None),
        ("phone alone", phone, None),
    ];
    let found = |files: &[DeclaredPerson], rows: &[CrmCandidate], users: &[PfCandidate]| {
        identify(files, rows, users, false).look_alikes.remove(&slug("sara")).unwrap_or_default()
    };
    for (case, facts, agreement) in table {
        let alike = |system, id, crm, slug: Option<&str>| {
            agreement.map(|agreement| LookAlike {
                system,
                id,
                agreement,
                crm,
                slug: slug.map(ToOwned::to_owned),
                online: system == System::Pf,
            })
        };
        let want = |each: [Option<LookAlike>; 2]| each.into_iter().flatten().collect::<Vec<_>>();
        let row = |agent: Option<&str>, pf_user| CrmCandidate {
            agent: agent.map(ToOwned::to_owned),
            pf_user,
            facts: facts.clone(),
            ..crm(3, "", "x")
        };
        let user = [PfCandidate { facts: facts.clone(), ..pf(7, "x") }];
        let sara = [file("sara")];
        let unmanaged = [alike(System::Crm, 3, Some(3), None), alike(System::Pf, 7, None, None)];
        assert_eq!(found(&sara, &[row(None, None)], &user), want(unmanaged), "{case}, unmanaged");
        let orphan = [alike(System::Crm, 3, Some(3), Some("gone")), alike(System::Pf, 7, Some(3), Some("gone"))];
        assert_eq!(found(&sara, &[row(Some("gone"), Some(7))], &user), want(orphan.clone()), "{case}, orphans");
        let twice = [row(Some("gone"), Some(7)), CrmCandidate { pf_user: Some(7), ..crm(4, "", "y") }];
        assert_eq!(found(&sara, &twice, &user), want(orphan), "{case}, a user that two rows store");
        let known = [crm(4, "sara", "sara")];
        let at_pf = [None, alike(System::Pf, 7, None, None)];
        assert_eq!(found(&sara, &known, &user), want(at_pf), "{case}, at Property Finder alone");
        // A declared person's row looks like nobody else.
        let other = DeclaredPerson {
            facts: IdentityFacts { licences: Vec::new(), email: None, ..facts.clone() },
            ..file("gone")
        };
        assert_eq!(found(&[file("sara"), other], &[row(Some("gone"), Some(7))], &user), vec![], "{case}, declared");
    }
    // An inbox that several files show tells nobody apart.
    let inbox = |person: DeclaredPerson| DeclaredPerson {
        facts: IdentityFacts { email: Some("info".to_owned()), ..person.facts.clone() },
        ..person
    };
    let desk = [CrmCandidate {
        facts: IdentityFacts { email: Some("info".to_owned()), ..facts("desk") },
        ..crm(3, "", "desk")
    }];
    assert_eq!(found(&[inbox(file("sara"))], &desk, &[]).len(), 1);
    assert_eq!(found(&[inbox(file("sara")), inbox(file("omar"))], &desk, &[]), vec![]);
}

#[test]
fn rows_that_share_a_personal_value_are_named_if_one_is_declared() {
    let sharing = |agreement: Agreement| match agreement {
        Agreement::Login => with_login("sara", facts("x")),
        Agreement::Email => IdentityFacts { email: facts("sara").email, ..facts("x") },
        Agreement::Licence | Agreement::NameAndPhone => {
            IdentityFacts { licences: facts("sara").licences, ..facts("x") }
        }
    };
    let owner = |name: &str| Some(slug(name));
    for agreement in [Agreement::Login, Agreement::Email, Agreement::Licence] {
        let rows = [linked(3, "sara", 7), CrmCandidate { facts: sharing(agreement), ..crm(4, "", "x") }];
        let users = [pf(7, "sara"), PfCandidate { facts: sharing(agreement), ..pf(8, "x") }];
        let shared = |system, ids: [u64; 2]| SharedRows {
            system,
            agreement,
            rows: vec![(ids[0], owner("sara")), (ids[1], None)],
        };
        let want = [shared(System::Crm, [3, 4]), shared(System::Pf, [7, 8])];
        assert_eq!(identify(&[file("sara")], &rows, &users, false).shared, want);
        assert_eq!(identify(&[file("omar")], &rows, &users, false).shared, [], "nobody of them is declared");
    }
}

/// Sara has no row at Property Finder, and Omar's file may be of her.
#[test]
fn another_file_of_a_person_without_a_row_is_found() {
    let other_file = |facts: IdentityFacts| DeclaredPerson { facts, ..file("omar") };
    let named_alike = |facts: IdentityFacts| IdentityFacts { names: super::facts("sara").names, ..facts };
    let no_licence = |facts: IdentityFacts| IdentityFacts { licences: Vec::new(), ..facts };
    let omar = || no_licence(facts("omar"));
    let phone = IdentityFacts { phones: facts("sara").phones, ..named_alike(omar()) };
    let half =
        named("sarah", "khan", IdentityFacts { phones: facts("sara").phones, email: facts("sara").email, ..omar() });
    let licence = IdentityFacts { licences: facts("sara").licences, ..omar() };
    let table = [
        (phone.clone(), vec!["full name", "phone"]),
        (IdentityFacts { email: facts("sara").email, ..named_alike(omar()) }, vec!["full name", "public e-mail"]),
        (half, vec!["first or last name", "phone", "public e-mail"]),
        (licence, vec!["licence"]),
        // Two licences are two people, and a name or a phone alone is nobody.
        (IdentityFacts { licences: facts("omar").licences, ..phone.clone() }, vec![]),
        (named_alike(omar()), vec![]),
        (IdentityFacts { phones: facts("sara").phones, ..omar() }, vec![]),
    ];
    let rows = [crm(3, "sara", "sara"), CrmCandidate { facts: omar(), ..linked(4, "omar", 8) }];
    let users = [PfCandidate { facts: omar(), ..pf(8, "omar") }];
    for (facts, agreed) in table {
        let found = identify(&[file("sara"), other_file(facts)], &rows, &users, false).same_person;
        let agreed: BTreeSet<&'static str> = agreed.into_iter().collect();
        let of_omar = vec![(System::Crm, 4), (System::Pf, 8)];
        let same = SamePerson { slug: slug("omar"), rows: of_omar, agreed: agreed.clone() };
        let want = if agreed.is_empty() { BTreeMap::new() } else { BTreeMap::from([(slug("sara"), vec![same])]) };
        assert_eq!(found, want);
    }
    // The row of the other file counts where the file declares other values.
    let users = [PfCandidate { facts: phone, ..pf(8, "omar") }];
    let found = identify(&[file("sara"), other_file(omar())], &rows, &users, false);
    assert_eq!(found.same_person.keys().collect::<Vec<_>>(), [&slug("sara")]);
    // Each person has a row in each system.
    let users = [pf(7, "sara"), users[0].clone()];
    let all = [linked(3, "sara", 7), linked(4, "omar", 8)];
    assert_eq!(identify(&[file("sara"), other_file(omar())], &all, &users, false).same_person, BTreeMap::new());
}

/// Sara has a row in each system, and a row that no file has is like her.
#[test]
fn another_account_of_a_person_is_found_in_each_system() {
    let second = |login: &str| IdentityFacts { licences: Vec::new(), ..with_login(login, facts("sara")) };
    let rows = [linked(3, "sara", 7), CrmCandidate { facts: second("b"), ..crm(4, "", "x") }];
    let users = [
        pf(7, "sara"),
        PfCandidate { facts: second("c"), ..pf(8, "x") },
        PfCandidate { facts: second("d"), online: false, ..pf(9, "x") },
        pf(10, "x"),
    ];
    let found = identify(&[file("sara"), file("omar")], &rows, &users, false).other_accounts;
    let found: Vec<(System, u64, bool)> = found
        .get(&slug("sara"))
        .unwrap()
        .iter()
        .map(|account| (account.system, account.id, account.is_active))
        .collect();
    assert_eq!(found, [(System::Crm, 4, true), (System::Pf, 8, true), (System::Pf, 9, false)]);
}

/// The time is that of the people, not of their pairs.
#[test]
fn many_equal_people_name_a_few_others_each() {
    let people: Vec<DeclaredPerson> =
        (0..300).map(|at| DeclaredPerson { facts: facts("sara"), ..file(&format!("p-{at}")) }).collect();
    let found = identify(&people, &[], &[], false).same_person;
    assert_eq!(found.len(), 300);
    assert!(found.values().all(|same| same.len() == MOST_FOUND));
}

/// A new file declares less than the rows hold. The plan recognizes whoever the import takes for one person all the same.
#[test]
fn rows_that_are_paired_resemble_each_other_for_the_plan_too() {
    type Sharing = fn(IdentityFacts) -> IdentityFacts;
    let private = || [("s".to_owned(), "private".to_owned())];
    let sharing: [Sharing; 4] = [
        |user| IdentityFacts { email: facts("sara").email, ..user },
        |user| IdentityFacts { phones: facts("sara").phones, ..user },
        |user| IdentityFacts { licences: facts("sara").licences, ..user },
        |user| named("s", "private", user),
    ];
    let names = facts("sara").names.into_iter().chain(private()).collect();
    let row = CrmCandidate { facts: IdentityFacts { names, ..facts("sara") }, ..crm(3, "", "sara") };
    let declaring = |facts: &IdentityFacts| DeclaredPerson {
        facts: IdentityFacts { licences: Vec::new(), ..named("public", "name", facts.clone()) },
        ..file("sara")
    };
    let found = |person: DeclaredPerson, rows: &[CrmCandidate], user: &PfCandidate| {
        let alike = identify(&[person], rows, std::slice::from_ref(user), false).look_alikes.remove(&slug("sara"));
        alike.unwrap_or_default().into_iter().map(|row| (row.system, row.id)).collect::<Vec<_>>()
    };
    for (at, first) in sharing.iter().enumerate() {
        for second in sharing.iter().skip(at + 1) {
            let user = PfCandidate { facts: second(first(facts("x"))), ..pf(7, "x") };
            let impersonal = ImpersonalValues::of(&[], [&row.facts].into_iter(), [&user.facts].into_iter());
            let pair = pair(&[&row], &[&user], &impersonal).people;
            assert_eq!(pair, [RowPair { crm: Some(3), pf: Some(7) }], "{user:?}");
            let rows = std::slice::from_ref(&row);
            assert_eq!(found(declaring(&row.facts), rows, &user), [(System::Pf, 7)], "{user:?}");
            assert_eq!(found(declaring(&user.facts), rows, &user), [(System::Crm, 3)], "{user:?}");
        }
    }
    // The licence of an office is in many rows.
    let licensed = |name| IdentityFacts { licences: facts("sara").licences, ..facts(name) };
    let user = PfCandidate { facts: licensed("x"), ..pf(7, "x") };
    let other = CrmCandidate { facts: licensed("omar"), ..crm(4, "", "omar") };
    assert_eq!(found(declaring(&row.facts), &[row.clone(), other], &user), []);
}
