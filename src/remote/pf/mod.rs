//! Property Finder: Enterprise API v1 (docs/vendor-apis.md). A second dialect of the portal goes beside this folder.

mod client;
pub mod mapper;
pub(crate) mod tables;

pub use client::{PfReader, PfWriter};
pub use mapper::{PfPatch, PfUpdate};
