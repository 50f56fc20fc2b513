#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod public_suite;

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::declare::file;
use crate::model::config::Languages;

const FILE: &str = "\
# yaml-language-server: $schema=../schema/agent.schema.json
status: active # since May
public:
  first_name: Sara
  last_name: 'Khan' # her mother's name
  email: \"sara@example.com\"
  phone: \"+971501234567\"
  position: {en: Sales Consultant} # in two languages
  languages: [ar, en]
  nationalities:
    - AE # by birth
    - PK
  # What visitors read.
  descriptions:
    - lang: en
      content: |
        Sara knows Marina.

        Call her.
private:
  email: sara.k@example.com
  mobile: \"+971509876543\"
fields: {}
";

fn source(text: &str) -> Source {
    let (source, problems) = file::parse("agents/sara.yaml", text.as_bytes(), true);
    assert!(problems.is_empty(), "{problems:?}");
    std::sync::Arc::into_inner(source).unwrap()
}

fn edited(text: &str, field: &str, value: &Value) -> Result<String, EditError> {
    set(&source(text), "en", &field.parse().unwrap(), value)
}

/// The lines that an edit removes and adds.
fn changed(field: &str, value: &Value) -> String {
    let after = edited(FILE, field, value).unwrap();
    let diff = similar::TextDiff::from_lines(FILE, &after);
    let lines = diff.iter_all_changes().filter(|change| change.tag() != similar::ChangeTag::Equal);
    lines.flat_map(|change| [change.tag().to_string(), change.to_string()]).collect()
}

#[test]
fn only_the_bytes_of_the_value_change() {
    let table = [
        ("status", json!("inactive"), "-status: active # since May\n+status: inactive # since May\n"),
        ("public.first_name", json!("No"), "-  first_name: Sara\n+  first_name: \"No\"\n"),
        (
            "public.last_name",
            json!("O'Hara"),
            "-  last_name: 'Khan' # her mother's name\n+  last_name: 'O''Hara' # her mother's name\n",
        ),
        ("public.email", json!("a@b.ae"), "-  email: \"sara@example.com\"\n+  email: \"a@b.ae\"\n"),
        (
            "public.position.en",
            json!("Broker"),
            "-  position: {en: Sales Consultant} # in two languages\n+  position: {en: Broker} # in two languages\n",
        ),
        (
            "public.position.ar",
            json!("وسيط"),
            "-  position: {en: Sales Consultant} # in two languages\n+  position: {en: Sales Consultant, ar: وسيط} # in two languages\n",
        ),
        ("public.languages", json!(["fr"]), "-  languages: [ar, en]\n+  languages: [fr]\n"),
        ("public.licence", json!("48213"), "+  licence: \"48213\"\n"),
        ("public.experience_since", json!(2014), "+  experience_since: 2014\n"),
        ("private.landline", json!(null), "+  landline: null\n"),
        ("theme", json!("onyx"), "+theme: onyx\n"),
        ("fields.7", json!("a, b"), "-fields: {}\n+fields: {7: \"a, b\"}\n"),
        (
            "public.descriptions.en",
            json!("One.\nTwo.\n"),
            "-        Sara knows Marina.\n-\n-        Call her.\n+        One.\n+        Two.\n",
        ),
        ("public.descriptions.ar", json!("سارة"), "+    - {lang: ar, content: سارة}\n"),
        (
            "subscriptions.type.lead.receive_sms",
            json!(true),
            "+subscriptions:\n+  type.lead:\n+    receive_sms: true\n",
        ),
    ];
    for (field, value, want) in table {
        assert_eq!(changed(field, &value), want, "{field}");
    }
}

#[test]
fn a_custom_field_is_a_number_or_a_flag_only_if_no_character_is_lost() {
    let field: Field = "fields.7".parse().unwrap();
    for (text, want) in [
        ("12", json!(12)),
        ("true", json!(true)),
        ("1.5", json!(1.5)),
        ("+971501234567", json!("+971501234567")),
        ("1.10", json!("1.10")),
        ("1e3", json!("1e3")),
        ("0x1F", json!("0x1F")),
        ("007", json!("007")),
        ("123456789012345678901", json!("123456789012345678901")),
    ] {
        let value = value(&field, text).unwrap();
        assert_eq!(value, want, "{text}");
        for (before, stays_text) in
            [("fields: {}\n", false), ("fields: {7: 5}\n", false), ("fields: {7: \"5\"}\n", true)]
        {
            let file = FILE.replace("fields: {}\n", before);
            let after = edited(&file, "fields.7", &value).unwrap();
            let read = source(&after).document.as_ref().unwrap().value["fields"]["7"].clone();
            assert_eq!(read, if stays_text { json!(text) } else { want.clone() }, "{text} in {before}");
        }
    }
}

#[test]
fn a_text_with_punctuation_can_be_the_first_of_its_map() {
    let without = FILE
        .split("  # What visitors")
        .next()
        .unwrap()
        .replace("  position: {en: Sales Consultant} # in two languages\n", "");
    let without = without + FILE.split_once("private:").map(|(_, rest)| "private:".to_owned() + rest).unwrap().as_str();
    for text in ["Hello, world", "a: b", "#1 Broker", "{x}", "[y]", "- z", "it's \"so\""] {
        for (file, field) in [
            (FILE, "public.descriptions.ar"),
            (&without, "public.descriptions.ar"),
            (&without, "public.position.en"),
            (&FILE.replace("fields: {}\n", ""), "fields.7"),
        ] {
            let after = edited(file, field, &json!(text)).unwrap();
            let last = after.matches(text).count() + after.matches(&text.replace('"', "\\\"")).count();
            assert!(last >= 1, "{field}: {after}");
        }
    }
}

#[test]
fn what_cannot_be_changed_alone_is_refused() {
    // The comment inside the list would be lost.
    let field = Field::Nationalities;
    assert_eq!(edited(FILE, "public.nationalities", &json!(["AE"])), Err(EditError::NotAlone(field)));
    let text = FILE.replace("position: {en: Sales Consultant}", "position: Sales Consultant");
    let refused = edited(&text, "public.position.ar", &json!("وسيط")).unwrap_err();
    assert!(refused.to_string().contains("public.position is one value here"), "{refused}");
    assert!(edited(&text, "public.position.en", &json!("Broker")).unwrap().contains("position: Broker # in two"));
}

#[test]
fn a_value_that_is_there_already_changes_nothing() {
    assert_eq!(edited(FILE, "public.first_name", &json!("Sara")).unwrap(), FILE);
}

/// Values of every kind, for any field.
fn values() -> Vec<Value> {
    vec![
        json!(null),
        json!(true),
        json!(2014),
        json!("+971501234567"),
        json!("a: b # c, {d} [e] \"f\" 'g'"),
        json!(" leading and trailing "),
        json!("Two\nlines\n"),
        json!("سارة خان"),
        json!(["en", "no"]),
        json!([]),
    ]
}

/// Every field of every example, with every kind of value, with both line ends.
#[test]
fn every_place_of_every_example_can_be_changed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("agents");
    let mut edits = 0;
    let files =
        walkdir::WalkDir::new(folder).into_iter().map(Result::unwrap).filter(|entry| entry.file_type().is_file());
    for entry in files.filter(|entry| entry.path().extension().is_some_and(|extension| extension == "yaml")) {
        let text = fs::read_to_string(entry.path()).unwrap();
        for text in [text.clone(), text.replace('\n', "\r\n")] {
            let (person, _) = file::read("agents/x.yaml", text.as_bytes(), &Languages::default());
            let before = source(&text);
            for field in person.unwrap().declaration.record.keys() {
                for value in values() {
                    let after =
                        set(&before, "en", field, &value).unwrap_or_else(|why| panic!("{field}: {why}\n{text}"));
                    assert_eq!(after.contains('\r'), text.contains('\r'));
                    edits += 1;
                }
            }
        }
    }
    assert!(edits > 1000, "{edits}");
}

proptest! {
    #[test]
    fn any_text_can_take_the_place_of_any_text(
        value in "\\PC{0,20}|[#:'\"|>&*!%@`{}\\[\\], \\-\n\t\u{85}\u{2028}a]{1,20}|~|null|no|1_0|0x1f|2027-03-31",
    ) {
        for old in ["Sara", "'Sara'", "\"Sara\"", "|\n    Sara\n    Khan", ">-\n    Sara", ""] {
            let text = FILE.replace("first_name: Sara", &format!("first_name: {old}"));
            let after = edited(&text, "public.first_name", &json!(value)).unwrap();
            let read = source(&after).document.unwrap().value;
            prop_assert_eq!(read.pointer("/public/first_name").unwrap(), &json!(value));
            let text = FILE.replace("{en: Sales Consultant}", &format!("{{en: {old}}}"));
            if !old.contains('\n') {
                prop_assert!(edited(&text, "public.position.en", &json!(value)).is_ok());
            }
        }
    }
}
