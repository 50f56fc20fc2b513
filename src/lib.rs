//! roster keeps a brokerage's estate agents as YAML files in git and makes two systems agree with them: the CRM and the
//! Property Finder portal.
//!
//! Data flows one way, and the modules below stand in its order: files are *declared*, systems are *observed*, both meet
//! in `identity` and `diff`, become a `plan` that `guard` may refuse, `apply` carries it out, and `report` tells people.
//! ARCHITECTURE.md is the map.

pub mod agent;
pub mod record;
pub mod roster;

pub mod config;
pub mod declare;
pub mod git;

pub mod remote;

pub mod diff;
mod fingerprint;
pub mod github;
pub mod guard;
pub mod identity;
pub mod memory;
pub mod plan;

pub mod apply;
pub mod observe;

pub mod privacy;
pub mod redact;
pub mod report;

mod bounded;
pub mod cli;
pub mod commands;
pub mod exit;
pub mod sandbox;
