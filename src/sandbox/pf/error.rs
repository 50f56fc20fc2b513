//! Property Finder's two error bodies (docs/vendor-apis.md, "Property Finder: errors").

use serde_json::{Map, Value, json};

use crate::sandbox::http_exchange::{SandboxRequest, SandboxResponse};
use crate::sandbox::schema::SchemaViolation;

/// A refusal, in the shape that the request accepts.
pub(in crate::sandbox) fn refuse(
    request: &SandboxRequest,
    status: u16,
    detail: &str,
    problems: &[SchemaViolation],
) -> SandboxResponse {
    let kind = kind(status);
    let new = request.header("x-pf-error-format") == Some("problem-json-v2");
    let mut body = if new { kind.new_shape(status, detail) } else { kind.legacy_shape(detail) };
    if let (false, Some(body)) = (problems.is_empty(), body.as_object_mut()) {
        let items = problems.iter().map(|problem| if new { new_item(&kind, status, problem) } else { item(problem) });
        body.insert("errors".to_owned(), items.collect());
    }
    SandboxResponse::of(status, "application/problem+json", body.to_string())
}

struct PfErrorKind {
    legacy: &'static str,
    code: &'static str,
    title: &'static str,
}

fn kind(status: u16) -> PfErrorKind {
    let (legacy, code, title) = match status {
        400 => ("SCHEMA_VALIDATION", "400-bad-request", "Bad Request"),
        401 => ("AUTHENTICATION", "401-unauthorized", "Unauthorized"),
        403 => ("AUTHORIZATION", "403-forbidden", "Forbidden"),
        404 => ("NOT_FOUND", "404-not-found", "Not Found"),
        409 => ("CONFLICT", "409-conflict", "Conflict"),
        422 => ("BUSINESS_VALIDATION", "422-unprocessable-entity", "Unprocessable Entity"),
        429 => ("RATE_LIMIT", "429-too-many-requests", "Too Many Requests"),
        502 | 503 => ("BAD_GATEWAY", "502-bad-gateway", "Bad Gateway"),
        504 => ("TIMEOUT", "502-bad-gateway", "Gateway Timeout"),
        _ => ("INTERNAL", "500-internal-server-error", "Internal Server Error"),
    };
    PfErrorKind { legacy, code, title }
}

impl PfErrorKind {
    fn legacy_shape(&self, detail: &str) -> Value {
        json!({ "type": self.legacy, "title": self.title, "detail": detail })
    }

    fn new_shape(&self, status: u16, detail: &str) -> Value {
        json!({
            "type": self.uri(),
            "title": self.title,
            "detail": detail,
            "status": status,
            "code": format!("common_http_{}", self.code),
            "attributes": { "trace_id": "5a6d0000000000000000000000000000" }
        })
    }

    fn uri(&self) -> String {
        format!("https://problems.atlas.propertyfinder.com/common-http-{}/", self.code)
    }
}

/// An item of the legacy shape. Its `type` has one value, so only what is required and missing has one.
fn item(problem: &SchemaViolation) -> Value {
    let mut item = json!({ "detail": problem.detail, "pointer": problem.pointer });
    if let (true, Some(item)) = (problem.missing, item.as_object_mut()) {
        item.insert("type".to_owned(), Value::from("RequiredField"));
    }
    item
}

/// An item of the new shape: on business errors it has the kind of the problem.
fn new_item(kind: &PfErrorKind, status: u16, problem: &SchemaViolation) -> Value {
    let mut item = Map::new();
    item.insert("detail".to_owned(), Value::from(problem.detail.clone()));
    item.insert("pointer".to_owned(), Value::from(problem.pointer.clone()));
    if status == 422 {
        item.insert("type".to_owned(), Value::from(kind.uri()));
        item.insert("code".to_owned(), Value::from(format!("common_http_{}", kind.code)));
        item.insert("title".to_owned(), Value::from(kind.title));
    }
    Value::Object(item)
}
