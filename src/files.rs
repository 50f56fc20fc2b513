//! Reading files that may be larger than any file of their kind, or have no end.

use std::fs::File;
use std::io::{self, ErrorKind, Read as _};
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
    let mut bytes = Vec::new();
    File::open(path)?.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_an_end_is_read_to_the_limit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("four");
        std::fs::write(&path, "four").unwrap();
        assert_eq!(read_text(&path, 4).unwrap(), "four");
        assert_eq!(read(&path, 3).unwrap_err().kind(), ErrorKind::FileTooLarge);
        #[cfg(unix)]
        assert_eq!(read(Path::new("/dev/zero"), 1000).unwrap_err().kind(), ErrorKind::FileTooLarge);
    }
}
