//! Which row of each system belongs to which file.
//!
//! Pure. It compares slugs, stored ids and the facts that distinguish people, and decides nothing about what to change.
//! `facts` decides whether two descriptions are one person, `evidence` finds the rows, `look_alikes` finds rows without a file
//! that may be a person without a row, `same_person` finds one person under several logins. A person whose rows are ambiguous is blocked; all other people are planned.

mod ambiguity;
mod evidence;
mod facts;
mod look_alikes;
mod pairs;
mod same_person;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::model::agent::{Slug, Status};
use crate::model::record::System;

pub(crate) use ambiguity::{Ambiguity, CommonEvidence};
use evidence::RowIndex;
pub(crate) use facts::IdentityFacts;
use look_alikes::LookAlikeSearch;
pub(crate) use look_alikes::{Agreement, LookAlike, SharedRows};
pub(crate) use pairs::{ImpersonalValues, RowPair, RowPairs, UnclearReason, UnclearRows, pair};
pub(crate) use same_person::{MOST_FOUND, OtherAccount, SamePerson};

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
    pub slug: Slug,
    /// Whether the person is in service.
    pub status: Status,
    /// Login, names and contacts.
    pub facts: IdentityFacts,
    /// What git takes for the file's name and content at base. A hint: files that were written from one template look
    /// alike to git.
    pub renamed_from: Option<Box<GitRename>>,
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
    Known { crm: CrmMatch, pf: PfMatch },
    /// Ambiguous.
    Unclear(Ambiguity),
}

impl Match {
    /// The CRM's id of the person's row, if the person is not ambiguous and has one.
    #[must_use]
    pub(crate) const fn crm_id(&self) -> Option<u64> {
        match self {
            Self::Known { crm, .. } => crm.id(),
            Self::Unclear(_) => None,
        }
    }

    /// The id of the person's row in a system.
    const fn row_in(&self, system: System) -> Option<u64> {
        match system {
            System::Crm => self.crm_id(),
            System::Pf => self.pf_id(),
        }
    }

    /// Whether the person is known to have no row in one of the systems.
    const fn lacks_a_row(&self) -> bool {
        match self {
            Self::Known { crm, pf } => crm.id().is_none() || pf.id().is_none(),
            Self::Unclear(_) => false,
        }
    }

    /// The id of the person's user at Property Finder, if the person is not ambiguous and has one.
    #[must_use]
    pub(crate) const fn pf_id(&self) -> Option<u64> {
        match self {
            Self::Known { pf, .. } => pf.id(),
            Self::Unclear(_) => None,
        }
    }
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
    /// Other files that may be of the same person, for each person who has no row in a system.
    pub same_person: BTreeMap<Slug, Vec<SamePerson>>,
    /// Rows without a file that may be further accounts of a person.
    pub other_accounts: BTreeMap<Slug, Vec<OtherAccount>>,
    /// Rows that have in common with a declared person's row what one person has alone.
    pub shared: Vec<SharedRows>,
}

/// Matches the files to the rows of both systems.
///
/// With `by_email` (no link fields in `roster.yaml`) a login e-mail alone matches a person to a row.
#[must_use]
pub(crate) fn identify(
    declared: &[DeclaredPerson],
    crm: &[CrmCandidate],
    pf: &[PfCandidate],
    by_email: bool,
) -> Matches {
    let index = RowIndex::new(declared, crm, pf);
    let mut matches = Matches { people: index.matches(by_email), ..Matches::default() };
    matches.add_rows_without_file(crm, pf, &index);
    let search = LookAlikeSearch::new(declared, crm, pf, &index, &matches);
    for person in declared {
        let found = matches.people.get(&person.slug);
        let look_alikes = found.map(|found| search.of_person(person, found)).unwrap_or_default();
        if !look_alikes.is_empty() {
            matches.look_alikes.insert(person.slug.clone(), look_alikes);
        }
    }
    let orphans = matches.orphans.iter().map(|orphan| orphan.crm);
    matches.online_orphans = orphans.filter(|id| search.has_online_user(*id)).collect();
    matches.find_same_people(declared, crm, pf);
    matches.shared = search.shared_rows(&matches.people, crm, pf);
    matches
}

impl Matches {
    /// Adds the rows that no file has: orphans and unmanaged rows.
    fn add_rows_without_file(&mut self, crm: &[CrmCandidate], pf: &[PfCandidate], index: &RowIndex<'_>) {
        let used_crm: BTreeSet<u64> = self.people.values().filter_map(Match::crm_id).collect();
        let used_pf: BTreeSet<u64> = self.people.values().filter_map(Match::pf_id).collect();
        for row in crm.iter().filter(|row| !used_crm.contains(&row.id)) {
            match &row.agent {
                None => self.unmanaged_crm.push(row.id),
                Some(agent) if index.is_of_a_blocked_file(agent, &self.people) => {}
                Some(agent) => {
                    let pf_user = index.stored_id(row);
                    self.orphans.push(Orphan { crm: row.id, agent: agent.clone(), pf_user });
                }
            }
        }
        let is_unmanaged = |row: &&PfCandidate| !used_pf.contains(&row.id) && !index.stored_pf.contains_key(&row.id);
        self.unmanaged_pf = pf.iter().filter(is_unmanaged).map(|row| row.id).collect();
    }
}

#[cfg(test)]
mod tests;
