//! The three-way comparison, field by field: the desired value, the value of the base, and the observed value of a system.
//! It distinguishes a change, drift and a conflict.
//!
//! It is pure and depends on no system. Both sides are records. Values are equal in their canonical form, and an observed value
//! may also have the form in which a system returns it ([`Field::agrees`]).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use strum::IntoStaticStr;

use crate::model::agent::Field;
use crate::model::record::Record;
use crate::reconcile::memory::Memory;

/// Why a field of an existing person differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, IntoStaticStr)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase", const_into_str)]
pub enum Class {
    /// The file was changed, or there is no base to compare with.
    Change,
    /// The file declares the value of the base, and the system holds another one.
    Drift,
    /// The file was changed since base, and so was the system, to something else.
    Conflict,
    /// The row is being taken over.
    Adopt,
    /// Nothing is remembered of a field that the system does not return: sent once.
    First,
}

impl Class {
    /// Its name in the JSON plan.
    #[must_use]
    pub(crate) const fn key(self) -> &'static str {
        self.into_str()
    }
}

/// The input that classifies a difference.
#[derive(Clone, Copy, Debug)]
pub enum ThreeWayInput<'a> {
    /// No base counts: the row is being adopted.
    TakenOver,
    /// What the file wanted at base; none without a base, or where the person had no valid file.
    Base(Option<&'a BaseView>),
}

/// One person in one system, as the file at base declares and reads it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BaseView {
    /// What the file wanted of the system.
    pub desired: Record,
    /// What the system holds now, read as that file would read it: one full name is split as the base's file
    /// splits it.
    pub live: Record,
}

impl ThreeWayInput<'_> {
    /// The class of a field that is not as desired. `still_held` reports whether the system holds a value.
    fn class(self, field: &Field, desired: &Value, still_held: impl Fn(&BaseView, &Value) -> bool) -> Class {
        let Self::Base(base) = self else { return Class::Adopt };
        match base.and_then(|base| Some((base, base.desired.get(field)?))) {
            None => Class::Change,
            Some((_, wanted)) if field.same(wanted, desired) => Class::Drift,
            Some((base, wanted)) if still_held(base, wanted) => Class::Change,
            Some(_) => Class::Conflict,
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
pub fn readable(desired: &Record, live: &Record, judge: ThreeWayInput<'_>) -> Vec<Change> {
    let differs = |(field, after): (&Field, &Value)| {
        let still = |then: &BaseView, base: &Value| field.agrees(then.live.get(field).unwrap_or(&Value::Null), base);
        let before = live.get(field).unwrap_or(&Value::Null);
        (!field.agrees(before, after)).then(|| Change {
            field: field.clone(),
            before: before.clone(),
            after: after.clone(),
            class: judge.class(field, after, still),
            readable: true,
        })
    };
    desired.iter().filter_map(differs).collect()
}

/// Every field of `desired` (all of them unreadable) that is not what was last sent. Without any memory of the person
/// each of them is a [`Class::First`], and so is one whose last answer is not known.
#[must_use]
pub(crate) fn remembered(desired: &Record, memory: Option<&Memory>, judge: ThreeWayInput<'_>) -> Vec<Change> {
    let differs = |(field, after): (&Field, &Value)| {
        let change =
            |before, class| Change { field: field.clone(), before, after: after.clone(), class, readable: false };
        let Some(memory) = memory else { return Some(change(Value::Null, Class::First)) };
        // What was never sent is remembered as nothing.
        let never = memory.recall(field).is_none();
        let holds = |value: &Value| memory.holds(field, value) || (never && field.canonical(value).is_null());
        if memory.is_unknown(field) {
            return Some(change(Value::Null, Class::First));
        }
        let class = judge.class(field, after, |_, base| holds(base));
        (!holds(after)).then(|| change(memory.recall(field).cloned().unwrap_or(Value::Null), class))
    };
    desired.iter().filter_map(differs).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_declared_fields_with_another_meaning_differ() {
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
        let found: Vec<(String, Value, Value)> = readable(&desired, &live, ThreeWayInput::Base(None))
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
        let first = remembered(&desired, None, ThreeWayInput::Base(None));
        assert!(first.iter().all(|change| change.class == Class::First));
        assert_eq!(first.len(), 2);

        let mut memory = Memory::default();
        memory.remember(&Field::ExperienceSince, &json!(2013));
        let changed = remembered(&desired, Some(&memory), ThreeWayInput::Base(None));
        let fields: Vec<_> = changed.iter().map(|change| (change.before.clone(), change.class)).collect();
        assert_eq!(fields, [(json!(2013), Class::Change)]);

        memory.remember(&Field::ExperienceSince, &json!(2014));
        assert!(remembered(&desired, Some(&memory), ThreeWayInput::Base(None)).is_empty());
    }

    /// Every combination of base, file and system. `-` is an absent field, `null` one that is cleared.
    #[test]
    fn base_desired_and_observed_values_classify_a_difference() {
        let table = [
            // base, desired, live, class
            ("a", "a", "a", None),
            ("b", "a", "a", None),
            ("-", "a", "a", None),
            ("-", "a", "b", Some(Class::Change)),
            ("-", "a", "-", Some(Class::Change)),
            ("a", "-", "b", None),
            ("a", "b", "a", Some(Class::Change)),
            ("A", "b", "a", Some(Class::Change)),
            ("a", "a", "b", Some(Class::Drift)),
            ("a", "a", "-", Some(Class::Drift)),
            ("A", "a", "b", Some(Class::Drift)),
            ("a", "b", "c", Some(Class::Conflict)),
            ("a", "b", "-", Some(Class::Conflict)),
            ("a", "null", "a", Some(Class::Change)),
            ("a", "null", "b", Some(Class::Conflict)),
            ("a", "null", "-", None),
            ("null", "null", "a", Some(Class::Drift)),
            ("null", "a", "-", Some(Class::Change)),
            ("null", "a", "b", Some(Class::Conflict)),
        ];
        let record = |field: &Field, cell: &str| match cell {
            "-" => Record::new(),
            "null" => Record::from([(field.clone(), Value::Null)]),
            text => Record::from([(field.clone(), json!([text]))]),
        };
        for (base, desired, live, want) in table {
            let case = format!("base {base}, desired {desired}, live {live}");
            let field = Field::Languages;
            let then = BaseView { desired: record(&field, base), live: record(&field, live) };
            let judge = ThreeWayInput::Base(Some(&then));
            let class = |changes: Vec<Change>| changes.first().map(|change| change.class);
            let desired = record(&field, desired);
            assert_eq!(class(readable(&desired, &then.live, judge)), want, "{case}");

            let mut memory = Memory::default();
            then.live.iter().for_each(|(field, value)| memory.remember(field, value));
            assert_eq!(class(remembered(&desired, Some(&memory), judge)), want, "{case}, from memory");

            // Without a base every difference is a change.
            let anyhow = want.map(|_| Class::Change);
            assert_eq!(class(readable(&desired, &then.live, ThreeWayInput::Base(None))), anyhow, "{case}, no base");
            // An adopted person has no base.
            let taken = want.map(|_| Class::Adopt);
            assert_eq!(class(readable(&desired, &then.live, ThreeWayInput::TakenOver)), taken, "{case}, adopted");
        }
    }
}
