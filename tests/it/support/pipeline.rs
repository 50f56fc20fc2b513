//! Observe, plan, apply and read back in this process: declarations in memory, and both systems in a sandbox.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use roster::apply::{Applied, ConsistencyWaits, Outcome, PhotoSources, Systems, Verification, apply, confirm};
use roster::declare::photo_files::PhotoFiles;
use roster::model::agent::{Field, FieldValue, Slug, Status};
use roster::model::config::{Config, LinkFields, PfContract, Rate};
use roster::model::record::{Row, System};
use roster::model::roster::{Base, Declaration, Roster};
use roster::reconcile::observed::Observed;
use roster::reconcile::plan::{Action, Plan, Scope};
use roster::remote::crm::CrmWriter;
use roster::remote::observe::{ObserveError, observe};
use roster::remote::pf;
use roster::remote::{Endpoints, Mappers, Portal, Reader as _, WebPhotos, plan};
use roster::sandbox::{Behaviour, Sandbox, SandboxOptions};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use super::error_text;

/// The files, the account and both systems.
pub(crate) struct Pipeline {
    pub(crate) roster: Roster,
    pub(crate) config: Config,
    pub(crate) sandbox: Sandbox,
    pub(crate) waits: ConsistencyWaits,
    /// The time of one request with all its tries.
    pub(crate) one_request: Duration,
    /// The repository, for its pictures.
    folder: Arc<TempDir>,
}

impl Pipeline {
    pub(crate) async fn new(behaviour: Behaviour, people: impl IntoIterator<Item = Declaration>) -> Self {
        let contract = behaviour.pf_contract;
        let sandbox = Sandbox::start(SandboxOptions { behaviour, ..SandboxOptions::default() }).await.unwrap();
        let roster = Roster { people: people.into_iter().map(|person| (person.slug.clone(), person)).collect() };
        let mut config = config();
        config.property_finder.contract = contract;
        let folder = Arc::new(tempfile::tempdir().unwrap());
        Self { roster, config, sandbox, waits: waits(), one_request: Duration::from_secs(30), folder }
    }

    /// The same files and rows, in a sandbox of its own.
    pub(crate) async fn copy(&self) -> Self {
        let behaviour = Behaviour { pf_contract: self.config.property_finder.contract, ..Behaviour::default() };
        let options = SandboxOptions { state: self.sandbox.state(), behaviour, ..SandboxOptions::default() };
        let sandbox = Sandbox::start(options).await.unwrap();
        let (roster, config, waits) = (self.roster.clone(), self.config.clone(), self.waits.clone());
        Self { roster, config, sandbox, waits, one_request: self.one_request, folder: Arc::clone(&self.folder) }
    }

    pub(crate) async fn observe(&self) -> Result<Observed, ObserveError> {
        self.observe_since(None).await
    }

    async fn observe_since(&self, base: Option<&Base>) -> Result<Observed, ObserveError> {
        let (crm, pf) = self.writers();
        self.observe_through(&crm, &pf, base).await
    }

    /// Reads both systems through these clients, and so within their rate limits.
    async fn observe_through(
        &self,
        crm: &CrmWriter,
        pf: &Portal,
        base: Option<&Base>,
    ) -> Result<Observed, ObserveError> {
        let configs = (&self.config, base.map(|base| &base.config));
        observe(&crm.reader, pf.reader(), pf::roles(pf.reader()), configs, &self.roster).await
    }

    /// One system's rows as they are listed.
    pub(crate) async fn rows(&self, system: System) -> Vec<Row> {
        let (crm, pf) = self.writers();
        match system {
            System::Crm => crm.reader.list().await.unwrap(),
            System::Pf => pf.reader().unwrap().list().await.unwrap(),
        }
    }

    fn writers(&self) -> (CrmWriter, Portal) {
        let mut endpoints = endpoints(&self.sandbox);
        endpoints.timing.request = self.one_request;
        (CrmWriter::new(&endpoints, &self.config).unwrap(), Portal::new(&endpoints, &self.config).unwrap())
    }

    pub(crate) fn plan(&self, observed: &Observed) -> Plan {
        self.plan_since(observed, None)
    }

    fn plan_since(&self, observed: &Observed, base: Option<&Base>) -> Plan {
        plan(&self.roster, observed, &self.config, &Scope { base, ..Scope::ALL })
    }

    /// One whole run but for the reading back: read, plan, write.
    pub(crate) async fn write(&self) -> Result<(Plan, Vec<Applied>), ObserveError> {
        self.write_since(None).await
    }

    async fn write_since(&self, base: Option<&Base>) -> Result<(Plan, Vec<Applied>), ObserveError> {
        let (crm, pf) = self.writers();
        let observed = self.observe_through(&crm, &pf, base).await?;
        let planned = self.plan_since(&observed, base);
        let mappers = Mappers::new(&self.config, &observed.roles);
        let photos = self.photo_sources();
        let systems =
            Systems { crm: &crm, pf: &pf, mappers: &mappers, photos: &photos, quote: &error_text, waits: &self.waits };
        let applied = apply(&planned, &systems, &()).await;
        Ok((planned, applied))
    }

    /// One whole run: read, plan, write, read back.
    pub(crate) async fn apply(&self) -> Result<(Plan, Vec<Applied>, Verification), ObserveError> {
        let (planned, applied) = self.write().await?;
        let reading = self.read_back(&planned, &applied, None).await;
        Ok((planned, applied, reading))
    }

    /// The same, compared with what the files said before.
    pub(crate) async fn apply_since(&self, base: &Base) -> (Plan, Vec<Applied>, Verification) {
        let (planned, applied) = self.write_since(Some(base)).await.unwrap();
        let reading = self.read_back(&planned, &applied, Some(base)).await;
        (planned, applied, reading)
    }

    async fn read_back(&self, planned: &Plan, applied: &[Applied], base: Option<&Base>) -> Verification {
        let again = async || {
            let observed = self.observe_since(base).await.map_err(|unread| format!("{unread:?}"))?;
            Ok(self.plan_since(&observed, base))
        };
        confirm(&self.waits, planned, applied, again).await
    }

    /// Applies, and holds that everybody is done and the next plan is empty.
    pub(crate) async fn settle(&self, case: &str) -> Plan {
        let (planned, applied, reading) = self.apply().await.unwrap();
        assert_eq!(reading, Verification::Agrees, "{case}");
        self.is_settled(case, &applied).await;
        planned
    }

    /// Holds that everybody was done, and that nothing is left to do.
    pub(crate) async fn is_settled(&self, case: &str, applied: &[Applied]) {
        for person in applied {
            assert_eq!(person.outcome, Outcome::Done, "{case}: {}", person.agent);
        }
        let next = self.plan(&self.observe().await.unwrap());
        let left: Vec<(&Slug, Option<String>, &[Action])> =
            next.people.iter().map(|person| (&person.slug, person.why_blocked(), &*person.actions)).collect();
        assert_eq!(left, [], "{case}: the next plan is not empty");
        self.one_row_each(case);
    }

    /// One CRM user and, unless never active, one Property Finder user an agent, with both ids in the CRM.
    pub(crate) fn one_row_each(&self, case: &str) {
        let (crm, pf) = (self.sandbox.crm_rows(), self.sandbox.pf_rows());
        let by_slug = by(&crm, |row| row["fields"]["11"].as_str().map(str::to_owned));
        let by_email = by(&pf, |user| user["email"].as_str().map(|email| email.trim().to_lowercase()));
        // The documented contract gets the public e-mail alone.
        let email = match self.config.property_finder.contract {
            PfContract::Enterprise => Field::Login,
            PfContract::Documented => Field::Email,
        };
        for person in self.roster.people.values() {
            let rows = by_slug.get(person.slug.as_str()).map(Vec::as_slice).unwrap_or_default();
            if rows.is_empty() && person.status == Status::Archived {
                continue;
            }
            assert_eq!(rows.len(), 1, "{case}: crm rows of {}", person.slug);
            let stored = &rows[0]["fields"]["12"];
            let email = person.record[&email].as_text().unwrap();
            match by_email.get(&email.trim().to_lowercase()).map(Vec::as_slice).unwrap_or_default() {
                [] => assert_ne!(person.status, Status::Active, "{case}: {} is not at pf", person.slug),
                [user] => {
                    assert_eq!(stored, &json!(user["id"].to_string()), "{case}: pf user of {}", person.slug);
                    let profile = user["publicProfile"]["id"].to_string();
                    assert_eq!(rows[0]["fields"]["13"], json!(profile), "{case}: pf profile of {}", person.slug);
                }
                users => panic!("{case}: {} has {} twins at pf", person.slug, users.len()),
            }
        }
    }

    pub(crate) fn declare(&mut self, person: Declaration) {
        self.roster.people.insert(person.slug.clone(), person);
    }

    pub(crate) fn edit(&mut self, slug: &str, field: Field, value: impl Into<FieldValue>) {
        let person = self.roster.people.get_mut(&Slug::parse(slug).unwrap()).unwrap();
        person.record.insert(field, value.into());
    }

    /// The pictures of the repository, and those at an address.
    pub(crate) fn photo_sources(&self) -> PhotoSources {
        let web = WebPhotos::new(&endpoints(&self.sandbox)).unwrap();
        PhotoSources { files: PhotoFiles::new(self.folder.path()), web }
    }

    /// Puts a picture of this shade into the repository, and declares it. Returns where it is.
    pub(crate) fn photograph(&mut self, slug: &str, field: Field, shade: u8) -> PathBuf {
        let path = format!("{field}-{slug}-{shade}.jpg");
        let content = picture(shade);
        let place = self.folder.path().join(&path);
        std::fs::write(&place, &content).unwrap();
        let hash: String = Sha256::digest(&content).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        self.edit(slug, field, format!("{path}?v={hash}"));
        place
    }

    /// The bytes of a declared photo.
    pub(crate) fn photo_bytes(&self, declared: &str) -> Vec<u8> {
        match declared.strip_prefix("https:/") {
            Some(path) => {
                let start = [b"\xff\xd8\xff\xe0".as_slice(), path.as_bytes()].concat();
                [start.clone(), vec![0; 6000 - start.len()]].concat()
            }
            None => std::fs::read(self.folder.path().join(declared.split('?').next().unwrap())).unwrap(),
        }
    }

    pub(crate) fn set_status(&mut self, slug: &str, status: Status) {
        let person = self.roster.people.get_mut(&Slug::parse(slug).unwrap()).unwrap();
        person.status = status;
        person.record.insert(Field::Status, word(status).into());
    }

    /// The writes since the log was emptied: `crm PUT /users/3`.
    pub(crate) fn writes(&self) -> Vec<String> {
        super::writes(&self.sandbox)
    }
}

/// The way to a sandbox, in the rhythm of a real run but with waits that are fifty times as short.
pub(crate) fn endpoints(sandbox: &Sandbox) -> Endpoints {
    let environment = sandbox.environment();
    let get = |name: &str| environment.iter().find(|(key, _)| *key == name).map(|(_, value)| value.clone());
    let mut endpoints = Endpoints::from_env(get).unwrap();
    for wait in [&mut endpoints.timing.first_wait, &mut endpoints.timing.longest_wait] {
        *wait /= 50;
    }
    endpoints
}

/// A JPEG as far as anybody looks.
pub(crate) fn picture(shade: u8) -> Vec<u8> {
    [b"\xff\xd8\xff\xe0".as_slice(), &[shade; 6000]].concat()
}

/// Rows by what they are looked up by.
fn by(rows: &[Value], key: impl Fn(&Value) -> Option<String>) -> BTreeMap<String, Vec<&Value>> {
    let mut found: BTreeMap<String, Vec<&Value>> = BTreeMap::new();
    for row in rows {
        found.entry(key(row).unwrap_or_default()).or_default().push(row);
    }
    found
}

/// A real run's waits, a hundred times as fast.
pub(crate) fn waits() -> ConsistencyWaits {
    let mut waits = ConsistencyWaits::default();
    waits.between_looks /= 100;
    waits.fresh /= 100;
    waits.before_reading_again.iter_mut().for_each(|wait| *wait /= 100);
    waits
}

/// Limits are not what these tests are about.
pub(crate) fn config() -> Config {
    let id = |id: &str| id.to_owned();
    let mut config = Config::default();
    // A pause after a 429 is a part of the window.
    let rate = Rate { count: 100_000, window: Duration::from_secs(1) };
    (config.crm.rate, config.property_finder.rate) = (rate, rate);
    config.property_finder.licence = Some("brn".to_owned());
    config.property_finder.photo_base_url = Some("https://cdn.brokerage.example".to_owned());
    config.crm.link_fields =
        Some(LinkFields { agent: id("11"), pf_user: id("12"), pf_profile: id("13"), memory: id("14") });
    config
}

fn word(status: Status) -> &'static str {
    match status {
        Status::Active => "active",
        Status::Inactive => "inactive",
        Status::Archived => "archived",
    }
}
