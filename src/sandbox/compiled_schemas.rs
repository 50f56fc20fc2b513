//! The schemas of both systems, compiled once for all sandboxes of this process.

use std::sync::LazyLock;

use serde_json::Value;

use super::schema::Schemas;
use super::{crm, pf, pf_documented};

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
