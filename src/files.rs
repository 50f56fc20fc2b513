//! Files: reads with a size limit, since a file may have no end, and atomic writes.

use std::fs::{self, File};
use std::io::{self, BufWriter, ErrorKind, Read as _, Write};
use std::path::Path;

/// The largest file that the program reads back of those that it wrote itself: a saved plan, a journal, the sandbox.
pub(crate) const LARGEST_OWN: u64 = 512 << 20;

/// The bytes of a file.
///
/// # Errors
/// When it cannot be read, or is larger than `largest` bytes; no more than these are read.
pub(crate) fn read(path: &Path, largest: u64) -> io::Result<Vec<u8>> {
    let bytes = head(path, largest.saturating_add(1))?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length <= largest) {
        return Ok(bytes);
    }
    Err(io::Error::new(ErrorKind::FileTooLarge, format!("it is larger than {largest} bytes")))
}

/// The same as a text.
///
/// # Errors
/// As [`read`], and when it is not UTF-8.
pub(crate) fn read_text(path: &Path, largest: u64) -> io::Result<String> {
    String::from_utf8(read(path, largest)?).map_err(|error| io::Error::new(ErrorKind::InvalidData, error.utf8_error()))
}

/// The first bytes of a file.
///
/// # Errors
/// When it cannot be read.
pub(crate) fn head(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    // With one byte more, the end of the file is found without a larger buffer.
    let length = file.metadata()?.len().min(most);
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default() + 1);
    file.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Replaces a file in one step: `fill` writes the new content into a temporary file, which is synced to the disk before it takes
/// the file's place. A device or a pipe is written in place. `mode` holds the permissions on Unix.
///
/// # Errors
/// When it cannot be written; the old content is then unchanged.
pub(crate) fn write_atomically(
    path: &Path,
    mode: u32,
    fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    if fs::symlink_metadata(path).is_ok_and(|found| !found.is_file()) {
        let mut buffer = BufWriter::new(fs::OpenOptions::new().write(true).truncate(true).open(path)?);
        fill(&mut buffer)?;
        return buffer.flush();
    }
    // The error of a temporary file names that file, which the user does not know.
    let unnamed = |error: io::Error| io::Error::from(error.kind());
    let mut next = tempfile::NamedTempFile::new_in(folder(path)).map_err(unnamed)?;
    let mut buffer = BufWriter::new(&mut next);
    fill(&mut buffer)?;
    buffer.flush()?;
    drop(buffer);
    #[cfg(unix)]
    next.as_file().set_permissions(std::os::unix::fs::PermissionsExt::from_mode(mode))?;
    next.as_file().sync_all()?;
    next.persist(path)?;
    Ok(())
}

/// Replaces the content of a file that exists, with its permissions.
///
/// # Errors
/// As [`write_atomically`], and when there is no such file.
pub(crate) fn rewrite(path: &Path, content: &[u8]) -> io::Result<()> {
    #[cfg(unix)]
    let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(path)?.permissions());
    #[cfg(not(unix))]
    let mode = 0;
    write_atomically(path, mode, |out| out.write_all(content))
}

/// Writes a file that must not exist yet.
///
/// # Errors
/// When there is a file of that name, which is left as it is, or when it cannot be written.
pub(crate) fn write_new(path: &Path, text: &str) -> io::Result<()> {
    File::create_new(path)?.write_all(text.as_bytes()).inspect_err(|_| drop(fs::remove_file(path)))
}

/// The folder that a file is in.
pub(crate) fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_write_that_fails_leaves_the_old_content() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        write_atomically(&path, 0o600, |out| out.write_all(b"old")).unwrap();
        let failed = write_atomically(&path, 0o600, |out| {
            out.write_all(b"new")?;
            Err(io::Error::other("no"))
        });
        assert_eq!(failed.unwrap_err().to_string(), "no");
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no temporary file is left");
    }

    #[test]
    fn an_endless_file_is_read_up_to_the_limit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("four");
        std::fs::write(&path, "four").unwrap();
        assert_eq!(read_text(&path, 4).unwrap(), "four");
        assert_eq!(read(&path, 3).unwrap_err().kind(), ErrorKind::FileTooLarge);
        #[cfg(unix)]
        assert_eq!(read(Path::new("/dev/zero"), 1000).unwrap_err().kind(), ErrorKind::FileTooLarge);
    }
}
