//! The part of an agent's file that may be shown. A private value never leaves the machine in a log or a comment, so a
//! line of the file is printed with `•••` in its place. When in doubt, a value is private.

use std::ops::Range;

use super::schema_keys::{KNOWN, PRIVATE, is_key_of_an_agent, may_show_key};
use super::yaml_tree::{MapEntry, Node, NodeKind};

/// The bytes that may not be shown, in order, none of them crossing a line's end.
pub(super) fn private_parts(text: &str, tree: Option<&Node>) -> Vec<Range<usize>> {
    match tree {
        Some(tree @ Node { children: NodeKind::Map(entries), .. }) => by_tree(text, tree, entries),
        _ => by_line(text),
    }
}

/// Whether private values may be in the wrong place: a file without its private part has lost the line that begins it.
pub(super) fn is_doubtful(root: &NodeKind) -> bool {
    let NodeKind::Map(entries) = root else { return true };
    !entries.iter().any(|entry| entry.name == "private" && matches!(entry.node.children, NodeKind::Map(_)))
}

fn by_tree(text: &str, tree: &Node, entries: &[MapEntry]) -> Vec<Range<usize>> {
    let mut hidden = HiddenRegions { text, keys: Vec::new(), regions: Vec::new() };
    let ends = entries.iter().skip(1).map(|next| next.key.start).chain([text.len()]);
    let doubtful = is_doubtful(&tree.children);
    for (entry, end) in entries.iter().zip(ends) {
        if doubtful || !KNOWN.top.contains(&entry.name) {
            // Remarks behind the last value belong to it.
            let end = text.get(..end).and_then(|before| before.rfind('\n')).unwrap_or(0);
            hidden.add(entry.key.clone(), &entry.node, end);
        } else {
            let known = (entry.name == "public").then_some(KNOWN.public.as_slice());
            hidden.add_misplaced(&entry.node, known, end);
        }
    }
    hidden.parts()
}

struct HiddenRegions<'a> {
    text: &'a str,
    /// The keys that may be shown.
    keys: Vec<Range<usize>>,
    /// The places of private values, one behind the other.
    regions: Vec<Range<usize>>,
}

impl HiddenRegions<'_> {
    fn add(&mut self, key: Range<usize>, value: &Node, end: usize) {
        self.regions.push(key.end..end.max(value.span.end).max(key.end));
        self.keys.push(key);
        self.add_keys(value);
    }

    /// Adds the private values of an open part of the file: those of keys that are not `known` there, and every value at
    /// and behind a key of the private parts, since only `end` limits lines that lost their indentation.
    fn add_misplaced(&mut self, node: &Node, known: Option<&[String]>, end: usize) {
        match &node.children {
            NodeKind::Leaf { .. } => {}
            NodeKind::List(items) => items.iter().for_each(|item| self.add_misplaced(item, None, end)),
            NodeKind::Map(entries) => {
                for entry in entries {
                    let private = PRIVATE.contains(&entry.name.as_str());
                    if !private && known.is_none_or(|known| known.contains(&entry.name)) {
                        self.add_misplaced(&entry.node, None, end);
                        continue;
                    }
                    // A key that has nothing may have been meant to have the lines below it.
                    let open_ended = private || entry.node.span.is_empty();
                    self.add(entry.key.clone(), &entry.node, if open_ended { end } else { 0 });
                    if open_ended {
                        self.add_keys(node);
                    }
                }
            }
        }
    }

    fn add_keys(&mut self, node: &Node) {
        match &node.children {
            NodeKind::Leaf { .. } => {}
            NodeKind::List(items) => items.iter().for_each(|item| self.add_keys(item)),
            NodeKind::Map(entries) => {
                for entry in entries {
                    if may_show_key(&entry.name) {
                        self.keys.push(entry.key.clone());
                    }
                    self.add_keys(&entry.node);
                }
            }
        }
    }

    /// Line by line: the first key of the line stays, the rest goes, remarks too.
    fn parts(mut self) -> Vec<Range<usize>> {
        self.keys.sort_by_key(|key| key.start);
        self.regions.sort_by_key(|region| region.start);
        self.regions.dedup_by(|next, region| {
            let within = next.start < region.end;
            region.end = if within { region.end.max(next.end) } else { region.end };
            within
        });
        lines(self.text).filter_map(|line| self.part(&line)).collect()
    }

    fn part(&self, line: &Range<usize>) -> Option<Range<usize>> {
        let next = self.regions.partition_point(|region| region.end < line.start);
        let region = self.regions.get(next).filter(|region| region.start <= line.end)?;
        let written = self.text.get(line.clone()).unwrap_or_default();
        let first = line.start + written.len() - written.trim_start_matches([' ', '\t', '-']).len();
        let key = if line.contains(&region.start) {
            self.keys.binary_search_by_key(&region.start, |key| key.end).ok()
        } else {
            self.keys.binary_search_by_key(&first, |key| key.start).ok()
        };
        let from = match key.and_then(|at| self.keys.get(at)) {
            Some(key) => key.end + self.text.get(key.end..line.end).map_or(0, colon),
            None => first,
        };
        written_part(self.text, from..line.end)
    }
}

/// A file that is not YAML has no parts to go by. A line is shown whole only under a key at the line's start that is
/// known to be open, and only until anything looks private or unknown.
fn by_line(text: &str) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let mut open = false;
    // The spaces in front of `descriptions`.
    let mut descriptions = None;
    // A key of an open part that comes once more may be that of a private part whose first line was lost.
    let mut seen = Vec::new();
    for line in lines(text) {
        let written = text.get(line.clone()).unwrap_or_default();
        let word = written.trim_start_matches([' ', '\t', '-']);
        let first = line.end - word.len();
        let indent = written.len() - written.trim_start_matches(' ').len();
        let key = key_of_a_line(word);
        descriptions = descriptions.filter(|above| word.is_empty() || indent > *above);
        let is_private = key.is_some_and(|key| key != "lang" && KNOWN.private.iter().any(|private| private == key));
        let known = key.is_some_and(|key| KNOWN.top.iter().chain(&KNOWN.public).any(|open| open == key))
            || (descriptions.is_some() && !is_private);
        if open && key == Some("descriptions") {
            descriptions = Some(indent);
        }
        let at_start = !written.starts_with([' ', '\t', '-']) && !word.is_empty();
        let hints = PRIVATE.iter().any(|private| written.contains(private));
        if at_start && !word.starts_with('#') {
            seen.clear();
            open = key.is_some_and(|key| KNOWN.top.iter().any(|open| open == key));
        }
        let again = descriptions.is_none() && key.is_some_and(|key| seen.contains(&key));
        seen.extend(key.filter(|_| descriptions.is_none()));
        open = open && !hints && !again && (key.is_none() || known);
        if open || word.is_empty() {
            continue;
        }
        let kept = key.filter(|key| known || may_show_key(key));
        let from = kept
            .and_then(|_| word.find(':'))
            .map_or(first, |at| first + at + colon(word.get(at..).unwrap_or_default()));
        parts.extend(written_part(text, from..line.end));
    }
    parts
}

/// The text in front of a line's colon, also where the colon is not that of the keyboard.
fn key_of_a_line(word: &str) -> Option<&str> {
    let length = word.find(|c: char| !c.is_ascii_lowercase() && c != '_').unwrap_or(word.len());
    let (first, rest) = word.split_at_checked(length).unwrap_or_default();
    if is_key_of_an_agent(first) && rest.trim_start().starts_with(['=', '\u{ff1a}']) {
        return Some(first);
    }
    word.split(':').next().filter(|key| key.len() < word.len()).map(|key| key.trim_matches(['"', '\'', ' ']))
}

/// The length of a colon and the spaces around it.
fn colon(rest: &str) -> usize {
    let behind = rest.trim_start_matches(' ');
    let behind = behind.strip_prefix(':').unwrap_or(behind);
    rest.len() - behind.trim_start_matches(' ').len()
}

/// A part without the white space at its end, unless nothing is left.
fn written_part(text: &str, part: Range<usize>) -> Option<Range<usize>> {
    let length = text.get(part.clone()).unwrap_or_default().trim_end().len();
    (length > 0).then_some(part.start..part.start + length)
}

/// The bytes of each line, without its end.
fn lines(text: &str) -> impl Iterator<Item = Range<usize>> {
    text.split_inclusive('\n').scan(0, |start, line| {
        let from = *start;
        *start += line.len();
        Some(from..from + line.trim_end_matches(['\n', '\r']).len())
    })
}
