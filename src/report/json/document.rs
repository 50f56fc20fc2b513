//! Fills the document of a plan.

use serde::Serializer;

use super::{
    ActionEntry, AppliedEntry, BlockedEntry, CrmUserEntry, EstimateEntry, FieldEntry, LeavesEntry, OperationCounts,
    OrphanEntry, PeopleTotals, PersonEntry, PfUserEntry, PlanDocument, ReceiverEntry, ReceiversEntry, UnmanagedEntry,
};
use crate::apply::Applied;
use crate::model::agent::Slug;
use crate::reconcile::diff::Change;
use crate::reconcile::guard;
use crate::reconcile::plan::{
    Action, Leaving, LeavingCrmUser, LeavingPfUser, Operation, PersonPlan, Receiver, Receivers, digest,
};
use crate::report::json_format::FORMAT_VERSION;
use crate::report::outcome::PersonOutcome;
use crate::report::summary::Category;
use crate::report::{MaskedValue, Report, Summary, phrases, problems};

pub(super) fn document<'a>(report: &'a Report<'a>) -> PlanDocument<'a> {
    let plan = report.plan;
    PlanDocument {
        format_version: FORMAT_VERSION,
        subject: report.subject,
        base: plan.base.clone(),
        summary: counts(report),
        totals: totals(&report.summary),
        people: plan.people.iter().map(|person| person_entry(report, person)).collect(),
        actions: report,
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
    pub(in crate::report) fn leaving(&self) -> Result<Leaving, String> {
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
        Ok(Leaving { pf, crm, is_always_reported: false })
    }
}

impl From<&Receivers> for ReceiversEntry {
    fn from(receivers: &Receivers) -> Self {
        let Receivers { properties, leads, landlords } = receivers;
        let entry = |receiver: &Receiver| ReceiverEntry { agent: receiver.agent.to_string(), crm: receiver.crm };
        Self { properties: entry(properties), leads: entry(leads), landlords: entry(landlords) }
    }
}

impl ReceiversEntry {
    fn receivers(&self) -> Result<Receivers, String> {
        let receiver = |entry: &ReceiverEntry| {
            let agent = Slug::parse(&entry.agent).map_err(|_| format!("{:?} is not a slug", entry.agent))?;
            Ok::<_, String>(Receiver { agent, crm: entry.crm })
        };
        Ok(Receivers {
            properties: receiver(&self.properties)?,
            leads: receiver(&self.leads)?,
            landlords: receiver(&self.landlords)?,
        })
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
pub(in crate::report) fn actions<'a>(report: &'a Report<'a>) -> impl Iterator<Item = ActionEntry> + 'a {
    let all = report.plan.to_do().flat_map(|person| person.actions.iter().map(move |action| (person, action)));
    all.map(|(person, action)| action_entry(report, person, action))
}

pub(super) fn write_actions<S: Serializer>(report: &Report<'_>, to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(actions(report))
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
    let (before, after) = match MaskedValue::of(change) {
        MaskedValue::Private => (None, None),
        MaskedValue::SinceHash { after } => (Some(change.before.clone()), Some(after.clone())),
        MaskedValue::Values { before, after } => (Some(before.clone()), Some(after.clone())),
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
