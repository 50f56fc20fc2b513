//! Reduces a plan to the changes made by hand. `reconcile/diff.rs` decides which those are.

use super::base_planner::declared_at_base;
use super::{Action, Operation, PersonPlan, Plan, Warning, WarningKind};
use crate::model::agent::Status;
use crate::model::record::System;
use crate::model::roster::{Base, Declaration};
use crate::reconcile::diff::Class;

impl Plan {
    /// Keeps drift only: fields that the file declares as at base, and rows that are gone, or no longer linked to their
    /// person, although the file wanted them at base. A person who cannot be compared stays, blocked, since it is unknown whether
    /// there is drift. Everything else is left to the plan; what could hide drift is a warning.
    pub(crate) fn keep_drift(&mut self, base: &Base) {
        if !self.contract.lists_users() {
            self.warnings.retain(|warning| !matches!(warning.kind, WarningKind::UnlistedCreates(_)));
            self.warnings.push(WarningKind::UnlistedDrift.into());
        }
        let people = std::mem::take(&mut self.people);
        for mut person in people {
            let at_base = declared_at_base(base, &person.slug, &person.crm_desired);
            if person.has_class(Class::Conflict) {
                let kind = WarningKind::ConflictSince { base: base.name.clone() };
                self.warnings.push(Warning::of(person.file.clone(), kind));
            }
            if let (Some(why), None) = (person.why_blocked(), at_base) {
                let kind = WarningKind::NewAndBlocked { base: base.name.clone(), why };
                self.warnings.push(Warning::of(person.file.clone(), kind));
                person.blocked = None;
            }
            person.actions.retain_mut(|action| drifted(action, at_base));
            if person.actions.is_empty() && person.blocked.is_none() {
                self.unchanged += 1;
            } else {
                self.people.push(person);
            }
        }
    }

    /// Whether no person drifted, and all of them could be compared.
    #[must_use]
    pub(crate) fn is_clean(&self) -> bool {
        self.people.iter().all(|person: &PersonPlan| person.actions.is_empty() && person.blocked.is_none())
    }

    /// How many values changed that no file declares.
    #[must_use]
    pub(crate) fn undeclared_changes(&self) -> usize {
        self.warnings.iter().filter(|warning| matches!(warning.kind, WarningKind::Undeclared { .. })).count()
    }
}

/// Whether an action corrects a change made by hand; only that change is left of it.
fn drifted(action: &mut Action, at_base: Option<&Declaration>) -> bool {
    match action.operation {
        // A linked row that describes another person: either the row was edited by hand, or the file was changed.
        Operation::Adopt if action.fields.iter().any(|change| change.class != Class::Adopt) => {
            action.fields.retain(|change| change.class == Class::Drift);
            !action.fields.is_empty()
        }
        // Of a row that is gone or not certain, no field can be compared.
        Operation::Create | Operation::Adopt | Operation::Link => {
            action.fields.clear();
            at_base.is_some_and(|at_base| wanted(at_base, action.system))
        }
        // The row that is to go is there.
        Operation::Delete => {
            at_base.is_some_and(|at_base| at_base.status == Status::Archived && at_base.handover.is_some())
        }
        // The file was renamed or removed since it was applied.
        Operation::Rename | Operation::Release => false,
        Operation::Update | Operation::Activate | Operation::Deactivate => {
            action.fields.retain(|change| change.class == Class::Drift);
            !action.fields.is_empty()
        }
    }
}

/// Whether a file declared its person in a system. A person who has left is not created, and a person who is not active is not
/// created at Property Finder.
fn wanted(at_base: &Declaration, system: System) -> bool {
    match system {
        System::Crm => at_base.status != Status::Archived,
        System::Pf => at_base.status == Status::Active,
    }
}
