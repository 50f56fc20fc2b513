//! `roster.lock`: the link of each agent to its rows, where `roster.yaml` sets `links: file`.
//!
//! It belongs to the repository, so it holds no private value: of a field that Property Finder does not return, the memory
//! holds what the public profile shows, or a hash.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::Arc;

use serde::Deserialize as _;

use super::config::plain_file;
use super::problem::Problem;
use super::source::{Source, keys};
use super::{file, rule, schema, violation};
use crate::files;
use crate::model::agent::Slug;
use crate::model::lock_file::{LOCK_FILE, LockFile};

const HEADER: &str = "\
# Written by `roster apply`: the rows of each agent in both systems. Commit it, and change it with `roster link` alone.
";

/// About 50,000 agents.
const LARGEST: usize = 8 << 20;

/// Reads the file in this folder; without the file, no agent is linked. Also gives its bytes, if it is there.
///
/// # Errors
/// Every problem of the file.
pub(crate) fn load_with_bytes(root: &Path) -> Result<(LockFile, Option<Vec<u8>>), Vec<Problem>> {
    match bytes(&root.join(LOCK_FILE)) {
        Ok(None) => Ok((LockFile::default(), None)),
        Ok(Some(bytes)) => Ok((read(&bytes)?, Some(bytes))),
        Err(error) => Err(vec![unreadable(&Arc::new(Source::new(LOCK_FILE, String::new(), None, false)), &error)]),
    }
}

/// The bytes of the file, if it is there.
///
/// # Errors
/// When it cannot be read.
pub(crate) fn bytes(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match plain_file(path, LARGEST) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        read => read.map(Some),
    }
}

/// Reads the bytes of the file.
///
/// # Errors
/// Every problem of the file.
fn read(bytes: &[u8]) -> Result<LockFile, Vec<Problem>> {
    let (source, mut problems) = file::parse_up_to(LARGEST, LOCK_FILE, bytes, false);
    let Some(document) = &source.document else { return Err(problems) };
    if document.value.is_null() && problems.is_empty() {
        return Ok(LockFile::default());
    }
    problems.extend(violation::check(&source, schema::lock_file()));
    if problems.is_empty() {
        match LockFile::deserialize(&document.value) {
            Ok(lock) => problems = rows_of_two_agents(&lock, &source),
            Err(error) => problems.push(unreadable(&source, &error)),
        }
    }
    problems.sort_by(Problem::order);
    if problems.is_empty() { LockFile::deserialize(&document.value).map_err(|_| problems) } else { Err(problems) }
}

/// A problem for each agent that has a row of another one.
fn rows_of_two_agents(lock: &LockFile, source: &Arc<Source>) -> Vec<Problem> {
    let mut owners: BTreeMap<(&str, u64), &Slug> = BTreeMap::new();
    let mut problems = Vec::new();
    for (slug, link) in &lock.agents {
        let ids = [("crm", Some(link.crm)), ("pf_user", link.pf_user), ("pf_profile", link.pf_profile)];
        for (key, id) in ids.into_iter().filter_map(|(key, id)| Some((key, id?))) {
            let Some(owner) = owners.insert((key, id), slug) else { continue };
            let path = keys(&["agents", slug.as_str(), key]);
            let message = format!("{key} {id} is linked to {owner} too");
            let problem = Problem::error(source, source.value_span(&path), &path, message);
            let help = "remove the link of one of them, and run `roster plan`";
            problems.push(problem.of(rule::SETTINGS).help(help));
        }
    }
    problems
}

/// The text of the file.
///
/// # Errors
/// When it cannot be written as YAML.
pub(crate) fn text(lock: &LockFile) -> io::Result<String> {
    Ok(HEADER.to_owned() + &serde_yaml::to_string(lock).map_err(io::Error::other)?)
}

/// Replaces the file.
///
/// # Errors
/// When it cannot be written; the old content is then unchanged.
pub(crate) fn write(text: &str, path: &Path) -> io::Result<()> {
    files::write_atomically(path, 0o644, |out| out.write_all(text.as_bytes()))
}

fn unreadable(source: &Arc<Source>, error: &dyn std::fmt::Display) -> Problem {
    Problem::error(source, 0..0, &[], format!("{LOCK_FILE} cannot be read: {error}")).of(rule::FILE)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::{Map, Value};

    use super::*;
    use crate::model::lock_file::LockedLink;

    fn problems(text: &str) -> Vec<String> {
        let problems = read(text.as_bytes()).err().unwrap_or_default();
        problems.iter().map(|problem| problem.message.clone()).collect()
    }

    #[test]
    fn what_is_written_is_read() {
        let memory = Map::from_iter([("v".to_owned(), Value::from(1)), ("lang".to_owned(), Value::from("en,no"))]);
        let link = LockedLink { crm: 3, pf_user: Some(7), pf_profile: Some(1007), memory: Some(memory) };
        let bare = LockedLink { crm: 4, ..LockedLink::default() };
        let agents = [("sara-khan", link), ("null", bare)];
        let agents = agents.into_iter().map(|(slug, link)| (Slug::parse(slug).unwrap(), link)).collect();
        let lock = LockFile { agents, ..LockFile::default() };
        let folder = tempfile::tempdir().unwrap();
        write(&text(&lock).unwrap(), &folder.path().join(LOCK_FILE)).unwrap();
        assert_eq!(load_with_bytes(folder.path()).unwrap().0, lock);
        std::fs::remove_file(folder.path().join(LOCK_FILE)).unwrap();
        assert_eq!(load_with_bytes(folder.path()).unwrap().0, LockFile::default());
    }

    #[test]
    fn a_row_has_one_agent() {
        let text = "version: 1\nagents:\n  omar: {crm: 3, pf_user: 7}\n  sara: {crm: 3, pf_user: 7}\n";
        assert_eq!(problems(text), ["crm 3 is linked to omar too", "pf_user 7 is linked to omar too"]);
    }

    #[test]
    fn another_format_is_refused() {
        for text in [
            "version: 2\n",
            "agents: {}\n",
            "version: 1\nagents: {sara: {crm: 0}}\n",
            "version: 1\nagents: {sara: {}}\n",
            "- 1\n",
            "version: [\n",
        ] {
            assert!(!problems(text).is_empty(), "{text}");
        }
        assert_eq!(problems(""), Vec::<String>::new());
    }
}
