//! `.roster/`: what a run keeps on this machine. None of it is needed by another run; the CRM, or `roster.lock`, is the only memory.

use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::io::{self, Write as _};
use std::path::PathBuf;

use super::Context;
use crate::declare::base::ACCEPT;
use crate::model::exit_code::Exit;
use crate::model::roster::Base;

/// The folder `.roster` of the repository.
pub(super) struct StateDir(PathBuf);

/// Keeps everything in the folder out of git but the acceptances, whatever the repository's own `.gitignore` holds: a
/// file of this folder that git tracks makes a repository invalid.
const IGNORE: &str = "\
# Files of this machine, written by roster. Only acceptances belong to the repository.
*
!/accept/
!/accept/*
";

impl StateDir {
    /// The folder, whether or not it is there. Where it is, it is kept out of git from now on.
    pub(super) fn new(context: &Context) -> Self {
        let state_dir = Self(context.root.join(".roster"));
        if state_dir.0.is_dir() {
            // A run that only reads needs no folder that can be written to.
            let _ = state_dir.ignore();
        }
        state_dir
    }

    /// Makes the folder.
    ///
    /// # Errors
    /// When it cannot be written to.
    pub(super) fn make(&self) -> io::Result<()> {
        fs::create_dir_all(&self.0)?;
        self.ignore()
    }

    fn ignore(&self) -> io::Result<()> {
        match File::create_new(self.0.join(".gitignore")) {
            Ok(mut file) => file.write_all(IGNORE.as_bytes()),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Where `--sandbox` keeps its state.
    pub(super) fn sandbox(&self) -> PathBuf {
        self.0.join("sandbox.json")
    }

    /// Where `doctor --probe` keeps how the account behaves, for `--sandbox`.
    pub(super) fn behaviour(&self) -> PathBuf {
        self.0.join("behaviour.json")
    }

    /// Where journals are kept.
    pub(super) fn journals(&self) -> PathBuf {
        self.0.join("journal")
    }

    /// The digests that the files in `.roster/accept` let through, as far as they count against this base.
    pub(super) fn accepted(&self, base: Option<&Base>) -> Acceptances {
        let Ok(entries) = fs::read_dir(self.0.join("accept")) else { return Acceptances::default() };
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        Acceptances::new(names.filter(|name| is_digest(name)).collect(), base)
    }

    /// Waits until no other apply runs in this repository on this machine. The operating system lets go of the lock
    /// when a process ends, however it ends.
    ///
    /// # Errors
    /// When the folder cannot be written to, which is reported.
    pub(super) fn lock(&self, context: &Context) -> Result<File, Exit> {
        self.wait_for_lock(context).map_err(|error| context.failure(&format!("locking .roster: {error}")))
    }

    fn wait_for_lock(&self, context: &Context) -> io::Result<File> {
        self.make()?;
        let file = File::create(self.0.join("lock"))?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => {
                context.print_message("waiting for another apply in this folder to end");
                file.lock()?;
                Ok(file)
            }
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

/// The acceptances of a run.
///
/// An acceptance is for one reviewed change, and the same plan may come up again for another reason: a person is
/// deactivated by hand once more. So a file counts only in the change that brings it, and what a change brings is known by a base
/// alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Acceptances {
    /// New since base: these count.
    pub(super) new: BTreeSet<String>,
    /// What people should know of the other ones.
    pub(super) warning: Option<String>,
}

impl Acceptances {
    fn new(files: BTreeSet<String>, base: Option<&Base>) -> Self {
        let Some(base) = base else {
            let named = named(&files);
            let why = "counts only where it is new since a base, and there is none: give --base, or --accept to apply";
            return Self { new: BTreeSet::new(), warning: named.map(|named| format!("{named} {why}")) };
        };
        let (old, new): (BTreeSet<String>, BTreeSet<String>) =
            files.into_iter().partition(|file| base.accepted.contains(file));
        let why = format!("was there at {} already and does not count any more: delete it", base.name);
        Self { new, warning: named(&old).map(|named| format!("{named} {why}")) }
    }
}

/// `.roster/accept/0a…, 0b…: each`, or nothing.
fn named(files: &BTreeSet<String>) -> Option<String> {
    let list: Vec<&str> = files.iter().map(String::as_str).collect();
    let each = if list.len() == 1 { "it" } else { "each" };
    (!list.is_empty()).then(|| format!("{ACCEPT}: {}: {each}", list.join(", ")))
}

/// Whether a file's name is a digest: a note for people may be in the folder too.
fn is_digest(name: &str) -> bool {
    name.len() == 32 && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The files, the base, what counts, the end of the warning.
    type Case<'a> = (&'a [&'a str], Option<Base>, &'a [&'a str], Option<&'a str>);

    #[test]
    fn a_file_counts_only_where_it_is_new_since_base() {
        let digest = |digit: &str| digit.repeat(32);
        let set = |digits: &[&str]| digits.iter().map(|digit| digest(digit)).collect::<BTreeSet<_>>();
        let base = |accepted: &[&str]| Base { name: "main".to_owned(), accepted: set(accepted), ..Base::default() };
        let table: [Case<'_>; 6] = [
            (&[], None, &[], None),
            (&["a"], None, &[], Some(": it counts only where it is new since a base, and there is none")),
            (&["a"], Some(base(&[])), &["a"], None),
            (&["a"], Some(base(&["a"])), &[], Some(": it was there at main already and does not count any more")),
            (&["a", "b"], Some(base(&["a"])), &["b"], Some(": it was there at main already")),
            (&["a", "b"], Some(base(&["a", "b", "c"])), &[], Some(": each was there at main already")),
        ];
        for (files, base, counts, words) in table {
            let accepted = Acceptances::new(set(files), base.as_ref());
            assert_eq!(accepted.new, set(counts), "{files:?}");
            assert_eq!(accepted.warning.is_some(), words.is_some(), "{files:?}");
            if let Some(words) = words {
                let warning = accepted.warning.clone().unwrap_or_default();
                assert!(warning.contains(words), "{warning}");
                assert!(files.iter().any(|file| warning.contains(&digest(file))), "{warning}");
            }
        }
    }
}
