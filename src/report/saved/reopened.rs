//! A saved plan as a report again, so that `roster show` prints it as `roster plan` did.
//!
//! What was never written to the file is not there: private values, and the rows' other fields.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::model::agent::{Field, Slug, Status};
use crate::model::record::{Record, Row, System};
use crate::model::roster::{Declaration, Roster};
use crate::reconcile::diff::{Change, Class};
use crate::reconcile::guard::{Guard, GuardBlock};
use crate::reconcile::matching::Orphan;
use crate::reconcile::memory::Memory;
use crate::reconcile::plan::estimate::Estimate;
use crate::reconcile::plan::{Action, Operation, PersonPlan, Plan, Unmanaged};
use crate::report::terminal::{self, TerminalOptions};
use crate::report::{Report, ReportOrigin, ReportSubject};

/// The parts of the document that a reader sees.
#[derive(Deserialize)]
pub(super) struct ReopenedPlan {
    base: Option<String>,
    summary: ReopenedCounts,
    people: Vec<ReopenedPerson>,
    actions: Vec<ReopenedAction>,
    orphans: Vec<ReopenedOrphan>,
    unmanaged: Vec<ReopenedUnmanaged>,
    blocked: Vec<ReopenedBlock>,
    warnings: Vec<String>,
    estimate: ReopenedEstimate,
    digest: String,
    complete: bool,
}

#[derive(Deserialize)]
struct ReopenedCounts {
    unchanged: usize,
}

#[derive(Deserialize)]
struct ReopenedPerson {
    agent: String,
    file: String,
    crm: Option<u64>,
    pf: Option<u64>,
}

#[derive(Deserialize)]
struct ReopenedAction {
    agent: String,
    system: String,
    operation: String,
    remote_id: Option<u64>,
    fields: Vec<ReopenedField>,
}

#[derive(Deserialize)]
struct ReopenedField {
    path: String,
    line: Option<u32>,
    #[serde(default)]
    before: Value,
    #[serde(default)]
    after: Value,
    class: String,
    readable: bool,
}

#[derive(Deserialize)]
struct ReopenedOrphan {
    agent: String,
    crm: u64,
    pf_user: Option<u64>,
}

#[derive(Deserialize)]
struct ReopenedUnmanaged {
    system: String,
    remote_id: u64,
    name: String,
}

#[derive(Deserialize)]
struct ReopenedBlock {
    guard: String,
    agent: Option<String>,
    limit: usize,
    actual: usize,
    digest: Option<String>,
    message: String,
}

#[derive(Deserialize)]
struct ReopenedEstimate {
    reads: usize,
    writes: usize,
    seconds: u64,
}

impl ReopenedPlan {
    /// The plan as it was printed, with its digest behind it.
    pub(super) fn to_text(&self, page: &TerminalOptions) -> Result<String, String> {
        let (plan, roster, origin) = (self.plan()?, self.roster()?, ReportOrigin::default());
        let guards = self.blocked.iter().filter(|entry| entry.agent.is_none());
        let blocks = guards.map(ReopenedBlock::block).collect::<Result<Vec<GuardBlock>, String>>()?;
        let ReopenedEstimate { reads, writes, seconds } = self.estimate;
        let report = Report {
            blocks: &blocks,
            estimate: Estimate { reads, writes, seconds },
            complete: self.complete,
            ..Report::new(ReportSubject::Plan, &origin, &plan, &roster)
        };
        Ok(terminal::plan(&report, page) + &format!("Digest: {}\n", super::shown(&self.digest)))
    }

    fn plan(&self) -> Result<Plan, String> {
        let unmanaged = |row: &ReopenedUnmanaged| {
            Ok(Unmanaged { system: system(&row.system)?, remote_id: row.remote_id, name: row.name.clone() })
        };
        let orphan = |one: &ReopenedOrphan| Orphan { agent: one.agent.clone(), crm: one.crm, pf_user: one.pf_user };
        Ok(Plan {
            people: self.people.iter().map(|entry| self.person(entry)).collect::<Result<_, String>>()?,
            base: self.base.clone(),
            orphans: self.orphans.iter().map(orphan).collect(),
            unmanaged: self.unmanaged.iter().map(unmanaged).collect::<Result<_, String>>()?,
            warnings: self.warnings.clone(),
            unchanged: self.summary.unchanged,
            ..Plan::default()
        })
    }

    fn person(&self, entry: &ReopenedPerson) -> Result<PersonPlan, String> {
        let row = |id: Option<u64>| id.map(|id| Row { id, raw: Value::Null });
        let actions = self.actions.iter().filter(|action| action.agent == entry.agent);
        let why = self.blocked.iter().find(|blocked| blocked.agent.as_ref() == Some(&entry.agent));
        Ok(PersonPlan {
            slug: slug(&entry.agent)?,
            file: entry.file.clone(),
            actions: actions.map(ReopenedAction::action).collect::<Result<_, String>>()?,
            blocked: why.map(|blocked| blocked.message.clone()),
            after: Vec::new(),
            crm: row(entry.crm),
            pf: row(entry.pf),
            crm_desired: Record::new(),
            pf_desired: Record::new(),
            pf_live: Record::new(),
            memory: Memory::default(),
            login: String::new(),
            unexplained_activation: false,
        })
    }

    /// Where each field was declared.
    fn roster(&self) -> Result<Roster, String> {
        let mut people = BTreeMap::new();
        for entry in &self.people {
            let slug = slug(&entry.agent)?;
            let fields = self.actions.iter().filter(|action| action.agent == entry.agent).flat_map(|one| &one.fields);
            let lines = fields.filter_map(|field| Some((field, field.line?)));
            let lines = lines.map(|(field, line)| Ok((field.path.parse::<Field>()?, line)));
            let lines = lines.collect::<Result<BTreeMap<Field, u32>, String>>()?;
            let declaration = Declaration {
                slug: slug.clone(),
                file: entry.file.clone(),
                status: Status::Active,
                record: Record::new(),
                clears_descriptions: false,
                lines,
                handover: None,
            };
            people.insert(slug, declaration);
        }
        Ok(Roster { people })
    }
}

impl ReopenedAction {
    fn action(&self) -> Result<Action, String> {
        let operation = Operation::ALL.into_iter().find(|operation| operation.key() == self.operation);
        Ok(Action {
            system: system(&self.system)?,
            operation: operation.ok_or_else(|| format!("there is no operation {:?}", self.operation))?,
            remote_id: self.remote_id,
            fields: self.fields.iter().map(ReopenedField::change).collect::<Result<_, String>>()?,
        })
    }
}

impl ReopenedField {
    fn change(&self) -> Result<Change, String> {
        let class = Class::ALL.into_iter().find(|class| class.key() == self.class);
        Ok(Change {
            field: self.path.parse()?,
            before: self.before.clone(),
            after: self.after.clone(),
            class: class.ok_or_else(|| format!("there is no class {:?}", self.class))?,
            readable: self.readable,
        })
    }
}

impl ReopenedBlock {
    fn block(&self) -> Result<GuardBlock, String> {
        let guards = [Guard::ActivateDrift, Guard::Orphans, Guard::Empty, Guard::Protect].into_iter();
        let guards = guards.chain(Operation::ALL.map(Guard::Operation));
        let guard = guards.into_iter().find(|guard| guard.key() == self.guard);
        Ok(GuardBlock {
            guard: guard.ok_or_else(|| format!("there is no guard {:?}", self.guard))?,
            limit: self.limit,
            actual: self.actual,
            digest: self.digest.clone(),
            message: self.message.clone(),
        })
    }
}

fn slug(text: &str) -> Result<Slug, String> {
    Slug::parse(text).map_err(|_| format!("{text:?} is not a slug"))
}

fn system(key: &str) -> Result<System, String> {
    let found = [System::Crm, System::Pf].into_iter().find(|system| system.key() == key);
    found.ok_or_else(|| format!("there is no system {key:?}"))
}
