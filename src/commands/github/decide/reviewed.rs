//! Which plans of the merged pull requests a person approved.
//!
//! The plan that counts is the one that the comment showed when it was approved: the main branch's own workflow made it, kept it,
//! passed its check, and wrote the comment, which is that plan word for word and has not been changed since. What other runs, or
//! later attempts of the same run, made and did not show is not looked at. Everything else leaves a note, and a person is asked.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::answers::part;
use super::shown_plan::{PlanChoice, PlanComment, PlannedCommit, shown_plan};
use super::time::Instant;
use super::{Answers, BOT, Pending, every};

/// What the search is about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MergedSince<'a> {
    /// What this brokerage's artifacts begin with.
    pub name: &'a str,
    /// The folder of its `roster.yaml`, or `.`.
    pub directory: &'a str,
    /// The main branch.
    pub branch: &'a str,
    /// The commits of the main branch since the last applied one.
    pub commits: &'a [String],
    /// What counts as a review.
    pub basis: Basis,
    /// The repository's own address, such as `https://github.com/OWNER/NAME`.
    pub web: &'a str,
}

/// What counts as the review of a pull request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Basis {
    /// The newest approval of its last commit.
    Approval,
    /// The merge. Weaker: it proves that a person merged, not that a person read the newest plan.
    Merge,
}

/// The outcome for all merged pull requests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Approval {
    /// The plans that count: the number of the pull request, the run and the artifact's name.
    pub plans: Vec<(u64, u64, String)>,
    /// Why the others do not.
    pub notes: Vec<String>,
}

#[derive(Clone, Deserialize)]
struct PullRequest {
    number: u64,
    merged_at: Option<Instant>,
    base: Branch,
    head: HeadCommit,
    user: Option<Account>,
}

#[derive(Clone, Deserialize)]
struct Branch {
    #[serde(rename = "ref")]
    name: String,
}

#[derive(Clone, Deserialize)]
struct HeadCommit {
    sha: String,
}

#[derive(Clone, Deserialize, PartialEq, Eq)]
struct Account {
    login: String,
    #[serde(rename = "type")]
    kind: String,
}

/// The accounts behind a commit; none for an address that no account has.
#[derive(Deserialize)]
struct CommitAccounts {
    author: Option<Account>,
    committer: Option<Account>,
}

#[derive(Deserialize)]
struct PullRequestReview {
    state: String,
    user: Option<Account>,
    commit_id: Option<String>,
    submitted_at: Option<Instant>,
}

#[derive(Deserialize)]
struct AccessLevel {
    permission: String,
}

#[derive(Deserialize)]
struct IssueComment {
    user: Option<Account>,
    body: Option<String>,
    updated_at: Instant,
}

/// Decides for every pull request that was merged with one of the commits.
///
/// # Errors
/// When an answer is missing or cannot be read.
pub(crate) fn reviewed(since: &MergedSince<'_>, answers: &Answers) -> Result<Approval, Pending> {
    let lists =
        since.commits.iter().map(|commit| answers.list(&format!("commits/{}/pulls?per_page=100", part(commit))));
    let pulls: Vec<PullRequest> = every(lists)?.into_iter().flatten().collect();
    let merged: BTreeMap<u64, PullRequest> = pulls
        .into_iter()
        .filter(|pull| pull.merged_at.is_some() && pull.base.name == since.branch)
        .map(|pull| (pull.number, pull))
        .collect();
    let outcomes = every(merged.values().map(|pull| approved_plan(since, pull, answers)))?;
    let mut approval = Approval::default();
    for (pull, outcome) in merged.values().zip(outcomes) {
        match outcome {
            Ok((run, name)) => approval.plans.push((pull.number, run, name)),
            Err(reason) => {
                approval.notes.push(format!("the plan of #{} does not count as reviewed: {reason}", pull.number));
            }
        }
    }
    Ok(approval)
}

fn approved_plan(since: &MergedSince<'_>, pull: &PullRequest, answers: &Answers) -> Result<PlanChoice, Pending> {
    let approved_at = match since.basis {
        Basis::Merge => pull.merged_at,
        Basis::Approval => approved_at(pull, answers)?,
    };
    let Some(approved_at) = approved_at else {
        return Ok(Err("no person with write access other than its authors has approved its last commit".to_owned()));
    };
    let comments: Vec<IssueComment> = answers.list(&format!("issues/{}/comments?per_page=100", pull.number))?;
    let comment = match only_comment(since, &comments, approved_at) {
        Ok(comment) => comment,
        Err(why) => return Ok(Err(why)),
    };
    let comment = PlanComment { body: comment.body.as_deref().unwrap_or_default(), changed_at: comment.updated_at };
    let MergedSince { name, directory, web, .. } = *since;
    let commit = PlannedCommit { name, directory, web, pull: pull.number, sha: &pull.head.sha };
    shown_plan(&commit, comment, answers)
}

fn words_for(basis: Basis, at: Instant) -> String {
    match basis {
        Basis::Approval => format!("its approval at {at}"),
        Basis::Merge => format!("its merge at {at}"),
    }
}

/// When a person with write access last approved the last commit. A later request for changes by the same person, and a
/// dismissal, take an approval back. The author of the pull request, the author of its last commit, and a bot cannot approve.
fn approved_at(pull: &PullRequest, answers: &Answers) -> Result<Option<Instant>, Pending> {
    let reviews: Vec<PullRequestReview> = answers.list(&format!("pulls/{}/reviews?per_page=100", pull.number))?;
    let Some(last) = answers.one::<CommitAccounts>(&format!("commits/{}", part(&pull.head.sha)))? else {
        return Ok(None);
    };
    let authors = [pull.user.as_ref(), last.author.as_ref(), last.committer.as_ref()];
    let mut newest: BTreeMap<&str, &PullRequestReview> = BTreeMap::new();
    for review in reviews.iter().filter(|review| review.state != "COMMENTED" && review.state != "PENDING") {
        if let Some(user) = review.user.as_ref().filter(|user| user.kind == "User" && !authors.contains(&Some(*user))) {
            newest.insert(&user.login, review);
        }
    }
    newest.retain(|_, review| review.state == "APPROVED" && review.commit_id.as_ref() == Some(&pull.head.sha));
    let level = |login: &&str| answers.one::<AccessLevel>(&format!("collaborators/{}/permission", part(login)));
    let levels = every(newest.keys().map(level))?;
    let may_write = |level: &Option<AccessLevel>| {
        level.as_ref().is_some_and(|level| ["admin", "write"].contains(&level.permission.as_str()))
    };
    let approvals = newest.values().zip(&levels).filter(|(_, level)| may_write(level));
    Ok(approvals.filter_map(|(review, _)| review.submitted_at).max())
}

/// The one comment with a plan, where it is older than the approval. Every person with write access can edit a comment of the
/// workflow.
fn only_comment<'a>(
    since: &MergedSince<'_>,
    comments: &'a [IssueComment],
    approved_at: Instant,
) -> Result<&'a IssueComment, String> {
    let mark = match since.directory {
        "." => "<!-- roster plan ·".to_owned(),
        directory => format!("<!-- roster plan of {directory} ·"),
    };
    let by_bot = |comment: &&IssueComment| comment.user.as_ref().is_some_and(|user| user.login == BOT);
    let marked = |comment: &&IssueComment| comment.body.as_deref().unwrap_or_default().starts_with(&mark);
    let own: Vec<&IssueComment> = comments.iter().filter(by_bot).filter(marked).collect();
    let [comment] = own.as_slice() else {
        return Err(format!("there are {} comments with a plan, not one", own.len()));
    };
    if comment.updated_at >= approved_at {
        let approval = words_for(since.basis, approved_at);
        return Err(format!("its comment was changed at {}, after {approval}", comment.updated_at));
    }
    Ok(comment)
}

#[cfg(test)]
mod tests;
