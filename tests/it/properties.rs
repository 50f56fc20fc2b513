//! Properties of every valid file, against a server that spells values in its own way: the plan after an apply is
//! empty, and only what the plan showed has changed.
//!
//! A few dozen cases, always the same; `ROSTER_CASES=1000` tries that many others.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::civil::date;
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestError, TestRng, TestRunner};
use roster::declare::problem::Severity;
use roster::declare::rules::RuleContext;
use roster::declare::{self, Keep};
use roster::model::record::{Row, System};
use roster::model::roster::Roster;
use roster::reconcile::plan::{PersonPlan, Plan};
use roster::sandbox::{Behaviour, FilterMatch, ValueSpelling, WriteMode};
use serde_json::{Value, json};

use crate::strategies::people;
use crate::support::field_locations::{differing, outside, places};
use crate::support::{Pipeline, config};

/// A server of any habits, but for those that keep an apply from ending well at all.
pub(crate) fn behaviour() -> impl Strategy<Value = Behaviour> {
    let depth = || prop_oneof![Just(WriteMode::Merge), Just(WriteMode::Replace)];
    let spelling = || {
        prop_oneof![
            Just(ValueSpelling::AsSent),
            Just(ValueSpelling::Tidied),
            Just(ValueSpelling::Reformatted),
            Just(ValueSpelling::Localized)
        ]
    };
    let ceiling = || prop_oneof![Just(100_usize), 1..9_usize];
    let flags = proptest::array::uniform10(any::<bool>());
    ((depth(), depth()), (spelling(), spelling()), (ceiling(), ceiling()), flags).prop_map(
        |((crm_put, pf_texts), (crm_rows, pf_rows), (crm_page_ceiling, pf_page_ceiling), flags)| Behaviour {
            crm_put,
            pf_texts,
            crm_rows,
            pf_rows,
            crm_page_ceiling,
            pf_page_ceiling,
            crm_count: flags[0],
            crm_create_status: if flags[1] { 200 } else { 201 },
            crm_filters: if flags[2] { FilterMatch::Whole } else { FilterMatch::Partial },
            crm_empty_objects_as_lists: flags[3],
            crm_takes_duplicates: flags[4],
            crm_me: flags[5],
            pf_hides_inactive: flags[6],
            pf_newest_first: flags[7],
            pf_email_filter_is_public: flags[8],
            pf_takes_duplicates: flags[9],
            ..Behaviour::default()
        },
    )
}

/// What valid files declare, read as `roster` reads them.
fn declared(root: &Path, files: &[Value]) -> Roster {
    let folder = root.join("agents");
    std::fs::create_dir_all(&folder).unwrap();
    for (number, file) in files.iter().enumerate() {
        std::fs::write(folder.join(format!("agent-{number}.yaml")), yaml(file)).unwrap();
    }
    let loaded = declare::load(
        &RuleContext { root, config: &config(), today: date(2026, 11, 21), cannot_hold: &[] },
        Keep::People,
    );
    let errors = loaded.problems.iter().filter(|problem| problem.severity == Severity::Error);
    let problems: String = errors.map(|problem| problem.render(false, true, 100)).collect();
    assert!(!loaded.is_invalid(), "the files should be valid: {problems}");
    loaded.roster
}

/// JSON is YAML, but for characters that YAML wants escaped.
pub(crate) fn yaml(file: &Value) -> String {
    let escaped = |c: char| match c {
        '\u{7f}'..='\u{9f}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => format!("\\u{:04x}", u32::from(c)),
        c => c.to_string(),
    };
    file.to_string().chars().map(escaped).collect()
}

/// The rows of one system, as they are shown.
async fn shown(pipeline: &Pipeline, system: System) -> BTreeMap<u64, Row> {
    pipeline.rows(system).await.into_iter().map(|row| (row.id, row)).collect()
}

fn kept(pipeline: &Pipeline, system: System) -> BTreeMap<u64, Value> {
    let rows = if system == System::Crm { pipeline.sandbox.crm_rows() } else { pipeline.sandbox.pf_rows() };
    rows.into_iter().map(|row| (row["id"].as_u64().unwrap(), row)).collect()
}

/// Where the plan may change a person's row.
fn allowed(person: &PersonPlan, system: System) -> Vec<String> {
    let changes = person.actions_in(system).flat_map(|action| &action.fields);
    let mut allowed: Vec<String> = changes.flat_map(|change| places(system, &change.field)).collect();
    match system {
        System::Crm => {
            allowed.extend(["/updated_at", "/fields/11", "/fields/12", "/fields/13", "/fields/14"].map(str::to_owned));
        }
        System::Pf if allowed.iter().any(|place| place == "/roleId") => allowed.push("/role".to_owned()),
        System::Pf => {}
    }
    // Where a photo is, Property Finder shows its own copies of it.
    allowed.push("/publicProfile/imageVariants".to_owned());
    allowed
}

/// Both systems, before and after.
struct Before {
    shown: [BTreeMap<u64, Row>; 2],
    kept: [BTreeMap<u64, Value>; 2],
}

impl Before {
    async fn of(pipeline: &Pipeline) -> Self {
        let kept = System::ALL.map(|system| kept(pipeline, system));
        let shown = [shown(pipeline, System::Crm).await, shown(pipeline, System::Pf).await];
        Self { shown, kept }
    }

    /// Holds that nothing changed since but what the plan said.
    async fn compare(&self, pipeline: &Pipeline, plan: &Plan, case: &str) {
        let now = Self::of(pipeline).await;
        for (at, system) in System::ALL.into_iter().enumerate() {
            let planned: BTreeMap<u64, &PersonPlan> =
                plan.to_do().filter_map(|person| Some((person.row_id(system)?, person))).collect();
            let (before, after) = (&self.shown[at], &now.shown[at]);
            for (id, row) in before {
                let Some(person) = planned.get(id) else {
                    assert_eq!(self.kept[at][id], now.kept[at][id], "{case}: {system} {id} was not in the plan");
                    continue;
                };
                let touched = outside(differing(&row.raw, &after[id].raw), &allowed(person, system));
                assert_eq!(touched, [""; 0], "{case}: {system} {id} of {}", person.slug);
            }
        }
    }
}

async fn edit_and_settle(behaviour: Behaviour, people: &[(Value, Vec<Option<Value>>)]) {
    let root = tempfile::tempdir().unwrap();
    let mut files: Vec<Value> = people.iter().map(|(first, _)| first.clone()).collect();
    let mut pipeline = Pipeline::new(behaviour, []).await;
    by_hand(&pipeline);
    let rounds = people.iter().map(|(_, later)| later.len()).max().unwrap_or_default();
    for round in 0..=rounds {
        if round > 0 {
            for (file, (_, later)) in files.iter_mut().zip(people) {
                if let Some(next) = &later[round - 1] {
                    *file = next.clone();
                }
            }
        }
        pipeline.roster = declared(root.path(), &files);
        let case = format!("round {round}");
        let before = Before::of(&pipeline).await;
        let (plan, applied) = pipeline.write().await.unwrap();
        pipeline.is_settled(&case, &applied).await;
        before.compare(&pipeline, &plan, &case).await;
    }
}

/// People who have no file, with members that nobody documented.
fn by_hand(pipeline: &Pipeline) {
    pipeline.sandbox.put_crm_row(&json!({
        "role": "manager", "private": {"email": "boss@brokerage.example", "photo": 25}, "public": {"first_name": "The"},
        "fields": {"7": "theirs"}, "team": {"id": 4}
    }));
    pipeline.sandbox.put_pf_row(&json!({
        "firstName": "The", "lastName": "Boss", "email": "boss@brokerage.example",
        "publicProfile": {"name": "The Boss", "email": "b@brokerage.example", "phone": "+971501112222"}
    }));
}

#[test]
fn after_an_apply_the_plan_is_empty_and_other_values_are_unchanged() {
    let cases: Option<u32> = std::env::var("ROSTER_CASES").ok().and_then(|cases| cases.parse().ok());
    let config = ProptestConfig {
        cases: cases.unwrap_or(24),
        failure_persistence: None,
        max_shrink_iters: 2000,
        ..ProptestConfig::default()
    };
    let mut runner = match cases {
        Some(_) => TestRunner::new(config),
        None => TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha)),
    };
    let case = |(behaviour, people): (Behaviour, Vec<_>)| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(edit_and_settle(behaviour, &people));
        Ok(())
    };
    match runner.run(&(behaviour(), people()), case) {
        Ok(()) => {}
        Err(TestError::Abort(why)) => panic!("{why}"),
        Err(TestError::Fail(why, (behaviour, people))) => {
            panic!("{why}\nunder {behaviour:?}\nwith {}", serde_json::to_string_pretty(&people).unwrap())
        }
    }
}
