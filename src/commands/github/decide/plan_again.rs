//! Which pull requests are planned again after an apply, since both systems hold something else by then than their comments
//! were made from.

use serde::Deserialize;

use super::answers::part;
use super::open_pulls::{OpenPull, open_pulls};
use super::plan_run::is_the_plan_workflow;
use super::time::Instant;
use super::{Answers, Pending, SavedDocument, every};

/// So many runs are started at once: all of them read both systems with one key.
const AT_ONCE: usize = 30;

/// The pull requests that are planned again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PlannedAgain {
    pub runs: Vec<RunAgain>,
    /// Why others are left alone, one for each.
    pub left: Vec<String>,
    /// The numbers beyond what is planned at once.
    pub beyond: Vec<u64>,
}

/// A run that is started again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RunAgain {
    pub pull: u64,
    pub run: u64,
    /// The last commit of the pull request, of which the run is.
    pub head: String,
}

#[derive(Deserialize)]
struct HeadRun {
    id: u64,
    status: Option<String>,
    event: String,
    path: String,
    head_sha: String,
    head_branch: Option<String>,
    repository: RunRepository,
    /// That of the branch; none where it was deleted.
    head_repository: Option<RunRepository>,
    created_at: Instant,
    pull_requests: Option<Vec<RunPull>>,
}

#[derive(PartialEq, Eq, Deserialize)]
struct RunRepository {
    full_name: String,
}

#[derive(Deserialize)]
struct RunPull {
    number: u64,
}

/// Decides, by the result of an apply, for the brokerage in a folder.
///
/// # Errors
/// When an answer is missing or cannot be read.
pub(crate) fn plan_again(
    directory: &str,
    branch: &str,
    applied: Option<&SavedDocument>,
    answers: &Answers,
) -> Result<PlannedAgain, Pending> {
    let mut again = PlannedAgain::default();
    if !applied.is_some_and(SavedDocument::has_written) {
        return Ok(again);
    }
    let open = open_pulls(branch, answers)?;
    let touching: Vec<&OpenPull> = open.pulls.iter().filter(|pull| touches_agents(pull, directory)).collect();
    let runs = every(touching.iter().map(|pull| newest_run(pull, answers)))?;
    again.beyond = open.others;
    for (pull, run) in touching.iter().zip(runs) {
        match run {
            Err(why) => again.left.push(format!("#{} {why}", pull.number)),
            Ok(_) if again.runs.len() == AT_ONCE => again.beyond.push(pull.number),
            Ok(run) => again.runs.push(RunAgain { pull: pull.number, run, head: pull.head.clone() }),
        }
    }
    again.beyond.sort_unstable();
    Ok(again)
}

/// Whether plan.yml makes a plan of it: as change.sh decides. One that GitHub lists in part may.
fn touches_agents(pull: &OpenPull, directory: &str) -> bool {
    let folder = if directory == "." { String::new() } else { format!("{directory}/") };
    let mine = [format!("{folder}agents/"), format!("{folder}.roster/accept/")];
    pull.has_more_paths || pull.paths.iter().any(|path| mine.iter().any(|mine| path.starts_with(mine)))
}

/// The newest run for the last commit, or why there is none to start again.
fn newest_run(pull: &OpenPull, answers: &Answers) -> Result<Result<u64, &'static str>, Pending> {
    if pull.is_of_a_fork {
        return Ok(Err("comes from a fork"));
    }
    let path = format!("actions/runs?event=pull_request_target&head_sha={}&per_page=100", part(&pull.head));
    let runs: Vec<HeadRun> = answers.list_of(&path, "workflow_runs")?;
    let own: Vec<&HeadRun> = runs.iter().filter(|run| run.is_of(pull)).collect();
    if own.iter().any(|run| run.status.as_deref() != Some("completed")) {
        return Ok(Err("has a run that has not ended"));
    }
    let newest = own.iter().max_by_key(|run| (run.created_at, run.id));
    Ok(newest.map(|run| run.id).ok_or(if pull.is_draft {
        "is a draft without a run for its last commit"
    } else {
        "has no run for its last commit"
    }))
}

impl HeadRun {
    /// Whether it planned this pull request. Another branch may have the same last commit, also one of a fork.
    fn is_of(&self, pull: &OpenPull) -> bool {
        let named = self.pull_requests.as_deref().unwrap_or_default();
        let is_named = named.iter().any(|named| named.number == pull.number);
        let is_its_branch = named.is_empty() && self.head_branch.as_ref() == Some(&pull.branch);
        let is_of_a_fork = self.head_repository.as_ref() != Some(&self.repository);
        is_the_plan_workflow(&self.event, &self.path)
            && !is_of_a_fork
            && self.head_sha == pull.head
            && (is_named || is_its_branch)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::commands::github::decide::Question;

    fn document(code: u8) -> SavedDocument {
        serde_json::from_value(json!({"actions": [], "blocked": [], "digest": "", "exit_code": code})).unwrap()
    }

    fn pull(number: u64, path: &str) -> Value {
        json!({"number": number, "isDraft": false, "isCrossRepository": false, "headRefOid": format!("sha{number}"),
            "headRefName": format!("branch-{number}"), "files": {"totalCount": 1, "nodes": [{"path": path}]}})
    }

    fn run(id: u64, number: u64, time: &str) -> Value {
        json!({"id": id, "status": "completed", "event": "pull_request_target", "path": ".github/workflows/plan.yml",
            "head_sha": format!("sha{number}"), "head_branch": format!("branch-{number}"),
            "created_at": format!("2030-01-01T{time}:00Z"), "pull_requests": [],
            "repository": {"full_name": "brokerage/people"}, "head_repository": {"full_name": "brokerage/people"}})
    }

    /// Answers each request until there is a decision.
    fn decide(directory: &str, code: Option<u8>, pulls: &[Value], runs: &[Value]) -> PlannedAgain {
        let mut answers = Answers::default();
        loop {
            match plan_again(directory, "main", code.map(document).as_ref(), &answers) {
                Ok(again) => return again,
                Err(Pending::Unreadable(why)) => panic!("{why}"),
                Err(Pending::Ask(questions)) => questions.iter().for_each(|question| match question {
                    Question::OpenPulls(branch) => {
                        let pages: Vec<Value> = pulls
                            .chunks(25)
                            .map(|nodes| json!({"data": {"repository": {"pullRequests": {"nodes": nodes}}}}))
                            .collect();
                        answers.add(&crate::commands::github::decide::open_pulls_key(branch), json!(pages)).unwrap();
                    }
                    Question::Get(path) => answers.add(path, json!([{ "workflow_runs": runs }])).unwrap(),
                    Question::Download { .. } => panic!("nothing is downloaded"),
                }),
            }
        }
    }

    #[test]
    fn the_newest_run_of_each_pull_request_that_touches_agents_is_started_again() {
        let pulls =
            [pull(1, "agents/a.yaml"), pull(2, "README.md"), pull(3, ".roster/accept/x"), pull(4, "roster.yaml")];
        let runs = [run(11, 1, "10:00"), run(12, 1, "11:00"), run(13, 3, "09:00"), run(14, 2, "09:00")];
        let again = decide(".", Some(0), &pulls, &runs);
        let want = [(1, 12, "sha1"), (3, 13, "sha3")];
        let want = want.map(|(pull, run, head)| RunAgain { pull, run, head: head.to_owned() });
        assert_eq!(again, PlannedAgain { runs: want.to_vec(), ..PlannedAgain::default() });
        assert_eq!(decide(".", Some(5), &pulls, &runs), again, "a part was written");
        for code in [None, Some(1), Some(3), Some(6), Some(7), Some(130)] {
            assert_eq!(decide(".", code, &pulls, &runs), PlannedAgain::default(), "{code:?}");
        }
    }

    #[test]
    fn the_agents_are_those_of_the_brokerage() {
        let pulls = [pull(1, "agents/a.yaml"), pull(2, "brokerages/dubai/agents/a.yaml")];
        let runs = [run(11, 1, "10:00"), run(12, 2, "10:00")];
        let numbers = |directory| -> Vec<u64> {
            decide(directory, Some(0), &pulls, &runs).runs.iter().map(|run| run.pull).collect()
        };
        assert_eq!((numbers("."), numbers("brokerages/dubai")), (vec![1], vec![2]));
        let mut large = pull(3, "README.md");
        large["files"]["totalCount"] = json!(101);
        let mut unknown = pull(4, "README.md");
        unknown["files"] = Value::Null;
        let again = decide(".", Some(0), &[large, unknown], &[run(13, 3, "10:00"), run(14, 4, "10:00")]);
        assert_eq!(again.runs.len(), 2, "what they change is not known");
    }

    #[test]
    fn what_is_left_alone_has_its_reason() {
        let with = |number: u64, key: &str, value: Value| {
            let mut pull = pull(number, "agents/a.yaml");
            pull[key] = value;
            pull
        };
        let pulls = [
            with(1, "isCrossRepository", json!(true)),
            with(2, "isDraft", json!(true)),
            pull(3, "agents/a.yaml"),
            pull(4, "agents/a.yaml"),
            with(5, "headRefOid", json!("newer")),
            with(6, "isDraft", json!(true)),
        ];
        let other = |key: &str, value: Value| {
            let mut run = run(20, 4, "12:00");
            run[key] = value;
            run
        };
        let mut waits = run(13, 3, "09:00");
        waits["status"] = json!("queued");
        let runs = [
            run(11, 1, "10:00"),
            waits,
            run(14, 3, "10:00"),
            other("path", json!(".github/workflows/check.yml")),
            other("event", json!("workflow_dispatch")),
            other("head_branch", json!("another")),
            other("head_repository", json!({"full_name": "somebody/people"})),
            other("head_repository", Value::Null),
            other("pull_requests", json!([{"number": 40}])),
            run(15, 5, "10:00"),
            run(16, 6, "10:00"),
        ];
        let again = decide(".", Some(0), &pulls, &runs);
        assert_eq!(again.runs, [RunAgain { pull: 6, run: 16, head: "sha6".to_owned() }]);
        assert_eq!(
            again.left,
            [
                "#1 comes from a fork",
                "#2 is a draft without a run for its last commit",
                "#3 has a run that has not ended",
                "#4 has no run for its last commit",
                "#5 has no run for its last commit",
            ]
        );
    }

    #[test]
    fn so_many_are_planned_at_once_and_the_others_are_named() {
        let pulls: Vec<Value> = (1..=104).map(|number| pull(number, "agents/a.yaml")).collect();
        let runs: Vec<Value> = (1..=104).map(|number| run(number + 1000, number, "10:00")).collect();
        let again = decide(".", Some(0), &pulls, &runs);
        assert_eq!((again.runs.len(), again.beyond), (30, (31..=104).collect()));
    }
}
