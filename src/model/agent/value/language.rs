//! Languages.

use std::borrow::Cow;

use isolang::Language as Iso;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::{InvalidValue, text_value};

/// A language: its two letters of ISO 639-1, or the three of ISO 639-3 where there are no two.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Language(String);

text_value!(Language, "language");

impl Language {
    /// Takes a text as a language code.
    ///
    /// # Errors
    /// When it is not a code, or when three letters name a language that has a code of two.
    pub(crate) fn parse(text: &str) -> Result<Self, InvalidValue> {
        if known(text) {
            return Ok(Self(text.to_owned()));
        }
        let help = "use two lower-case letters, such as en or ar (the codes of ISO 639-1, or three letters where there are no two)";
        Err(InvalidValue::new("is not a language code").help(help).meant(meant(text)))
    }

    /// The code.
    #[must_use]
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// `sh` was withdrawn from ISO 639-1, which the table behind `isolang` does not know.
const WITHDRAWN: &str = "sh";

fn known(code: &str) -> bool {
    match code.len() {
        2 => code != WITHDRAWN && Iso::from_639_1(code).is_some(),
        3 => Iso::from_639_3(code).is_some_and(|language| short(language).is_none()),
        _ => false,
    }
}

fn short(language: Iso) -> Option<&'static str> {
    language.to_639_1().filter(|code| *code != WITHDRAWN)
}

/// The code that was probably meant: another spelling, a locale, three letters for two, a name, or a country's code.
fn meant(text: &str) -> Option<String> {
    let lower = text.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    let code = lower.split(['-', '_']).next().unwrap_or_default();
    let code = match code {
        "ua" => "uk",
        "jp" => "ja",
        "cn" | "mandarin" | "中文" => "zh",
        "gr" => "el",
        "cz" => "cs",
        "dk" => "da",
        "se" => "sv",
        "in" => "id",
        "iw" => "he",
        "farsi" | "فارسی" => "fa",
        "fre" => "fr",
        "ger" => "de",
        "cantonese" => "yue",
        "filipino" => "tl",
        "عربي" | "العربية" | "عربية" => "ar",
        "اردو" => "ur",
        "русский" => "ru",
        code if known(code) => code,
        code => {
            let language = Iso::from_639_3(code).or_else(|| Iso::from_name(&capitalised(code)))?;
            short(language).unwrap_or(language.to_639_3())
        }
    };
    Some(code.to_owned())
}

/// The two-letter codes, in order.
fn two_letters() -> Vec<String> {
    let letters = || 'a'..='z';
    let pairs = letters().flat_map(|one| letters().map(move |other| format!("{one}{other}")));
    pairs.filter(|code| known(code)).collect()
}

fn capitalised(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// A pattern and examples in place of a list: the list would need all 7,600 codes of three letters.
impl JsonSchema for Language {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Language".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let codes: Vec<String> = two_letters();
        json_schema!({
            "type": "string",
            "format": Self::FORMAT,
            "pattern": format!("^({}|[a-z]{{3}})$", codes.join("|")),
            "patternErrorMessage": "not a language code: two letters of ISO 639-1, such as en or ar",
            "examples": codes,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_accepted_and_names_are_suggested() {
        for right in ["en", "ar", "tl", "uk", "yue", "bal"] {
            assert!(Language::parse(right).is_ok(), "{right}");
        }
        let table = [
            ("EN", Some("en")),
            ("en,", Some("en")),
            ("ar…", Some("ar")),
            ("en-GB", Some("en")),
            ("eng", Some("en")),
            ("arabic", Some("ar")),
            ("العربية", Some("ar")),
            ("Filipino", Some("tl")),
            ("jp", Some("ja")),
            ("hbs", Some("hbs")),
            ("sh", None),
            ("zz", None),
            ("", None),
        ];
        for (wrong, want) in table {
            let meant = Language::parse(wrong).map_or_else(|fault| fault.meant, |code| Some(code.0));
            assert_eq!(meant.as_deref(), want, "{wrong}");
        }
    }
}
