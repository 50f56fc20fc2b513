//! The generated schemas, and the check against them: compiled once in a run.

use std::sync::LazyLock;

use jsonschema::{PatternOptions, Validator};
use serde_json::Value;

use crate::model::agent::{Agent, schema, value};
use crate::model::config::Config;
use crate::model::lock_file::LockFile;

/// A schema and the check that was compiled from it.
#[derive(Debug)]
pub(crate) struct CompiledSchema {
    /// The JSON Schema.
    pub schema: Value,
    /// Its check; `None` only if the schema itself were wrong, which a test rules out.
    pub validator: Option<Validator>,
}

static AGENT: LazyLock<CompiledSchema> = LazyLock::new(|| compile(schema::of::<Agent>()));
static LOCK_FILE: LazyLock<CompiledSchema> = LazyLock::new(|| compile(schema::of::<LockFile>()));
static CONFIG: LazyLock<CompiledSchema> = LazyLock::new(|| compile(schema::of::<Config>()));

/// The check of an agent's file.
#[must_use]
pub(crate) fn agent() -> &'static CompiledSchema {
    &AGENT
}

/// The check of `roster.yaml`.
#[must_use]
pub(crate) fn config() -> &'static CompiledSchema {
    &CONFIG
}

/// The check of `roster.lock`.
#[must_use]
pub(super) fn lock_file() -> &'static CompiledSchema {
    &LOCK_FILE
}

/// The schema of an agent's file.
pub(super) fn agent_schema() -> &'static Value {
    &AGENT.schema
}

fn compile(schema: Value) -> CompiledSchema {
    // In draft 2020-12 a format is only a remark unless it is asked for.
    let mut options = jsonschema::options().should_validate_formats(true).should_ignore_unknown_formats(false);
    for (name, check) in value::FORMATS {
        options = options.with_format(name, move |text: &str| check(text).is_ok());
    }
    let validator = options.with_pattern_options(PatternOptions::regex()).build(&schema).ok();
    CompiledSchema { schema, validator }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_schemas_compile() {
        assert!(lock_file().validator.is_some());
        assert!(agent().validator.is_some());
        assert!(config().validator.is_some());
    }
}
