#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};
use strum::VariantArray as _;

use super::*;
use crate::model::agent::Field;
use crate::model::record::System;
use crate::reconcile::diff::Change;
use crate::reconcile::plan::{Action, Block};
use crate::report::review_category::ReviewCategory;
use crate::report::terminal;
use crate::report::tests::{action, change, person, roster};
use crate::report::{Report, ReportOrigin, markdown};
use crate::report::{ReportFormat, document};

const CLASSES: [Class; 5] = [Class::Change, Class::Drift, Class::Conflict, Class::Adopt, Class::First];

fn any_action() -> impl Strategy<Value = Action> {
    let operation = proptest::sample::select(Operation::ALL.to_vec());
    let class = proptest::sample::select(CLASSES.to_vec());
    (any::<bool>(), operation, class).prop_map(|(in_crm, operation, class)| {
        let phone = change(Field::Phone, json!("+971501111111"), json!("+971502222222"));
        action(if in_crm { System::Crm } else { System::Pf }, operation, vec![Change { class, ..phone }])
    })
}

fn any_plan() -> impl Strategy<Value = Plan> {
    let one = (proptest::collection::vec(any_action(), 1..4), proptest::bool::weighted(0.2));
    (proptest::collection::vec(one, 0..14), 0..200_usize).prop_map(|(people, unchanged)| {
        let one = |(at, (actions, blocked)): (usize, (Vec<Action>, bool))| {
            let blocked = blocked.then_some(Block::Protected);
            let actions = if blocked.is_some() { Vec::new() } else { actions };
            PersonPlan { blocked, ..person(&format!("p-{at}"), actions) }
        };
        let people = people.into_iter().enumerate().map(one).collect();
        Plan { people, unchanged, base: Some("main".to_owned()), ..Plan::default() }
    })
}

/// Numbers by their names, without those that are 0.
type Numbers = BTreeMap<String, usize>;

fn nonzero<'n>(numbers: impl IntoIterator<Item = (&'n str, usize)>) -> Numbers {
    numbers.into_iter().filter(|(_, count)| *count > 0).map(|(name, count)| (name.to_owned(), count)).collect()
}

fn in_json(report: &Report<'_>) -> (Numbers, usize) {
    let document: Value = serde_json::from_str(&document(ReportFormat::Json, report, usize::MAX)).unwrap();
    let number = |value: &Value| usize::try_from(value.as_u64().unwrap()).unwrap();
    let totals = document["totals"].as_object().unwrap();
    let people = number(&totals["people"]);
    let all = totals.iter().filter(|(name, _)| *name != "people");
    let numbers = nonzero(all.map(|(name, count)| (name.as_str(), number(count))));
    for (name, count) in numbers.iter().filter(|(name, _)| *name != "unchanged") {
        let listed = document["people"].as_array().unwrap().iter().filter(|person| person["category"] == **name);
        assert_eq!(listed.count(), *count, "{name}");
    }
    (numbers, people)
}

/// `Plan: 1 to create, 2 to update · 3 drift`.
fn in_terminal(report: &Report<'_>) -> Numbers {
    let line = terminal::summary(report);
    let (_, numbers) = line.split_once(": ").unwrap();
    // A note in brackets is about people who are counted before it.
    let numbers: String = numbers.split('(').map(|part| part.split_once(") ").map_or(part, |(_, rest)| rest)).collect();
    let one = |part: &str| {
        let (count, what) = part.split_once(' ')?;
        let name = match what {
            "with ids to connect" => "link",
            "conflicts" => "conflict",
            "cannot be compared" => "blocked",
            _ if what.contains("from main") => "drift",
            _ => what.strip_prefix("to ").unwrap_or(what),
        };
        Some((name.to_owned(), count.parse().ok()?))
    };
    let all: Vec<(String, usize)> = numbers.split([',', '·']).filter_map(|part| one(part.trim())).collect();
    nonzero(all.iter().map(|(name, count)| (name.as_str(), *count)))
}

/// How many people of other categories are created too, as a text has it.
fn also_created(text: &str) -> usize {
    let number =
        |words: &str| text.split_once(words).and_then(|(before, _)| before.rsplit(['(', '\n']).next()?.parse().ok());
    number(" of them is also created").or_else(|| number(" of them are also created")).unwrap_or_default()
}

/// The table, and the numbers of the headings.
fn in_markdown(report: &Report<'_>) -> (Numbers, Numbers) {
    let text = markdown::plan(report, usize::MAX);
    let cells = |line: &str| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    let table: Vec<Vec<String>> = text.lines().filter(|line| line.starts_with('|')).map(cells).collect();
    // Below the heading and the rule.
    let rows = table.iter().skip(2).map(|cells| (cells[0].as_str(), cells[1].parse().unwrap()));
    let numbers = nonzero(rows.map(|(name, count)| (if name == "not compared" { "blocked" } else { name }, count)));
    let heading = |line: &'_ str| {
        let (title, count) = line.strip_prefix("#### ")?.split_once(" (")?;
        Some((title.to_owned(), count.trim_end_matches(')').parse().ok()?))
    };
    (numbers, text.lines().filter_map(heading).collect())
}

/// The numbers of the filter, of the headings, and of the cards under them.
fn in_html(report: &Report<'_>) -> [Numbers; 3] {
    let page = document(ReportFormat::Html, report, usize::MAX);
    let number = |before: &str| {
        let (_, rest) = page.split_once(before)?;
        rest.split_once("<span class=\"count\">")?.1.split_once('<')?.0.parse::<usize>().ok()
    };
    let all = |before: &dyn Fn(ReviewCategory) -> String| {
        ReviewCategory::VARIANTS
            .iter()
            .filter_map(|kind| Some((kind.title().to_owned(), number(&before(*kind))?)))
            .collect()
    };
    let cards = |kind: ReviewCategory| page.matches(&format!("<article class=\"card {}\"", kind.key())).count();
    let filter = all(&|kind| format!("aria-pressed=\"false\" data-kind=\"{}\"", kind.key()));
    let headings = all(&|kind| format!("<h2 id=\"kind-{}\"", kind.key()));
    [filter, headings, nonzero(ReviewCategory::VARIANTS.iter().map(|kind| (kind.title(), cards(*kind))))]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_numbers_of_every_format_are_equal_and_add_up(plan in any_plan(), drift in any::<bool>()) {
        let subject = if drift { ReportSubject::Drift } else { ReportSubject::Plan };
        let (origin, roster) = (ReportOrigin::default(), roster(&[]));
        let report = Report::new(subject, &origin, &plan, &roster);

        let (numbers, people) = in_json(&report);
        prop_assert_eq!(people, plan.people.len() + plan.unchanged);
        prop_assert_eq!(numbers.values().sum::<usize>(), people);
        prop_assert_eq!(&in_terminal(&report), &numbers);
        let (table, headings) = in_markdown(&report);
        prop_assert_eq!(&table, &numbers);

        let mut kinds = Numbers::new();
        for category in Category::all() {
            *kinds.entry(ReviewCategory::of(category).title().to_owned()).or_default() += numbers.get(category.key()).unwrap_or(&0);
        }
        kinds.retain(|_, count| *count > 0);
        prop_assert_eq!(in_html(&report), [kinds.clone(), kinds.clone(), kinds.clone()]);
        // The blocked are listed by their reasons, above.
        kinds.remove(ReviewCategory::Blocked.title());
        prop_assert_eq!(headings, kinds);

        let creates = |person: &&PersonPlan| person.actions.iter().any(|action| action.operation == Operation::Create);
        let created = plan.people.iter().filter(creates).count();
        let counted = numbers.get("create").copied().unwrap_or_default();
        for text in [terminal::summary(&report), markdown::plan(&report, usize::MAX)] {
            prop_assert!(drift || counted + also_created(&text) == created, "{}", text);
        }
    }
}

#[test]
fn a_person_is_in_the_first_category_that_fits() {
    let drifted = |operation, class| {
        let status = change(Field::Status, json!("active"), json!("inactive"));
        action(System::Pf, operation, vec![Change { class, ..status }])
    };
    let crm = |operation| action(System::Crm, operation, Vec::new());
    let languages = change(Field::Languages, json!(null), json!(["en"]));
    let unremembered = action(System::Pf, Operation::Update, vec![Change { class: Class::First, ..languages }]);
    for (actions, want) in [
        (vec![drifted(Operation::Deactivate, Class::Drift)], "deactivate"),
        (vec![crm(Operation::Adopt), drifted(Operation::Update, Class::Conflict)], "adopt"),
        (vec![drifted(Operation::Update, Class::Conflict), drifted(Operation::Update, Class::Drift)], "conflict"),
        (vec![drifted(Operation::Activate, Class::Drift)], "drift"),
        (vec![drifted(Operation::Create, Class::Change), crm(Operation::Update)], "create"),
        (vec![drifted(Operation::Update, Class::Change), crm(Operation::Rename)], "update"),
        (vec![drifted(Operation::Update, Class::First)], "update"),
        (vec![unremembered], "link"),
    ] {
        assert_eq!(Category::of(ReportSubject::Plan, &person("a", actions.clone())).key(), want);
        assert_eq!(Category::of(ReportSubject::Drift, &person("a", actions)), Category::Drift);
    }
}
