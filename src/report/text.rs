//! Values as text that can neither break a line nor reorder it, and long texts compared by words.

use similar::{ChangeTag, TextDiff};
use unicode_width::UnicodeWidthChar as _;

pub(super) use crate::redact::escaped;

/// The cells that a terminal uses for a text: the sum of its characters, since terminals do not form ligatures.
pub(super) fn width(text: &str) -> usize {
    text.chars().map(|char| char.width().unwrap_or(0)).sum()
}

/// Whether a letter is written from right to left.
const fn right_to_left(char: char) -> bool {
    matches!(char, '\u{0590}'..='\u{08ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}' | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
}

/// Whether a text holds letters from right to left, which move the text around them.
pub(super) fn holds_right_to_left(text: &str) -> bool {
    text.chars().any(right_to_left)
}

/// A text that holds letters from right to left is isolated (FSI … PDI), so that it moves nothing around it.
pub(super) fn isolated(text: &str) -> String {
    if holds_right_to_left(text) { format!("\u{2068}{text}\u{2069}") } else { text.to_owned() }
}

/// Whether a text as a whole runs from right to left: its first letter decides.
pub(super) fn starts_right_to_left(text: &str) -> bool {
    text.chars().find(|char| char.is_alphabetic()).is_some_and(right_to_left)
}

/// The word for so many.
pub(super) const fn form<'w>(count: usize, one: &'w str, more: &'w str) -> &'w str {
    if count == 1 { one } else { more }
}

/// How many there are of something: `1 person`, `12 people`.
pub(super) fn count(count: usize, one: &str, more: &str) -> String {
    format!("{count} {}", form(count, one, more))
}

/// A text in quotes, with its own quotes escaped, so that it cannot look like two values.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", escaped(&text.replace('\\', "\\\\").replace('"', "\\\"")))
}

/// The first `longest` characters of a text, and how many more there are.
pub(super) fn cut(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        None => text.to_owned(),
        Some((at, _)) => {
            let (start, rest) = text.split_at(at);
            format!("{start}… ({} characters more)", rest.chars().count())
        }
    }
}

/// A piece of a text that is compared with another by words.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum DiffPiece {
    Same(String),
    Removed(String),
    Added(String),
}

/// Two texts compared by words; long unchanged stretches are cut to the words next to a change.
pub(super) fn words(before: &str, after: &str) -> Vec<DiffPiece> {
    around(all_words(before, after))
}

/// Two texts compared by words, whole.
pub(super) fn all_words(before: &str, after: &str) -> Vec<DiffPiece> {
    /// Longer texts than this are not compared but shown one after the other: comparing takes the square of their length.
    const LONGEST: usize = 20_000;
    let replaced = || vec![DiffPiece::Removed(before.to_owned()), DiffPiece::Added(after.to_owned())];
    if before.len() + after.len() > LONGEST {
        return replaced();
    }
    let diff = TextDiff::from_words(before, after);
    let all: Vec<_> = diff.iter_all_changes().map(|change| (change.tag(), change.value())).collect();
    if alike(&all) { grouped(&all) } else { replaced() }
}

/// Whether two texts share enough words that showing them one in the other helps: a third of the shorter one.
fn alike(words: &[(ChangeTag, &str)]) -> bool {
    let count = |wanted| words.iter().filter(|(tag, word)| *tag == wanted && !word.trim().is_empty()).count();
    let shared = count(ChangeTag::Equal);
    shared * 3 >= shared + count(ChangeTag::Delete).min(count(ChangeTag::Insert))
}

/// Neighbouring words of one kind as one piece. A blank between two changes belongs to both, so that a phrase that was
/// rewritten is one piece that goes and one that comes.
fn grouped(words: &[(ChangeTag, &str)]) -> Vec<DiffPiece> {
    let mut pieces = Vec::new();
    let (mut same, mut gone, mut new) = (String::new(), String::new(), String::new());
    let mut at = 0;
    while let Some((tag, word)) = words.get(at) {
        let next_differs = words.get(at + 1).is_some_and(|(tag, _)| *tag != ChangeTag::Equal);
        let between = word.trim().is_empty() && !gone.is_empty() && !new.is_empty() && next_differs;
        if *tag == ChangeTag::Equal && !between {
            close(&mut pieces, &mut gone, &mut new);
            same.push_str(word);
        } else {
            if !same.is_empty() {
                pieces.push(DiffPiece::Same(std::mem::take(&mut same)));
            }
            if *tag != ChangeTag::Insert {
                gone.push_str(word);
            }
            if *tag != ChangeTag::Delete {
                new.push_str(word);
            }
        }
        at += 1;
    }
    close(&mut pieces, &mut gone, &mut new);
    if !same.is_empty() {
        pieces.push(DiffPiece::Same(same));
    }
    pieces
}

fn close(pieces: &mut Vec<DiffPiece>, gone: &mut String, new: &mut String) {
    if !gone.is_empty() {
        pieces.push(DiffPiece::Removed(std::mem::take(gone)));
    }
    if !new.is_empty() {
        pieces.push(DiffPiece::Added(std::mem::take(new)));
    }
}

/// How many words came, and how many went.
pub(super) fn counted(pieces: &[DiffPiece]) -> (usize, usize) {
    let count = |text: &str| text.split_whitespace().count();
    pieces.iter().fold((0, 0), |(added, removed), piece| match piece {
        DiffPiece::Same(_) => (added, removed),
        DiffPiece::Added(text) => (added + count(text), removed),
        DiffPiece::Removed(text) => (added, removed + count(text)),
    })
}

/// Leaves of each unchanged stretch only the words next to a change.
fn around(pieces: Vec<DiffPiece>) -> Vec<DiffPiece> {
    const AROUND: usize = 4;
    let last = pieces.len().saturating_sub(1);
    let cut = |(at, piece): (usize, DiffPiece)| match piece {
        DiffPiece::Same(text) => {
            DiffPiece::Same(ellipsis(&text, usize::from(at > 0) * AROUND, usize::from(at < last) * AROUND))
        }
        changed => changed,
    };
    pieces.into_iter().enumerate().map(cut).collect()
}

/// The first and last words of a text, with `…` for what is left out.
fn ellipsis(text: &str, first: usize, last: usize) -> String {
    let words: Vec<&str> = text.split_inclusive(char::is_whitespace).collect();
    if words.len() <= first + last + 2 {
        return text.to_owned();
    }
    let head: String = words.iter().take(first).copied().collect();
    let tail: String = words.iter().skip(words.len() - last).copied().collect();
    format!("{head}…{}{tail}", if last > 0 { " " } else { "" })
}
