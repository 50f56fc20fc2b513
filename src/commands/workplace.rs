//! `.roster/`: what a run keeps on this machine. None of it is needed by another run; the CRM is the only memory.

use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::PathBuf;

use super::Context;

/// The folder `.roster` of the repository.
pub(super) struct Workplace(PathBuf);

impl Workplace {
    pub(super) fn new(context: &Context) -> Self {
        Self(context.root.join(".roster"))
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
        fs::create_dir_all(&self.0)?;
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
