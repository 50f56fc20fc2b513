//! Lines of a known width: styled spans are measured, broken between words, and isolated where Arabic would reorder them.

use anstyle::Style;

use crate::report::style::paint;
use crate::report::text;

/// A stretch of text in one style, escaped already. Isolates are added when it is written, so that they never count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct StyledText {
    style: Style,
    text: String,
}

/// One text of several spans.
pub(super) type StyledLine = Vec<StyledText>;

/// A span of escaped text.
pub(super) fn span(style: Style, text: impl Into<String>) -> StyledText {
    StyledText { style, text: text.into() }
}

/// A span without a style.
pub(super) fn plain(text: impl Into<String>) -> StyledText {
    span(Style::new(), text)
}

/// The cells of a text.
pub(super) fn width(spans: &[StyledText]) -> usize {
    spans.iter().map(|span| text::width(&span.text)).sum()
}

/// The text alone.
pub(super) fn unstyled(spans: &[StyledText]) -> String {
    spans.iter().map(|span| span.text.as_str()).collect()
}

/// The text as it is written. Each span that holds letters from right to left is isolated (FSI … PDI), so that it moves
/// nothing around it.
pub(super) fn written(spans: &[StyledText]) -> String {
    let painted = |span: &StyledText| {
        let text = text::isolated(&span.text);
        if span.style == Style::new() { text } else { paint(span.style, &text) }
    };
    spans.iter().map(painted).collect()
}

/// A line of a text that runs from right to left as a whole: one isolate (RLI … PDI) around all of its spans, so that
/// they follow each other in reading order.
pub(super) fn written_right_to_left(spans: &[StyledText]) -> String {
    let inside: String = spans.iter().map(|span| paint(span.style, &span.text)).collect();
    format!("\u{2067}{inside}\u{2069}")
}

/// A text broken between words into lines of at most `width` cells. A longer word has a line of its own and is left to
/// the terminal, which breaks it without making two words of it: an address can still be copied.
pub(super) fn wrapped(spans: &[StyledText], width: usize) -> Vec<StyledLine> {
    let mut lines = WrappedLines { all: vec![Vec::new()], used: 0, width: width.max(1) };
    for span in spans {
        for word in words(&span.text, lines.width) {
            lines.word(span.style, word);
        }
    }
    for line in &mut lines.all {
        if let Some(last) = line.last_mut() {
            last.text.truncate(last.text.trim_end_matches(' ').len());
        }
    }
    lines.all
}

/// The words of a text, each with the blanks behind it. A command between two backticks is one word if it fits a line, so that it
/// can be copied.
fn words(text: &str, width: usize) -> Vec<&str> {
    let mut words = Vec::new();
    let (mut start, mut end, mut is_open) = (0, 0, false);
    for word in text.split_inclusive(' ') {
        end += word.len();
        is_open ^= word.matches('`').count() % 2 == 1;
        if !is_open {
            push_words(text.get(start..end).unwrap_or_default(), width, &mut words);
            start = end;
        }
    }
    words.extend(text.get(start..).unwrap_or_default().split_inclusive(' '));
    words
}

/// The piece as one word, or as several where it is wider than a line.
fn push_words<'t>(piece: &'t str, width: usize, words: &mut Vec<&'t str>) {
    if text::width(piece.trim_end_matches(' ')) <= width {
        words.push(piece);
    } else {
        words.extend(piece.split_inclusive(' '));
    }
}

/// A sign with its blank, such as an arrow: it stays with the word behind it.
const SIGN: usize = 2;

struct WrappedLines {
    all: Vec<StyledLine>,
    used: usize,
    width: usize,
}

impl WrappedLines {
    fn word(&mut self, style: Style, word: &str) {
        let cells = text::width(word.trim_end_matches(' '));
        if self.used > SIGN && self.used + cells > self.width {
            self.break_line();
        }
        self.push(style, word);
    }

    fn break_line(&mut self) {
        self.all.push(Vec::new());
        self.used = 0;
    }

    fn push(&mut self, style: Style, text: &str) {
        self.used += text::width(text);
        let Some(line) = self.all.last_mut() else { return };
        match line.last_mut() {
            Some(last) if last.style == style => last.text.push_str(text),
            _ => line.push(span(style, text)),
        }
    }
}

/// Spans of more than `longest` characters in all are cut there, with the number of characters that are left out.
pub(super) fn cut(spans: StyledLine, longest: usize) -> StyledLine {
    let total: usize = spans.iter().map(|span| span.text.chars().count()).sum();
    if total <= longest {
        return spans;
    }
    let mut room = longest;
    let mut kept: StyledLine = Vec::new();
    for mut one in spans {
        if room == 0 {
            break;
        }
        one.text = one.text.chars().take(room).collect();
        room -= one.text.chars().count();
        kept.push(one);
    }
    kept.push(plain(format!("… ({} characters more)", total - longest)));
    kept
}
