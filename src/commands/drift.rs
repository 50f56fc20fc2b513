//! `roster drift`: changes made by hand since the files last changed, and the files that accept them.

use super::Context;
use super::accept_drift::accept;
use super::agent_filter;
use super::drift_selection::{DriftSelection, DriftSelector};
use super::run_reporter::RunReporter;
use super::session::{self, Session, SessionOptions};
use super::undeclared::{LastLook, NewLook};
use crate::model::exit_code::Exit;
use crate::model::record::System;
use crate::report::{Report, ReportSubject};

/// Show what was changed by hand in either system
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  roster drift
  roster drift --accept sara-khan.public.phone 'team-*'     the files take the values of the systems
  roster drift --interactive                                decide about each finding
  roster drift --undeclared                                 also values that no file declares")]
pub(super) struct Args {
    /// Compare with the sandbox: both APIs inside this process, kept in .roster/sandbox.json
    #[arg(long)]
    sandbox: bool,
    /// Compare both systems with the files as they were at this git revision
    #[arg(long, value_name = "REV", default_value = "HEAD")]
    base: String,
    /// Look only at agents whose slug matches; repeatable
    #[arg(long = "agent", value_name = "GLOB", conflicts_with = "accept")]
    agents: Vec<String>,
    /// Look at one system alone
    #[arg(long, value_name = "SYSTEM", value_parser = agent_filter::system())]
    system: Option<System>,
    /// Write the values of the systems into the files of these agents, or of one field; repeatable
    #[arg(long, value_name = "AGENT[.FIELD]", num_args = 1.., value_parser = DriftSelector::parse)]
    accept: Vec<DriftSelector>,
    /// Decide about each finding: accept it into the file, let the next apply set the system back, or skip it
    #[arg(long, conflicts_with = "accept")]
    interactive: bool,
    /// Also report which values without a declaration changed since the last look at them, and record this look, in
    /// .roster/undeclared.json or in a FILE of the repository. It holds keyed hashes, no values
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true, default_missing_value = "",
          conflicts_with_all = ["accept", "interactive"])]
    undeclared: Option<String>,
}

impl Args {
    /// Which findings the files accept; none: the findings are only shown.
    fn selection(&self, context: &Context) -> Result<Option<DriftSelection>, Exit> {
        let selection = match (self.accept.as_slice(), self.interactive) {
            ([], false) => return Ok(None),
            ([], true) => DriftSelection::Interactive,
            (named, _) => DriftSelection::Named(named.to_vec()),
        };
        if !context.outputs.is_empty() {
            let why = "--output: drift writes a document only without --accept and --interactive";
            return Err(context.wrong_usage(why));
        }
        if self.interactive && !context.terminal {
            return Err(context.wrong_usage("--interactive: there is no terminal for the questions: use --accept"));
        }
        Ok(Some(selection))
    }
}

#[must_use]
pub(super) fn run(args: &Args, context: &Context) -> Exit {
    session::on_runtime(context, async {
        let selection = args.selection(context)?;
        // With accepted values the files change, and a plan shows what is left.
        let subject = if selection.is_some() { ReportSubject::Plan } else { ReportSubject::Drift };
        let reporter = RunReporter::new(context, subject)?;
        let (base, system) = (Some(args.base.as_str()), args.system);
        let agents = selection.as_ref().map_or_else(|| args.agents.clone(), DriftSelection::agents);
        let agents = if agents.is_empty() { &args.agents } else { &agents };
        let options = SessionOptions { sandbox: args.sandbox, base, agents, system };
        let mut session = Session::open(&reporter, &options)?;
        let last_look =
            args.undeclared.as_deref().map(|file| LastLook::read(file, context, args.sandbox)).transpose()?;
        let connection = session.connect().await?;
        let readers = connection.readers(context, &session.inputs)?;
        let observed = session.observe(&readers).await?;
        let mut drift = session.drift(&readers, &observed);
        if let Some(selection) = selection {
            return accept(&mut session, &readers, &observed, &drift, &selection).await;
        }
        let look = last_look.map(|last| last.compare(&session, &readers, &observed));
        let undeclared = look.as_ref().map(NewLook::changes).unwrap_or_default();
        let exit = if drift.is_clean() && undeclared.is_empty() { Exit::Done } else { Exit::Differences };
        drift.warnings.extend_from_slice(undeclared);
        let report = Report { exit, ..reporter.report(&drift, &session.inputs) };
        reporter.deliver(&report, || reporter.text(&report))?;
        if let Some(look) = look {
            look.record(context)?;
        }
        Ok(exit)
    })
}
