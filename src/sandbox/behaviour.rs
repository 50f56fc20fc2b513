//! The behaviour of both servers where the vendors' documentation is silent.

use std::collections::{BTreeSet, VecDeque};
use std::fmt;
use std::path::Path;
use std::str::FromStr;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::config::PfContract;

/// Switches for the assumptions of docs/vendor-apis.md, so that the tests run the client with both settings. The
/// default is the likelier setting.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "independent switches, each with two sides")]
pub struct Behaviour {
    /// Whether the CRM's PUT keeps or clears a member that is not sent, `fields` too
    /// (docs/vendor-apis.md, "CRM: update a user").
    pub crm_put: WriteMode,
    /// How the CRM spells the values it returns (docs/vendor-apis.md, "CRM: user object").
    pub crm_rows: ValueSpelling,
    /// Whether the CRM's list has `count` (docs/vendor-apis.md, "CRM: pagination").
    pub crm_count: bool,
    /// The largest page of the CRM, whatever `per_page` asks (docs/vendor-apis.md, "CRM: pagination").
    pub crm_page_ceiling: usize,
    /// The status of the CRM's response to a create: 200 or 201 (docs/vendor-apis.md, "CRM: calls").
    pub crm_create_status: u16,
    /// Whether the CRM's response to a create has the new id alone (docs/vendor-apis.md, "CRM: calls").
    pub crm_create_answers_id_alone: bool,
    /// Whether the CRM's list has custom fields (docs/vendor-apis.md, "CRM: custom fields").
    pub crm_fields_in_list: bool,
    /// Whether the CRM's PUT writes custom fields or ignores them (docs/vendor-apis.md, "CRM: custom fields").
    pub crm_fields_on_put: bool,
    /// Whether the CRM returns custom fields (docs/vendor-apis.md, "CRM: custom fields").
    pub crm_fields_returned: bool,
    /// Whether the CRM omits `fields` for a user without custom fields (docs/vendor-apis.md, "CRM: custom fields").
    pub crm_empty_fields_left_out: bool,
    /// What the CRM does with a long text in a custom field (docs/vendor-apis.md, "CRM: custom fields").
    pub crm_long_fields: LongField,
    /// The custom fields that the account has; others are ignored. Without a set it has every field.
    pub crm_custom_fields: Option<BTreeSet<String>>,
    /// The longest text of a custom field in the CRM, in bytes (docs/vendor-apis.md, "CRM: custom fields").
    pub crm_field_limit: usize,
    /// Whether the CRM's text filters match a part or the whole of a value (docs/vendor-apis.md, "CRM: filters").
    pub crm_filters: FilterMatch,
    /// The type of an upload that is a user's photo (docs/vendor-apis.md, "CRM: photos").
    pub crm_photo_type: String,
    /// The form in which a user of the CRM names an upload (docs/vendor-apis.md, "CRM: photos").
    pub crm_photo_form: PhotoForm,
    /// Whether the CRM returns photos (docs/vendor-apis.md, "CRM: photos").
    pub crm_photos_returned: bool,
    /// Whether the CRM accepts a second user with the same login (docs/vendor-apis.md, "CRM: errors").
    pub crm_takes_duplicates: bool,
    /// Whether `GET /users/me` works or returns 403 (docs/vendor-apis.md, "CRM: rights").
    pub crm_me: bool,
    /// Whether the CRM writes empty objects as `[]`, as PHP does (docs/vendor-apis.md, "CRM: user object").
    pub crm_empty_objects_as_lists: bool,
    /// The number of reads of the CRM after a write that return the state before it
    /// (docs/vendor-apis.md, "CRM: reads after writes").
    pub crm_lag: u32,
    /// The CRM's rate limit (docs/vendor-apis.md, "CRM: rate limit").
    pub crm_rate: Option<SandboxRate>,
    /// Which of its two contracts Property Finder follows: `enterprise`, or `documented`
    /// (docs/vendor-apis.md, "Documented contract: calls").
    pub pf_contract: PfContract,
    /// Whether a PATCH of `bio` or `position` keeps or clears the member that is not sent
    /// (docs/vendor-apis.md, "Property Finder: update a public profile").
    pub pf_texts: WriteMode,
    /// How Property Finder spells the values it returns (docs/vendor-apis.md, "Property Finder: user object").
    pub pf_rows: ValueSpelling,
    /// The largest page of Property Finder, whatever `perPage` asks.
    pub pf_page_ceiling: usize,
    /// Whether inactive users are listed only with `status=inactive`
    /// (docs/vendor-apis.md, "Property Finder: list users").
    pub pf_hides_inactive: bool,
    /// Whether the newest user comes first (docs/vendor-apis.md, "Property Finder: list users").
    pub pf_newest_first: bool,
    /// Whether the filter `email` matches the public e-mail instead of the login
    /// (docs/vendor-apis.md, "Property Finder: list users").
    pub pf_email_filter_is_public: bool,
    /// Whether Property Finder accepts a second user with the same e-mail
    /// (docs/vendor-apis.md, "Property Finder: duplicates").
    pub pf_takes_duplicates: bool,
    /// The number of reads of Property Finder after a write that return the state before it
    /// (docs/vendor-apis.md, "Property Finder: reads after writes").
    pub pf_lag: u32,
    /// Property Finder's rate limit on all calls but the token call
    /// (docs/vendor-apis.md, "Property Finder: rate limit").
    pub pf_rate: Option<SandboxRate>,
    /// Property Finder's rate limit on the token call (docs/vendor-apis.md, "Property Finder: rate limit").
    pub pf_token_rate: Option<SandboxRate>,
    /// Whether a page past the end is 404 in both systems (docs/vendor-apis.md, "CRM: pagination" and
    /// "Property Finder: list users").
    pub pages_end_with_404: bool,
    /// Whether a 429 has the header `Retry-After` (docs/vendor-apis.md, "Property Finder: rate limit").
    pub retry_after: bool,
    /// Whether reads of one row lag too, or listings alone.
    pub lag_of_single_rows: bool,
    /// The duration of each request, in milliseconds.
    pub latency_ms: u64,
    /// Scopes and rights that the keys lack: `users:read`, `users:full_access`, `roles:read`
    /// (docs/vendor-apis.md, "Property Finder: keys and scopes"), `user.read`, `user.update`
    /// (docs/vendor-apis.md, "CRM: rights").
    pub missing_scopes: BTreeSet<String>,
    /// The number of requests that a token is valid for; none: it expires by time alone.
    pub token_requests: Option<u32>,
    /// The lifetime of a token in seconds (docs/vendor-apis.md, "Property Finder: token").
    pub token_seconds: u64,
}

/// Whether a write keeps what it does not name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WriteMode {
    /// What is absent is kept.
    Merge,
    /// What is absent is emptied.
    Replace,
}

/// What becomes of a text of more than 20 bytes in a custom field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LongField {
    /// It is kept as it was sent.
    Kept,
    /// Only its first 20 bytes are kept.
    Cut,
    /// It is ignored.
    Dropped,
    /// Its quotes are written as HTML entities.
    Escaped,
}

impl LongField {
    /// A value as it is kept.
    pub(super) fn keep(self, value: &Value) -> Option<Value> {
        const LONG: usize = 20;
        let Some(text) = value.as_str().filter(|text| text.len() > LONG) else { return Some(value.clone()) };
        match self {
            Self::Kept => Some(value.clone()),
            Self::Cut => Some(Value::from(text.get(..LONG).unwrap_or_default())),
            Self::Dropped => None,
            Self::Escaped => Some(Value::from(text.replace('"', "&quot;"))),
        }
    }
}

/// The form of a reference to an upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PhotoForm {
    /// An object with the token.
    Object,
    /// The token.
    Token,
    /// The id of the file.
    Id,
}

/// How a server writes what it was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ValueSpelling {
    /// To the letter.
    AsSent,
    /// Texts trimmed, e-mails and languages in lower case, countries in upper case, phones without spaces and signs,
    /// sets in order.
    Tidied,
    /// Texts trimmed, e-mails and countries in lower case, languages in upper case, phones in groups, sets in reverse,
    /// dates as date-times, flags as 1 and 0, empty texts as null.
    Reformatted,
    /// Texts in Unicode normalization form C and without what cannot be seen, Emirati phones in national form, dates as
    /// midnight in the Emirates written in UTC, flags that are off left out.
    Localized,
}

/// How much of a value a text filter must match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FilterMatch {
    /// Any part of it.
    Partial,
    /// All of it.
    Whole,
    /// Nothing: the filter is ignored.
    Nothing,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            crm_put: WriteMode::Merge,
            crm_rows: ValueSpelling::AsSent,
            crm_count: true,
            crm_page_ceiling: 100,
            crm_create_status: 201,
            crm_create_answers_id_alone: false,
            crm_fields_in_list: true,
            crm_fields_on_put: true,
            crm_fields_returned: true,
            crm_empty_fields_left_out: false,
            crm_long_fields: LongField::Kept,
            crm_custom_fields: None,
            crm_field_limit: 255,
            crm_filters: FilterMatch::Partial,
            crm_photo_type: "user_image".to_owned(),
            crm_photo_form: PhotoForm::Object,
            crm_photos_returned: true,
            crm_takes_duplicates: false,
            crm_me: true,
            crm_empty_objects_as_lists: false,
            crm_lag: 0,
            crm_rate: None,
            pf_contract: PfContract::Enterprise,
            pf_texts: WriteMode::Merge,
            pf_rows: ValueSpelling::AsSent,
            pf_page_ceiling: 100,
            pf_hides_inactive: false,
            pf_newest_first: false,
            pf_email_filter_is_public: false,
            pf_takes_duplicates: false,
            pf_lag: 0,
            pf_rate: Some(SandboxRate { count: 650, window: Duration::from_secs(60) }),
            pf_token_rate: Some(SandboxRate { count: 60, window: Duration::from_secs(60) }),
            pages_end_with_404: false,
            retry_after: false,
            lag_of_single_rows: true,
            latency_ms: 0,
            missing_scopes: BTreeSet::new(),
            token_requests: None,
            token_seconds: 1800,
        }
    }
}

impl Behaviour {
    /// Every switch as `NAME=VALUE`, in the order of their names.
    #[must_use]
    pub(crate) fn assignments(&self) -> Vec<String> {
        let all = serde_json::to_value(self).unwrap_or_default();
        let entry = |(name, value): (&String, &Value)| match value {
            Value::Null => format!("{name}=none"),
            Value::String(text) => format!("{name}={text}"),
            Value::Array(items) => {
                format!("{name}={}", items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(","))
            }
            other => format!("{name}={other}"),
        };
        all.as_object().map(|all| all.iter().map(entry).collect()).unwrap_or_default()
    }

    /// Reads the switches of a file; the others keep their defaults.
    ///
    /// # Errors
    /// A sentence for people, when the file cannot be read, or has a switch or a position that does not exist.
    pub(crate) fn read(file: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(file).map_err(|error| error.to_string())?;
        serde_json::from_str(&text).map_err(|error| error.to_string())
    }

    /// The switches that these assignments name, as the content of a file for [`read`](Self::read).
    ///
    /// # Errors
    /// As [`set`](Self::set).
    pub(crate) fn seen(assignments: &[&str]) -> Result<Value, String> {
        let mut behaviour = Self::default();
        assignments.iter().try_for_each(|assignment| behaviour.set(assignment))?;
        let named: BTreeSet<&str> = assignments.iter().filter_map(|one| Some(one.split_once('=')?.0)).collect();
        let mut all = serde_json::to_value(behaviour).map_err(|error| error.to_string())?;
        if let Some(all) = all.as_object_mut() {
            all.retain(|name, _| named.contains(name.as_str()));
        }
        Ok(all)
    }

    /// Sets one switch by its name, as `--behave NAME=VALUE` does: `crm_put=replace`, `pf_rate=none`,
    /// `missing_scopes=users:read,roles:read`.
    ///
    /// # Errors
    /// A sentence for people, when there is no such switch or it has no such position.
    pub(crate) fn set(&mut self, assignment: &str) -> Result<(), String> {
        let (name, text) = assignment.split_once('=').ok_or_else(|| format!("`{assignment}` is not NAME=VALUE"))?;
        let mut all = serde_json::to_value(&*self).map_err(|error| error.to_string())?;
        let names = all.as_object().map(|all| all.keys().cloned().collect::<Vec<_>>().join(", ")).unwrap_or_default();
        let slot = all.get_mut(name).ok_or_else(|| format!("there is no switch `{name}`; there are: {names}"))?;
        *slot = match (text, &slot) {
            ("none", _) => Value::Null,
            (_, Value::Array(_)) => text.split(',').filter(|item| !item.is_empty()).collect(),
            _ => serde_json::from_str(text).unwrap_or_else(|_| Value::from(text)),
        };
        *self = serde_json::from_value(all).map_err(|error| format!("`{name}` cannot be `{text}`: {error}"))?;
        Ok(())
    }
}

/// At most so many requests in any window of that length; written `650/60s` or `5/200ms`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SandboxRate {
    /// Requests.
    pub count: usize,
    /// The window's length.
    pub window: Duration,
}

impl FromStr for SandboxRate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::parse(text).ok_or_else(|| format!("a rate is written such as 650/60s or 5/200ms, not `{text}`"))
    }
}

impl SandboxRate {
    fn parse(text: &str) -> Option<Self> {
        let (count, window) = text.split_once('/')?;
        let window = match window.strip_suffix("ms") {
            Some(number) => Duration::from_millis(number.parse().ok()?),
            None => Duration::from_secs(window.strip_suffix('s')?.parse().ok()?),
        };
        Some(Self { count: count.parse().ok()?, window })
    }
}

impl TryFrom<String> for SandboxRate {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<SandboxRate> for String {
    fn from(rate: SandboxRate) -> Self {
        rate.to_string()
    }
}

impl fmt::Display for SandboxRate {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}ms", self.count, self.window.as_millis())
    }
}

/// The requests that were let through in the window that ends now.
#[derive(Debug, Default)]
pub(super) struct RateWindow(VecDeque<Instant>);

impl RateWindow {
    /// Lets a request through, or returns the time until the next one will be. A refused request is not counted.
    pub(super) fn admit(&mut self, rate: SandboxRate, now: Instant) -> Result<(), Duration> {
        while self.0.front().is_some_and(|first| now.duration_since(*first) >= rate.window) {
            self.0.pop_front();
        }
        if self.0.len() < rate.count {
            self.0.push_back(now);
            return Ok(());
        }
        Err(self.0.front().map_or(rate.window, |first| rate.window.saturating_sub(now.duration_since(*first))))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
