//! Links that move between the CRM's custom fields and `roster.lock` (`roster link --migrate`).
//!
//! Pure. Nothing moves where one side contradicts the other or itself.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::agent::Slug;
use crate::model::lock_file::{LockFile, LockedLink};
use crate::reconcile::manual_link::ManualLink;
use crate::reconcile::observed::{LinkValues, Observed, ObservedCrmUser};

/// Why nothing moves.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum MigrationConflict {
    #[error(
        "crm {one} and crm {other} carry the slug {slug}: release one, with `roster link {slug} --release --crm ID`"
    )]
    SlugTwice { slug: Slug, one: u64, other: u64 },
    #[error("{slug} is linked to crm {locked} in roster.lock, and crm {crm} carries the slug")]
    OtherRow { slug: Slug, locked: u64, crm: u64 },
    #[error("crm {crm} is linked to {locked} in roster.lock, and carries the slug {carried}")]
    OtherSlug { crm: u64, locked: Slug, carried: String },
}

/// Links that move into the CRM.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct LinksForCrm {
    /// The rows that are written.
    pub links: Vec<ManualLink>,
    /// Agents whose row the CRM does not have any more: their links do not move.
    pub gone: Vec<Slug>,
}

impl LockFile {
    /// These links with those that the rows of the CRM carry, which replace a link to the same row.
    ///
    /// # Errors
    /// Every contradiction.
    pub(crate) fn with_links_of(mut self, observed: &Observed) -> Result<Self, Vec<MigrationConflict>> {
        let mut rows: BTreeMap<Slug, &ObservedCrmUser> = BTreeMap::new();
        let mut conflicts = Vec::new();
        let agents: BTreeMap<u64, Slug> = self.agents.iter().map(|(slug, link)| (link.crm, slug.clone())).collect();
        for row in &observed.crm {
            let Some(slug) = row.links.agent.as_deref().and_then(|agent| Slug::parse(agent).ok()) else { continue };
            match (rows.insert(slug.clone(), row), self.agents.get(&slug), agents.get(&row.id)) {
                (Some(one), ..) => conflicts.push(MigrationConflict::SlugTwice { slug, one: one.id, other: row.id }),
                (None, Some(link), _) if link.crm != row.id => {
                    conflicts.push(MigrationConflict::OtherRow { slug, locked: link.crm, crm: row.id });
                }
                (None, _, Some(locked)) if *locked != slug => {
                    let (crm, locked) = (row.id, locked.clone());
                    conflicts.push(MigrationConflict::OtherSlug { crm, locked, carried: slug.to_string() });
                }
                _ => {}
            }
        }
        self.agents.extend(rows.into_iter().map(|(slug, row)| (slug, LockedLink::new(row.id, &row.links))));
        if conflicts.is_empty() { Ok(self) } else { Err(conflicts) }
    }

    /// The rows of the CRM that do not carry these links yet.
    ///
    /// # Errors
    /// Every contradiction.
    pub(crate) fn links_for_crm(&self, observed: &Observed) -> Result<LinksForCrm, Vec<MigrationConflict>> {
        let rows: BTreeMap<u64, &Arc<ObservedCrmUser>> = observed.crm.iter().map(|row| (row.id, row)).collect();
        let mut carrying: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
        for row in &observed.crm {
            row.links.agent.iter().for_each(|agent| carrying.entry(agent).or_default().push(row.id));
        }
        let (mut found, mut conflicts) = (LinksForCrm::default(), Vec::new());
        for (slug, link) in &self.agents {
            let Some(row) = rows.get(&link.crm) else {
                found.gone.push(slug.clone());
                continue;
            };
            if let Some(carried) = row.links.agent.clone().filter(|carried| carried != slug.as_str()) {
                conflicts.push(MigrationConflict::OtherSlug { crm: row.id, locked: slug.clone(), carried });
                continue;
            }
            let carrying = carrying.get(slug.as_str()).into_iter().flatten();
            if let Some(other) = carrying.copied().find(|other| *other != row.id) {
                conflicts.push(MigrationConflict::OtherRow { slug: slug.clone(), locked: row.id, crm: other });
                continue;
            }
            let link = ManualLink { crm: Arc::clone(row), pf: None, links: link.values(slug) };
            found.links.extend(Some(link).filter(|link| !link.is_stored()));
        }
        if conflicts.is_empty() { Ok(found) } else { Err(conflicts) }
    }
}

impl LockedLink {
    /// The link of a row.
    #[must_use]
    pub(crate) fn new(crm: u64, links: &LinkValues) -> Self {
        let memory = links.memory.as_deref().and_then(|text| serde_json::from_str(text).ok());
        Self { crm, pf_user: links.pf_user, pf_profile: links.pf_profile, memory }
    }

    /// The link fields of its row.
    #[must_use]
    pub(crate) fn values(&self, slug: &Slug) -> LinkValues {
        LinkValues {
            agent: Some(slug.to_string()),
            pf_user: self.pf_user,
            pf_profile: self.pf_profile,
            memory: self.memory.clone().map(|memory| serde_json::Value::Object(memory).to_string()),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    fn slug(text: &str) -> Slug {
        Slug::parse(text).unwrap()
    }

    fn row(id: u64, agent: Option<&str>, pf_user: Option<u64>) -> Arc<ObservedCrmUser> {
        let links = LinkValues { agent: agent.map(str::to_owned), pf_user, ..LinkValues::default() };
        Arc::new(ObservedCrmUser { id, links, ..ObservedCrmUser::default() })
    }

    fn rows(rows: &[(u64, Option<&str>, Option<u64>)]) -> Observed {
        Observed { crm: rows.iter().map(|(id, agent, user)| row(*id, *agent, *user)).collect(), ..Observed::default() }
    }

    fn lock(links: &[(&str, u64, Option<u64>)]) -> LockFile {
        let link = |(agent, crm, pf_user): &(&str, u64, Option<u64>)| {
            (slug(agent), LockedLink { crm: *crm, pf_user: *pf_user, ..LockedLink::default() })
        };
        LockFile { agents: links.iter().map(link).collect(), ..LockFile::default() }
    }

    #[test]
    fn links_move_there_and_back() {
        let linked = rows(&[(1, None, None), (3, Some("sara"), Some(7)), (4, Some("omar"), None)]);
        let moved = LockFile::default().with_links_of(&linked).unwrap();
        assert_eq!(moved, lock(&[("sara", 3, Some(7)), ("omar", 4, None)]));
        assert_eq!(moved.links_for_crm(&linked), Ok(LinksForCrm::default()));
        let back = moved.links_for_crm(&rows(&[(3, None, None), (4, Some("omar"), None)])).unwrap();
        assert_eq!(back.gone, []);
        let written: Vec<(u64, &LinkValues)> = back.links.iter().map(|link| (link.crm.id, &link.links)).collect();
        assert_eq!(written, [(3, &row(3, Some("sara"), Some(7)).links)]);
        assert_eq!(moved.links_for_crm(&rows(&[(4, Some("omar"), None)])).unwrap().gone, [slug("sara")]);
        // A newer link of the same row replaces an older one.
        assert_eq!(lock(&[("sara", 3, Some(5))]).with_links_of(&linked).unwrap(), moved);
    }

    #[test]
    fn nothing_moves_where_both_sides_contradict_each_other() {
        let conflicts = |links: &[(&str, u64, Option<u64>)], there: &Observed| {
            let texts =
                |conflicts: Vec<MigrationConflict>| conflicts.iter().map(ToString::to_string).collect::<Vec<_>>();
            let to_lock = lock(links).with_links_of(there).err().map(texts).unwrap_or_default();
            let to_crm = lock(links).links_for_crm(there).err().map(texts).unwrap_or_default();
            (to_lock, to_crm)
        };
        let twice = rows(&[(3, Some("sara"), None), (4, Some("sara"), None)]);
        assert!(conflicts(&[], &twice).0[0].starts_with("crm 3 and crm 4 carry the slug sara"));
        let other_row = "sara is linked to crm 3 in roster.lock, and crm 4 carries the slug";
        let there = rows(&[(3, None, None), (4, Some("sara"), None)]);
        assert_eq!(conflicts(&[("sara", 3, None)], &there), (vec![other_row.to_owned()], vec![other_row.to_owned()]));
        let other_slug = "crm 3 is linked to sara in roster.lock, and carries the slug omar";
        let there = rows(&[(3, Some("omar"), None)]);
        assert_eq!(conflicts(&[("sara", 3, None)], &there), (vec![other_slug.to_owned()], vec![other_slug.to_owned()]));
    }
}
