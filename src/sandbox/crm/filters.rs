//! The CRM's filters on users, in `snake_case` or `camelCase` (docs/vendor-apis.md, "CRM: filters").

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan, tz::TimeZone};
use serde_json::Value;

use crate::sandbox::behaviour::FilterMatch;
use crate::sandbox::http_exchange::SandboxRequest;
use crate::sandbox::schema::SchemaViolation;

/// Text filters, and the members each looks at.
const TEXTS: [(&str, &[&str]); 10] = [
    ("query", &NAMES),
    ("name", &NAMES),
    ("first_name", &["/public/first_name", "/private/first_name"]),
    ("last_name", &["/public/last_name", "/private/last_name"]),
    ("email", &["/public/email", "/private/email"]),
    ("licence", &["/public/licence", "/private/licence"]),
    ("description", &["/public/descriptions"]),
    ("position", &["/public/position"]),
    ("linked_in", &["/public/linked_in"]),
    ("email_signature", &["/private/email_signature"]),
];
const NAMES: [&str; 4] = ["/public/first_name", "/public/last_name", "/private/first_name", "/private/last_name"];
const PHONES: [&str; 3] = ["/public/phone", "/private/mobile", "/private/landline"];

/// Date filters, and the member each looks at. The third is spelled with s, unlike its member.
const DATES: [(&str, &str); 3] =
    [("created", "/created_at"), ("updated", "/updated_at"), ("license_expire_at", "/public/licence_expired_at")];

/// What a list is asked for.
pub(super) struct CrmFilters {
    all: Vec<CrmFilter>,
    /// A sentence for every filter that the CRM does not know, and ignores.
    pub(super) unknown: Vec<String>,
}

enum CrmFilter {
    Text { members: &'static [&'static str], wanted: String },
    Phone(String),
    Language(String),
    Signature(bool),
    Field { id: String, wanted: String },
    From { member: &'static str, day: Date },
    To { member: &'static str, day: Date },
}

impl CrmFilters {
    pub(super) fn of(request: &SandboxRequest) -> Result<Self, SchemaViolation> {
        let mut filters = Self { all: Vec::new(), unknown: Vec::new() };
        for (key, value) in &request.query {
            let Some(inside) = key.strip_prefix("filters").filter(|rest| rest.starts_with('[')) else { continue };
            let keys: Vec<&str> = inside.split('[').skip(1).map(|part| unquoted(part.trim_end_matches(']'))).collect();
            match keys.as_slice() {
                // `filters[]` filters nothing, and is accepted.
                [""] => {}
                [name] => filters.add(&snake_case(name), None, value)?,
                [name, inner] => filters.add(&snake_case(name), Some(inner), value)?,
                _ => filters.unknown.push(format!("the filter {key} is unknown and was ignored")),
            }
        }
        Ok(filters)
    }

    fn add(&mut self, name: &str, inner: Option<&str>, value: &str) -> Result<(), SchemaViolation> {
        let wrong = |detail: &str| Err(SchemaViolation::new(format!("filters.{name}"), detail));
        let wanted = value.trim().to_lowercase();
        if let (Some((_, members)), None) = (TEXTS.iter().find(|(text, _)| *text == name), inner) {
            self.all.push(CrmFilter::Text { members, wanted });
            return Ok(());
        }
        if let Some((_, member)) = DATES.iter().find(|(date, _)| *date == name) {
            let Some((from, to)) = days(inner, &wanted, today()) else {
                return wrong("must be a word such as current_month, or [from] and [to] with dates");
            };
            self.all.extend(from.map(|day| CrmFilter::From { member, day }));
            self.all.extend(to.map(|day| CrmFilter::To { member, day }));
            return Ok(());
        }
        self.all.push(match (name, inner) {
            ("mobile", None) => CrmFilter::Phone(digits(value)),
            ("language", None) if value.chars().count() == 2 => CrmFilter::Language(wanted),
            ("language", None) => return wrong("must be two characters"),
            ("use_email_signature", None) => match value {
                "1" => CrmFilter::Signature(true),
                "0" => CrmFilter::Signature(false),
                _ => return wrong("must be 1 or 0"),
            },
            ("user_fields", Some(id)) => CrmFilter::Field { id: id.to_owned(), wanted },
            _ => {
                self.unknown.push(format!("the filter {name} is unknown and was ignored"));
                return Ok(());
            }
        });
        Ok(())
    }

    /// Whether a user passes them all.
    pub(super) fn match_user(&self, user: &Value, matching: FilterMatch) -> bool {
        self.all.iter().all(|filter| filter.matches(user, matching))
    }
}

impl CrmFilter {
    fn matches(&self, user: &Value, matching: FilterMatch) -> bool {
        let text = |held: &str, wanted: &str| match matching {
            FilterMatch::Partial => held.to_lowercase().contains(wanted),
            FilterMatch::Whole => held.trim().to_lowercase() == wanted,
            FilterMatch::Nothing => true,
        };
        let at = |pointer: &str| user.pointer(pointer).unwrap_or(&Value::Null);
        match self {
            Self::Text { members, wanted } => members.iter().any(|member| match at(member) {
                Value::Array(items) => items.iter().any(|item| text(&written(&item["content"]), wanted)),
                value => text(&written(value), wanted),
            }),
            Self::Phone(wanted) => PHONES.iter().any(|member| text(&digits(&written(at(member))), wanted)),
            Self::Language(code) => {
                at("/public/languages").as_array().into_iter().flatten().any(|held| text(&written(held), code))
            }
            Self::Signature(on) => (*at("/private/use_email_signature") == Value::Bool(true)) == *on,
            Self::Field { id, wanted } => match user.get("fields").and_then(|fields| fields.get(id)) {
                Some(Value::Bool(flag)) => *wanted == flag.to_string() || *wanted == u8::from(*flag).to_string(),
                Some(value) => text(&written(value), wanted),
                None => false,
            },
            Self::From { member, day } => date(&written(at(member))).is_some_and(|held| held >= *day),
            Self::To { member, day } => date(&written(at(member))).is_some_and(|held| held <= *day),
        }
    }
}

/// The first and the last day that a date filter means.
fn days(inner: Option<&str>, wanted: &str, today: Date) -> Option<(Option<Date>, Option<Date>)> {
    let both = |from: Date, to: Date| Some((Some(from), Some(to)));
    let monday = today.checked_sub(i64::from(today.weekday().to_monday_zero_offset()).days()).ok()?;
    match (inner, wanted) {
        (Some("from"), day) => Some((Some(date(day)?), None)),
        (Some("to"), day) => Some((None, Some(date(day)?))),
        (Some(_), _) => None,
        (None, "today") => both(today, today),
        (None, "yesterday") => today.yesterday().ok().and_then(|day| both(day, day)),
        (None, "current_week") => both(monday, monday.checked_add(6.days()).ok()?),
        (None, "current_month") => both(today.first_of_month(), today.last_of_month()),
        (None, "current_year") => both(today.first_of_year(), today.last_of_year()),
        (None, "last_month") => {
            let last = today.first_of_month().yesterday().ok()?;
            both(last.first_of_month(), last)
        }
        (None, "last_year") => {
            let last = today.first_of_year().yesterday().ok()?;
            both(last.first_of_year(), last)
        }
        (None, day) => date(day).and_then(|day| both(day, day)),
    }
}

fn today() -> Date {
    Timestamp::now().to_zoned(TimeZone::UTC).date()
}

fn date(text: &str) -> Option<Date> {
    text.get(..10)?.parse().ok()
}

fn written(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// `lastName` as `last_name`: the vendor's tables use one spelling, its examples the other.
pub(super) fn snake_case(name: &str) -> String {
    let mut out = String::new();
    for sign in name.chars() {
        if sign.is_ascii_uppercase() {
            out.push('_');
        }
        out.push(sign.to_ascii_lowercase());
    }
    out
}

/// The vendor's example puts quotes inside the brackets: `filters[user_fields]['1']`
/// (docs/vendor-apis.md, "CRM: filters").
fn unquoted(key: &str) -> &str {
    key.trim_matches(['\'', '"'])
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn date_words_mean_whole_days() {
        let today: Date = "2026-03-11".parse().unwrap();
        let table = [
            (None, "today", Some((Some("2026-03-11"), Some("2026-03-11")))),
            (None, "yesterday", Some((Some("2026-03-10"), Some("2026-03-10")))),
            (None, "current_week", Some((Some("2026-03-09"), Some("2026-03-15")))),
            (None, "current_month", Some((Some("2026-03-01"), Some("2026-03-31")))),
            (None, "last_month", Some((Some("2026-02-01"), Some("2026-02-28")))),
            (None, "current_year", Some((Some("2026-01-01"), Some("2026-12-31")))),
            (None, "last_year", Some((Some("2025-01-01"), Some("2025-12-31")))),
            (None, "2026-02-03", Some((Some("2026-02-03"), Some("2026-02-03")))),
            (Some("from"), "2026-02-03", Some((Some("2026-02-03"), None))),
            (Some("to"), "2026-02-03t10:00:00z", Some((None, Some("2026-02-03")))),
            (Some("from"), "current_month", None),
            (Some("until"), "2026-02-03", None),
            (None, "soon", None),
            (None, "2026-02-30", None),
        ];
        let day = |text: Option<&str>| text.map(|text| text.parse::<Date>().unwrap());
        for (inner, word, want) in table {
            assert_eq!(days(inner, word, today), want.map(|(from, to)| (day(from), day(to))), "{inner:?} {word}");
        }
    }
}
