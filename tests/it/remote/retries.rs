//! Which requests are sent again, and when.

use super::*;

#[tokio::test]
async fn reads_and_overwrites_are_retried_after_a_transient_error() {
    let bad: [fn() -> Reply; 6] = [
        || Reply::Json(500, json!({})),
        || html(502, "<html>"),
        || Reply::Text(503, vec![("retry-after", "0".into())], "busy".into()),
        || Reply::Json(504, json!({})),
        || Reply::Json(429, json!({})),
        || Reply::Drop,
    ];
    for bad in bad {
        let server = ScriptedServer::start(move |seen, before| match (seen.line().as_str(), before) {
            (line, _) if line.ends_with("token") => Reply::Usual,
            (_, 0 | 1) => bad(),
            ("GET /crm/users/3" | "PUT /crm/users/3", _) => ok(json!({"user": user(3)})),
            _ => Reply::Text(204, vec![], String::new()),
        })
        .await;
        let mut endpoints = server.endpoints();
        endpoints.timing.request = Duration::from_secs(20);
        // A short window, so that the pause after a 429 is short too.
        let mut config = Config::default();
        config.crm.rate = Rate { count: 100, window: Duration::from_millis(64) };
        let crm = CrmWriter::new(&endpoints, &config).unwrap();
        assert_eq!(crm.reader.get(3).await.unwrap().id, 3);
        crm.update(&mut crm.reserve(1).await, 3, &json!({"user": {"role": "agent"}})).await.unwrap();
        assert_eq!(server.seen().len(), 6);
    }
}

/// After a deletion the id may belong to another person. Only a refusal of the rate limit shows that nothing was done.
#[tokio::test]
async fn a_deletion_that_may_have_been_carried_out_is_not_sent_again() {
    let bad: [(fn() -> Reply, bool); 7] = [
        (|| Reply::Json(500, json!({})), true),
        (|| html(502, "<html>"), true),
        (|| Reply::Text(503, vec![("retry-after", "0".into())], "busy".into()), true),
        (|| Reply::Json(504, json!({})), true),
        (|| Reply::Drop, true),
        (|| html(200, "<html>"), true),
        (|| Reply::Json(429, json!({})), false),
    ];
    for (bad, lost) in bad {
        let server = ScriptedServer::start(move |seen, before| match (seen.line().as_str(), before) {
            (line, _) if line.ends_with("token") => Reply::Usual,
            (_, 0) => bad(),
            _ => Reply::Text(204, vec![], String::new()),
        })
        .await;
        let mut config = Config::default();
        config.crm.rate = Rate { count: 100, window: Duration::from_millis(64) };
        let crm = CrmWriter::new(&server.endpoints(), &config).unwrap();
        let slots = &mut crm.reserve(1).await;
        match crm.delete(slots, &departure(&[3])).await {
            Err(error) => assert!(lost && error.leaves_unknown(), "{error:?}"),
            Ok(()) => assert!(!lost),
        }
        assert_eq!(server.seen().len(), if lost { 1 } else { 2 });
    }
}

#[tokio::test]
async fn the_last_answer_is_the_reason_if_the_next_try_is_cut_short() {
    let server = ScriptedServer::start(|seen, before| match (seen.path.as_str(), before) {
        ("/crm/users/3", 0) => Reply::Json(500, json!({"message": "disk full"})),
        ("/crm/users/3", _) => Reply::Hang,
        _ => Reply::Usual,
    })
    .await;
    let mut endpoints = server.endpoints();
    endpoints.timing.request = Duration::from_secs(2);
    let crm = CrmWriter::new(&endpoints, &Config::default()).unwrap();
    let error = crm.update(&mut crm.reserve(1).await, 3, &json!({"user": {}})).await.unwrap_err();
    assert_eq!(server.lines(), ["PUT /crm/users/3", "PUT /crm/users/3"]);
    let why = error_text(&error);
    assert!(why.contains("answered 500: disk full") && !why.contains("in time"), "{why}");
}

/// Whatever stops the retry of a write, its first try may have been carried out.
#[tokio::test]
async fn a_lost_try_stays_unknown_if_the_retry_cannot_be_sent() {
    let first_try = Arc::new(Semaphore::new(0));
    let gate = Arc::clone(&first_try);
    let server = ScriptedServer::start(move |seen, before| match (seen.line().as_str(), before) {
        ("PUT /crm/users/3", 0) => {
            Reply::Gated(Arc::clone(&gate), Box::new(Reply::Json(500, json!({"message": "disk full"}))))
        }
        ("GET /crm/users/4", _) => Reply::Text(503, vec![("retry-after", "4000".into())], "busy".into()),
        _ => Reply::Usual,
    })
    .await;
    let crm = server.crm();
    let put = async { crm.update(&mut crm.reserve(1).await, 3, &json!({"user": {}})).await.unwrap_err() };
    let close = async {
        while !server.lines().contains(&"PUT /crm/users/3".to_owned()) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        crm.reader.get(4).await.unwrap_err();
        first_try.add_permits(1);
    };
    let (lost, ()) = tokio::join!(put, close);
    assert!(lost.leaves_unknown(), "{lost:?}");
    assert!(error_text(&lost).contains("accepts no requests until"), "{}", error_text(&lost));
}

#[tokio::test]
async fn a_lost_try_stays_unknown_if_the_retry_is_refused() {
    let refused: [fn() -> Reply; 4] = [
        || Reply::Text(302, vec![("location", "https://login.example/".into())], String::new()),
        || Reply::Json(401, json!({"error": "expired"})),
        || Reply::Json(403, json!({"error": "forbidden"})),
        || Reply::Json(422, json!({"error": "invalid"})),
    ];
    for refused in refused {
        let server = ScriptedServer::start(move |seen, before| match (seen.path.as_str(), before) {
            ("/crm/users/3", 0) => Reply::Json(500, json!({"message": "disk full"})),
            (path, _) if path.starts_with("/crm/users") => refused(),
            _ => Reply::Usual,
        })
        .await;
        let crm = server.crm();
        let error = crm.update(&mut crm.reserve(1).await, 3, &json!({"user": {}})).await.unwrap_err();
        assert!(error.leaves_unknown(), "{error:?}");
        let keys_refused = refused().status() == Some(401);
        assert_eq!(crm.reader.closed().is_some(), keys_refused, "{error:?}");
    }
}

#[tokio::test]
async fn a_create_with_an_unknown_result_is_sent_once() {
    let lost: [fn() -> Reply; 6] = [
        || Reply::Drop,
        || Reply::Json(500, json!({})),
        || Reply::Json(503, json!({"detail": "later"})),
        || html(201, "<html><title>Welcome</title></html>"),
        || Reply::Json(201, json!({"user": {"name": "without an id"}})),
        || Reply::Text(201, vec![], String::new()),
    ];
    for lost in lost {
        let server =
            ScriptedServer::start(move |seen, _| if seen.path.ends_with("users") { lost() } else { Reply::Usual })
                .await;
        let errors = [
            server.crm().create(&json!({"user": {}})).await.unwrap_err(),
            server.pf().create(&json!({})).await.unwrap_err(),
        ];
        assert!(errors.iter().all(RemoteError::leaves_unknown), "{errors:?}");
        assert_eq!(server.lines(), ["POST /crm/users", "POST /pf/v1/users"]);
    }
}

#[tokio::test]
async fn a_create_is_sent_again_after_a_429() {
    let answers: [fn() -> Reply; 4] = [
        || Reply::Json(201, json!({"user": {"id": 5}})),
        || Reply::Json(200, json!({"user": {"id": 5}})),
        || Reply::Json(201, json!({"id": 5})),
        || Reply::Json(200, json!({"id": "5"})),
    ];
    for answer in answers {
        let server = ScriptedServer::start(move |seen, before| match (seen.path.as_str(), before) {
            ("/crm/users", 0) => Reply::Text(429, vec![], "slow down".into()),
            ("/crm/users", _) => answer(),
            _ => Reply::Usual,
        })
        .await;
        let mut config = Config::default();
        config.crm.rate = Rate { count: 100, window: Duration::from_millis(64) };
        let crm = CrmWriter::new(&server.endpoints(), &config).unwrap();
        let row = crm.create(&json!({"user": {"role": "agent"}})).await.unwrap();
        assert_eq!((row.id, row.raw["id"].is_null()), (5, false));
        let bodies: Vec<Value> = server.seen().into_iter().map(|seen| seen.body).collect();
        assert_eq!(bodies, [json!({"user": {"role": "agent"}}), json!({"user": {"role": "agent"}})]);
    }
}

#[tokio::test]
async fn a_429_pauses_all_requests_of_its_system() {
    let server = ScriptedServer::start(|seen, before| match (seen.path.as_str(), before) {
        ("/crm/users/1", 0) => Reply::Text(429, vec![("retry-after", "1".into())], String::new()),
        ("/crm/users/1", _) => ok(json!({"user": user(1)})),
        ("/crm/users/2", _) => ok(json!({"user": user(2)})),
        _ => Reply::Usual,
    })
    .await;
    let (crm, start) = (server.crm(), Instant::now());
    let first = tokio::spawn({
        let crm = crm.reader.clone();
        async move { crm.get(1).await }
    });
    while server.seen().is_empty() {
        tokio::task::yield_now().await;
    }
    first.await.unwrap().unwrap();
    crm.reader.get(2).await.unwrap();
    assert!(start.elapsed() >= Duration::from_secs(1));
    assert_eq!(server.seen().len(), 3);
}

#[tokio::test]
async fn no_window_contains_more_requests_than_the_limit() {
    let arrivals = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&arrivals);
    let server = ScriptedServer::start(move |seen, _| match seen.path.as_str() {
        CRM_TOKEN => Reply::Usual,
        path => {
            log.lock().unwrap().push(Instant::now());
            ok(json!({"user": user(path.rsplit('/').next().unwrap().parse().unwrap())}))
        }
    })
    .await;
    let window = Duration::from_millis(100);
    let mut config = Config::default();
    config.crm.rate = Rate { count: 10, window };
    let crm = CrmReader::new(&server.endpoints(), &config).unwrap();
    let rows = crm.reread(&(1..=35).collect::<Vec<u64>>()).await.unwrap();
    assert_eq!(ids(&rows), (1..=35).collect::<Vec<u64>>());
    let mut arrivals = arrivals.lock().unwrap().clone();
    arrivals.sort();
    assert!(arrivals.windows(11).all(|eleven| eleven[10] - eleven[0] > window), "{arrivals:?}");
}

#[tokio::test]
async fn a_request_without_an_answer_times_out() {
    let server = ScriptedServer::start(|seen, _| if seen.path == CRM_TOKEN { Reply::Usual } else { Reply::Hang }).await;
    let mut endpoints = server.endpoints();
    endpoints.timing.one_try = Duration::from_millis(100);
    endpoints.timing.request = Duration::from_millis(250);
    let crm = CrmWriter::new(&endpoints, &Config::default()).unwrap();
    let read = crm.reader.list().await.unwrap_err();
    let said = error_text(&read);
    assert!(matches!(read.what, ErrorKind::Unreachable(_)) && said.contains("no answer in time"), "{said}");
    assert!((2..=4).contains(&server.seen().len()));
    let create = crm.create(&json!({})).await.unwrap_err();
    assert!(create.leaves_unknown(), "{create:?}");
}

#[tokio::test]
async fn a_request_without_a_connection_was_not_sent() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut nowhere = endpoints(listener.local_addr().unwrap());
    drop(listener);
    nowhere.timing.request = Duration::from_millis(50);
    let crm = CrmWriter::new(&nowhere, &Config::default()).unwrap();
    for error in [crm.create(&json!({})).await.unwrap_err(), crm.reader.by_login("canary@x.ae").await.unwrap_err()] {
        let said = format!("{} {error:?}", error_text(&error));
        assert!(matches!(error.what, ErrorKind::Unreachable(_)) && said.contains("no connection"), "{said}");
        assert!(!said.contains("canary"), "{said}");
    }
    assert!(!format!("{crm:?} {nowhere:?}").contains("canary"));
}
