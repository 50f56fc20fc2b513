//! `roster apply`: plans, asks, writes, reads back, and tells what became of everybody.

use std::collections::BTreeSet;
use std::io::{self, BufRead as _, Write as _};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::connect::{self, Connection, Inputs, Writers};
use super::plan::{check_globs, globs};
use super::{Context, Format};
use crate::agent::Slug;
use crate::apply::{self, Applied, Outcome, Reading};
use crate::exit::Exit;
use crate::guard::guard;
use crate::plan::{Observed, Plan, Scope, estimate, plan};
use crate::report::{Report, json, terminal};

/// Write the plan to both systems, and read back that they agree
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Apply to both APIs inside this process, kept in .roster/sandbox.json
    #[arg(long)]
    sandbox: bool,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    /// Let a plan through that a guard stopped, by the digest it printed; repeatable
    #[arg(long, value_name = "DIGEST")]
    accept: Vec<String>,
    /// Only agents whose slug matches; repeatable
    #[arg(long = "agent", value_name = "GLOB")]
    agents: Vec<String>,
}

/// Runs it.
#[must_use]
pub fn run(args: &Args, context: &Context) -> Exit {
    if !args.yes && !args.sandbox && !context.terminal {
        return connect::wrong_usage(
            context,
            "there is no terminal to ask on: give --yes to write without being asked",
        );
    }
    let globs = match globs(&args.agents) {
        Ok(globs) => globs,
        Err(why) => return connect::wrong_usage(context, &why),
    };
    connect::on_runtime(context, async {
        let real = (!args.sandbox).then(|| Connection::from_environment(context)).transpose()?;
        let mut inputs = connect::declared(context)?;
        check_globs(&args.agents, &inputs.roster, context)?;
        let connection = match real {
            Some(connection) => connection,
            None => Connection::sandbox(context, &mut inputs).await?,
        };
        let systems = connection.writers(context, &inputs)?;
        let observed = systems.observe(context, &inputs).await?;
        let chosen = |slug: &Slug| globs.as_ref().is_none_or(|globs| globs.is_match(slug.as_str()));
        let scope = Scope { agent: &chosen, system: None };
        let session = Session { args, context, inputs: &inputs, systems: &systems, scope };
        session.run(&observed).await
    })
}

/// One apply, from the observed rows on.
struct Session<'a> {
    args: &'a Args,
    context: &'a Context,
    inputs: &'a Inputs,
    systems: &'a Writers,
    scope: Scope<'a>,
}

impl Session<'_> {
    async fn run(&self, observed: &Observed) -> Result<Exit, Exit> {
        let config = &self.inputs.config;
        let plan = plan(&self.inputs.roster, observed, config, &self.scope);
        let blocks = guard(&plan, &config.limits, &self.args.accept);
        let blocked = plan.blocked().next().is_some();
        let mut report = Report {
            plan: &plan,
            roster: &self.inputs.roster,
            blocks: &blocks,
            estimate: estimate::estimate(&plan, config, (observed.crm.len(), observed.pf.len())),
            applied: None,
            exit: if blocks.is_empty() && !blocked { Exit::Done } else { Exit::Blocked },
        };
        if !blocks.is_empty() || plan.is_empty() {
            self.deliver(&report, true)?;
            return Ok(report.exit);
        }
        // People read the plan before they are asked; machines get one document, at the end.
        if !self.context.stdout_is_taken() {
            self.context.print(&terminal::plan(&report, &self.context.styles()));
        }
        if !self.args.yes && !self.args.sandbox && !Self::confirmed() {
            return Err(connect::failure(self.context, "nothing was written"));
        }
        let applied = self.write(&plan, observed).await?;
        let done = applied.iter().all(|person| person.outcome == Outcome::Done);
        report.exit = if done && !blocked { Exit::Done } else { Exit::Partial };
        report.applied = Some(&applied);
        self.deliver(&report, false)?;
        Ok(report.exit)
    }

    fn deliver(&self, report: &Report<'_>, with_plan: bool) -> Result<(), Exit> {
        let styles = self.context.styles();
        let text = || {
            let plan = if with_plan { terminal::plan(report, &styles) } else { String::new() };
            let applied = report.applied.map(|people| terminal::applied(people, &styles));
            plan + &applied.unwrap_or_default()
        };
        let document = |format| match format {
            Format::Json => json::plan(report),
        };
        self.context.deliver(text, document).map_err(|why| connect::failure(self.context, &why))
    }

    /// Only a clear yes writes.
    fn confirmed() -> bool {
        let _ = write!(io::stderr(), "Write this to the CRM and Property Finder? Only yes is taken: ");
        let mut answer = String::new();
        io::stdin().lock().read_line(&mut answer).is_ok() && answer.trim() == "yes"
    }

    /// Writes, then proves by reading that both systems agree.
    async fn write(&self, plan: &Plan, observed: &Observed) -> Result<Vec<Applied>, Exit> {
        let private = self.inputs.private(Some(observed));
        let bar = self.progress(plan);
        let ended = |_: &Applied| bar.inc(1);
        let applied = self.systems.apply(plan, observed, self.inputs, &ended).await;
        let mut applied = applied.map_err(|error| connect::unreadable(self.context, &private, &error))?;
        bar.set_message("reading back");
        let written: BTreeSet<Slug> = applied
            .iter()
            .filter(|person| person.outcome == Outcome::Done)
            .map(|person| person.agent.clone())
            .collect();
        let again = async || {
            let now = self.systems.observe_quietly(self.inputs).await?;
            Ok(crate::plan::plan(&self.inputs.roster, &now, &self.inputs.config, &self.scope))
        };
        let reading = apply::confirm(&written, again).await;
        bar.finish_and_clear();
        disagree(&mut applied, reading);
        for person in &mut applied {
            person.outcome.quote(&|said| private.quote(said));
        }
        for warning in self.systems.take_warnings() {
            self.context.say(&format!("warning: {}", private.quote(&warning)));
        }
        Ok(applied)
    }

    fn progress(&self, plan: &Plan) -> ProgressBar {
        let target = if self.context.quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let style = ProgressStyle::with_template("{bar:30} {pos}/{len} people {msg}");
        let bar = ProgressBar::with_draw_target(Some(plan.to_do().count() as u64), target);
        if let Ok(style) = style { bar.with_style(style) } else { bar }
    }
}

/// Who was written but does not read back as planned has not been done.
fn disagree(applied: &mut [Applied], reading: Reading) {
    let (all, some) = match reading {
        Reading::Agrees => return,
        Reading::Differs(people) => (None, people),
        Reading::Failed(why) => (Some(format!("written, but it could not be read back: {why}")), Vec::new()),
    };
    for person in applied.iter_mut().filter(|person| person.outcome == Outcome::Done) {
        let differs = some.iter().find(|(slug, _)| *slug == person.agent);
        if let Some(why) = all.clone().or(differs.map(|(_, what)| format!("written, but {what}"))) {
            person.outcome = Outcome::Failed(why);
        }
    }
}
