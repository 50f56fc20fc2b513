//! Making somebody new, once. A create is the one request that must not be sent twice (design 2.4).

use std::sync::atomic::Ordering;

use serde_json::Value;

use super::person::{Stop, lock};
use super::witness::Write;
use super::{Patience, Run};
use crate::plan::Person;
use crate::record::{Record, Row, System};
use crate::remote::crm::wire::Links;
use crate::remote::pf::wire::{PfUpdate, Wire as PfWire};
use crate::remote::{RemoteError, What, Writer};

impl<C, P> Run<'_, C, P>
where
    C: Writer<Update = Value>,
    P: Writer<Update = PfUpdate>,
{
    /// The person's row in the CRM, new, with the slug in it from the first moment.
    pub(super) async fn create_in_crm(&self, person: &Person) -> Result<Row, Stop> {
        let body = self.sent_to_crm(person);
        let ours = |row: &Row| self.carries_slug(person, row);
        let send = once(self.systems.crm, &body, &person.login, ours, self.systems.patience);
        self.write(&create(person, System::Crm, &person.crm_desired), send, |row| row.id).await
    }

    /// The person's user and profile at Property Finder, new.
    pub(super) async fn create_at_pf(&self, person: &Person) -> Result<Row, Stop> {
        let body = self.systems.planner.pf.create(&person.pf_desired).map_err(Stop::Failed)?;
        // Whoever has this login e-mail now and was not there when the plan was made is the one we made.
        let ours = |row: &Row| !self.seen.had_pf_user(row.id);
        let send = once(self.systems.pf, &body, &person.login, ours, self.systems.patience);
        let row = self.write(&create(person, System::Pf, &person.pf_desired), send, |row| row.id).await?;
        if PfWire::profile_id(&row).is_some() {
            return Ok(row);
        }
        // Both ids are needed, and the answer named one.
        Ok(self.systems.pf.reread(&[row.id]).await?.pop().unwrap_or(row))
    }

    /// The row just made, as the CRM itself reads it: a PUT may replace the whole of it. Where the reads lag too far
    /// behind, it is what was sent, with whatever the answer says beside it; an answer alone may be no more than an id.
    pub(super) async fn read_created(&self, person: &Person, answered: &Row) -> Result<Row, Stop> {
        let patience = self.systems.patience;
        for look in 0..patience.looks {
            if look > 0 {
                tokio::time::sleep(patience.between_looks).await;
            }
            let row = self.systems.crm.reread(&[answered.id]).await?.pop();
            if let Some(row) = row.filter(|row| self.carries_slug(person, row)) {
                return Ok(row);
            }
        }
        let mut raw = answered.raw.clone();
        if let Some(sent) = self.sent_to_crm(person).get("user") {
            lay_over(&mut raw, sent);
        }
        Ok(Row { id: answered.id, raw })
    }

    /// Whether the CRM keeps what it was given to remember. The first person shows it for all; the read-back at the end
    /// looks at everybody.
    pub(super) async fn ids_are_kept(&self, person: &Person, id: u64, stored: &Links) -> Result<(), Stop> {
        if self.ids_proven.load(Ordering::Relaxed) {
            return Ok(());
        }
        let mut waits = self.systems.patience.before_reading_again.iter();
        let seen = loop {
            let row = self.systems.crm.reread(&[id]).await?.pop();
            let links = row.as_ref().map(|row| self.systems.planner.crm.links(row)).unwrap_or_default();
            let agent = links.agent.as_deref() == Some(person.slug.as_str());
            if agent && links.pf_user == stored.pf_user && links.pf_profile == stored.pf_profile {
                self.ids_proven.store(true, Ordering::Relaxed);
                return Ok(());
            }
            match waits.next() {
                Some(wait) => tokio::time::sleep(*wait).await,
                None => break row.is_some(),
            }
        };
        let why = if seen {
            format!(
                "the CRM did not keep the ids in the custom fields of crm {id}: check crm.link_fields in roster.yaml and \
                 the API key's right to write custom fields"
            )
        } else {
            format!("crm {id} was created and cannot be read yet, so it is not known whether it keeps the ids")
        };
        *lock(&self.no_more_creates) = Some(format!("nobody else is created: {why}"));
        Err(Stop::Failed(why))
    }

    /// The body of the person's create in the CRM, with the slug in it.
    fn sent_to_crm(&self, person: &Person) -> Value {
        let links = Links { agent: Some(person.slug.to_string()), ..Links::default() };
        self.systems.planner.crm.create(&person.crm_desired, &links)
    }

    fn carries_slug(&self, person: &Person, row: &Row) -> bool {
        self.systems.planner.crm.links(row).agent.as_deref() == Some(person.slug.as_str())
    }
}

/// Puts the members of an object over those of another, at every depth.
fn lay_over(under: &mut Value, over: &Value) {
    match (under, over) {
        (Value::Object(under), Value::Object(over)) => {
            for (key, value) in over {
                lay_over(under.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        (under, over) => *under = over.clone(),
    }
}

fn create<'a>(person: &'a Person, system: System, desired: &Record) -> Write<'a> {
    let paths = desired.keys().map(ToString::to_string).collect();
    Write { agent: &person.slug, system, what: "create", remote_id: None, paths }
}

/// Sends a create; where its answer is lost, looks before it is sent again, and sends it twice at most. One that was not
/// answered in time is not sent again in this run: it may be carried out after the last look.
async fn once<W: Writer>(
    remote: &W,
    body: &Value,
    login: &str,
    ours: impl Fn(&Row) -> bool,
    patience: &Patience,
) -> Result<Row, RemoteError> {
    let lost = match remote.create(body).await {
        Err(error) if error.leaves_unknown() => error,
        answered => return answered,
    };
    match look(remote, login, &ours, patience).await {
        Looked::Ours(row) => return Ok(row),
        Looked::Nothing if !matches!(lost.what, What::Late(_)) => {}
        Looked::Nothing | Looked::Unclear => return Err(lost),
    }
    let lost = match remote.create(body).await {
        Err(error) if error.leaves_unknown() => error,
        answered => return answered,
    };
    match look(remote, login, &ours, patience).await {
        Looked::Ours(row) => Ok(row),
        Looked::Nothing | Looked::Unclear => Err(lost),
    }
}

enum Looked {
    Ours(Row),
    Nothing,
    Unclear,
}

async fn look<W: Writer>(remote: &W, login: &str, ours: &impl Fn(&Row) -> bool, patience: &Patience) -> Looked {
    for round in 0..patience.looks {
        if round > 0 {
            tokio::time::sleep(patience.between_looks).await;
        }
        match remote.by_login(login).await.as_deref() {
            Ok([row]) if ours(row) => return Looked::Ours(row.clone()),
            Ok([]) => {}
            Ok(_) | Err(_) => return Looked::Unclear,
        }
    }
    Looked::Nothing
}
