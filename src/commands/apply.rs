//! `roster apply`: plans, asks, writes, reads back, and reports the outcome of each person.

use std::io;
use std::path::{Path, PathBuf};

use super::Context;
use super::connected_systems::Writers;
use super::interrupt::Interrupt;
use super::plan::{NO_DIGEST_KEY, saved};
use super::progress::Progress;
use super::run_reporter::RunReporter;
use super::session::{self, Session, SessionOptions};
use super::state_dir::StateDir;
use crate::apply::journal::{self, Journal, JournalTarget};
use crate::apply::{self, Applied, ApplyEvent, ApplyObserver, ConsistencyWaits, Outcome, Verification};
use crate::model::exit_code::Exit;
use crate::reconcile::guard::whole_digest;
use crate::reconcile::observed::Observed;
use crate::reconcile::plan::Plan;
use crate::report::saved::SavedPlan;
use crate::report::{Report, ReportSubject, terminal};

/// Write the plan to both systems, and read back that they agree
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  roster apply --sandbox            without keys, to both APIs on this machine
  roster apply plan.json --yes      exactly the saved plan, without a question
  roster apply --agent 'team-*'     only these agents")]
pub(super) struct Args {
    /// A plan that plan --out saved: write exactly this, or nothing if anything changed since
    plan: Option<PathBuf>,
    /// Write to the sandbox: both APIs inside this process, kept in .roster/sandbox.json
    #[arg(long)]
    sandbox: bool,
    /// Compare with this git revision, to distinguish edits in git from edits made by hand
    #[arg(long, value_name = "REV")]
    base: Option<String>,
    /// Write without asking
    #[arg(long)]
    yes: bool,
    /// Approve one blocked plan by the digest that it printed; repeatable
    #[arg(long, value_name = "DIGEST")]
    accept: Vec<String>,
    /// Write only agents whose slug matches; repeatable
    #[arg(long = "agent", value_name = "GLOB")]
    agents: Vec<String>,
    /// Keep the journal in this new file instead of in .roster/journal, where the next apply finds the writes that it left open
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
}

#[must_use]
pub(super) fn run(args: &Args, context: &Context) -> Exit {
    session::on_runtime(context, async {
        let reporter = RunReporter::new(context, ReportSubject::Apply)?;
        let saved = args.plan.as_deref().map(|path| reviewed(context, path)).transpose()?;
        args.journal.as_deref().map_or(Ok(()), |path| context.can_write(path))?;
        if !args.yes && !args.sandbox && !context.terminal {
            return Err(context.wrong_usage("there is no terminal for the confirmation: use --yes to write without it"));
        }
        let state_dir = StateDir::new(context);
        let options =
            SessionOptions { sandbox: args.sandbox, base: args.base.as_deref(), agents: &args.agents, system: None };
        let mut session = Session::open(&reporter, &options)?;
        let _lock = state_dir.lock(context)?;
        let has_unknown_writes = report_unknown_writes(context, &state_dir);
        let connection = session.connect().await?;
        let systems = connection.writers(context, &session.inputs)?;
        let observed = session.observe(&systems.readers).await?;
        ApplySession { args, session: &session, systems: &systems, state_dir, saved, has_unknown_writes }
            .run(&observed)
            .await
    })
}

/// One apply, from the observed rows on.
struct ApplySession<'a> {
    args: &'a Args,
    session: &'a Session<'a>,
    systems: &'a Writers,
    state_dir: StateDir,
    saved: Option<SavedPlan>,
    /// Whether the last run's journal has writes without a known result.
    has_unknown_writes: bool,
}

impl ApplySession<'_> {
    const fn context(&self) -> &Context {
        self.session.reporter.context
    }

    async fn run(&self, observed: &Observed) -> Result<Exit, Exit> {
        let (reporter, interrupt) = (self.session.reporter, &self.session.interrupt);
        let guarded = self.session.guarded_plan(&self.systems.readers, observed, &self.args.accept).await;
        let plan = &guarded.plan;
        let mut report = guarded.report(self.session);
        if let Some(saved) = &self.saved {
            self.check(saved, &report)?;
        }
        if !guarded.blocks.is_empty() || plan.is_empty() {
            self.deliver(&report, true)?;
            if guarded.blocks.is_empty() && !plan.deleted_links.is_empty() {
                self.forget_deleted(plan)?;
            }
            if self.has_unknown_writes && self.session.agents.selects_all() && report.exit == Exit::Done {
                self.clear_unknown_writes(plan)?;
            }
            return Ok(report.exit);
        }
        // People read the plan before they are asked; machines get one document, at the end.
        let asks = !self.args.yes && !self.args.sandbox;
        if !reporter.outputs.take_stdout() {
            self.context().print(&reporter.text(&report));
        } else if asks {
            self.context().complain(&reporter.text(&report));
        }
        if asks && !Context::confirmed("Write this to the CRM and Property Finder?") {
            return Err(self.context().failure("nothing was written"));
        }
        let journal = self.journal(plan)?;
        interrupt.writing_begins();
        let applied = self.write(plan, observed, &journal).await;
        let done = applied.iter().all(|person| person.outcome == Outcome::Done);
        report.exit = if done && !guarded.has_blocked_people() { Exit::Done } else { Exit::Partial };
        if let Some(exit) = interrupt.exit() {
            report.exit = exit;
        }
        report.applied = Some(&applied);
        if let Err(error) = journal.end(report.exit) {
            self.context().print_message(&format!("warning: the journal could not be ended: {error}"));
        }
        self.deliver(&report, false)?;
        Ok(report.exit)
    }

    fn deliver(&self, report: &Report<'_>, with_plan: bool) -> Result<(), Exit> {
        let text = || {
            let plan = if with_plan { self.session.reporter.text(report) } else { String::new() };
            plan + &terminal::applied(report, &self.context().page())
        };
        self.session.reporter.deliver(report, text)
    }

    /// Checks that nothing would be done that the saved plan does not show.
    fn check(&self, saved: &SavedPlan, report: &Report<'_>) -> Result<(), Exit> {
        if report.digest_key.is_none() && report.plan.changes_private() {
            return Err(self.context().wrong_usage(NO_DIGEST_KEY));
        }
        let differences = saved.differences(report);
        if differences.is_empty() {
            return Ok(());
        }
        let summary = report.summary.clone();
        self.deliver(&Report { exit: Exit::Stale, more: &differences, summary, ..*report }, true)?;
        let list = differences.join("\n  ");
        self.context()
            .error(&format!("not in the saved plan, so nothing was written:\n  {list}\nPlan and review again."));
        Err(Exit::Stale)
    }

    fn journal(&self, plan: &Plan) -> Result<Journal, Exit> {
        let folder = self.state_dir.journals();
        let place = self.args.journal.as_deref().map_or(JournalTarget::Folder(&folder), JournalTarget::File);
        let journal =
            Journal::begin(&place, &whole_digest(plan, self.session.inputs.accept_key.as_ref()), plan.to_do().count());
        journal.map_err(|error| self.context().failure(&format!("beginning the journal: {error}; nothing was written")))
    }

    /// A plan without anything to write may leave links of users that an earlier run deleted.
    fn forget_deleted(&self, plan: &Plan) -> Result<(), Exit> {
        let removed = self.systems.forget_deleted(plan);
        removed.map_err(|error| self.context().failure(&format!("writing roster.lock: {error}")))?;
        let links: Vec<String> = plan.deleted_links.iter().map(|(slug, crm)| format!("{slug} (crm {crm})")).collect();
        self.context()
            .print_message(&format!("Removed from roster.lock, since the CRM user is deleted: {}", links.join(", ")));
        Ok(())
    }

    /// Both systems were read and agree with the files, so no write of the last run is unknown any more. An empty journal
    /// shows that to the next run.
    fn clear_unknown_writes(&self, plan: &Plan) -> Result<(), Exit> {
        let ended = self.journal(plan)?.end(Exit::Done);
        ended.map_err(|error| self.context().failure(&format!("ending the journal: {error}")))
    }

    /// Writes, then proves by reading that both systems agree.
    async fn write(&self, plan: &Plan, observed: &Observed, journal: &Journal) -> Vec<Applied> {
        let redactor = self.systems.readers.redactor(&self.session.inputs, observed);
        let progress = Progress::of(plan.to_do().count(), self.context());
        self.systems.announce_above(progress.bar());
        let watcher = RunObserver { progress: &progress, journal, interrupt: &self.session.interrupt };
        let mut applied = self.systems.apply(plan, &observed.roles, &self.session.inputs, &redactor, &watcher).await;
        // Taken before the reading back, which would take them for its own.
        let warnings = self.systems.readers.take_warnings();
        progress.reading_back();
        let again = async || {
            let now = self.systems.readers.observe(&self.session.inputs).await;
            let now = now.map_err(|unread| unread.quoted(&redactor).join("; "))?;
            Ok(self.session.plan(&self.systems.readers, &now))
        };
        let reading = match self.session.interrupt.exit() {
            None => apply::confirm(&ConsistencyWaits::default(), plan, &applied, again).await,
            // After an interrupt nothing is read back; the next plan shows the result.
            Some(_) => Verification::NotTried,
        };
        progress.end();
        for warning in warnings {
            self.context().print_message(&format!("warning: the CRM reports: {}", redactor.quote(&warning)));
        }
        disagree(&mut applied, reading);
        applied
    }
}

/// Sees every write: shows how many people are through, keeps the journal, and listens for an end.
struct RunObserver<'a> {
    progress: &'a Progress,
    journal: &'a Journal,
    interrupt: &'a Interrupt,
}

impl ApplyObserver for RunObserver<'_> {
    fn on_event(&self, event: &ApplyEvent<'_>) -> io::Result<()> {
        if let ApplyEvent::Ended(_) = event {
            self.progress.advance();
        }
        self.journal.on_event(event)
    }

    fn stop_requested(&self) -> Option<String> {
        self.interrupt.exit().map(|_| "the run was interrupted".to_owned())
    }
}

/// The plan that was reviewed. One that hides what it does cannot be held to.
fn reviewed(context: &Context, path: &Path) -> Result<SavedPlan, Exit> {
    let saved = saved(context, path)?;
    if saved.hides_private_changes() {
        return Err(context.wrong_usage(NO_DIGEST_KEY));
    }
    Ok(saved)
}

/// Reports which writes the last run's journal leaves open, and returns whether any may be. Both systems are read after
/// this, so whatever was written is found.
fn report_unknown_writes(context: &Context, state_dir: &StateDir) -> bool {
    let folder = state_dir.journals();
    let newest = match journal::newest(&folder) {
        Ok(Some(newest)) => newest,
        Ok(None) => return false,
        Err(error) => return journal_is_unreadable(context, &folder, &error),
    };
    let unknown = match journal::read(&newest) {
        Ok(entries) => journal::left_unknown(&entries),
        Err(error) => return journal_is_unreadable(context, &newest, &error),
    };
    if !unknown.is_empty() {
        context.print_message(&format!(
            "An earlier run ended without knowing whether this was done: {}. Both systems are read now, and what was \
             done is found.",
            unknown.join(", ")
        ));
    }
    !unknown.is_empty()
}

/// A journal that cannot be read may leave any write open.
fn journal_is_unreadable(context: &Context, path: &Path, error: &io::Error) -> bool {
    context.print_message(&format!(
        "warning: the last run's journal cannot be read, so writes that it left open are not listed: {}: {error}. Both \
         systems are read now, and what was done is found.",
        path.display()
    ));
    true
}

/// A person whose rows do not read back as planned is not done.
fn disagree(applied: &mut [Applied], reading: Verification) {
    let (all, some) = match reading {
        Verification::Agrees | Verification::NotTried => return,
        Verification::Differs(people) => (None, people),
        Verification::Failed(why) => (Some(format!("written, but it could not be read back: {why}")), Vec::new()),
    };
    for person in applied.iter_mut().filter(|person| person.outcome == Outcome::Done) {
        let differs = some.iter().find(|(slug, _)| *slug == person.agent);
        if let Some(why) = all.clone().or(differs.map(|(_, what)| format!("written, but {what}"))) {
            person.outcome = Outcome::Failed(why);
        }
    }
}
