//! The fields of one person that differ: what they are called, both values, where they stand and why they differ.

use maud::{Markup, html};
use serde_json::Value;

use super::{names, place};
use crate::agent::Field;
use crate::diff::Class;
use crate::plan::Person;
use crate::record::System;
use crate::report::lines::{Line, Told, lines};
use crate::report::text::{Piece, escaped};
use crate::report::{Report, Subject};

/// The table; nothing where no field differs.
pub(super) fn fields(report: &Report<'_>, person: &Person) -> Markup {
    let lines = lines(person);
    let (before, after) = match report.subject {
        Subject::Drift => ("The file says", "The system holds"),
        Subject::Plan | Subject::Apply => ("Before", "After"),
    };
    html! {
        @if !lines.is_empty() {
            table {
                thead {
                    tr {
                        th scope="col" { "Field" }
                        th scope="col" { (before) }
                        th scope="col" { (after) }
                        th scope="col" { "Where and why" }
                    }
                }
                tbody { @for line in &lines { (row(report, person, line)) } }
            }
        }
    }
}

fn row(report: &Report<'_>, person: &Person, line: &Line<'_>) -> Markup {
    let path = line.path();
    let title = line.field().map_or_else(|| family(&path), names::field);
    html! {
        tr.(line.class().key()) {
            th scope="row" { (title) " " code { (escaped(&path)) } }
            (values(line, &line.told(report.subject)))
            td.why {
                span.systems { (systems(line)) }
                @if let Some(place) = line.place(report, person) {
                    " " (place::lines(report, &person.file, place))
                }
                @if let Some(why) = why(report, line) { p { (why) } }
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

fn systems(line: &Line<'_>) -> String {
    line.systems().into_iter().map(names::system).collect::<Vec<_>>().join(", ")
}

/// Why it differs, where there is more to say than that the file says so.
fn why(report: &Report<'_>, line: &Line<'_>) -> Option<String> {
    if report.subject == Subject::Drift {
        return None;
    }
    let base = || escaped(report.plan.base.as_deref().unwrap_or("the base"));
    let systems = || line.systems().into_iter().map(System::name).collect::<Vec<_>>().join(" and ");
    match line.class() {
        Class::Change => None,
        Class::Drift => Some(format!("Drift: {} differs from {}, and will be set back.", systems(), base())),
        Class::Conflict => Some(format!(
            "Conflict: both the file and {} changed since {}. The file’s value will be written.",
            systems(),
            base()
        )),
        Class::Adopt => Some("The row is taken over, and gets the file’s value.".to_owned()),
        Class::First => Some("It is not known what was last sent, so it is sent once.".to_owned()),
    }
}

fn values(line: &Line<'_>, told: &Told<'_>) -> Markup {
    let plain = |value: &Value| value_of(line.field(), value);
    match told {
        Told::Private(names) => {
            let what = if line.new { "private, set" } else { "private, changed" };
            html! {
                td.both colspan="2" {
                    em.private { (what) }
                    @if !names.is_empty() { " " span.names { (names.iter().map(|name| escaped(name)).collect::<Vec<_>>().join(", ")) } }
                }
            }
        }
        Told::Together(values) => html! {
            td.none {}
            td.after {
                ul { @for (name, value) in values { li { code { (escaped(name)) } " " ins dir="auto" { (names::plain(value)) } } } }
            }
        },
        Told::New(value) => html! { td.none {} (after(plain(value))) },
        Told::SinceHash(value) => html! {
            td.before { em.none { "another one: Property Finder does not return this" } }
            (after(plain(value)))
        },
        Told::Members { added, removed } => html! {
            (members("before", removed, line.field()))
            (members("after", added, line.field()))
        },
        Told::Words { pieces, right_to_left } => html! {
            td.both.words colspan="2" dir=(if *right_to_left { "rtl" } else { "ltr" }) {
                @for piece in pieces {
                    @match piece {
                        Piece::Same(text) => (names::safe(text)),
                        Piece::Removed(text) => del { (names::safe(text)) },
                        Piece::Added(text) => ins { (names::safe(text)) },
                    }
                }
            }
        },
        Told::Values { before: old, after: new } => html! {
            td.before { @match plain(old).as_str() { "" => em.none { "nothing" }, text => del dir="auto" { (text) } } }
            (after(plain(new)))
        },
    }
}

fn after(text: String) -> Markup {
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
