//! One call to one server, tried until it is answered or given up.
//!
//! Nothing is sent anywhere else. It follows no redirect, so that a token goes to the host it was
//! made for and to no other.

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use reqwest::header::{self, HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tokio::time::{Instant, sleep};
use url::Url;

use super::endpoints::BaseUrl;
use super::error::What;
use super::pace::{Pace, Slots};
use super::retry::{self, Happened, Kind, Next, Spent, Timing};
use super::{RemoteError, words};
use crate::record::System;
use crate::redact::{Secrets, Untrusted, lenient_text};

/// One server: how it is connected to and how fast it may be asked.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) system: System,
    client: Client,
    base: BaseUrl,
    pace: Pace,
    timing: Timing,
    /// What must not be repeated of what is sent, here or elsewhere in this run.
    secrets: Arc<Secrets>,
    /// The header in which the server warns about a request, where it has one.
    warning: Option<HeaderName>,
    /// What the server said beside its answers, oldest first, each once.
    warnings: Mutex<Vec<Untrusted>>,
}

/// One request, as often as it is sent. No `Debug`: a token call's body holds the secret.
pub(super) struct Call {
    pub(super) kind: Kind,
    pub(super) method: Method,
    /// Behind the base.
    pub(super) path: String,
    pub(super) query: Vec<(String, String)>,
    pub(super) body: Option<Value>,
    /// What is being done, as a person would say it.
    pub(super) doing: String,
    /// What to do when the system says that we may not.
    pub(super) remedy: String,
}

/// A server's answer, whatever its status.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) content_type: Option<String>,
    pub(super) body: Vec<u8>,
    /// The body was longer than we are willing to hold, and is cut.
    cut: bool,
    location: Option<String>,
    retry_after: Option<Duration>,
}

/// How a call shows that it may be made.
#[derive(Clone, Debug)]
pub(super) enum Authorization {
    /// It needs none; the body has what it takes.
    None,
    /// Key and secret.
    Basic(SecretString, SecretString),
    /// A token.
    Bearer(SecretString),
}

/// Where a call's authorization comes from: a token that may have to be renewed, or keys that may not.
pub(super) trait Proof: Sync {
    /// What to send now, and its number, by which it can be told from the next.
    fn show(&self) -> impl Future<Output = Result<(Authorization, u64), RemoteError>> + Send;

    /// The server no longer takes the one of this number.
    fn renew(&self, number: u64) -> impl Future<Output = ()> + Send;
}

/// A listing of 100 people with the longest texts stays well below this.
const LONGEST_BODY: usize = 64 << 20;

/// An idle connection is not used again after this: many servers close theirs after 5 s, and a request that meets the
/// closing is lost, which for a create means looking before trying again.
const IDLE: Duration = Duration::from_secs(4);

/// A server that warns at every request is not to fill the memory.
const MOST_WARNINGS: usize = 100;

impl Line {
    /// Prepares the way to a server; nothing is sent yet.
    pub(super) fn new(
        system: System,
        base: BaseUrl,
        pace: Pace,
        timing: Timing,
        headers: HeaderMap,
        secrets: &Arc<Secrets>,
    ) -> Result<Self, RemoteError> {
        let client = client(&base, timing, headers).map_err(|why| RemoteError {
            system,
            doing: "preparing the connection".to_owned(),
            what: What::Unreachable(why.into()),
        })?;
        let secrets = Arc::clone(secrets);
        Ok(Self { system, client, base, pace, timing, secrets, warning: None, warnings: Mutex::default() })
    }

    /// Takes note of what the server says in this header.
    pub(super) fn noting(self, warning: HeaderName) -> Self {
        Self { warning: Some(warning), ..self }
    }

    /// Takes note of a token before it is used.
    pub(super) fn learn(&self, token: &SecretString) {
        self.secrets.learn(token);
    }

    /// Takes slots of the rate limit for so many requests together.
    pub(super) async fn reserve(&self, requests: usize) -> Slots<'_> {
        self.pace.reserve(requests).await
    }

    /// No slots: each request waits for its own.
    pub(super) const fn no_slots(&self) -> Slots<'_> {
        self.pace.no_slots()
    }

    /// Sends a call until it is answered with a success or must be given up.
    pub(super) async fn send(&self, call: &Call, proof: &impl Proof) -> Result<Answer, RemoteError> {
        self.send_with(&mut self.no_slots(), call, proof).await
    }

    /// As [`send`](Self::send), with slots that are held already.
    pub(super) async fn send_with(
        &self,
        slots: &mut Slots<'_>,
        call: &Call,
        proof: &impl Proof,
    ) -> Result<Answer, RemoteError> {
        let mut spent = Spent::default();
        let mut waits = self.timing.waits();
        let mut lost_before = false;
        loop {
            let (authorization, number) = proof.show().await?;
            if let Authorization::Bearer(token) = &authorization {
                self.learn(token);
            }
            let slot = slots.next().await;
            let started = Instant::now();
            let limit = self.timing.one_try.min(self.timing.request.saturating_sub(spent.time));
            let reply = self.once(call, &authorization, limit).await;
            let happened = reply.happened();
            let refused = matches!(happened, Happened::Answered { status: 429, .. });
            if !refused {
                spent.time += started.elapsed();
            }
            let own_wait = waits.next().unwrap_or(self.timing.longest_wait);
            let next = retry::next(call.kind, happened, &spent, own_wait, &self.timing);
            match (next, happened) {
                // The pace holds everybody back from here on, this call included.
                (Next::Pause(asked), _) => slot.refused(asked),
                (_, Happened::Answered { .. }) if !refused => slot.accepted(),
                _ => drop(slot),
            }
            match next {
                Next::GiveUp => {
                    let judged = self.judge(call, reply, lost_before);
                    return judged.map_err(|what| self.error(&call.doing, what));
                }
                Next::Pause(_) => spent.pauses += 1,
                Next::RenewToken => {
                    spent.renewed = true;
                    proof.renew(number).await;
                }
                Next::Wait(wait) => {
                    lost_before |= happened != Happened::NotSent;
                    spent.time += own_wait;
                    sleep(wait).await;
                }
            }
        }
    }

    /// What went wrong here, for people.
    pub(super) fn error(&self, doing: &str, what: What) -> RemoteError {
        RemoteError { system: self.system, doing: doing.to_owned(), what }
    }

    /// The warnings since this was last asked.
    pub(super) fn take_warnings(&self) -> Vec<Untrusted> {
        std::mem::take(&mut *self.warnings.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn once(&self, call: &Call, authorization: &Authorization, limit: Duration) -> Reply {
        let mut url = self.base.at(&call.path);
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&call.query);
        }
        let request = self.client.request(call.method.clone(), url).timeout(limit);
        let request = authorization.put_on(request);
        let request = match &call.body {
            Some(body) => request.json(body),
            None => request,
        };
        match request.send().await {
            Ok(response) => {
                self.note_warnings(response.headers());
                match Answer::read(response).await {
                    Ok(answer) => Reply::Answered(answer),
                    Err(error) => Reply::lost(error),
                }
            }
            Err(error) if error.is_connect() || error.is_builder() => Reply::NotSent(explain(error)),
            Err(error) => Reply::lost(error),
        }
    }

    fn note_warnings(&self, headers: &HeaderMap) {
        let Some(name) = &self.warning else { return };
        let mut warnings = self.warnings.lock().unwrap_or_else(PoisonError::into_inner);
        for value in headers.get_all(name).iter().filter(|value| !value.is_empty()) {
            let warning = Untrusted::from(lenient_text(value.as_bytes()));
            if warnings.len() < MOST_WARNINGS && !warnings.contains(&warning) {
                warnings.push(warning);
            }
        }
    }

    /// What the last try means. A write that was sent without a clear answer, now or in an earlier try, may have been
    /// carried out, though it is safe to repeat.
    fn judge(&self, call: &Call, reply: Reply, lost_before: bool) -> Result<Answer, What> {
        let writes = call.kind.writes();
        let answer = match reply {
            Reply::Lost(why) if writes => return Err(What::Unknown(why)),
            Reply::Late(why) if writes => return Err(What::Late(why)),
            Reply::NotSent(why) if writes && lost_before => return Err(What::Unknown(why)),
            Reply::Lost(why) | Reply::Late(why) | Reply::NotSent(why) => return Err(What::Unreachable(why)),
            Reply::Answered(answer) => answer,
        };
        let status = answer.status.as_u16();
        let said = || answer.refusal(call.kind);
        match status {
            200..300 => Ok(answer),
            // The try whose answer was lost has done it.
            404 if call.kind == Kind::Removal && lost_before => Ok(answer),
            300..400 => Err(What::Refused { status, said: self.elsewhere(answer.location.as_deref()) }),
            401 | 403 => Err(What::Denied { status, said: said(), remedy: call.remedy.clone() }),
            // This try was refused, and the one whose answer was lost may have been carried out.
            400..500 if writes && lost_before => Err(What::Unknown(said().after(&format!("answered {status}: ")))),
            400..500 if call.kind == Kind::Token && status != 429 => {
                Err(What::Denied { status, said: said(), remedy: call.remedy.clone() })
            }
            404 => Err(What::Missing(said())),
            400..500 => Err(What::Refused { status, said: said().followed_by(&answer.asked()) }),
            // A gateway that did not wait says nothing of what the server behind it still does.
            504 if writes => Err(What::Late(said().after("answered 504: "))),
            _ if writes => Err(What::Unknown(said().after(&format!("answered {status}: ")))),
            _ => Err(What::Unreachable(said().after(&format!("answered {status}: ")))),
        }
    }

    fn elsewhere(&self, location: Option<&str>) -> Untrusted {
        let target = location.and_then(|location| self.base.at("").join(location).ok());
        let host = target.as_ref().and_then(Url::host_str).unwrap_or("nowhere").to_owned();
        let asked = format!(", which is not followed: check the address that is asked, {}", self.base);
        Untrusted::from(host).after("it redirects to ").followed_by(&asked)
    }
}

/// How one try ended, with what came back.
enum Reply {
    Answered(Answer),
    NotSent(Untrusted),
    Lost(Untrusted),
    Late(Untrusted),
}

impl Reply {
    /// It was sent, or may have been, and no whole answer came back.
    fn lost(error: reqwest::Error) -> Self {
        if error.is_timeout() { Self::Late(explain(error)) } else { Self::Lost(explain(error)) }
    }

    fn happened(&self) -> Happened {
        match self {
            Self::Answered(answer) => {
                Happened::Answered { status: answer.status.as_u16(), retry_after: answer.retry_after }
            }
            Self::NotSent(_) => Happened::NotSent,
            Self::Lost(_) | Self::Late(_) => Happened::Lost,
        }
    }
}

impl Authorization {
    /// Both headers are marked as sensitive by the library, so that no log of it shows them.
    fn put_on(&self, request: RequestBuilder) -> RequestBuilder {
        match self {
            Self::None => request,
            Self::Basic(key, secret) => request.basic_auth(key.expose_secret(), Some(secret.expose_secret())),
            Self::Bearer(token) => request.bearer_auth(token.expose_secret()),
        }
    }
}

impl Answer {
    async fn read(mut response: Response) -> reqwest::Result<Self> {
        let status = response.status();
        let text = |name: HeaderName| response.headers().get(name).map(|value| lenient_text(value.as_bytes()));
        let (content_type, location) = (text(header::CONTENT_TYPE), text(header::LOCATION));
        let now = text(header::DATE).and_then(|date| httpdate::parse_http_date(&date).ok());
        let retry_after =
            text(header::RETRY_AFTER).and_then(|value| retry::retry_after(&value, now.unwrap_or_else(SystemTime::now)));
        let longest = if status.is_success() { LONGEST_BODY } else { words::LONGEST_REFUSAL };
        let (mut body, mut cut) = (Vec::new(), false);
        while let Some(chunk) = response.chunk().await? {
            let room = longest - body.len();
            cut = chunk.len() > room;
            body.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
            if cut {
                break;
            }
        }
        Ok(Self { status, content_type, body, cut, location, retry_after })
    }

    /// How long a pause it asks for, to be put behind its words.
    fn asked(&self) -> String {
        self.retry_after.map(|asked| format!(" (asks for a pause of {} s)", asked.as_secs())).unwrap_or_default()
    }

    /// The body as JSON.
    pub(super) fn json(&self) -> Result<Value, What> {
        if self.cut {
            return Err(What::NotUnderstood(format!("an answer of more than {} MB", LONGEST_BODY >> 20).into()));
        }
        let body = self.body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&self.body);
        serde_json::from_slice(body).map_err(|error| {
            // The parser's words have no value of the data in them, only a place.
            let place = format!(", which ends or breaks at line {} column {}", error.line(), error.column());
            let place = if body.is_empty() || self.is_html() { String::new() } else { place };
            What::NotUnderstood(self.description().after("expected JSON, and the answer is ").followed_by(&place))
        })
    }

    /// As [`json`](Self::json), and not labelled as something else: a proxy's page must not pass for data.
    pub(super) fn labelled_json(&self) -> Result<Value, What> {
        let label = self.content_type.as_deref().unwrap_or("application/json");
        let essence = label.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        if essence.ends_with("/json") || essence.ends_with("+json") {
            return self.json();
        }
        Err(What::NotUnderstood(self.description().after("expected JSON, and the answer is ")))
    }

    /// Whether the body is a page: some proxies answer 200 to anything.
    pub(super) fn is_html(&self) -> bool {
        words::is_html(&lenient_text(self.body.get(..1 << 10).unwrap_or(&self.body)))
    }

    /// What a success is, without anything of what it holds.
    pub(super) fn description(&self) -> Untrusted {
        words::success(self.content_type.as_deref(), &self.body)
    }

    /// What a refusal says.
    fn refusal(&self, kind: Kind) -> Untrusted {
        if kind == Kind::Token { words::token_refusal(&self.body) } else { words::refusal(&self.body) }
    }
}

/// What went wrong below HTTP, without the URL, whose query may hold an e-mail address.
fn explain(error: reqwest::Error) -> Untrusted {
    if error.is_timeout() {
        return "no answer in time".into();
    }
    let error = error.without_url();
    let mut deepest: &dyn std::error::Error = &error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    let what = if error.is_connect() { "no connection: " } else { "the connection broke: " };
    Untrusted::from(deepest.to_string()).after(what)
}

fn client(base: &BaseUrl, timing: Timing, mut headers: HeaderMap) -> Result<Client, String> {
    headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    let builder = Client::builder()
        .tls_backend_preconfigured(tls().map_err(|error| error.to_string())?)
        .user_agent(concat!("roster/", env!("CARGO_PKG_VERSION")))
        .default_headers(headers)
        .redirect(Policy::none())
        .connect_timeout(timing.connect)
        .pool_idle_timeout(IDLE);
    let builder = if base.is_loopback() { builder.no_proxy() } else { builder };
    builder.build().map_err(|error| error.without_url().to_string())
}

/// TLS with the roots that are built in, so that it works on a machine without a store of certificates.
fn tls() -> Result<rustls::ClientConfig, rustls::Error> {
    let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let mut config = rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}
