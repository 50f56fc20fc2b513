//! What happens to one person: a headline, a line a field, and what else there is to say.

use super::change::{Told, read_alike, told};
use super::layout::{Spans, plain, span, width};
use super::named;
use crate::agent::Field;
use crate::diff::{Change, Class};
use crate::plan::{Operation, Person};
use crate::record::System;
use crate::report::style::Styles;
use crate::report::text::escaped;
use crate::report::{Report, text};

/// One person's part of the plan.
pub(super) struct Section {
    /// The sign and the file.
    pub(super) head: Spans,
    /// Where the person stands: `crm 3 · pf 7712`, `new in crm, pf`.
    pub(super) whereabouts: String,
    /// The fields.
    pub(super) rows: Vec<Row>,
    /// What stands below them, each with its label.
    pub(super) notes: Vec<(Spans, String)>,
}

/// One field, or several of a new row that are told together.
pub(super) struct Row {
    /// The YAML's own path.
    pub(super) path: String,
    /// What changes.
    pub(super) told: Told,
    /// Which systems, which line, why.
    pub(super) tail: String,
}

impl Row {
    /// The cells of everything beside the path, on one line.
    pub(super) fn told_width(&self) -> usize {
        let parts = &self.told.parts;
        parts.iter().map(|part| width(part)).sum::<usize>() + parts.len().saturating_sub(1)
    }
}

/// One person's part of the plan.
pub(super) fn section(report: &Report<'_>, person: &Person, styles: &Styles) -> Section {
    let has = |operation| person.actions.iter().any(|action| action.operation == operation);
    let (sign, style) = if person.blocked.is_some() {
        ('!', styles.blocked)
    } else if has(Operation::Deactivate) {
        ('-', styles.removed)
    } else if has(Operation::Create) {
        ('+', styles.added)
    } else {
        ('~', styles.changed)
    };
    let mut notes = Vec::new();
    if has(Operation::Deactivate) {
        let note = "listings of this person go offline at Property Finder";
        notes.push((vec![span(styles.warning, "note:")], note.to_owned()));
    }
    if let Some(why) = &person.blocked {
        notes.push((vec![span(styles.blocked, "blocked:")], escaped(why)));
    }
    Section {
        head: vec![span(style, format!("{sign} {}", named(&person.file)))],
        whereabouts: whereabouts(person),
        rows: lines(person).iter().map(|line| line.row(report, person, styles)).collect(),
        notes,
    }
}

/// Where the person stands, and what is done to a row beside its fields: `crm 3 · pf 7712`, `crm 3 · new in pf`.
fn whereabouts(person: &Person) -> String {
    let system = |system: System, id: Option<u64>| {
        let word = person.actions_in(system).find_map(|action| match action.operation {
            Operation::Adopt => Some("adopt "),
            Operation::Link => Some("link "),
            Operation::Rename => Some("rename "),
            _ => None,
        });
        id.map(|id| format!("{}{system} {id}", word.unwrap_or_default()))
    };
    let known = [
        system(System::Crm, person.crm.as_ref().map(|row| row.id)),
        system(System::Pf, person.pf.as_ref().map(|row| row.id)),
    ];
    let mut parts: Vec<String> = known.into_iter().flatten().collect();
    let new: Vec<&str> = [System::Crm, System::Pf]
        .into_iter()
        .filter(|system| person.has(*system, Operation::Create))
        .map(System::key)
        .collect();
    if !new.is_empty() {
        parts.push(format!("new in {}", new.join(", ")));
    }
    parts.join(" · ")
}

/// Fields with one change in the systems that share it. It is one field, but for the parts of a new row that have no
/// value to show (private ones) or that only together say something (a subscription's channels).
struct Line<'a> {
    new: bool,
    fields: Vec<&'a Field>,
    changes: Vec<(System, &'a Change)>,
}

fn lines(person: &Person) -> Vec<Line<'_>> {
    let mut lines: Vec<Line<'_>> = Vec::new();
    for action in &person.actions {
        let new = action.operation == Operation::Create;
        for change in &action.fields {
            match lines.iter_mut().find(|line| line.new == new && line.is_same(change)) {
                Some(line) => line.changes.push((action.system, change)),
                None => lines.push(Line { new, fields: vec![&change.field], changes: vec![(action.system, change)] }),
            }
        }
    }
    lines.sort_by_key(|line| (line.class() != Some(Class::Conflict), line.fields.clone()));
    let mut folded: Vec<Line<'_>> = Vec::new();
    for line in lines {
        match folded.iter_mut().find(|other| other.takes(&line)) {
            Some(other) => {
                other.fields.extend(line.fields);
                other.changes.extend(line.changes);
            }
            None => folded.push(line),
        }
    }
    folded
}

/// What several fields of a new row are told under.
fn family(field: &Field) -> Option<String> {
    match field {
        Field::Subscription(name, _) => Some(format!("subscriptions.{name}")),
        Field::Custom(_) => Some("fields".to_owned()),
        field if field.is_private() => Some("private".to_owned()),
        _ => None,
    }
}

impl Line<'_> {
    fn is_same(&self, change: &Change) -> bool {
        self.changes.iter().all(|(_, other)| other.class == change.class && read_alike(other, change))
    }

    fn takes(&self, other: &Line<'_>) -> bool {
        let family = |line: &Line<'_>| line.fields.first().and_then(|field| family(field));
        self.new
            && other.new
            && self.systems() == other.systems()
            && family(self).is_some()
            && family(self) == family(other)
    }

    fn systems(&self) -> Vec<System> {
        let mut systems: Vec<System> = self.changes.iter().map(|(system, _)| *system).collect();
        systems.sort_unstable();
        systems.dedup();
        systems
    }

    fn row(&self, report: &Report<'_>, person: &Person, styles: &Styles) -> Row {
        let tail = self.tail(report, person);
        let first = self.changes.first().map(|(_, change)| *change);
        let family = self.fields.first().and_then(|field| family(field)).filter(|_| self.fields.len() > 1);
        let path = match (&family, self.fields.first()) {
            (Some(family), _) => family.clone(),
            (None, field) => field.map(ToString::to_string).unwrap_or_default(),
        };
        let told = match (&family, first) {
            (Some(family), _) => Told::of(self.together(family)),
            (None, Some(change)) if change.class == Class::Drift => Told::of(vec![vec![plain(self.drift(report))]]),
            (None, Some(change)) => told(change, self.new, styles),
            (None, None) => Told::of(Vec::new()),
        };
        Row { path: named(&path), told, tail }
    }

    /// The members of a family: `first_name, last_name (private, set)`, `receive_email true`.
    fn together(&self, family: &str) -> Vec<Spans> {
        let name = |field: &Field| {
            let path = field.to_string();
            named(path.strip_prefix(family).unwrap_or(&path).trim_start_matches('.'))
        };
        let private = self.fields.iter().any(|field| field.is_private());
        let last = self.fields.len().saturating_sub(1);
        let one = |(at, field): (usize, &&Field)| {
            let value =
                self.changes.iter().find(|(_, change)| change.field == **field).map(|(_, change)| &change.after);
            let value = value.filter(|_| !private).map(|value| format!(" {}", text::value(value)));
            let comma = if at < last { "," } else { "" };
            vec![plain(format!("{}{}{comma}", name(field), value.unwrap_or_default()))]
        };
        let mut parts: Vec<Spans> = self.fields.iter().enumerate().map(one).collect();
        if private {
            parts.push(vec![plain("(private, set)")]);
        }
        parts
    }

    fn class(&self) -> Option<Class> {
        self.changes.first().map(|(_, change)| change.class)
    }

    /// Nobody is blamed: an earlier run that failed looks the same as a click (design 3).
    fn drift(&self, report: &Report<'_>) -> String {
        let base = escaped(report.plan.base.as_deref().unwrap_or("base"));
        let systems: Vec<&str> = self.systems().into_iter().map(System::key).collect();
        format!("differs from {base} in {}, will be set back", systems.join(" and "))
    }

    fn tail(&self, report: &Report<'_>, person: &Person) -> String {
        let systems = self.systems().into_iter().map(|system| {
            let hidden = self.changes.iter().any(|(at, change)| *at == system && !change.readable);
            format!("{system}{}", if hidden { "°" } else { "" })
        });
        let systems = systems.collect::<Vec<_>>().join(" ");
        let lines: Vec<u32> = self.fields.iter().filter_map(|field| report.line(&person.slug, field)).collect();
        let line = match (lines.iter().min(), lines.iter().max()) {
            (Some(first), Some(last)) if first < last => format!("line {first}-{last}"),
            (Some(line), _) => format!("line {line}"),
            _ => String::new(),
        };
        let class = match self.class() {
            Some(Class::Drift) => "drift",
            Some(Class::Conflict) => "conflict",
            Some(Class::Adopt) => "adopt",
            Some(Class::First) => "first",
            Some(Class::Change) | None => "",
        };
        let blank = " ".repeat(8_usize.saturating_sub(text::width(&systems)));
        let tail = format!("{systems}{blank} {line:<9} {class}");
        tail.trim_end().to_owned()
    }
}
