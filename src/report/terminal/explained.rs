//! One person field by field: what the file declares, what each system holds, and what the next apply sends.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::layout::{StyledText, plain, span, width, wrapped, written};
use super::{TerminalOptions, WIDTHS};
use crate::declare::git::LineCommit;
use crate::model::agent::{Field, FieldValue, Status};
use crate::model::record::{Record, System};
use crate::model::roster::Declaration;
use crate::reconcile::diff::{Change, Class};
use crate::reconcile::plan::PersonPlan;
use crate::report::MaskedValue;
use crate::report::style::Styles;
use crate::report::text::escaped;
use crate::report::value_text::ValueText;

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
pub(crate) fn explained(of: &Explanation<'_>, options: &TerminalOptions) -> String {
    let Explanation { declaration, person, systems, warnings, .. } = of;
    let styles = options.styles;
    let mut page =
        ExplainedPage { styles, screen: options.width.map(|width| width.max(*WIDTHS.start())), text: String::new() };
    page.heading(declaration.slug.as_str(), &declaration.file);
    match person {
        None => page.line(2, &[plain("Nothing is to be written.")]),
        Some(person) => page.state(person),
    }
    for warning in warnings {
        page.line(2, &[span(styles.warning, "warning: "), plain(escaped(warning))]);
    }
    for (field, declared) in &declaration.record {
        page.text.push('\n');
        page.heading(&field.to_string(), &place(of, field));
        page.value("file", &[plain(shown(field, declared))]);
        for state in systems.iter().filter(|state| state.desired.contains_key(field)) {
            page.in_system(of, state, field);
        }
    }
    // A list that the file clears as a whole has fields that only a system knows.
    for action in person.iter().flat_map(|person| &person.actions) {
        for change in action.fields.iter().filter(|change| !declaration.record.contains_key(&change.field)) {
            page.text.push('\n');
            page.heading(&change.field.to_string(), "");
            page.differs(action.system, change, person.is_some_and(|person| person.row_id(action.system).is_some()));
        }
    }
    page.text
}

const fn label(system: System) -> &'static str {
    match system {
        System::Crm => "CRM",
        System::Pf => "Property Finder",
    }
}

/// The column of the values.
const VALUES_AT: usize = 19;

struct ExplainedPage {
    styles: Styles,
    /// The width of the screen, where there is one.
    screen: Option<usize>,
    text: String,
}

impl ExplainedPage {
    /// A name and what is known of it, on one line where they fit.
    fn heading(&mut self, name: &str, place: &str) {
        let (name, place) = ([span(self.styles.strong, escaped(name))], [span(self.styles.faint, place)]);
        let fits = self.screen.is_none_or(|screen| width(&name) + 2 + width(&place) <= screen);
        if fits {
            let _ = writeln!(self.text, "{}", format!("{}  {}", written(&name), written(&place)).trim_end());
        } else {
            self.line(0, &name);
            self.line(2, &place);
        }
    }

    /// The users of the person in both systems, what is done to them, and why nothing is planned.
    fn state(&mut self, person: &PersonPlan) {
        let user = |system: System| {
            let row = match person.row_id(system) {
                Some(id) => format!("{system} {id}"),
                None => format!("no user in {}", system.name()),
            };
            let operations: Vec<&str> = person.actions_in(system).map(|action| action.operation.key()).collect();
            if operations.is_empty() { row } else { format!("{row}: {}", operations.join(", ")) }
        };
        self.line(2, &[span(self.styles.faint, System::ALL.map(user).join(" · "))]);
        if let Some(why) = person.why_blocked() {
            self.line(2, &[span(self.styles.blocked, "blocked: "), plain(escaped(&why))]);
        }
    }

    fn value(&mut self, label: &str, spans: &[StyledText]) {
        let label = if label.is_empty() { String::new() } else { format!("  {label}") };
        if self.screen.is_some_and(|screen| longest_word(spans) > screen.saturating_sub(VALUES_AT)) {
            // A long address is below its label, so that it is not broken.
            if !label.is_empty() {
                let _ = writeln!(self.text, "{label}");
            }
            return self.line(4, spans);
        }
        let _ = write!(self.text, "{label:<VALUES_AT$}");
        self.lines(VALUES_AT, spans);
    }

    fn line(&mut self, indent: usize, spans: &[StyledText]) {
        let _ = write!(self.text, "{:indent$}", "");
        self.lines(indent, spans);
    }

    /// Spans behind what is written of the line already; further lines begin in the same column.
    fn lines(&mut self, column: usize, spans: &[StyledText]) {
        let lines = match self.screen {
            Some(screen) => wrapped(spans, screen.saturating_sub(column)),
            None => vec![spans.to_vec()],
        };
        let lines: Vec<String> = lines.iter().map(|line| written(line)).collect();
        let _ = writeln!(self.text, "{}", lines.join(&format!("\n{:column$}", "")));
    }

    /// What a system holds of a field, and what becomes of it. A value of a system is shown only in a change of the plan.
    fn in_system(&mut self, of: &Explanation<'_>, state: &SystemState<'_>, field: &Field) {
        let of_field = |change: &&Change| change.field == *field;
        let actions = of.person.iter().flat_map(|person| person.actions_in(state.system));
        match actions.flat_map(|action| &action.fields).find(of_field) {
            Some(change) => {
                let has_row = of.person.is_some_and(|person| person.row_id(state.system).is_some());
                self.differs(state.system, change, has_row);
            }
            None => self.value(label(state.system), &[plain(unchanged(of, state, field))]),
        }
    }

    fn differs(&mut self, system: System, change: &Change, has_row: bool) {
        let (holds, sends) = match MaskedValue::of(change) {
            MaskedValue::Private => ("(private)".to_owned(), "(private)".to_owned()),
            MaskedValue::SinceHash { after } => {
                ("another value was sent last".to_owned(), ValueText::of(after).quoted())
            }
            MaskedValue::Values { before, after } => (ValueText::of(before).quoted(), ValueText::of(after).quoted()),
        };
        let sends = span(self.styles.added, sends);
        if !has_row {
            return self.value(label(system), &[plain("sent when the user is made: "), sends]);
        }
        let class = span(self.styles.changed, format!("{}: ", change.class.key()));
        self.value(label(system), &[plain(holds)]);
        self.value("", &[plain("sent: "), sends, plain("  "), class, plain(reason(change.class))]);
    }
}

fn longest_word(spans: &[StyledText]) -> usize {
    wrapped(spans, 1).iter().map(|word| width(word)).max().unwrap_or_default()
}

const fn reason(class: Class) -> &'static str {
    match class {
        Class::Change => "the file was changed, or there is no base to compare with",
        Class::Drift => "changed in the system, the file is as at base",
        Class::Conflict => "changed in the file and in the system",
        Class::Adopt => "the row is taken over",
        Class::First => "not sent before, or the answer is not known",
    }
}

/// The line of a field, and the commit that wrote it.
fn place(of: &Explanation<'_>, field: &Field) -> String {
    let Some(line) = of.declaration.line(field) else { return String::new() };
    match of.commits.as_ref().map(|commits| commits.get(&line)) {
        Some(Some(LineCommit { commit, day })) => format!("line {line}, commit {commit} of {day}"),
        Some(None) => format!("line {line}, not committed"),
        None => format!("line {line}"),
    }
}

/// What a system holds of a field that no action of the plan changes.
fn unchanged(of: &Explanation<'_>, state: &SystemState<'_>, field: &Field) -> &'static str {
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
}

fn shown(field: &Field, value: &FieldValue) -> String {
    MaskedValue::declared(field, value).map_or_else(|| "(private)".to_owned(), |value| ValueText::of(value).quoted())
}
