//! Whether an agent works here.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whether an agent works here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Works here: in both systems, shown on the portal.
    Active,
    /// Kept in both systems, switched off at Property Finder.
    Inactive,
    /// Has left: never created anywhere, switched off at Property Finder; no other field is written any more.
    Archived,
}

/// Every status as the YAML writes it.
pub const STATUSES: [&str; 3] = ["active", "inactive", "archived"];

impl From<&Status> for serde_json::Value {
    fn from(status: &Status) -> Self {
        Self::from(match status {
            Status::Active => "active",
            Status::Inactive => "inactive",
            Status::Archived => "archived",
        })
    }
}
