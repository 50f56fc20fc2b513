//! Pictures in the repository that have no public address, and so are not sent.

use std::fmt::Write as _;

use serde_json::Value;

use crate::model::agent::Field;
use crate::model::record::Record;
use crate::model::roster::Declaration;

/// So many files are named; the rest is counted.
const NAMED: usize = 3;

/// Whether the file declares a photo that Property Finder cannot hold.
pub(super) fn is_unsent(declaration: &Declaration, desired: &Record) -> bool {
    declaration.record.get(&Field::Photo).is_some_and(Value::is_string) && !desired.contains_key(&Field::Photo)
}

/// A warning about the photos that Property Finder does not get, if there are any.
pub(super) fn warning(files: &[&str]) -> Option<String> {
    if files.is_empty() {
        return None;
    }
    let mut named = files.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    if files.len() > NAMED {
        let _ = write!(named, " and {} more", files.len() - NAMED);
    }
    let photos = if files.len() == 1 { "1 photo is".to_owned() } else { format!("{} photos are", files.len()) };
    Some(format!(
        "{photos} not sent to Property Finder, which takes a photo by its HTTPS address: {named}; for pictures in the \
         repository set property_finder.photo_base_url in roster.yaml"
    ))
}
