//! One file as it was read: its text, its parts, and how it may be shown.

use std::ops::Range;
use std::path::Path;
use std::sync::OnceLock;

use super::control_characters::visible;
use super::private_parts;
use super::secret_parts::secret_parts;
use super::yaml_tree::{Node, NodeKind, YamlDocument};
use crate::model::agent::value::MASK;

/// A file that was read, whole or not at all.
#[derive(Debug, Default)]
pub struct Source {
    /// Its path from the repository's root, with forward slashes.
    pub name: String,
    /// Its text; empty where it is not UTF-8.
    pub text: String,
    /// Its parts, where it is YAML.
    pub document: Option<YamlDocument>,
    /// Whether it is an agent's file, in which values are private.
    pub personal: bool,
    lines: OnceLock<Vec<usize>>,
    private: OnceLock<Vec<Range<usize>>>,
    secret: OnceLock<Vec<Range<usize>>>,
    hidden: OnceLock<ShownText>,
    revealed: OnceLock<ShownText>,
}

impl Source {
    /// A file and what was read of it.
    #[must_use]
    pub(crate) fn new(name: impl Into<String>, text: String, document: Option<YamlDocument>, personal: bool) -> Self {
        Self { name: name.into(), text, document, personal, ..Self::default() }
    }

    /// Line and column of a byte, both from 1, the column in characters.
    #[must_use]
    pub(crate) fn position(&self, byte: usize) -> (usize, usize) {
        let line = self.line(byte);
        let start = self.line_starts().get(line - 1).copied().unwrap_or(0);
        let before = self.text.get(start..byte).unwrap_or_default().trim_start_matches('\u{feff}');
        (line, before.chars().count() + 1)
    }

    /// The line of a byte, from 1.
    #[must_use]
    pub(super) fn line(&self, byte: usize) -> usize {
        self.line_starts().partition_point(|start| *start <= byte).max(1)
    }

    fn line_starts(&self) -> &[usize] {
        let starts = || std::iter::once(0).chain(self.text.match_indices('\n').map(|(end, _)| end + 1)).collect();
        self.lines.get_or_init(starts)
    }

    /// The bytes of the value at a path of keys and indexes, or of the deepest part of the path that is there.
    #[must_use]
    pub(crate) fn value_span(&self, path: &[PathStep]) -> Range<usize> {
        self.find(path).map_or(0..0, |place| if place.value.is_empty() { place.key } else { place.value })
    }

    /// The bytes of the key at a path, or of the item, or of the deepest part of the path that is there.
    #[must_use]
    pub(crate) fn key_span(&self, path: &[PathStep]) -> Range<usize> {
        self.find(path).map_or(0..0, |place| place.key)
    }

    fn find(&self, path: &[PathStep]) -> Option<NodeSpans> {
        let root = &self.document.as_ref()?.tree;
        let mut at = root;
        let mut place = NodeSpans { key: root.span.start..root.span.start, value: root.span.clone() };
        for step in path {
            let (key, node) = match (step, &at.children) {
                (PathStep::Key(name), NodeKind::Map(_)) => match at.entry(name) {
                    Some(entry) => (entry.key.clone(), &entry.node),
                    None => break,
                },
                (PathStep::Index(index), NodeKind::List(_)) => match at.item(*index) {
                    Some(node) => (node.span.clone(), node),
                    None => break,
                },
                _ => break,
            };
            place = NodeSpans { key, value: node.span.clone() };
            at = node;
        }
        Some(place)
    }

    /// The part at a path.
    #[must_use]
    pub(crate) fn node(&self, path: &[PathStep]) -> Option<&Node> {
        path.iter().try_fold(&self.document.as_ref()?.tree, |node, step| match step {
            PathStep::Key(name) => node.entry(name).map(|entry| &entry.node),
            PathStep::Index(index) => node.item(*index),
        })
    }

    /// Whether private values may be in the wrong place.
    #[must_use]
    pub(crate) fn is_doubtful(&self) -> bool {
        self.document.as_ref().is_none_or(|document| private_parts::is_doubtful(&document.tree.children))
    }

    /// The text as it may be shown: always with control characters made visible and without credentials, and without private
    /// values unless they are to be revealed.
    #[must_use]
    pub(crate) fn shown(&self, reveal: bool) -> &ShownText {
        if reveal || !self.personal {
            return self.revealed.get_or_init(|| ShownText::new(&self.text, self.secret_parts()));
        }
        self.hidden.get_or_init(|| ShownText::new(&self.text, self.private_parts()))
    }

    /// Whether any of these bytes may not be shown.
    #[must_use]
    pub(crate) fn is_hidden(&self, part: &Range<usize>) -> bool {
        let parts = if self.personal { self.private_parts() } else { self.secret_parts() };
        parts.iter().any(|hidden| hidden.start < part.end && part.start < hidden.end)
    }

    /// The bytes of private values and of credentials.
    fn private_parts(&self) -> &[Range<usize>] {
        self.private.get_or_init(|| {
            let tree = self.document.as_ref().map(|document| &document.tree);
            let mut parts = private_parts::private_parts(&self.text, tree);
            parts.extend_from_slice(self.secret_parts());
            joined(parts)
        })
    }

    fn secret_parts(&self) -> &[Range<usize>] {
        self.secret.get_or_init(|| secret_parts(&self.text))
    }
}

/// Parts in order, and those that overlap as one.
fn joined(mut parts: Vec<Range<usize>>) -> Vec<Range<usize>> {
    parts.sort_by_key(|part| part.start);
    parts.dedup_by(|next, part| {
        let overlap = next.start < part.end;
        part.end = if overlap { part.end.max(next.end) } else { part.end };
        overlap
    });
    parts
}

struct NodeSpans {
    key: Range<usize>,
    value: Range<usize>,
}

/// One step into a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PathStep {
    /// The value of a key.
    Key(String),
    /// The item at an index, from 0.
    Index(usize),
}

/// A path of keys and indexes as the YAML writes it: `public.descriptions.0.lang`.
#[must_use]
pub(super) fn dotted(path: &[PathStep]) -> String {
    let steps = path.iter().map(|step| match step {
        PathStep::Key(key) => key.clone(),
        PathStep::Index(index) => index.to_string(),
    });
    steps.collect::<Vec<_>>().join(".")
}

/// A path in words for people, who count the items of a list from 1: `lang` in item 2 of `public.descriptions`.
#[must_use]
pub(super) fn path_in_words(path: &[PathStep]) -> String {
    let index = path.iter().enumerate().rev().find_map(|(at, step)| match step {
        PathStep::Index(index) => Some((at, index + 1)),
        PathStep::Key(_) => None,
    });
    let Some((at, number)) = index else { return format!("`{}`", dotted(path)) };
    let (above, inside) = (path.get(..at).unwrap_or_default(), path.get(at + 1..).unwrap_or_default());
    let item = format!("item {number} of {}", path_in_words(above));
    if inside.is_empty() { item } else { format!("`{}` in {item}", dotted(inside)) }
}

/// The steps of a path of keys.
#[must_use]
pub(super) fn keys(names: &[&str]) -> Vec<PathStep> {
    names.iter().map(|name| PathStep::Key((*name).to_owned())).collect()
}

/// A text with parts replaced, and how to find a place of the original in it.
#[derive(Debug, Default)]
pub(crate) struct ShownText {
    /// What may be printed.
    pub text: String,
    /// Original bytes and the bytes they became, in order.
    moved: Vec<(Range<usize>, Range<usize>)>,
}

impl ShownText {
    fn new(text: &str, hidden: &[Range<usize>]) -> Self {
        let mut shown = Self::default();
        let mut from = 0;
        if text.starts_with('\u{feff}') {
            from = '\u{feff}'.len_utf8();
            shown.replace(0..from, "");
        }
        for part in hidden {
            shown.copy(text, from..part.start.max(from));
            shown.replace(part.clone(), MASK);
            from = part.end;
        }
        shown.copy(text, from..text.len());
        shown
    }

    fn copy(&mut self, text: &str, part: Range<usize>) {
        for (at, c) in text.get(part.clone()).unwrap_or_default().char_indices() {
            let at = part.start + at;
            // Alone it would take a terminal back to the line's beginning, to overwrite its text.
            let returns = c == '\r' && text.as_bytes().get(at + 1) != Some(&b'\n');
            match visible(c).or(returns.then_some('\u{240d}')) {
                None => self.text.push(c),
                Some(stand_in) => self.replace(at..at + c.len_utf8(), stand_in.encode_utf8(&mut [0; 4])),
            }
        }
    }

    fn replace(&mut self, part: Range<usize>, by: &str) {
        let start = self.text.len();
        self.text.push_str(by);
        self.moved.push((part, start..self.text.len()));
    }

    /// The place of a part of the original in this text.
    #[must_use]
    pub(crate) fn place(&self, part: &Range<usize>) -> Range<usize> {
        let start = self.moved_byte(part.start, |new| new.start);
        let end = self.moved_byte(part.end, |new| new.end);
        start..end.max(start)
    }

    fn moved_byte(&self, byte: usize, inside: fn(&Range<usize>) -> usize) -> usize {
        let index = self.moved.partition_point(|(old, _)| old.start <= byte);
        match index.checked_sub(1).and_then(|last| self.moved.get(last)) {
            Some((old, new)) if byte < old.end => inside(new),
            Some((old, new)) => new.end + (byte - old.end),
            None => byte,
        }
    }
}

/// The path of a file from the repository's root, with forward slashes.
pub(super) fn path_from_root(root: &Path, path: &Path) -> String {
    let inside = path.strip_prefix(root).unwrap_or(path);
    inside.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}
