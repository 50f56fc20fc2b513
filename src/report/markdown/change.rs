//! What is told of one line: the path, what happens to it, where, and why.

use serde_json::Value;

use super::escape::{Markdown, data, ours};
use crate::model::record::System;
use crate::reconcile::diff::Class;
use crate::reconcile::plan::PersonPlan;
use crate::report::displayed_change::{DisplayedChange, FieldLine, is_long};
use crate::report::text::{self, DiffPiece};
use crate::report::{Report, ReportSubject, phrases};

/// The start of a long text of a new row.
const START: usize = 120;
/// No list takes more members than this.
const MEMBERS: usize = 40;

/// One line of a person.
pub(super) struct ChangeItem<'a> {
    /// What happens, up to where the file says so.
    what: Markdown,
    /// Where the file says so: the first and the last line.
    place: Option<(u32, u32)>,
    /// Why, and two long texts compared.
    rest: Markdown,
    /// What tells this change from any other: whoever has the same gets the same. Nothing where a row is made, which is
    /// told whole.
    pub(super) key: Option<ChangeKey<'a>>,
}

/// A change without its place in a file.
#[derive(PartialEq, Eq, Hash)]
pub(super) struct ChangeKey<'a> {
    path: String,
    systems: Vec<(System, &'static str)>,
    class: Class,
    /// What becomes of it, once the plan was carried out: people of whom it differs are not told of together.
    outcome: &'static str,
    told: DisplayedChange<'a>,
}

impl<'a> ChangeItem<'a> {
    pub(super) fn of(line: &FieldLine<'a>, report: &Report<'_>, person: &PersonPlan) -> Self {
        let told = line.displayed();
        let path = line.path();
        let outcome = if line.class() == Class::Drift { phrases::set_back(report, &person.slug) } else { "" };
        let (value, below) = value(&told, line.new);
        let what = ours("- ").data(&path).ours(": ").and(&value).ours(" · ").and(&target_systems(line));
        Self {
            what,
            place: line.place(report, person),
            rest: why(line, report.subject, outcome).ours("\n").and(&below),
            key: (!line.new).then(|| ChangeKey {
                path,
                systems: line.signed_systems(),
                class: line.class(),
                outcome,
                told,
            }),
        }
    }

    /// With the place in one person's file.
    pub(super) fn at_its_place(&self) -> Markdown {
        let place = match self.place {
            Some((first, last)) if first < last => ours(" · lines ").number(first).ours("–").number(last),
            Some((line, _)) => ours(" · line ").number(line),
            None => Markdown::default(),
        };
        Markdown::default().and(&self.what).and(&place).and(&self.rest)
    }

    /// Of several people, whose lines differ.
    pub(super) fn anywhere(&self) -> Markdown {
        Markdown::default().and(&self.what).and(&self.rest)
    }
}

/// `crm pf°`.
fn target_systems(line: &FieldLine<'_>) -> Markdown {
    let signed = line.signed_systems().into_iter().map(|(system, sign)| ours(system.key()).ours(sign));
    Markdown::default().list(" ", signed)
}

/// The words blame nobody: a failed earlier run looks the same as an edit by hand.
fn why(line: &FieldLine<'_>, subject: ReportSubject, outcome: &'static str) -> Markdown {
    match line.class() {
        Class::Conflict => ours(" · **conflict**, the file wins"),
        Class::Drift if subject == ReportSubject::Drift => Markdown::default(),
        Class::Drift => ours(" · **drift**, ").ours(outcome),
        Class::First => ours(" · first"),
        Class::Change | Class::Adopt => Markdown::default(),
    }
}

/// What is told beside the path, and below it.
fn value(told: &DisplayedChange<'_>, new: bool) -> (Markdown, Markdown) {
    let beside = match told {
        DisplayedChange::Private(names) => {
            let names = Markdown::default().list(", ", names.iter().map(|name| data(name)));
            let gap = if names.is_empty() { "" } else { " " };
            names.ours(gap).ours(if new { "(private, set)" } else { "(private, changed)" })
        }
        DisplayedChange::Together(values) => {
            let one = |(name, value): &(String, &Value)| data(name).ours(" ").and(&plain(value));
            members(", ", values.iter().map(one), values.len())
        }
        DisplayedChange::New(value) => created(value),
        DisplayedChange::SinceHash(after) => ours("changed to ").and(&plain(after)),
        DisplayedChange::Members { added, removed } => {
            let added = members(" ", added.iter().map(|code| ours("+ ").data(code)), added.len());
            let removed = members(" ", removed.iter().map(|code| ours("− ").data(code)), removed.len());
            let gap = if added.is_empty() || removed.is_empty() { "" } else { " " };
            added.ours(gap).and(&removed)
        }
        DisplayedChange::Words { pieces, right_to_left } => {
            return (counted(pieces), Markdown::default().compared(pieces, *right_to_left));
        }
        DisplayedChange::Values { before, after } => plain(before).ours(" → ").and(&plain(after)),
    };
    (beside, Markdown::default())
}

/// A value; nothing is told in words of ours, so that no text can look like it.
fn plain(value: &Value) -> Markdown {
    match value {
        Value::Null => ours("*none*"),
        Value::String(text) if text.is_empty() => ours("*none*"),
        Value::String(text) => data(text),
        Value::Array(items) if items.is_empty() => ours("*none*"),
        Value::Array(items) => members(", ", items.iter().map(member), items.len()),
        other => data(&other.to_string()),
    }
}

fn member(item: &Value) -> Markdown {
    item.as_str().map_or_else(|| data(&item.to_string()), data)
}

/// The first of several, and how many more there are.
fn members(between: &'static str, all: impl Iterator<Item = Markdown>, count: usize) -> Markdown {
    let out = Markdown::default().list(between, all.take(MEMBERS));
    match count.saturating_sub(MEMBERS) {
        0 => out,
        more => out.ours(between).ours("and ").number(more as u64).ours(" more"),
    }
}

/// A value of a new row; of a long text its start, since there is nothing to compare it with.
fn created(value: &Value) -> Markdown {
    match value.as_str().map(str::trim) {
        Some(text) if is_long(text) && text.chars().count() > START => {
            let start: String = text.chars().take(START).collect();
            data(&(start + "…")).ours(" (").count(text.chars().count(), "character", "characters").ours(")")
        }
        _ => plain(value),
    }
}

/// `+3 −1 words`.
fn counted(pieces: &[DiffPiece]) -> Markdown {
    let (new, gone) = text::counted(pieces);
    let signed = |sign, count: usize| (count > 0).then(|| ours(sign).number(count as u64).ours(" "));
    let counts = signed("+", new).into_iter().chain(signed("−", gone));
    Markdown::default().list("", counts).ours(text::form(new + gone, "word", "words"))
}
