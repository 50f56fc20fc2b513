//! Which row of each system belongs to which file.
//!
//! Pure. It compares slugs, stored ids and the facts that distinguish people, and decides nothing about what to change.
//! `facts` decides whether two descriptions are one person, `evidence` finds the rows, `look_alikes` finds rows without a file
//! that may be a person without a row. What is ambiguous is refused by name, for the people concerned; the rest goes on.

mod ambiguity;
mod evidence;
mod facts;
mod look_alikes;
mod pairs;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::model::agent::{Slug, Status};
use crate::model::record::System;

pub(crate) use ambiguity::{Ambiguity, CommonEvidence};
use evidence::RowIndex;
pub(crate) use facts::IdentityFacts;
use look_alikes::SharedContacts;
pub(crate) use look_alikes::{Agreement, LookAlike, SharedRows};
pub(crate) use pairs::{PersonalValues, RowPair, RowPairs, UnclearReason, UnclearRows, pair};

/// What matching needs to know of a CRM row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct CrmCandidate {
    /// The CRM's id.
    pub id: u64,
    /// The slug in its link field, whether or not a file has it.
    pub agent: Option<String>,
    /// The link field of the slug, such as `11 (agent)`, if it holds a text that is not a slug.
    pub unreadable_slug: Option<String>,
    /// The Property Finder user id in its link field.
    pub pf_user: Option<u64>,
    /// The Property Finder profile id in its link field.
    pub pf_profile: Option<u64>,
    /// The link fields that hold something that is not an id, such as `12 (pf_user)`.
    pub unreadable: Vec<String>,
    /// Login, names and contacts.
    pub facts: IdentityFacts,
    /// When it was made, if the CRM returns it.
    pub made: Option<Timestamp>,
}

/// What matching needs to know of a Property Finder row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PfCandidate {
    /// The user's id.
    pub id: u64,
    /// The public profile's id, if there is a profile.
    pub profile: Option<u64>,
    /// Login, names and contacts.
    pub facts: IdentityFacts,
    /// When it was made, if Property Finder returns it.
    pub made: Option<Timestamp>,
    /// Whether the user is active, so that Property Finder may show the profile.
    pub online: bool,
}

/// What matching needs to know of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DeclaredPerson {
    /// The slug.
    pub slug: Slug,
    /// Whether the person is in service.
    pub status: Status,
    /// Login, names and contacts.
    pub facts: IdentityFacts,
    /// What git takes for the file's name and content at base. A hint: files that were written from one template look
    /// alike to git.
    pub renamed_from: Option<GitRename>,
    /// The login e-mail that the file declared at base, which a row may still have.
    pub login_at_base: Option<String>,
}

/// A file at base that git takes for an earlier name of another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GitRename {
    /// The slug that it had.
    pub slug: Slug,
    /// Its declaration; none if it was not valid.
    pub facts: Option<IdentityFacts>,
}

/// The match of a person in the CRM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CrmMatch {
    /// The row with this id carries the slug.
    Linked(u64),
    /// The row with this id carries no slug, and the Property Finder id that it stores is this person's.
    Link(u64),
    /// The row with this id carries a slug that no file has any more; it is this person's.
    Rename {
        /// The CRM's id.
        id: u64,
        /// The slug it carries.
        from: String,
    },
    /// The row with this id carries no slug of a file, and has the login e-mail.
    Adopt(u64),
    /// The row with this id is linked, and describes another person than the file does.
    Replace(u64),
    /// There is none.
    Absent,
}

impl CrmMatch {
    /// The id of the row, if there is one.
    #[must_use]
    pub(crate) const fn id(&self) -> Option<u64> {
        match self {
            Self::Linked(id) | Self::Link(id) | Self::Rename { id, .. } | Self::Adopt(id) | Self::Replace(id) => {
                Some(*id)
            }
            Self::Absent => None,
        }
    }
}

/// The match of a person at Property Finder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PfMatch {
    /// The CRM stores this user's id, or that of its profile.
    Linked(u64),
    /// The CRM holds the person but no Property Finder id, and this user is what an interrupted run leaves: linked to
    /// no person, made after the CRM's row, with the login e-mail and one more fact.
    Link(u64),
    /// The login e-mail alone links the person to this user.
    Adopt(u64),
    /// The CRM stores this user's id, and the user is another person than the file describes.
    Replace(u64),
    /// The CRM stores this user's id, and Property Finder has no such user.
    Gone(u64),
    /// There is none.
    Absent,
}

impl PfMatch {
    /// The id of the user, if there is one.
    #[must_use]
    pub(crate) const fn id(&self) -> Option<u64> {
        match self {
            Self::Linked(id) | Self::Link(id) | Self::Adopt(id) | Self::Replace(id) => Some(*id),
            Self::Gone(_) | Self::Absent => None,
        }
    }
}

/// One file's rows, or why they are ambiguous.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Match {
    /// Known in both systems, or known to be absent.
    Known {
        /// In the CRM.
        crm: CrmMatch,
        /// At Property Finder.
        pf: PfMatch,
    },
    /// Ambiguous.
    Unclear(Ambiguity),
}

/// A CRM row whose slug has no file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Orphan {
    /// The CRM's id.
    pub crm: u64,
    /// The slug that it carries, as it is stored.
    pub agent: String,
    /// The Property Finder user it is linked to.
    pub pf_user: Option<u64>,
}

/// The matches of all people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Matches {
    /// One for each file.
    pub people: BTreeMap<Slug, Match>,
    /// Rows whose file is gone.
    pub orphans: Vec<Orphan>,
    /// The CRM ids of orphans for which Property Finder has an active user: linked, with the same login e-mail, or alike.
    pub online_orphans: BTreeSet<u64>,
    /// Unmanaged CRM rows.
    pub unmanaged_crm: Vec<u64>,
    /// Unmanaged Property Finder users.
    pub unmanaged_pf: Vec<u64>,
    /// Rows without a file that look like a person whose row was not found.
    pub look_alikes: BTreeMap<Slug, Vec<LookAlike>>,
    /// Rows that have in common with a declared person's row what one person has alone.
    pub shared: Vec<SharedRows>,
}

/// Tells who is who.
///
/// With `by_email` (no link fields in `roster.yaml`) a login e-mail alone matches a person to a row.
#[must_use]
pub(crate) fn identify(
    declared: &[DeclaredPerson],
    crm: &[CrmCandidate],
    pf: &[PfCandidate],
    by_email: bool,
) -> Matches {
    let rows = RowIndex::new(declared, crm, pf);
    let mut matches = Matches { people: rows.matches(by_email), ..Matches::default() };
    let known = |found: &Match| match found {
        Match::Known { crm, pf } => (crm.id(), pf.id()),
        Match::Unclear(_) => (None, None),
    };
    let used_crm: BTreeSet<u64> = matches.people.values().filter_map(|found| known(found).0).collect();
    let used_pf: BTreeSet<u64> = matches.people.values().filter_map(|found| known(found).1).collect();
    for row in crm.iter().filter(|row| !used_crm.contains(&row.id)) {
        match &row.agent {
            None => matches.unmanaged_crm.push(row.id),
            Some(agent) if rows.is_of_a_blocked_file(agent, &matches.people) => {}
            Some(agent) => {
                let pf_user = rows.stored_id(row);
                matches.orphans.push(Orphan { crm: row.id, agent: agent.clone(), pf_user });
            }
        }
    }
    let nobodys = |row: &&PfCandidate| !used_pf.contains(&row.id) && !rows.stored_pf.contains_key(&row.id);
    matches.unmanaged_pf = pf.iter().filter(nobodys).map(|row| row.id).collect();
    let impersonal = SharedContacts::of(declared.iter().map(|person| &person.facts));
    let in_rows = SharedContacts::of(crm.iter().map(|row| &row.facts));
    let in_rows = in_rows.and(SharedContacts::of(pf.iter().map(|user| &user.facts))).and(impersonal.clone());
    let unclaimed = look_alikes::UnmatchedRows::of(&matches, crm, pf, &rows.stored_pf);
    let candidates: BTreeMap<u64, &CrmCandidate> = crm.iter().map(|row| (row.id, row)).collect();
    for person in declared {
        let Some(Match::Known { crm, pf }) = matches.people.get(&person.slug) else { continue };
        // The row of one system is the person's too, so a row of the other system may resemble that one alone.
        let alike = |system, row: Option<&IdentityFacts>| {
            let mut found = unclaimed.like(&person.facts, system, &impersonal);
            let like_row = row.map(|row| unclaimed.like(row, system, &in_rows)).unwrap_or_default();
            let new = like_row.into_iter().filter(|row| found.iter().all(|known| known.id != row.id));
            found.extend(new.collect::<Vec<_>>());
            found
        };
        let mut found = Vec::new();
        if crm.id().is_none() {
            let user = pf.id().filter(|_| !matches!(pf, PfMatch::Replace(_))).and_then(|id| rows.pf.get(&id));
            found.extend(alike(System::Crm, user.map(|user| &user.facts)));
        }
        if pf.id().is_none() {
            let row = crm.id().filter(|_| !matches!(crm, CrmMatch::Replace(_))).and_then(|id| candidates.get(&id));
            found.extend(alike(System::Pf, row.map(|row| &row.facts)));
        }
        if !found.is_empty() {
            matches.look_alikes.insert(person.slug.clone(), found);
        }
    }
    let is_online = |row: &CrmCandidate| {
        let alike = || unclaimed.like(&row.facts, System::Pf, &impersonal);
        rows.has_online_user(row) || alike().iter().any(|user| user.online && user.crm.is_none())
    };
    let orphans = matches.orphans.iter().map(|orphan| orphan.crm);
    matches.online_orphans = orphans.filter(|id| candidates.get(id).is_some_and(|row| is_online(row))).collect();
    matches.shared = look_alikes::shared(&matches.people, crm, pf, &impersonal);
    matches
}

#[cfg(test)]
mod tests;
