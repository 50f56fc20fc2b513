//! Property Finder: Enterprise API v1 (docs/vendor-apis.md).

pub mod client;
pub mod mapper;
pub mod tables;

pub use client::{PfReader, PfWriter};
pub use mapper::{PfPatch, PfUpdate};
