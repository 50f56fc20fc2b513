//! Files to a [`Roster`]: every file, every problem, in one go.
//!
//! `folder` finds the files, `yaml` reads each once into a value and the places of its parts, `violation` reports what the
//! schema refuses, and `rules` reports contradictions between values and between files. This folder knows no system: a function
//! reports the values that a system cannot hold. Start at [`load`].

pub mod base;
pub(crate) mod blank_file;
mod checked_folder;
mod clearing;
pub mod config;
mod control_characters;
mod declared_text;
pub(crate) mod edit;
pub mod file;
mod folder;
pub(crate) mod format;
pub(crate) mod git;
pub(crate) mod lock_file;
pub(crate) mod new_file;
pub mod photo_files;
mod photo_versions;
mod private_parts;
pub mod problem;
mod rendered_problem;
pub(crate) mod rule;
pub mod rules;
mod scalar;
pub(crate) mod schema;
mod schema_keys;
mod secret_parts;
pub(crate) mod since;
pub(crate) mod source;
mod syntax;
mod tracked_files;
mod typing_errors;
mod unread_files;
mod violation;
mod yaml;
mod yaml_tree;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::files;
use crate::model::agent::value::Phone;
use crate::model::config::LinkStorage;
use crate::model::roster::{Declaration, Roster};
use checked_folder::CheckedFolder;
use problem::{Problem, errors};
use rules::{FolderContext, RuleContext};
use source::Source;

pub(crate) use control_characters::printable;
pub(crate) use violation::closest;

/// The declared people, and the problems of the files.
#[derive(Debug, Default)]
pub struct Loaded {
    /// Everybody whose file is valid, where they were to be [kept](Keep).
    pub roster: Roster,
    /// Every problem, by file and place.
    pub problems: Vec<Problem>,
    /// The number of agent files.
    pub files: usize,
    /// The slug of every file, also of one that is not valid.
    pub slugs: BTreeSet<String>,
}

impl Loaded {
    /// Whether anything is an error, so that nothing may be read or written (exit 4).
    #[must_use]
    pub fn is_invalid(&self) -> bool {
        errors(&self.problems).next().is_some()
    }
}

/// Whether the declared people are kept, or only checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// They are compared with the systems.
    People,
    /// Only the problems are reported, and the memory stays small.
    Nothing,
}

/// Reads every agent's file of the repository, and checks it.
#[must_use]
pub fn load(context: &RuleContext<'_>, keep: Keep) -> Loaded {
    // Reading the tables of the world's phone numbers takes longer than a hundred files, so it goes on beside the rest.
    // The thread is left to itself: the first number waits for it.
    std::thread::spawn(Phone::prepare);
    let RuleContext { root, config, .. } = *context;
    let found = folder::walk(root, &config.agents);
    let read = CheckedFolder::read(&found.files, context, keep);
    let slugs: BTreeSet<String> = found.files.iter().map(|name| stem(name).to_owned()).collect();
    let mut problems = read.problems;
    problems.extend(found.problems);
    problems.extend(unread_files::beside(root, &config.agents));
    let compared = FolderContext { files: &read.files, values: &read.values, slugs: &slugs, root };
    problems.extend(rules::check_folder(&compared));
    problems.extend(tracked_files::check(root));
    if config.links == LinkStorage::File {
        problems.extend(lock_file::load_with_bytes(root).err().into_iter().flatten());
    }
    problems.sort_by(Problem::order);
    Loaded { roster: roster(read.people, &problems), problems, files: found.files.len(), slugs }
}

/// The text and the parts of every agent's file, whether or not it is valid, with the problems of those that are not YAML.
pub(crate) fn sources(root: &Path, agents: &str) -> (Vec<(PathBuf, Arc<Source>)>, Vec<Problem>) {
    let found = folder::walk(root, agents);
    let mut problems = found.problems;
    let mut sources = Vec::with_capacity(found.files.len());
    for name in found.files {
        let path = root.join(&name);
        let (source, more) = match files::head(&path, yaml_tree::LARGEST as u64 + 1) {
            Ok(bytes) => file::parse(&name, &bytes, true),
            Err(error) => unreadable(&name, &error),
        };
        problems.extend(more);
        sources.push((path, source));
    }
    (sources, problems)
}

fn unreadable(name: &str, error: &std::io::Error) -> (Arc<Source>, Vec<Problem>) {
    let source = Arc::new(Source::new(name, String::new(), None, true));
    let problem = Problem::error(&source, 0..0, &[], format!("{name} cannot be read: {error}"));
    (source, vec![problem.of(rule::FILE)])
}

/// A file's name without folders and ending.
pub(crate) fn stem(name: &str) -> &str {
    let name = name.rsplit('/').next().unwrap_or(name);
    name.strip_suffix(".yaml").unwrap_or(name)
}

fn roster(people: Vec<Declaration>, problems: &[Problem]) -> Roster {
    let invalid: BTreeSet<&str> = errors(problems).map(|problem| problem.file.as_str()).collect();
    let valid = people.into_iter().filter(|declaration| !invalid.contains(declaration.file.as_str()));
    Roster { people: valid.map(|declaration| (declaration.slug.clone(), declaration)).collect() }
}
