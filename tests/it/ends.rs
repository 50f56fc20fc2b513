//! The ends of the program: signals, `kill -9`, and two runs at once.
#![cfg(unix)]

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::time::Duration;

use roster::apply::journal::{JournalEvent, left_unknown};

use crate::office::Office;

const APPLY: [&str; 2] = ["apply", "--yes"];

/// Far shorter than a request is waited for.
const SOON: Duration = Duration::from_secs(8);
/// Far longer than anything here takes.
const MINUTE: Duration = Duration::from_secs(60);

fn undisturbed(people: usize) -> Vec<String> {
    Office::settled(people).state()
}

#[test]
fn a_signal_finishes_and_records_what_is_in_flight_and_lists_the_rest() {
    let want = undisturbed(5);
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let office = Office::new(5);
        office.slow(300);
        let running = office.start(&APPLY);
        office.until_something_is_sent();
        running.signal(signal);
        let ran = running.ends_within(MINUTE).is(code).says("finishing the requests in flight; once more ends at once");

        // What was sent was answered, and the journal knows it; the rest was never sent.
        let journal = office.journal();
        let intents = journal.iter().filter(|entry| matches!(entry.note, JournalEvent::Intent { .. })).count();
        assert_eq!(left_unknown(&journal), [""; 0], "{journal:?}");
        assert_eq!(office.writes().len(), intents, "{:?}", office.writes());
        assert!(intents < 15, "it was not in the middle");
        assert!(
            matches!(journal.last().unwrap().note, JournalEvent::End { exit } if i32::from(exit) == code),
            "{journal:?}"
        );
        let untried = |entry: &&roster::apply::journal::JournalRecord| matches!(&entry.note, JournalEvent::Ended { outcome, .. } if outcome == "not_tried");
        let untried: BTreeSet<&str> = journal.iter().filter(untried).map(|entry| who(&entry.note)).collect();
        assert!(!untried.is_empty(), "{journal:?}");
        let people = if untried.len() == 1 { "person" } else { "people" };
        let counted = format!("  {} {people}: the run was interrupted (-v lists them)", untried.len());
        assert!(
            ran.out.lines().any(|line| line.trim_start().starts_with("not tried") && line.ends_with(&counted)),
            "{}",
            ran.out
        );
        assert!(!ran.out.contains("   failed  "), "interrupted is not failed: {}", ran.out);
        let last = ran.out.lines().last().unwrap();
        assert!(last.ends_with(" · interrupted, not read back; run apply again for the rest"), "{last}");

        office.slow(0);
        let again = office.run(&APPLY).is(0);
        assert!(!again.err.contains("without knowing"), "{}", again.err);
        office.is_settled(5, signal);
        assert_eq!(office.state(), want, "{signal}");
    }
}

fn who(note: &JournalEvent) -> &str {
    match note {
        JournalEvent::Intent { agent, .. } | JournalEvent::Answer { agent, .. } | JournalEvent::Ended { agent, .. } => {
            agent
        }
        JournalEvent::Start { .. } | JournalEvent::End { .. } => "",
    }
}

#[test]
fn a_second_signal_ends_at_once_and_the_next_run_looks() {
    let office = Office::new(3);
    office.fault("crm POST /users #1 hang-after");
    let mut running = office.start(&APPLY);
    office.until_one_hangs();
    running.signal("INT");
    running.until_it_says("finishing the requests in flight");
    running.signal("INT");
    running.ends_within(SOON).is(130);
    assert_eq!(left_unknown(&office.journal()), ["create of agent-1 in crm"]);

    office.sandbox.clear_faults();
    office.run(&APPLY).is(0).says("without knowing whether this was done: create of agent-1 in crm");
    office.is_settled(3, "two signals");
    assert_eq!(office.state(), undisturbed(3));
}

#[test]
fn a_signal_while_reading_writes_nothing() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let office = Office::new(2);
        office.fault("pf GET /v1/users #1 hang");
        let running = office.start(&APPLY);
        office.until_one_hangs();
        running.signal(signal);
        running.ends_within(SOON).is(code).says("nothing was written");
        assert_eq!(office.writes(), [""; 0]);
        assert!(office.journal().is_empty());
    }
}

#[test]
fn killed_at_a_write_the_next_run_says_so_and_ends_as_an_undisturbed_one() {
    let want = undisturbed(4);
    for acted in ["hang", "hang-after"] {
        for write in [1, 2, 3, 4, 6, 9, 12] {
            let case = format!("killed at write {write}, {acted}");
            let office = Office::new(4);
            office.fault(&format!("write #{write} {acted}"));
            let running = office.start(&APPLY);
            office.until_one_hangs();
            assert_eq!(running.kill().code(), None, "{case}");
            let unknown = left_unknown(&office.journal());
            assert!(!unknown.is_empty(), "{case}");
            // What a lock leaves behind locks nobody out.
            assert!(office.path(".roster/lock").exists(), "{case}");

            office.sandbox.clear_faults();
            let again = office.run(&APPLY);
            assert_eq!(again.code, Some(0), "{case}: {again:?}");
            assert!(again.err.contains(&unknown.join(", ")), "{case}: {}", again.err);
            office.is_settled(4, &case);
            assert_eq!(office.state(), want, "{case}");
            // Said once: now it is known.
            assert!(!office.run(&APPLY).is(0).err.contains("without knowing"), "{case}");
        }
    }
}

#[test]
fn of_two_at_once_the_second_waits_and_finds_nothing_left() {
    let office = Office::new(3);
    office.slow(300);
    let first = office.start(&APPLY);
    office.until_something_is_sent();
    let mut second = office.start(&APPLY);
    second.until_it_says("waiting for another apply in this folder to end");
    office.slow(0);
    first.ends_within(MINUTE).is(0);
    second.ends_within(MINUTE).is(0);
    assert_eq!(office.writes().len(), 9, "{:?}", office.writes());
    assert_eq!(fs::read_dir(office.path(".roster/journal")).unwrap().count(), 1);
    office.is_settled(3, "two at once");
}

#[test]
fn whoever_waits_for_the_other_can_be_interrupted() {
    let office = Office::new(1);
    fs::create_dir(office.path(".roster")).unwrap();
    let lock = File::create(office.path(".roster/lock")).unwrap();
    lock.lock().unwrap();
    let mut running = office.start(&APPLY);
    running.until_it_says("waiting for another apply");
    running.signal("INT");
    running.ends_within(SOON).is(130);
    assert_eq!(office.sandbox.requests(), []);
}

#[test]
fn a_signal_while_both_systems_are_read_is_reported_and_documents_are_written() {
    for (command, signal, code) in
        [(&["plan"][..], "TERM", 143), (&["drift", "--base", "HEAD"], "INT", 130), (&APPLY, "TERM", 143)]
    {
        let office = Office::settled(2);
        office.commit();
        office.sandbox.forget_requests();
        office.write("plan.md", "an older one");
        office.fault("pf read #1 hang");
        let running = office.start(&[command, &["--output", "markdown=plan.md"]].concat());
        office.until_one_hangs();
        running.signal(signal);
        let ran = running.ends_within(SOON).is(code);
        ran.says("interrupted before both systems were read: nothing was written");
        let comment = office.read("plan.md");
        assert!(
            comment.contains(": interrupted\n") && comment.contains("interrupted before both systems"),
            "{comment}"
        );
        assert_eq!(office.writes(), [""; 0]);
    }
}
