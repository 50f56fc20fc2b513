//! `roster link`: ties an agent to existing rows by hand, or releases a row.

use std::collections::BTreeSet;

use super::connected_systems::Writers;
use super::run_reporter::RunReporter;
use super::session::{self, Session, SessionOptions};
use super::state_dir::StateDir;
use super::{Context, agent_filter, link_migration};
use crate::apply::Outcome;
use crate::model::agent::Slug;
use crate::model::config::LinkFields;
use crate::model::exit_code::Exit;
use crate::reconcile::manual_link::{LinkRefusal, LinkRequest, ManualLink, PfRequest};
use crate::reconcile::observed::Observed;
use crate::redact::Redactor;
use crate::report::ReportSubject;
use crate::report::linked::{LinkView, manual_link};

/// Link an agent to existing rows by hand, or release a row
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  roster link sara-khan --crm 12 --pf-user 34 --pf-profile 56     stores the ids of existing rows
  roster link sara-khan --release                                 empties the link fields")]
#[command(group = clap::ArgGroup::new("change").required(true).multiple(true)
    .args(["crm", "pf_user", "pf_profile", "no_pf", "release", "migrate"]))]
#[expect(clippy::struct_excessive_bools, reason = "five flags of the command line")]
pub(super) struct Args {
    /// The agent's slug: the name of the file without .yaml
    #[arg(value_name = "AGENT", value_parser = Slug::parse, required_unless_present = "migrate")]
    agent: Option<Slug>,
    /// The CRM's id of the row that is written [default: the row that carries the slug]
    #[arg(long, value_name = "ID")]
    crm: Option<u64>,
    /// Store the ids of this Property Finder user and of its public profile
    #[arg(long, value_name = "ID")]
    pf_user: Option<u64>,
    /// Store the ids of the Property Finder user with this public profile
    #[arg(long, value_name = "ID")]
    pf_profile: Option<u64>,
    /// Store no Property Finder ids
    #[arg(long, conflicts_with_all = ["pf_user", "pf_profile"])]
    no_pf: bool,
    /// Empty all link fields of the row
    #[arg(long, conflicts_with_all = ["pf_user", "pf_profile", "no_pf"])]
    release: bool,
    /// Move all links to where `links` in roster.yaml keeps them: from the CRM's custom fields to roster.lock, or back
    #[arg(long, conflicts_with_all = ["agent", "crm", "pf_user", "pf_profile", "no_pf", "release", "sandbox"])]
    migrate: bool,
    /// Write without asking
    #[arg(long)]
    yes: bool,
    /// Write to the sandbox: both APIs inside this process, kept in .roster/sandbox.json
    #[arg(long)]
    sandbox: bool,
}

impl Args {
    const fn request(&self) -> LinkRequest {
        match (self.release, self.no_pf, self.pf_user, self.pf_profile) {
            (true, ..) => LinkRequest::Release,
            (false, true, ..) => LinkRequest::Set(PfRequest::Nothing),
            (false, false, None, None) => LinkRequest::Set(PfRequest::Keep),
            (false, false, user, profile) => LinkRequest::Set(PfRequest::Ids { user, profile }),
        }
    }
}

#[must_use]
pub(super) fn run(args: &Args, context: &Context) -> Exit {
    session::on_runtime(context, async {
        let reporter = RunReporter::new(context, ReportSubject::Plan)?;
        if !args.yes && !args.sandbox && !context.terminal {
            return Err(context.wrong_usage("there is no terminal for the confirmation: use --yes to write without it"));
        }
        let options = SessionOptions { sandbox: args.sandbox, base: None, agents: &[], system: None };
        let mut session = Session::open(&reporter, &options)?;
        let state_dir = StateDir::new(context);
        let _lock = state_dir.lock(context)?;
        let connection = session.connect().await?;
        let Some(agent) = &args.agent else {
            return link_migration::run(&mut session, &connection, args.yes).await;
        };
        let Some(fields) = session.inputs.config.link_fields().cloned() else {
            return Err(context.wrong_usage(
                "roster.yaml has no crm.link_fields: name the custom fields of the CRM that hold the slug and the ids, or set \
                 links: file",
            ));
        };
        let systems = connection.writers(context, &session.inputs)?;
        let observed = session.observe(&systems.readers).await?;
        LinkSession { args, agent, session: &session, systems: &systems, fields: &fields }.run(&observed).await
    })
}

/// One link, from the observed rows on.
struct LinkSession<'a> {
    args: &'a Args,
    agent: &'a Slug,
    session: &'a Session<'a>,
    systems: &'a Writers,
    fields: &'a LinkFields,
}

impl LinkSession<'_> {
    async fn run(&self, observed: &Observed) -> Result<Exit, Exit> {
        let Self { args, agent, session, systems, fields } = self;
        let context = session.reporter.context;
        let roster = &session.inputs.roster;
        let redactor = systems.readers.redactor(&session.inputs, observed);
        let link = self.link(observed, &redactor)?;
        let file = roster.people.get(agent);
        let view = LinkView {
            reveal: Context::reveals_on_stdout(),
            fields,
            contract: observed.contract,
            file: file.map(|declaration| (declaration.file.as_str(), &declaration.record)),
        };
        context.print_sentences(&manual_link(&link, &view, &redactor));
        if link.is_stored() {
            context.print_message("Nothing to do: the row has these link fields.");
            return Ok(Exit::Done);
        }
        if !args.yes && !args.sandbox {
            if !Context::confirmed(&format!("Write this to crm {}?", link.crm.id)) {
                return Err(context.failure("nothing was written"));
            }
            // Another run may have linked the agent or the user to another row while the question was open.
            let observed = session.observe(&systems.readers).await?;
            if self.link(&observed, &redactor)? != link {
                context.error(
                    "the rows were changed while the question was open: nothing was written. Run the command again.",
                );
                return Err(Exit::Stale);
            }
        }
        session.interrupt.writing_begins();
        let outcome = systems.write_link(&link, &session.inputs, &redactor).await;
        self.report(&outcome, &link, file.is_some())
    }

    fn link(&self, observed: &Observed, redactor: &Redactor<'_>) -> Result<ManualLink, Exit> {
        let (args, roster) = (self.args, &self.session.inputs.roster);
        let link = ManualLink::new(self.agent, args.crm, args.request(), roster, observed);
        link.map_err(|refusal| self.refuse(&refusal, redactor))
    }

    fn refuse(&self, refusal: &LinkRefusal, redactor: &Redactor<'_>) -> Exit {
        let context = self.session.reporter.context;
        // The slug that a row carries is a text of the CRM.
        let mut why = refusal.to_string();
        redactor.redact_numbers(&mut why);
        if refusal.is_conflict() {
            context.error(&format!("{why}\nNothing was written."));
            return Exit::Blocked;
        }
        let slugs: BTreeSet<String> = self.session.inputs.roster.people.keys().map(ToString::to_string).collect();
        let guess = match refusal {
            LinkRefusal::NoFile(slug) | LinkRefusal::NoRowWithSlug(slug) if !slugs.contains(slug.as_str()) => {
                agent_filter::guess(slug.as_str(), &slugs)
            }
            _ => String::new(),
        };
        context.wrong_usage(&format!("{why}{guess}"))
    }

    fn report(&self, outcome: &Outcome, link: &ManualLink, has_file: bool) -> Result<Exit, Exit> {
        let context = self.session.reporter.context;
        let (agent, crm) = (self.agent, link.crm.id);
        match outcome {
            Outcome::Done => {}
            Outcome::Moved(why) => {
                context.error(&format!("{why}: nothing was written. Run the command again."));
                return Err(Exit::Stale);
            }
            Outcome::Unknown(why) => {
                context.error(&format!("{why}\nIt is not known whether crm {crm} was written. Run the command again."));
                return Err(Exit::Partial);
            }
            Outcome::Failed(why) | Outcome::Interrupted(why) | Outcome::NotTried(why) => {
                context.error(why);
                return Err(Exit::Partial);
            }
        }
        let next = match (self.args.release, has_file) {
            (false, _) => format!("Linked {agent} to crm {crm}. `roster plan` shows what is left to write."),
            (true, false) => format!("Released crm {crm}: no agent is linked to it."),
            (true, true) => format!(
                "Released crm {crm}. The file of {agent} is still there: the next plan adopts the row with its login \
                 e-mail, or creates the person."
            ),
        };
        context.print_message(&next);
        Ok(Exit::Done)
    }
}
