//! Looking at both systems, as `plan` and `drift` do.

use std::future::Future;
use std::time::Duration;

use super::Context;
use super::agent_filter::Selection;
use super::connected_systems::{ConnectedSystems, Readers};
use super::inputs::Inputs;
use super::interrupt::Interrupt;
use super::run_reporter::RunReporter;
use crate::model::agent::Slug;
use crate::model::exit_code::Exit;
use crate::model::record::System;
use crate::reconcile::observed::Observed;
use crate::reconcile::plan::{Plan, Scope};

/// Which people and systems a snapshot covers.
pub(super) struct SnapshotOptions<'a> {
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
pub(super) struct Snapshot {
    pub(super) inputs: Inputs,
    pub(super) observed: Observed,
    pub(super) readers: Readers,
    agents: Selection,
    system: Option<System>,
    /// The sandbox lives as long as this.
    _connection: ConnectedSystems,
}

impl Snapshot {
    /// Reads the files and both systems.
    pub(super) async fn at(reporter: &RunReporter<'_>, asked: &SnapshotOptions<'_>) -> Result<Self, Exit> {
        let context = reporter.context;
        let interrupt = Interrupt::listen();
        let agents = Selection::new(asked.agents).map_err(|why| context.wrong_usage(&why))?;
        let real = (!asked.sandbox).then(|| ConnectedSystems::from_environment(context)).transpose()?;
        let mut inputs = Inputs::declared(reporter, &agents)?;
        inputs.read_base(asked.base, context)?;
        let connection = match real {
            Some(connection) => connection,
            None => ConnectedSystems::sandbox(context, &mut inputs).await?,
        };
        let readers = connection.readers(context, &inputs)?;
        let chosen = |slug: &Slug| agents.takes(slug);
        let scope = Scope { agent: &chosen, system: asked.system, base: inputs.base.as_ref() };
        let reading = interrupt.while_reading(readers.observe(&inputs));
        let observed = run_until_interrupted(context, Box::pin(reading))
            .await
            .map_err(|exit| reporter.interrupted(&inputs, exit))?;
        let observed = observed.map_err(|unread| reporter.half_read(&inputs, connection.secrets(), &scope, &unread))?;
        Ok(Self { inputs, observed, readers, agents, system: asked.system, _connection: connection })
    }

    /// What must be written for whom the look was asked for.
    pub(super) fn plan(&self) -> Plan {
        let chosen = |slug: &Slug| self.agents.takes(slug);
        let scope = Scope { agent: &chosen, system: self.system, base: self.inputs.base.as_ref() };
        self.readers.plan(&self.inputs, &self.observed, &scope)
    }
}

/// Runs a command's asynchronous part.
pub(super) fn on_runtime(context: &Context, run: impl Future<Output = Result<Exit, Exit>>) -> Exit {
    match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime.block_on(run).unwrap_or_else(|exit| exit),
        Err(error) => context.failure(&format!("starting: {error}")),
    }
}

/// Waits for both systems to be read, and reports where it takes long.
pub(super) async fn run_until_interrupted<T>(context: &Context, mut reading: impl Future<Output = T> + Unpin) -> T {
    const LONG: Duration = Duration::from_secs(3);
    if let Ok(read) = tokio::time::timeout(LONG, &mut reading).await {
        return read;
    }
    context.print_message(
        "Still reading both systems. A request that fails is tried again for up to 30 seconds, or up to 5 minutes where \
         the server asks for that.",
    );
    reading.await
}
