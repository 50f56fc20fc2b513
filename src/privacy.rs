//! Private values never leave (design 2.8): a system's own words are quoted without any of them.

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, MatchKind};
use html_escape::decode_html_entities;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::agent::{Field, Kind};
use crate::plan::{Observed, Planner};
use crate::record::Record;
use crate::report::quoted_words;
use crate::roster::{Base, Roster};

/// Stands where a private value was.
pub const MASK: &str = "•••";

/// Every private value that a run knows: of the files, and of both systems.
pub struct PrivateValues {
    finder: Option<AhoCorasick>,
}

impl PrivateValues {
    /// The private values of the files, as they are and as they were at base, and, once they are read, of both systems.
    #[must_use]
    pub fn new(roster: &Roster, base: Option<&Base>, observed: Option<(&Observed, &Planner)>) -> Self {
        let mut values = Vec::new();
        for declaration in base.iter().flat_map(|base| base.people.values()).chain(roster.people.values()) {
            collect(&declaration.record, &mut values);
        }
        if let Some((observed, planner)) = observed {
            let nobody = Record::new();
            observed.crm.iter().for_each(|row| collect(&planner.crm.observed(row), &mut values));
            observed.pf.iter().for_each(|row| collect(&planner.pf.observed(row, &nobody), &mut values));
        }
        values.sort_unstable();
        values.dedup();
        let finder = AhoCorasickBuilder::new()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::LeftmostLongest)
            .build(&values)
            .ok()
            .filter(|_| !values.is_empty());
        Self { finder }
    }

    /// A system's own words, safe to show: without any private value, escaped, cut at 300 characters.
    #[must_use]
    pub fn quote(&self, said: &str) -> String {
        quoted_words(&self.mask(said))
    }

    /// The text with every private value in it replaced by [`MASK`].
    #[must_use]
    pub fn mask(&self, text: &str) -> String {
        let Some(finder) = &self.finder else { return text.to_owned() };
        let text = &unescaped(text);
        let mut out = String::with_capacity(text.len());
        let mut from = 0;
        for found in finder.find_iter(text) {
            // A short value (a name of two letters) inside a longer word is only a part of that word.
            let short = found.len() < 5;
            let inside = [text.get(..found.start()).and_then(|before| before.chars().next_back())]
                .into_iter()
                .chain([text.get(found.end()..).and_then(|after| after.chars().next())])
                .flatten()
                .any(char::is_alphanumeric);
            if short && inside {
                continue;
            }
            out.push_str(text.get(from..found.start()).unwrap_or_default());
            out.push_str(MASK);
            from = found.end();
        }
        out.push_str(text.get(from..).unwrap_or_default());
        out
    }
}

/// What a system said without the escapes of URLs, HTML and JSON, in which a value would not be found.
fn unescaped(said: &str) -> String {
    const ROUNDS: usize = 3;
    let mut text = said.to_owned();
    for _ in 0..ROUNDS {
        let url = percent_decode_str(&text).decode_utf8_lossy().into_owned();
        let json =
            url.split("\\u").enumerate().map(|(at, part)| if at == 0 { part.to_owned() } else { code_unit(part) });
        let next = decode_html_entities(&json.collect::<String>()).into_owned();
        if next == text {
            break;
        }
        text = next;
    }
    text
}

/// What follows a `\u`: its four digits as the character they stand for, where they stand for one.
fn code_unit(part: &str) -> String {
    let unit = part.get(..4).and_then(|digits| u32::from_str_radix(digits, 16).ok()).and_then(char::from_u32);
    match (unit, part.get(4..)) {
        (Some(char), Some(rest)) => format!("{char}{rest}"),
        _ => format!("\\u{part}"),
    }
}

/// Each private value in every spelling in which a system is likely to repeat it.
fn collect(record: &Record, values: &mut Vec<String>) {
    for (field, value) in record.iter().filter(|(field, _)| field.is_private()) {
        spellings(field, value, values);
    }
}

fn spellings(field: &Field, value: &Value, values: &mut Vec<String>) {
    match value {
        Value::String(text) => {
            for spelling in [text.trim(), field.canonical(value).as_str().unwrap_or_default()] {
                if spelling.len() > 1 {
                    values.push(spelling.to_owned());
                }
            }
            if field.kind() == Kind::Phone {
                // Without the country code, as people write it at home.
                let digits = field.canonical(value).as_str().unwrap_or_default().to_owned();
                values.extend(digits.get(3..).filter(|rest| rest.len() > 5).map(str::to_owned));
            }
        }
        Value::Number(number) if number.to_string().len() > 1 => values.push(number.to_string()),
        Value::Array(items) => items.iter().for_each(|item| spellings(field, item, values)),
        Value::Object(members) => members.values().for_each(|item| spellings(field, item, values)),
        _ => {}
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::agent::{Slug, Status};
    use crate::roster::Declaration;

    #[test]
    fn a_systems_words_are_quoted_without_private_values() {
        let record = Record::from([
            (Field::FirstName, json!("Sara")),
            (Field::Login, json!("Sara.K@example.com")),
            (Field::Mobile, json!("+971 50 123 4567")),
            (Field::PrivateFirstName, json!("Al")),
            (Field::LandlineExtension, json!("214")),
            (Field::Custom("1".to_owned()), json!("2 pets")),
        ]);
        let slug = Slug::parse("sara").unwrap();
        let declaration = Declaration {
            slug: slug.clone(),
            file: "agents/sara.yaml".to_owned(),
            status: Status::Active,
            record,
            lines: std::collections::BTreeMap::new(),
            handover: None,
        };
        let private = PrivateValues::new(&Roster { people: [(slug, declaration)].into() }, None, None);
        let table = [
            ("email sara.k@EXAMPLE.com is taken", "email ••• is taken"),
            ("+971 50 123 4567 or 971501234567 or 0501234567", "••• or ••• or 0•••"),
            ("Al is also short; all is well", "••• is also short; all is well"),
            ("extension 214, not 2145", "extension •••, not 2145"),
            ("she has 2 pets", "she has •••"),
            ("Sara is public", "Sara is public"),
            ("mail=sara.k%40example.com", "mail=•••"),
            ("mail sara.k%2540example.com", "mail •••"),
            (r#"{"mail":"sara.k\u0040example.com"}"#, r#"{"mail":"•••"}"#),
            ("mail sara.k&#64;example.com", "mail •••"),
            ("\u{1b}[31mred", "\\u{1b}[31mred"),
        ];
        for (said, want) in table {
            assert_eq!(private.quote(said), want);
        }
        assert_eq!(private.quote(&"x".repeat(1000)).chars().count(), 300);
    }
}
