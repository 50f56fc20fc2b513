//! Which assumptions of docs/vendor-apis.md hold for an account, as far as reads show it (`roster doctor --probe`).
//!
//! `crm` and `pf` judge answers without I/O. A verdict holds counts, statuses and names of the program alone, and no value of
//! an account.

pub(crate) mod crm;
pub(crate) mod pf;
#[cfg(test)]
#[allow(clippy::type_complexity, clippy::indexing_slicing)]
mod tests;

use std::fmt;

use serde_json::Value;

use super::{ErrorKind, RemoteError};

/// One assumption, and whether it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Assumption {
    /// The heading of docs/vendor-apis.md.
    pub heading: &'static str,
    pub verdict: AssumptionVerdict,
    /// What was assumed, and what was seen.
    pub detail: String,
    /// The switch of the sandbox that makes it behave so: `crm_count=true`.
    pub switch: Option<String>,
}

/// Whether an assumption holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AssumptionVerdict {
    Holds,
    Fails,
    /// No read of this account shows it.
    Unseen,
}

impl AssumptionVerdict {
    /// Its key in a document, and its words on the terminal.
    #[must_use]
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Fails => "does not hold",
            Self::Unseen => "cannot be seen",
        }
    }

    const fn of(holds: bool) -> Self {
        if holds { Self::Holds } else { Self::Fails }
    }
}

impl Assumption {
    fn new(heading: &'static str, verdict: AssumptionVerdict, detail: impl Into<String>) -> Self {
        Self { heading, verdict, detail: detail.into(), switch: None }
    }

    fn unseen(heading: &'static str, detail: impl Into<String>) -> Self {
        Self::new(heading, AssumptionVerdict::Unseen, detail)
    }

    /// With the switch that makes the sandbox behave so.
    fn switching(self, name: &str, position: impl fmt::Display + Copy) -> Self {
        Self { switch: Some(format!("{name}={position}")), ..self }
    }
}

/// What one read brought.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Look {
    Json(Value),
    /// The system refused it with this status.
    Refused(u16),
    /// No answer that shows anything, or it was not asked.
    Nothing,
}

impl Look {
    pub(super) fn of(read: Result<Value, RemoteError>) -> Self {
        match read.map_err(|error| error.what) {
            Ok(body) => Self::Json(body),
            Err(ErrorKind::Missing(_)) => Self::Refused(404),
            Err(ErrorKind::Refused { status, .. } | ErrorKind::Forbidden { status, page: false, .. })
                if status != 429 =>
            {
                Self::Refused(status)
            }
            Err(_) => Self::Nothing,
        }
    }

    fn json(&self) -> Option<&Value> {
        match self {
            Self::Json(body) => Some(body),
            Self::Refused(_) | Self::Nothing => None,
        }
    }

    const fn status(&self) -> Option<u16> {
        match self {
            Self::Json(_) => Some(200),
            Self::Refused(status) => Some(*status),
            Self::Nothing => None,
        }
    }

    /// The items under a member.
    fn list(&self, name: &str) -> Option<&[Value]> {
        self.json()?.get(name)?.as_array().map(Vec::as_slice)
    }
}

/// What only a write shows.
fn shown_by_writes(headings: &[&'static str]) -> Vec<Assumption> {
    headings.iter().map(|heading| Assumption::unseen(heading, "only a write shows it")).collect()
}

/// Which headers name a rate limit.
fn rate_limit(heading: &'static str, headers: &[&'static str]) -> Assumption {
    match headers {
        [] => Assumption::new(heading, AssumptionVerdict::Holds, "no answer names a rate limit in a header"),
        headers => {
            let detail =
                format!("answers name a rate limit in headers, which roster does not read: {}", headers.join(", "));
            Assumption::new(heading, AssumptionVerdict::Fails, detail)
        }
    }
}

/// The members of an object that the page names.
struct DocumentedMembers {
    /// Every row has them.
    always: &'static [&'static str],
    /// A row may leave them out where they are empty.
    others: &'static [&'static str],
}

/// Whether objects have the documented members.
fn documented_members(
    heading: &'static str,
    what: &str,
    objects: &[&Value],
    documented: &DocumentedMembers,
) -> Assumption {
    let objects: Vec<_> = objects.iter().filter_map(|object| object.as_object()).collect();
    if objects.is_empty() {
        return Assumption::unseen(heading, format!("no {what} was read"));
    }
    let missing = |names: &[&'static str]| -> Vec<&'static str> {
        let absent = |name: &&&str| objects.iter().all(|object| !object.contains_key(**name));
        names.iter().filter(absent).copied().collect()
    };
    let (always, others) = (missing(documented.always), missing(documented.others));
    if !always.is_empty() {
        let detail = format!("{what}: these members are not returned: {}", always.join(", "));
        return Assumption::new(heading, AssumptionVerdict::Fails, detail);
    }
    if !others.is_empty() {
        let others = others.join(", ");
        return Assumption::unseen(heading, format!("{what}: no row has {others}, which may be left out where empty"));
    }
    Assumption::new(heading, AssumptionVerdict::Holds, format!("{what}: every documented member is returned"))
}
