//! What became of a run, as a comment.

use super::*;

#[test]
fn the_result_of_an_apply_as_a_comment() {
    let plan = Plan {
        people: vec![person(
            "a",
            vec![action(System::Crm, Operation::Update, vec![change(Field::Theme, json!("onyx"), json!("carbon"))])],
        )],
        ..Plan::default()
    };
    let one = |slug: &str, done: &[Written], outcome| Applied {
        agent: Slug::parse(slug).unwrap(),
        file: format!("agents/{slug}.yaml"),
        done: done.to_vec(),
        outcome,
    };
    let applied = [
        one("a", &[Written::Row(System::Crm, Operation::Update, 3)], Outcome::Done),
        one("b", &[], Outcome::NotTried("the CRM refuses the key".to_owned())),
        one(
            "c",
            &[Written::Row(System::Pf, Operation::Update, 7702)],
            Outcome::Failed("the CRM refused it: 422 \"phone\" is not one".to_owned()),
        ),
    ];
    let (origin, roster) = (ReportOrigin::default(), roster(&[]));
    let report = Report {
        applied: Some(&applied),
        exit: Exit::Partial,
        ..Report::new(ReportSubject::Apply, &origin, &plan, &roster)
    };
    insta::assert_snapshot!(body(&markdown(&report, 60_000)), @r#"
    ### roster apply: 1 done, 1 failed, 1 not tried

    | | people |
    | :-- | ---: |
    | done | 1 |
    | failed | 1 |
    | not tried | 1 |

    **Applied** · read back: both systems agree on those who are done.

    The run ends with exit code 5: not everything was written, or it is not known whether it was. *Not done* has each reason. The next apply writes the rest.

    What was planned:

    | | people |
    | :-- | ---: |
    | update | 1 |
    | unchanged | 0 |

    #### Not done (2)

    - **failed** `agents/c.yaml`: updated pf 7702. Why: the CRM refused it: 422 `"phone"` is not one
    - **not tried** `agents/b.yaml`: nothing written. Why: the CRM refuses the key

    #### Changes (1)

    **`agents/a.yaml`** · crm 3
    - `theme`: `onyx` → `carbon` · crm

    <details><summary>1 done, and what was written</summary>

    - **done** `agents/a.yaml`: updated crm 3

    </details>
    "#);
}

#[test]
fn an_incomplete_run_is_marked_first() {
    let (origin, roster) = (ReportOrigin { commit: Some(COMMIT.to_owned()), ..ReportOrigin::default() }, roster(&[]));
    let none = Plan::default();
    let source = Arc::new(Source::new("agents/sara.yaml", "status: x\n".to_owned(), None, true));
    let problems = [
        Problem::error(&source, 0..6, &[], "it is old").warning(),
        Problem::error(&source, 8..9, &[PathStep::Key("status".to_owned())], "no such status").help("write active"),
    ];
    let report = Report {
        problems: &problems,
        complete: false,
        exit: Exit::Invalid,
        ..Report::new(ReportSubject::Plan, &origin, &none, &roster)
    };
    insta::assert_snapshot!(body(&markdown(&report, 60_000)), @r"
    ### roster: the files are invalid

    Commit `1a2b3c4`.

    #### The files

    Nothing was read or written: the files must be valid first.

    - **error** `agents/sara.yaml` line 1 · `status`: no such status – write active
    - **warning** `agents/sara.yaml` line 1: it is old
    ");
    let unread = ["Property Finder: GET /v1/users: 503 (tried for 30 s)".to_owned()];
    let report = Report {
        unread: &unread,
        complete: false,
        exit: Exit::Unreadable,
        ..Report::new(ReportSubject::Plan, &origin, &none, &roster)
    };
    insta::assert_snapshot!(body(&markdown(&report, 60_000)), @r"
    ### roster: a system could not be read

    Commit `1a2b3c4`.

    > [!WARNING]
    > **Nothing was written, and the list below is not complete:**
    > - Property Finder: GET `/v1/users`: 503 (tried for 30 s)
    ");
    let plan = Plan { unchanged: 8, ..Plan::default() };
    let report = Report { exit: Exit::Stale, ..Report::new(ReportSubject::Plan, &origin, &plan, &roster) };
    insta::assert_snapshot!(body(&markdown(&report, 60_000)), @"
    ### roster: more than was reviewed

    Commit `1a2b3c4`.

    > [!WARNING]
    > **Nothing was written.** The plan does more than was seen in the review, so look at it again.

    | | people |
    | :-- | ---: |
    | unchanged | 8 |
    ");
    let report = Report::new(ReportSubject::Plan, &origin, &plan, &roster);
    insta::assert_snapshot!(body(&markdown(&report, 60_000)), @"
    ### roster: no changes

    Commit `1a2b3c4`.

    | | people |
    | :-- | ---: |
    | unchanged | 8 |
    ");
}
