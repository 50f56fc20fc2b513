//! The plan as a reader sees it: one line a field, the YAML's own names, both systems side by side (design 1.9).

use std::fmt::Write as _;

use serde_json::Value;

use super::style::{Styles, paint};
use super::text::{self, Piece, safe};
use super::{Report, Shown};
use crate::agent::{Field, Kind};
use crate::apply::{Applied, Outcome};
use crate::diff::{Change, Class};
use crate::plan::{Operation, Person, Plan};
use crate::record::System;

/// Where the ids and the line numbers stand, in cells; a longer text pushes them to the right.
const IDS_AT: usize = 64;
const SYSTEMS_AT: usize = 76;
/// A text longer than this is compared by words, on lines of its own.
const LONG: usize = 48;

/// The plan as text.
#[must_use]
pub fn plan(report: &Report<'_>, styles: &Styles) -> String {
    let mut out = String::new();
    let mut unreadable = false;
    for person in &report.plan.people {
        out.push_str(&headline(person, styles));
        for line in lines(person) {
            unreadable |= line.changes.iter().any(|(_, change)| !change.readable);
            out.push_str(&field_line(report, person, &line, styles));
        }
        if let Some(why) = &person.blocked {
            let _ = writeln!(out, "    {}", paint(styles.blocked, &format!("blocked: {}", safe(why))));
        }
    }
    for orphan in &report.plan.orphans {
        let ids = orphan.pf_user.map_or_else(String::new, |pf| format!(" · pf {pf}"));
        let text = format!("? {}: an orphan, its file is gone", safe(&orphan.agent));
        let _ = writeln!(
            out,
            "{}",
            columns(&paint(styles.blocked, &text), &text, IDS_AT, &format!("crm {}{ids}", orphan.crm))
        );
    }
    for warning in &report.plan.warnings {
        let _ = writeln!(out, "{} {}", paint(styles.warning, "warning:"), safe(warning));
    }
    for block in report.blocks {
        let _ = writeln!(out, "{} {}", paint(styles.blocked, "blocked:"), safe(&block.message));
    }
    if !out.is_empty() {
        out.push('\n');
    }
    let _ = writeln!(out, "{}", paint(styles.strong, &summary(report.plan)));
    if unreadable {
        out.push_str("° Property Finder does not return this field: compared with what was last sent.\n");
    }
    out
}

/// What became of a plan, as text.
#[must_use]
pub fn applied(people: &[Applied], styles: &Styles) -> String {
    let mut out = String::new();
    let (mut done, mut failed, mut not_tried) = (0, 0, 0);
    for person in people {
        let (sign, style, why) = match &person.outcome {
            Outcome::Done => ("done", styles.added, None),
            Outcome::Failed(why) => ("failed", styles.removed, Some(why)),
            Outcome::Moved(why) => ("moved", styles.changed, Some(why)),
            Outcome::Unknown(why) => ("unknown", styles.changed, Some(why)),
            Outcome::NotTried(why) => ("not tried", styles.faint, Some(why)),
        };
        match person.outcome {
            Outcome::Done => done += 1,
            Outcome::NotTried(_) => not_tried += 1,
            _ => failed += 1,
        }
        let _ = write!(out, "{:>9} {}", paint(style, sign), person.file);
        if !person.done.is_empty() {
            let _ = write!(out, ": {}", person.done.join(", "));
        }
        out.push('\n');
        if let Some(why) = why {
            let _ = writeln!(out, "          {}", safe(why));
        }
    }
    let _ = writeln!(
        out,
        "{}",
        paint(styles.strong, &format!("Applied: {done} done, {failed} failed, {not_tried} not tried"))
    );
    out
}

/// The line that people read: how many people, not requests.
#[must_use]
pub fn summary(plan: &Plan) -> String {
    let count = |operation| plan.count(operation);
    let mut people = format!(
        "Plan: {} to create, {} to update, {} to deactivate",
        count(Operation::Create),
        count(Operation::Update),
        count(Operation::Deactivate)
    );
    let more = [
        (count(Operation::Activate), "to activate"),
        (count(Operation::Adopt), "to adopt"),
        (count(Operation::Link), "to link"),
        (count(Operation::Rename), "to rename"),
    ];
    people.extend(more.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!(", {count} {what}")));
    let mut parts = vec![people];
    match plan.conflicts() {
        0 => {}
        1 => parts.push("1 conflict".to_owned()),
        conflicts => parts.push(format!("{conflicts} conflicts")),
    }
    if plan.drifts() > 0 {
        parts.push(format!("{} drift", plan.drifts()));
    }
    let blocked = plan.blocked().count();
    if blocked > 0 {
        parts.push(format!("{blocked} blocked"));
    }
    match plan.orphans.len() {
        0 => {}
        1 => parts.push("1 orphan".to_owned()),
        orphans => parts.push(format!("{orphans} orphans")),
    }
    parts.push(format!("{} unchanged", plan.unchanged));
    if !plan.unmanaged.is_empty() {
        parts.push(format!("{} unmanaged, left alone", plan.unmanaged.len()));
    }
    parts.join(" · ")
}

fn headline(person: &Person, styles: &Styles) -> String {
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
    let head = format!("{sign} {}", safe(&person.file));
    let painted = paint(style, &head);
    format!("{}\n", columns(&painted, &head, IDS_AT, &paint(styles.faint, &whereabouts(person))))
}

/// Where the person stands, and what is done beside fields: `crm 3 · pf 7712`, `new in crm, pf`.
fn whereabouts(person: &Person) -> String {
    let system = |system: System, id: Option<u64>| {
        let word = person.actions_in(system).find_map(|action| match action.operation {
            Operation::Adopt => Some("adopted: "),
            Operation::Link => Some("linked: "),
            Operation::Rename => Some("renamed: "),
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

/// One field with one change, in the systems that share it.
struct Line<'a> {
    field: &'a Field,
    changes: Vec<(System, &'a Change)>,
}

fn lines(person: &Person) -> Vec<Line<'_>> {
    let mut lines: Vec<Line<'_>> = Vec::new();
    for action in &person.actions {
        for change in &action.fields {
            let same = |line: &&mut Line<'_>| {
                line.field == &change.field
                    && line.changes.iter().all(|(_, other)| other.class == change.class)
                    && line.changes.iter().all(|(_, other)| {
                        change.field.same(&other.before, &change.before)
                            && change.field.same(&other.after, &change.after)
                    })
            };
            match lines.iter_mut().find(same) {
                Some(line) => line.changes.push((action.system, change)),
                None => lines.push(Line { field: &change.field, changes: vec![(action.system, change)] }),
            }
        }
    }
    let conflicts = |line: &Line<'_>| line.changes.iter().any(|(_, change)| change.class == Class::Conflict);
    lines.sort_by_key(|line| (!conflicts(line), line.field));
    lines
}

fn field_line(report: &Report<'_>, person: &Person, line: &Line<'_>, styles: &Styles) -> String {
    let Some((_, change)) = line.changes.first() else { return String::new() };
    let new = person.actions.iter().any(|action| {
        action.operation == Operation::Create && line.changes.iter().any(|(system, _)| *system == action.system)
    });
    let (plain, painted, below) = match change.class {
        Class::Drift => drift_text(report, line),
        _ => change_text(change, new, styles),
    };
    let systems: Vec<String> = line
        .changes
        .iter()
        .map(|(system, change)| format!("{system}{}", if change.readable { "" } else { "°" }))
        .collect();
    let mut tail = format!("{:<9}", systems.join(" "));
    if let Some(at) = report.line(&person.slug, line.field) {
        let _ = write!(tail, " line {at}");
    }
    match change.class {
        Class::Change => {}
        Class::Drift => tail.push_str("    drift"),
        Class::Conflict => tail.push_str("    conflict"),
        Class::Adopt => tail.push_str("    adopt"),
        Class::First => tail.push_str("    first"),
    }
    let path = safe(&line.field.to_string());
    let left = format!("    {path:<27} {plain}");
    let left_painted = format!("    {path:<27} {painted}");
    let mut out = format!("{}\n", columns(&left_painted, &left, SYSTEMS_AT, &paint(styles.faint, tail.trim_end())));
    if let Some(below) = below {
        let _ = writeln!(out, "        {below}");
    }
    out
}

/// Nobody is blamed: an earlier run that failed looks the same as a click (design 3).
fn drift_text(report: &Report<'_>, line: &Line<'_>) -> (String, String, Option<String>) {
    let base = safe(report.plan.base.as_deref().unwrap_or("base"));
    let systems: Vec<&str> = line.changes.iter().map(|(system, _)| system.key()).collect();
    let text = format!("differs from {base} in {}, will be set back", systems.join(" and "));
    (text.clone(), text, None)
}

/// A change as text: plain (to measure it), painted, and what goes on a line of its own.
fn change_text(change: &Change, new: bool, styles: &Styles) -> (String, String, Option<String>) {
    let same = |text: String| (text.clone(), text, None);
    let (before, after) = match Shown::of(change) {
        Shown::Private if new => return same("(private, set)".to_owned()),
        Shown::Private => return same("(private, changed)".to_owned()),
        Shown::SinceHash { after } => return same(format!("changed to {}", text::value(after))),
        Shown::Values { before, after } => (before, after),
    };
    if matches!(change.field.kind(), Kind::LowerCodes | Kind::UpperCodes) && !new {
        return set_text(&change.field.canonical(before), &change.field.canonical(after), styles);
    }
    let long = |value: &Value| value.as_str().is_some_and(|text| text.chars().count() > LONG || text.contains('\n'));
    match (before, after) {
        (Value::String(_) | Value::Null, Value::String(written)) if new && long(after) => {
            let start: String = written.chars().take(LONG - 8).collect();
            same(format!("\"{}…\" ({} characters)", safe(&start), written.chars().count()))
        }
        (_, after) if new => same(text::value(after)),
        (Value::String(before), Value::String(after))
            if long(&Value::from(before.as_str())) || long(&Value::from(after.as_str())) =>
        {
            (String::new(), String::new(), Some(words(before, after, styles)))
        }
        (before, after) => {
            let (before, after) = (text::value(before), text::value(after));
            let painted = format!("{} → {}", paint(styles.removed, &before), paint(styles.added, &after));
            (format!("{before} → {after}"), painted, None)
        }
    }
}

fn set_text(before: &Value, after: &Value, styles: &Styles) -> (String, String, Option<String>) {
    let members = |value: &Value| -> Vec<String> {
        let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
        items.iter().filter_map(Value::as_str).map(safe).collect()
    };
    let (before, after) = (members(before), members(after));
    let added = after.iter().filter(|code| !before.contains(code)).map(|code| (styles.added, format!("+ {code}")));
    let removed = before.iter().filter(|code| !after.contains(code)).map(|code| (styles.removed, format!("- {code}")));
    let all: Vec<(anstyle::Style, String)> = added.chain(removed).collect();
    let plain: Vec<&str> = all.iter().map(|(_, text)| text.as_str()).collect();
    let painted: Vec<String> = all.iter().map(|(style, text)| paint(*style, text)).collect();
    (plain.join(" "), painted.join(" "), None)
}

/// Two long texts compared by words: `[-gone-]` and `{+new+}`, so that it reads without colours too.
fn words(before: &str, after: &str, styles: &Styles) -> String {
    let piece = |piece: Piece| match piece {
        Piece::Same(text) => safe(&text),
        Piece::Removed(text) => paint(styles.removed, &format!("[-{}-]", safe(&text))),
        Piece::Added(text) => paint(styles.added, &format!("{{+{}+}}", safe(&text))),
    };
    text::words(before, after).into_iter().map(piece).collect()
}

/// A text, and another one from a column on, or behind two spaces where the first is longer.
fn columns(painted: &str, plain: &str, at: usize, then: &str) -> String {
    if then.is_empty() {
        return painted.to_owned();
    }
    let gap = at.saturating_sub(text::width(plain)).max(2);
    format!("{painted}{}{then}", " ".repeat(gap))
}
