//! The plan as JSON, format version 1.0 (design 1.8). Its own structs, apart from the program's: what is inside may
//! change, what others read may not. The schema is generated from them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::summary::Category;
use super::{Report, ReportSubject, ShownValue, Summary, problems};
use crate::apply::{Applied, Outcome};
use crate::model::record::System;
use crate::reconcile::diff::Change;
use crate::reconcile::guard;
use crate::reconcile::plan::{Action, Operation, PersonPlan, digest};

/// The version of roster's formats; the second number grows when something is added, the first when something breaks.
pub(super) const FORMAT_VERSION: &str = "1.0";

/// A plan of roster: what must be written so that both systems hold what the files say.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, title = "A plan of roster")]
pub struct PlanDocument {
    /// The version of this format.
    format_version: &'static str,
    /// What it is about: `plan` what must be written, `drift` what differs though the files did not change, `apply` what
    /// was written.
    subject: SubjectName,
    /// What the files were compared with, where that was a git revision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) base: Option<String>,
    /// People, not requests.
    pub(super) summary: OperationCounts,
    /// The same people, each counted once.
    totals: PeopleTotals,
    /// Who has something to do, or is blocked, in the order of the plan.
    pub(super) people: Vec<PersonEntry>,
    /// What is done, one entry for each person, system and operation.
    actions: Vec<ActionEntry>,
    /// Agents whose file is gone.
    orphans: Vec<OrphanEntry>,
    /// Rows that are nobody's, and are left alone.
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
}

#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct ActionEntry {
    /// The agent's slug.
    agent: String,
    /// The agent's file, from the repository's root.
    file: String,
    /// `crm` or `pf`.
    system: SystemName,
    /// What is done.
    operation: OperationName,
    /// The system's id of the row; null for a create.
    remote_id: Option<u64>,
    /// The fields that are written.
    fields: Vec<FieldEntry>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum SubjectName {
    Plan,
    Drift,
    Apply,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum SystemName {
    Crm,
    Pf,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum OperationName {
    Create,
    Update,
    Activate,
    Deactivate,
    Adopt,
    Link,
    Rename,
    Release,
}

/// One field. A private one carries neither `before` nor `after`.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct FieldEntry {
    /// The YAML's own path.
    path: String,
    /// The line on which the file declares it.
    line: Option<u32>,
    /// What the system holds; null for nothing. Of a field that the system does not return: what was last sent, or `#`
    /// and 16 digits of its hash.
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<Value>,
    /// What it is to hold; null is "clear it".
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<Value>,
    /// Of a private field, where `ROSTER_DIGEST_KEY` is set: a keyed digest of both values.
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
    /// Why it differs.
    class: ClassName,
    /// Whether the field is private.
    private: bool,
    /// Whether the system returns it.
    readable: bool,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum ClassName {
    /// The file was changed, or there is no base to tell.
    Change,
    /// The file says what it said at base, and the system says something else.
    Drift,
    /// The file was changed since base, and so was the system, to something else.
    Conflict,
    /// The row is being taken over.
    Adopt,
    /// Nothing is remembered of a field that the system does not return: sent once.
    First,
}

#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct OrphanEntry {
    /// The slug that the CRM's row carries.
    agent: String,
    /// The CRM's id.
    crm: u64,
    /// The Property Finder user's id.
    pf_user: Option<u64>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct UnmanagedEntry {
    system: SystemName,
    remote_id: u64,
    /// The public name.
    name: String,
}

#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct BlockedEntry {
    /// An operation's name, `activate_drift`, `orphans`, `empty`, `protect`, or `person`.
    guard: String,
    /// The agent, where one person is blocked and the rest goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    agent: Option<String>,
    /// How many people are let through.
    limit: usize,
    /// How many there are.
    actual: usize,
    /// What lets exactly these actions through.
    digest: Option<String>,
    /// What stands in the way and what to do.
    message: String,
}

#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct EstimateEntry {
    /// Requests that read.
    reads: usize,
    /// Requests that write.
    writes: usize,
    /// Seconds of waiting for the rates.
    seconds: u64,
}

#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct AppliedEntry {
    agent: String,
    file: String,
    /// How it ended.
    outcome: OutcomeName,
    /// What was written, in order.
    done: Vec<String>,
    /// Why it did not end well.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum OutcomeName {
    Done,
    Failed,
    Moved,
    Unknown,
    Interrupted,
    NotTried,
}

/// The JSON Schema of [`plan`]'s document.
#[must_use]
pub fn schema() -> Value {
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

/// The plan's document as a value, to be compared with a saved one.
pub(super) fn value(report: &Report<'_>) -> Value {
    of_own_shape(serde_json::to_value(document(report)))
}

/// A document of ours as text, with a line end.
pub(super) fn text(document: &impl Serialize) -> String {
    of_own_shape(serde_json::to_string_pretty(document)) + "\n"
}

fn of_own_shape<T>(serialized: serde_json::Result<T>) -> T {
    match serialized {
        Ok(document) => document,
        // Only keys that are no texts, or a type that refuses, can fail; an empty document would be taken for one.
        Err(error) => unreachable!("a document of roster's own shapes: {error}"),
    }
}

fn document(report: &Report<'_>) -> PlanDocument {
    let plan = report.plan;
    let actions = plan.to_do().flat_map(|person| person.actions.iter().map(move |action| (person, action)));
    PlanDocument {
        format_version: FORMAT_VERSION,
        subject: match report.subject {
            ReportSubject::Plan => SubjectName::Plan,
            ReportSubject::Drift => SubjectName::Drift,
            ReportSubject::Apply => SubjectName::Apply,
        },
        base: plan.base.clone(),
        summary: counts(report),
        totals: totals(&report.summary),
        people: plan.people.iter().map(|person| person_entry(report, person)).collect(),
        actions: actions.map(|(person, action)| action_entry(report, person, action)).collect(),
        orphans: plan
            .orphans
            .iter()
            .map(|orphan| OrphanEntry { agent: orphan.agent.clone(), crm: orphan.crm, pf_user: orphan.pf_user })
            .collect(),
        unmanaged: plan
            .unmanaged
            .iter()
            .map(|row| UnmanagedEntry {
                system: SystemName::from(row.system),
                remote_id: row.remote_id,
                name: row.name.clone(),
            })
            .collect(),
        blocked: blocked(report),
        warnings: report.unread.iter().chain(&plan.warnings).cloned().collect(),
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
    }
}

fn counts(report: &Report<'_>) -> OperationCounts {
    let plan = report.plan;
    OperationCounts {
        create: plan.count(Operation::Create),
        update: plan.count(Operation::Update),
        activate: plan.count(Operation::Activate),
        deactivate: plan.count(Operation::Deactivate),
        delete: 0,
        adopt: plan.count(Operation::Adopt),
        link: plan.count(Operation::Link),
        rename: plan.count(Operation::Rename),
        release: plan.count(Operation::Release),
        unchanged: plan.unchanged,
        drift: plan.drifts(),
        conflict: plan.conflicts(),
        orphan: plan.orphans.len(),
        blocked: plan.blocked().count(),
        unmanaged: plan.unmanaged.len(),
    }
}

fn action_entry(report: &Report<'_>, person: &PersonPlan, action: &Action) -> ActionEntry {
    ActionEntry {
        agent: person.slug.to_string(),
        file: person.file.clone(),
        system: action.system.into(),
        operation: action.operation.into(),
        remote_id: action.remote_id,
        fields: action.fields.iter().map(|change| field_entry(report, person, change)).collect(),
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
        class: match change.class {
            crate::reconcile::diff::Class::Change => ClassName::Change,
            crate::reconcile::diff::Class::Drift => ClassName::Drift,
            crate::reconcile::diff::Class::Conflict => ClassName::Conflict,
            crate::reconcile::diff::Class::Adopt => ClassName::Adopt,
            crate::reconcile::diff::Class::First => ClassName::First,
        },
        private: change.field.is_private(),
        readable: change.readable,
    }
}

fn blocked(report: &Report<'_>) -> Vec<BlockedEntry> {
    let people = report.plan.blocked().map(|(person, why)| BlockedEntry {
        guard: "person".to_owned(),
        agent: Some(person.slug.to_string()),
        limit: 0,
        actual: 1,
        digest: None,
        message: why.to_owned(),
    });
    let guards = report.blocks.iter().map(|block| BlockedEntry {
        guard: block.guard.key().to_owned(),
        agent: None,
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
        outcome: OutcomeName::from(&person.outcome),
        done: person.done.clone(),
        message: person.outcome.why().map(str::to_owned),
    }
}

impl From<System> for SystemName {
    fn from(system: System) -> Self {
        match system {
            System::Crm => Self::Crm,
            System::Pf => Self::Pf,
        }
    }
}

impl From<Operation> for OperationName {
    fn from(operation: Operation) -> Self {
        match operation {
            Operation::Create => Self::Create,
            Operation::Update => Self::Update,
            Operation::Activate => Self::Activate,
            Operation::Deactivate => Self::Deactivate,
            Operation::Adopt => Self::Adopt,
            Operation::Link => Self::Link,
            Operation::Rename => Self::Rename,
            Operation::Release => Self::Release,
        }
    }
}

impl From<&Outcome> for OutcomeName {
    fn from(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Done => Self::Done,
            Outcome::Failed(_) => Self::Failed,
            Outcome::Moved(_) => Self::Moved,
            Outcome::Unknown(_) => Self::Unknown,
            Outcome::Interrupted(_) => Self::Interrupted,
            Outcome::NotTried(_) => Self::NotTried,
        }
    }
}
