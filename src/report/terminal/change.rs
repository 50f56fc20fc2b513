//! One change of one field, as text.

use serde_json::Value;

use super::layout::{Spans, cut, plain, span};
use crate::agent::Kind;
use crate::diff::Change;
use crate::report::Shown;
use crate::report::style::Styles;
use crate::report::text::{self, Piece, quoted, starts_right_to_left};

/// A text longer than this, or of several lines, is compared by words, on lines of its own.
const LONG: usize = 48;
/// No value takes more characters than this, and no comparison more than that; `--output json` has all of it.
const LONGEST_VALUE: usize = 300;
const LONGEST_COMPARISON: usize = 3_000;

/// What is told of a change.
pub(super) struct Told {
    /// Beside the path: parts that are kept together on a line where they fit.
    pub(super) parts: Vec<Spans>,
    /// Below it: two long texts compared.
    pub(super) below: Spans,
    /// Whether that text runs from right to left.
    pub(super) right_to_left: bool,
}

impl Told {
    pub(super) fn of(parts: Vec<Spans>) -> Self {
        let parts = parts.into_iter().map(|part| cut(part, LONGEST_VALUE)).collect();
        Self { parts, below: Vec::new(), right_to_left: false }
    }
}

/// A change as text; `new` when its row is made by the plan, so that there is nothing to compare with.
pub(super) fn told(change: &Change, new: bool, styles: &Styles) -> Told {
    let added = |text: String| span(styles.added, text);
    let (before, after) = match Shown::of(change) {
        Shown::Private => {
            return Told::of(vec![vec![plain(if new { "(private, set)" } else { "(private, changed)" })]]);
        }
        Shown::SinceHash { after } => {
            return Told::of(vec![vec![plain("changed to")], vec![added(text::value(after))]]);
        }
        Shown::Values { before, after } => (before, after),
    };
    if new {
        return created(after);
    }
    if is_set(change.field.kind()) {
        return Told::of(members(&change.field.canonical(before), &change.field.canonical(after), styles));
    }
    if let (Value::String(before), Value::String(after)) =
        (change.field.canonical(before), change.field.canonical(after))
        && (is_long(&before) || is_long(&after))
    {
        return compared(&before, &after, styles);
    }
    Told::of(vec![vec![span(styles.removed, text::value(before))], vec![plain("→ "), added(text::value(after))]])
}

fn is_long(text: &str) -> bool {
    text.chars().count() > LONG || text.contains('\n')
}

/// A value of a new row; of a long text its start, since there is nothing to compare it with.
fn created(value: &Value) -> Told {
    match value {
        Value::String(text) if is_long(text.trim()) => {
            let text = text.trim();
            let start: String = text.chars().take(LONG - 16).collect();
            Told::of(vec![
                vec![plain(quoted(&format!("{start}…")))],
                vec![plain(format!("({} characters)", text.chars().count()))],
            ])
        }
        value => Told::of(vec![vec![plain(text::value(value))]]),
    }
}

/// The members of a set. One that was remembered is a single text (`memory.rs`).
fn codes(set: &Value) -> Vec<String> {
    match set {
        Value::Array(items) => items.iter().map(text::member).collect(),
        Value::String(joined) => joined.split(',').filter(|code| !code.is_empty()).map(text::escaped).collect(),
        _ => Vec::new(),
    }
}

const fn is_set(kind: Kind) -> bool {
    matches!(kind, Kind::LowerCodes | Kind::UpperCodes)
}

/// Whether two changes read the same: of one field, for one reason, from and to the same values.
pub(super) fn read_alike(one: &Change, other: &Change) -> bool {
    let field = &one.field;
    let alike = |one: &Value, other: &Value| {
        let set = |value: &Value| codes(&field.canonical(value));
        field.same(one, other) || (is_set(field.kind()) && set(one) == set(other))
    };
    field == &other.field
        && one.class == other.class
        && alike(&one.before, &other.before)
        && alike(&one.after, &other.after)
}

/// A set: what comes into it and what goes.
fn members(before: &Value, after: &Value, styles: &Styles) -> Vec<Spans> {
    let (before, after) = (codes(before), codes(after));
    let added = after.iter().filter(|code| !before.contains(code)).map(|code| span(styles.added, format!("+ {code}")));
    let removed =
        before.iter().filter(|code| !after.contains(code)).map(|code| span(styles.removed, format!("- {code}")));
    added.chain(removed).map(|one| vec![one]).collect()
}

/// Two long texts by words: `[-gone-]` and `{+new+}`, so that it reads without colours too.
fn compared(before: &str, after: &str, styles: &Styles) -> Told {
    let (mut gone, mut new) = (0, 0);
    let mut below = Vec::new();
    let count = |text: &str| text.split_whitespace().count();
    for piece in text::words(before, after) {
        below.push(match piece {
            Piece::Same(text) => plain(text::escaped(&text)),
            Piece::Removed(text) => {
                gone += count(&text);
                span(styles.removed, format!("[-{}-]", shortened(&text)))
            }
            Piece::Added(text) => {
                new += count(&text);
                span(styles.added, format!("{{+{}+}}", shortened(&text)))
            }
        });
    }
    let total = [(new, '+', styles.added), (gone, '-', styles.removed)];
    let mut parts: Vec<Spans> = total
        .into_iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, sign, style)| vec![span(style, format!("{sign}{count}"))])
        .collect();
    parts.push(vec![plain(if gone + new == 1 { "word" } else { "words" })]);
    Told { parts, below: cut(below, LONGEST_COMPARISON), right_to_left: starts_right_to_left(after) }
}

/// A piece that came or went, with its marks around it even where it is cut.
fn shortened(text: &str) -> String {
    text::cut(&text::escaped(text), LONGEST_COMPARISON / 3)
}
