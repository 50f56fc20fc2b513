//! Decides whether a request is retried: pure, without clock, socket or randomness.
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
    pub(super) fn of_request(&self, kind: Idempotency) -> Duration {
        if kind == Idempotency::Upload { self.upload + self.request } else { self.request }
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
pub enum Idempotency {
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
    /// It creates a row: a second one would be a duplicate.
    Create,
}

impl Idempotency {
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

/// Decides what follows a try. `own_wait` is the wait that comes next by [`Timing`]'s own rhythm.
#[must_use]
pub(crate) fn next(
    kind: Idempotency,
    happened: Attempt,
    spent: &RetryBudget,
    own_wait: Duration,
    timing: &Timing,
) -> RetryDecision {
    match happened {
        Attempt::Answered { status: 401, .. } if kind != Idempotency::Token && !spent.renewed => {
            RetryDecision::RenewToken
        }
        _ if kind == Idempotency::Optional => RetryDecision::GiveUp,
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

/// Statuses that pass by themselves: a server's bad moment, or (520 and up) that of a CDN in front of it.
const fn is_passing(status: u16) -> bool {
    matches!(status, 500 | 502 | 503 | 504 | 520..=527)
}

fn wait(kind: Idempotency, own: Duration, asked: Duration, spent: &RetryBudget, timing: &Timing) -> RetryDecision {
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
mod tests {
    use proptest::prelude::*;

    use super::*;

    const OWN: Duration = Duration::from_secs(2);
    const ALL: [Idempotency; 6] = [
        Idempotency::Read,
        Idempotency::Token,
        Idempotency::Upload,
        Idempotency::WholeValue,
        Idempotency::Removal,
        Idempotency::Create,
    ];
    const CAUSES: [ConnectFailure; 4] =
        [ConnectFailure::Refused, ConnectFailure::Lookup, ConnectFailure::Tls, ConnectFailure::Other];

    fn answered(status: u16) -> Attempt {
        Attempt::Answered { status, retry_after: None }
    }

    fn asked(status: u16, seconds: u64) -> Attempt {
        Attempt::Answered { status, retry_after: Some(Duration::from_secs(seconds)) }
    }

    fn decide(kind: Idempotency, happened: Attempt, spent: &RetryBudget) -> RetryDecision {
        next(kind, happened, spent, OWN, &Timing::default())
    }

    #[test]
    fn every_result_of_a_try_has_a_decision() {
        use Idempotency::{Create, Read, Removal, Token, Upload, WholeValue};
        let again = RetryDecision::Wait(OWN);
        let repeatable = [Read, Token, Upload, WholeValue].as_slice();
        let table: &[(&[Idempotency], Attempt, RetryDecision)] = &[
            (&ALL, Attempt::NotSent(ConnectFailure::Other), again),
            (&ALL, Attempt::NotSent(ConnectFailure::Lookup), again),
            (&ALL, Attempt::NotSent(ConnectFailure::Refused), RetryDecision::GiveUp),
            (&ALL, Attempt::NotSent(ConnectFailure::Tls), RetryDecision::GiveUp),
            (repeatable, Attempt::Lost, again),
            (&[Create, Removal], Attempt::Lost, RetryDecision::GiveUp),
            (repeatable, answered(500), again),
            (repeatable, answered(502), again),
            (repeatable, answered(503), again),
            (repeatable, answered(504), again),
            (repeatable, asked(503, 1), again),
            (repeatable, asked(503, 60), RetryDecision::Wait(Duration::from_secs(60))),
            (repeatable, asked(503, 300), RetryDecision::Wait(Duration::from_secs(300))),
            (&ALL, asked(503, 301), RetryDecision::CloseSystem),
            (&ALL, asked(503, u64::MAX), RetryDecision::CloseSystem),
            (&ALL, answered(501), RetryDecision::GiveUp),
            (&[Create, Removal], answered(500), RetryDecision::GiveUp),
            (&[Create, Removal], asked(503, 1), RetryDecision::GiveUp),
            (&ALL, answered(429), RetryDecision::Pause(None)),
            (&ALL, asked(429, 60), RetryDecision::Pause(Some(Duration::from_secs(60)))),
            (&ALL, asked(429, 301), RetryDecision::CloseSystem),
            (&ALL, asked(429, u64::MAX), RetryDecision::CloseSystem),
            (&ALL, asked(404, 3600), RetryDecision::GiveUp),
            (&[Read, Upload, WholeValue, Removal, Create], answered(401), RetryDecision::RenewToken),
            (&[Token], answered(401), RetryDecision::GiveUp),
            (&ALL, answered(200), RetryDecision::GiveUp),
            (&ALL, answered(204), RetryDecision::GiveUp),
            (&ALL, answered(302), RetryDecision::GiveUp),
            (&ALL, answered(400), RetryDecision::GiveUp),
            (&ALL, answered(403), RetryDecision::GiveUp),
            (&ALL, answered(404), RetryDecision::GiveUp),
            (&ALL, answered(422), RetryDecision::GiveUp),
        ];
        for (kinds, happened, want) in table {
            for kind in *kinds {
                assert_eq!(decide(*kind, *happened, &RetryBudget::default()), *want, "{kind:?} {happened:?}");
            }
        }
    }

    #[test]
    fn an_optional_request_is_tried_once() {
        let others = [answered(500), answered(429), asked(429, 3600), answered(403), answered(204), Attempt::Lost];
        for happened in others.into_iter().chain(CAUSES.map(Attempt::NotSent)) {
            assert_eq!(
                decide(Idempotency::Optional, happened, &RetryBudget::default()),
                RetryDecision::GiveUp,
                "{happened:?}"
            );
        }
        assert_eq!(decide(Idempotency::Optional, answered(401), &RetryBudget::default()), RetryDecision::RenewToken);
    }

    #[test]
    fn a_server_that_answered_before_is_retried_after_any_connect_failure() {
        for cause in CAUSES {
            let spent = RetryBudget { reached: true, ..RetryBudget::default() };
            assert_eq!(
                decide(Idempotency::Create, Attempt::NotSent(cause), &spent),
                RetryDecision::Wait(OWN),
                "{cause:?}"
            );
        }
        let spent = RetryBudget { time: Duration::from_secs(1), ..RetryBudget::default() };
        assert_eq!(decide(Idempotency::Read, Attempt::NotSent(ConnectFailure::Lookup), &spent), RetryDecision::GiveUp);
        assert_eq!(
            decide(Idempotency::Read, Attempt::NotSent(ConnectFailure::Other), &spent),
            RetryDecision::Wait(OWN)
        );
    }

    #[test]
    fn requested_waits_are_limited_for_a_request_and_for_the_run() {
        let one = |seconds| RetryBudget { asked: Duration::from_secs(seconds), ..RetryBudget::default() };
        assert_eq!(
            decide(Idempotency::Create, asked(429, 60), &one(240)),
            RetryDecision::Pause(Some(Duration::from_secs(60)))
        );
        assert_eq!(decide(Idempotency::Create, asked(429, 60), &one(241)), RetryDecision::GiveUp);
        assert_eq!(decide(Idempotency::Read, asked(503, 60), &one(240)), RetryDecision::Wait(Duration::from_secs(60)));
        assert_eq!(decide(Idempotency::Read, asked(503, 60), &one(241)), RetryDecision::GiveUp);
        let run = |paused_in_run| RetryBudget { paused_in_run, ..RetryBudget::default() };
        let last = MOST_PAUSED.saturating_sub(Duration::from_secs(1));
        for happened in [answered(429), asked(429, 1)] {
            assert!(matches!(decide(Idempotency::Create, happened, &run(last)), RetryDecision::Pause(_)));
            assert_eq!(decide(Idempotency::Create, happened, &run(MOST_PAUSED)), RetryDecision::CloseSystem);
        }
    }

    #[test]
    fn the_end_of_a_wait_is_printed_as_a_time() {
        let now = httpdate::parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT").unwrap_or(SystemTime::UNIX_EPOCH);
        assert_eq!(until(now, Duration::from_secs(3600)), "1994-11-06 09:49 UTC");
        for asked in [Duration::MAX, Duration::from_secs(u64::MAX), Duration::from_secs(300_000_000_000)] {
            assert_eq!(until(now, asked), "the end of the year 9999 or later");
        }
    }

    #[test]
    fn a_token_is_renewed_once_a_request() {
        let spent = RetryBudget { renewed: true, ..RetryBudget::default() };
        assert_eq!(decide(Idempotency::Read, answered(401), &spent), RetryDecision::GiveUp);
    }

    #[test]
    fn waits_end_with_the_request_and_pauses_after_ten() {
        let at = |seconds| RetryBudget { time: Duration::from_secs(seconds), ..RetryBudget::default() };
        assert_eq!(decide(Idempotency::Read, Attempt::Lost, &at(27)), RetryDecision::Wait(OWN));
        assert_eq!(decide(Idempotency::Read, Attempt::Lost, &at(28)), RetryDecision::GiveUp);
        // The server's `Retry-After` is added.
        assert_eq!(decide(Idempotency::Read, asked(503, 20), &at(27)), RetryDecision::Wait(Duration::from_secs(20)));
        assert_eq!(
            decide(Idempotency::Create, asked(429, 20), &at(31)),
            RetryDecision::Pause(Some(Duration::from_secs(20)))
        );
        let paused = |pauses| RetryBudget { pauses, ..RetryBudget::default() };
        assert_eq!(decide(Idempotency::Create, answered(429), &paused(9)), RetryDecision::Pause(None));
        assert_eq!(decide(Idempotency::Create, answered(429), &paused(10)), RetryDecision::GiveUp);
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = httpdate::parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT").unwrap_or(SystemTime::UNIX_EPOCH);
        let table = [
            ("0", Some(0)),
            (" 120 ", Some(120)),
            ("18446744073709551616", Some(u64::MAX)),
            ("99999999999999999999999999", Some(u64::MAX)),
            ("Fri, 31 Dec 9999 23:59:59 GMT", Some(252_618_189_022)),
            ("Sun, 06 Nov 1994 08:49:47 GMT", Some(10)),
            ("Sun, 06 Nov 1994 08:49:07 GMT", Some(0)),
            ("soon", None),
            ("-1", None),
            ("", None),
        ];
        for (value, seconds) in table {
            assert_eq!(retry_after(value, now), seconds.map(Duration::from_secs), "{value:?}");
        }
    }

    #[test]
    fn backoff_grows_up_to_its_maximum() {
        let timing = Timing::default();
        let waits: Vec<Duration> = timing.waits().take(12).collect();
        assert!(waits.iter().all(|wait| *wait >= timing.first_wait && *wait <= timing.longest_wait * 2), "{waits:?}");
    }

    proptest! {
        /// A create whose fate is open, or whose answer is final, is never sent again.
        #[test]
        fn a_create_is_retried_only_if_it_was_not_processed(status in 100_u16..600, after in 0_u64..600, lost: bool) {
            let happened = if lost { Attempt::Lost } else { asked(status, after) };
            let harmless = matches!(happened, Attempt::Answered { status: 401 | 429, .. });
            let next = decide(Idempotency::Create, happened, &RetryBudget::default());
            prop_assert!(harmless || matches!(next, RetryDecision::GiveUp | RetryDecision::CloseSystem));
        }

        /// Our own waits never carry a request over its limit.
        #[test]
        fn no_wait_ends_after_the_limit(spent in 0_u64..60_000, own in 0_u64..20_000) {
            let timing = Timing::default();
            let (time, own) = (Duration::from_millis(spent), Duration::from_millis(own));
            let next = next(Idempotency::Read, Attempt::Lost, &RetryBudget { time, ..RetryBudget::default() }, own, &timing);
            prop_assert!(next == RetryDecision::GiveUp || time + own < timing.request);
        }
    }
}
