//! Countries.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, json};

use super::{InvalidValue, text_value};
use crate::model::agent::schema::describe_values;

/// A country: its two capital letters of ISO 3166-1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Country(String);

/// Kosovo has no code of ISO 3166-1. Property Finder uses this one
/// (docs/vendor-apis.md, "Property Finder: nationalities").
const KOSOVO: (&str, &str) = ("XK", "Kosovo");

text_value!(Country, "country");

impl Country {
    /// Takes a text as a country code.
    ///
    /// # Errors
    /// When the text is not a country code.
    pub(crate) fn parse(text: &str) -> Result<Self, InvalidValue> {
        if known(text) {
            return Ok(Self(text.to_owned()));
        }
        Err(InvalidValue::new("is not a country code")
            .help("use two capital letters, such as AE (the codes of ISO 3166-1)")
            .meant(meant(text)))
    }

    /// The code.
    #[must_use]
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

fn known(code: &str) -> bool {
    code == KOSOVO.0 || rust_iso3166::from_alpha2(code).is_some()
}

/// The code that was probably meant: another spelling, a common mistake, three letters, or the country's name.
fn meant(text: &str) -> Option<String> {
    // A flag is written with letters of its own.
    let letter =
        |c: char| u32::from(c).checked_sub(0x1_f1e6).filter(|at| *at < 26).and_then(|at| char::from_u32(0x41 + at));
    let letters: String = text.chars().map(|c| letter(c).unwrap_or(c)).collect();
    let upper = letters.trim_matches(|c: char| !c.is_alphanumeric()).to_uppercase();
    let code = match upper.as_str() {
        "UK" | "ENGLAND" | "SCOTLAND" | "WALES" => "GB",
        "EL" => "GR",
        "UAE" | "EMIRATES" => "AE",
        "KSA" => "SA",
        "USA" => "US",
        "XKX" => KOSOVO.0,
        code if known(code) => code,
        other if people(other).is_some() => people(other)?,
        other => {
            let by_name = |country: &&rust_iso3166::CountryCode| {
                let name = country.name.to_uppercase();
                name == other || name.split(" (").next() == Some(other)
            };
            let found = rust_iso3166::from_alpha3(other);
            found.or_else(|| rust_iso3166::ALL.iter().find(by_name).copied())?.alpha2
        }
    };
    Some(code.to_owned())
}

/// The country of a people, in capital letters: those of the agents and their clients in the Emirates.
fn people(name: &str) -> Option<&'static str> {
    const PEOPLES: [(&str, &str); 60] = [
        ("EMIRATI", "AE"),
        ("INDIAN", "IN"),
        ("PAKISTANI", "PK"),
        ("FILIPINO", "PH"),
        ("FILIPINA", "PH"),
        ("BRITISH", "GB"),
        ("ENGLISH", "GB"),
        ("SCOTTISH", "GB"),
        ("IRISH", "IE"),
        ("AMERICAN", "US"),
        ("CANADIAN", "CA"),
        ("AUSTRALIAN", "AU"),
        ("EGYPTIAN", "EG"),
        ("LEBANESE", "LB"),
        ("SYRIAN", "SY"),
        ("JORDANIAN", "JO"),
        ("PALESTINIAN", "PS"),
        ("IRAQI", "IQ"),
        ("IRANIAN", "IR"),
        ("SAUDI", "SA"),
        ("KUWAITI", "KW"),
        ("QATARI", "QA"),
        ("OMANI", "OM"),
        ("BAHRAINI", "BH"),
        ("YEMENI", "YE"),
        ("MOROCCAN", "MA"),
        ("TUNISIAN", "TN"),
        ("ALGERIAN", "DZ"),
        ("SUDANESE", "SD"),
        ("TURKISH", "TR"),
        ("RUSSIAN", "RU"),
        ("UKRAINIAN", "UA"),
        ("BELARUSIAN", "BY"),
        ("KAZAKH", "KZ"),
        ("UZBEK", "UZ"),
        ("ARMENIAN", "AM"),
        ("GERMAN", "DE"),
        ("FRENCH", "FR"),
        ("ITALIAN", "IT"),
        ("SPANISH", "ES"),
        ("PORTUGUESE", "PT"),
        ("DUTCH", "NL"),
        ("SWEDISH", "SE"),
        ("POLISH", "PL"),
        ("ROMANIAN", "RO"),
        ("BULGARIAN", "BG"),
        ("SERBIAN", "RS"),
        ("GREEK", "GR"),
        ("CHINESE", "CN"),
        ("JAPANESE", "JP"),
        ("KOREAN", "KR"),
        ("INDONESIAN", "ID"),
        ("BANGLADESHI", "BD"),
        ("SRI LANKAN", "LK"),
        ("NEPALI", "NP"),
        ("NEPALESE", "NP"),
        ("KENYAN", "KE"),
        ("NIGERIAN", "NG"),
        ("SOUTH AFRICAN", "ZA"),
        ("BRAZILIAN", "BR"),
    ];
    PEOPLES.iter().find(|(people, _)| *people == name).map(|(_, code)| *code)
}

impl JsonSchema for Country {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Country".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let mut countries: Vec<(&str, &str)> = rust_iso3166::ALL.iter().map(|one| (one.alpha2, one.name)).collect();
        countries.push(KOSOVO);
        countries.sort_unstable();
        let (codes, names) = countries.into_iter().map(|(code, name)| (json!(code), json!(name))).unzip();
        let mut object = Map::new();
        describe_values(&mut object, codes, names);
        object.insert("format".to_owned(), json!(Self::FORMAT));
        Schema::from(object)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_accepted_and_names_are_suggested() {
        for right in ["AE", "PK", "GB", "XK", "NO"] {
            assert!(Country::parse(right).is_ok(), "{right}");
        }
        let table = [
            ("UK", Some("GB")),
            ("EL", Some("GR")),
            ("ae", Some("AE")),
            ("PAK", Some("PK")),
            ("Lebanon", Some("LB")),
            ("🇦🇪", Some("AE")),
            ("AE;", Some("AE")),
            ("Emirati", Some("AE")),
            ("south african", Some("ZA")),
            ("ZZ", None),
            ("", None),
        ];
        for (wrong, want) in table {
            assert_eq!(Country::parse(wrong).unwrap_err().meant.as_deref(), want, "{wrong}");
        }
    }
}
