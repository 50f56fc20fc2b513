//! The facts of files and rows that matching compares.

use super::{RowsById, Unmanaged, Warning, WarningKind};
use crate::model::agent::Slug;
use crate::model::config::LinkFields;
use crate::model::record::System;
use crate::model::roster::{Base, Declaration, Roster};
use crate::reconcile::matching::{
    CrmCandidate, DeclaredPerson, GitRename, IdentityFacts, Matches, PfCandidate, identify,
};
use crate::reconcile::observed::{Observed, ObservedCrmUser, ObservedPfUser};

/// Matches all files to the rows of both systems.
pub(super) fn match_all(
    roster: &Roster,
    observed: &Observed,
    links: Option<&LinkFields>,
    base: Option<&Base>,
) -> Matches {
    let declared: Vec<DeclaredPerson> = roster.people.values().map(|declaration| declared(declaration, base)).collect();
    let mut crm: Vec<CrmCandidate> = observed.crm.iter().map(|row| crm_candidate(row)).collect();
    if observed.pf_unread {
        // Stored ids of a system that was not read resolve to nothing.
        for person in &mut crm {
            (person.pf_user, person.pf_profile) = (None, None);
            person.unreadable.clear();
        }
    }
    let pf: Vec<PfCandidate> = observed.pf.iter().map(|row| pf_candidate(row)).collect();
    identify(&declared, &crm, &pf, links.is_none())
}

fn declared(declaration: &Declaration, base: Option<&Base>) -> DeclaredPerson {
    let renamed = |slug: &Slug, base: &Base| GitRename {
        slug: slug.clone(),
        facts: base.people.get(slug).map(|declaration| IdentityFacts::of(&declaration.record)),
    };
    DeclaredPerson {
        slug: declaration.slug.clone(),
        status: declaration.status,
        facts: IdentityFacts::of(&declaration.record),
        renamed_from: base.and_then(|base| Some(Box::new(renamed(base.renames.get(&declaration.slug)?, base)))),
        login_at_base: base
            .and_then(|base| base.people.get(&declaration.slug))
            .and_then(|at_base| IdentityFacts::of(&at_base.record).login),
    }
}

pub(super) fn crm_candidate(row: &ObservedCrmUser) -> CrmCandidate {
    CrmCandidate {
        id: row.id,
        agent: row.links.agent.clone(),
        unreadable_slug: row.unreadable_slug.clone(),
        pf_user: row.links.pf_user,
        pf_profile: row.links.pf_profile,
        unreadable: row.unreadable_links.clone(),
        facts: IdentityFacts::of(&row.record),
        made: row.made,
    }
}

pub(super) fn pf_candidate(row: &ObservedPfUser) -> PfCandidate {
    PfCandidate {
        id: row.id,
        profile: row.profile,
        facts: IdentityFacts::of_pf_user(row),
        made: row.made,
        online: !row.inactive,
    }
}

/// The unmanaged rows, by their public names.
pub(super) fn unmanaged(matches: &Matches, rows: &RowsById<'_>) -> Vec<Unmanaged> {
    let crm = matches.unmanaged_crm.iter().filter_map(|id| rows.crm.get(id));
    let crm = crm.map(|row| Unmanaged { system: System::Crm, remote_id: row.id, name: row.name() });
    let pf = matches.unmanaged_pf.iter().filter_map(|id| rows.pf.get(id));
    let name = |row: &ObservedPfUser| row.name.clone().unwrap_or_default();
    crm.chain(pf.map(|row| Unmanaged { system: System::Pf, remote_id: row.id, name: name(row) })).collect()
}

/// A warning for rows whose link field holds a text that is not a slug: they belong to no file, and nothing is written to them.
pub(super) fn unreadable_slugs(observed: &Observed) -> Option<Warning> {
    let unreadable = observed.crm.iter().filter_map(|row| Some((row.id, row.unreadable_slug.as_deref()?)));
    let (rows, fields): (Vec<u64>, Vec<&str>) = unreadable.unzip();
    let field = (*fields.first()?).to_owned();
    Some(WarningKind::UnreadableSlugs { rows, field }.into())
}
