//! Differences as people read them, whatever the format: one line a field, for all systems that share it.

use strum::VariantArray as _;

use super::phrases::{MISSING, NOT_DELETED, UNLINKED, set_back};
use super::text::{DiffPiece, escaped, words};
use super::value_text::{ValueText, is_long};
use super::{MaskedValue, Report, ReportSubject};
use crate::model::agent::{Field, FieldValue, ValueType};
use crate::model::record::System;
use crate::reconcile::diff::{Change, Class};
use crate::reconcile::plan::{Operation, PersonPlan};

/// One difference of a person: a field, or several of a new row that have no value to show (private ones) or that only
/// belong together (a subscription's channels). Terminal, Markdown and HTML lay this out.
#[derive(Clone, Debug)]
pub(super) struct DisplayedChange<'a> {
    /// The YAML's own path, or what several fields share of it. Not escaped.
    pub(super) path: String,
    /// The field, where it is one.
    pub(super) field: Option<&'a Field>,
    /// Whether the plan makes the row, so that there is nothing to compare with.
    pub(super) new: bool,
    pub(super) class: Class,
    /// The systems in which it differs, each with `°` if it does not return the field.
    pub(super) systems: Vec<(System, &'static str)>,
    /// Where the file declares it: the first and the last line.
    pub(super) lines: Option<(u32, u32)>,
    /// Of drift: what becomes of it.
    pub(super) outcome: Option<&'static str>,
    pub(super) value: DisplayedValue,
}

/// What may be shown of a change. A private field has no value here.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum DisplayedValue {
    /// Private fields: that they change. Of several the names, without what they share.
    Private(Vec<String>),
    /// Several values of a new row, by the rest of their names.
    Together(Vec<(String, ValueText)>),
    /// The value of a new row.
    New(ValueText),
    /// What was last sent is known by its hash alone.
    SinceHash(ValueText),
    /// The members added to and removed from a list whose order has no meaning.
    Members { added: Vec<String>, removed: Vec<String> },
    /// Two texts, one of them long, compared by words; and whether the newer one runs from right to left.
    Words { pieces: Vec<DiffPiece>, right_to_left: bool, after: ValueText },
    /// One value and another.
    Values { before: ValueText, after: ValueText },
}

impl DisplayedChange<'_> {
    /// `crm pf°`.
    pub(super) fn target_systems(&self) -> String {
        self.systems.iter().map(|(system, sign)| format!("{system}{sign}")).collect::<Vec<_>>().join(" ")
    }

    /// The systems by a name, with a word between them.
    pub(super) fn systems_as(&self, name: impl Fn(System) -> &'static str, between: &str) -> String {
        self.systems.iter().map(|(system, _)| name(*system)).collect::<Vec<_>>().join(between)
    }

    /// What identifies a change apart from its place in a file and from the earlier value. People with the same key are shown
    /// together; a new row has none, since it is shown whole.
    pub(super) fn key(&self) -> Option<ChangeKey<'_>> {
        let value = match &self.value {
            DisplayedValue::Values { after, .. } | DisplayedValue::Words { after, .. } => SharedValue::New(after),
            value => SharedValue::Whole(value),
        };
        let Self { path, systems, class, outcome, new, .. } = self;
        (!new).then_some(ChangeKey { path, systems, class: *class, outcome: *outcome, value })
    }
}

/// What several people have in common who are shown together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct ChangeKey<'a> {
    path: &'a str,
    systems: &'a [(System, &'static str)],
    class: Class,
    outcome: Option<&'static str>,
    value: SharedValue<'a>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum SharedValue<'a> {
    /// The new value; the earlier ones may differ.
    New(&'a ValueText),
    Whole(&'a DisplayedValue),
}

/// Fields with one change in the systems that share it.
#[derive(Clone, Debug)]
struct FieldLine<'a> {
    new: bool,
    fields: Vec<&'a Field>,
    changes: Vec<(System, &'a Change)>,
}

/// A person's row in a system, and the operation on it beside its fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RowStatus {
    pub(super) system: System,
    /// The id of the row; none where the plan makes it.
    pub(super) id: Option<u64>,
    /// `adopt`, `link`, `rename`, `release` or `delete`.
    pub(super) row_operation: Option<&'static str>,
}

/// The public name that the file gives, if it gives one. As it is in the file: not escaped.
pub(super) fn public_name(person: &PersonPlan) -> Option<String> {
    let part = |field: &Field| {
        let value = person.pf_desired.get(field).or_else(|| person.crm_desired.get(field));
        value.and_then(FieldValue::as_text).filter(|text| !text.is_empty())
    };
    let parts: Vec<&str> = [part(&Field::FirstName), part(&Field::LastName)].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

/// A person's rows in each system: the present ones, then those that the plan creates.
pub(super) fn row_statuses(person: &PersonPlan) -> Vec<RowStatus> {
    let ids = System::ALL.map(|system| (system, person.row_id(system)));
    let row_operation = |system| {
        person.actions_in(system).find_map(|action| match action.operation {
            Operation::Adopt | Operation::Link | Operation::Rename | Operation::Release | Operation::Delete => {
                Some(action.operation.key())
            }
            Operation::Create | Operation::Update | Operation::Activate | Operation::Deactivate => None,
        })
    };
    let known = ids
        .into_iter()
        .filter_map(|(system, id)| Some(RowStatus { system, id: Some(id?), row_operation: row_operation(system) }));
    let new = made_in(person).into_iter().map(|system| RowStatus { system, id: None, row_operation: None });
    known.chain(new).collect()
}

/// The systems in which the person has no row yet.
pub(super) fn made_in(person: &PersonPlan) -> Vec<System> {
    System::VARIANTS.iter().copied().filter(|system| person.has(*system, Operation::Create)).collect()
}

/// What is wrong with a whole row: what, in which systems, and why that may be.
pub(super) type RowWarning = (&'static str, Vec<System>, &'static str);

/// Of drift: rows that are gone, rows whose person is unknown, and rows that were to be deleted. Otherwise nothing.
pub(super) fn row_warnings(subject: ReportSubject, person: &PersonPlan) -> Vec<RowWarning> {
    if subject != ReportSubject::Drift {
        return Vec::new();
    }
    let links = |operation| matches!(operation, Operation::Adopt | Operation::Link);
    let unlinked = person.actions.iter().filter(|action| links(action.operation)).map(|action| action.system).collect();
    let undeleted = person.deletion().map(|_| System::Crm).into_iter().collect();
    let all = [
        ("missing in", made_in(person), MISSING),
        ("no longer linked to its row in", unlinked, UNLINKED),
        ("still in", undeleted, NOT_DELETED),
    ];
    all.into_iter().filter(|(_, systems, _)| !systems.is_empty()).collect()
}

/// The changes of a person: conflicts first, then by field.
pub(super) fn displayed_changes<'a>(report: &Report<'_>, person: &'a PersonPlan) -> Vec<DisplayedChange<'a>> {
    field_lines(person).iter().map(|line| line.displayed(report, person)).collect()
}

fn field_lines(person: &PersonPlan) -> Vec<FieldLine<'_>> {
    let mut lines: Vec<FieldLine<'_>> = Vec::new();
    for action in &person.actions {
        let new = action.operation == Operation::Create;
        for change in &action.fields {
            match lines.iter_mut().find(|line| line.new == new && line.is_same(change)) {
                Some(line) => line.changes.push((action.system, change)),
                None => {
                    lines.push(FieldLine { new, fields: vec![&change.field], changes: vec![(action.system, change)] });
                }
            }
        }
    }
    lines.sort_by_key(|line| (line.class() != Class::Conflict, line.fields.clone()));
    let mut folded: Vec<FieldLine<'_>> = Vec::new();
    for line in lines {
        match folded.iter_mut().find(|other| other.takes(&line)) {
            Some(other) => {
                other.fields.extend(line.fields);
                other.changes.extend(line.changes);
            }
            None => folded.push(line),
        }
    }
    folded
}

impl<'a> FieldLine<'a> {
    fn displayed(&self, report: &Report<'_>, person: &PersonPlan) -> DisplayedChange<'a> {
        let source_lines = || self.fields.iter().filter_map(|field| report.line(&person.slug, field));
        let class = self.class();
        DisplayedChange {
            path: self
                .shared_family()
                .unwrap_or_else(|| self.fields.first().map(ToString::to_string).unwrap_or_default()),
            field: self.fields.first().copied().filter(|_| self.fields.len() == 1),
            new: self.new,
            class,
            systems: self.signed_systems(),
            lines: source_lines().min().zip(source_lines().max()),
            outcome: (class == Class::Drift).then(|| set_back(report, &person.slug)),
            value: self.value(),
        }
    }

    fn class(&self) -> Class {
        self.changes.first().map_or(Class::Change, |(_, change)| change.class)
    }

    fn systems(&self) -> Vec<System> {
        let mut systems: Vec<System> = self.changes.iter().map(|(system, _)| *system).collect();
        systems.sort_unstable();
        systems.dedup();
        systems
    }

    fn signed_systems(&self) -> Vec<(System, &'static str)> {
        let hidden = |system| self.changes.iter().any(|(at, change)| *at == system && !change.readable);
        self.systems().into_iter().map(|system| (system, if hidden(system) { "°" } else { "" })).collect()
    }

    fn value(&self) -> DisplayedValue {
        if let Some(family) = self.shared_family() {
            return self.together(&family);
        }
        let Some((_, change)) = self.changes.first() else { return DisplayedValue::Private(Vec::new()) };
        match MaskedValue::of(change) {
            MaskedValue::Private => DisplayedValue::Private(Vec::new()),
            MaskedValue::SinceHash { after } => DisplayedValue::SinceHash(ValueText::of(after)),
            MaskedValue::Values { after, .. } if self.new => DisplayedValue::New(ValueText::of(after)),
            MaskedValue::Values { before, after } => compared(&change.field, before, after),
        }
    }

    fn together(&self, family: &str) -> DisplayedValue {
        if self.fields.iter().any(|field| field.is_private()) {
            return DisplayedValue::Private(self.fields.iter().map(|field| path_within(family, field)).collect());
        }
        let value = |field: &Field| self.changes.iter().find(|(_, change)| change.field == *field);
        let named = |field: &&Field| {
            let after = MaskedValue::declared(field, &value(field)?.1.after)?;
            Some((path_within(family, field), ValueText::of(after)))
        };
        DisplayedValue::Together(self.fields.iter().filter_map(named).collect())
    }

    /// The part that the paths of several fields share.
    fn shared_family(&self) -> Option<String> {
        self.family().filter(|_| self.fields.len() > 1)
    }

    fn family(&self) -> Option<String> {
        self.fields.first().and_then(|field| family(field))
    }

    fn is_same(&self, change: &Change) -> bool {
        self.changes.iter().all(|(_, other)| other.class == change.class && read_alike(other, change))
    }

    fn takes(&self, other: &FieldLine<'_>) -> bool {
        let family = self.family();
        self.new && other.new && self.systems() == other.systems() && family.is_some() && family == other.family()
    }
}

/// The path of a field without the part that a family of fields shares.
fn path_within(family: &str, field: &Field) -> String {
    let path = field.to_string();
    path.strip_prefix(family).unwrap_or(&path).trim_start_matches('.').to_owned()
}

/// The label of several fields of a new row.
fn family(field: &Field) -> Option<String> {
    match field {
        Field::Subscription(name, _) => Some(format!("subscriptions.{name}")),
        Field::Custom(_) => Some("fields".to_owned()),
        field if field.is_private() => Some("private".to_owned()),
        _ => None,
    }
}

fn compared(field: &Field, before: &FieldValue, after: &FieldValue) -> DisplayedValue {
    let (one, other) = (field.canonical(before), field.canonical(after));
    if is_set(field.kind()) {
        let (before, after) = (codes(&one), codes(&other));
        let without =
            |these: &[String], those: &[String]| these.iter().filter(|code| !those.contains(code)).cloned().collect();
        return DisplayedValue::Members { added: without(&after, &before), removed: without(&before, &after) };
    }
    match (one.as_text(), other.as_text()) {
        // Words mean something in a text alone: an address is compared whole.
        (Some(one), Some(other)) if is_text(field.kind()) && (is_long(one) || is_long(other)) => {
            DisplayedValue::Words {
                pieces: words(one, other),
                right_to_left: super::text::starts_right_to_left(other),
                after: ValueText::of(after),
            }
        }
        _ => DisplayedValue::Values { before: ValueText::of(before), after: ValueText::of(after) },
    }
}

const fn is_text(kind: ValueType) -> bool {
    matches!(kind, ValueType::Text | ValueType::Any)
}

const fn is_set(kind: ValueType) -> bool {
    matches!(kind, ValueType::LowerCodes | ValueType::UpperCodes)
}

/// The members of a set, escaped.
fn codes(set: &FieldValue) -> Vec<String> {
    ValueText::of(set).codes().into_iter().map(escaped).collect()
}

/// Whether two changes read the same: of one field, for one reason, from and to the same values.
fn read_alike(one: &Change, other: &Change) -> bool {
    let field = &one.field;
    let alike = |one: &FieldValue, other: &FieldValue| {
        let set = |value: &FieldValue| codes(&field.canonical(value));
        field.same(one, other) || (is_set(field.kind()) && set(one) == set(other))
    };
    field == &other.field
        && one.class == other.class
        && alike(&one.before, &other.before)
        && alike(&one.after, &other.after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_compared_by_words_and_an_address_is_not() {
        let long = "https://cdn.palmgate.example/agents/photos/".repeat(3);
        let value = |end: &str| FieldValue::from(format!("{long} {end}"));
        let of = |field: &Field| compared(field, &value("one"), &value("two"));
        assert!(matches!(of(&Field::Description("en".into())), DisplayedValue::Words { .. }));
        assert!(matches!(of(&Field::Photo), DisplayedValue::Values { .. }));
    }
}
