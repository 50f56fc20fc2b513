//! Keys and tokens are sent to the hosts that the environment names, and nowhere else.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::Response;
use roster::sandbox::{CRM_KEY, CRM_SECRET, PF_KEY, PF_SECRET};
use serde_json::Value;

use crate::office::{Office, Ran};

/// The head of every request that reached a server.
type Heads = Arc<Mutex<Vec<String>>>;

/// A server on this machine that answers with `answer`, and its port.
async fn server(answer: impl Fn(&Request) -> Response<Body> + Clone + Send + Sync + 'static) -> (u16, Heads) {
    let heads = Heads::default();
    let log = Arc::clone(&heads);
    let router = Router::new().fallback(move |request: Request| {
        log.lock().unwrap().push(format!("{} {} {:?}", request.method(), request.uri(), request.headers()));
        std::future::ready(answer(&request))
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (port, heads)
}

fn json(body: &'static str) -> Response<Body> {
    Response::builder().header("content-type", "application/json").body(Body::from(body)).unwrap()
}

/// Whoever answers with a redirect learns what was sent to it. Where it points learns nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_carries_nothing_to_another_host() {
    let (there, stolen) = server(|_| json("{}")).await;
    for status in [301, 302, 303, 307, 308] {
        for token_too in [true, false] {
            let elsewhere = format!("http://localhost:{there}/there");
            let (port, heads) = server(move |request| match request.uri().path() {
                "/crm/token" if !token_too => json(r#"{"access_token": "a-token", "expires_in": 1800}"#),
                "/pf/v1/auth/token" if !token_too => json(r#"{"accessToken": "a-token", "expiresIn": 1800}"#),
                _ => Response::builder().status(status).header("location", &elsewhere).body(Body::empty()).unwrap(),
            })
            .await;
            let ran = tokio::task::spawn_blocking(move || {
                let office = Office::new(1);
                let mut command = office.command(&["plan"]);
                command.env("ROSTER_CRM_URL", format!("http://127.0.0.1:{port}/crm"));
                command.env("ROSTER_CRM_TOKEN_URL", format!("http://127.0.0.1:{port}/crm/token"));
                command.env("ROSTER_PF_URL", format!("http://127.0.0.1:{port}/pf"));
                Ran::of(command)
            });
            let ran = ran.await.unwrap().is(7).says("redirects to localhost, which is not followed");
            assert!(!ran.err.contains("a-token") && !ran.out.contains("a-token"), "{}", ran.err);
            assert!(heads.lock().unwrap().len() >= 2, "both systems were asked");
            assert_eq!(*stolen.lock().unwrap(), [""; 0], "{status}");
        }
    }
}

#[test]
fn an_address_that_would_give_keys_away_is_refused_and_not_printed() {
    let office = Office::new(1);
    for variable in ["ROSTER_CRM_URL", "ROSTER_CRM_TOKEN_URL", "ROSTER_CRM_UPLOAD_URL", "ROSTER_PF_URL"] {
        for (url, why) in [
            ("http://atlas.canary.example", "is plain http to another machine"),
            ("http://localhost.canary.example", "is plain http to another machine"),
            ("http://10.0.0.1/canary", "is plain http to another machine"),
            ("https://canary-user:canary-word@atlas.example", "holds a user name or password"),
            ("https://canary-word@atlas.example", "holds a user name or password"),
            ("https://atlas.example/?key=canary", "has a query"),
        ] {
            for command in [&["plan"][..], &["apply", "--yes"]] {
                let mut command = office.command(command);
                command.env(variable, url);
                let ran = Ran::of(command).is(64).says(&format!("{variable} {why}"));
                let said = ran.out + &ran.err;
                for secret in ["canary", CRM_KEY, CRM_SECRET, PF_KEY, PF_SECRET] {
                    assert!(!said.contains(secret), "{url}: {said}");
                }
            }
        }
    }
    assert_eq!(office.sandbox.requests(), []);
}

/// A pull request can change roster.yaml, and agents' files.
#[test]
fn no_file_of_the_repository_can_name_a_host_or_a_key() {
    let office = Office::new(1);
    let usual = office.read("roster.yaml");
    for more in [
        "url: https://evil.example",
        "crm_url: https://evil.example",
        "CRM_API_KEY: k",
        "environment: {ROSTER_CRM_URL: https://evil.example}",
        "property_finder: {url: https://evil.example}",
        "property_finder: {base_url: https://evil.example}",
        "property_finder: {api_key: k}",
    ] {
        office.write("roster.yaml", &format!("{usual}{more}\n"));
        office.run(&["plan"]).is(4);
    }
    for member in ["url: https://evil.example", "token_url: https://evil.example", "key: k", "secret: k"] {
        office.write("roster.yaml", &usual.replace("crm: {", &format!("crm: {{{member}, ")));
        office.run(&["plan"]).is(4);
    }
    // Nor is a file of variables read.
    office.write("roster.yaml", &usual);
    office.write(".env", "ROSTER_CRM_URL=https://evil.example\n");
    office.run(&["plan"]).is(0);

    // Every key that roster.yaml may have; a new one has to be looked at here.
    let schema: Value = serde_json::from_str(include_str!("../../schema/roster.schema.json")).unwrap();
    let mut names = BTreeSet::new();
    properties(&schema, &mut names);
    let sound = |name: &str, words: &[&str]| words.iter().any(|word| name.contains(word));
    let suspicious: Vec<&str> = names
        .iter()
        .copied()
        .filter(|name| sound(name, &["url", "host", "key", "secret", "token", "auth", "proxy"]))
        .collect();
    // It only becomes a part of photos' public addresses.
    assert_eq!(suspicious, ["photo_base_url"]);
}

fn properties<'a>(schema: &'a Value, names: &mut BTreeSet<&'a str>) {
    match schema {
        Value::Object(members) => {
            let named = members.get("properties").and_then(Value::as_object);
            names.extend(named.into_iter().flat_map(|named| named.keys().map(String::as_str)));
            members.values().for_each(|member| properties(member, names));
        }
        Value::Array(items) => items.iter().for_each(|item| properties(item, names)),
        _ => {}
    }
}
