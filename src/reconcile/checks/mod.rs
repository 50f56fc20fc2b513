//! The checks of `roster doctor`: each is decided from what was read, and names what to do where it fails.
//!
//! A check that depends on a failed one is skipped, and says why. Every text of a system is safe to print before it gets
//! here.

mod connection;
mod crm;
mod link_fields;
mod pf;
mod roles;
mod same_person;
mod setup;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests;

use std::sync::Arc;

use jiff::civil::Date;

pub(crate) use link_fields::CustomFieldsSeen;
pub(crate) use setup::{EnvironmentKeys, FilesRead};

use crate::model::agent::Slug;
use crate::model::config::Config;
use crate::model::exit_code::Exit;
use crate::model::record::{Record, System};
use crate::model::roster::Roster;
use crate::model::server_facts::ServerFacts;
use crate::reconcile::observed::{ObservedCrmUser, ObservedPfUser, Role};

/// One check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Check {
    /// The system that it is about; none: the setup.
    pub system: Option<System>,
    /// What it is about.
    pub topic: &'static str,
    pub outcome: CheckOutcome,
}

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CheckOutcome {
    /// All is well: the fact.
    Ok(String),
    /// Something works with a restriction, or soon no longer.
    Warning(CheckFinding),
    /// Something does not work.
    Failed(CheckFinding),
    /// It depends on something that failed: the reason.
    Skipped(String),
}

/// What is wrong, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CheckFinding {
    pub fact: String,
    pub remedy: String,
}

impl CheckOutcome {
    fn ok(fact: impl Into<String>) -> Self {
        Self::Ok(fact.into())
    }

    fn warning(fact: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::Warning(CheckFinding { fact: fact.into(), remedy: remedy.into() })
    }

    fn failed(fact: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::Failed(CheckFinding { fact: fact.into(), remedy: remedy.into() })
    }

    fn skipped(why: impl Into<String>) -> Self {
        Self::Skipped(why.into())
    }

    /// Its key in a document, and its word on the terminal.
    #[must_use]
    pub(crate) const fn key(&self) -> &'static str {
        match self {
            Self::Ok(_) => "ok",
            Self::Warning(_) => "warning",
            Self::Failed(_) => "failed",
            Self::Skipped(_) => "skipped",
        }
    }
}

/// Everything that was read for the checks.
pub(crate) struct SetupReading<'a> {
    pub files: FilesRead,
    pub keys: EnvironmentKeys,
    pub config: &'a Config,
    pub roster: &'a Roster,
    pub today: Date,
    pub crm: SystemReading<CrmContent>,
    pub pf: SystemReading<PfContent>,
    /// What Property Finder is to hold of a declaration.
    pub desired_at_pf: &'a dyn Fn(&Record) -> Record,
}

/// What was read of one system.
pub(crate) enum SystemReading<T> {
    /// It was not asked: the reason.
    NotAsked(String),
    Asked {
        servers: Vec<ServerFacts>,
        /// What was read with a token, or why there is no token.
        content: Result<T, ReadFailure>,
    },
}

/// What was read of the CRM.
pub(crate) struct CrmContent {
    pub owner: Result<KeyOwner, ReadFailure>,
    pub users: Result<Vec<Arc<ObservedCrmUser>>, ReadFailure>,
    pub custom_fields: CustomFieldsSeen,
    /// The role codes that users have, safe to print.
    pub printed_roles: Vec<String>,
}

/// What was read of Property Finder.
pub(crate) struct PfContent {
    pub users: Result<Vec<Arc<ObservedPfUser>>, ReadFailure>,
    pub roles: Result<Vec<Role>, ReadFailure>,
}

/// The CRM user that the API key belongs to. Each text is safe to print.
pub(crate) struct KeyOwner {
    pub id: u64,
    pub name: String,
    pub role: Option<String>,
}

/// Why something could not be read, safe to print.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ReadFailure {
    pub fact: String,
    pub remedy: String,
    /// No answer came at all.
    pub is_unreachable: bool,
    /// The system refused this one request.
    pub is_refusal: bool,
}

impl ReadFailure {
    fn failed(&self) -> CheckOutcome {
        CheckOutcome::failed(&self.fact, &self.remedy)
    }
}

/// All checks, in the order in which they are shown.
#[must_use]
pub(crate) fn checks(read: &SetupReading<'_>) -> Vec<Check> {
    let setup = [
        ("files", setup::files(&read.files)),
        ("keys", setup::keys(&read.keys)),
        ("proxy", setup::proxy(&servers(read))),
    ];
    let setup = setup.map(|(topic, outcome)| Check { system: None, topic, outcome });
    let of = |system, checks: Vec<(&'static str, CheckOutcome)>| {
        checks.into_iter().map(move |(topic, outcome)| Check { system: Some(system), topic, outcome })
    };
    setup.into_iter().chain(of(System::Crm, crm::checks(read))).chain(of(System::Pf, pf::checks(read))).collect()
}

/// How a run with these checks ends: a failed check is a system that cannot be worked with.
#[must_use]
pub(crate) fn exit(checks: &[Check]) -> Exit {
    let failed = checks.iter().any(|check| matches!(check.outcome, CheckOutcome::Failed(_)));
    if failed { Exit::Unreadable } else { Exit::Done }
}

/// The agent to whom a CRM row is linked, if the agent has a file.
fn linked_slug<'r>(roster: &'r Roster, row: &ObservedCrmUser) -> Option<&'r Slug> {
    roster.people.keys().find(|slug| row.links.agent.as_deref() == Some(slug.as_str()))
}

fn servers<'r>(read: &'r SetupReading<'_>) -> Vec<&'r ServerFacts> {
    fn of<T>(system: &SystemReading<T>) -> &[ServerFacts] {
        match system {
            SystemReading::Asked { servers, .. } => servers,
            SystemReading::NotAsked(_) => &[],
        }
    }
    of(&read.crm).iter().chain(of(&read.pf)).collect()
}

/// A list in a sentence: `a, b and c`.
fn listed(names: &[impl AsRef<str>]) -> String {
    match names {
        [] => "none".to_owned(),
        [one] => one.as_ref().to_owned(),
        [all @ .., last] => {
            let all: Vec<&str> = all.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", all.join(", "), last.as_ref())
        }
    }
}

/// The first few of a list, and how many more there are.
fn first_few(names: &[String]) -> String {
    const NAMED: usize = 3;
    match names.len().saturating_sub(NAMED) {
        0 => listed(names),
        more => format!("{} and {more} more", names.get(..NAMED).unwrap_or(names).join(", ")),
    }
}

fn count(count: usize, one: &str, more: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { more })
}
