//! `roster plan`: what must be written, and why it may not be.

use std::path::PathBuf;

use std::collections::BTreeSet;

use globset::{Glob, GlobSet, GlobSetBuilder};

use super::connect::{self, Connection};
use super::workplace::Workplace;
use super::{Context, Format};
use crate::agent::Slug;
use crate::exit::Exit;
use crate::guard::{Block, guard};
use crate::plan::{Plan, Scope, estimate, plan};
use crate::record::System;
use crate::report::{Report, json, terminal};

/// Show what must be written so that both systems hold what the files say
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Plan against the sandbox: both APIs inside this process, kept in .roster/sandbox.json
    #[arg(long)]
    sandbox: bool,
    /// Tell changes from drift by what the files said at this git revision
    #[arg(long, value_name = "REV")]
    base: Option<String>,
    /// Save the plan to this file, for roster apply FILE
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Exit with 2 when there are differences
    #[arg(long)]
    detailed_exitcode: bool,
    /// Plan only for agents whose slug matches; repeatable
    #[arg(long = "agent", value_name = "GLOB")]
    agents: Vec<String>,
    /// Plan for one system alone
    #[arg(long, value_name = "SYSTEM", value_parser = ["crm", "pf"])]
    system: Option<String>,
}

/// Runs it.
#[must_use]
pub fn run(args: &Args, context: &Context) -> Exit {
    let globs = match globs(&args.agents) {
        Ok(globs) => globs,
        Err(why) => return connect::wrong_usage(context, &why),
    };
    connect::on_runtime(context, async {
        let real = (!args.sandbox).then(|| Connection::from_environment(context)).transpose()?;
        let mut inputs = connect::declared(context, &args.agents)?;
        inputs.read_base(args.base.as_deref(), context)?;
        let connection = match real {
            Some(connection) => connection,
            None => Connection::sandbox(context, &mut inputs).await?,
        };
        let systems = connection.readers(context, &inputs)?;
        let system = args.system.as_deref().map(|name| if name == "crm" { System::Crm } else { System::Pf });
        let chosen = |slug: &Slug| globs.as_ref().is_none_or(|globs| globs.is_match(slug.as_str()));
        let scope = Scope { agent: &chosen, system, base: inputs.base.as_ref() };
        let observed = connect::patiently(context, Box::pin(systems.observe(&inputs))).await;
        let observed = observed.map_err(|unread| connect::half_read(context, &inputs, &scope, &unread))?;
        let mut plan = plan(&inputs.roster, &observed, &inputs.config, &scope);
        systems.protect(context, &mut plan, &inputs).await?;
        let accepted: Vec<String> = Workplace::new(context).accepted().into_iter().collect();
        let blocks = guard(&plan, &inputs.config.limits, &accepted, inputs.accept_key.as_ref());
        let exit = exit(&plan, &blocks, args.detailed_exitcode);
        let report = Report {
            plan: &plan,
            roster: &inputs.roster,
            blocks: &blocks,
            estimate: estimate::estimate(&plan, &inputs.config, (observed.crm.len(), observed.pf.len())),
            applied: None,
            complete: true,
            digest_key: inputs.digest_key.as_ref(),
            accept_key: inputs.accept_key.as_ref(),
            exit,
        };
        let text = || terminal::plan(&report, &context.page());
        let document = |format| match format {
            Format::Json => json::plan(&report),
        };
        context.deliver(text, document).map_err(|why| connect::failure(context, &why))?;
        if let Some(path) = &args.out {
            super::write_atomically(path, &json::plan(&report))
                .map_err(|error| connect::failure(context, &format!("writing {}: {error}", path.display())))?;
        }
        Ok(exit)
    })
}

/// Blocked, different, or done (design 1.7).
fn exit(plan: &Plan, blocks: &[Block], detailed: bool) -> Exit {
    if !blocks.is_empty() || plan.blocked().next().is_some() {
        Exit::Blocked
    } else if detailed && !plan.is_empty() {
        Exit::Differences
    } else {
        Exit::Done
    }
}

/// The globs of `--agent`, as one matcher; none: everybody.
pub(super) fn globs(patterns: &[String]) -> Result<Option<GlobSet>, String> {
    if patterns.is_empty() {
        return Ok(None);
    }
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        set.add(Glob::new(pattern).map_err(|error| format!("--agent {pattern}: {}", error.kind()))?);
    }
    set.build().map(Some).map_err(|error| error.to_string())
}

/// A glob that matches nobody is a typing mistake.
pub(super) fn check_globs(patterns: &[String], slugs: &BTreeSet<String>) -> Result<(), String> {
    for pattern in patterns {
        let Ok(Some(one)) = globs(std::slice::from_ref(pattern)) else { continue };
        if !slugs.iter().any(|slug| one.is_match(slug)) {
            return Err(format!("--agent {pattern}: no agent's slug matches"));
        }
    }
    Ok(())
}
