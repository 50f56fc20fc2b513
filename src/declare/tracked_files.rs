//! `.roster/` is local to a machine. Of the files that git tracks there, only acceptances are read: a pull request
//! could forge a journal, a lock or a link.

use std::path::Path;
use std::sync::Arc;

use super::control_characters::visible;
use super::problem::Problem;
use super::rule;
use super::source::Source;
use crate::declare::git::{self, Repository};

/// The folder, from the repository's root.
const FOLDER: &str = ".roster";

/// An error for each file in `.roster/` that git tracks and that is not an acceptance, and one where git cannot list which it
/// tracks. Outside of a repository nothing is tracked.
#[must_use]
pub(super) fn check(root: &Path) -> Vec<Problem> {
    // Most repositories have no such folder: those need no git.
    if root.join(FOLDER).symlink_metadata().is_err() {
        return Vec::new();
    }
    match Repository::open(root).and_then(|repository| repository.tracked(FOLDER)) {
        Ok(tracked) => problems(&tracked),
        Err(error) if is_in_a_repository(root) => vec![unknown(&error)],
        Err(_) => Vec::new(),
    }
}

/// Whether git has anything to say here, by its own mark: without `git`, or where it refuses to work, it cannot be asked.
fn is_in_a_repository(root: &Path) -> bool {
    let root = std::path::absolute(root).unwrap_or_else(|_| root.to_path_buf());
    root.ancestors().any(|folder| folder.join(".git").symlink_metadata().is_ok())
}

fn unknown(error: &git::GitError) -> Problem {
    let source = Arc::new(Source::new(FOLDER, String::new(), None, true));
    let error: String = error.to_string().chars().map(|c| visible(c).unwrap_or(c)).collect();
    let message = format!("which files of {FOLDER}/ are tracked cannot be checked: {error}");
    Problem::error(&source, 0..0, &[], message).of(rule::OWN_FOLDER).help(
        "make `git ls-files` work in this folder; a folder of another user needs `git config --global --add safe.directory`",
    )
}

/// An error for each of these tracked files in `.roster/` that is not an acceptance.
pub(super) fn problems<'a>(tracked: impl IntoIterator<Item = &'a String>) -> Vec<Problem> {
    let inside = |name: &&String| Path::new(name).starts_with(FOLDER);
    tracked.into_iter().filter(inside).filter(|name| !is_acceptance(name)).map(|name| refuse(name)).collect()
}

/// `.roster/accept/` and a digest.
fn is_acceptance(name: &str) -> bool {
    let digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let digest = name.strip_prefix(FOLDER).and_then(|name| name.strip_prefix("/accept/"));
    digest.is_some_and(|digest| digest.len() == 32 && digest.bytes().all(digit))
}

fn refuse(name: &str) -> Problem {
    let name: String = name.chars().map(|c| visible(c).unwrap_or(c)).collect();
    let source = Arc::new(Source::new(name.as_str(), String::new(), None, true));
    let message = format!("{name} is tracked by git, and .roster/ is each machine's own");
    Problem::error(&source, 0..0, &[], message).of(rule::OWN_FOLDER).help(
        "remove it with `git rm --cached`; only .roster/accept/ and the 32 digits of a digest may be tracked there",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_digest_is_an_acceptance() {
        let digest = "0123456789abcdef0123456789abcdef";
        assert!(is_acceptance(&format!(".roster/accept/{digest}")));
        for other in [
            ".roster".to_owned(),
            ".roster/accept".to_owned(),
            ".roster/sandbox.json".to_owned(),
            format!(".roster/{digest}"),
            format!(".roster/accept/{digest}0"),
            format!(".roster/accept/{digest}.yaml"),
            format!(".roster/accept/x/{digest}"),
            format!(".roster/accept/{}", digest.to_uppercase()),
            ".roster/accept/".to_owned(),
        ] {
            assert!(!is_acceptance(&other), "{other}");
        }
    }
}
