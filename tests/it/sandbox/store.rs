use reqwest::Method;
use roster::sandbox::{Behaviour, Sandbox, SandboxOptions};
use serde_json::json;

use super::Bench;

#[tokio::test]
async fn a_restart_keeps_rows_ids_and_unreturned_values() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sandbox.json");
    let options = || SandboxOptions { file: Some(file.clone()), ..SandboxOptions::default() };
    let user = |email: &str| {
        json!({
            "email": email, "firstName": "Sara", "lastName": "Khan", "mobile": "0501234567", "roleId": 5,
            "publicProfile": { "name": "سارة", "email": email, "phone": "0501234567", "experienceSince": 2014 }
        })
    };
    let bench = Bench::with(options()).await;
    bench.pf(Method::POST, "/v1/users", Some(user("a@example.ae"))).await;
    let gone = bench.sandbox.put_crm_row(&json!({ "fields": { "11": "sara" } }));
    bench.crm(Method::DELETE, &format!("/users/{gone}"), None).await;
    let (crm, pf) = (bench.sandbox.crm_rows(), bench.sandbox.pf_rows());
    bench.sandbox.stop().await;

    let bench = Bench::with(options()).await;
    assert_eq!((bench.sandbox.crm_rows(), bench.sandbox.pf_rows()), (crm, pf));
    assert_eq!(bench.sandbox.pf_rows()[0]["publicProfile"]["experienceSince"], 2014);
    let said = bench.pf(Method::POST, "/v1/users", Some(user("b@example.ae"))).await;
    assert_eq!((&said.body["id"], &said.body["publicProfile"]["id"]), (&json!(7702), &json!(9002)));
    assert_eq!(bench.sandbox.put_crm_row(&json!({})), gone + 1, "an id is never given twice");
}

#[tokio::test]
async fn an_invalid_state_file_is_named_and_not_changed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sandbox.json");
    let mut other = serde_json::to_value(roster::sandbox::SandboxState::default()).unwrap();
    other["format_version"] = json!(2);
    for (text, says) in [
        ("{\"format_version\": 1".to_owned(), "is not a state of the sandbox: EOF"),
        ("[]".to_owned(), "is not a state of the sandbox"),
        (other.to_string(), "format_version is 2, and this roster knows 1"),
    ] {
        std::fs::write(&file, &text).unwrap();
        let error =
            Sandbox::start(SandboxOptions { file: Some(file.clone()), ..SandboxOptions::default() }).await.unwrap_err();
        let error = error.to_string();
        assert!(error.contains(says) && error.contains("sandbox.json"), "{error}");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
    }
}

#[tokio::test]
async fn a_write_that_cannot_be_stored_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state/sandbox.json");
    std::fs::create_dir(file.parent().unwrap()).unwrap();
    let bench = Bench::with(SandboxOptions { file: Some(file.clone()), ..SandboxOptions::default() }).await;
    std::fs::remove_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(file.parent().unwrap(), "a file where the folder was").unwrap();
    let user = json!({ "user": {
        "public": { "first_name": "A" }, "private": { "first_name": "A", "email": "a@example.ae" }, "role": "agent"
    } });
    let said = bench.crm(Method::POST, "/users", Some(user)).await;
    assert_eq!(said.status, 500, "{said:?}");
    assert!(said.text.contains("cannot be written"), "{said:?}");
}

#[tokio::test]
async fn duplicate_logins_are_accepted_if_so_configured() {
    let behaviour = Behaviour { crm_takes_duplicates: true, pf_takes_duplicates: true, ..Behaviour::default() };
    let bench = Bench::behaving(behaviour).await;
    let crm = json!({ "user": {
        "public": { "first_name": "A" }, "private": { "first_name": "A", "email": "a@example.ae" }, "role": "agent"
    } });
    let pf = json!({
        "email": "a@example.ae", "firstName": "Aa", "lastName": "Bb", "mobile": "0501234567", "roleId": 5,
        "publicProfile": { "name": "Aa Bb", "email": "a@example.ae", "phone": "0501234567" }
    });
    for _ in 0..2 {
        assert_eq!(bench.crm(Method::POST, "/users", Some(crm.clone())).await.status, 201);
        assert_eq!(bench.pf(Method::POST, "/v1/users", Some(pf.clone())).await.status, 201);
    }
}

#[tokio::test]
async fn a_port_in_use_is_named() {
    let bench = Bench::new().await;
    let port = bench.sandbox.crm_url().trim_end_matches("/crm").rsplit_once(':').unwrap().1.parse().unwrap();
    let error = Sandbox::start(SandboxOptions { port, ..SandboxOptions::default() }).await.unwrap_err();
    assert!(error.to_string().contains(&format!("127.0.0.1:{port}")), "{error}");
}
