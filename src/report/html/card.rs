//! One person's card: who it is, what is done where, the fields, and the public profile before and after.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::profile::Profile;
use super::{names, place, portal, table};
use crate::apply::Applied;
use crate::model::agent::Slug;
use crate::model::record::System;
use crate::reconcile::plan::{Action, Operation, PersonPlan};
use crate::report::departure::departure;
use crate::report::displayed_change::{public_name, row_warnings};
use crate::report::outcome::PersonOutcome;
use crate::report::review_category::ReviewCategory;
use crate::report::text::escaped;
use crate::report::{Report, ReportSubject, phrases};

/// The card; `applied` is what became of the person, once the plan was carried out.
pub(super) fn card(
    report: &Report<'_>,
    person: &PersonPlan,
    kind: ReviewCategory,
    applied: Option<&Applied>,
) -> Markup {
    let has = |operation| person.actions.iter().any(|action| action.operation == operation);
    let astray = row_warnings(report.subject, person);
    let profile = Profile::of(person, &report.plan.languages, report.plan.contract);
    html! {
        article.card.(kind.key()) id={ "agent-" (person.slug) } {
            header.who {
                h3 dir="auto" { (name(person)) }
                p.where { (place::file_of(report, person)) @if person.crm.is_some() || person.pf.is_some() { " " span.ids { (ids(person)) } } }
            }
            @if let Some(applied) = applied { (outcome(applied)) }
            @if let Some(why) = person.why_blocked() { p.note.stop { strong { "Blocked. " } span dir="auto" { (escaped(&why)) } } }
            @for (what, at, why) in &astray {
                p.note.stop { strong { (what) " " (both(at)) ": " } (why) "." }
            }
            @if astray.is_empty() && !person.actions.is_empty() {
                ul.deeds { @for action in &person.actions { li { (deed(report.subject, action)) } } }
            }
            @if let Some(what) = departure(report, person) {
                p.note.stop { strong { "Leaves. " } (what) "." }
            } @else if has(Operation::Deactivate) && report.subject != ReportSubject::Drift {
                p.note.stop { strong { "The profile goes offline. " } "So do this person’s listings at Property Finder." }
            }
            (table::fields(report, person))
            @if let Some(profile) = profile { (portal::profile(report.subject, &profile)) }
        }
    }
}

/// The public name, or the slug where the file gives none.
pub(super) fn name(person: &PersonPlan) -> String {
    public_name(person).map_or_else(|| person.slug.to_string(), |name| escaped(&name))
}

fn ids(person: &PersonPlan) -> String {
    let known = System::ALL.into_iter().filter_map(|system| Some((names::system(system), person.row_id(system)?)));
    known.map(|(system, id)| format!("{system} {id}")).collect::<Vec<_>>().join(" · ")
}

fn both(systems: &[System]) -> String {
    systems.iter().map(|system| system.name()).collect::<Vec<_>>().join(" and in ")
}

/// What is done in one system; of drift, only where it is.
fn deed(subject: ReportSubject, action: &Action) -> String {
    let system = action.system.name();
    if subject == ReportSubject::Drift {
        return format!("Differs in {system}");
    }
    match action.operation {
        Operation::Create => format!("New in {system}"),
        Operation::Update => format!("Changes in {system}"),
        Operation::Activate => format!("Activated at {system}"),
        Operation::Deactivate => format!("Deactivated at {system}"),
        Operation::Adopt => format!("Taken over in {system}"),
        Operation::Link => format!("Tied to its row in {system}"),
        Operation::Rename => format!("Renamed in {system}"),
        Operation::Delete => format!("Deleted in {system}"),
        Operation::Release => format!("Released in {system}: the file is gone, and the person had left"),
    }
}

/// What became of everybody, once the plan was carried out.
pub(super) fn results<'r>(report: &Report<'r>) -> BTreeMap<&'r Slug, &'r Applied> {
    report.applied.into_iter().flatten().map(|applied| (&applied.agent, applied)).collect()
}

fn outcome(applied: &Applied) -> Markup {
    let (class, word) = outcome_words(PersonOutcome::of(&applied.outcome));
    html! {
        div.note.(class) {
            p { strong { (word) ". " } @if let Some(why) = applied.outcome.why() { span dir="auto" { (escaped(why)) } } }
            @if !applied.done.is_empty() {
                ul { @for done in &applied.done { li { (phrases::written(done)) } } }
            }
        }
    }
}

/// An end's style, and its words.
pub(super) const fn outcome_words(end: PersonOutcome) -> (&'static str, &'static str) {
    match end {
        PersonOutcome::Done => ("good", "Done"),
        PersonOutcome::Failed => ("stop", "Failed"),
        PersonOutcome::Moved => ("stop", "Not written: changed meanwhile"),
        PersonOutcome::Unknown => ("stop", "Unclear whether it was written; the next run looks"),
        PersonOutcome::Interrupted => ("stop", "Interrupted: written in part"),
        PersonOutcome::NotTried => ("warn", "Not tried"),
        PersonOutcome::Blocked => ("stop", "Blocked"),
    }
}
