//! The workflows of `.github/`: what they are allowed, and what their scripts really do.
//!
//! The scripts are taken out of the workflows by the steps' ids and run by bash, in repositories of their own, against the
//! sandbox and a `gh` that asks a GitHub in this process. They are for the runners of Ubuntu, so Linux. What they decide is in
//! `src/commands/github/decide/`, with tests of its own.

#[cfg(target_os = "linux")]
mod also_changed;
#[cfg(target_os = "linux")]
mod apply;
#[cfg(target_os = "linux")]
mod check;
#[cfg(target_os = "linux")]
mod condition;
#[cfg(target_os = "linux")]
mod download;
#[cfg(target_os = "linux")]
mod drift;
#[cfg(target_os = "linux")]
mod github;
#[cfg(target_os = "linux")]
mod hosted_repo;
#[cfg(target_os = "linux")]
mod jq;
#[cfg(target_os = "linux")]
mod plan;
mod policy;
#[cfg(target_os = "linux")]
mod request;

use std::fs;
use std::path::Path;

use serde_yaml::Value;

/// The top of the repository.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The composite action.
const ACTION: &str = ".github/actions/roster/action.yml";

/// The text of a file of this repository.
fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// A workflow, or the composite action.
fn read(path: &str) -> Value {
    serde_yaml::from_str(&text(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Every workflow with its path.
fn workflows() -> Vec<(String, Value)> {
    let entries = fs::read_dir(root().join(".github/workflows")).unwrap();
    let name = |entry: fs::DirEntry| entry.file_name().into_string().unwrap();
    let paths = entries.map(|entry| format!(".github/workflows/{}", name(entry.unwrap())));
    let mut all: Vec<(String, Value)> = paths.map(|path| (path.clone(), read(&path))).collect();
    all.sort_by(|one, other| one.0.cmp(&other.0));
    assert!(all.len() >= 7, "only {} workflows", all.len());
    all
}

/// Every step of every job of a workflow, or of an action, with what it is called.
fn steps(workflow: &Value) -> Vec<(String, &Value)> {
    let jobs = workflow["jobs"].as_mapping().into_iter().flatten();
    let jobs = jobs.map(|(name, job)| (name.as_str().unwrap(), &job["steps"]));
    let all = jobs.chain([("runs", &workflow["runs"]["steps"])]);
    all.flat_map(|(job, steps)| {
        steps.as_sequence().into_iter().flatten().map(move |step| {
            let name = step["id"].as_str().or(step["name"].as_str()).unwrap_or("a step without a name");
            (format!("{job}, {name}"), step)
        })
    })
    .collect()
}
