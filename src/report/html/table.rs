//! The fields of one person that differ: what they are called, both values, where they stand and why they differ.

use maud::{Markup, html};
use serde_json::Value;

use super::{names, place};
use crate::model::agent::Field;
use crate::model::record::System;
use crate::reconcile::diff::Class;
use crate::reconcile::plan::PersonPlan;
use crate::report::displayed_change::{DisplayedChange, FieldLine, lines};
use crate::report::phrases::{BASE, set_back};
use crate::report::text::{DiffPiece, escaped};
use crate::report::{Report, ReportSubject};

/// The table; nothing where no field differs.
pub(super) fn fields(report: &Report<'_>, person: &PersonPlan) -> Markup {
    let lines = lines(person);
    let all_new = lines.iter().all(|line| line.new);
    let (before, after) = match report.subject {
        ReportSubject::Drift => ("The system holds", "The file says"),
        ReportSubject::Plan | ReportSubject::Apply => ("Before", "After"),
    };
    html! {
        @if !lines.is_empty() {
            table.new[all_new] {
                thead {
                    tr {
                        th scope="col" { "Field" }
                        @if all_new {
                            th scope="col" { "Value" }
                        } @else {
                            th scope="col" { (before) }
                            th scope="col" { (after) }
                        }
                        th scope="col" { "Where and why" }
                    }
                }
                tbody { @for line in &lines { (row(report, person, line, all_new)) } }
            }
        }
    }
}

fn row(report: &Report<'_>, person: &PersonPlan, line: &FieldLine<'_>, all_new: bool) -> Markup {
    let path = line.path();
    let title = line.field().map_or_else(|| family(&path), names::field);
    html! {
        tr.(line.class().key()) {
            th scope="row" { (title) " " code { (escaped(&path)) } }
            @if line.new {
                @if !all_new { td.none {} }
                (new(line, &line.displayed()))
            } @else {
                (values(line, &line.displayed()))
            }
            td.why {
                (systems(line))
                @if let Some(place) = line.place(report, person) { " · " (place::lines(report, &person.file, place)) }
                @if let Some(why) = why(report, person, line) { p { (why) } }
            }
        }
    }
}

fn family(path: &str) -> String {
    match path.split_once('.') {
        Some(("subscriptions", name)) => format!("Notification {}", escaped(name)),
        _ if path == "private" => "Private fields".to_owned(),
        _ => "Custom fields".to_owned(),
    }
}

fn systems(line: &FieldLine<'_>) -> String {
    line.systems().into_iter().map(names::system).collect::<Vec<_>>().join(", ")
}

/// Why it differs, as far as that can be said: without a base every difference is a change.
fn why(report: &Report<'_>, person: &PersonPlan, line: &FieldLine<'_>) -> Option<String> {
    if report.subject == ReportSubject::Drift || line.new {
        return None;
    }
    let base = report.plan.base.as_deref().map(escaped);
    let systems = || line.systems().into_iter().map(System::name).collect::<Vec<_>>().join(" and ");
    Some(match (line.class(), base) {
        (Class::Change, None) => return None,
        (Class::Change, Some(_)) => "Changed in the file.".to_owned(),
        (Class::Drift, base) => {
            format!("Drift: differs from {}, {}.", base.as_deref().unwrap_or(BASE), set_back(report, &person.slug))
        }
        (Class::Conflict, base) => format!(
            "Conflict: since {} the file changed, and so did {}. The file’s value will be written.",
            base.as_deref().unwrap_or(BASE),
            systems()
        ),
        (Class::Adopt, _) => "Taken over.".to_owned(),
        (Class::First, _) => "roster has no record of an earlier value, so it sends this once.".to_owned(),
    })
}

/// The value of a row that is yet to be made.
fn new(line: &FieldLine<'_>, told: &DisplayedChange<'_>) -> Markup {
    html! {
        td.after {
            @match told {
                DisplayedChange::Private(names) => (private("private, set", names)),
                DisplayedChange::Together(values) => ul {
                    @for (name, value) in values { li { code { (escaped(name)) } " " (names::plain(value)) } }
                },
                DisplayedChange::New(value) | DisplayedChange::SinceHash(value) | DisplayedChange::Values { after: value, .. } => {
                    span.value dir="auto" { (value_of(line.field(), value)) }
                },
                DisplayedChange::Members { added, .. } => (added.join(", ")),
                DisplayedChange::Words { pieces, .. } => @for piece in pieces { (piece_of(piece)) },
            }
        }
    }
}

fn values(line: &FieldLine<'_>, told: &DisplayedChange<'_>) -> Markup {
    let plain = |value: &Value| value_of(line.field(), value);
    match told {
        DisplayedChange::Private(names) => html! { td.both colspan="2" { (private("private, changed", names)) } },
        DisplayedChange::SinceHash(value) => html! {
            td.before { em.none { "a different one: Property Finder does not return this" } }
            (after(&plain(value)))
        },
        DisplayedChange::Members { added, removed } => html! {
            (members("before", removed, line.field()))
            (members("after", added, line.field()))
        },
        DisplayedChange::Words { pieces, right_to_left } => html! {
            td.both.words colspan="2" dir=(if *right_to_left { "rtl" } else { "ltr" }) {
                @for piece in pieces { (piece_of(piece)) }
            }
        },
        DisplayedChange::Values { before: old, after: new } => html! {
            td.before { @match plain(old).as_str() { "" => em.none { "nothing" }, text => del dir="auto" { (text) } } }
            (after(&plain(new)))
        },
        // Several fields are told together, and a value alone, only of new rows.
        DisplayedChange::Together(_) | DisplayedChange::New(_) => html! { td.none {} (new(line, told)) },
    }
}

fn private(what: &str, names: &[String]) -> Markup {
    let names = names.iter().map(|name| escaped(name)).collect::<Vec<_>>().join(", ");
    html! {
        em.private { (what) }
        @if !names.is_empty() { ": " (names) }
    }
}

fn piece_of(piece: &DiffPiece) -> Markup {
    match piece {
        DiffPiece::Same(text) => html! { (names::safe(text)) },
        DiffPiece::Removed(text) => html! { del { (names::safe(text)) } },
        DiffPiece::Added(text) => html! { ins { (names::safe(text)) } },
    }
}

fn after(text: &str) -> Markup {
    html! {
        td.after { @if text.is_empty() { em.none { "nothing" } } @else { ins dir="auto" { (text) } } }
    }
}

/// What comes into a list, or goes.
fn members(side: &str, codes: &[String], field: Option<&Field>) -> Markup {
    html! {
        td.(side) {
            @if !codes.is_empty() {
                ul {
                    @for code in codes {
                        li { @if side == "before" { del { (member(field, code)) } } @else { ins { (member(field, code)) } } }
                    }
                }
            }
        }
    }
}

fn member(field: Option<&Field>, code: &str) -> String {
    let name = match field {
        Some(Field::Languages) => names::language(code),
        Some(Field::Nationalities) => names::country(code),
        _ => return code.to_owned(),
    };
    if name == code { name } else { format!("{name} ({code})") }
}

fn value_of(field: Option<&Field>, value: &Value) -> String {
    match field {
        Some(Field::Languages) => names::all(value, names::language),
        Some(Field::Nationalities) => names::all(value, names::country),
        _ => names::plain(value),
    }
}
