//! What both systems hold, and the file it is kept in between runs.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::roles::roles;
use crate::files::{self, LARGEST_OWN};

/// The file format that this program writes, and the only one that it reads.
const FORMAT: u32 = 1;

/// Everything that both systems hold.
///
/// The file is this value as JSON:
///
/// ```json
/// {
///   "format_version": 1,
///   "crm": {
///     "me": 1,
///     "users": {"next_id": 4, "rows": {"1": {"id": 1, "public": {}, "private": {}, "role": "admin"}}}
///   },
///   "pf": {
///     "next_profile_id": 9002,
///     "roles": [{"id": 3, "name": "Admin", "roleKey": "admin", "baseRoleKey": "admin", "isCustom": false}],
///     "users": {"next_id": 7702, "rows": {"7701": {"id": 7701, "roleId": 3, "publicProfile": {"id": 9001}}}}
///   }
/// }
/// ```
///
/// A CRM row is kept as the CRM shows it. A Property Finder row is kept as it was written, with the fields that the API
/// never returns, and with `id`, `status`, `roleId` and `createdAt`; `pf/model.rs` makes what is shown out of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SandboxState {
    format_version: u32,
    /// The CRM.
    pub crm: CrmState,
    /// Property Finder.
    pub pf: PfState,
}

/// What the CRM holds.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CrmState {
    /// The user to whom the API key belongs, for `GET /users/me`.
    pub me: Option<u64>,
    /// Its users.
    pub users: RowTable,
    /// The deletions that were carried out, in order: `{"users": [IDS], "resources": [...]}`. Properties, leads and landlords
    /// are not kept here, so this is the record of who received them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deletions: Vec<Value>,
    /// The files that were uploaded: `{"id": ID, "token": "…", "type": "…", "name": "…", "media": "…", "size": BYTES, "content":
    /// "BASE64"}`.
    #[serde(default = "no_files", skip_serializing_if = "RowTable::is_empty")]
    pub files: RowTable,
}

/// The first file's id is far from those of users.
const fn no_files() -> RowTable {
    RowTable::from(50_001)
}

/// What Property Finder holds.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PfState {
    /// The id of the next public profile.
    pub next_profile_id: u64,
    /// The account's roles, as `GET /v1/roles` lists them.
    pub roles: Vec<Value>,
    /// Its users, each with its profile inside.
    pub users: RowTable,
}

impl Default for SandboxState {
    /// Two empty accounts. The ids of the three tables start apart, so that one taken for another is found out.
    fn default() -> Self {
        Self {
            format_version: FORMAT,
            crm: CrmState { me: None, users: RowTable::from(1), deletions: Vec::new(), files: no_files() },
            pf: PfState { next_profile_id: 9001, roles: roles(), users: RowTable::from(7701) },
        }
    }
}

impl SandboxState {
    /// Reads a state file; nothing, if there is none.
    ///
    /// # Errors
    /// When it cannot be read, is not a state, or was written by another version. It is never overwritten then.
    pub(crate) fn load(file: &Path) -> io::Result<Option<Self>> {
        let text = match files::read(file, LARGEST_OWN) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(about(file, "cannot be read", &error)),
        };
        let state: Self =
            serde_json::from_slice(&text).map_err(|error| about(file, "is not a state of the sandbox", &error))?;
        if state.format_version == FORMAT {
            return Ok(Some(state));
        }
        let why = format!("format_version is {}, and this roster knows {FORMAT}", state.format_version);
        Err(about(file, "is not a state of this sandbox", &why))
    }

    /// Writes a state file, whole or not at all. Its folder must be there: a mistyped path would else be kept somewhere.
    ///
    /// # Errors
    /// When it cannot be written; the earlier content stays.
    pub(crate) fn save(&self, file: &Path) -> io::Result<()> {
        // The rows hold private values, so only the owner may read the file.
        files::write_atomically(file, 0o600, |out| Ok(serde_json::to_writer(out, self)?))
            .map_err(|error| about(file, "cannot be written", &error))
    }
}

fn about(file: &Path, what: &str, why: &dyn std::fmt::Display) -> io::Error {
    let advice = "the sandbox starts afresh when the file is moved away";
    io::Error::other(format!("{} {what}: {why}; {advice}", file.display()))
}

/// Rows by id, in ascending order, and the id that the next one gets. Ids are never given twice.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RowTable {
    next_id: u64,
    rows: BTreeMap<u64, Value>,
    #[serde(skip)]
    unseen: Vec<LaggingWrite>,
    #[serde(skip)]
    changed: bool,
}

/// A write that the next few reads do not see yet.
#[derive(Clone, Debug)]
struct LaggingWrite {
    id: u64,
    before: Option<Value>,
    reads: u32,
}

/// What a read sees in place of rows that were written just before; none for a row that it does not see.
pub(super) type EarlierRows = BTreeMap<u64, Option<Value>>;

impl RowTable {
    /// An empty table whose first row gets this id.
    pub(super) const fn from(next_id: u64) -> Self {
        Self { next_id, rows: BTreeMap::new(), unseen: Vec::new(), changed: false }
    }

    /// The rows as they are.
    #[must_use]
    pub(crate) const fn rows(&self) -> &BTreeMap<u64, Value> {
        &self.rows
    }

    fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The id for a new row.
    pub(super) fn new_id(&mut self) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        id
    }

    /// Puts a row in its place, or takes it away; the next `lag` reads do not see that.
    pub(super) fn write(&mut self, id: u64, row: Option<Value>, lag: u32) {
        self.next_id = self.next_id.max(id + 1);
        self.changed = true;
        let before = match row {
            Some(row) => self.rows.insert(id, row),
            None => self.rows.remove(&id),
        };
        if lag > 0 {
            self.unseen.push(LaggingWrite { id, before, reads: lag });
        }
    }

    /// Counts a read of this moment, and returns the rows that it sees otherwise than they are, for [`Self::seen`].
    pub(super) fn read(&mut self) -> EarlierRows {
        let earlier = self.unseen.iter().rev().map(|write| (write.id, write.before.clone())).collect();
        self.count_read();
        earlier
    }

    /// The rows of a read, by id.
    pub(super) fn seen<'a>(&'a self, earlier: &'a EarlierRows) -> BTreeMap<u64, &'a Value> {
        let unchanged = self.rows.iter().filter(|(id, _)| !earlier.contains_key(id));
        let changed = earlier.iter().filter_map(|(id, row)| Some((*id, row.as_ref()?)));
        unchanged.map(|(id, row)| (*id, row)).chain(changed).collect()
    }

    /// One row as a read of this moment sees it. It counts as one.
    pub(super) fn read_one(&mut self, id: u64) -> Option<Value> {
        let first = self.unseen.iter().find(|write| write.id == id);
        let seen = first.map_or_else(|| self.rows.get(&id), |write| write.before.as_ref()).cloned();
        self.count_read();
        seen
    }

    fn count_read(&mut self) {
        self.unseen.retain_mut(|write| {
            write.reads -= 1;
            write.reads > 0
        });
    }

    /// Whether there was a write since this was last asked.
    pub(super) fn take_changed(&mut self) -> bool {
        std::mem::take(&mut self.changed)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_write_is_invisible_to_the_configured_number_of_reads() {
        let mut table = RowTable::from(1);
        let read = |table: &mut RowTable, id: u64| {
            let earlier = table.read();
            table.seen(&earlier).get(&id).map(|row| (*row).clone())
        };
        let id = table.new_id();
        table.write(id, Some(json!("a")), 2);
        assert_eq!(table.read_one(id), None);
        table.write(id, Some(json!("b")), 2);
        // The first write is hidden once more, the second twice: so its own "before" is what is seen in between.
        assert_eq!(read(&mut table, id), None);
        assert_eq!(table.read_one(id), Some(json!("a")));
        assert_eq!(table.read_one(id), Some(json!("b")));
        table.write(id, None, 1);
        assert_eq!(read(&mut table, id), Some(json!("b")));
        assert_eq!(read(&mut table, id), None);
        assert!(table.rows().is_empty());
    }
}
