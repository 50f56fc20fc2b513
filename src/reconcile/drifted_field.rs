//! The fields that were changed by hand, and the value with which a file accepts such a change.
//!
//! Pure. The findings are those of a plan that [`Plan::keep_drift`] has reduced to drift.

use crate::model::agent::value::MASK;
use crate::model::agent::{Field, FieldValue, Slug};
use crate::model::record::System;
use crate::reconcile::diff::{Change, Class};
use crate::reconcile::plan::{PersonPlan, Plan};

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
            };
            match found {
                Some(first) if !self.field.agrees(value, first) => return Err(NotAcceptable::DifferentValues),
                _ => found = found.or(Some(value)),
            }
        }
        Ok(found.unwrap_or(&FieldValue::Nothing))
    }
}

/// Every field of a plan that was changed by hand, by agent and field.
#[must_use]
pub(crate) fn drifted_fields(plan: &Plan) -> Vec<DriftedField> {
    let mut found: Vec<DriftedField> = plan.people.iter().flat_map(of_person).collect();
    found.sort_by(|one, other| (&one.slug, &one.field).cmp(&(&other.slug, &other.field)));
    found
}

fn of_person(person: &PersonPlan) -> Vec<DriftedField> {
    let mut found: Vec<DriftedField> = Vec::new();
    for action in &person.actions {
        for change in action.fields.iter().filter(|change| change.class == Class::Drift) {
            let held = (action.system, held(change));
            match found.iter_mut().find(|other| other.field == change.field) {
                Some(other) => other.held.push(held),
                None => found.push(DriftedField {
                    slug: person.slug.clone(),
                    file: person.file.clone(),
                    field: change.field.clone(),
                    declared: change.after.clone(),
                    held: vec![held],
                }),
            }
        }
    }
    found
}

fn held(change: &Change) -> HeldValue {
    let is_hidden = || change.before.as_text().is_some_and(|text| text.contains(MASK));
    match change.field {
        Field::Photo | Field::PrivatePhoto => HeldValue::Picture,
        _ if !change.readable => HeldValue::NotReturned,
        _ if is_hidden() => HeldValue::Secret,
        _ => HeldValue::Known(change.field.declared_form(&change.before)),
    }
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
        assert_eq!(held(&change(Field::LastName, &format!("key {MASK}"))), HeldValue::Secret);
        assert_eq!(held(&change(Field::Photo, "file 25")), HeldValue::Picture);
        let unread = Change { readable: false, ..change(Field::LastName, "Khan") };
        assert_eq!(held(&unread), HeldValue::NotReturned);
    }
}
