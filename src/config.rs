//! `roster.yaml`: how a brokerage's account is laid out and how much a run may change (design 1.5).
//!
//! It says nothing of hosts or keys: a pull request can change this file, so where requests go and with which key is
//! decided by the environment alone (`remote/endpoints.rs`).

use std::collections::BTreeMap;
use std::time::Duration;

/// The whole of `roster.yaml`, with its defaults.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// The folder of agent files, relative to `roster.yaml`.
    pub agents: String,
    /// The CRM.
    pub crm: CrmConfig,
    /// Property Finder.
    pub property_finder: PfConfig,
    /// How much one run may change.
    pub limits: Limits,
    /// Slugs that are never deactivated or deleted.
    pub protect: Vec<String>,
    /// What an orphan does to `apply`.
    pub orphans: Orphans,
}

/// The CRM's part of `roster.yaml`.
#[derive(Clone, Debug, PartialEq)]
pub struct CrmConfig {
    /// Requests in any window.
    pub rate: Rate,
    /// Rows asked for on one page.
    pub page_size: u32,
    /// The custom fields that hold the links; no default, since the numbers belong to the account.
    pub link_fields: Option<LinkFields>,
}

/// The ids of the four custom fields in which the CRM remembers who is who (design 1.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkFields {
    /// Holds the slug.
    pub agent: String,
    /// Holds the Property Finder user id.
    pub pf_user: String,
    /// Holds the Property Finder public profile id.
    pub pf_profile: String,
    /// Holds what was last sent of the fields that cannot be read back.
    pub memory: String,
}

/// Property Finder's part of `roster.yaml`.
#[derive(Clone, Debug, PartialEq)]
pub struct PfConfig {
    /// Requests in any window; the token call has a budget of its own, 60/60s.
    pub rate: Rate,
    /// Which language is `primary` and which `secondary` there.
    pub languages: Languages,
    /// CRM role code to Property Finder `roleKey`, where they differ.
    pub roles: BTreeMap<String, String>,
    /// The compliance type of a licence, such as `brn`; none: licences are not sent.
    pub licence: Option<String>,
    /// Turns a photo's path in the repository into a public URL.
    pub photo_base_url: Option<String>,
}

/// The two languages of a Property Finder account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Languages {
    /// Its `primary` texts.
    pub primary: String,
    /// Its `secondary` texts.
    pub secondary: String,
}

/// At most so many requests in any window of that length; written `300/60s`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Requests.
    pub count: u32,
    /// The window's length.
    pub window: Duration,
}

/// How much one run may change (design 1.5).
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    /// Below so many linked people percentages mean nothing, and counts alone hold.
    pub min_population: u32,
    /// New people.
    pub create: Limit,
    /// Changed people.
    pub update: Limit,
    /// People switched off at Property Finder.
    pub deactivate: Limit,
    /// People switched on at Property Finder.
    pub activate: Limit,
    /// People switched on who were switched off by hand, their file unchanged since base.
    pub activate_drift: Limit,
    /// People deleted from the CRM.
    pub delete: Limit,
    /// Rows taken over that carry no slug.
    pub adopt: Limit,
}

/// The larger of a number of people and a share of the linked people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// So many people are always let through.
    pub count: u32,
    /// So many per cent of the linked people, rounded down.
    pub percent: Option<u32>,
}

/// What an orphan does to `apply`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Orphans {
    /// Nothing is written until the orphan is dealt with.
    Block,
    /// A warning.
    Warn,
}

impl Default for Config {
    fn default() -> Self {
        let limit = |count, percent| Limit { count, percent };
        Self {
            agents: "agents".to_owned(),
            crm: CrmConfig { rate: Rate::per_minute(300), page_size: 100, link_fields: None },
            property_finder: PfConfig {
                rate: Rate::per_minute(650),
                languages: Languages { primary: "en".to_owned(), secondary: "ar".to_owned() },
                roles: BTreeMap::new(),
                licence: None,
                photo_base_url: None,
            },
            limits: Limits {
                min_population: 10,
                create: limit(10, Some(20)),
                update: limit(25, Some(30)),
                deactivate: limit(5, Some(5)),
                activate: limit(5, Some(5)),
                activate_drift: limit(0, None),
                delete: limit(0, None),
                adopt: limit(0, None),
            },
            protect: Vec::new(),
            orphans: Orphans::Block,
        }
    }
}

impl Rate {
    /// So many requests in any 60 seconds.
    #[must_use]
    pub const fn per_minute(count: u32) -> Self {
        Self { count, window: Duration::from_secs(60) }
    }
}
