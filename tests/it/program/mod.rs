//! The whole program, as people and CI run it: arguments, environment and files in; stdout, stderr and the exit code out.

mod doctor;
mod exit_codes;
mod help;
mod hostile_server;
mod network;
mod outputs;
mod paths;
mod private_values;
mod probe;
mod read_only_plan;

use roster::sandbox::Behaviour;

use crate::support::{Person, Repo};

/// Limits at their defaults.
const ROSTER_YAML: &str = "\
crm:
  rate: 100000/60s
  link_fields: {agent: \"11\", pf_user: \"12\", pf_profile: \"13\", memory: \"14\"}
property_finder:
  licence: brn
";

fn with_files(files: &[(&str, String)]) -> Repo {
    behaving(Behaviour::default(), files)
}

fn behaving(behaviour: Behaviour, files: &[(&str, String)]) -> Repo {
    let repo = Repo::behaving(behaviour);
    repo.write("roster.yaml", ROSTER_YAML);
    std::fs::create_dir(repo.path("agents")).unwrap();
    for (name, text) in files {
        repo.write(name, text);
    }
    repo
}

/// Three people, applied.
fn applied() -> Repo {
    let repo = with_files(&three());
    repo.run(&["apply", "--yes"]).exits(0);
    repo.sandbox.forget_requests();
    repo
}

/// Snapshots of a run, without what differs from run to run.
fn settings() -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"127\.0\.0\.1:\d+", "127.0.0.1:[port]");
    settings.add_filter(r"\b[0-9a-f]{32}\b", "[digest]");
    settings.add_filter(r"(?m)[ \t]+$", "");
    // People are written side by side, so their ids differ from run to run.
    settings.add_filter(r"\b(crm|pf) \d+", "$1 [id]");
    // Isolates would reorder the snapshot itself, and the compiler refuses them.
    settings.add_filter("\u{2068}", "⟨");
    settings.add_filter("\u{2069}", "⟩");
    settings
}

/// The file of a person, followed by more lines.
fn agent(first: &str, last: &str, number: u32, more: &str) -> String {
    Person { more: more.to_owned(), ..Person::named(first, last, number) }.yaml()
}

/// The files of three people.
fn three() -> [(&'static str, String); 3] {
    [
        ("agents/sara-khan.yaml", agent("Sara", "Khan", 1, "")),
        ("agents/omar-haddad.yaml", agent("Omar", "Haddad", 2, "")),
        ("agents/lina-saad.yaml", agent("Lina", "Saad", 3, "")),
    ]
}
