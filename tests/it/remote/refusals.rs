//! Refusals that depend on what else the server answers.

use super::*;

/// Refuses every request for user 1 with 401; the second answer waits for the gate.
async fn refuses_user_1(gate: Arc<Semaphore>) -> ScriptedServer {
    ScriptedServer::start(move |seen, before| match seen.path.as_str() {
        CRM_TOKEN => Reply::Usual,
        "/crm/users/1" if before == 0 => Reply::Json(401, json!({"error": "expired"})),
        "/crm/users/1" => Reply::Gated(Arc::clone(&gate), Box::new(Reply::Json(401, json!({"error": "expired"})))),
        _ => ok(json!({"user": user(2)})),
    })
    .await
}

async fn until_asked_twice(server: &ScriptedServer) {
    while server.seen().len() < 2 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_second_401_concerns_one_request_while_others_succeed() {
    let gate = Arc::new(Semaphore::new(0));
    let server = refuses_user_1(Arc::clone(&gate)).await;
    let crm = server.crm();
    let (refused, ()) = tokio::join!(crm.reader.get(1), async {
        until_asked_twice(&server).await;
        crm.reader.get(2).await.unwrap();
        gate.add_permits(1);
    });
    let error = refused.unwrap_err();
    assert!(matches!(error.what, ErrorKind::Forbidden { status: 401, remedy: None, .. }), "{error:?}");
    assert_eq!((crm.reader.closed(), crm.reader.get(2).await.is_ok()), (None, true));
}

#[tokio::test]
async fn a_401_that_comes_twice_to_a_lone_request_leaves_the_system_open_if_a_probe_succeeds() {
    let gate = Arc::new(Semaphore::new(0));
    let server = refuses_user_1(Arc::clone(&gate)).await;
    let crm = server.crm();
    crm.reader.get(2).await.unwrap();
    gate.add_permits(1);
    let error = crm.reader.get(1).await.unwrap_err();
    assert!(matches!(error.what, ErrorKind::Forbidden { status: 401, .. }), "{error:?}");
    assert_eq!((crm.reader.closed(), crm.reader.get(2).await.is_ok()), (None, true));
}

#[tokio::test]
async fn a_401_page_to_a_lone_request_is_a_filter_if_a_probe_succeeds() {
    let server = ScriptedServer::start(|seen, _| match seen.path.as_str() {
        CRM_TOKEN => Reply::Usual,
        "/crm/users/1" => html(401, "<title>Blocked</title>"),
        _ => ok(json!({"users": [], "count": 0})),
    })
    .await;
    let crm = server.crm();
    let error = crm.reader.get(1).await.unwrap_err();
    assert!(matches!(error.what, ErrorKind::Forbidden { status: 401, page: true, remedy: None, .. }), "{error:?}");
    assert_eq!(crm.reader.closed(), None);
}

#[tokio::test]
async fn a_401_that_comes_twice_ends_the_run_when_a_probe_is_refused_too() {
    let server = ScriptedServer::start(|seen, _| match seen.path.as_str() {
        CRM_TOKEN => Reply::Usual,
        _ => Reply::Json(401, json!({"error": "expired"})),
    })
    .await;
    let crm = server.crm();
    let error = crm.reader.get(1).await.unwrap_err();
    assert!(matches!(error.what, ErrorKind::Denied { status: 401, .. }), "{error:?}");
    assert!(error_text(&error).contains("check CRM_API_KEY"), "{error:?}");
    let sent = server.seen().len();
    assert!(matches!(crm.reader.get(2).await.unwrap_err().what, ErrorKind::NotSent(_)));
    assert_eq!(server.seen().len(), sent);
}

#[tokio::test]
async fn a_404_for_a_listing_is_reported_as_a_wrong_address() {
    let everything =
        |status: u16| ScriptedServer::start(move |_, _| Reply::Text(status, vec![], "404 page not found".into()));
    for status in [404, 405] {
        let server = everything(status).await;
        let (crm, pf) = (server.crm().reader.list().await.unwrap_err(), server.pf().reader.list().await.unwrap_err());
        for (error, variable) in [(crm, "ROSTER_CRM_TOKEN_URL"), (pf, "ROSTER_PF_URL")] {
            let said = error_text(&error);
            assert!(said.contains(&format!("the address may be wrong: check {variable}")), "{said}");
            assert!(said.contains(&server.address.to_string()) && !said.contains("API_KEY"), "{said}");
        }
    }
    // Tokens come from another host than the CRM's data.
    let server = ScriptedServer::start(|_, _| Reply::Usual).await;
    let said = error_text(&server.crm().reader.list().await.unwrap_err());
    assert!(said.contains("not found") && said.contains("check ROSTER_CRM_URL"), "{said}");
    let said = error_text(&server.crm().reader.get(3).await.unwrap_err());
    assert!(!said.contains("ROSTER_CRM_URL"), "a row that is not there: {said}");
}

#[tokio::test]
async fn a_redirect_is_reported_and_not_followed() {
    let elsewhere = ScriptedServer::start(|_, _| ok(json!({"users": []}))).await;
    let target = format!("http://localhost:{}/users", elsewhere.address.port());
    let server = ScriptedServer::start(move |seen, _| match seen.path.as_str() {
        CRM_TOKEN => Reply::Usual,
        _ => Reply::Text(307, vec![("location", target.clone())], String::new()),
    })
    .await;
    for error in [server.crm().reader.list().await.unwrap_err(), server.crm().create(&json!({})).await.unwrap_err()] {
        assert!(matches!(error.what, ErrorKind::Refused { status: 307, .. }), "{error:?}");
        assert!(error_text(&error).contains("redirects to localhost"), "{}", error_text(&error));
    }
    assert!(elsewhere.requests().is_empty());
}

#[tokio::test]
async fn a_refusal_quotes_the_system_and_a_missing_row_is_missing() {
    let problem = json!({"title": "Unprocessable Entity", "status": 422, "detail": "",
        "errors": [{"pointer": "/email", "detail": "is taken"}]});
    let server = ScriptedServer::start(move |seen, _| match seen.line().as_str() {
        "POST /pf/v1/users" => Reply::Json(422, problem.clone()),
        _ => Reply::Usual,
    })
    .await;
    let error = server.pf().create(&json!({})).await.unwrap_err();
    let said = "Unprocessable Entity; /email is taken".into();
    assert_eq!(error.what, ErrorKind::Refused { status: 422, said });
    let crm = server.crm();
    let error = crm.update(&mut crm.reserve(1).await, 3, &json!({})).await.unwrap_err();
    assert_eq!(error.what, ErrorKind::Missing("404 page not found".into()));
    assert_eq!(server.crm().reader.reread(&[3, 4]).await.unwrap(), []);
}

/// With one request at once after a 429, a probe that waited beside a slot that its own request holds would wait for ever.
#[tokio::test]
async fn a_probe_needs_no_slot_beside_those_that_its_request_holds() {
    let server = ScriptedServer::start(|seen, before| match (seen.path.as_str(), before) {
        (CRM_TOKEN, _) => Reply::Usual,
        ("/crm/users/3", 0 | 1) => Reply::Json(429, json!({})),
        _ => Reply::Json(401, json!({"error": "expired"})),
    })
    .await;
    let mut config = Config::default();
    config.crm.rate = Rate { count: 100, window: Duration::from_millis(64) };
    let crm = CrmWriter::new(&server.endpoints(), &config).unwrap();
    // One is left at the probe.
    let mut slots = crm.reserve(5).await;
    let update = async { crm.update(&mut slots, 3, &json!({"user": {}})).await.unwrap_err() };
    let error = tokio::time::timeout(Duration::from_secs(20), update).await.unwrap();
    assert!(matches!(error.what, ErrorKind::Denied { status: 401, .. }), "{error:?}");
}
