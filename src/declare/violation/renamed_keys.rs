//! Unknown keys with the value of a known one: what to write in their place.

use serde_json::Value;

use super::lists::{parts, value_at};
use super::{Violation, ViolationProblems, under};
use crate::declare::problem::Problem;
use crate::declare::source::{PathStep, dotted, path_in_words};
use crate::model::agent::value::Phone;

/// In characters. A longer text is described and not repeated.
pub(super) const LONGEST_TEXT: usize = 80;

/// An unknown key that is like no other, and is alone in its section.
pub(super) struct UnknownKey {
    section: String,
    /// The index of its problem.
    problem: usize,
    /// Whether it is a word for a name.
    is_name: bool,
    /// Its value, where it is a name of two words or more.
    full_name: Option<(String, String)>,
}

impl ViolationProblems {
    /// A section with one unknown key and without one of its keys most likely has that key by another name, or in another
    /// language. A whole name stands for two keys.
    pub(super) fn name_the_missing_key(&mut self) {
        for unknown in std::mem::take(&mut self.unknown) {
            let is_in_it = |missing: &&Problem| {
                missing.path.rsplit_once('.').map_or("", |(section, _)| section) == unknown.section
            };
            let paths: Vec<String> = self.missing.iter().filter(is_in_it).map(|missing| missing.path.clone()).collect();
            let mut keys: Vec<&str> = paths.iter().filter_map(|path| path.rsplit('.').next()).collect();
            keys.sort_unstable();
            let help = match keys.as_slice() {
                [key] => format!(
                    "did you mean `{key}`? It is missing{}. If not, remove this line, and add `{key}`",
                    under(&unknown.section)
                ),
                ["first_name", "last_name"] if unknown.is_name => unknown.as_two_names(),
                _ => continue,
            };
            let Some(problem) = self.problems.get_mut(unknown.problem) else { continue };
            problem.help = Some(help);
            self.misspelt.extend(paths);
        }
    }
}

impl UnknownKey {
    fn as_two_names(&self) -> String {
        match &self.full_name {
            Some((first, last)) => {
                format!("write `first_name: {first}` and `last_name: {last}` in its place, each on a line of its own")
            }
            None => "write `first_name:` and `last_name:` in its place, each on a line of its own".to_owned(),
        }
    }
}

impl Violation<'_> {
    pub(super) fn unknown_alone(&self, key: &str, problem: usize) -> UnknownKey {
        let word = key.to_lowercase();
        let is_name = word.contains("name") || word.contains("اسم");
        let value = self.error.instance().get(key).and_then(Value::as_str).filter(|_| is_name && !self.private());
        UnknownKey { section: dotted(&self.path), problem, is_name, full_name: value.and_then(two_names) }
    }

    /// The value of an unknown key as the list of the known one.
    pub(super) fn as_list_of(&self, known: &str, key: &str) -> Option<String> {
        let format = self.known_keyword(known, "items")?.get("format")?.as_str()?;
        let text = self.error.instance().get(key)?.as_str().filter(|_| !self.private())?;
        parts(format, text).map(|parts| format!("write `{known}: [{}]`", parts.join(", ")))
    }

    /// What to do about a key of another section, where that section has it already.
    pub(super) fn taken_elsewhere(&self, section: &[PathStep], key: &str) -> Option<String> {
        let mut path = section.to_vec();
        path.push(PathStep::Key(key.to_owned()));
        let document = self.source.document.as_ref()?;
        let value = value_at(&document.value, &path)?;
        let line = self.source.line(self.source.key_span(&path).start);
        let there = format!("{} is there already, in line {line}", path_in_words(&path));
        if value.is_object() {
            return Some(format!("{there}: move its lines below that one, and remove this line"));
        }
        let is_phone = self.schema_of(&path).and_then(|schema| schema.get("format")).is_some_and(is_phone_format);
        let free = if is_phone { self.free_phones() } else { Vec::new() };
        let names = match free.as_slice() {
            [] => return Some(format!("{there}: keep one of the two values there, and remove this line")),
            [one] => one.clone(),
            [others @ .., last] => format!("{} or {last}", others.join(", ")),
        };
        Some(format!("{there}: write {names} in place of `{key}`, or remove this line"))
    }

    /// What the schema says about the value at a path of keys.
    fn schema_of(&self, path: &[PathStep]) -> Option<&Value> {
        path.iter().try_fold(self.schema, |schema, step| match step {
            PathStep::Key(key) => schema.get("properties")?.get(key),
            PathStep::Index(_) => None,
        })
    }

    /// The keys of phone numbers that the section knows and does not have.
    fn free_phones(&self) -> Vec<String> {
        let known = self.known_keys(&self.schema_place()).into_iter();
        let is_phone = |key: &String| {
            self.known_keyword(key, "format").is_some_and(is_phone_format) && self.error.instance().get(key).is_none()
        };
        known.filter(is_phone).map(|key| format!("`{key}`")).collect()
    }

    fn known_keyword(&self, key: &str, keyword: &str) -> Option<&Value> {
        self.schema.pointer(&format!("{}/properties/{key}/{keyword}", self.schema_place()))
    }
}

fn is_phone_format(format: &Value) -> bool {
    format == Phone::FORMAT
}

/// What to write for a key that has its value in it, since there is no space behind its colon.
pub(super) fn key_with_its_value(key: &str, known: &[String], is_shown: bool) -> Option<String> {
    let (name, value) = known_before_colon(key, known)?;
    let is_short = is_shown && !value.is_empty() && value.chars().count() <= LONGEST_TEXT;
    let what = format!("put a space behind `{name}:`");
    Some(if is_short { format!("{what}, as in `{name}: {value}`") } else { what })
}

/// The known key in front of the colon of an unknown one, and what is behind it.
pub(super) fn known_before_colon<'k>(key: &'k str, known: &[String]) -> Option<(&'k str, &'k str)> {
    let (name, value) = key.split_once(':')?;
    let name = name.trim().trim_matches('"');
    known.iter().any(|known| known == name).then(|| (name, value.trim()))
}

/// The first word of a name, and the others.
fn two_names(text: &str) -> Option<(String, String)> {
    let (first, last) = text.trim().split_once(' ')?;
    let is_letter = |c: char| c.is_alphabetic() || matches!(c, ' ' | '-' | '\'' | '.');
    (text.chars().all(is_letter)
        && first.starts_with(char::is_alphabetic)
        && last.trim().starts_with(char::is_alphabetic))
    .then(|| (first.to_owned(), last.trim().to_owned()))
}
