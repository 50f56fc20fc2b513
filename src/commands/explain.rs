//! `roster explain`: one person field by field. It reads both systems and writes nothing.

use super::Context;
use super::run_reporter::RunReporter;
use super::session::{self, Session, SessionOptions};
use crate::declare::git::Repository;
use crate::model::exit_code::Exit;
use crate::model::record::System;
use crate::remote::Mappers;
use crate::report::ReportSubject;
use crate::report::terminal::{Explanation, SystemState, explained};

/// Explain an agent field by field: the line and its commit, both systems, and what is sent
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  roster explain sara-khan
  roster explain sara-khan --base origin/main     distinguishes a change of the file from a change in a system")]
pub(super) struct Args {
    /// The agent: a slug, or a pattern such as 'team-*'
    #[arg(value_name = "AGENT")]
    agent: String,
    /// Compare with this git revision, to distinguish changes of the file from drift
    #[arg(long, value_name = "REV")]
    base: Option<String>,
    /// Read the sandbox: both APIs inside this process, kept in .roster/sandbox.json
    #[arg(long)]
    sandbox: bool,
}

#[must_use]
pub(super) fn run(args: &Args, context: &Context) -> Exit {
    session::on_runtime(context, async {
        let reporter = RunReporter::new(context, ReportSubject::Plan)?;
        let agents = [args.agent.clone()];
        let options =
            SessionOptions { sandbox: args.sandbox, base: args.base.as_deref(), agents: &agents, system: None };
        let mut session = Session::open(&reporter, &options)?;
        let connection = session.connect().await?;
        let readers = connection.readers(context, &session.inputs)?;
        let observed = session.observe(&readers).await?;
        let guarded = session.guarded_plan(&readers, &observed, &[]).await;
        let repository = Repository::open(&context.root).ok();
        let mappers = Mappers::new(&session.inputs.config, &observed.roles);
        let linked = observed.linked_rows();
        let mut pages = Vec::new();
        let chosen = session.inputs.roster.people.values();
        for declaration in chosen.filter(|declaration| session.agents.takes(declaration.slug.as_str())) {
            // The plan leaves out a person for whom nothing is to be written.
            let person = guarded.plan.people.iter().find(|person| person.slug == declaration.slug);
            let commits = repository.as_ref().and_then(|repository| repository.blame(&declaration.file).ok());
            let of_file =
                guarded.plan.warnings.iter().filter(|warning| warning.file.as_ref() == Some(&declaration.file));
            let (crm, pf) = (mappers.crm.desired(&declaration.record), mappers.pf.desired(&declaration.record));
            let (crm_row, pf_row) = match person {
                Some(person) => (person.crm.as_deref(), person.pf.as_deref()),
                None => linked.get(declaration.slug.as_str()).map_or((None, None), |(crm, pf)| (Some(*crm), *pf)),
            };
            let page = Explanation {
                declaration,
                person,
                systems: [
                    SystemState {
                        system: System::Crm,
                        live: crm_row.map(|row| row.record.clone()),
                        desired: crm,
                        returns: &|field| !field.is_uploaded(),
                    },
                    SystemState {
                        system: System::Pf,
                        live: pf_row.map(|row| row.record_for(&pf)),
                        desired: pf,
                        returns: &|field| mappers.pf.returns(field),
                    },
                ],
                warnings: of_file.map(ToString::to_string).collect(),
                commits,
            };
            pages.push(explained(&page, &context.page()));
        }
        context.print(&pages.join("\n"));
        for block in &guarded.blocks {
            context.print_message(&format!("An apply of these agents is blocked: {}", block.message));
        }
        Ok(Exit::Done)
    })
}
