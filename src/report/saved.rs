//! A saved and reviewed plan: the fresh plan must do nothing that it does not show, or the run ends with exit code 6.
//!
//! Two documents of the same format are compared, the saved one and that of a fresh plan, so that what is compared is
//! exactly what was reviewed.

mod reopened;

use std::collections::HashMap;

use serde::Deserialize as _;
use serde_json::Value;

use super::Report;
use super::json::{self, ActionEntry, FieldEntry, ReceiversEntry};
use super::terminal::TerminalOptions;
use super::text::{escaped, isolated};
use crate::model::agent::FieldValue;
use crate::model::record::System;
use crate::reconcile::plan::Operation;

/// A saved plan.
#[derive(Clone, Debug)]
pub(crate) struct SavedPlan {
    actions: Vec<ActionEntry>,
    document: Value,
}

impl SavedPlan {
    /// Takes the text of a file that `plan --out` wrote.
    ///
    /// # Errors
    /// A sentence for people, when it is not a plan of this format.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let document: Value = serde_json::from_str(text).map_err(|_| "it is not a saved plan (not JSON)".to_owned())?;
        let version = document.get("format_version").and_then(Value::as_str).unwrap_or_default();
        let actions = document.get("actions").and_then(|actions| Vec::deserialize(actions).ok());
        let Some(actions) = actions.filter(|_| version.starts_with("1.")) else {
            return Err("it is not a saved plan of format 1".to_owned());
        };
        if document.get("subject").and_then(Value::as_str) == Some("drift") {
            return Err("it is what drift found, and no plan".to_owned());
        }
        Ok(Self { actions, document })
    }

    /// Several plans as one, which shows whatever one of them shows.
    #[must_use]
    pub(crate) fn together(plans: &[Self]) -> Self {
        let actions = plans.iter().flat_map(|plan| plan.actions.clone()).collect();
        Self { actions, document: Value::Null }
    }

    /// Whether it changes private fields without saying, in digests, to what.
    #[must_use]
    pub(crate) fn hides_private_changes(&self) -> bool {
        self.actions.iter().flat_map(|action| &action.fields).any(|field| field.private && field.digest.is_none())
    }

    /// Whatever a fresh plan would do that this one does not show: agent, system, operation and path, never a value.
    /// What this one shows and the fresh one does not is already true.
    #[must_use]
    pub(crate) fn differences(&self, fresh: &Report<'_>) -> Vec<String> {
        let mut saved: HashMap<ActionKey<'_>, Vec<&FieldEntry>> = HashMap::new();
        for action in &self.actions {
            saved.entry(key(action)).or_default().extend(&action.fields);
        }
        let mut differences = Vec::new();
        for action in json::actions(fresh) {
            let what = format!("{}: {} in {}", action.agent, action.operation.key(), action.system);
            let Some(shown) = saved.get(&key(&action)) else {
                differences.push(what);
                continue;
            };
            let unknown = action.fields.iter().filter(|field| !shown.iter().any(|other| is_same(other, field)));
            let paths: Vec<&str> = unknown.map(|field| field.path.as_str()).collect();
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
    pub(crate) fn to_text(&self, page: &TerminalOptions) -> Result<String, String> {
        let document = reopened::ReopenedPlan::deserialize(&self.document);
        document.map_err(|error| format!("it is not a saved plan that this version can show: {error}"))?.to_text(page)
    }
}

/// A text of the document on one line that it cannot reorder.
fn shown(text: &str) -> String {
    isolated(&escaped(text))
}

/// What identifies an action.
type ActionKey<'a> = (&'a str, System, Operation, Option<u64>, Option<&'a ReceiversEntry>);

fn key(action: &ActionEntry) -> ActionKey<'_> {
    (&action.agent, action.system, action.operation, action.remote_id, action.receivers.as_ref())
}

/// A private field is the same only if both plans digested it, with the same key.
fn is_same(one: &FieldEntry, other: &FieldEntry) -> bool {
    // JSON does not distinguish an absent value from null.
    let value = |value: &Option<FieldValue>| value.clone().unwrap_or_default();
    one.path == other.path
        && value(&one.before) == value(&other.before)
        && value(&one.after) == value(&other.after)
        && one.digest == other.digest
        && (!one.private || one.digest.is_some())
}
