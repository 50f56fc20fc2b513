#![allow(clippy::unwrap_used, clippy::type_complexity)]

use super::*;

fn file(slug: &str) -> Declared {
    let name = (slug.to_owned(), "Khan".to_owned());
    Declared {
        slug: Slug::parse(slug).unwrap(),
        login: format!("{slug}@example.com"),
        names: vec![name],
        renamed_from: None,
    }
}

fn crm(id: u64, agent: &str, login: &str) -> CrmPerson {
    let agent = (!agent.is_empty()).then(|| agent.to_owned());
    let names = vec![(login.to_owned(), "Khan".to_owned())];
    CrmPerson { id, agent, login: Some(format!("{login}@example.com")), names, ..CrmPerson::default() }
}

fn linked(id: u64, agent: &str, pf_user: u64) -> CrmPerson {
    CrmPerson { pf_user: Some(pf_user), pf_profile: Some(pf_user + 1000), ..crm(id, agent, agent) }
}

fn pf(id: u64, login: &str) -> PfPerson {
    PfPerson { id, profile: Some(id + 1000), login: Some(format!("{login}@example.com")) }
}

fn known(crm: CrmTie, pf: PfTie) -> Tie {
    Tie::Known { crm, pf }
}

fn unclear(text: &str) -> Tie {
    Tie::Unclear(text.to_owned())
}

/// The tie of `sara`, alone or beside others.
#[test]
fn one_person() {
    let rename = CrmTie::Rename { id: 3, from: "sara-old".to_owned() };
    let stranger_to_that_slug =
        CrmPerson { names: vec![("Omar".to_owned(), "Saad".to_owned())], ..crm(3, "gone", "sara") };
    let other_profile = CrmPerson { pf_profile: Some(5), ..linked(3, "sara", 7) };
    let no_profile = CrmPerson { pf_profile: None, ..linked(3, "sara", 7) };
    let table: Vec<(&str, Vec<CrmPerson>, Vec<PfPerson>, Tie)> = vec![
        ("nothing there", vec![], vec![], known(CrmTie::Absent, PfTie::Absent)),
        ("linked", vec![linked(3, "sara", 7)], vec![pf(7, "other")], known(CrmTie::Linked(3), PfTie::Linked(7))),
        (
            "linked, profile id not stored",
            vec![no_profile],
            vec![pf(7, "sara")],
            known(CrmTie::Linked(3), PfTie::Linked(7)),
        ),
        ("a cut run", vec![crm(3, "sara", "sara")], vec![pf(7, "sara")], known(CrmTie::Linked(3), PfTie::Link(7))),
        (
            "a cut run with two candidates",
            vec![crm(3, "sara", "sara")],
            vec![pf(7, "sara"), pf(8, "sara")],
            unclear("pf users 7, 8 all have its login e-mail"),
        ),
        (
            "the candidate is somebody else's",
            vec![crm(3, "sara", "sara"), linked(4, "gone", 7)],
            vec![pf(7, "sara")],
            known(CrmTie::Linked(3), PfTie::Absent),
        ),
        ("adopt in the crm", vec![crm(3, "", "sara")], vec![], known(CrmTie::Adopt(3), PfTie::Absent)),
        ("adopt in both", vec![crm(3, "", "sara")], vec![pf(7, "sara")], known(CrmTie::Adopt(3), PfTie::Adopt(7))),
        ("adopt at pf", vec![], vec![pf(7, "sara")], known(CrmTie::Absent, PfTie::Adopt(7))),
        (
            "two candidates to adopt",
            vec![crm(3, "", "sara"), crm(4, "", "sara")],
            vec![],
            unclear("crm rows 3, 4 all have its login e-mail"),
        ),
        ("renamed file", vec![crm(3, "sara-old", "sara")], vec![], known(rename, PfTie::Absent)),
        ("same login, another name", vec![stranger_to_that_slug], vec![], known(CrmTie::Adopt(3), PfTie::Absent)),
        (
            "slug twice",
            vec![crm(3, "sara", "sara"), crm(4, "sara", "x")],
            vec![],
            unclear("crm rows 3, 4 all carry the slug sara"),
        ),
        (
            "pf id twice",
            vec![linked(3, "sara", 7), linked(4, "gone", 7)],
            vec![pf(7, "sara")],
            unclear("crm rows 3, 4 all store pf user 7"),
        ),
        (
            "profile of another",
            vec![other_profile],
            vec![pf(7, "sara")],
            unclear("crm row 3 stores pf profile 5, which is not the profile of pf user 7"),
        ),
        ("stored, not listed", vec![linked(3, "sara", 7)], vec![], known(CrmTie::Linked(3), PfTie::Gone(7))),
        (
            "stored, not listed, and the login is another user's",
            vec![linked(3, "sara", 7)],
            vec![pf(8, "sara")],
            unclear(
                "crm row 3 stores pf user 7, which Property Finder does not have, and its login e-mail is that of pf user \
                 8: empty pf_user and pf_profile (crm.link_fields) of the row",
            ),
        ),
    ];
    for (name, crm, pf, want) in table {
        let identity = identify(&[file("sara")], &crm, &pf, false);
        assert_eq!(identity.ties.values().next(), Some(&want), "{name}");
    }
}

#[test]
fn the_rest_is_orphan_or_unmanaged() {
    let rows = [linked(3, "sara", 7), linked(4, "gone", 8), crm(5, "", "boss")];
    let users = [pf(7, "sara"), pf(8, "gone"), pf(9, "boss")];
    let identity = identify(&[file("sara")], &rows, &users, false);
    assert_eq!(identity.orphans, [Orphan { crm: 4, agent: "gone".to_owned(), pf_user: Some(8) }]);
    assert_eq!(identity.unmanaged_crm, [5]);
    assert_eq!(identity.unmanaged_pf, [9]);
}

#[test]
fn without_link_fields_a_login_ties() {
    let identity = identify(&[file("sara")], &[crm(3, "", "sara")], &[pf(7, "sara")], true);
    assert_eq!(identity.ties.values().next(), Some(&known(CrmTie::Linked(3), PfTie::Linked(7))));
}

#[test]
fn one_row_never_serves_two_files() {
    // Omar's row was left without ids by a cut run, and its login is the one that sara's file now has too.
    let mut omar = file("omar");
    omar.login = "sara@example.com".to_owned();
    let rows = [crm(3, "omar", "omar"), crm(4, "sara", "sara")];
    let identity = identify(&[file("sara"), omar], &rows, &[pf(7, "sara")], false);
    let want = unclear("pf user 7 fits several files: omar, sara");
    assert_eq!(identity.ties.values().collect::<Vec<_>>(), [&want, &want]);
}

/// What git says of renames: the login and the names need not agree.
#[test]
fn a_rename_that_git_saw_needs_no_login_and_no_name() {
    let renamed = |from: &str| Declared {
        renamed_from: Some(Slug::parse(from).unwrap()),
        names: vec![("Another".to_owned(), "Name".to_owned())],
        login: "new@example.com".to_owned(),
        ..file("sara")
    };
    let rename = CrmTie::Rename { id: 3, from: "old".to_owned() };
    let stored = || vec![linked(3, "old", 7)];
    let table: Vec<(&str, Vec<Declared>, Vec<CrmPerson>, Vec<PfPerson>, Tie)> = vec![
        ("renamed", vec![renamed("old")], stored(), vec![pf(7, "x")], known(rename.clone(), PfTie::Linked(7))),
        (
            "somebody else takes the old login",
            vec![renamed("old"), Declared { login: "old@example.com".to_owned(), ..file("omar") }],
            stored(),
            vec![pf(7, "x")],
            known(rename, PfTie::Linked(7)),
        ),
        ("a file has the old slug again", vec![renamed("old"), file("old")], stored(), vec![pf(7, "x")], NOTHING),
        ("done already", vec![renamed("old")], vec![linked(3, "sara", 7)], vec![pf(7, "x")], {
            known(CrmTie::Linked(3), PfTie::Linked(7))
        }),
        (
            "done already, and the old slug is somewhere else",
            vec![renamed("old")],
            vec![linked(3, "sara", 7), linked(4, "old", 8)],
            vec![pf(7, "x"), pf(8, "y")],
            known(CrmTie::Linked(3), PfTie::Linked(7)),
        ),
        ("nobody carries it", vec![renamed("old")], vec![], vec![], NOTHING),
        (
            "two rows carry it",
            vec![renamed("old")],
            vec![linked(3, "old", 7), linked(4, "old", 8)],
            vec![pf(7, "x"), pf(8, "y")],
            unclear("crm rows 3, 4 all carry the slug old"),
        ),
        (
            "stored, not listed",
            vec![renamed("old")],
            stored(),
            vec![],
            known(CrmTie::Rename { id: 3, from: "old".to_owned() }, PfTie::Gone(7)),
        ),
    ];
    for (name, files, crm, pf, want) in table {
        let identity = identify(&files, &crm, &pf, false);
        assert_eq!(identity.ties.get(&Slug::parse("sara").unwrap()), Some(&want), "{name}");
        let orphans: Vec<u64> = identity.orphans.iter().map(|orphan| orphan.crm).collect();
        let left = if name.ends_with("somewhere else") { vec![4] } else { vec![] };
        assert_eq!(orphans, left, "{name}");
    }
}

const NOTHING: Tie = Tie::Known { crm: CrmTie::Absent, pf: PfTie::Absent };
