//! The links of a CRM whose custom fields cannot be read back: each row that is read carries its link from `roster.lock`.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::declare::lock_file;
use crate::declare::problem::Problem;
use crate::model::agent::Slug;
use crate::model::lock_file::{LOCK_FILE, LockFile, LockedLink};
use crate::model::record::Row;
use crate::reconcile::observed::LinkValues;

/// `roster.lock` during a run.
#[derive(Debug)]
pub(crate) struct LinkFile {
    path: PathBuf,
    lock: Mutex<Locked>,
}

/// The content, and the agent of each row of the CRM.
#[derive(Debug)]
struct Locked {
    file: LockFile,
    agents: BTreeMap<u64, Slug>,
    /// The bytes on the disk, as far as this run knows; none: there is no file.
    written: Option<Vec<u8>>,
}

impl LinkFile {
    /// Reads the file in the folder of `roster.yaml`.
    ///
    /// # Errors
    /// Every problem of the file.
    pub(crate) fn open(root: &Path) -> Result<Self, Vec<Problem>> {
        let (file, written) = lock_file::load_with_bytes(root)?;
        let agents = file.agents.iter().map(|(slug, link)| (link.crm, slug.clone())).collect();
        Ok(Self { path: root.join(LOCK_FILE), lock: Mutex::new(Locked { file, agents, written }) })
    }

    /// Removes the links of these CRM rows, and writes the file also where there are none: it shows that the file can be written.
    ///
    /// # Errors
    /// As [`store`](Self::store).
    pub(crate) fn forget(&self, rows: impl IntoIterator<Item = u64>) -> io::Result<()> {
        let mut locked = self.locked();
        for crm in rows {
            if let Some(slug) = locked.agents.remove(&crm) {
                locked.file.agents.remove(&slug);
            }
        }
        self.write(&mut locked)
    }

    /// Replaces the link of a CRM row; without a slug, the row has none. Another agent loses the same ids of Property Finder:
    /// its row is gone, or gave them up. The file is written before this returns.
    ///
    /// # Errors
    /// When the file cannot be written, or was changed by something else since it was read. The link is then kept for this
    /// run, and written with the next one.
    pub(crate) fn store(&self, crm: u64, links: &LinkValues) -> io::Result<()> {
        let mut locked = self.locked();
        if let Some(before) = locked.agents.remove(&crm) {
            locked.file.agents.remove(&before);
        }
        if let Some(slug) = links.agent.as_deref().and_then(|agent| Slug::parse(agent).ok()) {
            let link = LockedLink::new(crm, links);
            for other in locked.file.agents.values_mut().filter(|other| other.shares_ids(&link)) {
                (other.pf_user, other.pf_profile, other.memory) = (None, None, None);
            }
            locked.agents.insert(crm, slug.clone());
            // A row that the agent had before is gone, or was released.
            if let Some(other) = locked.file.agents.insert(slug, link).filter(|other| other.crm != crm) {
                locked.agents.remove(&other.crm);
            }
        }
        self.write(&mut locked)
    }

    fn write(&self, locked: &mut Locked) -> io::Result<()> {
        let there = lock_file::bytes(&self.path)?;
        if there != locked.written {
            return Err(io::Error::other("it was changed by something else during this run"));
        }
        let text = lock_file::text(&locked.file)?;
        lock_file::write(&text, &self.path)?;
        locked.written = Some(text.into_bytes());
        Ok(())
    }

    /// The row with its link.
    pub(super) fn linked(&self, row: Row) -> Row {
        let locked = self.locked();
        let slug = locked.agents.get(&row.id);
        let link = slug.and_then(|slug| Some(Box::new((slug.clone(), locked.file.agents.get(slug)?.clone()))));
        Row { locked: link, ..row }
    }

    /// Agents whose row is not among these: it was deleted in the CRM.
    pub(crate) fn without_row(&self, rows: &BTreeSet<u64>) -> Vec<(Slug, u64)> {
        let locked = self.locked();
        let gone = locked.file.agents.iter().filter(|(_, link)| !rows.contains(&link.crm));
        gone.map(|(slug, link)| (slug.clone(), link.crm)).collect()
    }

    fn locked(&self) -> MutexGuard<'_, Locked> {
        // Each change is complete before the next call that may fail.
        self.lock.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::model::config::{Config, LinkStorage};
    use crate::model::record::Record;
    use crate::remote::crm::mapper::CrmMapper;

    fn links(agent: &str, pf_user: Option<u64>) -> LinkValues {
        let memory = pf_user.map(|_| "{\"v\":1,\"since\":2014}".to_owned());
        LinkValues { agent: Some(agent.to_owned()), pf_user, pf_profile: pf_user.map(|id| id + 1000), memory }
    }

    /// The link fields of a row, and the body that updates it.
    fn read(file: &LinkFile, id: u64, raw: &Value) -> (LinkValues, Value) {
        let mapper = CrmMapper::new(&Config { links: LinkStorage::File, ..Config::default() });
        let row = file.linked(Row::new(id, raw.clone()));
        (mapper.links(&row), mapper.update(&row, &Record::new(), &links("other", Some(1))))
    }

    #[test]
    fn a_row_carries_its_link_and_a_body_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let file = LinkFile::open(folder.path()).unwrap();
        for raw in [json!({}), json!({"fields": []}), json!({"fields": {"3": "2 pets"}})] {
            let body = json!({"user": raw});
            assert_eq!(read(&file, 3, &raw), (LinkValues::default(), body.clone()));
            file.store(3, &links("sara", Some(7))).unwrap();
            assert_eq!(read(&file, 3, &raw), (links("sara", Some(7)), body.clone()));
            assert_eq!(read(&file, 4, &raw), (LinkValues::default(), body));
            file.store(3, &LinkValues::default()).unwrap();
        }
    }

    #[test]
    fn every_change_is_in_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = LinkFile::open(folder.path()).unwrap();
        let stored = || -> Vec<(String, u64, Option<u64>)> {
            let agents = lock_file::load_with_bytes(folder.path()).unwrap().0.agents;
            agents.into_iter().map(|(slug, link)| (slug.to_string(), link.crm, link.pf_user)).collect()
        };
        file.store(3, &links("sara", None)).unwrap();
        file.store(4, &links("omar", Some(8))).unwrap();
        assert_eq!(stored(), [("omar".to_owned(), 4, Some(8)), ("sara".to_owned(), 3, None)]);
        // A renamed file, then a row that was deleted and made again.
        file.store(3, &links("zara", Some(7))).unwrap();
        file.store(9, &links("omar", Some(8))).unwrap();
        assert_eq!(stored(), [("omar".to_owned(), 9, Some(8)), ("zara".to_owned(), 3, Some(7))]);
        assert_eq!(file.without_row(&BTreeSet::from([9])), [(Slug::parse("zara").unwrap(), 3)]);
        // The user of a row that is gone goes to another agent.
        file.store(5, &links("lina", Some(7))).unwrap();
        let want = [("lina".to_owned(), 5, Some(7)), ("omar".to_owned(), 9, Some(8)), ("zara".to_owned(), 3, None)];
        assert_eq!(stored(), want);
        file.store(3, &LinkValues::default()).unwrap();
        assert_eq!(stored(), want[..2]);
    }

    #[test]
    fn a_file_that_something_else_changed_is_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (LinkFile::open(folder.path()).unwrap(), LinkFile::open(folder.path()).unwrap());
        one.store(3, &links("sara", Some(7))).unwrap();
        let refused = other.store(4, &links("omar", Some(8))).unwrap_err().to_string();
        assert_eq!(refused, "it was changed by something else during this run");
        assert!(one.forget([3]).is_ok());
        assert_eq!(lock_file::load_with_bytes(folder.path()).unwrap().0.agents.len(), 0);
    }
}
