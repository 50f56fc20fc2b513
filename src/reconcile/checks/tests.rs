use std::collections::BTreeMap;
use std::time::Duration;

use jiff::civil::date;
use serde_json::json;

use super::*;
use crate::model::agent::value::Date as DateText;
use crate::model::agent::{Field, Slug, Status};
use crate::model::config::{LinkFields, LinkStorage};
use crate::model::record::record_of;
use crate::model::roster::Declaration;
use crate::model::server_facts::ProxyInUse;
use crate::reconcile::matching::IdentityFacts;
use crate::reconcile::observed::LinkValues;

/// The kind of an outcome, and all of its text.
fn told(outcome: &CheckOutcome) -> (&'static str, String) {
    let text = match outcome {
        CheckOutcome::Ok(text) | CheckOutcome::Skipped(text) => text.clone(),
        CheckOutcome::Warning(finding) | CheckOutcome::Failed(finding) => {
            assert!(!finding.remedy.is_empty(), "{finding:?}");
            format!("{}; {}", finding.fact, finding.remedy)
        }
    };
    (outcome.key(), text)
}

#[track_caller]
fn is(outcome: &CheckOutcome, key: &str, part: &str) {
    let (found, text) = told(outcome);
    assert!(found == key && text.contains(part), "want {key}: {part}\nfound {found}: {text}");
}

fn declaration(slug: &str, record: Record) -> Declaration {
    Declaration {
        slug: Slug::parse(slug).unwrap(),
        file: format!("agents/{slug}.yaml"),
        status: Status::Active,
        record,
        clears_descriptions: false,
        lines: Vec::new(),
        handover: None,
    }
}

fn roster(people: impl IntoIterator<Item = Declaration>) -> Roster {
    Roster { people: people.into_iter().map(|person| (person.slug.clone(), person)).collect() }
}

fn role(code: &str) -> Role {
    let text = || code.to_owned();
    Role { id: 1, name: text(), role_key: text(), printed_key: text(), base_role_key: text() }
}

#[test]
fn files_fail_by_errors_and_not_by_warnings() {
    let table = [
        ((3, 0, 0), "ok", "roster.yaml and 3 agent files are valid"),
        ((1, 0, 2), "warning", "1 agent file are valid, with 2 warnings; `roster validate`"),
        ((3, 1, 1), "failed", "1 error in roster.yaml and 3 agent files; `roster validate`"),
    ];
    for ((agents, errors, warnings), key, part) in table {
        is(&setup::files(&FilesRead { agents, errors, warnings, ..FilesRead::default() }), key, part);
    }
    let without_folder = FilesRead { errors: 1, lacks_folder: true, ..FilesRead::default() };
    is(&setup::files(&without_folder), "warning", "there is no folder of agent files yet");
    let without_config = FilesRead { errors: 1, lacks_config: true, ..FilesRead::default() };
    is(
        &setup::files(&without_config),
        "failed",
        "1 error in roster.yaml, so no agent file was read; `roster validate`",
    );
}

#[test]
fn keys_fail_where_one_is_missing_or_has_a_wrong_shape() {
    let of = |missing: &[&'static str], problems: &[&str]| {
        let problems = problems.iter().map(|problem| (*problem).to_owned()).collect();
        setup::keys(&EnvironmentKeys::OfEnvironment { missing: missing.to_vec(), problems })
    };
    is(&of(&[], &[]), "ok", "CRM_API_KEY, CRM_API_SECRET, PF_API_KEY and PF_API_SECRET are set");
    is(
        &of(&["PF_API_KEY", "PF_API_SECRET"], &[]),
        "failed",
        "not set: PF_API_KEY and PF_API_SECRET; set the variables",
    );
    is(&of(&["CRM_API_KEY"], &["it is odd"]), "failed", "not set: CRM_API_KEY; it is odd; set");
    is(&setup::keys(&EnvironmentKeys::OfSandbox), "ok", "the sandbox");
}

#[test]
fn a_proxy_is_named_by_its_variable_and_host() {
    let server = |place: &str, proxy: Option<(&str, Option<&'static str>)>| ServerFacts {
        place: place.to_owned(),
        proxy: proxy.map(|(place, variable)| ProxyInUse { place: place.to_owned(), variable }),
        ..ServerFacts::default()
    };
    let direct = server("crm.example", None);
    let set = server("a.example", Some(("proxy.example:3128", Some("HTTPS_PROXY"))));
    let other = server("b.example", Some(("proxy.example:3128", Some("HTTPS_PROXY"))));
    let system = server("c.example", Some(("wpad.example", None)));
    is(&setup::proxy(&[]), "skipped", "no system was asked");
    is(&setup::proxy(&[&direct]), "ok", "none is used");
    is(
        &setup::proxy(&[&direct, &set, &other]),
        "ok",
        "HTTPS_PROXY sets proxy.example:3128 for a.example and b.example",
    );
    is(&setup::proxy(&[&system]), "ok", "the operating system sets wpad.example for c.example");
}

#[test]
fn a_slow_server_and_a_wrong_clock_are_warnings() {
    let server = |milliseconds, clock_ahead| ServerFacts {
        place: "crm.example".to_owned(),
        latency: Some(Duration::from_millis(milliseconds)),
        clock_ahead,
        ..ServerFacts::default()
    };
    is(&connection::reach(&[server(0, None)], None), "ok", "crm.example answers in 1 ms");
    is(&connection::reach(&[server(1999, None), server(2000, None)], None), "warning", "answers in 2000 ms");
    let failure = ReadFailure { is_unreachable: true, ..failure("no answer") };
    is(&connection::reach(&[server(5, None)], Some(&failure)), "failed", "no answer; try again");
    let table = [
        (None, "ok", "no answer has a Date header"),
        (Some(30), "ok", "agrees with that of crm.example"),
        (Some(-30), "ok", "agrees"),
        (Some(31), "warning", "31 s ahead of that of crm.example"),
        (Some(-4000), "warning", "4000 s behind that of crm.example; set the clock"),
    ];
    for (ahead, key, part) in table {
        is(&connection::clock(&[server(1, Some(0)), server(1, ahead)][usize::from(ahead.is_none())..]), key, part);
    }
}

fn failure(fact: &str) -> ReadFailure {
    let remedy = "try again".to_owned();
    ReadFailure { fact: fact.to_owned(), remedy, is_unreachable: false, is_refusal: false }
}

#[test]
fn seats_and_the_end_of_the_key_are_announced() {
    is(&pf::seats(None, 7), "ok", "7 active users; limits.seats in roster.yaml sets no limit");
    is(&pf::seats(Some(8), 7), "ok", "allows 8");
    is(&pf::seats(Some(7), 7), "warning", "none is free");
    is(&pf::seats(Some(6), 7), "failed", "allows 6; deactivate");
    let table = [
        (date(2027, 1, 1), "ok", "ends on 2027-05-01"),
        (date(2027, 4, 1), "warning", "within 30 days; make a new key"),
        (date(2027, 4, 24), "warning", "within 7 days"),
        (date(2027, 4, 30), "warning", "within 1 day;"),
        (date(2027, 5, 2), "failed", "ended on 2027-05-01; make a new key"),
    ];
    let mut config = Config::default();
    is(&pf::key_end(&config, date(2027, 1, 1)), "warning", "not known");
    config.property_finder.key_expires = Some(DateText::parse("2027-05-01").unwrap());
    for (today, key, part) in table {
        is(&pf::key_end(&config, today), key, part);
    }
}

#[test]
fn each_role_that_is_named_must_exist() {
    let person = |slug: &str, role: &str| declaration(slug, record_of([(Field::Role, json!(role))]));
    let people = roster([person("sara", "agent"), person("omar", "Agent"), person("lina", "boss")]);
    let user = |role: &str| {
        Arc::new(ObservedCrmUser { record: record_of([(Field::Role, json!(role))]), ..ObservedCrmUser::default() })
    };
    let printed = ["agent".to_owned()];
    is(&roles::in_crm(&Roster::default(), &[], &[]), "ok", "no file declares a role");
    is(&roles::in_crm(&people, &[user("agent"), user("BOSS")], &printed), "ok", "every role that the files declare");
    is(&roles::in_crm(&people, &[user("agent")], &printed), "warning", "no user has `boss` (lina); users have agent;");
    is(&roles::in_crm(&people, &[Arc::default()], &[]), "warning", "no user shows a role code");

    let mut config = Config::default();
    let at_pf = |config: &Config, roles: &Result<Vec<Role>, ReadFailure>| {
        let not_asked = |why: &str| why.to_owned();
        let read = SetupReading {
            files: FilesRead::default(),
            keys: EnvironmentKeys::OfSandbox,
            config,
            roster: &people,
            today: date(2027, 1, 1),
            crm: SystemReading::NotAsked(not_asked("")),
            pf: SystemReading::NotAsked(not_asked("")),
            desired_at_pf: &Record::clone,
        };
        roles::at_pf(&read, roles)
    };
    let known = Ok(vec![role("agent"), role("Boss")]);
    is(&at_pf(&config, &known), "ok", "the account has 2 roles; every role");
    is(
        &at_pf(&config, &Ok(vec![role("boss")])),
        "failed",
        "no role with the key `Agent` (omar and sara); it has boss;",
    );
    config.property_finder.roles = BTreeMap::from([("x".to_owned(), "chief".to_owned())]);
    is(&at_pf(&config, &known), "failed", "`chief` (property_finder.roles)");
    is(&at_pf(&config, &Err(failure("no answer"))), "failed", "no answer; try again");
    is(&at_pf(&config, &Err(ReadFailure { is_refusal: true, ..failure("403") })), "warning", "403; try again");
}

#[test]
fn link_fields_are_judged_by_what_rows_show() {
    let id = str::to_owned;
    let fields = LinkFields { agent: id("11"), pf_user: id("12"), pf_profile: id("13"), memory: id("14") };
    let with = |links, link_fields| {
        let mut config = Config { links, ..Config::default() };
        config.crm.link_fields = link_fields;
        config
    };
    let (none, file) = (with(LinkStorage::Crm, None), with(LinkStorage::File, None));
    let config = with(LinkStorage::Crm, Some(fields));
    let seen = |ids: &[&str], rows, single_user_has_them| CustomFieldsSeen {
        ids: ids.iter().map(|id| (*id).to_owned()).collect(),
        rows,
        single_user_has_them,
    };
    let user = |agent: Option<&str>, unreadable: &[&str]| {
        Arc::new(ObservedCrmUser {
            id: 5,
            links: LinkValues { agent: agent.map(str::to_owned), ..LinkValues::default() },
            unreadable_links: unreadable.iter().map(|field| (*field).to_owned()).collect(),
            ..ObservedCrmUser::default()
        })
    };
    let (fresh, linked, odd) = (user(None, &[]), user(Some("sara"), &[]), user(Some("sara"), &["12 (pf_user)"]));
    let all = ["11", "12", "13", "14"];
    let table = [
        (&none, &fresh, seen(&[], 1, false), "warning", "has no crm.link_fields"),
        (&file, &fresh, seen(&[], 0, false), "ok", "roster.lock"),
        (&config, &fresh, seen(&[], 0, true), "failed", "the list of users comes without custom fields"),
        (&config, &fresh, seen(&[], 0, false), "warning", "no user comes with custom fields"),
        (&config, &linked, seen(&all, 1, false), "ok", "11 (agent), 12 (pf_user), 13 (pf_profile) and 14 (memory)"),
        (
            &config,
            &fresh,
            seen(&["11"], 1, false),
            "warning",
            "no user has 12 (pf_user), 13 (pf_profile) and 14 (memory), and",
        ),
        (
            &config,
            &linked,
            seen(&["11", "12", "13"], 1, false),
            "failed",
            "no user has 14 (memory), though 1 person is linked",
        ),
        (&config, &odd, seen(&all, 1, false), "failed", "neither a slug nor an id: crm 5 in field 12 (pf_user); check"),
    ];
    for (config, user, seen, key, part) in table {
        is(&link_fields::check(config, &[Arc::clone(user)], &seen), key, part);
    }
    is(&link_fields::check(&config, &[], &CustomFieldsSeen::default()), "warning", "the CRM has no user");
}

#[test]
fn people_who_may_exist_twice_share_a_phone_a_licence_or_a_name_under_two_logins() {
    let row = |name: &str, login: &str, phone: &str, licence: &str| {
        IdentityFacts::of(&record_of([
            (Field::FirstName, json!(name)),
            (Field::LastName, json!("Khan")),
            (Field::Login, json!(login)),
            (Field::Phone, json!(phone)),
            (Field::Licence, json!(licence)),
        ]))
    };
    let sara = row("Sara", "sara@a.example", "+971501111111", "1");
    let check = |others: &[IdentityFacts], roster: &Roster| {
        let rows = std::iter::once(&sara).chain(others).cloned();
        let rows: BTreeMap<u64, IdentityFacts> = (1..).zip(rows).collect();
        told(&same_person::check(System::Crm, &rows, &BTreeMap::from([(1, "sara")]), roster))
    };
    let nobody = Roster::default();
    let table: [(&[IdentityFacts], &str, &str); 8] = [
        (&[row("Omar", "omar@a.example", "+971502222222", "2")], "ok", "under two logins"),
        (&[row("Omar", "omar@a.example", "0501111111", "2")], "warning", "crm 1 (sara) and crm 2 have the same phone"),
        (&[row("Omar", "omar@a.example", "+971502222222", "1")], "warning", "have the same licence"),
        (&[row("sara", "omar@a.example", "+971502222222", "2")], "warning", "have the same full name"),
        (&[row("Omar", "SARA@a.example", "+971502222222", "2")], "warning", "have the same login e-mail"),
        (&[row("Sara", "s@a.example", "+971501111111", "2")], "warning", "crm 2 have the same full name and phone;"),
        (
            // A number of the office.
            &[row("Omar", "o@a.example", "+971501111111", "2"), row("Lina", "l@a.example", "+971501111111", "3")],
            "ok",
            "",
        ),
        (
            &[row("Sara", "o@a.example", "+971503333333", "2"), row("Sara", "l@a.example", "+971504444444", "3")],
            "warning",
            "crm 1 (sara), crm 2 and crm 3 have the same full name; compare them in the CRM",
        ),
    ];
    for (others, key, part) in table {
        let (found, text) = check(others, &nobody);
        assert!(found == key && text.contains(part), "{found}: {text}");
    }
    // Two files declare the number: these are two people.
    let declared = |slug: &str| declaration(slug, record_of([(Field::Phone, json!("+971501111111"))]));
    let both = roster([declared("sara"), declared("omar")]);
    assert_eq!(check(&[row("Omar", "omar@a.example", "+971501111111", "2")], &both).0, "ok");
}

#[test]
fn what_depends_on_a_failed_check_is_skipped_with_the_reason() {
    let (config, people) = (Config::default(), Roster::default());
    let read = |crm, pf| SetupReading {
        files: FilesRead { agents: 1, ..FilesRead::default() },
        keys: EnvironmentKeys::OfSandbox,
        config: &config,
        roster: &people,
        today: date(2027, 1, 1),
        crm,
        pf,
        desired_at_pf: &Record::clone,
    };
    let keys = |checks: &[Check], system: System| -> Vec<(&str, String)> {
        checks.iter().filter(|check| check.system == Some(system)).map(|check| told(&check.outcome)).collect()
    };
    let unreachable = ReadFailure { is_unreachable: true, ..failure("no answer") };
    let servers = |latency| vec![ServerFacts { place: "a.example".to_owned(), latency, ..ServerFacts::default() }];
    let all = checks(&read(
        SystemReading::Asked { servers: servers(None), content: Err(unreachable) },
        SystemReading::Asked { servers: servers(Some(Duration::from_millis(9))), content: Err(failure("401")) },
    ));
    assert_eq!(exit(&all), Exit::Unreadable);
    let crm = keys(&all, System::Crm);
    let kinds: Vec<&str> = crm.iter().map(|(key, _)| *key).collect();
    assert_eq!(kinds, ["failed", "skipped", "skipped", "skipped", "skipped", "skipped", "skipped", "skipped"]);
    assert!(crm.iter().skip(3).all(|(_, why)| why == "the CRM is not reached"), "{crm:?}");
    let pf = keys(&all, System::Pf);
    let kinds: Vec<&str> = pf.iter().map(|(key, _)| *key).collect();
    assert_eq!(kinds, ["ok", "failed", "ok", "skipped", "skipped", "skipped", "skipped", "warning"]);
    assert!(pf.iter().filter(|(key, _)| *key == "skipped").all(|(_, why)| why == "there is no token"), "{pf:?}");

    let not_asked = || "PF_API_KEY not set".to_owned();
    let all = checks(&read(SystemReading::NotAsked(not_asked()), SystemReading::NotAsked(not_asked())));
    assert_eq!(exit(&all), Exit::Done, "the keys alone decide");
    assert!(keys(&all, System::Crm).iter().all(|(key, why)| *key == "skipped" && *why == not_asked()));
}
