//! roster keeps a brokerage's estate agents as YAML files in git and makes two systems agree with them: the CRM and the
//! Property Finder portal.
//!
//! Data flows one way. `declare` reads the files, `remote` reads both systems, `reconcile` makes a plan of the differences,
//! `apply` carries it out, and `report` shows it. ARCHITECTURE.md has the map.

pub mod apply;
pub mod commands;
pub mod declare;
mod files;
pub mod model;
pub mod reconcile;
pub mod redact;
pub mod remote;
pub mod report;
pub mod sandbox;
