//! People who may exist already: a create is refused while a row without a file may be the person's.

use std::collections::BTreeMap;

use super::{Block, Operation, PersonPlan, Plan};
use crate::model::agent::{Slug, Status};
use crate::model::record::System;
use crate::model::roster::Roster;
use crate::reconcile::matching::{LookAlike, Matches};

/// How many rows are named at once.
const NAMED: usize = 3;

/// Blocks the create of a person while such a row is there, and a person who is not active while such a user is online.
/// Without link fields (`linkable`) no person is created anyway.
pub(super) fn refuse(person: &mut PersonPlan, status: Status, found: &[LookAlike], linkable: bool) {
    let would_create = |row: &LookAlike| linkable && person.has(row.system, Operation::Create);
    let stays_online = |row: &LookAlike| status != Status::Active && row.online;
    let concerned = found.iter().filter(|row| would_create(row) || stays_online(row));
    let (crm, pf): (Vec<&LookAlike>, Vec<&LookAlike>) = concerned.partition(|row| row.system == System::Crm);
    // A user that is stored in a row of the CRM comes with that row.
    let alone = pf.into_iter().filter(|user| !crm.iter().any(|row| row.crm == user.crm));
    let rows: Vec<LookAlike> = crm.iter().copied().chain(alone).cloned().collect();
    if !rows.is_empty() {
        let creates = rows.iter().any(would_create);
        person.block(Block::MayExist { creates, rows, linkable });
    }
}

/// Which rows they are, and how to link each of them. `crm` is the person's row in the CRM. Without link fields (`linkable`) a row
/// is adopted by its login e-mail alone.
pub(super) fn in_words(slug: &Slug, crm: Option<u64>, rows: &[LookAlike], linkable: bool) -> String {
    let own = crm.or_else(|| rows.iter().find(|row| row.system == System::Crm).map(|row| row.id));
    let link = linkable.then_some((slug, own));
    let reasons: Vec<String> = rows.iter().take(NAMED).map(|row| reason(row, link)).collect();
    let more = rows.len().saturating_sub(NAMED);
    reasons.join("; ") + &if more > 0 { format!(" and {more} more") } else { String::new() }
}

/// Which row it is, and how to link it: to which agent and row in the CRM.
fn reason(row: &LookAlike, link: Option<(&Slug, Option<u64>)>) -> String {
    let LookAlike { system, id, agreement, crm, slug: carried, online: _ } = row;
    let carrying = match carried {
        Some(carried) => format!("whose slug `{carried}` has no file"),
        None => "which no file has".to_owned(),
    };
    let same_login =
        || format!("make the login e-mail of {system} {id} and of the file the same, so that {system} {id} is adopted");
    let set = match (system, crm, link) {
        (System::Crm, _, Some((slug, _))) => link_to(slug, *id),
        (System::Pf, Some(crm), Some((slug, _))) => link_to(slug, *crm),
        (System::Pf, None, Some((slug, Some(own)))) => {
            format!("store it with `roster link {slug} --crm {own} --pf-user {id}`")
        }
        _ => same_login(),
    };
    let row = match (system, crm) {
        (System::Crm, _) => format!("crm {id}, {carrying},"),
        (System::Pf, Some(crm)) => format!("pf {id}, stored in crm {crm}, {carrying},"),
        (System::Pf, None) => format!("pf {id}, which no CRM row stores,"),
    };
    let renamed = if carried.is_some() { ", or, if the file was renamed, give an older --base" } else { "" };
    let agreement = agreement.words();
    format!(
        "{row} has its {agreement}; if it is the same person, {set}{renamed}; if not, correct the {agreement} in {}, \
         or write a file for that row, `status: archived` if its person has left",
        system.name()
    )
}

fn link_to(slug: &Slug, crm: u64) -> String {
    format!("link it with `roster link {slug} --crm {crm}`")
}

/// For each orphan that may be a person who would be created: what to do if the file was renamed.
pub(super) fn remedies(matches: &Matches, roster: &Roster, linkable: bool) -> BTreeMap<u64, String> {
    if !linkable {
        return BTreeMap::new();
    }
    let is_created = |slug: &Slug, system| match roster.people.get(slug).map(|declaration| declaration.status) {
        Some(Status::Active) => true,
        Some(Status::Inactive) => system == System::Crm,
        Some(Status::Archived) | None => false,
    };
    let rows = matches.look_alikes.iter().flat_map(|(slug, rows)| rows.iter().map(move |row| (slug, row)));
    let orphans = rows.filter(|(slug, row)| row.slug.is_some() && is_created(slug, row.system));
    let sentence = |(slug, row): (&Slug, &LookAlike)| {
        let crm = row.crm?;
        let set = link_to(slug, crm);
        Some((crm, format!("crm {crm} may be `{slug}`: if that file was renamed, {set}, or give an older --base")))
    };
    orphans.filter_map(sentence).collect()
}

impl Plan {
    /// What to do about the first orphans that may be people who would be created.
    pub(crate) fn renamed_orphans(&self) -> impl Iterator<Item = &str> {
        let named = self.orphans.iter().filter_map(|orphan| self.remedies.get(&orphan.crm));
        named.take(NAMED).map(String::as_str)
    }
}
