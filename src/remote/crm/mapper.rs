//! Translates between the CRM's JSON (docs/vendor-apis.md, "CRM: user object") and a [`Record`].
//!
//! Pure. Reading and writing follow the slots of the table of fields (`model/agent/field_spec.rs`).

mod languages;
mod read;

use std::borrow::Cow;

use litemap::LiteMap;
use serde_json::{Map, Value, json};
use strum::{IntoEnumIterator as _, VariantArray as _};

use crate::model::agent::{Channel, CrmSlot, Field, FieldValue, Slug, ValueType, compact};
use crate::model::config::{Config, LinkFields, LinkStorage};
use crate::model::record::{Record, Row};
use crate::reconcile::memory::Memory;
use crate::reconcile::observed::{LinkValues, ObservedCrmUser, ShownPicture};
use crate::remote::json::{at, id, items, members, set, text, written};
use languages::{language_of, languages, lay_description};
use read::{code_of, row_to_send_back, stored_text};

/// The translation, as `roster.yaml` lays the account out.
#[derive(Clone, Debug, PartialEq)]
pub struct CrmMapper {
    /// The language of `position`, which is one text there.
    primary: String,
    link_fields: Option<LinkFields>,
    links: LinkStorage,
}

impl CrmMapper {
    /// The translation for this account.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        Self {
            primary: config.property_finder.languages.primary.clone(),
            link_fields: config.crm.link_fields.clone(),
            links: config.links,
        }
    }

    /// Whether links are kept anywhere.
    #[must_use]
    pub(crate) fn knows_links(&self) -> bool {
        self.links == LinkStorage::File || self.link_fields.is_some()
    }

    /// The CRM's custom fields that hold the links, if they are kept there.
    fn fields_in_use(&self) -> Option<&LinkFields> {
        self.link_fields.as_ref().filter(|_| self.links == LinkStorage::Crm)
    }

    /// The id of the CRM's custom field that holds the slug, by which it can be asked for a row.
    #[must_use]
    pub(crate) fn slug_field(&self) -> Option<&str> {
        self.fields_in_use().map(|names| names.agent.as_str())
    }

    /// What the CRM is to hold of a declaration: fields that it has no place for are left out, and values that it
    /// cannot hold ([`cannot_hold`](Self::cannot_hold)).
    #[must_use]
    pub fn desired(&self, declared: &Record) -> Record {
        let held = |(field, value)| Some((Field::clone(field), self.holds(field, value).0?));
        declared.iter().filter_map(held).collect()
    }

    /// The declared values that the CRM cannot hold, each with the reason. `validate` shows them as warnings.
    #[must_use]
    pub fn cannot_hold(&self, declared: &Record) -> Vec<(Field, String)> {
        let why = |(field, value)| Some((Field::clone(field), self.holds(field, value).1?));
        declared.iter().filter_map(why).collect()
    }

    /// What the CRM holds of a value, and the reason for what it does not hold.
    fn holds(&self, field: &Field, value: &FieldValue) -> (Option<FieldValue>, Option<String>) {
        match (self.slot(field), field) {
            (CrmSlot::None, _) => (None, None),
            (CrmSlot::Upload, _) => (Some(written(field, value)), None),
            // A create takes a missing private name from the public one; afterwards it cannot be cleared.
            (_, Field::Role | Field::Theme | Field::PrivateFirstName | Field::PrivateLastName)
                if field.is_blank(value) =>
            {
                (None, Some(format!("the CRM cannot clear `{field}`; its current value stays")))
            }
            (_, Field::Languages) => languages(written(field, value)),
            // A flag is on or off: cleared is off, or a server that returns "off" for "none" would differ for ever.
            _ if field.kind() == ValueType::Flag && value.is_nothing() => (Some(FieldValue::Flag(false)), None),
            _ => (Some(written(field, value)), None),
        }
    }

    /// A row as the core sees it.
    #[must_use]
    pub(crate) fn user(&self, row: &Row) -> ObservedCrmUser {
        ObservedCrmUser {
            id: row.id,
            login: Self::login(row),
            links: self.links(row),
            unreadable_links: self.unreadable_ids(row),
            unreadable_slug: self.unreadable_slug(row),
            made: row.raw.get("created_at").and_then(text).and_then(|made| made.parse().ok()),
            role_is_readable: Self::role_is_readable(row),
            record: self.observed(row),
            record_at_base: None,
            pictures: pictures(row),
        }
    }

    /// Everything readable of a row, under the YAML's names. Blank values are left out.
    #[must_use]
    pub fn observed(&self, row: &Row) -> Record {
        let mut record = Record::new();
        let mut note = |field: Field, value: FieldValue| {
            if !field.is_blank(&value) {
                record.entry(field).or_insert(value);
            }
        };
        let members = Field::iter().filter(|field| field.spec().crm == CrmSlot::Member);
        for field in members.chain([Field::Position(self.primary.as_str().into())]) {
            let Some(value) = at(&row.raw, &field.spec().members()) else { continue };
            match field.kind() {
                ValueType::LowerCodes | ValueType::UpperCodes => note(field, codes(value)),
                _ if field == Field::Role => note(field, code_of(value).unwrap_or(value).clone().into()),
                _ => note(field, value.clone().into()),
            }
        }
        for entry in at(&row.raw, &["public", "descriptions"]).cloned().map(items).unwrap_or_default() {
            if let (Some(lang), Some(content)) = (language_of(&entry), entry.get("content")) {
                note(Field::Description(lang.into()), content.clone().into());
            }
        }
        if let Some(Value::Object(subscriptions)) = row.raw.get("subscriptions") {
            for (name, subscription) in subscriptions {
                for &channel in Channel::VARIANTS {
                    if let Some(value) = subscription.get(channel.key()) {
                        note(Field::Subscription(name.into(), channel), value.clone().into());
                    }
                }
            }
        }
        for (id, value) in custom_fields(row).iter().filter(|(id, _)| !self.is_link(id)) {
            note(Field::Custom(id.as_str().into()), value.clone().into());
        }
        compact(record)
    }

    /// Whether the row's role can be compared: a code, an object with a code in it, or nothing.
    fn role_is_readable(row: &Row) -> bool {
        row.raw.get("role").is_none_or(|role| code_of(role).is_some() || !role.is_object() && !role.is_array())
    }

    /// The links of the row, read leniently: ids as numbers or text. A blank or unreadable value is none. A text that is
    /// not a slug is none too, since roster.yaml may name a custom field that the office uses for something else.
    #[must_use]
    pub fn links(&self, row: &Row) -> LinkValues {
        if self.links == LinkStorage::File {
            return row.locked.as_deref().map(|(slug, link)| link.values(slug)).unwrap_or_default();
        }
        let Some(names) = &self.link_fields else { return LinkValues::default() };
        let fields = custom_fields(row);
        LinkValues {
            agent: slug(&fields, names),
            pf_user: fields.get(&names.pf_user).and_then(id),
            pf_profile: fields.get(&names.pf_profile).and_then(id),
            memory: fields.get(&names.memory).and_then(stored_text),
        }
    }

    /// The link field of the slug, such as `11 (agent)`, if it holds a text that is not a slug.
    #[must_use]
    pub(crate) fn unreadable_slug(&self, row: &Row) -> Option<String> {
        let names = self.fields_in_use()?;
        let fields = custom_fields(row);
        let holds_any = fields.get(&names.agent).is_some_and(|value| !is_blank(&names.agent, value));
        (holds_any && slug(&fields, names).is_none()).then(|| format!("{} (agent)", names.agent))
    }

    /// Whether the row has custom fields at all, also as PHP's empty list.
    #[must_use]
    pub(crate) fn has_custom_fields(row: &Row) -> bool {
        matches!(row.raw.get("fields"), Some(Value::Object(_) | Value::Array(_)))
    }

    /// The ids of the row's custom fields, also of those without a value.
    pub(crate) fn custom_field_ids(row: &Row) -> impl Iterator<Item = String> {
        custom_fields(row).into_owned().into_iter().map(|(id, _)| id)
    }

    /// The login e-mail, in lower case.
    #[must_use]
    pub(crate) fn login(row: &Row) -> Option<String> {
        at(&row.raw, &["private", "email"]).and_then(text).map(|email| email.to_lowercase())
    }

    /// The link fields of the row that hold something other than an id, such as `12 (pf_user)`. Blank fields, and the 0
    /// that an empty number field reads as, hold nothing.
    fn unreadable_ids(&self, row: &Row) -> Vec<String> {
        let Some(names) = self.fields_in_use() else { return Vec::new() };
        let fields = custom_fields(row);
        let unreadable = |(number, _): &(&String, &str)| {
            fields.get(*number).is_some_and(|value| id(value).is_none() && !is_blank(number, value))
        };
        let ids = [(&names.pf_user, "pf_user"), (&names.pf_profile, "pf_profile")].into_iter().filter(unreadable);
        ids.map(|(number, key)| format!("{number} ({key})")).collect()
    }

    /// The body of `POST /users`: everything desired but what follows in a PUT
    /// ([`after_create`](Self::after_create)), and the links. There is nothing to clear in a new user.
    #[must_use]
    pub fn create(&self, desired: &Record, links: &LinkValues) -> Value {
        let mut user = Value::Object(Map::new());
        for (field, value) in desired {
            if !is_late(field) && !field.is_blank(value) {
                self.lay(&mut user, field, value);
            }
        }
        self.lay_links(&mut user, links);
        json!({ "user": user })
    }

    /// The changes that follow a create in a PUT: the licence's date, which a create cannot carry
    /// (docs/vendor-apis.md, "CRM: create a user"), and pictures, whose upload must not be in vain.
    #[must_use]
    pub fn after_create(&self, desired: &Record) -> Record {
        let late = |(field, value): &(&Field, &FieldValue)| is_late(field) && !value.is_nothing();
        desired.iter().filter(late).map(|(field, value)| (field.clone(), value.clone())).collect()
    }

    /// The body of `PUT /users/{id}`, which may overwrite the whole row: the row as it was read, without read-only members,
    /// and with the changes and the given links laid over it. The value of a picture is the reference to its upload. It is
    /// correct whether the server keeps or clears missing members (docs/vendor-apis.md, "CRM: update a user").
    #[must_use]
    pub fn update(&self, row: &Row, changes: &Record, links: &LinkValues) -> Value {
        let mut user = row_to_send_back(row);
        for (field, value) in changes {
            self.lay(&mut user, field, value);
        }
        // In the form in which it was written: a server that escapes a text would escape its own escapes again. What is
        // not a memory goes back as it was read.
        let memory = self.links(row).memory.filter(|text| Memory::parse(text).is_ok());
        self.lay_links(&mut user, &LinkValues { memory, ..LinkValues::default() });
        self.lay_links(&mut user, links);
        json!({ "user": user })
    }

    /// The body of the PUT that writes the link fields alone: the row as it was read, with exactly these link fields. An
    /// absent one is emptied.
    #[must_use]
    pub fn relink(&self, row: &Row, links: &LinkValues) -> Value {
        let mut user = row_to_send_back(row);
        for (name, value) in self.link_texts(links) {
            set(&mut user, &["fields", name], Value::from(value.unwrap_or_default()));
        }
        json!({ "user": user })
    }

    fn lay(&self, user: &mut Value, field: &Field, value: &FieldValue) {
        match (self.slot(field), field) {
            (CrmSlot::Member | CrmSlot::PrimaryLanguage, _) => set(user, &field.spec().members(), full(field, value)),
            (CrmSlot::Upload, _) => set(user, &field.spec().members(), value.to_json()),
            (_, Field::Description(lang)) => lay_description(user, lang, value),
            (_, Field::Subscription(name, channel)) => {
                set(user, &["subscriptions", name, channel.key()], full(field, value));
            }
            (CrmSlot::Custom, Field::Custom(id)) => {
                let value = if value.is_nothing() { emptied(at(user, &["fields", id])) } else { value.to_json() };
                set(user, &["fields", id], value);
            }
            (CrmSlot::Description | CrmSlot::Subscription | CrmSlot::Custom | CrmSlot::None, _) => {}
        }
    }

    fn lay_links(&self, user: &mut Value, links: &LinkValues) {
        for (name, value) in self.link_texts(links) {
            if let Some(value) = value {
                set(user, &["fields", name], Value::String(value));
            }
        }
    }

    /// The number of each link field, and its text.
    fn link_texts(&self, links: &LinkValues) -> impl Iterator<Item = (&str, Option<String>)> {
        let id = |id: Option<u64>| id.map(|id| id.to_string());
        let LinkValues { agent, pf_user, pf_profile, memory } = links.clone();
        let texts = [agent, id(pf_user), id(pf_profile), memory];
        self.fields_in_use().into_iter().flat_map(LinkFields::ids).map(|(_, number)| number).zip(texts)
    }

    /// Whether a custom field holds links, also where they are kept in `roster.lock` by now.
    fn is_link(&self, id: &str) -> bool {
        self.link_fields.as_ref().is_some_and(|names| names.ids().iter().any(|(_, number)| *number == id))
    }

    /// The slot of a field in this account. A link field is never a custom field of the files.
    fn slot(&self, field: &Field) -> CrmSlot {
        match field {
            Field::Position(lang) if *lang != self.primary => CrmSlot::None,
            Field::Custom(id) if self.is_link(id) => CrmSlot::None,
            _ => field.spec().crm,
        }
    }
}

/// Whether a create leaves a field to the PUT that follows it.
fn is_late(field: &Field) -> bool {
    *field == Field::LicenceExpiredAt || field.is_uploaded()
}

/// What the row shows of each picture: the id of a file, the file itself, or nothing.
fn pictures(row: &Row) -> LiteMap<Field, ShownPicture> {
    let shown = |member: &Value| match member {
        Value::Null | Value::Bool(false) => ShownPicture::None,
        Value::String(text) if text.trim().is_empty() => ShownPicture::None,
        Value::Array(items) if items.is_empty() => ShownPicture::None,
        Value::Number(number) if number.as_u64() == Some(0) => ShownPicture::None,
        member => id(member.get("id").unwrap_or(member)).map_or(ShownPicture::Other, ShownPicture::File),
    };
    let fields = Field::iter().filter(Field::is_uploaded);
    fields.filter_map(|field| Some((field.clone(), shown(at(&row.raw, &field.spec().members())?)))).collect()
}

/// Whether a link field holds nothing.
fn is_blank(number: &str, value: &Value) -> bool {
    let (field, value) = (Field::Custom(number.into()), FieldValue::from(value.clone()));
    field.same(&value, &FieldValue::Nothing) || field.same(&value, &FieldValue::Flag(false))
}

fn slug(fields: &Map<String, Value>, names: &LinkFields) -> Option<String> {
    let text = fields.get(&names.agent).and_then(text)?.to_lowercase();
    Slug::parse(&text).is_ok().then_some(text)
}

fn custom_fields(row: &Row) -> Cow<'_, Map<String, Value>> {
    match row.raw.get("fields") {
        Some(Value::Object(fields)) => Cow::Borrowed(fields),
        Some(other) => Cow::Owned(members(other.clone())),
        None => Cow::default(),
    }
}

/// A list of codes, also where PHP made it an object. A member that is not a text is left out.
fn codes(value: &Value) -> FieldValue {
    if !value.is_object() && !value.is_array() {
        return value.clone().into();
    }
    FieldValue::from_texts(items(value.clone()).iter().filter_map(Value::as_str))
}

/// A member's value; what is cleared is sent as the empty form of its kind.
fn full(field: &Field, value: &FieldValue) -> Value {
    match field.kind() {
        _ if !value.is_nothing() => value.to_json(),
        ValueType::LowerCodes | ValueType::UpperCodes => json!([]),
        ValueType::Flag => Value::Bool(false),
        ValueType::Date | ValueType::Number | ValueType::Any => Value::Null,
        ValueType::Text | ValueType::Code | ValueType::Email | ValueType::Phone | ValueType::Url => Value::from(""),
    }
}

/// The empty form of a custom field; only its present value shows the type.
fn emptied(present: Option<&Value>) -> Value {
    match present {
        Some(Value::String(_)) => Value::from(""),
        Some(Value::Array(_)) => json!([]),
        _ => Value::Null,
    }
}

#[cfg(test)]
mod tests;
