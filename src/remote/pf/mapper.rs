//! Translates between Property Finder's JSON, a user with its public profile
//! (docs/vendor-apis.md, "Property Finder: user object"), and a [`Record`].
//!
//! Pure. Reading (here) and writing (`mapper/encode.rs`) follow the slots of the table of fields
//! (`model/agent/field_spec.rs`). The two differ: four fields are never returned, names are joined, languages are numbers,
//! and the two texts of a profile are under `primary` and `secondary`.

mod encode;

use arcstr::ArcStr;
use serde_json::Value;
use strum::IntoEnumIterator as _;
use url::Url;

use super::tables::{has_nationality, language_id};
use crate::model::agent::{Field, FieldValue, PfSlot, compact};
use crate::model::config::{Config, PfConfig, PhotoVersion};
use crate::model::record::{Record, Row};
use crate::reconcile::observed::{Compliance, ObservedPfUser, PfFields, ProfileVerification, Role};
use crate::remote::json::{at, id, text, written};

pub use encode::{PfPatch, PfUpdate};

impl Role {
    /// One row of `GET /v1/roles`; none without an id or a key.
    #[must_use]
    pub fn parse(row: &Value) -> Option<Self> {
        let member = |key| row.get(key).and_then(text);
        let (id, role_key) = (row.get("id").and_then(id)?, member("roleKey")?);
        let name = member("name").unwrap_or_else(|| role_key.clone());
        let base_role_key = member("baseRoleKey").unwrap_or_default();
        Some(Self { id, name, role_key, printed_key: format!("id {id}"), base_role_key })
    }
}

/// The translation, as `roster.yaml` and the account's roles lay it out.
#[derive(Clone, Debug, PartialEq)]
pub struct PfMapper {
    config: PfConfig,
    roles: Vec<Role>,
}

impl PfMapper {
    /// The translation for this account. Only roles need `roles`: without them all but `create`'s and `update`'s role
    /// can be said.
    #[must_use]
    pub fn new(config: &Config, roles: Vec<Role>) -> Self {
        Self { config: config.property_finder.clone(), roles }
    }

    /// What Property Finder is to hold of a declaration: fields that it has no place for are left out, and values that
    /// it cannot hold ([`cannot_hold`](Self::cannot_hold)). The status is `active` or `inactive`, the role a `roleKey`.
    #[must_use]
    pub fn desired(&self, declared: &Record) -> Record {
        let held = |(field, value)| Some((Field::clone(field), self.holds(declared, field, value).0?));
        declared.iter().filter_map(held).collect()
    }

    /// The declared values that Property Finder cannot hold, each with the reason. `validate` shows them as warnings.
    /// Needs no roles.
    #[must_use]
    pub fn cannot_hold(&self, declared: &Record) -> Vec<(Field, String)> {
        let why = |(field, value)| Some((Field::clone(field), self.holds(declared, field, value).1?));
        declared.iter().filter_map(why).collect()
    }

    /// What Property Finder holds of a value, and the reason for what it does not hold.
    fn holds(&self, declared: &Record, field: &Field, value: &FieldValue) -> (Option<FieldValue>, Option<String>) {
        let whole = |value: FieldValue| (Some(value), None);
        let nothing = |why: &str| (None, Some(why.to_owned()));
        let cleared = field.is_blank(value);
        match (self.slot(field), field) {
            (PfSlot::None, Field::Position(lang) | Field::Description(lang)) if !cleared => {
                let (primary, secondary) = (&self.config.languages.primary, &self.config.languages.secondary);
                nothing(&format!(
                    "Property Finder shows `{primary}` and `{secondary}` only; `{lang}` is not sent there"
                ))
            }
            (PfSlot::None, _) => (None, None),
            (_, Field::Position(_) | Field::Description(_) | Field::Licence) => whole(value.clone()),
            (_, Field::Languages) => languages(written(field, value)),
            (_, Field::LicenceExpiredAt) => match declared.get(&Field::Licence) {
                Some(licence) if !Field::Licence.is_blank(licence) => whole(value.clone()),
                _ if cleared => (None, None),
                _ => nothing("Property Finder keeps no date without a licence; declare `public.licence` too"),
            },
            (_, Field::Photo) if cleared => nothing(NOT_REMOVED),
            _ if cleared => nothing("Property Finder cannot clear this field; its current value stays"),
            (_, Field::Status) => whole(if is_active(value) { "active".into() } else { "inactive".into() }),
            (_, Field::Role) => whole(self.role_key(value)),
            (_, Field::Nationalities) => nationality(&written(field, value)),
            (_, Field::Photo) => photo_address(&self.config, value)
                .map_or_else(|| nothing(NO_ADDRESS), |url| whole(FieldValue::from(url))),
            (_, Field::PrivateFirstName | Field::PrivateLastName) => {
                let short = value.trimmed().is_none_or(|name| name.chars().count() < 2);
                let why = "Property Finder takes no new user with a name shorter than 2 characters";
                (Some(value.clone()), short.then(|| why.to_owned()))
            }
            _ => whole(written(field, value)),
        }
    }

    /// Why the account does not take the role of a desired record, if it names one.
    pub(in crate::remote) fn refused_role(&self, desired: &Record) -> Option<String> {
        self.role_id(&desired.get(&Field::Role)?.trimmed()?).err()
    }

    /// The id of a `roleKey`.
    ///
    /// # Errors
    /// A sentence with the keys that there are, if none is this one.
    pub(crate) fn role_id(&self, role_key: &str) -> Result<u64, String> {
        let has_role_key = |role: &&Role| role.role_key.to_lowercase() == role_key.trim().to_lowercase();
        self.roles.iter().find(has_role_key).map(|role| role.id).ok_or_else(|| {
            let keys: Vec<&str> = self.roles.iter().map(|role| role.printed_key.as_str()).collect();
            let keys = if keys.is_empty() { "none".to_owned() } else { keys.join(", ") };
            format!(
                "Property Finder has no role with the key `{role_key}`; there are: {keys}. Map the CRM's role to one of them under `property_finder.roles` in roster.yaml"
            )
        })
    }

    /// A row as the core sees it.
    #[must_use]
    pub(crate) fn user(&self, row: &Row) -> ObservedPfUser {
        ObservedPfUser {
            id: row.id,
            login: row.raw.get("email").and_then(text).map(|email| email.to_lowercase()),
            profile: Self::profile_id(row),
            name: at(&row.raw, &["publicProfile", "name"]).and_then(text),
            inactive: Self::is_inactive(row),
            made: row.raw.get("createdAt").and_then(text).and_then(|made| made.parse().ok()),
            verification: at(&row.raw, &["publicProfile", "verification", "status"])
                .and_then(text)
                .map(|word| word.parse().unwrap_or(ProfileVerification::Other)),
            fields: self.fields(row),
            fields_at_base: None,
        }
    }

    /// The readable part of a row, under the YAML's names, for a file that declares `desired`; blank values are
    /// left out. Without a profile its fields are absent.
    #[must_use]
    pub fn observed(&self, row: &Row, desired: &Record) -> Record {
        self.user(row).record_for(desired)
    }

    /// The readable part of a row, but for what depends on who reads it.
    #[must_use]
    pub(crate) fn fields(&self, row: &Row) -> PfFields {
        let mut record = Record::new();
        let mut note = |field: Field, value: Option<&Value>| {
            let value = FieldValue::from(value.cloned().unwrap_or_default());
            if !field.is_blank(&value) {
                record.insert(field, value);
            }
        };
        for field in Field::iter().filter(Field::is_returned_by_pf) {
            let value = match field.spec().pf {
                PfSlot::Status => row.raw.get("status"),
                PfSlot::User(key) => row.raw.get(key),
                PfSlot::Profile(key) => at(&row.raw, &["publicProfile", key]),
                PfSlot::Role | PfSlot::Name | PfSlot::Text(_) | PfSlot::Licence | PfSlot::None => continue,
            };
            note(field, value);
        }
        let (role, role_without_key) = self.role_of(row);
        note(Field::Role, role.map(Value::String).as_ref());
        let (primary, secondary) = (&self.config.languages.primary, &self.config.languages.secondary);
        for (lang, side) in [(secondary, "secondary"), (primary, "primary")] {
            note(Field::Position(lang.as_str().into()), at(&row.raw, &["publicProfile", "position", side]));
            note(Field::Description(lang.as_str().into()), at(&row.raw, &["publicProfile", "bio", side]));
        }
        PfFields { record: compact(record), compliances: self.compliances(row), role_without_key }
    }

    /// The id of the row's public profile, if it has one.
    #[must_use]
    pub fn profile_id(row: &Row) -> Option<u64> {
        at(&row.raw, &["publicProfile", "id"]).and_then(id)
    }

    /// Whether the user is inactive, so that the portal does not show the profile.
    #[must_use]
    pub(crate) fn is_inactive(row: &Row) -> bool {
        row.raw.get("status").and_then(Value::as_str).is_some_and(|status| status.eq_ignore_ascii_case("inactive"))
    }

    /// The declared role as Property Finder calls it.
    fn role_key(&self, role: &FieldValue) -> FieldValue {
        let Some(role) = role.trimmed() else { return role.clone() };
        let has_role_code = |(code, _): &(&String, &String)| code.to_lowercase() == role.to_lowercase();
        FieldValue::from(self.config.roles.iter().find(has_role_code).map_or(role.as_str(), |(_, key)| key.as_str()))
    }

    /// The role's key in the row, or its id where the key is not known: a listing has the role, the answer to a create its
    /// id alone.
    fn role_of(&self, row: &Row) -> (Option<String>, Option<u64>) {
        if let Some(key) = at(&row.raw, &["role", "roleKey"]).and_then(text) {
            return (Some(key), None);
        }
        let id = at(&row.raw, &["role", "id"]).or_else(|| row.raw.get("roleId")).and_then(id);
        match self.roles.iter().find(|role| Some(role.id) == id) {
            Some(role) => (Some(role.role_key.clone()), None),
            None => (None, id),
        }
    }

    fn compliances(&self, row: &Row) -> Vec<Compliance> {
        let entries = at(&row.raw, &["publicProfile", "compliances"]).and_then(Value::as_array);
        let member = |entry: &Value, key| entry.get(key).cloned().unwrap_or_default().into();
        let compliance = |entry: &Value| Compliance {
            kind: entry.get("type").and_then(text),
            number: member(entry, "value"),
            expires: member(entry, "expiryDate"),
            status: entry.get("status").and_then(text),
            is_licence: self.is_licence(entry),
        };
        entries.into_iter().flatten().map(compliance).collect()
    }

    fn is_licence(&self, entry: &Value) -> bool {
        let read = entry.get("type").and_then(text).map(|kind| kind.to_lowercase());
        read.is_some() && read == self.config.licence.as_deref().map(str::to_lowercase)
    }

    /// The slot of a field in this account.
    fn slot(&self, field: &Field) -> PfSlot {
        let PfConfig { languages, licence, .. } = &self.config;
        match (field.spec().pf, field) {
            (PfSlot::Text(_), Field::Position(lang) | Field::Description(lang))
                if *lang != languages.primary && *lang != languages.secondary =>
            {
                PfSlot::None
            }
            (PfSlot::Licence, _) if licence.is_none() => PfSlot::None,
            (slot, _) => slot,
        }
    }
}

/// Why a photo has no place at Property Finder, in both contracts.
pub(in crate::remote) const NO_ADDRESS: &str =
    "Property Finder downloads a photo from its https:// address, and this path has none";
pub(in crate::remote) const NOT_REMOVED: &str =
    "Property Finder has no call that removes a photo, so the photo would stay there";

/// The photo as a public URL, or none if there is none. Of a picture in the repository the address carries the
/// version, so that a new picture at the same path has another address.
pub(in crate::remote) fn photo_address(config: &PfConfig, value: &FieldValue) -> Option<String> {
    let declared = value.trimmed()?;
    let url = match Url::parse(&declared) {
        Ok(url) => url,
        Err(_) => published(config, &declared)?,
    };
    (url.scheme() == "https" && url.has_host()).then(|| url.into())
}

/// The public address of a picture in the repository.
fn published(config: &PfConfig, photo: &str) -> Option<Url> {
    let (path, version) = photo.split_once('?').map_or((photo, None), |(path, version)| (path, Some(version)));
    let mut url = Url::parse(config.photo_base_url.as_deref()?).ok()?;
    let hash =
        version.and_then(|version| version.strip_prefix("v=")).filter(|_| config.photo_version == PhotoVersion::Path);
    let steps = path.split('/').filter(|step| !matches!(*step, "" | "."));
    url.path_segments_mut().ok()?.pop_if_empty().extend(hash.into_iter().chain(steps));
    match config.photo_version {
        PhotoVersion::Query => url.set_query(version),
        PhotoVersion::Path => {}
        PhotoVersion::None => url.set_fragment(version),
    }
    Some(url)
}

/// The address that is sent. A fragment is for the comparison alone: no server gets to see it.
pub(in crate::remote) fn without_fragment(address: &FieldValue) -> Value {
    let whole = address.as_text().and_then(|address| address.split_once('#'));
    whole.map_or_else(|| address.to_json(), |(whole, _)| Value::from(whole))
}

/// Whether a status, in whatever spelling, is that of an active person.
pub(in crate::remote) fn is_active(status: &FieldValue) -> bool {
    Field::Status.same(status, &FieldValue::from("active"))
}

/// Those languages that have an id.
fn languages(declared: FieldValue) -> (Option<FieldValue>, Option<String>) {
    let FieldValue::List(codes) = declared else { return (Some(declared), None) };
    let (held, missing): (Vec<ArcStr>, Vec<ArcStr>) = codes.into_iter().partition(|code| language_id(code).is_some());
    let why = (!missing.is_empty())
        .then(|| format!("Property Finder's list of languages lacks {}; not sent there", missing.join(", ")));
    // A list of which nothing can be held is left out; an empty one would clear the present value.
    let value = (!held.is_empty() || missing.is_empty()).then(|| FieldValue::from_texts(held));
    (value, why)
}

/// The first nationality, which is the one it shows, if it is on its list.
fn nationality(declared: &FieldValue) -> (Option<FieldValue>, Option<String>) {
    let first = declared.as_list().first().map_or("", ArcStr::as_str);
    if has_nationality(first) {
        return (Some(FieldValue::from_texts([first])), None);
    }
    (None, Some(format!("Property Finder's list of nationalities lacks {first}; what it shows stays")))
}

#[cfg(test)]
mod tests;
