//! What `plan`, `drift` and `apply` share: looking at both systems, and how a report is told, in every format, however
//! the run ends.

use std::env;
use std::future::Future;
use std::time::Duration;

use super::connect::{Connection, Readers};
use super::inputs::Inputs;
use super::select::Selection;
use super::{Context, Outputs};
use crate::agent::Slug;
use crate::declare::problem::Problem;
use crate::exit::Exit;
use crate::git;
use crate::observe::Unread;
use crate::plan::{Observed, Plan, Scope, plan};
use crate::privacy::PrivateValues;
use crate::record::System;
use crate::remote::RemoteError;
use crate::report::{self, Format, Origin, Report, Subject, terminal};
use crate::roster::Roster;

impl super::Format for Format {
    const NAMES: &'static [(&'static str, Self)] = Self::NAMES;
}

/// What a look is asked for.
pub(super) struct Asked<'a> {
    /// At the sandbox rather than at the real systems.
    pub(super) sandbox: bool,
    /// The base, where one was given.
    pub(super) base: Option<&'a str>,
    /// The globs of `--agent`.
    pub(super) agents: &'a [String],
    /// The one system that was asked for.
    pub(super) system: Option<System>,
}

/// Both systems as they were read, and the files that they are compared with. It can read, and nothing else.
pub(super) struct Look {
    pub(super) inputs: Inputs,
    pub(super) observed: Observed,
    pub(super) readers: Readers,
    agents: Selection,
    system: Option<System>,
    /// The sandbox lives as long as this.
    _connection: Connection,
}

impl Look {
    /// Reads the files and both systems.
    pub(super) async fn at(telling: &Telling<'_>, asked: &Asked<'_>) -> Result<Self, Exit> {
        let context = telling.context;
        let agents = Selection::new(asked.agents).map_err(|why| context.wrong_usage(&why))?;
        let real = (!asked.sandbox).then(|| Connection::from_environment(context)).transpose()?;
        let mut inputs = Inputs::declared(telling, &agents)?;
        inputs.read_base(asked.base, context)?;
        let connection = match real {
            Some(connection) => connection,
            None => Connection::sandbox(context, &mut inputs).await?,
        };
        let readers = connection.readers(context, &inputs)?;
        let chosen = |slug: &Slug| agents.takes(slug);
        let scope = Scope { agent: &chosen, system: asked.system, base: inputs.base.as_ref() };
        let observed = patiently(context, Box::pin(readers.observe(&inputs))).await;
        let observed = observed.map_err(|unread| telling.half_read(&inputs, &scope, &unread))?;
        Ok(Self { inputs, observed, readers, agents, system: asked.system, _connection: connection })
    }

    /// What must be written for whom the look was asked for.
    pub(super) fn plan(&self) -> Plan {
        let chosen = |slug: &Slug| self.agents.takes(slug);
        let scope = Scope { agent: &chosen, system: self.system, base: self.inputs.base.as_ref() };
        plan(&self.inputs.roster, &self.observed, &self.inputs.config, &scope)
    }
}

/// What a run is about, and where it is told.
pub(super) struct Telling<'a> {
    pub(super) context: &'a Context,
    pub(super) outputs: Outputs<Format>,
    subject: Subject,
    origin: Origin,
}

impl<'a> Telling<'a> {
    pub(super) fn new(context: &'a Context, subject: Subject) -> Result<Self, Exit> {
        Ok(Self { context, outputs: context.outputs()?, subject, origin: origin(context) })
    }

    /// A report of a plan, before anything is known of its blocks and its end.
    pub(super) fn report<'r>(&'r self, plan: &'r Plan, inputs: &'r Inputs) -> Report<'r> {
        let (digest_key, accept_key) = (inputs.digest_key.as_ref(), inputs.accept_key.as_ref());
        Report { digest_key, accept_key, ..Report::new(self.subject, &self.origin, plan, &inputs.roster) }
    }

    /// Gives a report away: as text on stdout, and as every document that was asked for.
    pub(super) fn deliver(&self, report: &Report<'_>, text: impl FnOnce() -> String) -> Result<(), Exit> {
        let document = |format| report::document(format, report, self.context.max_bytes);
        self.outputs.deliver(self.context, text, document).map_err(|why| self.context.failure(&why))
    }

    /// The plan as text for stdout.
    pub(super) fn text(&self, report: &Report<'_>) -> String {
        terminal::plan(report, &self.context.page())
    }

    /// The files are invalid: their problems stand on stderr already, and take the place of a plan in every document.
    pub(super) fn invalid(&self, problems: &[Problem]) -> Exit {
        let (plan, roster) = (Plan::default(), Roster::default());
        let report = Report {
            problems,
            complete: false,
            exit: Exit::Invalid,
            ..Report::new(self.subject, &self.origin, &plan, &roster)
        };
        self.deliver(&report, String::new).err().unwrap_or(Exit::Invalid)
    }

    /// Shows what could be read, and says why the rest could not. Nothing is written on a bad read.
    pub(super) fn half_read(&self, inputs: &Inputs, scope: &Scope<'_>, unread: &Unread) -> Exit {
        let private = inputs.private(unread.partial.as_ref());
        let words: Vec<String> = unread.errors.iter().map(|error| private.quote(&error.to_string())).collect();
        let partial = unread.partial.as_ref().map(|partial| plan(&inputs.roster, partial, &inputs.config, scope));
        let shown = partial.is_some();
        let plan = partial.unwrap_or_default();
        let report = Report { complete: false, unread: &words, exit: Exit::Unreadable, ..self.report(&plan, inputs) };
        let text = || if shown { self.text(&report) } else { String::new() };
        let failed = self.deliver(&report, text).err();
        let half = if shown { " What is shown above is not everything." } else { "" };
        self.context.error(&format!("{}\nNothing was written.{half}", words.join("\n")));
        failed.unwrap_or(Exit::Unreadable)
    }
}

/// Says why a system cannot be read, in its own words.
pub(super) fn unreadable(context: &Context, private: &PrivateValues, error: &RemoteError) -> Exit {
    context.error(&format!("{}\nNothing was written.", private.quote(&error.to_string())));
    Exit::Unreadable
}

/// Where the files are: outside of a repository nothing is known, and nothing is said of it. On GitHub its own variables
/// say where a reader finds them.
pub(super) fn origin(context: &Context) -> Origin {
    let Ok(place) = git::Repository::open(&context.root).and_then(|repository| repository.place()) else {
        return Origin::default();
    };
    let given = |name| env::var(name).ok().filter(|value| !value.is_empty());
    let web = given("GITHUB_SERVER_URL").zip(given("GITHUB_REPOSITORY"));
    let web = web.filter(|(server, _)| server.starts_with("https://"));
    Origin { commit: place.commit, folder: place.folder, web: web.map(|(server, name)| format!("{server}/{name}")) }
}

/// Runs a command's asynchronous part.
pub(super) fn on_runtime(context: &Context, run: impl Future<Output = Result<Exit, Exit>>) -> Exit {
    match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime.block_on(run).unwrap_or_else(|exit| exit),
        Err(error) => context.failure(&format!("starting: {error}")),
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
