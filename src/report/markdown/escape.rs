//! The only way into the document: words of the program, and data in a form in which GitHub takes nothing of it for its own.
//!
//! GitHub looks twice for things to act on: in the Markdown, and then, for mentions, issues, commits and emoji, in the
//! text of the page that became of it. So no escape of a character is enough: an `@` that was written as an entity is an
//! `@` again by then, and e-mail addresses are linked likewise. Code is left alone both times. All data
//! is written as code, but for plain words of a sentence.

use std::fmt::Write as _;

use crate::report::text::{DiffPiece, cut, escaped, form, holds_right_to_left};
use crate::report::value_text::{LONGEST_COMPARISON, LONGEST_VALUE};

/// No sentence takes more characters than this.
const LONGEST_PROSE: usize = 1_000;
/// A longer run of backticks is written as escapes: renderers take no fence that is longer than 80.
const LONGEST_RUN: usize = 32;

/// A piece of Markdown. It is made of words of this program, of numbers, and of data; there is no way to put
/// any other text into it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub(super) struct Markdown(String);

/// Words of the program, to begin with.
pub(super) fn program_text(words: &'static str) -> Markdown {
    Markdown(words.to_owned())
}

/// Data, to begin with.
pub(super) fn data(text: &str) -> Markdown {
    Markdown::default().data(text)
}

impl Markdown {
    /// Words of the program, which may be Markdown.
    pub(super) fn program_text(mut self, words: &'static str) -> Self {
        self.0.push_str(words);
        self
    }

    /// A number.
    pub(super) fn number(mut self, number: impl Into<u64>) -> Self {
        let _ = write!(self.0, "{}", number.into());
        self
    }

    /// How many there are of something: `1 person`, `12 people`.
    pub(super) fn count(self, count: usize, one: &'static str, more: &'static str) -> Self {
        self.number(count as u64).program_text(" ").program_text(form(count, one, more))
    }

    /// More of the same.
    pub(super) fn and(mut self, more: &Self) -> Self {
        self.0.push_str(&more.0);
        self
    }

    /// The same, in place.
    pub(super) fn push(&mut self, more: &Self) {
        self.0.push_str(&more.0);
    }

    /// Several, with words of the program between them.
    pub(super) fn list(self, between: &'static str, all: impl IntoIterator<Item = Self>) -> Self {
        all.into_iter()
            .enumerate()
            .fold(self, |out, (at, one)| out.program_text(if at > 0 { between } else { "" }).and(&one))
    }

    /// Data on one line, as it is: a name, a path, a value. It is written as code. Between two of them there must be
    /// something else.
    pub(super) fn data(mut self, text: &str) -> Self {
        self.0.push_str(&code(&cut(&escaped(text), LONGEST_VALUE)));
        self
    }

    /// A sentence in which there may be data: plain words stay as they are, everything else is code. A command of roster
    /// between two backticks is one piece of code.
    pub(super) fn prose(mut self, text: &str) -> Self {
        let text = cut(&escaped(text), LONGEST_PROSE);
        let mut parts: Vec<String> = Vec::new();
        let mut strange: Vec<&str> = Vec::new();
        let mut rest = text.as_str();
        while !rest.is_empty() {
            if let Some((command, behind)) = leading_command(rest) {
                parts.extend(together(&mut strange));
                strange.push(command);
                rest = behind;
                parts.extend(together(&mut strange));
                continue;
            }
            let (word, behind) = rest.split_once(' ').unwrap_or((rest, ""));
            rest = behind;
            if is_plain(word) {
                parts.extend(together(&mut strange));
                parts.push(word.to_owned());
            } else {
                strange.push(word);
                if word.ends_with(ENDS) {
                    parts.extend(together(&mut strange));
                }
            }
        }
        parts.extend(together(&mut strange));
        self.0.push_str(&parts.join(" "));
        self
    }

    /// A mention of an account, which notifies it. What is not the name of an account is data.
    pub(super) fn mention(mut self, login: &str) -> Self {
        let is_part = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !login.split(['-', '_']).all(is_part) {
            return self.data(login);
        }
        self.0.push('@');
        self.0.push_str(login);
        self
    }

    /// A link to an address that is known, or else only its words.
    pub(super) fn link(self, words: &Self, address: Option<&str>) -> Self {
        let Some(address) = address.filter(|address| is_address(address)) else { return self.and(words) };
        let Self(mut out) = self.program_text("[").and(words).program_text("](");
        out.push_str(address);
        Self(out).program_text(")")
    }

    /// A text to copy, in a block of its own; `indent` is that of its list.
    pub(super) fn copyable(mut self, text: &str, indent: &'static str) -> Self {
        let text = without_long_runs(&escaped(text));
        let fence = "`".repeat(longest_run(&text).max(2) + 1);
        let _ = write!(self.0, "{indent}{fence}\n{indent}{text}\n{indent}{fence}\n");
        self
    }

    /// Two long texts compared by words, as a block of HTML: in code, and yet with marks in it. No Markdown is read in
    /// there. The line belongs into a list.
    pub(super) fn compared(mut self, pieces: &[DiffPiece], right_to_left: bool) -> Self {
        let direction = if right_to_left { "rtl" } else { "ltr" };
        let _ = write!(self.0, "  <div dir=\"{direction}\"><code>");
        let mut room = LONGEST_COMPARISON;
        let mut gone = false;
        for piece in pieces {
            if room == 0 {
                self.0.push('…');
                break;
            }
            let (tag, text) = match piece {
                DiffPiece::Same(text) => ("", text),
                DiffPiece::Removed(text) => ("del", text),
                DiffPiece::Added(text) => ("ins", text),
            };
            let text = cut(&escaped(text), (LONGEST_COMPARISON / 3).min(room));
            room = room.saturating_sub(text.chars().count());
            let text = html_escape::encode_text(&text);
            // What comes is kept apart from what goes.
            let gap = if gone && tag == "ins" { " " } else { "" };
            gone = tag == "del";
            let _ =
                if tag.is_empty() { write!(self.0, "{text}") } else { write!(self.0, "{gap}<{tag}>{text}</{tag}>") };
        }
        self.0.push_str("</code></div>\n");
        self
    }

    /// The hidden first line: a comment by which workflows know a comment of theirs, and what it is about.
    pub(super) fn marker(subject: &'static str, folder: &str, facts: &[(&'static str, &str)]) -> Self {
        let mut out = format!("<!-- roster {subject}");
        if !folder.is_empty() {
            let _ = write!(out, " of {}", in_marker(folder));
        }
        for (name, fact) in facts {
            let _ = write!(out, " · {name} {}", in_marker(fact));
        }
        Self(out + " -->\n")
    }

    /// How many bytes it has.
    pub(super) const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is nothing of it.
    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The document.
    pub(super) fn into_text(self) -> String {
        self.0
    }
}

/// A text as code on a line: a fence that is longer than any run of backticks in it, and nothing else is special in there.
fn code(text: &str) -> String {
    if text.is_empty() {
        return "*(empty)*".to_owned();
    }
    let text = without_long_runs(text);
    let fence = "`".repeat(longest_run(&text) + 1);
    // One blank at each end is taken away, where both are there.
    let ends = |end: char| text.starts_with(end) || text.ends_with(end);
    let taken = text.starts_with(' ') && text.ends_with(' ') && !text.trim_matches(' ').is_empty();
    let pad = if ends('`') || taken { " " } else { "" };
    let code = format!("{fence}{pad}{text}{pad}{fence}");
    // Isolated, so that it moves nothing around it.
    if holds_right_to_left(&text) { format!("<span dir=\"auto\">{code}</span>") } else { code }
}

/// A command of roster in backticks at the beginning of a text, with the punctuation behind it, and the text after the blank.
fn leading_command(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_prefix('`').filter(|inner| inner.starts_with("roster "))?;
    let closing = inner.find('`')? + 2;
    let end = closing + text.get(closing..)?.find(' ').unwrap_or(text.len() - closing);
    let (command, behind) = (text.get(..end)?, text.get(end..)?);
    let is_closed = command.get(closing..)?.chars().all(|c| ENDS.contains(&c)) && command.len() <= closing + 1;
    is_closed.then(|| (command, behind.strip_prefix(' ').unwrap_or(behind)))
}

fn longest_run(text: &str) -> usize {
    text.split(|char| char != '`').map(str::len).max().unwrap_or(0)
}

fn without_long_runs(text: &str) -> String {
    if longest_run(text) <= LONGEST_RUN { text.to_owned() } else { text.replace('`', "\\u{60}") }
}

/// What ends a part of a sentence.
const ENDS: [char; 4] = [',', ';', ':', '.'];

/// Words that are not plain, as one; the punctuation of the sentence follows the code.
fn together(strange: &mut Vec<&str>) -> Option<String> {
    let text = std::mem::take(strange).join(" ");
    let words = text.strip_suffix(ENDS).filter(|words| !words.is_empty()).unwrap_or(&text);
    // The bracket of the sentence, which a plain word opened.
    let words = words.strip_suffix(')').filter(|words| !words.is_empty() && !words.contains('(')).unwrap_or(words);
    let end = text.strip_prefix(words).unwrap_or_default();
    // What a sentence has in backticks already is code as it is.
    let inner = words.strip_prefix('`').and_then(|words| words.strip_suffix('`'));
    let inner = inner.filter(|inner| !inner.is_empty() && !inner.contains('`'));
    (!text.is_empty()).then(|| code(inner.unwrap_or(words)) + end)
}

/// Whether a word of a sentence is only a word: nothing in it is a sign of Markdown, and nothing of it can be taken for
/// an address, a mention, an issue or a commit.
fn is_plain(word: &str) -> bool {
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let bare = word.strip_prefix('(').unwrap_or(word);
    let bare = bare.strip_suffix(ENDS).unwrap_or(bare);
    let bare = bare.strip_suffix(')').unwrap_or(bare);
    // `1.` or `1)` at the start of a line would be a list.
    if is_digits(word.trim_end_matches([',', ';', ':'])) {
        return word.len() < 7;
    }
    let is_commit = bare.len() > 6 && bare.bytes().all(|byte| byte.is_ascii_hexdigit());
    let letters = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphabetic());
    // `GH-1` is an issue, and a repository may have more names of that kind.
    let is_name = bare.contains('-') && bare.bytes().any(|byte| byte.is_ascii_uppercase());
    bare.split(['-', '\'']).all(letters) && !is_commit && !is_name && !bare.eq_ignore_ascii_case("www")
}

/// Whether a text can be the target of a link and nothing else.
fn is_address(text: &str) -> bool {
    let safe = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/:%#".contains(&byte);
    text.starts_with("https://") && text.bytes().all(safe)
}

/// A text inside of the marker, which it can neither end nor pretend to go on with.
fn in_marker(text: &str) -> String {
    crate::report::address::encoded(text).replace("--", "-%2D").replace('~', "%7E")
}
