//! Names, texts and ids.

use super::{InvalidValue, text_value};

/// Stands where a private or secret text was.
pub(crate) const MASK: &str = "•••";

/// `no` is not among them, since it is the code of a language and of a country.
const PLACEHOLDERS: [&str; 28] = [
    "-",
    "--",
    "–",
    "—",
    ".",
    "?",
    "n/a",
    "na",
    "n.a.",
    "n.a",
    "none",
    "null",
    "nil",
    "tbd",
    "tba",
    "unknown",
    "pending",
    "nothing",
    "not available",
    "not applicable",
    "لا يوجد",
    "لايوجد",
    "لا توجد",
    "غير متوفر",
    "غير متاح",
    "غير موجود",
    "لا شيء",
    "بدون",
];

/// Whether a text is a word that people write where there is no value.
pub(crate) fn is_placeholder(text: &str) -> bool {
    PLACEHOLDERS.contains(&text.trim().to_lowercase().as_str())
}

/// A text that is not empty; null clears a field.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Text(String);

text_value!(Text, "text", { "pattern": "\\S", "patternErrorMessage": "empty; write null to clear the value" });

impl Text {
    /// Takes a text.
    ///
    /// # Errors
    /// When there is nothing in it, or a NUL, which no system can hold.
    pub(crate) fn parse(text: &str) -> Result<Self, InvalidValue> {
        if text.trim().is_empty() {
            return Err(InvalidValue::new("is empty")
                .help("write null to clear the value, or remove the key to leave it alone"));
        }
        if text.contains('\0') {
            return Err(InvalidValue::new("contains a NUL character").help("remove it: no system can hold it"));
        }
        Ok(Self(text.to_owned()))
    }

    /// The text as it was declared.
    #[must_use]
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// A first or last name of a login. Property Finder refuses a new user whose name has one character
/// (docs/vendor-apis.md, "Property Finder: create a user").
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrivateName(String);

text_value!(PrivateName, "name", {
    "pattern": "\\S[\\s\\S]*\\S",
    "patternErrorMessage": "too short: Property Finder wants two characters or more"
});

impl PrivateName {
    /// The fewest characters that Property Finder takes.
    pub(crate) const SHORTEST: usize = 2;

    /// Takes a text as such a name.
    ///
    /// # Errors
    /// When it has fewer than two characters.
    pub(crate) fn parse(text: &str) -> Result<Self, InvalidValue> {
        let name = Text::parse(text)?;
        if text.trim().chars().count() < Self::SHORTEST {
            return Err(InvalidValue::new("is too short: Property Finder wants two characters or more").help(
                "write the whole name; for a person with one name, repeat it, or write the name on the licence",
            ));
        }
        Ok(Self(name.0))
    }

    /// The name as it was declared.
    #[must_use]
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// The id of one of the CRM's custom fields: a whole number, written as a text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CustomId(String);

text_value!(CustomId, "custom-field-id", {
    "pattern": "^[1-9][0-9]{0,17}$",
    "patternErrorMessage": "not the number of a custom field"
});

impl CustomId {
    /// Takes a text as such an id.
    ///
    /// # Errors
    /// When it is not a whole number above 0.
    pub(crate) fn parse(text: &str) -> Result<Self, InvalidValue> {
        let good =
            (1..=18).contains(&text.len()) && !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit());
        if good {
            return Ok(Self(text.to_owned()));
        }
        Err(InvalidValue::new("is not the number of a custom field")
            .help("the CRM numbers its custom fields: \"1\", \"2\", …"))
    }

    /// The id as text.
    #[must_use]
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_names_and_ids() {
        assert!(Text::parse("م").is_ok());
        assert!(Text::parse(" \n").is_err());
        assert!(Text::parse("a\0b").is_err());
        assert!(PrivateName::parse("مح").is_ok());
        assert!(PrivateName::parse(" m ").is_err());
        assert!(CustomId::parse("11").is_ok());
        assert!(is_placeholder("لا يوجد") && is_placeholder("N/A") && !is_placeholder("no"));
        for wrong in ["", "0", "07", "x", "1.5", "9999999999999999999"] {
            assert!(CustomId::parse(wrong).is_err(), "{wrong}");
        }
    }
}
