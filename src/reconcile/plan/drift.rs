//! What is left of a plan when only what somebody changed by hand is asked for.

use super::base_planner::declared_then;
use super::{Action, Operation, PersonPlan, Plan};
use crate::model::agent::Status;
use crate::model::record::System;
use crate::model::roster::{Base, Declaration};
use crate::reconcile::diff::Class;

impl Plan {
    /// Keeps drift alone: fields whose file says what it said at base, and rows that are gone, or no longer tied to their
    /// person, although the file wanted them at base. Who cannot be compared stays, blocked, since nobody knows whether
    /// there is drift. Everything else is left to the plan; what could hide drift is told as a warning.
    pub(crate) fn keep_drift(&mut self, base: &Base) {
        let people = std::mem::take(&mut self.people);
        for mut person in people {
            let then = declared_then(base, &person.slug, &person.crm_desired);
            if person.has_class(Class::Conflict) {
                self.warnings.push(format!(
                    "{}: the file and a system both changed since {}, to different values: `roster plan` shows it as a \
                     conflict",
                    person.file, base.name
                ));
            }
            if let (Some(why), None) = (&person.blocked, then) {
                self.warnings.push(format!("{}: is newer than {}, and blocked: {why}", person.file, base.name));
                person.blocked = None;
            }
            person.actions.retain_mut(|action| drifted(action, then));
            if person.actions.is_empty() && person.blocked.is_none() {
                self.unchanged += 1;
            } else {
                self.people.push(person);
            }
        }
    }

    /// Whether nobody drifted, as far as can be told of everybody.
    #[must_use]
    pub(crate) fn is_clean(&self) -> bool {
        self.people.iter().all(|person: &PersonPlan| person.actions.is_empty() && person.blocked.is_none())
    }
}

/// Whether somebody's hand is behind an action; only what it changed is left of it.
fn drifted(action: &mut Action, then: Option<&Declaration>) -> bool {
    match action.operation {
        // A linked row that describes another person: either the row was edited by hand, or the file was changed.
        Operation::Adopt if action.fields.iter().any(|change| change.class != Class::Adopt) => {
            action.fields.retain(|change| change.class == Class::Drift);
            !action.fields.is_empty()
        }
        // Of a row that is gone, or of which nobody knows that it is this person's, no field is left to compare.
        Operation::Create | Operation::Adopt | Operation::Link => {
            action.fields.clear();
            then.is_some_and(|then| wanted(then, action.system))
        }
        // The file was renamed or removed since it was applied.
        Operation::Rename | Operation::Release => false,
        Operation::Update | Operation::Activate | Operation::Deactivate => {
            action.fields.retain(|change| change.class == Class::Drift);
            !action.fields.is_empty()
        }
    }
}

/// Whether a file declared its person in a system. Nobody who has left is created, and nobody who is not active is
/// created at Property Finder.
fn wanted(then: &Declaration, system: System) -> bool {
    match system {
        System::Crm => then.status != Status::Archived,
        System::Pf => then.status == Status::Active,
    }
}
