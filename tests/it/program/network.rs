//! What cannot be reached: which address it was, through which proxy, and that a wrong one is not waited for.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use roster::sandbox::{Fault, FaultEffect, FaultTarget};
use serde_json::{Value, json};

use super::{applied, three, with_files};
use crate::support::{Repo, Run};

/// Far less than the half minute that a request may be tried for.
const AT_ONCE: Duration = Duration::from_secs(12);

fn planned(repo: &Repo, environment: &[(&str, &str)]) -> Run {
    let started = Instant::now();
    let ran = repo.run_with(&["plan"], environment);
    assert!(started.elapsed() < AT_ONCE, "{:?}: {ran}", started.elapsed());
    ran.exits(7);
    ran
}

#[test]
fn a_wrong_address_is_named_without_a_wait() {
    let repo = with_files(&three());
    // Accepts connections, and speaks no TLS.
    let plain = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = plain.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in plain.incoming().flatten() {
            let _ = std::io::Write::write_all(&mut &stream, b"HTTP/1.1 400 Bad Request\r\n\r\n");
        }
    });
    let elsewhere = format!("{}/nowhere", repo.sandbox.pf_url());
    let table = [
        ("https://roster-no-such-host.invalid", "roster-no-such-host.invalid"),
        ("http://127.0.0.1:1", "127.0.0.1:1"),
        (&*format!("https://127.0.0.1:{port}"), "127.0.0.1:"),
        (&*elsewhere, "/nowhere"),
    ];
    for (url, names) in table {
        let ran = planned(&repo, &[("ROSTER_PF_URL", url)]);
        ran.stderr_has(names).stderr_has("the address may be wrong: check ROSTER_PF_URL");
        assert!(!ran.stderr.contains("PF_API_KEY"), "{url}: {ran}");
    }
}

#[test]
fn a_proxy_is_named_without_its_user_and_password() {
    let repo = with_files(&three());
    let proxy = [("HTTPS_PROXY", "http://somebody:canary@127.0.0.1:1"), ("ROSTER_PF_URL", "https://pf.example")];
    let ran = planned(&repo, &proxy);
    ran.stderr_has("at pf.example").stderr_has("through the proxy 127.0.0.1:1");
    assert!(!ran.stderr.contains("canary") && !ran.stderr.contains("somebody"), "{ran}");
    // This machine is not asked through it, and neither is what NO_PROXY names.
    assert!(!ran.stderr.contains("the CRM"), "{ran}");
    let direct = [proxy[0], ("NO_PROXY", "127.0.0.1"), ("ROSTER_PF_URL", "https://127.0.0.1:1")];
    let ran = planned(&repo, &direct);
    assert!(!ran.stderr.contains("proxy"), "{ran}");
}

/// Answers of `GET /users/me` that name nobody.
fn nobody() -> Vec<Fault> {
    let edits: [fn(&mut Value); 4] = [
        |body| *body = json!({"user": null}),
        |body| *body = json!({}),
        |body| *body = json!({"user": {"id": 7, "private": {}}}),
        |body| *body = json!([]),
    ];
    let me = || FaultTarget::Route("GET".parse().unwrap(), "/users/me".to_owned());
    let edits =
        edits.map(|edit| Fault { system: None, on: me(), at: 1, times: u32::MAX, effect: FaultEffect::Edit(edit) });
    let words = ["204", "500", "502 html", "429 retry-after=3600", "503 retry-after=3600", "401", "403", "404", "drop"];
    let answers = words.map(|effect| format!("crm GET /users/me #1+ {effect}").parse().unwrap());
    edits.into_iter().chain(answers).collect()
}

#[test]
fn an_unknown_key_owner_is_a_warning_without_a_wait() {
    for fault in nobody() {
        let repo = applied();
        let me = repo.sandbox.crm_rows()[2]["id"].as_u64();
        repo.sandbox.set_me(me);
        repo.edit("agents/omar-haddad.yaml", "active", "inactive");
        let case = fault.to_string();
        repo.sandbox.add_fault(fault);
        let started = Instant::now();
        let ran = repo.run(&["apply", "--yes", "--output", "json=-"]);
        assert!(started.elapsed() < AT_ONCE, "{case}: {:?}", started.elapsed());
        ran.exits(0);
        let warnings = ran.json()["warnings"].to_string();
        assert!(warnings.contains("does not report the owner of this API key"), "{case}: {warnings}");
        let inactive = repo.sandbox.pf_rows().iter().filter(|row| row["status"] == json!("inactive")).count();
        assert_eq!(inactive, 1, "{case}: {ran}");
    }
}

#[test]
fn a_long_wait_is_announced_while_it_lasts() {
    let repo = applied();
    repo.fault("crm GET /users #1+ 503 retry-after=200");
    let mut running = repo.start(&["plan"]);
    let line = running.until_stderr_has("Waiting 200 s for 127.0.0.1:");
    running.kill();
    assert!(line.contains("it answered 503 and requests this wait"), "{line}");
}
