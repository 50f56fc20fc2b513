//! What has to agree before a row is a person's.

use super::*;

/// When a linked row is another person's than its file describes.
#[test]
fn a_row_with_another_login_and_name_belongs_to_another_person() {
    let table: Vec<(&str, IdentityFacts, bool)> = vec![
        ("nothing changed", facts("sara"), false),
        ("another login", with_login("new", facts("sara")), false),
        ("married", named("sara", "saad", with_login("new", facts("sara"))), false),
        ("every name, and the same login", named("omar", "saad", facts("sara")), false),
        ("every name and the login", named("omar", "saad", with_login("new", facts("sara"))), true),
        ("somebody of the same family", named("omar", "khan", facts("omar")), true),
        ("somebody with the same first name", named("sara", "saad", facts("omar")), true),
        ("a name in one piece", named("sara khan", "", with_login("new", facts("sara"))), false),
        ("a name that begins alike", named("saram", "khanna", with_login("new", facts("sara"))), true),
        ("a row without names", IdentityFacts { names: [].into(), ..facts("omar") }, false),
        ("a row without a login", IdentityFacts { login: None, ..facts("omar") }, false),
    ];
    for (name, row, another) in table {
        assert_eq!(facts("sara").is_another_person(&row), another, "{name}");
        let rows = [CrmCandidate { facts: row.clone(), ..linked(3, "sara", 7) }];
        let users = [PfCandidate { facts: row, ..pf(7, "sara") }];
        let both = if another {
            known(CrmMatch::Replace(3), PfMatch::Replace(7))
        } else {
            known(CrmMatch::Linked(3), PfMatch::Linked(7))
        };
        assert_eq!(identify(&[file("sara")], &rows, &users, false).people.values().next(), Some(&both), "{name}");
        // An archived person may have been locked out under another login and name; an active user is somebody else's.
        let left = [DeclaredPerson { status: Status::Archived, ..file("sara") }];
        for online in [true, false] {
            let users = [PfCandidate { online, ..users[0].clone() }];
            let at_pf = if another && online { PfMatch::Replace(7) } else { PfMatch::Linked(7) };
            let want = known(CrmMatch::Linked(3), at_pf);
            assert_eq!(identify(&left, &rows, &users, false).people.values().next(), Some(&want), "{name}, {online}");
        }
    }
}

/// A Property Finder user that no row stores, with the login of a person whose row stores no id.
#[test]
fn a_user_is_linked_only_if_an_interrupted_run_may_have_created_it() {
    let at = |minute: i64| Some(Timestamp::from_second(1_700_000_000 + minute * 60).unwrap());
    let (link, adopt) = (PfMatch::Link(7), PfMatch::Adopt(7));
    let none = IdentityFacts { login: facts("sara").login, ..IdentityFacts::default() };
    let one = [
        IdentityFacts { names: facts("sara").names, ..none.clone() },
        IdentityFacts { phones: facts("sara").phones, ..none.clone() },
        IdentityFacts { email: facts("sara").email, ..none.clone() },
    ];
    let table = [
        ("made after the row", at(0), at(1), true),
        ("made long after the row", at(0), at(1_000_000), true),
        ("the clocks differ", at(5), at(0), true),
        ("made before the row", at(6), at(0), false),
        ("the CRM does not say when", None, at(0), false),
        ("Property Finder does not say when", at(0), None, false),
        ("neither says when", None, None, false),
    ];
    let tie = |user: &IdentityFacts, in_crm, at_pf| {
        let rows = [CrmCandidate { made: in_crm, ..crm(3, "sara", "sara") }];
        let users = [PfCandidate { facts: user.clone(), made: at_pf, ..pf(7, "sara") }];
        match identify(&[file("sara")], &rows, &users, false).people.into_values().next() {
            Some(Match::Known { pf, .. }) => pf,
            other => panic!("{other:?}"),
        }
    };
    for (name, in_crm, at_pf, late) in table {
        for user in &one {
            assert_eq!(tie(user, in_crm, at_pf), if late { link.clone() } else { adopt.clone() }, "{name}");
        }
        let known = in_crm.is_some() && at_pf.is_some();
        let all = if late || !known { link.clone() } else { adopt.clone() };
        assert_eq!(tie(&facts("sara"), in_crm, at_pf), all, "{name}, and everything agrees");
        for user in [&none, &login_alone("sara")] {
            assert_eq!(tie(user, in_crm, at_pf), adopt, "{name}, and the login alone agrees");
        }
    }
}

/// What git takes for a rename counts if the file, or the row, is the same person's.
#[test]
fn a_rename_in_git_needs_evidence() {
    let hint = |person: DeclaredPerson, then: Option<IdentityFacts>| DeclaredPerson {
        renamed_from: Some(Box::new(GitRename { slug: slug("old"), facts: then })),
        ..person
    };
    // Sara's file, with every contact but those given, under another login.
    let moved = |facts: IdentityFacts| DeclaredPerson { facts: with_login("new", facts), ..file("sara") };
    let old = || named("sara", "khan", with_login("old", facts("old")));
    let row = || CrmCandidate { facts: old(), ..linked(3, "old", 7) };
    let user = || PfCandidate { facts: old(), ..pf(7, "old") };
    let rename = || known(CrmMatch::Rename { id: 3, from: "old".to_owned() }, PfMatch::Linked(7));
    let base = || Some(old());
    let name = IdentityFacts { names: old().names, ..facts("sara") };
    let table: Vec<(&str, DeclaredPerson, Match)> = vec![
        ("another person from one template", hint(moved(facts("sara")), base()), NOTHING),
        ("the full name alone", hint(moved(name.clone()), base()), NOTHING),
        ("name and e-mail", hint(moved(IdentityFacts { email: old().email, ..name.clone() }), base()), rename()),
        ("name and phone", hint(moved(IdentityFacts { phones: old().phones, ..name.clone() }), base()), rename()),
        ("name and licence", hint(moved(IdentityFacts { licences: old().licences, ..name.clone() }), base()), rename()),
        (
            "e-mail, phone and licence without the name",
            hint(moved(IdentityFacts { names: facts("omar").names, ..old() }), base()),
            NOTHING,
        ),
        (
            "the file of then was not valid",
            hint(moved(IdentityFacts { email: old().email, ..name.clone() }), None),
            rename(),
        ),
        ("the file of then is another's, and the row is not", hint(moved(old()), Some(facts("omar"))), rename()),
        (
            "the login",
            hint(DeclaredPerson { facts: with_login("old", facts("old")), ..file("sara") }, base()),
            rename(),
        ),
    ];
    for (name, person, want) in table {
        let matches = identify(&[person], &[row()], &[user()], false);
        assert_eq!(matches.people.values().next(), Some(&want), "{name}");
        assert_eq!(matches.orphans.len(), usize::from(want == NOTHING), "{name}");
    }
    let person = || hint(moved(IdentityFacts { email: old().email, ..name.clone() }), base());
    let tie = |files: &[DeclaredPerson], rows: &[CrmCandidate], users: &[PfCandidate]| {
        let matches = identify(files, rows, users, false);
        let orphans: Vec<u64> = matches.orphans.iter().map(|orphan| orphan.crm).collect();
        (matches.people.get(&slug("sara")).cloned().unwrap(), orphans)
    };
    let linked_now = || CrmCandidate { facts: person().facts, ..linked(4, "sara", 8) };
    let sara = || PfCandidate { facts: person().facts, ..pf(8, "sara") };
    assert_eq!(tie(&[person(), file("old")], &[row()], &[user()]).0, NOTHING, "a file has the old slug again");
    let done = known(CrmMatch::Linked(4), PfMatch::Linked(8));
    assert_eq!(tie(&[person()], &[linked_now()], &[sara()]), (done.clone(), vec![]), "done already");
    let rows = [row(), linked_now()];
    assert_eq!(tie(&[person()], &rows, &[user(), sara()]), (done, vec![3]), "done, and another row has the old slug");
    let twice = [row(), CrmCandidate { facts: old(), ..linked(5, "old", 9) }];
    let common = CommonEvidence::Slug("old".to_owned());
    let refused = Match::Unclear(Ambiguity::CrmRows { rows: vec![3, 5], common });
    assert_eq!(tie(&[person()], &twice, &[user()]), (refused, vec![]), "two rows carry it");
    let gone = known(CrmMatch::Rename { id: 3, from: "old".to_owned() }, PfMatch::Gone(7));
    assert_eq!(tie(&[person()], &[row()], &[]).0, gone, "stored, not listed");
}

/// Sara's file gets another name, and a newcomer's file is copied from it: git may pair them either way.
#[test]
fn an_exact_login_and_name_outrank_a_rename_in_git() {
    let hint = |person: DeclaredPerson| DeclaredPerson {
        renamed_from: Some(Box::new(GitRename { slug: slug("sara"), facts: Some(facts("sara")) })),
        ..person
    };
    let sara = || DeclaredPerson { facts: facts("sara"), ..file("sara-khan") };
    let rename = known(CrmMatch::Rename { id: 3, from: "sara".to_owned() }, PfMatch::Linked(7));
    let (rows, users) = ([linked(3, "sara", 7)], [pf(7, "sara")]);
    let newcomers = [
        ("a file of another name", hint(file("omar"))),
        ("a file that has her old name", DeclaredPerson { facts: facts("omar"), ..file("sara") }),
    ];
    for (name, newcomer) in newcomers {
        let matches = identify(&[newcomer.clone(), sara()], &rows, &users, false);
        assert_eq!(matches.people.get(&slug("sara-khan")), Some(&rename), "{name}");
        assert_eq!(matches.people.get(&newcomer.slug), Some(&NOTHING), "{name}");
        assert_eq!(matches.orphans, [], "{name}");
    }
    // Without her own file a newcomer under her slug takes her row over, which a guard counts.
    let newcomer = DeclaredPerson { facts: facts("omar"), ..file("sara") };
    let matches = identify(&[newcomer], &rows, &users, false);
    assert_eq!(matches.people.get(&slug("sara")), Some(&known(CrmMatch::Replace(3), PfMatch::Replace(7))));
}

#[test]
fn an_old_slug_is_removed_from_every_row() {
    // Sara's row goes to nobody: `lina` has its login and name, and is linked elsewhere.
    let newcomer = DeclaredPerson { facts: facts("omar"), ..file("sara") };
    let lina = DeclaredPerson { facts: facts("sara"), ..file("lina") };
    let own = CrmCandidate { facts: named("sara", "khan", with_login("old", facts("sara"))), ..linked(4, "lina", 8) };
    let users = [pf(7, "sara"), PfCandidate { facts: own.facts.clone(), ..pf(8, "lina") }];
    let matches = identify(&[newcomer, lina], &[linked(3, "sara", 7), own], &users, false);
    let want = Match::Unclear(Ambiguity::SlugLeftBehind { rows: vec![3] });
    assert_eq!(matches.people.get(&slug("sara")), Some(&want));
    assert_eq!(matches.people.get(&slug("lina")), Some(&known(CrmMatch::Linked(4), PfMatch::Linked(8))));
}
