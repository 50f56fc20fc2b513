//! One person field by field: what the file declares, what each system holds, and what the next apply sends.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::MaskedValue;
use super::style::{Styles, paint};
use super::text::escaped;
use super::value_text::ValueText;
use crate::declare::git::LineCommit;
use crate::model::agent::{Field, FieldValue, Status};
use crate::model::record::{Record, System};
use crate::model::roster::Declaration;
use crate::reconcile::diff::{Change, Class};
use crate::reconcile::plan::PersonPlan;

/// What is known of one person.
pub(crate) struct Explanation<'a> {
    pub declaration: &'a Declaration,
    /// Nothing where nothing is planned.
    pub person: Option<&'a PersonPlan>,
    /// Both systems, the CRM first.
    pub systems: [SystemState<'a>; 2],
    /// The warnings of the plan about the file.
    pub warnings: Vec<String>,
    /// The commit of each line; nothing where git does not know it.
    pub commits: Option<BTreeMap<u32, LineCommit>>,
}

/// What one system is to hold, and what it holds.
pub(crate) struct SystemState<'a> {
    pub system: System,
    pub desired: Record,
    /// Nothing where the person has no user there.
    pub live: Option<Record>,
    /// Whether the system returns a field, so that it can be compared.
    pub returns: &'a dyn Fn(&Field) -> bool,
}

/// The page of a person.
#[must_use]
pub(crate) fn explained(of: &Explanation<'_>, styles: Styles) -> String {
    let Explanation { declaration, person, systems, warnings, .. } = of;
    let mut text = format!("{}  {}\n", paint(styles.strong, declaration.slug.as_str()), declaration.file);
    match person {
        None => text.push_str("  Nothing is to be written.\n"),
        Some(person) => text.push_str(&state(person, styles)),
    }
    for warning in warnings {
        let _ = writeln!(text, "  {} {}", paint(styles.warning, "warning:"), escaped(warning));
    }
    for (field, declared) in &declaration.record {
        let place = place(of, field);
        let _ = writeln!(text, "\n{}  {}", paint(styles.strong, &field.to_string()), paint(styles.faint, &place));
        let _ = writeln!(text, "  {:<16} {}", "file", shown(field, declared));
        for state in systems.iter().filter(|state| state.desired.contains_key(field)) {
            let _ = writeln!(text, "  {:<16} {}", label(state.system), in_system(of, state, field, styles));
        }
    }
    // A list that the file clears as a whole has fields that only a system knows.
    for action in person.iter().flat_map(|person| &person.actions) {
        for change in action.fields.iter().filter(|change| !declaration.record.contains_key(&change.field)) {
            let _ = writeln!(text, "\n{}", paint(styles.strong, &change.field.to_string()));
            let has_row = person.is_some_and(|person| person.row_id(action.system).is_some());
            let _ = writeln!(text, "  {:<16} {}", label(action.system), differs(change, has_row, styles));
        }
    }
    text
}

const fn label(system: System) -> &'static str {
    match system {
        System::Crm => "CRM",
        System::Pf => "Property Finder",
    }
}

/// The users of a person in both systems, what is done to them, and why nothing is planned.
fn state(person: &PersonPlan, styles: Styles) -> String {
    let user = |system: System| {
        let row = match person.row_id(system) {
            Some(id) => format!("{system} {id}"),
            None => format!("no user in {}", system.name()),
        };
        let operations: Vec<&str> = person.actions_in(system).map(|action| action.operation.key()).collect();
        if operations.is_empty() { row } else { format!("{row}: {}", operations.join(", ")) }
    };
    let mut text = format!("  {}\n", paint(styles.faint, &System::ALL.map(user).join(" · ")));
    if let Some(why) = person.why_blocked() {
        let _ = writeln!(text, "  {} {}", paint(styles.blocked, "blocked:"), escaped(&why));
    }
    text
}

/// The line of a field, and the commit that wrote it.
fn place(of: &Explanation<'_>, field: &Field) -> String {
    let Some(line) = of.declaration.lines.get(field) else { return String::new() };
    match of.commits.as_ref().map(|commits| commits.get(line)) {
        Some(Some(LineCommit { commit, day })) => format!("line {line}, commit {commit} of {day}"),
        Some(None) => format!("line {line}, not committed"),
        None => format!("line {line}"),
    }
}

/// What a system holds of a field, and what becomes of it. A value of a system is shown only in a change of the plan.
fn in_system(of: &Explanation<'_>, state: &SystemState<'_>, field: &Field, styles: Styles) -> String {
    let of_field = |change: &&Change| change.field == *field;
    let actions = of.person.iter().flat_map(|person| person.actions_in(state.system));
    if let Some(change) = actions.flat_map(|action| &action.fields).find(of_field) {
        let has_row = of.person.is_some_and(|person| person.row_id(state.system).is_some());
        return differs(change, has_row, styles);
    }
    let has_left = of.declaration.status == Status::Archived;
    let is_blocked = of.person.is_some_and(|person| person.blocked.is_some());
    let agrees = |live: &Record| {
        let wanted = state.desired.get(field).unwrap_or(&FieldValue::Nothing);
        field.agrees(live.get(field).unwrap_or(&FieldValue::Nothing), wanted)
    };
    match &state.live {
        None => "no user, and nothing is sent",
        Some(live) if (state.returns)(field) => match (agrees(live), has_left) {
            (true, _) => "the same",
            (false, true) => "another value; nothing is sent, since the person has left",
            (false, false) => "another value; nothing is sent",
        },
        Some(_) if has_left => "not compared, since the person has left",
        Some(_) if is_blocked => "not compared",
        Some(_) => "the same was sent last",
    }
    .to_owned()
}

fn differs(change: &Change, has_row: bool, styles: Styles) -> String {
    let why = match change.class {
        Class::Change => "the file was changed, or there is no base to compare with",
        Class::Drift => "changed in the system, the file is as at base",
        Class::Conflict => "changed in the file and in the system",
        Class::Adopt => "the row is taken over",
        Class::First => "not sent before, or the answer is not known",
    };
    let (holds, sends) = match MaskedValue::of(change) {
        MaskedValue::Private => ("(private)".to_owned(), "(private)".to_owned()),
        MaskedValue::SinceHash { after } => ("another value was sent last".to_owned(), ValueText::of(after).quoted()),
        MaskedValue::Values { before, after } => (ValueText::of(before).quoted(), ValueText::of(after).quoted()),
    };
    if !has_row {
        return format!("sent when the user is made: {}", paint(styles.added, &sends));
    }
    let class = paint(styles.changed, change.class.key());
    format!("{holds}\n  {:<16} sent: {}  {class}: {why}", "", paint(styles.added, &sends))
}

fn shown(field: &Field, value: &FieldValue) -> String {
    MaskedValue::declared(field, value).map_or_else(|| "(private)".to_owned(), |value| ValueText::of(value).quoted())
}
