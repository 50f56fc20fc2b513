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

mod drift;
mod hostile;
mod limits;
mod requests;
mod runs;

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
        |lang: &str, before: &str, after: &str| change(Field::Position(lang.into()), json!(before), json!(after));
    let update = |fields| action(System::Crm, Operation::Update, fields);
    let senior = || position("en", "Sales Consultant", "Senior Sales Consultant");
    let sara = person(
        "sara-khan",
        vec![update(vec![
            senior(),
            position("ar", "مستشارة مبيعات", "مستشارة مبيعات أولى"),
            change(Field::Description("en".into()), json!(bio), json!(bio.replace("eleven", "more than twelve"))),
            change(Field::Description("ar".into()), json!(arabic), json!(arabic.replace("أحد عشر", "اثني عشر"))),
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
                        change(Field::Position("ar".into()), json!(null), json!("وسيطة عقارات")),
                        change(Field::Languages, json!(null), json!(["ar", "en"])),
                        change(Field::Login, json!(null), json!("lina@login.example")),
                        change(Field::Mobile, json!(null), json!("+971509876543")),
                        change(Field::Description("en".into()), json!(null), json!(bio)),
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
        conflicts_and_drift: 0,
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
    let roster = roster(&[(Field::Position("en".into()), 12), (Field::Languages, 17), (Field::Mobile, 29)]);
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
    let position = || change(Field::Position("en".into()), json!("Sales Consultant"), json!("Property Consultant"));
    let one = |at: usize| {
        let both = System::ALL.map(|system| action(system, Operation::Update, vec![position()]));
        person(&format!("agent-with-a-name-{at}"), both.to_vec())
    };
    let plan = Plan { people: (0..3000).map(one).collect(), ..Plan::default() };
    let (origin, roster) = (origin(), roster(&[]));
    let text = markdown(&of(&plan, &origin, &roster), 60_000);
    assert!(text.len() < 60_000, "{}", text.len());
    assert!(text.contains("\n### roster: 3000 people change\n"), "{text:.300}");
    assert!(text.contains("\n| update | 3000 |\n| unchanged | 0 |\n"), "{text:.300}");
    assert!(text.contains("\n#### Changes (3000)\n\n**The same for 3000 people:**\n"), "{text:.600}");
    let line = "- `public.position.en`: `Sales Consultant` → `Property Consultant` · crm pf\n";
    assert!(text.contains("\\\nFields that change: `public.position.en` of 3000 people.\n"), "{text:.600}");
    assert_eq!((text.matches(line).count(), text.matches("`public.position.en`").count()), (1, 2));
    let named = text.matches("`agent-with-a-name-").count();
    assert!(text.contains(&format!(" and {} more\n\n</details>", 3000 - named)), "{named}");
    assert!(!text.contains("Left out"), "nobody is: their change is there");
}

/// One new value, whatever the earlier values were.
#[test]
fn a_new_value_of_many_people_is_shown_once() {
    let one = |at: usize| {
        let earlier = ["Consultant", "Agent", "Sales"][at % 3];
        let position = change(Field::Position("en".into()), json!(earlier), json!("Property Consultant"));
        person(&format!("agent-{at}"), vec![action(System::Crm, Operation::Update, vec![position])])
    };
    let plan = Plan { people: (0..40).map(one).collect(), ..Plan::default() };
    let (origin, roster) = (origin(), roster(&[]));
    let text = markdown(&of(&plan, &origin, &roster), 60_000);
    let line = "- `public.position.en`: 3 earlier values → `Property Consultant` · crm\n";
    assert!(text.contains(&format!("**The same for 40 people:**\n{line}")), "{text}");
    assert_eq!(text.matches("Property Consultant").count(), 1, "{text}");
}

/// A long text is compared by words with each earlier one, and is shown once all the same.
#[test]
fn a_new_text_of_many_people_is_shown_once() {
    let new = format!("One office text for everybody. {}", "Call us on any day. ".repeat(12));
    let one = |at: usize| {
        let earlier = format!("Person {at} sells villas. {}", "Knows each street. ".repeat(12));
        let text = change(Field::Description("en".into()), json!(earlier), json!(new));
        person(&format!("agent-{at}"), vec![action(System::Crm, Operation::Update, vec![text])])
    };
    let plan = Plan { people: (0..40).map(one).collect(), ..Plan::default() };
    let (origin, roster) = (origin(), roster(&[]));
    let text = markdown(&of(&plan, &origin, &roster), 60_000);
    assert!(text.contains("**The same for 40 people:**\n- `public.descriptions.en`: 40 earlier values → "), "{text}");
    assert_eq!(text.matches("One office text for everybody.").count(), 1, "{text}");
}

/// The summary counts conflicts and drift apart from the people to change, so the limit names them.
#[test]
fn a_limit_of_changes_names_conflicts_and_drift() {
    let plan = Plan::default();
    let (origin, roster) = (origin(), roster(&[]));
    for (conflicts_and_drift, words) in [(0, ""), (4, ", 4 of them with a conflict or drift")] {
        let guard = Guard::Operation(Operation::Update);
        let block = GuardBlock {
            guard,
            limit: 2,
            conflicts_and_drift,
            actual: 5,
            digest: Some("0123456789abcdef".to_owned()),
            message: String::new(),
        };
        let report = Report { blocks: &[block], ..of(&plan, &origin, &roster) };
        let text = markdown(&report, 60_000);
        assert!(text.contains(&format!("- **5 people would be changed{words}** (limit: 2).")), "{text}");
        let page = crate::report::document(crate::report::ReportFormat::Html, &report, usize::MAX);
        assert!(page.contains(&format!("5 people would be changed{words}</strong> (limit: 2).")), "{page}");
    }
}

#[test]
fn a_person_with_a_further_change_is_shown_with_that_change_only() {
    let position = || change(Field::Position("en".into()), json!("Consultant"), json!("Broker"));
    let phone = |number: u64| change(Field::Phone, json!("+971501111111"), json!(format!("+97150222222{number}")));
    let update = |fields| vec![action(System::Crm, Operation::Update, fields)];
    let mut people: Vec<PersonPlan> = (1..=3).map(|at| person(&format!("a-{at}"), update(vec![position()]))).collect();
    people.push(person("b", update(vec![position(), phone(1)])));
    people.extend((4..=5).map(|at| person(&format!("c-{at}"), update(vec![phone(5)]))));
    let plan = Plan { people, ..Plan::default() };
    let roster = roster(&[]);
    insta::assert_snapshot!(body(&markdown(&of(&plan, &ReportOrigin::default(), &roster), 60_000)), @r"
    ### roster: 6 people change

    6 have other changes.\
    Fields that change: `public.position.en` of 4 people, `public.phone` of 3 people.

    | | people |
    | :-- | ---: |
    | update | 6 |
    | unchanged | 0 |

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
    insta::assert_snapshot!(body(&markdown(&report, 60_000)), @"
    ### roster: nothing to write, 8 blocked

    | | people |
    | :-- | ---: |
    | blocked | 8 |
    | unchanged | 0 |

    #### Blocked

    **Nothing is planned for 8 people:**

    - **6 people:** the CRM's role code has no roleKey (`a-0`, `a-1`, `a-2`, `a-4`, `a-5`, `a-6`)
    - **`agents/a-3.yaml`**: no role for row 3
    - **`agents/a-7.yaml`**: no role for row 7
    ");
}

#[test]
fn a_person_has_the_public_name_in_front_of_the_file() {
    let phone = change(Field::Phone, json!("+971501111111"), json!("+971502222222"));
    let mut maria = person("maria", vec![action(System::Crm, Operation::Update, vec![phone])]);
    maria.crm_desired = [(Field::FirstName, "Maria".into()), (Field::LastName, "Santos".into())].into_iter().collect();
    let plan = Plan { people: vec![maria], ..Plan::default() };
    let (origin, roster) = (ReportOrigin::default(), roster(&[]));
    let text = markdown(&Report::new(ReportSubject::Plan, &origin, &plan, &roster), usize::MAX);
    assert!(text.contains("\n**`Maria Santos`** · `agents/maria.yaml` · crm 3\n"), "{text}");
}

#[test]
fn a_group_names_people_and_those_of_one_name_by_their_slugs() {
    let named = |slug: &str, name: Option<&str>| {
        let change = change(Field::Position("en".into()), json!("Intern"), json!("Consultant"));
        let mut person = person(slug, vec![action(System::Crm, Operation::Update, vec![change])]);
        person.crm_desired = name.map(|name| (Field::FirstName, name.into())).into_iter().collect();
        person
    };
    let people = [("a", Some("Maria")), ("b", Some("Sara")), ("c", Some("Sara")), ("d", None), ("e", Some("Omar"))];
    let plan = Plan { people: people.map(|(slug, name)| named(slug, name)).to_vec(), ..Plan::default() };
    let (origin, roster) = (ReportOrigin::default(), roster(&[]));
    let text = markdown(&Report::new(ReportSubject::Plan, &origin, &plan, &roster), usize::MAX);
    assert!(text.contains("\nWho: `Maria`, `b`, `c`, `d`, `Omar`\n"), "{text}");
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

#[test]
fn a_command_in_a_sentence_is_one_piece_of_code() {
    let table = [
        ("use `roster link sara --release`, or wait", "use `roster link sara --release`, or wait"),
        ("`roster apply`.", "`roster apply`."),
        ("open `roster link", "open `` `roster `` link"),
        ("crm 3: `roster link omar --crm 3` links it", "crm 3: `roster link omar --crm 3` links it"),
    ];
    for (text, want) in table {
        assert_eq!(super::escape::Markdown::default().prose(text).into_text(), want, "{text}");
    }
}
