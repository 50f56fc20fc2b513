//! What to write instead of a value that has the wrong type or is out of its range.

use jsonschema::{JsonType, JsonTypeSet};
use serde_json::Value;

use super::Violation;
use crate::declare::clearing;
use crate::declare::schema_keys::is_key_of_an_agent;
use crate::declare::source::PathStep;
use crate::model::agent::value::characters::typed;
use crate::model::agent::value::is_placeholder;
use crate::model::agent::value::{Date, FIRST_YEAR, Language, Phone};

impl Violation<'_> {
    /// Whether the value should be a year.
    pub(super) fn is_year(&self) -> bool {
        self.schema_keyword("minimum") == Some(&Value::from(FIRST_YEAR))
    }

    pub(super) fn type_help(&self, wanted: JsonTypeSet, found: &Value) -> String {
        let format = self.schema_keyword("format").and_then(Value::as_str).unwrap_or_default();
        let written = self
            .source
            .text
            .get(self.source.value_span(&self.path))
            .filter(|text| !self.private() && !text.contains(['\n', '"']));
        // A spreadsheet writes 48213.0 for 48213.
        let quoted = written
            .map(|text| text.strip_suffix(".0").unwrap_or(text))
            .map(|text| format!(": \"{text}\""))
            .unwrap_or_default();
        match found {
            Value::Number(_) | Value::Bool(_) | Value::Object(_) if self.options().is_some() => format!("write {}", self.wanted_in_words(wanted)),
            Value::Number(number) if wanted.contains(JsonType::String) && format == "phone" && number.is_f64() => {
                // A spreadsheet writes 9.71501234567E+11, and has lost digits where there are fewer.
                let whole = number.as_f64().filter(|_| !self.private()).map(|number| format!("+{number:.0}"));
                let written = written.map_or(0, |text| text.chars().take_while(|c| !c.eq_ignore_ascii_case(&'e')).count());
                match whole.filter(|whole| written >= whole.len() && Phone::parse(whole).is_ok()) {
                    Some(phone) => format!("did you mean `\"{phone}\"`?"),
                    None => "a spreadsheet has shortened it: write all digits in quotes, with + and the country code".to_owned(),
                }
            }
            Value::Number(_) if wanted.contains(JsonType::String) && format == "phone" => {
                "put it in quotes, with + and the country code: without quotes YAML reads a number, and the + and leading zeros are lost".to_owned()
            }
            Value::Number(_) if wanted.contains(JsonType::String) && format.is_empty() => {
                let message = self.schema_keyword("patternErrorMessage").and_then(Value::as_str);
                message.map(|message| format!("a number is {message}")).unwrap_or_default()
            }
            Value::Number(days) if wanted.contains(JsonType::String) && format == "date" => {
                let day = days.as_i64().and_then(Date::of_a_spreadsheet).filter(|_| !self.private());
                day.map_or_else(|| "write year, month and day, such as 2027-03-31".to_owned(), |day| format!("did you mean `{day}`?"))
            }
            Value::Number(_) | Value::Bool(_) if wanted.contains(JsonType::String) => {
                let kind = if found.is_boolean() { "true or false" } else { "a number" };
                format!("put it in quotes{quoted}; without them YAML reads {kind}")
            }
            Value::String(text) if wanted.contains(JsonType::Boolean) => flag_help(text).to_owned(),
            Value::String(text) if self.is_year() && text.parse::<i64>().is_err() => {
                // 2,014 is a number of a spreadsheet.
                let text = typed(text).replace(',', "");
                let year = text.split(|c: char| !c.is_ascii_digit()).find(|digits| digits.len() == 4);
                year.map_or_else(|| YEAR.to_owned(), |year| format!("write the year alone: {year}"))
            }
            Value::String(text) if wanted.contains(JsonType::Integer) && text.parse::<i64>().is_ok() => "take the quotes away".to_owned(),
            Value::String(text) if wanted.contains(JsonType::Integer) && percent(text).is_some() => {
                format!("write the number alone: {}", percent(text).unwrap_or_default())
            }
            Value::Number(_) if wanted.contains(JsonType::Integer) && self.path.last() == Some(&PathStep::Key("percent".to_owned())) => {
                "write a whole number of percent, such as 10".to_owned()
            }
            Value::String(text) if wanted.contains(JsonType::Array) && is_placeholder(text) => {
                clearing::EMPTY_LIST_OR_REMOVE.to_owned()
            }
            Value::String(text) if wanted.contains(JsonType::Array) && !self.private() && self.as_list(text).is_some() => {
                format!("write a list: `{}`", self.as_list(text).unwrap_or_default())
            }
            Value::String(_) if wanted.contains(JsonType::Array) && self.is_of_descriptions() => {
                "write a list on new lines below: `- lang: en`, and below `lang` a line with `content:` and the text".to_owned()
            }
            Value::Object(texts) if wanted.contains(JsonType::Array) && self.is_of_descriptions() => {
                let language = texts.keys().find(|key| Language::parse(key).is_ok()).map_or("en", String::as_str);
                format!(
                    "write a list: `- lang: {language}` in place of `{language}:`, and below `lang` a line with `content:` and the text"
                )
            }
            Value::Object(items) if wanted.contains(JsonType::Array) && !self.private() && items.values().all(Value::is_null) => {
                format!("write square brackets: `[{}]`", items.keys().cloned().collect::<Vec<_>>().join(", "))
            }
            Value::String(_) | Value::Array(_) if wanted.contains(JsonType::Object) && self.has_numbers_as_keys() => {
                "write the number of a custom field and a colon in front of each value, such as `{\"1\": Marina team}`".to_owned()
            }
            Value::String(_) if wanted.contains(JsonType::Array) => {
                let item = written.filter(|text| !text.contains(',')).map_or_else(|| "one, two".to_owned(), str::to_owned);
                format!("write a list: [{item}]")
            }
            Value::Array(items) if wanted.contains(JsonType::String) => self.one_value(items),
            Value::String(text) if wanted.contains(JsonType::Object) && key_without_space(text).is_some() => {
                format!("put a space behind the colon: `{}: …`", key_without_space(text).unwrap_or_default())
            }
            Value::String(text) if wanted.contains(JsonType::Object) && !self.private() && as_braces(text).is_some() => {
                format!("write keys and values in braces: `{}`", as_braces(text).unwrap_or_default())
            }
            _ if wanted.contains(JsonType::Object) && self.known_keys(&self.schema_place()).is_empty() => {
                "write keys and values in braces, such as `{key: value}`".to_owned()
            }
            _ if wanted.contains(JsonType::Object) => {
                let known = self.known_keys(&self.schema_place());
                format!("write keys under it, indented by two spaces: {}", known.join(", "))
            }
            Value::Object(_) if wanted.contains(JsonType::Array) => "write one value, or a list of values".to_owned(),
            _ => String::new(),
        }
    }

    /// What to write for a list in the place of one value.
    fn one_value(&self, items: &[Value]) -> String {
        let what = "write one value, without brackets or dashes";
        match (items, self.path.last()) {
            ([Value::String(text)], Some(PathStep::Key(key)))
                if self.may_show_value() && !text.contains(['\n', '"']) =>
            {
                // A number that is a text stays in quotes.
                let is_plain = text.starts_with(char::is_alphabetic) && !text.contains([':', '#']);
                if is_plain { format!("{what}: `{key}: {text}`") } else { format!("{what}: `{key}: \"{text}\"`") }
            }
            _ => what.to_owned(),
        }
    }

    /// Whether no part of the value, also of one with parts, may be private.
    fn may_show_value(&self) -> bool {
        !self.private() && !self.source.is_hidden(&self.source.value_span(&self.path))
    }

    fn is_of_descriptions(&self) -> bool {
        self.path.last() == Some(&PathStep::Key("descriptions".to_owned()))
    }

    fn has_numbers_as_keys(&self) -> bool {
        self.path == [PathStep::Key("fields".to_owned())]
    }
}

pub(super) const YEAR: &str = "write the year in which the agent began, such as 2014";

/// What to write for a status that people call by another name.
pub(super) fn status_help(text: &str) -> &'static str {
    match text.to_lowercase().replace(['_', '-'], " ").as_str() {
        "left" | "has left" | "gone" | "former" | "resigned" | "terminated" | "retired" => {
            "an agent who has left is `archived`"
        }
        "away" | "leave" | "on leave" | "vacation" | "holiday" | "suspended" | "paused" | "sick" => {
            "an agent who is away for a while is `inactive`"
        }
        _ => "an agent who is away for a while is `inactive`, and one who has left is `archived`",
    }
}

/// Keys and values that another sign separates, such as `agent = broker`, as a map.
fn as_braces(text: &str) -> Option<String> {
    let pairs = text.split(',').map(|pair| {
        let (key, value) = ["->", "=>", "=", ":"].into_iter().find_map(|sign| pair.split_once(sign))?;
        let (key, value) = (key.trim(), value.trim());
        let is_word =
            |word: &str| !word.is_empty() && word.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'));
        let quote = if value.bytes().all(|byte| byte.is_ascii_digit()) { "\"" } else { "" };
        (is_word(key) && is_word(value)).then(|| format!("{key}: {quote}{value}{quote}"))
    });
    pairs.collect::<Option<Vec<String>>>().map(|pairs| format!("{{{}}}", pairs.join(", ")))
}

/// `10%` as a number.
fn percent(text: &str) -> Option<i64> {
    text.strip_suffix('%')?.trim().parse().ok()
}

/// The key of a text that would be a key and a value with a space behind its colon.
fn key_without_space(text: &str) -> Option<&str> {
    let (key, rest) = text.split_once(':')?;
    (is_key_of_an_agent(key) && !rest.starts_with(char::is_whitespace)).then_some(key)
}

/// `no` and its like, where true or false is wanted: YAML 1.2 has only these two words.
fn flag_help(text: &str) -> &'static str {
    match text.to_lowercase().as_str() {
        "no" | "off" | "n" | "false" | "0" => "write false, without quotes",
        "yes" | "on" | "y" | "true" | "1" => "write true, without quotes",
        _ => "write true or false, without quotes",
    }
}
