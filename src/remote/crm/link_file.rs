//! The links of a CRM whose custom fields cannot hold them: each row that is read carries its link from `roster.lock` in
//! members of its own, as if they were custom fields, and a body that is sent loses them. So nothing else needs to know
//! where links are kept.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use crate::declare::lock_file;
use crate::model::agent::Slug;
use crate::model::config::LinkFields;
use crate::model::lock_file::{LockFile, LockedLink};
use crate::model::record::Row;
use crate::reconcile::observed::LinkValues;
use crate::remote::json::{members, set};

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
}

impl LinkFile {
    /// The file at `path`, with this content.
    #[must_use]
    pub(crate) fn new(path: PathBuf, file: LockFile) -> Self {
        let agents = file.agents.iter().map(|(slug, link)| (link.crm, slug.clone())).collect();
        Self { path, lock: Mutex::new(Locked { file, agents }) }
    }

    /// Replaces the link of a CRM row; without a slug, the row has none. The file is written before this returns.
    ///
    /// # Errors
    /// When the file cannot be written. The link is then kept for this run, and written with the next one.
    pub(crate) fn store(&self, crm: u64, links: &LinkValues) -> io::Result<()> {
        let mut locked = self.locked();
        if let Some(before) = locked.agents.remove(&crm) {
            locked.file.agents.remove(&before);
        }
        if let Some(slug) = links.agent.as_deref().and_then(|agent| Slug::parse(agent).ok()) {
            let link = LockedLink::new(crm, links);
            locked.agents.insert(crm, slug.clone());
            // A row that the agent had before is gone, or was released.
            if let Some(other) = locked.file.agents.insert(slug, link).filter(|other| other.crm != crm) {
                locked.agents.remove(&other.crm);
            }
        }
        lock_file::write(&locked.file, &self.path)
    }

    /// Puts the link of a row into it. What the CRM itself returned under these names is no link.
    pub(super) fn lay_into(&self, row: &mut Row) {
        let locked = self.locked();
        let link = locked.agents.get(&row.id).and_then(|slug| locked.file.agents.get_key_value(slug));
        let LinkValues { agent, pf_user, pf_profile, memory } =
            link.map(|(slug, link)| link.values(slug)).unwrap_or_default();
        let values =
            [agent.map(Value::from), pf_user.map(Value::from), pf_profile.map(Value::from), memory.map(Value::from)];
        // The members are there also in a row without a link, so that a listing of new rows does not look as if the key
        // could not read custom fields.
        for ((_, name), value) in LinkFields::of_lock().ids().into_iter().zip(values) {
            set(&mut row.raw, &["fields", name], value.unwrap_or_default());
        }
    }

    /// A body without the members that only [`lay_into`](Self::lay_into) makes.
    pub(super) fn without_links(body: &Value) -> Value {
        let mut body = body.clone();
        let Some(Value::Object(user)) = body.get_mut("user") else { return body };
        let mut fields = members(user.get_mut("fields").map(Value::take).unwrap_or_default());
        for (_, name) in LinkFields::of_lock().ids() {
            fields.shift_remove(name);
        }
        if fields.is_empty() {
            user.shift_remove("fields");
        } else {
            user.insert("fields".to_owned(), Value::Object(fields));
        }
        body
    }

    fn locked(&self) -> MutexGuard<'_, Locked> {
        // Each change is complete before the next call that may fail.
        self.lock.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::config::{Config, LinkStorage};
    use crate::model::record::Record;
    use crate::remote::crm::mapper::CrmMapper;

    fn mapper() -> CrmMapper {
        CrmMapper::new(&Config { links: LinkStorage::File, ..Config::default() })
    }

    fn links(agent: &str, pf_user: Option<u64>) -> LinkValues {
        let memory = pf_user.map(|_| "{\"v\":1,\"since\":2014}".to_owned());
        LinkValues { agent: Some(agent.to_owned()), pf_user, pf_profile: pf_user.map(|id| id + 1000), memory }
    }

    fn read(file: &LinkFile, id: u64, raw: &Value) -> LinkValues {
        let mut row = Row { id, raw: raw.clone() };
        file.lay_into(&mut row);
        assert!(CrmMapper::has_custom_fields(&row));
        mapper().links(&row)
    }

    #[test]
    fn a_row_carries_its_link_and_a_body_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("roster.lock");
        let file = LinkFile::new(path, LockFile::default());
        let custom = json!({"fields": {"3": "2 pets"}});
        for raw in [json!({}), json!({"fields": []}), custom.clone(), json!({"fields": {"roster.lock/agent": "omar"}})]
        {
            assert_eq!(read(&file, 3, &raw), LinkValues::default(), "{raw}");
            file.store(3, &links("sara", Some(7))).unwrap();
            assert_eq!(read(&file, 3, &raw), links("sara", Some(7)), "{raw}");
            assert_eq!(read(&file, 4, &raw), LinkValues::default(), "{raw}");
            let mut row = Row { id: 3, raw: raw.clone() };
            file.lay_into(&mut row);
            let body = mapper().update(&row, &Record::new(), &links("sara", Some(8)));
            let sent = LinkFile::without_links(&body);
            let want = if raw == custom { json!({"user": custom}) } else { json!({"user": {}}) };
            assert_eq!(sent, want, "{raw}");
            file.store(3, &LinkValues::default()).unwrap();
        }
    }

    #[test]
    fn every_change_is_in_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("roster.lock");
        let file = LinkFile::new(path, LockFile::default());
        let stored = || -> Vec<(String, u64, Option<u64>)> {
            let agents = lock_file::load(folder.path()).unwrap().agents;
            agents.into_iter().map(|(slug, link)| (slug.to_string(), link.crm, link.pf_user)).collect()
        };
        file.store(3, &links("sara", None)).unwrap();
        file.store(4, &links("omar", Some(8))).unwrap();
        assert_eq!(stored(), [("omar".to_owned(), 4, Some(8)), ("sara".to_owned(), 3, None)]);
        // A renamed file, then a row that was deleted and made again.
        file.store(3, &links("zara", Some(7))).unwrap();
        file.store(9, &links("omar", Some(8))).unwrap();
        assert_eq!(stored(), [("omar".to_owned(), 9, Some(8)), ("zara".to_owned(), 3, Some(7))]);
        assert_eq!(read(&file, 4, &json!({})), LinkValues::default());
        file.store(3, &LinkValues::default()).unwrap();
        assert_eq!(stored(), [("omar".to_owned(), 9, Some(8))]);
    }
}
