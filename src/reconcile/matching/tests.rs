#![allow(clippy::unwrap_used, clippy::type_complexity)]

use super::*;
use crate::model::record::System;

/// Everything that is known of a person by one name.
fn facts(name: &str) -> IdentityFacts {
    IdentityFacts {
        login: Some(format!("{name}@example.com")),
        names: [(name.to_owned(), "khan".to_owned())].into(),
        email: Some(format!("{name}@public.example")),
        phones: [format!("971-{name}")].into(),
        licences: [format!("licence of {name}")].into(),
    }
}

fn slug(slug: &str) -> Slug {
    Slug::parse(slug).unwrap()
}

fn file(name: &str) -> DeclaredPerson {
    DeclaredPerson {
        slug: slug(name),
        status: Status::Active,
        facts: facts(name),
        renamed_from: None,
        login_at_base: None,
    }
}

fn crm(id: u64, agent: &str, name: &str) -> CrmCandidate {
    let agent = (!agent.is_empty()).then(|| agent.to_owned());
    CrmCandidate { id, agent, facts: facts(name), ..CrmCandidate::default() }
}

fn linked(id: u64, agent: &str, pf_user: u64) -> CrmCandidate {
    CrmCandidate { pf_user: Some(pf_user), pf_profile: Some(pf_user + 1000), ..crm(id, agent, agent) }
}

fn pf(id: u64, name: &str) -> PfCandidate {
    PfCandidate { id, profile: Some(id + 1000), facts: facts(name), made: None, online: true }
}

fn named(first: &str, last: &str, facts: IdentityFacts) -> IdentityFacts {
    IdentityFacts { names: [(first.to_owned(), last.to_owned())].into(), ..facts }
}

fn with_login(login: &str, facts: IdentityFacts) -> IdentityFacts {
    IdentityFacts { login: Some(format!("{login}@example.com")), ..facts }
}

/// Nothing but the login and a name of its own.
fn login_alone(login: &str) -> IdentityFacts {
    named("front", "desk", with_login(login, IdentityFacts::default()))
}

fn known(crm: CrmMatch, pf: PfMatch) -> Match {
    Match::Known { crm, pf }
}

fn several_rows(common: CommonEvidence) -> Match {
    Match::Unclear(Ambiguity::CrmRows { rows: vec![3, 4], common })
}

/// The match of `sara`, alone or beside others.
#[test]
fn one_person() {
    let rename = CrmMatch::Rename { id: 3, from: "sara-old".to_owned() };
    let stranger_to_that_slug = CrmCandidate { facts: login_alone("sara"), ..crm(3, "gone", "sara") };
    let other_profile = CrmCandidate { pf_profile: Some(5), ..linked(3, "sara", 7) };
    let no_profile = CrmCandidate { pf_profile: None, ..linked(3, "sara", 7) };
    let table: Vec<(&str, Vec<CrmCandidate>, Vec<PfCandidate>, Match)> = vec![
        ("nothing there", vec![], vec![], known(CrmMatch::Absent, PfMatch::Absent)),
        ("linked", vec![linked(3, "sara", 7)], vec![pf(7, "sara")], known(CrmMatch::Linked(3), PfMatch::Linked(7))),
        (
            "linked, profile id not stored",
            vec![no_profile],
            vec![pf(7, "sara")],
            known(CrmMatch::Linked(3), PfMatch::Linked(7)),
        ),
        ("a cut run", vec![crm(3, "sara", "sara")], vec![pf(7, "sara")], known(CrmMatch::Linked(3), PfMatch::Link(7))),
        (
            "a cut run with two candidates",
            vec![crm(3, "sara", "sara")],
            vec![pf(7, "sara"), pf(8, "sara")],
            Match::Unclear(Ambiguity::PfUsers { users: vec![7, 8], crm: Some(3) }),
        ),
        (
            "the candidate is somebody else's",
            vec![crm(3, "sara", "sara"), linked(4, "gone", 7)],
            vec![pf(7, "sara")],
            known(CrmMatch::Linked(3), PfMatch::Absent),
        ),
        ("adopt in the crm", vec![crm(3, "", "sara")], vec![], known(CrmMatch::Adopt(3), PfMatch::Absent)),
        ("adopt in both", vec![crm(3, "", "sara")], vec![pf(7, "sara")], known(CrmMatch::Adopt(3), PfMatch::Adopt(7))),
        ("adopt at pf", vec![], vec![pf(7, "sara")], known(CrmMatch::Absent, PfMatch::Adopt(7))),
        (
            "two candidates to adopt",
            vec![crm(3, "", "sara"), crm(4, "", "sara")],
            vec![],
            several_rows(CommonEvidence::Login),
        ),
        ("renamed file", vec![crm(3, "sara-old", "sara")], vec![], known(rename, PfMatch::Absent)),
        ("same login, another name", vec![stranger_to_that_slug], vec![], known(CrmMatch::Adopt(3), PfMatch::Absent)),
        (
            "slug twice",
            vec![crm(3, "sara", "sara"), crm(4, "sara", "x")],
            vec![],
            several_rows(CommonEvidence::Slug("sara".to_owned())),
        ),
        (
            "pf id twice",
            vec![linked(3, "sara", 7), linked(4, "gone", 7)],
            vec![pf(7, "sara")],
            Match::Unclear(Ambiguity::UserInSeveralRows { user: 7, rows: vec![3, 4] }),
        ),
        (
            "profile of another",
            vec![other_profile],
            vec![pf(7, "sara")],
            Match::Unclear(Ambiguity::OtherProfile { crm: 3, profile: 5, user: 7 }),
        ),
        ("stored, not listed", vec![linked(3, "sara", 7)], vec![], known(CrmMatch::Linked(3), PfMatch::Gone(7))),
        (
            "stored, not listed, and the login is another user's",
            vec![linked(3, "sara", 7)],
            vec![pf(8, "sara")],
            Match::Unclear(Ambiguity::UserMadeAgain { crm: 3, stored: 7, users: vec![8] }),
        ),
    ];
    for (name, crm, pf, want) in table {
        let matches = identify(&[file("sara")], &crm, &pf, false);
        assert_eq!(matches.people.values().next(), Some(&want), "{name}");
    }
}

/// The match of `sara`, where one of the three link fields was emptied or holds something else.
#[test]
fn any_stored_id_that_resolves_is_a_match() {
    let table: Vec<(&str, Vec<CrmCandidate>, Vec<PfCandidate>, Match)> = vec![
        (
            "the user id is not stored, and that of the profile is",
            vec![CrmCandidate { pf_user: None, ..linked(3, "sara", 7) }],
            vec![PfCandidate { facts: with_login("by-hand", facts("sara")), ..pf(7, "sara") }],
            known(CrmMatch::Linked(3), PfMatch::Linked(7)),
        ),
        (
            "the profile whose id is stored is listed nowhere",
            vec![CrmCandidate { pf_user: None, ..linked(3, "sara", 7) }],
            vec![],
            Match::Unclear(Ambiguity::ProfileWithoutUser { crm: 3, profile: 1007 }),
        ),
        (
            "an id that cannot be read",
            vec![CrmCandidate { unreadable: vec!["12 (pf_user)".to_owned()], ..linked(3, "sara", 7) }],
            vec![pf(7, "sara")],
            Match::Unclear(Ambiguity::UnreadableIds { crm: 3, fields: vec!["12 (pf_user)".to_owned()] }),
        ),
        (
            "the slug was emptied, and the ids are the person's",
            vec![CrmCandidate { agent: None, facts: with_login("old", facts("sara")), ..linked(3, "sara", 7) }],
            vec![PfCandidate { facts: with_login("old", facts("sara")), ..pf(7, "sara") }],
            known(CrmMatch::Link(3), PfMatch::Linked(7)),
        ),
        (
            "the slug was emptied, and the ids are another person's",
            vec![CrmCandidate { agent: None, ..linked(3, "sara", 7) }],
            vec![pf(7, "omar")],
            known(CrmMatch::Adopt(3), PfMatch::Replace(7)),
        ),
        (
            "two rows store ids of the person",
            vec![
                CrmCandidate { agent: None, ..linked(3, "sara", 7) },
                CrmCandidate { agent: None, ..linked(4, "sara", 8) },
            ],
            vec![pf(7, "sara"), pf(8, "sara")],
            several_rows(CommonEvidence::StoredIds),
        ),
    ];
    for (name, crm, pf, want) in table {
        let matches = identify(&[file("sara")], &crm, &pf, false);
        assert_eq!(matches.people.values().next(), Some(&want), "{name}");
    }
}

#[test]
fn unmatched_rows_are_orphans_or_unmanaged() {
    let rows = [linked(3, "sara", 7), linked(4, "gone", 8), crm(5, "", "boss")];
    let users = [pf(7, "sara"), pf(8, "gone"), pf(9, "boss")];
    let matches = identify(&[file("sara")], &rows, &users, false);
    assert_eq!(matches.orphans, [Orphan { crm: 4, agent: "gone".to_owned(), pf_user: Some(8) }]);
    assert_eq!(matches.unmanaged_crm, [5]);
    assert_eq!(matches.unmanaged_pf, [9]);
}

#[test]
fn without_link_fields_a_login_is_a_match() {
    let matches = identify(&[file("sara")], &[crm(3, "", "sara")], &[pf(7, "sara")], true);
    assert_eq!(matches.people.values().next(), Some(&known(CrmMatch::Linked(3), PfMatch::Linked(7))));
}

#[test]
fn one_row_never_matches_two_files() {
    // Omar's row was left without ids by a cut run, and its login is the one that sara's file now has too.
    let mut omar = file("omar");
    omar.facts.login = Some("sara@example.com".to_owned());
    let rows = [crm(3, "omar", "omar"), crm(4, "sara", "sara")];
    let matches = identify(&[file("sara"), omar], &rows, &[pf(7, "sara")], false);
    let files = vec![slug("omar"), slug("sara")];
    let want = Match::Unclear(Ambiguity::SeveralFiles { system: System::Pf, id: 7, files });
    assert_eq!(matches.people.values().collect::<Vec<_>>(), [&want, &want]);
}

const NOTHING: Match = Match::Known { crm: CrmMatch::Absent, pf: PfMatch::Absent };

mod alike;
mod evidence;
mod random;
