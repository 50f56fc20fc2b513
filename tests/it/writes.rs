//! What precedes a write, and what is reported of it: nobody is made twice, nothing is overwritten by a stale row, and
//! what may have been written is never reported as not written.

use std::time::Duration;

use futures_util::future::join_all;
use roster::apply::journal::{JournalEvent, left_unknown};
use roster::apply::{AnswerResult, Applied, Outcome, WriteKind, Written};
use roster::model::agent::{Field, Status};
use roster::model::config::Rate;
use roster::model::record::System;
use roster::model::roster::Base;
use roster::reconcile::plan::Operation;
use roster::sandbox::{self, Behaviour, Fault, FaultEffect, FaultTarget, FilterMatch};
use serde_json::json;

use crate::support::Repo;
use crate::support::{Pipeline, agent};

/// The login of the row that a listing loses.
const LOST: &str = "agent-3@login.example";

/// Its login after an edit by hand.
const EDITED: &str = "by-hand@login.example";

/// The first listing of a system lacks one row, and its total does too: a row lost between two pages. The listing is one full
/// page and the page after it.
fn lose_a_row(pipeline: &Pipeline, system: System) {
    let path = if system == System::Crm { "/users" } else { "/v1/users" };
    let effect = FaultEffect::Edit(|body| {
        let (rows, login, total) = match body.get("users") {
            Some(_) => ("users", "/private/email", "/count"),
            None => ("data", "/email", "/pagination/total"),
        };
        let rows = body[rows].as_array_mut().unwrap();
        rows.retain(|row| ![LOST, EDITED].map(|lost| Some(json!(lost))).contains(&row.pointer(login).cloned()));
        let left = rows.len();
        if let Some(total) = body.pointer_mut(total) {
            *total = json!(left);
        }
    });
    let on = FaultTarget::Listing(path.to_owned());
    pipeline.sandbox.add_fault(Fault { system: Some(system), on, at: 1, times: 2, effect });
}

fn of<'a>(applied: &'a [Applied], agent: &str) -> &'a Applied {
    applied.iter().find(|person| person.agent.as_str() == agent).unwrap()
}

fn requests(pipeline: &Pipeline, system: System, is: impl Fn(&sandbox::LoggedRequest) -> bool) -> Vec<String> {
    let requests = pipeline.sandbox.requests();
    let of_system = requests.iter().filter(|logged| logged.system == system && is(logged));
    of_system.map(|logged| format!("{} {}", logged.method, logged.target)).collect()
}

/// The looks before creates.
fn looks(pipeline: &Pipeline, system: System) -> usize {
    requests(pipeline, system, |logged| logged.target.contains("mail")).len()
}

#[tokio::test]
async fn a_crm_row_missing_from_the_listing_is_not_created_again() {
    for crm_filters in [FilterMatch::Partial, FilterMatch::Whole, FilterMatch::Nothing] {
        let behaviour = Behaviour { crm_takes_duplicates: true, crm_filters, ..Behaviour::default() };
        let mut pipeline = Pipeline::new(behaviour, (1..=3).map(|n| agent(&format!("agent-{n}"), n))).await;
        // Nobody at Property Finder who would give the row away.
        pipeline.set_status("agent-3", Status::Inactive);
        pipeline.settle("before").await;
        pipeline.declare(agent("newcomer", 9));
        lose_a_row(&pipeline, System::Crm);
        let (_, applied) = pipeline.write().await.unwrap();
        let Outcome::Moved(why) = &of(&applied, "agent-3").outcome else { panic!("{crm_filters:?}: {applied:?}") };
        assert!(
            why.contains("not created in the CRM") && why.contains("crm 3") && why.contains("run apply again"),
            "{why}"
        );
        assert_eq!(of(&applied, "newcomer").outcome, Outcome::Done, "the run goes on");
        assert_eq!(pipeline.sandbox.crm_rows().len(), 4, "{crm_filters:?}");
        pipeline.settle("again").await;
    }
}

#[tokio::test]
async fn a_property_finder_user_missing_from_the_listing_is_not_created_again() {
    for (pf_email_filter_is_public, pf_hides_inactive) in [(false, false), (true, false), (false, true)] {
        let behaviour = Behaviour {
            pf_takes_duplicates: true,
            pf_email_filter_is_public,
            pf_hides_inactive,
            ..Behaviour::default()
        };
        let mut pipeline = Pipeline::new(behaviour, (1..=2).map(|n| agent(&format!("agent-{n}"), n))).await;
        pipeline.settle("before").await;
        // What a run leaves that was cut off after the create, or what somebody made by hand a moment ago.
        let profile = json!({"name": "Sara Khan 3", "email": "agent-3@brokerage.example", "phone": "+971501000003"});
        let user = json!({"firstName": "Sara", "lastName": "Khan", "email": LOST, "mobile": "+971552000003",
            "publicProfile": profile});
        let id = pipeline.sandbox.put_pf_row(&user);
        pipeline.declare(agent("agent-3", 3));
        lose_a_row(&pipeline, System::Pf);
        let (_, applied) = pipeline.write().await.unwrap();
        let person = of(&applied, "agent-3");
        let Outcome::Moved(why) = &person.outcome else { panic!("{pf_email_filter_is_public}: {applied:?}") };
        assert!(why.contains(&format!("pf {id}")) && why.contains("not created in Property Finder"), "{why}");
        assert_eq!(person.done, [Written::Row(System::Crm, Operation::Create, 3)]);
        assert_eq!(pipeline.sandbox.pf_rows().len(), 3);
        pipeline.settle("again").await;
    }
}

#[tokio::test]
async fn a_create_is_preceded_by_one_lookup_in_each_system() {
    for known in [0, 3] {
        let mut pipeline =
            Pipeline::new(Behaviour::default(), (1..=known).map(|n| agent(&format!("agent-{n}"), n))).await;
        pipeline.settle("before").await;
        pipeline.sandbox.forget_requests();
        for number in 11..=15 {
            pipeline.declare(agent(&format!("agent-{number}"), number));
        }
        pipeline.settle("creates").await;
        assert_eq!(looks(&pipeline, System::Pf), 5, "{known}");
        // While no listing has shown a slug, the first proof is a listing too.
        assert_eq!(looks(&pipeline, System::Crm), if known == 0 { 7 } else { 5 }, "{known}");
    }
}

#[tokio::test]
async fn a_crm_row_is_read_immediately_before_its_put() {
    let mut pipeline = Pipeline::new(Behaviour::default(), (1..=6).map(|n| agent(&format!("agent-{n}"), n))).await;
    pipeline.settle("before").await;
    for number in 1..=6 {
        pipeline.edit(&format!("agent-{number}"), Field::Phone, json!(format!("+9715011122{number:02}")));
    }
    // With two requests a window, whoever reads without the slot for the write waits between both.
    pipeline.config.crm.rate = Rate { count: 2, window: Duration::from_millis(100) };
    pipeline.sandbox.forget_requests();
    let (_, applied) = pipeline.write().await.unwrap();
    assert!(applied.iter().all(|person| person.outcome == Outcome::Done), "{applied:?}");
    let single = requests(&pipeline, System::Crm, |logged| logged.target.starts_with("/users/"));
    assert_eq!(single.len(), 12, "{single:?}");
    for pair in single.chunks(2) {
        let id = pair[0].strip_prefix("GET ").unwrap_or_else(|| panic!("{single:?}"));
        assert_eq!(pair[1], format!("PUT {id}"), "{single:?}");
    }
}

/// Waits until a request of this method has arrived.
async fn sent(pipeline: &Pipeline, method: &str) {
    while !pipeline.sandbox.requests().iter().any(|logged| logged.method == method) {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test]
async fn a_crm_edit_during_a_slow_property_finder_write_is_kept() {
    let mut pipeline = Pipeline::new(Behaviour::default(), [agent("agent-1", 1)]).await;
    pipeline.settle("before").await;
    pipeline.edit("agent-1", Field::Phone, json!("+971501112233"));
    pipeline.sandbox.forget_requests();
    pipeline.sandbox.add_fault("pf PATCH #1 503 retry-after=1".parse().unwrap());
    let by_hand = async {
        sent(&pipeline, "PATCH").await;
        let mut row = pipeline.sandbox.crm_rows()[0].clone();
        row["private"]["landline_extension"] = json!("999");
        pipeline.sandbox.put_crm_row(&row);
    };
    let (written, ()) = tokio::join!(pipeline.write(), by_hand);
    let (_, applied) = written.unwrap();
    assert!(matches!(&applied[0].outcome, Outcome::Moved(why) if why.contains("crm 1 was changed")), "{applied:?}");
    assert_eq!(applied[0].done, [Written::Row(System::Pf, Operation::Update, 7701)], "what was written is reported");
    assert_eq!(pipeline.sandbox.crm_rows()[0]["private"]["landline_extension"], "999");
}

/// The first create was carried out and not answered, and no look finds it before the second one, which is refused. That
/// does not mean that nothing was created.
#[tokio::test]
async fn a_create_that_was_lost_and_then_refused_is_found_or_unknown() {
    for (pf_lag, found) in [(8, true), (20, false)] {
        let pipeline = Pipeline::new(Behaviour { pf_lag, ..Behaviour::default() }, [agent("agent-1", 1)]).await;
        pipeline.sandbox.add_fault("pf POST /v1/users #1 drop-after".parse().unwrap());
        let (_, applied) = pipeline.write().await.unwrap();
        match &applied[0].outcome {
            Outcome::Done => assert!(found),
            Outcome::Unknown(why) => assert!(!found && why.contains("may or may not have been done"), "{why}"),
            other => panic!("{other:?}"),
        }
        assert_eq!(
            requests(&pipeline, System::Pf, |logged| logged.target == "/v1/users" && logged.method == "POST").len(),
            2
        );
        while pipeline.rows(System::Pf).await.is_empty() {}
        pipeline.settle("the next run finds it").await;
    }
}

/// An edit by hand while a write has to wait is seen, since the row is read again before the write is sent.
#[tokio::test]
async fn an_edit_during_the_wait_of_a_write_is_kept() {
    let table = [("crm", "429", false), ("crm", "503", true), ("pf", "429", false), ("pf", "503", true)];
    // At the same time, since each waits for three seconds.
    join_all(table.into_iter().flat_map(|case| [false, true].map(|edited| a_write_that_waits(case, edited)))).await;
}

/// One update, whose first try is answered so that the next one is three seconds later, and may have been carried out.
async fn a_write_that_waits((system, status, may_be_done): (&str, &str, bool), edited: bool) {
    let case = format!("{system} {status} {edited}");
    let mut pipeline = Pipeline::new(Behaviour::default(), [agent("agent-1", 1)]).await;
    pipeline.settle("before").await;
    pipeline.edit("agent-1", Field::Phone, json!("+971501112233"));
    pipeline.sandbox.forget_requests();
    let method = if system == "crm" { "PUT" } else { "PATCH" };
    pipeline.sandbox.add_fault(format!("{system} {method} #1 {status} retry-after=3").parse().unwrap());
    let by_hand = async {
        sent(&pipeline, method).await;
        let mut row = pipeline.sandbox.crm_rows()[0].clone();
        row["private"]["landline_extension"] = json!("999");
        let mut user = pipeline.sandbox.pf_rows()[0].clone();
        user["publicProfile"]["linkedinAddress"] = json!("https://www.linkedin.com/in/by-hand");
        match (edited, system) {
            (true, "crm") => drop(pipeline.sandbox.put_crm_row(&row)),
            (true, _) => drop(pipeline.sandbox.put_pf_row(&user)),
            (false, _) => {}
        }
    };
    let (written, ()) = tokio::join!(pipeline.write(), by_hand);
    let (_, applied) = written.unwrap();
    match (&applied[0].outcome, edited, may_be_done) {
        (Outcome::Done, false, _) => {}
        (Outcome::Moved(why), true, false) | (Outcome::Unknown(why), true, true) => {
            assert!(why.contains("was changed"), "{case}: {why}");
        }
        (other, ..) => panic!("{case}: {other:?}"),
    }
    let writes = [System::Crm, System::Pf].map(|of| requests(&pipeline, of, |logged| logged.method == method).len());
    assert_eq!(writes.iter().sum::<usize>(), if edited { 1 } else { 2 }, "{case}");
}

#[tokio::test]
async fn a_property_finder_edit_during_the_run_is_kept() {
    let last = 12;
    let mut pipeline = Pipeline::new(Behaviour::default(), (1..=last).map(|n| agent(&format!("agent-{n}"), n))).await;
    for person in pipeline.roster.people.values_mut() {
        person.record.remove(&Field::Description("ar".into()));
    }
    pipeline.settle("before").await;
    for number in 1..=last {
        pipeline.edit(&format!("agent-{number}"), Field::Description("en".into()), json!("Another text."));
    }
    // Slow enough for the last to be written long after the first.
    pipeline.config.property_finder.rate = Rate { count: 4, window: Duration::from_millis(150) };
    pipeline.sandbox.forget_requests();
    let by_hand = async {
        sent(&pipeline, "PATCH").await;
        for mut row in pipeline.sandbox.pf_rows() {
            row["publicProfile"]["bio"]["secondary"] = json!("نص كتب باليد");
            pipeline.sandbox.put_pf_row(&row);
        }
    };
    let (written, ()) = tokio::join!(pipeline.write(), by_hand);
    let (_, applied) = written.unwrap();
    let moved = applied.iter().filter(|person| matches!(person.outcome, Outcome::Moved(_))).count();
    assert!(moved >= 6, "{applied:?}");
    let kept = pipeline.sandbox.pf_rows();
    let kept = kept.iter().filter(|row| row["publicProfile"]["bio"]["secondary"] == "نص كتب باليد").count();
    // One may have been on its way when all were edited.
    assert!(kept + 1 >= moved && kept >= 10, "{kept} of {last}, {applied:?}");
}

#[test]
fn property_finder_rows_are_reread_in_batches() {
    let repo = Repo::applied(10);
    for agent in 1..=10 {
        repo.edit_agent(agent, "position: {en: Sales Consultant", "position: {en: Director");
    }
    repo.run(&["apply", "--yes"]).exits(0);
    let again = repo.sandbox.requests().into_iter().filter(|logged| logged.target.contains("id=")).count();
    assert!((1..=2).contains(&again), "{again}");
}

#[test]
fn two_patches_of_one_person_are_two_writes() {
    let repo = Repo::applied(2);
    repo.edit_agent(1, "status: active", "status: inactive");
    repo.edit_agent(1, "position: {en: Sales Consultant", "position: {en: Director");
    repo.fault("pf PATCH /v1/public-profiles #1 422");
    let ran = repo.run(&["apply", "--yes"]);
    ran.exits(5).stdout_has("deactivated pf 7701").stdout_has("updating public profile");
    assert!(!ran.stdout.contains("nothing written"), "{}", ran.stdout);
    let answers: Vec<(WriteKind, Vec<String>, AnswerResult)> = {
        let journal = repo.journal();
        let fields = |wanted: WriteKind| {
            journal.iter().find_map(|entry| match &entry.note {
                JournalEvent::Intent { what, fields, .. } if *what == wanted => Some(fields.clone()),
                _ => None,
            })
        };
        let answer = |note: &JournalEvent| match note {
            JournalEvent::Answer { what, result, .. } => Some((*what, fields(*what).unwrap(), *result)),
            _ => None,
        };
        journal.iter().filter_map(|entry| answer(&entry.note)).collect()
    };
    let want = [
        (WriteKind::Update, vec!["status".to_owned()], AnswerResult::Done),
        (WriteKind::ProfileUpdate, vec!["public.position.en".to_owned()], AnswerResult::Failed),
    ];
    assert_eq!(answers, want);
    repo.run(&["apply", "--yes"]).exits(0);
}

#[test]
fn an_update_without_an_answer_is_unknown_until_the_next_run() {
    for acted in ["", " after"] {
        let repo = Repo::applied(2);
        repo.edit_agent(1, "position: {en: Sales Consultant", "position: {en: Director");
        // The pause is longer than any that is waited for, so nothing follows this try.
        repo.fault(&format!("crm PUT /users #1 503 retry-after=4000{acted}"));
        repo.run(&["apply", "--yes"]).exits(5).stdout_has("unknown").stdout_has("may or may not have been done");
        assert_eq!(left_unknown(&repo.journal()), ["update of agent-1 in crm"]);
        repo.run(&["apply", "--yes"])
            .exits(0)
            .stderr_has("without knowing whether this was done: update of agent-1 in crm");
        repo.is_settled(2, acted);
    }
}

#[test]
fn an_unreadable_journal_is_not_a_clean_journal() {
    let repo = Repo::applied(1);
    repo.write(".roster/journal/20991231T000000Z.jsonl", "{\"at\":\n\n");
    repo.run(&["apply", "--yes"]).exits(0).stderr_has("warning: the last run's journal cannot be read");
}

#[tokio::test]
async fn a_person_who_had_a_file_at_base_is_looked_up_by_slug() {
    // The login changed in the file, or by hand in the CRM.
    for in_file in [true, false] {
        let behaviour = Behaviour { crm_takes_duplicates: true, ..Behaviour::default() };
        let mut pipeline = Pipeline::new(behaviour, [agent("agent-1", 1), agent("agent-3", 3)]).await;
        pipeline.set_status("agent-3", Status::Inactive);
        pipeline.settle("before").await;
        let (name, config, people) = ("main".to_owned(), pipeline.config.clone(), pipeline.roster.people.clone());
        let base = Base { name, config, people, ..Base::default() };
        if in_file {
            pipeline.edit("agent-3", Field::Login, json!("another@login.example"));
        } else {
            let rows = pipeline.sandbox.crm_rows();
            let mut row = rows.into_iter().find(|row| row["private"]["email"] == LOST).unwrap();
            row["private"]["email"] = json!(EDITED);
            pipeline.sandbox.put_crm_row(&row);
        }
        lose_a_row(&pipeline, System::Crm);
        let (_, applied, _) = pipeline.apply_since(&base).await;
        assert!(matches!(of(&applied, "agent-3").outcome, Outcome::Moved(_)), "{in_file}: {applied:?}");
        assert_eq!(pipeline.sandbox.crm_rows().len(), 2, "{in_file}");
    }
}
