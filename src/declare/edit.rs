//! A field of a file is changed in place: the bytes of its value are replaced, and all others stay, comments and line ends
//! too.
//!
//! A text is made in several spellings, and the first one counts that reads back as the document that was meant. So what
//! is written never depends on an incomplete idea of YAML: where no spelling reads back, the file is left as it is.

pub(super) mod spelling;

use std::ops::Range;

use serde_json::{Map, Value};

use super::scalar::{self, ScalarValue};
use super::source::{PathStep, Source, keys};
use super::yaml;
use super::yaml_tree::{self, Node, NodeKind, YamlDocument};
use crate::model::agent::{Field, ValueType};
use spelling::{Layout, scalars};

/// Why a field cannot be changed in place. The file is as it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum EditError {
    #[error("the file is not valid YAML")]
    Invalid,
    #[error("{field} cannot be set, since {above} is one value here: set {above} instead")]
    Inside { field: Field, above: String },
    #[error("{0} cannot be changed in place without another change of the file: edit it by hand")]
    NotAlone(Field),
    #[error("the file cannot be formatted without another change of it: edit it by hand")]
    NotFormatted,
}

/// The value that a text means for a field: nothing and `null` clear it, and a list has commas.
///
/// # Errors
/// What the field takes, when the text is not that.
pub(crate) fn value(field: &Field, text: &str) -> Result<Value, &'static str> {
    let text = text.trim();
    Ok(match field.kind() {
        _ if text.is_empty() || text == "null" => Value::Null,
        ValueType::Number => Value::from(text.parse::<i64>().map_err(|_| "this is not a whole number")?),
        ValueType::Flag => Value::from(text.parse::<bool>().map_err(|_| "write true or false")?),
        ValueType::LowerCodes | ValueType::UpperCodes => {
            let list = text.strip_prefix('[').and_then(|list| list.strip_suffix(']')).unwrap_or(text);
            let codes = list.split(',').map(str::trim).filter(|code| !code.is_empty());
            Value::from(codes.collect::<Vec<_>>())
        }
        // A number or a flag only where nothing of the text is lost: +971501234567 and 1.10 are texts.
        ValueType::Any => match scalar::plain(text) {
            ScalarValue::Is(value) => {
                Some(value).filter(|value| *value.to_string() == *text).unwrap_or(Value::from(text))
            }
            ScalarValue::NoNumber => Value::from(text),
        },
        _ => Value::from(text),
    })
}

/// The text of a file with another value of a field; null clears it. A position that is one text is that of the `primary`
/// language.
///
/// # Errors
/// When the file would not read back as it was but for this value, or a comment would be lost.
pub(crate) fn set(source: &Source, primary: &str, field: &Field, value: &Value) -> Result<String, EditError> {
    let document = source.document.as_ref().ok_or(EditError::Invalid)?;
    let target = Target::of(source, primary, field, value).kept_as_text(source);
    let Some(wanted) = target.put_into(document) else {
        return Err(EditError::Inside { field: field.clone(), above: above(source, &target.path) });
    };
    written(source, document, &target, &wanted).ok_or_else(|| EditError::NotAlone(field.clone()))
}

/// The first spelling of the target that reads back as the wanted document, with every comment.
fn written(source: &Source, document: &YamlDocument, target: &Target, wanted: &Value) -> Option<String> {
    if *wanted == document.value {
        return Some(source.text.clone());
    }
    let comments = comments(&source.text, &document.tree);
    let is_wanted = |text: &String| match yaml::load(text, true) {
        (Some(read), faults) => {
            faults.is_empty() && read.value == *wanted && self::comments(text, &read.tree) == comments
        }
        (None, _) => false,
    };
    spellings(source, &document.tree, target).into_iter().find(is_wanted)
}

/// The place that is written, and what is written there.
struct Target {
    path: Vec<PathStep>,
    value: Value,
}

impl Target {
    fn of(source: &Source, primary: &str, field: &Field, value: &Value) -> Self {
        let value = value.clone();
        match field {
            Field::Position(language) if language == primary => {
                let whole = keys(&["public", "position"]);
                let is_text = source.node(&whole).is_some_and(|node| matches!(node.children, NodeKind::Leaf { .. }));
                let path = if is_text { whole } else { keys(&["public", "position", language]) };
                Self { path, value }
            }
            Field::Description(language) => {
                let list = keys(&["public", "descriptions"]);
                let items =
                    source.document.as_ref().and_then(|document| document.value.pointer("/public/descriptions"));
                let items = items.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
                let of_language =
                    items.iter().position(|item| item.get("lang").and_then(Value::as_str) == Some(language));
                let item = || {
                    let lang = ("lang".to_owned(), Value::from(language.as_str()));
                    Value::Object(Map::from_iter([lang, ("content".to_owned(), value.clone())]))
                };
                match of_language {
                    Some(at) => {
                        let content = [PathStep::Index(at), PathStep::Key("content".to_owned())];
                        Self { path: list.into_iter().chain(content).collect(), value }
                    }
                    None if items.is_empty() => Self { path: list, value: Value::Array(vec![item()]) },
                    None => {
                        let value = item();
                        Self { path: list.into_iter().chain([PathStep::Index(items.len())]).collect(), value }
                    }
                }
            }
            _ => Self { path: super::file::path(source, field), value },
        }
    }
}

impl Target {
    /// The value of a document with this one in its place, unless something else than maps and nulls is above it.
    fn put_into(&self, document: &YamlDocument) -> Option<Value> {
        let mut wanted = document.value.clone();
        put(&mut wanted, &self.path, self.value.clone()).then_some(wanted)
    }

    /// The same, where a custom field that was a text stays one: its digits may be a phone number.
    fn kept_as_text(self, source: &Source) -> Self {
        let old = source.document.as_ref().and_then(|document| {
            self.path.iter().try_fold(&document.value, |value, step| match step {
                PathStep::Key(key) => value.get(key),
                PathStep::Index(at) => value.get(*at),
            })
        });
        let is_text = matches!(old, Some(Value::String(_)));
        match &self.value {
            Value::Number(_) | Value::Bool(_) if is_text => Self { value: Value::from(self.value.to_string()), ..self },
            _ => self,
        }
    }
}

/// Sets a value, with the maps above it. Returns whether nothing but maps and nulls is above it.
fn put(document: &mut Value, path: &[PathStep], value: Value) -> bool {
    let Some((step, rest)) = path.split_first() else {
        *document = value;
        return true;
    };
    match (step, document) {
        (PathStep::Key(key), Value::Object(members)) => {
            put(members.entry(key.clone()).or_insert(Value::Null), rest, value)
        }
        (PathStep::Key(key), document @ Value::Null) => {
            let mut inside = Value::Null;
            let done = put(&mut inside, rest, value);
            *document = Value::Object(Map::from_iter([(key.clone(), inside)]));
            done
        }
        (PathStep::Index(at), Value::Array(items)) if *at == items.len() => {
            items.push(value);
            rest.is_empty()
        }
        (PathStep::Index(at), Value::Array(items)) => items.get_mut(*at).is_some_and(|item| put(item, rest, value)),
        _ => false,
    }
}

/// The deepest part of a path that is there.
fn above(source: &Source, path: &[PathStep]) -> String {
    let there = (0..path.len()).rev().filter_map(|length| path.get(..length)).find(|path| source.node(path).is_some());
    super::source::dotted(there.unwrap_or_default())
}

/// A text with a part replaced.
fn spliced(text: &str, at: Range<usize>, new: &str) -> String {
    let (before, behind) = (text.get(..at.start).unwrap_or_default(), text.get(at.end..).unwrap_or_default());
    [before, new, behind].concat()
}

/// The file with each spelling of the value, the best first.
fn spellings(source: &Source, tree: &Node, target: &Target) -> Vec<String> {
    let text = source.text.as_str();
    let layout = |at: usize| Layout::new(text, at);
    let depth = (0..=target.path.len())
        .rev()
        .find(|depth| source.node(target.path.get(..*depth).unwrap_or_default()).is_some())
        .unwrap_or_default();
    let (there, missing) = target.path.split_at(depth);
    let node = source.node(there).unwrap_or(tree);
    let value = missing.iter().skip(1).rev().fold(target.value.clone(), |value, step| match step {
        PathStep::Key(key) => Value::Object(Map::from_iter([(key.clone(), value)])),
        PathStep::Index(_) => Value::Array(vec![value]),
    });
    let old = text.get(node.span.clone()).unwrap_or_default();
    match (missing.first(), &node.children) {
        (None, NodeKind::Leaf { .. } | NodeKind::List(_) | NodeKind::Map(_)) if !node.span.is_empty() => {
            let whole = block_header(text, node).unwrap_or(node.span.start)..node.span.end;
            let old = text.get(whole.clone()).unwrap_or_default();
            layout(whole.start).values(&value, old).into_iter().map(|new| spliced(text, whole.clone(), &new)).collect()
        }
        (None, _) => {
            // Behind the colon of a key without a value.
            let key = source.key_span(there);
            let at = behind_colon(text, key.end);
            layout(key.start)
                .values(&value, "")
                .into_iter()
                .map(|new| spliced(text, at..at, &format!(" {new}")))
                .collect()
        }
        (Some(PathStep::Key(name)), NodeKind::Map(entries)) if old.starts_with('{') => {
            let at = entries.last().map_or(node.span.start + 1, |entry| entry.node.span.end.max(entry.key.end));
            let comma = if entries.is_empty() { "" } else { ", " };
            let inline = layout(at).inline(&value);
            inline.into_iter().map(|new| spliced(text, at..at, &format!("{comma}{name}: {new}"))).collect()
        }
        (Some(PathStep::Key(name)), NodeKind::Map(entries)) => {
            let Some(before) = predecessor(entries, there, name).or(entries.last()) else { return Vec::new() };
            let layout = layout(entries.first().map_or(before.key.start, |entry| entry.key.start));
            let at = line_end(text, before.node.span.end.max(before.key.end));
            layout
                .entries(name, &value)
                .into_iter()
                .map(|new| spliced(text, at..at, &(layout.new_line() + &new)))
                .collect()
        }
        (Some(PathStep::Key(name)), NodeKind::Leaf { .. }) => {
            // A key whose value is null.
            let key = source.key_span(there);
            let at = behind_colon(text, key.end)..node.span.end.max(behind_colon(text, key.end));
            let layout = layout(key.start).deeper();
            layout
                .entries(name, &value)
                .into_iter()
                .map(|new| spliced(text, at.clone(), &(layout.new_line() + &new)))
                .collect()
        }
        (Some(PathStep::Index(_)), NodeKind::List(items)) => {
            let Some(last) = items.last() else { return Vec::new() };
            let inline = layout(node.span.start).inline(&value);
            if old.starts_with('[') {
                return inline
                    .into_iter()
                    .map(|new| spliced(text, last.span.end..last.span.end, &format!(", {new}")))
                    .collect();
            }
            let (layout, at) = (layout(node.span.start), line_end(text, last.span.end));
            inline.into_iter().map(|new| spliced(text, at..at, &format!("{}- {new}", layout.new_line()))).collect()
        }
        _ => Vec::new(),
    }
}

/// Where a block scalar begins: its node has the lines below the header.
pub(super) fn block_header(text: &str, node: &Node) -> Option<usize> {
    if !matches!(node.children, NodeKind::Leaf { plain: false }) {
        return None;
    }
    let before = text.get(..node.span.start)?.trim_end();
    let line = before.rfind('\n').map_or(0, |end| end + 1);
    let header = line + before.get(line..)?.rfind(['|', '>'])?;
    let is_header = before.get(header + 1..)?.chars().all(|c| c.is_ascii_digit() || matches!(c, '+' | '-'));
    is_header.then_some(header)
}

/// The last entry that the order of the fields puts before a new one.
fn predecessor<'e>(
    entries: &'e [yaml_tree::MapEntry],
    above: &[PathStep],
    name: &str,
) -> Option<&'e yaml_tree::MapEntry> {
    let rank = |name: &str| {
        let path = super::source::dotted(&[above, &[PathStep::Key(name.to_owned())]].concat());
        Field::rank(&path)
    };
    let own = rank(name)?;
    entries.iter().rev().find(|entry| rank(&entry.name).is_some_and(|other| other < own))
}

/// The byte behind the colon that follows a key.
fn behind_colon(text: &str, key_end: usize) -> usize {
    let colon = text.get(key_end..).and_then(|rest| rest.find(':'));
    colon.map_or(key_end, |colon| key_end + colon + 1)
}

/// The end of the line of a byte, before its line break.
fn line_end(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    at + rest.find('\n').map_or(rest.len(), |end| rest.get(..end).unwrap_or_default().trim_end_matches('\r').len())
}

/// All comments of a text, in its order: what begins with `#` outside the scalars.
pub(super) fn comments<'t>(text: &'t str, tree: &Node) -> Vec<&'t str> {
    let mut found = Vec::new();
    let mut at = 0;
    for scalar in scalars(tree).into_iter().chain(std::iter::once(text.len()..text.len())) {
        let mut gap = text.get(at..scalar.start).unwrap_or_default();
        while let Some(start) = gap.find('#') {
            let rest = gap.get(start..).unwrap_or_default();
            let end = rest.find('\n').unwrap_or(rest.len());
            found.push(rest.get(..end).unwrap_or_default().trim_end());
            gap = rest.get(end..).unwrap_or_default();
        }
        at = scalar.end.max(at);
    }
    found
}

#[cfg(test)]
mod tests;
