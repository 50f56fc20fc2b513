//! Photos: sent to Property Finder by a public address, uploaded to the CRM, and sent again when the picture changes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use roster::apply::Outcome;
use roster::model::agent::{Field, Slug};
use roster::model::config::{PfContract, PhotoReference};
use roster::model::record::System;
use roster::sandbox::{Behaviour, Fault, FaultEffect, FaultTarget, PhotoForm, WriteMode};
use serde_json::{Value, json};

use crate::support::{Pipeline, Repo, agent};

mod failures;

const PHOTO: &str = "agents/photos/agent-1.jpg";

fn picture(repo: &Repo, shade: u8) {
    let path = repo.path(PHOTO);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, [b"\xff\xd8\xff\xe0".as_slice(), &vec![shade; 6000]].concat()).unwrap();
}

fn with_photo() -> Repo {
    let repo = Repo::of(2);
    picture(&repo, 1);
    repo.edit_agent(1, "  languages:", &format!("  photo: {PHOTO}\n  languages:"));
    repo
}

fn published(repo: &Repo) {
    let base = "https://cdn.brokerage.example/people/";
    let text = repo.read("roster.yaml");
    repo.write("roster.yaml", &format!("{text}property_finder: {{photo_base_url: '{base}'}}\n"));
}

fn sent(repo: &Repo) -> String {
    let rows = repo.sandbox.pf_rows();
    let row = rows.iter().find(|row| row["email"] == "login-1@brokerage.example").unwrap();
    row["publicProfile"]["imageUrl"].as_str().unwrap_or_default().to_owned()
}

fn plan(repo: &Repo, args: &[&str]) -> Value {
    let args = [&["plan", "--output", "json=-"], args].concat();
    serde_json::from_str(&repo.run(&args).exits(0).stdout).unwrap()
}

#[test]
fn a_changed_photo_at_the_same_path_is_sent() {
    let repo = with_photo();
    published(&repo);
    repo.commit();
    repo.run(&["apply", "--yes"]).exits(0);
    let first = sent(&repo);
    assert!(first.starts_with("https://cdn.brokerage.example/people/agents/photos/agent-1.jpg?v="), "{first}");
    repo.is_settled(2, "the first picture");

    picture(&repo, 2);
    let shown = plan(&repo, &["--base", "HEAD"]);
    let fields = &shown["actions"][0]["fields"];
    assert_eq!(
        (&shown["summary"]["update"], &fields[0]["path"], &fields[0]["class"]),
        (&json!(1), &json!("public.photo"), &json!("change")),
        "{shown}"
    );
    repo.run(&["apply", "--yes"]).exits(0);
    assert_ne!(sent(&repo), first);
    repo.is_settled(2, "the second picture");

    // The old picture again: the portal gets the address that it had at first.
    picture(&repo, 1);
    repo.run(&["apply", "--yes"]).exits(0);
    assert_eq!(sent(&repo), first);
}

/// Without a hash in it the address stays, and is sent again.
#[test]
fn the_place_of_the_hash_in_the_address_is_a_setting() {
    for (form, first_step) in [("path", 16), ("none", "agents".len())] {
        let repo = with_photo();
        published(&repo);
        repo.edit("roster.yaml", "people/'}", &format!("people/', photo_version: {form}}}"));
        repo.run(&["apply", "--yes"]).exits(0);
        let first = sent(&repo);
        let rest = first.strip_prefix("https://cdn.brokerage.example/people/").unwrap();
        assert_eq!(rest.split('/').next().unwrap().len(), first_step, "{first}");
        assert!(rest.ends_with("agents/photos/agent-1.jpg"), "{first}");
        repo.is_settled(2, form);
        picture(&repo, 2);
        repo.sandbox.forget_requests();
        repo.run(&["apply", "--yes"]).exits(0);
        let profile = repo.writes().into_iter().filter(|write| write.starts_with("pf PATCH /v1/public-profiles/"));
        assert_eq!(profile.count(), 1, "{form}");
        assert_eq!(sent(&repo) == first, form == "none", "{first}");
        repo.is_settled(2, form);
    }
}

#[test]
fn an_unchanged_photo_that_was_not_sent_is_drift() {
    let repo = with_photo();
    published(&repo);
    repo.commit();
    repo.run(&["apply", "--yes"]).exits(0);
    // Another revision had another picture applied.
    picture(&repo, 2);
    repo.run(&["apply", "--yes"]).exits(0);
    picture(&repo, 1);
    let shown = plan(&repo, &["--base", "HEAD"]);
    assert_eq!(shown["actions"][0]["fields"][0]["class"], "drift", "{shown}");
}

/// The bytes of a photo in the CRM, by the member that names it.
fn in_crm(repo: &Repo, pointer: &str) -> Option<Vec<u8>> {
    let rows = repo.sandbox.crm_rows();
    let row = rows.iter().find(|row| row["fields"]["11"] == "agent-1").unwrap();
    let id = row.pointer(pointer)?.as_u64()?;
    let files = repo.sandbox.crm_files();
    let file = files.iter().find(|file| file["id"] == id).unwrap();
    assert_eq!((&file["name"], &file["media"]), (&json!("agent-1.jpg"), &json!("image/jpeg")));
    Some(STANDARD.decode(file["content"].as_str().unwrap()).unwrap())
}

fn shade(picture: &[u8]) -> Option<u8> {
    picture.last().copied()
}

fn uploads(repo: &Repo) -> usize {
    repo.writes().iter().filter(|write| *write == "crm POST /upload?type=user_image").count()
}

#[test]
fn a_photo_of_the_repository_is_uploaded_to_the_crm_and_again_when_it_changes() {
    let repo = with_photo();
    published(&repo);
    repo.edit_agent(1, "private:\n", &format!("private:\n  photo: {PHOTO}\n"));
    repo.run(&["apply", "--yes"]).exits(0);
    repo.is_settled(2, "the first picture");
    let photos = |repo: &Repo| ["/public/photo", "/private/photo"].map(|member| in_crm(repo, member).unwrap());
    assert_eq!(photos(&repo).map(|photo| shade(&photo)), [Some(1); 2]);
    assert_eq!(photos(&repo)[0], std::fs::read(repo.path(PHOTO)).unwrap(), "every byte");
    assert_eq!(uploads(&repo), 2);

    picture(&repo, 2);
    repo.run(&["apply", "--yes"]).exits(0);
    repo.is_settled(2, "the second picture");
    assert_eq!(photos(&repo).map(|photo| shade(&photo)), [Some(2); 2]);
    assert_eq!(uploads(&repo), 4);

    // Another change sends no picture.
    repo.edit_agent(1, "first_name: Sara", "first_name: Sarah");
    repo.run(&["apply", "--yes"]).exits(0);
    repo.is_settled(2, "another name");
    assert_eq!(uploads(&repo), 4);
}

#[test]
fn a_photo_at_an_address_is_downloaded_without_a_key_and_uploaded() {
    let repo = Repo::of(1);
    repo.edit_agent(1, "  languages:", "  photo: https://cdn.brokerage.example/a.jpg\n  languages:");
    repo.run(&["apply", "--yes"]).exits(0);
    repo.is_settled(1, "the first address");
    let photo = in_crm(&repo, "/public/photo").unwrap();
    assert!(String::from_utf8_lossy(&photo).contains("/cdn.brokerage.example/a.jpg"));
    assert_eq!(sent(&repo), "https://cdn.brokerage.example/a.jpg");

    repo.edit_agent(1, "example/a.jpg", "example/b.jpg");
    repo.run(&["apply", "--yes"]).exits(0);
    repo.is_settled(1, "the second address");
    assert!(String::from_utf8_lossy(&in_crm(&repo, "/public/photo").unwrap()).contains("/b.jpg"));
}

#[test]
fn a_photo_that_is_removed_from_the_crm_by_hand_is_uploaded_again() {
    let repo = with_photo();
    published(&repo);
    repo.commit();
    repo.run(&["apply", "--yes"]).exits(0);
    let mut row = repo.sandbox.crm_rows().into_iter().find(|row| row["fields"]["11"] == "agent-1").unwrap();
    row["public"]["photo"] = Value::Null;
    repo.sandbox.put_crm_row(&row);
    let shown = plan(&repo, &["--base", "HEAD"]);
    let fields = &shown["actions"][0]["fields"];
    assert_eq!((&fields[0]["class"], &fields[0]["before"]), (&json!("drift"), &Value::Null), "{shown}");
    repo.run(&["apply", "--yes"]).exits(0);
    repo.is_settled(2, "the same picture");
    assert_eq!(in_crm(&repo, "/public/photo").as_deref().and_then(shade), Some(1));
}

#[test]
fn an_emptied_photo_is_removed_from_the_crm() {
    let repo = Repo::of(1);
    picture(&repo, 1);
    repo.edit_agent(1, "private:\n", &format!("private:\n  photo: {PHOTO}\n"));
    repo.run(&["apply", "--yes"]).exits(0);
    assert!(in_crm(&repo, "/private/photo").is_some());
    repo.edit_agent(1, &format!("  photo: {PHOTO}\n"), "  photo: null\n");
    let shown = plan(&repo, &[]);
    assert_eq!(shown["actions"][0]["fields"][0]["path"], "private.photo", "{shown}");
    repo.run(&["apply", "--yes"]).exits(0);
    repo.is_settled(1, "no picture");
    assert!(in_crm(&repo, "/private/photo").is_none());
}

#[test]
fn a_photo_that_cannot_be_sent_is_an_error_with_the_remedy() {
    let repo = with_photo();
    for args in [&["validate"][..], &["plan"], &["apply", "--yes"]] {
        let run = repo.run(args);
        run.exits(4).stderr_has("this path has none").stderr_has("property_finder.photo_base_url");
    }
    let comment = repo.run(&["plan", "--output", "markdown=-"]).exits(4).stdout.clone();
    assert!(comment.contains("photo_base_url"), "{comment}");
    assert_eq!(repo.sandbox.requests(), []);

    published(&repo);
    assert_eq!(plan(&repo, &[])["warnings"], json!([]));
    repo.edit_agent(1, &format!("  photo: {PHOTO}\n"), "  photo: null\n");
    repo.run(&["validate"]).exits(4).stderr_has("Property Finder has no call that removes a photo");
}

/// Every form of a reference, and a CRM that returns no photos.
#[tokio::test]
async fn photos_converge_whatever_a_reference_looks_like_and_whether_the_crm_returns_photos() {
    let forms = [
        (PhotoForm::Object, PhotoReference::Object),
        (PhotoForm::Token, PhotoReference::Token),
        (PhotoForm::Id, PhotoReference::Id),
    ];
    for (crm_photo_form, reference) in forms {
        // A PUT that replaces the whole row would empty what the CRM does not return.
        for (crm_photos_returned, crm_put) in
            [(true, WriteMode::Merge), (true, WriteMode::Replace), (false, WriteMode::Merge)]
        {
            let case = format!("{reference:?}, returned: {crm_photos_returned}, {crm_put:?}");
            let behaviour = Behaviour { crm_photo_form, crm_photos_returned, crm_put, ..Behaviour::default() };
            photos_converge(&case, behaviour, reference).await;
        }
    }
}

async fn photos_converge(case: &str, behaviour: Behaviour, reference: PhotoReference) {
    let mut pipeline = Pipeline::new(behaviour, [agent("agent-1", 1)]).await;
    pipeline.config.crm.photo_reference = reference;
    let shown = |pipeline: &Pipeline| {
        let (row, files) = (pipeline.sandbox.crm_rows().remove(0), pipeline.sandbox.crm_files());
        let last = |photo: &Value| {
            let file = files.iter().find(|file| file["id"] == *photo)?;
            shade(&STANDARD.decode(file["content"].as_str().unwrap()).unwrap())
        };
        [last(&row["public"]["photo"]), last(&row["private"]["photo"])]
    };
    pipeline.photograph("agent-1", Field::Photo, 1);
    pipeline.photograph("agent-1", Field::PrivatePhoto, 2);
    pipeline.settle(&format!("{case}: create")).await;
    assert_eq!(shown(&pipeline), [Some(1), Some(2)], "{case}");
    pipeline.photograph("agent-1", Field::Photo, 3);
    pipeline.settle(&format!("{case}: change")).await;
    assert_eq!(shown(&pipeline), [Some(3), Some(2)], "{case}");
    pipeline.edit("agent-1", Field::PrivatePhoto, Value::Null);
    pipeline.settle(&format!("{case}: clear")).await;
    assert_eq!(shown(&pipeline), [Some(3), None], "{case}");
    pipeline.edit("agent-1", Field::FirstName, json!("Sarah"));
    pipeline.settle(&format!("{case}: another field")).await;
    assert_eq!(shown(&pipeline), [Some(3), None], "{case}");
}

/// A download can take long, and must not delay what would be lost.
#[tokio::test]
async fn the_ids_of_a_new_user_are_stored_before_a_photo_is_downloaded_or_uploaded() {
    for contract in [PfContract::Enterprise, PfContract::Documented] {
        let behaviour = Behaviour { pf_contract: contract, ..Behaviour::default() };
        let mut pipeline = Pipeline::new(behaviour, [agent("agent-1", 1)]).await;
        pipeline.photograph("agent-1", Field::PrivatePhoto, 2);
        pipeline.apply().await.unwrap();
        let requests = pipeline.sandbox.requests();
        let photo = |path: &str| path.starts_with("/upload") || path.starts_with("/photos");
        let first_photo = requests.iter().position(|logged| photo(&logged.target)).unwrap();
        let created =
            requests.iter().position(|logged| logged.method == "POST" && logged.target == "/v1/users").unwrap();
        let between = requests[created..first_photo].iter().filter(|logged| logged.method == "PUT").count();
        assert!(between >= 1, "{contract:?}: {requests:?}");
    }
}

/// The picture of somebody who has left can be removed, with the file that names it still there.
#[test]
fn the_picture_of_an_archived_person_may_be_gone() {
    let repo = with_photo();
    published(&repo);
    std::fs::remove_file(repo.path(PHOTO)).unwrap();
    repo.run(&["validate"]).exits(4).stderr_has("names a file that is not there");
    repo.edit_agent(1, "status: active", "status: archived");
    repo.run(&["validate"]).exits(0);
}

/// Whatever the row shows after a PUT without an answer, it is not what the file remembers.
#[test]
fn with_links_in_a_file_a_photo_whose_answer_was_lost_is_sent_again_also_if_the_file_is_reverted() {
    for fault in ["crm PUT /users #1 drop-after", "crm PUT /users #1 drop"] {
        let repo = with_photo();
        repo.write("roster.yaml", "links: file\nlimits: {create: {count: 1000}, update: {count: 1000}}\n");
        published(&repo);
        repo.run(&["apply", "--yes"]).exits(0);
        picture(&repo, 2);
        repo.fault(fault);
        // The retry is refused, so nobody waits for its answer.
        repo.fault("crm PUT /users #2+ 403");
        repo.run(&["apply", "--yes"]).exits(5);
        repo.sandbox.clear_faults();
        picture(&repo, 1);
        repo.run(&["apply", "--yes"]).exits(0);
        repo.run(&["plan", "--detailed-exitcode"]).exits(0);
        let rows = repo.sandbox.crm_rows();
        let row = rows.iter().find(|row| row["private"]["email"] == "login-1@brokerage.example").unwrap();
        let file = repo.sandbox.crm_files().into_iter().find(|file| file["id"] == row["public"]["photo"]).unwrap();
        let shown = STANDARD.decode(file["content"].as_str().unwrap()).unwrap();
        assert_eq!(shade(&shown), Some(1), "{fault}");
    }
}

/// The lock is written before the PUT; that a photo is there is known after it.
#[test]
fn with_links_in_a_file_a_photo_is_remembered_once_the_crm_names_it() {
    let repo = with_photo();
    repo.write("roster.yaml", "links: file\nlimits: {create: {count: 1000}, update: {count: 1000}}\n");
    published(&repo);
    repo.run(&["apply", "--yes"]).exits(0);
    assert!(repo.read("roster.lock").contains("pic: "), "{}", repo.read("roster.lock"));
    let before = repo.read("roster.lock");
    picture(&repo, 2);
    repo.fault("crm PUT /users #1+ 422");
    repo.run(&["apply", "--yes"]).exits(5);
    let pic = |lock: &str| lock.lines().find(|line| line.contains("pic: ")).unwrap().trim().to_owned();
    assert_eq!(pic(&repo.read("roster.lock")), pic(&before));
    repo.sandbox.clear_faults();
    repo.run(&["apply", "--yes"]).exits(0);
    let after = pic(&repo.read("roster.lock"));
    assert!(after != pic(&before) && after.starts_with("pic: '#"), "{after}");
    repo.run(&["plan", "--detailed-exitcode"]).exits(0);
    let row = repo.sandbox.crm_rows().into_iter().find(|row| row["private"]["email"] == "login-1@brokerage.example");
    assert!(row.unwrap()["public"]["photo"].is_u64());
}
