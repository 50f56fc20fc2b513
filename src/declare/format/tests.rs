use proptest::prelude::*;

use super::*;

fn formatted(text: &str) -> String {
    let (source, problems) = file::parse("agents/a.yaml", text.as_bytes(), true);
    assert!(problems.is_empty(), "{problems:?}\n{text}");
    format(&source).unwrap()
}

#[test]
fn keys_are_in_the_order_of_the_fields_and_their_comments_move_with_them() {
    insta::assert_snapshot!(formatted(
        "# yaml-language-server: $schema=../schema/agent.schema.json
# Who he is
public:
    phone: '+971501234567' # on the card
    # As on the passport
    last_name: 'Haddad'
    first_name: Omar
    descriptions:
    - content: |
        Two lines
        # not a comment
      lang: \"en\"
    # photo: later

# Only for us
private:
  mobile: \"+971501234568\"
  email: omar@brokerage.example
fields: {'3': 'no', '1': \"Team: A\"}
role: 'agent'
status: active"
    ));
}

#[test]
fn a_formatted_file_stays_as_it_is() {
    for file in ["sara-khan", "omar-haddad", "lina-saad", "priya-menon"] {
        let text = std::fs::read_to_string(format!("agents/{file}.yaml")).unwrap();
        assert_eq!(formatted(&text), text, "{file}");
    }
}

#[test]
fn quotes_are_there_only_where_they_are_needed() {
    let table = [
        ("'Sara'", "Sara"),
        ("\"Sara\"", "Sara"),
        ("'+971501234567'", "\"+971501234567\""),
        ("'48213'", "\"48213\""),
        ("no", "\"no\""),
        ("'no'", "\"no\""),
        ("'1_000'", "\"1_000\""),
        ("'a: b'", "\"a: b\""),
        ("'a #b'", "\"a #b\""),
        ("'a, b'", "\"a, b\""),
        ("'it''s'", "it's"),
        ("'say \"hi\"'", "say \"hi\""),
        ("' x '", "\" x \""),
        ("''", "\"\""),
        ("'سارة'", "سارة"),
        ("'2031-03-31'", "2031-03-31"),
        ("'null'", "\"null\""),
        ("'- x'", "\"- x\""),
        ("'@x'", "\"@x\""),
        ("\"a\\u0007b\"", "\"a\\u0007b\""),
    ];
    for (written, canonical) in table {
        let file = |value: &str| format!("public:\n  first_name: {value}\n");
        assert_eq!(formatted(&file(written)), file(canonical));
    }
}

/// One entry of a map: comments above it, the key, spellings of a value, and a comment behind it or further in below it.
fn entry(key: &'static str, indent: &'static str) -> impl Strategy<Value = String> {
    let above = prop_oneof![
        4 => Just(String::new()),
        1 => Just("\n".to_owned()),
        1 => Just(format!("{indent}# above {key}\n")),
        1 => Just(format!("{indent}# first\n\n{indent}# second of {key}\n")),
    ];
    let value = prop_oneof![
        Just(" x"),
        Just(" 'x'"),
        Just(" \"x\""),
        Just(" '+971'"),
        Just(" no"),
        Just(" 'a # b'"),
        Just(" [a, 'b', \"c\"]"),
        Just(" {b: 'x', a: y}"),
        Just(""),
        Just(" \"a\\tb\""),
        Just(" 'it''s'"),
    ];
    let behind = prop_oneof![
        4 => Just(String::new()),
        1 => Just(format!(" # behind {key}")),
        1 => Just(format!("\n{indent}    # below {key}")),
    ];
    (above, value, behind).prop_map(move |(above, value, behind)| format!("{above}{indent}{key}:{value}{behind}\n"))
}

fn shuffled(entries: Vec<BoxedStrategy<String>>) -> impl Strategy<Value = String> {
    let order = Just((0..entries.len()).collect::<Vec<usize>>()).prop_shuffle();
    (entries, order).prop_map(|(entries, order)| order.into_iter().map(|at| entries[at].as_str()).collect())
}

fn files() -> impl Strategy<Value = String> {
    let map = |name: &'static str, keys: [&'static str; 4]| {
        shuffled(keys.map(|key| entry(key, "  ").boxed()).to_vec())
            .prop_map(move |inside| format!("{name}:\n{inside}"))
            .boxed()
    };
    let block = Just("public_text: |\n  one\n  # two\n\n".to_owned()).boxed();
    let top = vec![
        entry("status", "").boxed(),
        entry("role", "").boxed(),
        entry("theme", "").boxed(),
        map("public", ["last_name", "first_name", "phone", "licence"]),
        map("private", ["mobile", "email", "licence", "lang"]),
        block,
    ];
    (
        prop_oneof![Just(""), Just("# top\n\n"), Just("# $schema=x\n# next\n")],
        shuffled(top),
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(|(head, body, crlf, end)| {
            let text = format!("{head}{body}");
            let text = if end { text } else { text.trim_end().to_owned() };
            if crlf { text.replace('\n', "\r\n") } else { text }
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    /// `format` itself refuses another value or a lost comment, so an answer is a proof of both.
    #[test]
    fn a_file_keeps_its_values_and_comments_and_formatting_again_changes_nothing(text in files()) {
        let once = formatted(&text);
        prop_assert_eq!(formatted(&once), once.clone());
        let keys: Vec<&str> = once.lines().filter_map(|line| line.split(':').next()).filter(|key| !key.starts_with([' ', '#'])).collect();
        let place = |key: &str| keys.iter().position(|other| *other == key).unwrap();
        prop_assert!(place("status") < place("role") && place("role") < place("public") && place("public") < place("private"));
        prop_assert_eq!(once.contains("\r\n"), text.contains("\r\n"));
    }
}
