//! Property Finder: Enterprise API v1 (docs/vendor-apis.md). The other contract of the portal is in `pf_documented`.

mod client;
mod looks;
pub mod mapper;
pub(crate) mod tables;

pub use client::{PfReader, PfWriter, roles};
pub use mapper::{PfPatch, PfUpdate};
