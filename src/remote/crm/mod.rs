//! The CRM: MyCRM API v2 (api.md section 2).

pub mod client;
pub mod wire;
