//! The fields that were changed by hand, and the value with which a file accepts such a change.
//!
//! Pure. The findings are those of a plan that [`Plan::keep_drift`] has reduced to drift.

use crate::model::agent::value::MASK;
use crate::model::agent::{Field, FieldValue, Slug};
use crate::model::record::{Record, System};
use crate::model::roster::Roster;
use crate::reconcile::diff::{Change, Class};
use crate::reconcile::plan::{PersonPlan, Plan};
use arcstr::ArcStr;

/// A field of one agent that a system holds with another value than the file declares.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct DriftedField {
    /// The agent.
    pub slug: Slug,
    /// The agent's file, from the repository's root.
    pub file: String,
    /// The field.
    pub field: Field,
    /// The value that the file declares.
    pub declared: FieldValue,
    /// The systems with another value, and that value.
    pub held: Vec<(System, HeldValue)>,
}

/// What a system holds of a field.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum HeldValue {
    /// A value, in the form in which a file declares it.
    Known(FieldValue),
    /// The system does not return the field, and another value was sent last.
    NotReturned,
    /// A picture. A system keeps it under an address of its own.
    Picture,
    /// A text with a key or a token in it.
    Secret,
    /// A role of Property Finder, whose roles are not the CRM's.
    PfRole,
    /// A value that no file declares in a form that means the same.
    NoDeclaredForm,
}

/// Why a file cannot accept a drifted field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotAcceptable {
    #[error("{} does not return this field: change the file by hand", .0.name())]
    NotReturned(System),
    #[error("a file declares the picture itself, which no system returns: change the file by hand")]
    Picture,
    #[error("the value in {} has a key or a token in it: remove it there", .0.name())]
    Secret(System),
    #[error("Property Finder's roles are not those that a file declares: change the file by hand")]
    PfRole,
    #[error("the value in {} has a form that no file may declare: correct it there", .0.name())]
    NoDeclaredForm(System),
    #[error("the systems hold different values: choose one with --system")]
    DifferentValues,
}

impl DriftedField {
    /// The value that the file would declare.
    ///
    /// # Errors
    /// When no system returns it, or the systems hold different values.
    pub(crate) fn accepted(&self) -> Result<&FieldValue, NotAcceptable> {
        let mut found: Option<&FieldValue> = None;
        for (system, held) in &self.held {
            let value = match held {
                HeldValue::Known(value) => value,
                HeldValue::NotReturned => return Err(NotAcceptable::NotReturned(*system)),
                HeldValue::Picture => return Err(NotAcceptable::Picture),
                HeldValue::Secret => return Err(NotAcceptable::Secret(*system)),
                HeldValue::PfRole => return Err(NotAcceptable::PfRole),
                HeldValue::NoDeclaredForm => return Err(NotAcceptable::NoDeclaredForm(*system)),
            };
            match found {
                Some(first) if !self.field.agrees(value, first) => return Err(NotAcceptable::DifferentValues),
                _ => found = found.or(Some(value)),
            }
        }
        Ok(found.unwrap_or(&FieldValue::Nothing))
    }
}

/// Every field of a plan that was changed by hand, by agent and field. `roster` has the values that the files declare.
#[must_use]
pub(crate) fn drifted_fields(plan: &Plan, roster: &Roster) -> Vec<DriftedField> {
    let mut found: Vec<DriftedField> = plan
        .people
        .iter()
        .flat_map(|person| of_person(person, roster.people.get(&person.slug).map(|file| &file.record)))
        .collect();
    found.sort_by(|one, other| (&one.slug, &one.field).cmp(&(&other.slug, &other.field)));
    found
}

fn of_person(person: &PersonPlan, file: Option<&Record>) -> Vec<DriftedField> {
    let mut found: Vec<DriftedField> = Vec::new();
    for action in &person.actions {
        for change in action.fields.iter().filter(|change| change.class == Class::Drift) {
            // A system may get another value than the file declares: a status of its own, or a part of a list.
            let declared = file.and_then(|file| file.get(&change.field)).unwrap_or(&change.after);
            let held = (action.system, held(action.system, change, declared));
            match found.iter_mut().find(|other| other.field == change.field) {
                Some(other) => other.held.push(held),
                None => found.push(DriftedField {
                    slug: person.slug.clone(),
                    file: person.file.clone(),
                    field: change.field.clone(),
                    declared: declared.clone(),
                    held: vec![held],
                }),
            }
        }
    }
    found
}

fn held(system: System, change: &Change, declared: &FieldValue) -> HeldValue {
    let Change { field, before, .. } = change;
    let is_hidden = || before.as_text().is_some_and(|text| text.contains(MASK));
    match field {
        Field::Photo | Field::PrivatePhoto => HeldValue::Picture,
        Field::Role if system == System::Pf => HeldValue::PfRole,
        _ if !change.readable => HeldValue::NotReturned,
        _ if is_hidden() => HeldValue::Secret,
        _ => match field.declared_form(before) {
            form if !field.agrees(before, &form) => HeldValue::NoDeclaredForm,
            FieldValue::List(codes) => HeldValue::Known(merged(declared.as_list(), change.after.as_list(), &codes)),
            form => HeldValue::Known(form),
        },
    }
}

/// The declared list, in its order, without the codes that the system was sent and does not hold, and with its new ones.
fn merged(declared: &[ArcStr], sent: &[ArcStr], held: &[ArcStr]) -> FieldValue {
    let has = |codes: &[ArcStr], code: &ArcStr| codes.iter().any(|other| other.eq_ignore_ascii_case(code));
    let mut list: Vec<ArcStr> = declared.iter().filter(|code| has(held, code) || !has(sent, code)).cloned().collect();
    for code in held {
        if !has(&list, code) {
            list.push(code.clone());
        }
    }
    FieldValue::from_texts(list)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drifted(field: Field, held: Vec<(System, HeldValue)>) -> DriftedField {
        let slug = Slug::parse("sara-khan").unwrap_or_else(|why| panic!("{why}"));
        let declared = FieldValue::from("x");
        DriftedField { slug, file: "agents/sara-khan.yaml".to_owned(), field, declared, held }
    }

    #[test]
    fn a_value_is_accepted_where_every_system_that_differs_holds_it() {
        let known = |text: &str| HeldValue::Known(FieldValue::from(text));
        let (crm, pf) = (System::Crm, System::Pf);
        let table = [
            (Field::LastName, vec![(crm, known("Khan"))], Ok("Khan")),
            (Field::LastName, vec![(crm, known("Khan")), (pf, known("Khan"))], Ok("Khan")),
            // Two spellings of one number.
            (Field::Phone, vec![(crm, known("+971501234567")), (pf, known("0501234567"))], Ok("+971501234567")),
            (Field::LastName, vec![(crm, known("Khan")), (pf, known("Kahn"))], Err(NotAcceptable::DifferentValues)),
            (Field::Nationalities, vec![(pf, HeldValue::NotReturned)], Err(NotAcceptable::NotReturned(pf))),
            (Field::Photo, vec![(crm, HeldValue::Picture)], Err(NotAcceptable::Picture)),
            (Field::LastName, vec![(crm, HeldValue::Secret)], Err(NotAcceptable::Secret(crm))),
        ];
        for (field, held, want) in table {
            let finding = drifted(field, held);
            let accepted = finding.accepted().map(|value| value.as_text().unwrap_or_default());
            assert_eq!(accepted, want, "{finding:?}");
        }
    }

    #[test]
    fn a_masked_text_is_never_accepted() {
        let change = |field, before: &str| Change {
            field,
            before: FieldValue::from(before),
            after: FieldValue::from("Broker"),
            class: Class::Drift,
            readable: true,
            sent: None,
        };
        let declared = FieldValue::from("Broker");
        let held = |change: Change| held(System::Pf, &change, &declared);
        assert_eq!(held(change(Field::LastName, &format!("key {MASK}"))), HeldValue::Secret);
        assert_eq!(held(change(Field::Photo, "file 25")), HeldValue::Picture);
        assert_eq!(held(change(Field::Role, "advisor")), HeldValue::PfRole);
        assert_eq!(held(change(Field::Phone, "1-800-FLOWERS")), HeldValue::NoDeclaredForm);
        let unread = Change { readable: false, ..change(Field::LastName, "Khan") };
        assert_eq!(held(unread), HeldValue::NotReturned);
    }

    /// The CRM was sent the languages that it knows, and Property Finder one nationality.
    #[test]
    fn a_list_keeps_its_order_and_what_the_system_was_never_sent() {
        let list = |codes: &[&str]| FieldValue::from_texts(codes.iter().copied());
        let table = [
            (
                Field::Languages,
                ["zh", "yue", "en"].as_slice(),
                ["zh", "en"].as_slice(),
                ["en", "fr", "zh"].as_slice(),
                ["zh", "yue", "en", "fr"].as_slice(),
            ),
            (Field::Languages, &["zh", "yue", "en"], &["zh", "en"], &["EN"], &["yue", "en"]),
            (Field::Nationalities, &["PK", "AE"], &["PK", "AE"], &["AE", "GB", "PK"], &["PK", "AE", "GB"]),
            (Field::Languages, &["en"], &["en"], &[], &[]),
        ];
        for (field, declared, sent, live, want) in table {
            let change = Change {
                field,
                before: list(live),
                after: list(sent),
                class: Class::Drift,
                readable: true,
                sent: None,
            };
            let want = if want.is_empty() { FieldValue::Nothing } else { list(want) };
            assert_eq!(held(System::Crm, &change, &list(declared)), HeldValue::Known(want), "{live:?}");
        }
    }
}
