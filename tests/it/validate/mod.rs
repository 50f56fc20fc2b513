//! `roster validate` and `roster schema` on this repository and on invalid files.

mod changed_since;
mod files;
mod formats;
mod masking;
mod values_and_rules;

use std::path::{Path, PathBuf};

use jiff::civil::{Date, date};
use roster::commands::schema;
use roster::commands::validate::{self, ValidationInput};
use roster::declare::Loaded;
use roster::declare::file;
use roster::declare::problem::Problem;
use roster::declare::problem::Severity;
use roster::declare::rules::{self, ComparedFile, ComparedValues, FolderContext, RuleContext};
use roster::model::agent::{Field, Slug};
use roster::model::config::{Config, CrmConfig, LinkFields};
use roster::model::exit_code::Exit;
use roster::model::record::Record;
use roster::remote::crm::mapper::CrmMapper;
use roster::report::problems::{self, ProblemStyle};

use crate::support::{Person, Repo};

const TODAY: Date = date(2026, 11, 21);
const PLAIN: ProblemStyle = ProblemStyle { colour: false, reveal: false, width: 100 };

fn validate(root: &Path, style: ProblemStyle) -> (Exit, String, serde_json::Value) {
    let at = ValidationInput { root, config: &root.join("roster.yaml"), today: TODAY, cannot_hold: &[] };
    let (config, loaded) = validate::load(&at);
    let exit = if loaded.is_invalid() { Exit::Invalid } else { Exit::Done };
    let json = serde_json::from_str(&problems::json(loaded.files, &loaded.problems)).unwrap();
    (exit, problems::terminal(&config.agents, &loaded, style), json)
}

fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_examples_have_no_problems() {
    let (exit, talk, json) = validate(here(), PLAIN);
    assert_eq!(talk, "agents: 8 files, 0 problems\n");
    assert_eq!(exit, Exit::Done);
    assert_eq!(json["files"], 8);
}

#[test]
fn the_committed_schemas_are_fresh() {
    let mut talk = Vec::new();
    let exit = schema::run(&schema::Args { check: true }, here(), &mut talk).unwrap();
    assert_eq!(exit, Exit::Done, "{}", String::from_utf8_lossy(&talk));
}

/// What is wrong with one broken file, in a repository that has nothing else.
fn loaded(path: &Path) -> Loaded {
    let config =
        Config { crm: CrmConfig { link_fields: Some(link_fields()), ..CrmConfig::default() }, ..Config::default() };
    let name = format!("agents/{}", path.file_name().unwrap().to_str().unwrap());
    let content = std::fs::read(path).unwrap();
    let (person, mut problems) = file::read(&name, &content, &config.property_finder.languages);
    let context = RuleContext { root: here(), config: &config, today: TODAY, cannot_hold: &[] };
    problems.extend(person.iter().flat_map(|person| rules::check_file(person, &context)));
    let files: Vec<ComparedFile> = person.iter().map(|person| ComparedFile::new(&name, &person.agent)).collect();
    let slugs = person.iter().map(|person| person.declaration.slug.to_string()).collect();
    let mut values = ComparedValues::default();
    if let Some(person) = &person {
        values.add(0, person);
    }
    // A rule that compares files reads the file again.
    let repo = Repo::empty();
    repo.write_bytes(&name, &content);
    problems.extend(rules::check_folder(&FolderContext {
        files: &files,
        values: &values,
        slugs: &slugs,
        root: repo.folder(),
    }));
    problems.sort_by(Problem::order);
    Loaded { problems, files: 1, ..Loaded::default() }
}

/// The broken files of `tests/cases/invalid`, in order.
fn cases() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(here().join("tests/cases/invalid")).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut cases: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_some_and(|ending| ending == "yaml")).collect();
    cases.sort();
    assert!(cases.len() >= 40, "{} cases", cases.len());
    cases
}

fn link_fields() -> LinkFields {
    let id = str::to_owned;
    LinkFields { agent: id("11"), pf_user: id("12"), pf_profile: id("13"), memory: id("14") }
}

fn repo_of(files: &[(&str, &str)]) -> Repo {
    let repo = Repo::empty();
    std::fs::create_dir(repo.path("agents")).unwrap();
    for (name, text) in files {
        repo.write(name, text);
    }
    repo
}

/// Each problem in one line.
fn problems_of(repo: &Repo) -> String {
    let (_, _, json) = validate(repo.folder(), PLAIN);
    let line = |row: &serde_json::Value| {
        let text = |key: &str| row[key].as_str().unwrap_or_default().to_owned();
        format!("{}:{}:{} {}: {}", text("file"), row["line"], row["column"], text("severity"), text("message"))
    };
    json["problems"].as_array().unwrap().iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_invalid_example_has_its_expected_problems() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../cases/invalid");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for path in cases() {
            let told = problems::terminal("agents", &loaded(&path), PLAIN);
            assert!(!told.ends_with("0 problems\n"), "{}: nothing was found", path.display());
            insta::assert_snapshot!(path.file_stem().unwrap().to_str().unwrap(), told);
        }
    });
}

/// The file of a person whose numbers are made from the name, followed by more lines.
fn agent(name: &str, more: &str) -> String {
    let number = name.bytes().fold(7_u32, |number, byte| (number * 31 + u32::from(byte)) % 10_000_000);
    Person {
        email: format!("{name}.khan@palmgate.example"),
        phone: format!("+97150{number:07}"),
        login: format!("{name}@palmgate.example"),
        mobile: format!("+97155{number:07}"),
        public: String::new(),
        more: more.to_owned(),
        ..Person::named(name, "Khan", 0)
    }
    .yaml()
}
