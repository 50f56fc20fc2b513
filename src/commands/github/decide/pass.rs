//! The result of a plan as the check of its pull request.

use super::SavedDocument;
use super::document::BlockedAgent;
use crate::model::exit_code::Exit;

/// The result of the check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CheckResult {
    /// It passes. These agents are blocked, but not by this pull request.
    Passes {
        /// Slugs.
        blocked: Vec<String>,
    },
    /// It fails.
    Fails {
        /// With which exit code.
        code: u8,
        /// The agents that are blocked by a file that the pull request changes; none where the plan itself failed.
        blocked: Vec<String>,
    },
}

/// Decides by the exit code of the plan, the saved plan and the paths that the pull request changes.
///
/// A blocked agent fails the check only where the pull request changes that agent's file, or that of a person on whom the block
/// depends: another pull request could not clear it.
#[must_use]
pub(crate) fn check(code: u8, plan: Option<&SavedDocument>, changed: &[String]) -> CheckResult {
    if code == Exit::Done as u8 {
        return CheckResult::Passes { blocked: Vec::new() };
    }
    let agents =
        plan.filter(|_| code == Exit::Blocked as u8).and_then(SavedDocument::blocked_agents).unwrap_or_default();
    let slugs = |agents: Vec<&BlockedAgent<'_>>| agents.iter().map(|blocked| blocked.agent.to_owned()).collect();
    let is_own = |blocked: &&BlockedAgent<'_>| {
        changes(changed, blocked.agent) || blocked.by.iter().any(|other| changes(changed, other))
    };
    let own: Vec<&BlockedAgent<'_>> = agents.iter().filter(is_own).collect();
    if agents.is_empty() || !own.is_empty() {
        return CheckResult::Fails { code, blocked: slugs(own) };
    }
    CheckResult::Passes { blocked: slugs(agents.iter().collect()) }
}

/// Whether one of the paths is the file of an agent. The slug is the name of the file, in any folder.
fn changes(paths: &[String], agent: &str) -> bool {
    let files = [format!("{agent}.yaml"), format!("{agent}.yml")];
    paths.iter().filter_map(|path| path.rsplit('/').next()).any(|name| files.iter().any(|file| file == name))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_blocked_agent_fails_only_the_pull_requests_that_change_its_file_or_one_that_blocks_it() {
        let person = |agent: &str| json!({"guard": "person", "agent": agent});
        let by = |other: &str| json!({"guard": "person", "agent": "omar", "by": ["lina", other]});
        let table = [
            (0, json!([]), "agents/sara.yaml", Ok(0)),
            (3, json!([person("omar")]), "agents/sara.yaml", Ok(1)),
            (3, json!([person("omar")]), "agents/dubai/omar.yaml", Err((3, 1))),
            (3, json!([person("omar"), person("sara")]), "agents/sara.yaml", Err((3, 1))),
            (3, json!([person("omar")]), "agents/omar.yml", Err((3, 1))),
            (3, json!([person("omar")]), "agents/my-omar.yaml", Ok(1)),
            (3, json!([by("sara")]), "agents/sara.yaml", Err((3, 1))),
            (3, json!([by("rania"), person("nur")]), "agents/sara.yaml", Ok(2)),
            // A guard counts people, so no file clears it.
            (3, json!([person("omar"), {"guard": "update"}]), "agents/sara.yaml", Err((3, 0))),
            (3, json!([{"guard": "person"}]), "agents/sara.yaml", Err((3, 0))),
            (3, json!([]), "agents/sara.yaml", Err((3, 0))),
            (4, json!([person("omar")]), "agents/sara.yaml", Err((4, 0))),
            (7, json!([]), "agents/sara.yaml", Err((7, 0))),
        ];
        for (code, blocked, changed, want) in table {
            let plan = json!({"actions": [], "blocked": blocked, "digest": "", "exit_code": code});
            let plan: SavedDocument = serde_json::from_value(plan).unwrap();
            let check = match check(code, Some(&plan), &[changed.to_owned()]) {
                CheckResult::Passes { blocked } => Ok(blocked.len()),
                CheckResult::Fails { code, blocked } => Err((code, blocked.len())),
            };
            assert_eq!(check, want, "{code} {blocked} {changed}");
        }
        assert_eq!(check(3, None, &[]), CheckResult::Fails { code: 3, blocked: Vec::new() });
    }
}
