//! What a reviewer is told apart: what the change does, what somebody changed by hand meanwhile, and where both did.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::support::Repo;

/// The plan as JSON.
fn json_plan(repo: &Repo, args: &[&str]) -> Value {
    let ran = repo.run(&[args, &["--output", "json=-"]].concat());
    serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{ran:?}"))
}

/// Each agent under the gravest class of its fields.
fn classes(plan: &Value) -> BTreeMap<String, String> {
    let mut people: BTreeMap<String, String> = BTreeMap::new();
    for action in plan["actions"].as_array().unwrap() {
        for field in action["fields"].as_array().unwrap() {
            let (agent, class) = (action["agent"].as_str().unwrap(), field["class"].as_str().unwrap());
            let rank = |class: &str| ["change", "drift", "conflict"].iter().position(|known| *known == class);
            let known = people.entry(agent.to_owned()).or_insert_with(|| class.to_owned());
            if rank(class) > rank(known) {
                class.clone_into(known);
            }
        }
    }
    people
}

/// A branch gives twelve of 300 agents another position. Meanwhile seven others were edited by hand, five in the CRM and
/// two in both systems, and so was one of the twelve, in the same field.
pub(crate) fn twelve_and_seven() -> Repo {
    let repo = Repo::of(300).unlimited();
    repo.run(&["apply", "--yes"]).exits(0);
    repo.commit();
    repo.git(&["switch", "-q", "-c", "twelve"]);
    for agent in 1..=12 {
        repo.edit_agent(agent, "position: {en: Sales Consultant", "position: {en: Senior Sales Consultant");
    }
    repo.commit();
    for agent in 21..=27 {
        repo.click_in_crm(agent, "/public/position", "Intern");
    }
    for agent in 26..=27 {
        repo.click_at_pf(agent, "/publicProfile/position/primary", "Intern");
    }
    repo.click_in_crm(12, "/public/position", "Director");
    repo.sandbox.forget_requests();
    repo
}

#[test]
fn changes_drift_and_conflicts_of_300_agents_are_distinguished() {
    let repo = twelve_and_seven();
    let plan = json_plan(&repo, &["plan", "--base", "main"]);
    let summary = &plan["summary"];
    let counted = ["update", "drift", "conflict", "unchanged", "create"].map(|key| summary[key].as_u64().unwrap());
    assert_eq!(counted, [19, 7, 1, 281, 0], "{summary}");
    let class = |agent: usize| match agent {
        12 => "conflict",
        1..12 => "change",
        _ => "drift",
    };
    let named = (1..=12).chain(21..=27).map(|agent| (format!("agent-{agent}"), class(agent).to_owned()));
    assert_eq!(classes(&plan), named.collect());

    // Drift alone is a matter of main: its seven, and the one whose file the branch changed too.
    repo.git(&["switch", "-q", "main"]);
    let drift = json_plan(&repo, &["drift"]);
    let slugs: Vec<String> = classes(&drift).into_keys().collect();
    let want: Vec<String> = [12].into_iter().chain(21..=27).map(|agent| format!("agent-{agent}")).collect();
    assert_eq!((slugs, &drift["exit_code"]), (want, &json!(2)));
    assert_eq!(repo.writes(), [""; 0]);
}
