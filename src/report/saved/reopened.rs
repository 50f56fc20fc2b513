//! A saved plan as a report again, so that `roster show` prints it as `roster plan` did.
//!
//! What was never written to the file is not there: private values, and the rows' other fields.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;

use crate::model::agent::{Field, FieldValue, Slug, Status};
use crate::model::record::Record;
use crate::model::roster::{Declaration, Roster};
use crate::reconcile::diff::Change;
use crate::reconcile::guard::{Guard, GuardBlock};
use crate::reconcile::matching::Orphan;
use crate::reconcile::memory::Memory;
use crate::reconcile::observed::{ObservedCrmUser, ObservedPfUser};
use crate::reconcile::plan::estimate::Estimate;
use crate::reconcile::plan::{Action, Block, Operation, PersonPlan, Plan, Unmanaged, Warning};
use crate::report::json::{
    ActionEntry, BlockedEntry, EstimateEntry, FieldEntry, LeavesEntry, OperationCounts, OrphanEntry, PersonEntry,
    UnmanagedEntry,
};
use crate::report::terminal::{self, TerminalOptions};
use crate::report::{Report, ReportOrigin, ReportSubject};

/// The parts of the document that a reader sees.
#[derive(Deserialize)]
pub(super) struct ReopenedPlan {
    base: Option<String>,
    summary: OperationCounts,
    people: Vec<PersonEntry>,
    actions: Vec<ActionEntry>,
    orphans: Vec<OrphanEntry>,
    unmanaged: Vec<UnmanagedEntry>,
    blocked: Vec<BlockedEntry>,
    warnings: Vec<String>,
    estimate: EstimateEntry,
    digest: String,
    complete: bool,
}

impl ReopenedPlan {
    /// The plan as it was printed, with its digest behind it.
    pub(super) fn to_text(&self, page: &TerminalOptions) -> Result<String, String> {
        let (plan, roster, origin) = (self.plan()?, self.roster()?, ReportOrigin::default());
        let guards = self.blocked.iter().filter(|entry| entry.agent.is_none());
        let blocks = guards.map(guard_block).collect::<Result<Vec<GuardBlock>, String>>()?;
        let EstimateEntry { reads, writes, seconds } = self.estimate;
        let report = Report {
            blocks: &blocks,
            estimate: Estimate { reads, writes, seconds },
            complete: self.complete,
            ..Report::new(ReportSubject::Plan, &origin, &plan, &roster)
        };
        Ok(terminal::plan(&report, page) + &format!("Digest: {}\n", super::shown(&self.digest)))
    }

    fn plan(&self) -> Result<Plan, String> {
        let unmanaged =
            |row: &UnmanagedEntry| Unmanaged { system: row.system, remote_id: row.remote_id, name: row.name.clone() };
        let actions = self.actions_by_agent();
        let orphan = |one: &OrphanEntry| Orphan { agent: one.agent.clone(), crm: one.crm, pf_user: one.pf_user };
        Ok(Plan {
            people: self.people.iter().map(|entry| self.person(entry, &actions)).collect::<Result<_, String>>()?,
            base: self.base.clone(),
            orphans: self.orphans.iter().map(orphan).collect(),
            unmanaged: self.unmanaged.iter().map(unmanaged).collect(),
            warnings: self.warnings.iter().cloned().map(Warning::reported).collect(),
            unchanged: self.summary.unchanged,
            ..Plan::default()
        })
    }

    fn actions_by_agent(&self) -> BTreeMap<&str, Vec<&ActionEntry>> {
        let mut actions: BTreeMap<&str, Vec<&ActionEntry>> = BTreeMap::new();
        for action in &self.actions {
            actions.entry(&action.agent).or_default().push(action);
        }
        actions
    }

    fn person(&self, entry: &PersonEntry, actions: &BTreeMap<&str, Vec<&ActionEntry>>) -> Result<PersonPlan, String> {
        let actions = actions.get(entry.agent.as_str()).into_iter().flatten().copied();
        let why = self.blocked.iter().find(|blocked| blocked.agent.as_ref() == Some(&entry.agent));
        Ok(PersonPlan {
            slug: slug(&entry.agent)?,
            file: entry.file.clone(),
            actions: actions.map(action).collect::<Result<_, String>>()?,
            blocked: why.map(|blocked| Block::Saved(blocked.message.clone())),
            after: Vec::new(),
            crm: entry.crm.map(|id| Arc::new(ObservedCrmUser { id, ..ObservedCrmUser::default() })),
            pf: entry.pf.map(|id| Arc::new(ObservedPfUser { id, ..ObservedPfUser::default() })),
            crm_desired: Record::new(),
            pf_desired: Record::new(),
            pf_live: Record::new(),
            memory: Memory::default(),
            login: String::new(),
            leaving: entry.leaves.as_ref().map(LeavesEntry::leaving).transpose()?,
            unexplained_activation: false,
            same_person: Vec::new(),
        })
    }

    /// Where each field was declared.
    fn roster(&self) -> Result<Roster, String> {
        let actions = self.actions_by_agent();
        let mut people = BTreeMap::new();
        for entry in &self.people {
            let slug = slug(&entry.agent)?;
            let fields = actions.get(entry.agent.as_str()).into_iter().flatten().flat_map(|action| &action.fields);
            let lines = fields.filter_map(|field| Some((field, field.line?)));
            let lines = lines.map(|(field, line)| Ok((field.path.parse::<Field>()?, line)));
            let lines = lines.collect::<Result<BTreeMap<Field, u32>, String>>()?;
            let declaration = Declaration {
                slug: slug.clone(),
                file: entry.file.clone(),
                status: Status::Active,
                // Of the values nothing is shown.
                record: lines.keys().map(|field| (field.clone(), FieldValue::Nothing)).collect(),
                clears_descriptions: false,
                lines: lines.into_values().collect(),
                handover: None,
            };
            people.insert(slug, declaration);
        }
        Ok(Roster { people })
    }
}

fn action(entry: &ActionEntry) -> Result<Action, String> {
    Ok(Action {
        system: entry.system,
        operation: entry.operation,
        remote_id: entry.remote_id,
        fields: entry.fields.iter().map(change).collect::<Result<_, String>>()?,
    })
}

fn change(entry: &FieldEntry) -> Result<Change, String> {
    Ok(Change {
        field: entry.path.parse()?,
        before: entry.before.clone().unwrap_or_default(),
        after: entry.after.clone().unwrap_or_default(),
        class: entry.class,
        readable: entry.readable,
        sent: None,
    })
}

fn guard_block(entry: &BlockedEntry) -> Result<GuardBlock, String> {
    let guards =
        [Guard::ActivateDrift, Guard::SecondAccount, Guard::Orphans, Guard::Empty, Guard::Protect, Guard::Seats]
            .into_iter();
    let guards = guards.chain(Operation::ALL.iter().copied().map(Guard::Operation));
    let guard = guards.into_iter().find(|guard| guard.key() == entry.guard);
    Ok(GuardBlock {
        guard: guard.ok_or_else(|| format!("there is no guard {:?}", entry.guard))?,
        limit: entry.limit,
        actual: entry.actual,
        conflicts_and_drift: 0,
        digest: entry.digest.clone(),
        message: entry.message.clone(),
    })
}

fn slug(text: &str) -> Result<Slug, String> {
    Slug::parse(text).map_err(|_| format!("{text:?} is not a slug"))
}
