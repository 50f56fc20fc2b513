//! Property Finder's documented contract: create a user, update a user, update a public profile. Nothing is listed
//! (docs/vendor-apis.md, "Documented contract: calls").

pub(super) mod schema;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::Method;
use jiff::Timestamp;
use jsonschema::Validator;
use serde_json::{Map, Value, json};

use super::behaviour::Behaviour;
use super::http_exchange::{SandboxRequest, SandboxResponse};
use super::pf::error::refuse;
use super::schema::{SchemaViolation, Schemas, problems};
use super::store::PfState;
use super::{PF_KEY, PF_SECRET};

/// The right to write users, under the name that the Enterprise API has for it. The document names no rights.
const WRITE: &str = "users:full_access";

/// Checks the token call, which shows the keys as HTTP Basic (docs/vendor-apis.md, "Documented contract: token").
pub(super) fn check_token_call(request: &SandboxRequest) -> Result<(), SandboxResponse> {
    if request.method != Method::POST || request.parts() != ["oauth", "token"] {
        return Err(unknown_call());
    }
    let wanted = format!("Basic {}", STANDARD.encode(format!("{PF_KEY}:{PF_SECRET}")));
    let grant = request.json().is_some_and(|body| body.get("grant_type") == Some(&json!("client_credentials")));
    match (grant, request.header("authorization") == Some(&wanted)) {
        (false, _) => Err(refuse(request, 400, "the grant_type must be client_credentials", &[])),
        (true, false) => Err(refuse(request, 401, "the key or the secret is wrong", &[])),
        (true, true) => Ok(()),
    }
}

/// The answer that carries a token.
pub(super) fn granted(token: &str, seconds: u64) -> SandboxResponse {
    SandboxResponse::json(200, &json!({ "access_token": token, "token_type": "Bearer", "expires_in": seconds }))
}

/// Answers a request; `known` is whether it carries a valid token.
pub(super) fn answer(
    state: &mut PfState,
    request: &SandboxRequest,
    known: bool,
    behaviour: &Behaviour,
    schemas: &Schemas,
) -> SandboxResponse {
    let parts = request.parts();
    let call = match (request.method.as_str(), parts.as_slice()) {
        ("POST", ["v1", "users"]) => WriteCall::Create,
        ("PATCH", ["v1", "users", id]) => WriteCall::User(id),
        ("PATCH", ["v1", "public-profiles", id]) => WriteCall::Profile(id),
        _ => return unknown_call(),
    };
    if !known {
        return refuse(request, 401, "the access token is missing, wrong or expired", &[]);
    }
    if behaviour.missing_scopes.contains(WRITE) {
        return refuse(request, 403, "the key may not write users", &[]);
    }
    let written = match call {
        WriteCall::Create => create(state, request, behaviour, schemas),
        WriteCall::User(id) => change_user(state, request, schemas, id),
        WriteCall::Profile(id) => change_profile(state, request, schemas, id),
    };
    written.unwrap_or_else(|refused| refused)
}

enum WriteCall<'a> {
    Create,
    User(&'a str),
    Profile(&'a str),
}

fn unknown_call() -> SandboxResponse {
    SandboxResponse::of(404, "text/plain; charset=utf-8", "404 page not found\n".to_owned())
}

fn create(
    state: &mut PfState,
    request: &SandboxRequest,
    behaviour: &Behaviour,
    schemas: &Schemas,
) -> Result<SandboxResponse, SandboxResponse> {
    let sent = body(request, &schemas.documented_create)?;
    let email = sent.get("email").and_then(Value::as_str).unwrap_or_default().to_lowercase();
    let has_email =
        |user: &Value| user.get("email").and_then(Value::as_str).is_some_and(|held| held.to_lowercase() == email);
    if !behaviour.pf_takes_duplicates && state.users.rows().values().any(has_email) {
        let taken = SchemaViolation::new("/email", "is the e-mail of another user");
        return Err(refuse(request, 422, "the user cannot be created", &[taken]));
    }
    let (id, profile_id) = (state.users.new_id(), state.next_profile_id);
    state.next_profile_id += 1;
    let mut profile = Map::from_iter([("id".to_owned(), json!(profile_id))]);
    profile.extend(sent);
    let user = json!({
        "id": id, "email": profile.get("email"), "status": "active", "publicProfile": profile,
        "createdAt": Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    });
    state.users.write(id, Some(user), 0);
    Ok(SandboxResponse::json(201, &json!({ "id": id, "publicProfileId": profile_id })))
}

fn change_user(
    state: &mut PfState,
    request: &SandboxRequest,
    schemas: &Schemas,
    id: &str,
) -> Result<SandboxResponse, SandboxResponse> {
    let found = id.parse().ok().and_then(|id: u64| Some((id, state.users.rows().get(&id)?.clone())));
    let (id, mut user) = found.ok_or_else(|| refuse(request, 404, &format!("there is no user {id}"), &[]))?;
    let sent = body(request, &schemas.documented_user)?;
    if let Some(user) = user.as_object_mut() {
        user.extend(sent);
    }
    state.users.write(id, Some(user), 0);
    Ok(SandboxResponse::done())
}

fn change_profile(
    state: &mut PfState,
    request: &SandboxRequest,
    schemas: &Schemas,
    id: &str,
) -> Result<SandboxResponse, SandboxResponse> {
    let wanted = id.parse::<u64>().ok();
    let found = wanted.and_then(|profile| state.user_with_profile(profile));
    let (user_id, mut user) =
        found.ok_or_else(|| refuse(request, 404, &format!("there is no public profile {id}"), &[]))?;
    let sent = body(request, &schemas.documented_profile)?;
    if let Some(profile) = user.get_mut("publicProfile").and_then(Value::as_object_mut) {
        profile.extend(sent);
    }
    state.users.write(user_id, Some(user), 0);
    Ok(SandboxResponse::done())
}

/// The members of the body, if it matches its schema.
fn body(request: &SandboxRequest, schema: &Validator) -> Result<Map<String, Value>, SandboxResponse> {
    let body = request.json().ok_or_else(|| refuse(request, 400, "the body is not JSON", &[]))?;
    let wrong = problems(schema, &body);
    match body {
        Value::Object(members) if wrong.is_empty() => Ok(members),
        _ => Err(refuse(request, 400, "the body does not match the schema", &wrong)),
    }
}
