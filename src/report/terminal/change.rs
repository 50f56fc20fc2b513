//! One line of a change, in spans.

use super::layout::{StyledLine, cut, plain, span};
use super::named;
use crate::report::displayed_change::{DisplayedChange, DisplayedValue};
use crate::report::style::Styles;
use crate::report::text::{self, DiffPiece, quoted};
use crate::report::value_text::{LONGEST_COMPARISON, LONGEST_VALUE, ValueText};

/// The start of a long text of a new row.
const START: usize = 32;

/// A line's value on the page.
pub(super) struct ChangeCell {
    /// Beside the path: parts that are kept together on a line where they fit.
    pub(super) parts: Vec<StyledLine>,
    /// Below it: two long texts compared.
    pub(super) below: StyledLine,
    /// Whether that text runs from right to left.
    pub(super) right_to_left: bool,
}

impl ChangeCell {
    pub(super) fn of(parts: Vec<StyledLine>) -> Self {
        let parts = parts.into_iter().map(|part| cut(part, LONGEST_VALUE)).collect();
        Self { parts, below: Vec::new(), right_to_left: false }
    }
}

/// A change's value on the page.
pub(super) fn shown(change: &DisplayedChange<'_>, styles: &Styles) -> ChangeCell {
    let added = |text: String| span(styles.added, text);
    match &change.value {
        DisplayedValue::Private(names) => {
            let what = if change.new { "(private, set)" } else { "(private, changed)" };
            ChangeCell::of(list(names.iter().map(|name| named(name))).chain([vec![plain(what)]]).collect())
        }
        DisplayedValue::Together(values) => {
            let named_value = |(name, value): &(String, ValueText)| format!("{} {}", named(name), value.quoted());
            ChangeCell::of(list(values.iter().map(named_value)).collect())
        }
        DisplayedValue::New(value) => created(value),
        DisplayedValue::SinceHash(after) => {
            ChangeCell::of(vec![vec![plain("changed to")], vec![added(after.quoted())]])
        }
        DisplayedValue::Members { added: new, removed } => {
            let new = new.iter().map(|code| added(format!("+ {code}")));
            let gone = removed.iter().map(|code| span(styles.removed, format!("- {code}")));
            ChangeCell::of(new.chain(gone).map(|one| vec![one]).collect())
        }
        DisplayedValue::Words { pieces, right_to_left, .. } => compared(pieces, *right_to_left, styles),
        DisplayedValue::Values { before, after } => {
            ChangeCell::of(vec![vec![span(styles.removed, before.quoted())], vec![plain("→ "), added(after.quoted())]])
        }
    }
}

/// Parts with a comma behind each but the last.
fn list(parts: impl ExactSizeIterator<Item = String>) -> impl Iterator<Item = StyledLine> {
    let last = parts.len().saturating_sub(1);
    parts.enumerate().map(move |(at, part)| vec![plain(format!("{part}{}", if at < last { "," } else { "" }))])
}

/// A value of a new row; of a long text its start, since there is nothing to compare it with.
fn created(value: &ValueText) -> ChangeCell {
    ChangeCell::of(match value.start(START) {
        Some((start, length)) => vec![vec![plain(quoted(&start))], vec![plain(format!("({length} characters)"))]],
        None => vec![vec![plain(value.quoted())]],
    })
}

/// Two long texts by words: `[-gone-]` and `{+new+}`, so that it reads without colours too.
fn compared(pieces: &[DiffPiece], right_to_left: bool, styles: &Styles) -> ChangeCell {
    let (new, gone) = text::counted(pieces);
    let shown_piece = |piece: &DiffPiece| match piece {
        DiffPiece::Same(text) => plain(text::escaped(text)),
        DiffPiece::Removed(text) => span(styles.removed, format!("[-{}-]", shortened(text))),
        DiffPiece::Added(text) => span(styles.added, format!("{{+{}+}}", shortened(text))),
    };
    let below = pieces.iter().map(shown_piece).collect();
    let total = [(new, '+', styles.added), (gone, '-', styles.removed)];
    let mut parts: Vec<StyledLine> = total
        .into_iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, sign, style)| vec![span(style, format!("{sign}{count}"))])
        .collect();
    parts.push(vec![plain(text::form(gone + new, "word", "words"))]);
    ChangeCell { parts, below: cut(below, LONGEST_COMPARISON), right_to_left }
}

/// A piece that came or went, with its marks around it even where it is cut.
fn shortened(text: &str) -> String {
    text::cut(&text::escaped(text), LONGEST_COMPARISON / 3)
}
