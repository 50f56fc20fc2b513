//! Links that move between the CRM's custom fields and `roster.lock` (`roster link --migrate`).
//!
//! Pure. Nothing moves where one side contradicts the other or itself.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::model::agent::Slug;
use crate::model::lock_file::{LockFile, LockedLink};
use crate::reconcile::manual_link::ManualLink;
use crate::reconcile::memory::{self, Memory};
use crate::reconcile::observed::{LinkValues, Observed, ObservedCrmUser};

/// Why nothing moves.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum MigrationConflict {
    #[error(
        "crm {one} and crm {other} carry the slug {slug}: release one, with `roster link {slug} --release --crm ID`"
    )]
    SlugTwice { slug: Slug, one: u64, other: u64 },
    #[error(
        "{one} and {other} are linked to the same user or profile of Property Finder: release one with `roster link`"
    )]
    PfTwice { one: Slug, other: Slug },
    #[error(
        "crm {crm}: a link field holds another text than a link: {fields}. Release the row with `roster link AGENT --release --crm \
         {crm}`, or name another field"
    )]
    ForeignText { crm: u64, fields: String },
    #[error(
        "{slug} is linked to crm {crm} in roster.lock, and the CRM has no such user: check CRM_API_KEY, or remove the entry"
    )]
    NoRow { slug: Slug, crm: u64 },
    #[error(
        "{slug} is linked to crm {locked} in roster.lock, and crm {crm} carries the slug: release it, with `roster link {slug} \
         --release --crm {crm}`"
    )]
    OtherRow { slug: Slug, locked: u64, crm: u64 },
}

/// Links that move into `roster.lock`.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct LinksForFile {
    /// The content of the file afterwards.
    pub lock: LockFile,
    /// The agents that it had no link of.
    pub added: Vec<Slug>,
}

/// Links that move into the CRM.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct LinksForCrm {
    /// The rows that are written.
    pub links: Vec<ManualLink>,
    /// Rows that carry a slug and are not in `roster.lock`: the CRM links them again.
    pub others: Vec<(u64, String)>,
}

impl LockFile {
    /// These links, and those of the rows of the CRM that the file knows neither by the row nor by the slug. The file is newer
    /// where it knows one: the custom fields are not written as long as it is in use.
    ///
    /// # Errors
    /// Every contradiction.
    pub(crate) fn with_links_of(&self, observed: &Observed) -> Result<LinksForFile, Vec<MigrationConflict>> {
        let rows: BTreeSet<u64> = self.agents.values().map(|link| link.crm).collect();
        let mut found = LinksForFile { lock: self.clone(), added: Vec::new() };
        let mut conflicts = Vec::new();
        for row in observed.crm.iter().filter(|row| !rows.contains(&row.id)) {
            let Some(slug) = row.links.agent.as_deref().and_then(|agent| Slug::parse(agent).ok()) else { continue };
            if self.agents.contains_key(&slug) {
                continue;
            }
            conflicts.extend(foreign_text(row));
            let link = LockedLink::new(row.id, &row.links);
            let shares = |(_, other): &(&Slug, &LockedLink)| other.shares_ids(&link);
            if let Some((one, _)) = found.lock.agents.iter().find(shares) {
                conflicts.push(MigrationConflict::PfTwice { one: one.clone(), other: slug.clone() });
            }
            match found.lock.agents.insert(slug.clone(), link) {
                Some(one) => conflicts.push(MigrationConflict::SlugTwice { slug, one: one.crm, other: row.id }),
                None => found.added.push(slug),
            }
        }
        if conflicts.is_empty() { Ok(found) } else { Err(conflicts) }
    }

    /// The rows of the CRM that do not carry these links yet. A slug that a row of the file carried before is replaced.
    ///
    /// # Errors
    /// Every contradiction.
    pub(crate) fn links_for_crm(&self, observed: &Observed) -> Result<LinksForCrm, Vec<MigrationConflict>> {
        let rows: BTreeMap<u64, &Arc<ObservedCrmUser>> = observed.crm.iter().map(|row| (row.id, row)).collect();
        let ours: BTreeSet<u64> = self.agents.values().map(|link| link.crm).collect();
        let (mut found, mut conflicts) = (LinksForCrm::default(), Vec::new());
        for row in observed.crm.iter().filter(|row| !ours.contains(&row.id)) {
            let Some(agent) = &row.links.agent else { continue };
            match Slug::parse(agent).ok().and_then(|slug| self.agents.get_key_value(&slug)) {
                Some((slug, link)) => {
                    conflicts.push(MigrationConflict::OtherRow { slug: slug.clone(), locked: link.crm, crm: row.id });
                }
                None => found.others.push((row.id, agent.clone())),
            }
        }
        for (slug, link) in &self.agents {
            let Some(row) = rows.get(&link.crm) else {
                conflicts.push(MigrationConflict::NoRow { slug: slug.clone(), crm: link.crm });
                continue;
            };
            conflicts.extend(foreign_text(row));
            let link = ManualLink { crm: Arc::clone(row), pf: None, links: link.values(slug) };
            found.links.extend(Some(link).filter(|link| !link.is_stored()));
        }
        if conflicts.is_empty() { Ok(found) } else { Err(conflicts) }
    }
}

/// A link field of the row that holds a text which roster did not write.
fn foreign_text(row: &ObservedCrmUser) -> Option<MigrationConflict> {
    let memory =
        row.links.memory.as_deref().filter(|text| Memory::parse(text).is_err()).map(|_| "the memory".to_owned());
    let fields: Vec<String> = row.unreadable_slug.iter().chain(&row.unreadable_links).cloned().chain(memory).collect();
    (!fields.is_empty()).then(|| MigrationConflict::ForeignText { crm: row.id, fields: fields.join(", ") })
}

impl LockedLink {
    /// The link of a row.
    #[must_use]
    pub(crate) fn new(crm: u64, links: &LinkValues) -> Self {
        // Only what a memory holds: the file belongs to the repository.
        let memory = links.memory.as_deref().and_then(memory::object_of_text);
        Self { crm, pf_user: links.pf_user, pf_profile: links.pf_profile, memory }
    }

    /// Whether both name the same user or public profile of Property Finder.
    #[must_use]
    pub(crate) fn shares_ids(&self, other: &Self) -> bool {
        let same = |one: Option<u64>, other: Option<u64>| one.is_some() && one == other;
        same(self.pf_user, other.pf_user) || same(self.pf_profile, other.pf_profile)
    }

    /// The link fields of its row.
    #[must_use]
    pub(crate) fn values(&self, slug: &Slug) -> LinkValues {
        LinkValues {
            agent: Some(slug.to_string()),
            pf_user: self.pf_user,
            pf_profile: self.pf_profile,
            memory: self.memory.clone().map(memory::text_of_object),
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

    fn texts<T>(result: Result<T, Vec<MigrationConflict>>) -> Vec<String> {
        result.err().unwrap_or_default().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn links_move_there_and_back() {
        let linked = rows(&[(1, None, None), (3, Some("sara"), Some(7)), (4, Some("omar"), None)]);
        let moved = LockFile::default().with_links_of(&linked).unwrap();
        assert_eq!(moved.lock, lock(&[("sara", 3, Some(7)), ("omar", 4, None)]));
        assert_eq!(moved.added, [slug("sara"), slug("omar")]);
        assert_eq!(moved.lock.links_for_crm(&linked), Ok(LinksForCrm::default()));
        let back = moved.lock.links_for_crm(&rows(&[(3, None, None), (4, Some("omar"), None)])).unwrap();
        let written: Vec<(u64, &LinkValues)> = back.links.iter().map(|link| (link.crm.id, &link.links)).collect();
        assert_eq!(written, [(3, &row(3, Some("sara"), Some(7)).links)]);
    }

    #[test]
    fn the_file_is_newer_than_the_custom_fields() {
        // Sara was linked to another user since, row 4 was renamed, and row 5 was released.
        let file = lock(&[("sara", 3, Some(9)), ("zara", 4, None)]);
        let there = rows(&[(3, Some("sara"), Some(7)), (4, Some("omar"), None), (5, Some("lina"), None)]);
        let moved = file.with_links_of(&there).unwrap();
        assert_eq!(
            (moved.lock.agents.get(&slug("sara")), moved.added),
            (file.agents.get(&slug("sara")), vec![slug("lina")])
        );
        let back = file.links_for_crm(&there).unwrap();
        assert_eq!(back.links.iter().map(|link| link.crm.id).collect::<Vec<_>>(), [3, 4]);
        assert_eq!(back.others, [(5, "lina".to_owned())]);
    }

    #[test]
    fn nothing_moves_where_something_is_contradictory() {
        let none = LockFile::default();
        let twice = rows(&[(3, Some("sara"), None), (4, Some("sara"), None)]);
        assert!(texts(none.with_links_of(&twice))[0].starts_with("crm 3 and crm 4 carry the slug sara"));
        let twice = rows(&[(3, Some("sara"), Some(7)), (4, Some("omar"), Some(7))]);
        assert!(texts(none.with_links_of(&twice))[0].starts_with("sara and omar are linked to the same user"));
        let file = lock(&[("sara", 3, None)]);
        assert!(
            texts(file.links_for_crm(&rows(&[])))[0]
                .starts_with("sara is linked to crm 3 in roster.lock, and the CRM has no")
        );
        let there = rows(&[(3, None, None), (4, Some("sara"), None)]);
        assert!(texts(file.links_for_crm(&there))[0].contains("`roster link sara --release --crm 4`"));
        let mut office = ObservedCrmUser::clone(&there.crm[0]);
        office.unreadable_links = vec!["12 (pf_user)".to_owned()];
        office.links.memory = Some("Team Marina".to_owned());
        let there = Observed { crm: vec![Arc::new(office)], ..Observed::default() };
        assert!(
            texts(file.links_for_crm(&there))[0].contains("12 (pf_user), the memory"),
            "{:?}",
            file.links_for_crm(&there)
        );
    }

    #[test]
    fn the_file_holds_nothing_of_a_foreign_text() {
        let links = |memory: &str| LinkValues { memory: Some(memory.to_owned()), ..LinkValues::default() };
        assert_eq!(LockedLink::new(3, &links("{\"note\":\"+971552000001\"}")).memory, None);
        let held = LockedLink::new(3, &links("{\"v\":1,\"since\":2014,\"note\":\"+971552000001\"}")).memory.unwrap();
        assert_eq!(serde_json::Value::Object(held).to_string(), "{\"v\":1,\"since\":2014}");
    }
}
