//! The text of a new agent's file: the values in the order of the schema, comments beside them, and nothing that the check
//! of a file refuses.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde_json::{Map, Value};
use strum::IntoEnumIterator as _;

use super::control_characters::printable;
use super::edit::spelling::{is_ambiguous, scalars};
use super::file;
use super::problem::{Problem, errors};
use super::source::Source;
use crate::model::agent::{Field, FieldValue};
use crate::model::config::Languages;
use crate::model::roster::NewValue;

/// A file that can be written: it is valid by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NewFile {
    /// Its text.
    pub text: String,
    /// The values that a file may not declare. The file names their fields in comments.
    pub left_out: Vec<LeftOut>,
}

/// A value of a system that the file does not declare.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LeftOut {
    /// The field.
    pub field: Field,
    /// Whether the file declares Property Finder's value in place of the CRM's.
    pub replaced: bool,
    /// Why a file may not declare it.
    pub why: String,
}

impl fmt::Display for LeftOut {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { field, replaced, why } = self;
        if *replaced {
            write!(out, "{field} is the value of Property Finder: in the CRM {why}")
        } else {
            write!(out, "{field} is left out: in the systems {why}")
        }
    }
}

/// Why no file can be written for a person.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NewFileError {
    /// No system holds a value of a field that every file declares.
    #[error("no system holds {0}, which every file must declare")]
    Missing(Field),
    /// The systems hold only values of it that a file may not declare.
    #[error("{0} is required, and in the systems {1}")]
    Refused(Field, String),
    /// The text would not be read as it was meant.
    #[error("the file would not be valid: {0}")]
    Unreadable(String),
}

/// Makes the text of the file `name`, a path from the repository's root. `schema` is the address of the schema from there.
///
/// A comment names the fields that are `not_returned`. A value that a file may not declare is replaced by Property Finder's, or
/// left out. A login e-mail is never replaced: with another one the person would no longer get into the CRM.
///
/// # Errors
/// When a required field has no value, or the text is not read as it was meant.
pub(crate) fn new_file(
    name: &str,
    schema: &str,
    mut values: BTreeMap<Field, NewValue>,
    not_returned: &[Field],
    languages: &Languages,
) -> Result<NewFile, NewFileError> {
    if let Some(field) = Field::iter().find(|field| field.is_required() && !values.contains_key(field)) {
        return Err(NewFileError::Missing(field));
    }
    let mut left_out = Vec::new();
    loop {
        let document = document(values.iter().map(|(field, new)| (field, &new.value)));
        let yaml = serde_yaml::to_string(&document).unwrap_or_default();
        let (_, problems) = file::read(name, yaml.as_bytes(), languages);
        let (source, _) = file::parse(name, yaml.as_bytes(), true);
        let refused = refused(&source, errors(&problems), &values);
        let is_final = refused.is_empty();
        for (field, why) in refused {
            let other = values.remove(&field).and_then(|new| new.at_pf).filter(|_| field != Field::Login);
            if other.is_none() && field.is_required() {
                return Err(NewFileError::Refused(field, why));
            }
            left_out.retain(|before: &LeftOut| before.field != field);
            left_out.push(LeftOut { field: field.clone(), replaced: other.is_some(), why });
            values.extend(other.map(|value| (field, NewValue { value, at_pf: None })));
        }
        if is_final {
            if let Some(problem) = errors(&problems).next() {
                return Err(NewFileError::Unreadable(problem.message.clone()));
            }
            let mut text = format!("# yaml-language-server: $schema={schema}\n");
            if !not_returned.is_empty() {
                let names: Vec<String> = not_returned.iter().map(ToString::to_string).collect();
                text.extend(["# Property Finder does not return these fields: ", &names.join(", "), "\n"]);
            }
            text.push_str(&with_comments(&source, &values, &left_out));
            let (read, _) = file::parse(name, text.as_bytes(), true);
            if read.document.as_ref().is_none_or(|read| read.value != document) {
                return Err(NewFileError::Unreadable("a value is read as another one".to_owned()));
            }
            return Ok(NewFile { text, left_out });
        }
    }
}

/// The fields whose values are refused.
fn refused<'p>(
    source: &Source,
    errors: impl Iterator<Item = &'p Problem>,
    values: &BTreeMap<Field, NewValue>,
) -> BTreeMap<Field, String> {
    let mut refused = BTreeMap::new();
    for problem in errors {
        let fields = values.keys().filter(|field| covers(source, field, problem));
        let narrowest = fields.min_by_key(|field| source.value_span(&file::path(source, field)).len());
        if let Some(field) = narrowest {
            refused.entry(field.clone()).or_insert_with(|| problem.message.clone());
        }
    }
    refused
}

/// Whether a problem begins within a field, from its key on.
fn covers(source: &Source, field: &Field, problem: &Problem) -> bool {
    let mut path = file::path(source, field);
    if matches!(field, Field::Description(_)) {
        // The language of a description is a value beside its content.
        path.pop();
    }
    let (key, value) = (source.key_span(&path), source.value_span(&path));
    key.start <= problem.span.start && problem.span.start < value.end
}

/// The file as nested maps, in the order of the fields.
pub(super) fn document<'v>(values: impl Iterator<Item = (&'v Field, &'v FieldValue)>) -> Value {
    let mut document = Value::Object(Map::new());
    for (field, value) in values {
        let value = value.to_json();
        match field {
            Field::Description(language) => {
                let entry =
                    Map::from_iter([("lang".to_owned(), language.as_str().into()), ("content".to_owned(), value)]);
                let texts = member(&mut document, &["public", "descriptions"]);
                match texts {
                    Value::Array(texts) => texts.push(entry.into()),
                    _ => *texts = Value::Array(vec![entry.into()]),
                }
            }
            Field::Position(language) => *member(&mut document, &["public", "position", language]) = value,
            Field::Subscription(name, channel) => {
                *member(&mut document, &["subscriptions", name, channel.key()]) = value;
            }
            Field::Custom(id) => *member(&mut document, &["fields", id]) = value,
            plain => *member(&mut document, &plain.spec().path.split('.').collect::<Vec<_>>()) = value,
        }
    }
    document
}

/// The member at a path, made where it is not there.
fn member<'d>(document: &'d mut Value, path: &[&str]) -> &'d mut Value {
    path.iter().fold(document, |at, key| {
        if !at.is_object() {
            *at = Value::Object(Map::new());
        }
        &mut at[*key]
    })
}

/// The text with double quotes, and a comment above each value that Property Finder holds otherwise.
fn with_comments(source: &Arc<Source>, values: &BTreeMap<Field, NewValue>, left_out: &[LeftOut]) -> String {
    let mut comments: BTreeMap<usize, (usize, String)> = BTreeMap::new();
    for (field, other) in values.iter().filter_map(|(field, new)| Some((field, new.at_pf.as_ref()?))) {
        let (line, column) = source.position(source.key_span(&file::path(source, field)).start);
        comments.insert(line, (column.saturating_sub(1), printable(&format!("# Property Finder: {other}"))));
    }
    let mut text = String::new();
    for value in left_out {
        text.push_str(&printable(&format!("# {value}")));
        text.push('\n');
    }
    for (number, line) in double_quoted(source).lines().enumerate() {
        if let Some((indent, comment)) = comments.get(&(number + 1)) {
            text.extend([" ".repeat(*indent).as_str(), comment, "\n"]);
        }
        text.push_str(line);
        text.push('\n');
    }
    text
}

/// The text with double quotes in place of single ones, and around what another reader of YAML may take for something else
/// than a text.
pub(super) fn double_quoted(source: &Source) -> String {
    let mut text = source.text.clone();
    let tree = source.document.as_ref().map(|document| &document.tree);
    // From the end, so that the places before stay.
    for span in tree.map(scalars).unwrap_or_default().into_iter().rev() {
        let scalar = text.get(span.clone()).unwrap_or_default();
        let single = scalar.strip_prefix('\'').and_then(|scalar| scalar.strip_suffix('\''));
        let inner = single.or_else(|| Some(scalar).filter(|plain| is_ambiguous(plain)));
        if let Some(inner) = inner.filter(|inner| !inner.contains(['\'', '"', '\\', '\n'])) {
            let quoted = format!("\"{inner}\"");
            text.replace_range(span, &quoted);
        }
    }
    text
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::model::agent::FieldValue;

    fn values() -> BTreeMap<Field, NewValue> {
        let new = |text: &str| NewValue { value: text.into(), at_pf: None };
        BTreeMap::from([
            (Field::Status, new("active")),
            (Field::FirstName, new("Sara")),
            (Field::LastName, new("Khan")),
            (Field::Email, new("sara.khan@example.com")),
            (Field::Phone, new("+971501234567")),
            (Field::Login, new("sara@example.com")),
            (Field::Mobile, new("+971509876543")),
        ])
    }

    fn made(values: BTreeMap<Field, NewValue>) -> Result<NewFile, NewFileError> {
        let file = new_file(
            "agents/sara-khan.yaml",
            "../schema/agent.schema.json",
            values,
            &[Field::Photo],
            &Languages::default(),
        );
        if let Ok(file) = &file {
            let (read, problems) = file::read("agents/sara-khan.yaml", file.text.as_bytes(), &Languages::default());
            assert!(read.is_some() && errors(&problems).next().is_none(), "{problems:?}\n{}", file.text);
        }
        file
    }

    #[test]
    fn the_file_has_the_order_and_the_quotes_of_the_examples() {
        let mut values = values();
        let mut add = |field, value: Value, at_pf: Option<Value>| {
            values.insert(field, NewValue { value: value.into(), at_pf: at_pf.map(FieldValue::from) });
        };
        add(Field::FirstName, json!("Sara"), Some(json!("Sarah\n#")));
        add(Field::Description("en".into()), json!("Two lines:\nno \"quotes\""), Some(json!("Old")));
        add(Field::Description("ar".into()), json!("سارة"), None);
        add(Field::Position("en".into()), json!("No"), None);
        add(Field::Languages, json!(["ar", "no"]), None);
        add(Field::LicenceExpiredAt, json!("2027-03-31"), None);
        add(Field::Licence, json!("48213"), None);
        add(Field::Custom("3".into()), json!("1_000"), None);
        insta::assert_snapshot!(made(values).unwrap().text);
    }

    #[test]
    fn a_value_that_a_file_may_not_declare_is_left_out_or_replaced() {
        let mut values = values();
        let mut add = |field, value: Value, at_pf: Option<Value>| {
            values.insert(field, NewValue { value: value.into(), at_pf: at_pf.map(FieldValue::from) });
        };
        add(Field::LinkedIn, json!("linkedin"), None);
        add(Field::Languages, json!(["xx"]), None);
        add(Field::Phone, json!("call me"), Some(json!("+971501234567")));
        add(Field::PrivateFirstName, json!("S"), None);
        add(Field::PhoneSecondary, json!("12"), Some(json!("34")));
        add(Field::Description("en".into()), json!("Long"), None);
        add(Field::Description("en-gb".into()), json!("Long"), Some(json!("Other")));
        let file = made(values).unwrap();
        let mut left_out: Vec<(String, bool)> =
            file.left_out.iter().map(|value| (value.field.to_string(), value.replaced)).collect();
        left_out.sort();
        let want = [
            ("private.first_name", false),
            ("public.descriptions.en-gb", false),
            ("public.languages", false),
            ("public.linked_in", false),
            ("public.phone", true),
            ("public.phone_secondary", false),
        ];
        assert_eq!(left_out, want.map(|(field, replaced)| (field.to_owned(), replaced)));
        let comments =
            ["# public.linked_in is left out: ", "# public.phone is the value of Property Finder: in the CRM "];
        assert!(comments.iter().all(|comment| file.text.contains(comment)), "{}", file.text);
        assert!(file.text.contains("phone: \"+971501234567\"") && file.text.contains("lang: en\n"), "{}", file.text);
    }

    proptest! {
        #[test]
        fn whatever_the_systems_hold_the_file_is_valid_and_declares_it(
            first in "\\PC{0,12}|[#:'\"|>&*!%@`{}\\[\\], \\-\n\t\u{85}\u{2028}a]{1,12}",
            bio in "[ -~\n\u{85}\u{2028}\u{202e}]{0,60}|no|1_0|0x1f|\\.5|~|null|2027-03-31|<<",
            other in "[ -~\n\u{85}\u{2028}\u{202e}]{0,60}",
        ) {
            let mut values = values();
            let text = |text: &str| Field::FirstName.declared_form(&text.into());
            let at_pf = Some(text(&other)).filter(|value| !value.is_nothing());
            values.insert(Field::FirstName, NewValue { value: text(&first), at_pf: at_pf.clone() });
            values.insert(Field::Description("en".into()), NewValue { value: text(&bio), at_pf });
            // `made` reads the file again.
            if let Ok(file) = made(values) {
                let (read, _) = file::read("agents/sara-khan.yaml", file.text.as_bytes(), &Languages::default());
                let record = read.unwrap().declaration.record;
                let name = record.get(&Field::FirstName);
                prop_assert!(name == Some(&text(&first)) || name == Some(&text(&other)), "{}", file.text);
            }
        }
    }

    #[test]
    fn without_a_required_value_there_is_no_file() {
        let mut values = values();
        values.insert(Field::Phone, NewValue { value: "12".into(), at_pf: None });
        let why = made(values.clone()).unwrap_err().to_string();
        assert!(why.starts_with("public.phone is required, and in the systems `public.phone` "), "{why}");
        // Another login would keep the person out of the CRM.
        let login = NewValue { value: "sara".into(), at_pf: Some("sara@example.com".into()) };
        let why = made(self::values().into_iter().chain([(Field::Login, login)]).collect());
        assert!(matches!(why, Err(NewFileError::Refused(Field::Login, _))), "{why:?}");
        values.remove(&Field::Mobile);
        assert_eq!(made(values).unwrap_err(), NewFileError::Missing(Field::Mobile));
    }
}
