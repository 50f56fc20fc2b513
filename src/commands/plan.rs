//! `roster plan`: what must be written, and why it may not be.

use std::path::{Path, PathBuf};

use super::agent_filter;
use super::run_reporter::RunReporter;
use super::session::{self, Session, SessionOptions};
use super::{Context, write_document};
use crate::files::{self, LARGEST_OWN};
use crate::model::exit_code::Exit;
use crate::model::record::System;
use crate::report::saved::SavedPlan;
use crate::report::{ReportFormat, ReportSubject, write_document as write_report};

/// Show what must be written so that both systems hold the declared values
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  roster plan --sandbox                     without keys, against both APIs on this machine
  roster plan --base origin/main            distinguishes edits in git from edits by hand
  roster plan --out plan.json               then `roster apply plan.json` writes exactly this
  roster plan --output markdown=plan.md     the comment of a review")]
pub(super) struct Args {
    /// Plan against the sandbox: both APIs inside this process, kept in .roster/sandbox.json
    #[arg(long)]
    sandbox: bool,
    /// Compare with this git revision, to distinguish edits in git from edits made by hand
    #[arg(long, value_name = "REV")]
    base: Option<String>,
    /// Save the plan to this file, for roster apply FILE
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Exit with 6 if the plan does anything that this saved plan does not show; repeatable, each may show a part
    #[arg(long, value_name = "FILE")]
    reviewed: Vec<PathBuf>,
    /// Exit with 2 when there are differences
    #[arg(long)]
    detailed_exitcode: bool,
    /// Plan only for agents whose slug matches; repeatable
    #[arg(long = "agent", value_name = "GLOB")]
    agents: Vec<String>,
    /// Plan for one system alone
    #[arg(long, value_name = "SYSTEM", value_parser = agent_filter::system())]
    system: Option<System>,
}

impl Args {
    /// The plan of the agents of a pattern.
    pub(super) fn of_agents(pattern: &str, sandbox: bool) -> Self {
        Self {
            sandbox,
            base: None,
            out: None,
            reviewed: Vec::new(),
            detailed_exitcode: false,
            agents: vec![pattern.to_owned()],
            system: None,
        }
    }
}

#[must_use]
pub(super) fn run(args: &Args, context: &Context) -> Exit {
    session::on_runtime(context, async {
        let reporter = RunReporter::new(context, ReportSubject::Plan)?;
        args.out.as_deref().map_or(Ok(()), |path| context.can_write(path))?;
        let reviewed = reviewed(context, &args.reviewed)?;
        let (base, system) = (args.base.as_deref(), args.system);
        let options = SessionOptions { sandbox: args.sandbox, base, agents: &args.agents, system };
        let mut session = Session::open(&reporter, &options)?;
        let connection = session.connect().await?;
        let readers = connection.readers(context, &session.inputs)?;
        let observed = session.observe(&readers).await?;
        let guarded = session.guarded_plan(&readers, &observed, &[]).await;
        let mut report = guarded.report(&session);
        let more = reviewed.map(|reviewed| reviewed.differences(&report)).unwrap_or_default();
        report.more = &more;
        let hidden = args.out.is_some() && report.digest_key.is_none() && report.plan.changes_private();
        report.exit = match (more.as_slice(), report.exit) {
            _ if hidden => Exit::Usage,
            ([], Exit::Done) if args.detailed_exitcode && !report.plan.is_empty() => Exit::Differences,
            ([], exit) => exit,
            _ => Exit::Stale,
        };
        reporter.deliver(&report, || reporter.text(&report))?;
        if hidden {
            return Err(context.wrong_usage(&format!("the plan was not saved: {NO_DIGEST_KEY}")));
        }
        if let Some(path) = &args.out {
            write_document(path, |out| write_report(ReportFormat::Json, &report, context.max_bytes, out))
                .map_err(|error| context.failure(&format!("writing {}: {error}", path.display())))?;
        }
        if !more.is_empty() {
            context.error(&format!("not in the reviewed plans:\n  {}", more.join("\n  ")));
        }
        Ok(report.exit)
    })
}

/// Without the key a saved plan would not hold what it does to private fields, and `apply` could not be held to it.
pub(super) const NO_DIGEST_KEY: &str =
    "the plan changes private fields: set the same ROSTER_DIGEST_KEY for plan --out and for apply";

/// The plans that people have seen, as one; none where nothing is asked of them.
fn reviewed(context: &Context, paths: &[PathBuf]) -> Result<Option<SavedPlan>, Exit> {
    let plans = paths.iter().map(|path| saved(context, path)).collect::<Result<Vec<SavedPlan>, Exit>>()?;
    Ok((!plans.is_empty()).then(|| SavedPlan::together(&plans)))
}

/// Reads a plan that `plan --out` saved.
pub(super) fn saved(context: &Context, path: &Path) -> Result<SavedPlan, Exit> {
    let text = files::read_text(path, LARGEST_OWN)
        .map_err(|error| context.failure(&format!("reading {}: {error}", path.display())))?;
    SavedPlan::parse(&text).map_err(|why| context.wrong_usage(&format!("{}: {why}", path.display())))
}
