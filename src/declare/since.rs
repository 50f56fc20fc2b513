//! Which problems a change brought, and which were there before it.
//!
//! An error in a file that the change leaves alone, and that was there already, is not caused by the change: it
//! becomes a warning. An error elsewhere that the change causes (a second agent with a login, a photo or a receiver that is
//! gone, another `roster.yaml`) was not there, and stays one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::problem::{Problem, Severity, errors};
use super::tracked_files;
use crate::declare::git::{Commit, GitError, Repository};

/// The revision that a change is held against.
#[derive(Debug)]
pub(crate) struct ChangeBaseline<'a> {
    repository: Repository,
    revision: &'a str,
    commit: Commit,
}

impl<'a> ChangeBaseline<'a> {
    /// Finds the revision in the repository of the folder at `root`.
    ///
    /// # Errors
    /// When it cannot be had, with the remedy.
    pub(crate) fn new(root: &Path, revision: &'a str) -> Result<Self, GitError> {
        let repository = Repository::open(root)?;
        let commit = repository.commit(revision)?;
        Ok(Self { repository, revision, commit })
    }

    /// Makes warnings of the errors that were there at the revision, in files that are as they were. `problems_at` finds
    /// the problems of the folder at a place as they were found here; it is asked only if anything hangs on it.
    ///
    /// # Errors
    /// When `git` fails.
    pub(crate) fn excuse(
        &self,
        problems: &mut [Problem],
        problems_at: impl FnOnce(&Path) -> Vec<Problem>,
    ) -> Result<(), GitError> {
        self.excuse_what_was_there(problems, problems_at)?;
        self.move_to_changed_files(problems)
    }

    fn excuse_what_was_there(
        &self,
        problems: &mut [Problem],
        problems_at: impl FnOnce(&Path) -> Vec<Problem>,
    ) -> Result<(), GitError> {
        let places = places(problems);
        let places: Vec<&str> = places.iter().map(String::as_str).collect();
        if places.is_empty() {
            return Ok(());
        }
        let untouched = self.repository.untouched(&self.commit, &places)?;
        if !errors(problems).any(|problem| untouched.contains(&problem.file)) {
            return Ok(());
        }
        let copy = self.repository.copy(&self.commit)?;
        let mut old = problems_at(&copy.root);
        // The copy is not a repository, but everything in it was tracked.
        old.extend(tracked_files::problems(&untouched));
        let renames = self.repository.renames(&self.commit, &places)?;
        let renames = renames.into_iter().map(|(old, new)| (new, old)).collect();
        excuse(problems, &EarlierState { revision: self.revision, untouched, renames, problems: old });
        Ok(())
    }
}

impl ChangeBaseline<'_> {
    /// Reports a problem between two files in the one that the change touches.
    fn move_to_changed_files(&self, problems: &mut [Problem]) -> Result<(), GitError> {
        let folders = folders_of_pairs(problems);
        if folders.is_empty() {
            return Ok(());
        }
        let untouched = self.repository.untouched(&self.commit, &folders)?;
        move_from(problems, &untouched);
        Ok(())
    }
}

/// The folders, at the top, of problems between two files.
fn folders_of_pairs(problems: &[Problem]) -> Vec<&str> {
    let pairs = problems.iter().filter(|problem| problem.there.is_some());
    let folders: BTreeSet<&str> = pairs.filter_map(|problem| problem.file.split('/').next()).collect();
    folders.into_iter().collect()
}

/// Reports each problem between two files in the one that was added later: the copy, most likely. A file that is in no commit
/// is the newest. Without a repository each problem stays where it is.
pub(crate) fn move_to_newer_files(root: &Path, problems: &mut [Problem]) {
    let folders = folders_of_pairs(problems);
    if folders.is_empty() {
        return;
    }
    let Ok(added) = Repository::open(root).and_then(|repository| repository.added(&folders)) else { return };
    // The number of a file counts the commits since it was added.
    let age = |file: &String| added.get(file).map_or(0, |age| age + 1);
    for problem in problems.iter_mut() {
        if problem.there.as_ref().is_some_and(|there| age(&there.file) < age(&problem.file))
            && let Some(there) = problem.there.take()
        {
            *problem = *there;
        }
    }
    problems.sort_by(Problem::order);
}

/// Moves each problem between two files out of a file that is as it was, into the other one if that is not.
fn move_from(problems: &mut [Problem], untouched: &BTreeSet<String>) {
    // A problem that was there before is not the change's, wherever it is.
    let is_new_in_untouched_file =
        |problem: &&mut Problem| problem.already_at.is_none() && untouched.contains(&problem.file);
    for problem in problems.iter_mut().filter(is_new_in_untouched_file) {
        if problem.there.as_ref().is_some_and(|there| !untouched.contains(&there.file))
            && let Some(there) = problem.there.take()
        {
            *problem = *there;
        }
    }
    problems.sort_by(Problem::order);
}

/// The files and folders, at the top, in which there are errors.
fn places(problems: &[Problem]) -> BTreeSet<String> {
    errors(problems).filter_map(|problem| problem.file.split('/').next()).map(str::to_owned).collect()
}

/// What is known of the files before a change.
struct EarlierState<'a> {
    revision: &'a str,
    /// Files that are as they were.
    untouched: BTreeSet<String>,
    /// The path now, and the path then, of each file that was renamed.
    renames: BTreeMap<String, String>,
    /// What was wrong with them.
    problems: Vec<Problem>,
}

fn excuse(problems: &mut [Problem], before: &EarlierState<'_>) {
    let unmoved = BTreeMap::new();
    let old: BTreeSet<ProblemKey> = errors(&before.problems).map(|problem| ProblemKey::of(problem, &unmoved)).collect();
    for problem in problems.iter_mut().filter(|problem| problem.severity == Severity::Error) {
        let untouched = before.untouched.contains(&problem.file);
        if untouched && old.contains(&ProblemKey::of(problem, &before.renames)) {
            problem.severity = Severity::Warning;
            problem.already_at = Some(before.revision.to_owned());
        }
    }
}

/// The identity of a problem, independent of its line.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct ProblemKey {
    file: String,
    path: String,
    rule: &'static str,
    gist: String,
    other: Option<String>,
}

impl ProblemKey {
    fn of(problem: &Problem, renames: &BTreeMap<String, String>) -> Self {
        let name_at_revision = |file: &String| renames.get(file).unwrap_or(file).clone();
        Self {
            file: name_at_revision(&problem.file),
            path: problem.path.clone(),
            rule: problem.rule.name,
            gist: problem.gist(),
            other: problem.other.as_ref().map(|other| name_at_revision(&other.file)),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing)]

    use std::sync::Arc;

    use super::*;
    use crate::declare::problem::Location;
    use crate::declare::rule::{FILE, SCHEMA};
    use crate::declare::source::{Source, keys};

    /// A problem of `agents/sara.yaml` as it was, before a case changes something.
    fn problem(change: impl FnOnce(&mut Problem)) -> Problem {
        let source = Arc::new(Source::new("agents/sara.yaml", "status: active\n".to_owned(), None, false));
        let mut problem = Problem::error(&source, 0..6, &keys(&["status"]), "it is wrong: agents/omar.yaml:7");
        problem.other = Some(Location { file: "agents/omar.yaml".to_owned(), line: 7 });
        change(&mut problem);
        problem
    }

    /// What a case does to the problem of today.
    type Change = fn(&mut Problem);

    #[test]
    fn only_old_problems_of_unchanged_files_are_excused() {
        let cases: [(&str, bool, Change); 11] = [
            ("the same", true, |_| {}),
            ("on another line", true, |now| (now.start, now.end, now.span) = ((9, 1), (9, 7), 90..96)),
            ("at odds with another line", true, |now| {
                now.message = "it is wrong: agents/omar.yaml:70".to_owned();
                now.other = Some(Location { file: "agents/omar.yaml".to_owned(), line: 70 });
            }),
            ("at odds with a file that was renamed", true, |now| {
                now.message = "it is wrong: agents/team/omar.yaml:7".to_owned();
                now.other = Some(Location { file: "agents/team/omar.yaml".to_owned(), line: 7 });
            }),
            ("at odds with another file", false, |now| {
                now.message = "it is wrong: agents/lina.yaml:7".to_owned();
                now.other = Some(Location { file: "agents/lina.yaml".to_owned(), line: 7 });
            }),
            ("in another file that is as it was", false, |now| now.file = "agents/lina.yaml".to_owned()),
            ("in a file that was touched", false, |now| now.file = "agents/omar.yaml".to_owned()),
            ("at another path", false, |now| now.path = "role".to_owned()),
            ("against another rule", false, |now| now.rule = FILE),
            ("in other words", false, |now| now.message = "it is wrong again: agents/omar.yaml:7".to_owned()),
            ("a warning anyway", false, |now| now.severity = Severity::Warning),
        ];
        for (name, excused, change) in cases {
            let mut now = [problem(change)];
            let severity = now.each_ref().map(|problem| problem.severity);
            let before = EarlierState {
                revision: "main",
                untouched: ["agents/sara.yaml", "agents/lina.yaml"].map(str::to_owned).into(),
                renames: [("agents/team/omar.yaml".to_owned(), "agents/omar.yaml".to_owned())].into(),
                problems: vec![problem(|_| {})],
            };
            excuse(&mut now, &before);
            let [now] = now;
            assert_eq!(now.already_at.is_some(), excused, "{name}");
            assert_eq!(now.severity, if excused { Severity::Warning } else { severity[0] }, "{name}");
        }
    }

    #[test]
    fn an_old_warning_excuses_no_error() {
        let mut now = [problem(|_| {})];
        let before = EarlierState {
            revision: "main",
            untouched: ["agents/sara.yaml".to_owned()].into(),
            renames: BTreeMap::new(),
            problems: vec![problem(|_| {}).warning(), problem(|then| then.rule = FILE)],
        };
        excuse(&mut now, &before);
        assert_eq!((now[0].severity, now[0].rule), (Severity::Error, SCHEMA));
    }
}
