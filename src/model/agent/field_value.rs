//! The value of a field, as a file declares it or a system holds it.

use std::fmt;

use arcstr::ArcStr;
use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};

/// The value of a [`Field`](super::Field). It is made from JSON where a file or a row is read, and turned into JSON where a
/// request or a document is written.
///
/// It keeps the spelling of the file or the system, since what was declared is sent and shown. The field decides which spellings
/// mean the same ([`Field::same`](super::Field::same), [`Field::agrees`](super::Field::agrees)); `==` compares the spelling.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, from = "Value")]
pub enum FieldValue {
    /// Nothing: in a file "clear it", in a system "not set".
    #[default]
    Nothing,
    /// A text, such as a name, a code, a phone number or a date.
    Text(ArcStr),
    /// Yes or no.
    Flag(bool),
    /// A number.
    Number(Box<Number>),
    /// A list of texts: codes, or the choices of a custom field.
    List(Box<Vec<ArcStr>>),
    /// Any other JSON, such as a list of numbers in a custom field, or an object that a system returns. It is compared as a
    /// whole and kept without loss.
    Other(Box<Value>),
}

impl FieldValue {
    /// Whether there is no value. A blank text is one; [`Field::is_blank`](super::Field::is_blank) counts it too.
    #[must_use]
    pub const fn is_nothing(&self) -> bool {
        matches!(self, Self::Nothing)
    }

    /// The text, if it is one.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The texts of a list; of any other value none.
    #[must_use]
    pub fn as_list(&self) -> &[ArcStr] {
        match self {
            Self::List(items) => items,
            _ => &[],
        }
    }

    /// A list of these texts.
    #[must_use]
    pub fn from_texts<T: Into<ArcStr>>(texts: impl IntoIterator<Item = T>) -> Self {
        Self::List(Box::new(texts.into_iter().map(Into::into).collect()))
    }

    /// The text without white space around it, or the digits of a number. Nothing where that is blank, and of any other value.
    #[must_use]
    pub(crate) fn trimmed(&self) -> Option<String> {
        let text = match self {
            Self::Text(text) => text.trim().to_owned(),
            Self::Number(number) => digits(number),
            _ => return None,
        };
        (!text.is_empty()).then_some(text)
    }

    /// The value as JSON, in its own spelling.
    #[must_use]
    pub fn to_json(&self) -> Value {
        match self {
            Self::Nothing => Value::Null,
            Self::Text(text) => Value::from(text.as_str()),
            Self::Flag(flag) => Value::Bool(*flag),
            Self::Number(number) => Value::Number(Number::clone(number)),
            Self::List(items) => items.iter().map(ArcStr::as_str).collect(),
            Self::Other(json) => Value::clone(json),
        }
    }
}

/// As JSON.
impl fmt::Display for FieldValue {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
    }
}

impl From<Value> for FieldValue {
    fn from(json: Value) -> Self {
        match json {
            Value::Null => Self::Nothing,
            Value::String(text) => Self::Text(text.into()),
            Value::Bool(flag) => Self::Flag(flag),
            Value::Number(number) => Self::Number(Box::new(number)),
            Value::Array(items) if items.iter().all(Value::is_string) => {
                Self::from_texts(items.iter().filter_map(Value::as_str))
            }
            other => Self::Other(Box::new(other)),
        }
    }
}

impl From<String> for FieldValue {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl From<&str> for FieldValue {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<&bool> for FieldValue {
    fn from(flag: &bool) -> Self {
        Self::Flag(*flag)
    }
}

impl From<i64> for FieldValue {
    fn from(number: i64) -> Self {
        Self::Number(Box::new(number.into()))
    }
}

/// A number as a text; `48213.0` is 48213.
pub(crate) fn digits(number: &Number) -> String {
    let text = number.to_string();
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn json_becomes_a_value_and_the_same_json_again() {
        let texts = |items: &[&str]| FieldValue::from_texts(items.iter().copied());
        let other = |json: &Value| FieldValue::Other(Box::new(json.clone()));
        let table = [
            (json!(null), FieldValue::Nothing),
            (json!(" Sara"), FieldValue::Text(" Sara".into())),
            (json!(false), FieldValue::Flag(false)),
            (json!(2014), FieldValue::from(2014)),
            (json!(1.0), FieldValue::Number(Box::new(Number::from_f64(1.0).unwrap()))),
            (json!(u64::MAX), FieldValue::Number(Box::new(u64::MAX.into()))),
            (json!([]), texts(&[])),
            (json!(["en", "AR"]), texts(&["en", "AR"])),
            (json!(["en", 1]), other(&json!(["en", 1]))),
            (json!({"b": [1], "a": null}), other(&json!({"b": [1], "a": null}))),
        ];
        for (json, value) in table {
            assert_eq!(FieldValue::from(json.clone()), value, "{json}");
            assert_eq!(serde_json::from_value::<FieldValue>(json.clone()).unwrap(), value, "{json}");
            assert_eq!((value.to_json(), serde_json::to_value(&value).unwrap()), (json.clone(), json.clone()));
            assert_eq!(value.to_string(), json.to_string());
        }
    }

    /// A plan of 10,000 people holds a million fields with their values.
    #[test]
    fn a_field_and_its_value_are_small() {
        assert_eq!((size_of::<crate::model::agent::Field>(), size_of::<FieldValue>()), (16, 16));
    }
}
