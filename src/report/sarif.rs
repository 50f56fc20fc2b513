//! Problems as SARIF 2.1.0, which code scanning and editors read. The shapes are the standard's, so far as they are used.

use std::collections::BTreeMap;

use serde::Serialize;

use super::address::encoded;
use super::{ReportOrigin, json_format};
use crate::declare::problem::{self, Problem};
use crate::declare::rule::Rule;
use crate::declare::rules;
use crate::reconcile::fingerprint::fingerprint;

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The base of every path; the reader of the document knows its place.
const TOP: &str = "%SRCROOT%";

/// What GitHub shows beside each rule.
const HELP: &str = "Each problem names the correction. `roster validate` shows it on your machine, with the line.";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifLog<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [SarifRun<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifRun<'a> {
    tool: SarifTool,
    original_uri_base_ids: BTreeMap<&'static str, SarifUriBase>,
    column_kind: &'static str,
    results: Vec<SarifResult<'a>>,
}

#[derive(Serialize)]
struct SarifTool {
    driver: SarifDriver,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifDriver {
    name: &'static str,
    semantic_version: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    information_uri: Option<&'static str>,
    rules: Vec<SarifRule>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifRule {
    id: &'static str,
    short_description: SarifMessage,
    full_description: SarifMessage,
    help: SarifMessage,
}

#[derive(Serialize)]
struct SarifMessage {
    text: String,
}

#[derive(Serialize)]
struct SarifUriBase {
    description: SarifMessage,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifResult<'a> {
    rule_id: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_index: Option<usize>,
    level: &'static str,
    message: SarifMessage,
    locations: [SarifLocation<'a>; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<SarifLocation<'a>>,
    partial_fingerprints: SarifFingerprints,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifFingerprints {
    /// The one that GitHub goes by: a hash, a colon and a count.
    primary_location_line_hash: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifLocation<'a> {
    physical_location: SarifPhysicalLocation,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    logical_locations: Vec<SarifLogicalLocation<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifPhysicalLocation {
    artifact_location: SarifArtifact,
    region: SarifRegion,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifArtifact {
    uri: String,
    uri_base_id: &'static str,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifRegion {
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
struct SarifLogicalLocation<'a> {
    fully_qualified_name: &'a str,
}

/// Problems as a SARIF log; never a private value.
#[must_use]
pub fn problems(problems: &[Problem], origin: &ReportOrigin) -> String {
    let rules: Vec<Rule> = rules::all().collect();
    let mut seen = BTreeMap::new();
    let results = problems.iter().map(|problem| finding(problem, origin, &rules, &mut seen)).collect();
    let repository = Some(env!("CARGO_PKG_REPOSITORY")).filter(|address| !address.is_empty());
    let describe = |rule: Rule| SarifRule {
        id: rule.name,
        short_description: plain(rule.asks),
        full_description: plain(rule.asks),
        help: plain(HELP),
    };
    let driver = SarifDriver {
        name: "roster",
        semantic_version: env!("CARGO_PKG_VERSION"),
        information_uri: repository,
        rules: rules.iter().copied().map(describe).collect(),
    };
    let log = SarifLog {
        schema: SCHEMA,
        version: "2.1.0",
        runs: [SarifRun {
            tool: SarifTool { driver },
            original_uri_base_ids: [(TOP, SarifUriBase { description: plain("The top of the git repository.") })]
                .into(),
            // As `Source::position` counts them.
            column_kind: "unicodeCodePoints",
            results,
        }],
    };
    json_format::text(&log)
}

fn finding<'a>(
    problem: &'a Problem,
    origin: &ReportOrigin,
    rules: &[Rule],
    seen: &mut BTreeMap<String, usize>,
) -> SarifResult<'a> {
    let ((line, column), (end_line, end_column)) = (problem.start, problem.end);
    let region = SarifRegion {
        start_line: line,
        start_column: Some(column),
        end_line: Some(end_line),
        end_column: Some(end_column),
    };
    let name = Some(problem.path.as_str()).filter(|path| !path.is_empty());
    SarifResult {
        rule_id: problem.rule.name,
        rule_index: rules.iter().position(|rule| *rule == problem.rule),
        level: problem.severity.key(),
        message: plain(&problem.sentences().join("\n")),
        locations: [SarifLocation {
            physical_location: SarifPhysicalLocation { artifact_location: artifact(&problem.file, origin), region },
            logical_locations: name
                .into_iter()
                .map(|path| SarifLogicalLocation { fully_qualified_name: path })
                .collect(),
        }],
        related_locations: problem.other.iter().map(|other| related(other, origin)).collect(),
        partial_fingerprints: SarifFingerprints { primary_location_line_hash: lasting(problem, origin, seen) },
    }
}

fn related<'a>(other: &problem::Location, origin: &ReportOrigin) -> SarifLocation<'a> {
    let region = SarifRegion { start_line: other.line, ..SarifRegion::default() };
    let physical_location = SarifPhysicalLocation { artifact_location: artifact(&other.file, origin), region };
    SarifLocation { physical_location, logical_locations: Vec::new() }
}

fn artifact(file: &str, origin: &ReportOrigin) -> SarifArtifact {
    SarifArtifact { uri: encoded(&origin.path(file)), uri_base_id: TOP }
}

/// The identity of a problem, which does not change when its line moves.
fn lasting(problem: &Problem, origin: &ReportOrigin, seen: &mut BTreeMap<String, usize>) -> String {
    let other = problem.other.as_ref().map(|other| other.file.as_str()).unwrap_or_default();
    let file = origin.path(&problem.file);
    let identity = [problem.rule.name, &file, &problem.path, &problem.gist(), other].join("\0");
    let hash = fingerprint(&identity, 8);
    let count = seen.entry(hash.clone()).and_modify(|count| *count += 1).or_insert(1);
    format!("{hash}:{count}")
}

/// A message without links: in SARIF `[text](address)` is one, and no text of a file may become one.
fn plain(text: &str) -> SarifMessage {
    SarifMessage { text: text.replace("](", "] (") }
}
