//! Property Finder: Enterprise API v1 (api.md section 1).

pub mod client;
pub mod mapper;
pub mod tables;

pub use client::{PfReader, PfWriter};
pub use mapper::{PfPatch, PfUpdate, Role};
