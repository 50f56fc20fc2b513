//! The CRM's token call (docs/vendor-apis.md, "CRM: token").

use hyper::Method;
use serde_json::json;

use super::error::refuse;
use crate::sandbox::http_exchange::{SandboxRequest, SandboxResponse};

/// `Basic base64(CRM_KEY:CRM_SECRET)`.
const BASIC: &str = "Basic c2FuZGJveC1jcm0ta2V5OnNhbmRib3gtY3JtLXNlY3JldA==";

/// Checks that the call is the documented one to the letter, and its keys the sandbox's.
pub(in crate::sandbox) fn check(request: &SandboxRequest) -> Result<(), SandboxResponse> {
    if request.method != Method::POST {
        return Err(refuse(404, "a token is asked for with POST", &[]));
    }
    let json_body = request.header("content-type").is_some_and(|media| media.starts_with("application/json"));
    let wanted = json!({ "scope": "openid", "grant_type": "client_credentials" });
    if !json_body || request.json() != Some(wanted) {
        let why = "the body must be the JSON {\"scope\": \"openid\", \"grant_type\": \"client_credentials\"}";
        return Err(refuse(400, why, &[]));
    }
    if request.header("authorization") != Some(BASIC) {
        return Err(refuse(401, "the key or the secret is wrong", &[]));
    }
    Ok(())
}

/// The answer that carries a token.
pub(in crate::sandbox) fn granted(token: &str, seconds: u64) -> SandboxResponse {
    SandboxResponse::json(200, &json!({ "access_token": token, "token_type": "Bearer", "expires_in": seconds }))
}
