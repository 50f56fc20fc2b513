//! The commit that was applied last: the newest deployment of the environment `NAME-applied`.

use serde::Deserialize;

use super::{Answers, Pending};

/// A commit that counts as applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AppliedCommit {
    /// The number of its deployment.
    pub deployment: u64,
    /// The commit, by its whole name.
    pub commit: String,
}

#[derive(Deserialize)]
struct Deployment {
    id: u64,
    sha: String,
}

#[derive(Deserialize)]
struct DeploymentStatus {
    state: String,
}

/// The newest applied commit that is in the history of the main branch, which `in_history` knows.
///
/// # Errors
/// When an answer is missing or cannot be read.
pub(crate) fn applied(
    name: &str,
    answers: &Answers,
    in_history: &dyn Fn(&str) -> bool,
) -> Result<Option<AppliedCommit>, Pending> {
    let deployments: Vec<Deployment> = answers.list(&format!("deployments?environment={name}-applied&per_page=100"))?;
    for deployment in deployments.into_iter().filter(|deployment| in_history(&deployment.sha)) {
        let statuses: Vec<DeploymentStatus> =
            answers.list(&format!("deployments/{}/statuses?per_page=100", deployment.id))?;
        if succeeded(&statuses) {
            return Ok(Some(AppliedCommit { deployment: deployment.id, commit: deployment.sha }));
        }
    }
    Ok(None)
}

/// GitHub marks a deployment inactive when a newer one succeeds. Its commit was applied all the same. The statuses are in
/// order, the newest first.
fn succeeded(statuses: &[DeploymentStatus]) -> bool {
    let newest = statuses.iter().find(|status| status.state != "inactive");
    newest.is_some_and(|status| status.state == "success")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_newest_success_in_the_history_counts_also_where_github_made_it_inactive() {
        let table = [
            // The statuses of the deployments 3, 2 and 1; which commits are in the history; the answer.
            ([vec!["success"], vec!["success"], vec!["success"]], "cba", Some(3)),
            ([vec!["success"], vec!["inactive", "success"], vec!["success"]], "ba", Some(2)),
            ([vec!["failure"], vec!["inactive", "success"], vec!["success"]], "cba", Some(2)),
            ([vec!["inactive", "failure"], vec!["inactive"], vec!["success"]], "cba", Some(1)),
            ([vec![], vec!["failure", "success"], vec!["pending"]], "cba", None),
            ([vec!["success"], vec!["success"], vec!["success"]], "", None),
        ];
        for (statuses, history, want) in table {
            let mut answers = Answers::default();
            let rows = json!([[{"id": 3, "sha": "c"}, {"id": 2, "sha": "b"}], [{"id": 1, "sha": "a"}]]);
            answers.add("deployments?environment=roster-applied&per_page=100", rows).unwrap();
            for (id, states) in [3, 2, 1].into_iter().zip(&statuses) {
                let rows: Vec<_> = states.iter().map(|state| json!({"state": state})).collect();
                answers.add(&format!("deployments/{id}/statuses?per_page=100"), json!([rows])).unwrap();
            }
            let found = applied("roster", &answers, &|commit| history.contains(commit)).unwrap();
            assert_eq!(found.map(|found| found.deployment), want, "{statuses:?} {history}");
        }
    }
}
