//! What became of a plan.

use super::layout::{plain, span, width};
use super::{Page, closing, named, prose};
use crate::apply::Outcome;
use crate::exit::Exit;
use crate::report::Report;
use crate::report::text::escaped;

/// How people ended, in the order in which they are counted.
pub(in crate::report) const ENDS: [&str; 5] = ["done", "failed", "moved", "unknown", "not tried"];

/// What became of a plan, as text: a line a person, and the total. Nothing, as long as it was not carried out.
#[must_use]
pub fn applied(report: &Report<'_>, page: &Page) -> String {
    let mut out = String::new();
    let Some(people) = report.applied else { return out };
    let mut counts = [0_usize; ENDS.len()];
    out.push('\n');
    let files = people.iter().map(|person| width(&[plain(named(&person.file))])).max().unwrap_or(0);
    for person in people {
        let (end, why) = end(&person.outcome);
        let style = match person.outcome {
            Outcome::Done => page.styles.added,
            Outcome::Failed(_) => page.styles.removed,
            Outcome::Moved(_) | Outcome::Unknown(_) => page.styles.changed,
            Outcome::NotTried(_) => page.styles.faint,
        };
        let word = ENDS.get(end).copied().unwrap_or_default();
        if let Some(count) = counts.get_mut(end) {
            *count += 1;
        }
        let file = plain(named(&person.file));
        let gap = files.saturating_sub(width(std::slice::from_ref(&file))) + 1;
        let label = [span(style, format!("{word:>9}")), plain("  "), file, plain(" ".repeat(gap))];
        let done = if person.done.is_empty() { "nothing written".to_owned() } else { person.done.join(", ") };
        prose(&label, &escaped(&done), 0, page, &mut out);
        if let Some(why) = why {
            prose(&[span(style, "why:")], &escaped(why), 11, page, &mut out);
        }
    }
    let total = total(counts, proof(report.exit, counts, people.len()));
    closing(page.styles.strong, &total, page, &mut out);
    out
}

/// Where a person's end stands among [`ENDS`], and why it was that one.
pub(in crate::report) fn end(outcome: &Outcome) -> (usize, Option<&str>) {
    match outcome {
        Outcome::Done => (0, None),
        Outcome::Failed(why) => (1, Some(why)),
        Outcome::Moved(why) => (2, Some(why)),
        Outcome::Unknown(why) => (3, Some(why)),
        Outcome::NotTried(why) => (4, Some(why)),
    }
}

/// `Applied: 3 done, 1 failed · read back: …`.
fn total(counts: [usize; ENDS.len()], proof: &str) -> String {
    let told = ENDS.iter().zip(counts).enumerate().filter(|(at, (_, count))| *at < 2 || *count > 0);
    let told: Vec<String> = told.map(|(_, (word, count))| format!("{count} {word}")).collect();
    format!("Applied: {}{proof}", told.join(", "))
}

/// What the read-back says. Who did not read back as planned has failed already; a run that was interrupted reads
/// nothing back.
pub(in crate::report) const fn proof(exit: Exit, [done, ..]: [usize; ENDS.len()], people: usize) -> &'static str {
    match exit {
        _ if done == 0 => "",
        Exit::Interrupted | Exit::Terminated => " · interrupted, not read back",
        _ if done == people => " · read back: both systems agree",
        _ => " · read back: both systems agree on who is done",
    }
}
