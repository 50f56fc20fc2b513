//! Words that people write where a field has no value.

use serde_json::Value;

use super::Violation;
use crate::declare::clearing;
use crate::declare::problem::Problem;
use crate::declare::source::PathStep;
use crate::model::agent::value::{Country, Language, is_placeholder};

impl Violation<'_> {
    /// A text that is empty, or a word for nothing.
    pub(super) fn nothing(&self, text: &str) -> Option<Problem> {
        let empty = text.trim().is_empty();
        let format = self.schema_keyword("format").and_then(Value::as_str).unwrap_or_default();
        // Of a language or a country they are codes.
        let is_word = !matches!(format, Language::FORMAT | Country::FORMAT)
            && matches!(
                text.trim().to_lowercase().as_str(),
                "no" | "no number" | "x" | "xx" | "xxx" | "لا" | "لا يوجد رقم"
            );
        if !empty && !is_placeholder(text) && !is_word {
            return None;
        }
        let types = self.schema_keyword("type").and_then(|types| types.as_array());
        let nullable = types.is_some_and(|types| types.iter().any(|one| one == "null"));
        let is_public_photo = self.path == [PathStep::Key("public".to_owned()), PathStep::Key("photo".to_owned())];
        let help = match self.path.last() {
            Some(PathStep::Index(_)) => "remove the item; an empty list is []",
            _ if is_public_photo => clearing::KEEP_PHOTO,
            _ if nullable => clearing::NULL_OR_REMOVE,
            _ => clearing::REQUIRED,
        };
        let what = if empty { "is empty" } else { "has a word for nothing as its value" };
        Some(self.value_problem(what).help(help))
    }
}
