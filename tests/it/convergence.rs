//! Apply, then plan: nothing. Whatever the servers do where nobody knows what the real ones do.

use roster::apply::Outcome;
use roster::model::agent::{Field, Status};
use roster::reconcile::plan::Operation;
use roster::sandbox::{Behaviour, LongField, ValueSpelling, WriteMode};
use serde_json::json;

use crate::support::behaviours::behaviours;
use crate::support::error_text;
use crate::support::{Pipeline, agent};

#[tokio::test]
async fn a_person_converges_through_every_status_under_every_behaviour() {
    for (case, behaviour) in behaviours() {
        let people = (1..=9).map(|number| agent(&format!("agent-{number}"), number));
        let mut pipeline = Pipeline::new(behaviour.clone(), people).await;
        if !behaviour.missing_scopes.is_empty() {
            // Roles are then known only from people who have one.
            let boss = json!({"id": 900, "email": "boss@brokerage.example", "roleId": 5, "firstName": "The", "lastName": "Boss"});
            pipeline.sandbox.put_pf_row(&boss);
        }
        pipeline.settle(&format!("{case}: create")).await;
        assert_eq!(pipeline.sandbox.crm_rows().len(), 9, "{case}");

        pipeline.sandbox.forget_requests();
        pipeline.edit("agent-4", Field::Phone, json!("+971501112233"));
        let plan = pipeline.settle(&format!("{case}: edit")).await;
        assert_eq!((plan.count(Operation::Update), plan.unchanged), (1, 8), "{case}");
        assert_eq!(pipeline.writes().len(), 2, "{case}: {:?}", pipeline.writes());

        pipeline.sandbox.forget_requests();
        pipeline.edit("agent-5", Field::Languages, json!(["en"]));
        pipeline.edit("agent-5", Field::Login, json!("another@login.example"));
        pipeline.settle(&format!("{case}: another login")).await;

        pipeline.set_status("agent-6", Status::Inactive);
        let plan = pipeline.settle(&format!("{case}: leave")).await;
        assert_eq!(plan.count(Operation::Deactivate), 1, "{case}");
        pipeline.set_status("agent-6", Status::Active);
        let plan = pipeline.settle(&format!("{case}: come back")).await;
        assert_eq!(plan.count(Operation::Activate), 1, "{case}");
    }
}

#[tokio::test]
async fn values_converge_on_servers_that_store_another_spelling() {
    for (case, behaviour) in behaviours().into_iter().filter(|(_, behaviour)| behaviour.missing_scopes.is_empty()) {
        let mut pipeline = Pipeline::new(behaviour, [agent("agent-1", 1)]).await;
        let edits = [
            (Field::FirstName, json!("Jose\u{301} Mari\u{301}a")),
            (Field::LastName, json!("da\u{200b} Silva")),
            (Field::Description("en".into()), json!("Cafe\u{301} \u{200e}owner")),
            (Field::LinkedIn, json!("https://www.linkedin.com/in/سارة-خان")),
            (Field::Photo, json!("https://cdn.brokerage.example/صورة 1.jpg")),
            (Field::UseEmailSignature, json!(false)),
            (Field::Custom("3".into()), json!(false)),
            (Field::Custom("6".into()), json!(null)),
        ];
        for (field, value) in edits {
            pipeline.edit("agent-1", field, value);
        }
        pipeline.settle(&format!("{case}: create")).await;
        pipeline.edit("agent-1", Field::LicenceExpiredAt, json!("2032-01-01"));
        pipeline.edit("agent-1", Field::Custom("3".into()), json!(null));
        pipeline.settle(&format!("{case}: update")).await;
    }
}

#[tokio::test]
async fn writes_keep_the_date_of_an_undeclared_compliance() {
    for spelling in [ValueSpelling::AsSent, ValueSpelling::Localized] {
        let behaviour = Behaviour { pf_rows: spelling, ..Behaviour::default() };
        let mut pipeline = Pipeline::new(behaviour, [agent("agent-1", 1)]).await;
        pipeline.settle("create").await;
        let mut row = pipeline.sandbox.pf_rows().remove(0);
        let entries = row.pointer_mut("/publicProfile/compliances").and_then(|all| all.as_array_mut()).unwrap();
        entries.push(json!({"type": "dari", "value": "77", "expiryDate": "2030-01-01"}));
        pipeline.sandbox.put_pf_row(&row);
        for licence in ["50001", "50002", "50003"] {
            pipeline.edit("agent-1", Field::Licence, json!(licence));
            pipeline.settle(licence).await;
        }
        let kept = &pipeline.sandbox.pf_rows()[0]["publicProfile"]["compliances"];
        let other = kept.as_array().unwrap().iter().find(|entry| entry["type"] == "dari").unwrap();
        assert_eq!(other["expiryDate"], "2030-01-01", "{spelling:?}");
    }
}

#[tokio::test]
async fn stale_reads_cause_no_lost_update_and_no_duplicate() {
    for crm_put in [WriteMode::Merge, WriteMode::Replace] {
        for (lag, id_alone) in [(2, false), (2, true), (5, false), (5, true), (9, true)] {
            let behaviour = Behaviour {
                crm_lag: lag,
                pf_lag: 2,
                crm_put,
                crm_create_answers_id_alone: id_alone,
                ..Behaviour::default()
            };
            let case = format!("{crm_put:?}, {lag} reads behind, the answer is an id alone: {id_alone}");
            let pipeline =
                Pipeline::new(behaviour, (1..=3).map(|number| agent(&format!("agent-{number}"), number))).await;
            // However far behind: nobody twice, nothing emptied, and it ends well when asked often enough.
            for _ in 0..4 {
                let _ = pipeline.apply().await;
                assert!(pipeline.sandbox.crm_rows().len() <= 3 && pipeline.sandbox.pf_rows().len() <= 3, "{case}");
            }
            pipeline.sandbox.set_behaviour(Behaviour { crm_put, ..Behaviour::default() });
            for _ in 0..2 {
                // What was written last is still behind by so many reads.
                let _ = pipeline.observe().await;
            }
            pipeline.settle(&case).await;
            for row in pipeline.sandbox.crm_rows() {
                assert_eq!(
                    (&row["public"]["first_name"], &row["theme"]),
                    (&json!("Sara"), &json!("onyx")),
                    "{case}: {row}"
                );
            }
        }
    }
}

#[tokio::test]
async fn a_crm_that_keeps_no_ids_stops_after_one_person() {
    let behaviour = Behaviour { crm_fields_on_put: false, ..Behaviour::default() };
    let people = (1..=4).map(|number| agent(&format!("agent-{number}"), number));
    let pipeline = Pipeline::new(behaviour, people).await;
    let (_, applied, _) = pipeline.apply().await.unwrap();
    let said: Vec<String> = applied.iter().map(|person| format!("{:?}", person.outcome)).collect();
    assert!(said[0].contains("did not keep the ids in the custom fields"), "{said:?}");
    assert!(said[1..].iter().all(|outcome| outcome.contains("needs what the CRM does not remember")), "{said:?}");
    assert_eq!((pipeline.sandbox.crm_rows().len(), pipeline.sandbox.pf_rows().len()), (1, 1));
}

#[tokio::test]
async fn a_listing_without_custom_fields_does_not_make_all_rows_unmanaged() {
    let pipeline = Pipeline::new(Behaviour::default(), [agent("sara-khan", 1)]).await;
    pipeline.settle("create").await;
    pipeline.sandbox.set_behaviour(Behaviour { crm_fields_in_list: false, ..Behaviour::default() });
    let error = pipeline.observe().await.unwrap_err();
    let said = error_text(error.errors.first().unwrap());
    assert!(said.contains("no user in the listing comes with its custom fields"), "{said}");
}

#[tokio::test]
async fn a_first_run_succeeds_on_a_crm_that_omits_empty_custom_fields() {
    let behaviour = Behaviour { crm_empty_fields_left_out: true, ..Behaviour::default() };
    let pipeline = Pipeline::new(behaviour, (1..=3).map(|number| agent(&format!("agent-{number}"), number))).await;
    pipeline.sandbox.put_crm_row(&json!({"role": "manager", "private": {"email": "boss@brokerage.example"}}));
    let observed = pipeline.observe().await.unwrap();
    assert!(observed.warnings.iter().any(|warning| warning.contains("returns no custom fields")), "{observed:?}");
    pipeline.settle("first run").await;
    assert!(pipeline.observe().await.unwrap().warnings.is_empty());
}

#[tokio::test]
async fn a_crm_that_never_returns_custom_fields_gets_only_one_new_row() {
    for first in [Status::Active, Status::Inactive] {
        let behaviour = Behaviour { crm_fields_returned: false, ..Behaviour::default() };
        let people = (1..=4).map(|number| agent(&format!("agent-{number}"), number));
        let mut pipeline = Pipeline::new(behaviour, people).await;
        pipeline.set_status("agent-1", first);
        let (_, applied, _) = pipeline.apply().await.unwrap();
        assert!(format!("{:?}", applied[0].outcome).contains("did not return the custom fields"), "{applied:?}");
        let rows = (pipeline.sandbox.crm_rows().len(), pipeline.sandbox.pf_rows().len());
        assert_eq!(rows, (1, 0), "{first:?}: the slug is proven before anything else is made");
    }
}

#[tokio::test]
async fn a_crm_that_keeps_no_memory_stops_after_one_person() {
    for (kept, why) in [(LongField::Dropped, "reads back empty"), (LongField::Cut, "was cut after 20 bytes")] {
        let behaviour = Behaviour { crm_long_fields: kept, ..Behaviour::default() };
        let people = || (1..=4).map(|number| agent(&format!("agent-{number}"), number));
        let pipeline = Pipeline::new(behaviour.clone(), people()).await;
        let (_, applied, _) = pipeline.apply().await.unwrap();
        let said = format!("{:?}", applied[0].outcome);
        assert!(said.contains("did not keep the memory") && said.contains(why) && said.contains("255"), "{said}");
        assert!(applied[1..].iter().all(|person| matches!(person.outcome, Outcome::NotTried(_))), "{applied:?}");
        assert_eq!((pipeline.sandbox.crm_rows().len(), pipeline.sandbox.pf_rows().len()), (1, 1), "{kept:?}");

        // People whose memory is gone are not all sent to Property Finder again, run after run.
        let pipeline = Pipeline::new(Behaviour::default(), people()).await;
        pipeline.settle("before").await;
        for mut row in pipeline.sandbox.crm_rows() {
            row["fields"]["14"] = json!("");
            pipeline.sandbox.put_crm_row(&row);
        }
        pipeline.sandbox.set_behaviour(behaviour);
        for run in 1..=2 {
            pipeline.sandbox.forget_requests();
            let (_, applied, _) = pipeline.apply().await.unwrap();
            assert!(applied.iter().all(|person| person.outcome != Outcome::Done), "{kept:?}: {applied:?}");
            let patches = pipeline.writes().iter().filter(|write| write.contains("PATCH")).count();
            assert_eq!(patches, 1, "{kept:?}, run {run}: {:?}", pipeline.writes());
        }
    }
}

#[tokio::test]
async fn a_crm_that_escapes_the_memory_keeps_it() {
    let behaviour = Behaviour { crm_long_fields: LongField::Escaped, ..Behaviour::default() };
    let pipeline = Pipeline::new(behaviour, (1..=2).map(|number| agent(&format!("agent-{number}"), number))).await;
    pipeline.settle("escaped").await;
}
