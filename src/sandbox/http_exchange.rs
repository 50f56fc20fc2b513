//! A request and its answer as plain data, so that everything behind the server is a function from one to the other.

use futures_util::{StreamExt, stream};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, Limited, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{HeaderMap, Method, Response};
use serde_json::Value;

use crate::model::record::System;

/// A body larger than this is refused unread. A picture may have 15 MB.
const BODY_LIMIT: usize = 16 << 20;

/// A request, read to its end.
pub(super) struct SandboxRequest {
    /// The system whose prefix it carried; what carries none is the CRM's, since its token call does not.
    pub(super) system: System,
    /// GET, POST and so on.
    pub(super) method: Method,
    /// The path without the system's prefix.
    pub(super) path: String,
    /// Path and query as they were sent, without the system's prefix.
    pub(super) target: String,
    /// The query's pairs, decoded, in their order.
    pub(super) query: Vec<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
}

impl SandboxRequest {
    /// Reads a request whole. Nothing, when its body is too large or its sender went away.
    pub(super) async fn read(request: hyper::Request<Incoming>) -> Option<Self> {
        let (head, body) = request.into_parts();
        let body = Limited::new(body, BODY_LIMIT).collect().await.ok()?.to_bytes();
        let (system, path) = of_system(head.uri.path());
        let query = head.uri.query().unwrap_or_default();
        let target = if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") };
        let query = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        Some(Self { system, method: head.method, path: path.to_owned(), target, query, headers: head.headers, body })
    }

    /// The non-empty parts of the path. A slash at the end changes nothing
    /// (docs/vendor-apis.md, "Property Finder: calls").
    pub(super) fn parts(&self) -> Vec<&str> {
        self.path.split('/').filter(|part| !part.is_empty()).collect()
    }

    /// A header's value, where it is readable text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body as JSON, if it is some.
    pub(super) fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// The body as it was sent.
    pub(super) fn body(&self) -> &[u8] {
        &self.body
    }

    /// Whether a text is in the body as it was sent.
    pub(super) fn body_holds(&self, text: &str) -> bool {
        String::from_utf8_lossy(&self.body).contains(text)
    }

    /// Whether there is a body at all.
    pub(super) fn has_body(&self) -> bool {
        !self.body.is_empty()
    }

    /// The last value of a query parameter.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Whether it asks for a token. Such a call is neither a read nor a write.
    pub(super) fn is_token_call(&self) -> bool {
        matches!(
            self.parts().as_slice(),
            ["auth", "oauth", "v1", "token"] | ["v1", "auth", "token"] | ["oauth", "token"]
        )
    }

    /// Whether it is meant to change something.
    pub(super) fn is_write(&self) -> bool {
        self.method != Method::GET && !self.is_token_call()
    }
}

fn of_system(path: &str) -> (System, &str) {
    for system in System::ALL {
        let prefix = match system {
            System::Crm => super::CRM_PREFIX,
            System::Pf => super::PF_PREFIX,
        };
        match path.strip_prefix(prefix) {
            Some("") => return (system, "/"),
            Some(rest) if rest.starts_with('/') => return (system, rest),
            _ => {}
        }
    }
    (System::Crm, path)
}

/// An answer.
#[derive(Clone, Debug)]
pub(super) struct SandboxResponse {
    pub(super) status: u16,
    headers: Vec<(&'static str, String)>,
    body: Bytes,
}

impl SandboxResponse {
    /// JSON.
    pub(super) fn json(status: u16, body: &Value) -> Self {
        Self::of(status, "application/json", body.to_string())
    }

    /// JSON under a media type of its own.
    pub(super) fn of(status: u16, media: &'static str, body: String) -> Self {
        Self::bytes(status, media.to_owned(), body.into_bytes())
    }

    /// Bytes of any media type.
    pub(super) fn bytes(status: u16, media: String, body: Vec<u8>) -> Self {
        Self { status, headers: vec![("content-type", media)], body: body.into() }
    }

    /// 204: done, without a body.
    pub(super) const fn done() -> Self {
        Self { status: 204, headers: Vec::new(), body: Bytes::new() }
    }

    /// With one more header. Signs that no header may carry become question marks.
    pub(super) fn with(mut self, name: &'static str, value: &str) -> Self {
        let plain = value.chars().map(|sign| if sign == ' ' || sign.is_ascii_graphic() { sign } else { '?' }).collect();
        self.headers.push((name, plain));
        self
    }

    /// The same answer with its JSON body changed; one that is not JSON stays as it is.
    pub(super) fn edited(mut self, edit: impl FnOnce(&mut Value)) -> Self {
        if let Ok(mut body) = serde_json::from_slice(&self.body) {
            edit(&mut body);
            self.body = body.to_string().into();
        }
        self
    }

    /// The answer as it goes out whole.
    pub(super) fn whole(self) -> Response<ResponseBody> {
        let body = Full::new(self.body.clone());
        self.head(body.map_err(|never| match never {}).boxed())
    }

    /// The answer as it goes out when the connection ends in the middle of its body.
    pub(super) fn cut(self) -> Response<ResponseBody> {
        let half = self.body.slice(..self.body.len() / 2);
        let end = async {
            // Hyper sends what it has before it waits; what comes without a wait would take the first half with it.
            tokio::task::yield_now().await;
            Err(ConnectionDropped)
        };
        let frames = stream::iter([Ok(Frame::data(half))]).chain(stream::once(end));
        self.head(BodyExt::boxed(StreamBody::new(frames)))
    }

    fn head(self, body: ResponseBody) -> Response<ResponseBody> {
        let mut response = Response::new(body);
        *response.status_mut() = hyper::StatusCode::from_u16(self.status).unwrap_or_default();
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                let name = if name == "content-type" { CONTENT_TYPE } else { HeaderName::from_static(name) };
                response.headers_mut().append(name, value);
            }
        }
        response
    }
}

/// The body of an answer, which may break off.
pub(super) type ResponseBody = BoxBody<Bytes, ConnectionDropped>;

/// The connection is to end here.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("dropped")]
pub(super) struct ConnectionDropped;
