#![allow(clippy::unwrap_used)]

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample;

use super::*;

#[test]
fn the_memory_recognizes_sent_values_and_no_others() {
    let table = [
        (Field::Languages, json!(["en", "ar"]), json!(["AR", "en"]), json!(["en"])),
        (Field::Nationalities, json!(["AE"]), json!(["ae"]), json!(["PK"])),
        (Field::Photo, json!("https://a.example/1.jpg"), json!("HTTPS://A.example/1.jpg"), json!("https://b.example")),
        (Field::ExperienceSince, json!(2014), json!("2014"), json!(2015)),
        (Field::Languages, json!([]), json!(null), json!(["en"])),
    ];
    for (field, sent, equal, other) in table {
        let [sent, equal, other] = [sent, equal, other].map(FieldValue::from);
        let mut memory = Memory::default();
        assert!(!memory.holds(System::Pf, &field, &sent));
        memory.remember(System::Pf, &field, &sent);
        let read = Memory::parse(&memory.to_text()).unwrap();
        assert_eq!(read, memory);
        assert!(read.holds(System::Pf, &field, &equal), "{field} {equal}");
        assert!(!read.holds(System::Pf, &field, &other), "{field} {other}");
    }
}

/// Every code of two letters, and some of three.
fn codes() -> Vec<String> {
    let letters = || 'a'..='z';
    let pairs = letters().flat_map(|a| letters().map(move |b| format!("{a}{b}")));
    pairs.chain(letters().map(|a| format!("{a}yz"))).collect()
}

#[test]
fn lists_of_any_length_fit_the_custom_field_together() {
    let all = codes();
    for count in 0..=120 {
        let list = FieldValue::from_texts(all.iter().take(count).cloned());
        let other = FieldValue::from_texts(all.iter().skip(100).take(count).cloned());
        let mut memory = Memory::default();
        let sent = [
            (Field::Languages, list),
            (Field::Nationalities, other),
            (Field::Photo, FieldValue::from(format!("https://a.example/{}", "x".repeat(5000)))),
            (Field::ExperienceSince, FieldValue::from(2014)),
        ];
        for (field, value) in &sent {
            memory.remember(System::Pf, field, value);
        }
        let text = memory.to_text();
        assert!(text.len() <= LONGEST, "{count} codes: {text}");
        let read = Memory::parse(&text).unwrap();
        assert!(sent.iter().all(|(field, value)| read.holds(System::Pf, field, value)), "{count} codes: {text}");
    }
}

fn remembered_fields() -> Vec<Field> {
    Field::iter().filter(|field| field.spec().memory_key.is_some()).collect()
}

fn remembered_texts() -> Vec<Field> {
    let is_text = |field: &Field| !matches!(field.kind(), ValueType::LowerCodes | ValueType::UpperCodes);
    remembered_fields().into_iter().filter(is_text).collect()
}

fn code_lists() -> impl Strategy<Value = FieldValue> {
    sample::subsequence(codes(), 0..=200).prop_map(FieldValue::from_texts)
}

/// The longest that a text can be without a hash, in every field at once.
#[test]
fn short_texts_in_every_field_fit_the_custom_field_together() {
    for length in 0..=LONGEST_TEXT {
        for status in ["active", "archived"] {
            let mut memory = Memory::default();
            let text = |field: &Field| match field {
                Field::Status => FieldValue::from(status),
                field => {
                    let long = format!("{field}{}", "x".repeat(length));
                    FieldValue::from(long.chars().rev().take(length).collect::<String>())
                }
            };
            for field in &remembered_texts() {
                memory.remember(System::Pf, field, &text(field));
            }
            for field in [Field::Languages, Field::Nationalities] {
                memory.remember(System::Pf, &field, &json!(["en", "ar", "fr", "hi", "ur"]).into());
            }
            let written = memory.to_text();
            assert!(written.len() <= LONGEST, "{length}: {} bytes: {written}", written.len());
            let read = Memory::parse(&written).unwrap();
            assert!(
                remembered_texts().iter().all(|field| read.holds(System::Pf, field, &text(field))),
                "{length}: {written}"
            );
        }
    }
}

#[test]
fn an_unknown_field_holds_no_value() {
    let mut memory = Memory::default();
    for field in &remembered_texts() {
        memory.remember(System::Pf, field, &"one".into());
        memory.forget(System::Pf, field);
        assert!(memory.is_unknown(System::Pf, field));
        let read = Memory::parse(&memory.to_text()).unwrap();
        for value in ["one".into(), "?".into(), "".into(), FieldValue::Nothing] {
            assert!(!read.holds(System::Pf, field, &value), "{field} {value}");
        }
    }
    let bio = Field::Description("en".into());
    memory.remember(System::Pf, &bio, &"?".into());
    assert!(!memory.is_unknown(System::Pf, &bio) && memory.holds(System::Pf, &bio, &"?".into()));
}

/// The declaration that there is no user lasts until there is one, whatever is uploaded to the CRM.
#[test]
fn a_declared_absence_of_a_user_outlasts_an_upload() {
    let mut memory = Memory::without_user(&Memory::creating(&Memory::default())).of_crm();
    memory.remember(System::Crm, &Field::Photo, &"p.jpg?v=1".into());
    let read = Memory::parse(&memory.to_text()).unwrap();
    assert!(read == memory && read.is_without_user() && !read.is_creating() && !read.holds_values_of_pf());
    assert!(read.holds(System::Crm, &Field::Photo, &"p.jpg?v=1".into()));
    assert!(!Memory::creating(&read).is_without_user());
    assert!(!read.with_user().is_without_user());
}

/// A field that was never sent before needs room for the mark.
#[test]
fn marks_fit_the_custom_field_beside_short_texts() {
    for length in 10..=LONGEST_TEXT {
        let mut memory = Memory::default();
        for field in remembered_texts().iter().filter(|field| **field != Field::Status) {
            memory.remember(System::Pf, field, &"x".repeat(length).into());
        }
        memory.forget(System::Pf, &Field::Status);
        assert!(memory.to_text().len() <= LONGEST, "{length}: {}", memory.to_text());
    }
}

proptest! {
    #[test]
    fn every_record_fits_the_custom_field_and_is_recalled(
        sent in vec(
            prop_oneof![
                code_lists().prop_map(|list| (Field::Languages, list)),
                code_lists().prop_map(|list| (Field::Nationalities, list)),
                "https://[a-z]{1,20}\\.example/\\PC{0,400}".prop_map(|url| (Field::Photo, FieldValue::from(url))),
                (1950..=9999_i64).prop_map(|year| (Field::ExperienceSince, FieldValue::from(year))),
                sample::select(remembered_fields()).prop_map(|field| (field, FieldValue::Nothing)),
                (sample::select(remembered_texts()), "\\PC{0,40}").prop_map(|(field, text)| (field, FieldValue::from(text))),
                (sample::select(remembered_texts()), "[a-z]{11,16}").prop_map(|(field, text)| (field, FieldValue::from(text))),
            ],
            0..40,
        ),
        pictures in vec((sample::select(vec![Field::Photo, Field::PrivatePhoto]), "\\PC{0,400}"), 0..4),
    ) {
        let pf = sent.into_iter().map(|(field, value)| (System::Pf, field, value));
        let sent = pf.chain(pictures.into_iter().map(|(field, path)| (System::Crm, field, FieldValue::from(path))));
        let mut memory = Memory::default();
        let mut last = BTreeMap::new();
        for (system, field, value) in sent {
            memory.remember(system, &field, &value);
            last.insert((system, field), value);
        }
        let text = memory.to_text();
        prop_assert!(text.len() <= LONGEST, "{}", text);
        let read = Memory::parse(&text).unwrap();
        prop_assert_eq!(&read, &memory);
        prop_assert!(last.iter().all(|((system, field), value)| read.holds(*system, field, value)));
    }

    #[test]
    fn the_written_memory_fits_whatever_the_field_contained(lang in ".{0,600}", nat in ".{0,600}", since in any::<f64>()) {
        let stored = json!({"v": 1, "lang": lang, "nat": nat, "since": since, "photo": {"of": [lang]}}).to_string();
        let mut memory = Memory::parse(&stored).unwrap();
        memory.remember(System::Pf, &Field::Photo, &"https://a.example/1.jpg".into());
        prop_assert!(memory.to_text().len() <= LONGEST);
    }
}

#[test]
fn invalid_text_is_not_a_memory() {
    for text in ["", "null", "[]", "{}", "{\"v\":2}", "2 pets", "{\"v\":1,\"since\":2014"] {
        assert_eq!(Memory::parse(text), Err(InvalidMemory), "{text}");
    }
}
