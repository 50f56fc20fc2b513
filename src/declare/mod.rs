//! Files to a [`Roster`]: every file, every problem, in one go.
//!
//! `folder` finds the files, `yaml` reads each once into a value and the places of its parts, `violation` reports what the
//! schema refuses, and `rules` reports contradictions between values and between files. This folder knows no system: a function
//! reports the values that a system cannot hold. Start at [`load`].

pub mod base;
pub(crate) mod blank_file;
pub mod config;
mod control_characters;
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
pub(crate) mod rule;
pub mod rules;
mod scalar;
pub(crate) mod schema;
mod schema_keys;
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

use jiff::civil::Date;
use rayon::prelude::*;

use crate::files;
use crate::model::config::{Config, LinkStorage};
use crate::model::roster::Roster;
use file::AgentFile;
use problem::{Problem, errors};
use rules::{CannotHold, RuleContext};
use source::Source;

pub(crate) use control_characters::printable;
pub(crate) use violation::closest;

/// The declared people, and the problems of the files.
#[derive(Debug, Default)]
pub struct Loaded {
    /// Everybody whose file is valid.
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

/// With fewer files the threads would cost more than they save.
const WORTH_THREADS: usize = 50;

/// Reads every agent's file of the repository at `root`, the folder of `roster.yaml`. `today` decides what has expired;
/// `cannot_hold` is asked about each valid record, once for each system.
#[must_use]
pub fn load(root: &Path, config: &Config, today: Date, cannot_hold: &[&CannotHold<'_>]) -> Loaded {
    let mut found = folder::walk(root, &config.agents);
    found.problems.extend(unread_files::beside(root, &config.agents));
    let read = |(path, name): &(PathBuf, String)| read(path, name, config);
    let results: Vec<(Option<AgentFile>, Vec<Problem>)> = if found.files.len() < WORTH_THREADS {
        found.files.iter().map(read).collect()
    } else {
        found.files.par_iter().map(read).collect()
    };
    let mut problems = found.problems;
    let mut people = Vec::with_capacity(results.len());
    for (person, more) in results {
        people.extend(person);
        problems.extend(more);
    }
    let declarations = people.iter_mut().map(|person| &mut person.declaration).collect();
    photo_versions::add_versions(declarations, root);
    let slugs: BTreeSet<&str> = found.files.iter().map(|(_, name)| stem(name)).collect();
    problems.extend(rules::check(&RuleContext { people: &people, slugs: &slugs, root, config, today, cannot_hold }));
    problems.extend(tracked_files::check(root));
    if config.links == LinkStorage::File {
        problems.extend(lock_file::load_with_bytes(root).err().into_iter().flatten());
    }
    problems.sort_by(Problem::order);
    let slugs = slugs.into_iter().map(str::to_owned).collect();
    Loaded { roster: roster(people, &problems), problems, files: found.files.len(), slugs }
}

/// The text and the parts of every agent's file, whether or not it is valid, with the problems of those that are not YAML.
pub(crate) fn sources(root: &Path, agents: &str) -> (Vec<(PathBuf, Arc<Source>)>, Vec<Problem>) {
    let found = folder::walk(root, agents);
    let mut problems = found.problems;
    let mut sources = Vec::with_capacity(found.files.len());
    for (path, name) in found.files {
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

fn read(path: &Path, name: &str, config: &Config) -> (Option<AgentFile>, Vec<Problem>) {
    // A file that is too large is not read to its end.
    match files::head(path, yaml_tree::LARGEST as u64 + 1) {
        Ok(bytes) => file::read(name, &bytes, &config.property_finder.languages),
        Err(error) => (None, unreadable(name, &error).1),
    }
}

/// A file's name without folders and ending.
pub(crate) fn stem(name: &str) -> &str {
    let name = name.rsplit('/').next().unwrap_or(name);
    name.strip_suffix(".yaml").unwrap_or(name)
}

fn roster(people: Vec<AgentFile>, problems: &[Problem]) -> Roster {
    let invalid: BTreeSet<&str> = errors(problems).map(|problem| problem.file.as_str()).collect();
    let valid = people.into_iter().map(|person| person.declaration);
    let valid = valid.filter(|declaration| !invalid.contains(declaration.file.as_str()));
    Roster { people: valid.map(|declaration| (declaration.slug.clone(), declaration)).collect() }
}
