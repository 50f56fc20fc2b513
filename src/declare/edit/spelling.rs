//! The spellings of a value in YAML, at a place of a file.

use std::fmt::Write as _;
use std::ops::Range;

use serde_json::Value;

use crate::declare::yaml_tree::{Node, NodeKind};

/// How the lines around a place are written.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    /// The column of the place, as spaces.
    indent: String,
    /// The line break of the file.
    line_break: &'static str,
}

impl Layout {
    pub(super) fn new(text: &str, at: usize) -> Self {
        let before = text.get(..at).unwrap_or_default();
        let line = before.rsplit('\n').next().unwrap_or_default().trim_start_matches('\u{feff}');
        let line_break = if text.contains("\r\n") { "\r\n" } else { "\n" };
        Self { indent: " ".repeat(line.chars().count()), line_break }
    }

    /// The layout of what is inside.
    pub(super) fn deeper(&self) -> Self {
        Self { indent: format!("{}  ", self.indent), ..self.clone() }
    }

    /// A line break, and the indentation of the new line.
    pub(super) fn new_line(&self) -> String {
        format!("{}{}", self.line_break, self.indent)
    }

    /// The spellings of a value in place of an old one, whose style comes first.
    pub(super) fn values(&self, value: &Value, old: &str) -> Vec<String> {
        match value {
            Value::Array(items) if old.starts_with("- ") && !items.is_empty() => {
                let lists = together(items.iter().map(|item| self.inline(item)));
                let lists =
                    lists.into_iter().map(|lines| format!("- {}", lines.join(&format!("{}- ", self.new_line()))));
                lists.chain(self.inline(value)).collect()
            }
            Value::String(text) => self.texts(text, old),
            _ => self.inline(value),
        }
    }

    /// The spellings on one line.
    pub(super) fn inline(&self, value: &Value) -> Vec<String> {
        let one_line = |parts: Vec<String>| parts.join(", ");
        match value {
            Value::String(text) => self.texts(text, "").into_iter().filter(|text| !text.contains('\n')).collect(),
            Value::Array(items) => {
                let lists = together(items.iter().map(|item| self.inline(item)));
                lists.into_iter().map(|items| format!("[{}]", one_line(items))).collect()
            }
            Value::Object(members) => {
                let member = |(key, value): (&String, &Value)| {
                    self.inline(value).into_iter().map(|value| format!("{key}: {value}")).collect()
                };
                let maps = together(members.iter().map(member));
                maps.into_iter().map(|members| format!("{{{}}}", one_line(members))).collect()
            }
            other => vec![other.to_string()],
        }
    }

    /// The spellings of a new key and its value, from the key on.
    pub(super) fn entries(&self, key: &str, value: &Value) -> Vec<String> {
        match value {
            Value::Object(members) if !members.is_empty() => {
                let inside = self.deeper();
                let line = |(key, value): (&String, &Value)| {
                    inside.entries(key, value).into_iter().map(|entry| inside.new_line() + &entry).collect()
                };
                let maps = together(members.iter().map(line));
                maps.into_iter().map(|lines| format!("{key}:{}", lines.concat())).collect()
            }
            Value::Array(items) if items.iter().any(Value::is_object) => {
                let inside = self.deeper();
                let line = |item: &Value| {
                    inside.inline(item).into_iter().map(|item| format!("{}- {item}", inside.new_line())).collect()
                };
                let lists = together(items.iter().map(line));
                lists.into_iter().map(|lines| format!("{key}:{}", lines.concat())).collect()
            }
            _ => self.values(value, "").into_iter().map(|value| format!("{key}: {value}")).collect(),
        }
    }

    /// A text: as the old one was written, then plain, in double quotes, and with every special character escaped.
    fn texts(&self, text: &str, old: &str) -> Vec<String> {
        let mut found = Vec::new();
        let double = serde_json::to_string(text).unwrap_or_default();
        let single = format!("'{}'", text.replace('\'', "''"));
        match old.as_bytes().first() {
            Some(b'|') => found.extend(self.block(text, old)),
            Some(b'"') => found.push(double.clone()),
            Some(b'\'') => found.push(single),
            _ => {}
        }
        if !is_ambiguous(text) && !text.contains('\n') && !text.is_empty() {
            found.push(text.to_owned());
        }
        found.push(double);
        found.push(escaped(text));
        found
    }

    /// A text as a literal block, with the indentation of the old one.
    fn block(&self, text: &str, old: &str) -> Option<String> {
        let line = old.lines().skip(1).find(|line| !line.trim().is_empty())?;
        let indent: String = line.chars().take_while(|c| *c == ' ').collect();
        let (body, header) = match text.strip_suffix('\n') {
            Some(body) => (body, "|"),
            None => (text, "|-"),
        };
        let lines =
            body.split('\n').map(|line| if line.is_empty() { String::new() } else { format!("{indent}{line}") });
        Some([header.to_owned()].into_iter().chain(lines).collect::<Vec<_>>().join(self.line_break))
    }
}

/// The spellings of a whole: the first of each part, the second of each part, and so on. A part with fewer has its last one.
fn together(parts: impl Iterator<Item = Vec<String>>) -> Vec<Vec<String>> {
    let parts: Vec<Vec<String>> = parts.collect();
    let most = parts.iter().map(Vec::len).max().unwrap_or(1);
    let nth_spelling_of_each_part =
        |at: usize| parts.iter().filter_map(|part| part.get(at).or(part.last()).cloned()).collect();
    (0..most).map(nth_spelling_of_each_part).collect()
}

/// In double quotes, with every character that a reader of YAML may take for a line break or leave out as an escape.
fn escaped(text: &str) -> String {
    let mut out = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            c if c.is_control() || matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}') => {
                let _ = write!(out, "\\U{:08x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Whether some reader of YAML takes this plain text for another value: YAML 1.1 for a flag or for a number with underscores
/// or colons, others for a number that begins with a zero.
pub(in crate::declare) fn is_ambiguous(plain: &str) -> bool {
    let is_flag = || ["y", "n", "yes", "no", "on", "off"].iter().any(|flag| flag.eq_ignore_ascii_case(plain));
    let is_number = || plain.contains(['_', ':']) && plain.chars().all(|c| c.is_ascii_digit() || "_:.".contains(c));
    let is_number_from_zero = || {
        let rest = plain.strip_prefix('0').unwrap_or_default();
        rest.starts_with(['x', 'o', 'b']) || (!rest.is_empty() && rest.bytes().all(|digit| digit.is_ascii_digit()))
    };
    is_flag() || is_number() || is_number_from_zero() || matches!(plain, "=" | "<<")
}

/// The bytes of all scalars, keys too, in the order of the text.
pub(in crate::declare) fn scalars(node: &Node) -> Vec<Range<usize>> {
    match &node.children {
        NodeKind::Leaf { .. } => vec![node.span.clone()],
        NodeKind::List(items) => items.iter().flat_map(scalars).collect(),
        NodeKind::Map(entries) => {
            entries.iter().flat_map(|entry| std::iter::once(entry.key.clone()).chain(scalars(&entry.node))).collect()
        }
    }
}
