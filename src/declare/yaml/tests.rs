#![allow(clippy::unwrap_used, clippy::string_slice)]

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn value(text: &str) -> Value {
    let (document, faults) = load(text, true);
    assert_eq!(faults, [], "{text}");
    document.unwrap().value
}

#[test]
fn spans_are_bytes_also_behind_arabic_text() {
    let text = "\u{feff}# سارة\r\nposition: {ar: مستشارة, en: Broker}\r\ntext: |\r\n  سطر\r\n  two\r\nlast: x\r\n";
    let (document, faults) = load(text, true);
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
fn a_refused_construct_does_not_stop_the_reading() {
    let (document, faults) = load("a: &x 1\nb: *x\nc: !!str d\na: 2\n<<: {e: f}\ng: .nan\n", true);
    assert_eq!(document.unwrap().value, json!({"a": 1, "b": null, "c": "d", "g": null}));
    assert_eq!(faults.len(), 6);
}

#[test]
fn nesting_depth_is_limited() {
    let nested = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
    assert!(load(&nested(DEEPEST), true).0.is_some());
    assert!(load(&nested(DEEPEST + 1), true).0.is_none());
}

#[test]
fn both_kinds_of_line_end_are_accepted() {
    assert_eq!(value("a: 1\r\nb:\r\n  - x\r\n"), value("a: 1\nb:\n  - x\n"));
}

/// Every span lies in the text, on the boundaries of characters, and within its parent's.
fn check_spans(text: &str, node: &Node) -> Result<(), TestCaseError> {
    prop_assert!(text.get(node.span.clone()).is_some(), "{:?} of {text:?}", node.span);
    match &node.children {
        NodeKind::Leaf { .. } => {}
        NodeKind::List(items) => {
            for item in items {
                check_spans(text, item)?;
            }
        }
        NodeKind::Map(entries) => {
            for entry in entries {
                prop_assert!(text.get(entry.key.clone()).is_some(), "{:?} of {text:?}", entry.key);
                check_spans(text, &entry.node)?;
            }
        }
    }
    Ok(())
}

fn check(text: &str) -> Result<(), TestCaseError> {
    let (document, faults) = load(text, true);
    prop_assert!(document.is_some() || !faults.is_empty());
    for fault in faults {
        prop_assert!(text.get(fault.span.clone()).is_some(), "{fault:?} of {text:?}");
    }
    document.map_or(Ok(()), |document| check_spans(text, &document.tree))
}

const EXAMPLE: &str = include_str!("../../../agents/sara-khan.yaml");

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
    fn values_equal_those_of_another_parser(written in json_value()) {
        let text = serde_yaml::to_string(&written).unwrap();
        let other: Value = serde_yaml::from_str(&text).unwrap();
        prop_assert_eq!(&other, &written);
        let (document, faults) = load(&text, true);
        prop_assert_eq!(faults, [], "{}", text);
        prop_assert_eq!(document.unwrap().value, written, "{}", text);
    }
}
