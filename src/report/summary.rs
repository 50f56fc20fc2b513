//! How many people a report is about, and what happens to them: computed once, and printed by every format.
//!
//! Each person is in exactly one [`Category`], so the numbers add up to the number of people. A heading of a page or a
//! comment is a [`ReviewCategory`](super::review_category::ReviewCategory), which is a set of categories: its number is the
//! sum of theirs.

use std::collections::BTreeMap;

use super::ReportSubject;
use crate::reconcile::diff::Class;
use crate::reconcile::plan::{Operation, PersonPlan, Plan, counts_as};

/// What happens to a person. A person is in one category: the first that fits, in the order in which a reviewer needs to
/// see them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Category {
    /// The weightiest operation, where the fields are neither in conflict nor drifted.
    Operation(Operation),
    /// The file and a system changed the same field, to different values.
    Conflict,
    /// A system holds something else than the file, which did not change.
    Drift,
    /// Nothing can be planned.
    Blocked,
}

impl Category {
    /// Every category, in the order of the summary.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        Operation::ALL.iter().copied().map(Self::Operation).chain([Self::Conflict, Self::Drift, Self::Blocked])
    }

    /// The category of a person with something to do, or blocked. What drift found is drift, whatever must be done.
    pub(super) fn of(subject: ReportSubject, person: &PersonPlan) -> Self {
        if person.blocked.is_some() {
            return Self::Blocked;
        }
        if subject == ReportSubject::Drift {
            return Self::Drift;
        }
        let of_class = || {
            let classes = [(Class::Conflict, Self::Conflict), (Class::Drift, Self::Drift)];
            classes.into_iter().find(|(class, _)| person.has_class(*class)).map(|(_, category)| category)
        };
        first_operation(person, &[Operation::Delete, Operation::Deactivate, Operation::Adopt])
            .or_else(of_class)
            .or_else(|| first_operation(person, &[Operation::Create, Operation::Activate, Operation::Update]))
            .or_else(|| first_operation(person, Operation::ALL))
            .unwrap_or(Self::Operation(Operation::Update))
    }

    /// Its word in documents.
    pub(super) const fn key(self) -> &'static str {
        match self {
            Self::Operation(operation) => operation.key(),
            Self::Conflict => "conflict",
            Self::Drift => "drift",
            Self::Blocked => "blocked",
        }
    }
}

/// The first of these operations that a person has.
fn first_operation(person: &PersonPlan, wanted: &[Operation]) -> Option<Category> {
    let has = |operation: &&Operation| person.actions.iter().any(|action| counts_as(action) == **operation);
    wanted.iter().find(has).copied().map(Category::Operation)
}

/// The numbers of a report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    categories: BTreeMap<Category, usize>,
    /// People of another category who are created in one of the systems too. An account at Property Finder can never be deleted, so
    /// no category hides a create.
    pub(super) also_created: usize,
    /// People with nothing to do.
    pub(super) unchanged: usize,
    /// Agents whose file is deleted. They have no file, so they are not among the people.
    pub(super) orphans: usize,
    /// Rows without a file, which are not touched.
    pub(super) unmanaged: usize,
}

impl Summary {
    /// The numbers of a plan.
    pub(super) fn new(subject: ReportSubject, plan: &Plan) -> Self {
        let (mut categories, mut also_created) = (BTreeMap::new(), 0);
        for person in &plan.people {
            let category = Category::of(subject, person);
            *categories.entry(category).or_default() += 1;
            let creates = person.actions.iter().any(|action| action.operation == Operation::Create);
            also_created += usize::from(creates && category != Category::Operation(Operation::Create));
        }
        Self {
            categories,
            also_created,
            unchanged: plan.unchanged,
            orphans: plan.orphans.len(),
            unmanaged: plan.unmanaged.len(),
        }
    }

    /// How many people are in a category.
    pub(super) fn count(&self, category: Category) -> usize {
        self.categories.get(&category).copied().unwrap_or_default()
    }

    /// How many people have this as their weightiest operation.
    pub(super) fn operation(&self, operation: Operation) -> usize {
        self.count(Category::Operation(operation))
    }

    /// How many people have something to do.
    pub(super) fn to_do(&self) -> usize {
        self.categories.values().sum::<usize>() - self.blocked()
    }

    /// For how many people nothing can be planned.
    pub(super) fn blocked(&self) -> usize {
        self.count(Category::Blocked)
    }

    /// How many people the plan was made for.
    pub(super) fn people(&self) -> usize {
        self.categories.values().sum::<usize>() + self.unchanged
    }
}

#[cfg(test)]
mod tests;
