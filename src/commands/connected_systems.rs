//! The connections to both systems: to read them, or to read and write them.

use std::collections::BTreeSet;
use std::env;
use std::sync::{Arc, Mutex, PoisonError};

use indicatif::ProgressBar;

use super::Context;
use super::inputs::Inputs;
use super::run_reporter::unreadable;
use super::state_dir::StateDir;
use crate::apply::{Applied, ApplyObserver, ConsistencyWaits, Outcome, PhotoSources, Systems};
use crate::declare::photo_files::PhotoFiles;
use crate::model::agent::Field;
use crate::model::config::{Config, LinkFields, LinkStorage};
use crate::model::exit_code::Exit;
use crate::model::record::{Record, System};
use crate::reconcile::listing::{ListedUser, listed};
use crate::reconcile::manual_link::ManualLink;
use crate::reconcile::memory::Memory;
use crate::reconcile::observed::{Observed, ObservedCrmUser, ObservedPfUser, Role};
use crate::reconcile::plan::{DEFAULT_ROLE, Plan, Scope, WarningKind};
use crate::redact::plan_texts::redact;
use crate::redact::{Redactor, Secrets, Untrusted};
use crate::remote::crm::mapper::CrmMapper;
use crate::remote::crm::search::UserSearch;
use crate::remote::crm::{CrmReader, CrmWriter};
use crate::remote::observe::{ObserveError, observe};
use crate::remote::pf;
use crate::remote::pf::PfReader;
use crate::remote::waits::{WaitListener, WaitNotice};
use crate::remote::{Endpoints, Mappers, Portal, Reader as _, RemoteError, WebPhotos, pf_documented};
use crate::sandbox::{self, Behaviour, Sandbox};

/// The connections to both systems; the sandbox lives as long as this.
pub(super) struct ConnectedSystems {
    endpoints: Endpoints,
    bar: SharedBar,
    _sandbox: Option<Sandbox>,
}

/// The progress bar that is on the terminal, if one is: lines are written above it.
type SharedBar = Arc<Mutex<Option<ProgressBar>>>;

/// Announces long waits on stderr.
fn announce_waits(context: &Context, endpoints: &mut Endpoints) -> SharedBar {
    let bar = SharedBar::default();
    let (shown, context) = (Arc::clone(&bar), context.clone());
    endpoints.waits =
        WaitListener::new(move |notice| match (&*shown.lock().unwrap_or_else(PoisonError::into_inner), notice) {
            (Some(bar), WaitNotice::Sentence(line)) => bar.suspend(|| context.print_message(line)),
            (Some(bar), WaitNotice::RateLimit(what)) => bar.set_message(what.to_owned()),
            (None, WaitNotice::Sentence(line) | WaitNotice::RateLimit(line)) => context.print_message(line),
        });
    bar
}

impl ConnectedSystems {
    /// Where the real systems are, and with which keys, by the environment.
    pub(super) fn from_environment(context: &Context) -> Result<Self, Exit> {
        let endpoints =
            Endpoints::from_env(|name| env::var(name).ok()).map_err(|error| context.wrong_usage(&error.to_string()))?;
        Ok(Self::at(endpoints, context))
    }

    /// The systems at these addresses.
    pub(super) fn at(mut endpoints: Endpoints, context: &Context) -> Self {
        let bar = announce_waits(context, &mut endpoints);
        Self { endpoints, bar, _sandbox: None }
    }

    /// Both APIs inside this process, first filled from the files with a few differences.
    pub(super) async fn sandbox(context: &Context, inputs: &mut Inputs) -> Result<Self, Exit> {
        let config = &mut inputs.config;
        // The sandbox keeps links in its own custom fields, so that no id of it gets into the repository.
        config.links = LinkStorage::Crm;
        config.crm.link_fields.get_or_insert_with(sandbox_link_fields);
        let state = sandbox::seed(&inputs.roster, config, |person| memory(config, person));
        let state_dir = StateDir::new(context);
        state_dir.make().map_err(|error| context.failure(&format!("making .roster: {error}")))?;
        let behaviour = Behaviour { pf_contract: config.property_finder.contract, ..behaviour(context, &state_dir)? };
        let file = Some(state_dir.sandbox());
        let options = sandbox::SandboxOptions { file, state, behaviour, ..sandbox::SandboxOptions::default() };
        let sandbox = Sandbox::start(options)
            .await
            .map_err(|error| context.failure(&format!("starting the sandbox: {error}")))?;
        let environment = sandbox.environment();
        let value = |name: &str| environment.iter().find(|(key, _)| *key == name).map(|(_, value)| value.clone());
        let mut endpoints = Endpoints::from_env(value).map_err(|error| context.failure(&error.to_string()))?;
        let bar = announce_waits(context, &mut endpoints);
        Ok(Self { endpoints, bar, _sandbox: Some(sandbox) })
    }

    /// Both systems, to be read and never written.
    pub(super) fn readers(&self, context: &Context, inputs: &Inputs) -> Result<Readers, Exit> {
        let redactor = inputs.redactor(self.secrets(), None);
        let give_up = |error: RemoteError| unreadable(context, &redactor, &error);
        Ok(Readers {
            secrets: Arc::clone(self.secrets()),
            crm: CrmReader::new(&self.endpoints, &inputs.config)
                .map_err(give_up)?
                .with_link_file(inputs.link_file(context)?),
            pf: PfReader::of(&self.endpoints, &inputs.config).map_err(give_up)?,
        })
    }

    /// Both systems, to be read and written.
    pub(super) fn writers(&self, context: &Context, inputs: &Inputs) -> Result<Writers, Exit> {
        let redactor = inputs.redactor(self.secrets(), None);
        let give_up = |error: RemoteError| unreadable(context, &redactor, &error);
        let crm = CrmWriter::new(&self.endpoints, &inputs.config)
            .map_err(give_up)?
            .with_link_file(inputs.link_file(context)?);
        let pf = Portal::new(&self.endpoints, &inputs.config).map_err(give_up)?;
        let secrets = Arc::clone(self.secrets());
        let readers = Readers { secrets, crm: crm.reader.clone(), pf: pf.reader().cloned() };
        let web = WebPhotos::new(&self.endpoints)
            .map_err(|why| context.failure(&format!("preparing the download of photos: {why}")))?;
        let photos = PhotoSources { files: PhotoFiles::new(&context.root), web };
        Ok(Writers { readers, crm, pf, photos, bar: Arc::clone(&self.bar) })
    }

    /// The keys, and every token that is given for them.
    const fn secrets(&self) -> &Arc<Secrets> {
        &self.endpoints.secrets
    }
}

/// How the account behaves, where `doctor --probe` has recorded it.
fn behaviour(context: &Context, state_dir: &StateDir) -> Result<Behaviour, Exit> {
    const SHOWN: &str = ".roster/behaviour.json";
    let file = state_dir.behaviour();
    if !file.exists() {
        return Ok(Behaviour::default());
    }
    context.print_message(&format!("The sandbox behaves as {SHOWN} describes; delete the file for the defaults."));
    Behaviour::read(&file).map_err(|why| context.failure(&format!("reading {SHOWN}: {why}")))
}

/// The custom fields that the sandbox's account has, where roster.yaml names none.
fn sandbox_link_fields() -> LinkFields {
    let id = str::to_owned;
    LinkFields { agent: id("11"), pf_user: id("12"), pf_profile: id("13"), memory: id("14") }
}

/// What the CRM would remember of a person who is already in both systems.
fn memory(config: &Config, person: &Record) -> String {
    let mut memory = Memory::default();
    let Mappers { crm, pf } = Mappers::new(config, &[]);
    for (field, value) in crm.desired(person).iter().filter(|(field, value)| field.is_uploaded() && !value.is_nothing())
    {
        memory.remember(System::Crm, field, value);
    }
    for (field, value) in pf.desired(person).iter().filter(|(field, _)| !pf.returns(field)) {
        memory.remember(System::Pf, field, value);
    }
    memory.to_text()
}

/// Whether anybody may get a role that the account does not have: a declared one, or that of a new user.
fn names_unknown_role(inputs: &Inputs, observed: &Observed) -> bool {
    let declared = inputs.roster.people.values().map(|person| &person.record);
    let records = declared.chain(observed.crm.iter().map(|user| &user.record));
    let named = records.filter_map(|record| record.get(&Field::Role)?.trimmed());
    let named: BTreeSet<String> = named.chain([DEFAULT_ROLE.to_owned()]).collect();
    let mappers = Mappers::new(&inputs.config, &observed.roles);
    let is_refused =
        |role: String| mappers.desired(&Record::from_iter([(Field::Role, role.into())])).refused_role.is_some();
    named.into_iter().any(is_refused)
}

/// Both systems, to be read.
pub(super) struct Readers {
    secrets: Arc<Secrets>,
    crm: CrmReader,
    /// None where Property Finder lists no users.
    pf: Option<PfReader>,
}

impl Readers {
    pub(super) async fn observe(&self, inputs: &Inputs) -> Result<Observed, ObserveError> {
        let mut observed = {
            let base = inputs.base.as_ref().map(|base| &base.config);
            let roles = pf::roles(self.pf.as_ref());
            observe(&self.crm, self.pf.as_ref(), roles, (&inputs.config, base), &inputs.roster).await?
        };
        let rows = observed.crm.iter().map(|row| row.id).collect();
        observed.links_without_row = self.crm.link_file().map(|links| links.without_row(&rows)).unwrap_or_default();
        let redactor = self.redactor(inputs, &observed);
        let warnings: Vec<String> = self.take_warnings().iter().map(|said| redactor.quote(said)).collect();
        // Only the refusal of a role names the keys that there are, and a redactor is made of everybody's private values.
        let printed: &[Role] = if names_unknown_role(inputs, &observed) { &observed.roles } else { &[] };
        let keys: Vec<String> = printed.iter().map(|role| redactor.quote(&role.role_key.as_str().into())).collect();
        drop(redactor);
        for (role, key) in observed.roles.iter_mut().zip(keys) {
            role.printed_key = key;
        }
        Ok(with_warnings(observed, inputs, &warnings))
    }

    /// The warnings of the CRM since the last call.
    pub(super) fn take_warnings(&self) -> Vec<Untrusted> {
        self.crm.take_warnings()
    }

    /// The CRM's users that a search lets through, in the CRM's order, and all Property Finder users.
    pub(super) async fn list(
        &self,
        inputs: &Inputs,
        search: &UserSearch,
    ) -> Result<(Vec<ListedUser>, Vec<Arc<ObservedPfUser>>), RemoteError> {
        let listing = async {
            match &self.pf {
                Some(pf) => pf.list().await.map(Some),
                None => Ok(None),
            }
        };
        let (crm, pf) = futures_util::future::try_join(self.crm.find(search), listing).await?;
        let mappers = Mappers::new(&inputs.config, &[]);
        let crm: Vec<Arc<ObservedCrmUser>> = crm.iter().map(|row| mappers.crm_user(row, None).into()).collect();
        let pf = pf.unwrap_or_else(|| pf_documented::stored_users(&crm));
        let pf: Vec<Arc<ObservedPfUser>> = pf.iter().map(|row| mappers.pf_user(row, None).into()).collect();
        Ok((listed(crm, &pf), pf))
    }

    /// What must be written, with every text of a system made safe to print.
    pub(super) fn plan(&self, inputs: &Inputs, observed: &Observed, scope: &Scope<'_>) -> Plan {
        let mut plan = crate::remote::plan(&inputs.roster, observed, &inputs.config, scope);
        redact(&mut plan, &self.redactor(inputs, observed));
        plan
    }

    /// Blocks a change that would deactivate or delete the owner of the key. The owner is asked for only where the plan
    /// deactivates or deletes a person. Where the owner is not known and no person is protected, nobody is deleted yet.
    pub(super) async fn protect(&self, plan: &mut Plan, protected: &[String]) {
        if !plan.deactivates_or_deletes() {
            return;
        }
        // A key of a program may have no user of its own. Then every kind of answer is possible, and none of them says
        // anything of the rest of the run.
        let own =
            self.crm.me().await.ok().and_then(|own| CrmMapper::login(&own)).filter(|login| !login.trim().is_empty());
        match own {
            Some(login) => return plan.protect_own(&login),
            None if protected.is_empty() => plan.postpone_deletions(
                "the CRM does not report the owner of this API key; name that person under protect in roster.yaml, so that no \
                 run deletes the user that roster works as",
            ),
            None => {}
        }
        if plan.deactivates_or_deletes() {
            plan.warnings.push(WarningKind::UnknownKeyOwner.into());
        }
    }

    /// The CRM.
    pub(super) const fn crm(&self) -> &CrmReader {
        &self.crm
    }

    /// Property Finder; none where it lists no users.
    pub(super) const fn pf(&self) -> Option<&PfReader> {
        self.pf.as_ref()
    }

    /// The keys, and every token that is given for them.
    pub(super) const fn secrets(&self) -> &Arc<Secrets> {
        &self.secrets
    }

    /// Quotes both systems, now that they are read.
    pub(super) fn redactor<'a>(&self, inputs: &'a Inputs, observed: &'a Observed) -> Redactor<'a> {
        inputs.redactor(&self.secrets, Some(observed))
    }
}

/// Both systems, to be read and written.
pub(super) struct Writers {
    /// The part of it that can only read.
    pub(super) readers: Readers,
    crm: CrmWriter,
    pf: Portal,
    photos: PhotoSources,
    bar: SharedBar,
}

impl Writers {
    /// Writes lines about waiting above this bar from now on.
    pub(super) fn announce_above(&self, bar: &ProgressBar) {
        *self.bar.lock().unwrap_or_else(PoisonError::into_inner) = Some(bar.clone());
    }

    /// Removes the links of deleted users from `roster.lock`. An apply does so itself.
    pub(super) fn forget_deleted(&self, plan: &Plan) -> std::io::Result<()> {
        self.crm.link_file().map_or(Ok(()), |links| links.forget(plan.deleted_links.iter().map(|(_, crm)| *crm)))
    }

    pub(super) async fn apply(
        &self,
        plan: &Plan,
        roles: &[Role],
        inputs: &Inputs,
        redactor: &Redactor<'_>,
        observer: &dyn ApplyObserver,
    ) -> Vec<Applied> {
        let mappers = Mappers::new(&inputs.config, roles);
        let quote = |error: &RemoteError| error.quoted(redactor);
        crate::apply::apply(
            plan,
            &Systems {
                crm: &self.crm,
                pf: &self.pf,
                mappers: &mappers,
                photos: &self.photos,
                quote: &quote,
                waits: &ConsistencyWaits::default(),
            },
            observer,
        )
        .await
    }

    /// Writes the link fields of one CRM row, and reads them back.
    pub(super) async fn write_link(&self, link: &ManualLink, inputs: &Inputs, redactor: &Redactor<'_>) -> Outcome {
        let mappers = Mappers::new(&inputs.config, &[]);
        let quote = |error: &RemoteError| error.quoted(redactor);
        let waits = ConsistencyWaits::default();
        let (crm, pf, photos) = (&self.crm, &self.pf, &self.photos);
        let systems = Systems { crm, pf, mappers: &mappers, photos, quote: &quote, waits: &waits };
        crate::apply::write_link(link, &systems).await
    }
}

fn with_warnings(mut observed: Observed, inputs: &Inputs, said: &[String]) -> Observed {
    observed.warnings.extend(inputs.warnings.iter().cloned());
    observed.warnings.extend(said.iter().map(|warning| format!("the CRM reports: {warning}")));
    observed
}
