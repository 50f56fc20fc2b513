//! The fields of one person with their values.

use litemap::LiteMap;

use super::{Field, FieldValue};

/// Fields and their values. On the declared side an absent field is "not ours" and nothing is "clear it"; on a system's
/// side an absent field and nothing both mean that the system holds nothing.
pub type Record = LiteMap<Field, FieldValue>;
