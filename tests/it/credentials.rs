//! Keys and tokens are sent to the hosts that the environment names, and nowhere else.

use std::collections::BTreeSet;

use roster::sandbox::{CRM_KEY, CRM_SECRET, PF_KEY, PF_SECRET};
use serde_json::{Value, json};

use crate::support::Repo;
use crate::support::scripted_server::{CRM_TOKEN, Reply, ScriptedServer, ok};

/// Whoever answers with a redirect learns what was sent to it. Where it points learns nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_is_not_followed_to_another_host() {
    let target = ScriptedServer::start(|_, _| ok(json!({}))).await;
    for status in [301, 302, 303, 307, 308] {
        for token_too in [true, false] {
            let location = format!("http://localhost:{}/there", target.address.port());
            let server = ScriptedServer::start(move |seen, _| {
                if seen.is_token_call() && !token_too {
                    return Reply::Usual;
                }
                Reply::Text(status, vec![("location", location.clone())], String::new())
            })
            .await;
            let address = server.address;
            let ran = tokio::task::spawn_blocking(move || {
                let url = |path: &str| format!("http://{address}{path}");
                Repo::of(1).run_with(
                    &["plan"],
                    &[
                        ("ROSTER_CRM_URL", &url("/crm")),
                        ("ROSTER_CRM_TOKEN_URL", &url(CRM_TOKEN)),
                        ("ROSTER_PF_URL", &url("/pf")),
                    ],
                )
            });
            let ran = ran.await.unwrap();
            ran.exits(7).stderr_has("redirects to localhost, which roster does not follow");
            assert!(!ran.to_string().contains("token-0"), "{ran}");
            assert!(server.requests().len() >= 2, "both systems were asked");
            assert!(target.requests().is_empty(), "{status}");
        }
    }
}

#[test]
fn an_address_that_exposes_keys_is_refused_and_not_printed() {
    let repo = Repo::of(1);
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
                let ran = repo.run_with(command, &[(variable, url)]);
                ran.exits(64).stderr_has(&format!("{variable} {why}"));
                let said = ran.to_string();
                for secret in ["canary", CRM_KEY, CRM_SECRET, PF_KEY, PF_SECRET] {
                    assert!(!said.contains(secret), "{url}: {said}");
                }
            }
        }
    }
    assert_eq!(repo.sandbox.requests(), []);
}

/// A pull request can change roster.yaml, and agents' files.
#[test]
fn repository_files_cannot_set_hosts_or_keys() {
    let repo = Repo::of(1);
    let usual = repo.read("roster.yaml");
    for more in [
        "url: https://evil.example",
        "crm_url: https://evil.example",
        "CRM_API_KEY: k",
        "environment: {ROSTER_CRM_URL: https://evil.example}",
        "property_finder: {url: https://evil.example}",
        "property_finder: {base_url: https://evil.example}",
        "property_finder: {api_key: k}",
    ] {
        repo.write("roster.yaml", &format!("{usual}{more}\n"));
        repo.run(&["plan"]).exits(4);
    }
    for member in ["url: https://evil.example", "token_url: https://evil.example", "key: k", "secret: k"] {
        repo.write("roster.yaml", &usual.replace("crm: {", &format!("crm: {{{member}, ")));
        repo.run(&["plan"]).exits(4);
    }
    // Nor is a file of variables read.
    repo.write("roster.yaml", &usual);
    repo.write(".env", "ROSTER_CRM_URL=https://evil.example\n");
    repo.run(&["plan"]).exits(0);

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
    // One is only a date. The other only becomes a part of photos' public addresses.
    assert_eq!(suspicious, ["key_expires", "photo_base_url"]);
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
