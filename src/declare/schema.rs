//! The generated schemas, and the check against them: compiled once in a run.

use std::sync::{LazyLock, OnceLock};

use jsonschema::{PatternOptions, Validator};
use serde_json::Value;

use crate::model::agent::{Agent, schema, value};
use crate::model::config::Config;
use crate::model::lock_file::LockFile;

/// A schema and its checks, each compiled when it is first needed.
#[derive(Debug)]
pub(crate) struct CompiledSchema {
    /// The JSON Schema.
    pub schema: Value,
    validator: OnceLock<Option<Validator>>,
    form: OnceLock<Option<Validator>>,
}

impl CompiledSchema {
    /// The check of everything; `None` only if the schema itself were wrong, which a test rules out.
    #[must_use]
    pub(super) fn validator(&self) -> Option<&Validator> {
        self.validator.get_or_init(|| compile(&self.schema, Formats::Checked)).as_ref()
    }

    /// Whether a document has the form that the schema asks for. The formats of texts are left to the types that read them.
    #[must_use]
    pub(super) fn allows_form(&self, document: &Value) -> bool {
        let form = self.form.get_or_init(|| compile(&self.schema, Formats::Unchecked));
        form.as_ref().is_some_and(|form| form.is_valid(document))
    }
}

impl From<Value> for CompiledSchema {
    fn from(schema: Value) -> Self {
        Self { schema, validator: OnceLock::new(), form: OnceLock::new() }
    }
}

/// Whether a check asks for the `format` of texts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Formats {
    Checked,
    Unchecked,
}

static AGENT: LazyLock<CompiledSchema> = LazyLock::new(|| schema::of::<Agent>().into());
static LOCK_FILE: LazyLock<CompiledSchema> = LazyLock::new(|| schema::of::<LockFile>().into());
static CONFIG: LazyLock<CompiledSchema> = LazyLock::new(|| schema::of::<Config>().into());

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

fn compile(schema: &Value, formats: Formats) -> Option<Validator> {
    // In draft 2020-12 a format is only a remark unless it is asked for.
    let is_checked = formats == Formats::Checked;
    let mut options = jsonschema::options().should_validate_formats(is_checked).should_ignore_unknown_formats(false);
    for (name, check) in value::FORMATS {
        options = options.with_format(name, move |text: &str| check(text).is_ok());
    }
    options.with_pattern_options(PatternOptions::regex()).build(schema).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_schemas_compile() {
        for schema in [lock_file(), agent(), config()] {
            assert!(schema.validator().is_some());
            assert!(compile(&schema.schema, Formats::Unchecked).is_some());
        }
    }
}
