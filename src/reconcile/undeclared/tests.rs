#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::sync::Arc;

use serde_json::json;

use super::*;
use crate::model::record::record_of;
use crate::reconcile::observed::{LinkValues, PfFields};

fn person(slug: &str, record: Record) -> Declaration {
    Declaration {
        slug: Slug::parse(slug).unwrap(),
        file: format!("agents/{slug}.yaml"),
        status: Status::Active,
        record,
        clears_descriptions: false,
        lines: Vec::new(),
        handover: None,
    }
}

fn observed(slug: &str, crm: Record, pf: Record) -> Observed {
    let links = LinkValues { agent: Some(slug.to_owned()), pf_user: Some(7), ..LinkValues::default() };
    let user =
        ObservedPfUser { id: 7, fields: PfFields { record: pf, ..PfFields::default() }, ..ObservedPfUser::default() };
    Observed {
        crm: vec![Arc::new(ObservedCrmUser { id: 1, links, record: crm, ..ObservedCrmUser::default() })],
        pf: vec![Arc::new(user)],
        ..Observed::default()
    }
}

fn look(roster: &Roster, observed: &Observed) -> UndeclaredValues {
    let key = SecretString::from("a key of twenty letters");
    let scope = LookScope {
        agent: &|_| true,
        system: None,
        day: "2026-11-30".to_owned(),
        key: &key,
        pf_desired: &Record::clone,
        is_printable: &|path| !path.contains('@'),
    };
    UndeclaredValues::of(roster, observed, &scope)
}

fn bio(text: &str) -> Record {
    record_of([(Field::Description("en".into()), json!(text))])
}

#[test]
fn a_value_that_no_file_declares_is_compared_with_the_last_look() {
    let declared = record_of([(Field::Phone, json!("+971501234567"))]);
    let roster = |record: Record| Roster { people: [person("sara", record)].map(|one| (one.slug.clone(), one)).into() };
    let files = roster(declared.clone());
    let crm = |position: &str| {
        let position = (Field::Position("en".into()), json!(position));
        record_of([(Field::Phone, json!("+971500000000")), position])
    };
    let first = look(&files, &observed("sara", crm("Broker"), bio("Sells homes.")));
    assert_eq!(first.count(), 2, "a declared field is not among them: {first:?}");
    assert!(!serde_json::to_string(&first).unwrap().contains("homes"), "a look holds no value");
    let words = |now: &UndeclaredValues, roster: &Roster| -> Vec<String> {
        now.changes_since(&first, roster).iter().map(ToString::to_string).collect()
    };
    let same = look(&files, &observed("sara", crm("Broker"), bio(" Sells homes. ")));
    assert_eq!(words(&same, &files), Vec::<String>::new());
    let edited = look(&files, &observed("sara", crm("Broker"), bio("Sells villas.")));
    assert_eq!(words(&edited, &files).len(), 1);
    assert!(
        words(&edited, &files)[0].starts_with("agents/sara.yaml: `public.descriptions.en` was changed in Property")
    );
    let removed = look(&files, &observed("sara", crm(""), Record::new()));
    assert_eq!(words(&removed, &files).len(), 2, "{:?}", words(&removed, &files));
    // The file declares the text by now, and another person was not looked at before.
    let now_declared = roster(declared.into_iter().chain(bio("Sells villas.")).collect());
    let edited = look(&now_declared, &observed("sara", crm("Broker"), bio("Sells villas.")));
    assert_eq!(words(&edited, &now_declared), Vec::<String>::new());
    let other = Roster { people: [person("omar", Record::new())].map(|one| (one.slug.clone(), one)).into() };
    let mut second = observed("omar", crm("Broker"), Record::new());
    second.pf.clear();
    Arc::make_mut(&mut second.crm[0]).id = 2;
    assert_eq!(words(&look(&other, &second), &other), Vec::<String>::new());
}

#[test]
fn a_look_at_one_agent_keeps_the_looks_at_the_others() {
    let files = |slug: &str| Roster { people: [person(slug, Record::new())].map(|one| (one.slug.clone(), one)).into() };
    let both = Roster {
        people: ["sara", "omar"].map(|slug| person(slug, Record::new())).map(|one| (one.slug.clone(), one)).into(),
    };
    let sara = look(&files("sara"), &observed("sara", bio("x"), Record::new()));
    let omar = look(&files("omar"), &observed("omar", bio("y"), Record::new()));
    assert_eq!(omar.over(&sara, &both).agents.len(), 2);
}

#[test]
fn only_the_same_row_and_the_same_declaration_are_compared() {
    let roster = |slug: &str, record: Record| Roster {
        people: [person(slug, record)].map(|one| (one.slug.clone(), one)).into(),
    };
    let declared = look(&roster("sara", bio("x")), &observed("sara", bio("x"), Record::new()));
    let files = roster("sara", Record::new());
    let undeclared = look(&files, &observed("sara", bio("x"), Record::new()));
    assert_eq!(undeclared.changes_since(&declared, &files), [], "the file stopped to declare it");
    // A renamed file is compared with the look at its row, and another row with nothing.
    let renamed = roster("sara-khan", Record::new());
    let mut edited = observed("sara-khan", bio("y"), Record::new());
    assert_eq!(look(&renamed, &edited).changes_since(&undeclared, &renamed).len(), 1);
    Arc::make_mut(&mut edited.crm[0]).id = 2;
    assert_eq!(look(&renamed, &edited).changes_since(&undeclared, &renamed), []);
    // Two rows of one slug: the plan blocks the person.
    let again = edited.crm[0].clone();
    edited.crm.push(again);
    assert_eq!(look(&renamed, &edited).count(), 0);
}

#[test]
fn a_name_of_a_field_that_may_not_be_printed_is_not_looked_at() {
    let files = Roster { people: [person("sara", Record::new())].map(|one| (one.slug.clone(), one)).into() };
    let fields = record_of([
        (Field::Custom("sara@palmgate.example".into()), json!("x")),
        (Field::Custom("7".into()), json!("y")),
    ]);
    assert_eq!(look(&files, &observed("sara", fields, Record::new())).count(), 1);
}
