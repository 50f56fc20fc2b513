//! What the schema refuses, in words for people: where it is, what was found, what to write instead.
//!
//! The texts are ours and made from the error's kind alone, so that a new version of the validator does not change them
//! and no value of a private field gets into one.

mod advice;
mod keys;
mod lists;
mod nothing;
mod renamed_keys;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use jsonschema::{JsonType, JsonTypeSet, ValidationError};
use serde_json::Value;

use super::problem::{Problem, is_private};
use super::schema::CompiledSchema;
use super::schema_keys::may_show_key;
use super::source::{PathStep, Source, dotted, path_in_words};
use super::yaml_tree::{MOST, NodeKind};
use crate::model::agent::value::{self, Language};
use advice::{YEAR, status_help};
use renamed_keys::UnknownKey;

/// Every violation of a schema by a file.
#[must_use]
pub(super) fn check(source: &Arc<Source>, checked: &CompiledSchema) -> Vec<Problem> {
    let Some(document) = &source.document else { return Vec::new() };
    let Some(validator) = checked.validator() else {
        return vec![Problem::error(
            source,
            0..0,
            &[],
            "the schema built into roster is broken; this is a bug in roster",
        )];
    };
    if validator.is_valid(&document.value) {
        return Vec::new();
    }
    let mut found = ViolationProblems::default();
    for error in validator.iter_errors(&document.value) {
        if found.problems.len() >= MOST {
            let message = format!("this file has more than {MOST} problems");
            found.problems.push(Problem::error(source, source.text.len()..source.text.len(), &[], message));
            break;
        }
        Violation::new(source, &checked.schema, &error).explain(&mut found);
    }
    found.name_the_missing_key();
    let ViolationProblems { mut problems, missing, misspelt, .. } = found;
    // A key that is there in another spelling is one mistake, not two.
    problems.extend(missing.into_iter().filter(|missing| !misspelt.contains(&missing.path)));
    problems.sort_by(Problem::order);
    // A pattern and a format often refuse the same text.
    problems.dedup_by(|one, other| one.span == other.span && one.message == other.message);
    problems
}

#[derive(Default)]
struct ViolationProblems {
    problems: Vec<Problem>,
    /// Keys that are required and not there.
    missing: Vec<Problem>,
    /// The paths of the keys that were probably meant by unknown ones.
    misspelt: BTreeSet<String>,
    /// The unknown keys that are like no other.
    unknown: Vec<UnknownKey>,
}

fn under(section: &str) -> String {
    if section.is_empty() { String::new() } else { format!(" under `{section}`") }
}

struct Violation<'a> {
    source: &'a Arc<Source>,
    schema: &'a Value,
    error: &'a ValidationError<'a>,
    path: Vec<PathStep>,
}

impl<'a> Violation<'a> {
    fn new(source: &'a Arc<Source>, schema: &'a Value, error: &'a ValidationError<'a>) -> Self {
        let path = steps(source, error);
        Self { source, schema, error, path }
    }

    fn explain(&self, found: &mut ViolationProblems) {
        let problems = &mut found.problems;
        match self.error.kind() {
            Kind::AdditionalProperties { unexpected } => self.explain_unknown(unexpected, found),
            Kind::Required { property } => found.missing.push(self.missing_key(property.as_str().unwrap_or_default())),
            Kind::Type { kind } => problems.push(self.wrong_type(kind)),
            // Of a value of another type only the type is reported.
            Kind::Enum { .. } if !self.error.instance().is_string() && self.schema_keyword("type").is_some() => {}
            Kind::Enum { options } => problems.push(self.not_listed(options)),
            Kind::Format { .. } | Kind::Pattern { .. } => problems.push(self.wrong_text()),
            Kind::PropertyNames { error } => {
                problems.push(self.wrong_key(error.instance().as_str().unwrap_or_default(), Language::FORMAT));
            }
            Kind::UniqueItems => problems.push(self.repeated()),
            other => {
                let help = if self.is_year() { YEAR } else { "" };
                problems.push(self.value_problem(&limit(other)).help(help));
            }
        }
    }

    fn explain_unknown(&self, unexpected: &[String], found: &mut ViolationProblems) {
        if let Some(problem) = self.cut_description(unexpected) {
            found.problems.push(problem);
            return;
        }
        for key in unexpected.iter().take(MOST) {
            let meant = self.misspelt(key);
            if let ([_], true) = (unexpected, meant.is_empty() && self.may_be_required(key)) {
                found.unknown.push(self.unknown_alone(key, found.problems.len()));
            }
            found.misspelt.extend(meant);
            found.problems.push(self.unknown_key(key));
        }
    }

    /// A problem with the value at the path: `what` follows the path in the sentence.
    fn value_problem(&self, what: &str) -> Problem {
        let subject = self.subject();
        Problem::error(self.source, self.source.value_span(&self.path), &self.path, format!("{subject} {what}"))
    }

    fn subject(&self) -> String {
        match (self.path.as_slice(), self.error.instance().as_ref()) {
            ([], _) => "the file".to_owned(),
            // An item is named by its value, where that may be shown.
            ([list @ .., PathStep::Index(_)], Value::String(item)) if item.len() <= LONGEST_NAME && !self.private() => {
                format!("`{item}` in {}", path_in_words(list))
            }
            (path, _) => path_in_words(path),
        }
    }

    fn private(&self) -> bool {
        let is_leaf = self.source.node(&self.path).is_some_and(|node| matches!(node.children, NodeKind::Leaf { .. }));
        let hidden = || is_leaf && self.source.is_hidden(&self.source.value_span(&self.path));
        (self.source.personal && (is_private(&dotted(&self.path)) || self.source.is_doubtful())) || hidden()
    }

    /// Whether the key at these bytes may be named.
    fn may_name(&self, key: &str, span: &Range<usize>) -> bool {
        may_show_key(key) || !(self.private() || self.source.is_hidden(span))
    }

    /// What was probably meant, which is made from the value and so is not shown for a private one.
    fn meant(&self, meant: Option<String>) -> Option<String> {
        meant.filter(|_| !self.private()).map(|meant| format!("did you mean `{meant}`?"))
    }

    fn first_key(&self) -> Range<usize> {
        let tree = self.source.document.as_ref().map(|document| &document.tree);
        match tree.map(|tree| (&tree.children, tree.span.start)) {
            Some((NodeKind::Map(entries), _)) => entries.first().map_or(0..0, |entry| entry.key.clone()),
            Some((_, start)) => start..start,
            None => 0..0,
        }
    }

    fn wrong_type(&self, kind: &TypeKind) -> Problem {
        let wanted = match kind {
            TypeKind::Single(one) => JsonTypeSet::from(*one),
            TypeKind::Multiple(set) => *set,
        };
        let found = self.error.instance();
        if self.path.is_empty() {
            return self.not_a_map(found);
        }
        let key = self.subject();
        if found.is_null() {
            let span = self.source.value_span(&self.path);
            let problem = Problem::error(self.source, span, &self.path, format!("{key} has no value, but is required"));
            let help = if wanted.contains(JsonType::Object) {
                self.type_help(wanted, found)
            } else if matches!(self.path.as_slice(), [.., PathStep::Index(_), PathStep::Key(_)]) {
                "write it, or remove the whole item, from its `-` on".to_owned()
            } else {
                format!("write {}; null, which clears other values, is not allowed here", self.wanted_in_words(wanted))
            };
            return problem.help(help);
        }
        let problem = self.value_problem(&format!("should be {}, not {}", words(wanted), named(found)));
        problem.help(self.type_help(wanted, found))
    }

    /// What the value should be: one of some words, or any of a type.
    fn wanted_in_words(&self, wanted: JsonTypeSet) -> String {
        self.options().map_or_else(|| words(wanted), |options| format!("one of {}", options.join(", ")))
    }

    fn options(&self) -> Option<Vec<&str>> {
        Some(self.schema_keyword("enum")?.as_array()?.iter().filter_map(Value::as_str).collect())
    }

    fn not_a_map(&self, found: &Value) -> Problem {
        if found.is_null() {
            return Problem::error(self.source, 0..0, &[], "the file is empty")
                .help("status, public and private are required: the README shows an example");
        }
        Problem::error(self.source, 0..0, &[], format!("the file holds {}, not keys and values", named(found)))
            .help("write key: value, with a space behind the colon")
    }

    fn not_listed(&self, options: &Value) -> Problem {
        let options: Vec<&str> = options.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let text = self.error.instance().as_str().unwrap_or_default();
        if let Some(problem) = self.value_fault(text) {
            return problem;
        }
        if text.trim().is_empty() {
            return self.value_problem(&format!("should be one of {}", options.join(", ")));
        }
        let problem = self.value_problem(&format!("is not one of {}", options.join(", ")));
        let word = match text.to_ascii_lowercase().as_str() {
            "on" | "yes" => options.iter().copied().find(|option| *option == "active"),
            "off" | "no" => options.iter().copied().find(|option| *option == "inactive"),
            _ => closest(text, options.iter().copied()).or_else(|| {
                let first = text.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().to_lowercase();
                options.iter().copied().find(|option| *option == first)
            }),
        };
        match self.meant(word.map(str::to_owned)) {
            Some(help) => problem.help(help),
            None if options.contains(&"archived") => problem.help(status_help(text)),
            None => problem,
        }
    }

    fn wrong_text(&self) -> Problem {
        let text = self.error.instance().as_str().unwrap_or_default();
        if let Some(problem) = self.value_fault(text) {
            return problem;
        }
        let message = self.schema_keyword("patternErrorMessage").and_then(Value::as_str);
        self.value_problem(&format!("is {}", message.unwrap_or("not written as it should be")))
    }

    /// The advice of the type that the text should have.
    fn value_fault(&self, text: &str) -> Option<Problem> {
        let format = self.schema_keyword("format")?.as_str()?;
        let fault = value::check(format, text)?.err()?;
        if let Some(problem) =
            self.nothing(text).or_else(|| self.several_items(format, text)).or_else(|| self.whole_list(format))
        {
            return Some(problem);
        }
        let help = self.meant(fault.meant).or(fault.help.map(Cow::into_owned));
        Some(self.value_problem(&fault.message).help(help.unwrap_or_default()))
    }

    fn repeated(&self) -> Problem {
        let items = self.error.instance().as_array().map(Vec::as_slice).unwrap_or_default();
        let mut seen = BTreeSet::new();
        let second = items.iter().enumerate().find(|(_, item)| !seen.insert(item.to_string()));
        let mut path = self.path.clone();
        path.extend(second.map(|(at, _)| PathStep::Index(at)));
        let message = format!("{} names this twice", self.subject());
        Problem::error(self.source, self.source.value_span(&path), &path, message).help("remove one of them")
    }

    /// The place in the schema of what the value should be: the violated keyword's parent.
    fn schema_place(&self) -> String {
        let place = self.error.schema_path().as_str();
        place.rsplit_once('/').map_or("", |(parent, _)| parent).to_owned()
    }

    fn schema_keyword(&self, keyword: &str) -> Option<&Value> {
        self.schema.pointer(&self.schema_place())?.get(keyword)
    }

    fn known_keys(&self, place: &str) -> Vec<String> {
        let keys = self.schema.pointer(place).and_then(|at| at.get("properties")).and_then(Value::as_object);
        keys.into_iter().flatten().map(|(key, _)| key.clone()).collect()
    }
}

/// The path to the value; a key may look like an index, so the file's own parts decide.
fn steps(source: &Source, error: &ValidationError<'_>) -> Vec<PathStep> {
    let mut value = source.document.as_ref().map(|document| &document.value);
    let mut steps = Vec::new();
    for segment in error.instance_path() {
        let name = segment.to_string();
        match value {
            Some(Value::Array(items)) => {
                let index = name.parse().unwrap_or(0);
                value = items.get(index);
                steps.push(PathStep::Index(index));
            }
            other => {
                value = other.and_then(|map| map.get(&name));
                steps.push(PathStep::Key(name));
            }
        }
    }
    steps
}

fn words(wanted: JsonTypeSet) -> String {
    let names: Vec<&str> = [
        (JsonType::String, "a text"),
        (JsonType::Boolean, "true or false"),
        (JsonType::Integer, "a whole number"),
        (JsonType::Number, "a number"),
        (JsonType::Array, "a list"),
        (JsonType::Object, "keys with values"),
    ]
    .into_iter()
    .filter_map(|(one, name)| wanted.contains(one).then_some(name))
    .collect();
    match names.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => "nothing".to_owned(),
    }
}

fn named(found: &Value) -> &'static str {
    match found {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "keys with values",
    }
}

/// Limits, which the schema states and no type explains better.
fn limit(kind: &Kind) -> String {
    match kind {
        Kind::Minimum { limit } => format!("is less than {limit}, the least there may be"),
        Kind::Maximum { limit } => format!("is more than {limit}, the most there may be"),
        Kind::MinLength { limit } => format!("is shorter than {limit} characters"),
        Kind::MaxLength { limit } => format!("is longer than {limit} characters"),
        Kind::MinItems { limit } => format!("has fewer than {limit} items"),
        Kind::MaxItems { limit } => format!("has more than {limit} items"),
        other => format!("is not what the schema allows (`{}`)", other.keyword()),
    }
}

/// In bytes, as a slug; nothing longer is a misspelt name, and comparing it would take long.
const LONGEST_NAME: usize = 64;

/// The name that is most like the one written, if it is like it at all.
pub(crate) fn closest<'a>(written: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let written = Some(written).filter(|written| written.len() <= LONGEST_NAME)?.to_lowercase();
    let scored =
        names.map(|name| (strsim::jaro_winkler(&written, name), strsim::damerau_levenshtein(&written, name), name));
    let alike = scored.filter(|(score, edits, _)| *score > 0.88 || (*edits <= 2 && written.len() > 4));
    alike.max_by(|one, other| one.0.total_cmp(&other.0)).map(|(_, _, name)| name)
}

fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
