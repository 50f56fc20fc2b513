#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::sync::Arc;

use proptest::prelude::*;
use serde_json::json;

use super::plan as markdown;
use crate::apply::{Applied, Outcome, Written};
use crate::declare::problem::Problem;
use crate::declare::source::{PathStep, Source};
use crate::model::agent::{Field, Slug};
use crate::model::exit_code::Exit;
use crate::model::record::System;
use crate::model::roster::Roster;
use crate::reconcile::diff::{Change, Class};
use crate::reconcile::guard::{Guard, GuardBlock};
use crate::reconcile::matching::Orphan;
use crate::reconcile::plan::estimate::Estimate;
use crate::reconcile::plan::{Block, Operation, PersonPlan, Plan, Unmanaged, Warning};
use crate::report::tests::{action, change, person, roster};
use crate::report::{Report, ReportOrigin, ReportSubject};

mod hostile;

const COMMIT: &str = "1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d";

fn origin() -> ReportOrigin {
    ReportOrigin {
        commit: Some(COMMIT.to_owned()),
        folder: String::new(),
        web: Some("https://github.com/palmgate/agents".to_owned()),
    }
}

fn of_class(class: Class, change: Change) -> Change {
    Change { class, ..change }
}

/// A plan with somebody of every kind.
fn realistic() -> Plan {
    let bio = "Sara has sold homes in Dubai Marina and JBR for eleven years. She knows which towers hold their value, \
               which ones hear the tram, and what a sea view is worth on which floor.";
    let arabic =
        "تبيع سارة المنازل في دبي مارينا وجميرا بيتش ريزيدنس منذ أحد عشر عاماً، وتعرف الأبراج التي تحافظ على قيمتها";
    let position =
        |lang: &str, before: &str, after: &str| change(Field::Position(lang.to_owned()), json!(before), json!(after));
    let update = |fields| action(System::Crm, Operation::Update, fields);
    let senior = || position("en", "Sales Consultant", "Senior Sales Consultant");
    let sara = person(
        "sara-khan",
        vec![update(vec![
            senior(),
            position("ar", "مستشارة مبيعات", "مستشارة مبيعات أولى"),
            change(Field::Description("en".to_owned()), json!(bio), json!(bio.replace("eleven", "more than twelve"))),
            change(Field::Description("ar".to_owned()), json!(arabic), json!(arabic.replace("أحد عشر", "اثني عشر"))),
            change(Field::Languages, json!(["en", "fr"]), json!(["en", "ar"])),
            change(Field::Mobile, json!("+971500000001"), json!("+971500000002")),
            change(Field::LinkedIn, json!("https://www.linkedin.com/in/sara"), json!(null)),
        ])],
    );
    let others =
        ["amal-nasser", "chen-wei", "dina-fares", "emma-clarke"].map(|slug| person(slug, vec![update(vec![senior()])]));
    let photo = Change {
        readable: false,
        ..change(Field::Photo, json!("#0123456789abcdef"), json!("https://cdn.palmgate.example/omar.jpg"))
    };
    let since =
        Change { class: Class::First, readable: false, ..change(Field::ExperienceSince, json!(null), json!(2014)) };
    let pf = person("omar-haddad", vec![action(System::Pf, Operation::Update, vec![photo, since])]);
    let new = person(
        "lina-saad",
        System::ALL
            .map(|system| {
                action(
                    system,
                    Operation::Create,
                    vec![
                        change(Field::FirstName, json!(null), json!("Lina")),
                        change(Field::Position("ar".to_owned()), json!(null), json!("وسيطة عقارات")),
                        change(Field::Languages, json!(null), json!(["ar", "en"])),
                        change(Field::Login, json!(null), json!("lina@login.example")),
                        change(Field::Mobile, json!(null), json!("+971509876543")),
                        change(Field::Description("en".to_owned()), json!(null), json!(bio)),
                    ],
                )
            })
            .to_vec(),
    );
    let off = ["maria-santos", "noor-ali"].map(|slug| {
        let status = change(Field::Status, json!("active"), json!("inactive"));
        person(slug, vec![action(System::Pf, Operation::Deactivate, vec![status])])
    });
    let adopted = person(
        "priya-menon",
        vec![action(
            System::Crm,
            Operation::Adopt,
            vec![of_class(Class::Adopt, change(Field::FirstName, json!("Pria"), json!("Priya")))],
        )],
    );
    let conflict = person(
        "hala-aziz",
        vec![update(vec![
            of_class(Class::Conflict, position("en", "Branch Manager", "Senior Sales Consultant")),
            of_class(Class::Drift, change(Field::Phone, json!("+971501111111"), json!("+971502222222"))),
        ])],
    );
    let drift = person(
        "yusuf-rahman",
        vec![update(vec![of_class(Class::Drift, position("ar", "مدير الفرع", "مستشار مبيعات"))])],
    );
    let blocked = PersonPlan {
        blocked: Some(Block::Saved(
            "crm rows 4 and 5 all have its login e-mail: give one of them another login, or tie the right one by hand"
                .to_owned(),
        )),
        ..person("tariq-aziz", Vec::new())
    };
    let mut people = vec![conflict, adopted, blocked, drift, new, pf, sara];
    people.extend(off);
    people.extend(others);
    Plan {
        people,
        base: Some("main".to_owned()),
        orphans: vec![Orphan { crm: 8, agent: "long-gone".to_owned(), pf_user: Some(7708) }],
        orphans_block: true,
        unmanaged: vec![
            Unmanaged { system: System::Crm, remote_id: 1, name: "Office Admin".to_owned() },
            Unmanaged { system: System::Pf, remote_id: 7701, name: String::new() },
        ],
        warnings: vec![Warning::reported(
            "agents/omar-haddad.yaml: public.languages: Property Finder has no id for `eo`".to_owned(),
        )],
        unchanged: 143,
        ..Plan::default()
    }
}

fn blocks() -> Vec<GuardBlock> {
    let block = |guard, digest: Option<&str>| GuardBlock {
        guard,
        limit: 0,
        actual: 1,
        digest: digest.map(str::to_owned),
        message: String::new(),
    };
    vec![
        block(Guard::Operation(Operation::Adopt), Some("0123456789abcdef0123456789abcdef")),
        block(Guard::Orphans, None),
    ]
}

/// A whole document, beside the other cases.
fn golden(name: &str, document: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../../tests/cases/markdown");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, document));
}

#[test]
fn a_plan_as_a_comment() {
    let plan = realistic();
    let (origin, blocks) = (origin(), blocks());
    let roster = roster(&[(Field::Position("en".to_owned()), 12), (Field::Languages, 17), (Field::Mobile, 29)]);
    let report = Report {
        blocks: &blocks,
        estimate: Estimate { seconds: 200, ..Estimate::default() },
        exit: Exit::Blocked,
        ..Report::new(ReportSubject::Plan, &origin, &plan, &roster)
    };
    golden("plan", &markdown(&report, 60_000));
}

/// A report of a plan with nothing else about it.
fn of<'a>(plan: &'a Plan, origin: &'a ReportOrigin, roster: &'a Roster) -> Report<'a> {
    Report::new(ReportSubject::Plan, origin, plan, roster)
}

/// The document without its first line.
fn body(text: &str) -> &str {
    text.split_once('\n').unwrap().1
}

#[test]
fn a_change_shared_by_thousands_is_shown_once() {
    let position = || change(Field::Position("en".to_owned()), json!("Sales Consultant"), json!("Property Consultant"));
    let one = |at: usize| {
        let both = System::ALL.map(|system| action(system, Operation::Update, vec![position()]));
        person(&format!("agent-with-a-name-{at}"), both.to_vec())
    };
    let plan = Plan { people: (0..3000).map(one).collect(), ..Plan::default() };
    let (origin, roster) = (origin(), roster(&[]));
    let text = markdown(&of(&plan, &origin, &roster), 60_000);
    assert!(text.len() < 60_000, "{}", text.len());
    assert!(text.contains("\n### roster: 3000 people change\n"), "{text:.300}");
    assert!(text.contains("\n| update | unchanged |\n| ---: | ---: |\n| 3000 | 0 |\n"), "{text:.300}");
    assert!(text.contains("\n#### Changes (3000)\n\n**The same for 3000 people:**\n"), "{text:.600}");
    let line = "- `public.position.en`: `Sales Consultant` → `Property Consultant` · crm pf\n";
    assert_eq!((text.matches(line).count(), text.matches("`public.position.en`").count()), (1, 1));
    let named = text.matches("`agent-with-a-name-").count();
    assert!(text.contains(&format!(" and {} more\n\n</details>", 3000 - named)), "{named}");
    assert!(!text.contains("Left out"), "nobody is: their change is there");
}

#[test]
fn a_person_with_a_further_change_is_shown_with_that_change_only() {
    let position = || change(Field::Position("en".to_owned()), json!("Consultant"), json!("Broker"));
    let phone = |number: u64| change(Field::Phone, json!("+971501111111"), json!(format!("+97150222222{number}")));
    let update = |fields| vec![action(System::Crm, Operation::Update, fields)];
    let mut people: Vec<PersonPlan> = (1..=3).map(|at| person(&format!("a-{at}"), update(vec![position()]))).collect();
    people.push(person("b", update(vec![position(), phone(1)])));
    people.extend((4..=5).map(|at| person(&format!("c-{at}"), update(vec![phone(5)]))));
    let plan = Plan { people, ..Plan::default() };
    let roster = roster(&[]);
    insta::assert_snapshot!(body(&markdown(&of(&plan, &ReportOrigin::default(), &roster), 60_000)), @r"
    ### roster: 6 people change

    | update | unchanged |
    | ---: | ---: |
    | 6 | 0 |

    #### Changes (6)

    **The same for 4 people:**
    - `public.position.en`: `Consultant` → `Broker` · crm

    Who: `a-1`, `a-2`, `a-3`, `b`

    **`agents/b.yaml`** · crm 3 · and 1 change of those above
    - `public.phone`: `+971501111111` → `+971502222221` · crm

    **`agents/c-4.yaml`** · crm 3
    - `public.phone`: `+971501111111` → `+971502222225` · crm

    **`agents/c-5.yaml`** · crm 3
    - `public.phone`: `+971501111111` → `+971502222225` · crm
    ");
}

#[test]
fn the_end_of_a_long_document_is_left_out_and_counted() {
    let plan = realistic();
    let (origin, blocks, roster) = (origin(), blocks(), roster(&[]));
    let report = Report { blocks: &blocks, ..of(&plan, &origin, &roster) };
    let whole = markdown(&report, usize::MAX);
    let left_out = |size: usize| {
        let text = markdown(&report, size);
        assert!(text.len() <= size, "{size}: {}", text.len());
        let told = text
            .split_once("bytes:** ")
            .map(|(_, rest)| rest.split_once(". `roster plan` shows all").unwrap().0.to_owned());
        (text, told)
    };
    assert_eq!(left_out(whole.len()), (whole.clone(), None));
    assert_eq!(left_out(whole.len() - 1).1.unwrap(), "1 warning, 2 unmanaged rows");
    let (text, told) = left_out(3_400);
    assert_eq!(told.unwrap(), "7 people, 1 warning, 2 unmanaged rows");
    assert!(text.contains("#### Drift (1)") && !text.contains("#### Changes"), "{text}");
    let (text, told) = left_out(2_000);
    assert_eq!(told.unwrap(), "11 people, 1 warning, 2 unmanaged rows");
    for kept in
        ["| 1 | 6 | 2 | 1 |", "0123456789abcdef0123456789abcdef", "`long-gone`", "tariq-aziz", "crm rows 4 and 5"]
    {
        assert!(text.contains(kept), "{kept}: {text}");
    }
}

/// Everything that stands in the way, whatever else there is.
fn hundreds() -> Plan {
    let update = |at: usize| {
        let phone = change(Field::Phone, json!("+971501111111"), json!(format!("+9715022{at:05}")));
        let class = [Class::Change, Class::Drift, Class::Conflict][at % 3];
        vec![action(System::Crm, Operation::Update, vec![of_class(class, phone)])]
    };
    let mut people: Vec<PersonPlan> = (0..300).map(|at| person(&format!("agent-{at}"), update(at))).collect();
    for (at, person) in people.iter_mut().enumerate().take(40) {
        person.actions.clear();
        let why = format!("crm rows {at} and 5 all have its login e-mail, {}", "and so on ".repeat(at % 4 * 10));
        person.blocked = Some(Block::Saved(why));
    }
    Plan { people, warnings: vec![Warning::reported("a warning".to_owned()); 30], ..realistic() }
}

#[test]
fn people_blocked_for_one_reason_are_grouped_and_all_named() {
    let blocked = |at: usize| {
        let why =
            if at % 4 == 3 { format!("no role for row {at}") } else { "the CRM's role code has no roleKey".to_owned() };
        PersonPlan { blocked: Some(Block::Saved(why)), ..person(&format!("a-{at}"), Vec::new()) }
    };
    let plan = Plan { people: (0..8).map(blocked).collect(), ..Plan::default() };
    let roster = roster(&[]);
    let origin = ReportOrigin::default();
    let report = Report { exit: Exit::Blocked, ..of(&plan, &origin, &roster) };
    insta::assert_snapshot!(body(&markdown(&report, 60_000)), @r"
    ### roster: nothing to write, 8 blocked

    | blocked | unchanged |
    | ---: | ---: |
    | 8 | 0 |

    #### Blocked

    **Nothing is planned for 8 people:**

    - **6 people:** the CRM's role code has no roleKey (`a-0`, `a-1`, `a-2`, `a-4`, `a-5`, `a-6`)
    - **`agents/a-3.yaml`**: no role for row 3
    - **`agents/a-7.yaml`**: no role for row 7
    ");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_document_exceeds_its_limit_and_blocks_are_complete(room in 0_usize..90_000) {
        let plan = hundreds();
        let (origin, blocks, roster) = (origin(), blocks(), roster(&[]));
        let report = Report { blocks: &blocks, ..of(&plan, &origin, &roster) };
        // The summary, and everybody who is blocked.
        let least = markdown(&report, 0).len();
        let text = markdown(&report, room);
        prop_assert!(text.len() <= room.max(least + 20), "{}: {} bytes", room, text.len());
        for at in 0..40 {
            let ways = [format!("`agent-{at}`: crm rows {at} and"), format!("[`agents/agent-{at}.yaml`]")];
            prop_assert!(ways.iter().any(|way| text.contains(way)), "{} is not in {}", at, text);
        }
        let told = text.matches("\n**[`agents/agent-").count();
        let left = text.split_once("bytes:** ").and_then(|(_, rest)| rest.split_once(" pe")?.0.parse::<usize>().ok());
        prop_assert_eq!(told + left.unwrap_or(0), 260, "everybody is told of or counted");
    }
}

/// GitHub takes 65,536 characters; a comment that it does not take would leave an old one standing.
#[test]
fn blocks_of_thousands_of_people_fit_into_a_comment() {
    let (origin, roster) = (origin(), roster(&[]));
    let blocked = |number: usize, why: String| {
        let mut person = person(&format!("somebody-with-a-long-name-{number}"), Vec::new());
        person.blocked = Some(Block::Saved(why));
        person
    };
    let people = (0..3000).map(|number| blocked(number, format!("crm rows {number} and {} have its slug", number + 1)));
    let alike = (3000..6000).map(|number| blocked(number, "there is no such role".to_owned()));
    let orphan = |number: u64| Orphan { agent: format!("gone-{number}"), crm: number, pf_user: Some(number) };
    let orphans: Vec<Orphan> = (0..2000).map(orphan).collect();
    let plan = Plan { people: people.chain(alike).collect(), orphans, ..Plan::default() };
    let blocks = [GuardBlock { guard: Guard::Orphans, limit: 0, actual: 2000, digest: None, message: String::new() }];
    let text = markdown(&Report { blocks: &blocks, ..of(&plan, &origin, &roster) }, 60_000);
    assert!(text.len() < 65_536, "{}", text.len());
    for said in ["**2000 agents whose file is gone**: `gone-0` (crm 0, pf 0), ", " and 1800 more. Restore the file"] {
        assert!(text.contains(said), "{said:?} is not in {text}");
    }
    assert!(text.contains("**Nothing is planned for 6000 people:**"), "{text}");
    let named = text.matches("\n- **[`agents/somebody-with-a-long-name-").count();
    assert!(named > 200 && text.contains(&format!("- **{} more people**\n", 6000 - named)), "{named}: {text}");
}

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

    | drift | unchanged |
    | ---: | ---: |
    | 3 | 7 |

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
    insta::assert_snapshot!(body(&markdown(&drift(&none), 60_000)), @r"
    ### roster drift in `brokerages/dubai`: nothing differs from `HEAD`

    | drift | unchanged |
    | ---: | ---: |
    | 0 | 10 |
    ");
}

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

    | done | failed | not tried |
    | ---: | ---: | ---: |
    | 1 | 1 | 1 |

    **Applied** · read back: both systems agree on those who are done.

    What was planned:

    | update | unchanged |
    | ---: | ---: |
    | 1 | 0 |

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
    insta::assert_snapshot!(body(&markdown(&report, 60_000)), @r"
    ### roster: more than was reviewed

    Commit `1a2b3c4`.

    > [!WARNING]
    > **Nothing was written.** The plan does more than was seen in the review, so look at it again.

    | unchanged |
    | ---: |
    | 8 |
    ");
    let report = Report::new(ReportSubject::Plan, &origin, &plan, &roster);
    insta::assert_snapshot!(body(&markdown(&report, 60_000)), @r"
    ### roster: no changes

    Commit `1a2b3c4`.

    | unchanged |
    | ---: |
    | 8 |
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

#[test]
fn a_person_has_the_public_name_in_front_of_the_file() {
    let phone = change(Field::Phone, json!("+971501111111"), json!("+971502222222"));
    let mut maria = person("maria", vec![action(System::Crm, Operation::Update, vec![phone])]);
    maria.crm_desired = [(Field::FirstName, "Maria".into()), (Field::LastName, "Santos".into())].into();
    let plan = Plan { people: vec![maria], ..Plan::default() };
    let (origin, roster) = (ReportOrigin::default(), roster(&[]));
    let text = markdown(&Report::new(ReportSubject::Plan, &origin, &plan, &roster), usize::MAX);
    assert!(text.contains("\n**`Maria Santos`** · `agents/maria.yaml` · crm 3\n"), "{text}");
}

#[test]
fn a_warning_about_a_file_comes_after_the_people() {
    let phone = change(Field::Phone, json!("+971501111111"), json!("+971502222222"));
    let plan = Plan {
        people: vec![person("a", vec![action(System::Crm, Operation::Update, vec![phone])])],
        ..Plan::default()
    };
    let source = Arc::new(Source::new("agents/a.yaml", String::new(), None, true));
    let problems = [Problem::error(&source, 0..0, &[], "photos are not sent yet".to_owned()).warning()];
    let (origin, roster) = (ReportOrigin::default(), roster(&[]));
    let report = Report { problems: &problems, ..Report::new(ReportSubject::Plan, &origin, &plan, &roster) };
    let text = markdown(&report, usize::MAX);
    let at = |part: &str| text.find(part).unwrap_or_else(|| panic!("{part}: {text}"));
    assert!(at("#### Changes (1)") < at("#### Warnings about the files"), "{text}");
    assert!(text.contains("photos are not sent yet") && !text.contains("Nothing was read or written"), "{text}");
}

#[test]
fn text_in_backticks_becomes_code() {
    let why = "Property Finder has no role with the key `team_lead`; there are: `decision_maker`";
    let plan = Plan {
        people: vec![PersonPlan { blocked: Some(Block::Saved(why.to_owned())), ..person("a", Vec::new()) }],
        ..Plan::default()
    };
    let (origin, roster) = (ReportOrigin::default(), roster(&[]));
    let text = markdown(&Report::new(ReportSubject::Plan, &origin, &plan, &roster), usize::MAX);
    assert!(text.contains("with the key `team_lead`; there are: `decision_maker`\n"), "{text}");
}
