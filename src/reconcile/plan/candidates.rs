//! What identity needs to know of files and rows, taken from each system's own shapes.

use super::{Observed, Planner, RowsById, Unmanaged};
use crate::model::agent::Slug;
use crate::model::config::LinkFields;
use crate::model::record::{Record, Row, System};
use crate::model::roster::{Base, Declaration, Roster};
use crate::reconcile::matching::{
    CrmCandidate, DeclaredPerson, GitRename, IdentityFacts, Matches, PfCandidate, identify,
};
use crate::remote::crm::mapper::CrmMapper;
use crate::remote::pf::mapper::PfMapper;

/// Tells which rows belong to which file.
pub(super) fn all_candidates(
    roster: &Roster,
    observed: &Observed,
    planner: &Planner,
    links: Option<&LinkFields>,
    base: Option<&Base>,
) -> Matches {
    let declared: Vec<DeclaredPerson> = roster.people.values().map(|declaration| declared(declaration, base)).collect();
    let mut crm: Vec<CrmCandidate> = observed.crm.iter().map(|row| crm_person(planner, row)).collect();
    if observed.pf_unread {
        // Stored ids of a system that was not read resolve to nothing.
        for person in &mut crm {
            (person.pf_user, person.pf_profile) = (None, None);
            person.unreadable.clear();
        }
    }
    let pf: Vec<PfCandidate> = observed.pf.iter().map(|row| pf_person(planner, row)).collect();
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

fn crm_person(planner: &Planner, row: &Row) -> CrmCandidate {
    let links = planner.crm.links(row);
    CrmCandidate {
        id: row.id,
        agent: links.agent,
        pf_user: links.pf_user,
        pf_profile: links.pf_profile,
        unreadable: planner.crm.unreadable_ids(row),
        facts: IdentityFacts::of(&planner.crm.observed(row)),
        made: CrmMapper::made(row),
    }
}

fn pf_person(planner: &Planner, row: &Row) -> PfCandidate {
    PfCandidate {
        id: row.id,
        profile: PfMapper::profile_id(row),
        facts: IdentityFacts::of(&planner.pf.observed(row, &Record::new())).with_licences(PfMapper::licences(row)),
        made: PfMapper::made(row),
        online: !PfMapper::is_inactive(row),
    }
}

/// The rows that are nobody's, by their public names.
pub(super) fn unmanaged(matches: &Matches, rows: &RowsById<'_>) -> Vec<Unmanaged> {
    let crm = matches.unmanaged_crm.iter().filter_map(|id| {
        let row = rows.crm.get(id)?;
        let part = |pointer| row.raw.pointer(pointer).and_then(|name| name.as_str()).unwrap_or_default();
        let name = format!("{} {}", part("/public/first_name"), part("/public/last_name"));
        Some(Unmanaged { system: System::Crm, remote_id: *id, name: name.trim().to_owned() })
    });
    let pf = matches.unmanaged_pf.iter().filter_map(|id| {
        let name = rows.pf.get(id)?.raw.pointer("/publicProfile/name").and_then(|name| name.as_str());
        Some(Unmanaged { system: System::Pf, remote_id: *id, name: name.unwrap_or_default().to_owned() })
    });
    crm.chain(pf).collect()
}
