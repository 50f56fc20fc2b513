//! Values that cannot be wrong: each is made by `parse` alone, which is also what `roster validate` asks, through the
//! schema's `format`. A [`InvalidValue`] never quotes the value, since it may be private.

pub(crate) mod characters;
mod country;
mod date;
mod email;
mod language;
mod phone;
mod photo;
mod text;
mod web;

use std::borrow::Cow;

pub(crate) use country::Country;
pub(crate) use date::{Date, FIRST_YEAR, Year};
pub(crate) use email::Email;
pub(crate) use language::Language;
pub use phone::Phone;
pub(crate) use photo::{Photo, RepositoryPath};
pub(crate) use text::{CustomId, MASK, PrivateName, Text, is_placeholder};
pub(crate) use web::{WebFolder, WebUrl};

use super::Slug;

/// Why a text is not the value it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct InvalidValue {
    /// What is wrong, without the value.
    pub message: Cow<'static, str>,
    /// What to do about it, without the value.
    pub help: Option<Cow<'static, str>>,
    /// What was probably meant. Made from the value, so it is not shown for a private field.
    pub meant: Option<String>,
}

impl InvalidValue {
    fn new(message: impl Into<Cow<'static, str>>) -> Self {
        Self { message: message.into(), help: None, meant: None }
    }

    fn help(mut self, help: impl Into<Cow<'static, str>>) -> Self {
        self.help = Some(help.into());
        self
    }

    fn meant(mut self, meant: Option<String>) -> Self {
        self.meant = meant;
        self
    }
}

/// Asks the value type that is called `format` in the schemas; `None` for a format that is not ours.
#[must_use]
pub(crate) fn check(format: &str, text: &str) -> Option<Result<(), InvalidValue>> {
    let (_, check) = FORMATS.iter().find(|(name, _)| *name == format)?;
    Some(check(text))
}

/// A check of one text by the value type it should be.
pub(crate) type ValueCheck = fn(&str) -> Result<(), InvalidValue>;

/// Every `format` of the schemas that is checked by a value type.
pub(crate) const FORMATS: [(&str, ValueCheck); 13] = [
    (Country::FORMAT, |text| Country::parse(text).map(drop)),
    (CustomId::FORMAT, |text| CustomId::parse(text).map(drop)),
    (Date::FORMAT, |text| Date::parse(text).map(drop)),
    (Email::FORMAT, |text| Email::parse(text).map(drop)),
    (Language::FORMAT, |text| Language::parse(text).map(drop)),
    (Phone::FORMAT, |text| Phone::parse(text).map(drop)),
    (Photo::FORMAT, |text| Photo::parse(text).map(drop)),
    (RepositoryPath::FORMAT, |text| RepositoryPath::parse(text).map(drop)),
    (PrivateName::FORMAT, |text| PrivateName::parse(text).map(drop)),
    (Text::FORMAT, |text| Text::parse(text).map(drop)),
    (WebFolder::FORMAT, |text| WebFolder::parse(text).map(drop)),
    (WebUrl::FORMAT, |text| WebUrl::parse(text).map(drop)),
    (Slug::FORMAT, |text| {
        let help = "a slug is the name of an agent's file without .yaml";
        let fault = |rule| InvalidValue::new(format!("is not a slug: {rule}")).help(help).meant(Slug::meant(text));
        Slug::parse(text).map(drop).map_err(fault)
    }),
];

/// The traits of a value that is a text: read and written as that text; and, where keywords are given, a schema that is
/// a string with the type's `format` and those keywords.
macro_rules! text_value {
    ($name:ident, $format:literal) => {
        impl $name {
            /// What the schemas call this value.
            pub(crate) const FORMAT: &str = $format;
        }

        impl From<&$name> for crate::model::agent::FieldValue {
            fn from(value: &$name) -> Self {
                Self::Text(value.as_str().into())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(from)?;
                Self::parse(&text).map_err(|fault| serde::de::Error::custom(fault.message))
            }
        }
    };
    ($name:ident, $format:literal, { $($schema:tt)* }) => {
        text_value!($name, $format);

        impl schemars::JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "format": $format, $($schema)* })
            }
        }
    };
}
use text_value;
