//! `roster import`: files for people who exist in the systems, checked against systems that another program filled.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use roster::sandbox::LoggedRequest;
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
/// Finder, and number 30 with another login there.
fn brokerage() -> Repo {
    let repo = Repo::of(0).unlimited();
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
    ran.exits(2).stderr_has("200 files written, 0 not imported");
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
        .stderr_has("may be lukasz-wojcik-30, who has a file")
        .stderr_has("0 files written, 1 not");
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
    let block = page.split("```\n").nth(1).unwrap();
    let commands: Vec<Vec<&str>> = block.lines().map(|line| line.split(' ').skip(1).collect()).collect();
    assert!(commands.len() <= 6, "{commands:?}");

    let repo = brokerage();
    let mut rows = repo.sandbox.pf_rows();
    let user = rows.iter_mut().find(|user| user["email"] == "somebody@brokerage.example").unwrap();
    user["email"] = json!("login-30@brokerage.example");
    repo.sandbox.put_pf_row(user);
    // The limits on the number of people are the default ones.
    repo.edit("roster.yaml", "limits: {create: {count: 1000}, update: {count: 1000}}\n", "");
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
            let printed = ran.stdout.split("--accept ").skip(1).filter_map(|rest| rest.get(..32));
            digests.extend(printed.map(str::to_owned));
        }
    }
}
