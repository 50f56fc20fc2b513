//! `.roster/`: what a run keeps on this machine. None of it is needed by another run; the CRM is the only memory.

use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::io::{self, Write as _};
use std::path::PathBuf;

use super::Context;

/// The folder `.roster` of the repository.
pub(super) struct Workplace(PathBuf);

/// Keeps everything in the folder out of git but the acceptances, whatever the repository's own `.gitignore` holds: a
/// file of this folder that git tracks makes a repository invalid.
const IGNORE: &str = "\
# Files of this machine, written by roster. Only acceptances belong to the repository.
*
!/accept/
!/accept/*
";

impl Workplace {
    /// The folder, whether or not it is there. Where it is, it is kept out of git from now on.
    pub(super) fn new(context: &Context) -> Self {
        let workplace = Self(context.root.join(".roster"));
        if workplace.0.is_dir() {
            // A run that only reads needs no folder that can be written to.
            let _ = workplace.ignore();
        }
        workplace
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

    /// Where journals are kept.
    pub(super) fn journals(&self) -> PathBuf {
        self.0.join("journal")
    }

    /// The digests that a reviewed change lets through: the names of the files in `.roster/accept`.
    pub(super) fn accepted(&self) -> BTreeSet<String> {
        let Ok(entries) = fs::read_dir(self.0.join("accept")) else { return BTreeSet::new() };
        entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect()
    }

    /// Waits until no other apply runs in this repository on this machine. The operating system lets go of the lock
    /// when a process ends, however it ends.
    ///
    /// # Errors
    /// When the folder cannot be written to.
    pub(super) fn lock(&self, waits: impl FnOnce()) -> io::Result<File> {
        self.make()?;
        let file = File::create(self.0.join("lock"))?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => {
                waits();
                file.lock()?;
                Ok(file)
            }
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}
