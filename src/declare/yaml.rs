//! YAML text to a JSON value and the places of its parts, in one pass.
//!
//! One parser always knows the bytes of every part, so every problem can point at its place, and a value is never read
//! twice. What makes YAML surprising is refused with a hint: anchors, aliases, tags, a second document, deep nesting.

use std::ops::Range;

use granit_parser::{Event, Parser, ScalarStyle, ScanError, Span, StrInput, options};
use serde_json::{Map, Value};

use super::scalar::{self, Scalar};
use super::syntax;

/// The deepest nesting of lists and maps; an agent file needs 4.
pub const DEEPEST: usize = 32;

/// The largest file in bytes; an agent file has about 2,000.
pub const LARGEST: usize = 256 * 1024;

/// The most problems that are told of one file: with more it is something else altogether, or made to keep us busy.
pub const MOST: usize = 100;

/// A value and the places of its parts.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// What the file says.
    pub value: Value,
    /// Where it says it: the same shape as `value`, and behind it the places of keys that were refused.
    pub tree: Node,
}

/// Where one value stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Its bytes in the text; empty for a value that is not written, as behind `name:`.
    pub span: Range<usize>,
    /// Its parts.
    pub kids: Kids,
}

/// The parts of a value, in the order of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kids {
    /// A scalar; `plain` when it is written without quotes.
    Leaf {
        /// Without quotes and not as a block.
        plain: bool,
    },
    /// The items of a list.
    List(Vec<Node>),
    /// The keys of a map.
    Map(Vec<Entry>),
}

/// One key of a map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The key's bytes in the text.
    pub key: Range<usize>,
    /// The key.
    pub name: String,
    /// Its value.
    pub node: Node,
}

impl Node {
    /// A part that is not there.
    const fn nothing(at: usize) -> Self {
        Self { span: at..at, kids: Kids::Leaf { plain: true } }
    }

    /// The entry of a key, where this is a map that has it.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        match &self.kids {
            Kids::Map(entries) => entries.iter().find(|entry| entry.name == key),
            Kids::Leaf { .. } | Kids::List(_) => None,
        }
    }

    /// An item, where this is a list that has it.
    #[must_use]
    pub fn item(&self, index: usize) -> Option<&Node> {
        match &self.kids {
            Kids::List(items) => items.get(index),
            Kids::Leaf { .. } | Kids::Map(_) => None,
        }
    }
}

/// What makes a text unreadable, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The bytes in the text.
    pub span: Range<usize>,
    /// What is wrong; never a value.
    pub message: String,
    /// What to do.
    pub help: String,
}

impl Fault {
    /// A fault at a place.
    pub(super) fn new(span: Range<usize>, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { span, message: message.into(), help: help.into() }
    }
}

/// Reads one document of at most [`LARGEST`] bytes. Beside it, or in its place, come the faults: with some of them reading goes on, so that the rest
/// of the file is checked too.
#[must_use]
pub fn load(text: &str) -> (Option<Document>, Vec<Fault>) {
    let bare = text.strip_prefix('\u{feff}').unwrap_or(text);
    let options = options! { disallow_directives: true, emit_unresolved_aliases: true, flow_nesting_limit: 2 * DEEPEST, block_nesting_limit: 2 * DEEPEST };
    let mut loader = Loader {
        parser: Parser::new_from_str_with_options(bare, options),
        text: bare,
        shift: text.len() - bare.len(),
        faults: Vec::new(),
    };
    match loader.document() {
        Ok(document) => (Some(document), loader.faults),
        Err(fault) => {
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
    faults: Vec<Fault>,
}

type Next<'input> = (Event<'input>, Span);

impl<'input> Loader<'input> {
    fn document(&mut self) -> Result<Document, Fault> {
        let mut document = None;
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamStart | Event::DocumentEnd => {}
                Event::DocumentStart(..) if document.is_some() => {
                    let place = self.place(&span);
                    return Err(Fault::new(
                        place,
                        "a second document begins here",
                        "one file is one document: remove the --- or make two files",
                    ));
                }
                Event::DocumentStart(..) => {
                    let first = self.next()?;
                    let (value, tree) = self.node(first, 0)?;
                    document = Some(Document { value, tree });
                }
                Event::StreamEnd => break,
                _ => return Err(self.surprise(&span)),
            }
        }
        Ok(document.unwrap_or_else(|| Document { value: Value::Null, tree: Node::nothing(self.shift) }))
    }

    fn node(&mut self, (event, span): Next<'input>, depth: usize) -> Result<(Value, Node), Fault> {
        let place = self.place(&span);
        if self.faults.len() >= MOST {
            return Err(Fault::new(
                place,
                format!("the file has more than {MOST} problems before this place"),
                "mend these first",
            ));
        }
        if depth > DEEPEST {
            let message = format!("this is nested deeper than {DEEPEST} levels");
            return Err(Fault::new(
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
                Ok((self.scalar(&text, plain, &place), Node { span: place, kids: Kids::Leaf { plain } }))
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
                self.faults.push(Fault::new(
                    place.clone(),
                    message,
                    "write the value itself; put a text that begins with * in quotes",
                ));
                Ok((Value::Null, Node { span: place, kids: Kids::Leaf { plain: true } }))
            }
            _ => Err(self.surprise(&span)),
        }
    }

    fn list(&mut self, place: Range<usize>, depth: usize) -> Result<(Value, Node), Fault> {
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
        Ok((Value::Array(values), Node { span: place.start..end, kids: Kids::List(nodes) }))
    }

    fn map(&mut self, place: Range<usize>, depth: usize) -> Result<(Value, Node), Fault> {
        let (mut map, mut entries, mut end) = (Map::new(), Vec::<Entry>::new(), place.end);
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
                    return Err(Fault::new(
                        key,
                        "this is no plain key",
                        "a key is a word before a colon; quote a text that begins with * ? { or [",
                    ));
                }
            };
            let next = self.next()?;
            let (value, node) = self.node(next, depth + 1)?;
            end = node.span.end.max(key.end);
            if name == "<<" {
                self.faults.push(Fault::new(
                    key.clone(),
                    "this is a merge key, which agent files do not have",
                    "write the keys themselves",
                ));
            } else if map.contains_key(&name) {
                self.faults.push(Fault::new(
                    key.clone(),
                    "this key is already there",
                    "keep one of the two; YAML readers do not agree on which one counts",
                ));
            } else {
                map.insert(name.clone(), value);
            }
            // The place of a refused key is kept too: what stands behind it may be private.
            entries.push(Entry { key, name, node });
        }
        Ok((Value::Object(map), Node { span: place.start..end, kids: Kids::Map(entries) }))
    }

    fn scalar(&mut self, text: &str, plain: bool, place: &Range<usize>) -> Value {
        match if plain { scalar::plain(text) } else { Scalar::Is(Value::String(text.to_owned())) } {
            Scalar::Is(value) => value,
            Scalar::NoNumber => {
                self.faults.push(Fault::new(
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
            self.faults.push(Fault::new(place.clone(), message, "remove it; put a text that begins with & in quotes"));
        }
        if tagged {
            let message = "this has a tag (`!`), which agent files do not have";
            self.faults.push(Fault::new(place.clone(), message, "remove it; put a text that begins with ! in quotes"));
        }
    }

    fn next(&mut self) -> Result<Next<'input>, Fault> {
        match self.parser.next_event() {
            Some(Ok(next)) => Ok(next),
            Some(Err(error)) => Err(self.syntax(&error)),
            None => {
                Err(Fault::new(self.text.len()..self.text.len(), "the file ends too early", "complete the last line"))
            }
        }
    }

    fn syntax(&self, error: &ScanError) -> Fault {
        let at = error.marker().byte_offset().unwrap_or(0).min(self.text.len());
        let mut fault = syntax::explain(self.text, at, error.kind());
        fault.span = fault.span.start + self.shift..fault.span.end + self.shift;
        fault
    }

    /// An event that the grammar does not allow here; the parser should have said so.
    fn surprise(&self, span: &Span) -> Fault {
        Fault::new(self.place(span), "this is not YAML that agent files have", "write keys and values: key: value")
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
#[allow(clippy::unwrap_used, clippy::string_slice)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn value(text: &str) -> Value {
        let (document, faults) = load(text);
        assert_eq!(faults, [], "{text}");
        document.unwrap().value
    }

    #[test]
    fn spans_are_bytes_also_behind_arabic_text() {
        let text = "\u{feff}# سارة\r\nposition: {ar: مستشارة, en: Broker}\r\ntext: |\r\n  سطر\r\n  two\r\nlast: x\r\n";
        let (document, faults) = load(text);
        assert_eq!(faults, []);
        let tree = document.unwrap().tree;
        let position = tree.entry("position").unwrap();
        assert_eq!(&text[position.key.clone()], "position");
        assert_eq!(&text[position.node.entry("ar").unwrap().node.span.clone()], "مستشارة");
        assert_eq!(&text[position.node.entry("en").unwrap().node.span.clone()], "Broker");
        assert_eq!(&text[tree.entry("text").unwrap().node.span.clone()], "سطر\r\n  two");
        assert_eq!(&text[tree.entry("last").unwrap().node.span.clone()], "x");
    }

    #[test]
    fn what_is_refused_does_not_stop_the_reading() {
        let (document, faults) = load("a: &x 1\nb: *x\nc: !!str d\na: 2\n<<: {e: f}\ng: .nan\n");
        assert_eq!(document.unwrap().value, json!({"a": 1, "b": null, "c": "d", "g": null}));
        assert_eq!(faults.len(), 6);
    }

    #[test]
    fn depth_has_an_end() {
        let nested = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
        assert!(load(&nested(DEEPEST)).0.is_some());
        assert!(load(&nested(DEEPEST + 1)).0.is_none());
    }

    #[test]
    fn lines_may_end_in_either_way() {
        assert_eq!(value("a: 1\r\nb:\r\n  - x\r\n"), value("a: 1\nb:\n  - x\n"));
    }

    /// Every span lies in the text, on the boundaries of characters, and within its parent's.
    fn check_spans(text: &str, node: &Node) -> Result<(), TestCaseError> {
        prop_assert!(text.get(node.span.clone()).is_some(), "{:?} of {text:?}", node.span);
        match &node.kids {
            Kids::Leaf { .. } => {}
            Kids::List(items) => {
                for item in items {
                    check_spans(text, item)?;
                }
            }
            Kids::Map(entries) => {
                for entry in entries {
                    prop_assert!(text.get(entry.key.clone()).is_some(), "{:?} of {text:?}", entry.key);
                    check_spans(text, &entry.node)?;
                }
            }
        }
        Ok(())
    }

    fn check(text: &str) -> Result<(), TestCaseError> {
        let (document, faults) = load(text);
        prop_assert!(document.is_some() || !faults.is_empty());
        for fault in faults {
            prop_assert!(text.get(fault.span.clone()).is_some(), "{fault:?} of {text:?}");
        }
        document.map_or(Ok(()), |document| check_spans(text, &document.tree))
    }

    const EXAMPLE: &str = include_str!("../../agents/sara-khan.yaml");

    /// Without the line ends that only YAML 1.1 had, which the other reader still takes for such.
    fn one_line(text: &str) -> String {
        text.replace(['\u{85}', '\u{2028}', '\u{2029}'], "")
    }

    fn json_value() -> impl Strategy<Value = Value> {
        let text = prop_oneof![
            "\\PC{0,12}",
            "[a-z0-9 :#'\"@&*!%|>{}\\[\\],-]{0,10}",
            Just("no".to_owned()),
            Just("0501234567".to_owned()),
            Just("سارة".to_owned()),
        ];
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            text.prop_map(|text| Value::from(one_line(&text))),
        ];
        leaf.prop_recursive(4, 32, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::btree_map("[a-z_]{1,8}|[0-9]{1,2}|\\PC{1,5}", inner, 0..5).prop_map(|map| map
                    .into_iter()
                    .map(|(key, value)| (one_line(&key), value))
                    .filter(|(key, _)| key != "<<")
                    .collect::<Map<_, _>>()
                    .into()),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,40}|[ \\n\\t:\\-\\[\\]{}'\"#&*!|>a-z0-9سﷺ\\r\u{feff}\u{0}]{0,60}") {
            check(&text)?;
        }

        #[test]
        fn a_damaged_file_is_read_or_refused(at in 0..EXAMPLE.len(), cut in 0_usize..40, put in "[ \\n\\t:\\-\\[\\]{}'\"#&*!|>xسﷺ]{0,6}") {
            let start = (0..=at).rev().find(|byte| EXAMPLE.is_char_boundary(*byte)).unwrap_or(0);
            let end = (start + cut..=EXAMPLE.len()).find(|byte| EXAMPLE.is_char_boundary(*byte)).unwrap_or(EXAMPLE.len());
            check(&format!("{}{put}{}", &EXAMPLE[..start], &EXAMPLE[end..]))?;
        }

        /// What another library writes is read as that library reads it.
        #[test]
        fn values_are_those_of_another_reader(written in json_value()) {
            let text = serde_yaml::to_string(&written).unwrap();
            let other: Value = serde_yaml::from_str(&text).unwrap();
            prop_assert_eq!(&other, &written);
            let (document, faults) = load(&text);
            prop_assert_eq!(faults, [], "{}", text);
            prop_assert_eq!(document.unwrap().value, written, "{}", text);
        }
    }
}
