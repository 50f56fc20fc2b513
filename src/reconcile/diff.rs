//! The three-way comparison, field by field: the desired value, the value of the base, and the observed value of a system.
//! It distinguishes a change, drift and a conflict.
//!
//! It is pure and depends on no system. Both sides are records. Values are equal in their canonical form, and an observed value
//! may also have the form in which a system returns it ([`Field::agrees`]).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;

use crate::model::agent::{Field, FieldValue};
use crate::model::record::{Record, System};
use crate::reconcile::memory::Memory;
use crate::reconcile::observed::{ObservedCrmUser, ShownPicture};

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

/// The base that a difference is compared with.
#[derive(Clone, Copy, Debug)]
pub enum BaseComparison<'a> {
    /// The base does not count: the row is being adopted.
    Ignored,
    /// What the file declared at base; none without a base, or where the person had no valid file.
    Against(Option<&'a BaseView>),
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

impl<'a> BaseComparison<'a> {
    /// The value of a field in the file of the base.
    fn desired(self, field: &Field) -> Option<&'a FieldValue> {
        let Self::Against(base) = self else { return None };
        base?.desired.get(field)
    }

    /// The class of a field that is not as desired. `still_held` reports whether the system holds a value.
    fn class(self, field: &Field, desired: &FieldValue, still_held: impl Fn(&BaseView, &FieldValue) -> bool) -> Class {
        let Self::Against(base) = self else { return Class::Adopt };
        match base.and_then(|base| Some((base, base.desired.get(field)?))) {
            None => Class::Change,
            Some((_, at_base)) if field.same(at_base, desired) => Class::Drift,
            Some((base, at_base)) if still_held(base, at_base) => Class::Change,
            Some(_) => Class::Conflict,
        }
    }
}

/// One field that differs: the unit that is shown, and the unit that is sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The field that differs.
    pub field: Field,
    /// What the system holds. Of a field that cannot be read: what was last sent.
    pub before: FieldValue,
    /// What it is to hold; nothing is "clear it".
    pub after: FieldValue,
    /// Why it differs.
    pub class: Class,
    /// Whether the system returns this field.
    pub readable: bool,
    /// What was last sent, where only its hash is remembered and the file of the base shows which value that is. It is for
    /// people: no digest depends on it.
    pub sent: Option<FieldValue>,
}

/// Fields with their desired values: a record, or some of its fields.
pub trait Fields<'d>: IntoIterator<Item = (&'d Field, &'d FieldValue)> {}

impl<'d, I: IntoIterator<Item = (&'d Field, &'d FieldValue)>> Fields<'d> for I {}

/// Every readable field of `desired` that `live` does not hold.
#[must_use]
pub fn readable<'d>(desired: impl Fields<'d>, live: &Record, base: BaseComparison<'_>) -> Vec<Change> {
    desired.into_iter().filter_map(|(field, after)| readable_change(field, after, live, base)).collect()
}

fn readable_change(field: &Field, after: &FieldValue, live: &Record, base: BaseComparison<'_>) -> Option<Change> {
    let before = live.get(field).unwrap_or(&FieldValue::Nothing);
    if field.agrees(before, after) {
        return None;
    }
    let class = base.class(field, after, |base, at_base| {
        field.agrees(base.live.get(field).unwrap_or(&FieldValue::Nothing), at_base)
    });
    let (field, before, after) = (field.clone(), before.clone(), after.clone());
    Some(Change { field, before, after, class, readable: true, sent: None })
}

/// Every field of `desired` (all of them unreadable) that is not what was last sent. Without any memory of the person
/// each of them is a [`Class::First`], and so is one whose last answer is not known.
#[must_use]
pub(crate) fn remembered<'d>(
    desired: impl Fields<'d>,
    memory: Option<&Memory>,
    base: BaseComparison<'_>,
) -> Vec<Change> {
    desired.into_iter().filter_map(|(field, after)| remembered_change(field, after, memory, base)).collect()
}

fn remembered_change(
    field: &Field,
    after: &FieldValue,
    memory: Option<&Memory>,
    base: BaseComparison<'_>,
) -> Option<Change> {
    let change = |before, class, sent| {
        let (field, after) = (field.clone(), after.clone());
        Some(Change { field, before, after, class, readable: false, sent })
    };
    let Some(memory) = memory.filter(|memory| !memory.is_unknown(System::Pf, field)) else {
        return change(FieldValue::Nothing, Class::First, None);
    };
    let sent = memory.recall(System::Pf, field);
    let holds =
        |value: &FieldValue| memory.holds(System::Pf, field, value) || (sent.is_none() && field.is_blank(value));
    if holds(after) {
        return None;
    }
    let class = base.class(field, after, |_, at_base| holds(at_base));
    let known = base.desired(field).filter(|at_base| memory.holds(System::Pf, field, at_base));
    change(sent.cloned().unwrap_or(FieldValue::Nothing), class, known.cloned())
}

/// Every picture of `desired` (all of them are uploaded) that is not what was last sent to a CRM row, or that the row does not
/// show any more. Which picture a row shows is not known.
#[must_use]
pub(crate) fn uploaded<'d>(
    desired: impl Fields<'d>,
    row: &ObservedCrmUser,
    memory: Option<&Memory>,
    base: BaseComparison<'_>,
) -> Vec<Change> {
    let pictures = desired.into_iter().filter_map(|(field, after)| {
        let is_unknown = memory.is_some_and(|memory| memory.is_unknown(System::Crm, field));
        let picture = PictureState { field, shown: row.pictures.get(field), memory: memory.filter(|_| !is_unknown) };
        let change = picture.change(after, base)?;
        Some(if is_unknown { Change { class: Class::First, ..change } } else { change })
    });
    pictures.collect()
}

/// One picture of a CRM row: what the row shows of it, and the memory of it, if the memory knows what was sent.
struct PictureState<'a> {
    field: &'a Field,
    shown: Option<&'a ShownPicture>,
    memory: Option<&'a Memory>,
}

impl PictureState<'_> {
    fn change(&self, after: &FieldValue, base: BaseComparison<'_>) -> Option<Change> {
        if self.row_holds(after) {
            return None;
        }
        let class = match base.class(self.field, after, |_, at_base| self.row_holds(at_base)) {
            // A picture that was never sent cannot have been changed since.
            Class::Drift if self.sent().is_none() && self.shown != Some(&ShownPicture::None) => Class::First,
            class => class,
        };
        let sent = base.desired(self.field).filter(|at_base| self.was_sent(at_base)).cloned();
        let (field, before, after) = (self.field.clone(), self.before(), after.clone());
        Some(Change { field, before, after, class, readable: false, sent })
    }

    fn sent(&self) -> Option<&FieldValue> {
        self.memory?.recall(System::Crm, self.field)
    }

    fn was_sent(&self, value: &FieldValue) -> bool {
        self.memory.is_some_and(|memory| memory.holds(System::Crm, self.field, value))
    }

    fn row_holds(&self, value: &FieldValue) -> bool {
        match self.shown {
            Some(ShownPicture::None) => self.field.is_blank(value),
            Some(ShownPicture::File(_) | ShownPicture::Other) => !self.field.is_blank(value) && self.was_sent(value),
            None => self.was_sent(value),
        }
    }

    fn before(&self) -> FieldValue {
        match (self.shown, self.sent()) {
            (Some(ShownPicture::None), _) | (None, None) => FieldValue::Nothing,
            (_, Some(sent)) => sent.clone(),
            (Some(shown), None) => shown.as_value(),
        }
    }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::record::record_of;

    #[test]
    fn only_declared_fields_with_another_meaning_differ() {
        let desired = record_of([
            (Field::FirstName, json!("Sara")),
            (Field::Phone, json!("+971501234567")),
            (Field::Languages, json!(["en", "ar"])),
            (Field::LinkedIn, json!(null)),
            (Field::Licence, json!(null)),
            (Field::Position("ar".into()), json!("مستشارة")),
        ]);
        let live = record_of([
            (Field::FirstName, json!("Sarah")),
            (Field::LastName, json!("not ours")),
            (Field::Phone, json!("+971 50 123 4567")),
            (Field::Languages, json!(["AR", "EN"])),
            (Field::LinkedIn, json!("https://a.example")),
            (Field::Licence, json!("")),
        ]);
        let found: Vec<_> = readable(&desired, &live, BaseComparison::Against(None))
            .into_iter()
            .map(|change| (change.field.to_string(), change.before.to_json(), change.after.to_json()))
            .collect();
        let want = [
            ("public.first_name", json!("Sarah"), json!("Sara")),
            ("public.position.ar", json!(null), json!("مستشارة")),
            ("public.linked_in", json!("https://a.example"), json!(null)),
        ];
        assert_eq!(found, want.map(|(path, before, after)| (path.to_owned(), before, after)));
    }

    #[test]
    fn an_unreadable_field_is_compared_with_what_was_last_sent() {
        let desired = record_of([(Field::ExperienceSince, json!(2014)), (Field::Languages, json!([]))]);
        let first = remembered(&desired, None, BaseComparison::Against(None));
        assert!(first.iter().all(|change| change.class == Class::First));
        assert_eq!(first.len(), 2);

        let mut memory = Memory::default();
        memory.remember(System::Pf, &Field::ExperienceSince, &2013.into());
        let changed = remembered(&desired, Some(&memory), BaseComparison::Against(None));
        let fields: Vec<_> = changed.iter().map(|change| (change.before.clone(), change.class)).collect();
        assert_eq!(fields, [(FieldValue::from(2013), Class::Change)]);

        memory.remember(System::Pf, &Field::ExperienceSince, &2014.into());
        assert!(remembered(&desired, Some(&memory), BaseComparison::Against(None)).is_empty());
    }

    #[test]
    fn a_photo_is_compared_with_the_upload_and_with_what_the_row_shows() {
        let [one, two] = ["p.jpg?v=1", "p.jpg?v=2"].map(FieldValue::from);
        let (empty, file, hidden) = (Some(ShownPicture::None), Some(ShownPicture::File(7)), None);
        let change = Some(Class::Change);
        // What was last sent (nothing: that it was removed), what the row shows, what the file and the base want, and the class.
        let table = [
            (Some(&one), &file, &one, None, None),
            (Some(&one), &file, &two, None, change),
            (Some(&one), &empty, &one, None, change),
            (Some(&one), &hidden, &one, None, None),
            (Some(&one), &hidden, &two, None, change),
            (None, &empty, &one, None, change),
            (None, &file, &one, None, change),
            (None, &hidden, &one, None, change),
            (Some(&one), &file, &FieldValue::Nothing, None, change),
            (Some(&one), &empty, &FieldValue::Nothing, None, None),
            (None, &file, &FieldValue::Nothing, None, change),
            (None, &empty, &FieldValue::Nothing, None, None),
            (None, &hidden, &FieldValue::Nothing, None, change),
            (Some(&FieldValue::Nothing), &hidden, &FieldValue::Nothing, None, None),
            (Some(&one), &empty, &one, Some(&one), Some(Class::Drift)),
            (Some(&two), &file, &one, Some(&one), Some(Class::Drift)),
            (Some(&one), &file, &two, Some(&one), change),
            (Some(&one), &empty, &two, Some(&one), Some(Class::Conflict)),
            (None, &file, &one, Some(&one), Some(Class::First)),
            (None, &hidden, &one, Some(&one), Some(Class::First)),
            (None, &empty, &one, Some(&one), Some(Class::Drift)),
        ];
        for (at, (sent, shown, desired, base, want)) in table.into_iter().enumerate() {
            let mut memory = Memory::default();
            if let Some(sent) = sent {
                memory.remember(System::Crm, &Field::Photo, sent);
            }
            let pictures = shown.clone().map(|shown| (Field::Photo, shown)).into_iter().collect();
            let row = ObservedCrmUser { pictures, ..ObservedCrmUser::default() };
            let record = |value: &FieldValue| Record::from_iter([(Field::Photo, value.clone())]);
            let view = base.map(|base| BaseView { desired: record(base), ..BaseView::default() });
            let base = BaseComparison::Against(view.as_ref());
            let found = uploaded(&record(desired), &row, Some(&memory), base);
            assert_eq!(found.first().map(|change| change.class), want, "row {at}");
            assert!(found.iter().all(|change| !change.readable && change.after == *desired), "row {at}");
            if sent.is_none() {
                assert_eq!(uploaded(&record(desired), &row, None, base), found, "row {at}: no memory");
            }
        }
    }

    #[test]
    fn the_text_for_a_picture_that_was_not_sent_stays_as_digests_have_it() {
        let texts = [(ShownPicture::File(7), "file 7"), (ShownPicture::Other, "another picture")];
        for (shown, text) in texts {
            let row = ObservedCrmUser {
                pictures: [(Field::Photo, shown)].into_iter().collect(),
                ..ObservedCrmUser::default()
            };
            let desired = Record::from_iter([(Field::Photo, FieldValue::from("p.jpg?v=1"))]);
            let found = uploaded(&desired, &row, None, BaseComparison::Against(None));
            assert_eq!(found[0].before, FieldValue::from(text));
        }
    }

    #[test]
    fn a_hash_that_the_base_has_a_value_for_is_shown_as_that_value() {
        let address = |number: u8| FieldValue::from(format!("https://cdn.example/{number}.jpg"));
        let record = |number| Record::from_iter([(Field::Photo, address(number))]);
        let mut memory = Memory::default();
        memory.remember(System::Pf, &Field::Photo, &address(1));
        for (base, want) in [(1, Some(address(1))), (3, None)] {
            let view = BaseView { desired: record(base), ..BaseView::default() };
            let found = remembered(&record(2), Some(&memory), BaseComparison::Against(Some(&view)));
            assert_eq!(found[0].sent, want, "{base}");
            assert_eq!(found[0].before, *memory.recall(System::Pf, &Field::Photo).unwrap_or(&FieldValue::Nothing));
        }
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
            "null" => Record::from_iter([(field.clone(), FieldValue::Nothing)]),
            text => Record::from_iter([(field.clone(), FieldValue::from_texts([text]))]),
        };
        for (base, desired, live, want) in table {
            let case = format!("base {base}, desired {desired}, live {live}");
            let field = Field::Languages;
            let view = BaseView { desired: record(&field, base), live: record(&field, live) };
            let base = BaseComparison::Against(Some(&view));
            let class = |changes: Vec<Change>| changes.first().map(|change| change.class);
            let desired = record(&field, desired);
            assert_eq!(class(readable(&desired, &view.live, base)), want, "{case}");

            let mut memory = Memory::default();
            view.live.iter().for_each(|(field, value)| memory.remember(System::Pf, field, value));
            assert_eq!(class(remembered(&desired, Some(&memory), base)), want, "{case}, from memory");

            // Without a base every difference is a change.
            let anyhow = want.map(|_| Class::Change);
            assert_eq!(class(readable(&desired, &view.live, BaseComparison::Against(None))), anyhow, "{case}, no base");
            // An adopted person has no base.
            let taken = want.map(|_| Class::Adopt);
            assert_eq!(class(readable(&desired, &view.live, BaseComparison::Ignored)), taken, "{case}, adopted");
        }
    }
}
