//! `roster import`: files for people who exist in the systems, checked against systems that another program filled.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use roster::sandbox::{Behaviour, LoggedRequest};
use serde_json::{Value, json};

use crate::support::Repo;

/// So many people, in scripts of all kinds.
const PEOPLE: usize = 200;

const NAMES: [(&str, &str); 8] = [
    ("Sara", "Khan"),
    ("سارة", "خان"),
    ("Дмитрий", "Волков"),
    ("志明", "陈"),
    ("José", "Núñez"),
    ("Maria del Mar", "Ruiz"),
    ("Łukasz", "Wójcik"),
    ("عمر", "الحداد"),
];

/// A person as another program stores it: a number in national form, capitals in an address.
fn crm_row(number: usize) -> Value {
    let (first, last) = NAMES[number % NAMES.len()];
    json!({
        "role": "agent",
        "public": {
            "first_name": first, "last_name": format!("{last} {number}"),
            "email": format!("Public-{number}@Brokerage.example"), "phone": format!("050 {:07}", 1_000_000 + number),
        },
        "private": {
            "first_name": first, "last_name": format!("{last} {number}"),
            "email": format!("login-{number}@brokerage.example"), "mobile": format!("97155{:07}", 2_000_000 + number),
        },
    })
}

fn pf_row(number: usize) -> Value {
    let (first, last) = NAMES[number % NAMES.len()];
    json!({
        "email": format!("login-{number}@brokerage.example"), "status": "active",
        "firstName": first, "lastName": format!("{last} {number}"), "mobile": format!("+97155{:07}", 2_000_000 + number),
        "roleId": 5,
        "publicProfile": {
            "name": format!("{first} {last} {number}"), "email": format!("public-{number}@brokerage.example"),
            "phone": format!("+97150{:07}", 1_000_000 + number),
        },
    })
}

/// 200 people: 0 to 9 in the CRM alone, 10 to 14 at Property Finder alone, 20 to 24 with another public e-mail at Property
/// Finder, and number 30 with another login there. Number 40 has a second user in the CRM, and number 50 a second one at
/// Property Finder, under other logins.
fn brokerage() -> Repo {
    filled(Repo::of(0).unlimited())
}

fn filled(repo: Repo) -> Repo {
    for number in 0..PEOPLE {
        if !(10..15).contains(&number) {
            repo.sandbox.put_crm_row(&crm_row(number));
        }
        if number >= 10 {
            let mut user = pf_row(number);
            if (20..25).contains(&number) {
                user["publicProfile"]["email"] = json!(format!("other-{number}@brokerage.example"));
            }
            if number == 30 {
                user["email"] = json!("somebody@brokerage.example");
            }
            repo.sandbox.put_pf_row(&user);
        }
    }
    let (mut row, mut user) = (crm_row(40), pf_row(50));
    row["private"]["email"] = json!("second-40@brokerage.example");
    user["email"] = json!("second-50@brokerage.example");
    repo.sandbox.put_crm_row(&row);
    repo.sandbox.put_pf_row(&user);
    repo
}

fn files(repo: &Repo) -> BTreeMap<String, String> {
    let entries = fs::read_dir(repo.path("agents")).unwrap();
    let entries = entries.map(|entry| entry.unwrap().path());
    entries
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read_to_string(path).unwrap()))
        .collect()
}

#[test]
fn people_of_two_systems_are_imported_once() {
    let repo = brokerage();
    let ran = repo.run(&["import", "--verify"]);
    ran.exits(2).stderr_has("200 files written, 2 not imported");
    for rows in ["crm", "pf"] {
        let second = ran.stderr.lines().filter(|line| line.starts_with(&format!("not imported: {rows} ")));
        let second: Vec<&str> = second.collect();
        assert_eq!(second.len(), 1, "{ran}");
        assert!(second[0].contains("may be another account of the person of crm "), "{ran}");
    }
    let is_write = |request: &LoggedRequest| request.method != "GET" && !request.target.contains("token");
    assert!(!repo.sandbox.requests().iter().any(is_write), "import reads only");
    let written = files(&repo);
    assert_eq!(written.len(), PEOPLE);
    for (slug, number) in [("sara-khan-16", 16), ("dmitrii-volkov-18", 18)] {
        let file = &written[&format!("{slug}.yaml")];
        assert!(file.contains(&format!("  phone: \"+97150{}\"\n", 1_000_000 + number)), "{file}");
        assert!(file.contains(&format!("  email: login-{number}@brokerage.example\n")), "{file}");
    }
    let disagree: Vec<&String> = written.values().filter(|file| file.contains("# Property Finder: ")).collect();
    assert_eq!(disagree.len(), 6, "five public e-mails and one login");
    assert!(
        disagree.iter().any(|file| file.contains("  # Property Finder: \"other-20@brokerage.example\"\n  email: "))
    );

    // The user with another login is not that of a new person either.
    repo.run(&["import"])
        .exits(0)
        .stderr_has("may be lukasz-wojcik-30, who has a file and is crm ")
        .stderr_has("may be another account of sara-khan-40, who has a file.")
        .stderr_has("may be another account of dmitrii-volkov-50, who has a file.")
        .stderr_has("0 files written, 3 not");
    assert_eq!(files(&repo), written, "a second import changes no byte");
    repo.run(&["validate"]).exits(0);
}

#[test]
fn after_an_import_and_an_apply_only_the_doubtful_person_is_left() {
    let repo = brokerage();
    repo.run(&["import", "--verify", "--output", "json=plan.json"]).exits(2);
    let plan: Value = serde_json::from_str(&repo.read("plan.json")).unwrap();
    let count = |operation: &str| plan["summary"][operation].as_u64().unwrap();
    assert_eq!((count("create"), count("adopt"), count("update"), count("blocked")), (15, 199, 0, 1), "{plan:#}");
    let blocked = plan["blocked"].as_array().unwrap();
    let agents: Vec<&str> = blocked.iter().filter_map(|entry| entry["agent"].as_str()).collect();
    assert_eq!(agents, ["lukasz-wojcik-30"]);
    let digest = blocked.iter().find_map(|entry| entry["digest"].as_str()).unwrap();

    repo.run(&["apply", "--yes", "--accept", digest]).exits(5);
    let rest = repo.run(&["plan", "--output", "json=-"]).json();
    assert_eq!(rest["actions"], json!([]), "{rest:#}");
    assert_eq!(rest["blocked"].as_array().map(Vec::len), Some(1), "{rest:#}");

    repo.run_remedy(&rest["blocked"].to_string());
    let digest = repo.run(&["plan", "--output", "json=-"]).json()["blocked"][0]["digest"].clone();
    let accept: Vec<&str> = digest.as_str().map(|digest| vec!["--accept", digest]).unwrap_or_default();
    repo.run(&[["apply", "--yes"].as_slice(), &accept].concat()).exits(0);
    repo.run(&["plan", "--detailed-exitcode"]).exits(0);
}

#[test]
fn the_commands_of_the_adoption_page_end_with_an_empty_plan() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/adopting.md")).unwrap();
    let (_, settings) = page.split_once("```yaml\n").unwrap();
    let (settings, rest) = settings.split_once("```\n").unwrap();
    let block = rest.split("```\n").nth(1).unwrap();
    let commands: Vec<Vec<&str>> = block.lines().map(|line| line.split(' ').skip(1).collect()).collect();
    // One more for the person whose login e-mails differ.
    assert!(commands.len() < 6, "{commands:?}");

    // A folder with nothing but the settings of the page. Only the rates differ, so that nothing waits.
    let repo = filled(Repo::empty());
    repo.sandbox.set_behaviour(Behaviour { pf_rate: None, ..Behaviour::default() });
    let settings = settings.replace("crm:\n", "crm:\n  rate: 1000000/60s\n");
    repo.write("roster.yaml", &format!("{settings}property_finder: {{rate: 1000000/60s}}\n"));
    let mut digests = Vec::new();
    for command in commands {
        let mut args: Vec<String> = command.iter().map(|part| (*part).to_owned()).collect();
        if let Some(at) = args.iter().position(|arg| arg == "DIGEST") {
            let accepted = digests.drain(..).flat_map(|digest| ["--accept".to_owned(), digest]);
            args.splice(at - 1..=at, accepted.chain(["--yes".to_owned()]));
        }
        let ran = repo.run(&args.iter().map(String::as_str).collect::<Vec<_>>());
        let is_import = command.contains(&"import");
        ran.exits(if is_import { 2 } else { 0 });
        if is_import {
            repo.run_remedy(&ran.stdout);
        }
        if is_import {
            let printed = ran.stdout.split("--accept ").skip(1).filter_map(|rest| rest.get(..32));
            digests.extend(printed.map(str::to_owned));
        }
    }
}

/// One person in both systems.
fn one_person() -> Repo {
    let repo = Repo::of(0).unlimited();
    repo.sandbox.put_crm_row(&crm_row(0));
    repo.sandbox.put_pf_row(&pf_row(0));
    repo
}

#[test]
fn a_person_with_another_login_gets_one_file_although_the_file_declares_little() {
    let repo = Repo::of(0).unlimited();
    let (mut row, mut user) = (crm_row(0), pf_row(0));
    row["public"]["licence"] = json!("48213");
    user["email"] = json!("somebody@brokerage.example");
    user["lastName"] = json!("K");
    user["publicProfile"] = json!({
        "name": "Sara K", "email": "somebody@brokerage.example", "phone": "+971501000000",
        "compliances": [{"type": "brn", "value": "48213"}],
    });
    repo.sandbox.put_crm_row(&row);
    repo.sandbox.put_pf_row(&user);
    repo.run(&["import"]).exits(0).stderr_has("1 file written, 0 not imported");
    let plan = repo.run(&["plan", "--output", "json=-"]);
    let blocked = &plan.exits(3).json()["blocked"];
    assert_eq!(blocked[0]["agent"], "sara-khan-0", "{blocked:#}");
    let written = files(&repo);
    repo.run(&["import"])
        .exits(0)
        .stderr_has("may be sara-khan-0, who has a file")
        .stderr_has("0 files written, 1 not");
    assert_eq!(files(&repo), written);
}

#[test]
fn verify_fails_for_what_blocks_and_not_for_people_who_are_not_selected() {
    let repo = one_person();
    repo.run(&["import", "--verify"]).exits(0).stderr_has("1 file written, 0 not imported");
    for number in [1, 2] {
        let mut row = crm_row(number);
        row["role"] = json!("manager");
        row["private"]["email"] = json!("same@brokerage.example");
        repo.sandbox.put_crm_row(&row);
    }
    let all = repo.run(&["import", "--verify"]);
    all.exits(2).stderr_has("more than one row of a system, or more than one person, has this login e-mail");
    repo.run(&["import", "--verify", "--role", "agent"]).exits(0).stderr_has("0 files written, 0 not imported");
    // A row whose slug has no file blocks the plan.
    let mut row = crm_row(3);
    row["role"] = json!("manager");
    repo.sandbox.put_pf_row(&pf_row(3));
    let user = repo.sandbox.pf_rows().into_iter().find(|user| user["email"] == row["private"]["email"]).unwrap();
    row["fields"] = json!({"11": "gone", "12": user["id"].to_string()});
    repo.sandbox.put_crm_row(&row);
    repo.run(&["import", "--verify", "--role", "agent"]).exits(2).stdout_has("gone");
}

#[test]
fn the_document_is_alone_on_stdout_and_needs_a_plan() {
    let repo = one_person();
    repo.run(&["import", "--output", "json=-"]).exits(64).stderr_has("only with --verify");
    assert!(!repo.path("agents").exists());
    let plan = repo.run(&["import", "--verify", "--output", "json=-"]);
    assert_eq!(plan.exits(0).json()["summary"]["adopt"], 1);
    // The sandbox's link fields are known when the plan is made.
    let repo = Repo::of(1);
    repo.write("roster.yaml", "agents: agents\n");
    let plan = repo.run(&["import", "--sandbox", "--verify", "--output", "json=-"]).json();
    assert!(!plan["warnings"].to_string().contains("no crm.link_fields"), "{plan:#}");
}

#[test]
fn another_folder_gets_files_of_new_people_only() {
    let repo = one_person();
    repo.git(&["init", "-q"]);
    repo.git(&["remote", "add", "origin", "https://me:secret@github.com/brokerage/people.git"]);
    let staged = || fs::read_dir(repo.path("staging")).unwrap().count();
    let import = ["import", "--to", "staging"];
    let ran = repo.run(&[&import[..], &["-q"]].concat());
    ran.exits(0).stderr_has("keep this repository private. Check who can read the remote origin (github.com).");
    assert!(!ran.stderr.contains("secret"), "{ran}");
    let first = repo.read("staging/sara-khan-0.yaml");
    assert!(first.starts_with("# yaml-language-server: $schema=../schema/agent.schema.json\n"), "{first}");
    repo.sandbox.put_crm_row(&crm_row(8));
    repo.run(&import).exits(0).stderr_has("staging has 1 file already").stderr_has("1 file written, 0 not imported");
    repo.run(&import).exits(0).stderr_has("0 files written, 0 not imported");
    assert_eq!((repo.read("staging/sara-khan-0.yaml"), staged()), (first, 2));
    repo.run(&["import", "--to", "."]).exits(64).stderr_has("not a folder inside the repository");
}

#[test]
fn all_fields_are_imported_and_what_a_file_may_not_declare_is_listed() {
    let repo = one_person();
    let mut row = repo.sandbox.crm_rows().remove(0);
    for (pointer, value) in [
        (
            "public",
            json!({"phone": "12", "licence": "48213", "nationalities": ["ae"], "descriptions": [
                {"lang": "en", "content": "Twelve years"}, {"lang": "xx", "content": "Fourteen years"},
            ]}),
        ),
        ("private", json!({"landline": "04 420 1171", "use_email_signature": true})),
        ("fields", json!({"1": "2 pets"})),
    ] {
        for (name, value) in value.as_object().unwrap() {
            row[pointer][name] = value.clone();
        }
    }
    row["theme"] = json!("onyx");
    repo.sandbox.put_crm_row(&row);
    let ran = repo.run(&["import", "-q", "--fields", "all", "--private"]);
    let file = repo.read("agents/sara-khan-0.yaml");
    let listed = [
        "public.phone is the value of Property Finder: in the CRM `public.phone` has no + and country code",
        "public.descriptions.xx is left out: in the systems ",
    ];
    for value in listed {
        ran.exits(0).stderr_has(&format!("agents/sara-khan-0.yaml: {value}"));
        assert!(file.contains(&format!("# {value}")), "{file}");
    }
    for declared in [
        "phone: \"+971501000000\"",
        "licence: \"48213\"",
        "nationalities:",
        "content: Twelve years",
        "landline: \"+97144201171\"",
        "use_email_signature: true",
        "theme: onyx",
        "\"1\": 2 pets",
        "# Property Finder does not return these fields: public.photo",
    ] {
        assert!(file.contains(declared), "{declared} is not in\n{file}");
    }
    repo.run(&["validate"]).exits(0);
    repo.run(&["apply", "--yes", "--accept", &digest(&repo)]).exits(0);
    repo.run(&["plan", "--detailed-exitcode"]).exits(0);
}

fn digest(repo: &Repo) -> String {
    let plan = repo.run(&["plan", "--output", "json=-"]).json();
    plan["blocked"][0]["digest"].as_str().unwrap_or_else(|| panic!("{plan:#}")).to_owned()
}

#[test]
fn a_role_that_no_user_has_is_wrong_usage() {
    let repo = Repo::applied(1);
    repo.remove("agents/agent-1.yaml");
    repo.run(&["import", "--role", "managr"]).exits(64).stderr_has("no user of the CRM has this role");
    repo.run(&["import", "--role", "Agent"]).exits(0);
}

/// A new file declares no role: Property Finder gets that of the CRM, and its private names.
#[test]
fn a_person_of_the_crm_alone_keeps_role_and_private_names() {
    let repo = Repo::applied(1);
    repo.sandbox.put_crm_row(&json!({
        "role": "admin", "public": {"first_name": "Lina", "last_name": "Saad", "email": "lina@brokerage.example",
        "phone": "+971501230009"}, "private": {"first_name": "Lina Maria", "email": "lina@login.example",
        "mobile": "+971501230010"}
    }));
    repo.run(&["import"]).exits(0);
    let plan = repo.run(&["plan", "--agent", "lina-saad", "--output", "json=-"]).json();
    let actions = plan["actions"].as_array().unwrap();
    let create = actions.iter().find(|action| action["system"] == "pf").unwrap();
    let role = create["fields"].as_array().unwrap().iter().find(|field| field["path"] == "role").unwrap();
    assert_eq!((&create["operation"], &role["after"]), (&json!("create"), &json!("admin")), "{plan}");
    assert!(create["fields"].to_string().contains("private.first_name"), "{plan}");
}
