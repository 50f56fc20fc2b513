//! Creates a person. A create is not sent again before a look-up finds nothing, since neither API has an idempotency key
//! (docs/vendor-apis.md, "Property Finder: calls").

use serde_json::Value;
use tokio::time::Instant;

use super::crm_target::CrmTarget;
use super::observer::PendingWrite;
use super::stop_reason::StopReason;
use super::{ApplyRun, ConsistencyWaits, WriteKind};
use crate::model::record::{Record, Row, System};
use crate::reconcile::observed::LinkValues;
use crate::reconcile::plan::PersonPlan;
use crate::remote::pf::mapper::PfMapper;
use crate::remote::{ErrorKind, LookupKey, Permits, Reader, RemoteError, WantedPerson};

impl ApplyRun<'_> {
    /// The person's row in the CRM, new, with the slug in it from the first moment.
    pub(super) async fn create_in_crm(&self, person: &PersonPlan) -> Result<Row, StopReason> {
        self.ensure_not_stopped(System::Crm)?;
        self.ensure_absent(person, System::Crm, &self.systems.crm.reader).await?;
        let body = self.sent_to_crm(person);
        let crm = self.systems.crm;
        // A row carries the slug from the first moment only where the CRM keeps the links. Elsewhere, a row with this login
        // e-mail that did not exist when the plan was made is the row of this create.
        let is_row_of_this_create = |row: &Row| match crm.link_file() {
            None => self.carries_slug(person, row),
            Some(_) => !self.seen.had_login(System::Crm, &person.login, row.id),
        };
        let send = Box::pin(create_with_lookup(
            || crm.create(&body),
            &crm.reader,
            &person.login,
            is_row_of_this_create,
            self.systems.waits,
        ));
        self.write(&pending_create(person, System::Crm, &person.crm_desired), send, |row| row.id).await
    }

    /// The person's user and profile at Property Finder, new. `target` is the CRM row that stores the ids.
    pub(super) async fn create_at_pf(&self, person: &PersonPlan, target: &mut CrmTarget) -> Result<Row, StopReason> {
        self.ensure_not_stopped(System::Pf)?;
        let body = self.systems.mappers.pf.create(&person.pf_desired).map_err(StopReason::Failed)?;
        let Some(reader) = self.systems.pf.reader() else {
            return self.create_unlisted(person, target, &body).await;
        };
        self.ensure_absent(person, System::Pf, reader).await?;
        // A user with this login e-mail that did not exist when the plan was made is the user of this create.
        let is_row_of_this_create = |row: &Row| !self.seen.had_pf_user(row.id);
        let pf = self.systems.pf;
        let send = Box::pin(create_with_lookup(
            || pf.create(&body),
            reader,
            &person.login,
            is_row_of_this_create,
            self.systems.waits,
        ));
        let row = self.write(&pending_create(person, System::Pf, &person.pf_desired), send, |row| row.id).await?;
        if PfMapper::profile_id(&row).is_some() {
            return Ok(row);
        }
        // Both ids are needed, and the answer named one.
        Ok(reader.reread(&[row.id]).await?.pop().unwrap_or(row))
    }

    /// Checks that no row belongs to this person yet. The listing may be old, or may have lost a row between two pages. A
    /// person who is missing from it must not be created twice.
    async fn ensure_absent(&self, person: &PersonPlan, system: System, reader: &impl Reader) -> Result<(), StopReason> {
        let wanted = WantedPerson {
            login: &person.login,
            slug: self.systems.mappers.crm.slug_field().map(|field| (field, person.slug.as_str())),
            found_by: match self.seen.was_declared_at_base(&person.slug) {
                Some(true) => LookupKey::Slug,
                Some(false) => LookupKey::Login,
                None => LookupKey::Either,
            },
            reference: self.seen.reference(),
        };
        let found = reader.already_there(&wanted).await?;
        // A row that held the login or the slug when the plan was made is expected to give it up; reads may lag behind
        // that.
        let gives_up = |row: &Row| {
            let slug = self.seen.row_that_gives_up(&person.slug).filter(|_| system == System::Crm);
            self.seen.had_login(system, &person.login, row.id) || slug.is_some_and(|(id, _)| *id == row.id)
        };
        let new = found.iter().filter(|row| !gives_up(row));
        let new: Vec<String> = new.map(|row| format!("{system} {}", row.id)).collect();
        if new.is_empty() {
            return Ok(());
        }
        Err(StopReason::Moved(format!(
            "not created in {}, since {} has this login e-mail or slug and was not in the listing that the plan was made \
             from: run apply again, which reads both systems again and takes the row into account",
            system.name(),
            new.join(" and "),
        )))
    }

    /// Reads the new row in the CRM, with a permit for its PUT, which may replace the whole row. Where the reads lag too far
    /// behind, it is what was sent, completed from the answer: an answer alone may be no more than an id.
    pub(super) async fn read_created(
        &self,
        person: &PersonPlan,
        answered: &Row,
    ) -> Result<(Row, Permits<'_>), StopReason> {
        let waits = self.systems.waits;
        for look in 0..waits.looks {
            if look > 0 {
                tokio::time::sleep(waits.between_looks).await;
            }
            let mut permits = self.systems.crm.reserve(2).await;
            let row = self.systems.crm.reread_with(&mut permits, &[answered.id]).await?.pop();
            if let Some(row) = row.filter(|row| self.carries_slug(person, row)) {
                permits.row_was_read(Instant::now(), waits.oldest_read);
                return Ok((row, permits));
            }
        }
        let mut raw = answered.raw.clone();
        if let Some(sent) = self.sent_to_crm(person).get("user") {
            merge_json(&mut raw, sent);
        }
        let mut permits = self.systems.crm.reserve(1).await;
        permits.row_was_read(Instant::now(), waits.oldest_read);
        Ok((Row { raw, ..answered.clone() }, permits))
    }

    /// The body of the person's create in the CRM, with the slug in it.
    fn sent_to_crm(&self, person: &PersonPlan) -> Value {
        let links = LinkValues { agent: Some(person.slug.to_string()), ..LinkValues::default() };
        self.systems.mappers.crm.create(&person.crm_desired, &links)
    }

    fn carries_slug(&self, person: &PersonPlan, row: &Row) -> bool {
        self.systems.mappers.crm.links(row).agent.as_deref() == Some(person.slug.as_str())
    }
}

/// Puts the members of an object over those of another, at every depth.
fn merge_json(under: &mut Value, over: &Value) {
    match (under, over) {
        (Value::Object(under), Value::Object(over)) => {
            for (key, value) in over {
                merge_json(under.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        (under, over) => *under = over.clone(),
    }
}

pub(super) fn pending_create<'a>(person: &'a PersonPlan, system: System, desired: &Record) -> PendingWrite<'a> {
    let paths = desired.keys().map(ToString::to_string).collect();
    PendingWrite { agent: &person.slug, system, kind: WriteKind::Create, remote_id: None, paths }
}

/// Sends a create with at most one retry. A create has no idempotency key: where its answer is lost, the row is looked up
/// before the retry. One that was not answered in time is not sent again in this run: it may be carried out after the last look.
async fn create_with_lookup(
    create: impl AsyncFn() -> Result<Row, RemoteError>,
    reader: &impl Reader,
    login: &str,
    is_row_of_this_create: impl Fn(&Row) -> bool,
    waits: &ConsistencyWaits,
) -> Result<Row, StopReason> {
    let lost = match create().await {
        Err(error) if error.leaves_unknown() => error,
        answered => return Ok(answered?),
    };
    match look_up(reader, login, &is_row_of_this_create, waits).await {
        LookupResult::Ours(row) => return Ok(row),
        LookupResult::Nothing if !matches!(lost.what, ErrorKind::Late(_)) => {}
        LookupResult::Nothing | LookupResult::Unclear => return Err(lost.into()),
    }
    let error = match create().await {
        Err(error) => error.after_a_lost_try(),
        Ok(row) => return Ok(row),
    };
    match look_up(reader, login, &is_row_of_this_create, waits).await {
        LookupResult::Ours(row) => Ok(row),
        LookupResult::Nothing | LookupResult::Unclear => Err(error.into()),
    }
}

enum LookupResult {
    Ours(Row),
    Nothing,
    Unclear,
}

async fn look_up(
    reader: &impl Reader,
    login: &str,
    is_row_of_this_create: &impl Fn(&Row) -> bool,
    waits: &ConsistencyWaits,
) -> LookupResult {
    for round in 0..waits.looks {
        if round > 0 {
            tokio::time::sleep(waits.between_looks).await;
        }
        match reader.by_login(login).await.as_deref() {
            Ok([row]) if is_row_of_this_create(row) => return LookupResult::Ours(row.clone()),
            Ok([]) => {}
            Ok(_) | Err(_) => return LookupResult::Unclear,
        }
    }
    LookupResult::Nothing
}
