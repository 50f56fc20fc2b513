//! The people of a plan in words: who leaves, who is new, and how many have other changes.

use super::Report;
use super::summary::Category;
use crate::model::record::System;
use crate::reconcile::plan::{Operation, PersonPlan};

/// People to whom the same happens. Each person with something to do is in one part.
pub(super) struct PeoplePart<'a> {
    /// The people, in the order of the plan.
    pub(super) people: Vec<&'a PersonPlan>,
    of: PartOfPlan,
}

/// What happens to the people of a part, in the order in which a reviewer needs to see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum PartOfPlan {
    OfflineAndDeleted,
    Deleted,
    Offline,
    Adopted,
    Conflict,
    Drift,
    New,
    Activated,
    Other,
}

impl PartOfPlan {
    const ALL: [Self; 9] = [
        Self::OfflineAndDeleted,
        Self::Deleted,
        Self::Offline,
        Self::Adopted,
        Self::Conflict,
        Self::Drift,
        Self::New,
        Self::Activated,
        Self::Other,
    ];

    fn of(report: &Report<'_>, person: &PersonPlan) -> Self {
        match Category::of(report.subject, person) {
            Category::Operation(Operation::Delete) if person.has(System::Pf, Operation::Deactivate) => {
                Self::OfflineAndDeleted
            }
            Category::Operation(Operation::Delete) => Self::Deleted,
            Category::Operation(Operation::Deactivate) => Self::Offline,
            Category::Operation(Operation::Adopt) => Self::Adopted,
            Category::Operation(Operation::Create) => Self::New,
            Category::Operation(Operation::Activate) => Self::Activated,
            Category::Conflict => Self::Conflict,
            Category::Drift => Self::Drift,
            Category::Operation(Operation::Update | Operation::Link | Operation::Rename | Operation::Release)
            | Category::Blocked => Self::Other,
        }
    }

    /// Behind one name or number, and behind several.
    const fn phrases(self) -> [&'static str; 2] {
        match self {
            Self::OfflineAndDeleted => [
                "goes offline at Property Finder and is deleted from the CRM",
                "go offline at Property Finder and are deleted from the CRM",
            ],
            Self::Deleted => ["is deleted from the CRM", "are deleted from the CRM"],
            Self::Offline => ["goes offline at Property Finder", "go offline at Property Finder"],
            Self::Adopted => ["is taken over", "are taken over"],
            Self::Conflict => ["has a conflict", "have a conflict"],
            Self::Drift => ["drifted from the files", "drifted from the files"],
            Self::New => ["is new", "are new"],
            Self::Activated => ["is activated", "are activated"],
            Self::Other => ["has other changes", "have other changes"],
        }
    }
}

impl PeoplePart<'_> {
    /// What happens to them: it follows the number of the people, or their names.
    pub(super) fn phrase(&self) -> &'static str {
        let [one, several] = self.of.phrases();
        if self.people.len() == 1 { one } else { several }
    }
}

/// Everybody for whom there is something to do, without the blocked.
pub(super) fn people_parts<'a>(report: &Report<'a>) -> Vec<PeoplePart<'a>> {
    let to_do = || report.plan.people.iter().filter(|person| Category::of(report.subject, person) != Category::Blocked);
    let part_named = |name| PeoplePart {
        people: to_do().filter(|person| PartOfPlan::of(report, person) == name).collect(),
        of: name,
    };
    PartOfPlan::ALL.into_iter().map(part_named).filter(|part| !part.people.is_empty()).collect()
}
