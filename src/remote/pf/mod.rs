//! Property Finder: Enterprise API v1 (api.md section 1).

pub mod client;
pub mod tables;
pub mod wire;

pub use client::{PfReader, PfWriter};
pub use wire::{PfPatch, PfUpdate, Role};
