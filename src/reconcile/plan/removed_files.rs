//! CRM rows whose file is gone: which of them are released, which block, and which are only named.
//!
//! A row blocks as long as Property Finder may show the person. Once that user is switched off or deleted, the missing
//! file changes nothing for a visitor of the portal, so the row blocks nobody, whatever is known of the past. Only a base
//! proves that the person had left; then the row is released. Without that proof the row keeps its links, so that a file
//! that was removed by mistake can come back.

use super::base_planner::BasePlanner;
use super::{Action, Operation, PersonPlan, Planner, RowsById};
use crate::model::agent::Slug;
use crate::model::record::System;
use crate::model::roster::Declaration;
use crate::reconcile::matching::{Matches, Orphan};
use crate::remote::{crm, pf};

/// What becomes of the rows whose file is gone.
#[derive(Default)]
pub(super) struct LeftRows {
    /// One person for each row that is released.
    pub(super) released: Vec<PersonPlan>,
    /// Rows that stop the plan, or are a warning, as roster.yaml says.
    pub(super) orphans: Vec<Orphan>,
    /// What people should know of the other rows.
    pub(super) warnings: Vec<String>,
}

impl LeftRows {
    pub(super) fn new(
        matches: &Matches,
        planner: &Planner,
        rows: &RowsById<'_>,
        earlier: Option<&BasePlanner<'_>>,
    ) -> Self {
        let mut left = Self::default();
        for orphan in &matches.orphans {
            if may_be_shown(orphan, matches, rows) {
                left.orphans.push(orphan.clone());
                continue;
            }
            let alone = matches.orphans.iter().filter(|other| other.agent == orphan.agent).count() == 1;
            let slug = Slug::parse(&orphan.agent).ok().filter(|_| alone);
            let had_left = slug.and_then(|slug| earlier?.had_left(&slug));
            match had_left.and_then(|file| planner.release(file, orphan, rows)) {
                Some(person) => left.released.push(person),
                None => left.warnings.push(keeps_links(orphan)),
            }
        }
        left
    }
}

/// Whether Property Finder shows the person, or nobody knows whether it does.
fn may_be_shown(orphan: &Orphan, matches: &Matches, rows: &RowsById<'_>) -> bool {
    if rows.pf_unread {
        return true;
    }
    if let Some(id) = orphan.pf_user {
        return rows.pf.get(&id).is_some_and(|user| !pf::mapper::PfMapper::is_inactive(user));
    }
    // A run that was cut off may have left a user whose id is not stored.
    let login = rows.crm.get(&orphan.crm).and_then(|row| crm::mapper::CrmMapper::login(row));
    let mut free = matches.unmanaged_pf.iter().filter_map(|id| rows.pf.get(id));
    login.is_some()
        && free.any(|user| pf::mapper::PfMapper::login(user) == login && !pf::mapper::PfMapper::is_inactive(user))
}

fn keeps_links(orphan: &Orphan) -> String {
    format!(
        "crm {}: the file of {} is gone, and Property Finder does not show this person, so nothing is written; restore \
         the file, or empty the link fields of the row in the CRM to let go of it",
        orphan.crm, orphan.agent
    )
}

impl Planner {
    /// A person who had left at base, whose row no file claims any more.
    fn release(&self, file: &Declaration, orphan: &Orphan, rows: &RowsById<'_>) -> Option<PersonPlan> {
        let row = *rows.crm.get(&orphan.crm)?;
        let (operation, remote_id) = (Operation::Release, Some(row.id));
        let release = Action { system: System::Crm, operation, remote_id, fields: Vec::new() };
        Some(PersonPlan { actions: vec![release], crm: Some(row.clone()), ..self.nothing_to_do(file) })
    }
}
