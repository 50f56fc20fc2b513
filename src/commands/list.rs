//! `roster list`: the CRM's users, through the CRM's own filters and sorts, with the ids that both systems know them by.

use std::sync::Arc;

use super::run_reporter::{RunReporter, unreadable};
use super::session::{self, Session, SessionOptions};
use super::{Context, Outputs};
use crate::model::exit_code::Exit;
use crate::reconcile::observed::Observed;
use crate::remote::crm::search::{Sort, SortOrder, UserFilter, UserSearch};
use crate::report::ReportSubject;
use crate::report::listed::{ListFormat, document, lines, table};

/// List the CRM's users with their slugs and the ids of both systems
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "Filters, all of the CRM: query, name, firstName, email, mobile, licence, description, language, \
    position, linked_in, email_signature, use_email_signature (1 or 0), user_fields.ID, and created, updated, \
    license_expire_at with a word such as current_month or FROM..TO."
)]
pub(super) struct Args {
    /// List only users whom this filter of the CRM lets through; repeatable, all of them must hold
    #[arg(long = "filter", value_name = "NAME=VALUE")]
    filters: Vec<UserFilter>,
    /// Let the CRM sort the users, by last name (`last_name`), mobile or role
    #[arg(long, value_name = "FIELD")]
    sort: Option<Sort>,
    /// Sort from the end
    #[arg(long, requires = "sort")]
    desc: bool,
    /// List only users whom no agent is linked to
    #[arg(long)]
    unmanaged: bool,
    /// Read the sandbox: both APIs inside this process, kept in .roster/sandbox.json
    #[arg(long)]
    sandbox: bool,
}

impl Args {
    fn search(&self) -> UserSearch {
        let order = if self.desc { SortOrder::Descending } else { SortOrder::Ascending };
        UserSearch { filters: self.filters.clone(), sort: self.sort.map(|sort| (sort, order)) }
    }
}

#[must_use]
pub(super) fn run(args: &Args, context: &Context) -> Exit {
    session::on_runtime(context, async {
        let outputs: Outputs<ListFormat> = context.outputs()?;
        // The documents of a plan are not those of a list.
        let without_documents = Context { outputs: Vec::new(), ..context.clone() };
        let reporter = RunReporter::new(&without_documents, ReportSubject::Plan)?;
        let options = SessionOptions { sandbox: args.sandbox, base: None, agents: &[], system: None };
        let mut session = Session::open(&reporter, &options)?;
        let connection = session.connect().await?;
        let readers = connection.readers(context, &session.inputs)?;
        let search = args.search();
        let reading = session.interrupt.while_reading(Box::pin(readers.list(&session.inputs, &search)));
        let (users, pf) = reading
            .await?
            .map_err(|error| unreadable(context, &session.inputs.redactor(readers.secrets(), None), &error))?;
        let observed =
            Observed { crm: users.iter().map(|user| Arc::clone(&user.crm)).collect(), pf, ..Observed::default() };
        let redactor = readers.redactor(&session.inputs, &observed);
        for warning in readers.take_warnings() {
            context.print_message(&format!("warning: the CRM reports: {}", redactor.quote(&warning)));
        }
        if !session.inputs.config.property_finder.contract.lists_users() {
            context.print_message(
                "Property Finder's documented contract lists no users: the ids are those that the CRM stores, and the status is \
                 the one that was last sent.",
            );
        }
        if session.inputs.config.link_fields().is_none() {
            context.print_message(
                "warning: roster.yaml has no crm.link_fields (or links: file): it is not known which agent and which Property \
                 Finder user belong to a CRM user.",
            );
        }
        let listed = users.iter().filter(|user| !args.unmanaged || user.is_unmanaged());
        let lines = lines(listed, &redactor);
        let page = context.page();
        let text = || table(&lines, page.width, page.styles);
        outputs
            .deliver(context, text, |format, out| out.write_all(document(format, &lines).as_bytes()))
            .map_err(|why| context.failure(&why))?;
        Ok(Exit::Done)
    })
}
