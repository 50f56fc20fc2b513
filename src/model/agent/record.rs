//! The fields of one person with their values.

use litemap::LiteMap;

use super::{Field, FieldValue};

/// Fields and their values. On the declared side an absent field is "not ours" and nothing is "clear it"; on a system's
/// side an absent field and nothing both mean that the system holds nothing.
pub type Record = LiteMap<Field, FieldValue>;

/// The same record without room for more fields, since those of everybody are kept.
#[must_use]
pub(crate) fn compact(record: Record) -> Record {
    let mut fields = record.into_tuple_vec();
    fields.shrink_to_fit();
    Record::from_sorted_store_unchecked(fields)
}
