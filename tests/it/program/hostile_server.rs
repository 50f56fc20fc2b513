//! A server between the program and both systems that answers one call as it likes, and repeats one text that it was sent
//! or that it holds, in every spelling: no output of any format has a key, a token or a private value in it.
//!
//! One text in a run, since a quotation is cut: what is cut off would be tested by nothing. Where the program quotes the
//! answer, the mask must be in the output.

use std::sync::Arc;

use roster::model::config::PfContract;
use roster::sandbox::Behaviour;
use serde_json::json;

use super::private_values::{CANARIES, by_hand};
use super::with_files;
use crate::support::scripted_server::{loopback_client, serve};
use crate::support::{Repo, Run};

mod server;

use server::{ANSWERS, Answer, Call, Hostile, REPEATED_SECRETS, SPELLINGS};

/// Keys with every character that some encoding writes in another way.
const KEYS: [(&str, &str); 4] = [
    ("CRM_API_KEY", "qk7/+=Crm&Key\"1"),
    ("CRM_API_SECRET", "qs7/+=Crm<Secret>\\2"),
    ("PF_API_KEY", "qk8/+=Pf%41Key 3"),
    ("PF_API_SECRET", "qs8/+=Pf\\u0041Secret'4"),
];

/// Private values of Sara's file.
const OF_FILES: [&str; 8] = [
    "zyx.sara@login.example",
    "+971 55 7770001",
    "Zyxfirst",
    "ZYX-LICENCE",
    "Zyx signs here\ntwice, zyx",
    "zyx  pets & <i>more</i>",
    "77093",
    "77004",
];

/// Private values that are in a row alone, and those of them that are told by their form as long as nobody knows them.
const OF_ROWS: [&str; 4] = ["Zyxold", "zyx cats", "zyx.old@login.example", "+97155 777 0005"];
const BY_FORM: usize = 2;

const READS: [Call; 5] = [
    ("GET", |path| path.ends_with("crm/users")),
    ("GET", |path| path.ends_with("/v1/users")),
    ("GET", |path| path.ends_with("/v1/roles")),
    ("POST", |path| path.ends_with("/oauth/v1/token")),
    ("POST", |path| path.contains("/v1/auth/token")),
];

const WRITES: [Call; 7] = [
    ("GET", |path| path.ends_with("/users/me")),
    ("GET", |path| path.contains("crm/users/") && !path.ends_with("/me")),
    ("POST", |path| path.ends_with("crm/users")),
    ("PUT", |path| path.contains("/users/")),
    ("POST", |path| path.ends_with("/v1/users")),
    ("PATCH", |path| path.contains("/v1/users/")),
    ("PATCH", |path| path.contains("/v1/public-profiles/")),
];

/// The answers whose words are quoted where they answer a listing, each with the number of listings that can give it.
const QUOTED: [(Answer, usize); 5] = [
    (Answer::Problem(403), 2),
    (Answer::Page(403), 2),
    (Answer::Text(400), 2),
    (Answer::Warning, 1),
    (Answer::InsideValidJson, 3),
];

/// A repo on which everything is waiting to be written: an update of Sara in both systems, a newcomer, and one who is
/// deactivated, so that the CRM is asked whose key this is.
fn repo() -> Repo {
    let sara = CANARIES.replace("zyx  pets", OF_FILES[5]);
    let lina = super::agent("Lina", "Saad", 3, "");
    let repo = with_files(&[("agents/sara-khan.yaml", sara), ("agents/lina-saad.yaml", lina.clone())]);
    repo.run(&["apply", "--yes"]).exits(0);
    let [mut crm, mut pf] = repo.rows();
    for row in &mut crm {
        if row["public"]["first_name"] == "Sara" {
            by_hand(row);
            row["public"]["phone"] = json!("+971501110000");
            repo.sandbox.put_crm_row(row);
        }
    }
    for row in &mut pf {
        if row["publicProfile"]["name"].to_string().contains("Sara") || row["firstName"] == "Zyxfirst" {
            row["firstName"] = json!("Zyxold");
            row["publicProfile"]["linkedinAddress"] = json!("https://www.linkedin.com/in/old");
            repo.sandbox.put_pf_row(row);
        }
    }
    repo.write("agents/lina-saad.yaml", &lina.replace("status: active", "status: inactive"));
    repo.write("agents/omar-haddad.yaml", &super::agent("Omar", "Haddad", 2, ""));
    repo
}

/// Runs the program against the server, and gives every text that it made, each under a name.
fn texts(repo: &Repo, hostile: &Hostile, command: &[&str]) -> (Run, Vec<(String, String)>) {
    let server = hostile.clone();
    let address = repo.block_on(serve(move |request| server.clone().answer(request)));
    let out = tempfile::tempdir().unwrap();
    let file = |name: &str| out.path().join(name).display().to_string();
    let is_doctor = command[0] == "doctor";
    let formats: &[&str] = if is_doctor { &["json"] } else { &["markdown", "html", "github", "json"] };
    let outputs: Vec<String> = formats.iter().map(|format| format!("{format}={}", file(format))).collect();
    let mut args = command.to_vec();
    for output in &outputs {
        args.extend(["--output", output]);
    }
    let (journal, saved) = (file("journal"), file("saved"));
    if !is_doctor {
        args.extend(if command[0] == "apply" { ["--journal", &journal] } else { ["--out", &saved] });
    }
    let environment = repo
        .sandbox
        .environment()
        .map(|(name, value)| (name, value.replace(&hostile.sandbox.to_string(), &address.to_string())));
    let mut more: Vec<(&str, &str)> = environment.iter().map(|(name, value)| (*name, value.as_str())).collect();
    more.extend(KEYS);
    more.push(("ROSTER_DIGEST_KEY", "the key of this test, long enough"));
    more.extend([("CI", "true"), ("RUST_LOG", "trace"), ("RUST_BACKTRACE", "full")]);
    let ran = repo.run_with(&args, &more);
    let mut texts = vec![("terminal".to_owned(), ran.to_string())];
    for entry in std::fs::read_dir(out.path()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name == "journal" || name == "saved" {
            texts.push((format!("show {name}"), repo.run(&["show", path.to_str().unwrap()]).to_string()));
        }
        texts.push((name, std::fs::read_to_string(&path).unwrap()));
    }
    (ran, texts)
}

/// Everything in one form: HTML and JSON as a reader sees them, without white space and case.
fn seen(text: &str) -> String {
    let read = html_escape::decode_html_entities(text).replace("\\\\", "\\").replace("\\\"", "\"").replace("\\n", "\n");
    read.chars().filter(|char| !char.is_whitespace()).flat_map(char::to_lowercase).collect()
}

/// Whether a short number is one by itself, and not a part of a digest.
fn is_apart(text: &str, at: usize, length: usize) -> bool {
    let around = [text[..at].chars().next_back(), text[at + length..].chars().next()];
    !around.into_iter().flatten().any(char::is_alphanumeric)
}

#[track_caller]
fn holds_nothing(case: &str, hostile: &Hostile, texts: &[(String, String)]) {
    let texts: Vec<(&str, String)> = texts.iter().map(|(name, text)| (name.as_str(), seen(text))).collect();
    for hidden in hostile.hidden() {
        for spelling in SPELLINGS {
            let spelled = seen(&spelling(&hidden));
            // Without the characters at its ends that in base64 are shared with what is around it.
            let inner: Vec<char> = spelled.chars().collect();
            let inner: String =
                if inner.len() < 10 { spelled.clone() } else { inner[1..inner.len() - 3].iter().collect() };
            for (name, text) in &texts {
                let found =
                    text.match_indices(&inner).any(|(at, _)| inner.len() > 5 || is_apart(text, at, inner.len()));
                assert!(!found, "{case}: {hidden:?} is in {name} as {spelled:?}:\n{text}");
            }
        }
    }
}

/// Which run: the call, the answer to it, and which text is repeated of the secrets and these values.
struct HostileRun<'a> {
    call: Call,
    answer: Answer,
    repeats: usize,
    values: &'a [&'a str],
}

fn hold(repo: &Repo, run: &HostileRun<'_>, command: &[&str]) -> String {
    let HostileRun { call, answer, repeats, values } = *run;
    let address = repo.sandbox.environment()[0].1.clone();
    let url = url::Url::parse(&address).unwrap();
    let sandbox = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap()).parse().unwrap();
    let values = values.iter().map(|value| (*value).to_owned()).collect();
    let (sent, tokens) = (Arc::default(), Arc::default());
    let client = loopback_client();
    let hostile = Hostile { sandbox, client, call, answer, repeats, values: Arc::new(values), sent, tokens };
    let case = format!("{} {answer:?} {command:?}, text {repeats}", call.0);
    let (ran, texts) = texts(repo, &hostile, command);
    assert!([0, 3, 5, 7].contains(&ran.code), "{case}: {ran}");
    // A probe that cannot read a system has no document.
    let least = if command[0] == "doctor" { 1 } else { 5 };
    assert!(texts.len() >= least, "{case}: {:?}", texts.iter().map(|(name, _)| name).collect::<Vec<_>>());
    holds_nothing(&case, &hostile, &texts);
    let is_whole = !ran.to_string().contains("too long or too deeply encoded");
    assert!(is_whole, "{case}: {ran}");
    texts.into_iter().map(|(_, text)| text).collect()
}

/// Every text in every answer that is quoted, from the listings in turn: the mask takes the place of the text.
#[test]
fn no_secret_repeated_by_a_server_is_printed_by_a_plan() {
    let (repo, all) = (repo(), [&OF_FILES[..], &OF_ROWS[..]].concat());
    std::thread::scope(|scope| {
        for (shift, (answer, calls)) in QUOTED.into_iter().enumerate() {
            let (repo, all) = (&repo, &all);
            scope.spawn(move || {
                // As long as nobody knows the rows, a name in one of them is like any other word of a refusal.
                let is_refusal = matches!(answer, Answer::Problem(_) | Answer::Page(_) | Answer::Text(_));
                let first_of_rows = REPEATED_SECRETS + OF_FILES.len();
                let unknown = if is_refusal { first_of_rows..first_of_rows + BY_FORM } else { 0..0 };
                for repeats in (0..REPEATED_SECRETS + all.len()).filter(|index| !unknown.contains(index)) {
                    let call = READS[(shift + repeats) % calls];
                    let printed = hold(repo, &HostileRun { call, answer, repeats, values: all }, &["plan"]);
                    let is_masked = printed.contains("•••");
                    assert!(is_masked, "{answer:?} to {}: text {repeats} is not quoted in {printed}", call.0);
                }
            });
        }
    });
}

/// Every answer to every call, also to those of which nothing is quoted.
#[test]
fn a_hostile_server_gets_nothing_printed_whatever_call_it_answers() {
    let repo = repo();
    for (at, call) in READS.into_iter().enumerate() {
        for (shift, answer) in ANSWERS.into_iter().enumerate() {
            let known =
                if matches!(answer, Answer::Problem(_) | Answer::Page(_) | Answer::Text(_)) { BY_FORM } else { 0 };
            let values = [&OF_FILES[..], &OF_ROWS[known..]].concat();
            let repeats = (at * ANSWERS.len() + shift) % (REPEATED_SECRETS + values.len());
            hold(&repo, &HostileRun { call, answer, repeats, values: &values }, &["plan"]);
        }
    }
}

/// A failure in one system is quoted without the private values of the other one.
#[test]
fn no_secret_repeated_by_a_server_is_printed_by_a_doctor() {
    let repo = repo();
    std::thread::scope(|scope| {
        for (at, call) in READS.into_iter().chain(WRITES.into_iter().take(2)).enumerate() {
            let repo = &repo;
            scope.spawn(move || {
                // The list of the CRM, and its token.
                let reads_no_rows = [0, 3].contains(&at);
                for (shift, answer) in ANSWERS.into_iter().enumerate().filter(|(shift, _)| (at + shift) % 2 == 0) {
                    let is_probe = shift % 3 == 2;
                    let is_refusal =
                        matches!(answer, Answer::Problem(_) | Answer::Page(_) | Answer::Text(_) | Answer::Later);
                    let known = if is_refusal && (is_probe || reads_no_rows) { BY_FORM } else { 0 };
                    let values = [&OF_FILES[..], &OF_ROWS[known..]].concat();
                    let repeats = (at * ANSWERS.len() + shift) % (REPEATED_SECRETS + values.len());
                    let command: &[&str] = if is_probe { &["doctor", "--probe"] } else { &["doctor"] };
                    hold(repo, &HostileRun { call, answer, repeats, values: &values }, command);
                }
            });
        }
    });
    // Every value of the CRM's rows is masked where Property Finder alone is not read.
    for repeats in REPEATED_SECRETS..REPEATED_SECRETS + OF_ROWS.len() {
        let run = HostileRun { call: READS[1], answer: Answer::Problem(403), repeats, values: &OF_ROWS };
        let printed = hold(&repo, &run, &["doctor"]);
        assert!(printed.contains("•••"), "text {repeats} is not quoted in {printed}");
    }
}

#[test]
fn no_secret_repeated_by_a_server_is_printed_by_an_apply() {
    let all = [&OF_FILES[..], &OF_ROWS[..]].concat();
    // Each waits for what it does not find: side by side they wait at the same time.
    std::thread::scope(|scope| {
        for (at, call) in WRITES.into_iter().enumerate() {
            let all = &all;
            scope.spawn(move || {
                for (shift, answer) in ANSWERS.into_iter().enumerate() {
                    let repeats = (at * ANSWERS.len() + shift) % (REPEATED_SECRETS + all.len());
                    hold(&repo(), &HostileRun { call, answer, repeats, values: all }, &["apply", "--yes"]);
                }
            });
        }
    });
}

/// The documented contract lists no users, so a person whom only Property Finder knows is known to nobody.
#[test]
fn a_person_whom_no_listing_shows_is_not_printed() {
    const STRANGER: [&str; 2] = ["lina.stranger@other.example", "+971 55 123 9999"];
    for answer in [Answer::Problem(422), Answer::Page(403), Answer::Text(400), Answer::Later] {
        for at in 0..STRANGER.len() {
            let behaviour = Behaviour { pf_contract: PfContract::Documented, ..Behaviour::default() };
            let omar = super::agent("Omar", "Haddad", 2, "");
            let repo = super::behaving(behaviour, &[("agents/omar-haddad.yaml", omar)]);
            repo.edit("roster.yaml", "licence: brn", "contract: documented");
            let create: Call = ("POST", |path| path.ends_with("/v1/users"));
            let run = HostileRun { call: create, answer, repeats: REPEATED_SECRETS + at, values: &STRANGER };
            let printed = hold(&repo, &run, &["apply", "--yes"]);
            assert!(printed.contains("•••"), "{answer:?}: nothing is quoted in {printed}");
        }
    }
}
