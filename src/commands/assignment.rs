//! `PATH=VALUE` on the command line: a field and its new value.

use super::refusal::Refusal;
use crate::declare::edit;
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
        Ok(Self { field: path.trim().parse()?, text: text.to_owned() })
    }

    /// The value that the text means.
    ///
    /// # Errors
    /// What the field takes, when the text is not that.
    pub(super) fn value(&self) -> Result<serde_json::Value, Refusal> {
        edit::value(&self.field, &self.text).map_err(|why| Refusal::Usage(format!("{}: {why}", self.field)))
    }
}
