//! Whether a request is tried again: a pure decision, without clock, socket or randomness (design 2.4, 2.9).
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
    /// Until a connection stands.
    pub connect: Duration,
    /// One try, from connecting to the last byte of the answer.
    pub one_try: Duration,
    /// One request with all its tries and our own waits between them; what a server asks us to wait comes on top.
    pub request: Duration,
    /// One try of a request whose answer is not needed.
    pub optional: Duration,
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
            lookup: Duration::from_secs(3),
            first_wait: Duration::from_millis(500),
            longest_wait: Duration::from_secs(8),
        }
    }
}

impl Timing {
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
pub enum Kind {
    /// It changes nothing.
    Read,
    /// It changes nothing, and the run goes on without its answer. It is not repeated, and it stops nothing else.
    Optional,
    /// It asks for a token; a refusal of it is final.
    Token,
    /// It writes whole values, so twice is the same as once.
    WholeValue,
    /// It removes rows by id. Twice is the same as once, but the second time they are not found.
    Removal,
    /// It makes a row: twice would be a twin.
    Create,
}

impl Kind {
    /// Whether it changes rows, so that a try without a clear answer may have changed them.
    #[must_use]
    pub const fn writes(self) -> bool {
        match self {
            Self::Read | Self::Optional | Self::Token => false,
            Self::WholeValue | Self::Removal | Self::Create => true,
        }
    }
}

/// How one try ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happened {
    /// The server answered.
    Answered {
        /// HTTP status.
        status: u16,
        /// What `Retry-After` asks for, from now.
        retry_after: Option<Duration>,
    },
    /// There was no connection, so nothing was sent.
    NotSent(Cause),
    /// It was sent, or may have been, and no whole answer came back.
    Lost,
}

/// Why there was no connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
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
pub struct Spent {
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
pub enum Next {
    /// Wait so long, then try again.
    Wait(Duration),
    /// The whole system pauses, for as long as the server asks or as `pace` knows; then try again.
    Pause(Option<Duration>),
    /// Renew the token, then try again at once.
    RenewToken,
    /// This was the last try.
    GiveUp,
    /// This was the last try, and nothing more is sent to this server in this run.
    CloseSystem,
}

/// A server that asks one request for more than this, at once or in all, is not waited for.
pub const LONGEST_WAIT: Duration = Duration::from_secs(300);

/// All pauses of one system in one run: a limit that needs more leaves no time for anything else.
pub const MOST_PAUSED: Duration = Duration::from_secs(15 * 60);

/// So many answers of 429 to one request, each after a growing pause, mean that it will not get through.
const MOST_PAUSES: u32 = 10;

/// Decides what follows a try. `own_wait` is the wait that comes next by [`Timing`]'s own rhythm.
#[must_use]
pub fn next(kind: Kind, happened: Happened, spent: &Spent, own_wait: Duration, timing: &Timing) -> Next {
    match happened {
        Happened::Answered { status: 401, .. } if kind != Kind::Token && !spent.renewed => Next::RenewToken,
        _ if kind == Kind::Optional => Next::GiveUp,
        Happened::Answered { status, retry_after: Some(asked) }
            if (status == 429 || is_passing(status)) && asked > LONGEST_WAIT =>
        {
            Next::CloseSystem
        }
        // A 429 says that nothing was done, so even a create goes again.
        Happened::Answered { status: 429, .. } if spent.paused_in_run >= MOST_PAUSED => Next::CloseSystem,
        Happened::Answered { status: 429, retry_after } => {
            let bearable = spent.asked + retry_after.unwrap_or_default() <= LONGEST_WAIT;
            if bearable && spent.pauses < MOST_PAUSES { Next::Pause(retry_after) } else { Next::GiveUp }
        }
        Happened::Answered { status, retry_after } if is_passing(status) && kind != Kind::Create => {
            let asked = retry_after.unwrap_or_default();
            if spent.asked + asked <= LONGEST_WAIT { wait(own_wait, asked, spent, timing) } else { Next::GiveUp }
        }
        Happened::NotSent(cause) => match cause {
            // A server that answered before comes back after a restart. At one that never answered, the address is wrong.
            Cause::Refused | Cause::Tls if !spent.reached => Next::GiveUp,
            Cause::Lookup if !spent.reached && spent.time + own_wait >= timing.lookup => Next::GiveUp,
            _ => wait(own_wait, Duration::ZERO, spent, timing),
        },
        Happened::Lost if kind != Kind::Create => wait(own_wait, Duration::ZERO, spent, timing),
        Happened::Answered { .. } | Happened::Lost => Next::GiveUp,
    }
}

/// Statuses that pass by themselves: a server's bad moment, or (520 and up) that of a CDN in front of it.
const fn is_passing(status: u16) -> bool {
    matches!(status, 500 | 502 | 503 | 504 | 520..=527)
}

fn wait(own: Duration, asked: Duration, spent: &Spent, timing: &Timing) -> Next {
    if spent.time + own < timing.request { Next::Wait(own.max(asked)) } else { Next::GiveUp }
}

/// The moment `asked` after `now`, for people: `2027-03-31 07:30 UTC`.
#[must_use]
pub fn until(now: SystemTime, asked: Duration) -> String {
    let end = Timestamp::try_from(now).ok().zip(SignedDuration::try_from(asked).ok());
    let end = end.and_then(|(now, asked)| now.checked_add(asked).ok());
    end.map_or_else(
        || "the end of the year 9999 or later".to_owned(),
        |end| end.strftime("%Y-%m-%d %H:%M UTC").to_string(),
    )
}

/// Reads a `Retry-After` value: seconds, or a date, which is taken from `now`, the server's own if it said one. A number
/// that is too large counts as the largest one.
#[must_use]
pub fn retry_after(value: &str, now: SystemTime) -> Option<Duration> {
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
    const ALL: [Kind; 5] = [Kind::Read, Kind::Token, Kind::WholeValue, Kind::Removal, Kind::Create];
    const CAUSES: [Cause; 4] = [Cause::Refused, Cause::Lookup, Cause::Tls, Cause::Other];

    fn answered(status: u16) -> Happened {
        Happened::Answered { status, retry_after: None }
    }

    fn asked(status: u16, seconds: u64) -> Happened {
        Happened::Answered { status, retry_after: Some(Duration::from_secs(seconds)) }
    }

    fn decide(kind: Kind, happened: Happened, spent: &Spent) -> Next {
        next(kind, happened, spent, OWN, &Timing::default())
    }

    #[test]
    fn every_ending_of_a_try_has_its_decision() {
        use Kind::{Create, Read, Removal, Token, WholeValue};
        let again = Next::Wait(OWN);
        let repeatable = [Read, Token, WholeValue, Removal].as_slice();
        let table: &[(&[Kind], Happened, Next)] = &[
            (&ALL, Happened::NotSent(Cause::Other), again),
            (&ALL, Happened::NotSent(Cause::Lookup), again),
            (&ALL, Happened::NotSent(Cause::Refused), Next::GiveUp),
            (&ALL, Happened::NotSent(Cause::Tls), Next::GiveUp),
            (repeatable, Happened::Lost, again),
            (&[Create], Happened::Lost, Next::GiveUp),
            (repeatable, answered(500), again),
            (repeatable, answered(502), again),
            (repeatable, answered(503), again),
            (repeatable, answered(504), again),
            (repeatable, asked(503, 1), again),
            (repeatable, asked(503, 60), Next::Wait(Duration::from_secs(60))),
            (repeatable, asked(503, 300), Next::Wait(Duration::from_secs(300))),
            (&ALL, asked(503, 301), Next::CloseSystem),
            (&ALL, asked(503, u64::MAX), Next::CloseSystem),
            (&ALL, answered(501), Next::GiveUp),
            (&[Create], answered(500), Next::GiveUp),
            (&[Create], asked(503, 1), Next::GiveUp),
            (&ALL, answered(429), Next::Pause(None)),
            (&ALL, asked(429, 60), Next::Pause(Some(Duration::from_secs(60)))),
            (&ALL, asked(429, 301), Next::CloseSystem),
            (&ALL, asked(429, u64::MAX), Next::CloseSystem),
            (&ALL, asked(404, 3600), Next::GiveUp),
            (&[Read, WholeValue, Removal, Create], answered(401), Next::RenewToken),
            (&[Token], answered(401), Next::GiveUp),
            (&ALL, answered(200), Next::GiveUp),
            (&ALL, answered(204), Next::GiveUp),
            (&ALL, answered(302), Next::GiveUp),
            (&ALL, answered(400), Next::GiveUp),
            (&ALL, answered(403), Next::GiveUp),
            (&ALL, answered(404), Next::GiveUp),
            (&ALL, answered(422), Next::GiveUp),
        ];
        for (kinds, happened, want) in table {
            for kind in *kinds {
                assert_eq!(decide(*kind, *happened, &Spent::default()), *want, "{kind:?} {happened:?}");
            }
        }
    }

    #[test]
    fn a_request_whose_answer_is_not_needed_is_tried_once() {
        let others = [answered(500), answered(429), asked(429, 3600), answered(403), answered(204), Happened::Lost];
        for happened in others.into_iter().chain(CAUSES.map(Happened::NotSent)) {
            assert_eq!(decide(Kind::Optional, happened, &Spent::default()), Next::GiveUp, "{happened:?}");
        }
        assert_eq!(decide(Kind::Optional, answered(401), &Spent::default()), Next::RenewToken);
    }

    #[test]
    fn a_server_that_answered_before_is_tried_again_whatever_the_cause_and_another_one_hardly() {
        for cause in CAUSES {
            let spent = Spent { reached: true, ..Spent::default() };
            assert_eq!(decide(Kind::Create, Happened::NotSent(cause), &spent), Next::Wait(OWN), "{cause:?}");
        }
        let spent = Spent { time: Duration::from_secs(1), ..Spent::default() };
        assert_eq!(decide(Kind::Read, Happened::NotSent(Cause::Lookup), &spent), Next::GiveUp);
        assert_eq!(decide(Kind::Read, Happened::NotSent(Cause::Other), &spent), Next::Wait(OWN));
    }

    #[test]
    fn what_a_server_asks_for_has_a_bound_for_one_request_and_for_the_run() {
        let one = |seconds| Spent { asked: Duration::from_secs(seconds), ..Spent::default() };
        assert_eq!(decide(Kind::Create, asked(429, 60), &one(240)), Next::Pause(Some(Duration::from_secs(60))));
        assert_eq!(decide(Kind::Create, asked(429, 60), &one(241)), Next::GiveUp);
        assert_eq!(decide(Kind::Read, asked(503, 60), &one(240)), Next::Wait(Duration::from_secs(60)));
        assert_eq!(decide(Kind::Read, asked(503, 60), &one(241)), Next::GiveUp);
        let run = |paused_in_run| Spent { paused_in_run, ..Spent::default() };
        let last = MOST_PAUSED.saturating_sub(Duration::from_secs(1));
        for happened in [answered(429), asked(429, 1)] {
            assert!(matches!(decide(Kind::Create, happened, &run(last)), Next::Pause(_)));
            assert_eq!(decide(Kind::Create, happened, &run(MOST_PAUSED)), Next::CloseSystem);
        }
    }

    #[test]
    fn the_end_of_a_wait_is_a_moment_for_people() {
        let now = httpdate::parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT").unwrap_or(SystemTime::UNIX_EPOCH);
        assert_eq!(until(now, Duration::from_secs(3600)), "1994-11-06 09:49 UTC");
        for asked in [Duration::MAX, Duration::from_secs(u64::MAX), Duration::from_secs(300_000_000_000)] {
            assert_eq!(until(now, asked), "the end of the year 9999 or later");
        }
    }

    #[test]
    fn a_token_is_renewed_once_a_request() {
        let spent = Spent { renewed: true, ..Spent::default() };
        assert_eq!(decide(Kind::Read, answered(401), &spent), Next::GiveUp);
    }

    #[test]
    fn waits_end_with_the_request_and_pauses_after_ten() {
        let at = |seconds| Spent { time: Duration::from_secs(seconds), ..Spent::default() };
        assert_eq!(decide(Kind::Read, Happened::Lost, &at(27)), Next::Wait(OWN));
        assert_eq!(decide(Kind::Read, Happened::Lost, &at(28)), Next::GiveUp);
        // What the server asks for comes on top.
        assert_eq!(decide(Kind::Read, asked(503, 20), &at(27)), Next::Wait(Duration::from_secs(20)));
        assert_eq!(decide(Kind::Create, asked(429, 20), &at(31)), Next::Pause(Some(Duration::from_secs(20))));
        let paused = |pauses| Spent { pauses, ..Spent::default() };
        assert_eq!(decide(Kind::Create, answered(429), &paused(9)), Next::Pause(None));
        assert_eq!(decide(Kind::Create, answered(429), &paused(10)), Next::GiveUp);
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
    fn our_own_waits_grow_and_stay_under_their_ceiling() {
        let timing = Timing::default();
        let waits: Vec<Duration> = timing.waits().take(12).collect();
        assert!(waits.iter().all(|wait| *wait >= timing.first_wait && *wait <= timing.longest_wait * 2), "{waits:?}");
    }

    proptest! {
        /// A create whose fate is open, or whose answer is final, is never sent again.
        #[test]
        fn a_create_is_repeated_only_where_nothing_was_done(status in 100_u16..600, after in 0_u64..600, lost: bool) {
            let happened = if lost { Happened::Lost } else { asked(status, after) };
            let harmless = matches!(happened, Happened::Answered { status: 401 | 429, .. });
            let next = decide(Kind::Create, happened, &Spent::default());
            prop_assert!(harmless || matches!(next, Next::GiveUp | Next::CloseSystem));
        }

        /// Our own waits never carry a request over its limit.
        #[test]
        fn no_wait_ends_after_the_limit(spent in 0_u64..60_000, own in 0_u64..20_000) {
            let timing = Timing::default();
            let (time, own) = (Duration::from_millis(spent), Duration::from_millis(own));
            let next = next(Kind::Read, Happened::Lost, &Spent { time, ..Spent::default() }, own, &timing);
            prop_assert!(next == Next::GiveUp || time + own < timing.request);
        }
    }
}
