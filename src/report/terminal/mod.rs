//! The plan on a terminal: one line for each field, the YAML's own names, both systems side by side.
//!
//! `person` makes the lines of one person, `change` of one field; `layout` measures and breaks lines; this file puts them
//! into columns. Colour repeats signs and words, so that a plan without it is complete.

mod applied;
mod change;
mod explained;
mod layout;
mod person;

use std::fmt::Write as _;

use anstyle::Style;
use layout::{StyledLine, plain, span, width, wrapped, written, written_right_to_left};
use person::{FieldRow, PersonSection};

use super::phrases::{self, BASE};
use super::style::{Styles, paint};
use super::summary::Category;
use super::text::{self, escaped};
use super::{Report, ReportSubject};
use crate::reconcile::matching::Orphan;
use crate::reconcile::plan::{Operation, Plan};

pub(crate) use applied::applied;
pub(crate) use explained::{Explanation, SystemState, explained};

/// What a text is written for.
#[derive(Clone, Copy, Debug, Default)]
pub struct TerminalOptions {
    /// Colours.
    pub styles: Styles,
    /// The cells of a line. Without it the width is unknown (a pipe, a log): columns are as for 120 cells, and no
    /// line is broken, so that it can be searched.
    pub width: Option<usize>,
    /// Whether unmanaged rows are listed too.
    pub verbose: bool,
}

/// No sentence takes more characters than this: texts of systems and files have any length.
const LONGEST_PROSE: usize = 4_000;
/// A name or a path, cut.
const LONGEST_NAME: usize = 160;
/// The widest columns without a terminal, and on one.
const USUAL_WIDTH: usize = 120;
const WIDTHS: std::ops::RangeInclusive<usize> = 40..=140;
/// Paths start here.
const PATHS_AT: usize = 4;
/// What does not fit beside its path starts here.
const BELOW_AT: usize = 8;
/// The longest path that values are put in line behind.
const LONGEST_PATH: usize = 28;

/// The plan as text.
#[must_use]
pub fn plan(report: &Report<'_>, page: &TerminalOptions) -> String {
    let sections: Vec<PersonSection> =
        report.plan.people.iter().map(|person| person::section(report, person, &page.styles)).collect();
    let columns = PlanColumns::fit(&sections, page);
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
        prose(&[span(page.styles.warning, "warning:")], &escaped(&warning.to_string()), 0, page, &mut out);
    }
    for block in report.blocks {
        prose(&[span(page.styles.blocked, "blocked:")], &escaped(&block.message), 0, page, &mut out);
    }
    closing(page.styles.strong, &summary(report), page, &mut out);
    ending(report, page, &mut out);
    out
}

/// What belongs to the summary: how long it takes, that it is stopped, and what the signs mean.
fn ending(report: &Report<'_>, page: &TerminalOptions, out: &mut String) {
    let mut say = |said: &str| closing(Style::new(), said, page, out);
    if report.estimate.seconds > 0 {
        let (time, unit) = phrases::duration(report.estimate.seconds);
        let [before, behind] = phrases::TAKES;
        say(&format!("{before}{time} {unit}{behind}"));
    }
    if !report.blocks.is_empty() {
        say(&format!("Nothing is written {}.", phrases::until(report.blocks)));
    }
    let mut actions = report.plan.people.iter().flat_map(|person| &person.actions);
    if report.subject == ReportSubject::Drift && actions.any(|action| !action.fields.is_empty()) {
        say(phrases::DIRECTION);
    }
    phrases::legend(report).into_iter().for_each(say);
}

/// A sentence of ours at the end, broken between words on a screen.
fn closing(style: Style, said: &str, page: &TerminalOptions, out: &mut String) {
    let said = [span(style, said)];
    let lines = page.width.map_or_else(|| vec![said.to_vec()], |screen| wrapped(&said, screen.max(*WIDTHS.start())));
    for line in lines {
        let _ = writeln!(out, "{}", written(&line));
    }
}

/// A name or a path in the form for a line: of a file, of a field, of a user in a system.
fn named(name: &str) -> String {
    text::cut(&escaped(name), LONGEST_NAME)
}

/// The columns of values, and of what follows them, in the whole plan.
struct PlanColumns {
    values: usize,
    tails: usize,
    screen: usize,
}

impl PlanColumns {
    fn fit(sections: &[PersonSection], page: &TerminalOptions) -> Self {
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

    fn section(&self, section: &PersonSection, page: &TerminalOptions, out: &mut String) {
        self.headline(&section.head, &section.whereabouts, page, out);
        for row in &section.rows {
            self.row(row, page, out);
        }
        for (label, note) in &section.notes {
            prose(label, note, PATHS_AT, page, out);
        }
    }

    fn orphan(&self, orphan: &Orphan, page: &TerminalOptions, out: &mut String) {
        let name = named(&orphan.agent);
        let head = [span(page.styles.blocked, format!("? {name}: its file is deleted"))];
        let pf = orphan.pf_user.map_or_else(String::new, |pf| format!(" · pf {pf}"));
        self.headline(&head, &format!("crm {}{pf}", orphan.crm), page, out);
    }

    /// A name, and the ids in the column of the tails, as far to the left as the width requires, or below the name.
    fn headline(&self, head: &[layout::StyledText], ids: &str, page: &TerminalOptions, out: &mut String) {
        let head_width = width(head);
        let ids_width = text::width(ids);
        let at = self.tails.min(self.screen.saturating_sub(ids_width));
        let ids = if ids.is_empty() { String::new() } else { paint(page.styles.faint, ids) };
        let gap = if ids_width == 0 {
            String::new()
        } else if page.width.is_some() && head_width + 2 + ids_width > self.screen {
            format!("\n{}", " ".repeat(PATHS_AT))
        } else {
            " ".repeat(at.saturating_sub(head_width).max(2))
        };
        let _ = writeln!(out, "{}{gap}{ids}", written(head));
    }

    /// A path, its value, and the tail: on one line where that fits, else the value below, where it has the width of the
    /// screen.
    fn row(&self, row: &FieldRow, page: &TerminalOptions, out: &mut String) {
        let tail = paint(page.styles.faint, &row.tail);
        let path = PATHS_AT + text::width(&row.path);
        let room = page.width.map(|_| self.tails.saturating_sub(self.values + 2));
        if path + 2 <= self.values && room.is_none_or(|room| row.shown_width() <= room) {
            let value = together(&row.shown.parts);
            let blank = " ".repeat(self.values - path);
            let gap = self.tails.saturating_sub(self.values + width(&value)).max(2);
            let (indent, gap) = (" ".repeat(PATHS_AT), " ".repeat(gap));
            let _ = writeln!(out, "{indent}{}{blank}{}{gap}{tail}", row.path, written(&value));
        } else {
            let gap = self.tails.min(self.screen.saturating_sub(text::width(&row.tail))).saturating_sub(path).max(2);
            let is_too_long = page.width.is_some() && path + gap + text::width(&row.tail) > self.screen;
            let gap = if is_too_long { format!("\n{}", " ".repeat(BELOW_AT)) } else { " ".repeat(gap) };
            let line = format!("{}{}{gap}{tail}", " ".repeat(PATHS_AT), row.path);
            let _ = writeln!(out, "{}", line.trim_end());
            let room = page.width.map(|_| self.screen.saturating_sub(BELOW_AT));
            for line in value_lines(row, room) {
                let _ = writeln!(out, "{}{}", " ".repeat(BELOW_AT), written(&line));
            }
        }
        self.below(row, page, out);
        if let Some(note) = &row.note {
            prose(&[], note, BELOW_AT, page, out);
        }
    }

    fn below(&self, row: &FieldRow, page: &TerminalOptions, out: &mut String) {
        if row.shown.below.is_empty() {
            return;
        }
        let indent = BELOW_AT;
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

/// The parts of a value on one line.
fn together(parts: &[StyledLine]) -> StyledLine {
    let mut line: StyledLine = Vec::new();
    for part in parts {
        if !line.is_empty() {
            line.push(plain(" "));
        }
        line.extend(part.iter().cloned());
    }
    line
}

/// A value's lines: on one where it fits, else its parts one below the other, each broken between words.
fn value_lines(row: &FieldRow, room: Option<usize>) -> Vec<StyledLine> {
    let parts = &row.shown.parts;
    let Some(room) = room.filter(|room| row.shown_width() > *room) else { return vec![together(parts)] };
    let mut lines: Vec<StyledLine> = Vec::new();
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

/// Sentences for a screen of this width: each line is broken between words, and goes on under its own beginning.
#[must_use]
pub(crate) fn fitted(text: &str, width: usize) -> String {
    let mut fitted = String::new();
    for line in text.split('\n') {
        let sentence = line.trim_start_matches(' ');
        let indent = line.len() - sentence.len();
        let start = format!("\n{:indent$}", "");
        for part in wrapped(&[plain(sentence)], width.max(*WIDTHS.start()).saturating_sub(indent)) {
            fitted.push_str(&start);
            // Names in it are isolated already.
            fitted.push_str(&layout::unstyled(&part));
        }
    }
    fitted.split_off(1)
}

impl TerminalOptions {
    /// A sentence that begins at a column; on a screen it goes on below its own start, or further to the left where that is too
    /// narrow.
    pub(super) fn under(&self, sentence: &str, column: usize) -> String {
        let Some(screen) = self.width.map(|screen| screen.max(*WIDTHS.start())) else { return sentence.to_owned() };
        let (column, start) = match screen.saturating_sub(column) {
            room if room < *WIDTHS.start() / 2 => (BELOW_AT, format!("\n{}", " ".repeat(BELOW_AT))),
            _ => (column, String::new()),
        };
        let lines = wrapped(&[plain(sentence)], screen.saturating_sub(column));
        let lines: Vec<String> = lines.iter().map(|line| layout::unstyled(line)).collect();
        start + &lines.join(&format!("\n{}", " ".repeat(column)))
    }
}

/// A sentence behind its label; on a screen it is broken between words, under its own start.
fn prose(label: &[layout::StyledText], said: &str, indent: usize, page: &TerminalOptions, out: &mut String) {
    let said = [plain(text::cut(said, LONGEST_PROSE))];
    let gap = usize::from(!label.is_empty());
    let mut start = format!("{}{}{}", " ".repeat(indent), written(label), " ".repeat(gap));
    let mut under = indent + width(label) + gap;
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

/// Rows without a file, by name.
fn unmanaged(plan: &Plan, page: &TerminalOptions, out: &mut String) {
    let ids: Vec<String> = plan.unmanaged.iter().map(|row| format!("{} {}", row.system, row.remote_id)).collect();
    let widest = ids.iter().map(String::len).max().unwrap_or(0);
    if !ids.is_empty() {
        out.push_str("No file, not touched:\n");
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

/// The line that people read: how many people, not requests. Each person is counted once.
#[must_use]
pub(crate) fn summary(report: &Report<'_>) -> String {
    let summary = &report.summary;
    if report.subject == ReportSubject::Drift {
        return drift(report);
    }
    let count = |operation| summary.operation(operation);
    let mut people = format!(
        "Plan: {} to create, {} to update, {} to deactivate",
        count(Operation::Create),
        count(Operation::Update),
        count(Operation::Deactivate)
    );
    let more = [
        (count(Operation::Delete), "to delete"),
        (count(Operation::Activate), "to activate"),
        (count(Operation::Adopt), "to adopt"),
        (count(Operation::Rename), "to rename"),
        (count(Operation::Release), "to release"),
        (count(Operation::Link), "with ids to connect"),
    ];
    people.extend(more.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!(", {count} {what}")));
    if summary.also_created > 0 {
        let _ = write!(people, " ({} {})", summary.also_created, phrases::also_created(summary.also_created));
    }
    if !report.complete {
        people = people.replacen("Plan:", "Plan, incomplete:", 1);
    } else if summary.to_do() == 0 {
        "Plan: nothing to do".clone_into(&mut people);
    }
    let conflicts = summary.count(Category::Conflict);
    let some = [
        (conflicts, text::form(conflicts, "conflict", "conflicts")),
        (summary.count(Category::Drift), "drift"),
        (summary.blocked(), "blocked"),
        (summary.unchanged, "unchanged"),
        (summary.orphans, "with a deleted file"),
        (summary.unmanaged, "with no file, not touched"),
    ];
    let some = some.iter().filter(|(count, what)| *count > 0 || *what == "unchanged");
    [people].into_iter().chain(some.map(|(count, what)| format!("{count} {what}"))).collect::<Vec<_>>().join(" · ")
}

/// The same of what was changed by hand.
fn drift(report: &Report<'_>) -> String {
    let summary = &report.summary;
    let base = escaped(report.plan.base.as_deref().unwrap_or(BASE));
    let found = match summary.to_do() {
        0 => format!("no person differs from {base}"),
        people => format!("{} from {base}", text::count(people, "person differs", "people differ")),
    };
    let incomplete = if report.complete { "" } else { ", incomplete" };
    let unclear = match summary.blocked() {
        0 => String::new(),
        blocked => format!(" · {blocked} cannot be compared"),
    };
    let undeclared = match report.plan.undeclared_changes() {
        0 => String::new(),
        values => format!(" · {}", phrases::undeclared_changes(values)),
    };
    format!("Drift{incomplete}: {found}{unclear} · {} unchanged{undeclared}", summary.unchanged)
}

#[cfg(test)]
mod tests {
    use super::fitted;

    #[test]
    fn a_sentence_is_broken_between_words_under_its_own_beginning() {
        let address = "https://cdn.palmgate.example/agents/photos/sara-khan.jpg";
        let table = [
            ("short", "short".to_owned()),
            (
                "one line of words that is longer than forty cells",
                "one line of words that is longer than\nforty cells".to_owned(),
            ),
            (
                "  an indented line of words that is longer than it",
                "  an indented line of words that is\n  longer than it".to_owned(),
            ),
            ("two\nlines\n", "two\nlines\n".to_owned()),
            (address, address.to_owned()),
        ];
        for (text, want) in table {
            assert_eq!(fitted(text, 40), want);
        }
    }
}
