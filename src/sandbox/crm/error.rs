//! The sandbox's own error body for the CRM. The vendor describes none (docs/vendor-apis.md, "CRM: errors").

use serde_json::{Value, json};

use crate::sandbox::http_exchange::SandboxResponse;
use crate::sandbox::schema::SchemaViolation;

/// A refusal: `{"error": {"status": 422, "message": "…", "fields": {"private.email": "…"}}}`.
pub(in crate::sandbox) fn refuse(status: u16, message: &str, problems: &[SchemaViolation]) -> SandboxResponse {
    let mut error = json!({ "status": status, "message": message });
    if let (false, Some(error)) = (problems.is_empty(), error.as_object_mut()) {
        let fields = problems.iter().map(|problem| {
            let name = problem.pointer.trim_start_matches('/').replace('/', ".");
            (name, Value::from(problem.detail.clone()))
        });
        error.insert("fields".to_owned(), fields.collect());
    }
    SandboxResponse::json(status, &json!({ "error": error }))
}
