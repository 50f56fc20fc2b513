//! The name by which an agent is known in the repository.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An agent's slug: the file's name without its ending. Lower-case letters, digits and single dashes, 1 to 64 of them,
/// so that it can neither leave a folder nor inject into an output.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slug(String);

impl Slug {
    /// What the schemas call this value.
    pub(crate) const FORMAT: &str = "slug";

    /// Takes a text as a slug.
    ///
    /// # Errors
    /// A sentence for people, when the text is not a slug.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        const RULE: &str = "a slug is 1 to 64 lower-case letters (a to z), digits and single dashes between them";
        let good = |part: &str| {
            !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        };
        if text.len() <= 64 && text.split('-').all(good) { Ok(Self(text.to_owned())) } else { Err(RULE) }
    }

    /// The slug that was meant by a name or by the name of a file.
    pub(crate) fn meant(text: &str) -> Option<String> {
        let name = text.trim().to_lowercase();
        let name = name.strip_suffix(".yaml").unwrap_or(&name);
        let words: Vec<&str> = name.split([' ', '_', '-', '.']).filter(|word| !word.is_empty()).collect();
        Some(words.join("-")).filter(|slug| Self::parse(slug).is_ok())
    }

    /// The slug as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl Serialize for Slug {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Slug {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(from)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Slug {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Slug".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "format": Self::FORMAT,
            "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$",
            "maxLength": 64,
            "patternErrorMessage": "not a slug: lower-case letters, digits and single dashes"
        })
    }
}
