//! Days and years.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::characters::typed;
use super::{InvalidValue, text_value};
use crate::model::agent::FieldValue;

/// A calendar date, written `2027-03-31` and in no other way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Date {
    text: String,
    day: jiff::civil::Date,
}

text_value!(Date, "date", { "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "patternErrorMessage": "not a date such as 2027-03-31" });

/// The earliest year that roster takes, for dates and for `experience_since`.
pub(crate) const FIRST_YEAR: i16 = 1950;

/// Whether a year is near the present one of the Islamic calendar.
fn is_islamic(year: i16) -> bool {
    (1350..=1500).contains(&year)
}

const ISLAMIC: &str =
    "it looks like a date of the Islamic calendar: write the date of the Gregorian calendar, such as 2027-03-31";

impl Date {
    /// Takes a text as a date.
    ///
    /// # Errors
    /// When it is not written as year, month and day, or the calendar has no such day.
    pub(crate) fn parse(text: &str) -> Result<Self, InvalidValue> {
        // jiff also reads `20270331` and `-002027-03-31`; the shape is ours to hold.
        let shape = text.len() == 10
            && text
                .bytes()
                .enumerate()
                .all(|(at, byte)| if at == 4 || at == 7 { byte == b'-' } else { byte.is_ascii_digit() });
        if !shape {
            let help = match DateParts::read(&typed(text)).and_then(|parts| parts.year.parse().ok()) {
                Some(year) if is_islamic(year) => ISLAMIC,
                _ => "write year, month and day, such as 2027-03-31",
            };
            return Err(InvalidValue::new("is not a date").help(help).meant(Self::meant(text)));
        }
        let day: jiff::civil::Date = text.parse().map_err(|_| {
            let fault = InvalidValue::new("is a day that the calendar does not have").help("check month and day");
            fault.meant(Self::meant(text))
        })?;
        if day.year() < FIRST_YEAR {
            let help = if is_islamic(day.year()) { ISLAMIC } else { "check the year" };
            return Err(InvalidValue::new("is before 1950").help(help));
        }
        Ok(Self { text: text.to_owned(), day })
    }

    /// A date in another order or without zeros, as the one date that it can mean.
    pub(in crate::model::agent) fn reordered(text: &str) -> Option<String> {
        let parts = DateParts::read(text)?;
        // 03/04/2027 is two different days, depending on who writes it.
        let ambiguous = parts.year_last && parts.day <= 12 && parts.day != parts.month;
        parts.date().filter(|_| !ambiguous)
    }

    /// A date as people and spreadsheets write it, as the one date that it can mean.
    fn meant(text: &str) -> Option<String> {
        let typed = typed(text).trim_end_matches([',', ';', '.']).to_owned();
        // A time of midnight comes with dates of a spreadsheet.
        let day = typed.trim().split(['T', ' ']).next()?.trim_end_matches([',', ';', '.']);
        let named = || DateParts::with_a_name(&typed)?.date();
        let swapped = || DateParts::read(day).filter(|parts| !parts.year_last)?.swapped().date();
        Self::reordered(day).or_else(named).or_else(swapped)
    }

    /// A date that ends with its year, read with the day before the month.
    pub(in crate::model::agent) fn day_first(text: &str) -> Option<String> {
        DateParts::read(text).filter(|parts| parts.year_last).and_then(|parts| parts.date())
    }

    /// The date that a spreadsheet keeps as a number of days.
    #[must_use]
    pub(crate) fn of_a_spreadsheet(days: i64) -> Option<String> {
        let first = jiff::civil::date(1899, 12, 30);
        let days = (30_000..80_000).contains(&days).then_some(days)?;
        let day = first.checked_add(jiff::Span::new().try_days(days).ok()?).ok()?;
        Some(day.to_string())
    }

    /// The date as it was declared.
    #[must_use]
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// The day.
    #[must_use]
    pub(crate) const fn day(&self) -> jiff::civil::Date {
        self.day
    }
}

/// The numbers of a date, in the order of year, month, day or the other way round.
struct DateParts {
    year: String,
    month: u8,
    day: u8,
    year_last: bool,
}

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

impl DateParts {
    fn read(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.trim().split(['-', '/', '.']).collect();
        let [first, month, last] = parts.as_slice() else { return None };
        let year_last = first.len() != 4;
        let (year, day) = if year_last { (last, first) } else { (first, last) };
        let year = (*year).to_owned();
        Some(Self { year, month: month.parse().ok()?, day: day.parse().ok()?, year_last })
    }

    /// `31 March 2028`, `Mar 31, 2028` or `31-Mar-2028`.
    fn with_a_name(text: &str) -> Option<Self> {
        let words: Vec<&str> = text.split([' ', ',', '-', '/', '.']).filter(|word| !word.is_empty()).collect();
        let [one, two, year] = words.as_slice() else { return None };
        let month = |word: &str| {
            let word = word.to_ascii_lowercase();
            let at = MONTHS.iter().position(|month| word.starts_with(month))?;
            u8::try_from(at + 1).ok()
        };
        let day = |word: &str| word.trim_end_matches(|c: char| c.is_ascii_alphabetic()).parse::<u8>().ok();
        let (month, day) = month(two).zip(day(one)).or_else(|| month(one).zip(day(two)))?;
        let year = if year.len() == 2 { format!("20{year}") } else { (*year).to_owned() };
        (year.len() == 4).then_some(Self { year, month, day, year_last: true })
    }

    /// The month as the day, and the day as the month.
    fn swapped(self) -> Self {
        Self { month: self.day, day: self.month, ..self }
    }

    fn date(&self) -> Option<String> {
        let written = format!("{}-{:02}-{:02}", self.year, self.month, self.day);
        let day: jiff::civil::Date = written.parse().ok()?;
        (written.len() == 10 && day.year() >= FIRST_YEAR).then_some(written)
    }
}

/// A year since 1950. That it is not in the future is a rule, since it depends on the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Year(i16);

impl Year {
    /// The year as a number.
    #[must_use]
    pub(crate) const fn number(self) -> i16 {
        self.0
    }
}

impl From<&Year> for FieldValue {
    fn from(year: &Year) -> Self {
        Self::from(i64::from(year.0))
    }
}

impl Serialize for Year {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_i16(self.0)
    }
}

impl<'de> Deserialize<'de> for Year {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let written = Value::deserialize(from)?;
        // To a JSON Schema 2014.0 is an integer.
        let year = written.as_i64().or_else(|| written.as_f64().filter(|year| year.fract() == 0.0).map(truncated));
        let year =
            year.and_then(|year| i16::try_from(year).ok()).filter(|year| (FIRST_YEAR..=LAST_YEAR).contains(year));
        year.map(Self).ok_or_else(|| serde::de::Error::custom("is not a year since 1950"))
    }
}

#[expect(clippy::cast_possible_truncation, reason = "`as` saturates, and the caller checks the range")]
const fn truncated(number: f64) -> i64 {
    number as i64
}

/// No year of a date with four digits is later.
const LAST_YEAR: i16 = 9999;

impl JsonSchema for Year {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Year".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "minimum": FIRST_YEAR, "maximum": LAST_YEAR })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        assert!(Date::parse("2027-03-31").is_ok());
        assert!(Date::parse("2028-02-29").is_ok());
        for wrong in [
            "",
            "2027-3-31",
            "31.03.2027",
            "20270331",
            "2027-02-29",
            "2027-13-01",
            "1949-12-31",
            "2027-03-31T00:00:00Z",
            " 2027-03-31",
            "-002027-03-31",
        ] {
            assert!(Date::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_date_in_another_order_is_suggested_only_when_it_can_mean_one_day() {
        let table = [
            ("2027-3-31", Some("2027-03-31")),
            ("31/03/2027", Some("2027-03-31")),
            ("31.3.2027", Some("2027-03-31")),
            ("03/04/2027", None),
            ("soon", None),
        ];
        for (written, want) in table {
            assert_eq!(Date::reordered(written).as_deref(), want, "{written}");
        }
    }

    #[test]
    fn a_date_of_people_and_spreadsheets_is_suggested() {
        let table = [
            ("٢٠٢٧-٠٣-٣١", Some("2027-03-31")),
            ("2027–03–31", Some("2027-03-31")),
            ("2027-03-31,", Some("2027-03-31")),
            ("2027-03-31 00:00:00", Some("2027-03-31")),
            ("2027-31-03", Some("2027-03-31")),
            ("31 March 2027", Some("2027-03-31")),
            ("31-Mar-27", Some("2027-03-31")),
            ("3-Apr-2027", Some("2027-04-03")),
            ("Mar 31st, 2027", Some("2027-03-31")),
            ("31 Smarch 2027", None),
            ("03/04/2027", None),
            ("2027-02-30", None),
        ];
        for (written, want) in table {
            assert_eq!(Date::parse(written).err().and_then(|fault| fault.meant).as_deref(), want, "{written}");
        }
    }

    #[test]
    fn a_date_of_the_islamic_calendar_is_explained() {
        for written in ["1449-09-16", "16/09/1449", "١٤٤٩-٠٩-١٦"] {
            let help = Date::parse(written).err().and_then(|fault| fault.help).unwrap_or_default();
            assert_eq!(help, ISLAMIC, "{written}");
        }
    }

    #[test]
    fn a_number_of_a_spreadsheet_is_a_date() {
        assert_eq!(Date::of_a_spreadsheet(46_843).as_deref(), Some("2028-03-31"));
        assert_eq!(Date::of_a_spreadsheet(20_280_331), None);
    }

    #[test]
    fn years() {
        assert_eq!(serde_json::from_str::<Year>("2014").unwrap().number(), 2014);
        assert_eq!(serde_json::from_str::<Year>("2014.0").unwrap().number(), 2014);
        for wrong in ["1949", "20140", "2014.5", "\"2014\"", "1e400", "null"] {
            assert!(serde_json::from_str::<Year>(wrong).is_err(), "{wrong}");
        }
    }
}
