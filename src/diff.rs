//! What differs between what is wanted of a system and what it holds, field by field (design 3).
//!
//! Pure, and it knows no system: both sides are records, and equal spellings are equal ([`Field::same`]).

use serde_json::Value;

use crate::agent::Field;
use crate::memory::Memory;
use crate::record::Record;

/// Why a field of an existing person differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// The file was changed, or there is nothing to compare it with.
    Change,
    /// The row is being taken over.
    Adopt,
    /// A field that cannot be read back, and of which nothing is remembered: sent once.
    First,
}

impl Class {
    /// Its name in the JSON plan.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Change => "change",
            Self::Adopt => "adopt",
            Self::First => "first",
        }
    }
}

/// One field that differs: the unit that is shown, and the unit that is sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The field.
    pub field: Field,
    /// What the system holds; null for nothing. Of a field that cannot be read: what was last sent.
    pub before: Value,
    /// What it is to hold; null is "clear it".
    pub after: Value,
    /// Why it differs.
    pub class: Class,
    /// Whether the system returns this field.
    pub readable: bool,
}

/// Every readable field of `desired` that `live` does not hold.
#[must_use]
pub fn readable(desired: &Record, live: &Record, class: Class) -> Vec<Change> {
    let differs = |(field, after): (&Field, &Value)| {
        let before = live.get(field).unwrap_or(&Value::Null);
        (!field.same(before, after)).then(|| Change {
            field: field.clone(),
            before: before.clone(),
            after: after.clone(),
            class,
            readable: true,
        })
    };
    desired.iter().filter_map(differs).collect()
}

/// Every field of `desired` (all of them unreadable) that is not what was last sent. Without any memory of the person
/// each of them is a [`Class::First`].
#[must_use]
pub fn remembered(desired: &Record, memory: Option<&Memory>, class: Class) -> Vec<Change> {
    let differs = |(field, after): (&Field, &Value)| {
        let (before, class) = match memory {
            Some(memory) if memory.holds(field, after) => return None,
            // Never sent, and nothing to send.
            Some(memory) if memory.recall(field).is_none() && field.canonical(after).is_null() => return None,
            Some(memory) => (memory.recall(field).cloned().unwrap_or(Value::Null), class),
            None => (Value::Null, Class::First),
        };
        Some(Change { field: field.clone(), before, after: after.clone(), class, readable: false })
    };
    desired.iter().filter_map(differs).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_is_declared_and_means_something_else_differs() {
        let desired = Record::from([
            (Field::FirstName, json!("Sara")),
            (Field::Phone, json!("+971501234567")),
            (Field::Languages, json!(["en", "ar"])),
            (Field::LinkedIn, Value::Null),
            (Field::Licence, Value::Null),
            (Field::Position("ar".to_owned()), json!("مستشارة")),
        ]);
        let live = Record::from([
            (Field::FirstName, json!("Sarah")),
            (Field::LastName, json!("not ours")),
            (Field::Phone, json!("+971 50 123 4567")),
            (Field::Languages, json!(["AR", "EN"])),
            (Field::LinkedIn, json!("https://a.example")),
            (Field::Licence, json!("")),
        ]);
        let found: Vec<(String, Value, Value)> = readable(&desired, &live, Class::Change)
            .into_iter()
            .map(|change| (change.field.to_string(), change.before, change.after))
            .collect();
        let want = [
            ("public.first_name", json!("Sarah"), json!("Sara")),
            ("public.position.ar", Value::Null, json!("مستشارة")),
            ("public.linked_in", json!("https://a.example"), Value::Null),
        ];
        assert_eq!(found, want.map(|(path, before, after)| (path.to_owned(), before, after)));
    }

    #[test]
    fn an_unreadable_field_is_compared_with_what_was_last_sent() {
        let desired = Record::from([(Field::ExperienceSince, json!(2014)), (Field::Languages, json!([]))]);
        let first = remembered(&desired, None, Class::Change);
        assert!(first.iter().all(|change| change.class == Class::First));
        assert_eq!(first.len(), 2);

        let mut memory = Memory::default();
        memory.remember(&Field::ExperienceSince, &json!(2013));
        let changed = remembered(&desired, Some(&memory), Class::Change);
        let fields: Vec<_> = changed.iter().map(|change| (change.before.clone(), change.class)).collect();
        assert_eq!(fields, [(json!(2013), Class::Change)]);

        memory.remember(&Field::ExperienceSince, &json!(2014));
        assert!(remembered(&desired, Some(&memory), Class::Change).is_empty());
    }
}
