//! The pure core: which rows belong to which file, what differs, what must be written, and whether that may be done. No file,
//! no network, no clock, and no vendor's JSON.

pub(crate) mod checks;
pub(crate) mod desired;
pub mod diff;
pub(crate) mod drifted_field;
pub(crate) mod fingerprint;
pub mod guard;
pub(crate) mod import;
pub(crate) mod link_migration;
pub(crate) mod listing;
pub mod manual_link;
pub(crate) mod matching;
pub(crate) mod memory;
pub mod observed;
pub mod plan;
pub(crate) mod undeclared;
