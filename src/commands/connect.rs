//! What `plan` and `apply` share: the files, the way to both systems, and how each kind of failure ends.

use std::env;
use std::future::Future;
use std::time::Duration;

use super::plan::check_globs;
use super::workplace::Workplace;
use super::{Context, Format, validate};
use secrecy::SecretString;

use crate::apply::{Applied, Patience, Systems, Witness};
use crate::config::{Config, LinkFields};
use crate::declare::base::{self, Asked};
use crate::exit::Exit;
use crate::memory::Memory;
use crate::observe::{Unread, observe};
use crate::plan::estimate::Estimate;
use crate::plan::{Observed, Plan, Planner, Scope, plan};
use crate::privacy::PrivateValues;
use crate::remote::crm::wire::Wire as CrmWire;
use crate::remote::crm::{CrmReader, CrmWriter};
use crate::remote::pf::{PfReader, PfWriter};
use crate::remote::{Endpoints, RemoteError, What};
use crate::report::{Report, json, quoted_words, terminal};
use crate::roster::{Base, Declaration, Roster};
use crate::sandbox::{self, Sandbox};

/// The valid files and their configuration.
pub(super) struct Inputs {
    pub(super) config: Config,
    pub(super) roster: Roster,
    /// What the files said before, where that is known.
    pub(super) base: Option<Base>,
    /// What people should know of this run, whatever is read.
    pub(super) warnings: Vec<String>,
    /// What private values in a saved plan are digested with.
    pub(super) digest_key: Option<SecretString>,
    /// What private values in the digest of a plan go in under.
    pub(super) accept_key: Option<SecretString>,
}

impl Inputs {
    /// Every private value of the run, so far as it is known.
    pub(super) fn private(&self, observed: Option<&Observed>) -> PrivateValues {
        let planner = Planner::new(&self.config, Vec::new());
        PrivateValues::new(&self.roster, self.base.as_ref(), observed.map(|observed| (observed, &planner)))
    }

    /// Reads what the files said at a revision: the one that was asked for, or else the one that a pull request starts
    /// from. A revision that was asked for must be there; without the other a plan only tells less.
    pub(super) fn read_base(&mut self, asked: Option<&str>, context: &Context) -> Result<(), Exit> {
        let branch = env::var("GITHUB_BASE_REF").ok().filter(|branch| !branch.is_empty());
        let revision = match (asked, &branch) {
            (Some(revision), _) => Asked::Revision(revision),
            (None, Some(branch)) => Asked::PullRequest(branch),
            (None, None) => return Ok(()),
        };
        match base::load(&context.root, &context.config, &self.config, revision) {
            Ok(base) => self.base = Some(base),
            Err(error) if asked.is_some() => {
                return Err(failure(context, &format!("reading --base: {}", quoted_words(&error.to_string()))));
            }
            Err(error) => self.warnings.push(format!("changes are not told from drift: {error}")),
        }
        Ok(())
    }
}

/// Reads roster.yaml and every agent file; with any error among them nothing is read or written. `agents` are the globs
/// of `--agent`: one that matches nobody is wrong usage, whatever the files say (design 1.7).
pub(super) fn declared(context: &Context, agents: &[String]) -> Result<Inputs, Exit> {
    let (config, loaded) = validate::files(context);
    if loaded.files > 0 || !loaded.is_invalid() {
        check_globs(agents, &loaded.slugs).map_err(|why| wrong_usage(context, &why))?;
    }
    if !loaded.problems.is_empty() {
        context.complain(&validate::terminal(&config.agents, &loaded, context.problem_style()));
    }
    if loaded.is_invalid() {
        Err(Exit::Invalid)
    } else {
        let (digest_key, accept_key) = (digest_key(), accept_key());
        Ok(Inputs { config, roster: loaded.roster, base: None, warnings: Vec::new(), digest_key, accept_key })
    }
}

fn digest_key() -> Option<SecretString> {
    env::var("ROSTER_DIGEST_KEY").ok().filter(|key| !key.is_empty()).map(SecretString::from)
}

/// Without a key of its own a digest is tied to the systems' secrets: nobody else can try values against it, and whoever
/// accepts with the same keys gets the same digest.
fn accept_key() -> Option<SecretString> {
    let secrets = ["CRM_API_SECRET", "PF_API_SECRET"].map(|name| env::var(name).unwrap_or_default());
    let derived = || (!secrets.concat().is_empty()).then(|| SecretString::from(secrets.join(":")));
    digest_key().or_else(derived)
}

/// The way to both systems; the sandbox lives as long as this.
pub(super) struct Connection {
    endpoints: Endpoints,
    _sandbox: Option<Sandbox>,
}

impl Connection {
    /// Where the real systems are, and with which keys, by the environment.
    pub(super) fn from_environment(context: &Context) -> Result<Self, Exit> {
        let endpoints = Endpoints::from_env(|name| env::var(name).ok())
            .map_err(|error| wrong_usage(context, &error.to_string()))?;
        Ok(Self { endpoints, _sandbox: None })
    }

    /// Both APIs inside this process, first filled from the files with a few differences.
    pub(super) async fn sandbox(context: &Context, inputs: &mut Inputs) -> Result<Self, Exit> {
        let config = &mut inputs.config;
        config.crm.link_fields.get_or_insert_with(sandbox_link_fields);
        let state = sandbox::seed(&inputs.roster, config, |person| memory(config, person));
        let options =
            sandbox::Options { file: Some(Workplace::new(context).sandbox()), state, ..sandbox::Options::default() };
        let sandbox = Sandbox::start(options)
            .await
            .map_err(|error| failure(context, &format!("starting the sandbox: {error}")))?;
        let environment = sandbox.environment();
        let value = |name: &str| environment.iter().find(|(key, _)| *key == name).map(|(_, value)| value.clone());
        let endpoints = Endpoints::from_env(value).map_err(|error| failure(context, &error.to_string()))?;
        Ok(Self { endpoints, _sandbox: Some(sandbox) })
    }

    /// Both systems, to be read and never written.
    pub(super) fn readers(&self, context: &Context, inputs: &Inputs) -> Result<Readers, Exit> {
        let private = inputs.private(None);
        let give_up = |error: RemoteError| unreadable(context, &private, &error);
        Ok(Readers {
            crm: CrmReader::new(&self.endpoints, &inputs.config).map_err(give_up)?,
            pf: PfReader::new(&self.endpoints, &inputs.config).map_err(give_up)?,
        })
    }

    /// Both systems, to be read and written.
    pub(super) fn writers(&self, context: &Context, inputs: &Inputs) -> Result<Writers, Exit> {
        let private = inputs.private(None);
        let give_up = |error: RemoteError| unreadable(context, &private, &error);
        let crm = CrmWriter::new(&self.endpoints, &inputs.config).map_err(give_up)?;
        let pf = PfWriter::new(&self.endpoints, &inputs.config).map_err(give_up)?;
        Ok(Writers { readers: Readers { crm: crm.reader(), pf: pf.reader() }, crm, pf })
    }
}

/// The custom fields that the sandbox's account has, where roster.yaml names none.
fn sandbox_link_fields() -> LinkFields {
    let id = str::to_owned;
    LinkFields { agent: id("11"), pf_user: id("12"), pf_profile: id("13"), memory: id("14") }
}

/// What the CRM would remember of a person who is already at Property Finder.
fn memory(config: &Config, person: &Declaration) -> String {
    let mut memory = Memory::default();
    for (field, value) in Planner::new(config, Vec::new()).pf.desired(&person.record) {
        memory.remember(&field, &value);
    }
    memory.to_text()
}

/// Both systems, to be read.
pub(super) struct Readers {
    crm: CrmReader,
    pf: PfReader,
}

impl Readers {
    pub(super) async fn observe(&self, inputs: &Inputs) -> Result<Observed, Unread> {
        let observed = observe(&self.crm, &self.pf, self.pf.roles(), &inputs.config).await?;
        Ok(with_warnings(observed, inputs, &self.crm.take_warnings()))
    }

    pub(super) async fn protect(&self, context: &Context, plan: &mut Plan, inputs: &Inputs) -> Result<(), Exit> {
        let protected = protect(plan, inputs, &self.crm).await;
        protected.map_err(|error| unreadable(context, &inputs.private(None), &error))
    }
}

/// Blocks whoever is never switched off. Whose key it is, is only asked where somebody would be.
async fn protect(plan: &mut Plan, inputs: &Inputs, crm: &CrmReader) -> Result<(), RemoteError> {
    plan.protect(&inputs.config.protect, None);
    if !plan.switches_off() {
        return Ok(());
    }
    match crm.me().await {
        Ok(own) => plan.protect(&[], CrmWire::login(&own).as_deref()),
        // A key of a program may have no user of its own (api.md 2.1).
        Err(RemoteError { what: What::Denied { .. } | What::Refused { .. } | What::Missing(_), .. }) => {
            plan.warnings.push(
                "the CRM does not say whose key this is: name that person under protect in roster.yaml, so that nobody \
                 switches off the user that roster works as"
                    .to_owned(),
            );
        }
        Err(error) => return Err(error),
    }
    Ok(())
}

/// Both systems, to be read and written.
pub(super) struct Writers {
    /// The part of it that can only read.
    pub(super) readers: Readers,
    crm: CrmWriter,
    pf: PfWriter,
}

impl Writers {
    pub(super) async fn apply(
        &self,
        plan: &Plan,
        observed: &Observed,
        inputs: &Inputs,
        witness: &dyn Witness,
    ) -> Result<Vec<Applied>, RemoteError> {
        let planner = Planner::new(&inputs.config, observed.roles.clone());
        crate::apply::apply(
            plan,
            &Systems { crm: &self.crm, pf: &self.pf, planner: &planner, patience: &Patience::default() },
            witness,
        )
        .await
    }

    /// What the CRM said beside its answers since this was last asked.
    pub(super) fn take_warnings(&self) -> Vec<String> {
        self.crm.take_warnings()
    }
}

fn with_warnings(mut observed: Observed, inputs: &Inputs, said: &[String]) -> Observed {
    let private = inputs.private(Some(&observed));
    observed.warnings.extend(inputs.warnings.iter().cloned());
    observed.warnings.extend(said.iter().map(|warning| format!("the CRM says: {}", private.quote(warning))));
    observed
}

/// Runs a command's asynchronous part.
pub(super) fn on_runtime(context: &Context, run: impl Future<Output = Result<Exit, Exit>>) -> Exit {
    match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime.block_on(run).unwrap_or_else(|exit| exit),
        Err(error) => failure(context, &format!("starting: {error}")),
    }
}

/// Waits for both systems to be read, and says so where it takes long: a request that fails is tried for half a minute.
pub(super) async fn patiently<T>(context: &Context, mut reading: impl Future<Output = T> + Unpin) -> T {
    const LONG: Duration = Duration::from_secs(3);
    if let Ok(read) = tokio::time::timeout(LONG, &mut reading).await {
        return read;
    }
    context.say("Still reading both systems; what fails is tried again for up to half a minute.");
    reading.await
}

/// Shows what could be read, and says why the rest could not. Nothing is written on a bad read.
pub(super) fn half_read(context: &Context, inputs: &Inputs, scope: &Scope<'_>, unread: &Unread) -> Exit {
    let plan = unread.partial.as_ref().map(|partial| plan(&inputs.roster, partial, &inputs.config, scope));
    let nothing = Plan::default();
    let report = Report {
        plan: plan.as_ref().unwrap_or(&nothing),
        roster: &inputs.roster,
        blocks: &[],
        estimate: Estimate::default(),
        applied: None,
        complete: false,
        digest_key: inputs.digest_key.as_ref(),
        accept_key: inputs.accept_key.as_ref(),
        exit: Exit::Unreadable,
    };
    let text = || if plan.is_some() { terminal::plan(&report, &context.page()) } else { String::new() };
    let document = |format| match format {
        Format::Json => json::plan(&report),
    };
    if let Err(why) = context.deliver(text, document) {
        context.error(&why);
    }
    let private = inputs.private(unread.partial.as_ref());
    let words: Vec<String> = unread.errors.iter().map(|error| private.quote(&error.to_string())).collect();
    let half = if plan.is_some() { " What is shown above is not everything." } else { "" };
    context.error(&format!("{}\nNothing was written.{half}", words.join("\n")));
    Exit::Unreadable
}

/// Says why a system cannot be read, in its own words.
pub(super) fn unreadable(context: &Context, private: &PrivateValues, error: &RemoteError) -> Exit {
    context.error(&format!("{}\nNothing was written.", private.quote(&error.to_string())));
    Exit::Unreadable
}

/// Says what is wrong with how the program was called.
pub(super) fn wrong_usage(context: &Context, why: &str) -> Exit {
    context.error(why);
    Exit::Usage
}

/// Says what failed on this machine.
pub(super) fn failure(context: &Context, why: &str) -> Exit {
    context.error(why);
    Exit::Failure
}
