//! The ends of the program: signals, `kill -9`, and two runs at once.
#![cfg(unix)]

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::time::Duration;

use roster::apply::OutcomeKind;
use roster::apply::journal::{JournalEvent, left_unknown};

use crate::support::Repo;

const APPLY: [&str; 2] = ["apply", "--yes"];

/// Far shorter than a request is waited for.
const SOON: Duration = Duration::from_secs(8);
/// Far longer than anything here takes.
const MINUTE: Duration = Duration::from_secs(60);

fn undisturbed(people: usize) -> Vec<String> {
    Repo::applied(people).state()
}

#[test]
fn after_a_signal_requests_in_flight_finish_and_the_rest_is_listed() {
    let want = undisturbed(5);
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let repo = Repo::of(5);
        repo.slow(300);
        let running = repo.start(&APPLY);
        repo.until_an_intent_is_recorded();
        running.signal(signal);
        let ran = running.ends_within(MINUTE);
        ran.exits(code).stderr_has("finishing the requests in flight; once more ends at once");

        // What was sent was answered, and the journal knows it; the rest was never sent.
        let journal = repo.journal();
        let intents = journal.iter().filter(|entry| matches!(entry.note, JournalEvent::Intent { .. })).count();
        assert_eq!(left_unknown(&journal), [""; 0], "{journal:?}");
        assert_eq!(repo.writes().len(), intents, "{:?}", repo.writes());
        assert!(intents < 15, "it was not in the middle");
        assert!(
            matches!(journal.last().unwrap().note, JournalEvent::End { exit } if i32::from(exit) == code),
            "{journal:?}"
        );
        let untried = |entry: &&roster::apply::journal::JournalRecord| matches!(&entry.note, JournalEvent::Ended { outcome, .. } if *outcome == OutcomeKind::NotTried);
        let untried: BTreeSet<&str> = journal.iter().filter(untried).map(|entry| who(&entry.note)).collect();
        assert!(!untried.is_empty(), "{journal:?}");
        let people = if untried.len() == 1 { "person" } else { "people" };
        let names: Vec<&str> = untried.iter().copied().collect();
        let counted = format!("  {} {people}: the run was interrupted ({})", untried.len(), names.join(", "));
        assert!(
            ran.stdout.lines().any(|line| line.trim_start().starts_with("not tried") && line.ends_with(&counted)),
            "{}",
            ran.stdout
        );
        assert!(!ran.stdout.contains("   failed  "), "interrupted is not failed: {}", ran.stdout);
        let last = ran.stdout.lines().last().unwrap();
        assert!(last.ends_with(" · interrupted, not read back; run apply again for the rest"), "{last}");

        repo.slow(0);
        let again = repo.run(&APPLY);
        again.exits(0);
        assert!(!again.stderr.contains("without knowing"), "{}", again.stderr);
        repo.is_settled(5, signal);
        assert_eq!(repo.state(), want, "{signal}");
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
fn a_second_signal_ends_the_run_at_once_and_the_next_run_recovers() {
    let repo = Repo::of(3);
    repo.fault("crm POST /users #1 hang-after");
    let mut running = repo.start(&APPLY);
    repo.until_a_request_hangs();
    running.signal("INT");
    running.until_stderr_has("finishing the requests in flight");
    running.signal("INT");
    running.ends_within(SOON).exits(130);
    assert_eq!(left_unknown(&repo.journal()), ["create of agent-1 in crm"]);

    repo.sandbox.clear_faults();
    repo.run(&APPLY).exits(0).stderr_has("without knowing whether this was done: create of agent-1 in crm");
    repo.is_settled(3, "two signals");
    assert_eq!(repo.state(), undisturbed(3));
}

#[test]
fn a_signal_while_reading_writes_nothing() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let repo = Repo::of(2);
        repo.fault("pf GET /v1/users #1 hang");
        let running = repo.start(&APPLY);
        repo.until_a_request_hangs();
        running.signal(signal);
        running.ends_within(SOON).exits(code).stderr_has("nothing was written");
        assert_eq!(repo.writes(), [""; 0]);
        assert!(repo.journal().is_empty());
    }
}

#[test]
fn after_a_kill_at_a_write_the_next_run_reports_it_and_converges() {
    let want = undisturbed(4);
    for acted in ["hang", "hang-after"] {
        for write in [1, 2, 3, 4, 6, 9, 12] {
            let case = format!("killed at write {write}, {acted}");
            let repo = Repo::of(4);
            repo.fault(&format!("write #{write} {acted}"));
            let running = repo.start(&APPLY);
            repo.until_a_request_hangs();
            assert_eq!(running.kill().code(), None, "{case}");
            let unknown = left_unknown(&repo.journal());
            assert!(!unknown.is_empty(), "{case}");
            // What a lock leaves behind locks nobody out.
            assert!(repo.path(".roster/lock").exists(), "{case}");

            repo.sandbox.clear_faults();
            let again = repo.run(&APPLY);
            assert_eq!(again.code, 0, "{case}: {again:?}");
            assert!(again.stderr.contains(&unknown.join(", ")), "{case}: {}", again.stderr);
            repo.is_settled(4, &case);
            assert_eq!(repo.state(), want, "{case}");
            // Said once: now it is known.
            assert!(!repo.run(&APPLY).exits(0).stderr.contains("without knowing"), "{case}");
        }
    }
}

#[test]
fn a_second_apply_waits_for_the_first_and_then_has_nothing_to_do() {
    let repo = Repo::of(3);
    repo.slow(300);
    let first = repo.start(&APPLY);
    repo.until_an_intent_is_recorded();
    let mut second = repo.start(&APPLY);
    second.until_stderr_has("waiting for another apply in this folder to end");
    repo.slow(0);
    first.ends_within(MINUTE).exits(0);
    second.ends_within(MINUTE).exits(0);
    assert_eq!(repo.writes().len(), 9, "{:?}", repo.writes());
    assert_eq!(fs::read_dir(repo.path(".roster/journal")).unwrap().count(), 1);
    repo.is_settled(3, "two at once");
}

#[test]
fn a_waiting_apply_can_be_interrupted() {
    let repo = Repo::of(1);
    fs::create_dir(repo.path(".roster")).unwrap();
    let lock = File::create(repo.path(".roster/lock")).unwrap();
    lock.lock().unwrap();
    let mut running = repo.start(&APPLY);
    running.until_stderr_has("waiting for another apply");
    running.signal("INT");
    running.ends_within(SOON).exits(130);
    assert_eq!(repo.sandbox.requests(), []);
}

#[test]
fn a_signal_while_both_systems_are_read_is_reported_and_documents_are_written() {
    for (command, signal, code) in
        [(&["plan"][..], "TERM", 143), (&["drift", "--base", "HEAD"], "INT", 130), (&APPLY, "TERM", 143)]
    {
        let repo = Repo::applied(2);
        repo.commit();
        repo.sandbox.forget_requests();
        repo.write("plan.md", "an older one");
        repo.fault("pf read #1 hang");
        let running = repo.start(&[command, &["--output", "markdown=plan.md"]].concat());
        repo.until_a_request_hangs();
        running.signal(signal);
        let ran = running.ends_within(SOON);
        ran.exits(code);
        ran.stderr_has("interrupted before both systems were read: nothing was written");
        let comment = repo.read("plan.md");
        assert!(
            comment.contains(": interrupted\n") && comment.contains("interrupted before both systems"),
            "{comment}"
        );
        assert_eq!(repo.writes(), [""; 0]);
    }
}
