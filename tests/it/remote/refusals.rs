//! Refusals that depend on what else the server answers.

use super::*;

/// Refuses every request for user 1 with 401; the second answer waits for the gate.
async fn refuses_user_1(gate: Arc<Semaphore>) -> Server {
    Server::start(move |seen, before| match seen.path.as_str() {
        CRM_TOKEN => Reply::Usual,
        "/crm/users/1" if before == 0 => Reply::Json(401, json!({"error": "expired"})),
        "/crm/users/1" => Reply::Gated(Arc::clone(&gate), Box::new(Reply::Json(401, json!({"error": "expired"})))),
        _ => ok(json!({"user": user(2)})),
    })
    .await
}

async fn until_asked_twice(server: &Server) {
    while server.seen().len() < 2 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_401_that_comes_twice_is_about_one_request_while_others_succeed() {
    let gate = Arc::new(Semaphore::new(0));
    let server = refuses_user_1(Arc::clone(&gate)).await;
    let crm = server.crm();
    let (refused, ()) = tokio::join!(crm.get(1), async {
        until_asked_twice(&server).await;
        crm.get(2).await.unwrap();
        gate.add_permits(1);
    });
    let error = refused.unwrap_err();
    assert!(matches!(error.what, ErrorKind::Forbidden { status: 401, remedy: None, .. }), "{error:?}");
    assert_eq!((crm.closed(), crm.get(2).await.is_ok()), (None, true));
}

#[tokio::test]
async fn a_401_that_comes_twice_ends_the_run_when_nothing_succeeded_since_the_token_was_renewed() {
    let gate = Arc::new(Semaphore::new(0));
    let server = refuses_user_1(Arc::clone(&gate)).await;
    let crm = server.crm();
    crm.get(2).await.unwrap();
    server.seen.lock().unwrap().retain(|seen| seen.path == CRM_TOKEN);
    gate.add_permits(1);
    let error = crm.get(1).await.unwrap_err();
    assert!(matches!(error.what, ErrorKind::Denied { status: 401, .. }), "{error:?}");
    assert!(said_of(&error).contains("check CRM_API_KEY"), "{error:?}");
    let sent = server.seen().len();
    assert!(matches!(crm.get(2).await.unwrap_err().what, ErrorKind::NotSent(_)));
    assert_eq!(server.seen().len(), sent);
}

#[tokio::test]
async fn a_server_that_does_not_know_its_paths_is_reported_as_a_wrong_address() {
    let everything = |status: u16| Server::start(move |_, _| Reply::Text(status, vec![], "404 page not found".into()));
    for status in [404, 405] {
        let server = everything(status).await;
        let (crm, pf) = (server.crm().list().await.unwrap_err(), server.pf().list().await.unwrap_err());
        for (error, variable) in [(crm, "ROSTER_CRM_TOKEN_URL"), (pf, "ROSTER_PF_URL")] {
            let said = said_of(&error);
            assert!(said.contains(&format!("the address may be wrong: check {variable}")), "{said}");
            assert!(said.contains(&server.address.to_string()) && !said.contains("API_KEY"), "{said}");
        }
    }
    // Tokens come from another host than the CRM's data.
    let server = Server::start(|_, _| Reply::Usual).await;
    let said = said_of(&server.crm().list().await.unwrap_err());
    assert!(said.contains("not found") && said.contains("check ROSTER_CRM_URL"), "{said}");
    let said = said_of(&server.crm().get(3).await.unwrap_err());
    assert!(!said.contains("ROSTER_CRM_URL"), "a row that is not there: {said}");
}
