use proptest::prelude::*;

use super::*;

const OWN: Duration = Duration::from_secs(2);
const ALL: [RequestKind; 6] = [
    RequestKind::Read,
    RequestKind::Token,
    RequestKind::Upload,
    RequestKind::WholeValue,
    RequestKind::Removal,
    RequestKind::Create,
];
const CAUSES: [ConnectFailure; 4] =
    [ConnectFailure::Refused, ConnectFailure::Lookup, ConnectFailure::Tls, ConnectFailure::Other];

fn answered(status: u16) -> Attempt {
    Attempt::Answered { status, retry_after: None }
}

fn asked(status: u16, seconds: u64) -> Attempt {
    Attempt::Answered { status, retry_after: Some(Duration::from_secs(seconds)) }
}

fn decide(kind: RequestKind, happened: Attempt, spent: &RetryBudget) -> RetryDecision {
    next(kind, happened, spent, OWN, &Timing::default())
}

#[test]
fn every_result_of_a_try_has_a_decision() {
    use RequestKind::{Create, Read, Removal, Token, Upload, WholeValue};
    let again = RetryDecision::Wait(OWN);
    let repeatable = [Read, Token, Upload, WholeValue].as_slice();
    let table: &[(&[RequestKind], Attempt, RetryDecision)] = &[
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
            decide(RequestKind::Optional, happened, &RetryBudget::default()),
            RetryDecision::GiveUp,
            "{happened:?}"
        );
    }
    assert_eq!(decide(RequestKind::Optional, answered(401), &RetryBudget::default()), RetryDecision::RenewToken);
}

#[test]
fn a_server_that_answered_before_is_retried_after_any_connect_failure() {
    for cause in CAUSES {
        let spent = RetryBudget { reached: true, ..RetryBudget::default() };
        assert_eq!(decide(RequestKind::Create, Attempt::NotSent(cause), &spent), RetryDecision::Wait(OWN), "{cause:?}");
    }
    let spent = RetryBudget { time: Duration::from_secs(1), ..RetryBudget::default() };
    assert_eq!(decide(RequestKind::Read, Attempt::NotSent(ConnectFailure::Lookup), &spent), RetryDecision::GiveUp);
    assert_eq!(decide(RequestKind::Read, Attempt::NotSent(ConnectFailure::Other), &spent), RetryDecision::Wait(OWN));
}

#[test]
fn requested_waits_are_limited_for_a_request_and_for_the_run() {
    let one = |seconds| RetryBudget { asked: Duration::from_secs(seconds), ..RetryBudget::default() };
    assert_eq!(
        decide(RequestKind::Create, asked(429, 60), &one(240)),
        RetryDecision::Pause(Some(Duration::from_secs(60)))
    );
    assert_eq!(decide(RequestKind::Create, asked(429, 60), &one(241)), RetryDecision::GiveUp);
    assert_eq!(decide(RequestKind::Read, asked(503, 60), &one(240)), RetryDecision::Wait(Duration::from_secs(60)));
    assert_eq!(decide(RequestKind::Read, asked(503, 60), &one(241)), RetryDecision::GiveUp);
    let run = |paused_in_run| RetryBudget { paused_in_run, ..RetryBudget::default() };
    let last = MOST_PAUSED.saturating_sub(Duration::from_secs(1));
    for happened in [answered(429), asked(429, 1)] {
        assert!(matches!(decide(RequestKind::Create, happened, &run(last)), RetryDecision::Pause(_)));
        assert_eq!(decide(RequestKind::Create, happened, &run(MOST_PAUSED)), RetryDecision::CloseSystem);
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
    assert_eq!(decide(RequestKind::Read, answered(401), &spent), RetryDecision::GiveUp);
}

#[test]
fn waits_end_with_the_request_and_pauses_after_ten() {
    let at = |seconds| RetryBudget { time: Duration::from_secs(seconds), ..RetryBudget::default() };
    assert_eq!(decide(RequestKind::Read, Attempt::Lost, &at(27)), RetryDecision::Wait(OWN));
    assert_eq!(decide(RequestKind::Read, Attempt::Lost, &at(28)), RetryDecision::GiveUp);
    // The server's `Retry-After` is added.
    assert_eq!(decide(RequestKind::Read, asked(503, 20), &at(27)), RetryDecision::Wait(Duration::from_secs(20)));
    assert_eq!(
        decide(RequestKind::Create, asked(429, 20), &at(31)),
        RetryDecision::Pause(Some(Duration::from_secs(20)))
    );
    let paused = |pauses| RetryBudget { pauses, ..RetryBudget::default() };
    assert_eq!(decide(RequestKind::Create, answered(429), &paused(9)), RetryDecision::Pause(None));
    assert_eq!(decide(RequestKind::Create, answered(429), &paused(10)), RetryDecision::GiveUp);
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
        let next = decide(RequestKind::Create, happened, &RetryBudget::default());
        prop_assert!(harmless || matches!(next, RetryDecision::GiveUp | RetryDecision::CloseSystem));
    }

    /// Our own waits never carry a request over its limit.
    #[test]
    fn no_wait_ends_after_the_limit(spent in 0_u64..60_000, own in 0_u64..20_000) {
        let timing = Timing::default();
        let (time, own) = (Duration::from_millis(spent), Duration::from_millis(own));
        let next = next(RequestKind::Read, Attempt::Lost, &RetryBudget { time, ..RetryBudget::default() }, own, &timing);
        prop_assert!(next == RetryDecision::GiveUp || time + own < timing.request);
    }
}
