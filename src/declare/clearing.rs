//! What to write where a field has no value.

/// Of a field that may be null.
pub(super) const NULL_OR_REMOVE: &str =
    "write null, without quotes, to clear the field; or remove the line to leave it alone";

/// Of a list.
pub(super) const EMPTY_LIST_OR_REMOVE: &str = "write [] to clear the list, or remove the line to leave it alone";

/// Of a field that each agent has.
pub(super) const REQUIRED: &str = "write the value: it is required";

/// Of the photo that clients see.
pub(super) const KEEP_PHOTO: &str = "remove the line: both systems keep the photo that they show";
