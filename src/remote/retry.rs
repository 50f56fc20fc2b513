//! The retry decision: whether a request is sent again. Pure: without clock, socket or randomness.
//!
//! The one rule everything follows from: what may have been carried out is only repeated where repeating is harmless.
//! Waiting has bounds: [`Timing::request`] for our own waits, [`LONGEST_WAIT`] for what a server asks of one request, and
//! [`MOST_PAUSED`] for all pauses of one system in one run.

use std::time::{Duration, SystemTime};

use backon::{BackoffBuilder, ExponentialBuilder};
use jiff::{SignedDuration, Timestamp};

/// How long things may take. The defaults are what a run uses; tests shorten them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// Until a connection is open.
    pub connect: Duration,
    /// One try, from connecting to the last byte of the answer.
    pub one_try: Duration,
    /// One request with all its tries and our own waits between them; what a server asks us to wait comes on top.
    pub request: Duration,
    /// One try of a request whose answer is not needed.
    pub optional: Duration,
    /// One try of an upload, which carries a whole picture.
    pub upload: Duration,
    /// All tries to find the address of a host that has not answered in this run.
    pub lookup: Duration,
    /// About the first wait between two tries; it doubles from there.
    pub first_wait: Duration,
    /// About the longest wait of our own between two tries.
    pub longest_wait: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            one_try: Duration::from_secs(12),
            request: Duration::from_secs(30),
            optional: Duration::from_secs(5),
            upload: Duration::from_secs(60),
            lookup: Duration::from_secs(3),
            first_wait: Duration::from_millis(500),
            longest_wait: Duration::from_secs(8),
        }
    }
}

impl Timing {
    /// One request of this kind with all its tries and our own waits between them.
    #[must_use]
    pub(super) fn of_request(&self, kind: RequestKind) -> Duration {
        if kind == RequestKind::Upload { self.upload + self.request } else { self.request }
    }

    /// The waits between tries: doubling, each with up to as much again at random, so that many clients that were cut
    /// off together do not come back together. It does not end; [`Timing::request`] ends a request.
    pub(super) fn waits(&self) -> impl Iterator<Item = Duration> + Send + use<> {
        ExponentialBuilder::new()
            .with_jitter()
            .with_min_delay(self.first_wait)
            .with_max_delay(self.longest_wait)
            .without_max_times()
            .build()
    }
}

/// What a request does, as far as repeating it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RequestKind {
    /// It changes nothing.
    Read,
    /// It changes nothing, and the run goes on without its answer. It is not repeated, and it stops nothing else.
    Optional,
    /// It asks for a token; a refusal of it is final.
    Token,
    /// It uploads a file that no row names yet: a second one is as good.
    Upload,
    /// It writes whole values, so twice is the same as once.
    WholeValue,
    /// It removes rows by id. After the first time an id may belong to another person.
    Removal,
    /// It creates a row: a second one would be a duplicate. A retry is decided here only where nothing can have been carried
    /// out; the retry of a lost create, after a look-up, is `create_with_lookup` in `apply/create.rs`.
    Create,
}

impl RequestKind {
    /// Whether it changes rows, so that a try without a clear answer may have changed them.
    #[must_use]
    pub(crate) const fn writes(self) -> bool {
        match self {
            Self::Read | Self::Optional | Self::Token | Self::Upload => false,
            Self::WholeValue | Self::Removal | Self::Create => true,
        }
    }

    /// Whether it may be sent again after a try that may have been carried out.
    const fn is_repeatable(self) -> bool {
        match self {
            Self::Read | Self::Optional | Self::Token | Self::Upload | Self::WholeValue => true,
            Self::Removal | Self::Create => false,
        }
    }
}

/// How one try ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Attempt {
    /// The server answered.
    Answered {
        /// HTTP status.
        status: u16,
        /// The time of `Retry-After`, from now.
        retry_after: Option<Duration>,
    },
    /// There was no connection, so nothing was sent.
    NotSent(ConnectFailure),
    /// It was sent, or may have been, and no whole answer came back.
    Lost,
}

/// Why there was no connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ConnectFailure {
    /// The host, or a proxy, refused it.
    Refused,
    /// The host's name could not be looked up.
    Lookup,
    /// No TLS: another protocol at this port, or a certificate that is not trusted.
    Tls,
    /// Anything else, such as no answer in time.
    Other,
}

/// What a request has used up so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct RetryBudget {
    /// In tries and in our own waits; waits that a server asked for are not in it.
    pub time: Duration,
    /// Answers of 429.
    pub pauses: u32,
    /// What the server asked this request to wait, in all.
    pub asked: Duration,
    /// Whether its token was renewed.
    pub renewed: bool,
    /// Whether the server has answered any request of this run.
    pub reached: bool,
    /// All pauses of this server in this run.
    pub paused_in_run: Duration,
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RetryDecision {
    /// Wait so long, then try again.
    Wait(Duration),
    /// The whole system pauses, for as long as the server asks or as the rate limiter waits; then try again.
    Pause(Option<Duration>),
    /// Token refresh: renew the token, then try again at once.
    RenewToken,
    /// This was the last try.
    GiveUp,
    /// This was the last try, and nothing more is sent to this server in this run.
    CloseSystem,
}

/// A server that asks one request for more than this, at once or in all, is not waited for.
pub(crate) const LONGEST_WAIT: Duration = Duration::from_secs(300);

/// All pauses of one system in one run: a limit that needs more leaves no time for anything else.
pub(crate) const MOST_PAUSED: Duration = Duration::from_secs(15 * 60);

/// So many answers of 429 to one request, each after a growing pause, mean that it will not get through.
const MOST_PAUSES: u32 = 10;

/// Decides what follows a try. `own_wait` is the next wait of [`Timing::waits`].
#[must_use]
pub(crate) fn next(
    kind: RequestKind,
    happened: Attempt,
    spent: &RetryBudget,
    own_wait: Duration,
    timing: &Timing,
) -> RetryDecision {
    match happened {
        Attempt::Answered { status: 401, .. } if kind != RequestKind::Token && !spent.renewed => {
            RetryDecision::RenewToken
        }
        _ if kind == RequestKind::Optional => RetryDecision::GiveUp,
        Attempt::Answered { status, retry_after: Some(asked) }
            if (status == 429 || is_passing(status)) && asked > LONGEST_WAIT =>
        {
            RetryDecision::CloseSystem
        }
        // A 429 means that nothing was done, so even a create or a removal is retried.
        Attempt::Answered { status: 429, .. } if spent.paused_in_run >= MOST_PAUSED => RetryDecision::CloseSystem,
        Attempt::Answered { status: 429, retry_after } => {
            let bearable = spent.asked + retry_after.unwrap_or_default() <= LONGEST_WAIT;
            if bearable && spent.pauses < MOST_PAUSES {
                RetryDecision::Pause(retry_after)
            } else {
                RetryDecision::GiveUp
            }
        }
        Attempt::Answered { status, retry_after } if is_passing(status) && kind.is_repeatable() => {
            let asked = retry_after.unwrap_or_default();
            if spent.asked + asked <= LONGEST_WAIT {
                wait(kind, own_wait, asked, spent, timing)
            } else {
                RetryDecision::GiveUp
            }
        }
        Attempt::NotSent(cause) => match cause {
            // A server that answered before comes back after a restart. At one that never answered, the address is wrong.
            ConnectFailure::Refused | ConnectFailure::Tls if !spent.reached => RetryDecision::GiveUp,
            ConnectFailure::Lookup if !spent.reached && spent.time + own_wait >= timing.lookup => RetryDecision::GiveUp,
            _ => wait(kind, own_wait, Duration::ZERO, spent, timing),
        },
        Attempt::Lost if kind.is_repeatable() => wait(kind, own_wait, Duration::ZERO, spent, timing),
        Attempt::Answered { .. } | Attempt::Lost => RetryDecision::GiveUp,
    }
}

/// Statuses of a temporary error: of the server, or (520 and up) of a CDN in front of it.
const fn is_passing(status: u16) -> bool {
    matches!(status, 500 | 502 | 503 | 504 | 520..=527)
}

fn wait(kind: RequestKind, own: Duration, asked: Duration, spent: &RetryBudget, timing: &Timing) -> RetryDecision {
    if spent.time + own < timing.of_request(kind) { RetryDecision::Wait(own.max(asked)) } else { RetryDecision::GiveUp }
}

/// The moment `asked` after `now`, for people: `2027-03-31 07:30 UTC`.
#[must_use]
pub(crate) fn until(now: SystemTime, asked: Duration) -> String {
    let end = Timestamp::try_from(now).ok().zip(SignedDuration::try_from(asked).ok());
    let end = end.and_then(|(now, asked)| now.checked_add(asked).ok());
    end.map_or_else(
        || "the end of the year 9999 or later".to_owned(),
        |end| end.strftime("%Y-%m-%d %H:%M UTC").to_string(),
    )
}

/// Reads a `Retry-After` value: seconds, or a date, which is taken from `now`, the server's own if it sent one. A number
/// that is too large counts as the largest one.
#[must_use]
pub(crate) fn retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    Some(date.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests;
