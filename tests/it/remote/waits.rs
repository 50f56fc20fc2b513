//! When requests are sent: tokens and slots, and what a server asks clients to wait.

use super::*;

#[tokio::test]
async fn a_token_is_taken_after_the_wait_for_the_rate_limit() {
    const LIFETIME: Duration = Duration::from_secs(1);
    let issued = Arc::new(Mutex::new(HashMap::<String, Instant>::new()));
    let server = Server::start(move |seen, before| {
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
