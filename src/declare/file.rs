//! One agent's file: its bytes to an agent, with everything that is wrong with it.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use super::problem::Problem;
use super::source::{PathStep, Source, keys};
use super::{rule, schema, typing_errors, violation, yaml, yaml_tree};
use crate::model::agent::{Agent, Field, Setting, Slug};
use crate::model::config::Languages;
use crate::model::roster::Declaration;

/// A valid agent's file.
#[derive(Clone, Debug)]
pub struct AgentFile {
    /// What is declared, flat.
    pub declaration: Declaration,
    /// The declaration, as it is in the file.
    pub agent: Agent,
    /// The file.
    pub source: Arc<Source>,
}

/// Reads an agent's file, whose path from the repository's root is `name`. With an error among the problems there is no
/// person.
#[must_use]
pub fn read(name: &str, bytes: &[u8], languages: &Languages) -> (Option<AgentFile>, Vec<Problem>) {
    let (source, mut problems) = parse(name, bytes, true);
    let slug = slug(&source, &mut problems);
    if source.document.is_none() {
        return (None, problems);
    }
    let faults: Vec<Range<usize>> = problems.iter().map(|problem| problem.span.clone()).collect();
    let refused =
        |problem: &Problem| faults.iter().any(|fault| fault.start < problem.span.end && problem.span.start < fault.end);
    problems.extend(violation::check(&source, schema::agent()).into_iter().filter(|problem| !refused(problem)));
    report_typing_error_alone(&source, &mut problems);
    let agent = if problems.is_empty() { typed(&source, &mut problems) } else { None };
    let person = slug.zip(agent).map(|(slug, agent)| AgentFile::new(slug, agent, source, languages));
    (person, problems)
}

/// Reads any YAML file of the repository; `personal` for one in which values may be private.
#[must_use]
pub(crate) fn parse(name: &str, bytes: &[u8], personal: bool) -> (Arc<Source>, Vec<Problem>) {
    parse_up_to(yaml_tree::LARGEST, name, bytes, personal)
}

/// The same of a file of at most so many bytes.
#[must_use]
pub(super) fn parse_up_to(largest: usize, name: &str, bytes: &[u8], personal: bool) -> (Arc<Source>, Vec<Problem>) {
    let text = match std::str::from_utf8(bytes) {
        _ if bytes.len() > largest => return (bare(name, personal), vec![too_large(name)]),
        Ok(text) => text,
        Err(error) => return (bare(name, personal), vec![not_utf8(name, bytes, error.valid_up_to())]),
    };
    let (document, faults) = yaml::load(text);
    let source = Arc::new(Source::new(name, text.to_owned(), document, personal));
    let problems = faults.into_iter().map(|fault| syntax_problem(&source, fault)).collect();
    (source, problems)
}

fn syntax_problem(source: &Arc<Source>, error: yaml_tree::YamlError) -> Problem {
    Problem::error(source, error.span, &[], error.message).of(rule::SYNTAX).help(error.help)
}

fn bare(name: &str, personal: bool) -> Arc<Source> {
    Arc::new(Source::new(name, String::new(), None, personal))
}

fn too_large(name: &str) -> Problem {
    let message = format!("{name} is longer than {} KB", yaml_tree::LARGEST / 1024);
    Problem::error(&bare(name, true), 0..0, &[], message).of(rule::FILE).help("a photo belongs into a file of its own")
}

fn not_utf8(name: &str, bytes: &[u8], valid: usize) -> Problem {
    let line = bytes.iter().take(valid).filter(|byte| **byte == b'\n').count() + 1;
    let message = format!("{name} is not UTF-8: byte {} in line {line}", valid + 1);
    let problem = Problem::error(&bare(name, true), 0..0, &[], message);
    let mut problem = problem.of(rule::FILE).help("save the file as UTF-8");
    (problem.start, problem.end) = ((line, 1), (line, 1));
    problem
}

/// A typing error after which the keys and values are others: what was found of them has the same cause.
fn report_typing_error_alone(source: &Arc<Source>, problems: &mut Vec<Problem>) {
    let is_of_content = |problem: &Problem| problem.rule == rule::SYNTAX || problem.rule == rule::SCHEMA;
    if !problems.iter().any(is_of_content) {
        return;
    }
    if let Some(error) = typing_errors::find_in_yaml(&source.text) {
        problems.retain(|problem| !is_of_content(problem));
        problems.push(syntax_problem(source, error));
    }
}

fn slug(source: &Arc<Source>, problems: &mut Vec<Problem>) -> Option<Slug> {
    match Slug::parse(super::stem(&source.name)) {
        Ok(slug) => Some(slug),
        Err(form) => {
            let message = "the file's name is not a slug, by which the agent is known";
            let problem = Problem::error(source, 0..0, &[], message).of(rule::FILE_NAME);
            problems.push(problem.help(format!("rename the file: {form}")));
            None
        }
    }
}

fn typed(source: &Arc<Source>, problems: &mut Vec<Problem>) -> Option<Agent> {
    let agent = Agent::deserialize(&source.document.as_ref()?.value).ok();
    if agent.is_none() {
        // serde's own words may quote a private value.
        let message = "the file passes the schema, but cannot be read; this is a bug in roster";
        problems.push(Problem::error(source, 0..0, &[], message));
    }
    agent
}

impl AgentFile {
    fn new(slug: Slug, agent: Agent, source: Arc<Source>, languages: &Languages) -> Self {
        let record = agent.record(&languages.primary, &languages.secondary);
        let mut declaration = Declaration {
            slug,
            file: source.name.clone(),
            status: agent.status,
            record,
            clears_descriptions: agent.clears_descriptions(),
            lines: BTreeMap::new(),
            handover: agent.handover.set().map(Into::into),
        };
        for field in declaration.record.keys() {
            declaration.lines.insert(field.clone(), u32::try_from(line(&source, field)).unwrap_or(u32::MAX));
        }
        Self { declaration, agent, source }
    }

    /// An error about a field.
    #[must_use]
    pub(crate) fn error(&self, field: &Field, message: impl Into<String>) -> Problem {
        error(&self.source, field, message)
    }

    /// An error about the value at a path.
    #[must_use]
    pub(crate) fn error_at(&self, path: &[PathStep], message: impl Into<String>) -> Problem {
        error_at(&self.source, path, message)
    }

    /// Whether nothing is written behind the key of a field.
    pub(super) fn is_blank(&self, field: &Field) -> bool {
        self.source.node(&path(&self.source, field)).is_some_and(|node| node.span.is_empty())
    }
}

/// An error about a field of a file.
#[must_use]
pub(super) fn error(source: &Arc<Source>, field: &Field, message: impl Into<String>) -> Problem {
    error_at(source, &path(source, field), message)
}

/// An error about the value at a path of a file.
#[must_use]
pub(super) fn error_at(source: &Arc<Source>, path: &[PathStep], message: impl Into<String>) -> Problem {
    Problem::error(source, source.value_span(path), path, message)
}

/// The line, from 1, of a field.
pub(super) fn line(source: &Source, field: &Field) -> usize {
    source.position(source.key_span(&path(source, field)).start).0
}

/// The path in the file of a field of its record.
pub(super) fn path(source: &Source, field: &Field) -> Vec<PathStep> {
    match field {
        Field::Position(language) => keys(&["public", "position", language]),
        Field::Description(language) => description(source, language),
        Field::Subscription(name, channel) => keys(&["subscriptions", name, channel.key()]),
        Field::Custom(id) => keys(&["fields", id]),
        plain => keys(&plain.to_string().split('.').collect::<Vec<_>>()),
    }
}

/// The content of the description in a language, or the list if it has none.
fn description(source: &Source, language: &str) -> Vec<PathStep> {
    let mut path = keys(&["public", "descriptions"]);
    let items = source.document.as_ref().and_then(|document| document.value.pointer("/public/descriptions"));
    let items = items.and_then(Value::as_array).into_iter().flatten();
    let has_language = |item: &&Value| item.get("lang").and_then(Value::as_str) == Some(language);
    if let Some((at, _)) = items.enumerate().find(|(_, item)| has_language(item)) {
        path.extend([PathStep::Index(at), PathStep::Key("content".to_owned())]);
    }
    path
}

/// Whether an optional field is cleared as a whole.
pub(super) const fn is_clear<T>(field: &Setting<T>) -> bool {
    matches!(field, Setting::Clear)
}
