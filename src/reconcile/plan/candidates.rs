//! The facts of files and rows that matching compares.

use super::{RowsById, Unmanaged};
use crate::model::agent::Slug;
use crate::model::config::LinkFields;
use crate::model::record::{Record, System};
use crate::model::roster::{Base, Declaration, Roster};
use crate::reconcile::matching::{
    CrmCandidate, DeclaredPerson, GitRename, IdentityFacts, Matches, PfCandidate, identify,
};
use crate::reconcile::observed::{Observed, ObservedCrmUser, ObservedPfUser};

/// Tells which rows belong to which file.
pub(super) fn all_candidates(
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
        facts: base.people.get(slug).map(|then| IdentityFacts::of(&then.record)),
    };
    DeclaredPerson {
        slug: declaration.slug.clone(),
        status: declaration.status,
        facts: IdentityFacts::of(&declaration.record),
        renamed_from: base.and_then(|base| Some(renamed(base.renames.get(&declaration.slug)?, base))),
        login_at_base: base
            .and_then(|base| base.people.get(&declaration.slug))
            .and_then(|then| IdentityFacts::of(&then.record).login),
    }
}

fn crm_candidate(row: &ObservedCrmUser) -> CrmCandidate {
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

fn pf_candidate(row: &ObservedPfUser) -> PfCandidate {
    let licences = row.fields.compliances.iter().map(|entry| &entry.number);
    PfCandidate {
        id: row.id,
        profile: row.profile,
        facts: IdentityFacts::of(&row.record_for(&Record::new())).with_licences(licences),
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
pub(super) fn unreadable_slugs(observed: &Observed) -> Option<String> {
    const NAMED: usize = 3;
    let rows: Vec<(u64, &str)> =
        observed.crm.iter().filter_map(|row| Some((row.id, row.unreadable_slug.as_deref()?))).collect();
    let (_, field) = rows.first()?;
    let named: Vec<String> = rows.iter().take(NAMED).map(|(id, _)| id.to_string()).collect();
    let more = rows.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    Some(format!(
        "crm {}{more}: link field {field} holds a text that is not a slug, so nothing is written there: check crm.link_fields in \
         roster.yaml, or empty the field",
        named.join(", ")
    ))
}
