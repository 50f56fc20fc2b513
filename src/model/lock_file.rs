//! The content of `roster.lock`: the link of each agent to its rows, where `roster.yaml` sets `links: file`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::model::agent::Slug;

/// The name of the file, beside `roster.yaml`.
pub const LOCK_FILE: &str = "roster.lock";

/// The content of `roster.lock`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LockFile {
    /// The version of the format.
    #[schemars(with = "u8", range(min = 1, max = 1))]
    pub version: LockVersion,
    /// The link of each agent, by slug.
    #[serde(default)]
    pub agents: BTreeMap<Slug, LockedLink>,
}

/// The version of the format: 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct LockVersion;

impl TryFrom<u8> for LockVersion {
    type Error = String;

    fn try_from(version: u8) -> Result<Self, String> {
        if version == 1 { Ok(Self) } else { Err(format!("version {version} of {LOCK_FILE} is not known")) }
    }
}

impl From<LockVersion> for u8 {
    fn from(LockVersion: LockVersion) -> Self {
        1
    }
}

/// The rows of one agent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LockedLink {
    /// The CRM's id.
    #[schemars(range(min = 1))]
    pub crm: u64,
    /// The Property Finder user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "u64", range(min = 1))]
    pub pf_user: Option<u64>,
    /// Its public profile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "u64", range(min = 1))]
    pub pf_profile: Option<u64>,
    /// The memory: what was last sent of the fields that Property Finder does not return.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Map<String, Value>")]
    pub memory: Option<Map<String, Value>>,
}
