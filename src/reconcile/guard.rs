//! The guards of a plan: the limit of creates, of updates and of each other operation, and whether the files are credible.
//!
//! Pure. A guard counts people, never requests, against the larger of a count and a share of the linked people.
//!
//! It counts the people of the whole plan, also where a run writes a part of it: else a plan over a limit would pass in
//! small parts. It stops a run only if that run has such an action. An acceptance names the digest of exactly the actions
//! that this run shows and writes. A digest of the whole plan would accept actions that were never shown, and would let
//! another run write them.

use std::collections::{BTreeMap, BTreeSet};

use secrecy::SecretString;

use crate::model::agent::Slug;
use crate::model::config::{GuardLimit, Limits};
use crate::model::record::System;
use crate::reconcile::diff::Class;
use crate::reconcile::plan::{Action, Operation, PersonPlan, Plan, counts_as, digest};

/// What stops a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// Too many people for one operation.
    Operation(Operation),
    /// Activating a person without a known change of the file: most likely that person was deactivated by hand,
    /// for a reason.
    ActivateDrift,
    /// People for whom an account would be created although another file, or its row, may be of the same person.
    SecondAccount,
    /// The CRM holds agents whose file is gone.
    Orphans,
    /// There is no file at all.
    Empty,
    /// roster.yaml protects a slug that matches no file and no row.
    Protect,
    /// The Property Finder account would have more active users than it may have.
    Seats,
}

impl Guard {
    /// Its word in output.
    #[must_use]
    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::Operation(operation) => operation.key(),
            Self::ActivateDrift => "activate_drift",
            Self::SecondAccount => "second_account",
            Self::Orphans => "orphans",
            Self::Empty => "empty",
            Self::Protect => "protect",
            Self::Seats => "seats",
        }
    }
}

impl Guard {
    /// What it stopped, behind a number: `people would be created`.
    #[must_use]
    pub(crate) const fn would(self, count: usize) -> &'static str {
        let [one, more] = match self {
            Self::Operation(operation) => match operation {
                Operation::Create => ["person would be created", "people would be created"],
                Operation::Update | Operation::Link | Operation::Release => {
                    ["person would be changed", "people would be changed"]
                }
                Operation::Rename => ["slug would be replaced in the CRM", "slugs would be replaced in the CRM"],
                Operation::Deactivate => ["person would be deactivated", "people would be deactivated"],
                Operation::Activate => ["person would be activated", "people would be activated"],
                Operation::Delete => ["person would be deleted from the CRM", "people would be deleted from the CRM"],
                Operation::Adopt => ["existing account would be taken over", "existing accounts would be taken over"],
            },
            Self::ActivateDrift => [
                "person would be activated without a known change of the file",
                "people would be activated without a known change of the file",
            ],
            Self::SecondAccount => ["person may get a second account", "people may get a second account"],
            Self::Protect => ["protected slug has no file", "protected slugs have no file"],
            Self::Orphans => ["agent's file is deleted", "agents' files are deleted"],
            Self::Seats => ["active user would be at Property Finder", "active users would be at Property Finder"],
            Self::Empty => ["agent has no file", "agents have no files"],
        };
        if count == 1 { one } else { more }
    }
}

/// One reason why nothing is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuardBlock {
    /// Which guard.
    pub guard: Guard,
    /// How many people it lets through.
    pub limit: usize,
    /// How many there are.
    pub actual: usize,
    /// How many of these have a conflict or drift: a summary counts them apart from the people to change.
    pub conflicts_and_drift: usize,
    /// What lets exactly these actions through with `--accept`; none where nothing can.
    pub digest: Option<String>,
    /// For people: what blocks, and what to do.
    pub message: String,
}

impl GuardBlock {
    /// What it stopped, behind its number: `people would be changed, 2 of them with a conflict or drift`.
    #[must_use]
    pub(crate) fn would(&self) -> String {
        format!("{}{}", self.guard.would(self.actual), self.differences())
    }

    fn differences(&self) -> String {
        match self.conflicts_and_drift {
            0 => String::new(),
            count => format!(", {count} of them with a conflict or drift"),
        }
    }
}

/// Every reason why this plan may not be carried out. `accepted` holds the digests that people let through.
#[must_use]
pub fn guard(plan: &Plan, limits: &Limits, accepted: &[String], key: Option<&SecretString>) -> Vec<GuardBlock> {
    let mut blocks: Vec<GuardBlock> = COUNTED.into_iter().filter_map(|guard| over(plan, guard, limits, key)).collect();
    let whole = whole_digest(plan, key);
    blocks.retain(|block| !accepted.iter().any(|given| Some(given) == block.digest.as_ref() || *given == whole));
    blocks.extend(orphans(plan));
    blocks.extend(empty(plan));
    blocks.extend(unmatched_protect(plan));
    blocks.extend(seats(plan, limits));
    blocks
}

/// The given digests that let nothing through: what they were printed for is not in this plan, or exceeds no limit.
#[must_use]
pub(crate) fn digests_without_effect<'d>(
    plan: &Plan,
    limits: &Limits,
    given: &'d [String],
    key: Option<&SecretString>,
) -> Vec<&'d str> {
    let blocks = COUNTED.into_iter().filter_map(|guard| over(plan, guard, limits, key));
    let digests: BTreeSet<String> = blocks.filter_map(|block| block.digest).chain([whole_digest(plan, key)]).collect();
    given.iter().filter(|given| !digests.contains(*given)).map(String::as_str).collect()
}

/// The digest of everything that the plan would do.
#[must_use]
pub(crate) fn whole_digest(plan: &Plan, key: Option<&SecretString>) -> String {
    let actions = plan.to_do().flat_map(|person| person.actions.iter().map(move |action| (person, action)));
    let digest = digest::digest(actions, key);
    let second = |(person, action): (&PersonPlan, &Action)| Guard::SecondAccount.counts(person, action);
    let mut all = plan.to_do().flat_map(|person| person.actions.iter().map(move |action| (person, action)));
    // A plan of creates alone has the digest of its creates, which does not accept a second account.
    if all.any(second) { digest::of_guard("whole plan", &digest) } else { digest }
}

/// How many people a limit lets through, out of so many linked ones.
#[must_use]
pub(crate) fn allowed(limit: GuardLimit, population: usize, min_population: u32) -> usize {
    let count = limit.count as usize;
    match limit.percent {
        Some(percent) if population >= min_population as usize => count.max(population * percent as usize / 100),
        _ => count,
    }
}

/// The guards that count operations. Links and releases change what the CRM remembers and no profile, so no guard counts them.
/// Renames are counted: a link field that roster.yaml names by mistake would be overwritten in every row.
const COUNTED: [Guard; 9] = [
    Guard::Operation(Operation::Create),
    Guard::Operation(Operation::Update),
    Guard::Operation(Operation::Delete),
    Guard::Operation(Operation::Deactivate),
    Guard::Operation(Operation::Activate),
    Guard::ActivateDrift,
    Guard::SecondAccount,
    Guard::Operation(Operation::Adopt),
    Guard::Operation(Operation::Rename),
];

impl Guard {
    /// Whether an action counts here. A deletion counts among the deactivations too, also where Property Finder is off
    /// already: both are people who leave.
    fn counts(self, person: &PersonPlan, action: &Action) -> bool {
        let operation = counts_as(action);
        let of_action = match operation {
            Operation::Activate if person.unexplained_activation => Self::ActivateDrift,
            operation => Self::Operation(operation),
        };
        let is_second = || operation == Operation::Create && !person.same_person.is_empty();
        self == of_action
            || (self == Self::SecondAccount && is_second())
            || (self, operation) == (Self::Operation(Operation::Deactivate), Operation::Delete)
    }

    /// The limit of creates, and of each other operation; none where no number of people is a limit.
    const fn limit(self, limits: &Limits) -> Option<GuardLimit> {
        match self {
            Self::ActivateDrift => Some(limits.activate_drift),
            // An account at Property Finder can never be deleted, so each one needs an acceptance.
            Self::SecondAccount => Some(GuardLimit { count: 0, percent: None }),
            Self::Operation(operation) => match operation {
                Operation::Create => Some(limits.create),
                Operation::Deactivate => Some(limits.deactivate),
                Operation::Delete => Some(limits.delete),
                Operation::Activate => Some(limits.activate),
                Operation::Adopt => Some(limits.adopt),
                Operation::Update | Operation::Rename => Some(limits.update),
                Operation::Link | Operation::Release => None,
            },
            Self::Orphans | Self::Empty | Self::Protect | Self::Seats => None,
        }
    }
}

fn over(plan: &Plan, guard: Guard, limits: &Limits, key: Option<&SecretString>) -> Option<GuardBlock> {
    let limit = allowed(guard.limit(limits)?, plan.population, limits.min_population);
    let counted = |person: &PersonPlan, action: &Action| guard.counts(person, action);
    let is_counted = |person: &&PersonPlan| person.actions.iter().any(|action| counted(person, action));
    let here = plan.to_do().filter(is_counted).count();
    let people = plan.to_do().chain(&plan.out_of_scope).filter(is_counted);
    let everybody: BTreeMap<&Slug, &PersonPlan> = people.map(|person| (&person.slug, person)).collect();
    let actual = everybody.len();
    if here == 0 || actual <= limit {
        return None;
    }
    let actions = plan.to_do().flat_map(|person| person.actions.iter().map(move |action| (person, action)));
    let digest = digest::digest(actions.filter(|(person, action)| counted(person, action)), key);
    // Who accepts that people are created has not accepted that they may exist.
    let digest = if guard == Guard::SecondAccount { digest::of_guard(guard.key(), &digest) } else { digest };
    let part = if here == actual { String::new() } else { format!(" in the whole plan, {here} of them in this run") };
    let has_conflict_or_drift =
        |person: &&&PersonPlan| person.has_class(Class::Conflict) || person.has_class(Class::Drift);
    let conflicts_and_drift = match guard {
        Guard::Operation(Operation::Update) => everybody.values().filter(has_conflict_or_drift).count(),
        _ => 0,
    };
    let mut block = GuardBlock { guard, limit, actual, conflicts_and_drift, digest: None, message: String::new() };
    block.message = format!(
        "{actual} {}{part}{} (limit: {limit}). To allow exactly these actions: roster apply --accept {digest}",
        guard.would(actual),
        block.differences()
    );
    block.digest = Some(digest);
    Some(block)
}

fn orphans(plan: &Plan) -> Option<GuardBlock> {
    if !plan.orphans_block || plan.orphans.is_empty() {
        return None;
    }
    let named: Vec<String> =
        plan.orphans.iter().map(|orphan| format!("{} (crm {})", orphan.agent, orphan.crm)).collect();
    let mut message = format!(
        "the CRM has links of {} without a file: {}; restore the file (with status: archived if \
         the person has left), or release the row with `roster link AGENT --release`",
        if named.len() == 1 { "an agent" } else { "agents" },
        named.join(", ")
    );
    for remedy in plan.renamed_orphans() {
        message = format!("{message}; {remedy}");
    }
    Some(GuardBlock {
        guard: Guard::Orphans,
        limit: 0,
        actual: plan.orphans.len(),
        conflicts_and_drift: 0,
        digest: None,
        message,
    })
}

/// A folder without files is a mistake while a person is linked: it must not mean "all people have left".
fn empty(plan: &Plan) -> Option<GuardBlock> {
    let linked = plan.orphans.len() + plan.kept.len();
    (plan.files == 0 && linked > 0).then(|| GuardBlock {
        guard: Guard::Empty,
        limit: 0,
        conflicts_and_drift: 0,
        actual: linked,
        digest: None,
        message: "there is no agent file, and rows in the CRM have links: is this the right folder?".to_owned(),
    })
}

/// A person who cannot be found cannot be protected: their slug may be misspelt, or their file renamed long ago.
fn unmatched_protect(plan: &Plan) -> Option<GuardBlock> {
    let slugs = &plan.unmatched_protect;
    (!slugs.is_empty()).then(|| GuardBlock {
        guard: Guard::Protect,
        limit: 0,
        conflicts_and_drift: 0,
        actual: slugs.len(),
        digest: None,
        message: format!(
            "roster.yaml protects {}, and neither a file nor a row has that slug: correct it to the slug that the person \
             has now, or remove it from protect",
            slugs.join(", ")
        ),
    })
}

/// Property Finder refuses a user beyond the account's limit. No digest allows that, so only the files or the limit can change.
/// Only the actions of this run are counted.
fn seats(plan: &Plan, limits: &Limits) -> Option<GuardBlock> {
    let limit = limits.seats? as usize;
    let counted = |operations: &[Operation]| {
        let has_one_of_them =
            |person: &&PersonPlan| operations.iter().any(|operation| person.has(System::Pf, *operation));
        plan.to_do().filter(has_one_of_them).count()
    };
    let (added, freed) = (counted(&[Operation::Create, Operation::Activate]), counted(&[Operation::Deactivate]));
    let actual = (plan.seen.active_pf_users() + added).saturating_sub(freed);
    (added > 0 && actual > limit).then(|| GuardBlock {
        guard: Guard::Seats,
        limit,
        actual,
        conflicts_and_drift: 0,
        digest: None,
        message: format!(
            "Property Finder would have {actual} active users, and limits.seats in roster.yaml allows {limit}: deactivate \
             people who have left, or raise limits.seats after the account has more seats"
        ),
    })
}

#[cfg(test)]
mod tests;
