//! A person's writes at Property Finder, and what becomes of the link fields by their answers.

use super::crm_target::CrmTarget;
use super::observer::PendingWrite;
use super::person::{LinkUpdate, main_operation};
use super::stop_reason::StopReason;
use super::{ApplyRun, WriteKind, Written, write_after_read};
use crate::model::agent::{Field, FieldValue};
use crate::model::record::{Record, System};
use crate::reconcile::memory::Memory;
use crate::reconcile::observed::ObservedPfUser;
use crate::reconcile::plan::{Operation, PersonPlan};
use crate::remote::Permits;
use crate::remote::pf::mapper::{PfMapper, PfPatch};

impl ApplyRun<'_> {
    pub(super) async fn at_pf(
        &self,
        person: &PersonPlan,
        target: &mut CrmTarget,
        link_update: &mut LinkUpdate,
        done: &mut Vec<Written>,
    ) -> Result<(), StopReason> {
        if person.has(System::Pf, Operation::Create) {
            let row = Box::pin(self.create_at_pf(person, target)).await?;
            done.push(Written::Row(System::Pf, Operation::Create, row.id));
            let late = self.systems.mappers.pf.after_create(&person.pf_desired);
            let mut memory = person.memory.of_crm();
            // A create sends no status.
            let is_sent = |field: &Field| *field != Field::Status && !late.contains_key(field);
            let sent_now = person.pf_desired.iter().filter(|(field, _)| is_sent(field));
            self.remember(&mut memory, sent_now);
            link_update.of_new_user = self.systems.pf.reader().is_none();
            if link_update.of_new_user {
                for field in late.keys() {
                    memory.forget(System::Pf, field);
                }
            }
            link_update.store(row.id, PfMapper::profile_id(&row), &memory);
            if late.is_empty() {
                return Ok(());
            }
            let user = self.systems.mappers.pf.user(&row);
            let (update, mut permits) = self.pf_now(person, &user, &late, false).await?;
            for patch in update.patches() {
                self.patch(person, &user, &late, (0, patch), &mut permits).await?;
                done.push(Written::Profile(user.id));
            }
            self.remember(&mut memory, late.iter());
            link_update.store(user.id, user.profile, &memory);
            return Ok(());
        }
        let Some(user) = person.pf.as_ref().filter(|_| person.actions_in(System::Pf).next().is_some()) else {
            return Ok(());
        };
        let changes = person.changes_in(System::Pf);
        let mut memory = match self.systems.pf.reader() {
            Some(_) => person.memory.clone(),
            None => Box::pin(self.forget(person, target, &changes)).await?,
        };
        let (update, mut permits) = self.pf_now(person, user, &changes, false).await?;
        for (at, patch) in update.patches().into_iter().enumerate() {
            self.patch(person, user, &changes, (at, patch), &mut permits).await?;
            done.push(match at {
                0 => Written::Row(System::Pf, main_operation(person, System::Pf), user.id),
                _ => Written::Profile(user.id),
            });
        }
        drop(permits);
        self.remember(&mut memory, changes.iter());
        let newly_known = person.has(System::Pf, Operation::Link) || person.has(System::Pf, Operation::Adopt);
        if newly_known || memory != person.memory || target.before_mark.is_some() {
            link_update.store(user.id, user.profile, &memory);
        }
        Ok(())
    }

    /// One request of an update at Property Finder.
    async fn patch<'s>(
        &'s self,
        person: &PersonPlan,
        user: &ObservedPfUser,
        changes: &Record,
        (at, patch): (usize, PfPatch),
        permits: &mut Permits<'s>,
    ) -> Result<(), StopReason> {
        let of_profile = patch.is_of_profile();
        let paths = changes.keys().filter(|field| field.is_in_pf_profile() == of_profile);
        let write = PendingWrite {
            agent: &person.slug,
            system: System::Pf,
            kind: if of_profile { WriteKind::ProfileUpdate } else { WriteKind::Update },
            remote_id: Some(user.id),
            paths: paths.map(ToString::to_string).collect(),
        };
        let again = async |sent: bool| {
            // The patch before this one has changed the row.
            let (update, permits) = self.pf_now(person, user, changes, sent || at > 0).await?;
            let same = update.patches().into_iter().find(|patch| patch.is_of_profile() == of_profile);
            let gone = || StopReason::Moved(format!("pf {} has no public profile any more", user.id));
            Ok((same.ok_or_else(gone)?, permits))
        };
        let send =
            async |permits: &mut Permits<'s>, patch: &PfPatch| self.systems.pf.update(permits, user.id, patch).await;
        self.write(&write, Box::pin(write_after_read::send(patch, permits, again, send)), |()| user.id).await
    }

    /// Takes note of what was sent of the fields that cannot be read back.
    fn remember<'r>(&self, memory: &mut Memory, sent: impl Iterator<Item = (&'r Field, &'r FieldValue)>) {
        for (field, value) in sent.filter(|(field, _)| !self.systems.mappers.pf.returns(field)) {
            memory.remember(System::Pf, field, value);
        }
    }
}
