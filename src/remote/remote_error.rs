//! What can go wrong between us and a system, in terms that the rest of the program decides by.

use super::retry::{RequestKind, RetryBudget};
use crate::model::record::System;
use crate::redact::{Redactor, Untrusted};

/// A request that did not succeed, after every retry that was allowed.
#[derive(Clone, Debug)]
pub struct RemoteError {
    /// The system it was sent to.
    pub system: System,
    /// What was being done and at which host, in words for people: `listing users at api.example.ae`.
    pub doing: String,
    /// What happened.
    pub what: ErrorKind,
    /// What had succeeded in the same run.
    pub evidence: Evidence,
}

/// What happened to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// Not reached: refused connection, DNS, TLS, or no answer to a read.
    Unreachable(Untrusted),
    /// A server error, again and again, to a read.
    ServerError {
        /// HTTP status.
        status: u16,
        /// The system's own words.
        said: Untrusted,
    },
    /// It may have been carried out: a write whose answer was lost or was a 5xx, to the last try, or a create that was
    /// accepted in words that are not understood.
    Unknown(Untrusted),
    /// A write that was sent and not answered in time: it may still be carried out, even after a look found nothing.
    Late(Untrusted),
    /// The token call was refused, or 401 after the token was renewed, for this request and for a probe: no request
    /// will succeed. With the remedy.
    Denied {
        /// HTTP status.
        status: u16,
        /// The system's own words.
        said: Untrusted,
        /// What to do about it.
        remedy: String,
    },
    /// 403, or 401 twice while other requests succeed: this request is not allowed. With the remedy, where the key may be
    /// the reason.
    Forbidden {
        /// HTTP status.
        status: u16,
        /// The system's own words.
        said: Untrusted,
        /// What to do about it.
        remedy: Option<String>,
        /// Whether it was answered with an HTML page: that is a filter in front of the system, which read the content of
        /// this request, and not the system.
        page: bool,
    },
    /// The server's `Retry-After` is longer than a run waits.
    Postponed {
        /// HTTP status.
        status: u16,
        /// The end of that time.
        until: String,
        /// The system's own words.
        said: Untrusted,
    },
    /// Nothing was sent, since the system is closed for the rest of the run. The reason.
    NotSent(String),
    /// A write that rests on a read: it had to wait, and the read is too old now. The row must be read again first.
    Outdated(Box<EarlierTries>),
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

/// What is known of the earlier tries of a write that is sent again after its row was read again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EarlierTries {
    /// Whether one of them may have been carried out.
    pub lost: bool,
    /// What they used up.
    pub(super) spent: RetryBudget,
    /// The server's answer to the last one, where it was answered.
    pub(super) answer: Option<Untrusted>,
}

/// The successes of one server before a request failed. Two failures with the same number had no success between them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// The kind of the failed request.
    pub kind: Option<RequestKind>,
    /// Successes of the same kind that need the same right.
    pub of_this_kind: u64,
    /// Successes of every kind.
    pub of_any_kind: u64,
}

impl ErrorKind {
    /// What to do about it, where the error has it.
    fn own_remedy(&self) -> Option<&str> {
        match self {
            Self::Denied { remedy, .. } | Self::Forbidden { remedy: Some(remedy), .. } => Some(remedy),
            _ => None,
        }
    }

    /// Why the whole system is closed for the rest of the run, if this closes it: our own words alone.
    #[must_use]
    pub(crate) fn closes(&self) -> Option<String> {
        match self {
            Self::Denied { status, remedy, .. } => Some(format!("the keys are refused with {status}; {remedy}")),
            Self::Postponed { status, until, .. } => {
                Some(format!("it answered {status} and accepts no requests until {until}"))
            }
            Self::NotSent(why) => Some(why.clone()),
            _ => None,
        }
    }
}

impl RemoteError {
    /// An error beside which nothing is known of other requests.
    #[must_use]
    pub fn new(system: System, doing: &str, what: ErrorKind) -> Self {
        Self { system, doing: doing.to_owned(), what, evidence: Evidence::default() }
    }

    /// Whether the request may have been carried out.
    #[must_use]
    pub const fn leaves_unknown(&self) -> bool {
        match &self.what {
            ErrorKind::Unknown(_) | ErrorKind::Late(_) => true,
            ErrorKind::Outdated(earlier) => earlier.lost,
            _ => false,
        }
    }

    /// The same error of a write whose earlier try was lost. That try may have been carried out, whatever the last one was
    /// answered.
    #[must_use]
    pub(crate) fn after_a_lost_try(self) -> Self {
        if self.leaves_unknown() {
            return self;
        }
        let what = match self.what {
            ErrorKind::Outdated(earlier) => ErrorKind::Outdated(Box::new(EarlierTries { lost: true, ..*earlier })),
            ErrorKind::NotSent(why) | ErrorKind::Incomplete(why) => ErrorKind::Unknown(Untrusted::from("").after(&why)),
            ErrorKind::ServerError { status, said }
            | ErrorKind::Denied { status, said, .. }
            | ErrorKind::Forbidden { status, said, .. }
            | ErrorKind::Postponed { status, said, .. }
            | ErrorKind::Refused { status, said } => ErrorKind::Unknown(said.after(&format!("answered {status}: "))),
            ErrorKind::Unreachable(why)
            | ErrorKind::Missing(why)
            | ErrorKind::NotUnderstood(why)
            | ErrorKind::Unknown(why)
            | ErrorKind::Late(why) => ErrorKind::Unknown(why),
        };
        Self { what, ..self }
    }

    /// Whether no further request to this system can succeed.
    #[must_use]
    pub const fn stops_the_system(&self) -> bool {
        matches!(self.what, ErrorKind::Denied { .. } | ErrorKind::Postponed { .. } | ErrorKind::NotSent(_))
    }

    /// Whether the system answered this one request with a final no.
    #[must_use]
    pub(crate) const fn is_refusal(&self) -> bool {
        matches!(
            self.what,
            ErrorKind::Denied { .. } | ErrorKind::Forbidden { .. } | ErrorKind::Refused { .. } | ErrorKind::Missing(_)
        )
    }

    /// What went wrong, for people: what the system sent is quoted by the redactor.
    #[must_use]
    pub fn quoted(&self, redactor: &Redactor<'_>) -> String {
        let remedy = self.what.own_remedy().map(|remedy| format!("; {remedy}")).unwrap_or_default();
        format!("{}{remedy}", self.fact(redactor))
    }

    /// The same without what to do about it, which [`remedy`](Self::remedy) has.
    #[must_use]
    pub(crate) fn fact(&self, redactor: &Redactor<'_>) -> String {
        let quote = |said: &Untrusted| redactor.quote(said);
        let what = match &self.what {
            ErrorKind::Unreachable(why) => format!("cannot be reached: {}", quote(why)),
            ErrorKind::ServerError { status, said } => {
                format!("answered every try with a server error, {status}: {}", quote(said))
            }
            ErrorKind::Unknown(why) | ErrorKind::Late(why) => format!("may or may not have been done: {}", quote(why)),
            ErrorKind::Forbidden { status, said, page: true, .. } => format!(
                "refused with {status}: {}; a page comes from a filter in front of the system, which can refuse the text \
                 of one request",
                quote(said)
            ),
            ErrorKind::Denied { status, said, .. }
            | ErrorKind::Forbidden { status, said, .. }
            | ErrorKind::Refused { status, said } => format!("refused with {status}: {}", quote(said)),
            ErrorKind::Postponed { status, until, said } => format!(
                "answered {status} and accepts no requests until {until}, which is longer than a run waits; run again \
                 after that: {}",
                quote(said)
            ),
            ErrorKind::NotSent(why) => format!("not sent: {why}"),
            ErrorKind::Outdated(earlier) => {
                let result = if earlier.lost { "may or may not have been done" } else { "not sent" };
                format!("{result}: the row was read too long before")
            }
            ErrorKind::Missing(said) => format!("not found: {}", quote(said)),
            ErrorKind::NotUnderstood(why) => format!("not understood: {}", quote(why)),
            ErrorKind::Incomplete(why) => format!("incomplete: {why}"),
        };
        format!("{}: {}: {what}", self.system.name(), self.doing)
    }

    /// What to do about it, for the reader of one line.
    #[must_use]
    pub(crate) fn remedy(&self) -> &str {
        self.what.own_remedy().unwrap_or(match &self.what {
            ErrorKind::Unreachable(_) => "check the network of this machine, its proxy and its firewall",
            ErrorKind::ServerError { .. } | ErrorKind::Incomplete(_) => {
                "run this again in some minutes; if it stays, ask the vendor"
            }
            ErrorKind::Postponed { .. } => "run this again after that time",
            ErrorKind::NotSent(_) => "begin with the first failure of this system",
            ErrorKind::NotUnderstood(_) | ErrorKind::Forbidden { page: true, .. } => {
                "check whether a proxy or a filter answers in place of the system, and whether the address is right"
            }
            _ => "check the address and the rights of the key, or ask the vendor",
        })
    }
}
