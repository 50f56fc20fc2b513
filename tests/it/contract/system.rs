//! A system's fake, and what the suite has to know of a system so that it speaks to it as a plan would.

use std::time::Duration;

use roster::model::agent::Field;
use roster::model::config::{Config, PfContract, Rate};
use roster::model::picture::Picture;
use roster::model::record::{Record, Row, System};
use roster::reconcile::diff;
use roster::reconcile::observed::{LinkValues, Role};
use roster::remote::crm::CrmWriter;
use roster::remote::pf::{PfReader, PfWriter};
use roster::remote::pf_documented::DocumentedWriter;
use roster::remote::{Endpoints, Mappers, Reader, RemoteError};
use roster::sandbox::{Behaviour, Fault, LoggedRequest, Sandbox, SandboxOptions};
use serde_json::{Value, json};

use crate::support::field_locations::places;
use crate::support::{agent, config, endpoints, picture};

/// A system that is held to the suite.
pub(super) trait Contracted: Sized {
    const SYSTEM: System;
    const CONTRACT: PfContract;
    /// The path of its users.
    const USERS: &'static str;

    fn connect(endpoints: &Endpoints, config: &Config) -> Self;
    /// What can be read; none where nothing can.
    fn reader(&self) -> Option<&impl Reader>;
    fn closed(&self) -> Option<String>;
    async fn create(&self, body: &Value) -> Result<Row, RemoteError>;
    fn desired(mappers: &Mappers, declared: &Record) -> Record;
    fn observed(mappers: &Mappers, row: &Row, desired: &Record) -> Record;
    fn readable(field: &Field) -> bool;
    fn body(mappers: &Mappers, desired: &Record) -> Value;
    /// What a create cannot say.
    fn late(mappers: &Mappers, desired: &Record) -> Record;
    async fn update(&self, mappers: &Mappers, row: &Row, desired: &Record, changes: &Record)
    -> Result<(), RemoteError>;
    /// The JSON pointers below which a write of this field may change a row.
    fn places(field: &Field) -> Vec<String> {
        places(Self::SYSTEM, field)
    }
    /// The rows as they are kept.
    fn kept(sandbox: &Sandbox) -> Vec<Value>;
    /// A row that somebody made by hand, with these e-mails.
    fn by_hand(sandbox: &Sandbox, login: &str, public: &str) -> u64;
}

impl Contracted for CrmWriter {
    const SYSTEM: System = System::Crm;
    const CONTRACT: PfContract = PfContract::Enterprise;
    const USERS: &'static str = "/users";

    fn connect(endpoints: &Endpoints, config: &Config) -> Self {
        Self::new(endpoints, config).unwrap()
    }
    fn reader(&self) -> Option<&impl Reader> {
        Some(&self.reader)
    }
    fn closed(&self) -> Option<String> {
        self.reader.closed()
    }
    async fn create(&self, body: &Value) -> Result<Row, RemoteError> {
        self.create(body).await
    }
    fn desired(mappers: &Mappers, declared: &Record) -> Record {
        mappers.crm.desired(declared)
    }
    fn observed(mappers: &Mappers, row: &Row, _: &Record) -> Record {
        mappers.crm.observed(row)
    }
    fn readable(field: &Field) -> bool {
        !field.is_uploaded()
    }
    fn body(mappers: &Mappers, desired: &Record) -> Value {
        mappers.crm.create(desired, &LinkValues { agent: Some("somebody".to_owned()), ..LinkValues::default() })
    }
    fn late(mappers: &Mappers, desired: &Record) -> Record {
        mappers.crm.after_create(desired)
    }
    async fn update(&self, mappers: &Mappers, row: &Row, _: &Record, changes: &Record) -> Result<(), RemoteError> {
        let mut changes = changes.clone();
        for (_, value) in changes.iter_mut().filter(|(field, value)| field.is_uploaded() && !value.is_nothing()) {
            *value = self.upload("somebody", Picture::parse(picture(7)).unwrap()).await?.into();
        }
        let body = mappers.crm.update(row, &changes, &LinkValues::default());
        self.update(&mut self.reserve(1).await, row.id, &body).await
    }
    fn kept(sandbox: &Sandbox) -> Vec<Value> {
        sandbox.crm_rows()
    }
    fn by_hand(sandbox: &Sandbox, login: &str, public: &str) -> u64 {
        // Members that nobody documented must come through a write unharmed.
        let unknown = json!({"avatar_colour": "teal", "team": {"id": 4}});
        sandbox.put_crm_row(&json!({
            "role": "manager", "private": {"email": login, "photo": 25}, "public": {"email": public, "first_name": "By"},
            "fields": {"7": "theirs"}, "unknown": unknown
        }))
    }
}

impl Contracted for PfWriter {
    const SYSTEM: System = System::Pf;
    const CONTRACT: PfContract = PfContract::Enterprise;
    const USERS: &'static str = "/v1/users";

    fn connect(endpoints: &Endpoints, config: &Config) -> Self {
        Self::new(endpoints, config).unwrap()
    }
    fn reader(&self) -> Option<&impl Reader> {
        Some(&self.reader)
    }
    fn closed(&self) -> Option<String> {
        self.reader.closed()
    }
    async fn create(&self, body: &Value) -> Result<Row, RemoteError> {
        self.create(body).await
    }
    fn desired(mappers: &Mappers, declared: &Record) -> Record {
        mappers.pf.desired(declared)
    }
    fn observed(mappers: &Mappers, row: &Row, desired: &Record) -> Record {
        mappers.pf.observed(row, desired)
    }
    fn readable(field: &Field) -> bool {
        field.is_returned_by_pf()
    }
    fn body(mappers: &Mappers, desired: &Record) -> Value {
        mappers.pf.create(desired).unwrap()
    }
    fn late(_: &Mappers, _: &Record) -> Record {
        Record::new()
    }
    async fn update(
        &self,
        mappers: &Mappers,
        row: &Row,
        desired: &Record,
        changes: &Record,
    ) -> Result<(), RemoteError> {
        for patch in mappers.pf.update(row, desired, changes).patches() {
            self.update(&mut self.reserve(1).await, row.id, &patch).await?;
        }
        Ok(())
    }
    fn kept(sandbox: &Sandbox) -> Vec<Value> {
        sandbox.pf_rows()
    }
    fn by_hand(sandbox: &Sandbox, login: &str, public: &str) -> u64 {
        let profile = json!({"name": "By Hand", "email": public, "phone": "+971501112222", "experienceSince": 1999});
        sandbox.put_pf_row(&json!({"firstName": "By", "lastName": "Hand", "email": login, "publicProfile": profile}))
    }
}

impl Contracted for DocumentedWriter {
    const SYSTEM: System = System::Pf;
    const CONTRACT: PfContract = PfContract::Documented;
    const USERS: &'static str = "/v1/users";

    fn connect(endpoints: &Endpoints, config: &Config) -> Self {
        Self::new(endpoints, config).unwrap()
    }
    fn reader(&self) -> Option<&impl Reader> {
        None::<&PfReader>
    }
    fn closed(&self) -> Option<String> {
        self.closed()
    }
    async fn create(&self, body: &Value) -> Result<Row, RemoteError> {
        self.create(body).await
    }
    fn desired(mappers: &Mappers, declared: &Record) -> Record {
        mappers.pf.desired(declared)
    }
    /// What the server keeps, under the names of the files.
    fn observed(_: &Mappers, row: &Row, desired: &Record) -> Record {
        let place = |field: &Field| Self::places(field).pop();
        let kept = |field: &Field| {
            let value = row.raw.pointer(&place(field)?)?.clone();
            let wanted = desired[field].as_text().unwrap_or_default();
            let name = value.as_str().unwrap_or_default();
            let half = match field {
                Field::FirstName => name.strip_prefix(wanted)?.starts_with(' '),
                Field::LastName => name.strip_suffix(wanted)?.ends_with(' '),
                _ => return Some(value.into()),
            };
            half.then(|| wanted.into())
        };
        desired.keys().filter_map(|field| Some((field.clone(), kept(field)?))).collect()
    }
    fn readable(_: &Field) -> bool {
        true
    }
    fn body(mappers: &Mappers, desired: &Record) -> Value {
        mappers.pf.create(desired).unwrap()
    }
    fn late(mappers: &Mappers, desired: &Record) -> Record {
        mappers.pf.after_create(desired)
    }
    async fn update(
        &self,
        mappers: &Mappers,
        row: &Row,
        desired: &Record,
        changes: &Record,
    ) -> Result<(), RemoteError> {
        for patch in mappers.pf.update(row, desired, changes).patches() {
            self.update(&mut self.reserve(1).await, row.id, &patch).await?;
        }
        Ok(())
    }
    fn places(field: &Field) -> Vec<String> {
        let place = match field {
            Field::Status => "/status",
            Field::FirstName | Field::LastName => "/publicProfile/name",
            Field::Email => "/publicProfile/email",
            Field::Phone => "/publicProfile/phone",
            Field::WhatsappPhone => "/publicProfile/whatsappPhone",
            Field::Photo => "/publicProfile/photo",
            Field::ExperienceSince => "/publicProfile/experienceSince",
            Field::Languages => "/publicProfile/spokenLanguages",
            Field::Position(lang) if lang == "en" => "/publicProfile/position",
            Field::Description(lang) if lang == "en" => "/publicProfile/bio",
            _ => return Vec::new(),
        };
        vec![place.to_owned()]
    }
    fn kept(sandbox: &Sandbox) -> Vec<Value> {
        sandbox.pf_rows()
    }
    fn by_hand(sandbox: &Sandbox, _: &str, public: &str) -> u64 {
        let profile = json!({"name": "By Hand", "email": public, "phone": "+971501112222", "badge": {"of": "theirs"}});
        sandbox.put_pf_row(&json!({"email": public, "publicProfile": profile}))
    }
}

/// A system's fake, and somebody who speaks to it.
pub(super) struct Desk<W> {
    pub(super) sandbox: Sandbox,
    pub(super) mappers: Mappers,
    pub(super) writer: W,
}

impl<W: Contracted> Desk<W> {
    pub(super) async fn new(behaviour: Behaviour) -> Self {
        Self::in_rhythm(behaviour, |_| {}).await
    }

    pub(super) async fn in_rhythm(behaviour: Behaviour, rhythm: impl Fn(&mut Endpoints)) -> Self {
        let behaviour = Behaviour { pf_contract: W::CONTRACT, ..behaviour };
        let sandbox = Sandbox::start(SandboxOptions { behaviour, ..SandboxOptions::default() }).await.unwrap();
        let mut config = config();
        config.property_finder.contract = W::CONTRACT;
        // A window of a second: pauses that nobody asks for are short.
        let rate = Rate { count: 100_000, window: Duration::from_secs(1) };
        (config.crm.rate, config.property_finder.rate) = (rate, rate);
        let roles: Vec<Role> = sandbox.state().pf.roles.iter().filter_map(Role::parse).collect();
        let mut endpoints = endpoints(&sandbox);
        rhythm(&mut endpoints);
        Self { mappers: Mappers::new(&config, &roles), writer: W::connect(&endpoints, &config), sandbox }
    }

    /// What can be read, of a system that can be.
    pub(super) fn reader(&self) -> &impl Reader {
        self.writer.reader().expect("the system can be read")
    }

    pub(super) fn closed(&self) -> Option<String> {
        self.writer.closed()
    }

    /// All rows, as they are listed, or kept where nothing is listed.
    pub(super) async fn rows(&self) -> Result<Vec<Row>, RemoteError> {
        match self.writer.reader() {
            Some(reader) => reader.list().await,
            None => Ok(self.kept_rows()),
        }
    }

    /// One row, in the same way.
    pub(super) async fn row(&self, id: u64) -> Result<Row, RemoteError> {
        match self.writer.reader() {
            Some(reader) => Ok(reader.reread(&[id]).await?.pop().unwrap()),
            None => Ok(self.kept_rows().into_iter().find(|row| row.id == id).unwrap()),
        }
    }

    fn kept_rows(&self) -> Vec<Row> {
        W::kept(&self.sandbox).into_iter().map(|raw| Row::new(raw["id"].as_u64().unwrap(), raw)).collect()
    }

    /// The method of a request that needs no new row: a read, where the system can be read, else an update.
    pub(super) fn first_method(&self) -> &'static str {
        if self.writer.reader().is_some() { "GET" } else { Self::overwrite() }
    }

    /// One such request.
    pub(super) async fn first_request(&self) -> Result<(), RemoteError> {
        if let Some(reader) = self.writer.reader() {
            return reader.list().await.map(drop);
        }
        let id = W::by_hand(&self.sandbox, "by.hand@login.example", "by.hand@public.example");
        self.change(id, 1, &Record::from_iter([(Field::Phone, "+971501110000".into())])).await
    }

    pub(super) fn desired(&self, number: u32) -> Record {
        W::desired(&self.mappers, &agent(&format!("agent-{number}"), number).record)
    }

    pub(super) async fn create(&self, number: u32) -> Result<Row, RemoteError> {
        self.writer.create(&W::body(&self.mappers, &self.desired(number))).await
    }

    /// Creates somebody, completely.
    pub(super) async fn settle(&self, number: u32) -> Row {
        let made = self.create(number).await.unwrap();
        self.change(made.id, number, &W::late(&self.mappers, &self.desired(number))).await.unwrap();
        made
    }

    pub(super) async fn change(&self, id: u64, number: u32, changes: &Record) -> Result<(), RemoteError> {
        let row = self.row(id).await?;
        let mut desired = self.desired(number);
        desired.extend(changes.clone());
        self.update(&row, &desired, changes).await
    }

    pub(super) async fn update(&self, row: &Row, desired: &Record, changes: &Record) -> Result<(), RemoteError> {
        self.writer.update(&self.mappers, row, desired, changes).await
    }

    /// What of the desired record cannot be seen in a row.
    pub(super) fn unseen(&self, row: &Row, desired: &Record) -> Vec<String> {
        let readable: Record = desired.clone().into_iter().filter(|(field, _)| W::readable(field)).collect();
        let live = W::observed(&self.mappers, row, desired);
        diff::readable(&readable, &live, diff::BaseComparison::Against(None))
            .iter()
            .map(|change| change.field.to_string())
            .collect()
    }

    /// Makes requests of the system's users go wrong: `GET #1 503`, with the path put in.
    pub(super) fn fault(&self, text: &str) {
        let (method, effect) = text.split_once(' ').unwrap();
        let path = if method == "PATCH" { "/v1" } else { W::USERS };
        let fault: Fault = match method {
            "token" => format!("{} token {effect}", W::SYSTEM),
            _ => format!("{} {method} {path} {effect}", W::SYSTEM),
        }
        .parse()
        .unwrap();
        self.sandbox.add_fault(fault);
    }

    /// The requests to the system's users, as `GET 200`, in order; `-` for no answer.
    pub(super) fn seen(&self) -> Vec<String> {
        let status = |logged: &LoggedRequest| logged.status.map_or("-".to_owned(), |status| status.to_string());
        let requests = self.sandbox.requests();
        let users = requests.iter().filter(|logged| !logged.target.contains("/token"));
        users.map(|logged| format!("{} {}", logged.method, status(logged))).collect()
    }

    pub(super) fn token_calls(&self) -> usize {
        self.sandbox.requests().iter().filter(|logged| logged.target.contains("/token")).count()
    }

    pub(super) fn forget(&self) {
        self.sandbox.clear_faults();
        self.sandbox.forget_requests();
    }

    /// The method with which the system overwrites.
    pub(super) const fn overwrite() -> &'static str {
        match W::SYSTEM {
            System::Crm => "PUT",
            System::Pf => "PATCH",
        }
    }
}

pub(super) fn ids(rows: &[Row]) -> Vec<u64> {
    rows.iter().map(|row| row.id).collect()
}
