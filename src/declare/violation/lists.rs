//! Lists that were written in another way than `[one, two]`.

use serde_json::Value;

use super::Violation;
use crate::declare::problem::Problem;
use crate::declare::source::{PathStep, path_in_words};
use crate::model::agent::value;

/// What people write between items.
const SEPARATORS: [char; 10] = [',', '،', '؛', '，', '、', ';', '；', '/', '|', '\n'];

impl Violation<'_> {
    /// An item that holds several, since their separator is not a comma.
    pub(super) fn several_items(&self, format: &str, text: &str) -> Option<Problem> {
        let [list @ .., PathStep::Index(at)] = self.path.as_slice() else { return None };
        if self.private() {
            return None;
        }
        let parts = parts(format, text).filter(|parts| parts.len() > 1)?;
        let items = self.source.document.as_ref().map(|document| value_at(&document.value, list))??.as_array()?;
        let whole = items.iter().enumerate().flat_map(|(index, item)| match item {
            _ if index == *at => parts.clone(),
            other => vec![other.as_str().map_or_else(|| other.to_string(), str::to_owned)],
        });
        let whole: Vec<String> = whole.collect();
        let written = self.source.text.get(self.source.node(list)?.span.clone())?;
        if !written.starts_with('[') {
            let message = format!("an item of {} holds several items", path_in_words(list));
            let problem = Problem::error(self.source, self.source.value_span(&self.path), &self.path, message);
            let lines: Vec<String> = parts.iter().map(|part| format!("`- {part}`")).collect();
            return Some(problem.help(format!("write one item on each line: {}", lines.join(", "))));
        }
        let message = format!("the items of {} are not separated by commas", path_in_words(list));
        let problem = Problem::error(self.source, self.source.value_span(&self.path), &self.path, message);
        Some(problem.help(format!("separate them with the English comma: `[{}]`", whole.join(", "))))
    }

    /// A list of which several items are wrong, as the list that was most likely meant.
    pub(super) fn whole_list(&self, format: &str) -> Option<Problem> {
        let [list @ .., PathStep::Index(_)] = self.path.as_slice() else { return None };
        if self.private() {
            return None;
        }
        let items = self.source.document.as_ref().map(|document| value_at(&document.value, list))??.as_array()?;
        let checked = |item: &Value| value::check(format, item.as_str()?);
        let wrong = items.iter().filter(|item| checked(item).is_some_and(|checked| checked.is_err())).count();
        let meant = |item: &Value| match checked(item)? {
            Ok(()) => item.as_str().map(str::to_owned),
            Err(fault) => fault.meant,
        };
        let meant = items.iter().map(meant).collect::<Option<Vec<String>>>().filter(|_| wrong > 1)?;
        // Each wrong item gives the same problem, and only one of them is kept.
        let message = format!("{wrong} items of {} are not codes", path_in_words(list));
        let problem = Problem::error(self.source, self.source.value_span(list), list, message);
        Some(problem.help(format!("did you mean `[{}]`?", meant.join(", "))))
    }

    /// A text as the list that it should be.
    pub(super) fn as_list(&self, text: &str) -> Option<String> {
        let format = self.schema_keyword("items")?.get("format")?.as_str()?;
        parts(format, text).map(|parts| format!("[{}]", parts.join(", ")))
    }
}

/// The items of a text: those that have the format, or those that were meant by them.
pub(super) fn parts(format: &str, text: &str) -> Option<Vec<String>> {
    let is_bracket = |c: char| matches!(c, '[' | ']' | '(' | ')' | '{' | '}' | '"') || c.is_whitespace();
    let text = text.trim_matches(is_bracket);
    let valid = |part: &str| match value::check(format, part)? {
        Ok(()) => Some(part.to_owned()),
        Err(fault) => fault.meant,
    };
    let read = |parts: Vec<&str>| {
        let is_number = |part: &&str| part.trim_end_matches(['.', ')']).bytes().all(|byte| byte.is_ascii_digit());
        let parts = parts.into_iter().map(|part| part.trim_matches(is_bracket)).filter(|part| !is_number(part));
        parts.map(valid).collect::<Option<Vec<String>>>()
    };
    let marked = text.replace(" and ", ",").replace(" & ", ",");
    let by_sign = read(marked.split(SEPARATORS).collect());
    by_sign.or_else(|| read(marked.split([' ', ',']).collect())).filter(|parts| !parts.is_empty())
}

pub(super) fn value_at<'v>(value: &'v Value, path: &[PathStep]) -> Option<&'v Value> {
    path.iter().try_fold(value, |value, step| match step {
        PathStep::Key(key) => value.get(key),
        PathStep::Index(index) => value.get(*index),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_read_with_any_separator() {
        for text in
            ["en، ar", "en; ar", "en ar", "en/ar", "(en, ar)", "en, ar]", "English and Arabic", "en\nar", "1. en 2. ar"]
        {
            assert_eq!(parts("language", text), Some(vec!["en".to_owned(), "ar".to_owned()]), "{text}");
        }
        for text in ["one thing", "", "en, whatever"] {
            assert_eq!(parts("language", text), None, "{text}");
        }
    }
}
