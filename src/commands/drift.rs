//! `roster drift`: what somebody changed by hand since the files last changed.

use super::Context;
use super::look::{self, Snapshot, SnapshotOptions};
use super::select;
use super::telling::RunReporter;
use crate::exit::Exit;
use crate::record::System;
use crate::report::{Report, ReportSubject};

/// Show what was changed by hand in either system
#[derive(Debug, clap::Args)]
pub struct Args {
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
    #[arg(long, value_name = "SYSTEM", value_parser = select::system())]
    system: Option<System>,
}

/// Runs it.
#[must_use]
pub fn run(args: &Args, context: &Context) -> Exit {
    look::on_runtime(context, async {
        let telling = RunReporter::new(context, ReportSubject::Drift)?;
        let (base, system) = (Some(args.base.as_str()), args.system);
        let look =
            Snapshot::at(&telling, &SnapshotOptions { sandbox: args.sandbox, base, agents: &args.agents, system })
                .await?;
        let mut plan = look.plan();
        if let Some(base) = &look.inputs.base {
            plan.keep_drift(base);
        }
        let exit = if plan.is_clean() { Exit::Done } else { Exit::Differences };
        let report = Report { exit, ..telling.report(&plan, &look.inputs) };
        telling.deliver(&report, || telling.text(&report))?;
        Ok(exit)
    })
}
