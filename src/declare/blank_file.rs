//! The text of a new agent's file that a person fills in.

use std::collections::BTreeMap;

use strum::IntoEnumIterator as _;

use super::file;
use super::new_file::{document, double_quoted};
use crate::model::agent::{Field, FieldValue, ValueType};

/// The required fields that have no value.
pub(crate) fn missing(values: &BTreeMap<Field, FieldValue>) -> Vec<Field> {
    let is_missing = |field: &Field| field.is_required() && values.get(field).is_none_or(FieldValue::is_nothing);
    Field::iter().filter(is_missing).collect()
}

/// A value that a file may declare for a required field.
pub(crate) const fn example_of(field: &Field) -> &'static str {
    match field {
        Field::Phone | Field::Mobile => "+971501234567",
        Field::Email => "first.last@example.com",
        Field::Login => "login@example.com",
        Field::LastName => "Last",
        _ => "First",
    }
}

/// The file `name` with these values. A key without a value and with a comment is there for each required field that has none.
/// `schema` is the address of the schema from the file.
pub(crate) fn blank_file(name: &str, schema: &str, mut values: BTreeMap<Field, FieldValue>) -> String {
    let missing = missing(&values);
    values.extend(missing.iter().map(|field| (field.clone(), FieldValue::Nothing)));
    let yaml = serde_yaml::to_string(&document(values.iter())).unwrap_or_default();
    let (source, _) = file::parse(name, yaml.as_bytes(), true);
    let mut text = double_quoted(&source);
    let (source, _) = file::parse(name, text.as_bytes(), true);
    // From the end, so that the places before stay.
    for field in missing.iter().rev() {
        let value = source.value_span(&file::path(&source, field));
        let quotes = if field.kind() == ValueType::Phone { ", in quotes: \"+971501234567\"" } else { "" };
        text.replace_range(value, &format!("# required: {}{quotes}", field.spec().label));
    }
    let has_value = |field: &Field| values.keys().any(|declared| declared.spec().path == field.spec().path);
    let optional: Vec<&str> = Field::iter().filter(|field| !has_value(field)).map(|field| field.spec().path).collect();
    format!(
        "# yaml-language-server: $schema={schema}\n\
         # Write a value in place of each comment \"required\". Then run: roster validate\n\
         {}{text}",
        list("# Other fields:", &optional)
    )
}

/// A list in a comment, in lines of at most 100 columns.
fn list(title: &str, items: &[&str]) -> String {
    const WIDTH: usize = 100;
    let mut text = String::new();
    let mut line = title.to_owned();
    for (at, item) in items.iter().enumerate() {
        let comma = if at + 1 < items.len() { "," } else { "" };
        if line.len() + item.len() + comma.len() + 1 > WIDTH {
            text.extend([line.as_str(), "\n"]);
            "#  ".clone_into(&mut line);
        }
        line.extend([" ", item, comma]);
    }
    text.extend([line.as_str(), "\n"]);
    text
}
