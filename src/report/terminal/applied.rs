//! What became of a plan.

use std::fmt::Write as _;

use super::layout::{plain, span, width, written};
use super::{LONGEST_PROSE, Page, prose};
use crate::apply::{Applied, Outcome};
use crate::report::style::paint;
use crate::report::text::escaped;

/// How people ended, in the order in which they are counted.
const ENDS: [&str; 5] = ["done", "failed", "moved", "unknown", "not tried"];

/// What became of a plan, as text: a line a person, and the total. Who is done was read back, and both systems agree.
#[must_use]
pub fn applied(people: &[Applied], page: &Page) -> String {
    let mut out = String::new();
    let mut counts = [0_usize; ENDS.len()];
    let files = people.iter().map(|person| width(&[plain(escaped(&person.file))])).max().unwrap_or(0);
    for person in people {
        let (end, style, why) = match &person.outcome {
            Outcome::Done => (0, page.styles.added, None),
            Outcome::Failed(why) => (1, page.styles.removed, Some(why)),
            Outcome::Moved(why) => (2, page.styles.changed, Some(why)),
            Outcome::Unknown(why) => (3, page.styles.changed, Some(why)),
            Outcome::NotTried(why) => (4, page.styles.faint, Some(why)),
        };
        let word = ENDS.get(end).copied().unwrap_or_default();
        if let Some(count) = counts.get_mut(end) {
            *count += 1;
        }
        let file = [plain(escaped(&person.file))];
        let gap = " ".repeat(files.saturating_sub(width(&file)) + 2);
        let line =
            format!("{}  {}{gap}{}", paint(style, &format!("{word:>9}")), written(&file), person.done.join(", "));
        let _ = writeln!(out, "{}", line.trim_end());
        if let Some(why) = why {
            let why = crate::report::text::cut(&escaped(why), LONGEST_PROSE);
            prose(&[span(style, "why:")], &why, 11, page, &mut out);
        }
    }
    let _ = writeln!(out, "{}", paint(page.styles.strong, &total(counts, people.len())));
    out
}

/// `Applied: 3 done, 1 failed · read back: both systems agree on those done`.
fn total(counts: [usize; ENDS.len()], people: usize) -> String {
    let told = ENDS.iter().zip(counts).enumerate().filter(|(at, (_, count))| *at < 2 || *count > 0);
    let told: Vec<String> = told.map(|(_, (word, count))| format!("{count} {word}")).collect();
    let [done, ..] = counts;
    let proof = match done {
        0 => "",
        _ if done == people => " · read back: both systems agree",
        _ => " · read back: both systems agree on who is done",
    };
    format!("Applied: {}{proof}", told.join(", "))
}
