//! What was changed by hand, as a comment.

use super::*;

#[test]
fn drift_is_shown_from_system_to_file() {
    let phone = of_class(Class::Drift, change(Field::Phone, json!("+971501111111"), json!("+971502222222")));
    let on = of_class(Class::Drift, change(Field::Status, json!("inactive"), json!("active")));
    let plan = Plan {
        people: vec![
            person("a", vec![action(System::Crm, Operation::Update, vec![phone])]),
            person("b", vec![action(System::Pf, Operation::Activate, vec![on])]),
            person("c", vec![action(System::Pf, Operation::Create, Vec::new())]),
        ],
        base: Some("HEAD".to_owned()),
        orphans: vec![Orphan { crm: 8, agent: "long-gone".to_owned(), pf_user: None }],
        orphans_block: true,
        unchanged: 7,
        ..Plan::default()
    };
    let (origin, roster) =
        (ReportOrigin { folder: "brokerages/dubai/".to_owned(), ..ReportOrigin::default() }, roster(&[]));
    let drift = |plan| Report { exit: Exit::Differences, ..Report::new(ReportSubject::Drift, &origin, plan, &roster) };
    let text = markdown(&drift(&plan), 60_000);
    assert!(text.starts_with("<!-- roster drift of brokerages/dubai · digest "), "{text}");
    insta::assert_snapshot!(body(&text), @"
    ### roster drift in `brokerages/dubai`: 3 people differ from `HEAD`

    | | people |
    | :-- | ---: |
    | drift | 3 |
    | unchanged | 7 |

    #### Drift (3)

    Each line shows the system's value, then the file's value, which apply would write.

    **`agents/a.yaml`** · crm 3
    - `public.phone`: `+971501111111` → `+971502222222` · crm

    **`agents/b.yaml`** · pf 7712
    - `status`: `inactive` → `active` · pf

    **`agents/c.yaml`** · missing in pf: deleted by hand, or never made

    #### Warnings (1)

    - `long-gone` (crm 8): an orphan, its file is gone
    ");
    let none = Plan { base: Some("HEAD".to_owned()), unchanged: 10, ..Plan::default() };
    insta::assert_snapshot!(body(&markdown(&drift(&none), 60_000)), @"
    ### roster drift in `brokerages/dubai`: nothing differs from `HEAD`

    | | people |
    | :-- | ---: |
    | drift | 0 |
    | unchanged | 10 |
    ");
}

#[test]
fn drift_that_was_reverted_is_described_in_the_past_tense() {
    let phone = change(Field::Phone, json!("+971501111111"), json!("+971502222222"));
    let drifted = || vec![action(System::Crm, Operation::Update, vec![of_class(Class::Drift, phone.clone())])];
    let plan = Plan { people: vec![person("a", drifted()), person("b", drifted())], ..Plan::default() };
    let (origin, roster) = (origin(), roster(&[]));
    let report = Report::new(ReportSubject::Apply, &origin, &plan, &roster);
    assert_eq!(markdown(&report, usize::MAX).matches("**drift**, will be set back").count(), 2);
    let ended = |slug: &str, outcome| Applied {
        agent: Slug::parse(slug).unwrap(),
        file: format!("agents/{slug}.yaml"),
        done: Vec::new(),
        outcome,
    };
    let applied = [ended("a", Outcome::Done), ended("b", Outcome::Failed("422".to_owned()))];
    let text = markdown(&Report { applied: Some(&applied), ..report }, usize::MAX);
    for (said, times) in [("will be set back", 0), ("**drift**, was set back", 1), ("**drift**, was not set back", 1)] {
        assert_eq!(text.matches(said).count(), times, "{said}: {text}");
    }
}
