//! The category of a person for a reviewer: the order of the people in pages and comments.

use strum::{IntoStaticStr, VariantArray};

use super::ReportSubject;
use super::summary::{Category, Summary};
use crate::reconcile::plan::{Operation, PersonPlan};

/// Why a reader should look at a person; what needs a person's judgement most comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "lowercase", const_into_str)]
pub(super) enum ReviewCategory {
    /// Nothing can be planned.
    Blocked,
    /// Deactivated at Property Finder, or deleted from the CRM.
    Departure,
    /// A row is taken over that carries no slug, or describes another person.
    Adoption,
    /// The file and a system changed the same field, to different values.
    Conflict,
    /// A system differs from the file, which did not change.
    Drift,
    /// Everything else: the file changed, a person is new or activated, a link is restored.
    Change,
}

impl ReviewCategory {
    /// The heading under which people of a category are.
    pub(super) const fn of(category: Category) -> Self {
        match category {
            Category::Blocked => Self::Blocked,
            Category::Conflict => Self::Conflict,
            Category::Drift => Self::Drift,
            Category::Operation(operation) => match operation {
                Operation::Deactivate | Operation::Delete => Self::Departure,
                Operation::Adopt => Self::Adoption,
                Operation::Create
                | Operation::Update
                | Operation::Activate
                | Operation::Link
                | Operation::Rename
                | Operation::Release => Self::Change,
            },
        }
    }

    /// The heading under which a report has a person.
    pub(super) fn within(subject: ReportSubject, person: &PersonPlan) -> Self {
        Self::of(Category::of(subject, person))
    }

    /// How many people it has.
    pub(super) fn count(self, summary: &Summary) -> usize {
        Category::all().filter(|category| Self::of(*category) == self).map(|category| summary.count(category)).sum()
    }

    /// Its word in names and addresses.
    pub(super) const fn key(self) -> &'static str {
        self.into_str()
    }

    /// Its heading.
    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::Blocked => "Blocked",
            Self::Departure => "Departures",
            Self::Adoption => "Adoptions",
            Self::Conflict => "Conflicts",
            Self::Drift => "Drift",
            Self::Change => "Changes",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn categories_are_ordered_as_listed() {
        assert!(ReviewCategory::VARIANTS.is_sorted());
    }
}
