//! One line of a change: the path, what happens to it, where, and why.

use std::collections::HashSet;

use super::escape::{Markdown, data, ours};
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
            (ours("lines ").number(first).ours("–").number(last), format!("#L{first}-L{last}"))
        }
        Some((line, _)) => (ours("line ").number(line), format!("#L{line}")),
        None => return at(change, &Markdown::default(), report.subject),
    };
    let address = address::file_of(report.origin, person).map(|file| file + &anchor);
    at(change, &ours(" · ").link(&words, address.as_deref()), report.subject)
}

/// One change of several people, whose lines differ, and maybe the earlier values too.
pub(super) fn shared(changes: &[&DisplayedChange<'_>], subject: ReportSubject) -> Markdown {
    let Some(first) = changes.first() else { return Markdown::default() };
    let earlier: HashSet<&DisplayedValue> = changes.iter().map(|change| &change.value).collect();
    match &first.value {
        DisplayedValue::Values { after, .. } if earlier.len() > 1 => {
            let value = ours("").number(earlier.len() as u64).ours(" earlier values → ").and(&plain(after));
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
    let systems = change.systems.iter().map(|(system, sign)| ours(system.key()).ours(sign));
    let out = ours("- ").data(&change.path).ours(": ").and(value).ours(" · ").list(" ", systems);
    out.and(lines).and(&why(change, subject)).ours("\n")
}

/// The class. It names no cause: an earlier run that failed looks the same as an edit by hand.
fn why(change: &DisplayedChange<'_>, subject: ReportSubject) -> Markdown {
    match change.class {
        Class::Conflict => ours(" · **conflict**, the file wins"),
        Class::Drift if subject == ReportSubject::Drift => Markdown::default(),
        Class::Drift => ours(" · **drift**, ").ours(change.outcome),
        Class::First => ours(" · first"),
        Class::Change | Class::Adopt => Markdown::default(),
    }
}

/// What is shown beside the path, and below it.
fn value(change: &DisplayedChange<'_>) -> (Markdown, Markdown) {
    let beside = match &change.value {
        DisplayedValue::Private(names) => {
            let names = Markdown::default().list(", ", names.iter().map(|name| data(name)));
            let gap = if names.is_empty() { "" } else { " " };
            names.ours(gap).ours(if change.new { "(private, set)" } else { "(private, changed)" })
        }
        DisplayedValue::Together(values) => {
            let one = |(name, value): &(String, ValueText)| data(name).ours(" ").and(&plain(value));
            members(", ", values.iter().map(one))
        }
        DisplayedValue::New(value) => match value.start(START) {
            Some((start, length)) => data(&start).ours(" (").count(length, "character", "characters").ours(")"),
            None => plain(value),
        },
        DisplayedValue::SinceHash(after) => ours("changed to ").and(&plain(after)),
        DisplayedValue::Members { added, removed } => {
            let added = members(" ", added.iter().map(|code| ours("+ ").data(code)));
            let removed = members(" ", removed.iter().map(|code| ours("− ").data(code)));
            let gap = if added.is_empty() || removed.is_empty() { "" } else { " " };
            added.ours(gap).and(&removed)
        }
        DisplayedValue::Words { pieces, right_to_left } => {
            return (counted(pieces), Markdown::default().compared(pieces, *right_to_left));
        }
        DisplayedValue::Values { before, after } => plain(before).ours(" → ").and(&plain(after)),
    };
    (beside, Markdown::default())
}

/// A value. Nothing is written in words of ours, so that no text can look like it.
fn plain(value: &ValueText) -> Markdown {
    match value {
        ValueText::Nothing => ours("*none*"),
        ValueText::Text(text) | ValueText::Bare(text) => data(text),
        ValueText::List(items) => members(", ", items.iter().map(|item| data(item))),
    }
}

/// The first of several, and how many more there are.
fn members(between: &'static str, all: impl ExactSizeIterator<Item = Markdown>) -> Markdown {
    let more = all.len().saturating_sub(MEMBERS);
    let out = Markdown::default().list(between, all.take(MEMBERS));
    if more == 0 { out } else { out.ours(between).ours("and ").number(more as u64).ours(" more") }
}

/// `+3 −1 words`.
fn counted(pieces: &[DiffPiece]) -> Markdown {
    let (new, gone) = text::counted(pieces);
    let signed = |sign, count: usize| (count > 0).then(|| ours(sign).number(count as u64).ours(" "));
    let counts = signed("+", new).into_iter().chain(signed("−", gone));
    Markdown::default().list("", counts).ours(text::form(new + gone, "word", "words"))
}
