//! Which part of a plan a run is about (`--agent`, `--system`), and compared with what (`--base`).

use super::{Action, LeavingPfUser, Operation, PersonPlan, Plan};
use crate::model::agent::Slug;
use crate::model::record::System;
use crate::model::roster::Base;

/// What a plan is asked for: whom, where, and compared with what.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    /// Whether this agent was asked for (`--agent`).
    pub agent: &'a dyn Fn(&Slug) -> bool,
    /// The one system that was asked for (`--system`).
    pub system: Option<System>,
    /// The files at base (`--base`), which distinguish a change from drift.
    pub base: Option<&'a Base>,
}

impl Scope<'_> {
    /// Everybody, everywhere, without a base.
    pub const ALL: Self = Self { agent: &|_| true, system: None, base: None };
}

impl Plan {
    /// Moves what the scope leaves out to `out_of_scope`, and counts the people for whom nothing is left to do. Returns those of
    /// them who leave.
    pub(super) fn narrow(&mut self, scope: &Scope<'_>) -> Vec<PersonPlan> {
        let mut idle = Vec::new();
        for mut person in std::mem::take(&mut self.people) {
            let asked_for = (scope.agent)(&person.slug);
            let waits = person.actions.is_empty() && person.waits_for_deletion() && scope.system != Some(System::Pf);
            let wanted = |action: &Action| asked_for && scope.system.is_none_or(|system| action.system == system);
            let (mut wanted, mut rest): (Vec<Action>, Vec<Action>) =
                std::mem::take(&mut person.actions).into_iter().partition(wanted);
            // A person is deleted only after the deactivation at Property Finder.
            if rest.iter().any(|action| action.operation == Operation::Deactivate) {
                rest.extend(wanted.extract_if(.., |action| action.operation == Operation::Delete));
            }
            let rest_does: Vec<Operation> = rest.iter().map(|action| action.operation).collect();
            if !rest.is_empty() {
                self.out_of_scope.push(PersonPlan { actions: rest, ..person.clone() });
            }
            person.actions = wanted;
            person.leaves_in_this_run(&rest_does);
            if asked_for && person.actions.is_empty() && person.blocked.is_none() && !waits {
                self.unchanged += 1;
                idle.extend(person.leaving.is_some().then_some(person));
            } else if asked_for {
                self.people.push(person);
            }
        }
        self.block_login_and_slug_conflicts();
        idle
    }
}

impl PersonPlan {
    /// Corrects what becomes of the accounts of a leaver where other runs have some of the operations.
    fn leaves_in_this_run(&mut self, elsewhere: &[Operation]) {
        let Some(leaving) = &mut self.leaving else { return };
        if let LeavingPfUser::Deactivated(id) = leaving.pf
            && elsewhere.contains(&Operation::Deactivate)
        {
            leaving.pf = LeavingPfUser::StaysActive(id);
        }
        if elsewhere.contains(&Operation::Delete) {
            self.postpone_deletion(None, Vec::new());
        }
    }
}
