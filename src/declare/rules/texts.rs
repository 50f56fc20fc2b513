//! Texts that are not what they look like.

use serde_json::Value;

use super::World;
use crate::declare::file::Person;
use crate::declare::mask::is_bidi_control;
use crate::declare::problem::Problem;
use crate::declare::source::{Step, dotted};
use crate::declare::yaml::Kids;

/// Control and bidirectional characters can make a text read as another one (design 1.2).
pub(super) fn texts_are_visible(world: &World<'_>, problems: &mut Vec<Problem>) {
    for person in world.people {
        each_text(person, &mut |path, text| {
            let strange = |c: &char| (c.is_control() && !matches!(c, '\n' | '\r' | '\t')) || is_bidi_control(*c);
            if let Some(c) = text.chars().find(strange) {
                let message = format!("`{}` contains an invisible character, U+{:04X}", dotted(path), u32::from(c));
                let help = "remove it if nobody put it there on purpose: it can make the text read as another one";
                problems.push(person.error_at(path, message).warning().help(help));
            }
        });
    }
}

/// `no` and `048213` are texts here, but false and a number to other readers of YAML, of which there are many.
pub(super) fn texts_are_quoted(world: &World<'_>, problems: &mut Vec<Problem>) {
    for person in world.people {
        each_text(person, &mut |path, text| {
            let Some(other) = to_other_readers(text) else { return };
            if person.source.node(path).is_some_and(|node| node.kids == Kids::Leaf { plain: true }) {
                let message = format!("`{}` is {other}", dotted(path));
                problems.push(person.error_at(path, message).warning().help("put it in quotes"));
            }
        });
    }
}

/// What readers of YAML 1.1 take a text for, which they write without quotes.
fn to_other_readers(text: &str) -> Option<&'static str> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let number = digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    match text.to_ascii_lowercase().as_str() {
        "no" | "yes" | "on" | "off" => Some("a word that many YAML readers take for true or false"),
        _ if number => Some("a text that many YAML readers take for a number"),
        _ => None,
    }
}

fn each_text(person: &Person, visit: &mut dyn FnMut(&[Step], &str)) {
    if let Some(document) = &person.source.document {
        walk(&document.value, &mut Vec::new(), visit);
    }
}

fn walk(value: &Value, path: &mut Vec<Step>, visit: &mut dyn FnMut(&[Step], &str)) {
    match value {
        Value::String(text) => visit(path, text),
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                path.push(Step::Index(at));
                walk(item, path, visit);
                path.pop();
            }
        }
        Value::Object(map) => {
            for (key, value) in map {
                path.push(Step::Key(key.clone()));
                walk(value, path, visit);
                path.pop();
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
