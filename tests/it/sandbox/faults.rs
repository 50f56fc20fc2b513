use std::time::Duration;

use reqwest::Method;
use roster::model::record::System;
use roster::sandbox::{Behaviour, Fault, FaultEffect, FaultTarget, SandboxOptions};
use serde_json::{Value, json};

use super::{Bench, Said};

fn person(number: u32) -> Value {
    let email = format!("agent{number}@example.ae");
    json!({ "user": {
        "public": { "first_name": "A" }, "private": { "first_name": "A", "email": email }, "role": "agent"
    } })
}

/// Creates a person; nothing, when the connection ended without an answer.
async fn create(bench: &Bench, token: &str, number: u32) -> Option<Said> {
    let url = format!("{}/users", bench.sandbox.crm_url());
    match bench.send(Method::POST, &url, token, Some(person(number))).await {
        Ok(response) => Some(Said::of(response).await),
        Err(error) => {
            assert!(error.is_request() && !error.is_connect() && !error.is_timeout(), "{error:?}");
            None
        }
    }
}

#[tokio::test]
async fn a_fault_affects_exactly_the_requests_that_it_names() {
    // What becomes of three creates, and how many of them are stored.
    let table: &[(&str, [Option<u16>; 3], usize)] = &[
        ("crm write #2 drop", [Some(201), None, Some(201)], 2),
        ("crm write #2 drop-after", [Some(201), None, Some(201)], 3),
        ("crm POST /users #1x2 503", [Some(503), Some(503), Some(201)], 1),
        ("crm POST /users #2+ 500 after", [Some(201), Some(500), Some(500)], 3),
        ("#3 expire", [Some(201), Some(401), Some(401)], 1),
        ("crm #3 403 html", [Some(201), Some(403), Some(201)], 2),
        ("pf #1 500", [Some(201); 3], 3),
        ("read #1 500", [Some(201); 3], 3),
        ("crm token #2 500", [Some(201); 3], 3),
        ("crm POST /other #1 500", [Some(201); 3], 3),
    ];
    for (fault, want, stored) in table {
        let bench =
            Bench::with(SandboxOptions { faults: vec![fault.parse().unwrap()], ..SandboxOptions::default() }).await;
        let token = bench.crm_token().await;
        for (number, status) in (1..).zip(want) {
            let said = create(&bench, &token, number).await;
            assert_eq!(said.map(|said| said.status), *status, "{fault}: create {number}");
        }
        assert_eq!(bench.sandbox.crm_rows().len(), *stored, "{fault}");
        let logged: Vec<_> = bench.sandbox.requests().into_iter().skip(1).map(|logged| logged.status).collect();
        assert_eq!(logged, want, "{fault}");
    }
}

#[tokio::test]
async fn a_fault_can_cut_an_answer() {
    let bench =
        Bench::with(SandboxOptions { faults: vec!["crm write cut".parse().unwrap()], ..SandboxOptions::default() })
            .await;
    let token = bench.crm_token().await;
    let url = format!("{}/users", bench.sandbox.crm_url());
    let response = bench.send(Method::POST, &url, &token, Some(person(1))).await.unwrap();
    assert_eq!(response.status(), 201);
    let error = response.text().await.unwrap_err();
    assert!(error.is_body() || error.is_decode(), "{error:?}");
    assert_eq!(bench.sandbox.crm_rows().len(), 1);
}

#[tokio::test]
async fn a_fault_can_withhold_the_answer() {
    for (fault, stored) in [("crm write hang", 0), ("crm write hang-after", 1)] {
        let bench =
            Bench::with(SandboxOptions { faults: vec![fault.parse().unwrap()], ..SandboxOptions::default() }).await;
        let token = bench.crm_token().await;
        let call = bench.http.post(format!("{}/users", bench.sandbox.crm_url())).bearer_auth(token).json(&person(1));
        assert!(call.timeout(Duration::from_millis(50)).send().await.unwrap_err().is_timeout());
        assert_eq!(bench.sandbox.crm_rows().len(), stored, "{fault}");
        bench.sandbox.stop().await;
    }
}

#[tokio::test]
async fn a_fault_can_set_retry_after_or_send_html() {
    let bench = Bench::new().await;
    let token = bench.pf_token().await;
    let url = format!("{}/v1/roles", bench.sandbox.pf_url());
    bench.sandbox.add_fault("pf 429 retry-after=2".parse().unwrap());
    let response = bench.send(Method::GET, &url, &token, None).await.unwrap();
    assert_eq!((response.status().as_u16(), &response.headers()["retry-after"]), (429, &"2".parse().unwrap()));
    assert_eq!(Said::of(response).await.body["code"], "common_http_429-too-many-requests");
    bench.sandbox.add_fault("pf 403 html".parse().unwrap());
    let response = bench.send(Method::GET, &url, &token, None).await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/html; charset=utf-8");
    assert!(response.text().await.unwrap().starts_with("<!DOCTYPE html>"));

    bench.sandbox.add_fault(Fault {
        system: Some(System::Pf),
        on: FaultTarget::Route(Method::GET, "/v1/users".to_owned()),
        at: 1,
        times: 1,
        effect: FaultEffect::Edit(|body| body["pagination"]["total"] = json!(40)),
    });
    let said = bench.pf(Method::GET, "/v1/users", None).await;
    assert_eq!((said.status, &said.body["pagination"]["total"]), (200, &json!(40)));
    bench.sandbox.add_fault("500".parse().unwrap());
    bench.sandbox.clear_faults();
    assert_eq!(bench.pf(Method::GET, "/v1/users", None).await.body["pagination"]["total"], 0);
}

#[tokio::test]
async fn each_system_and_its_token_calls_have_a_rate_limit() {
    let rate = Some("2/3600s".parse().unwrap());
    let bench = Bench::behaving(Behaviour { pf_rate: rate, pf_token_rate: rate, ..Behaviour::default() }).await;
    let token = bench.pf_token().await;
    bench.pf_token().await;
    let said = bench.pf_token_call(&json!({})).await;
    assert_eq!((said.status, &said.body["type"]), (429, &json!("RATE_LIMIT")));
    let url = format!("{}/v1/roles", bench.sandbox.pf_url());
    let roles = async || bench.send(Method::GET, &url, &token, None).await.unwrap();
    assert_eq!((roles().await.status(), roles().await.status()), (200.try_into().unwrap(), 200.try_into().unwrap()));
    let response = roles().await;
    assert_eq!((response.status().as_u16(), response.headers().get("retry-after")), (429, None));
    bench.sandbox.set_behaviour(Behaviour { pf_rate: rate, crm_rate: rate, retry_after: true, ..Behaviour::default() });
    let wait: u64 = roles().await.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((3590..=3600).contains(&wait), "{wait}");

    for status in [200, 200, 429] {
        assert_eq!(bench.crm(Method::GET, "/users", None).await.status, status);
    }
}

#[tokio::test]
async fn a_token_expires_after_requests_or_after_a_time() {
    let bench = Bench::behaving(Behaviour { token_requests: Some(2), ..Behaviour::default() }).await;
    let token = bench.pf_token().await;
    let url = format!("{}/v1/roles", bench.sandbox.pf_url());
    for status in [200, 200, 401, 401] {
        assert_eq!(bench.send(Method::GET, &url, &token, None).await.unwrap().status().as_u16(), status);
    }
    let bench = Bench::behaving(Behaviour { token_seconds: 0, ..Behaviour::default() }).await;
    let said = bench.http.post(bench.sandbox.crm_token_url()).basic_auth("sandbox-crm-key", Some("sandbox-crm-secret"));
    let said = said.json(&json!({ "scope": "openid", "grant_type": "client_credentials" })).send().await.unwrap();
    let token = Said::of(said).await.body["access_token"].as_str().unwrap().to_owned();
    let url = format!("{}/users", bench.sandbox.crm_url());
    assert_eq!(bench.send(Method::GET, &url, &token, None).await.unwrap().status(), 401);
}

#[tokio::test]
async fn the_log_has_every_request_and_what_a_write_carried() {
    let bench = Bench::new().await;
    bench.crm(Method::POST, "/users", Some(person(1))).await;
    bench.crm(Method::GET, "/users?page=1&filters[name]=a", None).await;
    bench.pf(Method::PATCH, "/v1/users/1", Some(json!({}))).await;
    let log: Vec<_> = bench
        .sandbox
        .requests()
        .into_iter()
        .map(|line| (line.system, format!("{} {}", line.method, line.target), line.status, line.body))
        .collect();
    let want = [
        (System::Crm, "POST /auth/oauth/v1/token", Some(200), None),
        (System::Crm, "POST /users", Some(201), Some(person(1))),
        (System::Crm, "POST /auth/oauth/v1/token", Some(200), None),
        (System::Crm, "GET /users?page=1&filters[name]=a", Some(200), None),
        (System::Pf, "POST /v1/auth/token", Some(200), None),
        (System::Pf, "PATCH /v1/users/1", Some(404), Some(json!({}))),
    ];
    assert_eq!(log, want.map(|(system, line, status, body)| (system, line.to_owned(), status, body)));
    bench.sandbox.forget_requests();
    assert!(bench.sandbox.requests().is_empty());
}

#[tokio::test]
async fn every_answer_has_the_configured_latency() {
    let bench = Bench::behaving(Behaviour { latency_ms: 30, ..Behaviour::default() }).await;
    let start = std::time::Instant::now();
    bench.pf_token().await;
    assert!(start.elapsed() >= Duration::from_millis(30));
}

#[tokio::test]
async fn a_stopped_sandbox_accepts_no_connection() {
    let bench = Bench::new().await;
    let token = bench.crm_token().await;
    let url = format!("{}/users", bench.sandbox.crm_url());
    bench.sandbox.stop().await;
    let error = bench.http.get(url).bearer_auth(token).send().await.unwrap_err();
    assert!(error.is_connect(), "{error:?}");
}
