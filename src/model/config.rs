//! `roster.yaml`: the settings of a brokerage's account, and the limits of a run.
//!
//! It holds neither hosts nor keys, since a pull request can change this file. Both come from the environment alone
//! (`remote/endpoints.rs`).

mod limits;
mod rate;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::agent::value::{CustomId, Date, Language, RepositoryPath, Text, WebFolder};
use crate::model::agent::{Field, PfSlot, Slug};
pub use limits::{GuardLimit, Limits};
pub use rate::Rate;

/// The whole of `roster.yaml`, with its defaults.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(title = "roster.yaml")]
pub struct Config {
    /// The folder of agent files, relative to `roster.yaml`.
    #[schemars(with = "RepositoryPath")]
    pub agents: String,
    /// The CRM.
    pub crm: CrmConfig,
    /// Property Finder.
    pub property_finder: PfConfig,
    /// Where the links of agents to their rows are kept.
    pub links: LinkStorage,
    /// How much one run may change.
    pub limits: Limits,
    /// Slugs that are never deactivated or deleted, also where the file was renamed since. A slug that no file and no row
    /// has stops the plan.
    #[schemars(with = "Vec<Slug>")]
    pub protect: Vec<String>,
    /// What an orphan does to `apply`.
    pub orphans: Orphans,
}

/// The CRM's part of `roster.yaml`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CrmConfig {
    /// Requests in any window, such as `300/60s`.
    pub rate: Rate,
    /// Rows asked for on one page.
    #[schemars(range(min = 1, max = 1000))]
    pub page_size: u32,
    /// The custom fields that hold the links; no default, since the numbers belong to the account.
    #[schemars(with = "crate::model::agent::Setting<LinkFields>")]
    pub link_fields: Option<LinkFields>,
    /// The `type` of an upload that is a user's photo.
    #[schemars(with = "Text")]
    pub photo_type: String,
    /// The form in which a user names the photo that was uploaded.
    pub photo_reference: PhotoReference,
}

/// The form in which a CRM user names an upload (docs/vendor-apis.md, "CRM: photos").
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PhotoReference {
    /// An object that holds the upload's token: `{"token": "…"}`.
    #[default]
    Object,
    /// The upload's token as a text.
    Token,
    /// The upload's id as a number.
    Id,
}

/// The ids of the four custom fields in which the CRM remembers who is who.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkFields {
    /// Holds the slug.
    #[schemars(with = "CustomId")]
    pub agent: String,
    /// Holds the Property Finder user id.
    #[schemars(with = "CustomId")]
    pub pf_user: String,
    /// Holds the Property Finder public profile id.
    #[schemars(with = "CustomId")]
    pub pf_profile: String,
    /// Holds what was last sent of the fields that cannot be read back.
    #[schemars(with = "CustomId")]
    pub memory: String,
}

/// Where the slug, the ids of both systems and the memory of each linked person are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LinkStorage {
    /// In custom fields of the CRM: `crm.link_fields`.
    #[default]
    Crm,
    /// In `roster.lock`, which belongs to the repository: for a CRM whose custom fields cannot be read back.
    File,
}

/// Property Finder's part of `roster.yaml`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PfConfig {
    /// Which of Property Finder's two contracts the server follows.
    pub contract: PfContract,
    /// Requests in any window; the token call has a budget of its own, 60/60s.
    pub rate: Rate,
    /// Which language is `primary` and which `secondary` there.
    pub languages: Languages,
    /// CRM role code to Property Finder `roleKey`, where they differ.
    #[schemars(with = "BTreeMap<String, Text>")]
    pub roles: BTreeMap<String, String>,
    /// The compliance type of a licence, such as `brn`; none: licences are not sent.
    #[schemars(with = "crate::model::agent::Setting<Text>")]
    pub licence: Option<String>,
    /// Turns a photo's path in the repository into a public URL.
    #[schemars(with = "crate::model::agent::Setting<WebFolder>")]
    pub photo_base_url: Option<String>,
    /// The place of the hash of a photo's bytes in its address, so that a new picture under an old name has a new address.
    pub photo_version: PhotoVersion,
    /// The day on which the API key ends; none: unknown. A warning precedes it by 30, 7 and 1 days.
    #[schemars(with = "crate::model::agent::Setting<Date>")]
    pub key_expires: Option<Date>,
}

/// The place of the hash of a photo's bytes in its public address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PhotoVersion {
    /// A query behind the path: `BASE/photos/sara.jpg?v=HASH`.
    #[default]
    Query,
    /// A folder before the path: `BASE/HASH/photos/sara.jpg`. The server of the pictures must ignore it.
    Path,
    /// Nowhere: the address stays, and is sent again when the bytes change.
    None,
}

/// The contract of a Property Finder server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PfContract {
    /// The Enterprise API v1: users and roles can be listed.
    #[default]
    Enterprise,
    /// The document on the lifecycle of an agent: users are created and changed, and nothing can be read.
    Documented,
}

impl PfContract {
    /// Whether users can be listed. Else only the ids that the CRM stores are known, and no create can be looked up.
    #[must_use]
    pub const fn lists_users(self) -> bool {
        matches!(self, Self::Enterprise)
    }

    /// Whether the contract has a place for a field.
    #[must_use]
    pub(crate) fn takes(self, field: &Field) -> bool {
        match self {
            Self::Enterprise => field.spec().pf != PfSlot::None,
            Self::Documented => field.spec().documented.is_some(),
        }
    }

    /// Whether Property Finder returns a field that it takes.
    #[must_use]
    pub const fn returns(self, field: &Field) -> bool {
        match self {
            Self::Enterprise => field.is_returned_by_pf(),
            Self::Documented => false,
        }
    }
}

/// The two languages of a Property Finder account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Languages {
    /// Its `primary` texts.
    #[schemars(with = "Language")]
    pub primary: String,
    /// Its `secondary` texts.
    #[schemars(with = "Language")]
    pub secondary: String,
}

/// What an orphan does to `apply`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Orphans {
    /// Nothing is written as long as Property Finder may show a person whose file is gone.
    Block,
    /// A warning.
    Warn,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            agents: "agents".to_owned(),
            crm: CrmConfig::default(),
            property_finder: PfConfig::default(),
            links: LinkStorage::Crm,
            limits: Limits::default(),
            protect: Vec::new(),
            orphans: Orphans::Block,
        }
    }
}

impl Default for CrmConfig {
    fn default() -> Self {
        Self {
            rate: Rate::per_minute(300),
            page_size: 100,
            link_fields: None,
            photo_type: "user_image".to_owned(),
            photo_reference: PhotoReference::Object,
        }
    }
}

impl Default for PfConfig {
    fn default() -> Self {
        Self {
            contract: PfContract::Enterprise,
            rate: Rate::per_minute(650),
            languages: Languages::default(),
            roles: BTreeMap::new(),
            licence: None,
            photo_base_url: None,
            photo_version: PhotoVersion::Query,
            key_expires: None,
        }
    }
}

impl Default for Languages {
    fn default() -> Self {
        Self { primary: "en".to_owned(), secondary: "ar".to_owned() }
    }
}

/// The members in which a row that was read carries its link from `roster.lock`. No custom field of the CRM has such a name.
static LOCK_MEMBERS: LazyLock<LinkFields> = LazyLock::new(|| {
    let [agent, pf_user, pf_profile, memory] =
        ["agent", "pf_user", "pf_profile", "memory"].map(|key| format!("roster.lock/{key}"));
    LinkFields { agent, pf_user, pf_profile, memory }
});

impl Config {
    /// The fields in which a row carries its link, if links are kept anywhere.
    #[must_use]
    pub fn link_fields(&self) -> Option<&LinkFields> {
        match self.links {
            LinkStorage::Crm => self.crm.link_fields.as_ref(),
            LinkStorage::File => Some(LinkFields::of_lock()),
        }
    }
}

impl LinkFields {
    /// The members of a row whose link is kept in `roster.lock`.
    #[must_use]
    pub(crate) fn of_lock() -> &'static Self {
        &LOCK_MEMBERS
    }

    /// The four ids, each with its key in `roster.yaml`.
    #[must_use]
    pub(crate) fn ids(&self) -> [(&'static str, &str); 4] {
        let Self { agent, pf_user, pf_profile, memory } = self;
        [("agent", agent), ("pf_user", pf_user), ("pf_profile", pf_profile), ("memory", memory)]
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    #[test]
    fn an_omitted_setting_has_its_default() {
        let config: Config =
            serde_json::from_str(r#"{"crm": {"page_size": 7}, "limits": {"create": {"count": 40}}}"#).unwrap();
        assert_eq!(config.crm, CrmConfig { page_size: 7, ..CrmConfig::default() });
        assert_eq!(config.limits.create, GuardLimit { count: 40, percent: None });
        assert_eq!(config.limits.update, Limits::default().update);
    }
}
