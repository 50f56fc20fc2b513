//! Why something is blocked, and what to do about it.

use std::collections::BTreeMap;

use super::escape::{Markdown, data, program_text};
use super::people::{MANY, heading};
use super::truncate::names;
use crate::reconcile::guard::{Guard, GuardBlock};
use crate::reconcile::matching::Orphan;
use crate::reconcile::plan::PersonPlan;
use crate::report::phrases::until;
use crate::report::{Report, ReportSubject};

/// Why nothing, or nothing for some people, is written. People who do not fit in `room` bytes are counted.
pub(super) fn blocked(report: &Report<'_>, room: usize) -> Markdown {
    let people: Vec<(&PersonPlan, String)> = report.plan.blocked().collect();
    let mut out = Markdown::default();
    if report.blocks.is_empty() && people.is_empty() {
        return out;
    }
    out = out.program_text("#### Blocked\n\n");
    if !report.blocks.is_empty() {
        out = out.program_text("**Nothing is written ").program_text(until(report.blocks)).program_text(":**\n\n");
        out = report.blocks.iter().fold(out, |out, block| out.and(&guard(block, report))).program_text("\n");
    }
    if !people.is_empty() {
        let count = |out: Markdown| out.count(people.len(), "person", "people");
        out = match report.subject {
            ReportSubject::Drift => count(out.program_text("**")).program_text(" cannot be compared:**\n\n"),
            ReportSubject::Plan | ReportSubject::Apply => {
                count(out.program_text("**Nothing is planned for ")).program_text(":**\n\n")
            }
        };
        let mut left = 0;
        for (count, text) in reasons(&people, report) {
            if left == 0 && out.len() + text.len() <= room {
                out.push(&text);
            } else {
                left += count;
            }
        }
        if left > 0 {
            out = out.program_text("- **").count(left, "more person", "more people").program_text("**\n");
        }
        out = out.program_text("\n");
    }
    out
}

fn guard(block: &GuardBlock, report: &Report<'_>) -> Markdown {
    let out = match block.guard {
        Guard::Orphans => return orphans(block.actual, report),
        Guard::Empty => {
            return program_text(
                "- **There is no agent file**, and rows in the CRM carry slugs. Is this the right folder?\n",
            );
        }
        Guard::Protect => return unmatched_protect(report),
        Guard::ActivateDrift | Guard::SecondAccount | Guard::Operation(_) | Guard::Seats => {
            let out = program_text("- **").number(block.actual as u64).program_text(" ");
            let out = out.program_text(block.guard.would(block.actual));
            let out = match block.conflicts_and_drift {
                0 => out,
                count => out.program_text(", ").number(count as u64).program_text(" of them with a conflict or drift"),
            };
            out.program_text("** (limit: ")
        }
    };
    let out = out.number(block.limit as u64).program_text(").");
    let Some(digest) = &block.digest else { return out.program_text("\n") };
    out.program_text(" To allow exactly these actions, add a file of this name to the pull request; it may be empty:\n")
        .copyable(&report.origin.acceptance(digest), "  ")
}

fn orphans(count: usize, report: &Report<'_>) -> Markdown {
    let out = program_text("- **")
        .count(count, "agent", "agents")
        .program_text(" whose file is gone**: ")
        .and(&names(report.plan.orphans.iter().map(orphan)))
        .program_text(
            ". Restore the file (`status: archived` deactivates a person who has left), \
             or release the row with `roster link AGENT --release`.\n",
        );
    report.plan.renamed_orphans().fold(out, |out, remedy| out.program_text("  - ").prose(remedy).program_text("\n"))
}

fn unmatched_protect(report: &Report<'_>) -> Markdown {
    let names = names(report.plan.unmatched_protect.iter().map(|slug| data(slug)));
    program_text("- `roster.yaml` **protects ").and(&names).program_text("**, and neither a file nor a row has that slug. Correct it to the slug that the person has now, or remove it from `protect`.\n")
}

/// `sara-khan` (crm 3, pf 7712).
pub(super) fn orphan(orphan: &Orphan) -> Markdown {
    let out = data(&orphan.agent).program_text(" (crm ").number(orphan.crm);
    let pf = orphan.pf_user.map_or_else(Markdown::default, |id| program_text(", pf ").number(id));
    out.and(&pf).program_text(")")
}

/// A line for each reason, and how many people it is about.
fn reasons(people: &[(&PersonPlan, String)], report: &Report<'_>) -> Vec<(usize, Markdown)> {
    let mut having: BTreeMap<&str, Vec<&PersonPlan>> = BTreeMap::new();
    for (person, why) in people {
        having.entry(why).or_default().push(person);
    }
    let mut lines = Vec::new();
    for (person, why) in people {
        if having.get(why.as_str()).is_some_and(|these| these.len() < MANY) {
            lines.push((
                1,
                program_text("- ").and(&heading(person, report)).program_text(": ").prose(why).program_text("\n"),
            ));
        } else if let Some(these) = having.remove(why.as_str()) {
            let head = program_text("- **").count(these.len(), "person", "people").program_text(":** ").prose(why);
            let names = names(these.iter().map(|person| data(person.slug.as_str())));
            lines.push((these.len(), head.program_text(" (").and(&names).program_text(")\n")));
        }
    }
    lines
}
