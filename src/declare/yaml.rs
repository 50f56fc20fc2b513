//! YAML text to a JSON value and the places of its parts, in one pass.
//!
//! One parser always knows the bytes of every part, so every problem can point at its place, and a value is never read
//! twice. Surprising parts of YAML are refused with a hint: anchors, aliases, tags, a second document, deep nesting.

use std::ops::Range;

use granit_parser::{Event, Parser, ScalarStyle, ScanError, Span, StrInput, options};
use serde_json::{Map, Value};

use super::scalar::{self, ScalarValue};
use super::schema_keys::is_top_level_key;
use super::syntax;
use super::typing_errors;
use super::yaml_tree::{DEEPEST, FULLEST, MOST, MapEntry, Node, NodeKind, YamlDocument, YamlError};

/// Reads one document of at most [`LARGEST`] bytes, and returns the faults with it. After some faults reading goes on, so
/// that the rest of the file is checked too. In a `personal` file values may be private.
#[must_use]
pub(super) fn load(text: &str, personal: bool) -> (Option<YamlDocument>, Vec<YamlError>) {
    let bare = text.strip_prefix('\u{feff}').unwrap_or(text);
    let options = options! { disallow_directives: true, emit_unresolved_aliases: true, flow_nesting_limit: 2 * DEEPEST, block_nesting_limit: 2 * DEEPEST };
    let mut loader = Loader {
        parser: Parser::new_from_str_with_options(bare, options),
        text: bare,
        shift: text.len() - bare.len(),
        faults: Vec::new(),
        nodes: 0,
        personal,
    };
    match loader.document() {
        Ok(document) => (Some(document), loader.faults),
        Err(fault) => {
            // What the parser met before in the same line has the same cause.
            let line = typing_errors::line_at(text, fault.span.start);
            loader.faults.retain(|before| before.span.start < line.start || line.end < before.span.start);
            loader.faults.push(fault);
            (None, loader.faults)
        }
    }
}

struct Loader<'input> {
    parser: Parser<'input, StrInput<'input>>,
    text: &'input str,
    /// The bytes before the parser's text: those of a byte-order mark.
    shift: usize,
    faults: Vec<YamlError>,
    /// How many parts were read.
    nodes: usize,
    personal: bool,
}

type ParserEvent<'input> = (Event<'input>, Span);

impl<'input> Loader<'input> {
    fn document(&mut self) -> Result<YamlDocument, YamlError> {
        let mut document = None;
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamStart | Event::DocumentEnd => {}
                Event::DocumentStart(..) if document.is_some() => {
                    let place = self.place(&span);
                    return Err(self.typing_error_or(YamlError::new(
                        place,
                        "a second document begins here",
                        "if another agent follows, move it into a file of its own; if not, remove the ---",
                    )));
                }
                Event::DocumentStart(..) => {
                    let first = self.next()?;
                    let (value, tree) = self.node(first, 0)?;
                    document = Some(YamlDocument { value, tree });
                }
                Event::StreamEnd => break,
                _ => return Err(self.surprise(&span)),
            }
        }
        Ok(document.unwrap_or_else(|| YamlDocument { value: Value::Null, tree: Node::nothing(self.shift) }))
    }

    fn node(&mut self, (event, span): ParserEvent<'input>, depth: usize) -> Result<(Value, Node), YamlError> {
        let place = self.place(&span);
        if self.faults.len() >= MOST {
            return Err(YamlError::new(
                place,
                format!("the file has more than {MOST} problems before this place"),
                "mend these first",
            ));
        }
        self.nodes += 1;
        if self.nodes > FULLEST {
            let message = format!("the file has more than {FULLEST} values before this place");
            return Err(YamlError::new(
                place,
                message,
                "remove what does not belong here; an agent file has about 100",
            ));
        }
        if depth > DEEPEST {
            let message = format!("this is nested deeper than {DEEPEST} levels");
            return Err(YamlError::new(
                place,
                message,
                "an agent file needs four levels; look for brackets that are not closed",
            ));
        }
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.refuse_extras(&place, anchor, tag.is_some());
                let plain = style == ScalarStyle::Plain;
                let place = self.trimmed(place);
                Ok((self.scalar(&text, plain, &place), Node { span: place, children: NodeKind::Leaf { plain } }))
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.refuse_extras(&place, anchor, tag.is_some());
                self.list(place, depth)
            }
            Event::MappingStart(_, anchor, tag) => {
                self.refuse_extras(&place, anchor, tag.is_some());
                self.map(place, depth)
            }
            Event::Alias(_) | Event::UnresolvedAlias(_) => {
                let message = "this is an alias (`*`), which agent files do not have";
                self.faults.push(YamlError::new(
                    place.clone(),
                    message,
                    "write the value itself; put a text that begins with * in quotes",
                ));
                Ok((Value::Null, Node { span: place, children: NodeKind::Leaf { plain: true } }))
            }
            _ => Err(self.surprise(&span)),
        }
    }

    fn list(&mut self, place: Range<usize>, depth: usize) -> Result<(Value, Node), YamlError> {
        let (mut values, mut nodes, mut end) = (Vec::new(), Vec::new(), place.end);
        loop {
            let next = self.next()?;
            if matches!(next.0, Event::SequenceEnd) {
                end = end.max(self.end(&next.1));
                break;
            }
            let (value, node) = self.node(next, depth + 1)?;
            end = node.span.end;
            values.push(value);
            nodes.push(node);
        }
        Ok((Value::Array(values), Node { span: place.start..end, children: NodeKind::List(nodes) }))
    }

    fn map(&mut self, place: Range<usize>, depth: usize) -> Result<(Value, Node), YamlError> {
        let (mut map, mut entries, mut end) = (Map::new(), Vec::<MapEntry>::new(), place.end);
        loop {
            let (event, span) = self.next()?;
            let key = self.place(&span);
            let name = match event {
                Event::MappingEnd => {
                    end = end.max(self.end(&span));
                    break;
                }
                Event::Scalar(name, _, anchor, tag) => {
                    self.refuse_extras(&key, anchor, tag.is_some());
                    name.into_owned()
                }
                _ => {
                    return Err(self.typing_error_or(YamlError::new(
                        key,
                        "this is not a plain key",
                        "a key is a word before a colon; quote a text that begins with * ? { or [",
                    )));
                }
            };
            let next = self.next()?;
            let (value, node) = self.node(next, depth + 1)?;
            end = node.span.end.max(key.end);
            if name == "<<" {
                self.faults.push(YamlError::new(
                    key.clone(),
                    "this is a merge key, which agent files do not have",
                    "write the keys themselves",
                ));
            } else if map.contains_key(&name) {
                self.faults.push(YamlError::new(
                    key.clone(),
                    "this key is already there",
                    self.keep_one(&entries, &name, &node),
                ));
            } else {
                map.insert(name.clone(), value);
            }
            // The place of a refused key is kept too: its value may be private.
            entries.push(MapEntry { key, name, node });
        }
        Ok((Value::Object(map), Node { span: place.start..end, children: NodeKind::Map(entries) }))
    }

    /// What to do about a key that is there twice.
    fn keep_one(&self, entries: &[MapEntry], name: &str, second: &Node) -> String {
        let first = entries.iter().find(|entry| entry.name == name);
        let start = first.map_or(0, |entry| entry.key.start - self.shift);
        let line = self.text.get(..start).unwrap_or_default().matches('\n').count() + 1;
        let is_section = first.is_some_and(|first| self.has_lines(&first.node) && self.has_lines(second));
        if is_section && is_top_level_key(name) && first.is_some_and(|first| second.has_a_key_beyond(&first.node)) {
            return format!("move its lines below `{name}:` in line {line}, and remove this line");
        }
        format!("keep one of the two: the other one is in line {line}")
    }

    /// Whether the value is keys on lines of their own.
    fn has_lines(&self, node: &Node) -> bool {
        let written = self.text.get(node.span.start - self.shift..).unwrap_or_default();
        matches!(node.children, NodeKind::Map(_)) && !written.starts_with('{')
    }

    fn scalar(&mut self, text: &str, plain: bool, place: &Range<usize>) -> Value {
        match if plain { scalar::plain(text) } else { ScalarValue::Is(Value::String(text.to_owned())) } {
            ScalarValue::Is(value) => value,
            ScalarValue::NoNumber => {
                self.faults.push(YamlError::new(
                    place.clone(),
                    "this is not a number that can be kept",
                    "put it in quotes if it is a text",
                ));
                Value::Null
            }
        }
    }

    fn refuse_extras(&mut self, place: &Range<usize>, anchor: usize, tagged: bool) {
        if anchor > 0 {
            let message = "this has an anchor (`&`), which agent files do not have";
            self.faults.push(YamlError::new(
                place.clone(),
                message,
                "remove it; put a text that begins with & in quotes",
            ));
        }
        if tagged {
            let message = "this has a tag (`!`), which agent files do not have";
            self.faults.push(YamlError::new(
                place.clone(),
                message,
                "remove it; put a text that begins with ! in quotes",
            ));
        }
    }

    fn next(&mut self) -> Result<ParserEvent<'input>, YamlError> {
        match self.parser.next_event() {
            Some(Ok(next)) => Ok(next),
            Some(Err(error)) => Err(self.syntax(&error)),
            None => Err(YamlError::new(
                self.text.len()..self.text.len(),
                "the file ends too early",
                "complete the last line",
            )),
        }
    }

    fn syntax(&self, error: &ScanError) -> YamlError {
        let at = error.marker().byte_offset().unwrap_or(0).min(self.text.len());
        self.shifted(syntax::explain(self.text, at, error.kind(), self.personal))
    }

    /// The typing error that most likely made a fault, which the grammar allows.
    fn typing_error_or(&self, fault: YamlError) -> YamlError {
        typing_errors::find_in_yaml(self.text, self.personal).map_or(fault, |error| self.shifted(error))
    }

    fn shifted(&self, fault: YamlError) -> YamlError {
        YamlError { span: fault.span.start + self.shift..fault.span.end + self.shift, ..fault }
    }

    /// An event that the grammar does not allow here; the parser should have refused it.
    fn surprise(&self, span: &Span) -> YamlError {
        YamlError::new(self.place(span), "this is not YAML that agent files have", "write keys and values: key: value")
    }

    fn place(&self, span: &Span) -> Range<usize> {
        let place = span.byte_range().unwrap_or(0..0);
        place.start + self.shift..place.end.max(place.start) + self.shift
    }

    /// Without the line ends behind a block of text.
    fn trimmed(&self, place: Range<usize>) -> Range<usize> {
        let written = self.text.get(place.start - self.shift..place.end - self.shift).unwrap_or_default();
        place.start..place.start + written.trim_end().len()
    }

    fn end(&self, span: &Span) -> usize {
        // A block collection ends where the next token begins, which may be many lines on.
        let place = self.place(span);
        if place.is_empty() { 0 } else { place.end }
    }
}

#[cfg(test)]
mod tests;
