#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use serde_json::json;

use super::plan as markdown;
use crate::agent::Field;
use crate::diff::{Change, Class};
use crate::exit::Exit;
use crate::guard::Block;
use crate::identity::Orphan;
use crate::plan::estimate::Estimate;
use crate::plan::{Operation, Person, Plan, Unmanaged};
use crate::record::System;
use crate::report::tests::{action, change, person, roster};
use crate::report::{Origin, Report, Subject};

const COMMIT: &str = "1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d";

fn origin() -> Origin {
    Origin {
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
        [System::Crm, System::Pf]
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
    let blocked = Person {
        blocked: Some(
            "crm rows 4 and 5 all have its login e-mail: give one of them another login, or tie the right one by hand"
                .to_owned(),
        ),
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
        warnings: vec!["agents/omar-haddad.yaml: public.languages: Property Finder has no id for `eo`".to_owned()],
        unchanged: 143,
        ..Plan::default()
    }
}

fn blocks() -> Vec<Block> {
    let block = |guard, digest: Option<&str>| Block {
        guard,
        limit: 0,
        actual: 1,
        digest: digest.map(str::to_owned),
        message: String::new(),
    };
    vec![block("adopt", Some("0123456789abcdef0123456789abcdef")), block("orphans", None)]
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
        ..Report::new(Subject::Plan, &origin, &plan, &roster)
    };
    golden("plan", &markdown(&report, 60_000));
}

/// What GitHub's reader makes of a document.
#[allow(dead_code)]
fn rendered(markdown: &str) -> String {
    let mut options = comrak::Options::default();
    options.extension.table = true;
    options.extension.autolink = true;
    options.extension.strikethrough = true;
    options.extension.tasklist = true;
    options.extension.footnotes = true;
    options.extension.alerts = true;
    options.render.r#unsafe = true;
    comrak::markdown_to_html(markdown, &options)
}
