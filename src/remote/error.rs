//! What can go wrong between us and a system, in terms that the rest of the program decides by.

use crate::record::System;
use crate::redact::{Redactor, Untrusted};

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
    Unreachable(Untrusted),
    /// It may have been carried out: a write whose answer was lost or was a 5xx, to the last try, or a create that was
    /// accepted in words that are not understood.
    Unknown(Untrusted),
    /// A write that was sent and not answered in time: it may still be carried out, even after a look found nothing.
    Late(Untrusted),
    /// 401 after the token was renewed, 403, or the token call was refused: no request will succeed. With the remedy.
    Denied {
        /// HTTP status.
        status: u16,
        /// The system's own words.
        said: Untrusted,
        /// What to do about it.
        remedy: String,
    },
    /// Any other 4xx, or a redirect, which is never followed: final for this person. The system's own words.
    Refused {
        /// HTTP status.
        status: u16,
        /// The system's own words.
        said: Untrusted,
    },
    /// 404: there is no such row.
    Missing(Untrusted),
    /// A success whose body is not what the API promises.
    NotUnderstood(Untrusted),
    /// A listing that contradicts itself: our own words, with counts and ids alone.
    Incomplete(String),
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

    /// What went wrong, for people: what the system sent is quoted by the redactor.
    #[must_use]
    pub fn quoted(&self, redactor: &Redactor<'_>) -> String {
        let quote = |said: &Untrusted| redactor.quote(said);
        let what = match &self.what {
            What::Unreachable(why) => format!("cannot be reached: {}", quote(why)),
            What::Unknown(why) | What::Late(why) => format!("may or may not have been done: {}", quote(why)),
            What::Denied { status, said, remedy } => format!("refused with {status}: {}; {remedy}", quote(said)),
            What::Refused { status, said } => format!("refused with {status}: {}", quote(said)),
            What::Missing(said) => format!("not found: {}", quote(said)),
            What::NotUnderstood(why) => format!("not understood: {}", quote(why)),
            What::Incomplete(why) => format!("incomplete: {why}"),
        };
        format!("{}: {}: {what}", self.system.name(), self.doing)
    }
}
