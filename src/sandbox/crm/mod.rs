//! The CRM: its calls on users (docs/vendor-apis.md, "CRM: calls").

pub(super) mod error;
mod filters;
mod list;
mod row;
pub(super) mod schema;
pub(super) mod token;
mod upload;
mod write;

use hyper::Method;
use serde_json::{Value, json};

use super::behaviour::Behaviour;
use super::http_exchange::{SandboxRequest, SandboxResponse};
use super::schema::Schemas;
use super::store::CrmState;

use error::refuse;

/// The header with the CRM's warnings (docs/vendor-apis.md, "CRM: warning header").
const WARNING: &str = "x-mycrm-api-warning";

/// Answers a request; `known` is whether it carries a valid token.
pub(super) fn answer(
    state: &mut CrmState,
    request: &SandboxRequest,
    known: bool,
    behaviour: &Behaviour,
    schemas: &Schemas,
) -> SandboxResponse {
    let parts = request.parts();
    let Some(right) = right(&request.method, &parts) else {
        return refuse(404, &format!("there is no {} {}", request.method, request.path), &[]);
    };
    if !known {
        return refuse(401, "the access token is missing, wrong or expired", &[]);
    }
    if behaviour.missing_scopes.contains(right) {
        return refuse(403, &format!("the right {right} is missing"), &[]);
    }
    let mut desk = CrmHandler { state, behaviour, schemas };
    match (&request.method, parts.as_slice()) {
        (&Method::GET, ["users"]) => desk.list(request),
        (&Method::GET, ["users", "me"]) => desk.me(),
        (&Method::GET, ["users", id]) => desk.get(id),
        (&Method::POST, ["users"]) => desk.create(request),
        (&Method::PUT, ["users", id]) => desk.update(id, request),
        (&Method::POST, ["upload"]) => desk.upload(request),
        (&Method::GET, ["files", id]) => desk.file(id),
        (&Method::DELETE, ["users", id]) => desk.delete_one(id, request),
        _ => desk.delete_many(request),
    }
}

/// The right that a call needs (docs/vendor-apis.md, "CRM: rights"); none for an unknown call.
fn right(method: &Method, parts: &[&str]) -> Option<&'static str> {
    match (method.as_str(), parts) {
        ("GET", ["users", "me"]) => Some("anyone"),
        ("GET", ["users"] | ["users" | "files", _]) => Some("user.read"),
        ("POST", ["upload"]) | ("POST" | "DELETE", ["users"]) | ("PUT" | "DELETE", ["users", _]) => Some("user.update"),
        _ => None,
    }
}

/// Everything that a call to the CRM works on.
struct CrmHandler<'a> {
    state: &'a mut CrmState,
    behaviour: &'a Behaviour,
    schemas: &'a Schemas,
}

impl CrmHandler<'_> {
    fn me(&self) -> SandboxResponse {
        if !self.behaviour.crm_me {
            return refuse(403, "this token has no user of its own", &[]);
        }
        match self.state.me.and_then(|id| self.state.users.rows().get(&id)) {
            Some(user) => self.one(200, user),
            None => refuse(404, "this account has no user that the key belongs to", &[]),
        }
    }

    fn get(&mut self, id: &str) -> SandboxResponse {
        let behaviour = self.behaviour;
        let user = id.parse().ok().and_then(|id: u64| {
            if behaviour.lag_of_single_rows {
                self.state.users.read_one(id)
            } else {
                self.state.users.rows().get(&id).cloned()
            }
        });
        user.map_or_else(|| unknown(id), |user| self.one(200, &user))
    }

    /// One user, under the singular key.
    fn one(&self, status: u16, user: &Value) -> SandboxResponse {
        SandboxResponse::json(status, &json!({ "user": row::shown(user, self.behaviour) }))
    }
}

fn unknown(id: &str) -> SandboxResponse {
    refuse(404, &format!("there is no user {id}"), &[])
}

/// Adds the warnings to an answer, one header each.
fn warned(answer: SandboxResponse, warnings: &[String]) -> SandboxResponse {
    warnings.iter().fold(answer, |answer, warning| answer.with(WARNING, warning))
}
