//! The page as a whole: its policy, what it never shows, where it links to, and its first sentence.

use base64::Engine as _;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::plan;
use super::{Everything, SUBJECTS, action, all_fields, change, person, read};
use crate::apply::{Applied, Outcome};
use crate::model::agent::{Field, Slug};
use crate::model::exit_code::Exit;
use crate::model::record::{Record, System};
use crate::model::roster::Roster;
use crate::reconcile::diff::Change;
use crate::reconcile::observed::ObservedCrmUser;
use crate::reconcile::plan::{Block, Operation, PersonPlan, Plan};
use crate::report::html::unix;
use crate::report::{Report, ReportOrigin, ReportSubject};

#[test]
fn the_policy_names_what_the_page_holds_and_nothing_loads() {
    for subject in SUBJECTS {
        let read = read(&Everything::of(subject, "x").page());
        let policy = read.attributes.iter().find(|(_, _, value)| value.starts_with("default-src")).unwrap();
        let [(style, css), (script, js)] = &read.code[..] else { panic!("{:?}", read.code.len()) };
        assert_eq!((style.as_str(), script.as_str()), ("style", "script"));
        for (directive, code) in [("style-src", css), ("script-src", js)] {
            let hash = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(code));
            assert!(policy.2.contains(&format!("{directive} 'sha256-{hash}';")), "{policy:?}");
        }
        assert!(!policy.2.contains("unsafe") && !policy.2.contains("http"), "{policy:?}");
        let loads = ["img", "iframe", "object", "embed", "form", "base", "audio", "video", "frame", "source", "svg"];
        for element in &read.elements {
            let name = element.split(' ').nth(1).unwrap();
            assert!(!loads.contains(&name), "{element}");
        }
        assert!(!css.contains("url(") && !css.contains("@import"));
    }
}

#[test]
fn style_and_script_cannot_end_early_and_match_their_hashes() {
    for code in [include_str!("../page.css"), include_str!("../page.js")] {
        assert!(!code.contains("</") && !code.contains("<!--"));
        assert!(!unix(code).contains('\r'));
    }
    assert_eq!(unix("a\r\nb"), "a\nb");
}

#[test]
fn private_values_are_nowhere_on_the_page() {
    const CANARY: &str = "canary-7f3a";
    for subject in SUBJECTS {
        let mut all = Everything::of(subject, "x");
        for person in &mut all.plan.people {
            person.login = CANARY.to_owned();
            let record = Record::from_iter([(Field::Login, CANARY.into())]);
            person.crm = Some(ObservedCrmUser { id: 3, record, ..ObservedCrmUser::default() }.into());
            for record in [&mut person.pf_live, &mut person.pf_desired, &mut person.crm_desired] {
                record
                    .extend(all_fields("x").into_iter().filter(Field::is_private).map(|field| (field, CANARY.into())));
            }
            let changes = person.actions.iter_mut().flat_map(|action| &mut action.fields);
            for change in changes.filter(|change| change.field.is_private()) {
                (change.before, change.after) = (CANARY.into(), format!("{CANARY}-2").into());
            }
        }
        assert!(!all.page().contains(CANARY), "{subject:?}");
    }
}

#[test]
fn links_lead_only_to_lines_of_a_known_repository() {
    let mut all = Everything::of(ReportSubject::Plan, "x");
    all.origin = ReportOrigin {
        commit: Some("0123456789abcdef".to_owned()),
        folder: "offices/dubai & co/".to_owned(),
        web: Some("https://github.com/palmgate/agents".to_owned()),
    };
    let links = |all: &Everything| {
        let found =
            read(&all.page()).attributes.into_iter().filter(|(element, name, _)| element == "a" && name == "href");
        found.map(|(_, _, value)| value).filter(|value| !value.starts_with('#')).collect::<Vec<_>>()
    };
    let found = links(&all);
    assert_eq!(found[0], "https://github.com/palmgate/agents/commit/0123456789abcdef");
    let file = "https://github.com/palmgate/agents/blob/0123456789abcdef/offices/dubai%20%26%20co/agents/changed.yaml";
    assert!(found.iter().any(|link| link == file), "{found:?}");
    assert!(found.iter().any(|link| *link == format!("{file}#L3")), "{found:?}");
    // The address of a public photo is the only other one.
    let photo = |address: &str| change(Field::Photo, json!(null), json!(address));
    let photos = [photo("https://cdn.example/sara.jpg"), photo("http://cdn.example/no.jpg"), photo("ftp://x/no.jpg")];
    let mut with_photos = Everything::of(ReportSubject::Plan, "x");
    with_photos.origin.web = None;
    for photo in photos {
        with_photos.plan.people =
            vec![person("changed", vec![action(System::Pf, Operation::Update, vec![photo.clone()])])];
        let linked = links(&with_photos);
        let is_https = photo.after.as_text().is_some_and(|address| address.starts_with("https:"));
        let own = linked.iter().all(|link| Some(link.as_str()) == photo.after.as_text());
        assert!(own && linked.is_empty() != is_https, "{linked:?}");
    }
    for web in [None, Some("javascript:alert(1)//"), Some("http://github.com/a/b"), Some("//x"), Some("x")] {
        all.origin.web = web.map(str::to_owned);
        assert_eq!(links(&all), Vec::<String>::new(), "{web:?}");
    }
}

#[test]
fn a_photo_is_linked_by_its_name_before_and_after_and_a_private_one_is_not_shown() {
    let version = |digit: &str| format!("agents/photos/sara.jpg?v={}", digit.repeat(16));
    let of_hash = |field: Field, sent: &str, after: &str| {
        let sent = Some(sent.into());
        Change { readable: false, sent, ..change(field, json!("#0123456789abcdef"), json!(after)) }
    };
    let in_crm = vec![
        of_hash(Field::Photo, &version("a"), &version("b")),
        of_hash(Field::PrivatePhoto, "agents/canary.jpg?v=1", "agents/canary.jpg?v=2"),
    ];
    let at_pf = vec![of_hash(Field::Photo, "https://cdn.example/p/old.jpg?v=1", "https://cdn.example/p/new.jpg?v=2")];
    let mut all = Everything::of(ReportSubject::Plan, "x");
    all.origin = ReportOrigin {
        commit: Some("0123456789abcdef".to_owned()),
        folder: String::new(),
        web: Some("https://github.com/palmgate/agents".to_owned()),
    };
    all.plan.people = vec![person(
        "sara-khan",
        vec![action(System::Crm, Operation::Update, in_crm), action(System::Pf, Operation::Update, at_pf)],
    )];
    let page = all.page();
    assert!(!page.contains("canary"), "{page}");
    for (element, name, address) in [
        ("del", "old.jpg", "https://cdn.example/p/old.jpg?v=1"),
        ("ins", "new.jpg", "https://cdn.example/p/new.jpg?v=2"),
    ] {
        let link = format!(
            "<{element}><a href=\"{address}\" rel=\"noopener noreferrer\">{name}</a> <bdi class=\"address\">{address}</bdi></{element}>"
        );
        assert_eq!(page.matches(&link).count(), 2, "in the table and on the profile: {link}");
    }
    // The picture before had the same path, at the commit of the base.
    let sides = [("del", "fedcba9876543210", version("a")), ("ins", "0123456789abcdef", version("b"))];
    for (element, commit, address) in sides {
        let file = format!("https://github.com/palmgate/agents/blob/{commit}/agents/photos/sara.jpg");
        let link =
            format!("<{element}><a href=\"{file}\">sara.jpg</a> <bdi class=\"address\">{address}</bdi></{element}>");
        assert!(page.contains(&link), "{link}");
    }
    // What is no address is no link.
    for text in ["javascript:alert(1)", "http://cdn.example/x.jpg", "//x", "https://a b", "data:image/png;base64,x"] {
        all.plan.people = vec![person(
            "sara-khan",
            vec![action(System::Pf, Operation::Update, vec![of_hash(Field::Photo, text, text)])],
        )];
        let links =
            read(&all.page()).attributes.into_iter().filter(|(element, name, _)| element == "a" && name == "href");
        let foreign: Vec<String> = links
            .map(|(_, _, value)| value)
            .filter(|value| !value.starts_with('#') && !value.starts_with("https://github.com/palmgate/"))
            .collect();
        assert_eq!(foreign, [""; 0], "{text}");
    }
}

/// The first sentence of the page, and what stands below it.
fn lead(report: &Report<'_>) -> String {
    let page = plan(report);
    let (_, rest) = page.split_once("<p class=\"lead\">").unwrap();
    let (text, _) = rest.split_once("<dl").unwrap();
    read(&text.replace("</p>", " ")).text.trim().to_owned()
}

#[test]
fn the_first_sentence_describes_the_page() {
    let (origin, roster) = (ReportOrigin::default(), Roster::default());
    let status = |before, after| vec![change(Field::Status, json!(before), json!(after))];
    let people = |count: usize| {
        let mut people = vec![
            person("a", vec![action(System::Crm, Operation::Create, vec![])]),
            person("b", vec![action(System::Pf, Operation::Deactivate, status("active", "inactive"))]),
            PersonPlan { blocked: Some(Block::Saved("why".to_owned())), ..person("c", vec![]) },
        ];
        people.truncate(count);
        Plan { people, unchanged: 143, ..Plan::default() }
    };
    let table = [
        (ReportSubject::Plan, 0, "Nothing changes: both systems agree with the files."),
        (ReportSubject::Plan, 1, "1 person changes, 143 stay as they are. 1 is new"),
        (
            ReportSubject::Plan,
            3,
            "2 people change, 1 is blocked, 143 stay as they are. 1 goes offline at Property Finder · 1 is new",
        ),
        (ReportSubject::Drift, 0, "No differences: both systems agree with the files."),
        (ReportSubject::Drift, 2, "2 people differ from the files, 143 stay as they are."),
    ];
    for (subject, count, want) in table {
        let plan = people(count);
        assert_eq!(lead(&Report::new(subject, &origin, &plan, &roster)), want);
    }
    let plan = Plan::default();
    let new = || Report::new(ReportSubject::Plan, &origin, &plan, &roster);
    assert_eq!(
        lead(&Report { complete: false, unread: &["crm: 503".to_owned()], ..new() }),
        "The result is unknown until both systems can be read."
    );
    assert_eq!(
        lead(&Report { exit: Exit::Invalid, ..new() }),
        "The files hold 0 mistakes, so nothing was read and nothing is written."
    );
    let applied = |outcome| {
        let agent = Slug::parse("a").unwrap();
        vec![Applied { agent, file: "agents/a.yaml".to_owned(), done: vec![], outcome }]
    };
    let lead_of =
        |applied: &[Applied]| lead(&Report { subject: ReportSubject::Apply, applied: Some(applied), ..new() });
    let done = applied(Outcome::Done);
    let interrupted = Report { subject: ReportSubject::Apply, applied: Some(&done), exit: Exit::Interrupted, ..new() };
    assert_eq!(lead(&interrupted), "Interrupted: done for 1 of 1 person, and not read back.");
    assert_eq!(lead_of(&done), "Done for 1 person: both systems were read back and agree.");
    assert_eq!(
        lead_of(&applied(Outcome::Failed("422".to_owned()))),
        "Done for 0 of 1 person; the rest is named below."
    );
}

#[test]
fn people_are_listed_under_the_first_category_that_fits() {
    let headings = |subject| {
        let read = read(&Everything::of(subject, "x").page());
        let ids = read.attributes.iter().filter(|(element, name, _)| element == "h2" && name == "id");
        let ids = ids.filter_map(|(_, _, id)| id.strip_prefix("kind-").map(str::to_owned));
        ids.collect::<Vec<_>>()
    };
    assert_eq!(headings(ReportSubject::Plan), ["blocked", "departure", "conflict", "change"]);
    assert_eq!(headings(ReportSubject::Drift), ["blocked", "drift"]);
}
