//! Values that are valid, and have a sign of where they were copied from.

use super::RuleContext;
use super::plain::has_html;
use super::texts::{each_text, leaf};
use crate::declare::file::AgentFile;
use crate::declare::problem::{Problem, is_private};
use crate::declare::source::{PathStep, dotted, path_in_words};
use crate::model::agent::Field;
use crate::model::agent::value::characters::{digit, typed};
use crate::model::agent::value::is_placeholder;

/// The years that a licence may be valid from today on, before its date is doubted.
const LONGEST_LICENCE: i16 = 30;

pub(super) fn values_end_cleanly(person: &AgentFile, _: &RuleContext<'_>, problems: &mut Vec<Problem>) {
    each_short_value(person, |path, text| {
        let (what, clean) = if let Some(clean) = text.strip_suffix([',', ';', '،', '؛']) {
            ("ends with a comma or a semicolon, which becomes part of the value", clean)
        } else if text.trim() != text {
            ("begins or ends with a blank, which becomes part of the value", text.trim())
        } else {
            return;
        };
        // The `;` of `&#1575;` belongs to it, and another rule reports it.
        if !text.ends_with(';') || !has_html(text) {
            warn(person, path, what, &format!("remove it{}", shown(path, clean)), problems);
        }
    });
}

pub(super) fn quotes_are_in_pairs(person: &AgentFile, _: &RuleContext<'_>, problems: &mut Vec<Problem>) {
    each_short_value(person, |path, text| {
        let is_stray = |quote: &char| text.ends_with(*quote) && text.matches(*quote).count() == 1;
        // An apostrophe ends a name such as `Asma'`.
        let is_name = ends_in(path, &["first_name", "last_name"]);
        let quotes = if is_name { &['"'][..] } else { &['"', '\''] };
        let Some(quote) = quotes.iter().copied().find(is_stray) else { return };
        // In quotes it was written on purpose.
        if leaf(person, path).is_some_and(|(_, plain)| plain) {
            let clean = text.trim_end_matches(quote);
            let help = format!("remove it{}; if it is part of the value, put the value in quotes", shown(path, clean));
            warn(person, path, &format!("ends with a {quote}, which becomes part of the value"), &help, problems);
        }
    });
}

pub(super) fn values_have_no_tabs(person: &AgentFile, _: &RuleContext<'_>, problems: &mut Vec<Problem>) {
    each_own_text(person, |path, text| {
        if !text.as_bytes().contains(&b'\t') || text.contains('\n') || !text.trim().contains('\t') {
            return;
        }
        let written = leaf(person, path).and_then(|(span, _)| person.source.text.get(span)).unwrap_or_default();
        let help = if !written.contains('\t') {
            "write \\\\ for a backslash: in double quotes \\t is a tab"
        } else if is_long_text(path) {
            "replace it by a space"
        } else {
            "write each value behind the key of its own field, and remove the tabs"
        };
        warn(person, path, "contains a tab, which a spreadsheet puts between its cells", help, problems);
    });
}

pub(super) fn numbers_have_plain_digits(person: &AgentFile, _: &RuleContext<'_>, problems: &mut Vec<Problem>) {
    each_short_value(person, |path, text| {
        let is_odd = |c: char| !c.is_ascii() && digit(c).is_some();
        if ends_in(path, &["licence", "landline_extension"]) && text.contains(is_odd) {
            let help = format!("write it with the digits 0 to 9{}", shown(path, &typed(text)));
            warn(person, path, "is not in the digits 0 to 9", &help, problems);
        }
    });
}

pub(super) fn a_placeholder_is_no_value(person: &AgentFile, _: &RuleContext<'_>, problems: &mut Vec<Problem>) {
    each_short_value(person, |path, text| {
        if ends_in(path, &["licence", "landline_extension", "position"]) && is_placeholder(text) {
            let help = "write null to clear the field, or remove the line to leave it alone";
            warn(person, path, "has a word for nothing as its value", help, problems);
        }
    });
}

pub(super) fn texts_have_no_escapes(person: &AgentFile, _: &RuleContext<'_>, problems: &mut Vec<Problem>) {
    each_own_text(person, |path, text| {
        let what = match escape(text) {
            Some("\\n") => "contains \\n, which is a line break only in double quotes",
            Some("\\\"") => "contains a backslash in front of a quote, which becomes part of the text",
            Some(_) => "contains doubled quotes, which become part of the text",
            None => return,
        };
        let help =
            "write a text of several lines or with quotes below `content: |`, without \\ and with single \" signs";
        let help = if ends_in(path, &["content"]) { help } else { "write the text as it should be read" };
        warn(person, path, what, help, problems);
    });
}

pub(super) fn texts_are_no_markdown(person: &AgentFile, _: &RuleContext<'_>, problems: &mut Vec<Problem>) {
    each_own_text(person, |path, text| {
        if has_markdown(text) && !is_private(&dotted(path)) {
            let what = "contains ** or a [link](…), which clients would see as it is written";
            warn(person, path, what, "write plain text", problems);
        }
    });
}

pub(super) fn licence_date_is_near(person: &AgentFile, context: &RuleContext<'_>, problems: &mut Vec<Problem>) {
    let Some(date) = person.agent.public.licence_expired_at.set() else { return };
    if date.day().year() > context.today.year().saturating_add(LONGEST_LICENCE) {
        let message =
            format!("the licence would be valid for more than {LONGEST_LICENCE} years, until {}", date.as_str());
        problems.push(person.error(&Field::LicenceExpiredAt, message).warning().help("check the year"));
    }
}

/// Every text that is not free: a name, a title, a licence, an address.
fn each_short_value(person: &AgentFile, mut visit: impl FnMut(&[PathStep], &str)) {
    each_text(person, &mut |path, text| {
        if !is_long_text(path) && !text.contains('\n') {
            visit(path, text);
        }
    });
}

/// Every text but those of custom fields, whose form is the account's own affair.
fn each_own_text(person: &AgentFile, mut visit: impl FnMut(&[PathStep], &str)) {
    each_text(person, &mut |path, text| {
        if !starts_with(path, "fields") {
            visit(path, text);
        }
    });
}

fn is_long_text(path: &[PathStep]) -> bool {
    starts_with(path, "fields") || ends_in(path, &["content", "email_signature"])
}

fn starts_with(path: &[PathStep], name: &str) -> bool {
    matches!(path.first(), Some(PathStep::Key(key)) if key == name)
}

/// Whether the path leads to one of these keys, or into it.
fn ends_in(path: &[PathStep], names: &[&str]) -> bool {
    path.iter().any(|step| matches!(step, PathStep::Key(key) if names.contains(&key.as_str())))
}

/// The value without its mistake, unless it is private.
fn shown(path: &[PathStep], value: &str) -> String {
    let needs_quotes = value.starts_with(|c: char| c.is_ascii_digit() || c == '+');
    match value {
        _ if is_private(&dotted(path)) => String::new(),
        _ if needs_quotes => format!(": `\"{value}\"`"),
        _ => format!(": `{value}`"),
    }
}

fn warn(person: &AgentFile, path: &[PathStep], what: &str, help: &str, problems: &mut Vec<Problem>) {
    problems.push(person.error_at(path, format!("{} {what}", path_in_words(path))).warning().help(help));
}

/// A sign that a text was written for double quotes, or comes from a spreadsheet.
fn escape(text: &str) -> Option<&'static str> {
    if text.contains("\\\"") {
        return Some("\\\"");
    }
    // `C:\new` is no line break: one is in front of a new sentence or line.
    let is_break = |at: usize| {
        let behind = text.get(at + 2..).unwrap_or_default();
        behind.chars().next().is_none_or(|c| !c.is_lowercase() || !c.is_ascii())
    };
    if text.match_indices("\\n").any(|(at, _)| is_break(at)) {
        return Some("\\n");
    }
    let is_letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let opens = |(at, _): (usize, &str)| is_letter(text.get(at + 2..).and_then(|rest| rest.chars().next()));
    let closes = |(at, _): (usize, &str)| is_letter(text.get(..at).and_then(|rest| rest.chars().next_back()));
    let doubled = text.match_indices("\"\"").any(opens) && text.match_indices("\"\"").any(closes);
    doubled.then_some("\"\"")
}

/// Bold words, or a link.
fn has_markdown(text: &str) -> bool {
    let parts: Vec<&str> = text.split("**").collect();
    let bold = parts.len() > 2
        && parts
            .iter()
            .skip(1)
            .step_by(2)
            .take((parts.len() - 1) / 2)
            .any(|inside| !inside.is_empty() && inside.trim() == *inside && !inside.contains('\n'));
    let link = text.match_indices("](").any(|(at, _)| {
        let behind = text.get(at + 2..).unwrap_or_default();
        ["http", "mailto:", "www."].iter().any(|start| behind.starts_with(start))
    });
    bold || link
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_distinguished_from_paths_and_inches() {
        for text in [
            "\\\"Wei\\\" works",
            "Wei works.\\nHe sells.",
            "one\\n",
            "a\\n\\nb",
            "Wei \"\"the man\"\" works",
            "سطر\\nسطر",
        ] {
            assert!(escape(text).is_some(), "{text}");
        }
        for text in ["C:\\new\\files", "\"Wei\" works", "a 27\"\" screen", "Khan & Sons", "he said \"\""] {
            assert_eq!(escape(text), None, "{text}");
        }
    }

    #[test]
    fn markdown_is_distinguished_from_stars() {
        for text in ["**Wei** works", "the **best broker** here", "see [my page](https://example.com)"] {
            assert!(has_markdown(text), "{text}");
        }
        for text in ["4** and 5** hotels", "5** hotel", "2 ** 3", "[sic] (as written)", "**", "* Wei"] {
            assert!(!has_markdown(text), "{text}");
        }
    }
}
