//! The texts of a file, each with its path, listed once for all rules that look at texts.

use serde_json::Value;

use super::source::PathStep;

/// A text of a file.
#[derive(Clone, Debug)]
pub(super) struct DeclaredText {
    /// The steps from the top of the file.
    pub(super) path: Vec<PathStep>,
    pub(super) text: String,
}

/// Every text under a value, in the file's order.
#[must_use]
pub(super) fn texts(value: &Value) -> Vec<DeclaredText> {
    let mut texts = Vec::new();
    walk(value, &mut Vec::new(), &mut texts);
    texts
}

fn walk(value: &Value, path: &mut Vec<PathStep>, texts: &mut Vec<DeclaredText>) {
    match value {
        Value::String(text) => texts.push(DeclaredText { path: path.clone(), text: text.clone() }),
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                path.push(PathStep::Index(at));
                walk(item, path, texts);
                path.pop();
            }
        }
        Value::Object(map) => {
            for (key, value) in map {
                path.push(PathStep::Key(key.clone()));
                walk(value, path, texts);
                path.pop();
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
