//! Pictures in the repository that have no public address, and so are not sent.

use std::fmt::Write as _;

use serde_json::Value;

use crate::model::agent::Field;
use crate::model::roster::Declaration;
use crate::remote::pf::mapper::PfMapper;

/// So many files are named; the rest is counted.
const NAMED: usize = 3;

/// A warning about the photos that Property Finder does not get, if there are any.
pub(super) fn not_sent<'a>(declarations: impl Iterator<Item = &'a Declaration>, pf: &PfMapper) -> Option<String> {
    let kept_back = |declaration: &&Declaration| {
        let photo = declaration.record.get(&Field::Photo).and_then(Value::as_str);
        photo.is_some() && !pf.desired(&declaration.record).contains_key(&Field::Photo)
    };
    let files: Vec<&str> = declarations.filter(kept_back).map(|declaration| declaration.file.as_str()).collect();
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
