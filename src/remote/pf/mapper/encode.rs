//! The request bodies for Property Finder: create (docs/vendor-apis.md, "Property Finder: create a user") and both
//! PATCH calls.

use serde_json::{Map, Value, json};

use super::{PfMapper, is_active, without_fragment};
use crate::model::agent::{Field, FieldValue, PfSlot};
use crate::model::record::{Record, Row};
use crate::remote::json::{at, set};
use crate::remote::pf::tables::language_id;

/// The bodies of one person's update; either may be absent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PfUpdate {
    /// The body of `PATCH /v1/users/{id}`.
    pub user: Option<Value>,
    /// The id of the public profile and the body of `PATCH /v1/public-profiles/{id}`.
    pub profile: Option<(u64, Value)>,
}

/// One request that updates.
#[derive(Clone, Debug, PartialEq)]
pub enum PfPatch {
    /// The body of `PATCH /v1/users/{id}`.
    User(Value),
    /// The id of the public profile and the body of `PATCH /v1/public-profiles/{id}`.
    Profile(u64, Value),
}

impl PfPatch {
    /// Whether it writes to the public profile.
    pub(crate) const fn is_of_profile(&self) -> bool {
        matches!(self, Self::Profile(..))
    }

    /// The path of the request for this user, and what it does.
    pub(in crate::remote) fn route(&self, user: u64) -> (String, String) {
        match self {
            Self::User(_) => (format!("/v1/users/{user}"), format!("updating user {user}")),
            Self::Profile(profile, _) => {
                (format!("/v1/public-profiles/{profile}"), format!("updating public profile {profile} of user {user}"))
            }
        }
    }

    pub(in crate::remote) const fn body(&self) -> &Value {
        match self {
            Self::User(body) | Self::Profile(_, body) => body,
        }
    }
}

impl PfUpdate {
    /// The requests, in the order in which they are sent: a person who leaves is deactivated before anything else.
    #[must_use]
    pub fn patches(self) -> Vec<PfPatch> {
        let user = self.user.map(PfPatch::User);
        let profile = self.profile.map(|(id, body)| PfPatch::Profile(id, body));
        user.into_iter().chain(profile).collect()
    }
}

/// The required fields of a new user (docs/vendor-apis.md, "Property Finder: create a user"), without the role.
const REQUIRED: [Field; 8] = [
    Field::Login,
    Field::PrivateFirstName,
    Field::PrivateLastName,
    Field::Mobile,
    Field::FirstName,
    Field::LastName,
    Field::Email,
    Field::Phone,
];

impl PfMapper {
    /// The body of `POST /v1/users`. It has no status: a new user is active
    /// (docs/vendor-apis.md, "Property Finder: create a user").
    ///
    /// # Errors
    /// A sentence naming what is missing, too short, or the role that the account does not have.
    pub fn create(&self, desired: &Record) -> Result<Value, String> {
        if let Some(why) = self.refused_create(desired) {
            return Err(why);
        }
        let empty_row = Row::new(0, Value::Null);
        let said = desired.iter().filter(|(field, value)| !field.is_blank(value));
        let said: Record = said.map(|(field, value)| (field.clone(), value.clone())).collect();
        let mut bodies = UpdateBodies::new(self, &empty_row, &said, &said);
        bodies.user.remove("isActive");
        // A number here, text in the PATCH.
        let role = desired.get(&Field::Role).and_then(FieldValue::trimmed).unwrap_or_default();
        bodies.user.insert("roleId".to_owned(), json!(self.role_id(&role)?));
        bodies.user.insert("publicProfile".to_owned(), Value::Object(bodies.profile));
        Ok(Value::Object(bodies.user))
    }

    /// Why Property Finder does not create this user, if so.
    pub(in crate::remote) fn refused_create(&self, desired: &Record) -> Option<String> {
        let missing: Vec<String> = REQUIRED
            .iter()
            .filter(|field| desired.get(field).and_then(FieldValue::trimmed).is_none())
            .map(|field| format!("`{field}`"))
            .collect();
        if !missing.is_empty() {
            return Some(format!("Property Finder makes no user without {}", missing.join(", ")));
        }
        let is_short = |field: &Field| {
            desired.get(field).and_then(FieldValue::trimmed).is_none_or(|name| name.chars().count() < 2)
        };
        if let Some(field) = [Field::PrivateFirstName, Field::PrivateLastName].iter().find(|field| is_short(field)) {
            return Some(format!("Property Finder takes no new user whose `{field}` is shorter than 2 characters"));
        }
        match desired.get(&Field::Role).and_then(FieldValue::trimmed) {
            Some(role) => self.role_id(&role).err(),
            None => Some("Property Finder makes no user without `role`".to_owned()),
        }
    }

    /// The bodies of both PATCH calls. They hold the changes only. `name`, `bio`, `position` and `compliances` are sent
    /// whole, since a part of them may clear the rest
    /// (docs/vendor-apis.md, "Property Finder: update a public profile"). Changes of the profile are left out for a
    /// user without a profile, and a role that the account does not have ([`role_id`](Self::role_id) reports it
    /// before).
    #[must_use]
    pub fn update(&self, row: &Row, desired: &Record, changes: &Record) -> PfUpdate {
        let bodies = UpdateBodies::new(self, row, desired, changes);
        let filled = |body: Map<String, Value>| (!body.is_empty()).then_some(Value::Object(body));
        PfUpdate { user: filled(bodies.user), profile: Self::profile_id(row).zip(filled(bodies.profile)) }
    }
}

/// The two bodies while changes are laid into them, and all that a value sent whole is made from.
struct UpdateBodies<'b> {
    mapper: &'b PfMapper,
    row: &'b Row,
    desired: &'b Record,
    changes: &'b Record,
    user: Map<String, Value>,
    profile: Map<String, Value>,
}

impl<'b> UpdateBodies<'b> {
    fn new(mapper: &'b PfMapper, row: &'b Row, desired: &'b Record, changes: &'b Record) -> Self {
        let mut bodies = Self { mapper, row, desired, changes, user: Map::new(), profile: Map::new() };
        for (field, value) in changes {
            bodies.lay(field, value);
        }
        bodies
    }

    fn lay(&mut self, field: &Field, value: &FieldValue) {
        let (body, key, value) = match self.mapper.slot(field) {
            PfSlot::Status => (&mut self.user, "isActive", self.mapper.sent(field, value)),
            PfSlot::Role => (&mut self.user, "roleId", self.mapper.sent(field, value)),
            PfSlot::User(key) => (&mut self.user, key, self.mapper.sent(field, value)),
            PfSlot::Profile(key) => (&mut self.profile, key, self.mapper.sent(field, value)),
            PfSlot::Name => {
                let name = self.name();
                (&mut self.profile, "name", name)
            }
            PfSlot::Text(key) => {
                let sides = self.sides(key);
                (&mut self.profile, key, Some(sides))
            }
            PfSlot::Licence => {
                let compliances = self.compliances();
                (&mut self.profile, "compliances", Some(compliances))
            }
            PfSlot::None => return,
        };
        if let Some(value) = value {
            body.insert(key.to_owned(), value);
        }
    }

    /// A value as it is to be: changed, or else declared.
    fn wanted(&self, field: &Field) -> Option<&'b FieldValue> {
        self.changes.get(field).or_else(|| self.desired.get(field))
    }

    /// Both names in one text; a name that is not declared is the one that is there.
    fn name(&self) -> Option<Value> {
        let read = self.mapper.observed(self.row, self.desired);
        let part = |field| self.wanted(field).or_else(|| read.get(field)).and_then(FieldValue::trimmed);
        let parts: Vec<String> = [Field::FirstName, Field::LastName].iter().filter_map(part).collect();
        (!parts.is_empty()).then(|| Value::String(parts.join(" ")))
    }

    /// Both members of `bio` or `position`, since one member alone may clear the other
    /// (docs/vendor-apis.md, "Property Finder: update a public profile"). An unchanged member is sent as it was read. A
    /// member cannot be null.
    fn sides(&self, key: &'static str) -> Value {
        let languages = &self.mapper.config.languages;
        let mut sides = Map::new();
        for (side, lang) in [("primary", &languages.primary), ("secondary", &languages.secondary)] {
            let field = if key == "bio" {
                Field::Description(lang.as_str().into())
            } else {
                Field::Position(lang.as_str().into())
            };
            let read = || at(&self.row.raw, &["publicProfile", key, side]).filter(|read| read.is_string()).cloned();
            let changed = |value: &FieldValue| if value.is_nothing() { Value::from("") } else { value.to_json() };
            if let Some(text) = self.changes.get(&field).map(changed).or_else(read) {
                sides.insert(side.to_owned(), text);
            }
        }
        Value::Object(sides)
    }

    /// All compliances: those that are there, in the form in which they are taken, and our licence among them.
    fn compliances(&self) -> Value {
        let fields = self.mapper.fields(self.row);
        let number = self.wanted(&Field::Licence);
        let present = fields.licence(number);
        let read = present.and_then(|at| fields.compliances.get(at));
        let number = number.or(read.map(|entry| &entry.number)).and_then(FieldValue::trimmed);
        let date = self.wanted(&Field::LicenceExpiredAt).or(read.map(|entry| &entry.expires));
        let kind = self.mapper.config.licence.as_deref().unwrap_or_default();
        let cleared = number.is_none();
        let mut ours = number.map(|number| compliance(kind, &number, date));

        let mut sent: Vec<Value> = Vec::new();
        for (at, entry) in fields.compliances.iter().enumerate() {
            if present == Some(at) {
                sent.extend(ours.take());
                continue;
            }
            // A cleared licence leaves no other of its type to be read in its place.
            if cleared && entry.is_licence {
                continue;
            }
            if let Some((kind, value)) = entry.kind.as_deref().zip(entry.number.trimmed()) {
                sent.push(compliance(kind, &value, Some(&entry.expires)));
            }
        }
        sent.extend(ours);
        Value::Array(sent)
    }
}

impl PfMapper {
    /// The value of a member of its own; none where it has no form to be sent in.
    fn sent(&self, field: &Field, value: &FieldValue) -> Option<Value> {
        match field {
            Field::Status => Some(Value::Bool(is_active(value))),
            Field::Role => self.role_id(&value.trimmed()?).ok().map(|id| Value::String(id.to_string())),
            Field::Languages => Some(language_ids(value)),
            Field::Nationalities => value.as_list().first().map(|code| Value::String(code.to_uppercase())),
            Field::ExperienceSince => Some(field.canonical(value).to_json()).filter(Value::is_number),
            Field::Photo => Some(without_fragment(value)).filter(|value| !value.is_null()),
            _ => Some(value.to_json()).filter(|value| !value.is_null()),
        }
    }
}

/// The ids of those languages that have one, each once.
fn language_ids(codes: &FieldValue) -> Value {
    let mut ids: Vec<u64> = Vec::new();
    for id in codes.as_list().iter().filter_map(|code| language_id(code)) {
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    json!(ids)
}

/// One compliance as it is taken: a plain date, and none at all where there is none that can be read.
fn compliance(kind: &str, value: &str, expiry: Option<&FieldValue>) -> Value {
    let mut entry = json!({ "type": kind, "value": value });
    if let Some(day) = expiry.and_then(|date| Field::LicenceExpiredAt.day(date)) {
        set(&mut entry, &["expiryDate"], Value::from(day));
    }
    entry
}
