//! The PUT of a person's CRM row: fields, link fields and memory. Photos follow in a PUT of their own (`photos`).

use super::crm_row::CrmWrite;
use super::crm_target::{CrmTarget, TargetRow};
use super::observer::PendingWrite;
use super::person::{LinkUpdate, main_operation};
use super::stop_reason::StopReason;
use super::{ApplyRun, WriteKind, Written, write_after_read};
use crate::model::record::{Record, Row, System};
use crate::reconcile::observed::LinkValues;
use crate::reconcile::plan::{Operation, PersonPlan};
use crate::remote::Permits;

impl ApplyRun<'_> {
    pub(super) async fn in_crm(
        &self,
        person: &PersonPlan,
        target: &CrmTarget,
        link_update: &mut LinkUpdate,
        done: &mut Vec<Written>,
    ) -> Result<(), StopReason> {
        let Some(id) = target.id() else { return Ok(()) };
        let mut changes = self.changes_in_crm(person, target);
        changes.retain(|field, _| !field.is_uploaded());
        let slug_is_new = [Operation::Rename, Operation::Adopt, Operation::Link];
        link_update.changed |= slug_is_new.into_iter().any(|operation| person.has(System::Crm, operation));
        let release = person.has(System::Crm, Operation::Release);
        if person.has(System::Crm, Operation::Delete) || (changes.is_empty() && !link_update.changed && !release) {
            return Ok(());
        }
        // Every write stores the slug in the row, unless the row is released.
        if !release && self.systems.mappers.crm.knows_links() {
            link_update.links.agent = Some(person.slug.to_string());
        }
        let links = &link_update.links;
        let links_after = links_after(target, links, release);
        let only_ids =
            target.is_created() || (changes.is_empty() && main_operation(person, System::Crm) == Operation::Update);
        let write = PendingWrite {
            agent: &person.slug,
            system: System::Crm,
            kind: match (release, only_ids) {
                (true, _) => WriteKind::Release,
                (false, true) => WriteKind::StoreIds,
                (false, false) => WriteKind::Update,
            },
            remote_id: Some(id),
            paths: changes.keys().map(ToString::to_string).collect(),
        };
        if self.systems.crm.link_file().is_some() {
            // First, since Property Finder's ids are known by now, whatever becomes of the PUT.
            self.write(&write, async { self.store_in_lock_file(id, &links_after) }, |()| id).await?;
        }
        if self.systems.crm.link_file().is_none() || !changes.is_empty() {
            let sent = CrmWrite { changes: &changes, links: &links_after };
            let first = self.row_to_write(person, target, None).await?;
            let put = Box::pin(self.put_in_crm(person, target, first, (links, release), sent));
            if link_update.of_new_user {
                self.write_despite_interrupt(&write, put, |()| id).await?;
            } else {
                self.write(&write, put, |()| id).await?;
            }
        }
        done.push(if only_ids {
            Written::Ids(id)
        } else {
            Written::Row(System::Crm, main_operation(person, System::Crm), id)
        });
        self.ensure_links_are_kept(person, id, links).await
    }

    /// What the plan writes into the person's row beside the link fields. Nothing is written into a row that is deleted.
    pub(super) fn changes_in_crm(&self, person: &PersonPlan, target: &CrmTarget) -> Record {
        match target.row {
            _ if person.has(System::Crm, Operation::Delete) => Record::new(),
            TargetRow::None => Record::new(),
            TargetRow::Created(_) => self.systems.mappers.crm.after_create(&person.crm_desired),
            TargetRow::Seen(_) => person.changes_in(System::Crm),
        }
    }

    /// The person's row in the CRM as it is now, with permits for its PUT. `sent` may have been written already.
    pub(super) async fn row_to_write(
        &self,
        person: &PersonPlan,
        target: &CrmTarget,
        sent: Option<CrmWrite<'_>>,
    ) -> Result<(Row, Permits<'_>), StopReason> {
        match &target.row {
            TargetRow::Created(answered) => self.read_created(person, answered).await,
            TargetRow::Seen(seen) => {
                let nothing = Record::new();
                let before_mark = target.before_mark.as_ref().map(|links| CrmWrite { changes: &nothing, links });
                self.systems.crm_now(seen, sent.or(before_mark)).await
            }
            TargetRow::None => Err(StopReason::Failed("there is no CRM row to write to".to_owned())),
        }
    }

    /// The PUT of a row that was read just before. `links` are the fields that it writes, and whether it empties the others.
    async fn put_in_crm(
        &self,
        person: &PersonPlan,
        target: &CrmTarget,
        (row, mut permits): (Row, Permits<'_>),
        (links, release): (&LinkValues, bool),
        written: CrmWrite<'_>,
    ) -> Result<(), StopReason> {
        let again = async |lost: bool| self.row_to_write(person, target, lost.then_some(written)).await;
        let mapper = &self.systems.mappers.crm;
        let send = async |permits: &mut Permits<'_>, row: &Row| {
            let body = if release { mapper.relink(row, links) } else { mapper.update(row, written.changes, links) };
            self.systems.crm.update(permits, row.id, &body).await
        };
        write_after_read::send(row, &mut permits, again, send).await
    }
}

/// The link fields of a row after a write of these.
pub(super) fn links_after(target: &CrmTarget, links: &LinkValues, release: bool) -> LinkValues {
    match target.links() {
        Some(seen) if !release => links.over(seen),
        _ => links.clone(),
    }
}
