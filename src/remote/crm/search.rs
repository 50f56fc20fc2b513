//! The CRM's filters (docs/vendor-apis.md, "CRM: filters") and sorts (docs/vendor-apis.md, "CRM: sort") of `GET
//! /users`.

use std::str::FromStr;

use strum::{EnumString, IntoStaticStr, VariantNames};

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

/// The filters that take a text, in the documentation's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumString, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum TextFilter {
    /// First and last name.
    Query,
    /// Public and private names.
    Name,
    /// The first name; in the documentation's example and in none of its tables.
    #[strum(serialize = "firstName")]
    FirstName,
    /// The public or the private e-mail.
    Email,
    /// Any of the phones.
    Mobile,
    /// The public or the private licence.
    Licence,
    Description,
    /// Two letters.
    Language,
    Position,
    /// The address of the profile.
    LinkedIn,
    /// The signature's text.
    EmailSignature,
}

/// The filters that take a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumString, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum DateFilter {
    /// When the user was made.
    Created,
    /// When the user was last changed.
    Updated,
    /// When the licence expires; spelled with an s, unlike the field.
    #[strum(serialize = "license_expire_at")]
    LicenceExpiresAt,
}

/// What users may be sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumString, IntoStaticStr, VariantNames, strum::Display)]
#[strum(serialize_all = "snake_case", const_into_str, parse_err_ty = String, parse_err_fn = unknown_sort)]
pub enum Sort {
    LastName,
    Mobile,
    Role,
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
            query.push(("sort".to_owned(), sort.into_str().to_owned()));
            query.push(("sort_order".to_owned(), order.to_owned()));
        }
        query
    }
}

impl UserFilter {
    fn query(&self) -> Vec<(String, String)> {
        let pair = |name: &str, value: &str| (format!("filters[{name}]"), value.to_owned());
        match self {
            Self::Text(name, value) => vec![pair(name.into_str(), value)],
            Self::Date(name, DatePeriod::Word(word)) => vec![pair(name.into_str(), word)],
            Self::Date(name, DatePeriod::Range(from, to)) => [("from", from), ("to", to)]
                .into_iter()
                .filter_map(|(end, day)| Some((format!("filters[{}][{end}]", name.into_str()), day.clone()?)))
                .collect(),
            Self::UseEmailSignature(used) => vec![pair("use_email_signature", if *used { "1" } else { "0" })],
            Self::UserField(id, value) => vec![(format!("filters[user_fields][{id}]"), value.clone())],
        }
    }
}

/// `NAME=VALUE`; a date's value is a word or `FROM..TO`, and a custom field's name is `user_fields.ID` or
/// `user_fields[ID]`.
impl FromStr for UserFilter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, value) = text.split_once('=').ok_or_else(|| format!("a filter is NAME=VALUE, not {text:?}"))?;
        let (name, value) = (name.trim(), value.trim());
        if let Ok(filter) = name.parse() {
            return Ok(Self::Text(filter, value.to_owned()));
        }
        if let Ok(filter) = name.parse() {
            return Ok(Self::Date(filter, value.parse()?));
        }
        let bracketed = || name.strip_prefix("user_fields[")?.strip_suffix(']');
        let field = name.strip_prefix("user_fields.").or_else(bracketed);
        match (name, value, field) {
            ("use_email_signature", "1" | "true", _) => Ok(Self::UseEmailSignature(true)),
            ("use_email_signature", "0" | "false", _) => Ok(Self::UseEmailSignature(false)),
            ("use_email_signature", ..) => Err("use_email_signature is 1 or 0".to_owned()),
            (.., Some(id)) if !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
                Ok(Self::UserField(id.to_owned(), value.to_owned()))
            }
            _ => Err(format!("the CRM has no filter {name:?}; it has {}", filter_names())),
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

fn unknown_sort(text: &str) -> String {
    format!("the CRM does not sort by {text:?}; it sorts by {}", Sort::VARIANTS.join(", "))
}

fn filter_names() -> String {
    [TextFilter::VARIANTS, DateFilter::VARIANTS, &["use_email_signature", "user_fields.ID"]].concat().join(", ")
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
        for custom in ["user_fields[1]=shi=2", "user_fields.1=shi=2"] {
            assert_eq!(query(&[custom], None), "filters[user_fields][1]=shi=2");
        }
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
