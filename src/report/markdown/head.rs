//! The head, which is never left out: the subject of the document, the result in one line, and the numbers.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::escape::{Markdown, data, program_text};
use crate::model::agent::Field;
use crate::model::exit_code::Exit;
use crate::reconcile::guard;
use crate::reconcile::plan::Operation;
use crate::report::displayed_change::public_name;
use crate::report::outcome::{OutcomeCounts, PersonOutcome};
use crate::report::people_parts::{PeoplePart, people_parts};
use crate::report::phrases;
use crate::report::summary::Category;
use crate::report::{Report, ReportSubject, address};

/// The marker, the heading, the commit, what went wrong with the run as a whole, and the summary.
pub(super) fn head(report: &Report<'_>) -> Markdown {
    let heading = program_text("### roster");
    let heading = if report.subject == ReportSubject::Plan {
        heading
    } else {
        heading.program_text(" ").program_text(report.subject.key())
    };
    let folder = report.origin.folder.trim_end_matches('/');
    let heading = if folder.is_empty() { heading } else { heading.program_text(" in ").data(folder) };
    marker(report)
        .and(&heading)
        .program_text(": ")
        .and(&result(report))
        .program_text("\n\n")
        .and(&commit(report))
        .and(&unread(report))
        .and(&stale(report))
        .and(&in_words(report))
        .and(&outcomes(report))
        .and(&summary(report))
        .and(&estimate(report))
}

/// By its beginning a workflow finds the comment that it is to replace.
fn marker(report: &Report<'_>) -> Markdown {
    let digest = guard::whole_digest(report.plan, report.accept_key);
    let commit = report.origin.commit.as_deref().map(|commit| ("commit", commit));
    let facts: Vec<_> = commit.into_iter().chain([("digest", digest.as_str())]).collect();
    Markdown::marker(report.subject.key(), report.origin.folder.trim_end_matches('/'), &facts)
}

/// The result in one line.
fn result(report: &Report<'_>) -> Markdown {
    let blocked = report.summary.blocked();
    let also = if blocked > 0 {
        program_text(", ").number(blocked as u64).program_text(" blocked")
    } else {
        Markdown::default()
    };
    let people = report.summary.to_do();
    if report.exit == Exit::Invalid {
        return program_text("the files are invalid");
    }
    if !report.complete && matches!(report.exit, Exit::Interrupted | Exit::Terminated) {
        return program_text("interrupted");
    }
    if !report.complete {
        return program_text("a system could not be read");
    }
    if let Some(ends) = OutcomeCounts::of(report) {
        let outcome_count = |(end, count): (PersonOutcome, usize)| {
            program_text("").number(count as u64).program_text(" ").program_text(end.key())
        };
        let some = ends.shown().filter(|(end, count)| *end == PersonOutcome::Done || *count > 0);
        return Markdown::default().list(", ", some.map(outcome_count));
    }
    if report.exit == Exit::Stale {
        return program_text("more than was reviewed");
    }
    if !report.blocks.is_empty() {
        return program_text("blocked, ").count(people, "person", "people").program_text(" would change");
    }
    match (report.subject, people) {
        (ReportSubject::Drift, 0) if blocked > 0 => {
            program_text("").count(blocked, "person", "people").program_text(" cannot be compared")
        }
        (ReportSubject::Drift, 0) if report.plan.undeclared_changes() > 0 => {
            let (one, more) = phrases::UNDECLARED_CHANGES;
            program_text("").count(report.plan.undeclared_changes(), one, more)
        }
        (ReportSubject::Drift, 0) => program_text("nothing differs from ").and(&base(report)),
        (ReportSubject::Drift, _) => {
            program_text("").count(people, "person differs from ", "people differ from ").and(&base(report))
        }
        (_, 0) if blocked > 0 => program_text("nothing to write").and(&also),
        (_, 0) => program_text("no changes"),
        _ => program_text("").count(people, "person changes", "people change").and(&also),
    }
}

/// What the files are compared with.
pub(super) fn base(report: &Report<'_>) -> Markdown {
    report.plan.base.as_deref().map_or_else(|| program_text(phrases::BASE), data)
}

/// Which commit this is about, so that an old comment is not mistaken for a new one.
fn commit(report: &Report<'_>) -> Markdown {
    let Some(commit) = report.origin.commit.as_deref() else { return Markdown::default() };
    let short: String = commit.chars().take(7).collect();
    let out = program_text("Commit ").link(&data(&short), address::commit(report.origin).as_deref());
    let out = if report.plan.base.is_some() { out.program_text(", compared with ").and(&base(report)) } else { out };
    out.program_text(".\n\n")
}

fn unread(report: &Report<'_>) -> Markdown {
    if report.unread.is_empty() {
        return Markdown::default();
    }
    let out = program_text("> [!WARNING]\n> **Nothing was written, and the list below is not complete:**\n");
    report.unread.iter().fold(out, |out, why| out.program_text("> - ").prose(why).program_text("\n")).program_text("\n")
}

fn stale(report: &Report<'_>) -> Markdown {
    if report.exit != Exit::Stale {
        return Markdown::default();
    }
    let end = if report.more.is_empty() { ".\n" } else { ":\n" };
    let out = program_text("> [!WARNING]\n> **Nothing was written.** ").program_text(phrases::STALE).program_text(end);
    report.more.iter().fold(out, |out, what| out.program_text("> - ").prose(what).program_text("\n")).program_text("\n")
}

/// Some people by name, or more of them by their number, and what happens to them.
fn part_in_words(part: &PeoplePart<'_>) -> Markdown {
    /// No more people are named together.
    const NAMED: usize = 3;
    let names = part.people.iter().map(|person| data(&public_name(person).unwrap_or_else(|| person.slug.to_string())));
    let people = if part.people.len() <= NAMED {
        Markdown::default().list(" and ", names)
    } else {
        program_text("").number(part.people.len() as u64)
    };
    people.program_text(" ").program_text(part.phrase())
}

/// Who leaves, who is new, and which fields of how many others change.
fn in_words(report: &Report<'_>) -> Markdown {
    /// No more fields are counted.
    const FIELDS: usize = 4;
    if report.subject != ReportSubject::Plan {
        return Markdown::default();
    }
    let people = people_parts(report);
    let parts = Markdown::default().list(" · ", people.iter().map(part_in_words));
    let fields = changed_fields(report);
    let field = |(field, people): &(String, usize)| data(field).program_text(" of ").count(*people, "person", "people");
    let rest = match fields.len().saturating_sub(FIELDS) {
        0 => Markdown::default(),
        more => program_text(" and ").count(more, "other field", "other fields"),
    };
    match (people.is_empty(), fields.is_empty()) {
        (true, _) => Markdown::default(),
        (false, true) => parts.program_text(".\n\n"),
        (false, false) => {
            let fields = Markdown::default().list(", ", fields.iter().take(FIELDS).map(field));
            parts.program_text(".\\\nFields that change: ").and(&fields).and(&rest).program_text(".\n\n")
        }
    }
}

/// The fields that differ of rows that are there, and of how many people; the most people first.
fn changed_fields(report: &Report<'_>) -> Vec<(String, usize)> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for person in report.plan.to_do() {
        let actions = person.actions.iter().filter(|action| action.operation != Operation::Create);
        let fields: BTreeSet<&Field> = actions.flat_map(|action| &action.fields).map(|change| &change.field).collect();
        for field in fields {
            *counts.entry(field.to_string()).or_default() += 1;
        }
    }
    let mut counts: Vec<(String, usize)> = counts.into_iter().collect();
    counts.sort_by_key(|(_, people)| Reverse(*people));
    counts
}

/// What became of everybody.
fn outcomes(report: &Report<'_>) -> Markdown {
    let Some(ends) = OutcomeCounts::of(report) else { return Markdown::default() };
    let proof = match ends.proof(report.exit) {
        "" => Markdown::default(),
        proof => program_text("**Applied**").program_text(proof).program_text(".\n\n"),
    };
    let code = match report.exit {
        Exit::Partial => program_text(
            "The run ends with exit code 5: not everything was written, or it is not known whether it was. *Not done* has each \
             reason. The next apply writes the rest.\n\n",
        ),
        _ => Markdown::default(),
    };
    let planned = program_text("What was planned:\n\n");
    let table = table(&ends.shown().map(|(end, count)| (end.key(), count)).collect::<Vec<_>>());
    table.and(&proof).and(&code).and(&planned)
}

/// Everybody by what happens to them, each person once; empty categories are left out.
fn summary(report: &Report<'_>) -> Markdown {
    let summary = &report.summary;
    if summary.people() == 0 && !report.complete {
        return Markdown::default();
    }
    let name = |category: Category| match (report.subject, category) {
        (ReportSubject::Drift, Category::Blocked) => "not compared",
        _ => category.key(),
    };
    let people = Category::all().map(|category| (name(category), summary.count(category)));
    let rows = [("deleted file", summary.orphans), ("no file", summary.unmanaged)];
    let some =
        |(name, count): &(&str, usize)| *count > 0 || (report.subject == ReportSubject::Drift && *name == "drift");
    let columns = people.filter(some).chain([("unchanged", summary.unchanged)]);
    let rows = rows.into_iter().filter(|(_, count)| *count > 0 && report.subject != ReportSubject::Drift);
    let table = table(&columns.chain(rows).collect::<Vec<_>>());
    if summary.also_created == 0 || report.subject == ReportSubject::Drift {
        return table;
    }
    let also_created = phrases::also_created(summary.also_created);
    table.number(summary.also_created as u64).program_text(" ").program_text(also_created).program_text(".\n\n")
}

/// A table of numbers, one on each line, so that it fits a phone. There is no data in it, and so nothing that could end a cell.
fn table(rows: &[(&'static str, usize)]) -> Markdown {
    let head = program_text("| | people |\n| :-- | ---: |\n");
    let line = |out: Markdown, (name, count): &(&'static str, usize)| {
        out.program_text("| ").program_text(name).program_text(" | ").number(*count as u64).program_text(" |\n")
    };
    rows.iter().fold(head, line).program_text("\n")
}

fn estimate(report: &Report<'_>) -> Markdown {
    let (time, unit) = phrases::duration(report.estimate.seconds);
    if time == 0 || report.subject != ReportSubject::Plan {
        return Markdown::default();
    }
    let [before, behind] = phrases::TAKES;
    let out = program_text(before).number(time).program_text(" ").program_text(unit);
    out.program_text(behind).program_text("\n\n")
}
