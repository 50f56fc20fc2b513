//! Property Finder: the calls on users, public profiles and roles (docs/vendor-apis.md, "Property Finder: calls").

pub(super) mod error;
mod list;
mod model;
pub(super) mod schema;
pub(super) mod tables;
pub(super) mod token;
mod write;

use serde_json::json;

use super::behaviour::Behaviour;
use super::http_exchange::{SandboxRequest, SandboxResponse};
use super::schema::Schemas;
use super::store::PfState;

use error::refuse;

/// Answers a request; `known` is whether it carries a valid token.
pub(super) fn answer(
    state: &mut PfState,
    request: &SandboxRequest,
    known: bool,
    behaviour: &Behaviour,
    schemas: &Schemas,
) -> SandboxResponse {
    let parts = request.parts();
    let Some(scope) = scope(request.method.as_str(), &parts) else {
        // An unknown path gets a plain text response (docs/vendor-apis.md, "Property Finder: errors").
        return SandboxResponse::of(404, "text/plain; charset=utf-8", "404 page not found\n".to_owned());
    };
    if !known {
        return refuse(request, 401, "the access token is missing, wrong or expired", &[]);
    }
    if behaviour.missing_scopes.contains(scope) {
        return refuse(request, 403, &format!("the scope {scope} is missing"), &[]);
    }
    let mut desk = PfHandler { state, request, behaviour, schemas };
    match (request.method.as_str(), parts.as_slice()) {
        ("GET", ["v1", "roles"]) => SandboxResponse::json(200, &json!({ "data": desk.state.roles })),
        ("GET", _) => desk.list(),
        ("PATCH", ["v1", "users", id]) => desk.change_user(id),
        ("PATCH", ["v1", _, id]) => desk.change_profile(id),
        _ => desk.create(),
    }
}

/// The scope that a call needs (docs/vendor-apis.md, "Property Finder: calls"); none for an unknown call.
fn scope(method: &str, parts: &[&str]) -> Option<&'static str> {
    match (method, parts) {
        ("GET", ["v1", "users"]) => Some("users:read"),
        ("GET", ["v1", "roles"]) => Some("roles:read"),
        ("POST", ["v1", "users"]) | ("PATCH", ["v1", "users" | "public-profiles", _]) => Some("users:full_access"),
        _ => None,
    }
}

/// Everything that a call to Property Finder works on.
struct PfHandler<'a> {
    state: &'a mut PfState,
    request: &'a SandboxRequest,
    behaviour: &'a Behaviour,
    schemas: &'a Schemas,
}
