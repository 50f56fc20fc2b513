//! The result of a plan as the check of its pull request.

use super::SavedDocument;
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
        /// The blocked agents whose files the pull request changes; none where the plan itself failed.
        blocked: Vec<String>,
    },
}

/// Decides by the exit code of the plan, the saved plan and the paths that the pull request changes.
///
/// A blocked agent fails the check only where the pull request changes that agent's file: another pull request could
/// not clear it.
#[must_use]
pub(crate) fn check(code: u8, plan: Option<&SavedDocument>, changed: &[String]) -> CheckResult {
    if code == Exit::Done as u8 {
        return CheckResult::Passes { blocked: Vec::new() };
    }
    let agents =
        plan.filter(|_| code == Exit::Blocked as u8).and_then(SavedDocument::blocked_agents).unwrap_or_default();
    let own: Vec<&&str> = agents.iter().filter(|agent| changes(changed, agent)).collect();
    if agents.is_empty() || !own.is_empty() {
        return CheckResult::Fails { code, blocked: own.iter().map(|agent| (**agent).to_owned()).collect() };
    }
    CheckResult::Passes { blocked: agents.iter().map(|agent| (*agent).to_owned()).collect() }
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
    fn a_blocked_agent_fails_only_the_pull_requests_that_change_its_file() {
        let person = |agent: &str| json!({"guard": "person", "agent": agent});
        let table = [
            (0, json!([]), "agents/sara.yaml", Ok(0)),
            (3, json!([person("omar")]), "agents/sara.yaml", Ok(1)),
            (3, json!([person("omar")]), "agents/dubai/omar.yaml", Err((3, 1))),
            (3, json!([person("omar"), person("sara")]), "agents/sara.yaml", Err((3, 1))),
            (3, json!([person("omar")]), "agents/omar.yml", Err((3, 1))),
            (3, json!([person("omar")]), "agents/my-omar.yaml", Ok(1)),
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
