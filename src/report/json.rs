//! The plan as JSON, format version 1.0. It has its own structs, since the program's structs may change and the format
//! may not. The schema is generated from them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::outcome::PersonOutcome;
use super::summary::Category;
use super::{Report, ReportSubject, ShownValue, Summary, phrases, problems};
use crate::apply::Applied;
use crate::model::agent::{FieldValue, Slug};
use crate::model::record::System;
use crate::reconcile::diff::{Change, Class};
use crate::reconcile::guard;
use crate::reconcile::plan::{
    Action, Leaving, LeavingCrmUser, LeavingPfUser, Operation, PersonPlan, Receiver, Receivers, digest,
};

/// The version of roster's formats; the second number grows when something is added, the first when something breaks.
pub(super) const FORMAT_VERSION: &str = "1.0";

/// A plan of roster: what must be written so that both systems agree with the files.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, title = "A plan of roster")]
pub(crate) struct PlanDocument {
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
    actions: Vec<ActionEntry>,
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
    /// An operation's name, `activate_drift`, `orphans`, `empty`, `protect`, or `person`.
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
        .into_root_schema_for::<PlanDocument>()
        .to_value()
}

/// The plan as JSON, with a line end.
#[must_use]
pub fn plan(report: &Report<'_>) -> String {
    text(&document(report))
}

/// A document of ours as text, with a line end.
pub(super) fn text(document: &impl Serialize) -> String {
    match serde_json::to_string_pretty(document) {
        Ok(document) => document + "\n",
        // Only keys that are no texts, or a type that refuses, can fail; an empty document would be taken for one.
        Err(error) => unreachable!("a document of roster's own shapes: {error}"),
    }
}

fn document(report: &Report<'_>) -> PlanDocument {
    let plan = report.plan;
    PlanDocument {
        format_version: FORMAT_VERSION,
        subject: report.subject,
        base: plan.base.clone(),
        summary: counts(report),
        totals: totals(&report.summary),
        people: plan.people.iter().map(|person| person_entry(report, person)).collect(),
        actions: actions(report),
        orphans: plan
            .orphans
            .iter()
            .map(|orphan| OrphanEntry { agent: orphan.agent.clone(), crm: orphan.crm, pf_user: orphan.pf_user })
            .collect(),
        unmanaged: plan
            .unmanaged
            .iter()
            .map(|row| UnmanagedEntry { system: row.system, remote_id: row.remote_id, name: row.name.clone() })
            .collect(),
        blocked: blocked(report),
        warnings: report.unread.iter().cloned().chain(plan.warnings.iter().map(ToString::to_string)).collect(),
        estimate: EstimateEntry {
            reads: report.estimate.reads,
            writes: report.estimate.writes,
            seconds: report.estimate.seconds,
        },
        digest: guard::whole_digest(plan, report.accept_key),
        complete: report.complete,
        exit_code: report.exit as u8,
        more: (!report.more.is_empty()).then(|| report.more.to_vec()),
        problems: (!report.problems.is_empty())
            .then(|| report.problems.iter().map(problems::ProblemJson::from).collect()),
        applied: report.applied.map(|people| people.iter().map(applied_entry).collect()),
    }
}

fn totals(summary: &Summary) -> PeopleTotals {
    PeopleTotals {
        people: summary.people(),
        create: summary.operation(Operation::Create),
        update: summary.operation(Operation::Update),
        activate: summary.operation(Operation::Activate),
        deactivate: summary.operation(Operation::Deactivate),
        delete: summary.operation(Operation::Delete),
        adopt: summary.operation(Operation::Adopt),
        link: summary.operation(Operation::Link),
        rename: summary.operation(Operation::Rename),
        release: summary.operation(Operation::Release),
        conflict: summary.count(Category::Conflict),
        drift: summary.count(Category::Drift),
        blocked: summary.blocked(),
        unchanged: summary.unchanged,
    }
}

fn person_entry(report: &Report<'_>, person: &PersonPlan) -> PersonEntry {
    PersonEntry {
        agent: person.slug.to_string(),
        file: person.file.clone(),
        category: Category::of(report.subject, person).key().to_owned(),
        crm: person.crm.as_ref().map(|row| row.id),
        pf: person.pf.as_ref().map(|row| row.id),
        leaves: person.leaving.as_ref().filter(|_| person.blocked.is_none()).map(LeavesEntry::from),
    }
}

impl From<&Leaving> for LeavesEntry {
    fn from(leaving: &Leaving) -> Self {
        let (pf_user, pf) = match leaving.pf {
            LeavingPfUser::Absent => (PfUserEntry::Absent, None),
            LeavingPfUser::Gone(id) => (PfUserEntry::Gone, Some(id)),
            LeavingPfUser::Inactive(id) => (PfUserEntry::Inactive, Some(id)),
            LeavingPfUser::Deactivated(id) => (PfUserEntry::Deactivated, Some(id)),
            LeavingPfUser::StaysActive(id) => (PfUserEntry::StaysActive, Some(id)),
        };
        let (crm_user, why, receivers) = match &leaving.crm {
            LeavingCrmUser::Absent => (CrmUserEntry::Absent, None, None),
            LeavingCrmUser::Stays { why, .. } => (CrmUserEntry::Stays, why.clone(), None),
            LeavingCrmUser::Deleted { receivers, .. } => (CrmUserEntry::Deleted, None, Some(receivers.into())),
            LeavingCrmUser::Later { why, .. } => (CrmUserEntry::Later, why.clone(), None),
        };
        Self { pf_user, pf, crm_user, crm: leaving.crm.id(), why, receivers }
    }
}

impl LeavesEntry {
    pub(super) fn leaving(&self) -> Result<Leaving, String> {
        let pf = match (self.pf_user, self.pf) {
            (PfUserEntry::Absent, _) => LeavingPfUser::Absent,
            (PfUserEntry::Gone, Some(id)) => LeavingPfUser::Gone(id),
            (PfUserEntry::Inactive, Some(id)) => LeavingPfUser::Inactive(id),
            (PfUserEntry::Deactivated, Some(id)) => LeavingPfUser::Deactivated(id),
            (PfUserEntry::StaysActive, Some(id)) => LeavingPfUser::StaysActive(id),
            (_, None) => return Err("a departure without the id of its Property Finder user".to_owned()),
        };
        let why = self.why.clone();
        let crm = match (self.crm_user, self.crm, &self.receivers) {
            (CrmUserEntry::Absent, ..) => LeavingCrmUser::Absent,
            (CrmUserEntry::Stays, Some(crm), _) => LeavingCrmUser::Stays { crm, why },
            (CrmUserEntry::Deleted, Some(crm), Some(receivers)) => {
                LeavingCrmUser::Deleted { crm, receivers: receivers.receivers()? }
            }
            (CrmUserEntry::Later, Some(crm), _) => LeavingCrmUser::Later { crm, why, after: Vec::new() },
            _ => return Err("a departure without its CRM user or its receivers".to_owned()),
        };
        Ok(Leaving { pf, crm, is_news: false })
    }
}

impl From<&Receivers> for ReceiversEntry {
    fn from(receivers: &Receivers) -> Self {
        let Receivers { properties, leads, landlords } = receivers;
        let one = |receiver: &Receiver| ReceiverEntry { agent: receiver.agent.to_string(), crm: receiver.crm };
        Self { properties: one(properties), leads: one(leads), landlords: one(landlords) }
    }
}

impl ReceiversEntry {
    fn receivers(&self) -> Result<Receivers, String> {
        let one = |entry: &ReceiverEntry| {
            let agent = Slug::parse(&entry.agent).map_err(|_| format!("{:?} is not a slug", entry.agent))?;
            Ok::<_, String>(Receiver { agent, crm: entry.crm })
        };
        Ok(Receivers { properties: one(&self.properties)?, leads: one(&self.leads)?, landlords: one(&self.landlords)? })
    }
}

fn counts(report: &Report<'_>) -> OperationCounts {
    let plan = report.plan;
    OperationCounts {
        create: plan.count(Operation::Create),
        update: plan.count(Operation::Update),
        activate: plan.count(Operation::Activate),
        deactivate: plan.count(Operation::Deactivate),
        delete: plan.count(Operation::Delete),
        adopt: plan.count(Operation::Adopt),
        link: plan.count(Operation::Link),
        rename: plan.count(Operation::Rename),
        release: plan.count(Operation::Release),
        unchanged: report.summary.unchanged,
        drift: plan.drifts(),
        conflict: plan.conflicts(),
        orphan: report.summary.orphans,
        blocked: report.summary.blocked(),
        unmanaged: report.summary.unmanaged,
    }
}

/// Everything that is done: what a saved plan is compared by.
pub(super) fn actions(report: &Report<'_>) -> Vec<ActionEntry> {
    let all = report.plan.to_do().flat_map(|person| person.actions.iter().map(move |action| (person, action)));
    all.map(|(person, action)| action_entry(report, person, action)).collect()
}

fn action_entry(report: &Report<'_>, person: &PersonPlan, action: &Action) -> ActionEntry {
    ActionEntry {
        agent: person.slug.to_string(),
        file: person.file.clone(),
        system: action.system,
        operation: action.operation,
        remote_id: action.remote_id,
        fields: action.fields.iter().map(|change| field_entry(report, person, change)).collect(),
        receivers: person
            .deletion()
            .filter(|_| action.operation == Operation::Delete)
            .map(|(_, receivers)| ReceiversEntry::from(receivers)),
    }
}

fn field_entry(report: &Report<'_>, person: &PersonPlan, change: &Change) -> FieldEntry {
    let (before, after) = match ShownValue::of(change) {
        ShownValue::Private => (None, None),
        ShownValue::SinceHash { after } => (Some(change.before.clone()), Some(after.clone())),
        ShownValue::Values { before, after } => (Some(before.clone()), Some(after.clone())),
    };
    FieldEntry {
        path: change.field.to_string(),
        line: report.line(&person.slug, &change.field),
        before,
        after,
        digest: change
            .field
            .is_private()
            .then_some(())
            .and(report.digest_key)
            .map(|key| digest::private_digest(key, person, change)),
        class: change.class,
        private: change.field.is_private(),
        readable: change.readable,
    }
}

fn blocked(report: &Report<'_>) -> Vec<BlockedEntry> {
    let people = report.plan.blocked().map(|(person, why)| BlockedEntry {
        guard: "person".to_owned(),
        agent: Some(person.slug.to_string()),
        by: person.blocked_by(),
        limit: 0,
        actual: 1,
        digest: None,
        message: why,
    });
    let guards = report.blocks.iter().map(|block| BlockedEntry {
        guard: block.guard.key().to_owned(),
        agent: None,
        by: Vec::new(),
        limit: block.limit,
        actual: block.actual,
        digest: block.digest.clone(),
        message: block.message.clone(),
    });
    people.chain(guards).collect()
}

fn applied_entry(person: &Applied) -> AppliedEntry {
    AppliedEntry {
        agent: person.agent.to_string(),
        file: person.file.clone(),
        outcome: PersonOutcome::of(&person.outcome),
        done: person.done.iter().map(phrases::written).collect(),
        message: person.outcome.why().map(str::to_owned),
    }
}
