//! What came back of one try: an answer, read to a limit, or why there is none.

use std::time::{Duration, SystemTime};

use reqwest::header::{self, HeaderName};
use reqwest::{Response, StatusCode};
use serde_json::Value;

use super::error_message;
use super::remote_error::ErrorKind;
use super::retry::{self, Attempt, ConnectFailure, RequestKind};
use crate::redact::{Untrusted, lenient_text};

/// A server's answer, whatever its status.
#[derive(Debug)]
pub(super) struct HttpResponse {
    pub(super) status: StatusCode,
    pub(super) content_type: Option<String>,
    pub(super) body: Vec<u8>,
    /// The body was longer than we are willing to hold, and is cut.
    cut: bool,
    pub(super) location: Option<String>,
    pub(super) retry_after: Option<Duration>,
}

/// How one try ended, with what came back.
pub(super) enum TryResult {
    Answered(HttpResponse),
    NotSent(ConnectFailure, Untrusted),
    Lost(Untrusted),
    Late(Untrusted),
}

impl TryResult {
    /// Why it is waited for, without the server's own words.
    pub(super) fn reason(&self) -> String {
        match self {
            Self::Answered(answer) => {
                let asks = if answer.retry_after.is_some() { " and requests this wait" } else { "" };
                format!("it answered {}{asks}", answer.status.as_u16())
            }
            Self::NotSent(..) => "there is no connection".to_owned(),
            Self::Lost(_) => "the connection broke".to_owned(),
            Self::Late(_) => "it did not answer in time".to_owned(),
        }
    }

    /// Why it did not succeed, with the server's words.
    pub(super) fn said(self, kind: RequestKind) -> Untrusted {
        match self {
            Self::Answered(answer) => answer.refusal(kind).after(&format!("answered {}: ", answer.status.as_u16())),
            Self::NotSent(_, why) | Self::Lost(why) | Self::Late(why) => why,
        }
    }

    pub(super) fn happened(&self) -> Attempt {
        match self {
            Self::Answered(answer) => {
                Attempt::Answered { status: answer.status.as_u16(), retry_after: answer.retry_after }
            }
            Self::NotSent(cause, _) => Attempt::NotSent(*cause),
            Self::Lost(_) | Self::Late(_) => Attempt::Lost,
        }
    }
}

/// A listing of 100 people with the longest texts stays well below this.
const LONGEST_BODY: usize = 32 << 20;

impl HttpResponse {
    pub(super) async fn read(mut response: Response) -> reqwest::Result<Self> {
        let status = response.status();
        let text = |name: HeaderName| response.headers().get(name).map(|value| lenient_text(value.as_bytes()));
        let (content_type, location) = (text(header::CONTENT_TYPE), text(header::LOCATION));
        let now = text(header::DATE).and_then(|date| httpdate::parse_http_date(&date).ok());
        let retry_after =
            text(header::RETRY_AFTER).and_then(|value| retry::retry_after(&value, now.unwrap_or_else(SystemTime::now)));
        let longest = if status.is_success() { LONGEST_BODY } else { error_message::LONGEST_REFUSAL };
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

    /// The pause of `Retry-After`, to be added to its message.
    pub(super) fn requested_wait(&self) -> String {
        self.retry_after.map(|asked| format!(" (requests a pause of {} s)", asked.as_secs())).unwrap_or_default()
    }

    /// The body as JSON.
    pub(super) fn json(&self) -> Result<Value, ErrorKind> {
        if self.cut {
            return Err(ErrorKind::NotUnderstood(format!("an answer of more than {} MB", LONGEST_BODY >> 20).into()));
        }
        let body = self.body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&self.body);
        serde_json::from_slice(body).map_err(|error| {
            // The parser's words have no value of the data in them, only a place.
            let place = format!(", which ends or breaks at line {} column {}", error.line(), error.column());
            let place = if body.is_empty() || self.is_html() { String::new() } else { place };
            ErrorKind::NotUnderstood(self.description().after("expected JSON, and the answer is ").followed_by(&place))
        })
    }

    /// As [`json`](Self::json), and not labelled as something else: a proxy's page must not pass for data.
    pub(super) fn labelled_json(&self) -> Result<Value, ErrorKind> {
        let label = self.content_type.as_deref().unwrap_or("application/json");
        let essence = label.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        if essence.ends_with("/json") || essence.ends_with("+json") {
            return self.json();
        }
        Err(ErrorKind::NotUnderstood(self.description().after("expected JSON, and the answer is ")))
    }

    /// Whether the body is a page: some proxies answer 200 to anything.
    pub(super) fn is_html(&self) -> bool {
        error_message::is_html(&lenient_text(self.body.get(..1 << 10).unwrap_or(&self.body)))
    }

    /// What a success is, without anything of what it holds.
    pub(super) fn description(&self) -> Untrusted {
        error_message::success(self.content_type.as_deref(), &self.body)
    }

    /// The message of a refusal.
    pub(super) fn refusal(&self, kind: RequestKind) -> Untrusted {
        if kind == RequestKind::Token {
            error_message::token_refusal(&self.body)
        } else {
            error_message::refusal(&self.body)
        }
    }
}
