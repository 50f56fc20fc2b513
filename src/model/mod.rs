//! The data that all parts share: what files declare, what systems hold, what `roster.yaml` sets.

pub mod agent;
pub mod config;
pub mod exit_code;
pub(crate) mod expiry;
pub mod lock_file;
pub mod picture;
pub mod record;
pub mod roster;
pub mod server_facts;
