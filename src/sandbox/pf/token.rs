//! Property Finder's token call (docs/vendor-apis.md, "Property Finder: token").

use hyper::Method;
use serde_json::json;

use super::error::refuse;
use crate::sandbox::http_exchange::{SandboxRequest, SandboxResponse};
use crate::sandbox::schema::{Schemas, problems};
use crate::sandbox::{PF_KEY, PF_SECRET};

/// Checks the call against its closed schema, and its keys against the sandbox's.
pub(in crate::sandbox) fn check(request: &SandboxRequest, schemas: &Schemas) -> Result<(), SandboxResponse> {
    if request.method != Method::POST {
        return Err(SandboxResponse::of(404, "text/plain; charset=utf-8", "404 page not found\n".to_owned()));
    }
    let body = request.json().ok_or_else(|| refuse(request, 400, "the body is not JSON", &[]))?;
    let wrong = problems(&schemas.pf_token, &body);
    if !wrong.is_empty() {
        return Err(refuse(request, 400, "the body does not match the schema", &wrong));
    }
    if body != json!({ "apiKey": PF_KEY, "apiSecret": PF_SECRET }) {
        return Err(refuse(request, 401, "the key or the secret is wrong", &[]));
    }
    Ok(())
}

/// The answer that carries a token.
pub(in crate::sandbox) fn granted(token: &str, seconds: u64) -> SandboxResponse {
    SandboxResponse::json(200, &json!({ "accessToken": token, "tokenType": "Bearer", "expiresIn": seconds }))
}
