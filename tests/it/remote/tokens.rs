//! Access tokens: one for all requests, renewed after a 401.

use super::*;

#[tokio::test]
async fn each_system_gets_one_documented_token_call_for_all_requests() {
    let server = ScriptedServer::start(|seen, _| match seen.path.as_str() {
        "/crm/users/me" => ok(json!({"user": user(3)})),
        "/pf/v1/roles" => ok(json!({"data": [{"id": 3, "name": "Admin", "roleKey": "admin", "baseRoleKey": "admin"}]})),
        _ => Reply::Usual,
    })
    .await;
    let (crm, pf) = (server.crm(), server.pf());
    let readers: Vec<CrmReader> = (0..10).map(|_| crm.reader.clone()).collect();
    assert!(join_all(readers.iter().map(CrmReader::me)).await.iter().all(Result::is_ok));
    let admin = Role {
        id: 3,
        name: "Admin".into(),
        role_key: "admin".into(),
        printed_key: "id 3".into(),
        base_role_key: "admin".into(),
    };
    assert!(
        join_all((0..10).map(|_| pf.reader.roles()))
            .await
            .iter()
            .all(|roles| roles.as_ref().is_ok_and(|roles| *roles == [admin.clone()]))
    );

    let calls = server.token_calls();
    assert_eq!(calls.len(), 2);
    // base64 of canary-key:canary-secret
    assert_eq!(calls[0].header("authorization"), "Basic Y2FuYXJ5LWtleTpjYW5hcnktc2VjcmV0");
    assert_eq!(calls[0].body, json!({"scope": "openid", "grant_type": "client_credentials"}));
    assert_eq!(calls[1].header("authorization"), "");
    assert_eq!(calls[1].body, json!({"apiKey": "canary-key", "apiSecret": "canary-secret"}));
    for seen in server.seen() {
        assert_eq!(seen.header("authorization"), "Bearer token-0");
    }
    for seen in server.requests().iter().filter(|seen| seen.path.starts_with("/pf")) {
        assert_eq!(seen.header("x-pf-error-format"), "problem-json-v2");
    }
}

#[tokio::test]
async fn a_401_renews_the_token_once_for_all_requests() {
    let server = ScriptedServer::start(|seen, _| match (seen.path.as_str(), seen.header("authorization")) {
        (CRM_TOKEN, _) => Reply::Usual,
        (_, "Bearer token-0") => Reply::Json(401, json!({"error": "expired"})),
        (path, _) if path.starts_with("/crm/users/") => {
            ok(json!({"user": user(path.rsplit('/').next().unwrap().parse().unwrap())}))
        }
        _ => Reply::Json(201, json!({"user": user(5)})),
    })
    .await;
    let crm = server.crm();
    let reads = join_all((1..=6).map(|id| crm.reader.get(id))).await;
    assert!(reads.iter().all(Result::is_ok), "{reads:?}");
    assert_eq!(server.token_calls().len(), 2);
    // Nothing was done at a 401, so a create goes again as well.
    let server_of_create = crm.create(&json!({"user": {}})).await.unwrap();
    assert_eq!(server_of_create.id, 5);
}

#[tokio::test]
async fn refused_keys_are_not_tried_again() {
    let server = ScriptedServer::start(|_, _| Reply::Json(401, json!({"title": "Unauthorized"}))).await;
    let pf = server.pf();
    let errors = join_all((0..8).map(|_| pf.reader.list())).await;
    for error in errors {
        let error = error.unwrap_err();
        let said = error_text(&error);
        assert!(error.stops_the_system() && said.contains("Unauthorized"), "{said}");
        assert!(said.contains("PF_API_KEY has 10 characters") && !said.contains("canary"), "{said}");
    }
    assert_eq!((server.token_calls().len(), server.seen().len()), (1, 0));
}

#[tokio::test]
async fn a_failed_token_call_fails_all_waiting_requests_and_is_retried_later() {
    let server = ScriptedServer::start(|seen, before| match (seen.path.as_str(), before) {
        (CRM_TOKEN, 0) => Reply::Hang,
        (CRM_TOKEN, _) => Reply::Usual,
        _ => ok(json!({"user": user(1)})),
    })
    .await;
    let mut endpoints = server.endpoints();
    endpoints.timing.one_try = Duration::from_millis(200);
    endpoints.timing.request = Duration::from_millis(200);
    let crm = CrmReader::new(&endpoints, &Config::default()).unwrap();
    let errors = join_all((0..5).map(|_| crm.get(1))).await;
    assert!(errors.iter().all(|read| matches!(read, Err(error) if matches!(error.what, ErrorKind::Unreachable(_)))));
    assert_eq!(server.token_calls().len(), 1);
    assert_eq!(crm.get(1).await.map(|row| row.id).ok(), Some(1));
}

#[tokio::test]
async fn a_token_is_requested_after_the_wait_for_the_rate_limit() {
    const LIFETIME: Duration = Duration::from_secs(1);
    let issued = Arc::new(Mutex::new(HashMap::<String, Instant>::new()));
    let server = ScriptedServer::start(move |seen, before| {
        let mut issued = issued.lock().unwrap();
        if seen.path == CRM_TOKEN {
            let token = format!("token-{before}");
            issued.insert(format!("Bearer {token}"), Instant::now());
            return ok(json!({"access_token": token, "expires_in": LIFETIME.as_secs()}));
        }
        match issued.get(seen.header("authorization")) {
            Some(at) if at.elapsed() < LIFETIME => ok(json!({"user": user(1)})),
            _ => Reply::Json(401, json!({"error": "expired"})),
        }
    })
    .await;
    let mut config = Config::default();
    // Three requests a window: the last of twelve is sent after the first token has expired.
    config.crm.rate = Rate { count: 3, window: Duration::from_millis(400) };
    let crm = CrmReader::new(&server.endpoints(), &config).unwrap();
    let reads = join_all((0..12).map(|_| crm.get(1))).await;
    assert!(reads.iter().all(Result::is_ok), "{reads:?}");
    assert_eq!(server.seen().len(), 12, "no request is refused for its token");
    assert_eq!(server.token_calls().len(), 2);
}
