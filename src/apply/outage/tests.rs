#![allow(clippy::unwrap_used)]

use super::OutageDecision::{Ask, GoOn};
use super::*;

fn slug(number: usize) -> Slug {
    Slug::parse(&format!("agent-{number}")).unwrap()
}

/// A failure after so many successes: of the same kind, and of any.
fn failure(what: ErrorKind, of_this_kind: u64, of_any_kind: u64) -> RemoteError {
    let evidence = Evidence { kind: Some(RequestKind::WholeValue), of_this_kind, of_any_kind };
    RemoteError { evidence, ..RemoteError::new(System::Pf, "updating user 7", what) }
}

fn forbidden(page: bool) -> ErrorKind {
    ErrorKind::Forbidden { status: 403, said: "no".into(), remedy: None, page }
}

fn unreachable() -> ErrorKind {
    ErrorKind::Unreachable("no connection".into())
}

fn server_error() -> ErrorKind {
    ErrorKind::ServerError { status: 500, said: "oops".into() }
}

/// The verdicts on people who fail one after the other, each with the successes before it.
fn verdicts(failures: &[(usize, ErrorKind, u64, u64)]) -> Vec<OutageDecision> {
    let (mut outage, now) = (Outage::default(), Instant::now());
    let note = |(person, what, same, any): &(usize, ErrorKind, u64, u64)| {
        outage.note(&slug(*person), &failure(what.clone(), *same, *any), now)
    };
    failures.iter().map(note).collect()
}

#[test]
fn a_closed_system_is_stopped_at_the_first_failure_with_its_reason() {
    let table = [
        (
            ErrorKind::Denied { status: 401, said: "unknown key".into(), remedy: "check PF_API_KEY".into() },
            "nothing more is sent to Property Finder in this run: the keys are refused with 401; check PF_API_KEY",
        ),
        (
            ErrorKind::Postponed { status: 429, until: "2027-03-31 07:30 UTC".into(), said: "".into() },
            "nothing more is sent to Property Finder in this run: it answered 429 and accepts no requests until \
             2027-03-31 07:30 UTC",
        ),
        (ErrorKind::NotSent("it ended".into()), "nothing more is sent to Property Finder in this run: it ended"),
    ];
    for (what, want) in table {
        assert_eq!(verdicts(&[(1, what, 9, 9)]), [OutageDecision::Stop(want.to_owned())]);
    }
}

#[test]
fn three_people_in_a_row_who_are_forbidden_the_same_kind_of_request_stop_the_system() {
    let stop = OutageDecision::Stop(
        "nothing more is sent to Property Finder in this run: it refused the same kind of request with 403 for 3 people \
         in a row"
            .to_owned(),
    );
    let no = || forbidden(false);
    assert_eq!(
        verdicts(&[(1, no(), 5, 5), (2, no(), 5, 8), (3, no(), 5, 9)]),
        [GoOn, GoOn, stop],
        "reads prove nothing"
    );
    assert_eq!(verdicts(&[(1, no(), 5, 5), (2, no(), 6, 6), (3, no(), 6, 6)]), [GoOn, GoOn, GoOn], "a success between");
    assert_eq!(verdicts(&[(1, no(), 5, 5), (1, no(), 5, 5), (1, no(), 5, 5)]), [GoOn, GoOn, GoOn], "one person");
}

#[test]
fn pages_refuse_one_text_each_and_never_stop_a_system() {
    let failures: Vec<_> = (1..=50).map(|person| (person, forbidden(true), 0, 0)).collect();
    assert!(verdicts(&failures).iter().all(|verdict| *verdict == OutageDecision::GoOn));
}

#[test]
fn three_people_without_an_answer_cause_a_test_request() {
    for what in [unreachable(), server_error(), ErrorKind::Unknown("lost".into()), ErrorKind::Late("late".into())] {
        let at = |any| (1_usize, what.clone(), 5, any);
        let row = |any: [u64; 3]| -> Vec<_> {
            any.into_iter().zip(1..).map(|(any, person)| (person, at(any).1, 5, any)).collect()
        };
        assert_eq!(verdicts(&row([5, 5, 5])), [GoOn, GoOn, Ask], "{what:?}");
        assert_eq!(verdicts(&row([5, 5, 6])), [GoOn, GoOn, GoOn], "{what:?}: a read is a success");
    }
}

#[test]
fn a_system_that_answers_reads_is_stopped_after_five_minutes_without_a_write() {
    let (mut outage, start) = (Outage::default(), Instant::now());
    for person in 0..60 {
        let now = start + Duration::from_secs(5 * person as u64);
        let verdict = outage.note(&slug(person), &failure(server_error(), 5, 5), now);
        assert!(matches!(verdict, OutageDecision::GoOn | OutageDecision::Ask), "{person}: {verdict:?}");
        outage.answered();
    }
    let verdict = outage.note(&slug(60), &failure(server_error(), 5, 5), start + LONGEST);
    let want =
        "nothing more is sent to Property Finder in this run: no write succeeded for 5 minutes, and 61 people failed";
    assert_eq!(verdict, OutageDecision::Stop(want.to_owned()));
    let verdict = outage.note(&slug(61), &failure(server_error(), 6, 6), start + LONGEST);
    assert_eq!(verdict, OutageDecision::GoOn, "one write succeeded");
}

#[test]
fn a_failure_of_one_person_never_stops_the_system() {
    let whats = [
        ErrorKind::Refused { status: 422, said: "".into() },
        ErrorKind::Missing("".into()),
        ErrorKind::NotUnderstood("".into()),
        ErrorKind::Incomplete(String::new()),
    ];
    for what in whats {
        let failures: Vec<_> = (1..=9).map(|person| (person, what.clone(), 0, 0)).collect();
        assert!(verdicts(&failures).iter().all(|verdict| *verdict == OutageDecision::GoOn), "{what:?}");
    }
}
