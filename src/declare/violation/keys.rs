//! Keys that are not there, are not known, or are values of their own.

use std::borrow::Cow;

use serde_json::Value;

use super::renamed_keys::{LONGEST_TEXT, key_with_its_value, known_before_colon};
use super::{Violation, closest, lower_first};
use crate::declare::problem::Problem;
use crate::declare::secret_parts::{CREDENTIAL, is_name_of_a_credential};
use crate::declare::source::{PathStep, dotted, path_in_words};
use crate::declare::yaml_tree::NodeKind;
use crate::model::agent::value::{self, CustomId, Language};

/// What people call a field, and its key. An entry counts where its key is known and not there yet.
const OTHER_NAMES: [(&str, &str); 30] = [
    ("title", "position"),
    ("job_title", "position"),
    ("designation", "position"),
    ("bio", "descriptions"),
    ("biography", "descriptions"),
    ("about", "descriptions"),
    ("profile", "descriptions"),
    ("telephone", "phone"),
    ("tel", "phone"),
    ("mobile", "phone"),
    ("phone", "mobile"),
    ("cell", "mobile"),
    ("cellphone", "mobile"),
    ("whatsapp", "whatsapp_phone"),
    ("office", "landline"),
    ("office_phone", "landline"),
    ("extension", "landline_extension"),
    ("surname", "last_name"),
    ("family_name", "last_name"),
    ("given_name", "first_name"),
    ("brn", "licence"),
    ("rera", "licence"),
    ("expiry", "licence_expired_at"),
    ("licence_expiry", "licence_expired_at"),
    ("picture", "photo"),
    ("image", "photo"),
    ("nationality", "nationalities"),
    ("language", "languages"),
    ("language", "lang"),
    ("signature", "email_signature"),
];

impl Violation<'_> {
    pub(super) fn unknown_key(&self, key: &str) -> Problem {
        let mut path = self.path.clone();
        path.push(PathStep::Key(key.to_owned()));
        let span = self.source.key_span(&path);
        let shown = if self.may_name(key, &span) { format!("`{key}`") } else { "this".to_owned() };
        let place = self.under();
        let path = if shown == "this" { &self.path } else { &path };
        if key.starts_with(|c: char| c.is_whitespace() && c != ' ') {
            let message = format!("this key{place} begins with a space of another kind");
            let help = "delete everything in front of the first word, and type the spaces again";
            return Problem::error(self.source, span, path, message).help(help);
        }
        let problem = Problem::error(self.source, span, path, format!("{shown} is not a key{place}"));
        if is_name_of_a_credential(key) {
            return problem.help(CREDENTIAL);
        }
        let known = self.known_keys(&self.schema_place());
        if known.is_empty() {
            return self.wrong_key(key, CustomId::FORMAT);
        }
        if self.is_language_of_an_item(key) {
            return problem.help(format!("write `lang: {key}`, and the text behind `content:` on the line below"));
        }
        if let Some(help) = key_with_its_value(key, &known, shown != "this") {
            return problem.help(help);
        }
        let similar = self.similar(key, &known);
        if let Some(help) = similar.and_then(|similar| self.as_list_of(similar, key)) {
            return problem.help(help);
        }
        problem.help(match (similar, self.elsewhere(key)) {
            (Some("descriptions"), _) => {
                "did you mean `descriptions`? It is a list: `- {lang: en, content: \"…\"}`".to_owned()
            }
            (Some(similar), _) => format!("did you mean `{similar}`?"),
            (None, Some(section)) => self.taken_elsewhere(&section, key).unwrap_or_else(|| match section.as_slice() {
                [] => "it belongs at the left margin".to_owned(),
                section => format!("it belongs under {}", path_in_words(section)),
            }),
            (None, None) => format!("known here: {}", known.join(", ")),
        })
    }

    /// The known key that was most likely meant.
    fn similar<'k>(&self, key: &str, known: &'k [String]) -> Option<&'k str> {
        let written = key.to_lowercase().replace([' ', '-'], "_");
        let is_free = |name: &str| self.error.instance().get(name).is_none();
        let named = OTHER_NAMES.iter().filter(|(other, name)| *other == written && is_free(name));
        let other = named.into_iter().find_map(|(_, name)| known.iter().find(|known| known == name));
        other.map(String::as_str).or_else(|| {
            // The same word elsewhere is no misspelling of another one.
            let is_elsewhere = self.elsewhere(key).is_some();
            closest(key, known.iter().map(String::as_str)).filter(|_| !is_elsewhere)
        })
    }

    /// Whether the key is a language in an item that has `lang` and `content`.
    fn is_language_of_an_item(&self, key: &str) -> bool {
        matches!(self.path.last(), Some(PathStep::Index(_)))
            && self.known_keys(&self.schema_place()).iter().any(|known| known == "lang")
            && Language::parse(key).is_ok()
    }

    /// Whether an unknown key may be a required one by another name.
    pub(super) fn may_be_required(&self, key: &str) -> bool {
        !is_name_of_a_credential(key) && !self.known_keys(&self.schema_place()).is_empty()
    }

    /// The paths of the keys that were probably meant by an unknown one.
    pub(super) fn misspelt(&self, key: &str) -> Vec<String> {
        if is_name_of_a_credential(key) {
            return Vec::new();
        }
        let known = self.known_keys(&self.schema_place());
        let at = |section: &[PathStep], key: &str| {
            dotted(&section.iter().cloned().chain([PathStep::Key(key.to_owned())]).collect::<Vec<_>>())
        };
        if self.is_language_of_an_item(key) {
            return known.iter().map(|known| at(&self.path, known)).collect();
        }
        if let Some((name, _)) = known_before_colon(key, &known) {
            return vec![at(&self.path, name)];
        }
        match (self.similar(key, &known), self.elsewhere(key)) {
            (Some(meant), _) => vec![at(&self.path, meant)],
            (None, Some(section)) => vec![at(&section, key)],
            (None, None) => Vec::new(),
        }
    }

    /// The section of the file that has such a key.
    fn elsewhere(&self, key: &str) -> Option<Vec<PathStep>> {
        let sections = self.schema.get("properties")?.as_object()?;
        if sections.contains_key(key) {
            return Some(Vec::new()).filter(|_| !self.path.is_empty());
        }
        let has = |section: &Value| section.pointer(&format!("/properties/{key}")).is_some();
        sections.iter().find(|(_, section)| has(section)).map(|(name, _)| vec![PathStep::Key(name.clone())])
    }

    fn under(&self) -> String {
        if self.path.is_empty() { String::new() } else { format!(" under {}", path_in_words(&self.path)) }
    }

    pub(super) fn missing_key(&self, key: &str) -> Problem {
        let place = self.under();
        let span = match self.path.as_slice() {
            [] => self.first_key(),
            path => self.source.key_span(path),
        };
        let mut path = self.path.clone();
        path.push(PathStep::Key(key.to_owned()));
        let text = self.schema.pointer(&format!("{}/properties/{key}/description", self.schema_place()));
        let text = text.and_then(Value::as_str).unwrap_or_default();
        let first = text.split_inclusive(". ").next().unwrap_or_default().trim_end();
        Problem::error(self.source, span, &path, format!("`{key}` is missing{place}"))
            .help(format!("add `{key}:` {}", lower_first(first)))
    }

    /// A key of a map whose keys are values of their own: languages, or the numbers of custom fields.
    pub(super) fn wrong_key(&self, name: &str, format: &str) -> Problem {
        let mut path = self.path.clone();
        path.push(PathStep::Key(name.to_owned()));
        let span = self.source.key_span(&path);
        let fault = value::check(format, name).and_then(Result::err);
        let what = fault.as_ref().map_or("is not a valid key here".into(), |fault| fault.message.clone());
        let named = self.may_name(name, &span);
        let shown = if named { format!("the key `{name}`") } else { "a key".to_owned() };
        let part = if named && format == Language::FORMAT { self.part_of_a_text(name) } else { None };
        let credential = is_name_of_a_credential(name).then(|| CREDENTIAL.to_owned());
        let part = credential.or(part).or_else(|| key_without_space(name, format));
        let help = part.or_else(|| {
            fault.and_then(|fault| self.meant(fault.meant.filter(|_| named)).or(fault.help.map(Cow::into_owned)))
        });
        let message = format!("{shown} under `{}` {what}", dotted(&self.path));
        Problem::error(self.source, span, &self.path, message).help(help.unwrap_or_default())
    }

    /// What to write where a text between braces was cut by its comma.
    fn part_of_a_text(&self, name: &str) -> Option<String> {
        let instance = self.error.instance();
        instance.get(name).filter(|value| value.is_null())?;
        let node = self.source.node(&self.path)?;
        let NodeKind::Map(entries) = &node.children else { return None };
        let before = entries.iter().map(|entry| &entry.name).take_while(|key| *key != name).last()?;
        let text = instance.get(before)?.as_str()?;
        Some(match format!("{before}: \"{text}, {name}\"") {
            whole if whole.chars().count() > LONGEST_TEXT => cut_text_in_words(text, name),
            whole => format!("put a text with a comma in quotes: `{whole}`"),
        })
    }

    /// The one problem of a description between braces whose text was cut by its commas.
    pub(super) fn cut_description(&self, unexpected: &[String]) -> Option<Problem> {
        let node = self.source.node(&self.path)?;
        let is_flow = self.source.text.get(node.span.clone()).is_some_and(|written| written.starts_with('{'));
        let NodeKind::Map(entries) = &node.children else { return None };
        let at = entries.iter().position(|entry| entry.name == "content").filter(|_| is_flow && !self.private())?;
        let (text, rest) = entries.get(at..)?.split_first()?;
        let is_part = |key: &String| key.contains(' ') || self.error.instance().get(key).is_some_and(Value::is_null);
        // A part may have a colon, which makes it a key with a value.
        let is_behind = |key: &String| rest.iter().any(|entry| entry.name == *key);
        if !unexpected.iter().any(is_part) || !unexpected.iter().all(is_behind) {
            return None;
        }
        let last = rest.iter().rfind(|entry| unexpected.contains(&entry.name))?;
        let end = self.source.text.get(last.key.start..last.node.span.end.max(last.key.end))?;
        let text = self.error.instance().get(&text.name)?.as_str()?;
        let message = format!(
            "{} ends at its comma",
            path_in_words(&[self.path.as_slice(), &[PathStep::Key("content".to_owned())]].concat())
        );
        let problem = Problem::error(self.source, last.key.clone(), &self.path, message);
        Some(problem.help(cut_text_in_words(text, end)))
    }
}

/// How to put a text in quotes that begins with one part and ends with another.
fn cut_text_in_words(text: &str, end: &str) -> String {
    let first = text.split_whitespace().next().unwrap_or_default();
    let last = end.split_whitespace().next_back().unwrap_or_default();
    format!("put a text with a comma in quotes: \" in front of `{first}`, and \" behind `{last}`")
}

/// What to write for a key that has no space behind its colon.
fn key_without_space(name: &str, format: &str) -> Option<String> {
    let (key, _) = name.split_once(':')?;
    let key = key.trim().trim_matches('"');
    value::check(format, key)?.ok()?;
    Some(format!("put a space behind `{key}:`"))
}
