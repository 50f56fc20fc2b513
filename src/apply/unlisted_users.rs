//! Writes to a Property Finder that lists no users. Nothing can be looked up, so the CRM's memory is written before and after.
//!
//! A create is sent once in all: a mark precedes it, the ids replace the mark, and a mark that stays blocks the person until
//! somebody has looked in Property Finder's own screens. Before an update its fields are stored as unknown. Whatever ends the
//! run, and whatever the files declare then, the next run sends them again.

use std::sync::Arc;

use serde_json::Value;

use super::create::pending_create;
use super::crm_row::CrmWrite;
use super::crm_target::{CrmTarget, TargetRow};
use super::observer::PendingWrite;
use super::stop_reason::StopReason;
use super::{ApplyRun, WriteKind, write_after_read};
use crate::model::record::{Record, Row, System};
use crate::reconcile::memory::Memory;
use crate::reconcile::observed::LinkValues;
use crate::reconcile::plan::PersonPlan;
use crate::remote::Permits;

impl ApplyRun<'_> {
    /// Marks the create, sends it, and removes the mark where it was refused. One at a time: where answers are lost, few people
    /// are left with a mark before nothing more is sent.
    pub(super) async fn create_unlisted(
        &self,
        person: &PersonPlan,
        target: &mut CrmTarget,
        body: &Value,
    ) -> Result<Row, StopReason> {
        let _alone = self.unlisted.lock().await;
        self.ensure_not_stopped(System::Pf)?;
        let before = target.links().cloned().unwrap_or_default();
        self.mark(person, target, &Memory::creating(&person.memory), WriteKind::MarkCreate).await?;

        let request = async { Ok(self.systems.pf.create(body).await?) };
        let answer =
            self.write(&pending_create(person, System::Pf, &person.pf_desired), request, |row: &Row| row.id).await;
        match answer {
            Err(StopReason::Remote(error)) if error.leaves_unknown() => Err(error.into()),
            Err(reason) => {
                // Where this fails, the mark stays and blocks the person, which is safe.
                if self.write_memory(person, target, before.memory, WriteKind::MarkCreate).await.is_ok() {
                    target.before_mark = None;
                }
                Err(reason)
            }
            Ok(row) => Ok(row),
        }
    }

    /// Stores that these fields are unknown, since they are about to be sent to the user. Returns the memory with which that
    /// was done.
    pub(super) async fn forget(
        &self,
        person: &PersonPlan,
        target: &mut CrmTarget,
        changes: &Record,
    ) -> Result<Memory, StopReason> {
        let memory = marked(person, changes);
        if memory != person.memory {
            self.mark(person, target, &memory, WriteKind::MarkUpdate).await?;
        }
        Ok(memory)
    }

    /// The link fields that a row has after [`Self::forget`], where this run has updated the user.
    pub(super) fn links_while_unknown(&self, person: &PersonPlan) -> Option<LinkValues> {
        let row = person.crm.as_ref().filter(|_| self.systems.pf.reader().is_none())?;
        let memory = Some(marked(person, &person.changes_in(System::Pf)).to_text());
        Some(LinkValues { memory, ..row.links.clone() })
    }

    /// Writes a memory with a mark into the person's CRM row, and holds that the CRM keeps it.
    async fn mark(
        &self,
        person: &PersonPlan,
        target: &mut CrmTarget,
        memory: &Memory,
        kind: WriteKind,
    ) -> Result<(), StopReason> {
        let before = target.links().cloned().unwrap_or_default();
        let mark = memory.to_text();
        self.ensure_not_stopped(System::Crm)?;
        let id = self.write_memory(person, target, Some(mark.clone()), kind).await?;
        let marked = LinkValues { memory: Some(mark), ..before.clone() };
        if let TargetRow::Seen(row) = &mut target.row {
            Arc::make_mut(row).links = marked.clone();
        }
        target.before_mark = Some(before);
        self.ensure_mark_is_kept(person, target, id, &marked).await
    }

    /// Checks that the CRM keeps the mark, unless it is proven that it keeps the memory.
    async fn ensure_mark_is_kept(
        &self,
        person: &PersonPlan,
        target: &CrmTarget,
        id: u64,
        marked: &LinkValues,
    ) -> Result<(), StopReason> {
        // A row that was made in this run carries the slug; another one gets it with the ids.
        let agent = if target.is_created() { Some(person.slug.to_string()) } else { marked.agent.clone() };
        self.ensure_links_are_kept(person, id, &LinkValues { agent, ..marked.clone() }).await
    }

    /// Writes the memory alone into the person's CRM row, also after an interrupt.
    async fn write_memory(
        &self,
        person: &PersonPlan,
        target: &CrmTarget,
        memory: Option<String>,
        kind: WriteKind,
    ) -> Result<u64, StopReason> {
        let links = LinkValues { memory: memory.clone(), ..target.links().cloned().unwrap_or_default() };
        let (row, mut permits) = self.row_to_write(person, target, None).await?;
        let id = row.id;
        let nothing = Record::new();
        let again = async |lost: bool| {
            let written = CrmWrite { changes: &nothing, links: &links };
            self.row_to_write(person, target, lost.then_some(written)).await
        };
        let mapper = &self.systems.mappers.crm;
        let send = async |permits: &mut Permits<'_>, row: &Row| {
            let links = LinkValues { memory: memory.clone(), ..mapper.links(row) };
            self.systems.crm.update(permits, id, &mapper.relink(row, &links)).await
        };
        let write =
            PendingWrite { agent: &person.slug, system: System::Crm, kind, remote_id: Some(id), paths: Vec::new() };
        let put = Box::pin(write_after_read::send(row, &mut permits, again, send));
        self.write_despite_interrupt(&write, put, |()| id).await.map(|()| id)
    }
}

/// The memory of a person whose user is about to be sent these fields.
fn marked(person: &PersonPlan, changes: &Record) -> Memory {
    let mut memory = person.memory.clone();
    for field in changes.keys() {
        memory.forget(System::Pf, field);
    }
    memory
}
