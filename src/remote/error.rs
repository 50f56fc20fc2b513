//! What can go wrong between us and a system, in terms that the rest of the program decides by.

use std::fmt;

use crate::record::System;

/// A request that did not succeed, after every retry that was allowed.
#[derive(Clone, Debug)]
pub struct RemoteError {
    /// The system it was sent to.
    pub system: System,
    /// What was being done, as a person would say it: `listing users`, `creating the user`.
    pub doing: String,
    /// What happened.
    pub what: What,
}

/// What happened to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// Not reached: refused connection, DNS, TLS, or no answer to a read.
    Unreachable(String),
    /// It may have been carried out: a write whose answer was lost or was a 5xx, to the last try, or a create that was
    /// accepted in words that are not understood.
    Unknown(String),
    /// A write that was sent and not answered in time: it may still be carried out, even after a look found nothing.
    Late(String),
    /// 401 after the token was renewed, 403, or the token call was refused: no request will succeed. With the remedy.
    Denied {
        /// HTTP status.
        status: u16,
        /// The system's own words.
        said: String,
        /// What to do about it.
        remedy: String,
    },
    /// Any other 4xx, or a redirect, which is never followed: final for this person. The system's own words.
    Refused {
        /// HTTP status.
        status: u16,
        /// The system's own words, unescaped and uncut; escaped, masked and cut at 300 characters where shown.
        said: String,
    },
    /// 404: there is no such row.
    Missing(String),
    /// A success whose body is not what the API promises.
    NotUnderstood(String),
    /// A listing that contradicts itself (design 2.5).
    Incomplete(String),
}

impl What {
    /// Rewrites what the system said, and what is said of it.
    #[must_use]
    pub fn map(self, rewrite: impl Fn(&str) -> String) -> Self {
        match self {
            Self::Unreachable(text) => Self::Unreachable(rewrite(&text)),
            Self::Unknown(text) => Self::Unknown(rewrite(&text)),
            Self::Late(text) => Self::Late(rewrite(&text)),
            Self::Denied { status, said, remedy } => Self::Denied { status, said: rewrite(&said), remedy },
            Self::Refused { status, said } => Self::Refused { status, said: rewrite(&said) },
            Self::Missing(text) => Self::Missing(rewrite(&text)),
            Self::NotUnderstood(text) => Self::NotUnderstood(rewrite(&text)),
            Self::Incomplete(text) => Self::Incomplete(rewrite(&text)),
        }
    }
}

impl RemoteError {
    /// Whether the request may have been carried out.
    #[must_use]
    pub const fn leaves_unknown(&self) -> bool {
        matches!(self.what, What::Unknown(_) | What::Late(_))
    }

    /// Whether no further request to this system can succeed.
    #[must_use]
    pub const fn stops_the_system(&self) -> bool {
        matches!(self.what, What::Denied { .. })
    }
}

impl fmt::Display for RemoteError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}: ", self.system.name(), self.doing)?;
        match &self.what {
            What::Unreachable(why) => write!(out, "cannot be reached: {why}"),
            What::Unknown(why) | What::Late(why) => write!(out, "may or may not have been done: {why}"),
            What::Denied { status, said, remedy } => write!(out, "refused with {status}: {said}; {remedy}"),
            What::Refused { status, said } => write!(out, "refused with {status}: {said}"),
            What::Missing(said) => write!(out, "not found: {said}"),
            What::NotUnderstood(why) => write!(out, "not understood: {why}"),
            What::Incomplete(why) => write!(out, "incomplete: {why}"),
        }
    }
}

impl std::error::Error for RemoteError {}
