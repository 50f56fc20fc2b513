//! `roster drift`: changes made by hand since the files last changed.

use super::Context;
use super::agent_filter;
use super::run_reporter::RunReporter;
use super::session::{self, Session, SessionOptions};
use crate::model::exit_code::Exit;
use crate::model::record::System;
use crate::report::{Report, ReportSubject};

/// Show what was changed by hand in either system
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Compare with the sandbox: both APIs inside this process, kept in .roster/sandbox.json
    #[arg(long)]
    sandbox: bool,
    /// Compare both systems with the files as they were at this git revision
    #[arg(long, value_name = "REV", default_value = "HEAD")]
    base: String,
    /// Look only at agents whose slug matches; repeatable
    #[arg(long = "agent", value_name = "GLOB")]
    agents: Vec<String>,
    /// Look at one system alone
    #[arg(long, value_name = "SYSTEM", value_parser = agent_filter::system())]
    system: Option<System>,
}

/// Runs it.
#[must_use]
pub(super) fn run(args: &Args, context: &Context) -> Exit {
    session::on_runtime(context, async {
        let reporter = RunReporter::new(context, ReportSubject::Drift)?;
        let (base, system) = (Some(args.base.as_str()), args.system);
        let options = SessionOptions { sandbox: args.sandbox, base, agents: &args.agents, system };
        let mut session = Session::open(&reporter, &options)?;
        let connection = session.connect().await?;
        let readers = connection.readers(context, &session.inputs)?;
        let observed = session.observe(&readers).await?;
        let mut plan = session.plan(&readers, &observed);
        if let Some(base) = &session.inputs.base {
            plan.keep_drift(base);
        }
        let exit = if plan.is_clean() { Exit::Done } else { Exit::Differences };
        let report = Report { exit, ..reporter.report(&plan, &session.inputs) };
        reporter.deliver(&report, || reporter.text(&report))?;
        Ok(exit)
    })
}
