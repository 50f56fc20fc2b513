#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::type_complexity)]

use super::*;
use crate::model::agent::{Field, FieldValue, Slug};
use crate::model::config::Config;
use crate::model::record::{Record, System};
use crate::reconcile::diff::{Change, Class};
use crate::reconcile::matching::Orphan;
use crate::reconcile::memory::Memory;
use crate::reconcile::plan::PersonPlan;

fn person(number: usize, operation: Operation, class: Class) -> PersonPlan {
    let change = Change {
        field: Field::Licence,
        before: "1".into(),
        after: "2".into(),
        class,
        readable: class != Class::First,
        sent: None,
    };
    let remote_id = (operation != Operation::Create).then_some(number as u64);
    PersonPlan {
        slug: Slug::parse(&format!("agent-{number}")).unwrap(),
        file: format!("agents/agent-{number}.yaml"),
        actions: vec![Action { system: System::Pf, operation, remote_id, fields: vec![change] }],
        blocked: None,
        after: Vec::new(),
        crm: None,
        pf: None,
        crm_desired: Record::new(),
        pf_desired: Record::new(),
        pf_live: Record::new(),
        memory: Memory::default(),
        login: String::new(),
        leaving: None,
        unexplained_activation: false,
        same_person: Vec::new(),
    }
}

fn plan(people: usize, operation: Operation, population: usize) -> Plan {
    Plan {
        people: (0..people).map(|number| person(number, operation, Class::Change)).collect(),
        population,
        files: population.max(people),
        orphans_block: true,
        ..Plan::default()
    }
}

/// For each operation: the largest number let through, below the floor and above it.
#[test]
fn one_more_than_the_limit_is_blocked() {
    let limits = Config::default().limits;
    let table = [
        (Operation::Create, 9, 10),
        (Operation::Create, 100, 20),
        (Operation::Update, 9, 25),
        (Operation::Update, 200, 60),
        (Operation::Deactivate, 9, 5),
        (Operation::Deactivate, 10, 5),
        (Operation::Deactivate, 139, 6),
        (Operation::Deactivate, 140, 7),
        (Operation::Activate, 200, 10),
        (Operation::Adopt, 200, 0),
        (Operation::Delete, 200, 0),
        (Operation::Rename, 9, 25),
        (Operation::Rename, 200, 60),
    ];
    for (operation, population, most) in table {
        for (people, stopped) in [(most.max(1) - 1, false), (most, false), (most + 1, true)] {
            let blocks = guard(&plan(people, operation, population), &limits, &[], None);
            assert_eq!(blocks.len(), usize::from(stopped), "{operation:?} {people} of {population}");
            if let Some(block) = blocks.first() {
                assert_eq!((block.guard.key(), block.limit, block.actual), (operation.key(), most, people));
            }
        }
    }
}

#[test]
fn links_releases_and_first_fields_are_counted_by_no_guard() {
    let limits = Config::default().limits;
    for operation in [Operation::Link, Operation::Release] {
        assert!(guard(&plan(500, operation, 500), &limits, &[], None).is_empty());
    }
    let mut first = plan(0, Operation::Update, 500);
    first.people = (0..500).map(|number| person(number, Operation::Update, Class::First)).collect();
    // A field that every visitor sees: only the documented contract does not return it.
    assert_eq!((guard(&first, &limits, &[], None).len(), first.count(Operation::Update)), (1, 500));
    for person in &mut first.people {
        person.actions[0].fields[0].field = Field::Languages;
    }
    assert!(guard(&first, &limits, &[], None).is_empty());
    assert_eq!(first.count(Operation::Update), 0);
}

#[test]
fn only_the_digest_of_exactly_these_actions_accepts_them() {
    let limits = Config::default().limits;
    let stopped = plan(26, Operation::Update, 9);
    let digest = guard(&stopped, &limits, &[], None)[0].digest.clone().unwrap();
    assert!(guard(&stopped, &limits, std::slice::from_ref(&digest), None).is_empty());
    assert!(guard(&stopped, &limits, &[whole_digest(&stopped, None)], None).is_empty());
    assert_eq!(guard(&stopped, &limits, &["0".repeat(32)], None).len(), 1);

    let differs: [fn(&mut PersonPlan); 5] = [
        |person| person.slug = Slug::parse("other").unwrap(),
        |person| person.actions[0].remote_id = Some(999),
        |person| person.actions[0].system = System::Crm,
        |person| person.actions[0].fields[0].before = FieldValue::Nothing,
        |person| person.actions[0].fields[0].after = "3".into(),
    ];
    for change in differs {
        let mut other = stopped.clone();
        change(&mut other.people[7]);
        assert_eq!(guard(&other, &limits, std::slice::from_ref(&digest), None).len(), 1);
    }

    // A moved file, or another class, is not another decision.
    let mut same = stopped;
    same.people[7].file = "agents/elsewhere/agent-7.yaml".to_owned();
    same.people[7].actions[0].fields[0].class = Class::Adopt;
    assert!(guard(&same, &limits, &[digest], None).is_empty());
}

#[test]
fn orphans_block_unless_configured_to_warn_and_an_empty_folder_always_blocks() {
    let limits = Config::default().limits;
    let orphan = Orphan { crm: 5, agent: "gone".to_owned(), pf_user: None };
    let mut orphaned = Plan { orphans: vec![orphan], files: 3, orphans_block: true, ..Plan::default() };
    let guards =
        |plan: &Plan| guard(plan, &limits, &[], None).iter().map(|block| block.guard.key()).collect::<Vec<_>>();
    assert_eq!(guards(&orphaned), ["orphans"]);
    orphaned.orphans_block = false;
    assert!(guards(&orphaned).is_empty());
    orphaned.files = 0;
    assert_eq!(guards(&orphaned), ["empty"]);
}

/// For each mixture of people activated because their file says so, and because somebody deactivated them by hand.
#[test]
fn users_deactivated_by_hand_have_their_own_limit() {
    let mut limits = Config::default().limits;
    let table: [(usize, usize, u32, &[(&str, usize, usize)]); 7] = [
        // changed, drifted, the limit of activate_drift, (guard, limit, actual)
        (5, 0, 0, &[]),
        (6, 0, 0, &[("activate", 5, 6)]),
        (0, 1, 0, &[("activate_drift", 0, 1)]),
        (5, 1, 1, &[]),
        (5, 2, 1, &[("activate_drift", 1, 2)]),
        (0, 9, 9, &[]),
        (6, 1, 0, &[("activate", 5, 6), ("activate_drift", 0, 1)]),
    ];
    for (changed, drifted, limit, want) in table {
        limits.activate_drift.count = limit;
        let mut switched = plan(changed + drifted, Operation::Activate, 9);
        switched.people.iter_mut().take(drifted).for_each(|person| person.unexplained_activation = true);
        let blocks = guard(&switched, &limits, &[], None);
        let got: Vec<_> = blocks.iter().map(|block| (block.guard.key(), block.limit, block.actual)).collect();
        assert_eq!(got, want, "{changed} changed, {drifted} drifted, {limit} let through");
        // A digest lets exactly its own people through.
        for block in &blocks {
            let left = guard(&switched, &limits, block.digest.as_slice(), None);
            assert_eq!(left.len(), blocks.len() - 1, "{}", block.guard.key());
        }
        assert_eq!(switched.count(Operation::Activate), changed + drifted);
        // Only activations: drift of another kind is an update like any other.
        let mut updated = plan(9, Operation::Update, 9);
        updated.people.iter_mut().for_each(|person| person.actions[0].fields[0].class = Class::Drift);
        assert!(guard(&updated, &limits, &[], None).is_empty());
    }
}

/// The share counts from exactly as many linked people as `min_population` says.
#[test]
fn a_share_is_taken_of_min_population_people_and_more() {
    let limit = GuardLimit { count: 5, percent: Some(80) };
    let table = [(0, 0, 5), (9, 10, 5), (10, 10, 8), (11, 10, 8), (0, 1, 5), (1, 1, 5), (20, 20, 16), (19, 20, 5)];
    for (population, min_population, want) in table {
        assert_eq!(allowed(limit, population, min_population), want, "{population} of {min_population}");
    }
    assert_eq!(allowed(GuardLimit { count: 5, percent: None }, 1000, 10), 5);
}

/// The sentence for people: how many, what, and how many are let through.
#[test]
fn a_block_names_the_counted_things_in_singular_and_plural() {
    let mut limits = Config::default().limits;
    let none = GuardLimit { count: 0, percent: None };
    (limits.create, limits.update, limits.deactivate, limits.activate) = (none, none, none, none);
    let words = [
        (Operation::Create, false, ["person would be created", "people would be created"]),
        (Operation::Update, false, ["person would be changed", "people would be changed"]),
        (Operation::Deactivate, false, ["person would be deactivated", "people would be deactivated"]),
        (Operation::Activate, false, ["person would be activated", "people would be activated"]),
        (Operation::Delete, false, ["person would be deleted from the CRM", "people would be deleted from the CRM"]),
        (
            Operation::Activate,
            true,
            [
                "person would be activated without a known change of the file",
                "people would be activated without a known change of the file",
            ],
        ),
        (Operation::Adopt, false, ["existing account would be taken over", "existing accounts would be taken over"]),
    ];
    for (operation, unexplained, [one, more]) in words {
        for (people, would) in [(1, one), (2, more)] {
            let mut stopped = plan(people, operation, 9);
            stopped.people.iter_mut().for_each(|person| person.unexplained_activation = unexplained);
            let blocks = guard(&stopped, &limits, &[], None);
            let digest = blocks[0].digest.clone().unwrap();
            let allow = format!("To allow exactly these actions: roster apply --accept {digest}");
            let want = format!("{people} {would} (limit: 0). {allow}");
            assert_eq!(blocks[0].message, want);
        }
    }
    // A summary counts these two apart from those to change, so the block names them.
    let mut mixed = plan(3, Operation::Update, 9);
    mixed.people[0].actions[0].fields[0].class = Class::Drift;
    mixed.people[1].actions[0].fields[0].class = Class::Conflict;
    let message = &guard(&mixed, &limits, &[], None)[0].message;
    assert!(
        message.starts_with("3 people would be changed, 2 of them with a conflict or drift (limit: 0)."),
        "{message}"
    );
    let orphans = |slugs: &[&str]| {
        let orphans = slugs.iter().map(|slug| Orphan { crm: 5, agent: (*slug).to_owned(), pf_user: None }).collect();
        let plan = Plan { orphans, files: 3, orphans_block: true, ..Plan::default() };
        guard(&plan, &limits, &[], None)[0].message.split(';').next().unwrap_or_default().to_owned()
    };
    assert_eq!(orphans(&["a"]), "the CRM has links of an agent without a file: a (crm 5)");
    assert_eq!(orphans(&["a", "b"]), "the CRM has links of agents without a file: a (crm 5), b (crm 5)");
}
