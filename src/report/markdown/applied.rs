//! The parts beside the people of a plan: invalid files, outcomes, warnings, and unmanaged rows.

use super::blocked::orphan;
use super::escape::{Markdown, data, program_text};
use super::truncate::{EntryKind, MarkdownEntry, MarkdownSection};
use crate::apply::{Applied, Outcome};
use crate::declare::problem::{self, Problem};
use crate::reconcile::guard::Guard;
use crate::reconcile::plan::Unmanaged;
use crate::report::file_problems::FileProblems;
use crate::report::outcome::PersonOutcome;
use crate::report::{Report, ReportOrigin, address, phrases};

/// A longer list than this is folded.
const UNFOLDED: usize = 5;

/// What is wrong with the files: what must be mended first.
pub(super) fn problems(report: &Report<'_>) -> Vec<MarkdownSection> {
    let problems = FileProblems::of(report);
    let entries: Vec<MarkdownEntry> = problems
        .shown
        .into_iter()
        .map(|problem| MarkdownEntry::new(self::problem(problem, report.origin), EntryKind::Problem))
        .collect();
    let title = if problem::errors(report.problems).next().is_some() {
        program_text("#### The files\n\nNothing was read or written: the files must be valid first.\n\n")
    } else {
        program_text("#### Warnings about the files\n\n")
    };
    let more = phrases::elsewhere(problems.elsewhere);
    let elsewhere = more.map(|more| {
        program_text("").number(problems.elsewhere as u64).program_text(" ").program_text(more).program_text("\n\n")
    });
    let close = program_text("\n").and(&elsewhere.unwrap_or_default());
    vec![MarkdownSection { open: title, entries, close }]
}

pub(super) fn problem(problem: &Problem, origin: &ReportOrigin) -> Markdown {
    let line = problem.start.0;
    let address = address::file(origin, &problem.file).map(|address| format!("{address}#L{line}"));
    let place = data(&problem.file).program_text(" line ").number(line as u64);
    let out =
        program_text("- **").program_text(problem.severity.key()).program_text("** ").link(&place, address.as_deref());
    let path = if problem.path.is_empty() { Markdown::default() } else { program_text(" · ").data(&problem.path) };
    let out = out.and(&path).program_text(": ").prose(&problem.message);
    problem
        .help
        .iter()
        .chain(&problem.note())
        .fold(out, |out, more| out.program_text(" – ").prose(more))
        .program_text("\n")
}

/// The people who are not done, each with the reason.
pub(super) fn not_done(report: &Report<'_>) -> MarkdownSection {
    let others = report.applied.into_iter().flatten().filter(|person| person.outcome != Outcome::Done);
    let mut others: Vec<&Applied> = others.collect();
    others.sort_by_key(|person| PersonOutcome::of(&person.outcome));
    let entry = |person: &Applied| MarkdownEntry::new(outcome(person, report), EntryKind::Outcome);
    let open = program_text("#### Not done (").number(others.len() as u64).program_text(")\n\n");
    MarkdownSection { open, entries: others.into_iter().map(entry).collect(), close: program_text("\n") }
}

/// The people who are done, and what was written.
pub(super) fn done(report: &Report<'_>) -> MarkdownSection {
    let done = report.applied.into_iter().flatten().filter(|person| person.outcome == Outcome::Done);
    let entries: Vec<MarkdownEntry> =
        done.map(|person| MarkdownEntry::new(outcome(person, report), EntryKind::Outcome)).collect();
    let open = program_text("<details><summary>")
        .number(entries.len() as u64)
        .program_text(" done, and what was written</summary>\n\n");
    MarkdownSection { open, entries, close: program_text("\n</details>\n\n") }
}

fn outcome(person: &Applied, report: &Report<'_>) -> Markdown {
    let address = address::file(report.origin, &person.file);
    let end = PersonOutcome::of(&person.outcome);
    let out = program_text("- **").program_text(end.key()).program_text("** ");
    let out = out.link(&data(&person.file), address.as_deref()).program_text(": ");
    let written = person.done.iter().map(|written| Markdown::default().prose(&phrases::written(written)));
    let out =
        if person.done.is_empty() { out.program_text(phrases::without_write(end)) } else { out.list(", ", written) };
    person.outcome.why().into_iter().fold(out, |out, why| out.program_text(". Why: ").prose(why)).program_text("\n")
}

/// The warnings, with orphans where they do not block.
pub(super) fn warnings(report: &Report<'_>) -> MarkdownSection {
    let is_listed = report.blocks.iter().any(|block| block.guard == Guard::Orphans);
    let orphans = report.plan.orphans.iter().filter(|_| !is_listed);
    let gone = orphans.map(|one| program_text("- ").and(&orphan(one)).program_text(": an orphan, its file is gone\n"));
    let warnings =
        report.plan.warnings.iter().map(|warning| program_text("- ").prose(&warning.to_string()).program_text("\n"));
    folded("Warnings", gone.chain(warnings).map(|text| MarkdownEntry::new(text, EntryKind::Warning)).collect())
}

/// Unmanaged rows.
pub(super) fn unmanaged(report: &Report<'_>) -> MarkdownSection {
    folded("Unmanaged, left alone", report.plan.unmanaged.iter().map(unmanaged_row).collect())
}

fn unmanaged_row(row: &Unmanaged) -> MarkdownEntry {
    let name = if row.name.is_empty() { program_text("(no public name)") } else { data(&row.name) };
    let text = program_text("- ").program_text(row.system.key()).program_text(" ").number(row.remote_id);
    MarkdownEntry::new(text.program_text(" ").and(&name).program_text("\n"), EntryKind::Unmanaged)
}

/// A list under a heading, or in a fold where it is long.
fn folded(title: &'static str, entries: Vec<MarkdownEntry>) -> MarkdownSection {
    let count = || program_text(title).program_text(" (").number(entries.len() as u64).program_text(")");
    let (open, close) = if entries.len() > UNFOLDED {
        (
            program_text("<details><summary>").and(&count()).program_text("</summary>\n\n"),
            program_text("\n</details>\n\n"),
        )
    } else {
        (program_text("#### ").and(&count()).program_text("\n\n"), program_text("\n"))
    };
    MarkdownSection { open, entries, close }
}
