//! A text of a file or a system stays a text on the terminal.

use super::*;
use crate::report::{ReportFormat, document};

/// Texts that want to be more than text.
fn hostile() -> Vec<(&'static str, String)> {
    vec![
        ("colours", "\u{1b}[31mred\u{1b}[0m \u{9b}31m".to_owned()),
        (
            "a title and a link",
            "\u{1b}]0;owned\u{7}\u{1b}]8;;https://evil.example\u{1b}\\click\u{1b}]8;;\u{1b}\\".to_owned(),
        ),
        ("another direction", "user\u{202e}gpj.exe \u{2066}a\u{2069}\u{2069}\u{2069} \u{200f}b\u{61c}".to_owned()),
        ("invisible", "pay\u{200b}pal \u{feff}\u{ad}\u{e0041}".to_owned()),
        ("nothing and line ends", "a\0b\r\nPlan: 0 to create\u{2028}c\u{2029}d\u{85}e\tf\u{8}\u{8}\u{7f}".to_owned()),
        ("markup", "<script>alert(1)</script> **bold** [x](javascript:1) @everyone ::error::x".to_owned()),
        ("another value", "x\" → \"y".to_owned()),
        ("long", "x".repeat(200_000)),
        ("long, in words", "word ".repeat(5_000)),
        ("long, in lines", "line\n".repeat(5_000)),
        ("marks on one letter", format!("a{}", "\u{301}".repeat(10_000))),
        ("arabic with controls", "مستشارة\u{202e}\u{1b}[2J مبيعات".to_owned()),
    ]
}

#[test]
fn no_text_from_a_file_or_a_system_breaks_a_line_or_hides() {
    for (case, text) in hostile() {
        let mut adopted = person(
            SARA,
            vec![action(
                System::Crm,
                Operation::Adopt,
                vec![
                    change(Field::FirstName, json!(text), json!("Sara")),
                    change(Field::LastName, json!("Khan"), json!(text)),
                    change(Field::Description("en".into()), json!("Before."), json!(text)),
                    change(Field::Description("ar".into()), json!(format!("{text} one")), json!(format!("{text} two"))),
                    change(Field::Languages, json!([text]), json!(["en"])),
                    change(Field::Theme, json!({ "a": text }), json!("onyx")),
                    change(Field::Subscription(text.as_str().into(), Channel::Sms), json!(true), json!(false)),
                    change(Field::Position(text.as_str().into()), json!(null), json!("x")),
                ],
            )],
        );
        adopted.file = format!("agents/{text}.yaml");
        let fresh = person(
            "fresh",
            vec![action(
                System::Pf,
                Operation::Create,
                vec![
                    change(Field::FirstName, json!(null), json!(text)),
                    change(Field::Description("en".into()), json!(null), json!(text)),
                ],
            )],
        );
        let blocked = PersonPlan { blocked: Some(Block::Saved(text.clone())), ..person("blocked", Vec::new()) };
        let plan = Plan {
            people: vec![adopted, fresh, blocked],
            orphans: vec![Orphan { crm: 1, agent: text.clone(), pf_user: None }],
            unmanaged: vec![Unmanaged { system: System::Crm, remote_id: 2, name: text.clone() }],
            warnings: vec![Warning::reported(text.clone())],
            ..Plan::default()
        };
        let mut shown = Shown::new(&plan);
        shown.blocks = vec![GuardBlock {
            guard: Guard::Orphans,
            limit: 0,
            conflicts_and_drift: 0,
            actual: 1,
            digest: None,
            message: text.clone(),
        }];
        shown.applied = Some(vec![Applied {
            agent: Slug::parse(SARA).unwrap(),
            file: text.clone(),
            done: Vec::new(),
            outcome: Outcome::Failed(text.clone()),
        }]);
        let report = shown.report();
        let (none, coloured) = (Styles::default(), Styles::coloured());
        for (width, styles) in [(None, none), (None, coloured), (Some(1), coloured), (Some(100), none)] {
            let page = TerminalOptions { styles, width, verbose: true };
            let out = crate::report::terminal::plan(&report, &page) + &applied(&report, &page);
            harmless(case, &anstream::adapter::strip_str(&out).to_string());
            assert!(out.len() < 200_000, "{case}: {} bytes", out.len());
            assert!(!out.lines().any(|line| line.starts_with("Plan: 0 to create, 0")), "{case}");
        }
        let document: Value = serde_json::from_str(&document(ReportFormat::Json, &report, usize::MAX)).unwrap();
        assert_eq!(document["warnings"][0], json!(text), "{case}: JSON holds what is");
    }
}

/// Only line ends, and isolates that are closed on their line.
fn harmless(case: &str, out: &str) {
    for line in out.lines() {
        let mut open = 0_i32;
        for char in line.chars() {
            match char {
                '\u{2067}' | '\u{2068}' => open += 1,
                '\u{2069}' => open -= 1,
                _ => assert_eq!(text::escaped(&char.to_string()), char.to_string(), "{case}: {line:?}"),
            }
            assert!((0..=1).contains(&open), "{case}: {line:?}");
        }
        assert_eq!(open, 0, "{case}: {line:?}");
    }
}

#[test]
fn a_server_message_is_escaped_and_cut() {
    assert_eq!(crate::redact::quoted_words("a\u{1b}[1mb"), "a\\u{1b}[1mb");
    let arabic = crate::redact::quoted_words("الاسم مطلوب");
    assert_eq!(crate::redact::quoted_words(&arabic), arabic, "twice is once");
    assert_eq!(crate::redact::quoted_words(&"\n".repeat(1000)).chars().count(), 300);
}
