//! `PATH=VALUE` on the command line: a field and its new value.

use strum::IntoEnumIterator as _;

use super::refusal::Refusal;
use crate::declare::{closest, edit};
use crate::model::agent::Field;

/// A field and the text of its new value; an empty text clears the field.
#[derive(Clone, Debug)]
pub(super) struct Assignment {
    pub(super) field: Field,
    text: String,
}

impl Assignment {
    /// Takes the arguments of a command. What is wrong is reported without the value, which may be private: so clap, which
    /// quotes the whole argument, does not do it.
    ///
    /// # Errors
    /// When one is not `PATH=VALUE`, or a field has two values.
    pub(super) fn of(arguments: &[String]) -> Result<Vec<Self>, Refusal> {
        let mut found: Vec<Self> = Vec::with_capacity(arguments.len());
        for argument in arguments {
            let one = Self::parse(argument).map_err(Refusal::Usage)?;
            if found.iter().any(|other| other.field == one.field) {
                return Err(Refusal::Usage(format!("{} has two values", one.field)));
            }
            found.push(one);
        }
        Ok(found)
    }

    fn parse(argument: &str) -> Result<Self, String> {
        let (path, text) = argument.split_once('=').ok_or("write PATH=VALUE, such as status=inactive")?;
        let field = path.trim().parse().map_err(|why| format!("{why}{}", hint(path.trim())))?;
        Ok(Self { field, text: text.to_owned() })
    }

    /// The value that the text means.
    ///
    /// # Errors
    /// What the field takes, when the text is not that.
    pub(super) fn value(&self) -> Result<serde_json::Value, Refusal> {
        edit::value(&self.field, &self.text).map_err(|why| Refusal::Usage(format!("{}: {why}", self.field)))
    }
}

/// The field that was most likely meant by an unknown path, as the end of a message.
fn hint(path: &str) -> String {
    let keys = |field: Field| match field {
        Field::Position(_) => ["en", "ar"].map(|language| Field::Position(language.into())).to_vec(),
        Field::Description(_) => ["en", "ar"].map(|language| Field::Description(language.into())).to_vec(),
        Field::Subscription(_, channel) => vec![Field::Subscription("type.property.created".into(), channel)],
        Field::Custom(_) => vec![Field::Custom("1".into())],
        field => vec![field],
    };
    let fields: Vec<String> = Field::iter().flat_map(keys).map(|field| field.to_string()).collect();
    let below = fields.iter().find(|field| field.strip_prefix(path).is_some_and(|rest| rest.starts_with('.')));
    match below {
        _ if path == "handover" => "; `handover` is changed in the file itself".to_owned(),
        Some(field) => format!("; name a part of it, such as {field}"),
        None => closest(path, fields.iter().map(String::as_str))
            .map(|near| format!("; did you mean {near}?"))
            .unwrap_or_default(),
    }
}
