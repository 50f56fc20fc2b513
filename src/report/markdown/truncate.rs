//! Truncates the document to a size, `--max-bytes` (60,000 bytes unless it is given, `commands/cli.rs`): whole entries are left out
//! from its end, and counted.

use std::collections::BTreeSet;

use super::escape::Markdown;

/// Part of the document under one heading, or in one fold.
#[derive(Default)]
pub(super) struct MarkdownSection {
    /// The text before its entries.
    pub(super) open: Markdown,
    /// The entries: each is there as a whole or not at all.
    pub(super) entries: Vec<MarkdownEntry>,
    /// The text after them.
    pub(super) close: Markdown,
}

/// An entry that is kept or cut as a whole.
pub(super) struct MarkdownEntry {
    pub(super) text: Markdown,
    /// What is missing if it is left out.
    pub(super) of: EntryKind,
}

/// What an entry is about.
pub(super) enum EntryKind {
    /// These people, by their place in the plan.
    People(Vec<usize>),
    /// What became of a person.
    Outcome,
    /// A problem of a file.
    Problem,
    /// Something that people should know.
    Warning,
    /// An unmanaged row.
    Unmanaged,
}

/// The longest list of names in a line.
const NAMES: usize = 200;

/// Names with a comma between them, and how many more there are.
pub(super) fn names(all: impl ExactSizeIterator<Item = Markdown>) -> Markdown {
    let more = all.len().saturating_sub(NAMES);
    let out = Markdown::default().list(", ", all.take(NAMES));
    if more == 0 { out } else { out.program_text(" and ").number(more as u64).program_text(" more") }
}

impl MarkdownEntry {
    pub(super) const fn new(text: Markdown, of: EntryKind) -> Self {
        Self { text, of }
    }
}

/// How many entries there are, or are missing.
#[derive(Default)]
struct EntryCounts {
    people: usize,
    outcomes: usize,
    problems: usize,
    warnings: usize,
    unmanaged: usize,
}

impl EntryCounts {
    fn of<'a>(entries: impl Iterator<Item = &'a MarkdownEntry>) -> Self {
        let mut counts = Self::default();
        let mut people: BTreeSet<usize> = BTreeSet::new();
        for entry in entries {
            match &entry.of {
                EntryKind::People(some) => people.extend(some),
                EntryKind::Outcome => counts.outcomes += 1,
                EntryKind::Problem => counts.problems += 1,
                EntryKind::Warning => counts.warnings += 1,
                EntryKind::Unmanaged => counts.unmanaged += 1,
            }
        }
        Self { people: people.len(), ..counts }
    }

    fn omission_note(&self) -> Markdown {
        let all = [
            (self.people, "person", "people"),
            (self.outcomes, "outcome", "outcomes"),
            (self.problems, "problem", "problems"),
            (self.warnings, "warning", "warnings"),
            (self.unmanaged, "unmanaged row", "unmanaged rows"),
        ];
        let some = all.into_iter().filter(|(count, ..)| *count > 0);
        Markdown::default().list(", ", some.map(|(count, one, more)| Markdown::default().count(count, one, more)))
    }
}

/// The sections in at most `room` bytes, and `note` with what is left out, if anything is.
pub(super) fn fit(sections: &[MarkdownSection], room: usize, note: impl Fn(&Markdown) -> Markdown) -> Markdown {
    let all = || sections.iter().flat_map(|section| &section.entries);
    let filled = || sections.iter().filter(|section| !section.entries.is_empty());
    let whole: usize = filled().map(|section| section.open.len() + section.close.len()).sum();
    if whole + all().map(|entry| entry.text.len()).sum::<usize>() <= room {
        return written(sections, usize::MAX);
    }
    // No note is longer than the one that counts everything.
    let room = room.saturating_sub(note(&EntryCounts::of(all()).omission_note()).len());
    let kept = fitting(sections, room);
    written(sections, kept).and(&note(&EntryCounts::of(all().skip(kept)).omission_note()))
}

/// How many entries fit, from the first on.
fn fitting(sections: &[MarkdownSection], mut room: usize) -> usize {
    let mut kept = 0;
    for section in sections {
        let mut around = section.open.len() + section.close.len();
        for entry in &section.entries {
            let Some(left) = room.checked_sub(around + entry.text.len()) else { return kept };
            room = left;
            around = 0;
            kept += 1;
        }
    }
    kept
}

fn written(sections: &[MarkdownSection], mut kept: usize) -> Markdown {
    let mut out = Markdown::default();
    for section in sections.iter().filter(|section| !section.entries.is_empty()) {
        if kept == 0 {
            break;
        }
        out.push(&section.open);
        for entry in section.entries.iter().take(kept) {
            out.push(&entry.text);
        }
        kept = kept.saturating_sub(section.entries.len());
        out.push(&section.close);
    }
    out
}
