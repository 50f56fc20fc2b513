//! The memory: what was last sent of the fields that Property Finder never returns
//! (docs/vendor-apis.md, "Property Finder: fields that are never returned").
//!
//! The memory lives in one of the CRM's custom fields, as JSON of at most 255 bytes: `{"v":1,"since":2014,…}`. It holds
//! only what was answered with a success, so that a difference in those fields can be seen and shown. Values are kept as
//! they are; a URL, or a list with which the text would be too long, as 16 hexadecimal digits of its SHA-256. The address
//! of a picture in the repository holds a hash of its bytes, so its hash is also one of the picture.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use strum::IntoEnumIterator as _;

use crate::model::agent::Field;
use crate::reconcile::fingerprint::fingerprint;

/// The longest text that the CRM's custom field is trusted to keep, in bytes.
pub(crate) const LONGEST: usize = 255;

/// What was last answered with a success, by field. Its text is never longer than [`LONGEST`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    entries: BTreeMap<&'static str, Value>,
}

/// An entry of the memory.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Remembered<'m> {
    /// The value that was last sent.
    Value(&'m Value),
    /// Only the hash of the value that was last sent.
    Hash,
}

impl<'m> Remembered<'m> {
    /// Reads an entry in the form that [`Memory::recall`] returns and a plan holds.
    pub(crate) fn parse(entry: &'m Value) -> Self {
        if entry.as_str().is_some_and(|text| text.starts_with('#')) { Self::Hash } else { Self::Value(entry) }
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
        let object: Map<String, Value> = serde_json::from_str(text).map_err(|_| InvalidMemory)?;
        if object.get("v") != Some(&json!(1)) {
            return Err(InvalidMemory);
        }
        let keys = Field::iter().filter_map(|field| field.spec().memory_key);
        let mut memory = Self { entries: keys.filter_map(|key| Some((key, object.get(key)?.clone()))).collect() };
        memory.fit();
        Ok(memory)
    }

    /// The text to keep in the custom field.
    #[must_use]
    pub(crate) fn to_text(&self) -> String {
        let mut object = Map::from_iter([("v".to_owned(), json!(1))]);
        object.extend(self.entries.iter().map(|(key, value)| ((*key).to_owned(), value.clone())));
        Value::Object(object).to_string()
    }

    /// What is remembered of a field: its value, or `#` and 16 digits where only a hash was kept.
    #[must_use]
    pub(crate) fn recall(&self, field: &Field) -> Option<&Value> {
        field.spec().memory_key.and_then(|key| self.entries.get(key))
    }

    /// Whether the value that was last sent of this field is this one.
    #[must_use]
    pub(crate) fn holds(&self, field: &Field, value: &Value) -> bool {
        let entry = entry(field, value);
        self.recall(field).is_some_and(|recalled| *recalled == entry || *recalled == shortened(&entry))
    }

    /// Takes note that this value was accepted. A field that can be read back is not kept.
    pub(crate) fn remember(&mut self, field: &Field, value: &Value) {
        if let Some(key) = field.spec().memory_key {
            self.entries.insert(key, entry(field, value));
            self.fit();
        }
    }

    /// Replaces the longest entries by their hashes until the text is short enough. With hashes alone it always is.
    fn fit(&mut self) {
        while self.to_text().len() > LONGEST {
            let longest = self.entries.values_mut().max_by_key(|entry| entry.to_string().len());
            let Some(longest) = longest.filter(|entry| shortened(entry).to_string().len() < entry.to_string().len())
            else {
                return;
            };
            *longest = shortened(longest);
        }
    }
}

fn entry(field: &Field, value: &Value) -> Value {
    match field.canonical(value) {
        Value::Array(items) => Value::String(items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(",")),
        Value::String(text) => hash(&text),
        Value::Null => Value::String(String::new()),
        other => other,
    }
}

/// The hash of an entry.
fn shortened(entry: &Value) -> Value {
    hash(&entry.as_str().map_or_else(|| entry.to_string(), str::to_owned))
}

fn hash(text: &str) -> Value {
    Value::String(format!("#{}", fingerprint(text, 8)))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample;

    use super::*;

    #[test]
    fn the_memory_recognizes_sent_values_and_no_others() {
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

    /// Every code of two letters, and some of three.
    fn codes() -> Vec<String> {
        let letters = || 'a'..='z';
        let pairs = letters().flat_map(|a| letters().map(move |b| format!("{a}{b}")));
        pairs.chain(letters().map(|a| format!("{a}yz"))).collect()
    }

    #[test]
    fn lists_of_any_length_fit_the_custom_field_together() {
        let all = codes();
        for count in 0..=120 {
            let list = json!(all.iter().take(count).collect::<Vec<_>>());
            let other = json!(all.iter().skip(100).take(count).collect::<Vec<_>>());
            let mut memory = Memory::default();
            let sent = [
                (Field::Languages, list),
                (Field::Nationalities, other),
                (Field::Photo, json!(format!("https://a.example/{}", "x".repeat(5000)))),
                (Field::ExperienceSince, json!(2014)),
            ];
            for (field, value) in &sent {
                memory.remember(field, value);
            }
            let text = memory.to_text();
            assert!(text.len() <= LONGEST, "{count} codes: {text}");
            let read = Memory::parse(&text).unwrap();
            assert!(sent.iter().all(|(field, value)| read.holds(field, value)), "{count} codes: {text}");
        }
    }

    fn code_lists() -> impl Strategy<Value = Value> {
        sample::subsequence(codes(), 0..=200).prop_map(|codes| json!(codes))
    }

    proptest! {
        #[test]
        fn every_record_fits_the_custom_field_and_is_recalled(
            sent in vec(
                prop_oneof![
                    code_lists().prop_map(|list| (Field::Languages, list)),
                    code_lists().prop_map(|list| (Field::Nationalities, list)),
                    "https://[a-z]{1,20}\\.example/\\PC{0,400}".prop_map(|url| (Field::Photo, json!(url))),
                    (1950..=9999).prop_map(|year| (Field::ExperienceSince, json!(year))),
                    sample::select(Field::iter().filter(|field| !field.is_returned_by_pf()).collect::<Vec<_>>()).prop_map(|field| (field, Value::Null)),
                ],
                0..12,
            ),
        ) {
            let mut memory = Memory::default();
            let mut last = BTreeMap::new();
            for (field, value) in sent {
                memory.remember(&field, &value);
                last.insert(field, value);
            }
            let text = memory.to_text();
            prop_assert!(text.len() <= LONGEST, "{}", text);
            let read = Memory::parse(&text).unwrap();
            prop_assert_eq!(&read, &memory);
            prop_assert!(last.iter().all(|(field, value)| read.holds(field, value)));
        }

        #[test]
        fn the_written_memory_fits_whatever_the_field_contained(lang in ".{0,600}", nat in ".{0,600}", since in any::<f64>()) {
            let stored = json!({"v": 1, "lang": lang, "nat": nat, "since": since, "photo": {"of": [lang]}}).to_string();
            let mut memory = Memory::parse(&stored).unwrap();
            memory.remember(&Field::Photo, &json!("https://a.example/1.jpg"));
            prop_assert!(memory.to_text().len() <= LONGEST);
        }
    }

    #[test]
    fn invalid_text_is_not_a_memory() {
        for text in ["", "null", "[]", "{}", "{\"v\":2}", "2 pets", "{\"v\":1,\"since\":2014"] {
            assert_eq!(Memory::parse(text), Err(InvalidMemory), "{text}");
        }
    }
}
