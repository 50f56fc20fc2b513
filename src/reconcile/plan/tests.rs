#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::type_complexity, clippy::needless_pass_by_value)]

use serde_json::{Value, json};

use super::*;
use crate::model::agent::{Field, Status};
use crate::model::config::{Config, LinkFields};
use crate::model::record::Row;
use crate::model::roster::{Base, Declaration};
use crate::reconcile::observed::Role;
use crate::remote::{Mappers, plan};

fn config() -> Config {
    let id = |id: &str| id.to_owned();
    let mut config = Config::default();
    config.crm.link_fields =
        Some(LinkFields { agent: id("11"), pf_user: id("12"), pf_profile: id("13"), memory: id("14") });
    config
}

/// Every person has numbers of their own.
fn number(slug: &str, kind: u32) -> String {
    format!("+97150{kind}{:06}", slug.bytes().fold(7_u32, |sum, byte| (sum * 31 + u32::from(byte)) % 1_000_000))
}

/// An active agent with every required field, and what else is given.
fn file(slug: &str, status: Status, more: &[(Field, Value)]) -> Declaration {
    let text = |text: &str| Value::from(text);
    let word = ["active", "inactive", "archived"][status as usize];
    let mut record = Record::from([
        (Field::Status, text(word)),
        (Field::FirstName, text("Sara")),
        (Field::LastName, text("Khan")),
        (Field::Email, json!(format!("{slug}@public.example"))),
        (Field::Phone, json!(number(slug, 1))),
        (Field::Login, json!(format!("{slug}@example.com"))),
        (Field::Mobile, json!(number(slug, 2))),
    ]);
    record.extend(more.iter().cloned());
    let lines = record.keys().zip(2..).map(|(field, line)| (field.clone(), line)).collect();
    let slug = Slug::parse(slug).unwrap();
    Declaration {
        file: format!("agents/{slug}.yaml"),
        slug,
        status,
        record,
        clears_descriptions: false,
        lines,
        handover: None,
    }
}

fn roster(people: impl IntoIterator<Item = Declaration>) -> Roster {
    Roster { people: people.into_iter().map(|person| (person.slug.clone(), person)).collect() }
}

fn crm(id: u64, slug: &str, links: &Value) -> Row {
    let raw = json!({
        "id": id,
        "role": "agent",
        "public": {"first_name": "Sara", "last_name": "Khan", "email": format!("{slug}@public.example"), "phone": number(slug, 1)},
        "private": {"first_name": "Sara", "last_name": "Khan", "email": format!("{slug}@example.com"), "mobile": number(slug, 2)},
        "fields": links,
    });
    Row { id, raw }
}

fn linked(id: u64, slug: &str, pf: u64) -> Row {
    crm(id, slug, &json!({"11": slug, "12": pf.to_string(), "13": (pf + 1000).to_string(), "14": "{\"v\":1}"}))
}

fn pf(id: u64, slug: &str, status: &str) -> Row {
    let raw = json!({
        "id": id, "firstName": "Sara", "lastName": "Khan", "email": format!("{slug}@example.com"),
        "mobile": number(slug, 2), "status": status, "role": {"id": 3, "name": "Agent", "roleKey": "agent"},
        "publicProfile": {
            "id": id + 1000, "name": "Sara Khan", "email": format!("{slug}@public.example"), "phone": number(slug, 1),
            "bio": {"primary": null, "secondary": null}, "position": {"primary": null, "secondary": null},
            "compliances": [],
        },
    });
    Row { id, raw }
}

fn observed(crm: Vec<Row>, pf: Vec<Row>) -> Observed {
    read(&config(), None, &crm, &pf)
}

/// The rows as they are read with these settings.
fn read(config: &Config, base: Option<&Config>, crm: &[Row], pf: &[Row]) -> Observed {
    let roles = [(3, "agent"), (6, "admin")].map(|(id, key)| Role {
        id,
        name: key.to_owned(),
        role_key: key.to_owned(),
        printed_key: key.to_owned(),
        base_role_key: key.to_owned(),
    });

    let (now, base) = (Mappers::new(config, &roles), base.map(|base| Mappers::new(base, &roles)));
    Observed {
        crm: crm.iter().map(|row| now.crm_user(row, base.as_ref())).collect(),
        pf: pf.iter().map(|row| now.pf_user(row, base.as_ref())).collect(),
        roles: roles.to_vec(),
        ..Observed::default()
    }
}

/// One line an action: `crm update 3: public.licence`.
fn warning_texts(plan: &Plan) -> Vec<String> {
    let mut lines = Vec::new();
    for person in &plan.people {
        if let Some(why) = &person.blocked {
            lines.push(format!("{} blocked: {why}", person.slug));
        }
        for action in &person.actions {
            let id = action.remote_id.map_or_else(|| "new".to_owned(), |id| id.to_string());
            let mut line = format!("{} {} {} {id}", person.slug, action.system, action.operation.key());
            if action.operation != Operation::Create {
                let paths: Vec<String> = action.fields.iter().map(|change| change.field.to_string()).collect();
                line = format!("{line}: {}", paths.join(", "));
            }
            lines.push(line);
        }
    }
    lines
}

fn plan_of(people: impl IntoIterator<Item = Declaration>, crm: Vec<Row>, pf: Vec<Row>) -> Plan {
    plan(&roster(people), &observed(crm, pf), &config(), &Scope::ALL)
}

#[test]
fn one_person() {
    use Status::{Active, Archived, Inactive};
    let licence = [(Field::Licence, json!("48213"))];
    let moved = [(Field::FirstName, json!("Sarah")), (Field::ExperienceSince, json!(2014))];
    let no_profile = |status| {
        let mut row = pf(7, "sara", status);
        row.raw["publicProfile"] = Value::Null;
        row
    };
    let unlinked = |slug: &str| crm(3, "sara", &json!({"11": slug}));
    let table: Vec<(&str, Declaration, Vec<Row>, Vec<Row>, &[&str])> = vec![
        ("in sync", file("sara", Active, &[]), vec![linked(3, "sara", 7)], vec![pf(7, "sara", "active")], &[]),
        ("new", file("sara", Active, &[]), vec![], vec![], &["sara crm create new", "sara pf create new"]),
        ("new and inactive", file("sara", Inactive, &[]), vec![], vec![], &["sara crm create new"]),
        ("never seen and gone", file("sara", Archived, &[]), vec![], vec![], &[]),
        (
            "changed in the crm alone, since licences are not sent to pf",
            file("sara", Active, &licence),
            vec![linked(3, "sara", 7)],
            vec![pf(7, "sara", "active")],
            &["sara crm update 3: public.licence"],
        ),
        (
            "changed in both, one of them unreadable",
            file("sara", Active, &moved),
            vec![linked(3, "sara", 7)],
            vec![pf(7, "sara", "active")],
            &["sara crm update 3: public.first_name", "sara pf update 7: public.first_name, public.experience_since"],
        ),
        (
            "switched off",
            file("sara", Inactive, &[]),
            vec![linked(3, "sara", 7)],
            vec![pf(7, "sara", "active")],
            &["sara pf deactivate 7: status"],
        ),
        (
            "back",
            file("sara", Active, &[]),
            vec![linked(3, "sara", 7)],
            vec![pf(7, "sara", "inactive")],
            &["sara pf activate 7: status"],
        ),
        (
            "has left",
            file("sara", Archived, &[]),
            vec![linked(3, "sara", 7)],
            vec![pf(7, "sara", "active")],
            &["sara pf deactivate 7: status"],
        ),
        (
            "has left already",
            file("sara", Archived, &[]),
            vec![linked(3, "sara", 7)],
            vec![pf(7, "sara", "inactive")],
            &[],
        ),
        ("in the crm only", file("sara", Active, &[]), vec![unlinked("sara")], vec![], &["sara pf create new"]),
        (
            "a cut run",
            file("sara", Active, &[]),
            vec![unlinked("sara")],
            vec![pf(7, "sara", "active")],
            &["sara pf link 7: "],
        ),
        (
            "adopted",
            file("sara", Active, &licence),
            vec![crm(3, "sara", &json!({}))],
            vec![pf(7, "sara", "active")],
            &["sara crm adopt 3: public.licence", "sara pf adopt 7: "],
        ),
        (
            "renamed",
            file("sara", Active, &[]),
            vec![crm(3, "sara", &json!({"11": "sara-old", "12": 7, "13": 1007, "14": "{\"v\":1}"}))],
            vec![pf(7, "sara", "active")],
            &["sara crm rename 3: "],
        ),
        (
            "without a profile its fields are not compared",
            file("sara", Active, &moved),
            vec![crm(3, "sara", &json!({"11": "sara", "12": 7, "14": "{\"v\":1}"}))],
            vec![no_profile("active")],
            &["sara crm update 3: public.first_name"],
        ),
        (
            "a role that pf does not have",
            file("sara", Active, &[(Field::Role, json!("boss"))]),
            vec![linked(3, "sara", 7)],
            vec![pf(7, "sara", "active")],
            &[
                "sara blocked: Property Finder has no role with the key `boss`; there are: agent, admin. Map the CRM's role to one of them under `property_finder.roles` in roster.yaml",
            ],
        ),
    ];
    for (name, person, crm, pf, want) in table {
        assert_eq!(warning_texts(&plan_of([person], crm, pf)), want, "{name}");
    }
}

#[test]
fn an_unreadable_field_without_memory_is_first_and_causes_no_update() {
    let person = file("sara", Status::Active, &[(Field::ExperienceSince, json!(2014))]);
    let without = crm(3, "sara", &json!({"11": "sara", "12": 7, "13": 1007}));
    let plan = plan_of([person.clone()], vec![without], vec![pf(7, "sara", "active")]);
    assert_eq!(plan.people[0].actions[0].fields[0].class, crate::reconcile::diff::Class::First);
    assert_eq!((plan.count(Operation::Update), plan.count(Operation::Link)), (0, 1));

    let invalid = crm(3, "sara", &json!({"11": "sara", "12": 7, "13": 1007, "14": "2 pets"}));
    let plan = plan_of([person], vec![invalid], vec![pf(7, "sara", "active")]);
    assert_eq!(plan.people[0].actions[0].fields[0].class, crate::reconcile::diff::Class::First);
    assert!(plan.warnings[0].starts_with("agents/sara.yaml: what the CRM remembers"), "{:?}", plan.warnings);
}

#[test]
fn on_a_create_missing_private_names_and_the_role_are_filled_in() {
    let plan = plan_of([file("sara", Status::Active, &[])], vec![], vec![]);
    let fields: Vec<(String, Value)> = plan.people[0].actions[0]
        .fields
        .iter()
        .map(|change| (change.field.to_string(), change.after.clone()))
        .collect();
    for (path, value) in [("role", "agent"), ("private.first_name", "Sara"), ("private.last_name", "Khan")] {
        assert!(fields.contains(&(path.to_owned(), json!(value))), "{path} in {fields:?}");
    }
}

#[test]
fn a_login_is_freed_before_it_is_taken_and_a_cycle_is_blocked() {
    let login = |slug: &str| (Field::Login, json!(format!("{slug}@example.com")));
    let rows = || vec![linked(3, "sara", 7), linked(4, "omar", 8)];
    let users = || vec![pf(7, "sara", "active"), pf(8, "omar", "active")];

    let taker = file("sara", Status::Active, &[login("omar")]);
    let giver = file("omar", Status::Active, &[login("new")]);
    let plan = plan_of([taker.clone(), giver], rows(), users());
    let after: Vec<(&str, Vec<&str>)> = plan
        .people
        .iter()
        .map(|person| (person.slug.as_str(), person.after.iter().map(Slug::as_str).collect()))
        .collect();
    assert_eq!(after, [("omar", vec![]), ("sara", vec!["omar"])]);

    let plan = plan_of([taker, file("omar", Status::Active, &[login("sara")])], rows(), users());
    let why = "first give one of these people an unused login e-mail, in a change of its own, and apply it; if the logins \
               were exchanged by hand in the CRM and Property Finder, change one of them there";
    let want = [("omar", "sara"), ("sara", "omar")].map(|(one, other)| {
        format!("{one} blocked: login e-mails or slugs are exchanged in a cycle with {other}: {why}")
    });
    assert_eq!(warning_texts(&plan), want);
}

#[test]
fn separate_cycles_are_reported_separately() {
    let next = [("a", "b"), ("b", "a"), ("c", "d"), ("d", "e"), ("e", "c"), ("f", "a")];
    let numbers = || next.iter().zip(0_u64..);
    let files =
        next.map(|(slug, takes)| file(slug, Status::Active, &[(Field::Login, json!(format!("{takes}@example.com")))]));
    let rows = numbers().map(|((slug, _), at)| linked(10 + at, slug, 100 + at)).collect();
    let users = numbers().map(|((slug, _), at)| pf(100 + at, slug, "active")).collect();
    let plan = plan_of(files, rows, users);
    let ring = |slug: &str| {
        let (_, why) = plan.blocked().find(|(person, _)| person.slug.as_str() == slug).unwrap();
        why.split(": ").next().unwrap().to_owned()
    };
    for (slug, others) in [("a", "b"), ("b", "a"), ("c", "d, e"), ("d", "c, e"), ("e", "c, d")] {
        assert_eq!(ring(slug), format!("login e-mails or slugs are exchanged in a cycle with {others}"));
    }
    assert!(ring("f").starts_with("its login e-mail is still that of"), "{}", ring("f"));
}

#[test]
fn logins_exchanged_by_hand_are_restored_after_one_is_freed() {
    let people = || vec![file("omar", Status::Active, &[]), file("sara", Status::Active, &[])];
    let rows = || vec![linked(3, "sara", 7), linked(4, "omar", 8)];
    let user = |id, slug, login: &str| {
        let mut row = pf(id, slug, "active");
        row.raw["email"] = json!(format!("{login}@example.com"));
        row
    };
    let swapped = vec![user(7, "sara", "omar"), user(8, "omar", "sara")];
    let plan = plan_since(&base(people()), people(), rows(), swapped);
    let why = "the files did not change, the logins were exchanged by hand in Property Finder; give one of these people an \
               unused login e-mail there, then run roster again, which sets all of them back";
    let want = [("omar", "sara"), ("sara", "omar")].map(|(one, other)| {
        format!("{one} blocked: login e-mails or slugs are exchanged in a cycle with {other}: {why}")
    });
    assert_eq!(warning_texts(&plan), want);

    let freed = vec![user(7, "sara", "unused"), user(8, "omar", "sara")];
    let plan = plan_since(&base(people()), people(), rows(), freed);
    assert_eq!(warning_texts(&plan), ["omar pf update 8: private.email", "sara pf update 7: private.email"]);
    assert_eq!(plan.people[1].after, [Slug::parse("omar").unwrap()]);
}

#[test]
fn an_empty_list_of_descriptions_removes_every_language_with_a_line_for_each() {
    let row = || {
        let mut row = linked(3, "sara", 7);
        row.raw["public"]["descriptions"] =
            json!([{"lang": "en", "content": "A"}, {"lang": "fr", "content": "B"}, {"lang": "RU", "content": ""}]);
        row
    };
    let languages = ["en", "ar"].map(|language| (Field::Description(language.to_owned()), Value::Null));
    let mut sara = file("sara", Status::Active, &languages);
    let planned = |sara: &Declaration| plan_of([sara.clone()], vec![row()], vec![pf(7, "sara", "active")]);
    assert_eq!(warning_texts(&planned(&sara)), ["sara crm update 3: public.descriptions.en"]);

    sara.clears_descriptions = true;
    let plan = planned(&sara);
    assert_eq!(warning_texts(&plan), ["sara crm update 3: public.descriptions.en, public.descriptions.fr"]);
    assert!(plan.people[0].actions[0].fields.iter().all(|change| change.after.is_null()));

    // The base said so too: somebody wrote the texts in the CRM.
    let plan = plan_since(&base([sara.clone()]), vec![sara], vec![row()], vec![pf(7, "sara", "active")]);
    assert!(plan.people[0].actions[0].fields.iter().all(|change| change.class == Class::Drift), "{:?}", plan.people);
}

#[test]
fn without_link_fields_no_person_is_created_and_no_login_changes() {
    let mut config = config();
    config.crm.link_fields = None;
    let people = [
        file("new", Status::Active, &[]),
        file("sara", Status::Active, &[(Field::Licence, json!("1")), (Field::ExperienceSince, json!(2014))]),
    ];
    let observed = read(&config, None, &[crm(3, "sara", &json!({}))], &[pf(7, "sara", "active")]);
    let plan = plan(&roster(people), &observed, &config, &Scope::ALL);
    let said = warning_texts(&plan);
    assert!(said[0].starts_with("new blocked: cannot be created before roster.yaml names crm.link_fields"), "{said:?}");
    assert_eq!(said[1..], ["sara crm update 3: public.licence"]);
    assert!(plan.warnings[0].contains("login e-mail alone"));
}

#[test]
fn protection_follows_the_person_through_renames() {
    let leaving = |slug: &str| file(slug, Status::Inactive, &[]);
    // The row is sara's, under the slug that it carries.
    let rows =
        |carried: &str| vec![crm(3, "sara", &json!({"11": carried, "12": "7", "13": "1007", "14": "{\"v\":1}"}))];
    let mut renamed = base([file("boss", Status::Active, &[(Field::Login, json!("sara@example.com"))])]);
    renamed.renames.insert(Slug::parse("sara").unwrap(), Slug::parse("boss").unwrap());
    let table: Vec<(&str, &str, &str, Option<&Base>, bool)> = vec![
        ("nobody is protected", "omar", "sara", None, false),
        ("by the file", "sara", "sara", None, true),
        ("by the slug in the row", "boss", "boss", None, true),
        ("by the slug at base", "boss", "sara", Some(&renamed), true),
        ("renamed before base", "boss", "sara", None, false),
    ];
    for (name, protected, carried, base, blocked) in table {
        let mut config = config();
        config.protect = vec![protected.to_owned()];
        let observed = observed(rows(carried), vec![pf(7, "sara", "active")]);
        let plan = plan(&roster([leaving("sara")]), &observed, &config, &Scope { base, ..Scope::ALL });
        assert_eq!(plan.blocked().count(), usize::from(blocked), "{name}: {:?}", warning_texts(&plan));
        // A slug that matches no person stops the plan.
        let guards = crate::reconcile::guard::guard(&plan, &config.limits, &[], None);
        assert_eq!(guards.iter().any(|block| block.guard.key() == "protect"), !blocked, "{name}: {guards:?}");
    }
}

#[test]
fn the_user_of_the_api_key_is_never_deactivated() {
    let own = |login: &str| {
        let files = [file("sara", Status::Inactive, &[])];
        let mut plan = plan_of(files, vec![linked(3, "sara", 7)], vec![pf(7, "sara", "active")]);
        assert!(plan.switches_off());
        plan.protect_own(login);
        plan.blocked().count()
    };
    assert_eq!((own("other@example.com"), own("Sara@example.com")), (0, 1));
}

/// Files whose names, or whose people, moved: the rows follow the people, one after the other.
#[test]
fn a_slug_is_freed_before_another_row_takes_it() {
    let person = |own: &str, first: &str, last: &str, slug: &str| {
        let names = [(Field::FirstName, json!(first)), (Field::LastName, json!(last))];
        let person = file(own, Status::Active, &names);
        let file = format!("agents/{slug}.yaml");
        Declaration { slug: Slug::parse(slug).unwrap(), file, ..person }
    };
    let sara = |slug: &str| person("sara", "Sara", "Khan", slug);
    let omar = |slug: &str| person("omar", "Omar", "Saad", slug);
    let row = |mut row: Row| {
        (row.raw["public"]["first_name"], row.raw["public"]["last_name"]) = (json!("Omar"), json!("Saad"));
        (row.raw["private"]["first_name"], row.raw["private"]["last_name"]) = (json!("Omar"), json!("Saad"));
        row
    };
    let user = |mut user: Row| {
        (user.raw["firstName"], user.raw["lastName"]) = (json!("Omar"), json!("Saad"));
        user.raw["publicProfile"]["name"] = json!("Omar Saad");
        user
    };
    let users = || vec![pf(7, "sara", "active"), user(pf(8, "omar", "active"))];

    // Sara's file has a new name, and a newcomer's file has her old one.
    let plan = plan_of([sara("sara-khan"), omar("sara")], vec![linked(3, "sara", 7)], vec![pf(7, "sara", "active")]);
    assert_eq!(warning_texts(&plan), ["sara crm create new", "sara pf create new", "sara-khan crm rename 3: "]);
    assert_eq!(plan.people[0].after, [Slug::parse("sara-khan").unwrap()]);
    let only_newcomer = Scope { agent: &|slug| slug.as_str() == "sara", system: None, base: None };
    let seen = observed(vec![linked(3, "sara", 7)], vec![pf(7, "sara", "active")]);
    let part = crate::remote::plan(&roster([sara("sara-khan"), omar("sara")]), &seen, &config(), &only_newcomer);
    assert_eq!(
        warning_texts(&part),
        [
            "sara blocked: its slug is still in crm 3, which is that of `sara-khan` and is not renamed in this plan: apply \
          `sara-khan` first"
        ]
    );

    // Two files were exchanged.
    let rows = vec![linked(3, "sara", 7), row(linked(4, "omar", 8))];
    let plan = plan_of([sara("omar"), omar("sara")], rows, users());
    let why = "first rename one of these files to a slug that is unused, in a change of its own, and apply it";
    let want = [("omar", "sara"), ("sara", "omar")].map(|(one, other)| {
        format!("{one} blocked: login e-mails or slugs are exchanged in a cycle with {other}: {why}")
    });
    assert_eq!(warning_texts(&plan), want);
}

/// A linked row that describes another person is drift if the row was edited, and none if the file was.
#[test]
fn drift_shows_a_linked_row_that_was_given_to_another_person() {
    let omar = [
        (Field::Login, json!("omar@example.com")),
        (Field::FirstName, json!("Omar")),
        (Field::LastName, json!("Saad")),
    ];
    let sara = || file("sara", Status::Active, &[]);
    let mut edited = linked(3, "sara", 7);
    edited.raw["public"] = json!({"first_name": "Omar", "last_name": "Saad"});
    edited.raw["private"] = json!({"first_name": "Omar", "last_name": "Saad", "email": "omar@example.com"});
    let base = base([sara()]);
    let drift = |now: Declaration, crm: Row| {
        let mut plan = plan_since(&base, vec![now], vec![crm], vec![pf(7, "sara", "active")]);
        let planned = warning_texts(&plan);
        plan.keep_drift(&base);
        (planned, warning_texts(&plan))
    };
    let fields = "public.first_name, public.last_name, public.email, public.phone, private.email, private.mobile";
    let adopt = format!("sara crm adopt 3: {fields}");
    assert_eq!(drift(sara(), edited), (vec![adopt.clone()], vec![adopt]));
    let (planned, drifted) = drift(file("sara", Status::Active, &omar), linked(3, "sara", 7));
    assert!(planned[0].starts_with("sara crm adopt 3: ") && planned[1].starts_with("sara pf adopt 7: "), "{planned:?}");
    assert_eq!(drifted, Vec::<String>::new());
    // An emptied slug is written again.
    let emptied = crm(3, "sara", &json!({"12": "7", "13": "1007", "14": "{\"v\":1}"}));
    let link = vec!["sara crm link 3: ".to_owned()];
    assert_eq!(drift(sara(), emptied), (link.clone(), link));
}

#[test]
fn a_scope_leaves_out_people_and_systems_but_never_an_orphan() {
    let people = || [file("omar", Status::Active, &[]), file("sara", Status::Active, &[])];
    let rows = vec![crm(9, "gone", &json!({"11": "gone"}))];
    let only_sara = Scope { agent: &|slug| slug.as_str() == "sara", system: Some(System::Pf), base: None };
    let shown = vec![pf(7, "gone", "active")];
    let plan = plan(&roster(people()), &observed(rows, shown), &config(), &only_sara);
    assert_eq!(warning_texts(&plan), ["sara pf create new"]);
    assert_eq!(plan.orphans.len(), 1);
}

fn base(people: impl IntoIterator<Item = Declaration>) -> Base {
    Base { name: "main".to_owned(), config: config(), people: roster(people).people, ..Base::default() }
}

fn plan_since(base: &Base, people: Vec<Declaration>, crm: Vec<Row>, pf: Vec<Row>) -> Plan {
    plan(&roster(people), &observed(crm, pf), &config(), &Scope { base: Some(base), ..Scope::ALL })
}

/// One line a field: `crm public.licence drift`.
fn classes(plan: &Plan) -> Vec<String> {
    let actions = plan.people.iter().flat_map(|person| &person.actions);
    let line = |action: &Action, change: &Change| format!("{} {} {}", action.system, change.field, change.class.key());
    actions.flat_map(|action| action.fields.iter().map(move |change| line(action, change))).collect()
}

#[test]
fn the_base_distinguishes_change_and_drift_in_every_field_and_system() {
    let memory = "{\"v\":1,\"since\":2014}";
    let row = || crm(3, "sara", &json!({"11": "sara", "12": "7", "13": "1007", "14": memory}));
    let file = |more: &[(Field, Value)]| file("sara", Status::Active, more);
    let since = |year: u32| (Field::ExperienceSince, json!(year));
    let named = |first: &str, last: &str| [(Field::FirstName, json!(first)), (Field::LastName, json!(last))];
    let mobile = |number: &str| [(Field::Mobile, json!(number))];
    let table: Vec<(&str, Declaration, Declaration, &[&str])> = vec![
        ("in sync", file(&[since(2014)]), file(&[since(2014)]), &[]),
        (
            "a private field, set back in both",
            file(&mobile("+971501111111")),
            file(&mobile("+971 50 111 1111")),
            &["crm private.mobile drift", "pf private.mobile drift"],
        ),
        (
            "a private field, changed in both",
            file(&mobile(&number("sara", 2))),
            file(&mobile("+971501111111")),
            &["crm private.mobile change", "pf private.mobile change"],
        ),
        (
            "a private field, changed by everybody",
            file(&mobile("+971502222222")),
            file(&mobile("+971501111111")),
            &["crm private.mobile conflict", "pf private.mobile conflict"],
        ),
        ("new in the file", file(&[]), file(&[(Field::Theme, json!("onyx"))]), &["crm theme change"]),
        ("unreadable, changed", file(&[since(2014)]), file(&[since(2015)]), &["pf public.experience_since change"]),
        ("unreadable, drifted", file(&[since(2015)]), file(&[since(2015)]), &["pf public.experience_since drift"]),
        ("unreadable, both", file(&[since(2013)]), file(&[since(2015)]), &["pf public.experience_since conflict"]),
        (
            "the one name is read as the file of then would read it",
            file(&named("Sara", "Khan")),
            file(&named("Sara Khan", "Al Saad")),
            &["crm public.first_name change", "crm public.last_name change", "pf public.last_name change"],
        ),
    ];
    for (name, then, now, want) in table {
        let plan = plan_since(&base([then]), vec![now], vec![row()], vec![pf(7, "sara", "active")]);
        assert_eq!(classes(&plan), want, "{name}");
        let people = |class: &str| usize::from(want.iter().any(|line| line.ends_with(class)));
        assert_eq!((plan.conflicts(), plan.drifts()), (people("conflict"), people("drift")), "{name}");
    }
}

#[test]
fn a_difference_caused_by_the_old_configuration_is_not_drift() {
    let licence = || file("sara", Status::Active, &[(Field::Licence, json!("48213"))]);
    let row = || {
        let mut row = linked(3, "sara", 7);
        row.raw["public"]["licence"] = json!("48213");
        row
    };
    let mut config = config();
    config.property_finder.licence = Some("brn".to_owned());
    let mut base = base([licence()]);
    let of = |base: &Base| {
        let observed = read(&config, Some(&base.config), &[row()], &[pf(7, "sara", "active")]);
        classes(&plan(&roster([licence()]), &observed, &config, &Scope { base: Some(base), ..Scope::ALL }))
    };
    assert_eq!(of(&base), ["pf public.licence change"]);
    base.config = config.clone();
    assert_eq!(of(&base), ["pf public.licence drift"]);
}

#[test]
fn a_conflicting_person_is_first_and_counted_once() {
    let phone = |slug: &str, phone: &str| file(slug, Status::Active, &[(Field::Phone, json!(phone))]);
    let (one, other) = ("+971501111111", "+971502222222");
    let then = [phone("ali", one), phone("omar", other), phone("sara", other), file("zoe", Status::Active, &[])];
    let mut now = vec![phone("ali", one), phone("omar", one), phone("sara", one), phone("zoe", one)];
    now[2].record.insert(Field::LastName, json!("Saad"));
    let mut then = base(then);
    // Of sara one field drifts and another conflicts: she counts under conflict alone.
    then.people.get_mut(&Slug::parse("sara").unwrap()).unwrap().record.insert(Field::LastName, json!("Saad"));
    let slugs = ["ali", "omar", "sara", "zoe"];
    let crm = slugs.iter().zip(3..).map(|(slug, id)| linked(id, slug, id + 10)).collect();
    let pf = slugs.iter().zip(13..).map(|(slug, id)| pf(id, slug, "active")).collect();
    let plan = plan_since(&then, now, crm, pf);
    let order: Vec<&str> = plan.people.iter().map(|person| person.slug.as_str()).collect();
    assert_eq!(order, ["omar", "sara", "ali", "zoe"]);
    assert_eq!((plan.conflicts(), plan.drifts(), plan.count(Operation::Update)), (2, 1, 4));
    assert!(crate::reconcile::guard::guard(&plan, &config().limits, &[], None).is_empty(), "none of it blocks");
}

#[test]
fn a_deactivation_by_hand_is_distinguished_from_a_return() {
    let limits = config().limits;
    let table = [
        (Status::Active, "pf status drift", vec!["activate_drift"]),
        (Status::Inactive, "pf status change", vec![]),
        (Status::Archived, "pf status change", vec![]),
    ];
    for (then, class, blocks) in table {
        let base = base([file("sara", then, &[])]);
        let now = vec![file("sara", Status::Active, &[])];
        let plan = plan_since(&base, now, vec![linked(3, "sara", 7)], vec![pf(7, "sara", "inactive")]);
        assert_eq!(warning_texts(&plan), ["sara pf activate 7: status"]);
        assert_eq!(classes(&plan), [class]);
        let guards: Vec<&str> =
            crate::reconcile::guard::guard(&plan, &limits, &[], None).iter().map(|block| block.guard.key()).collect();
        assert_eq!(guards, blocks);
    }
}

#[test]
fn a_rename_in_git_that_the_file_confirms_keeps_the_row() {
    let slug = |slug: &str| Slug::parse(slug).unwrap();
    let phone = |phone: &str| (Field::Phone, json!(phone));
    let login = |name: &str| (Field::Login, json!(format!("{name}@example.com")));
    let rows = || (vec![linked(3, "old", 7)], vec![pf(7, "old", "active")]);
    // A file of `old` under a new name, with another login and a phone that somebody changed in both systems.
    let then = file("old", Status::Active, &[phone("+971501111111")]);
    let now = |more: &[(Field, Value)]| {
        let mut file = file("sara", Status::Active, &[]);
        file.record.extend(then.record.clone());
        file.record.extend([login("sara")].into_iter().chain(more.iter().cloned()));
        file
    };
    let mut base = base([then.clone()]);
    base.renames.insert(slug("sara"), slug("old"));

    let (crm, pf) = rows();
    let plan = plan_since(&base, vec![now(&[])], crm, pf);
    assert_eq!(
        warning_texts(&plan),
        [
            "sara crm rename 3: ",
            "sara crm update 3: public.phone, private.email",
            "sara pf update 7: public.phone, private.email"
        ]
    );
    assert_eq!(
        classes(&plan),
        ["crm public.phone drift", "crm private.email change", "pf public.phone drift", "pf private.email change"]
    );
    assert_eq!(plan.orphans, []);

    // Without a base the row looks like the person, and nobody is created beside it.
    let (crm, pf) = rows();
    let plan = plan_of([now(&[])], crm, pf);
    let blocked = warning_texts(&plan).join("\n");
    assert!(blocked.starts_with("sara blocked: may exist already"), "{blocked}");
    assert!(blocked.contains("write `sara` into link field 11 (agent) of crm 3"), "{blocked}");
    let guard = &crate::reconcile::guard::guard(&plan, &config().limits, &[], None)[0];
    assert!(guard.message.contains("crm 3 may be `sara`: if that file was renamed"), "{}", guard.message);

    // Another person's file that git takes for it: two names and every contact differ.
    let other = file("sara", Status::Active, &[(Field::FirstName, json!("Omar")), (Field::LastName, json!("Saad"))]);
    let (crm, pf) = rows();
    let plan = plan_since(&base, vec![other], crm, pf);
    assert_eq!(warning_texts(&plan), ["sara crm create new", "sara pf create new"]);
    assert_eq!(plan.orphans.len(), 1);
}

/// Sara takes Omar's login e-mail, in every way in which Omar does not give it up.
#[test]
fn a_login_that_a_row_keeps_is_not_taken() {
    let login = |slug: &str| (Field::Login, json!(format!("{slug}@example.com")));
    let taker = || file("sara", Status::Active, &[login("omar")]);
    let rows = || vec![linked(3, "sara", 7), linked(4, "omar", 8)];
    let users = || vec![pf(7, "sara", "active"), pf(8, "omar", "active")];
    let held = "sara blocked: its login e-mail is still that of crm 4, which does not give it up in this plan: change that \
                one first, or together with this one; of an archived person, in that system itself";
    let boss = file("omar", Status::Active, &[login("new"), (Field::Role, json!("boss"))]);
    let giver = || file("omar", Status::Active, &[login("new")]);

    let orphan = plan_of([taker()], rows(), users());
    assert_eq!(warning_texts(&orphan), [held]);
    let blocked = plan_of([taker(), boss], rows(), users());
    assert_eq!(warning_texts(&blocked).last().map(String::as_str), Some(held));
    let only_sara = Scope { agent: &|slug| slug.as_str() == "sara", system: None, base: None };
    let scoped = plan(&roster([taker(), giver()]), &observed(rows(), users()), &config(), &only_sara);
    assert_eq!(warning_texts(&scoped), [held]);
    let newcomer = file("new", Status::Active, &[login("omar"), (Field::LastName, json!("Saad"))]);
    let newcomer = plan_of([newcomer, file("omar", Status::Active, &[])], rows(), users());
    assert!(
        warning_texts(&newcomer)[0].starts_with("new blocked: its login e-mail is still that of"),
        "{:?}",
        warning_texts(&newcomer)
    );

    // Who is protected after all gives nothing up.
    let leaving = file("omar", Status::Inactive, &[login("new")]);
    let mut protected = plan_of([taker(), leaving], rows(), users());
    assert_eq!(protected.blocked().count(), 0);
    protected.protect_own("omar@example.com");
    assert_eq!(protected.blocked().count(), 2);
}

#[test]
fn a_digest_depends_on_private_values_only_with_a_key() {
    let with = |mobile: &str| {
        let person = file("sara", Status::Active, &[(Field::Mobile, json!(mobile))]);
        plan_of([person], vec![linked(3, "sara", 7)], vec![pf(7, "sara", "active")])
    };
    let (one, other) = (with("+971501111111"), with("+971502222222"));
    let key = secrecy::SecretString::from("a key");
    assert_eq!(crate::reconcile::guard::whole_digest(&one, None), crate::reconcile::guard::whole_digest(&other, None));
    assert_ne!(
        crate::reconcile::guard::whole_digest(&one, Some(&key)),
        crate::reconcile::guard::whole_digest(&other, Some(&key))
    );
}

mod guards;
mod left;
