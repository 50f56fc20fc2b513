//! One agent's file: its bytes to an agent, with everything that is wrong with it.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use serde::Deserialize;
use serde_json::Value;

use super::declared_text::{DeclaredText, texts};
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
    /// Every text, listed when a rule first asks for them.
    texts: OnceLock<Vec<DeclaredText>>,
}

/// Reads an agent's file, whose path from the repository's root is `name`. With an error among the problems there is no
/// person.
#[must_use]
pub fn read(name: &str, bytes: &[u8], languages: &Languages) -> (Option<AgentFile>, Vec<Problem>) {
    let (source, mut problems) = parse(name, bytes, true);
    let slug = slug(&source, &mut problems);
    let Some(document) = &source.document else { return (None, problems) };
    // Most files are valid: of these no violation is looked for.
    let agent = if problems.is_empty() { typed(&document.value) } else { None };
    if let Some(person) = slug.zip(agent).map(|(slug, agent)| AgentFile::new(slug, agent, &source, languages)) {
        return (Some(person), problems);
    }
    let faults: Vec<Range<usize>> = problems.iter().map(|problem| problem.span.clone()).collect();
    let refused =
        |problem: &Problem| faults.iter().any(|fault| fault.start < problem.span.end && problem.span.start < fault.end);
    problems.extend(violation::check(&source, schema::agent()).into_iter().filter(|problem| !refused(problem)));
    report_typing_error_alone(&source, &mut problems);
    if problems.is_empty() {
        let message = "the file passes the schema, but cannot be read; this is a bug in roster";
        problems.push(Problem::error(&source, 0..0, &[], message));
    }
    (None, problems)
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
    let (document, faults) = yaml::load(text, personal);
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
pub(super) fn report_typing_error_alone(source: &Arc<Source>, problems: &mut Vec<Problem>) {
    let is_of_content = |problem: &Problem| problem.rule == rule::SYNTAX || problem.rule == rule::SCHEMA;
    if !problems.iter().any(is_of_content) {
        return;
    }
    if let Some(error) = typing_errors::find_in_yaml(&source.text, source.personal) {
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
            let help = match slug_of_copy(super::stem(&source.name)) {
                Some(slug) => format!(
                    "this is the name of a second copy of {slug}.yaml: keep one of the two files, as {slug}.yaml"
                ),
                None => format!("rename the file: {form}"),
            };
            problems.push(problem.help(help));
            None
        }
    }
}

/// The slug in the name of a copy: `sara-khan (1)` or `sara-khan - Copy`.
fn slug_of_copy(stem: &str) -> Option<&str> {
    let slug = match stem.strip_suffix(')') {
        Some(numbered) => numbered.trim_end_matches(|c: char| c.is_ascii_digit()).strip_suffix('(')?,
        None => stem
            .strip_suffix(" - Copy")
            .or_else(|| stem.strip_suffix(" copy"))
            .or_else(|| stem.strip_prefix("Copy of "))?,
    };
    let slug = slug.trim_end();
    Slug::parse(slug).is_ok().then_some(slug)
}

/// The agent that a document declares, where the schema allows it: the types check the formats. serde's own words may quote
/// a private value, so they are dropped.
fn typed(document: &Value) -> Option<Agent> {
    schema::agent().allows_form(document).then(|| Agent::deserialize(document).ok()).flatten()
}

impl AgentFile {
    fn new(slug: Slug, agent: Agent, source: &Arc<Source>, languages: &Languages) -> Self {
        let record = agent.record(&languages.primary, &languages.secondary);
        let declaration = Declaration {
            slug,
            file: source.name.clone(),
            status: agent.status,
            record,
            clears_descriptions: agent.clears_descriptions(),
            lines: Vec::new(),
            handover: agent.handover.set().map(Into::into),
        };
        Self { declaration, agent, source: Arc::clone(source), texts: OnceLock::new() }
    }

    /// Every text of the file, in its order.
    pub(super) fn texts(&self) -> &[DeclaredText] {
        let document = self.source.document.as_ref();
        self.texts.get_or_init(|| document.map(|document| texts(&document.value)).unwrap_or_default())
    }

    /// The declaration with the line of each field.
    #[must_use]
    pub(crate) fn into_declaration_with_lines(mut self) -> Declaration {
        let line = |field: &Field| u32::try_from(line(&self.source, field)).unwrap_or(u32::MAX);
        self.declaration.lines = self.declaration.record.keys().map(line).collect();
        self.declaration
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
    source.line(source.key_span(&path(source, field)).start)
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;

    const EVERY_FIELD: &str = r#"
status: active
role: agent
theme: onyx
public:
  first_name: Sara
  last_name: Khan
  email: sara@example.ae
  phone: "+971501234567"
  phone_secondary: "+971501234568"
  whatsapp_phone: "+971501234569"
  photo: photos/sara.jpg
  licence: "48213"
  licence_expired_at: "2045-01-31"
  position: {en: Consultant, ar: مستشارة}
  experience_since: 2014
  languages: [en, ar]
  nationalities: [AE]
  linked_in: https://www.linkedin.com/in/sara
  descriptions: [{lang: en, content: Knows every tower.}]
private:
  first_name: Sara
  last_name: Khan
  email: sara.login@example.ae
  mobile: "+971501234560"
  landline: "+97144201170"
  landline_extension: "214"
  lang: en
  licence: "9"
  use_email_signature: true
  email_signature: Sara
  photo: https://example.ae/sara.jpg
subscriptions: {type.property.created: {receive_sms: true}}
fields: {"3": Marina}
"#;

    /// A file that has the form of the schema and that its types read is one that the schema allows, also where only its formats
    /// refuse a text.
    #[test]
    fn the_types_refuse_what_the_formats_of_the_schema_refuse() {
        let (source, problems) = parse("agents/sara.yaml", EVERY_FIELD.as_bytes(), true);
        assert!(problems.is_empty(), "{problems:?}");
        let document = &source.document.as_ref().unwrap().value;
        let allowed = |value: &Value| schema::agent().validator().unwrap().is_valid(value);
        assert!(allowed(document) && typed(document).is_some());
        let long = "x".repeat(70_000);
        let texts = [
            "",
            " ",
            "x",
            "no",
            "active",
            "en",
            "EN",
            "zz",
            "+971501234567",
            "0501234567",
            "+97150",
            "+9710501234567",
            "a@b.example",
            "a@b",
            "a b@c.example",
            "2045-02-30",
            "2045-02-28",
            "31/01/2045",
            "https://example.ae/a.jpg",
            "http://example.ae/a.jpg",
            "ftp://x",
            "photos/a.jpg",
            "../a.jpg",
            "/a.jpg",
            "photos/a.bmp",
            "AE",
            "A",
            "XX",
            "\u{202e}x",
            "x\u{0}",
            "12",
            "0",
            "-1",
            "null",
            "سارة",
            "•••",
            long.as_str(),
        ];
        let others = [json!(null), json!(1), json!(-1), json!(2014.5), json!(true), json!([]), json!({}), json!(["x"])];
        let values: Vec<Value> = texts.map(Value::from).into_iter().chain(others).collect();
        let mut refused = 0;
        for place in places(document, "") {
            for value in &values {
                let mut changed = document.clone();
                *changed.pointer_mut(&place).unwrap() = value.clone();
                assert_eq!(typed(&changed).is_some(), allowed(&changed), "{place}: {value:.60}");
                refused += usize::from(!allowed(&changed));
            }
        }
        assert!(refused > 500, "{refused}");
    }

    /// The same for keys: of a language, of a custom field, and unknown ones.
    #[test]
    fn the_types_refuse_the_keys_that_the_schema_refuses() {
        let (source, _) = parse("agents/sara.yaml", EVERY_FIELD.as_bytes(), true);
        let document = &source.document.as_ref().unwrap().value;
        for place in
            ["", "/public", "/public/position", "/private", "/subscriptions", "/fields", "/public/descriptions/0"]
        {
            for key in ["en", "zz", "EN", "3", "x", "", "first_name", "type.a", "a b", "٣", "receive_sms", "-1"] {
                for value in [json!("en"), json!(null), json!({"receive_sms": true}), json!({"x": true})] {
                    let mut changed = document.clone();
                    changed.pointer_mut(place).unwrap().as_object_mut().unwrap().insert(key.to_owned(), value.clone());
                    let is_allowed = schema::agent().validator().unwrap().is_valid(&changed);
                    assert_eq!(typed(&changed).is_some(), is_allowed, "{place} {key:?}: {value}");
                }
            }
        }
    }

    fn places(value: &Value, at: &str) -> Vec<String> {
        let inner: Vec<(String, &Value)> = match value {
            Value::Object(map) => map.iter().map(|(key, value)| (format!("{at}/{key}"), value)).collect(),
            Value::Array(items) => {
                items.iter().enumerate().map(|(at_item, value)| (format!("{at}/{at_item}"), value)).collect()
            }
            _ => Vec::new(),
        };
        let below = inner.iter().flat_map(|(place, value)| places(value, place));
        inner.iter().map(|(place, _)| place.clone()).chain(below).collect()
    }
}
