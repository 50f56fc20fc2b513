//! What became of a plan.

use std::collections::BTreeMap;

use super::layout::{StyledText, plain, span, width};
use super::{TerminalOptions, closing, named, prose};
use crate::apply::Applied;
use crate::model::agent::Slug;
use crate::report::outcome::{OutcomeCounts, PersonOutcome};
use crate::report::text::{count, escaped};
use crate::report::{Report, Summary, phrases};

/// What became of a plan, as text: a line a person, and the total at the end. People who were not tried are counted by
/// their reason, so that a run that was cut off still shows what it did. Nothing, as long as it was not carried out.
#[must_use]
pub(crate) fn applied(report: &Report<'_>, page: &TerminalOptions) -> String {
    let mut out = String::new();
    let (Some(people), Some(ends)) = (report.applied, OutcomeCounts::of(report)) else { return out };
    out.push('\n');
    let grouped = |person: &&Applied| PersonOutcome::of(&person.outcome) == PersonOutcome::NotTried && !page.verbose;
    let (untried, tried): (Vec<&Applied>, Vec<&Applied>) = people.iter().partition(grouped);
    let lines = OutcomeColumns {
        ends: ends.shown().map(|(end, _)| end.label().len()).max().unwrap_or(0),
        files: tried.iter().map(|person| width(&[plain(named(&person.file))])).max().unwrap_or(0),
    };
    for person in tried {
        let end = PersonOutcome::of(&person.outcome);
        let written: Vec<String> = person.done.iter().map(phrases::written).collect();
        let done = if written.is_empty() { phrases::without_write(end).to_owned() } else { written.join(", ") };
        prose(&lines.label(end, &person.file, page), &escaped(&done), 0, page, &mut out);
        if let Some(why) = person.outcome.why() {
            prose(&[span(style(end, page), "why:")], &escaped(why), lines.ends + 2, page, &mut out);
        }
    }
    let mut reasons: BTreeMap<&str, Vec<&Slug>> = BTreeMap::new();
    for person in untried {
        reasons.entry(person.outcome.why().unwrap_or_default()).or_default().push(&person.agent);
    }
    for (why, people) in reasons {
        let label = [
            lines.end(PersonOutcome::NotTried, page),
            plain("  "),
            plain(format!("{}:", count(people.len(), "person", "people"))),
        ];
        prose(&label, &format!("{} ({})", escaped(why), first_names(&people)), 0, page, &mut out);
    }
    for (person, why) in report.plan.blocked() {
        prose(&lines.label(PersonOutcome::Blocked, &person.file, page), &escaped(&why), 0, page, &mut out);
    }
    closing(page.styles.strong, &total(&ends, report), page, &mut out);
    out
}

/// The first people by slug, and how many more there are.
fn first_names(people: &[&Slug]) -> String {
    const NAMED: usize = 10;
    let named: Vec<&str> = people.iter().take(NAMED).map(|slug| slug.as_str()).collect();
    match people.len().saturating_sub(NAMED) {
        0 => named.join(", "),
        more => format!("{} and {more} more; -v lists them", named.join(", ")),
    }
}

/// The columns of the list.
struct OutcomeColumns {
    ends: usize,
    files: usize,
}

impl OutcomeColumns {
    fn end(&self, end: PersonOutcome, page: &TerminalOptions) -> StyledText {
        span(style(end, page), format!("{:>1$}", end.label(), self.ends))
    }

    fn label(&self, end: PersonOutcome, file: &str, page: &TerminalOptions) -> [StyledText; 4] {
        let file = plain(named(file));
        let gap = self.files.saturating_sub(width(std::slice::from_ref(&file))) + 1;
        [self.end(end, page), plain("  "), file, plain(" ".repeat(gap))]
    }
}

fn style(end: PersonOutcome, page: &TerminalOptions) -> anstyle::Style {
    match end {
        PersonOutcome::Done => page.styles.added,
        PersonOutcome::Failed => page.styles.removed,
        PersonOutcome::Moved | PersonOutcome::Unknown | PersonOutcome::Interrupted => page.styles.changed,
        PersonOutcome::NotTried => page.styles.faint,
        PersonOutcome::Blocked => page.styles.blocked,
    }
}

/// `Applied: 3 done, 1 failed · 140 unchanged · read back: …`.
fn total(ends: &OutcomeCounts, report: &Report<'_>) -> String {
    let Summary { unchanged, .. } = report.summary;
    let counts: Vec<String> = ends.shown().map(|(end, count)| format!("{count} {}", end.key())).collect();
    format!("Applied: {} · {unchanged} unchanged{}", counts.join(", "), ends.proof(report.exit))
}
