//! The limits of one run: the most creates, updates, deactivations and deletions before a person must accept them. `guard.rs`
//! counts and compares.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How much one run may change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// With fewer linked people, only the counts apply.
    pub min_population: u32,
    /// The limit of creates: new people.
    pub create: GuardLimit,
    /// Changed people.
    pub update: GuardLimit,
    /// People deactivated at Property Finder, or deleted from the CRM.
    pub deactivate: GuardLimit,
    /// People activated at Property Finder.
    pub activate: GuardLimit,
    /// People activated who may have been deactivated by hand: no change of their file since a base asks for it.
    pub activate_drift: GuardLimit,
    /// People deleted from the CRM. Each of them counts among `deactivate` too.
    pub delete: GuardLimit,
    /// Rows taken over that carry no slug, or that describe another person than their file.
    pub adopt: GuardLimit,
    /// So many active users may the Property Finder account have; none: unknown. A plan that would exceed it is blocked.
    #[schemars(with = "crate::model::agent::Setting<u32>")]
    pub seats: Option<u32>,
}

/// The limit of one guard: the larger of a number of people and a share of the linked people. A run with more is blocked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GuardLimit {
    /// So many people are always let through.
    #[serde(default)]
    pub count: u32,
    /// So many per cent of the linked people, rounded down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "crate::model::agent::Setting<u32>", range(max = 100))]
    pub percent: Option<u32>,
}

impl Default for Limits {
    fn default() -> Self {
        let limit = |count, percent| GuardLimit { count, percent };
        Self {
            min_population: 10,
            // The limit of creates: ten people, or 20 % of the linked people.
            create: limit(10, Some(20)),
            update: limit(25, Some(30)),
            deactivate: limit(5, Some(5)),
            activate: limit(5, Some(5)),
            activate_drift: limit(0, None),
            delete: limit(0, None),
            adopt: limit(0, None),
            seats: None,
        }
    }
}
