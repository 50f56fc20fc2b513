//! What became of a plan.

use super::layout::{plain, span, width};
use super::{Page, closing, named, prose};
use crate::apply::Applied;
use crate::exit::Exit;
use crate::report::Report;
use crate::report::ends::{End, proof};
use crate::report::text::escaped;

/// What became of a plan, as text: a line a person, and the total. Nothing, as long as it was not carried out.
#[must_use]
pub fn applied(report: &Report<'_>, page: &Page) -> String {
    let mut out = String::new();
    let Some(people) = report.applied else { return out };
    out.push('\n');
    let files = people.iter().map(|person| width(&[plain(named(&person.file))])).max().unwrap_or(0);
    for person in people {
        let end = End::of(&person.outcome);
        let style = match end {
            End::Done => page.styles.added,
            End::Failed => page.styles.removed,
            End::Moved | End::Unknown => page.styles.changed,
            End::NotTried => page.styles.faint,
        };
        let file = plain(named(&person.file));
        let gap = files.saturating_sub(width(std::slice::from_ref(&file))) + 1;
        let label = [span(style, format!("{:>9}", end.key())), plain("  "), file, plain(" ".repeat(gap))];
        let done = if person.done.is_empty() { "nothing written".to_owned() } else { person.done.join(", ") };
        prose(&label, &escaped(&done), 0, page, &mut out);
        if let Some(why) = person.outcome.why() {
            prose(&[span(style, "why:")], &escaped(why), 11, page, &mut out);
        }
    }
    closing(page.styles.strong, &total(people, report.exit), page, &mut out);
    out
}

/// `Applied: 3 done, 1 failed · read back: …`.
fn total(people: &[Applied], exit: Exit) -> String {
    let told = End::counts(people).into_iter().filter(|(end, count)| *end <= End::Failed || *count > 0);
    let told: Vec<String> = told.map(|(end, count)| format!("{count} {}", end.key())).collect();
    format!("Applied: {}{}", told.join(", "), proof(exit, people))
}
