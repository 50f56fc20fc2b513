//! The one PUT of a person's CRM row: fields, photos that were uploaded before, link fields and memory.

use super::crm_row::CrmWrite;
use super::observer::PendingWrite;
use super::person::{LinkUpdate, StopReason, main_operation};
use super::photos::Uploads;
use super::unlisted_users::{CrmTarget, TargetRow};
use super::{ApplyRun, WriteKind, Written, rested_write};
use crate::model::record::{Record, Row, System};
use crate::reconcile::observed::LinkValues;
use crate::reconcile::plan::{Operation, PersonPlan};
use crate::remote::Permits;

impl ApplyRun<'_> {
    pub(super) async fn in_crm(
        &self,
        person: &PersonPlan,
        target: &CrmTarget,
        mut link_update: LinkUpdate,
        done: &mut Vec<Written>,
    ) -> Result<(), StopReason> {
        let Some(id) = target.id() else { return Ok(()) };
        let changes = match target.row {
            _ if person.has(System::Crm, Operation::Delete) => return Ok(()),
            TargetRow::None => return Ok(()),
            TargetRow::Created(_) => self.systems.mappers.crm.after_create(&person.crm_desired),
            TargetRow::Seen(_) => person.changes_in(System::Crm),
        };
        let slug_is_new = [Operation::Rename, Operation::Adopt, Operation::Link];
        link_update.changed |= slug_is_new.into_iter().any(|operation| person.has(System::Crm, operation));
        let release = person.has(System::Crm, Operation::Release);
        let Uploads { changes, photos, failed } = self.upload_photos(person, id, changes).await;
        if changes.is_empty() && !link_update.changed && !release {
            return failed.map_or(Ok(()), Err);
        }
        // Every write stores the slug in the row, unless the row is released.
        if !release && self.systems.mappers.crm.knows_links() {
            link_update.links.agent = Some(person.slug.to_string());
        }
        // What roster.lock remembers before the PUT does not hold the photos of the PUT.
        let before_put = links_after(target, &link_update.links, release);
        if !photos.is_empty() {
            for (field, value) in &photos {
                link_update.memory.remember(System::Crm, field, value);
            }
            link_update.links.memory = Some(link_update.memory.to_text());
        }
        let links = &link_update.links;
        let links_after = links_after(target, links, release);
        let only_ids = person.actions_in(System::Crm).next().is_none() || target.is_created();
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
        if self.systems.crm.links().is_some() {
            // First, since Property Finder's ids are known by now, whatever becomes of the PUT.
            self.write(&write, async { self.store_in_lock_file(id, &before_put) }, |()| id).await?;
        }
        if self.systems.crm.links().is_none() || !changes.is_empty() {
            let sent = CrmWrite { changes: &changes, links: &links_after };
            let first = self.row_to_write(person, target, None).await?;
            let put = Box::pin(self.put_in_crm(person, target, first, (links, release), sent));
            if link_update.of_new_user {
                self.write_at_once(&write, put, |()| id).await?;
            } else {
                self.write(&write, put, |()| id).await?;
            }
            if !photos.is_empty() {
                self.store_in_lock_file(id, &links_after)?;
            }
        }
        done.push(if only_ids {
            Written::Ids(id)
        } else {
            Written::Row(System::Crm, main_operation(person, System::Crm), id)
        });
        self.links_are_kept(person, id, links).await?;
        failed.map_or(Ok(()), Err)
    }

    /// The person's row in the CRM as it is now, with slots for its PUT. `sent` may have been written already.
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
        (row, mut slots): (Row, Permits<'_>),
        (links, release): (&LinkValues, bool),
        written: CrmWrite<'_>,
    ) -> Result<(), StopReason> {
        let again = async |lost: bool| self.row_to_write(person, target, lost.then_some(written)).await;
        let wire = &self.systems.mappers.crm;
        let send = async |slots: &mut Permits<'_>, row: &Row| {
            let body = if release { wire.relink(row, links) } else { wire.update(row, written.changes, links) };
            self.systems.crm.update(slots, row.id, &body).await
        };
        rested_write::send(row, &mut slots, again, send).await
    }
}

/// The link fields of a row after a write of these.
fn links_after(target: &CrmTarget, links: &LinkValues, release: bool) -> LinkValues {
    match target.links() {
        Some(seen) if !release => links.over(seen),
        _ => links.clone(),
    }
}
