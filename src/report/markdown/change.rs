//! One line of a change: the path, what happens to it, where, and why.

use std::collections::HashSet;

use super::escape::{Markdown, data, program_text};
use crate::reconcile::diff::Class;
use crate::reconcile::plan::PersonPlan;
use crate::report::displayed_change::{DisplayedChange, DisplayedValue};
use crate::report::text::{self, DiffPiece};
use crate::report::value_text::ValueText;
use crate::report::{Report, ReportSubject, address};

/// The start of a long text of a new row.
const START: usize = 120;
/// No list takes more members than this.
const MEMBERS: usize = 40;

/// A change of one person, with its place in the file.
pub(super) fn item(change: &DisplayedChange<'_>, person: &PersonPlan, report: &Report<'_>) -> Markdown {
    let (words, anchor) = match change.lines {
        Some((first, last)) if first < last => {
            (program_text("lines ").number(first).program_text("–").number(last), format!("#L{first}-L{last}"))
        }
        Some((line, _)) => (program_text("line ").number(line), format!("#L{line}")),
        None => return at(change, &Markdown::default(), report.subject),
    };
    let address = address::file_of(report.origin, person).map(|file| file + &anchor);
    at(change, &program_text(" · ").link(&words, address.as_deref()), report.subject)
}

/// One change of several people, whose lines differ, and maybe the earlier values too.
pub(super) fn shared(changes: &[&DisplayedChange<'_>], subject: ReportSubject) -> Markdown {
    let Some(first) = changes.first() else { return Markdown::default() };
    let earlier: HashSet<&DisplayedValue> = changes.iter().map(|change| &change.value).collect();
    match &first.value {
        DisplayedValue::Values { after, .. } | DisplayedValue::Words { after, .. } if earlier.len() > 1 => {
            let value =
                program_text("").number(earlier.len() as u64).program_text(" earlier values → ").and(&beginning(after));
            line(first, &value, &Markdown::default(), subject)
        }
        _ => at(first, &Markdown::default(), subject),
    }
}

fn at(change: &DisplayedChange<'_>, lines: &Markdown, subject: ReportSubject) -> Markdown {
    let (value, below) = value(change);
    line(change, &value, lines, subject).and(&below)
}

fn line(change: &DisplayedChange<'_>, value: &Markdown, lines: &Markdown, subject: ReportSubject) -> Markdown {
    let systems = change.systems.iter().map(|(system, sign)| program_text(system.key()).program_text(sign));
    let out =
        program_text("- ").data(&change.path).program_text(": ").and(value).program_text(" · ").list(" ", systems);
    out.and(lines).and(&why(change, subject)).program_text("\n")
}

/// The class. It names no cause: an earlier run that failed looks the same as an edit by hand.
fn why(change: &DisplayedChange<'_>, subject: ReportSubject) -> Markdown {
    match change.class {
        Class::Conflict => program_text(" · **conflict**, the file wins"),
        Class::Drift if subject == ReportSubject::Drift => Markdown::default(),
        Class::Drift => program_text(" · **drift**, ").program_text(change.outcome.unwrap_or_default()),
        Class::First => program_text(" · first"),
        Class::Change | Class::Adopt => Markdown::default(),
    }
}

/// What is shown beside the path, and below it.
fn value(change: &DisplayedChange<'_>) -> (Markdown, Markdown) {
    let beside = match &change.value {
        DisplayedValue::Private(names) => {
            let names = Markdown::default().list(", ", names.iter().map(|name| data(name)));
            let gap = if names.is_empty() { "" } else { " " };
            names.program_text(gap).program_text(if change.new { "(private, set)" } else { "(private, changed)" })
        }
        DisplayedValue::Together(values) => {
            let named_value = |(name, value): &(String, ValueText)| data(name).program_text(" ").and(&plain(value));
            members(", ", values.iter().map(named_value))
        }
        DisplayedValue::New(value) => beginning(value),
        DisplayedValue::SinceHash(after) => program_text("changed to ").and(&plain(after)),
        DisplayedValue::Members { added, removed } => {
            let added = members(" ", added.iter().map(|code| program_text("+ ").data(code)));
            let removed = members(" ", removed.iter().map(|code| program_text("− ").data(code)));
            let gap = if added.is_empty() || removed.is_empty() { "" } else { " " };
            added.program_text(gap).and(&removed)
        }
        DisplayedValue::Words { pieces, right_to_left, .. } => {
            return (counted(pieces), Markdown::default().compared(pieces, *right_to_left));
        }
        DisplayedValue::Values { before, after } => plain(before).program_text(" → ").and(&plain(after)),
    };
    (beside, Markdown::default())
}

/// A value that is not compared with another one: of a long text its start.
fn beginning(value: &ValueText) -> Markdown {
    match value.start(START) {
        Some((start, length)) => {
            data(&start).program_text(" (").count(length, "character", "characters").program_text(")")
        }
        None => plain(value),
    }
}

/// A value. Nothing is written in words of the program, so that no text can look like it.
fn plain(value: &ValueText) -> Markdown {
    match value {
        ValueText::Nothing => program_text("*none*"),
        ValueText::Text(text) | ValueText::Bare(text) => data(text),
        ValueText::List(items) => members(", ", items.iter().map(|item| data(item))),
    }
}

/// The first of several, and how many more there are.
fn members(between: &'static str, all: impl ExactSizeIterator<Item = Markdown>) -> Markdown {
    let more = all.len().saturating_sub(MEMBERS);
    let out = Markdown::default().list(between, all.take(MEMBERS));
    if more == 0 {
        out
    } else {
        out.program_text(between).program_text("and ").number(more as u64).program_text(" more")
    }
}

/// `+3 −1 words`.
fn counted(pieces: &[DiffPiece]) -> Markdown {
    let (new, gone) = text::counted(pieces);
    let signed = |sign, count: usize| (count > 0).then(|| program_text(sign).number(count as u64).program_text(" "));
    let counts = signed("+", new).into_iter().chain(signed("−", gone));
    Markdown::default().list("", counts).program_text(text::form(new + gone, "word", "words"))
}
