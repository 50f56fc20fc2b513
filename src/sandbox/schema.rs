//! What both systems accept, as JSON Schemas: the form in which Property Finder publishes its own.

use std::sync::LazyLock;

use jsonschema::Validator;
use jsonschema::error::ValidationErrorKind;
use serde_json::Value;

use super::{crm, pf, pf_documented};

/// Every schema, compiled once.
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

impl Schemas {
    /// The schemas of every sandbox of this process.
    pub(super) fn compiled() -> Result<&'static Self, String> {
        static COMPILED: LazyLock<Result<Schemas, String>> = LazyLock::new(Schemas::compile);
        COMPILED.as_ref().map_err(Clone::clone)
    }

    fn compile() -> Result<Self, String> {
        let compile = |schema: &Value| {
            jsonschema::draft202012::options()
                .should_validate_formats(true)
                .build(schema)
                .map_err(|error| format!("a schema of the sandbox is broken: {error}"))
        };
        Ok(Self {
            crm_user: compile(&crm::schema::user())?,
            crm_deletion: compile(&crm::schema::deletion())?,
            pf_token: compile(&pf::schema::token())?,
            pf_create: compile(&pf::schema::create())?,
            pf_user: compile(&pf::schema::user())?,
            pf_profile: compile(&pf::schema::profile())?,
            documented_create: compile(&pf_documented::schema::create())?,
            documented_user: compile(&pf_documented::schema::user())?,
            documented_profile: compile(&pf_documented::schema::profile())?,
        })
    }
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
