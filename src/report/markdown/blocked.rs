//! What stands in the way, and what to do about it. None of it is ever left out.

use std::collections::BTreeMap;

use super::escape::{Markdown, data, ours};
use super::people::heading;
use crate::reconcile::guard::{Guard, GuardBlock};
use crate::reconcile::matching::Orphan;
use crate::reconcile::plan::PersonPlan;
use crate::report::phrases::until;
use crate::report::{Report, ReportSubject};

/// So many people with the same reason are told of it once.
const MANY: usize = 3;
/// How many people are named where not even names have room.
const FEW: usize = 200;
/// How much of a reason stands there when there is little room.
const SHORT: usize = 120;

/// How much room there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DetailLevel {
    /// Enough for every sentence.
    Whole,
    /// Everybody and every reason, in fewer words and without links.
    Short,
    /// The first [`FEW`] people of each list, and how many more there are.
    Few,
}

impl DetailLevel {
    /// How many of a list are named.
    const fn names(self) -> usize {
        match self {
            Self::Whole | Self::Short => usize::MAX,
            Self::Few => FEW,
        }
    }
}

/// Why nothing, or nothing for some people, is written.
pub(super) fn blocked(report: &Report<'_>, prose: DetailLevel) -> Markdown {
    let people: Vec<(&PersonPlan, &str)> = report.plan.blocked().collect();
    let mut out = Markdown::default();
    if report.blocks.is_empty() && people.is_empty() {
        return out;
    }
    out = out.ours("#### Blocked\n\n");
    if !report.blocks.is_empty() {
        out = out.ours("**Nothing is written ").ours(until(report.blocks)).ours(":**\n\n");
        out = report.blocks.iter().fold(out, |out, block| out.and(&guard(block, report, prose))).ours("\n");
    }
    if !people.is_empty() {
        let count = |out: Markdown| out.count(people.len(), "person", "people");
        out = match report.subject {
            ReportSubject::Drift => count(out.ours("**")).ours(" cannot be compared:**\n\n"),
            ReportSubject::Plan | ReportSubject::Apply => count(out.ours("**Nothing is planned for ")).ours(":**\n\n"),
        };
        out = out.and(&reasons(&people, report, prose)).ours("\n");
    }
    out
}

fn guard(block: &GuardBlock, report: &Report<'_>, prose: DetailLevel) -> Markdown {
    let count = |one, more| ours("- **").count(block.actual, one, more);
    let out = match block.guard {
        Guard::Orphans => return orphans(count("agent", "agents"), report, prose),
        Guard::Empty => {
            return ours(
                "- **There is no agent file at all**, and the CRM knows people by their slugs. Is this the right folder?\n",
            );
        }
        Guard::Protect => return unmatched_protect(report, prose),
        Guard::ActivateDrift | Guard::Operation(_) => {
            let would = block.guard.would(block.actual);
            ours("- **").number(block.actual as u64).ours(" ").ours(would).ours("** (limit: ")
        }
    };
    let out = out.number(block.limit as u64).ours(").");
    let Some(digest) = &block.digest else { return out.ours("\n") };
    let file = report.origin.acceptance(digest);
    match prose {
        DetailLevel::Short | DetailLevel::Few => out.ours(" To accept: ").data(&file).ours("\n"),
        DetailLevel::Whole => out
            .ours(" To allow exactly this plan, add a file of this name to the pull request; it may be empty:\n")
            .copyable(&file, "  "),
    }
}

fn orphans(count: Markdown, report: &Report<'_>, prose: DetailLevel) -> Markdown {
    let names = named(report.plan.orphans.iter().map(orphan), prose);
    let out = count.ours(" whose file is gone**: ").and(&names).ours(".");
    match prose {
        DetailLevel::Short | DetailLevel::Few => out.ours("\n"),
        DetailLevel::Whole => {
            let out = out.ours(
                " Restore the file (`status: archived` switches a person off who has left), \
                 or empty the link fields of the row in the CRM to let go of it.\n",
            );
            report.plan.renamed_orphans().fold(out, |out, remedy| out.ours("  - ").prose(remedy).ours("\n"))
        }
    }
}

fn unmatched_protect(report: &Report<'_>, prose: DetailLevel) -> Markdown {
    let names = named(report.plan.unmatched_protect.iter().map(|slug| data(slug)), prose);
    ours("- `roster.yaml` **protects ").and(&names).ours("**, and neither a file nor a row has that slug. Correct it to the slug that the person has now, or remove it from `protect`.\n")
}

/// Names with a comma between them, and how many more there are.
fn named(names: impl ExactSizeIterator<Item = Markdown>, prose: DetailLevel) -> Markdown {
    let more = names.len().saturating_sub(prose.names());
    let out = Markdown::default().list(", ", names.take(prose.names()));
    if more == 0 { out } else { out.ours(" and ").number(more as u64).ours(" more") }
}

/// `sara-khan` (crm 3, pf 7712).
pub(super) fn orphan(orphan: &Orphan) -> Markdown {
    let out = data(&orphan.agent).ours(" (crm ").number(orphan.crm);
    let pf = orphan.pf_user.map_or_else(Markdown::default, |id| ours(", pf ").number(id));
    out.and(&pf).ours(")")
}

/// Everybody for whom nothing can be planned; those with one reason together.
fn reasons(people: &[(&PersonPlan, &str)], report: &Report<'_>, prose: DetailLevel) -> Markdown {
    let mut having: BTreeMap<&str, Vec<&PersonPlan>> = BTreeMap::new();
    for (person, why) in people {
        having.entry(why).or_default().push(person);
    }
    let told = |out: Markdown, why: &str| match prose {
        DetailLevel::Whole => out.prose(why),
        DetailLevel::Short | DetailLevel::Few => out.short_prose(why, SHORT),
    };
    let name = |person: &PersonPlan| match prose {
        DetailLevel::Whole => heading(person, report),
        DetailLevel::Short | DetailLevel::Few => data(person.slug.as_str()),
    };
    let mut out = Markdown::default();
    let (mut lines, mut left) = (0, 0);
    for (person, why) in people {
        if lines == prose.names() {
            left += having.get(why).map_or(0, |these| if these.len() < MANY { 1 } else { these.len() });
            having.retain(|other, these| other != why || these.len() < MANY);
            continue;
        }
        match having.get(why) {
            Some(these) if these.len() < MANY => {
                lines += 1;
                out = told(out.ours("- ").and(&name(person)).ours(": "), why).ours("\n");
            }
            _ => {
                // With the first of them.
                let Some(these) = having.remove(why) else { continue };
                lines += 1;
                let names = named(these.iter().map(|person| data(person.slug.as_str())), prose);
                let head = out.ours("- **").count(these.len(), "person", "people").ours(":** ");
                out = told(head, why).ours(" (").and(&names).ours(")\n");
            }
        }
    }
    if left == 0 { out } else { out.ours("- **").count(left, "more person", "more people").ours("**\n") }
}
