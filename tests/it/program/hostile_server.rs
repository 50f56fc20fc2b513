//! A server between the program and both systems that answers one call as it likes, and repeats one text that it was sent
//! or that it holds, in every spelling: no output of any format has a key, a token or a private value in it.
//!
//! One text in a run, since a quotation is cut: what is cut off would be tested by nothing. Where the program quotes the
//! answer, the mask must be in the output.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use hyper::{Request, Response};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use roster::sandbox::{CRM_KEY, CRM_SECRET, PF_KEY, PF_SECRET};
use serde_json::{Value, json};

use super::private_values::{CANARIES, by_hand};
use super::with_files;
use crate::support::scripted_server::{Body, full, serve};
use crate::support::{Repo, Run};

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
    "77003",
    "77004",
];

/// Private values that are in a row alone, and those of them that are told by their form as long as nobody knows them.
const OF_ROWS: [&str; 4] = ["Zyxold", "zyx cats", "zyx.old@login.example", "+97155 777 0005"];
const BY_FORM: usize = 2;

/// One call as the server sees it.
type Call = (&'static str, fn(&str) -> bool);

const READS: [Call; 5] = [
    ("GET", |path| path.ends_with("crm/users")),
    ("GET", |path| path.ends_with("/v1/users")),
    ("GET", |path| path.ends_with("/v1/roles")),
    ("POST", |path| path.contains("token") && path.contains("crm")),
    ("POST", |path| path.contains("/v1/auth/token")),
];

const WRITES: [Call; 6] = [
    ("GET", |path| path.ends_with("/users/me")),
    ("POST", |path| path.ends_with("crm/users")),
    ("PUT", |path| path.contains("/users/")),
    ("POST", |path| path.ends_with("/v1/users")),
    ("PATCH", |path| path.contains("/v1/users/")),
    ("PATCH", |path| path.contains("/v1/public-profiles/")),
];

/// What it answers: the status, the label, and the body around what it repeats.
#[derive(Clone, Copy, Debug)]
enum Answer {
    /// A refusal in JSON of a known make.
    Problem(u16),
    /// JSON of a make that nobody knows.
    Unknown(u16),
    /// A page.
    Page(u16),
    /// Plain text.
    Text(u16),
    /// Data that is cut, under a refusal.
    Broken(u16),
    /// The system's own answer, with the label of a page, and what it repeats in front.
    WrongLabel,
    /// The same with one brace too many.
    OneBraceTooMany,
    /// The same, cut in its middle.
    Cut,
    /// The system's own answer with a warning.
    Warning,
    /// The system's own answer, with what it repeats in the data of its rows.
    InsideValidJson,
}

const ANSWERS: [Answer; 10] = [
    Answer::Problem(403),
    Answer::Unknown(422),
    Answer::Page(403),
    Answer::Text(400),
    Answer::Broken(409),
    Answer::WrongLabel,
    Answer::OneBraceTooMany,
    Answer::Cut,
    Answer::Warning,
    Answer::InsideValidJson,
];

/// The answers whose words are quoted where they answer a listing, each with the number of listings that can give it.
const QUOTED: [(Answer, usize); 5] = [
    (Answer::Problem(403), 2),
    (Answer::Page(403), 2),
    (Answer::Text(400), 2),
    (Answer::Warning, 1),
    (Answer::InsideValidJson, 3),
];

/// What the server knows: what it was sent, and what it holds.
#[derive(Clone)]
struct Hostile {
    sandbox: SocketAddr,
    call: Call,
    answer: Answer,
    /// Which of the texts it repeats: the credential of the request, the newest token, the keys, then the values.
    repeats: usize,
    values: Arc<Vec<String>>,
    sent: Arc<Mutex<Vec<String>>>,
    tokens: Arc<Mutex<Vec<String>>>,
}

/// What is repeated besides values.
const REPEATED_SECRETS: usize = 2 + KEYS.len();

impl Hostile {
    async fn answer(self, request: Request<Incoming>) -> Response<Body> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let credential = self.remember(&parts.headers, &body);
        let is_the_call = parts.method.as_str() == self.call.0 && (self.call.1)(parts.uri.path());
        let url = format!("http://{}{}", self.sandbox, parts.uri);
        let (headers, body) = as_the_sandbox_knows_it(parts.headers, &body);
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let real = client.request(parts.method, url).headers(headers).body(body).send().await.unwrap();
        let status = real.status().as_u16();
        let data = real.bytes().await.unwrap();
        self.learn_tokens(&data);
        let repeated = spelled(&self.repeated(credential.as_deref()));
        let (status, label, body) = if is_the_call {
            self.body(status, &String::from_utf8_lossy(&data), &repeated)
        } else {
            (status, "application/json", String::from_utf8_lossy(&data).into_owned())
        };
        let mut response = Response::builder().status(status).header("content-type", label);
        if is_the_call && matches!(self.answer, Answer::Warning) {
            let parts: Vec<&str> = repeated.split(" | ").filter(|part| HeaderValue::from_str(part).is_ok()).collect();
            response = response.header("x-mycrm-api-warning", parts.join(" | "));
        }
        response.body(full(body)).unwrap()
    }

    /// Takes note of what is in the headers and in a token call's body. The credential of the request, if it has one.
    fn remember(&self, headers: &HeaderMap, body: &[u8]) -> Option<String> {
        let mut sent = self.sent.lock().unwrap();
        let header = headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
        let credential = header.split(' ').next_back().filter(|text| !text.is_empty()).map(str::to_owned);
        sent.extend(credential.clone());
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        sent.extend(["apiKey", "apiSecret"].iter().filter_map(|name| body[name].as_str()).map(str::to_owned));
        sent.sort();
        sent.dedup();
        credential
    }

    fn learn_tokens(&self, answer: &[u8]) {
        let body: Value = serde_json::from_slice(answer).unwrap_or_default();
        let tokens = ["accessToken", "access_token"].iter().filter_map(|name| body[name].as_str());
        self.tokens.lock().unwrap().extend(tokens.map(str::to_owned));
    }

    fn hidden(&self) -> Vec<String> {
        let sent = [self.sent.lock().unwrap().clone(), self.tokens.lock().unwrap().clone()].concat();
        let keys = KEYS.iter().map(|(_, key)| (*key).to_owned());
        sent.into_iter().chain(keys).chain(self.values.iter().cloned()).collect()
    }

    /// The one text that this run is about.
    fn repeated(&self, credential: Option<&str>) -> String {
        let key = |index: usize| KEYS[index].1.to_owned();
        match self.repeats {
            0 => credential.map_or_else(|| key(2), str::to_owned),
            1 => self.tokens.lock().unwrap().last().cloned().unwrap_or_else(|| key(0)),
            index if index < REPEATED_SECRETS => key(index - 2),
            index => self.values[index - REPEATED_SECRETS].clone(),
        }
    }

    fn body(&self, status: u16, data: &str, all: &str) -> (u16, &'static str, String) {
        let json = "application/json";
        match self.answer {
            Answer::Problem(status) => {
                let problem =
                    json!({"title": all, "error": {"message": all}, "detail": all, "errors": [{"detail": all}]});
                (status, json, problem.to_string())
            }
            Answer::Unknown(status) => (status, json, json!({"request": {"headers": all}, "rows": [all]}).to_string()),
            Answer::Page(status) => (status, "text/html", format!("<html><title>Blocked</title><p>{all}</html>")),
            Answer::Text(status) => (status, "text/plain", all.to_owned()),
            Answer::Broken(status) => (status, json, format!("{{\"rows\": {data}, \"all\": \"{all}\"")),
            Answer::WrongLabel => (status, "text/html", data.to_owned()),
            Answer::OneBraceTooMany => (status, json, format!("{data}}}")),
            Answer::Cut => (status, json, data.get(..data.len() / 2).unwrap_or(data).to_owned()),
            Answer::Warning => (status, json, data.to_owned()),
            Answer::InsideValidJson => (status, json, inside(data, all)),
        }
    }
}

/// The data of a system, with a text in every place that the program could print: the name and the slug of one more row, the
/// keys of roles, the types of compliances, and what else is not private by its field.
fn inside(data: &str, all: &str) -> String {
    let mut data: Value = serde_json::from_str(data).unwrap_or_default();
    if let Some(roles) = data["data"].as_array_mut().filter(|rows| rows.iter().any(|row| row["roleKey"].is_string())) {
        for role in roles {
            (role["roleKey"], role["name"]) = (json!(all), json!(all));
        }
    } else if let Some(users) = data["users"].as_array_mut().filter(|users| !users.is_empty()) {
        let stranger = |id: u64, fields: &Value| {
            json!({"id": id, "role": "agent", "fields": fields, "public": {"first_name": all, "last_name": all},
                "private": {"email": format!("stranger{id}@login.example")}})
        };
        users.extend([stranger(900_001, &json!({"2": "x"})), stranger(900_002, &json!({"11": all}))]);
        let count = users.len();
        data["count"] = json!(count);
    } else if let Some(users) = data["data"].as_array_mut().filter(|users| !users.is_empty()) {
        for user in users.iter_mut() {
            user["publicProfile"]["compliances"] = json!([{"type": all, "value": "1", "expiryDate": all}]);
        }
        users.push(
            json!({"id": 900_003, "status": "active", "email": "stranger@pf.example", "role": {"id": 1, "roleKey": all},
            "firstName": all, "publicProfile": {"id": 900_004, "name": all}}),
        );
        let total = users.len();
        data["pagination"]["total"] = json!(total);
    } else if let Some(object) = data.as_object_mut() {
        object.insert("message".to_owned(), json!(all));
        object.insert("error".to_owned(), json!({"message": all}));
    }
    data.to_string()
}

/// A text in every spelling.
fn spelled(text: &str) -> String {
    SPELLINGS.map(|spelling| spelling(text)).join(" | ")
}

/// A request with the keys that the sandbox takes in place of the program's.
fn as_the_sandbox_knows_it(mut headers: HeaderMap, body: &[u8]) -> (HeaderMap, Vec<u8>) {
    for name in ["host", "content-length", "accept-encoding"] {
        headers.remove(name);
    }
    let authorization = HeaderName::from_static("authorization");
    if headers.get(&authorization).is_some_and(|value| value.as_bytes().starts_with(b"Basic ")) {
        let basic = format!("Basic {}", BASE64_STANDARD.encode(format!("{CRM_KEY}:{CRM_SECRET}")));
        headers.insert(authorization, HeaderValue::from_str(&basic).unwrap());
    }
    let keys = body.windows(8).any(|part| part == b"\"apiKey\"");
    let sandbox = || json!({"apiKey": PF_KEY, "apiSecret": PF_SECRET}).to_string().into_bytes();
    (headers, if keys { sandbox() } else { body.to_vec() })
}

const SPELLINGS: [fn(&str) -> String; 12] = [
    str::to_owned,
    percent,
    |text| percent(&percent(text)),
    |text| text.chars().map(|char| format!("&#{};", char as u32)).collect::<Vec<_>>().concat(),
    |text| text.chars().map(|char| format!("&#x{:x};", char as u32)).collect::<Vec<_>>().concat(),
    |text| {
        text.replace('&', "&amp;")
            .replace('/', "&sol;")
            .replace('+', "&plus;")
            .replace('@', "&commat;")
            .replace(' ', "&nbsp;")
    },
    |text| text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect::<Vec<_>>().concat(),
    |text| serde_json::to_string(text).unwrap().replace('/', "\\/"),
    |text| BASE64_STANDARD.encode(text),
    |text| BASE64_URL_SAFE_NO_PAD.encode(format!("a:{text}")),
    |text| percent(&BASE64_STANDARD.encode(format!("ab{text}"))),
    |text| text.to_uppercase().replace(' ', "\u{a0}\n"),
];

fn percent(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// A repo on which everything is waiting to be written: an update of Sara in both systems, a newcomer, and one who is
/// switched off, so that the CRM is asked whose key this is.
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
    let outputs = ["markdown", "html", "github", "json"].map(|format| format!("{format}={}", file(format)));
    let mut args = command.to_vec();
    for output in &outputs {
        args.extend(["--output", output]);
    }
    let (journal, saved) = (file("journal"), file("saved"));
    args.extend(if command[0] == "apply" { ["--journal", &journal] } else { ["--out", &saved] });
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

fn hold(repo: &Repo, run: &HostileRun<'_>, command: &[&str]) -> bool {
    let HostileRun { call, answer, repeats, values } = *run;
    let address = repo.sandbox.environment()[0].1.clone();
    let url = url::Url::parse(&address).unwrap();
    let sandbox = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap()).parse().unwrap();
    let values = values.iter().map(|value| (*value).to_owned()).collect();
    let (sent, tokens) = (Arc::default(), Arc::default());
    let hostile = Hostile { sandbox, call, answer, repeats, values: Arc::new(values), sent, tokens };
    let case = format!("{} {answer:?} {command:?}, text {repeats}", call.0);
    let (ran, texts) = texts(repo, &hostile, command);
    assert!([0, 3, 5, 7].contains(&ran.code), "{case}: {ran}");
    assert!(texts.len() >= 5, "{case}: {:?}", texts.iter().map(|(name, _)| name).collect::<Vec<_>>());
    holds_nothing(&case, &hostile, &texts);
    let is_whole = !ran.to_string().contains("too long or too deeply encoded");
    assert!(is_whole, "{case}: {ran}");
    ran.to_string().contains("•••")
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
                    let is_masked = hold(repo, &HostileRun { call, answer, repeats, values: all }, &["plan"]);
                    assert!(is_masked, "{answer:?} to {}: text {repeats} is not quoted", call.0);
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
