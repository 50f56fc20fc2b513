//! `roster link --migrate`: moves all links to where `links` in `roster.yaml` keeps them.

use std::fs;

use futures_util::{StreamExt as _, stream};

use super::Context;
use super::connected_systems::{ConnectedSystems, Writers};
use super::session::Session;
use crate::apply::Outcome;
use crate::declare::{Loaded, lock_file};
use crate::model::config::LinkStorage;
use crate::model::exit_code::Exit;
use crate::model::lock_file::{LOCK_FILE, LockFile};
use crate::reconcile::link_migration::{LinksForCrm, MigrationConflict};
use crate::reconcile::manual_link::ManualLink;
use crate::reconcile::observed::Observed;
use crate::report::problems;

/// Rows that are written at the same time, within the rate limit.
const AT_ONCE: usize = 8;

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
        let before = self.session.inputs.lock.clone();
        let context = self.session.reporter.context;
        let after = before.clone().with_links_of(self.observed).map_err(|conflicts| self.refuse(&conflicts))?;
        if after == before {
            context.print_message("Nothing to do: roster.lock has every link of the CRM's custom fields.");
            return Ok(Exit::Done);
        }
        let moved = after.agents.iter().filter(|(slug, link)| before.agents.get(slug) != Some(link)).count();
        self.confirm(&format!("Write the links of {} into {LOCK_FILE}?", people(moved)))?;
        lock_file::write(&after, &context.root.join(LOCK_FILE))
            .map_err(|error| context.failure(&format!("writing {LOCK_FILE}: {error}")))?;
        context.print_message(&format!(
            "Wrote the links of {} into {LOCK_FILE}: commit it. The custom fields of the CRM stay as they are, and are not read \
             any more.",
            people(moved)
        ));
        Ok(Exit::Done)
    }

    async fn to_crm(&self) -> Result<Exit, Exit> {
        let context = self.session.reporter.context;
        let LinksForCrm { links, gone } =
            self.locked()?.links_for_crm(self.observed).map_err(|conflicts| self.refuse(&conflicts))?;
        for slug in gone {
            context.print_message(&format!("{slug}: the CRM has no such row any more, so the link does not move"));
        }
        if !links.is_empty() {
            self.confirm(&format!("Write the links of {} into the CRM?", people(links.len())))?;
            self.session.interrupt.writing_begins();
            self.write(&links).await?;
        }
        fs::remove_file(context.root.join(LOCK_FILE))
            .map_err(|error| context.failure(&format!("removing {LOCK_FILE}: {error}")))?;
        context.print_message(&format!(
            "Wrote the links of {} into the CRM and removed {LOCK_FILE}: commit that.",
            people(links.len())
        ));
        Ok(Exit::Done)
    }

    /// The links of the file that `roster.yaml` does not name any more.
    fn locked(&self) -> Result<LockFile, Exit> {
        let context = self.session.reporter.context;
        let lock = lock_file::load(&context.root).map_err(|problems| {
            let loaded = Loaded { problems, ..Loaded::default() };
            context.complain(&problems::terminal(LOCK_FILE, &loaded, context.problem_style()));
            Exit::Invalid
        })?;
        if lock.agents.is_empty() {
            return Err(context.wrong_usage(&format!(
                "there is no link in {LOCK_FILE}, and roster.yaml keeps links in the CRM: set links: file to move them into \
                 the file"
            )));
        }
        Ok(lock)
    }

    async fn write(&self, links: &[ManualLink]) -> Result<(), Exit> {
        let context = self.session.reporter.context;
        let inputs = &self.session.inputs;
        let redactor = self.systems.readers.redactor(inputs, self.observed);
        let ends: Vec<(u64, Outcome)> = stream::iter(links)
            .map(async |link| (link.crm.id, self.systems.write_link(link, inputs, &redactor).await))
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        let failed: Vec<(u64, &str)> = ends.iter().filter_map(|(crm, end)| Some((*crm, end.why()?))).collect();
        for (crm, why) in &failed {
            context.error(&format!("crm {crm}: {why}"));
        }
        if failed.is_empty() {
            return Ok(());
        }
        let written = links.len() - failed.len();
        context.error(&format!(
            "{written} of {} links are written. {LOCK_FILE} stays as it is: run the command again",
            links.len()
        ));
        Err(Exit::Partial)
    }

    fn confirm(&self, question: &str) -> Result<(), Exit> {
        if self.yes || Context::confirmed(question) {
            return Ok(());
        }
        Err(self.session.reporter.context.failure("nothing was written"))
    }

    fn refuse(&self, conflicts: &[MigrationConflict]) -> Exit {
        let context = self.session.reporter.context;
        let redactor = self.systems.readers.redactor(&self.session.inputs, self.observed);
        for conflict in conflicts {
            let mut why = conflict.to_string();
            redactor.mask_numbers(&mut why);
            context.error(&why);
        }
        context.error("Nothing was written.");
        Exit::Blocked
    }
}

fn people(count: usize) -> String {
    if count == 1 { "1 agent".to_owned() } else { format!("{count} agents") }
}
