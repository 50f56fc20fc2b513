//! The open pull requests into the main branch, and what each changes.

use serde::Deserialize;

use super::{Answers, Pending};

/// What all decisions about them look at. GitHub gives those first that were updated last.
const LOOKED_AT: usize = 100;

/// An open pull request.
pub(super) struct OpenPull {
    pub(super) number: u64,
    pub(super) is_draft: bool,
    /// Whether it comes from another repository.
    pub(super) is_of_a_fork: bool,
    pub(super) head: String,
    pub(super) branch: String,
    /// The changed files; of a renamed one the new path.
    pub(super) paths: Vec<String>,
    /// Whether it changes more files than GitHub lists at once.
    pub(super) has_more_paths: bool,
}

/// The open pull requests, and the numbers of those that are not looked at.
#[derive(Default)]
pub(super) struct OpenPulls {
    pub(super) pulls: Vec<OpenPull>,
    pub(super) others: Vec<u64>,
}

/// A page of the answer, as open-pulls.graphql asks for it.
#[derive(Deserialize)]
struct QueryPage {
    data: QueryData,
}

#[derive(Deserialize)]
struct QueryData {
    repository: QueriedRepository,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct QueriedRepository {
    pull_requests: QueriedNodes<QueriedPull>,
}

#[derive(Deserialize)]
struct QueriedNodes<T> {
    nodes: Vec<T>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct QueriedPull {
    number: u64,
    is_draft: bool,
    is_cross_repository: bool,
    head_ref_oid: String,
    head_ref_name: String,
    /// None where GitHub cannot compare.
    files: Option<QueriedFiles>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct QueriedFiles {
    total_count: usize,
    nodes: Vec<QueriedFile>,
}

#[derive(Deserialize)]
struct QueriedFile {
    path: String,
}

/// The open pull requests into a branch.
///
/// # Errors
/// When the answer is missing or cannot be read.
pub(super) fn open_pulls(branch: &str, answers: &Answers) -> Result<OpenPulls, Pending> {
    let pages: Vec<QueryPage> = answers.open_pulls(branch)?;
    let mut found = OpenPulls::default();
    for pull in pages.into_iter().flat_map(|page| page.data.repository.pull_requests.nodes) {
        let pull = OpenPull::of(pull);
        // Pull requests of strangers must not push out those of the repository.
        let of_repository = found.pulls.iter().filter(|pull| !pull.is_of_a_fork).count();
        if !pull.is_of_a_fork && of_repository == LOOKED_AT {
            found.others.push(pull.number);
        } else {
            found.pulls.push(pull);
        }
    }
    Ok(found)
}

impl OpenPull {
    fn of(pull: QueriedPull) -> Self {
        let listed = pull.files.as_ref().map_or(0, |files| files.nodes.len());
        let has_more_paths = pull.files.as_ref().is_none_or(|files| files.total_count > listed);
        Self {
            number: pull.number,
            is_draft: pull.is_draft,
            is_of_a_fork: pull.is_cross_repository,
            head: pull.head_ref_oid,
            branch: pull.head_ref_name,
            paths: pull.files.into_iter().flat_map(|files| files.nodes).map(|file| file.path).collect(),
            has_more_paths,
        }
    }
}
