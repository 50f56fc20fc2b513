//! The rights of a key that a call needs.

/// What a call needs the key's rights for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Permission {
    /// To read people.
    Read,
    /// To read roles.
    Roles,
    /// To write people.
    Write,
    /// To upload a file.
    Upload,
}
