//! What happens to one person: a headline, a line for each field, and the notes.

use super::change::{ChangeCell, shown};
use super::layout::{StyledLine, span, width};
use super::named;
use crate::model::record::System;
use crate::reconcile::diff::Class;
use crate::reconcile::plan::{Operation, PersonPlan};
use crate::report::departure::{LEAVES, departure};
use crate::report::displayed_change::{DisplayedChange, displayed_changes, made_in, row_statuses, row_warnings};
use crate::report::phrases::BASE;
use crate::report::style::Styles;
use crate::report::text::escaped;
use crate::report::{Report, ReportSubject, text};

/// One person's part of the plan.
pub(super) struct PersonSection {
    /// The sign and the file.
    pub(super) head: StyledLine,
    /// The person's rows: `crm 3 · pf 7712`, `new in crm, pf`.
    pub(super) whereabouts: String,
    /// The fields.
    pub(super) rows: Vec<FieldRow>,
    /// The notes below them, each with its label.
    pub(super) notes: Vec<(StyledLine, String)>,
}

/// One field, or several of a new row on one line.
pub(super) struct FieldRow {
    /// The YAML's own path.
    pub(super) path: String,
    /// What changes.
    pub(super) shown: ChangeCell,
    /// Which systems, which line, why.
    pub(super) tail: String,
    /// What is known of it beside both values.
    pub(super) note: Option<String>,
}

impl FieldRow {
    /// The cells of everything beside the path, on one line.
    pub(super) fn shown_width(&self) -> usize {
        let parts = &self.shown.parts;
        parts.iter().map(|part| width(part)).sum::<usize>() + parts.len().saturating_sub(1)
    }
}

/// One person's part of the plan.
pub(super) fn section(report: &Report<'_>, person: &PersonPlan, styles: &Styles) -> PersonSection {
    let has = |operation| person.actions.iter().any(|action| action.operation == operation);
    let astray = row_warnings(report.subject, person);
    let (sign, style) = if !astray.is_empty() {
        ('-', styles.removed)
    } else if person.blocked.is_some() {
        ('!', styles.blocked)
    } else if report.subject == ReportSubject::Drift {
        ('~', styles.changed)
    } else if has(Operation::Deactivate) || has(Operation::Delete) {
        ('-', styles.removed)
    } else if has(Operation::Create) {
        ('+', styles.added)
    } else {
        ('~', styles.changed)
    };
    let mut notes = Vec::new();
    for (what, at, why) in &astray {
        notes.push((vec![span(styles.warning, "note:")], format!("{what} {}: {why}", systems(at))));
    }
    if let Some(what) = departure(report, person) {
        notes.push((vec![span(styles.warning, format!("{LEAVES}:"))], what));
    } else if has(Operation::Deactivate) && report.subject != ReportSubject::Drift {
        let note = "listings of this person go offline at Property Finder";
        notes.push((vec![span(styles.warning, "note:")], note.to_owned()));
    }
    if has(Operation::Release) {
        let note = "the person had left and the file is gone: the link fields of the row are emptied";
        notes.push((vec![span(styles.warning, "note:")], note.to_owned()));
    }
    if let Some(why) = person.why_blocked() {
        notes.push((vec![span(styles.blocked, "blocked:")], escaped(&why)));
    }
    PersonSection {
        head: vec![span(style, format!("{sign} {}", named(&person.file)))],
        whereabouts: if astray.is_empty() { location_text(person) } else { String::new() },
        rows: displayed_changes(report, person).iter().map(|change| row(change, report, styles)).collect(),
        notes,
    }
}

/// The person's rows, and the operation on a row beside its fields: `crm 3 · pf 7712`, `crm 3 · new in pf`.
fn location_text(person: &PersonPlan) -> String {
    let known = row_statuses(person).into_iter().filter_map(|at| {
        let operation = at.row_operation.map(|operation| format!("{operation} ")).unwrap_or_default();
        Some(format!("{operation}{} {}", at.system, at.id?))
    });
    let mut parts: Vec<String> = known.collect();
    if !made_in(person).is_empty() {
        parts.push(format!("new in {}", systems(&made_in(person))));
    }
    parts.join(" · ")
}

/// `crm, pf`.
fn systems(systems: &[System]) -> String {
    systems.iter().map(|system| system.key()).collect::<Vec<_>>().join(", ")
}

fn row(change: &DisplayedChange<'_>, report: &Report<'_>, styles: &Styles) -> FieldRow {
    // The note names no cause: an earlier run that failed looks the same as an edit by hand.
    let set_back = change.class == Class::Drift && report.subject != ReportSubject::Drift;
    let base = || escaped(report.plan.base.as_deref().unwrap_or(BASE));
    let systems = || change.systems_as(System::key, " and ");
    let note =
        set_back.then(|| format!("differs from {} in {}, {}", base(), systems(), change.outcome.unwrap_or_default()));
    FieldRow { path: named(&change.path), shown: shown(change, styles), tail: tail(change), note }
}

/// `crm pf   line 12   conflict`.
fn tail(change: &DisplayedChange<'_>) -> String {
    let systems = change.target_systems();
    let class = match change.class {
        Class::Change => "",
        class => class.key(),
    };
    let lines = match change.lines {
        Some((first, last)) if first < last => format!("line {first}-{last}"),
        Some((line, _)) => format!("line {line}"),
        None => String::new(),
    };
    let blank = " ".repeat(8_usize.saturating_sub(text::width(&systems)));
    let tail = format!("{systems}{blank} {lines:<9} {class}");
    tail.trim_end().to_owned()
}
