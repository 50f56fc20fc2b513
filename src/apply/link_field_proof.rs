//! Whether the CRM keeps what it is given to remember: one person shows it for all.
//!
//! Until that is known, people who need it are written one at a time, so that a CRM that keeps nothing gets one new row
//! and not forty, and so that nothing is sent to Property Finder that cannot be remembered.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::MutexGuard;

use super::ApplyRun;
use super::person::lock;
use super::stop_reason::StopReason;
use crate::model::record::{Row, System};
use crate::reconcile::memory::Memory;
use crate::reconcile::observed::LinkValues;
use crate::reconcile::plan::{Operation, PersonPlan, RowsAtPlanTime};
use crate::remote::crm::mapper::CrmMapper;
use crate::remote::{Reader as _, RemoteError};

/// What was proven in this run, and what was found broken.
#[derive(Debug, Default)]
pub(super) struct LinkFieldProof {
    /// Held by a person who is the first to need something that is not proven yet.
    first: tokio::sync::Mutex<()>,
    slug: AtomicBool,
    /// The ids and the memory, which are always stored together.
    ids: AtomicBool,
    /// Why nothing more that has to be remembered is written.
    broken: std::sync::Mutex<Option<String>>,
}

/// What a person's writes put into the link fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct LinkFieldNeeds {
    slug: bool,
    ids: bool,
}

impl LinkFieldNeeds {
    fn of(person: &PersonPlan) -> Self {
        let slug = [Operation::Create, Operation::Adopt, Operation::Link, Operation::Rename];
        Self { slug: slug.into_iter().any(|operation| person.has(System::Crm, operation)), ids: person.writes_links() }
    }

    const fn nothing(self) -> bool {
        !self.slug && !self.ids
    }
}

impl LinkFieldProof {
    /// Nothing is to be proven where links are kept in `roster.lock`.
    pub(super) fn new(in_crm: bool) -> Self {
        Self { slug: AtomicBool::new(!in_crm), ids: AtomicBool::new(!in_crm), ..Self::default() }
    }

    /// The link fields of a person that are not proven. A new person needs a proof of this run; for others the rows that were
    /// read do.
    fn missing(&self, person: &PersonPlan, seen: &RowsAtPlanTime) -> LinkFieldNeeds {
        let new = person.actions.iter().any(|action| action.operation == Operation::Create);
        let needs = LinkFieldNeeds::of(person);
        let slug = self.slug.load(Ordering::Relaxed) || (!new && seen.shows_slug());
        let ids = self.ids.load(Ordering::Relaxed) || (!new && seen.shows_memory());
        LinkFieldNeeds { slug: needs.slug && !slug, ids: needs.ids && !ids }
    }

    fn why_broken(&self) -> Option<String> {
        lock(&self.broken).clone()
    }
}

impl ApplyRun<'_> {
    /// Stores a link in `roster.lock`, where links are kept there. The CRM keeps others with a PUT.
    pub(super) fn store_in_lock_file(&self, crm: u64, links: &LinkValues) -> Result<(), StopReason> {
        let Some(file) = self.systems.crm.link_file() else { return Ok(()) };
        file.store(crm, links).map_err(|error| {
            let agent = links.agent.as_deref().unwrap_or("AGENT");
            let why = format!("roster.lock cannot be written: {error}");
            // Nothing more is made that could not be linked.
            for system in System::ALL {
                self.stop(system, why.clone());
            }
            StopReason::Failed(format!("{why}. Mend that, and run `roster link {agent} --crm {crm}`"))
        })
    }

    /// Waits until this person may be written: at once, where everything that they need is proven; else alone.
    pub(super) async fn turn(&self, person: &PersonPlan) -> Result<Option<MutexGuard<'_, ()>>, StopReason> {
        let proven = self.proof.missing(person, self.seen).nothing();
        let turn = if proven { None } else { Some(self.proof.first.lock().await) };
        match self.proof.why_broken() {
            Some(why) if !LinkFieldNeeds::of(person).nothing() => {
                Err(StopReason::NotTried(format!("it needs what the CRM does not remember: {why}")))
            }
            // The one before may have proven it.
            _ if self.proof.missing(person, self.seen).nothing() => Ok(None),
            _ => Ok(turn),
        }
    }

    /// Checks that the row just made carries the slug, before anything else is made of this person or of others.
    pub(super) async fn ensure_slug_is_kept(&self, person: &PersonPlan, id: u64) -> Result<(), StopReason> {
        if !self.proof.missing(person, self.seen).slug {
            return Ok(());
        }
        let stored = LinkValues { agent: Some(person.slug.to_string()), ..LinkValues::default() };
        self.prove(person, id, &stored).await
    }

    /// Proves that the CRM kept the stored ids, unless that is proven already.
    pub(super) async fn ensure_links_are_kept(
        &self,
        person: &PersonPlan,
        id: u64,
        stored: &LinkValues,
    ) -> Result<(), StopReason> {
        let missing = self.proof.missing(person, self.seen);
        if missing.nothing() { Ok(()) } else { self.prove(person, id, stored).await }
    }

    async fn prove(&self, person: &PersonPlan, id: u64, stored: &LinkValues) -> Result<(), StopReason> {
        let mut waits = self.systems.waits.before_reading_again.iter();
        let why = loop {
            let row = self.as_listed(person, id).await?;
            let Some(why) = self.not_kept(row.as_ref(), id, stored) else {
                self.proof.slug.fetch_or(stored.agent.is_some(), Ordering::Relaxed);
                // The mark of a create is stored without ids, and proves nothing of them.
                let with_ids = stored.memory.is_some() && stored.pf_user.is_some();
                self.proof.ids.fetch_or(with_ids, Ordering::Relaxed);
                return Ok(());
            };
            match waits.next() {
                Some(wait) => tokio::time::sleep(*wait).await,
                None => break why,
            }
        };
        *lock(&self.proof.broken) = Some(why.clone());
        Err(StopReason::Failed(why))
    }

    /// The row as the next plan will read it. As long as no listing has shown a slug, only a listing proves that
    /// listings show it.
    async fn as_listed(&self, person: &PersonPlan, id: u64) -> Result<Option<Row>, RemoteError> {
        if self.seen.shows_slug() {
            return Ok(self.systems.crm.reader.reread(&[id]).await?.pop());
        }
        Ok(self.systems.crm.reader.by_login(&person.login).await?.into_iter().find(|row| row.id == id))
    }

    /// What of the stored links a row does not show, and what to do.
    fn not_kept(&self, row: Option<&Row>, id: u64, stored: &LinkValues) -> Option<String> {
        let Some(row) = row else {
            return Some(format!(
                "crm {id} was written and cannot be read yet, so it is not known whether it keeps the link fields: run \
                 apply again"
            ));
        };
        let shown = self.systems.mappers.crm.links(row);
        // What was not written this time stays as it is.
        let keeps = |stored: Option<u64>, shown: Option<u64>| stored.is_none() || stored == shown;
        let ids = keeps(stored.pf_user, shown.pf_user) && keeps(stored.pf_profile, shown.pf_profile);
        if shown.agent != stored.agent || !ids {
            let fields = if CrmMapper::has_custom_fields(row) { "keep the ids in" } else { "return" };
            return Some(format!(
                "the CRM did not {fields} the custom fields of crm {id}: check crm.link_fields in roster.yaml, and the \
                 API key's right to read and write custom fields"
            ));
        }
        let wanted = stored.memory.as_deref()?;
        let lost = match shown.memory.as_deref() {
            None => "reads back empty".to_owned(),
            Some(text) if same_memory(text, wanted) => return None,
            Some(text) if wanted.starts_with(text) => format!("was cut after {} bytes", text.len()),
            Some(_) => "reads back changed".to_owned(),
        };
        Some(format!(
            "the CRM did not keep the memory of crm {id}, which {lost}: let crm.link_fields.memory in roster.yaml name a \
             plain text field of at least 255 characters. Fields that Property Finder does not return are not written \
             until then"
        ))
    }
}

fn same_memory(one: &str, other: &str) -> bool {
    let (one, other) = (Memory::parse(one), Memory::parse(other));
    one.is_ok() && one == other
}
