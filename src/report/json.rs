//! The plan as JSON, format version 1.0. It has its own structs, since the program's structs may change and the format
//! may not. The schema is generated from them.

mod document;

use std::io::{self, Write};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::outcome::PersonOutcome;
use super::{Report, ReportSubject, json_format, problems};
use crate::model::agent::FieldValue;
use crate::model::record::System;
use crate::reconcile::diff::Class;
use crate::reconcile::plan::Operation;
pub(super) use document::actions;

/// A plan of roster: what must be written so that both systems agree with the files.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, title = "A plan of roster")]
pub(crate) struct PlanDocument<'a> {
    /// The version of this format.
    format_version: &'static str,
    /// What it is about: `plan` what must be written, `drift` what differs though the files did not change, `apply` what
    /// was written.
    subject: ReportSubject,
    /// What the files were compared with, where that was a git revision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) base: Option<String>,
    /// People, not requests.
    pub(super) summary: OperationCounts,
    /// The same people, each counted once.
    totals: PeopleTotals,
    /// The people with actions and the blocked people, in the order of the plan.
    pub(super) people: Vec<PersonEntry>,
    /// What is done, one entry for each person, system and operation.
    #[serde(serialize_with = "document::write_actions")]
    #[schemars(with = "Vec<ActionEntry>")]
    actions: &'a Report<'a>,
    /// Agents whose file is gone.
    orphans: Vec<OrphanEntry>,
    /// Unmanaged rows, which are left alone.
    unmanaged: Vec<UnmanagedEntry>,
    /// Why nothing, or nothing for one person, is written.
    blocked: Vec<BlockedEntry>,
    /// What people should know.
    warnings: Vec<String>,
    /// What applying it costs.
    estimate: EstimateEntry,
    /// The digest of everything that the plan would do; `--accept` takes it.
    digest: String,
    /// Whether both systems were read completely.
    complete: bool,
    /// The code with which the run ends.
    exit_code: u8,
    /// What the plan does beyond the plans that were reviewed, where it was held against some: agents, operations and
    /// fields, never a value.
    #[serde(skip_serializing_if = "Option::is_none")]
    more: Option<Vec<String>>,
    /// What is wrong with the files, where that is so. With an error among them nothing was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    problems: Option<Vec<problems::ProblemJson>>,
    /// What became of each person; only after `apply`.
    #[serde(skip_serializing_if = "Option::is_none")]
    applied: Option<Vec<AppliedEntry>>,
}

/// How many people; a person with several operations counts once under each.
#[derive(Deserialize, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct OperationCounts {
    create: usize,
    update: usize,
    activate: usize,
    deactivate: usize,
    delete: usize,
    adopt: usize,
    link: usize,
    rename: usize,
    release: usize,
    pub(super) unchanged: usize,
    drift: usize,
    conflict: usize,
    orphan: usize,
    blocked: usize,
    unmanaged: usize,
}

/// How many people; each counts once, so that the numbers add up to `people`.
#[derive(Deserialize, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct PeopleTotals {
    people: usize,
    create: usize,
    update: usize,
    activate: usize,
    deactivate: usize,
    delete: usize,
    adopt: usize,
    link: usize,
    rename: usize,
    release: usize,
    conflict: usize,
    drift: usize,
    blocked: usize,
    unchanged: usize,
}

/// A person with something to do, or blocked.
#[derive(Deserialize, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct PersonEntry {
    /// The agent's slug.
    pub(super) agent: String,
    /// The agent's file, from the repository's root.
    pub(super) file: String,
    /// Under which of the totals the person counts.
    category: String,
    /// The CRM's id; null where there is no row yet.
    pub(super) crm: Option<u64>,
    /// The Property Finder user's id; null where there is no row yet.
    pub(super) pf: Option<u64>,
    /// What becomes of the accounts, where the person leaves and is not blocked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) leaves: Option<LeavesEntry>,
}

/// What becomes of the accounts of a person who leaves.
#[derive(Deserialize, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct LeavesEntry {
    pub(super) pf_user: PfUserEntry,
    /// The Property Finder user's id, also where the user is not there any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) pf: Option<u64>,
    pub(super) crm_user: CrmUserEntry,
    /// The CRM's id, also where the user is not linked to the agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) crm: Option<u64>,
    /// Why the CRM user is not deleted, or not yet, and what to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) why: Option<String>,
    /// Who receives the work of a user that is deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) receivers: Option<ReceiversEntry>,
}

/// What becomes of a Property Finder user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum PfUserEntry {
    /// There is none.
    Absent,
    /// The CRM stores its id, and Property Finder does not list it.
    Gone,
    /// It is inactive already.
    Inactive,
    /// It is deactivated.
    Deactivated,
    /// It is active, and this run does not deactivate it.
    StaysActive,
}

/// What becomes of a CRM user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum CrmUserEntry {
    /// There is none.
    Absent,
    /// It stays, and its login stays usable.
    Stays,
    /// It is deleted.
    Deleted,
    /// A later run deletes it; until then its login stays usable.
    Later,
}

/// The agents who receive the work of a CRM user that is deleted.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct ReceiversEntry {
    properties: ReceiverEntry,
    leads: ReceiverEntry,
    landlords: ReceiverEntry,
}

/// An agent who receives work.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct ReceiverEntry {
    /// The agent's slug.
    agent: String,
    /// The CRM's id.
    crm: u64,
}

#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct ActionEntry {
    /// The agent's slug.
    pub(super) agent: String,
    /// The agent's file, from the repository's root.
    pub(super) file: String,
    /// `crm` or `pf`.
    pub(super) system: System,
    /// What is done.
    pub(super) operation: Operation,
    /// The system's id of the row; null for a create.
    pub(super) remote_id: Option<u64>,
    /// The fields that are written.
    pub(super) fields: Vec<FieldEntry>,
    /// Of a deletion: who receives the work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) receivers: Option<ReceiversEntry>,
}

/// One field. A private one carries neither `before` nor `after`.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct FieldEntry {
    /// The YAML's own path.
    pub(super) path: String,
    /// The line on which the file declares it.
    pub(super) line: Option<u32>,
    /// What the system holds; null for nothing. Of a field that the system does not return: what was last sent, or `#`
    /// and 16 digits of its hash.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Value>")]
    pub(super) before: Option<FieldValue>,
    /// What it is to hold; null is "clear it".
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Value>")]
    pub(super) after: Option<FieldValue>,
    /// Of a private field, where `ROSTER_DIGEST_KEY` is set: a keyed digest of both values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) digest: Option<String>,
    /// Why it differs.
    pub(super) class: Class,
    /// Whether the field is private.
    pub(super) private: bool,
    /// Whether the system returns it.
    pub(super) readable: bool,
}

#[derive(Deserialize, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct OrphanEntry {
    /// The slug that the CRM's row carries.
    pub(super) agent: String,
    /// The CRM's id.
    pub(super) crm: u64,
    /// The Property Finder user's id.
    pub(super) pf_user: Option<u64>,
}

#[derive(Deserialize, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct UnmanagedEntry {
    pub(super) system: System,
    pub(super) remote_id: u64,
    /// The public name.
    pub(super) name: String,
}

#[derive(Deserialize, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct BlockedEntry {
    /// An operation's name, `activate_drift`, `second_account`, `orphans`, `empty`, `protect`, or `person`.
    pub(super) guard: String,
    /// The agent, where one person is blocked and the rest goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) agent: Option<String>,
    /// Other agents, where it depends on their files too whether this one is blocked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) by: Vec<String>,
    /// How many people are let through.
    pub(super) limit: usize,
    /// How many there are.
    pub(super) actual: usize,
    /// What lets exactly these actions through.
    pub(super) digest: Option<String>,
    /// What blocks, and what to do.
    pub(super) message: String,
}

#[derive(Deserialize, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct EstimateEntry {
    /// Requests that read.
    pub(super) reads: usize,
    /// Requests that write.
    pub(super) writes: usize,
    /// Seconds of waiting for the rates.
    pub(super) seconds: u64,
}

#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct AppliedEntry {
    agent: String,
    file: String,
    /// How it ended.
    outcome: PersonOutcome,
    /// What was written, in order.
    done: Vec<String>,
    /// Why it did not end well.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
}

/// The JSON Schema of [`plan`]'s document.
#[must_use]
pub(crate) fn schema() -> Value {
    schemars::generate::SchemaSettings::draft2020_12()
        .into_generator()
        .into_root_schema_for::<PlanDocument<'_>>()
        .to_value()
}

/// Writes the plan as JSON, with a line end. Its actions, which are most of it, are made one after the other.
///
/// # Errors
/// When it cannot be written.
pub fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    json_format::write(&document::document(report), out)
}
