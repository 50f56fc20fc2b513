//! The fields of one person that differ: their names, both values, their places and why they differ.

use maud::{Markup, html};

use super::{names, photo, place};
use crate::model::agent::Field;
use crate::model::record::System;
use crate::reconcile::diff::Class;
use crate::reconcile::plan::PersonPlan;
use crate::report::displayed_change::{DisplayedChange, DisplayedValue, displayed_changes};
use crate::report::phrases::BASE;
use crate::report::text::{DiffPiece, escaped};
use crate::report::value_text::ValueText;
use crate::report::{Report, ReportSubject};

/// The table; nothing where no field differs.
pub(super) fn fields(report: &Report<'_>, person: &PersonPlan) -> Markup {
    let changes = displayed_changes(report, person);
    let all_new = changes.iter().all(|change| change.new);
    let (before, after) = match report.subject {
        ReportSubject::Drift => ("The system holds", "The file declares"),
        ReportSubject::Plan | ReportSubject::Apply => ("Before", "After"),
    };
    html! {
        @if !changes.is_empty() {
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
                tbody { @for change in &changes { (row(report, person, change, all_new)) } }
            }
        }
    }
}

fn row(report: &Report<'_>, person: &PersonPlan, change: &DisplayedChange<'_>, all_new: bool) -> Markup {
    let title = change.field.map_or_else(|| family(&change.path), names::field);
    html! {
        tr.(change.class.key()) {
            th scope="row" { (title) " " code { (escaped(&change.path)) } }
            @if change.new && !all_new { td.none {} }
            (values(report, change))
            td.why {
                (change.systems_as(names::system, ", "))
                @if let Some(lines) = change.lines { " · " (place::lines(report, &person.file, lines)) }
                @if let Some(why) = why(report, change) { p { (why) } }
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

/// Why it differs, as far as that is known: without a base every difference is a change.
fn why(report: &Report<'_>, change: &DisplayedChange<'_>) -> Option<String> {
    if report.subject == ReportSubject::Drift || change.new {
        return None;
    }
    let base = escaped(report.plan.base.as_deref().unwrap_or(BASE));
    Some(match change.class {
        Class::Change if report.plan.base.is_none() => return None,
        Class::Change => "Changed in the file.".to_owned(),
        Class::Drift => format!("Drift: differs from {base}, {}.", change.outcome.unwrap_or_default()),
        Class::Conflict => format!(
            "Conflict: since {base} the file changed, and so did {}. The file’s value {} written.",
            change.systems_as(System::name, " and "),
            if report.subject == ReportSubject::Apply { "was to be" } else { "will be" }
        ),
        Class::Adopt => "Taken over.".to_owned(),
        Class::First => "roster has no record of an earlier value, so it sends this once.".to_owned(),
    })
}

fn values(report: &Report<'_>, change: &DisplayedChange<'_>) -> Markup {
    if let Some(Field::Photo) = change.field {
        return photo::values(report, change);
    }
    let plain = |value: &ValueText| value_of(change.field, value);
    match &change.value {
        DisplayedValue::Private(names) if change.new => html! { td.after { (private("private, set", names)) } },
        DisplayedValue::Private(names) => html! { td.both colspan="2" { (private("private, changed", names)) } },
        DisplayedValue::Together(values) => html! {
            td.after {
                ul { @for (name, value) in values { li { code { (escaped(name)) } " " (names::plain(value)) } } }
            }
        },
        DisplayedValue::New(value) => html! { td.after { span.value dir="auto" { (plain(value)) } } },
        DisplayedValue::SinceHash(value) => html! {
            td.before { em.none { (names::not_returned(change)) } }
            (after(&plain(value)))
        },
        DisplayedValue::Members { added, removed } => html! {
            (members("before", removed, change.field))
            (members("after", added, change.field))
        },
        DisplayedValue::Words { pieces, right_to_left, .. } => html! {
            td.both.words colspan="2" dir=(if *right_to_left { "rtl" } else { "ltr" }) {
                @for piece in pieces { (piece_of(piece)) }
            }
        },
        DisplayedValue::Values { before: old, after: new } => html! {
            td.before { @match plain(old).as_str() { "" => em.none { "nothing" }, text => del dir="auto" { (text) } } }
            (after(&plain(new)))
        },
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
            @if codes.is_empty() {
                em.none { (if side == "before" { "nothing is removed" } else { "nothing is added" }) }
            } @else {
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

fn value_of(field: Option<&Field>, value: &ValueText) -> String {
    match field {
        Some(Field::Languages) => names::all(value, names::language),
        Some(Field::Nationalities) => names::all(value, names::country),
        _ => names::plain(value),
    }
}
