//! The job title, in one language or several.

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::Setting;
use super::value::{Language, Text};

/// `position`: a text in the primary language, or a map from language to text.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Position {
    /// In the primary language.
    Primary(Text),
    /// By language.
    ByLanguage(BTreeMap<Language, Setting<Text>>),
}

impl<'de> Deserialize<'de> for Position {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let written = Value::deserialize(from)?;
        let read = if written.is_string() {
            Text::deserialize(written).map(Self::Primary)
        } else {
            BTreeMap::deserialize(written).map(Self::ByLanguage)
        };
        read.map_err(serde::de::Error::custom)
    }
}

/// One schema with two types: an `anyOf` could only answer that neither of its branches fits.
impl JsonSchema for Position {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Position".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut language = generator.subschema_for::<Language>();
        let mut text = generator.subschema_for::<Setting<Text>>();
        text.insert("description".to_owned(), "The job title in this language; null clears it.".into());
        // Editors complete the keys that `properties` names; these are the languages that both systems have.
        let properties: BTreeMap<&str, &Schema> = [("ar", &text), ("en", &text)].into();
        language.remove("examples");
        let mut schema = json_schema!({
            "type": ["string", "object"],
            "propertyNames": language,
            "properties": properties,
            "additionalProperties": text,
        });
        for keyword in ["format", "pattern", "patternErrorMessage"] {
            if let Some(value) = text.get(keyword) {
                schema.insert(keyword.to_owned(), value.clone());
            }
        }
        schema
    }
}
