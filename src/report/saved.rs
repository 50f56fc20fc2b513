//! A plan that was saved and reviewed: nothing may be done that it does not show (design 1.6, exit 6).
//!
//! Two documents of the same format are compared, the saved one and that of a fresh plan, so that what is compared is
//! exactly what was reviewed.

mod reopened;

use std::collections::HashMap;

use serde::Deserialize as _;
use serde_json::Value;

use super::terminal::TerminalOptions;
use super::text::{escaped, isolated};
use super::{Report, json};

/// A saved plan.
#[derive(Clone, Debug)]
pub struct SavedPlan {
    document: Value,
}

impl SavedPlan {
    /// Takes the text of a file that `plan --out` wrote.
    ///
    /// # Errors
    /// A sentence for people, when it is no plan of this format.
    pub fn parse(text: &str) -> Result<Self, String> {
        let document: Value = serde_json::from_str(text).map_err(|_| "it is not a saved plan (not JSON)".to_owned())?;
        let version = document.get("format_version").and_then(Value::as_str).unwrap_or_default();
        if !version.starts_with("1.") || !document.get("actions").is_some_and(Value::is_array) {
            return Err("it is not a saved plan of format 1".to_owned());
        }
        if document.get("subject").and_then(Value::as_str) == Some("drift") {
            return Err("it is what drift found, and no plan".to_owned());
        }
        Ok(Self { document })
    }

    /// Several plans as one, which shows whatever one of them shows.
    #[must_use]
    pub fn together(plans: &[Self]) -> Self {
        let actions: Vec<Value> = plans.iter().flat_map(|plan| actions(&plan.document)).cloned().collect();
        Self { document: serde_json::json!({ "actions": actions }) }
    }

    /// Whether it changes private fields without saying, in digests, to what.
    #[must_use]
    pub fn hides_private_changes(&self) -> bool {
        let private = |field: &&Value| field.get("private") == Some(&Value::Bool(true));
        let all = actions(&self.document).iter().flat_map(fields);
        all.filter(private).any(|field| field.get("digest").is_none())
    }

    /// Whatever a fresh plan would do that this one does not show: agent, system, operation and path, never a value.
    /// What this one shows and the fresh one does not is already true.
    #[must_use]
    pub fn differences(&self, fresh: &Report<'_>) -> Vec<String> {
        let fresh = json::value(fresh);
        let mut saved: HashMap<ActionKey<'_>, Vec<&Value>> = HashMap::new();
        for action in actions(&self.document) {
            saved.entry(which(action)).or_default().extend(fields(action));
        }
        let mut differences = Vec::new();
        for action in actions(&fresh) {
            let name = |key: &str| action.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
            let what = format!("{}: {} in {}", name("agent"), name("operation"), name("system"));
            let Some(shown) = saved.get(&which(action)) else {
                differences.push(what);
                continue;
            };
            let unknown = fields(action).iter().filter(|field| !shown.iter().any(|other| same_field(other, field)));
            let paths: Vec<&str> = unknown.filter_map(|field| field.get("path")?.as_str()).collect();
            if !paths.is_empty() {
                differences.push(format!("{what}: {}", paths.join(", ")));
            }
        }
        differences
    }
}

impl SavedPlan {
    /// The plan for people, as `roster plan` printed it.
    ///
    /// # Errors
    /// A sentence for people, when it was saved by another version of roster, or changed since.
    pub fn to_text(&self, page: &TerminalOptions) -> Result<String, String> {
        let document = reopened::ReopenedPlan::deserialize(&self.document);
        document.map_err(|error| format!("it is not a saved plan that this version can show: {error}"))?.to_text(page)
    }
}

/// A text of the document on one line that it cannot reorder.
fn shown(text: &str) -> String {
    isolated(&escaped(text))
}

fn actions(document: &Value) -> &[Value] {
    document.get("actions").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn fields(action: &Value) -> &[Value] {
    action.get("fields").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// What an action is told from others by.
type ActionKey<'a> = [Option<&'a Value>; 4];

fn which(action: &Value) -> ActionKey<'_> {
    ["agent", "system", "operation", "remote_id"].map(|key| action.get(key))
}

/// A private field is the same only if both plans digested it, with the same key.
fn same_field(one: &Value, other: &Value) -> bool {
    let same = ["path", "before", "after", "digest"].iter().all(|key| one.get(key) == other.get(key));
    same && (one.get("private") == Some(&Value::Bool(false)) || one.get("digest").is_some())
}
