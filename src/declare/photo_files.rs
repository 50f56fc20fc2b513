//! Pictures in the repository: each is read up to a limit, and never through a link that leads out of the repository.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use crate::model::agent::value::RepositoryPath;
use crate::model::picture::LARGEST;

/// The pictures of a repository.
#[derive(Clone, Debug)]
pub struct PhotoFiles {
    root: PathBuf,
}

/// Why there is no picture at a path. It does not hold the path, which may be private.
#[derive(Debug)]
pub(crate) enum PhotoFileError {
    /// There is no such file, or it cannot be read.
    Missing,
    /// The path leads out of the repository.
    Outside,
    /// It is not a plain file.
    NoFile,
    /// It is larger than a picture may be.
    TooLarge,
}

impl PhotoFiles {
    /// The pictures of the repository at `root`.
    #[must_use]
    pub fn new(root: &Path) -> Self {
        Self { root: root.to_path_buf() }
    }

    /// Opens a picture, and returns its size too.
    ///
    /// # Errors
    /// When there is none inside the repository.
    pub(crate) fn open(&self, path: &RepositoryPath) -> Result<(File, u64), PhotoFileError> {
        let missing = |_: io::Error| PhotoFileError::Missing;
        let place = self.root.join(path.as_str()).canonicalize().map_err(missing)?;
        if !self.root.canonicalize().is_ok_and(|root| place.starts_with(root)) {
            return Err(PhotoFileError::Outside);
        }
        // Before it is opened: a pipe has no end.
        if !place.metadata().map_err(missing)?.is_file() {
            return Err(PhotoFileError::NoFile);
        }
        let file = File::open(&place).map_err(missing)?;
        let size = file.metadata().map_err(missing)?.len();
        Ok((file, size))
    }

    /// The bytes of a picture.
    ///
    /// # Errors
    /// When there is none inside the repository, or it is too large. No more than the limit is read.
    pub(crate) fn read(&self, path: &RepositoryPath) -> Result<Vec<u8>, PhotoFileError> {
        let (file, _) = self.open(path)?;
        let mut content = Vec::new();
        let read = file.take(LARGEST + 1).read_to_end(&mut content).map_err(|_| PhotoFileError::Missing)?;
        if read as u64 > LARGEST { Err(PhotoFileError::TooLarge) } else { Ok(content) }
    }
}

impl PhotoFileError {
    /// What to do about it.
    pub(crate) const fn help(&self) -> &'static str {
        match self {
            Self::Missing => "write its path from the repository's root, or add the file below agents/",
            Self::Outside => "put the photo itself into the repository, not a link to it",
            Self::NoFile => "name the photo's file",
            Self::TooLarge => "save the photo in a smaller size",
        }
    }
}

impl std::fmt::Display for PhotoFileError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match self {
            Self::Missing => "names a file that is not there",
            Self::Outside => "leads out of the repository",
            Self::NoFile => "is not a plain file",
            Self::TooLarge => "is larger than 15 MB",
        })
    }
}
