//! What Property Finder was last told of the fields that it never returns (design 1.4, api.md 1.4).
//!
//! The memory lives in one of the CRM's custom fields, as JSON of at most 255 bytes: `{"v":1,"since":2014,…}`. It holds
//! only what was answered with a success, so that a difference in those fields can be seen and shown. Short values stand
//! as they are; a URL, or a list that would be too long, stands as 16 hexadecimal digits of its SHA-256.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::agent::Field;
use crate::fingerprint::fingerprint;

/// The longest text that the CRM's custom field is trusted to keep, in bytes.
pub const LONGEST: usize = 255;

/// A remembered list longer than this is remembered by its hash, so that all entries together fit in [`LONGEST`].
const LONGEST_LIST: usize = 100;

/// What was last answered with a success, by field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    entries: BTreeMap<&'static str, Value>,
}

/// A memory that is there but cannot be understood; it counts as none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Garbled;

impl Memory {
    /// Reads the text of the custom field.
    ///
    /// # Errors
    /// [`Garbled`] when it is not a memory of version 1.
    pub fn parse(text: &str) -> Result<Self, Garbled> {
        let object: Map<String, Value> = serde_json::from_str(text).map_err(|_| Garbled)?;
        if object.get("v") != Some(&json!(1)) {
            return Err(Garbled);
        }
        let known = |key: &'static str| object.get(key).map(|value| (key, value.clone()));
        Ok(Self { entries: KEYS.into_iter().filter_map(|(key, _)| known(key)).collect() })
    }

    /// The text to keep in the custom field.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut object = Map::from_iter([("v".to_owned(), json!(1))]);
        object.extend(self.entries.iter().map(|(key, value)| ((*key).to_owned(), value.clone())));
        Value::Object(object).to_string()
    }

    /// Whether nothing is remembered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// What is remembered of a field: its value, or `#` and 16 digits where only a hash was kept.
    #[must_use]
    pub fn recall(&self, field: &Field) -> Option<&Value> {
        key(field).and_then(|key| self.entries.get(key))
    }

    /// Whether the value that was last sent of this field is this one.
    #[must_use]
    pub fn holds(&self, field: &Field, value: &Value) -> bool {
        self.recall(field) == Some(&entry(field, value))
    }

    /// Takes note that this value was accepted. A field that can be read back is not kept.
    pub fn remember(&mut self, field: &Field, value: &Value) {
        if let Some(key) = key(field) {
            self.entries.insert(key, entry(field, value));
        }
    }
}

const KEYS: [(&str, Field); 4] = [
    ("lang", Field::Languages),
    ("nat", Field::Nationalities),
    ("photo", Field::Photo),
    ("since", Field::ExperienceSince),
];

fn key(field: &Field) -> Option<&'static str> {
    KEYS.iter().find(|(_, known)| known == field).map(|(key, _)| *key)
}

fn entry(field: &Field, value: &Value) -> Value {
    match field.canonical(value) {
        Value::Array(items) => {
            let joined = items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(",");
            if joined.len() > LONGEST_LIST { hash(&joined) } else { Value::String(joined) }
        }
        Value::String(text) => hash(&text),
        Value::Null => Value::String(String::new()),
        other => other,
    }
}

fn hash(text: &str) -> Value {
    Value::String(format!("#{}", fingerprint(text, 8)))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn remembers_what_was_sent_and_tells_it_from_anything_else() {
        let table = [
            (Field::Languages, json!(["en", "ar"]), json!(["AR", "en"]), json!(["en"])),
            (Field::Nationalities, json!(["AE"]), json!(["ae"]), json!(["PK"])),
            (
                Field::Photo,
                json!("https://a.example/1.jpg"),
                json!("HTTPS://A.example/1.jpg"),
                json!("https://b.example"),
            ),
            (Field::ExperienceSince, json!(2014), json!("2014"), json!(2015)),
            (Field::Languages, json!([]), json!(null), json!(["en"])),
        ];
        for (field, sent, equal, other) in table {
            let mut memory = Memory::default();
            assert!(!memory.holds(&field, &sent));
            memory.remember(&field, &sent);
            let read = Memory::parse(&memory.to_text()).unwrap();
            assert_eq!(read, memory);
            assert!(read.holds(&field, &equal), "{field} {equal}");
            assert!(!read.holds(&field, &other), "{field} {other}");
        }
    }

    #[test]
    fn fits_the_custom_field_whatever_it_holds() {
        let mut memory = Memory::default();
        let all: Vec<String> = ('a'..='z').flat_map(|a| ('a'..='z').map(move |b| format!("{a}{b}"))).collect();
        memory.remember(&Field::Languages, &json!(all));
        memory.remember(&Field::Photo, &json!(format!("https://a.example/{}", "x".repeat(5000))));
        memory.remember(&Field::Nationalities, &json!(["AE"]));
        memory.remember(&Field::ExperienceSince, &json!(2014));
        assert!(memory.to_text().len() <= LONGEST, "{}", memory.to_text());
        let most: Vec<&String> = all.iter().take(33).collect();
        memory.remember(&Field::Languages, &json!(most));
        assert!(memory.to_text().len() <= LONGEST, "{}", memory.to_text());
    }

    #[test]
    fn garbage_is_no_memory() {
        for text in ["", "null", "[]", "{}", "{\"v\":2}", "2 pets", "{\"v\":1,\"since\":2014"] {
            assert_eq!(Memory::parse(text), Err(Garbled), "{text}");
        }
    }
}
