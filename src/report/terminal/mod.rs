//! The plan as a reader sees it: one line a field, the YAML's own names, both systems side by side (design 1.9).
//!
//! `person` says what is told of one person, `change` of one field; `layout` measures and breaks lines; here it is put
//! into columns. Colour repeats what signs and words say already, so that a plan without it is complete.

mod applied;
mod change;
mod layout;
mod person;

use std::fmt::Write as _;

use anstyle::Style;
use layout::{Spans, plain, span, width, wrapped, written, written_right_to_left};
use person::{Row, Section};

use super::style::{Styles, paint};
use super::text::{self, escaped};
use super::words::{self, BASE};
use super::{Report, Subject};
use crate::identity::Orphan;
use crate::plan::{Operation, Plan};

pub use applied::applied;

/// What a text is written for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Page {
    /// Colours.
    pub styles: Styles,
    /// The cells of a line. Without it nobody's screen is known (a pipe, a log): columns stand as for 120 cells, and no
    /// line is broken, so that it can be searched.
    pub width: Option<usize>,
    /// Whether rows that are nobody's are named too.
    pub verbose: bool,
}

/// No sentence takes more characters than this: systems and files may say anything.
const LONGEST_PROSE: usize = 4_000;
/// A name or a path, cut.
const LONGEST_NAME: usize = 160;
/// How far columns may go where nobody's screen is known, and on one.
const USUAL_WIDTH: usize = 120;
const WIDTHS: std::ops::RangeInclusive<usize> = 64..=140;
/// Paths start here.
const PATHS_AT: usize = 4;
/// The longest path that values are put in line behind.
const LONGEST_PATH: usize = 28;

/// The plan as text.
#[must_use]
pub fn plan(report: &Report<'_>, page: &Page) -> String {
    let sections: Vec<Section> =
        report.plan.people.iter().map(|person| person::section(report, person, &page.styles)).collect();
    let columns = Columns::fit(&sections, page);
    let mut out = String::new();
    for section in &sections {
        columns.section(section, page, &mut out);
    }
    for orphan in &report.plan.orphans {
        columns.orphan(orphan, page, &mut out);
    }
    if page.verbose {
        unmanaged(report.plan, page, &mut out);
    }
    if !out.is_empty() {
        out.push('\n');
    }
    for warning in &report.plan.warnings {
        prose(&[span(page.styles.warning, "warning:")], &escaped(warning), 0, page, &mut out);
    }
    for block in report.blocks {
        prose(&[span(page.styles.blocked, "blocked:")], &escaped(&block.message), 0, page, &mut out);
    }
    closing(page.styles.strong, &summary(report), page, &mut out);
    ending(report, page, &mut out);
    out
}

/// What belongs to the summary: how long it takes, that it is stopped, and what the signs mean.
fn ending(report: &Report<'_>, page: &Page, out: &mut String) {
    let mut say = |said: &str| closing(Style::new(), said, page, out);
    if report.estimate.seconds > 0 {
        let (time, unit) = words::duration(report.estimate.seconds);
        let [before, behind] = words::TAKES;
        say(&format!("{before}{time} {unit}{behind}"));
    }
    if !report.blocks.is_empty() {
        say(&format!("Nothing is written {}.", words::until(report.blocks)));
    }
    let mut actions = report.plan.people.iter().flat_map(|person| &person.actions);
    if report.subject == Subject::Drift && actions.any(|action| !action.fields.is_empty()) {
        say(words::DIRECTION);
    }
    words::legend(report).into_iter().for_each(say);
}

/// A sentence of ours at the end, broken between words on a screen.
fn closing(style: Style, said: &str, page: &Page, out: &mut String) {
    let said = [span(style, said)];
    let lines = page.width.map_or_else(|| vec![said.to_vec()], |screen| wrapped(&said, screen.max(*WIDTHS.start())));
    for line in lines {
        let _ = writeln!(out, "{}", written(&line));
    }
}

/// A name or a path as it may stand on a line: of a file, of a field, of somebody in a system.
fn named(name: &str) -> String {
    text::cut(&escaped(name), LONGEST_NAME)
}

/// Where values, and what follows them, stand in the whole plan.
struct Columns {
    values: usize,
    tails: usize,
    screen: usize,
}

impl Columns {
    fn fit(sections: &[Section], page: &Page) -> Self {
        let rows = || sections.iter().flat_map(|section| &section.rows);
        let path = rows().map(|row| text::width(&row.path)).filter(|width| *width <= LONGEST_PATH).max().unwrap_or(0);
        let values = PATHS_AT + path + 2;
        let tail = rows().map(|row| text::width(&row.tail)).max().unwrap_or(0);
        let longest = rows().map(|row| values + row.shown_width()).max().unwrap_or(0);
        let head = sections.iter().map(|section| width(&section.head)).max().unwrap_or(0);
        let screen = page.width.unwrap_or(USUAL_WIDTH).clamp(*WIDTHS.start(), *WIDTHS.end());
        let tails = (longest.max(head) + 2).min(screen.saturating_sub(tail));
        Self { values, tails, screen }
    }

    fn section(&self, section: &Section, page: &Page, out: &mut String) {
        self.headline(&section.head, &section.whereabouts, page, out);
        for row in &section.rows {
            self.row(row, page, out);
        }
        for (label, note) in &section.notes {
            prose(label, note, PATHS_AT, page, out);
        }
    }

    fn orphan(&self, orphan: &Orphan, page: &Page, out: &mut String) {
        let name = named(&orphan.agent);
        let head = [span(page.styles.blocked, format!("? {name}: an orphan, its file is gone"))];
        let pf = orphan.pf_user.map_or_else(String::new, |pf| format!(" · pf {pf}"));
        self.headline(&head, &format!("crm {}{pf}", orphan.crm), page, out);
    }

    /// A name, and the ids in the column of the tails, or as far to the left as the screen asks for.
    fn headline(&self, head: &[layout::Span], ids: &str, page: &Page, out: &mut String) {
        let at = self.tails.min(self.screen.saturating_sub(text::width(ids)));
        let gap = at.saturating_sub(width(head)).max(2);
        let ids = if ids.is_empty() {
            String::new()
        } else {
            format!("{}{}", " ".repeat(gap), paint(page.styles.faint, ids))
        };
        let _ = writeln!(out, "{}{ids}", written(head));
    }

    /// A path, its value, and the tail on the value's first line. Behind a path that is too long for its column the
    /// value starts on a line of its own.
    fn row(&self, row: &Row, page: &Page, out: &mut String) {
        let mut left = format!("{}{}", " ".repeat(PATHS_AT), row.path);
        if text::width(&left) + 2 > self.values {
            let _ = writeln!(out, "{left}");
            left.clear();
        }
        left.push_str(&" ".repeat(self.values.saturating_sub(text::width(&left))));
        let room = page.width.map(|_| self.tails.saturating_sub(self.values + 2));
        for (at, line) in value_lines(row, room).iter().enumerate() {
            if at == 0 {
                let gap = self.tails.saturating_sub(self.values + width(line)).max(2);
                let tail = paint(page.styles.faint, &row.tail);
                let _ = writeln!(out, "{left}{}{}{tail}", written(line), " ".repeat(gap));
            } else {
                let _ = writeln!(out, "{}{}", " ".repeat(self.values), written(line));
            }
        }
        self.below(row, page, out);
    }

    fn below(&self, row: &Row, page: &Page, out: &mut String) {
        if row.shown.below.is_empty() {
            return;
        }
        let indent = PATHS_AT + 4;
        let lines = match page.width {
            Some(_) => wrapped(&row.shown.below, self.screen.saturating_sub(indent)),
            None => vec![row.shown.below.clone()],
        };
        for line in lines {
            let text = if row.shown.right_to_left { written_right_to_left(&line) } else { written(&line) };
            let _ = writeln!(out, "{}{text}", " ".repeat(indent));
        }
    }
}

/// A value's lines: on one where it fits, else its parts one below the other, each broken between words.
fn value_lines(row: &Row, room: Option<usize>) -> Vec<Spans> {
    let parts = &row.shown.parts;
    let together = || {
        let mut line: Spans = Vec::new();
        for part in parts {
            if !line.is_empty() {
                line.push(plain(" "));
            }
            line.extend(part.iter().cloned());
        }
        line
    };
    let Some(room) = room.filter(|room| row.shown_width() > *room) else { return vec![together()] };
    let mut lines: Vec<Spans> = Vec::new();
    for part in parts {
        match lines.last_mut() {
            // Short parts, such as the members of a list, share a line.
            Some(line) if width(line) + 1 + width(part) <= room => {
                line.push(plain(" "));
                line.extend(part.iter().cloned());
            }
            _ => lines.extend(wrapped(part, room)),
        }
    }
    lines
}

/// A sentence behind its label; on a screen it is broken between words, under its own start.
fn prose(label: &[layout::Span], said: &str, indent: usize, page: &Page, out: &mut String) {
    let said = [plain(text::cut(said, LONGEST_PROSE))];
    let mut start = format!("{}{} ", " ".repeat(indent), written(label));
    let mut under = indent + width(label) + 1;
    let lines = match page.width.map(|screen| screen.max(*WIDTHS.start())) {
        Some(screen) => {
            // Behind a label that fills the line there is no room: the sentence starts below it.
            if under > screen / 2 {
                let _ = writeln!(out, "{}", start.trim_end());
                under = indent + 2 * PATHS_AT;
                start = " ".repeat(under);
            }
            wrapped(&said, screen.saturating_sub(under))
        }
        None => vec![said.to_vec()],
    };
    for line in lines {
        let _ = writeln!(out, "{start}{}", written(&line));
        start = " ".repeat(under);
    }
}

/// Rows that are nobody's, named.
fn unmanaged(plan: &Plan, page: &Page, out: &mut String) {
    let ids: Vec<String> = plan.unmanaged.iter().map(|row| format!("{} {}", row.system, row.remote_id)).collect();
    let widest = ids.iter().map(String::len).max().unwrap_or(0);
    if !ids.is_empty() {
        out.push_str("Unmanaged, left alone:\n");
    }
    for (row, id) in plan.unmanaged.iter().zip(ids) {
        let name = match row.name.as_str() {
            "" => "(no public name)".to_owned(),
            name => named(name),
        };
        let id = paint(page.styles.faint, &format!("{id:<widest$}"));
        let _ = writeln!(out, "{}{id}  {}", " ".repeat(PATHS_AT), written(&[plain(name)]));
    }
}

/// The line that people read: how many people, not requests.
#[must_use]
pub fn summary(report: &Report<'_>) -> String {
    let plan = report.plan;
    if report.subject == Subject::Drift {
        return drift(report);
    }
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
        (count(Operation::Release), "to release"),
    ];
    people.extend(more.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!(", {count} {what}")));
    if !report.complete {
        people = people.replacen("Plan:", "Plan, incomplete:", 1);
    } else if plan.is_empty() {
        "Plan: nothing to do".clone_into(&mut people);
    }
    let mut parts = vec![people];
    if plan.conflicts() > 0 {
        parts.push(text::count(plan.conflicts(), "conflict", "conflicts"));
    }
    if plan.drifts() > 0 {
        parts.push(format!("{} drift", plan.drifts()));
    }
    let blocked = plan.blocked().count();
    if blocked > 0 {
        parts.push(format!("{blocked} blocked"));
    }
    if !plan.orphans.is_empty() {
        parts.push(text::count(plan.orphans.len(), "orphan", "orphans"));
    }
    parts.push(format!("{} unchanged", plan.unchanged));
    if !plan.unmanaged.is_empty() {
        parts.push(format!("{} unmanaged, left alone", plan.unmanaged.len()));
    }
    parts.join(" · ")
}

/// The same of what somebody changed by hand.
fn drift(report: &Report<'_>) -> String {
    let plan = report.plan;
    let base = escaped(plan.base.as_deref().unwrap_or(BASE));
    let found = match plan.to_do().count() {
        0 => format!("nobody differs from {base}"),
        people => format!("{} from {base}", text::count(people, "person differs", "people differ")),
    };
    let incomplete = if report.complete { "" } else { ", incomplete" };
    let unclear = match plan.blocked().count() {
        0 => String::new(),
        blocked => format!(" · {blocked} cannot be compared"),
    };
    format!("Drift{incomplete}: {found}{unclear} · {} unchanged", plan.unchanged)
}
