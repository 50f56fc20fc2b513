//! Every line fits the screen.

use super::*;

#[test]
fn a_narrow_screen_breaks_values_and_a_pipe_breaks_nothing() {
    let plan = updated(vec![
        change(Field::Position("en".into()), json!("Junior Investment Adviser"), json!("Investment Adviser")),
        change(
            Field::Subscription("type.property.created.and.assigned".into(), Channel::Email),
            json!(true),
            json!(false),
        ),
        change(
            Field::Photo,
            json!(null),
            json!("https://cdn.brokerage.example/agents/photos/2026/sara-khan-in-the-marina.jpg"),
        ),
    ]);
    insta::assert_snapshot!(people(&plan), @r#"
    ~ agents/sara-khan.yaml                                                    crm 3
        public.photo                                                             crm
            (none)
            → "https://cdn.brokerage.example/agents/photos/2026/sara-khan-in-the-marina.jpg"
        public.position.en  "Junior Investment Adviser" → "Investment Adviser"   crm
        subscriptions.type.property.created.and.assigned.receive_email           crm
            true → false
    "#);
    insta::assert_snapshot!(crate::report::terminal::plan(&Shown::new(&plan).report(), &TerminalOptions::default()), @r#"
    ~ agents/sara-khan.yaml                                                                                          crm 3
        public.photo        (none) → "https://cdn.brokerage.example/agents/photos/2026/sara-khan-in-the-marina.jpg"  crm
        public.position.en  "Junior Investment Adviser" → "Investment Adviser"                                       crm
        subscriptions.type.property.created.and.assigned.receive_email                                               crm
            true → false

    Plan: 0 to create, 1 to update, 0 to deactivate · 0 unchanged
    "#);
}

#[test]
fn arabic_values_keep_their_columns() {
    let arabic = change(Field::Position("ar".into()), json!("مستشارة مبيعات"), json!("مستشارة مبيعات أولى"));
    let english = change(Field::Position("en".into()), json!("Consultant"), json!("Senior"));
    let text = people(&updated(vec![arabic, english]));
    let column = |line: &str| text::width(line.split("crm").next().unwrap());
    let columns: Vec<usize> = text.lines().skip(1).filter(|line| line.contains("crm")).map(column).collect();
    assert_eq!(columns.len(), 2, "{text}");
    assert_eq!(columns[0], columns[1], "{text}");
    let isolates = |char| text.matches(char).count();
    assert_eq!((isolates('\u{2068}'), isolates('\u{2069}')), (2, 2), "{text}");
}

#[test]
fn no_line_is_wider_than_the_screen() {
    let long = "https://cdn.brokerage.example/agents/photos/2026/sara-khan-in-the-marina-at-dusk.jpg";
    let plan = updated(vec![
        change(Field::Photo, json!(long), json!(format!("{long}?v=2"))),
        change(Field::Description("en".into()), json!("x".repeat(300)), json!("y z ".repeat(90))),
        change(
            Field::Languages,
            json!([]),
            json!(["aa", "bb", "cc", "dd", "ee", "ff", "gg", "hh", "ii", "jj", "kk", "ll"]),
        ),
    ]);
    for width in [40, 60, 72, 80, 100, 140] {
        let text = Shown::new(&plan).at(width);
        for line in text.lines() {
            let one_word = !line.trim().trim_start_matches("→ ").contains(' ');
            assert!(text::width(line) <= width || one_word, "{width}: {} cells: {line}", text::width(line));
        }
        assert!(text.contains(&format!("{long}?v=2")), "an address stays whole, so that it can be copied: {text}");
    }
}

#[test]
fn a_command_in_backticks_is_on_one_line_where_it_fits() {
    let text = "it may be the same person: link it with `roster link sara --crm ID`, or correct the phone";
    let lines = |width: usize| crate::report::terminal::fitted(text, width);
    for width in [40, 52, 60, 80] {
        let fitted = lines(width);
        assert!(fitted.contains("`roster link sara --crm ID`"), "{width}\n{fitted}");
        assert!(fitted.lines().all(|line| line.len() <= width), "{width}\n{fitted}");
    }
    // Too wide for a line, or without an end, it is broken like any other text.
    let long = format!("run `roster drift --accept {}`", "sara-khan ".repeat(8));
    assert!(crate::report::terminal::fitted(&long, 40).lines().all(|line| line.len() <= 40));
    let open = format!("a ` alone {}", "word ".repeat(20));
    assert!(crate::report::terminal::fitted(&open, 40).lines().all(|line| line.len() <= 40));
}

/// A path that fills the screen has what belongs to it below.
#[test]
fn no_line_is_wider_than_a_narrow_screen() {
    let field = Field::Subscription("type.property.created.and.assigned".into(), Channel::Email);
    let plan = updated(vec![change(field.clone(), json!(true), json!(false))]);
    let roster = roster(&[(field, 40)]);
    for width in [70, 80, 120] {
        let options = TerminalOptions { width: Some(width), ..TerminalOptions::default() };
        let origin = ReportOrigin::default();
        let text = crate::report::terminal::plan(&Report::new(ReportSubject::Plan, &origin, &plan, &roster), &options);
        assert!(text.contains("line 40"), "{text}");
        for line in text.lines() {
            assert!(text::width(line) <= width, "{width}: {line}");
        }
    }
}
