//! What both systems accept, as JSON Schemas: the form in which Property Finder publishes its own.

use jsonschema::Validator;
use jsonschema::error::ValidationErrorKind;
use serde_json::Value;

/// Every schema; `compiled_schemas` compiles them once.
#[derive(Debug)]
pub(super) struct Schemas {
    pub(super) crm_user: Validator,
    pub(super) crm_deletion: Validator,
    pub(super) pf_token: Validator,
    pub(super) pf_create: Validator,
    pub(super) pf_user: Validator,
    pub(super) pf_profile: Validator,
    pub(super) documented_create: Validator,
    pub(super) documented_user: Validator,
    pub(super) documented_profile: Validator,
}

/// One thing that is wrong with a request.
#[derive(Debug)]
pub(super) struct SchemaViolation {
    /// Where, as a JSON Pointer.
    pub(super) pointer: String,
    /// What.
    pub(super) detail: String,
    /// Whether something required is not there.
    pub(super) missing: bool,
}

impl SchemaViolation {
    pub(super) fn new(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), detail: detail.into(), missing: false }
    }
}

/// Everything that is wrong with a body. The pointer of something missing or unexpected names that thing itself.
pub(super) fn problems(schema: &Validator, body: &Value) -> Vec<SchemaViolation> {
    let mut all = Vec::new();
    for error in schema.iter_errors(body) {
        let at = error.instance_path().as_str();
        match error.kind() {
            ValidationErrorKind::Required { property } => {
                let name = property.as_str().unwrap_or_default();
                all.push(SchemaViolation {
                    pointer: format!("{at}/{name}"),
                    detail: "is required".to_owned(),
                    missing: true,
                });
            }
            ValidationErrorKind::AdditionalProperties { unexpected } => {
                let unknown = |name: &String| SchemaViolation::new(format!("{at}/{name}"), "is not a known property");
                all.extend(unexpected.iter().map(unknown));
            }
            // The message quotes the value; here it is a test's or a newcomer's own.
            _ => all.push(SchemaViolation::new(at, error.to_string())),
        }
    }
    all
}
