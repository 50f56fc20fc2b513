//! The three states of an optional field: absent (the system's value stays), cleared, or a value.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::FieldValue;
use super::Record;
use super::schema::{list_values, nullable};

/// An optional field as a file may state it. `Option` would confuse the first two.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Setting<T> {
    /// The key is not there: the remote's value is left alone.
    #[default]
    Absent,
    /// `null`: the remote's value is cleared.
    Clear,
    /// A value.
    Set(T),
}

impl<T> Setting<T> {
    /// Whether the field is not ours.
    pub(crate) const fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// The value, where there is one.
    pub(crate) const fn set(&self) -> Option<&T> {
        match self {
            Self::Set(value) => Some(value),
            Self::Absent | Self::Clear => None,
        }
    }

    /// Puts the field into a record: no value for "clear it", nothing for "not ours".
    pub(super) fn put(&self, field: super::Field, record: &mut Record)
    where
        for<'a> &'a T: Into<FieldValue>,
    {
        match self {
            Self::Absent => None,
            Self::Clear => record.insert(field, FieldValue::Nothing),
            Self::Set(value) => record.insert(field, value.into()),
        };
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Setting<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(from)?.map_or(Self::Clear, Self::Set))
    }
}

impl<T: Serialize> Serialize for Setting<T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.set().serialize(to)
    }
}

/// The value's own schema with null allowed beside it: `"type": [T, "null"]` and never an `anyOf`, so that editors and
/// errors name the value.
impl<T: JsonSchema> JsonSchema for Setting<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("{}OrNull", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = generator.subschema_for::<T>();
        list_values(&mut schema);
        nullable(&mut schema);
        schema
    }
}
