//! Whether an agent works here.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantNames};

/// Whether an agent works here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, IntoStaticStr, VariantNames)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Status {
    /// Works here: in both systems, shown on the portal.
    Active,
    /// Kept in both systems, inactive at Property Finder.
    Inactive,
    /// Has left: never created anywhere, deactivated at Property Finder; no other field is written any more. With
    /// `handover` the CRM user is deleted; without it the login there stays usable.
    Archived,
}

impl From<&Status> for super::FieldValue {
    fn from(status: &Status) -> Self {
        Self::from(<&str>::from(status))
    }
}
