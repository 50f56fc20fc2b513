//! The parts beside the people of a plan: invalid files, outcomes, warnings, and unmanaged rows.

use super::blocked::orphan;
use super::escape::{Markdown, data, ours};
use super::truncate::{EntryKind, MarkdownEntry, MarkdownSection};
use crate::apply::{Applied, Outcome};
use crate::declare::problem::{self, Problem};
use crate::reconcile::guard::Guard;
use crate::reconcile::plan::Unmanaged;
use crate::report::file_problems::FileProblems;
use crate::report::outcome::PersonOutcome;
use crate::report::{Report, address, phrases};

/// A longer list than this is folded.
const UNFOLDED: usize = 5;

/// What is wrong with the files: what must be mended first.
pub(super) fn problems(report: &Report<'_>) -> Vec<MarkdownSection> {
    let problems = FileProblems::of(report);
    let entries: Vec<MarkdownEntry> = problems
        .shown
        .into_iter()
        .map(|problem| MarkdownEntry::new(self::problem(problem, report), EntryKind::Problem))
        .collect();
    let title = if problem::errors(report.problems).next().is_some() {
        ours("#### The files\n\nNothing was read or written: the files must be valid first.\n\n")
    } else {
        ours("#### Warnings about the files\n\n")
    };
    let more = phrases::elsewhere(problems.elsewhere);
    let elsewhere = more.map(|more| ours("").number(problems.elsewhere as u64).ours(" ").ours(more).ours("\n\n"));
    let close = ours("\n").and(&elsewhere.unwrap_or_default());
    vec![MarkdownSection { open: title, entries, close }]
}

fn problem(problem: &Problem, report: &Report<'_>) -> Markdown {
    let line = problem.start.0;
    let address = address::file(report.origin, &problem.file).map(|address| format!("{address}#L{line}"));
    let place = data(&problem.file).ours(" line ").number(line as u64);
    let out = ours("- **").ours(problem.severity.key()).ours("** ").link(&place, address.as_deref());
    let path = if problem.path.is_empty() { Markdown::default() } else { ours(" · ").data(&problem.path) };
    let out = out.and(&path).ours(": ").prose(&problem.message);
    problem.help.iter().chain(&problem.note()).fold(out, |out, more| out.ours(" – ").prose(more)).ours("\n")
}

/// The people who are not done, each with the reason.
pub(super) fn not_done(report: &Report<'_>) -> MarkdownSection {
    let others = report.applied.into_iter().flatten().filter(|person| person.outcome != Outcome::Done);
    let mut others: Vec<&Applied> = others.collect();
    others.sort_by_key(|person| PersonOutcome::of(&person.outcome));
    let entry = |person: &Applied| MarkdownEntry::new(outcome(person, report), EntryKind::Outcome);
    let open = ours("#### Not done (").number(others.len() as u64).ours(")\n\n");
    MarkdownSection { open, entries: others.into_iter().map(entry).collect(), close: ours("\n") }
}

/// The people who are done, and what was written.
pub(super) fn done(report: &Report<'_>) -> MarkdownSection {
    let done = report.applied.into_iter().flatten().filter(|person| person.outcome == Outcome::Done);
    let entries: Vec<MarkdownEntry> =
        done.map(|person| MarkdownEntry::new(outcome(person, report), EntryKind::Outcome)).collect();
    let open =
        ours("<details><summary>").number(entries.len() as u64).ours(" done, and what was written</summary>\n\n");
    MarkdownSection { open, entries, close: ours("\n</details>\n\n") }
}

fn outcome(person: &Applied, report: &Report<'_>) -> Markdown {
    let address = address::file(report.origin, &person.file);
    let end = PersonOutcome::of(&person.outcome);
    let out = ours("- **").ours(end.key()).ours("** ");
    let out = out.link(&data(&person.file), address.as_deref()).ours(": ");
    let written = person.done.iter().map(|written| Markdown::default().prose(&phrases::written(written)));
    let out = if person.done.is_empty() { out.ours(phrases::without_write(end)) } else { out.list(", ", written) };
    person.outcome.why().into_iter().fold(out, |out, why| out.ours(". Why: ").prose(why)).ours("\n")
}

/// The warnings, with orphans where they do not block.
pub(super) fn warnings(report: &Report<'_>) -> MarkdownSection {
    let told = report.blocks.iter().any(|block| block.guard == Guard::Orphans);
    let orphans = report.plan.orphans.iter().filter(|_| !told);
    let gone = orphans.map(|one| ours("- ").and(&orphan(one)).ours(": an orphan, its file is gone\n"));
    let warnings = report.plan.warnings.iter().map(|warning| ours("- ").prose(&warning.to_string()).ours("\n"));
    folded("Warnings", gone.chain(warnings).map(|text| MarkdownEntry::new(text, EntryKind::Warning)).collect())
}

/// Unmanaged rows.
pub(super) fn unmanaged(report: &Report<'_>) -> MarkdownSection {
    let entry = |row: &Unmanaged| {
        let name = if row.name.is_empty() { ours("(no public name)") } else { data(&row.name) };
        let text = ours("- ").ours(row.system.key()).ours(" ").number(row.remote_id).ours(" ").and(&name).ours("\n");
        MarkdownEntry::new(text, EntryKind::Unmanaged)
    };
    folded("Unmanaged, left alone", report.plan.unmanaged.iter().map(entry).collect())
}

/// A list under a heading, or in a fold where it is long.
fn folded(title: &'static str, entries: Vec<MarkdownEntry>) -> MarkdownSection {
    let count = || ours(title).ours(" (").number(entries.len() as u64).ours(")");
    let (open, close) = if entries.len() > UNFOLDED {
        (ours("<details><summary>").and(&count()).ours("</summary>\n\n"), ours("\n</details>\n\n"))
    } else {
        (ours("#### ").and(&count()).ours("\n\n"), ours("\n"))
    };
    MarkdownSection { open, entries, close }
}
