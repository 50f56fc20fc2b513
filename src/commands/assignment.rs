//! `PATH=VALUE` on the command line: a field and its new value.

use std::str::FromStr;

use crate::declare::edit;
use crate::model::agent::Field;

/// A field and the text of its new value; an empty text clears the field.
#[derive(Clone, Debug)]
pub(super) struct Assignment {
    pub(super) field: Field,
    text: String,
}

impl FromStr for Assignment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (path, value) = text.split_once('=').ok_or("write PATH=VALUE, such as status=inactive")?;
        Ok(Self { field: path.trim().parse()?, text: value.to_owned() })
    }
}

impl Assignment {
    /// The value that the text means.
    ///
    /// # Errors
    /// What the field takes, when the text is not that.
    pub(super) fn value(&self) -> Result<serde_json::Value, String> {
        edit::value(&self.field, &self.text).map_err(|why| format!("{}: {why}", self.field))
    }
}
