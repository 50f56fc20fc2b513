//! Private values never leave (design 2.8): a system's own words are quoted without any of them.

use std::collections::BTreeSet;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, MatchKind};
use html_escape::decode_html_entities;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::agent::value::MASK;
use crate::agent::{Field, Kind};
use crate::plan::{Observed, Planner};
use crate::record::Record;
use crate::report::quoted_words;
use crate::roster::{Base, Roster};

/// Every private value that a run knows: of the files, and of both systems.
pub struct PrivateValues {
    /// Values long enough to be told wherever they stand.
    long: Option<AhoCorasick>,
    /// Values so short (a name of two letters) that inside a longer word they are only a part of that word.
    short: Option<AhoCorasick>,
    /// The last digits of phone numbers, by which one is told however it is written.
    phones: BTreeSet<String>,
}

/// A value of fewer bytes is short.
const SHORT: usize = 5;
/// So many last digits tell a phone number.
const TELLING: usize = 7;

impl PrivateValues {
    /// The private values of the files, as they are and as they were at base, and, once they are read, of both systems.
    #[must_use]
    pub fn new(roster: &Roster, base: Option<&Base>, observed: Option<(&Observed, &Planner)>) -> Self {
        let (mut values, mut phones) = (BTreeSet::new(), BTreeSet::new());
        let mut collect = |record: &Record| {
            for (field, value) in record.iter().filter(|(field, _)| field.is_private()) {
                spellings(field, value, &mut values);
                phones.extend(last_digits(field, value));
            }
        };
        for declaration in base.iter().flat_map(|base| base.people.values()).chain(roster.people.values()) {
            collect(&declaration.record);
        }
        if let Some((observed, planner)) = observed {
            let nobody = Record::new();
            observed.crm.iter().for_each(|row| collect(&planner.crm.observed(row)));
            observed.pf.iter().for_each(|row| collect(&planner.pf.observed(row, &nobody)));
        }
        let (short, long): (Vec<String>, Vec<String>) = values.into_iter().partition(|value| value.len() < SHORT);
        Self { long: finder(&long), short: finder(&short), phones }
    }

    /// A system's own words, safe to show: without any private value, escaped, cut at 300 characters.
    #[must_use]
    pub fn quote(&self, said: &str) -> String {
        quoted_words(&self.mask(said))
    }

    /// The text with every private value in it replaced by [`MASK`].
    #[must_use]
    pub fn mask(&self, text: &str) -> String {
        let text = replaced(self.long.as_ref(), &unescaped(text), |_, _| true);
        let text = self.without_phones(&text);
        replaced(self.short.as_ref(), &text, |before, after| {
            !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
        })
    }

    /// A phone number may be written with spaces, dots, dashes and brackets, with its country's code or without.
    fn without_phones(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = rest.find(|char: char| char == '+' || char.is_ascii_digit()) {
            let (before, from) = rest.split_at(start);
            let end =
                from.find(|char: char| !(char.is_ascii_digit() || "+ .()-/".contains(char))).unwrap_or(from.len());
            let (run, behind) = from.split_at(end);
            let written = run.trim_end_matches(|char: char| !char.is_ascii_digit());
            let digits: String = run.chars().filter(char::is_ascii_digit).collect();
            out.push_str(before);
            if self.phones.iter().any(|phone| digits.contains(phone)) {
                out.push_str(MASK);
                out.push_str(run.get(written.len()..).unwrap_or_default());
            } else {
                out.push_str(run);
            }
            rest = behind;
        }
        out + rest
    }
}

fn finder(values: &[String]) -> Option<AhoCorasick> {
    let mut builder = AhoCorasickBuilder::new();
    builder.ascii_case_insensitive(true).match_kind(MatchKind::LeftmostLongest);
    builder.build(values).ok().filter(|_| !values.is_empty())
}

/// The text with everything found replaced by [`MASK`], where what stands before and behind it lets it.
fn replaced(finder: Option<&AhoCorasick>, text: &str, lets: impl Fn(Option<char>, Option<char>) -> bool) -> String {
    let Some(finder) = finder else { return text.to_owned() };
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for found in finder.find_iter(text) {
        let before = text.get(..found.start()).and_then(|before| before.chars().next_back());
        let after = text.get(found.end()..).and_then(|after| after.chars().next());
        if lets(before, after) {
            out.push_str(text.get(from..found.start()).unwrap_or_default());
            out.push_str(MASK);
            from = found.end();
        }
    }
    out + text.get(from..).unwrap_or_default()
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

/// A private value in every spelling in which a system is likely to repeat it.
fn spellings(field: &Field, value: &Value, values: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => {
            for spelling in [text.trim(), field.canonical(value).as_str().unwrap_or_default()] {
                if spelling.len() > 1 {
                    values.insert(spelling.to_owned());
                }
            }
        }
        Value::Number(number) if number.to_string().len() > 1 => _ = values.insert(number.to_string()),
        Value::Array(items) => items.iter().for_each(|item| spellings(field, item, values)),
        Value::Object(members) => members.values().for_each(|item| spellings(field, item, values)),
        _ => {}
    }
}

fn last_digits(field: &Field, value: &Value) -> Option<String> {
    let digits = field.canonical(value);
    let digits = digits.as_str().filter(|_| field.kind() == Kind::Phone)?;
    digits.get(digits.len().checked_sub(TELLING)?..).map(str::to_owned)
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
            clears_descriptions: false,
            lines: std::collections::BTreeMap::new(),
            handover: None,
        };
        let private = PrivateValues::new(&Roster { people: [(slug, declaration)].into() }, None, None);
        let table = [
            ("email sara.k@EXAMPLE.com is taken", "email ••• is taken"),
            ("+971 50 123 4567 or 971501234567 or 0501234567", "••• or ••• or •••"),
            ("mobile 050 123-45 67 is taken, call (050) 1234567.", "mobile ••• is taken, call (•••."),
            (
                "21450123456799 is another number, and 2026-11-21 is a day",
                "••• is another number, and 2026-11-21 is a day",
            ),
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
