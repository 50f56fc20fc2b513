//! CRM rows whose file is gone: which of them are released, which block, and which are only named.
//!
//! A row blocks as long as Property Finder may show the person, and where the base declares a person who had not left: then
//! the file was deleted by mistake. Where the base declares `archived`, the row is released. Where no base has the file, and the
//! user is inactive or deleted, nothing depends on the row for a visitor of the portal: it is a warning, and the row keeps its
//! links, so that the file can come back.

use std::sync::Arc;

use super::base_planner::BasePlanner;
use super::person::{Planner, nothing_to_do};
use super::{Action, Operation, PersonPlan, RowsById, unlisted_users};
use crate::model::agent::{Slug, Status};
use crate::model::record::System;
use crate::model::roster::Declaration;
use crate::reconcile::matching::{Matches, Orphan};

/// What becomes of the rows whose file is gone.
#[derive(Default)]
pub(super) struct RowsWithoutFile {
    /// One person for each row that is released.
    pub(super) released: Vec<PersonPlan>,
    /// Rows that stop the plan, or are a warning, as roster.yaml sets it.
    pub(super) orphans: Vec<Orphan>,
    /// Rows that keep their links: a warning.
    pub(super) kept: Vec<Orphan>,
}

impl RowsWithoutFile {
    pub(super) fn new(
        matches: &Matches,
        planner: &Planner<'_>,
        rows: &RowsById<'_>,
        base: Option<&BasePlanner<'_>>,
    ) -> Self {
        let mut found = Self::default();
        let may_be_online = |orphan: &Orphan| {
            let row = rows.crm.get(&orphan.crm).filter(|_| !planner.contract.lists_users());
            row.is_some_and(|row| unlisted_users::may_be_online(row))
        };
        for orphan in &matches.orphans {
            let alone = matches.orphans.iter().filter(|other| other.agent == orphan.agent).count() == 1;
            let slug = Slug::parse(&orphan.agent).ok().filter(|_| alone);
            let at_base = slug.and_then(|slug| base?.file(&slug));
            match at_base {
                _ if rows.pf_unread || matches.online_orphans.contains(&orphan.crm) || may_be_online(orphan) => {
                    found.orphans.push(orphan.clone());
                }
                Some(file) if file.status == Status::Archived => {
                    found.released.extend(planner.release(file, orphan, rows));
                }
                // The file went with this change, and the person had not left.
                Some(_) => found.orphans.push(orphan.clone()),
                None => found.kept.push(orphan.clone()),
            }
        }
        found
    }
}

impl Planner<'_> {
    /// A person who had left at base, whose row no file claims any more.
    fn release(&self, file: &Declaration, orphan: &Orphan, rows: &RowsById<'_>) -> Option<PersonPlan> {
        let row = *rows.crm.get(&orphan.crm)?;
        let (operation, remote_id) = (Operation::Release, Some(row.id));
        let release = Action { system: System::Crm, operation, remote_id, fields: Vec::new() };
        Some(PersonPlan {
            actions: vec![release],
            crm: Some(Arc::clone(row)),
            ..nothing_to_do(file, &mut (self.desired)(&file.record))
        })
    }
}
