//! The steps that `plan`, `drift` and `apply` share: files, base, connection, both systems as they were read, plan, guard.

use std::future::Future;
use std::time::Duration;

use super::Context;
use super::agent_filter::Selection;
use super::connected_systems::{ConnectedSystems, Readers};
use super::inputs::Inputs;
use super::interrupt::Interrupt;
use super::run_reporter::RunReporter;
use super::state_dir::StateDir;
use crate::model::agent::Slug;
use crate::model::exit_code::Exit;
use crate::model::record::System;
use crate::reconcile::guard::{GuardBlock, digests_without_effect, guard};
use crate::reconcile::observed::Observed;
use crate::reconcile::plan::estimate::{Estimate, estimate};
use crate::reconcile::plan::{Plan, Scope, Warning, WarningKind};
use crate::remote::{LONGEST_WAIT, Timing};
use crate::report::Report;

/// Which people and systems a run covers.
pub(super) struct SessionOptions<'a> {
    /// At the sandbox rather than at the real systems.
    pub(super) sandbox: bool,
    /// The base, where one was given.
    pub(super) base: Option<&'a str>,
    /// The globs of `--agent`.
    pub(super) agents: &'a [String],
    /// The one system that was asked for.
    pub(super) system: Option<System>,
}

/// One run: its files and base, and which part of them it covers.
pub(super) struct Session<'a> {
    pub(super) reporter: &'a RunReporter<'a>,
    pub(super) inputs: Inputs,
    pub(super) interrupt: Interrupt,
    pub(super) agents: Selection,
    system: Option<System>,
    /// Whether this run is at the sandbox.
    pub(super) sandbox: bool,
    /// The real systems; none with `--sandbox`.
    real: Option<ConnectedSystems>,
}

impl<'a> Session<'a> {
    /// Reads the environment, the files and the base. Nothing is sent yet.
    pub(super) fn open(reporter: &'a RunReporter<'a>, options: &SessionOptions<'_>) -> Result<Self, Exit> {
        let context = reporter.context;
        let interrupt = Interrupt::listen();
        let agents = Selection::new(options.agents).map_err(|why| context.wrong_usage(&format!("--agent {why}")))?;
        let real = (!options.sandbox).then(|| ConnectedSystems::from_environment(context)).transpose()?;
        let mut inputs = reporter.declared_inputs(&agents)?;
        inputs.read_base(options.base, context)?;
        Ok(Self { reporter, inputs, interrupt, agents, system: options.system, sandbox: options.sandbox, real })
    }

    /// The connections to both systems. The sandbox is started here.
    pub(super) async fn connect(&mut self) -> Result<ConnectedSystems, Exit> {
        match self.real.take() {
            Some(real) => Ok(real),
            None => ConnectedSystems::sandbox(self.reporter.context, &mut self.inputs).await,
        }
    }

    /// The one system that is compared; none: both.
    pub(super) const fn system(&self) -> Option<System> {
        self.system
    }

    /// Reads both systems completely.
    pub(super) async fn observe(&self, readers: &Readers) -> Result<Observed, Exit> {
        let reading = Box::pin(self.interrupt.while_reading(readers.observe(&self.inputs)));
        let observed = announce_long_reading(self.reporter.context, reading).await;
        let observed = observed.map_err(|exit| self.reporter.interrupted(&self.inputs, exit))?;
        observed.map_err(|unread| {
            self.in_scope(|scope| self.reporter.half_read(&self.inputs, readers.secrets(), scope, &unread))
        })
    }

    /// What must be written for the people and systems of this run.
    pub(super) fn plan(&self, readers: &Readers, observed: &Observed) -> Plan {
        self.in_scope(|scope| readers.plan(&self.inputs, observed, scope))
    }

    /// What was changed by hand since the base.
    pub(super) fn drift(&self, readers: &Readers, observed: &Observed) -> Plan {
        let mut plan = self.plan(readers, observed);
        if let Some(base) = &self.inputs.base {
            plan.keep_drift(base);
        }
        plan
    }

    /// Covers these agents alone from now on, in both systems; none: those that it covered.
    pub(super) fn cover(&mut self, agents: Option<Selection>) {
        self.system = None;
        self.agents = agents.unwrap_or_else(|| self.agents.clone());
    }

    /// The plan, and what blocks it. `accepted` are the digests of `--accept`.
    pub(super) async fn guarded_plan(
        &self,
        readers: &Readers,
        observed: &Observed,
        accepted: &[String],
    ) -> GuardedPlan {
        let Inputs { config, base, accept_key, .. } = &self.inputs;
        let mut plan = self.plan(readers, observed);
        readers.protect(&mut plan, &config.protect).await;
        for digest in digests_without_effect(&plan, &config.limits, accepted, accept_key.as_ref()) {
            plan.warnings.push(WarningKind::AcceptedNothing { digest: digest.to_owned() }.into());
        }
        let acceptances = StateDir::new(self.reporter.context).accepted(base.as_ref());
        plan.warnings.extend(acceptances.warning.map(Warning::reported));
        let accepted: Vec<String> = accepted.iter().cloned().chain(acceptances.new).collect();
        let mut blocks = guard(&plan, &config.limits, &accepted, accept_key.as_ref());
        if self.sandbox {
            let with_command = blocks.iter_mut().filter(|block| block.digest.is_some());
            with_command.for_each(|block| block.message.push_str(" --sandbox"));
        }
        let estimate = estimate(&plan, config, (observed.crm.len(), observed.pf.len()));
        GuardedPlan { plan, blocks, estimate }
    }

    fn in_scope<T>(&self, run: impl FnOnce(&Scope<'_>) -> T) -> T {
        let agent = |slug: &Slug| self.agents.takes(slug.as_str());
        run(&Scope { agent: &agent, system: self.system, base: self.inputs.base.as_ref() })
    }
}

/// A plan after the guard.
pub(super) struct GuardedPlan {
    pub(super) plan: Plan,
    pub(super) blocks: Vec<GuardBlock>,
    estimate: Estimate,
}

impl GuardedPlan {
    /// Whether a person of the plan is blocked.
    pub(super) fn has_blocked_people(&self) -> bool {
        self.plan.blocked().next().is_some()
    }

    /// A report of this plan, before anything of it is written.
    pub(super) fn report<'r>(&'r self, session: &'r Session<'_>) -> Report<'r> {
        let blocked = !self.blocks.is_empty() || self.has_blocked_people();
        Report {
            blocks: &self.blocks,
            estimate: self.estimate,
            exit: if blocked { Exit::Blocked } else { Exit::Done },
            ..session.reporter.report(&self.plan, &session.inputs)
        }
    }
}

/// Runs a command's asynchronous part.
pub(super) fn on_runtime(context: &Context, run: impl Future<Output = Result<Exit, Exit>>) -> Exit {
    match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime.block_on(run).unwrap_or_else(|exit| exit),
        Err(error) => context.failure(&format!("starting: {error}")),
    }
}

/// Waits for both systems to be read, and prints a message where that takes long.
async fn announce_long_reading<T>(context: &Context, mut reading: impl Future<Output = T> + Unpin) -> T {
    const LONG: Duration = Duration::from_secs(3);
    if let Ok(read) = tokio::time::timeout(LONG, &mut reading).await {
        return read;
    }
    context.print_message(&format!(
        "Still reading both systems. A request that fails is tried again for up to {} seconds, or up to {} minutes where \
         the server asks for that.",
        Timing::default().request.as_secs(),
        LONGEST_WAIT.as_secs() / 60
    ));
    reading.await
}
