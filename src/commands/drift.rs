//! `roster drift`: what somebody changed by hand since the files last changed.

use super::Context;
use super::connect::Connection;
use super::inputs::Inputs;
use super::look::{self, Telling};
use super::select::{self, Selection};
use crate::agent::Slug;
use crate::exit::Exit;
use crate::plan::{Scope, plan};
use crate::record::System;
use crate::report::{Report, Subject};

/// Show what somebody changed by hand in either system
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Compare with the sandbox: both APIs inside this process, kept in .roster/sandbox.json
    #[arg(long)]
    sandbox: bool,
    /// Take what the files said at this git revision for what both systems should hold
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
        let telling = Telling::new(context, Subject::Drift)?;
        let agents = Selection::new(&args.agents).map_err(|why| context.wrong_usage(&why))?;
        let real = (!args.sandbox).then(|| Connection::from_environment(context)).transpose()?;
        let mut inputs = Inputs::declared(&telling, &agents)?;
        inputs.read_base(Some(&args.base), context)?;
        let connection = match real {
            Some(connection) => connection,
            None => Connection::sandbox(context, &mut inputs).await?,
        };
        let systems = connection.readers(context, &inputs)?;
        let chosen = |slug: &Slug| agents.takes(slug);
        let scope = Scope { agent: &chosen, system: args.system, base: inputs.base.as_ref() };
        let observed = look::patiently(context, Box::pin(systems.observe(&inputs))).await;
        let observed = observed.map_err(|unread| telling.half_read(&inputs, &scope, &unread))?;
        let mut plan = plan(&inputs.roster, &observed, &inputs.config, &scope);
        if let Some(base) = &inputs.base {
            plan.keep_drift(base);
        }
        let exit = if plan.is_empty() { Exit::Done } else { Exit::Differences };
        let report = Report { exit, ..telling.report(&plan, &inputs) };
        telling.deliver(&report, || telling.text(&report))?;
        Ok(exit)
    })
}
