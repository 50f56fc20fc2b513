//! Both clients against a server that answers what a test tells it to, over real sockets on this machine.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod refusals;
mod waits;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, Response};
use futures_util::future::join_all;
use roster::model::config::{Config, Rate};
use roster::model::record::Row;
use roster::redact::{PrivateValues, Redactor};
use roster::remote::crm::search::{Sort, SortOrder, UserSearch};
use roster::remote::crm::{CrmReader, CrmWriter, Departure, HandoverIds};
use roster::remote::endpoints::Endpoints;
use roster::remote::pf::{PfPatch, PfReader, PfUpdate, PfWriter, Role};
use roster::remote::{ErrorKind, Reader, RemoteError, Writer};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

const CRM_TOKEN: &str = "/crm-token";
const PF_TOKEN: &str = "/pf/v1/auth/token";

/// One request as the server saw it.
#[derive(Clone, Debug)]
struct Seen {
    method: String,
    path: String,
    query: HashMap<String, String>,
    headers: HeaderMap,
    body: Value,
}

impl Seen {
    fn line(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    fn query(&self, name: &str) -> &str {
        self.query.get(name).map_or("", String::as_str)
    }

    /// The page that is asked for, from 1.
    fn page(&self) -> usize {
        self.query("page").parse().unwrap()
    }
}

/// What the server does with a request.
enum Reply {
    Json(u16, Value),
    Text(u16, Vec<(&'static str, String)>, String),
    /// The connection breaks before the answer is whole.
    Drop,
    /// There is never an answer.
    Hang,
    /// The answer waits for a permit.
    Gated(Arc<Semaphore>, Box<Reply>),
    /// As a well-behaved server: a new token for a token call, 404 otherwise.
    Usual,
}

fn html(status: u16, body: &str) -> Reply {
    Reply::Text(status, vec![("content-type", "text/html; charset=utf-8".to_owned())], body.to_owned())
}

fn ok(body: Value) -> Reply {
    Reply::Json(200, body)
}

/// What an error says to people who know everybody.
pub(crate) fn said_of(error: &RemoteError) -> String {
    error.quoted(&Redactor::new(Arc::default(), true, PrivateValues::default))
}

/// A server on loopback, and what it saw.
struct Server {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    /// Answers by `answer`, which is given the request and how many with the same method and path came before it.
    async fn start(answer: impl Fn(&Seen, usize) -> Reply + Clone + Send + Sync + 'static) -> Self {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&seen);
        let router = Router::new().fallback(move |request: Request| {
            let (log, answer) = (Arc::clone(&log), answer.clone());
            async move {
                let request = read(request).await;
                let before = {
                    let mut log: std::sync::MutexGuard<'_, Vec<Seen>> = log.lock().unwrap();
                    let before = log.iter().filter(|earlier| earlier.line() == request.line()).count();
                    log.push(request.clone());
                    before
                };
                respond(answer(&request, before), &request, before).await
            }
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, seen }
    }

    fn endpoints(&self) -> Endpoints {
        endpoints(self.address)
    }

    fn crm(&self) -> CrmWriter {
        CrmWriter::new(&self.endpoints(), &Config::default()).unwrap()
    }

    fn pf(&self) -> PfWriter {
        PfWriter::new(&self.endpoints(), &Config::default()).unwrap()
    }

    /// The requests, but for the token calls.
    fn seen(&self) -> Vec<Seen> {
        let seen = self.seen.lock().unwrap();
        seen.iter().filter(|seen| ![CRM_TOKEN, PF_TOKEN].contains(&seen.path.as_str())).cloned().collect()
    }

    fn lines(&self) -> Vec<String> {
        self.seen().iter().map(Seen::line).collect()
    }

    fn token_calls(&self) -> Vec<Seen> {
        let seen = self.seen.lock().unwrap();
        seen.iter().filter(|seen| [CRM_TOKEN, PF_TOKEN].contains(&seen.path.as_str())).cloned().collect()
    }
}

fn endpoints(address: SocketAddr) -> Endpoints {
    let mut endpoints = Endpoints::from_env(|name| {
        let value = match name {
            "ROSTER_CRM_URL" => format!("http://{address}/crm/"),
            "ROSTER_CRM_TOKEN_URL" => format!("http://{address}{CRM_TOKEN}"),
            "ROSTER_PF_URL" => format!("http://{address}/pf"),
            "CRM_API_KEY" | "PF_API_KEY" => "canary-key".to_owned(),
            "CRM_API_SECRET" | "PF_API_SECRET" => "canary-secret".to_owned(),
            _ => return None,
        };
        Some(value)
    })
    .unwrap();
    endpoints.timing.first_wait = Duration::from_millis(2);
    endpoints.timing.longest_wait = Duration::from_millis(10);
    endpoints
}

async fn read(request: Request) -> Seen {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, 1 << 20).await.unwrap();
    let url = url::Url::parse(&format!("http://x{}", parts.uri)).unwrap();
    Seen {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: url.query_pairs().into_owned().collect(),
        headers: parts.headers,
        body: serde_json::from_slice(&body).unwrap_or_default(),
    }
}

async fn respond(reply: Reply, request: &Seen, before: usize) -> Response<Body> {
    let build = |status: u16, headers: &[(&str, String)], body: Body| {
        let response =
            headers.iter().fold(Response::builder().status(status), |made, (name, value)| made.header(*name, value));
        response.body(body).unwrap()
    };
    let json = [("content-type", "application/json".to_owned())];
    match reply {
        Reply::Json(status, body) => build(status, &json, Body::from(body.to_string())),
        Reply::Text(status, headers, body) => build(status, &headers, Body::from(body)),
        Reply::Drop => {
            let broken = futures_util::stream::iter([Err::<Vec<u8>, _>(std::io::Error::other("dropped"))]);
            build(200, &json, Body::from_stream(broken))
        }
        Reply::Hang => std::future::pending().await,
        Reply::Gated(gate, reply) => {
            gate.acquire().await.unwrap().forget();
            Box::pin(respond(*reply, request, before)).await
        }
        Reply::Usual => {
            let token = format!("token-{before}");
            let answer = match request.path.as_str() {
                CRM_TOKEN => json!({"access_token": token, "token_type": "Bearer", "expires_in": 1800}),
                PF_TOKEN => json!({"accessToken": token, "tokenType": "Bearer", "expiresIn": 1800}),
                _ => return build(404, &[], Body::from("404 page not found")),
            };
            build(200, &json, Body::from(answer.to_string()))
        }
    }
}

fn user(id: usize) -> Value {
    json!({"id": id, "private": {"email": format!("a{id}@x.ae")}, "public": {}})
}

fn pf_user(id: usize, status: &str) -> Value {
    json!({"id": id, "email": format!("a{id}@x.ae"), "status": status, "publicProfile": {"id": id + 1000}})
}

fn pf_page(rows: &[Value], seen: &Seen) -> Reply {
    let per_page: usize = seen.query("perPage").parse().unwrap();
    let page: Vec<_> = rows.iter().skip((seen.page() - 1) * per_page).take(per_page).collect();
    ok(json!({"data": page, "pagination": {"page": seen.page(), "perPage": per_page, "total": rows.len()}}))
}

fn ids(rows: &[Row]) -> Vec<u64> {
    rows.iter().map(|row| row.id).collect()
}

fn departure(ids: &[u64]) -> Departure {
    Departure::new(ids.iter().copied(), HandoverIds { properties: 7, leads: 8, landlords: 9 }).unwrap()
}

/// Serves 40 users, seven a page, changed by `change`.
async fn crm_of_40(count: bool, change: fn(usize, &mut Vec<Value>)) -> Server {
    Server::start(move |seen, _| match seen.path.as_str() {
        "/crm/users" => {
            let mut rows: Vec<_> = (1..=40).rev().map(user).skip((seen.page() - 1) * 7).take(7).collect();
            change(seen.page(), &mut rows);
            ok(if count { json!({"users": rows, "count": 40}) } else { json!({"users": rows}) })
        }
        _ => Reply::Usual,
    })
    .await
}

#[tokio::test]
async fn the_crm_is_listed_whole_with_and_without_a_count() {
    // Six pages, and without a count the empty one after them.
    for (count, requests) in [(true, 6), (false, 7)] {
        let server = crm_of_40(count, |_, _| {}).await;
        assert_eq!(ids(&server.crm().list().await.unwrap()), (1..=40).collect::<Vec<u64>>());
        assert_eq!(server.seen().len(), requests);
        assert!(server.seen().iter().all(|seen| seen.query("per_page") == "100"));
    }
}

#[tokio::test]
async fn a_bad_listing_is_read_three_times_and_then_refused() {
    let repeated: fn(usize, &mut Vec<Value>) = |page, rows| {
        if page == 3 {
            rows[0] = user(40);
        }
    };
    let short: fn(usize, &mut Vec<Value>) = |page, rows| {
        if page == 3 {
            rows.pop();
        }
    };
    for (change, counts) in [(repeated, [true, false]), (short, [true, false])] {
        for count in counts {
            let server = crm_of_40(count, change).await;
            let error = server.crm().list().await.unwrap_err();
            assert!(matches!(error.what, ErrorKind::Incomplete(_)), "{error:?}");
            let firsts = server.seen().iter().filter(|seen| seen.page() == 1).count();
            assert_eq!(firsts, 3, "{error:?}");
        }
    }
}

#[tokio::test]
async fn a_listing_that_was_only_disturbed_succeeds_the_second_time() {
    let server = Server::start(|seen, before| match (seen.path.as_str(), before) {
        ("/crm/users", 0) => ok(json!({"users": [user(1)], "count": 2})),
        ("/crm/users", 1) => ok(json!({"users": [], "count": 2})),
        ("/crm/users", _) if seen.page() > 1 => ok(json!({"users": [], "count": 2})),
        ("/crm/users", _) => ok(json!({"users": [user(1), user(2)], "count": 2})),
        _ => Reply::Usual,
    })
    .await;
    assert_eq!(ids(&server.crm().list().await.unwrap()), [1, 2]);
}

#[tokio::test]
async fn a_success_that_is_not_the_expected_json_is_never_an_empty_world() {
    type Case = (fn() -> Reply, &'static str);
    let table: [Case; 7] = [
        (
            || html(200, "<html><title>Sign in</title></html>"),
            "an HTML page with the title Sign in, 35 bytes, text/html",
        ),
        (|| Reply::Text(200, vec![], "<h1>Blocked</h1>".into()), "the answer is an HTML page, 16 bytes, no media type"),
        (
            || Reply::Text(200, vec![("content-type", "text/plain".into())], r#"{"users": []}"#.into()),
            "the answer is 13 bytes of text or data, text/plain",
        ),
        (|| ok(json!({"data": []})), "no `users`"),
        (|| ok(json!({"users": {"1": {}}})), "no `users`"),
        (|| ok(json!({"users": [{"name": "x"}]})), "a user without an id"),
        (|| Reply::Text(204, vec![], String::new()), "an empty answer"),
    ];
    for (reply, want) in table {
        let server = Server::start(move |seen, _| match seen.path.as_str() {
            "/crm/users" => reply(),
            _ => Reply::Usual,
        })
        .await;
        let error = server.crm().list().await.unwrap_err();
        assert!(
            matches!(error.what, ErrorKind::NotUnderstood(_)) && said_of(&error).contains(want),
            "{}",
            said_of(&error)
        );
        assert_eq!(server.seen().len(), 1, "{want}");
    }
}

#[tokio::test]
async fn tokens_are_asked_for_as_each_vendor_wants_and_shared_by_everybody() {
    let server = Server::start(|seen, _| match seen.path.as_str() {
        "/crm/users/me" => ok(json!({"user": user(3)})),
        "/pf/v1/roles" => ok(json!({"data": [{"id": 3, "name": "Admin", "roleKey": "admin", "baseRoleKey": "admin"}]})),
        _ => Reply::Usual,
    })
    .await;
    let (crm, pf) = (server.crm(), server.pf());
    let readers: Vec<CrmReader> = (0..10).map(|_| crm.reader()).collect();
    assert!(join_all(readers.iter().map(CrmReader::me)).await.iter().all(Result::is_ok));
    let admin = Role { id: 3, name: "Admin".into(), role_key: "admin".into(), base_role_key: "admin".into() };
    assert!(
        join_all((0..10).map(|_| pf.roles()))
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
    for seen in server.seen.lock().unwrap().iter().filter(|seen| seen.path.starts_with("/pf")) {
        assert_eq!(seen.header("x-pf-error-format"), "problem-json-v2");
    }
}

#[tokio::test]
async fn a_401_renews_the_token_once_for_all_who_met_it() {
    let server = Server::start(|seen, _| match (seen.path.as_str(), seen.header("authorization")) {
        (CRM_TOKEN, _) => Reply::Usual,
        (_, "Bearer token-0") => Reply::Json(401, json!({"error": "expired"})),
        (path, _) if path.starts_with("/crm/users/") => {
            ok(json!({"user": user(path.rsplit('/').next().unwrap().parse().unwrap())}))
        }
        _ => Reply::Json(201, json!({"user": user(5)})),
    })
    .await;
    let crm = server.crm();
    let reads = join_all((1..=6).map(|id| crm.get(id))).await;
    assert!(reads.iter().all(Result::is_ok), "{reads:?}");
    assert_eq!(server.token_calls().len(), 2);
    // Nothing was done at a 401, so a create goes again as well.
    let server_of_create = crm.create(&json!({"user": {}})).await.unwrap();
    assert_eq!(server_of_create.id, 5);
}

#[tokio::test]
async fn refused_keys_are_not_tried_again_in_this_run() {
    let server = Server::start(|_, _| Reply::Json(401, json!({"title": "Unauthorized"}))).await;
    let pf = server.pf();
    let errors = join_all((0..8).map(|_| pf.list())).await;
    for error in errors {
        let error = error.unwrap_err();
        let said = said_of(&error);
        assert!(error.stops_the_system() && said.contains("Unauthorized"), "{said}");
        assert!(said.contains("PF_API_KEY has 10 characters") && !said.contains("canary"), "{said}");
    }
    assert_eq!((server.token_calls().len(), server.seen().len()), (1, 0));
}

#[tokio::test]
async fn reads_and_whole_values_go_again_after_a_bad_moment() {
    let bad: [fn() -> Reply; 6] = [
        || Reply::Json(500, json!({})),
        || html(502, "<html>"),
        || Reply::Text(503, vec![("retry-after", "0".into())], "busy".into()),
        || Reply::Json(504, json!({})),
        || Reply::Json(429, json!({})),
        || Reply::Drop,
    ];
    for bad in bad {
        let server = Server::start(move |seen, before| match (seen.line().as_str(), before) {
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
        assert_eq!(crm.get(3).await.unwrap().id, 3);
        crm.update(&mut crm.reserve(1).await, 3, &json!({"user": {"role": "agent"}})).await.unwrap();
        crm.delete(&departure(&[3])).await.unwrap();
        assert_eq!(server.seen().len(), 9);
    }
}

#[tokio::test]
async fn a_create_is_sent_once_unless_nothing_was_done() {
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
            Server::start(move |seen, _| if seen.path.ends_with("users") { lost() } else { Reply::Usual }).await;
        let errors = [
            server.crm().create(&json!({"user": {}})).await.unwrap_err(),
            server.pf().create(&json!({})).await.unwrap_err(),
        ];
        assert!(errors.iter().all(RemoteError::leaves_unknown), "{errors:?}");
        assert_eq!(server.lines(), ["POST /crm/users", "POST /pf/v1/users"]);
    }
}

#[tokio::test]
async fn a_create_is_sent_again_after_a_429_and_its_answer_may_have_several_forms() {
    let answers: [fn() -> Reply; 4] = [
        || Reply::Json(201, json!({"user": {"id": 5}})),
        || Reply::Json(200, json!({"user": {"id": 5}})),
        || Reply::Json(201, json!({"id": 5})),
        || Reply::Json(200, json!({"id": "5"})),
    ];
    for answer in answers {
        let server = Server::start(move |seen, before| match (seen.path.as_str(), before) {
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
async fn a_429_holds_the_whole_system_back_as_long_as_it_asks() {
    let server = Server::start(|seen, before| match (seen.path.as_str(), before) {
        ("/crm/users/1", 0) => Reply::Text(429, vec![("retry-after", "1".into())], String::new()),
        ("/crm/users/1", _) => ok(json!({"user": user(1)})),
        ("/crm/users/2", _) => ok(json!({"user": user(2)})),
        _ => Reply::Usual,
    })
    .await;
    let (crm, start) = (server.crm(), Instant::now());
    let first = tokio::spawn({
        let crm = crm.reader();
        async move { crm.get(1).await }
    });
    while server.seen().is_empty() {
        tokio::task::yield_now().await;
    }
    first.await.unwrap().unwrap();
    crm.get(2).await.unwrap();
    assert!(start.elapsed() >= Duration::from_secs(1));
    assert_eq!(server.seen().len(), 3);
}

#[tokio::test]
async fn a_token_call_that_fails_fails_for_all_who_wait_and_is_tried_afresh_later() {
    let server = Server::start(|seen, before| match (seen.path.as_str(), before) {
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
async fn no_window_of_a_server_sees_more_than_the_limit() {
    let arrivals = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&arrivals);
    let server = Server::start(move |seen, _| match seen.path.as_str() {
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
async fn a_connection_that_hangs_is_given_up_in_time() {
    let server = Server::start(|seen, _| if seen.path == CRM_TOKEN { Reply::Usual } else { Reply::Hang }).await;
    let mut endpoints = server.endpoints();
    endpoints.timing.one_try = Duration::from_millis(100);
    endpoints.timing.request = Duration::from_millis(250);
    let crm = CrmWriter::new(&endpoints, &Config::default()).unwrap();
    let read = crm.list().await.unwrap_err();
    let said = said_of(&read);
    assert!(matches!(read.what, ErrorKind::Unreachable(_)) && said.contains("no answer in time"), "{said}");
    assert!((2..=4).contains(&server.seen().len()));
    let create = crm.create(&json!({})).await.unwrap_err();
    assert!(create.leaves_unknown(), "{create:?}");
}

#[tokio::test]
async fn what_was_never_sent_is_known_not_to_be_done() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut nowhere = endpoints(listener.local_addr().unwrap());
    drop(listener);
    nowhere.timing.request = Duration::from_millis(50);
    let crm = CrmWriter::new(&nowhere, &Config::default()).unwrap();
    for error in [crm.create(&json!({})).await.unwrap_err(), crm.by_login("canary@x.ae").await.unwrap_err()] {
        let said = format!("{} {error:?}", said_of(&error));
        assert!(matches!(error.what, ErrorKind::Unreachable(_)) && said.contains("no connection"), "{said}");
        assert!(!said.contains("canary"), "{said}");
    }
    assert!(!format!("{crm:?} {nowhere:?}").contains("canary"));
}

#[tokio::test]
async fn a_redirect_is_reported_and_never_followed() {
    let elsewhere = Server::start(|_, _| ok(json!({"users": []}))).await;
    let target = format!("http://localhost:{}/users", elsewhere.address.port());
    let server = Server::start(move |seen, _| match seen.path.as_str() {
        CRM_TOKEN => Reply::Usual,
        _ => Reply::Text(307, vec![("location", target.clone())], String::new()),
    })
    .await;
    for error in [server.crm().list().await.unwrap_err(), server.crm().create(&json!({})).await.unwrap_err()] {
        assert!(matches!(error.what, ErrorKind::Refused { status: 307, .. }), "{error:?}");
        assert!(said_of(&error).contains("redirects to localhost"), "{}", said_of(&error));
    }
    assert!(elsewhere.seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_refusal_quotes_the_system_and_a_missing_row_is_missing() {
    let problem = json!({"title": "Unprocessable Entity", "status": 422, "detail": "",
        "errors": [{"pointer": "/email", "detail": "is taken"}]});
    let server = Server::start(move |seen, _| match seen.line().as_str() {
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
    assert_eq!(server.crm().reread(&[3, 4]).await.unwrap(), []);
}

#[tokio::test]
async fn the_crm_is_searched_in_its_own_words_and_order() {
    let server = Server::start(|seen, _| match seen.path.as_str() {
        "/crm/users" if seen.page() == 1 => {
            let headers =
                vec![("content-type", "application/json".into()), ("x-mycrm-api-warning", "old filter".into())];
            Reply::Text(200, headers, json!({"users": [user(9), user(2)]}).to_string())
        }
        "/crm/users" => ok(json!({"users": []})),
        _ => Reply::Usual,
    })
    .await;
    let crm = server.crm().reader();
    let search = UserSearch {
        filters: vec!["user_fields[11]=sara".parse().unwrap()],
        sort: Some((Sort::LastName, SortOrder::Descending)),
    };
    assert_eq!(ids(&crm.find(&search).await.unwrap()), [9, 2]);
    let seen = &server.seen()[0];
    assert_eq!(seen.query("filters[user_fields][11]"), "sara");
    assert_eq!((seen.query("sort"), seen.query("sort_order")), ("last_name", "DESC"));
    assert_eq!(crm.take_warnings(), ["old filter".into()]);
    assert!(crm.take_warnings().is_empty());
}

#[tokio::test]
async fn a_login_is_compared_on_our_side_and_looked_for_in_the_full_listing() {
    let server = Server::start(|seen, _| match seen.path.as_str() {
        // A filter that finds parts, and not the one that is looked for.
        "/crm/users" if !seen.query("filters[email]").is_empty() => ok(
            json!({"users": [{"id": 1, "private": {"email": "aa3@x.ae"}, "public": {"email": "a3@x.ae"}}], "count": 1}),
        ),
        "/crm/users" if seen.page() > 1 => ok(json!({"users": [], "count": 2})),
        "/crm/users" => ok(json!({"users": [user(2), user(3)], "count": 2})),
        "/pf/v1/users" if !seen.query("email").is_empty() => pf_page(&[], seen),
        "/pf/v1/users" if seen.query("status") == "inactive" => pf_page(&[pf_user(4, "inactive")], seen),
        "/pf/v1/users" => pf_page(&[pf_user(3, "active")], seen),
        _ => Reply::Usual,
    })
    .await;
    assert_eq!(ids(&server.crm().by_login(" A3@x.AE").await.unwrap()), [3]);
    assert_eq!(ids(&server.crm().by_login("3@x.ae").await.unwrap()), [0; 0]);
    assert_eq!(ids(&server.pf().by_login("a3@X.ae").await.unwrap()), [3]);
    assert_eq!(ids(&server.pf().by_login("a4@x.ae").await.unwrap()), [4]);
}

#[tokio::test]
async fn deletions_carry_their_heirs_and_a_lost_one_that_was_done_is_done() {
    let server = Server::start(|seen, before| match (seen.line().as_str(), before) {
        ("DELETE /crm/users/3", 0) => Reply::Drop,
        ("DELETE /crm/users", _) => Reply::Text(204, vec![], String::new()),
        _ => Reply::Usual,
    })
    .await;
    server.crm().delete(&departure(&[3])).await.unwrap();
    server.crm().delete(&departure(&[4, 5])).await.unwrap();
    let error = server.crm().delete(&departure(&[6])).await.unwrap_err();
    assert!(matches!(error.what, ErrorKind::Missing(_)), "{error:?}");
    let resources = json!([
        {"id": 7, "resource": "properties"}, {"id": 8, "resource": "leads"}, {"id": 9, "resource": "landlords"},
    ]);
    let bodies: Vec<Value> = server.seen().into_iter().map(|seen| seen.body).collect();
    let (one, two) = (json!({"resources": resources}), json!({"users": [4, 5], "resources": resources}));
    assert_eq!(bodies, [one.clone(), one.clone(), two, one]);
}

#[tokio::test]
async fn property_finder_is_listed_with_its_inactive_users_at_the_cost_of_one_short_listing() {
    // A list without `status` may leave out inactive users (docs/vendor-apis.md, "Property Finder: list users").
    // Three pages; and the page of the inactive one, which is full, with the one after it.
    for (shown, requests) in [(true, 3), (false, 5)] {
        let server = Server::start(move |seen, _| match seen.path.as_str() {
            "/pf/v1/users" => {
                let rows = (1..=210).map(|id| pf_user(id, if id == 7 { "inactive" } else { "active" }));
                let wanted = seen.query("status");
                let rows: Vec<_> = rows
                    .filter(|row| match wanted {
                        "" => shown || row["status"] == "active",
                        wanted => row["status"] == wanted,
                    })
                    .collect();
                pf_page(&rows, seen)
            }
            _ => Reply::Usual,
        })
        .await;
        let pf = PfReader::new(&server.endpoints(), &Config::default()).unwrap();
        assert_eq!(ids(&pf.list().await.unwrap()), (1..=210).collect::<Vec<u64>>());
        assert_eq!(server.seen().len(), requests);
    }
}

#[tokio::test]
async fn property_finder_rows_are_read_again_in_batches_and_the_inactive_are_found() {
    let server = Server::start(|seen, _| match seen.path.as_str() {
        "/pf/v1/users" => {
            let status = if seen.query("status") == "inactive" { "inactive" } else { "active" };
            let wanted = seen.query("id").split(',').map(|id| id.parse().unwrap());
            // Even ones are inactive and not listed unless asked for; 999 does not exist.
            let rows: Vec<_> = wanted
                .filter(|id: &usize| *id != 999 && id.is_multiple_of(2) == (status == "inactive"))
                .map(|id| pf_user(id, status))
                .collect();
            pf_page(&rows, seen)
        }
        _ => Reply::Usual,
    })
    .await;
    let mut wanted: Vec<u64> = (1..=150).collect();
    wanted.push(999);
    let rows = server.pf().reread(&wanted).await.unwrap();
    assert_eq!(ids(&rows), (1..=150).collect::<Vec<u64>>());
    assert_eq!(server.seen().len(), 4);
    assert!(server.pf().reread(&[]).await.unwrap().is_empty());
}

#[tokio::test]
async fn property_finder_is_written_user_first_and_only_in_the_parts_there_are() {
    let server = Server::start(|seen, _| match seen.path.as_str() {
        PF_TOKEN => Reply::Usual,
        "/pf/v1/users/8" => html(200, "<html><title>Sign in</title></html>"),
        _ => Reply::Text(204, vec![], String::new()),
    })
    .await;
    let pf = server.pf();
    let (user, profile) = (json!({"isActive": true}), json!({"name": "Sara"}));
    let both = PfUpdate { user: Some(user.clone()), profile: Some((1007, profile.clone())) };
    let slots = &mut pf.reserve(2).await;
    for patch in both.clone().patches() {
        pf.update(slots, 7, &patch).await.unwrap();
    }
    for patch in (PfUpdate { user: None, ..both }).patches() {
        pf.update(slots, 7, &patch).await.unwrap();
    }
    let sent: Vec<_> = server.seen().into_iter().map(|seen| (seen.line(), seen.body)).collect();
    let to_profile = ("PATCH /pf/v1/public-profiles/1007".to_owned(), profile);
    assert_eq!(sent, [("PATCH /pf/v1/users/7".to_owned(), user), to_profile.clone(), to_profile]);
    // A page that says 200 has written nothing.
    let error = pf.update(slots, 8, &PfPatch::User(json!({"isActive": false}))).await.unwrap_err();
    assert!(matches!(error.what, ErrorKind::NotUnderstood(_)), "{error:?}");
}
