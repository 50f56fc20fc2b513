//! One person field by field: what the file declares, what each system holds, and what the next apply sends.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::ShownValue;
use super::style::{Styles, paint};
use super::text::escaped;
use super::value_text::ValueText;
use crate::declare::git::LineCommit;
use crate::model::agent::{Field, FieldValue};
use crate::model::record::{Record, System};
use crate::model::roster::Declaration;
use crate::reconcile::diff::{Change, Class};
use crate::reconcile::plan::PersonPlan;

/// The page of a person; without a plan nothing differs. `desired` is what each system is to hold, and `commits` are those of
/// the lines of the file.
#[must_use]
pub(crate) fn explained(
    declaration: &Declaration,
    person: Option<&PersonPlan>,
    desired: &[(System, Record)],
    commits: &BTreeMap<u32, LineCommit>,
    styles: Styles,
) -> String {
    let mut text = format!("{}  {}\n", paint(styles.strong, declaration.slug.as_str()), declaration.file);
    match person {
        None => text.push_str("  Both systems hold what the file declares.\n"),
        Some(person) => text.push_str(&state(person, styles)),
    }
    for (field, declared) in &declaration.record {
        let place = place(declaration, field, commits);
        let _ = writeln!(text, "\n{}  {}", paint(styles.strong, &field.to_string()), paint(styles.faint, &place));
        let _ = writeln!(text, "  {:<16} {}", "file", shown(field, declared));
        for (system, _) in desired.iter().filter(|(_, desired)| desired.contains_key(field)) {
            let name = match system {
                System::Crm => "CRM",
                System::Pf => "Property Finder",
            };
            let _ = writeln!(text, "  {name:<16} {}", in_system(person, *system, field, styles));
        }
    }
    text
}

/// The users of a person in both systems, and why nothing is planned.
fn state(person: &PersonPlan, styles: Styles) -> String {
    let user = |system: System| match person.row_id(system) {
        Some(id) => format!("{system} {id}"),
        None => format!("no user in {}", system.name()),
    };
    let mut text = format!("  {}\n", paint(styles.faint, &System::ALL.map(user).join(" · ")));
    if let Some(why) = person.why_blocked() {
        let _ = writeln!(text, "  {} {}", paint(styles.blocked, "blocked:"), escaped(&why));
    }
    text
}

/// The line of a field, and the commit that wrote it.
fn place(declaration: &Declaration, field: &Field, commits: &BTreeMap<u32, LineCommit>) -> String {
    let Some(line) = declaration.lines.get(field) else { return String::new() };
    match commits.get(line) {
        Some(LineCommit { commit, day }) => format!("line {line}, commit {commit} of {day}"),
        None => format!("line {line}, not committed"),
    }
}

/// What a system holds of a field, and what becomes of it.
fn in_system(person: Option<&PersonPlan>, system: System, field: &Field, styles: Styles) -> String {
    let of_field = |change: &&Change| change.field == *field;
    let change = person.and_then(|person| person.actions_in(system).flat_map(|action| &action.fields).find(of_field));
    let same = match (system, field.is_returned_by_pf()) {
        (System::Pf, false) => "the same was sent last",
        (System::Crm, _) | (System::Pf, true) => "the same",
    };
    match (person, change) {
        (Some(person), Some(change)) => differs(change, person.row_id(system).is_some(), styles),
        (Some(person), None) if person.blocked.is_some() => "not compared".to_owned(),
        (Some(person), None) if person.row_id(system).is_none() => "nothing, and nothing is sent".to_owned(),
        (_, None) | (None, _) => same.to_owned(),
    }
}

fn differs(change: &Change, has_row: bool, styles: Styles) -> String {
    let why = match change.class {
        Class::Change => "the file was changed, or there is no base to compare with",
        Class::Drift => "changed in the system, the file is as at base",
        Class::Conflict => "changed in the file and in the system",
        Class::Adopt => "the row is taken over",
        Class::First => "not sent before, or the answer is not known",
    };
    let (holds, sends) = match ShownValue::of(change) {
        ShownValue::Private => ("another private value".to_owned(), "(private)".to_owned()),
        ShownValue::SinceHash { after } => ("another value was sent last".to_owned(), ValueText::of(after).quoted()),
        ShownValue::Values { before, after } => (ValueText::of(before).quoted(), ValueText::of(after).quoted()),
    };
    if !has_row {
        return format!("sent when the user is made: {}", paint(styles.added, &sends));
    }
    let class = paint(styles.changed, change.class.key());
    format!("{holds}\n  {:<16} sent: {}  {class}: {why}", "", paint(styles.added, &sends))
}

fn shown(field: &Field, value: &FieldValue) -> String {
    if field.is_private() { "(private)".to_owned() } else { ValueText::of(value).quoted() }
}
