//! What is to be done to one person, and what is known of the person.

use std::sync::Arc;

use super::{Action, Block, Leaving, Operation, counts_as};
use crate::model::agent::Slug;
use crate::model::record::{Record, System};
use crate::reconcile::diff::{Change, Class};
use crate::reconcile::matching::SamePerson;
use crate::reconcile::memory::Memory;
use crate::reconcile::observed::{ObservedCrmUser, ObservedPfUser};

/// What is to be done to one person.
#[derive(Clone, Debug, PartialEq)]
pub struct PersonPlan {
    /// The agent.
    pub slug: Slug,
    /// The file, from the repository's root.
    pub file: String,
    /// The actions, by system and operation.
    pub actions: Vec<Action>,
    /// Why nothing can be planned for this person, if so.
    pub blocked: Option<Block>,
    /// People who must be done before: each gives up the login e-mail or the slug that this one takes.
    pub after: Vec<Slug>,
    /// The row in the CRM, as it was read.
    pub crm: Option<Arc<ObservedCrmUser>>,
    /// The row at Property Finder, as it was read.
    pub pf: Option<Arc<ObservedPfUser>>,
    /// Everything the CRM is to hold.
    pub crm_desired: Record,
    /// Everything Property Finder is to hold.
    pub pf_desired: Record,
    /// What Property Finder holds, as far as it can be read, in the files' own names.
    pub pf_live: Record,
    /// What was last sent to Property Finder of the fields that it does not return.
    pub memory: Memory,
    /// The login e-mail of the file.
    pub login: String,
    /// What becomes of the accounts, if the file declares that the person has left.
    pub leaving: Option<Leaving>,
    /// Whether the person is activated without a known change of the file. Most likely somebody
    /// deactivated the person by hand, for a reason.
    pub unexplained_activation: bool,
    /// Other files that may be of the same person, who would then get a second account.
    pub same_person: Vec<SamePerson>,
}

impl PersonPlan {
    /// The actions in one system.
    pub fn actions_in(&self, system: System) -> impl Iterator<Item = &Action> {
        self.actions.iter().filter(move |action| action.system == system)
    }

    /// The id of the person's row in one system, if there is one.
    #[must_use]
    pub fn row_id(&self, system: System) -> Option<u64> {
        match system {
            System::Crm => self.crm.as_ref().map(|user| user.id),
            System::Pf => self.pf.as_ref().map(|user| user.id),
        }
    }

    /// Whether one of the actions is this one.
    #[must_use]
    pub(crate) fn has(&self, system: System, operation: Operation) -> bool {
        self.actions_in(system).any(|action| action.operation == operation)
    }

    /// Whether nothing is done to this person, nor reported.
    pub(super) const fn is_unchanged(&self) -> bool {
        self.actions.is_empty() && self.blocked.is_none() && self.leaving.is_none()
    }

    /// Whether all that is done is to store ids and values of the memory, and to take over accounts as they are.
    #[must_use]
    pub(crate) fn only_takes_over(&self) -> bool {
        let takes_over = |action: &Action| matches!(counts_as(action), Operation::Adopt | Operation::Link);
        let is_known = |change: &Change| change.class == Class::First;
        self.blocked.is_none()
            && self.actions.iter().all(|action| takes_over(action) && action.fields.iter().all(is_known))
    }

    /// Whether any field differs for this reason.
    #[must_use]
    pub(crate) fn has_class(&self, class: Class) -> bool {
        self.actions.iter().flat_map(|action| &action.fields).any(|change| change.class == class)
    }

    /// Whether what is done changes what the CRM remembers of the person.
    #[must_use]
    pub(crate) fn writes_links(&self) -> bool {
        let has_row = self.crm.is_some() || self.has(System::Crm, Operation::Create);
        let keeps_row = !self.has(System::Crm, Operation::Delete);
        has_row
            && keeps_row
            && self.actions.iter().any(|action| {
                let stores_ids = matches!(action.operation, Operation::Create | Operation::Link | Operation::Adopt);
                (action.system == System::Pf && stores_ids) || action.fields.iter().any(|change| !change.readable)
            })
    }

    /// Everything that changes in one system, as one record; a create's fields are not among them.
    #[must_use]
    pub(crate) fn changes_in(&self, system: System) -> Record {
        let existing = self.actions_in(system).filter(|action| action.operation != Operation::Create);
        existing.flat_map(|action| &action.fields).map(|change| (change.field.clone(), change.after.clone())).collect()
    }
}
