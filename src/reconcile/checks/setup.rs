//! The checks that need no system: files, keys, and the proxy on the way.

use std::collections::BTreeMap;

use super::{CheckOutcome, count, listed};
use crate::model::server_facts::{ProxyInUse, ServerFacts};

/// What `roster validate` finds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct FilesRead {
    /// Agent files.
    pub agents: usize,
    pub errors: usize,
    pub warnings: usize,
    /// `roster.yaml` is not valid, so no agent file was read.
    pub lacks_config: bool,
    /// The folder of agent files is not there yet: a first import begins like this.
    pub lacks_folder: bool,
}

impl FilesRead {
    /// Whether what the files declare is not known. A folder that is not there yet, which is one error, declares nothing.
    pub(crate) const fn are_unknown(&self) -> bool {
        self.errors > self.lacks_folder as usize
    }
}

/// The keys in the environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum EnvironmentKeys {
    /// The sandbox brings its own.
    OfSandbox,
    OfEnvironment {
        /// Not set.
        missing: Vec<&'static str>,
        /// Set, and not valid: each a sentence without the value.
        problems: Vec<String>,
    },
}

/// Every key, under the name of its variable.
const KEYS: [&str; 4] = ["CRM_API_KEY", "CRM_API_SECRET", "PF_API_KEY", "PF_API_SECRET"];

pub(super) fn files(read: &FilesRead) -> CheckOutcome {
    const REMEDY: &str = "`roster validate` shows each error with its line and what to do";
    let files = format!("roster.yaml and {}", count(read.agents, "agent file", "agent files"));
    let warnings = count(read.warnings, "warning", "warnings");
    if read.lacks_config {
        let fact = format!("{} in roster.yaml, so no agent file was read", count(read.errors, "error", "errors"));
        return CheckOutcome::failed(fact, REMEDY);
    }
    match (read.errors, read.warnings) {
        (1, _) if read.lacks_folder => CheckOutcome::warning(
            "roster.yaml is valid, and there is no folder of agent files yet",
            "`roster import` writes a file for each person who exists, `roster new SLUG` one",
        ),
        (0, 0) => CheckOutcome::ok(format!("{files} are valid")),
        (0, _) => {
            CheckOutcome::warning(format!("{files} are valid, with {warnings}"), "`roster validate` shows each warning")
        }
        (errors, _) => CheckOutcome::failed(format!("{} in {files}", count(errors, "error", "errors")), REMEDY),
    }
}

pub(super) fn keys(keys: &EnvironmentKeys) -> CheckOutcome {
    let (missing, problems) = match keys {
        EnvironmentKeys::OfSandbox => return CheckOutcome::ok("the sandbox has its own"),
        EnvironmentKeys::OfEnvironment { missing, problems } => (missing, problems),
    };
    if missing.is_empty() && problems.is_empty() {
        return CheckOutcome::ok(format!("{} are set", listed(&KEYS)));
    }
    let missing = (!missing.is_empty()).then(|| format!("not set: {}", listed(missing)));
    let facts: Vec<String> = missing.into_iter().chain(problems.iter().cloned()).collect();
    CheckOutcome::failed(facts.join("; "), "set the variables in the environment, in CI as secrets")
}

pub(super) fn proxy(servers: &[&ServerFacts]) -> CheckOutcome {
    let mut used: BTreeMap<&ProxyInUse, Vec<&str>> = BTreeMap::new();
    for server in servers {
        if let Some(proxy) = &server.proxy {
            used.entry(proxy).or_default().push(&server.place);
        }
    }
    if servers.is_empty() {
        return CheckOutcome::skipped("no system was asked");
    }
    if used.is_empty() {
        return CheckOutcome::ok("none is used");
    }
    let one = |(proxy, places): (&ProxyInUse, Vec<&str>)| {
        let source = proxy.variable.unwrap_or("the operating system");
        format!("{source} sets {} for {}", proxy.place, listed(&places))
    };
    CheckOutcome::ok(used.into_iter().map(one).collect::<Vec<_>>().join("; "))
}
