//! Texts that YAML reads as something else than what their lines look like.

use std::ops::Range;

use super::RuleContext;
use super::plain::has_html;
use super::texts::{each_text, leaf};
use crate::declare::file::AgentFile;
use crate::declare::problem::Problem;
use crate::declare::source::{PathStep, keys, path_in_words};
use crate::model::agent::{Field, FieldValue};

/// How the lines of a text are written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum TextStyle {
    /// Below a `|`, which keeps them.
    Lines,
    /// Below a `>`, which joins them.
    Joined,
    /// In quotes or without, which joins them too.
    Flow,
}

/// In double quotes a backslash and a blank are a blank.
pub(super) fn backslashes_are_kept(person: &AgentFile, _: &RuleContext<'_>, problems: &mut Vec<Problem>) {
    // Few files have one, and the places of all texts cost more than this look.
    if !person.source.text.contains("\\ ") {
        return;
    }
    each_text(person, &mut |path, _| {
        let Some((span, written)) = written(person, path) else { return };
        let Some(at) = lost_backslash(written).filter(|_| style(person, &span) == TextStyle::Flow) else { return };
        let message = format!(
            "the backslash in {} is lost: in double quotes it belongs to the blank behind it",
            path_in_words(path)
        );
        let place = span.start + at..span.start + at + 1;
        let problem = Problem::error(&person.source, place, path, message);
        problems.push(problem.warning().help("write \\\\ for a backslash, or another sign such as |"));
    });
}

/// The lines of a signature are lines for its readers.
pub(super) fn lines_are_kept(person: &AgentFile, _: &RuleContext<'_>, problems: &mut Vec<Problem>) {
    let signature = person.declaration.record.get(&Field::EmailSignature).and_then(FieldValue::as_text);
    let path = keys(&["private", "email_signature"]);
    let Some((text, (span, written))) = signature.zip(written(person, &path)) else { return };
    let count = |text: &str| text.lines().filter(|line| !line.trim().is_empty()).count();
    if count(written) <= count(text) || has_html(text) {
        return;
    }
    let help = match style(person, &span) {
        TextStyle::Lines => return,
        TextStyle::Joined => "write `|` in place of the `>`, which keeps the lines".to_owned(),
        TextStyle::Flow => {
            let line = person.source.text.get(..span.start).and_then(|before| before.rsplit('\n').next());
            let indent = line.map_or(0, |line| line.len() - line.trim_start().len());
            format!(
                "write `email_signature: |`, and begin each line below it, in column {}, without quotes",
                indent + 3
            )
        }
    };
    let message = format!("{} is written in several lines, which become one line", path_in_words(&path));
    problems.push(person.error_at(&path, message).warning().help(help));
}

/// Below a `|` a `#` begins no comment.
pub(super) fn comments_are_outside_of_texts(person: &AgentFile, _: &RuleContext<'_>, problems: &mut Vec<Problem>) {
    each_text(person, &mut |path, text| {
        if !ends_with(path, &["content", "email_signature"]) || !text.as_bytes().contains(&b'#') {
            return;
        }
        let Some((span, written)) = written(person, path) else { return };
        let Some(line) = comment(written) else { return };
        let message = format!("this line is part of {}, and no comment", path_in_words(path));
        let place = span.start + line.start..span.start + line.end;
        let help = "remove it, or move it out of the text, to a line above the key";
        problems.push(Problem::error(&person.source, place, path, message).warning().help(help));
    });
}

/// The bytes of a text in the file, and what is written there.
fn written<'p>(person: &'p AgentFile, path: &[PathStep]) -> Option<(Range<usize>, &'p str)> {
    let (span, _) = leaf(person, path)?;
    let written = person.source.text.get(span.clone())?;
    Some((span, written))
}

fn style(person: &AgentFile, span: &Range<usize>) -> TextStyle {
    let before = person.source.text.get(..span.start).unwrap_or_default();
    let above = before.trim_end_matches([' ', '\n', '\r']);
    let header = above.trim_end_matches(|c: char| matches!(c, '+' | '-' | '1'..='9'));
    match header.chars().next_back() {
        Some('|') if above.len() < before.len() && before.get(above.len()..).is_some_and(|gap| gap.contains('\n')) => {
            TextStyle::Lines
        }
        Some('>') if before.get(above.len()..).is_some_and(|gap| gap.contains('\n')) => TextStyle::Joined,
        _ => TextStyle::Flow,
    }
}

/// The place of a backslash in front of a blank, in double quotes. At the beginning of a line it keeps the blank.
fn lost_backslash(written: &str) -> Option<usize> {
    let inside = written.strip_prefix('"')?;
    let mut letters = inside.char_indices();
    while let Some((at, c)) = letters.next() {
        if c == '\\' {
            let behind = letters.next().map(|(_, c)| c);
            let is_first = at > 0 && inside.get(..at)?.rsplit('\n').next()?.trim().is_empty();
            if behind == Some(' ') && !is_first {
                return Some(at + 1);
            }
        }
    }
    None
}

/// The first line that begins as a comment. `# 1` may be a rank.
fn comment(written: &str) -> Option<Range<usize>> {
    let mut start = 0;
    written.split_inclusive('\n').find_map(|line| {
        let indent = line.len() - line.trim_start().len();
        let place = start + indent..start + line.trim_end().len();
        start += line.len();
        let text = line.trim_start().strip_prefix("# ")?.trim_start();
        text.starts_with(|c: char| !c.is_numeric()).then_some(place)
    })
}

fn ends_with(path: &[PathStep], names: &[&str]) -> bool {
    matches!(path.last(), Some(PathStep::Key(key)) if names.contains(&key.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_backslash_is_distinguished_from_an_escape() {
        for (written, place) in [("\"Sara \\ Palm\"", Some(6)), ("\"a\\\\ \\ b\"", Some(5))] {
            assert_eq!(lost_backslash(written), place, "{written}");
        }
        for written in ["\"Sara \\\\ Palm\"", "\"a\\n b\"", "'Sara \\ Palm'", "Sara \\ Palm", "\"a \\\n  \\ b\""] {
            assert_eq!(lost_backslash(written), None, "{written}");
        }
    }

    #[test]
    fn a_comment_is_distinguished_from_a_rank_and_a_tag() {
        assert_eq!(comment("Sara\n  # check this\n"), Some(7..19));
        assert_eq!(comment("# راجع"), Some(0..10));
        for text in ["Sara\n#1 in Dubai", "# 1 in Dubai", "#دبي", "Sara # Khan", "#"] {
            assert_eq!(comment(text), None, "{text}");
        }
    }
}
