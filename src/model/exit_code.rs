//! The list of exit codes. The help and the README repeat it, and a test compares them.

use strum::FromRepr;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromRepr)]
#[repr(u8)]
pub enum Exit {
    /// Nothing to do, or all done and read back.
    Done = 0,
    /// An unexpected or local failure, or the question was answered with no.
    Failure = 1,
    /// There are differences (`plan --detailed-exitcode`, `drift`, `schema --check`).
    Differences = 2,
    /// Blocked by a guard, an orphan or a blocked person: the whole plan was printed, nothing was written.
    Blocked = 3,
    /// The files are invalid: nothing was read or written.
    Invalid = 4,
    /// Applied in part: what is done, failed and not tried is listed.
    Partial = 5,
    /// Something moved since the reviewed plan, or is not in it: nothing was written.
    Stale = 6,
    /// A system could not be read completely: nothing was written.
    Unreadable = 7,
    /// Wrong usage.
    Usage = 64,
    /// Interrupted by Ctrl-C.
    Interrupted = 130,
    /// Interrupted by SIGTERM.
    Terminated = 143,
}

impl Exit {
    /// The end that a code means. Another program's code is a failure.
    #[must_use]
    pub(crate) fn of(code: u8) -> Self {
        Self::from_repr(code).unwrap_or(Self::Failure)
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
