//! The top of the page: the subject in one sentence, the blocks, and the warnings.

use maud::{Markup, html};

use super::{card, names, place};
use crate::apply::{Applied, Outcome};
use crate::declare::problem::{self, Problem, Severity};
use crate::model::exit_code::Exit;
use crate::reconcile::guard::{self, Guard, GuardBlock};
use crate::reconcile::plan::Plan;
use crate::report::file_problems::FileProblems;
use crate::report::outcome::{OutcomeCounts, PersonOutcome};
use crate::report::people_parts::people_parts;
use crate::report::phrases::{self, STALE, duration};
use crate::report::text::{count, escaped};
use crate::report::{Report, ReportSubject};

/// The page's heading.
pub(super) const fn heading(subject: ReportSubject) -> &'static str {
    match subject {
        ReportSubject::Plan => "What this change does",
        ReportSubject::Drift => "Where the systems differ from the files",
        ReportSubject::Apply => "What was written",
    }
}

/// Everything above the people.
pub(super) fn overview(report: &Report<'_>) -> Markup {
    html! {
        header.top {
            h1 { (heading(report.subject)) }
            p.lead { (lead(report)) }
            @if report.subject == ReportSubject::Plan {
                @let parts = parts(report);
                @if !parts.is_empty() { p.parts { (parts) } }
                @if !report.blocks.is_empty() {
                    p.parts { strong { "Nothing is written until what is named below is dealt with." } }
                }
            }
            (identity(report))
        }
    }
}

/// The blocks and the warnings.
pub(super) fn notices(report: &Report<'_>) -> Markup {
    let plan = report.plan;
    let is_invalid = problem::errors(report.problems).next().is_some();
    html! {
        @if is_invalid { (problems(report)) }
        @if report.exit == Exit::Stale {
            section.notice.stop aria-labelledby="stale" {
                h2 #stale { "More than was reviewed" }
                p { (STALE) "." }
                ul { @for what in report.more { li dir="auto" { (escaped(what)) } } }
            }
        }
        @if !report.unread.is_empty() {
            section.notice.stop aria-labelledby="unread" {
                h2 #unread { "Not everything could be read" }
                ul { @for said in report.unread { li dir="auto" { (escaped(said)) } } }
                p { "Nothing was written. The list below is not complete." }
            }
        }
        (blocks(report))
        @if let Some(applied) = report.applied { (unfinished(report, applied)) }
        @if !plan.orphans.is_empty() { (orphans(plan)) }
        @if !is_invalid && !report.problems.is_empty() { (problems(report)) }
        @if !plan.warnings.is_empty() {
            section.notice.warn aria-labelledby="warnings" {
                h2 #warnings { "Warnings" }
                ul { @for warning in &plan.warnings { li dir="auto" { (escaped(&warning.to_string())) } } }
            }
        }
    }
}

/// Unmanaged rows.
pub(super) fn unmanaged(plan: &Plan) -> Markup {
    html! {
        @if !plan.unmanaged.is_empty() {
            section.aside aria-labelledby="unmanaged" {
                h2 #unmanaged { "Left alone " span.count { (plan.unmanaged.len()) } }
                p { "These people are in a system and have no file. Nothing is done to them." }
                details open[plan.unmanaged.len() <= 12] {
                    summary { "Their names" }
                    ul.plain {
                        @for row in &plan.unmanaged {
                            li {
                                @if row.name.is_empty() { em.none { "no public name" } } @else { bdi { (names::safe(&row.name)) } }
                                " " span.ids { (names::system(row.system)) " " (row.remote_id) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The page in one sentence.
fn lead(report: &Report<'_>) -> String {
    if report.exit == Exit::Invalid {
        let errors = problem::errors(report.problems).count();
        let mistakes = count(errors, "mistake", "mistakes");
        return format!("The files hold {mistakes}, so nothing was read and nothing is written.");
    }
    if let Some(ends) = OutcomeCounts::of(report) {
        return written(&ends, report.exit);
    }
    let (changed, blocked) = (report.summary.to_do(), report.summary.blocked());
    if changed + blocked == 0 && report.plan.undeclared_changes() > 0 {
        return format!("{}.", phrases::undeclared_changes(report.plan.undeclared_changes()));
    }
    if changed + blocked == 0 {
        return match report.subject {
            _ if !report.complete => "The result is unknown until both systems can be read.",
            ReportSubject::Drift => "No differences: both systems agree with the files.",
            ReportSubject::Plan | ReportSubject::Apply => "Nothing changes: both systems agree with the files.",
        }
        .to_owned();
    }
    let first = match (report.subject, changed) {
        (ReportSubject::Drift, 0) => "No known differences".to_owned(),
        (ReportSubject::Drift, _) => count(changed, "person differs from the files", "people differ from the files"),
        (_, 0) => "No person changes".to_owned(),
        _ => count(changed, "person changes", "people change"),
    };
    let more =
        [(blocked, "is blocked", "are blocked"), (report.summary.unchanged, "stays as it is", "stay as they are")];
    let more: Vec<String> = counted(&more).collect();
    if more.is_empty() { format!("{first}.") } else { format!("{first}, {}.", more.join(", ")) }
}

/// What the changes are, in few words each.
fn parts(report: &Report<'_>) -> String {
    let parts = people_parts(report);
    parts.iter().map(|part| format!("{} {}", part.people.len(), part.phrase())).collect::<Vec<_>>().join(" · ")
}

/// `1 is new`, `3 are new`; nothing of what there is none of.
fn counted<'c>(some: &'c [(usize, &str, &str)]) -> impl Iterator<Item = String> + 'c {
    some.iter().filter(|(number, ..)| *number > 0).map(|(number, one, more)| count(*number, one, more))
}

fn written(ends: &OutcomeCounts, exit: Exit) -> String {
    let done = ends.count(PersonOutcome::Done);
    match ends.people() {
        0 => "Nothing was to be written.".to_owned(),
        all if matches!(exit, Exit::Interrupted | Exit::Terminated) => {
            format!("Interrupted: done for {done} of {}, and not read back.", count(all, "person", "people"))
        }
        all if all == done => {
            format!("Done for {}: both systems were read back and agree.", count(done, "person", "people"))
        }
        all => format!("Done for {done} of {}; the rest is named below.", count(all, "person", "people")),
    }
}

fn identity(report: &Report<'_>) -> Markup {
    let plan = report.plan;
    html! {
        dl.identity-of-plan {
            @if let Some(commit) = place::commit(report.origin) { div { dt { "Commit" } dd { (commit) } } }
            @if let Some(base) = &plan.base { div { dt { "Compared with" } dd { code { (escaped(base)) } } } }
            @if report.exit != Exit::Invalid {
                div { dt { "Digest" } dd { code { (guard::whole_digest(plan, report.accept_key)) } } }
            }
            @if report.estimate.seconds > 0 && report.applied.is_none() {
                @let (time, unit) = duration(report.estimate.seconds);
                div { dt { "Takes about" } dd { (time) " " (unit) } }
            }
        }
    }
}

fn problems(report: &Report<'_>) -> Markup {
    let (class, title) = match problem::errors(report.problems).next() {
        Some(_) => ("stop", "What is wrong with the files"),
        None => ("warn", "Warnings about the files"),
    };
    let problems = FileProblems::of(report);
    html! {
        section.notice.(class) aria-labelledby="problems" {
            h2 #problems { (title) }
            @if !problems.shown.is_empty() { ul.problems { @for problem in problems.shown { (file_problem(report, problem)) } } }
            @if let Some(more) = phrases::elsewhere(problems.elsewhere) { p.help { (problems.elsewhere) " " (more) } }
        }
    }
}

/// One problem of a file.
fn file_problem(report: &Report<'_>, problem: &Problem) -> Markup {
    let line = u32::try_from(problem.start.0).unwrap_or(u32::MAX);
    html! {
        li {
            p.where {
                (place::file(report, &problem.file)) " " (place::lines(report, &problem.file, (line, line)))
                @if !problem.path.is_empty() { " " code { (escaped(&problem.path)) } }
            }
            p dir="auto" {
                @if problem.severity == Severity::Warning { strong { "Warning. " } }
                (escaped(&problem.message))
            }
            @if let Some(help) = &problem.help { p.help dir="auto" { (escaped(help)) } }
        }
    }
}

/// Guards that stop it. The one on orphans is shown with them.
fn blocks(report: &Report<'_>) -> Markup {
    let blocks: Vec<&GuardBlock> = report.blocks.iter().filter(|block| block.guard != Guard::Orphans).collect();
    html! {
        @if !blocks.is_empty() { section.notice.stop aria-labelledby="guards" {
            h2 #guards { "Blocked by a limit" }
            @for block in blocks {
                @if let Some(digest) = &block.digest {
                    p { strong { (block.actual) " " (block.would()) } " (limit: " (block.limit) ")." }
                    p.help {
                        "To allow exactly these actions, and no others: add a file " code { (escaped(&report.origin.acceptance(digest))) }
                        " to the pull request; it may be empty."
                    }
                    details { summary { "From a terminal" } p { code { "roster apply --accept " (escaped(digest)) } } }
                } @else {
                    p dir="auto" { (escaped(&block.message)) }
                }
            }
        } }
    }
}

/// The people who are not done, with links to their cards.
fn unfinished(report: &Report<'_>, applied: &[Applied]) -> Markup {
    let left: Vec<&Applied> = applied.iter().filter(|person| person.outcome != Outcome::Done).collect();
    let name = |applied: &Applied| {
        let person = report.plan.people.iter().find(|person| person.slug == applied.agent);
        person.map_or_else(|| applied.agent.to_string(), card::name)
    };
    html! {
        @if !left.is_empty() {
            section.notice.stop aria-labelledby="unfinished" {
                h2 #unfinished { "Not done" }
                ul {
                    @for person in left {
                        li { a href={ "#agent-" (person.agent) } { bdi { (name(person)) } } ": " (card::outcome_words(PersonOutcome::of(&person.outcome)).1) }
                    }
                }
            }
        }
    }
}

fn orphans(plan: &Plan) -> Markup {
    html! {
        section.notice.(if plan.orphans_block { "stop" } else { "warn" }) aria-labelledby="orphans" {
            h2 #orphans { "Agents whose file is gone" }
            ul {
                @for orphan in &plan.orphans {
                    li {
                        bdi { (escaped(&orphan.agent)) } " "
                        span.ids {
                            "CRM " (orphan.crm)
                            @if let Some(pf) = orphan.pf_user { " · Property Finder " (pf) }
                        }
                    }
                }
            }
            p.help {
                @if plan.orphans_block { "Nothing is written until this is dealt with. " }
                "A removed file removes no person. Restore the file and set its status to archived if the person has left, \
                 or release the row, so that no agent is linked to it: "
                code { "roster link AGENT --release" }
            }
            @for remedy in plan.renamed_orphans() { p.help dir="auto" { (escaped(remedy)) } }
        }
    }
}
