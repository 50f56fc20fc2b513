//! A server between the program and a sandbox. It answers one call wrongly and repeats one hidden text in it.

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

use super::KEYS;
use crate::support::scripted_server::{Body, full};

/// One call as the server sees it.
pub(super) type Call = (&'static str, fn(&str) -> bool);

/// What it answers: the status, the label, and the body around what it repeats.
#[derive(Clone, Copy, Debug)]
pub(super) enum Answer {
    /// A refusal in JSON of a known make.
    Problem(u16),
    /// JSON of a make that nobody knows.
    Unknown(u16),
    /// A page.
    Page(u16),
    /// Plain text.
    Text(u16),
    /// A refusal in JSON, with a pause that is longer than any that is waited for.
    Later,
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

impl Answer {
    /// Whether the system's own answer is in it. A token that the program was never sent is like any other word.
    const fn has_the_systems_data(self) -> bool {
        match self {
            Self::Problem(_) | Self::Unknown(_) | Self::Page(_) | Self::Text(_) | Self::Later => false,
            Self::Broken(_)
            | Self::WrongLabel
            | Self::OneBraceTooMany
            | Self::Cut
            | Self::Warning
            | Self::InsideValidJson => true,
        }
    }
}

pub(super) const ANSWERS: [Answer; 11] = [
    Answer::Problem(403),
    Answer::Unknown(422),
    Answer::Page(403),
    Answer::Text(400),
    Answer::Later,
    Answer::Broken(409),
    Answer::WrongLabel,
    Answer::OneBraceTooMany,
    Answer::Cut,
    Answer::Warning,
    Answer::InsideValidJson,
];

/// What the server knows: what it was sent, and what it holds.
#[derive(Clone)]
pub(super) struct Hostile {
    pub(super) sandbox: SocketAddr,
    /// Asks the sandbox.
    pub(super) client: reqwest::Client,
    pub(super) call: Call,
    pub(super) answer: Answer,
    /// Which of the texts it repeats: the credential of the request, the newest token, the keys, then the values.
    pub(super) repeats: usize,
    pub(super) values: Arc<Vec<String>>,
    pub(super) sent: Arc<Mutex<Vec<String>>>,
    pub(super) tokens: Arc<Mutex<Vec<String>>>,
}

/// What is repeated besides values.
pub(super) const REPEATED_SECRETS: usize = 2 + KEYS.len();

impl Hostile {
    pub(super) async fn answer(self, request: Request<Incoming>) -> Response<Body> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let credential = self.remember(&parts.headers, &body);
        let is_the_call = parts.method.as_str() == self.call.0 && (self.call.1)(parts.uri.path());
        let url = format!("http://{}{}", self.sandbox, parts.uri);
        let (headers, body) = as_the_sandbox_knows_it(parts.uri.path(), parts.headers, &body);
        let real = self.client.request(parts.method, url).headers(headers).body(body).send().await.unwrap();
        let status = real.status().as_u16();
        let data = real.bytes().await.unwrap();
        if !is_the_call || self.answer.has_the_systems_data() {
            self.learn_tokens(&data);
        }
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
        if is_the_call && matches!(self.answer, Answer::Later) {
            response = response.header("retry-after", "3600");
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

    pub(super) fn hidden(&self) -> Vec<String> {
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
            Answer::Later => {
                (503, json, json!({"message": all, "errors": [all], "error": {"message": all}}).to_string())
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
    } else if let Some(users) = data["users"].as_array_mut() {
        let stranger = |id: u64, fields: &Value| {
            json!({"id": id, "role": "agent", "fields": fields, "public": {"first_name": all, "last_name": all},
                "private": {"email": format!("stranger{id}@login.example")}})
        };
        if !users.is_empty() {
            users.extend([stranger(900_001, &json!({"2": "x"})), stranger(900_002, &json!({"11": all}))]);
        }
        // The empty page past the end counts them too, or the listing would not be taken for a whole one.
        if let Some(count) = data["count"].as_u64().filter(|count| *count > 0) {
            data["count"] = json!(count + 2);
        }
    } else if let Some(users) = data["data"].as_array_mut() {
        for user in users.iter_mut() {
            user["publicProfile"]["compliances"] = json!([{"type": all, "value": "1", "expiryDate": all}]);
        }
        if !users.is_empty() {
            users.push(
                json!({"id": 900_003, "status": "active", "email": "stranger@pf.example", "role": {"id": 1, "roleKey": all},
                "firstName": all, "publicProfile": {"id": 900_004, "name": all}}),
            );
        }
        if let Some(total) = data["pagination"]["total"].as_u64().filter(|total| *total > 0) {
            data["pagination"]["total"] = json!(total + 1);
        }
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
fn as_the_sandbox_knows_it(path: &str, mut headers: HeaderMap, body: &[u8]) -> (HeaderMap, Vec<u8>) {
    for name in ["host", "content-length", "accept-encoding"] {
        headers.remove(name);
    }
    let authorization = HeaderName::from_static("authorization");
    if headers.get(&authorization).is_some_and(|value| value.as_bytes().starts_with(b"Basic ")) {
        let (key, secret) = if path.ends_with("/oauth/v1/token") { (CRM_KEY, CRM_SECRET) } else { (PF_KEY, PF_SECRET) };
        let basic = format!("Basic {}", BASE64_STANDARD.encode(format!("{key}:{secret}")));
        headers.insert(authorization, HeaderValue::from_str(&basic).unwrap());
    }
    let keys = body.windows(8).any(|part| part == b"\"apiKey\"");
    let sandbox = || json!({"apiKey": PF_KEY, "apiSecret": PF_SECRET}).to_string().into_bytes();
    (headers, if keys { sandbox() } else { body.to_vec() })
}

pub(super) const SPELLINGS: [fn(&str) -> String; 12] = [
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
