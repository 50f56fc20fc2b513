//! What the workflows read of roster's own documents.

use serde::Deserialize;

use crate::model::exit_code::Exit;

/// A plan that `plan --out` saved, or the result of an apply.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct SavedDocument {
    pub(super) actions: Vec<SavedAction>,
    pub(super) blocked: Vec<BlockedPart>,
    pub(super) digest: String,
    pub(super) exit_code: u8,
    #[serde(default)]
    pub(super) applied: Vec<PersonEnd>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct SavedAction {
    #[serde(default)]
    operation: String,
}

impl SavedAction {
    /// Whether it deactivates or deletes a person.
    pub(super) fn is_departure(&self) -> bool {
        ["deactivate", "delete"].contains(&self.operation.as_str())
    }
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct BlockedPart {
    guard: String,
    agent: Option<String>,
    #[serde(default)]
    by: Vec<String>,
}

/// A person who is blocked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct BlockedAgent<'a> {
    /// The slug.
    pub(super) agent: &'a str,
    /// The slugs of others, where it depends on their files too.
    pub(super) by: &'a [String],
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct PersonEnd {
    outcome: String,
}

impl SavedDocument {
    /// Whether nothing but single people is blocked; everybody else can be written.
    pub(super) fn blocks_people_only(&self) -> bool {
        self.blocked.iter().all(|part| part.guard == "person")
    }

    /// The blocked people, where all that is blocked is people and each is an agent.
    pub(super) fn blocked_agents<'a>(&'a self) -> Option<Vec<BlockedAgent<'a>>> {
        let agent = |part: &'a BlockedPart| {
            let agent = part.agent.as_deref().filter(|_| part.guard == "person")?;
            Some(BlockedAgent { agent, by: &part.by })
        };
        self.blocked.iter().map(agent).collect()
    }

    /// Whether an apply wrote all of it, or a part.
    pub(super) fn has_written(&self) -> bool {
        [Exit::Done as u8, Exit::Partial as u8].contains(&self.exit_code)
    }

    /// Whether everybody who is not blocked was written.
    pub(super) fn wrote_all_others(&self) -> bool {
        let done = |person: &PersonEnd| person.outcome == "done";
        self.exit_code == Exit::Partial as u8 && self.blocks_people_only() && self.applied.iter().all(done)
    }
}
