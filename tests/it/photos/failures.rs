//! A photo that fails: what is still written, what is reported, and what the next run does.

use super::*;

/// Changes the file of a photo; the second path is outside of the repository.
#[cfg(unix)]
type FileChange = fn(&std::path::Path, &std::path::Path);

#[tokio::test]
async fn a_photo_that_fails_holds_back_nothing_else() {
    for fault in
        ["crm POST /upload #1+ 403", "crm POST /upload #1+ 422", "crm GET /photos #1+ 404", "crm POST /upload #1+ 501"]
    {
        let mut pipeline = Pipeline::new(Behaviour::default(), [agent("agent-1", 1), agent("agent-2", 2)]).await;
        pipeline.edit("agent-2", Field::Photo, Value::Null);
        pipeline.sandbox.add_fault(fault.parse().unwrap());
        let (_, applied, _) = pipeline.apply().await.unwrap();
        let why = applied[0].outcome.why().unwrap_or_default();
        assert!(why.contains("`public.photo` was not uploaded: "), "{fault}: {why}");
        assert!(matches!(applied[0].outcome, Outcome::Failed(_)), "{fault}");
        assert_eq!(applied[1].outcome, Outcome::Done, "{fault}");
        pipeline.one_row_each(fault);
        let row = &pipeline.sandbox.crm_rows()[0];
        assert_eq!(
            (&row["public"]["photo"], &row["public"]["licence_expired_at"]),
            (&Value::Null, &json!("2031-03-31"))
        );
        assert!(!row["fields"]["14"].as_str().unwrap().contains("\"pic\""), "{fault}: nothing is remembered");
        pipeline.sandbox.clear_faults();
        pipeline.settle(fault).await;
        assert!(pipeline.sandbox.crm_rows()[0]["public"]["photo"].is_u64(), "{fault}");
    }
}

/// The account has another form of reference than roster.yaml declares.
#[tokio::test]
async fn a_reference_that_the_crm_refuses_holds_back_the_photo_alone() {
    for contract in [PfContract::Enterprise, PfContract::Documented] {
        let case = format!("{contract:?}");
        let behaviour = Behaviour { crm_photo_form: PhotoForm::Id, pf_contract: contract, ..Behaviour::default() };
        let mut pipeline = Pipeline::new(behaviour, [agent("agent-1", 1)]).await;
        let (_, applied, _) = pipeline.apply().await.unwrap();
        assert!(matches!(applied[0].outcome, Outcome::Failed(_)), "{case}: {applied:?}");
        pipeline.one_row_each(&case);
        let row = pipeline.sandbox.crm_rows().remove(0);
        assert_eq!(
            (&row["public"]["photo"], &row["public"]["licence_expired_at"]),
            (&Value::Null, &json!("2031-03-31"))
        );
        assert!(row["fields"]["12"].is_string() && row["fields"]["13"].is_string(), "{case}: {row}");
        pipeline.edit("agent-1", Field::EmailSignature, json!("Another"));
        pipeline.apply().await.unwrap();
        assert_eq!(pipeline.sandbox.crm_rows()[0]["private"]["email_signature"], "Another", "{case}");
        pipeline.config.crm.photo_reference = PhotoReference::Id;
        pipeline.settle(&case).await;
        assert!(pipeline.sandbox.crm_rows()[0]["public"]["photo"].is_u64(), "{case}");
    }
}

#[tokio::test]
async fn a_failed_photo_does_not_stop_the_person_who_takes_the_login() {
    let mut pipeline = Pipeline::new(Behaviour::default(), [agent("agent-1", 1), agent("agent-2", 2)]).await;
    pipeline.settle("before").await;
    let login = |pipeline: &Pipeline, slug: &str| {
        pipeline.roster.people[&Slug::parse(slug).unwrap()].record[&Field::Login].clone()
    };
    let free = login(&pipeline, "agent-1");
    pipeline.edit("agent-1", Field::Login, json!("new-login@brokerage.example"));
    pipeline.photograph("agent-1", Field::Photo, 3);
    pipeline.edit("agent-2", Field::Login, free.clone());
    pipeline.sandbox.add_fault("crm POST /upload #1+ 422".parse().unwrap());
    let (_, applied, _) = pipeline.apply().await.unwrap();
    let outcomes: Vec<bool> = applied.iter().map(|person| person.outcome == Outcome::Done).collect();
    assert_eq!(outcomes, [false, true], "{applied:?}");
    let rows = pipeline.sandbox.crm_rows();
    assert!(
        rows.iter().any(|row| row["fields"]["11"] == "agent-2" && row["private"]["email"] == free.to_json()),
        "{rows:?}"
    );
}

#[tokio::test]
async fn both_photos_of_a_person_are_in_the_reason_with_the_remedy() {
    let mut pipeline = Pipeline::new(Behaviour::default(), [agent("agent-1", 1)]).await;
    pipeline.settle("before").await;
    for field in [Field::Photo, Field::PrivatePhoto] {
        std::fs::remove_file(pipeline.photograph("agent-1", field, 3)).unwrap();
    }
    let (_, applied, _) = pipeline.apply().await.unwrap();
    let why = applied[0].outcome.why().unwrap();
    let parts = ["`public.photo` was not uploaded: ", "`private.photo` was not uploaded: ", "add the file"];
    assert!(parts.iter().all(|part| why.contains(part)), "{why}");
}

#[tokio::test]
async fn a_download_is_tried_again_and_a_server_without_an_answer_is_given_up() {
    let mut pipeline = Pipeline::new(Behaviour::default(), [agent("agent-1", 1)]).await;
    pipeline.sandbox.add_fault("crm GET /photos #1 503".parse().unwrap());
    pipeline.settle("one refusal").await;

    let people = (1..=20).map(|number| agent(&format!("agent-{number}"), number));
    pipeline = Pipeline::new(Behaviour::default(), people).await;
    pipeline.sandbox.add_fault("crm GET /photos #1+ 404".parse().unwrap());
    pipeline.write().await.unwrap();
    pipeline.sandbox.clear_faults();
    pipeline.sandbox.forget_requests();
    pipeline.sandbox.add_fault("crm GET /photos #1+ drop".parse().unwrap());
    let (_, applied, _) = pipeline.apply().await.unwrap();
    assert!(applied.iter().all(|person| matches!(person.outcome, Outcome::Failed(_))), "{applied:?}");
    assert!(applied.iter().any(|person| person.outcome.why().unwrap().contains("several requests in a row")));
}

#[tokio::test]
async fn after_three_people_in_a_row_no_other_photo_is_tried_and_everything_else_is_written() {
    let people = (1..=9).map(|number| agent(&format!("agent-{number}"), number));
    let mut pipeline = Pipeline::new(Behaviour::default(), people).await;
    pipeline.settle("before").await;
    for number in 1..=9 {
        let slug = format!("agent-{number}");
        pipeline.photograph(&slug, Field::Photo, 1);
        pipeline.edit(&slug, Field::EmailSignature, json!("Another"));
    }
    pipeline.sandbox.add_fault("crm POST /upload #1+ 403".parse().unwrap());
    let (_, applied, _) = pipeline.apply().await.unwrap();
    assert!(applied.iter().all(|person| matches!(person.outcome, Outcome::Failed(_))), "{applied:?}");
    let why = |part: &str| applied.iter().filter(|person| person.outcome.why().unwrap().contains(part)).count();
    assert_eq!(why("refused with 403"), 9, "{applied:?}");
    for row in pipeline.sandbox.crm_rows() {
        assert_eq!(row["private"]["email_signature"], "Another");
    }
    pipeline.sandbox.clear_faults();
    pipeline.settle("after").await;
}

/// The repository may change between the plan and the upload.
#[cfg(unix)]
#[tokio::test]
async fn a_file_that_is_no_longer_the_planned_picture_is_not_uploaded() {
    let secret = tempfile::tempdir().unwrap();
    let elsewhere = secret.path().join("secret.jpg");
    std::fs::write(&elsewhere, crate::support::picture(1)).unwrap();
    let changes: [(&str, FileChange); 5] = [
        ("was changed since the plan was made", |path, _| std::fs::write(path, crate::support::picture(9)).unwrap()),
        ("names a file that is not there", |path, _| std::fs::remove_file(path).unwrap()),
        ("leads out of the repository", |path, elsewhere| {
            std::fs::remove_file(path).unwrap();
            std::os::unix::fs::symlink(elsewhere, path).unwrap();
        }),
        ("is not a plain file", |path, _| {
            std::fs::remove_file(path).unwrap();
            std::fs::create_dir(path).unwrap();
        }),
        ("is larger than 15 MB", |path, _| std::fs::write(path, vec![0; (15 << 20) + 1]).unwrap()),
    ];
    for (says, change) in changes {
        let mut pipeline = Pipeline::new(Behaviour::default(), [agent("agent-1", 1)]).await;
        pipeline.settle("before").await;
        let path = pipeline.photograph("agent-1", Field::PrivatePhoto, 1);
        change(&path, &elsewhere);
        pipeline.sandbox.forget_requests();
        let (_, applied, _) = pipeline.apply().await.unwrap();
        let why = applied[0].outcome.why().unwrap();
        assert!(why.contains(says) && why.contains("`private.photo`") && !why.contains(".jpg"), "{says}: {why}");
        assert_eq!(pipeline.writes(), [""; 0], "{says}");
    }
}

/// A CRM that accepts a reference and shows no photo: the type or the form is wrong, so the run must not end well.
#[test]
fn a_photo_that_has_no_effect_fails_the_read_back() {
    let repo = with_photo();
    published(&repo);
    repo.sandbox.add_fault(Fault {
        system: Some(System::Crm),
        on: FaultTarget::Route(Method::GET, "/users".to_owned()),
        at: 1,
        times: u32::MAX,
        effect: FaultEffect::Edit(|body| {
            for user in body["users"].as_array_mut().into_iter().flatten() {
                user["public"]["photo"] = Value::Null;
            }
        }),
    });
    repo.run(&["apply", "--yes"]).exits(5).stdout_has("written, but").stdout_has("public.photo");
}

/// Everything of a new person but the photo is in the create, so that nothing else writes the link.
#[test]
fn with_links_in_a_file_a_new_person_whose_photo_is_refused_stays_linked() {
    for fault in [Some("crm PUT /users #1+ 422"), None] {
        let repo = Repo::of(1);
        picture(&repo, 1);
        repo.write("roster.yaml", "links: file\nlimits: {create: {count: 1000}, update: {count: 1000}}\n");
        let text = repo.read("agents/agent-1.yaml");
        let without_date: String =
            text.lines().filter(|line| !line.contains("licence_expired_at")).map(|line| format!("{line}\n")).collect();
        repo.write(
            "agents/agent-1.yaml",
            &without_date.replace("private:\n", &format!("private:\n  photo: {PHOTO}\n")),
        );
        if let Some(fault) = fault {
            repo.fault(fault);
        }
        repo.run(&["apply", "--yes"]).exits(if fault.is_some() { 5 } else { 0 });
        assert!(repo.read("roster.lock").contains("agent-1:"), "{fault:?}: {}", repo.read("roster.lock"));
        repo.sandbox.clear_faults();
        repo.run(&["apply", "--yes"]).exits(0);
        repo.run(&["plan", "--detailed-exitcode"]).exits(0);
    }
}

#[tokio::test]
async fn refused_references_do_not_stop_people_without_a_photo() {
    let people = (1..=8).map(|number| agent(&format!("agent-{number}"), number));
    let mut pipeline = Pipeline::new(Behaviour { crm_photo_form: PhotoForm::Id, ..Behaviour::default() }, people).await;
    pipeline.config.crm.photo_reference = PhotoReference::Id;
    pipeline.settle("before").await;
    pipeline.config.crm.photo_reference = PhotoReference::Object;
    for number in 1..=6 {
        pipeline.photograph(&format!("agent-{number}"), Field::Photo, 3);
    }
    for number in 7..=8 {
        pipeline.edit(&format!("agent-{number}"), Field::EmailSignature, json!("Another"));
    }
    let (_, applied, _) = pipeline.apply().await.unwrap();
    let done: Vec<bool> = applied.iter().map(|person| person.outcome == Outcome::Done).collect();
    assert_eq!(done, [false, false, false, false, false, false, true, true], "{applied:?}");
}
