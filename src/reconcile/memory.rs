//! The memory: what was last sent of the fields that Property Finder does not return
//! (docs/vendor-apis.md, "Property Finder: fields that are never returned"), and of the pictures that were uploaded to the CRM.
//! In the documented contract these are all fields of Property Finder.
//!
//! The memory lives in one of the CRM's custom fields, as JSON of at most 255 bytes: `{"v":1,"since":2014,…}`. It holds
//! only what was answered with a success, so that a difference in those fields can be seen and shown. Short values are kept
//! as they are; a URL, a long text, or a value with which the whole would be too long, as 16 hexadecimal digits of its
//! SHA-256, and as 10 or 6 of them where that is still too long. The address of a picture in the repository holds a hash of
//! its bytes, so its hash is also one of the picture. A picture has a key for each system, since one of them may have refused it.
//!
//! Where no user can be looked up, the memory is written before Property Finder is: a mark precedes a create
//! ([`Memory::creating`]), and every field of an update is unknown until it was answered ([`Memory::forget`]).

use std::collections::BTreeMap;
use std::iter;

use serde_json::{Map, Value, json};
use strum::IntoEnumIterator as _;

use crate::model::agent::{Field, FieldValue, ValueType};
use crate::model::record::System;
use crate::reconcile::fingerprint::fingerprint;

/// The longest text that the CRM's custom field is trusted to keep, in bytes.
pub(crate) const LONGEST: usize = 255;

/// What was last answered with a success, by field. Its text is never longer than [`LONGEST`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    entries: BTreeMap<&'static str, FieldValue>,
    is_creating: bool,
    is_without_user: bool,
}

/// The key of the mark that precedes a create.
const CREATING: &str = "creating";

/// The key of a person's declaration that there is no user at Property Finder.
const WITHOUT_USER: &str = "none";

/// An entry of a field that was sent, and whose answer is not known. It is equal to no value.
const UNKNOWN: &str = "?";

/// The hexadecimal digits of a hash, and how many of them are kept where there is no room for all.
const DIGITS: usize = 16;
const FEWER_DIGITS: [usize; 2] = [10, 6];
const FEWEST_DIGITS: usize = 6;

/// The longest text, in bytes, that is stored as it is. A longer one is stored as its hash.
const LONGEST_TEXT: usize = DIGITS;

/// An entry of the memory.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Remembered<'m> {
    /// The value that was last sent.
    Value(&'m FieldValue),
    /// Only the hash of the value that was last sent.
    Hash,
    /// A value was sent, and may have been stored or not.
    Unknown,
}

impl<'m> Remembered<'m> {
    /// Reads an entry in the form that [`Memory::recall`] returns and a plan holds.
    pub(crate) fn parse(entry: &'m FieldValue) -> Self {
        match entry.as_text() {
            Some(UNKNOWN) => Self::Unknown,
            Some(text) if is_hash(text) => Self::Hash,
            _ => Self::Value(entry),
        }
    }
}

/// A memory that is there but cannot be understood; it counts as none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InvalidMemory;

impl Memory {
    /// Reads the text of the custom field.
    ///
    /// # Errors
    /// [`InvalidMemory`] when it is not a memory of version 1.
    pub(crate) fn parse(text: &str) -> Result<Self, InvalidMemory> {
        let object: BTreeMap<String, FieldValue> = serde_json::from_str(text).map_err(|_| InvalidMemory)?;
        if object.get("v") != Some(&FieldValue::from(1)) {
            return Err(InvalidMemory);
        }
        let specs = Field::iter().map(|field| field.spec());
        let keys = specs.flat_map(|spec| [spec.memory_key, spec.upload_key]).flatten();
        let entries = keys.filter_map(|key| Some((key, object.get(key)?.clone()))).collect();
        let mut memory = Self {
            entries,
            is_creating: object.contains_key(CREATING),
            is_without_user: object.contains_key(WITHOUT_USER),
        };
        memory.fit();
        Ok(memory)
    }

    /// The text to keep in the custom field.
    #[must_use]
    pub(crate) fn to_text(&self) -> String {
        let mut object = Map::from_iter([("v".to_owned(), json!(1))]);
        if self.is_creating {
            object.insert(CREATING.to_owned(), json!(1));
        }
        if self.is_without_user {
            object.insert(WITHOUT_USER.to_owned(), json!(1));
        }
        object.extend(self.entries.iter().map(|(key, value)| ((*key).to_owned(), value.to_json())));
        text_of_object(object)
    }

    /// The mark that is stored before a user is created who cannot be looked up. The ids replace it. Where it stays, a create
    /// may have been carried out whose answer was lost. The entries of the CRM stay.
    #[must_use]
    pub(crate) fn creating(before: &Self) -> Self {
        Self { is_creating: true, is_without_user: false, ..before.of_crm() }
    }

    /// The part of the pictures that were uploaded to the CRM.
    #[must_use]
    pub(crate) fn of_crm(&self) -> Self {
        let keys = Field::iter().filter_map(|field| key(System::Crm, &field));
        let entries = keys.filter_map(|key| Some((key, self.entries.get(key)?.clone()))).collect();
        Self { entries, is_creating: false, is_without_user: self.is_without_user }
    }

    /// The same, with the entries of another memory in place of its own.
    #[must_use]
    pub(crate) fn with(mut self, other: Self) -> Self {
        self.entries.extend(other.entries);
        self.fit();
        self
    }

    /// Whether a create was about to be sent, and its ids are not stored.
    #[must_use]
    pub(crate) const fn is_creating(&self) -> bool {
        self.is_creating
    }

    /// The memory of a row whose person has no user, as somebody has declared it. Nothing else proves that where no user can
    /// be looked up. The entries of the CRM stay.
    #[must_use]
    pub(crate) fn without_user(before: &Self) -> Self {
        Self { is_without_user: true, ..before.of_crm() }
    }

    /// Whether somebody has declared that there is no user, and none was created since.
    #[must_use]
    pub(crate) const fn is_without_user(&self) -> bool {
        self.is_without_user
    }

    /// The same once a user was created or linked.
    #[must_use]
    pub(crate) fn with_user(self) -> Self {
        Self { is_without_user: false, ..self }
    }

    /// Whether anything was sent to Property Finder.
    #[must_use]
    pub(crate) fn holds_values_of_pf(&self) -> bool {
        Field::iter().any(|field| self.recall(System::Pf, &field).is_some())
    }

    /// The same with the status of a new user, where none was sent
    /// (docs/vendor-apis.md, "Documented contract: create a user"). A user whose status is not known is not
    /// activated.
    #[must_use]
    pub(crate) fn or_active(mut self) -> Self {
        if self.recall(System::Pf, &Field::Status).is_none() {
            self.remember(System::Pf, &Field::Status, &FieldValue::from("active"));
        }
        self
    }

    /// What is remembered of a field in a system: its value, or `#` and digits where only a hash was kept.
    #[must_use]
    pub(crate) fn recall(&self, system: System, field: &Field) -> Option<&FieldValue> {
        key(system, field).and_then(|key| self.entries.get(key))
    }

    /// Whether the value that was last sent of this field is this one.
    #[must_use]
    pub(crate) fn holds(&self, system: System, field: &Field, value: &FieldValue) -> bool {
        let entry = entry(field, value);
        self.recall(system, field).is_some_and(|recalled| *recalled == entry || is_hash_of(recalled, &entry))
    }

    /// Takes note that this value was accepted. The caller leaves out what can be read back.
    pub(crate) fn remember(&mut self, system: System, field: &Field, value: &FieldValue) {
        if let Some(key) = key(system, field) {
            self.entries.insert(key, entry(field, value));
            self.fit();
        }
    }

    /// Makes a field of a system unknown: it is about to be sent. It differs from every value until [`Memory::remember`].
    pub(crate) fn forget(&mut self, system: System, field: &Field) {
        if let Some(key) = key(system, field) {
            self.entries.insert(key, FieldValue::from(UNKNOWN));
            self.fit();
        }
    }

    /// Whether a value of this field was sent whose answer is not known.
    #[must_use]
    pub(crate) fn is_unknown(&self, system: System, field: &Field) -> bool {
        self.recall(system, field).is_some_and(|entry| Remembered::parse(entry) == Remembered::Unknown)
    }

    fn is_too_long(&self) -> bool {
        // Most memories are short, which their entries show without the text.
        let most: usize = self.entries.iter().map(|(key, entry)| key.len() + most_bytes(entry) + "\"\":,".len()).sum();
        most + ALL_BUT_ENTRIES > LONGEST && self.to_text().len() > LONGEST
    }

    /// Replaces the longest entries by their hashes until the text is short enough, first by long hashes, then by shorter
    /// ones. With the shortest alone it always is.
    fn fit(&mut self) {
        for digits in iter::once(DIGITS).chain(FEWER_DIGITS) {
            while self.is_too_long() {
                let longest = self.entries.values_mut().max_by_key(|entry| entry.to_string().len());
                let shorter = |entry: &FieldValue| shortened(entry, digits).to_string().len() < entry.to_string().len();
                let Some(longest) = longest.filter(|entry| shorter(entry)) else { break };
                *longest = shortened(longest, digits);
            }
        }
        // All hashes have one length, so that the text does not depend on the order in which values were sent.
        let shortest = self.entries.values().filter_map(hash_digits).min().unwrap_or(DIGITS);
        for entry in self.entries.values_mut().filter(|entry| hash_digits(entry).is_some()) {
            *entry = shortened(entry, shortest);
        }
    }
}

/// The members of a memory, as `roster.lock` holds them; nothing of a text that is not a memory.
pub(crate) fn object_of_text(text: &str) -> Option<Map<String, Value>> {
    let memory = Memory::parse(text).ok()?;
    serde_json::from_str(&memory.to_text()).ok()
}

/// The text of a memory from its members.
#[must_use]
pub(crate) fn text_of_object(object: Map<String, Value>) -> String {
    Value::Object(object).to_string()
}

/// So many bytes the braces, the version and both marks take.
const ALL_BUT_ENTRIES: usize = r#"{"v":1,"creating":1,"none":1}"#.len();

/// The most bytes that an entry takes as JSON. A character takes at most six times its own.
fn most_bytes(entry: &FieldValue) -> usize {
    let is_plain = |byte: u8| byte >= b' ' && !matches!(byte, b'"' | b'\\');
    match entry {
        FieldValue::Text(text) if text.bytes().all(is_plain) => text.len() + 2,
        FieldValue::Text(text) => text.len() * 6 + 2,
        other => other.to_string().len(),
    }
}

/// How many digits a hash has. A text of another program that begins like a hash has none.
fn hash_digits(entry: &FieldValue) -> Option<usize> {
    let digits = entry.as_text()?.strip_prefix('#')?.len();
    (FEWEST_DIGITS..=DIGITS).contains(&digits).then_some(digits)
}

/// The key of a field in a system, if that system does not return it.
fn key(system: System, field: &Field) -> Option<&'static str> {
    match system {
        System::Crm => field.spec().upload_key,
        System::Pf => field.spec().memory_key,
    }
}

fn entry(field: &Field, value: &FieldValue) -> FieldValue {
    match field.canonical(value) {
        FieldValue::List(codes) => FieldValue::from(codes.join(",")),
        FieldValue::Text(text)
            if field.kind() == ValueType::Url || text.len() > LONGEST_TEXT || is_hash(&text) || text == UNKNOWN =>
        {
            hash(&text, DIGITS)
        }
        FieldValue::Nothing => FieldValue::from(""),
        other => other,
    }
}

/// The hash of an entry, with so many digits. It may be a hash already.
fn shortened(entry: &FieldValue, digits: usize) -> FieldValue {
    match entry {
        // By characters: a text that another program left in the field may begin like a hash.
        FieldValue::Text(text) if is_hash(text) => FieldValue::from(text.chars().take(1 + digits).collect::<String>()),
        FieldValue::Text(text) => hash(text, digits),
        other => hash(&other.to_string(), digits),
    }
}

/// Whether what is remembered is the hash of an entry, with all digits or with the first ones.
fn is_hash_of(recalled: &FieldValue, entry: &FieldValue) -> bool {
    let Some(recalled) = recalled.as_text().filter(|text| is_hash(text) && text.len() > FEWEST_DIGITS) else {
        return false;
    };
    shortened(entry, DIGITS).as_text().is_some_and(|hash| hash.starts_with(recalled))
}

fn is_hash(text: &str) -> bool {
    text.starts_with('#')
}

fn hash(text: &str, digits: usize) -> FieldValue {
    let hash = fingerprint(text, DIGITS / 2);
    FieldValue::from(format!("#{}", hash.get(..digits).unwrap_or(&hash)))
}

#[cfg(test)]
mod tests;
