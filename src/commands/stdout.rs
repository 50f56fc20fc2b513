//! The process's stdout. A full disk behind it is noticed, whatever the command; a reader that closed the pipe is not
//! a failure.

use std::io::{self, BufWriter, ErrorKind, Write};
use std::sync::{Arc, OnceLock};

/// Writes to stdout, and keeps the first failure until the run ends.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stdout(Arc<OnceLock<String>>);

impl Stdout {
    /// Writes a text, whole.
    pub(super) fn write(&self, text: &str) {
        self.write_with(|out| out.write_all(text.as_bytes()));
    }

    /// Lets something be written.
    pub(super) fn write_with(&self, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) {
        self.write_to(&mut BufWriter::new(io::stdout().lock()), fill);
    }

    fn write_to(&self, out: &mut dyn Write, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) {
        // Without the flush the end of the text would be lost in silence when the process ends.
        match fill(out).and_then(|()| out.flush()) {
            Err(error) if error.kind() != ErrorKind::BrokenPipe => _ = self.0.set(error.to_string()),
            Ok(()) | Err(_) => {}
        }
    }

    /// Why something could not be written, if so.
    pub(super) fn failure(&self) -> Option<&str> {
        self.0.get().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Refusing(ErrorKind);

    impl Write for Refusing {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Err(self.0.into())
        }
    }

    #[test]
    fn a_full_disk_is_a_failure_and_a_closed_pipe_is_not() {
        for (kind, fails) in [(ErrorKind::StorageFull, true), (ErrorKind::BrokenPipe, false)] {
            let stdout = Stdout::default();
            stdout.write_to(&mut Refusing(kind), |out| out.write_all(b"text"));
            assert_eq!(stdout.failure().is_some(), fails, "{kind}");
        }
    }
}
