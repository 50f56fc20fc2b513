//! Problems as SARIF 2.1.0, which code scanning and editors read. The shapes are the standard's, so far as they are used.

use std::collections::BTreeMap;

use serde::Serialize;

use super::address::encoded;
use super::{Origin, json};
use crate::declare::problem::{self, Problem};
use crate::declare::rule::Rule;
use crate::declare::rules;
use crate::fingerprint::fingerprint;

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// What every path is relative to; whoever reads the document knows where that is.
const TOP: &str = "%SRCROOT%";

/// What GitHub shows beside each rule.
const HELP: &str =
    "Each problem says what to write instead. `roster validate` shows it on your machine, with the line.";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    tool: Tool,
    original_uri_base_ids: BTreeMap<&'static str, Base>,
    column_kind: &'static str,
    results: Vec<Finding<'a>>,
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver {
    name: &'static str,
    semantic_version: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    information_uri: Option<&'static str>,
    rules: Vec<Descriptor>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    id: &'static str,
    short_description: Message,
    full_description: Message,
    help: Message,
}

#[derive(Serialize)]
struct Message {
    text: String,
}

#[derive(Serialize)]
struct Base {
    description: Message,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Finding<'a> {
    rule_id: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_index: Option<usize>,
    level: &'static str,
    message: Message,
    locations: [Location<'a>; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Location<'a>>,
    partial_fingerprints: Fingerprints,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Fingerprints {
    /// The one that GitHub goes by: a hash, a colon and a count.
    primary_location_line_hash: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location<'a> {
    physical_location: Physical,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    logical_locations: Vec<Logical<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Physical {
    artifact_location: Artifact,
    region: Region,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Artifact {
    uri: String,
    uri_base_id: &'static str,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_column: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_column: Option<usize>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Logical<'a> {
    fully_qualified_name: &'a str,
}

/// Problems as a SARIF log; never a private value.
#[must_use]
pub fn problems(problems: &[Problem], origin: &Origin) -> String {
    let rules: Vec<Rule> = rules::all().collect();
    let mut seen = BTreeMap::new();
    let results = problems.iter().map(|problem| finding(problem, origin, &rules, &mut seen)).collect();
    let repository = Some(env!("CARGO_PKG_REPOSITORY")).filter(|address| !address.is_empty());
    let describe = |rule: Rule| Descriptor {
        id: rule.name,
        short_description: plain(rule.asks),
        full_description: plain(rule.asks),
        help: plain(HELP),
    };
    let driver = Driver {
        name: "roster",
        semantic_version: env!("CARGO_PKG_VERSION"),
        information_uri: repository,
        rules: rules.iter().copied().map(describe).collect(),
    };
    let log = Log {
        schema: SCHEMA,
        version: "2.1.0",
        runs: [Run {
            tool: Tool { driver },
            original_uri_base_ids: [(TOP, Base { description: plain("The top of the git repository.") })].into(),
            // As `Source::position` counts them.
            column_kind: "unicodeCodePoints",
            results,
        }],
    };
    json::text(&log)
}

fn finding<'a>(
    problem: &'a Problem,
    origin: &Origin,
    rules: &[Rule],
    seen: &mut BTreeMap<String, usize>,
) -> Finding<'a> {
    let ((line, column), (end_line, end_column)) = (problem.start, problem.end);
    let region =
        Region { start_line: line, start_column: Some(column), end_line: Some(end_line), end_column: Some(end_column) };
    let name = Some(problem.path.as_str()).filter(|path| !path.is_empty());
    Finding {
        rule_id: problem.rule.name,
        rule_index: rules.iter().position(|rule| *rule == problem.rule),
        level: problem.severity.key(),
        message: plain(&problem.sentences().join("\n")),
        locations: [Location {
            physical_location: Physical { artifact_location: artifact(&problem.file, origin), region },
            logical_locations: name.into_iter().map(|path| Logical { fully_qualified_name: path }).collect(),
        }],
        related_locations: problem.other.iter().map(|other| related(other, origin)).collect(),
        partial_fingerprints: Fingerprints { primary_location_line_hash: lasting(problem, origin, seen) },
    }
}

fn related<'a>(other: &problem::Place, origin: &Origin) -> Location<'a> {
    let region = Region { start_line: other.line, ..Region::default() };
    let physical_location = Physical { artifact_location: artifact(&other.file, origin), region };
    Location { physical_location, logical_locations: Vec::new() }
}

fn artifact(file: &str, origin: &Origin) -> Artifact {
    Artifact { uri: encoded(&origin.path(file)), uri_base_id: TOP }
}

/// What stays the same for a problem when its line moves, and is no other problem's.
fn lasting(problem: &Problem, origin: &Origin, seen: &mut BTreeMap<String, usize>) -> String {
    let other = problem.other.as_ref().map(|other| other.file.as_str()).unwrap_or_default();
    let file = origin.path(&problem.file);
    let identity = [problem.rule.name, &file, &problem.path, &problem.gist(), other].join("\0");
    let hash = fingerprint(&identity, 8);
    let count = seen.entry(hash.clone()).and_modify(|count| *count += 1).or_insert(1);
    format!("{hash}:{count}")
}

/// A message without links: in SARIF `[text](address)` is one, and no text of a file may become one.
fn plain(text: &str) -> Message {
    Message { text: text.replace("](", "] (") }
}
