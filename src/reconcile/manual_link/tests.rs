#![allow(clippy::unwrap_used)]

use super::*;
use crate::model::agent::{Field, Status};
use crate::model::roster::Declaration;

fn slug(text: &str) -> Slug {
    Slug::parse(text).unwrap()
}

fn roster(slugs: &[&str]) -> Roster {
    let file = |name: &&str| Declaration {
        slug: slug(name),
        file: format!("agents/{name}.yaml"),
        status: Status::Active,
        record: Record::from_iter([(Field::Login, format!("{name}@example.com").into())]),
        clears_descriptions: false,
        lines: Vec::new(),
        handover: None,
    };
    Roster { people: slugs.iter().map(file).map(|file| (file.slug.clone(), file)).collect() }
}

fn crm(id: u64, agent: Option<&str>, pf_user: Option<u64>, pf_profile: Option<u64>) -> Arc<ObservedCrmUser> {
    let links = LinkValues { agent: agent.map(str::to_owned), pf_user, pf_profile, memory: None };
    Arc::new(ObservedCrmUser { id, links, ..ObservedCrmUser::default() })
}

fn pf(id: u64) -> Arc<ObservedPfUser> {
    Arc::new(ObservedPfUser { id, profile: Some(id + 1000), ..ObservedPfUser::default() })
}

/// Row 3 is sara's, 4 is omar's and stores pf 7, 5 carries a slug without a file, 6 carries none and stores pf 8.
fn observed() -> Observed {
    Observed {
        crm: vec![
            crm(3, Some("sara"), None, None),
            crm(4, Some("omar"), Some(7), Some(1007)),
            crm(5, Some("gone"), None, None),
            crm(6, None, Some(8), Some(1008)),
        ],
        pf: vec![pf(7), pf(8), pf(9)],
        ..Observed::default()
    }
}

const KEEP: LinkRequest = LinkRequest::Set(PfRequest::Keep);
const NOTHING: LinkRequest = LinkRequest::Set(PfRequest::Nothing);

const fn ids(user: Option<u64>, profile: Option<u64>) -> LinkRequest {
    LinkRequest::Set(PfRequest::Ids { user, profile })
}

/// The row that is written, and its ids afterwards.
fn linked(agent: &str, row: Option<u64>, request: LinkRequest) -> Result<(u64, Option<u64>, Option<u64>), String> {
    let link = ManualLink::new(&slug(agent), row, request, &roster(&["sara", "omar", "lina"]), &observed());
    let link = link.map_err(|refusal| refusal.to_string())?;
    let carried = (request != LinkRequest::Release).then(|| agent.to_owned());
    assert_eq!(link.links.agent, carried);
    Ok((link.crm.id, link.links.pf_user, link.links.pf_profile))
}

#[test]
fn one_row_gets_the_slug_and_the_ids_that_were_asked_for() {
    let table = [
        ("sara", None, ids(Some(9), None), (3, Some(9), Some(1009))),
        ("sara", None, ids(Some(9), Some(1009)), (3, Some(9), Some(1009))),
        ("sara", Some(3), ids(None, Some(1009)), (3, Some(9), Some(1009))),
        ("omar", None, NOTHING, (4, None, None)),
        ("omar", Some(4), KEEP, (4, Some(7), Some(1007))),
        ("omar", None, ids(Some(9), None), (4, Some(9), Some(1009))),
        // A row of a file that was renamed, and one that was never linked.
        ("lina", Some(5), KEEP, (5, None, None)),
        ("lina", Some(6), KEEP, (6, Some(8), Some(1008))),
        ("sara", None, LinkRequest::Release, (3, None, None)),
        ("gone", None, LinkRequest::Release, (5, None, None)),
        ("sara", Some(6), LinkRequest::Release, (6, None, None)),
    ];
    for (agent, row, request, want) in table {
        assert_eq!(linked(agent, row, request), Ok(want), "{agent} {row:?} {request:?}");
    }
}

#[test]
fn a_slug_or_an_id_of_another_row_is_refused() {
    let table = [
        (
            "sara",
            Some(6),
            KEEP,
            "crm 3 carries the slug sara: release it first, with `roster link sara --release --crm 3`",
        ),
        (
            "lina",
            Some(4),
            KEEP,
            "crm 4 is linked to omar, which has a file: release it first, with `roster link omar --release`",
        ),
        (
            "sara",
            None,
            ids(Some(7), None),
            "crm 4 stores pf 7: release it first, with `roster link omar --release --crm 4`",
        ),
        (
            "sara",
            None,
            ids(None, Some(1008)),
            "crm 6 stores pf 8: release it first, with `roster link sara --release --crm 6`",
        ),
        ("sara", Some(99), KEEP, "the CRM has no user 99"),
        ("sara", None, ids(Some(99), None), "Property Finder has no user 99"),
        ("sara", None, ids(None, Some(99)), "no user of Property Finder has the public profile 99"),
        ("sara", None, ids(Some(9), Some(1008)), "the public profile 1008 is not that of pf 9"),
        ("lina", None, KEEP, "no CRM row carries the slug lina: name a row with --crm ID"),
        ("nobody", Some(6), KEEP, "no agent file is named nobody.yaml"),
        ("sara", Some(4), LinkRequest::Release, "crm 4 does not carry the slug sara, but omar"),
    ];
    for (agent, row, request, want) in table {
        assert_eq!(linked(agent, row, request), Err(want.to_owned()), "{agent} {row:?} {request:?}");
    }
}

#[test]
fn of_two_rows_with_one_slug_the_row_is_named() {
    let observed = Observed {
        crm: vec![crm(3, Some("sara"), None, None), crm(9, Some("sara"), None, None)],
        ..Observed::default()
    };
    let link = |row| ManualLink::new(&slug("sara"), row, LinkRequest::Release, &roster(&["sara"]), &observed);
    let several = LinkRefusal::SeveralRows { slug: slug("sara"), rows: vec![3, 9] };
    assert_eq!(link(None), Err(several));
    assert_eq!(link(Some(9)).map(|link| link.crm.id), Ok(9));
}

#[test]
fn the_memory_stays_with_its_property_finder_user() {
    let text = r#"{"v":1,"since":2014}"#.to_owned();
    let row = |memory: &str| {
        let links = LinkValues { memory: Some(memory.to_owned()), ..crm(4, Some("omar"), Some(7), None).links.clone() };
        Arc::new(ObservedCrmUser { id: 4, links, ..ObservedCrmUser::default() })
    };
    let memory = |memory: &str, request| {
        let observed = Observed { crm: vec![row(memory)], pf: vec![pf(7), pf(9)], ..Observed::default() };
        ManualLink::new(&slug("omar"), None, request, &roster(&["omar"]), &observed).unwrap().links.memory
    };
    assert_eq!(memory(&text, KEEP), Some(text.clone()));
    assert_eq!(memory(&text, ids(Some(7), None)), Some(text.clone()));
    assert_eq!(memory(&text, ids(Some(9), None)), None);
    assert_eq!(memory(&text, NOTHING), None);
    assert_eq!(memory("not a memory", KEEP), None);
}

#[test]
fn stored_ids_that_another_row_stores_too_are_refused_without_an_option() {
    let mut observed = observed();
    observed.crm.push(crm(9, Some("lina"), Some(7), Some(1007)));
    let link = ManualLink::new(&slug("omar"), None, KEEP, &roster(&["omar", "lina"]), &observed);
    let why = link.unwrap_err();
    assert_eq!(why, LinkRefusal::PfIsTaken { pf: 7, crm: 9, slug: "lina".to_owned() });
    assert!(why.is_conflict());
    assert!(ManualLink::new(&slug("omar"), None, NOTHING, &roster(&["omar", "lina"]), &observed).is_ok());
}

#[test]
fn a_row_with_an_unreadable_link_field_does_not_hold_the_link() {
    let link = ManualLink::new(&slug("sara"), None, LinkRequest::Release, &roster(&[]), &observed()).unwrap();
    let empty = ObservedCrmUser { id: 3, ..ObservedCrmUser::default() };
    assert!(link.is_held_by(&empty));
    let unreadable = ObservedCrmUser { unreadable_links: vec!["12 (pf_user)".to_owned()], ..empty.clone() };
    assert!(!link.is_held_by(&unreadable));
    assert!(!link.is_held_by(&ObservedCrmUser { unreadable_slug: Some("11 (agent)".to_owned()), ..empty }));
}
