//! The receivers of a departing agent's work.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::Slug;

/// The receivers of a departing agent's work, by slug.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handover {
    /// Receives the properties.
    pub properties: Slug,
    /// Receives the leads.
    pub leads: Slug,
    /// Receives the landlords.
    pub landlords: Slug,
}

/// `handover`: one agent's slug for everything, or one for each of the three kinds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum HandoverNote {
    /// One agent receives everything.
    Everything(Slug),
    /// One agent for each kind.
    Kinds(HandoverByKind),
}

/// The receiver of each kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HandoverByKind {
    /// The slug of the agent who receives the properties.
    pub properties: Slug,
    /// The slug of the agent who receives the leads.
    pub leads: Slug,
    /// The slug of the agent who receives the landlords.
    pub landlords: Slug,
}

impl From<&HandoverNote> for Handover {
    fn from(note: &HandoverNote) -> Self {
        match note {
            HandoverNote::Everything(agent) => {
                Self { properties: agent.clone(), leads: agent.clone(), landlords: agent.clone() }
            }
            HandoverNote::Kinds(HandoverByKind { properties, leads, landlords }) => {
                Self { properties: properties.clone(), leads: leads.clone(), landlords: landlords.clone() }
            }
        }
    }
}

impl<'de> Deserialize<'de> for HandoverNote {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let written = Value::deserialize(from)?;
        let read = if written.is_string() {
            Slug::deserialize(written).map(Self::Everything)
        } else {
            HandoverByKind::deserialize(written).map(Self::Kinds)
        };
        read.map_err(serde::de::Error::custom)
    }
}

/// One schema with two types, as for a position.
impl JsonSchema for HandoverNote {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Handover".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = generator.subschema_for::<HandoverByKind>();
        schema.remove("description");
        let slug = generator.subschema_for::<Slug>();
        schema.insert("type".to_owned(), serde_json::json!(["string", "object"]));
        for keyword in ["format", "pattern", "patternErrorMessage", "maxLength"] {
            if let Some(value) = slug.get(keyword) {
                schema.insert(keyword.to_owned(), value.clone());
            }
        }
        schema
    }
}
