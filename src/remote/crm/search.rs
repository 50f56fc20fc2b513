//! The CRM's filters (docs/vendor-apis.md, "CRM: filters") and sorts (docs/vendor-apis.md, "CRM: sort") of `GET
//! /users`.

use std::fmt;
use std::str::FromStr;

/// Which users, and in which order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserSearch {
    /// All of them must hold.
    pub filters: Vec<UserFilter>,
    /// The order; none is the CRM's own.
    pub sort: Option<(Sort, SortOrder)>,
}

/// One filter. A text may match the whole value or a part of it (docs/vendor-apis.md, "CRM: filters").
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserFilter {
    /// A filter by one of the plain texts.
    Text(TextFilter, String),
    /// A filter by one of the dates.
    Date(DateFilter, DatePeriod),
    /// `use_email_signature`: sent as 1 or 0.
    UseEmailSignature(bool),
    /// `user_fields`: a custom field's id, and its value.
    UserField(String, String),
}

/// A period that a date falls into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DatePeriod {
    /// A word of the CRM's, such as `current_month`.
    Word(String),
    /// From a day to a day, `YYYY-MM-DD`, either of which may be open.
    Range(Option<String>, Option<String>),
}

/// Makes an enum of names that are sent as they are written here.
macro_rules! names {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $key:literal,)* }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $($(#[$doc])* $variant,)* }

        impl $name {
            /// All of them, in the documentation's order.
            pub(crate) const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The name as it is sent.
            #[must_use]
            pub(crate) const fn key(self) -> &'static str {
                match self { $(Self::$variant => $key,)* }
            }
        }
    };
}

names! {
    /// The filters that take a text.
    TextFilter {
        /// First and last name.
        Query = "query",
        /// Public and private names.
        Name = "name",
        /// The first name; in the documentation's example and in none of its tables.
        FirstName = "firstName",
        /// The public or the private e-mail.
        Email = "email",
        /// Any of the phones.
        Mobile = "mobile",
        /// The public or the private licence.
        Licence = "licence",
        /// The descriptions.
        Description = "description",
        /// Two letters.
        Language = "language",
        /// The position.
        Position = "position",
        /// The address of the profile.
        LinkedIn = "linked_in",
        /// The signature's text.
        EmailSignature = "email_signature",
    }
}

names! {
    /// The filters that take a date.
    DateFilter {
        /// When the user was made.
        Created = "created",
        /// When the user was last changed.
        Updated = "updated",
        /// When the licence expires; spelled with an s, unlike the field.
        LicenceExpiresAt = "license_expire_at",
    }
}

names! {
    /// What users may be sorted by.
    Sort {
        /// `last_name`.
        LastName = "last_name",
        /// `mobile`.
        Mobile = "mobile",
        /// `role`.
        Role = "role",
    }
}

/// Up or down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SortOrder {
    /// The CRM's default.
    #[default]
    Ascending,
    /// From the end.
    Descending,
}

impl UserSearch {
    /// The query parameters, in the documentation's form.
    pub(super) fn query(&self) -> Vec<(String, String)> {
        let mut query: Vec<_> = self.filters.iter().flat_map(UserFilter::query).collect();
        if let Some((sort, order)) = self.sort {
            let order = if order == SortOrder::Ascending { "ASC" } else { "DESC" };
            query.push(("sort".to_owned(), sort.key().to_owned()));
            query.push(("sort_order".to_owned(), order.to_owned()));
        }
        query
    }
}

impl UserFilter {
    fn query(&self) -> Vec<(String, String)> {
        let pair = |name: &str, value: &str| (format!("filters[{name}]"), value.to_owned());
        match self {
            Self::Text(name, value) => vec![pair(name.key(), value)],
            Self::Date(name, DatePeriod::Word(word)) => vec![pair(name.key(), word)],
            Self::Date(name, DatePeriod::Range(from, to)) => [("from", from), ("to", to)]
                .into_iter()
                .filter_map(|(end, day)| Some((format!("filters[{}][{end}]", name.key()), day.clone()?)))
                .collect(),
            Self::UseEmailSignature(used) => vec![pair("use_email_signature", if *used { "1" } else { "0" })],
            Self::UserField(id, value) => vec![(format!("filters[user_fields][{id}]"), value.clone())],
        }
    }
}

/// `NAME=VALUE`; a date's value is a word or `FROM..TO`, and a custom field's name is `user_fields[ID]`.
impl FromStr for UserFilter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, value) = text.split_once('=').ok_or_else(|| format!("a filter is NAME=VALUE, not {text:?}"))?;
        let (name, value) = (name.trim(), value.trim());
        if let Some(found) = TextFilter::ALL.iter().find(|known| known.key() == name) {
            return Ok(Self::Text(*found, value.to_owned()));
        }
        if let Some(found) = DateFilter::ALL.iter().find(|known| known.key() == name) {
            return Ok(Self::Date(*found, value.parse()?));
        }
        let field = name.strip_prefix("user_fields[").and_then(|rest| rest.strip_suffix(']'));
        match (name, value, field) {
            ("use_email_signature", "1" | "true", _) => Ok(Self::UseEmailSignature(true)),
            ("use_email_signature", "0" | "false", _) => Ok(Self::UseEmailSignature(false)),
            ("use_email_signature", ..) => Err("use_email_signature is 1 or 0".to_owned()),
            (.., Some(id)) if !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
                Ok(Self::UserField(id.to_owned(), value.to_owned()))
            }
            _ => Err(format!("the CRM has no filter {name:?}; it has {}", filter_names().join(", "))),
        }
    }
}

impl FromStr for DatePeriod {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some((from, to)) = text.split_once("..") else { return Ok(Self::Word(text.to_owned())) };
        let day = |day: &str| match day.parse::<jiff::civil::Date>() {
            _ if day.is_empty() => Ok(None),
            Ok(date) => Ok(Some(date.to_string())),
            Err(_) => Err(format!("{day:?} is not a date such as 2027-03-31")),
        };
        match (day(from)?, day(to)?) {
            (None, None) => Err("a period needs a first or a last day".to_owned()),
            (from, to) => Ok(Self::Range(from, to)),
        }
    }
}

impl FromStr for Sort {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let names = || Self::ALL.iter().map(|sort| sort.key()).collect::<Vec<_>>().join(", ");
        let found = Self::ALL.iter().find(|known| known.key() == text).copied();
        found.ok_or_else(|| format!("the CRM does not sort by {text:?}; it sorts by {}", names()))
    }
}

/// The names a filter may have, for help texts.
#[must_use]
pub(crate) fn filter_names() -> Vec<&'static str> {
    let texts = TextFilter::ALL.iter().map(|filter| filter.key());
    let dates = DateFilter::ALL.iter().map(|filter| filter.key());
    texts.chain(dates).chain(["use_email_signature", "user_fields[ID]"]).collect()
}

impl fmt::Display for Sort {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.key())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn query(filters: &[&str], sort: Option<(Sort, SortOrder)>) -> String {
        let search = UserSearch { filters: filters.iter().map(|filter| filter.parse().unwrap()).collect(), sort };
        search.query().iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
    }

    #[test]
    fn filters_and_sorts_have_the_documented_form() {
        assert_eq!(query(&["name=Ford", "email=a+b@x.ae"], None), "filters[name]=Ford&filters[email]=a+b@x.ae");
        assert_eq!(query(&["firstName=Sam"], None), "filters[firstName]=Sam");
        assert_eq!(query(&["user_fields[1]=shi=2"], None), "filters[user_fields][1]=shi=2");
        assert_eq!(query(&["use_email_signature=true"], None), "filters[use_email_signature]=1");
        assert_eq!(query(&["created=current_month"], None), "filters[created]=current_month");
        assert_eq!(
            query(&["license_expire_at=2026-01-01..2026-02-01", "updated=..2026-02-01"], None),
            "filters[license_expire_at][from]=2026-01-01&filters[license_expire_at][to]=2026-02-01\
             &filters[updated][to]=2026-02-01"
        );
        assert_eq!(query(&[], Some((Sort::LastName, SortOrder::Descending))), "sort=last_name&sort_order=DESC");
    }

    #[test]
    fn an_unknown_filter_is_refused_with_the_known_ones() {
        let wrong = ["nme=x", "name", "user_fields[]=1", "user_fields[1]x]=1", "created=1..2", "use_email_signature=2"];
        for filter in wrong {
            assert!(filter.parse::<UserFilter>().is_err(), "{filter}");
        }
        assert!("nme=x".parse::<UserFilter>().unwrap_err().contains("it has query, name"));
        assert!("licence".parse::<Sort>().unwrap_err().contains("it sorts by last_name, mobile, role"));
    }
}
