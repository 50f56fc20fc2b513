//! What the rules that compare files need of a folder. The text of a file is dropped once it is checked, and read again where a
//! problem shows it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, OnceLock};

use super::{copied_values, uniqueness};
use crate::declare::file::{self, AgentFile};
use crate::declare::problem::{Location, Problem};
use crate::declare::source::{PathStep, Source};
use crate::declare::stem;
use crate::declare::yaml_tree;
use crate::files;
use crate::model::agent::{Agent, Field, HandoverNote, Status};
use crate::reconcile::fingerprint::digest;

/// One valid file.
pub struct ComparedFile<'f> {
    /// The file's path from the repository's root, with forward slashes.
    pub(super) name: &'f str,
    pub(super) status: Status,
    pub(super) handover: Option<Box<HandoverNote>>,
    source: OnceLock<Arc<Source>>,
}

impl<'f> ComparedFile<'f> {
    /// What is kept of the file of this name.
    #[must_use]
    pub fn new(name: &'f str, agent: &Agent) -> Self {
        let handover = agent.handover.set().cloned().map(Box::new);
        Self { name, status: agent.status, handover, source: OnceLock::new() }
    }

    pub(super) fn slug(&self) -> &'f str {
        stem(self.name)
    }
}

/// The values that two people should not share: for each field the digest of each value, and the index of its file.
#[derive(Default)]
pub struct ComparedValues(BTreeMap<Field, Vec<(u64, u32)>>);

impl ComparedValues {
    /// Adds the values of the file at this index.
    pub fn add(&mut self, index: u32, file: &AgentFile) {
        for (field, value) in uniqueness::values(file).into_iter().chain(copied_values::values(file)) {
            self.0.entry(field).or_default().push((digest(&value), index));
        }
    }

    /// Adds the values of further files, of which the first has this index.
    pub(in crate::declare) fn append(&mut self, first: u32, next: Self) {
        for (field, values) in next.0 {
            let values = values.into_iter().map(|(digest, index)| (digest, first + index));
            self.0.entry(field).or_default().extend(values);
        }
    }

    /// Every value of these fields that an earlier file has too: the field and the index of that file, and those of the value.
    pub(super) fn shared(&self, fields: impl Fn(&Field) -> bool) -> Vec<[(&Field, u32); 2]> {
        let columns = self.0.iter().filter(|(field, _)| fields(field));
        let mut values: Vec<(u64, u32, &Field)> = columns
            .flat_map(|(field, values)| values.iter().map(move |(digest, index)| (*digest, *index, field)))
            .collect();
        values.sort_unstable();
        let same = values.chunk_by(|(one, ..), (other, ..)| one == other);
        same.flat_map(|all| all.iter().filter_map(|value| Some((all.first()?, value))))
            .filter(|(first, value)| first.1 != value.1)
            .map(|(first, value)| [(first.2, first.1), (value.2, value.1)])
            .collect()
    }
}

/// Everything that a rule may look at which compares files.
pub struct FolderContext<'a> {
    /// Every valid file, in the order of the paths.
    pub files: &'a [ComparedFile<'a>],
    /// The values of these files that two people should not share.
    pub values: &'a ComparedValues,
    /// The slug of every file, also of one that is not valid.
    pub slugs: &'a BTreeSet<String>,
    /// The repository's root.
    pub root: &'a Path,
}

impl FolderContext<'_> {
    /// The text of a file, read again. A file that is gone by now has no text.
    pub(super) fn source<'s>(&self, file: &'s ComparedFile<'_>) -> &'s Arc<Source> {
        file.source.get_or_init(|| {
            let bytes = files::head(&self.root.join(file.name), yaml_tree::LARGEST as u64 + 1).unwrap_or_default();
            file::parse(file.name, &bytes, true).0
        })
    }

    /// An error about the value at a path of a file.
    pub(super) fn error_at(&self, file: &ComparedFile<'_>, path: &[PathStep], message: impl Into<String>) -> Problem {
        file::error_at(self.source(file), path, message)
    }

    /// The line of a field, for another file's message.
    pub(super) fn place(&self, file: &ComparedFile<'_>, field: &Field) -> Location {
        Location { file: file.name.to_owned(), line: file::line(self.source(file), field) }
    }

    /// The problem at each value of these fields that an earlier file has too. `message` is about a field, and the other place
    /// is added to it; `finish` gives the severity and the help.
    pub(super) fn shared(
        &self,
        fields: impl Fn(&Field) -> bool,
        message: impl Fn(&Field) -> String,
        finish: impl Fn(Problem) -> Problem,
    ) -> Vec<Problem> {
        let problem_of = |(field, file): (&Field, &ComparedFile<'_>),
                          (other_field, other): (&Field, &ComparedFile<'_>)| {
            let place = self.place(other, other_field);
            let error = file::error(self.source(file), field, format!("{}: {place}", message(field)));
            finish(error.at_odds_with(place))
        };
        let mut problems = Vec::new();
        for [(first_field, first), (field, index)] in self.values.shared(fields) {
            if let (Some(first), Some(file)) = (self.files.get(first as usize), self.files.get(index as usize)) {
                let there = problem_of((first_field, first), (field, file));
                problems.push(problem_of((field, file), (first_field, first)).with_other_place(there));
            }
        }
        problems
    }
}
