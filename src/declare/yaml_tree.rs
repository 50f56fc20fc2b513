//! A YAML document as data: its value, the places of its parts, and the faults of a text that is not one. The limits of a
//! document are here too.

use std::ops::Range;

use serde_json::Value;

/// The deepest nesting of lists and maps; an agent file needs 4.
pub(super) const DEEPEST: usize = 32;

/// The largest file in bytes; an agent file has about 2,000.
pub(super) const LARGEST: usize = 256 * 1024;

/// The most lists, maps and values in them; an agent file has about 100. Each is checked, and some against tables.
pub(super) const FULLEST: usize = 2000;

/// The most problems that are reported of one file: with more it is another kind of file, or made to waste time.
pub(super) const MOST: usize = 100;

/// A value and the places of its parts.
#[derive(Clone, Debug, PartialEq)]
pub struct YamlDocument {
    /// The value of the file.
    pub value: Value,
    /// The places in the file: the same shape as `value`, and after it the places of refused keys.
    pub tree: Node,
}

/// The place of one value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Its bytes in the text; empty for a value that is not written, as behind `name:`.
    pub span: Range<usize>,
    /// Its parts.
    pub children: NodeKind,
}

/// The parts of a value, in the order of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NodeKind {
    /// A scalar; `plain` when it is written without quotes.
    Leaf {
        /// Without quotes and not as a block.
        plain: bool,
    },
    /// The items of a list.
    List(Vec<Node>),
    /// The keys of a map.
    Map(Vec<MapEntry>),
}

/// One key of a map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MapEntry {
    /// The key's bytes in the text.
    pub key: Range<usize>,
    /// The key.
    pub name: String,
    /// Its value.
    pub node: Node,
}

impl Node {
    /// A part that is not there.
    pub(super) const fn nothing(at: usize) -> Self {
        Self { span: at..at, children: NodeKind::Leaf { plain: true } }
    }

    /// The entry of a key, where this is a map that has it.
    #[must_use]
    pub(crate) fn entry(&self, key: &str) -> Option<&MapEntry> {
        match &self.children {
            NodeKind::Map(entries) => entries.iter().find(|entry| entry.name == key),
            NodeKind::Leaf { .. } | NodeKind::List(_) => None,
        }
    }

    /// Whether this is a map with a key that the other one has not.
    pub(super) fn has_a_key_beyond(&self, other: &Self) -> bool {
        let NodeKind::Map(entries) = &self.children else { return false };
        entries.iter().any(|entry| other.entry(&entry.name).is_none())
    }

    /// An item, where this is a list that has it.
    #[must_use]
    pub(crate) fn item(&self, index: usize) -> Option<&Node> {
        match &self.children {
            NodeKind::List(items) => items.get(index),
            NodeKind::Leaf { .. } | NodeKind::Map(_) => None,
        }
    }
}

/// What makes a text unreadable, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct YamlError {
    /// The bytes in the text.
    pub span: Range<usize>,
    /// What is wrong; never a value.
    pub message: String,
    /// What to do.
    pub help: String,
}

impl YamlError {
    /// A fault at a place.
    pub(super) fn new(span: Range<usize>, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { span, message: message.into(), help: help.into() }
    }
}
