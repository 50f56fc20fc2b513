//! Sentences that several formats share. They are words of the program itself, which is all that a comment takes
//! besides numbers and data (`markdown/escape.rs`).

use super::outcome::PersonOutcome;
use super::text::count;
use super::{Report, ReportSubject};
use crate::apply::{Outcome, Written};
use crate::model::agent::Slug;
use crate::reconcile::diff::{Change, Class};
use crate::reconcile::guard::GuardBlock;
use crate::reconcile::plan::Operation;

/// What a base is called that has no name.
pub(super) const BASE: &str = "base";
/// Of drift: why a row may be missing.
pub(super) const MISSING: &str = "deleted by hand, or never made";
/// Of drift: why the person of a row is unknown.
pub(super) const UNLINKED: &str = "its link fields in the CRM were emptied or changed";
/// Of drift: why a CRM user may still be there.
pub(super) const NOT_DELETED: &str = "the person has left with a handover, and the CRM user was not deleted";
/// What a plan that is more than was reviewed needs.
pub(super) const STALE: &str = "The plan does more than was seen in the review, so look at it again";
/// Of drift: how its lines read.
pub(super) const DIRECTION: &str =
    "Each line shows the system's value, then the file's value, which apply would write.";
/// The text before and after the [`duration`] of a plan.
pub(super) const TAKES: [&str; 2] =
    ["Applying it takes ", " or more, since both systems limit how fast they are asked."];

/// Behind the number of people of other categories who are created too.
pub(super) const fn also_created(people: usize) -> &'static str {
    if people == 1 {
        "of them is also created in the other system"
    } else {
        "of them are also created in the other system"
    }
}

/// Behind the number of warnings that a report leaves out; nothing for none.
pub(super) const fn elsewhere(warnings: usize) -> Option<&'static str> {
    match warnings {
        0 => None,
        1 => Some("more warning is about another file: roster validate shows it."),
        _ => Some("more warnings are about other files: roster validate shows them."),
    }
}

/// So many seconds, for people: a number and its unit.
pub(super) const fn duration(seconds: u64) -> (u64, &'static str) {
    match seconds {
        0..=119 => (seconds, "s"),
        _ => (seconds.div_ceil(60), "min"),
    }
}

/// What becomes of a drifted field: before an apply, and after it.
pub(super) fn set_back(report: &Report<'_>, agent: &Slug) -> &'static str {
    let Some(applied) = report.applied else { return "will be set back" };
    let done = applied.iter().any(|person| person.agent == *agent && person.outcome == Outcome::Done);
    if done { "was set back" } else { "was not set back" }
}

/// Of a person without a proven write.
pub(super) const fn without_write(end: PersonOutcome) -> &'static str {
    match end {
        PersonOutcome::Unknown => "not known whether anything was written",
        _ => "nothing written",
    }
}

/// What one write did: `created crm 12`.
pub(super) fn written(written: &Written) -> String {
    match written {
        Written::Row(system, operation, id) => format!("{} {system} {id}", past_tense(*operation)),
        Written::Profile(id) => format!("updated the public profile of pf {id}"),
        Written::Ids(id) => format!("stored the ids in crm {id}"),
    }
}

const fn past_tense(operation: Operation) -> &'static str {
    match operation {
        Operation::Create => "created",
        Operation::Update => "updated",
        Operation::Activate => "activated",
        Operation::Deactivate => "deactivated",
        Operation::Adopt => "adopted",
        Operation::Link => "linked",
        Operation::Rename => "renamed",
        Operation::Release => "released",
        Operation::Delete => "deleted",
    }
}

/// Until when nothing is written.
pub(super) const fn until(blocks: &[GuardBlock]) -> &'static str {
    if blocks.len() == 1 { "until this is dealt with" } else { "until all of these are dealt with" }
}

/// The meaning of the signs on a report's lines.
pub(super) fn legend(report: &Report<'_>) -> Vec<&'static str> {
    let actions = || report.plan.people.iter().flat_map(|person| &person.actions);
    let any = |has: fn(&Change) -> bool| actions().flat_map(|action| &action.fields).any(has);
    let hidden = any(|change| !change.readable);
    let first = report.subject != ReportSubject::Drift && any(|change| change.class == Class::First);
    let signs = [
        (hidden, "° The system does not return this value; roster compares with what it last sent."),
        (first, "first: roster has no record of an earlier value, so it sends this once."),
    ];
    signs.into_iter().filter(|(used, _)| *used).map(|(_, meaning)| meaning).collect()
}

/// Values that no file declares, and that are others than at the last look.
pub(super) const UNDECLARED_CHANGES: (&str, &str) =
    ("value without a declaration changed", "values without a declaration changed");

/// The same with their number.
pub(super) fn undeclared_changes(values: usize) -> String {
    count(values, UNDECLARED_CHANGES.0, UNDECLARED_CHANGES.1)
}
