//! Deletions that this run cannot carry out. Everything else that is planned for the person stays: a reason
//! that stops only the deletion must not stop the deactivation. A person for whom nothing else is left is blocked, so that the plan shows it until
//! it is solved, unless the plan itself solves it for the receiver.

use std::collections::BTreeSet;

use super::login_conflicts::takes_slug;
use super::{Block, Leaving, LeavingCrmUser, Operation, PersonPlan, Plan};
use crate::model::agent::Slug;
use crate::reconcile::matching::{CrmMatch, Match, Matches};

/// Receivers whose row is known and does not carry their slug yet.
pub(super) fn unlinked(matches: &Matches) -> BTreeSet<Slug> {
    let is_unlinked =
        |found: &Match| matches!(found, Match::Known { crm: CrmMatch::Link(_) | CrmMatch::Rename { .. }, .. });
    matches.people.iter().filter(|(_, found)| is_unlinked(found)).map(|(slug, _)| slug.clone()).collect()
}

impl PersonPlan {
    /// Whether the CRM user is deleted by a later run, for a reason.
    #[must_use]
    pub(crate) fn waits_for_deletion(&self) -> bool {
        matches!(&self.leaving, Some(Leaving { crm: LeavingCrmUser::Later { why: Some(_), .. }, .. }))
    }

    /// Leaves the deletion to a later run.
    pub(super) fn postpone_deletion(&mut self, why: Option<String>, after: Vec<Slug>) {
        self.actions.retain(|action| action.operation != Operation::Delete);
        if let Some(leaving) = &mut self.leaving
            && let Some(crm) = leaving.crm.id()
        {
            leaving.crm = LeavingCrmUser::Later { crm, why, after };
        }
    }

    /// Blocks a person for whom nothing but the deletion is left.
    fn block_if_idle(&mut self) {
        let waits = matches!(self.leaving, Some(Leaving { crm: LeavingCrmUser::Later { .. }, .. }));
        if waits && self.actions.is_empty() && self.blocked.is_none() {
            self.block(Block::DeletionWaits);
        }
    }

    /// Whether this plan links a receiver.
    fn is_linked_here(&self) -> bool {
        self.blocked.is_none() && takes_slug(self)
    }
}

impl Plan {
    /// Leaves deletions to a later run whose receivers are not linked by this one.
    pub(super) fn postpone_deletions_of_unlinked(&mut self, unlinked: &BTreeSet<Slug>) {
        let linked_here: BTreeSet<Slug> =
            self.people.iter().filter(|person| person.is_linked_here()).map(slug).collect();
        let is_missing = |agent: &Slug| unlinked.contains(agent) && !linked_here.contains(agent);
        for person in &mut self.people {
            let Some((_, receivers)) = person.deletion() else { continue };
            let Some(agent) = receivers.each().into_values().find(|agent| is_missing(agent)).cloned() else { continue };
            let why = format!(
                "`handover` names {agent}, whose CRM user is not linked yet: first apply what the plan has for that agent, \
                 then plan again"
            );
            person.postpone_deletion(Some(why), vec![agent]);
        }
    }

    /// Blocks the people for whom nothing but a deletion is left that cannot be carried out. Where the plan has what it waits
    /// for, in this run or in another, the person is unchanged, and the deletion is a warning.
    pub(super) fn block_idle_leavers(&mut self) -> Vec<PersonPlan> {
        let planned = self.people.iter().chain(&self.out_of_scope).filter(|person| person.is_linked_here());
        let planned: BTreeSet<Slug> = planned.map(slug).collect();
        let is_solved = |person: &mut PersonPlan| match &person.leaving {
            Some(Leaving { crm: LeavingCrmUser::Later { why: Some(_), after, .. }, .. }) => {
                !after.is_empty()
                    && person.actions.is_empty()
                    && person.blocked.is_none()
                    && after.iter().all(|receiver| planned.contains(receiver))
            }
            _ => false,
        };
        let solved: Vec<PersonPlan> = self.people.extract_if(.., is_solved).collect();
        self.unchanged += solved.len();
        self.people.iter_mut().filter(|person| person.waits_for_deletion()).for_each(PersonPlan::block_if_idle);
        solved
    }

    /// Leaves every deletion to a later run.
    pub(crate) fn postpone_deletions(&mut self, why: &str) {
        for person in self.people.iter_mut().chain(&mut self.out_of_scope).filter(|person| person.deletion().is_some())
        {
            person.postpone_deletion(Some(why.to_owned()), Vec::new());
            person.block_if_idle();
        }
        self.out_of_scope.retain(|person| !person.actions.is_empty());
    }
}

fn slug(person: &PersonPlan) -> Slug {
    person.slug.clone()
}
