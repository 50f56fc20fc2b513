//! `roster link --migrate`: moves all links to where `links` in `roster.yaml` keeps them.

use std::fs;

use super::Context;
use super::connected_systems::{ConnectedSystems, Writers};
use super::session::Session;
use crate::declare::{Loaded, lock_file};
use crate::model::agent::Slug;
use crate::model::config::LinkStorage;
use crate::model::exit_code::Exit;
use crate::model::lock_file::{LOCK_FILE, LockFile};
use crate::reconcile::link_migration::{LinksForCrm, LinksForFile, MigrationConflict};
use crate::reconcile::manual_link::ManualLink;
use crate::reconcile::observed::Observed;
use crate::report::problems;

/// Rows that are written at the same time, within the rate limit.
const AT_ONCE: usize = 8;

/// So many agents are named before a question.
const NAMED: usize = 10;

/// Reads the links on both sides, and copies those of the one into the other.
pub(super) async fn run(session: &mut Session<'_>, connection: &ConnectedSystems, yes: bool) -> Result<Exit, Exit> {
    let context = session.reporter.context;
    let config = &mut session.inputs.config;
    if config.crm.link_fields.is_none() {
        return Err(context.wrong_usage(
            "roster.yaml has no crm.link_fields: name the custom fields of the CRM from which or to which links are moved",
        ));
    }
    // The CRM's own custom fields are read in both directions.
    let target = std::mem::replace(&mut config.links, LinkStorage::Crm);
    let systems = connection.writers(context, &session.inputs)?;
    let observed = session.observe(&systems.readers).await?;
    let migration = LinkMigration { yes, session, systems: &systems, observed: &observed };
    match target {
        LinkStorage::File => migration.to_lock_file(),
        LinkStorage::Crm => migration.to_crm().await,
    }
}

struct LinkMigration<'a> {
    yes: bool,
    session: &'a Session<'a>,
    systems: &'a Writers,
    observed: &'a Observed,
}

impl LinkMigration<'_> {
    fn to_lock_file(&self) -> Result<Exit, Exit> {
        let context = self.session.reporter.context;
        let (before, bytes) = self.locked()?;
        let LinksForFile { lock, added } = before.with_links_of(self.observed).map_err(|why| self.refuse(why))?;
        if added.is_empty() {
            context.print_message("Nothing to do: roster.lock has every link of the CRM's custom fields.");
            return Ok(Exit::Done);
        }
        let names: Vec<&str> = added.iter().take(NAMED).map(Slug::as_str).collect();
        let more = added.len().saturating_sub(NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        context.print(&format!("{}{more}\n", names.join(", ")));
        self.confirm(&format!("Write the links of {} into {LOCK_FILE}?", people(added.len())))?;
        if self.locked()?.1 != bytes {
            context.error(&format!(
                "{LOCK_FILE} was changed while the question was open: nothing was written. Run the command again."
            ));
            return Err(Exit::Stale);
        }
        let written = lock_file::text(&lock).and_then(|text| lock_file::write(&text, &context.root.join(LOCK_FILE)));
        written.map_err(|error| context.failure(&format!("writing {LOCK_FILE}: {error}")))?;
        context.print_message(&format!(
            "Wrote the links of {} into {LOCK_FILE}: commit it. The custom fields of the CRM stay as they are, and are not read \
             any more.",
            people(added.len())
        ));
        Ok(Exit::Done)
    }

    async fn to_crm(&self) -> Result<Exit, Exit> {
        let context = self.session.reporter.context;
        let (lock, bytes) = self.locked()?;
        if bytes.is_none() {
            return Err(context.wrong_usage(&format!(
                "there is no {LOCK_FILE}, and roster.yaml keeps links in the CRM: set links: file to move them into the file"
            )));
        }
        let LinksForCrm { links, others } = lock.links_for_crm(self.observed).map_err(|why| self.refuse(why))?;
        let redactor = self.systems.readers.redactor(&self.session.inputs, self.observed);
        for (crm, agent) in others {
            let mut slug = agent;
            redactor.redact_numbers(&mut slug);
            context.print_message(&format!(
                "crm {crm} carries the slug {slug}, which {LOCK_FILE} does not have: it counts again. To release it: `roster link \
                 {slug} --release --crm {crm}`"
            ));
        }
        self.confirm(&format!("Write the links of {} into the CRM, and remove {LOCK_FILE}?", people(links.len())))?;
        self.session.interrupt.writing_begins();
        self.write(&links).await?;
        fs::remove_file(context.root.join(LOCK_FILE))
            .map_err(|error| context.failure(&format!("removing {LOCK_FILE}: {error}")))?;
        context.print_message(&format!(
            "Wrote the links of {} into the CRM and removed {LOCK_FILE}: commit that.",
            people(links.len())
        ));
        Ok(Exit::Done)
    }

    /// The file as it is now, and its bytes.
    fn locked(&self) -> Result<(LockFile, Option<Vec<u8>>), Exit> {
        let context = self.session.reporter.context;
        lock_file::load_with_bytes(&context.root).map_err(|problems| {
            let loaded = Loaded { problems, ..Loaded::default() };
            context.complain(&problems::terminal(LOCK_FILE, &loaded, context.problem_style()));
            Exit::Invalid
        })
    }

    /// Writes the first link alone, since it shows whether the CRM keeps links, and ends at an interrupt or a failure.
    async fn write(&self, links: &[ManualLink]) -> Result<(), Exit> {
        let context = self.session.reporter.context;
        let inputs = &self.session.inputs;
        let redactor = self.systems.readers.redactor(inputs, self.observed);
        let (mut written, mut failed) = (0, Vec::new());
        let (first, others) = links.split_at(links.len().min(1));
        for batch in [first].into_iter().chain(others.chunks(AT_ONCE)) {
            if !failed.is_empty() || self.session.interrupt.exit().is_some() {
                break;
            }
            let ends =
                batch.iter().map(async |link| (link.crm.id, self.systems.write_link(link, inputs, &redactor).await));
            for (crm, end) in futures_util::future::join_all(ends).await {
                match end.why() {
                    None => written += 1,
                    Some(why) => failed.push(format!("crm {crm}: {why}")),
                }
            }
        }
        if written == links.len() {
            return Ok(());
        }
        for why in &failed {
            context.error(why);
        }
        context.error(&format!(
            "{written} of {} links are written. {LOCK_FILE} stays as it is: run the command again",
            links.len()
        ));
        Err(self.session.interrupt.exit().unwrap_or(Exit::Partial))
    }

    fn confirm(&self, question: &str) -> Result<(), Exit> {
        if self.yes || Context::confirmed(question) {
            return Ok(());
        }
        Err(self.session.reporter.context.failure("nothing was written"))
    }

    fn refuse(&self, conflicts: Vec<MigrationConflict>) -> Exit {
        let context = self.session.reporter.context;
        let redactor = self.systems.readers.redactor(&self.session.inputs, self.observed);
        for conflict in conflicts {
            let mut why = conflict.to_string();
            redactor.redact_numbers(&mut why);
            context.error(&why);
        }
        context.error("Nothing was written.");
        Exit::Blocked
    }
}

fn people(count: usize) -> String {
    if count == 1 { "1 agent".to_owned() } else { format!("{count} agents") }
}
