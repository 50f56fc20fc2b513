//! What `validate` tells machines: SARIF held against its published schema, annotations against how a runner reads them.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use percent_encoding::percent_decode_str;
use roster::declare::problem::Problem;
use roster::declare::rules;
use roster::report::ReportOrigin;
use roster::report::github::{Annotation, annotations};
use roster::report::sarif::problems as sarif_of;
use serde_json::{Value, json};
use serde_sarif::sarif::Sarif;

use super::changed_since::{agent, new_repo, run_in, validate};
use super::{cases, loaded};
use crate::support::Repo;

/// Problems as SARIF, where the files are at the top of the repo.
pub(super) fn sarif(problems: &[Problem]) -> String {
    sarif_of(problems, &ReportOrigin::default())
}

/// Problems as annotations, where the files are at the top of the repo.
pub(super) fn annotated(problems: &[Problem]) -> String {
    annotations(problems.iter().map(|problem| Annotation::of(problem, &ReportOrigin::default())).collect())
}

/// Files whose every text is meant to break an output.
fn hostile() -> Repo {
    let repo = new_repo();
    let texts = [
        "\\\"quoted\\\" '' `",
        "one\\n::set-output name=a::b",
        "::error::x",
        "##[add-mask]x",
        "[click](https://evil.example)",
        "<script>alert(1)</script> & {0} %SRCROOT% 100%25",
        "\\u202ecod \\u2066 \\u200b \\e[31m \\0",
        "سارة",
    ];
    for (at, text) in texts.into_iter().enumerate() {
        let keys = format!("\"{text}\": \"{text}\"\n");
        let odd = agent("sara").replace("status: active", &format!("status: \"{text}\""));
        repo.write(&format!("agents/odd-{at}.yaml"), &format!("{odd}{keys}"));
        let heir = agent(&format!("heir{at}")).replace("last_name: Khan", &format!("last_name: \"{text}\""));
        repo.write(&format!("agents/heir-{at}.yaml"), &heir);
    }
    // What to write instead quotes this, and goes on in a new line.
    let list = format!("  languages: {} ::error::sara\nprivate:", "x".repeat(89));
    repo.write("agents/list.yaml", &agent("list").replace("private:", &list));
    let long = "long ".repeat(20_000);
    repo.write("agents/long.yaml", &agent("long").replace("status: active", &format!("status: {long}")));
    repo.write("agents/::error file=a,line=1::%0A##[x].yaml", &agent("name"));
    #[cfg(unix)]
    repo.write("agents/two\nlines\u{1b}[2J\u{202e}.yaml", &agent("lines"));
    repo
}

/// The schema that the standard publishes, from the package of the reader: cargo knows where that lies.
fn published() -> Value {
    let cargo = |args: &[&str]| {
        let output = Command::new(env!("CARGO")).current_dir(env!("CARGO_MANIFEST_DIR")).args(args).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let version = cargo(&["--version", "--verbose"]);
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let platform = ["--offline", "--locked", "--format-version", "1", "--filter-platform", host];
    let metadata: Value = serde_json::from_str(&cargo(&[&["metadata"], platform.as_slice()].concat())).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let package = packages.iter().find(|package| package["name"] == "serde-sarif").unwrap();
    let folder = PathBuf::from(package["manifest_path"].as_str().unwrap());
    let schema = fs::read_to_string(folder.with_file_name("src").join("schema.json")).unwrap();
    let mut schema: Value = serde_json::from_str(&schema).unwrap();
    // What the standard's first errata corrected: a pattern, and what a region must have.
    for place in ["run", "toolComponent"] {
        schema["definitions"][place]["properties"]["language"]["pattern"] = json!("^[a-zA-Z]{2}(-[a-zA-Z]{2})?$");
    }
    schema["definitions"]["region"]["anyOf"] =
        json!([{"required": ["startLine"]}, {"required": ["charOffset"]}, {"required": ["byteOffset"]}]);
    schema
}

/// Logs of every broken file, and of files that nobody would write.
fn logs() -> Vec<(String, String)> {
    let files = cases().into_iter().map(|path| (path.display().to_string(), sarif(&loaded(&path).problems)));
    let hostile = hostile();
    let log = hostile.path("log.sarif");
    validate(&hostile, &["--output", &format!("sarif={}", log.display())]).exits(4);
    files.chain([("hostile".to_owned(), fs::read_to_string(log).unwrap())]).collect()
}

#[test]
fn every_sarif_log_is_valid_against_the_published_schema() {
    let schema = jsonschema::validator_for(&published()).unwrap();
    let rules: Vec<&str> = rules::all().map(|rule| rule.name).collect();
    for (name, log) in logs() {
        let log: Value = serde_json::from_str(&log).unwrap();
        let errors: Vec<String> =
            schema.iter_errors(&log).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(errors.is_empty(), "{name}: {errors:#?}");
        // A reader of another author finds all that is there, and nothing that it does not know.
        let read: Sarif = serde_json::from_value(log.clone()).unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap(), log, "{name}");

        let run = &log["runs"][0];
        let described: Vec<&str> = run["tool"]["driver"]["rules"]
            .as_array()
            .unwrap()
            .iter()
            .map(|rule| rule["id"].as_str().unwrap())
            .collect();
        assert_eq!(described, rules);
        assert!(!run["results"].as_array().unwrap().is_empty(), "{name}");
        let mut fingerprints = BTreeSet::new();
        for result in run["results"].as_array().unwrap() {
            assert_eq!(rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()], result["ruleId"]);
            assert!(fingerprints.insert(result["partialFingerprints"]["primaryLocationLineHash"].as_str().unwrap()));
            assert!(!result["message"]["text"].as_str().unwrap().contains("]("), "a link: {result}");
        }
    }
}

#[test]
fn the_sarif_schema_rejects_invalid_logs() {
    let schema = jsonschema::validator_for(&published()).unwrap();
    let good: Value = serde_json::from_str(&logs()[0].1).unwrap();
    let places = [
        "/version",
        "/runs/0/tool/driver/name",
        "/runs/0/columnKind",
        "/runs/0/results/0/level",
        "/runs/0/results/0/message/text",
        "/runs/0/results/0/locations/0/physicalLocation/region/startLine",
        "/runs/0/results/0/partialFingerprints/primaryLocationLineHash",
    ];
    for place in places {
        let mut bad = good.clone();
        *bad.pointer_mut(place).unwrap() = json!(0);
        assert!(!schema.is_valid(&bad), "{place}");
    }
    let mut more = good;
    more["runs"][0]["results"][0]["line"] = json!(1);
    assert!(!schema.is_valid(&more));
}

#[test]
fn rule_names_are_unique_and_stable() {
    // Others keep these: alerts, suppressions, searches.
    let names: Vec<&str> = rules::all().map(|rule| rule.name).collect();
    insta::assert_snapshot!(names.join(" "), @"file file-name syntax schema settings own-folder slug-is-unique login-is-unique public-email-is-unique licence-is-unique heirs-stay handover-is-of-a-leaver photos-are-there texts-are-visible texts-are-quoted texts-are-whole letters-are-whole backslashes-are-kept lines-are-kept comments-are-outside-of-texts texts-are-no-html quotes-are-typed names-have-no-emoji values-end-cleanly quotes-are-in-pairs values-have-no-tabs numbers-have-plain-digits a-placeholder-is-no-value texts-have-no-escapes texts-are-no-markdown licence-date-is-near phones-exist photos-are-pictures contacts-are-ones-own long-texts-are-ones-own a-blank-is-meant licence-is-valid experience-has-begun one-description-a-language link-fields-are-ours names-are-long-enough nothing-is-cleared-in-vain systems-can-hold-it");
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
}

/// Paths are those of the git repo, wherever in it roster works, and are URIs in SARIF.
#[test]
fn paths_in_machine_formats_start_at_the_repository_root() {
    let repo = new_repo();
    let folder = "brokerages/dubai & 100% söhne";
    repo.write(&format!("{folder}/agents/sara, [a]: #1.yaml"), "status: [\n");
    let outputs = ["--output", "github=-", "--output", "sarif=log.sarif", "--output", "json=all.json"];
    let ran = run_in(&repo, folder, &[&["validate"], outputs.as_slice()].concat());
    ran.exits(4);
    let line = ran.stdout.lines().next().unwrap();
    let file = "brokerages/dubai & 100%25 söhne/agents/sara%2C [a]%3A #1.yaml";
    assert!(line.starts_with(&format!("::error file={file},line=1,col=")), "{line}");
    assert!(ran.stderr.contains("agents/sara, [a]: #1.yaml:1:"), "{}", ran.stderr);

    let read = |name: &str| -> Value { serde_json::from_str(&repo.read(&format!("{folder}/{name}"))).unwrap() };
    let place = &read("log.sarif")["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"];
    assert_eq!(place["uriBaseId"], "%SRCROOT%");
    let uri = place["uri"].as_str().unwrap();
    assert_eq!(uri, "brokerages/dubai%20%26%20100%25%20s%C3%B6hne/agents/sara%2C%20%5Ba%5D%3A%20%231.yaml");
    let meant = percent_decode_str(uri).decode_utf8().unwrap();
    assert_eq!(meant, format!("{folder}/agents/sara, [a]: #1.yaml"));
    assert_eq!(url::Url::parse("file:///top/").unwrap().join(uri).unwrap().path(), format!("/top/{uri}"));
    let problem = &read("all.json")["problems"][0];
    assert_eq!((&problem["file"], &problem["rule"]), (&json!("agents/sara, [a]: #1.yaml"), &json!("file-name")));
}

#[test]
fn without_a_repository_paths_start_at_the_folder() {
    let repo = Repo::empty();
    repo.write("agents/sara.yaml", "status: active\n");
    let ran = validate(&repo, &["--output", "github=-"]);
    assert!(ran.stdout.starts_with("::error file=agents/sara.yaml,line=1,"), "{}", ran.stdout);
}

fn fingerprints(repo: &Repo) -> Vec<(Value, Value)> {
    let ran = validate(repo, &["--output", "sarif=-"]);
    let log: Value = serde_json::from_str(&ran.stdout).unwrap();
    let results = log["runs"][0]["results"].as_array().unwrap().iter();
    results
        .map(|result| {
            (
                result["locations"][0]["physicalLocation"]["region"]["startLine"].clone(),
                result["partialFingerprints"].clone(),
            )
        })
        .collect()
}

#[test]
fn an_alert_is_the_same_when_its_line_moves() {
    let repo = new_repo();
    let [sara, omar] = ["sara", "omar"].map(|name| agent(name).replace(&format!("{name}@"), "both@"));
    let sara = sara.replace("status: active", "status: activ");
    repo.write("agents/omar.yaml", &omar);
    repo.write("agents/sara.yaml", &sara);
    repo.write("agents/twin.yaml", &omar);
    let before = fingerprints(&repo);
    assert!(before.len() >= 2, "{before:?}");
    for name in ["omar", "sara", "twin"] {
        let file = format!("agents/{name}.yaml");
        let text = repo.read(&file);
        repo.write(&file, &format!("# moved\n\n{text}"));
    }
    let after = fingerprints(&repo);
    assert_eq!(
        before.iter().map(|(_, print)| print).collect::<Vec<_>>(),
        after.iter().map(|(_, print)| print).collect::<Vec<_>>()
    );
    assert!(before.iter().zip(&after).all(|((then, _), (now, _))| then.as_u64().unwrap() + 2 == now.as_u64().unwrap()));
}

/// Every line on stdout is one command that a runner knows, or the one closing line, whatever stands in the files.
#[test]
fn no_text_of_a_file_becomes_a_workflow_command() {
    let hostile = hostile();
    let ran = validate(&hostile, &["--output", "github=-"]);
    ran.exits(4);
    let (commands, rest): (Vec<&str>, Vec<&str>) = ran.stdout.lines().partition(|line| line.starts_with("::"));
    assert!(commands.len() > 15, "{}", ran.stderr);
    assert_eq!(
        rest,
        [format!("GitHub shows the first 10 annotations of each kind; all {} are in this log.", commands.len())]
    );
    let mut levels = Vec::new();
    for command in commands {
        let (head, data) = command.strip_prefix("::").unwrap().split_once("::").unwrap();
        let (level, properties) = head.split_once(' ').unwrap();
        levels.push(level);
        let keys: Vec<&str> = properties.split(',').map(|pair| pair.split_once('=').unwrap().0).collect();
        assert!(keys.starts_with(&["file", "line"]) && keys.ends_with(&["title"]), "{command}");
        assert!(!data.is_empty());
    }
    assert!(levels.is_sorted(), "errors come first: {levels:?}");
    // Nor does what people read, also where a long message goes on in a new line.
    let parts = |line: &str| line.trim_start().starts_with("::") || line.contains("##[");
    assert!(!ran.stderr.lines().any(parts), "{}", ran.stderr);
    assert!(ran.stderr.lines().any(|line| line.trim_start().starts_with(": :error::sara")), "{}", ran.stderr);

    let acts = |char: char| {
        char != '\n'
            && (char.is_control()
                || matches!(char, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}'))
    };
    assert!(!ran.stdout.contains(acts), "{:?}", ran.stdout);
}
