//! What is told of one line, in spans.

use serde_json::Value;

use super::layout::{Spans, cut, plain, span};
use super::named;
use crate::report::lines::{Told, is_long};
use crate::report::style::Styles;
use crate::report::text::{self, Piece, quoted};

/// The start of a long text of a new row.
const START: usize = 32;
/// No value takes more characters than this, and no comparison more than that; `--output json` has all of it.
const LONGEST_VALUE: usize = 300;
const LONGEST_COMPARISON: usize = 3_000;

/// A line's value on the page.
pub(super) struct Cell {
    /// Beside the path: parts that are kept together on a line where they fit.
    pub(super) parts: Vec<Spans>,
    /// Below it: two long texts compared.
    pub(super) below: Spans,
    /// Whether that text runs from right to left.
    pub(super) right_to_left: bool,
}

impl Cell {
    pub(super) fn of(parts: Vec<Spans>) -> Self {
        let parts = parts.into_iter().map(|part| cut(part, LONGEST_VALUE)).collect();
        Self { parts, below: Vec::new(), right_to_left: false }
    }
}

/// A line's value on the page; `new` when its row is made by the plan.
pub(super) fn shown(told: &Told<'_>, new: bool, styles: &Styles) -> Cell {
    let added = |text: String| span(styles.added, text);
    match told {
        Told::Private(names) => {
            let what = if new { "(private, set)" } else { "(private, changed)" };
            Cell::of(list(names.iter().map(|name| named(name))).chain([vec![plain(what)]]).collect())
        }
        Told::Together(values) => {
            let one = |(name, value): &(String, &Value)| format!("{} {}", named(name), text::value(value));
            Cell::of(list(values.iter().map(one)).collect())
        }
        Told::New(value) => created(value),
        Told::SinceHash(after) => Cell::of(vec![vec![plain("changed to")], vec![added(text::value(after))]]),
        Told::Members { added: new, removed } => {
            let new = new.iter().map(|code| added(format!("+ {code}")));
            let gone = removed.iter().map(|code| span(styles.removed, format!("- {code}")));
            Cell::of(new.chain(gone).map(|one| vec![one]).collect())
        }
        Told::Words { pieces, right_to_left } => compared(pieces, *right_to_left, styles),
        Told::Values { before, after } => Cell::of(vec![
            vec![span(styles.removed, text::value(before))],
            vec![plain("→ "), added(text::value(after))],
        ]),
    }
}

/// Parts with a comma behind each but the last.
fn list(parts: impl ExactSizeIterator<Item = String>) -> impl Iterator<Item = Spans> {
    let last = parts.len().saturating_sub(1);
    parts.enumerate().map(move |(at, part)| vec![plain(format!("{part}{}", if at < last { "," } else { "" }))])
}

/// A value of a new row; of a long text its start, since there is nothing to compare it with.
fn created(value: &Value) -> Cell {
    match value {
        Value::String(text) if is_long(text.trim()) => {
            let text = text.trim();
            let start: String = text.chars().take(START).collect();
            Cell::of(vec![
                vec![plain(quoted(&format!("{start}…")))],
                vec![plain(format!("({} characters)", text.chars().count()))],
            ])
        }
        value => Cell::of(vec![vec![plain(text::value(value))]]),
    }
}

/// Two long texts by words: `[-gone-]` and `{+new+}`, so that it reads without colours too.
fn compared(pieces: &[Piece], right_to_left: bool, styles: &Styles) -> Cell {
    let (new, gone) = text::counted(pieces);
    let one = |piece: &Piece| match piece {
        Piece::Same(text) => plain(text::escaped(text)),
        Piece::Removed(text) => span(styles.removed, format!("[-{}-]", shortened(text))),
        Piece::Added(text) => span(styles.added, format!("{{+{}+}}", shortened(text))),
    };
    let below = pieces.iter().map(one).collect();
    let total = [(new, '+', styles.added), (gone, '-', styles.removed)];
    let mut parts: Vec<Spans> = total
        .into_iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, sign, style)| vec![span(style, format!("{sign}{count}"))])
        .collect();
    parts.push(vec![plain(text::form(gone + new, "word", "words"))]);
    Cell { parts, below: cut(below, LONGEST_COMPARISON), right_to_left }
}

/// A piece that came or went, with its marks around it even where it is cut.
fn shortened(text: &str) -> String {
    text::cut(&text::escaped(text), LONGEST_COMPARISON / 3)
}
