#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::type_complexity, clippy::needless_pass_by_value)]

use serde_json::{Value, json};

use super::*;
use crate::model::agent::{Field, Status};
use crate::model::config::{Config, LinkFields};
use crate::model::record::{Row, record_of};
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
    let word = ["active", "inactive", "archived"][status as usize];
    let mut record = record_of([
        (Field::Status, json!(word)),
        (Field::FirstName, json!("Sara")),
        (Field::LastName, json!("Khan")),
        (Field::Email, json!(format!("{slug}@public.example"))),
        (Field::Phone, json!(number(slug, 1))),
        (Field::Login, json!(format!("{slug}@example.com"))),
        (Field::Mobile, json!(number(slug, 2))),
    ]);
    record.extend(more.iter().map(|(field, value)| (field.clone(), value.clone().into())));
    let lines = (2..).take(record.len()).collect();
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
    Row::new(id, raw)
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
    Row::new(id, raw)
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
        crm: crm.iter().map(|row| Arc::new(now.crm_user(row, base.as_ref()))).collect(),
        pf: pf.iter().map(|row| Arc::new(now.pf_user(row, base.as_ref()))).collect(),
        roles: roles.to_vec(),
        ..Observed::default()
    }
}

fn warnings_of(plan: &Plan) -> Vec<String> {
    plan.warnings.iter().map(ToString::to_string).collect()
}

/// One line an action: `crm update 3: public.licence`.
fn warning_texts(plan: &Plan) -> Vec<String> {
    let mut lines = Vec::new();
    for person in &plan.people {
        if let Some(why) = person.why_blocked() {
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
            "deactivated",
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
    assert!(
        plan.warnings[0].to_string().starts_with("agents/sara.yaml: the memory in the CRM cannot be read"),
        "{:?}",
        plan.warnings
    );
}

#[test]
fn on_a_create_missing_private_names_and_the_role_are_filled_in() {
    let plan = plan_of([file("sara", Status::Active, &[])], vec![], vec![]);
    let fields: Vec<_> = plan.people[0].actions[0]
        .fields
        .iter()
        .map(|change| (change.field.to_string(), change.after.clone()))
        .collect();
    for (path, value) in [("role", "agent"), ("private.first_name", "Sara"), ("private.last_name", "Khan")] {
        assert!(fields.contains(&(path.to_owned(), value.into())), "{path} in {fields:?}");
    }
}

#[test]
fn an_empty_list_of_descriptions_removes_every_language_with_a_line_for_each() {
    let row = || {
        let mut row = linked(3, "sara", 7);
        row.raw["public"]["descriptions"] =
            json!([{"lang": "en", "content": "A"}, {"lang": "fr", "content": "B"}, {"lang": "RU", "content": ""}]);
        row
    };
    let languages = ["en", "ar"].map(|language| (Field::Description(language.into()), Value::Null));
    let mut sara = file("sara", Status::Active, &languages);
    let planned = |sara: &Declaration| plan_of([sara.clone()], vec![row()], vec![pf(7, "sara", "active")]);
    assert_eq!(warning_texts(&planned(&sara)), ["sara crm update 3: public.descriptions.en"]);

    sara.clears_descriptions = true;
    let plan = planned(&sara);
    assert_eq!(warning_texts(&plan), ["sara crm update 3: public.descriptions.en, public.descriptions.fr"]);
    assert!(plan.people[0].actions[0].fields.iter().all(|change| change.after.is_nothing()));

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
    assert!(plan.warnings[0].to_string().contains("login e-mail alone"));
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
        assert!(plan.deactivates_or_deletes());
        plan.protect_own(login);
        plan.blocked().count()
    };
    assert_eq!((own("other@example.com"), own("Sara@example.com")), (0, 1));
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

mod departures;
mod guards;
mod left;
mod logins;
mod three_way;
