//! A link that a person sets or removes by hand: which row gets which link fields, and why not.
//!
//! Pure. Exactly one CRM row is written, so a slug or an id that another row holds is refused: it must be released first.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::model::agent::Slug;
use crate::model::record::Record;
use crate::model::roster::Roster;
use crate::reconcile::matching::IdentityFacts;
use crate::reconcile::memory::Memory;
use crate::reconcile::observed::{LinkValues, Observed, ObservedCrmUser, ObservedPfUser};

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LinkRequest {
    /// Store the slug and the Property Finder ids in a row.
    Set(PfRequest),
    /// Empty all link fields of a row.
    Release,
}

/// Which Property Finder ids the row is to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PfRequest {
    /// Those that it holds.
    Keep,
    /// None.
    Nothing,
    /// Those of the user with one of these ids; where both are given, both must be one user's.
    Ids { user: Option<u64>, profile: Option<u64> },
}

/// One CRM row, and the link fields that it is to hold.
#[derive(Clone, Debug, PartialEq)]
pub struct ManualLink {
    /// The row, as it was read.
    pub crm: Arc<ObservedCrmUser>,
    /// The Property Finder user whose ids the row holds afterwards, or of whom it is released.
    pub pf: Option<Arc<ObservedPfUser>>,
    /// The link fields afterwards; an absent one is emptied.
    pub links: LinkValues,
}

/// In what the rows of a link agree with a file: names of facts, such as `login e-mail`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct LinkAgreements {
    /// The CRM row.
    pub crm: BTreeSet<&'static str>,
    /// The Property Finder user.
    pub pf: BTreeSet<&'static str>,
}

/// Why no link is written. Rows are named by their ids.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum LinkRefusal {
    #[error("no agent file is named {0}.yaml")]
    NoFile(Slug),
    #[error("the CRM has no user {0}")]
    NoCrmRow(u64),
    #[error("no CRM row carries the slug {0}: name a row with --crm ID")]
    NoRowWithSlug(Slug),
    #[error("crm {} carry the slug {slug}: name one of them with --crm ID", ids(.rows))]
    SeveralRows { slug: Slug, rows: Vec<u64> },
    #[error("crm {crm} does not carry the slug {asked}, but {carried}")]
    OtherSlug { crm: u64, asked: Slug, carried: String },
    #[error("Property Finder has no user {0}")]
    NoPfUser(u64),
    #[error("no user of Property Finder has the public profile {0}")]
    NoProfile(u64),
    #[error("the public profile {profile} is not that of pf {user}")]
    OtherProfile { user: u64, profile: u64 },
    #[error(
        "Property Finder's documented contract lists no users, so one id does not lead to the other: give both --pf-user ID \
         and --pf-profile ID"
    )]
    OneId,
    #[error("crm {crm} carries the slug {slug}: release it first, with `roster link {slug} --release --crm {crm}`")]
    SlugIsTaken { slug: Slug, crm: u64 },
    #[error("crm {crm} is linked to {slug}, which has a file: release it first, with `roster link {slug} --release`")]
    RowIsTaken { crm: u64, slug: String },
    #[error("crm {crm} stores pf {pf}: release it first, with `roster link {slug} --release --crm {crm}`")]
    PfIsTaken { pf: u64, crm: u64, slug: String },
}

impl LinkRefusal {
    /// Whether the ids and the slug exist, and a link of another row has to be released first.
    #[must_use]
    pub(crate) const fn is_conflict(&self) -> bool {
        matches!(self, Self::SlugIsTaken { .. } | Self::RowIsTaken { .. } | Self::PfIsTaken { .. })
    }
}

impl ManualLink {
    /// Decides which row is written, and what its link fields hold afterwards. `crm` names the row; without it, the row that
    /// carries the slug is meant.
    ///
    /// # Errors
    /// When a row or a file does not exist, or another row would hold the same link.
    pub(crate) fn new(
        slug: &Slug,
        crm: Option<u64>,
        request: LinkRequest,
        roster: &Roster,
        observed: &Observed,
    ) -> Result<Self, LinkRefusal> {
        let carrying: Vec<&Arc<ObservedCrmUser>> =
            observed.crm.iter().filter(|row| row.links.agent.as_deref() == Some(slug.as_str())).collect();
        let row = match (crm, carrying.as_slice()) {
            (Some(id), _) => observed.crm.iter().find(|row| row.id == id).ok_or(LinkRefusal::NoCrmRow(id))?,
            (None, []) => return Err(LinkRefusal::NoRowWithSlug(slug.clone())),
            (None, [row]) => *row,
            (None, rows) => {
                let rows = rows.iter().map(|row| row.id).collect();
                return Err(LinkRefusal::SeveralRows { slug: slug.clone(), rows });
            }
        };
        match request {
            LinkRequest::Release => Self::release(slug, row, observed),
            LinkRequest::Set(pf) => {
                if !roster.people.contains_key(slug) {
                    return Err(LinkRefusal::NoFile(slug.clone()));
                }
                if let Some(other) = carrying.iter().find(|other| other.id != row.id) {
                    return Err(LinkRefusal::SlugIsTaken { slug: slug.clone(), crm: other.id });
                }
                Self::set(slug, row, pf, roster, observed)
            }
        }
    }

    fn release(slug: &Slug, row: &Arc<ObservedCrmUser>, observed: &Observed) -> Result<Self, LinkRefusal> {
        match &row.links.agent {
            Some(carried) if carried != slug.as_str() => {
                Err(LinkRefusal::OtherSlug { crm: row.id, asked: slug.clone(), carried: carried.clone() })
            }
            _ => Ok(Self { crm: Arc::clone(row), pf: stored_user(&row.links, observed), links: LinkValues::default() }),
        }
    }

    fn set(
        slug: &Slug,
        row: &Arc<ObservedCrmUser>,
        request: PfRequest,
        roster: &Roster,
        observed: &Observed,
    ) -> Result<Self, LinkRefusal> {
        let has_file = |agent: &str| Slug::parse(agent).is_ok_and(|agent| roster.people.contains_key(&agent));
        match &row.links.agent {
            Some(carried) if carried != slug.as_str() && has_file(carried) => {
                return Err(LinkRefusal::RowIsTaken { crm: row.id, slug: carried.clone() });
            }
            _ => {}
        }
        // The memory of uploads to the CRM row stays, also if its Property Finder user changes.
        let parsed = row.links.memory.as_deref().and_then(|text| Memory::parse(text).ok()).unwrap_or_default();
        let of_crm = Some(parsed.of_crm().with_user()).filter(|memory| *memory != Memory::default());
        let memory = of_crm.map(|memory| memory.to_text());
        let links = LinkValues { agent: Some(slug.to_string()), memory, ..LinkValues::default() };
        let (pf, links) = match request {
            PfRequest::Keep => {
                let user = stored_user(&row.links, observed);
                user.iter().try_for_each(|user| refuse_second_row(slug, row, user, observed))?;
                (user, LinkValues { agent: links.agent, ..row.links.clone() })
            }
            // Where no user can be looked up, this declaration is the only proof that there is none.
            PfRequest::Nothing => {
                let declared = (!observed.contract.lists_users()).then(|| Memory::without_user(&parsed).to_text());
                (None, LinkValues { memory: declared.or_else(|| links.memory.clone()), ..links })
            }
            PfRequest::Ids { user, profile } => {
                let user = pf_user(user, profile, observed)?;
                refuse_second_row(slug, row, &user, observed)?;
                let (pf_user, pf_profile) = (Some(user.id), user.profile);
                // The memory is what was sent to this user; another one was sent nothing.
                let kept = row.links.memory.clone().filter(|_| row.links.pf_user == pf_user);
                let memory = kept.or_else(|| links.memory.clone());
                (Some(user), LinkValues { pf_user, pf_profile, memory, ..links })
            }
        };
        let memory = links.memory.filter(|text| Memory::parse(text).is_ok());
        Ok(Self { crm: Arc::clone(row), pf, links: LinkValues { memory, ..links } })
    }

    /// Whether the row holds these link fields already.
    #[must_use]
    pub(crate) fn is_stored(&self) -> bool {
        self.is_held_by(&self.crm)
    }

    /// Whether a row holds these link fields and nothing else in them. A server may write the text of the memory in another
    /// way.
    #[must_use]
    pub(crate) fn is_held_by(&self, row: &ObservedCrmUser) -> bool {
        let memory = |links: &LinkValues| links.memory.as_deref().map(Memory::parse);
        let ids = |links: &LinkValues| (links.pf_user, links.pf_profile);
        row.links.agent == self.links.agent
            && ids(&row.links) == ids(&self.links)
            && memory(&row.links) == memory(&self.links)
            && row.unreadable_links.is_empty()
            && row.unreadable_slug.is_none()
    }

    /// In what the CRM row and the Property Finder user agree with the facts of the file.
    #[must_use]
    pub(crate) fn agreements(&self, file: &Record) -> LinkAgreements {
        let file = IdentityFacts::of(file);
        LinkAgreements {
            crm: file.agreements(&IdentityFacts::of(&self.crm.record)),
            pf: self.pf.as_ref().map(|user| file.agreements(&IdentityFacts::of_pf_user(user))).unwrap_or_default(),
        }
    }
}

/// The user whose id, or whose profile's id, a row stores.
fn stored_user(links: &LinkValues, observed: &Observed) -> Option<Arc<ObservedPfUser>> {
    let by_id = || observed.pf.iter().find(|user| links.pf_user == Some(user.id));
    let by_profile = || observed.pf.iter().find(|user| user.profile.is_some() && user.profile == links.pf_profile);
    by_id().or_else(by_profile).cloned()
}

/// The user that the ids name. Where no users are listed, it is taken as it is named.
fn pf_user(user: Option<u64>, profile: Option<u64>, observed: &Observed) -> Result<Arc<ObservedPfUser>, LinkRefusal> {
    if observed.contract.lists_users() {
        return listed_user(user, profile, observed).cloned();
    }
    let (Some(id), Some(_)) = (user, profile) else { return Err(LinkRefusal::OneId) };
    Ok(Arc::new(ObservedPfUser { id, profile, ..ObservedPfUser::default() }))
}

fn listed_user(
    user: Option<u64>,
    profile: Option<u64>,
    observed: &Observed,
) -> Result<&Arc<ObservedPfUser>, LinkRefusal> {
    let with_profile = |profile| observed.pf.iter().find(|user| user.profile == Some(profile));
    let with_id = |id| observed.pf.iter().find(|user| user.id == id).ok_or(LinkRefusal::NoPfUser(id));
    match (user, profile) {
        (Some(id), None) => with_id(id),
        (Some(id), Some(profile)) => match with_id(id)? {
            user if user.profile == Some(profile) => Ok(user),
            _ => Err(LinkRefusal::OtherProfile { user: id, profile }),
        },
        (None, profile) => {
            let profile = profile.unwrap_or_default();
            with_profile(profile).ok_or(LinkRefusal::NoProfile(profile))
        }
    }
}

/// Refuses a user whose id or profile another CRM row stores.
fn refuse_second_row(
    slug: &Slug,
    row: &ObservedCrmUser,
    user: &ObservedPfUser,
    observed: &Observed,
) -> Result<(), LinkRefusal> {
    let stores = |other: &&Arc<ObservedCrmUser>| {
        let by_profile = user.profile.is_some() && other.links.pf_profile == user.profile;
        other.id != row.id && (other.links.pf_user == Some(user.id) || by_profile)
    };
    observed.crm.iter().find(stores).map_or(Ok(()), |other| {
        let slug = other.links.agent.clone().unwrap_or_else(|| slug.to_string());
        Err(LinkRefusal::PfIsTaken { pf: user.id, crm: other.id, slug })
    })
}

fn ids(rows: &[u64]) -> String {
    rows.iter().map(u64::to_string).collect::<Vec<_>>().join(" and ")
}

#[cfg(test)]
mod tests;
