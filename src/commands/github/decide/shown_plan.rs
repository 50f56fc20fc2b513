//! The plan that a comment shows: which attempt of which run wrote the comment, and whether the plan that this attempt kept is
//! word for word the comment.
//!
//! A run can be started again by everyone with write access. So nothing here is of a run as a whole: neither its result nor its
//! times, which are those of its newest attempt.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::plan_run::WorkflowRun;
use super::time::Instant;
use super::{Answers, Pending, every};

/// The commit of a pull request whose plan is looked for.
#[derive(Clone, Copy)]
pub(super) struct PlannedCommit<'a> {
    /// What this brokerage's artifacts begin with.
    pub(super) name: &'a str,
    /// The folder of its `roster.yaml`, or `.`.
    pub(super) directory: &'a str,
    /// The repository's own address.
    pub(super) web: &'a str,
    pub(super) pull: u64,
    pub(super) sha: &'a str,
}

/// A comment with a plan.
#[derive(Clone, Copy)]
pub(super) struct PlanComment<'a> {
    pub(super) body: &'a str,
    pub(super) changed_at: Instant,
}

/// The run and the artifact of a plan, or why there is none.
pub(super) type PlanChoice = Result<(u64, String), String>;

#[derive(Deserialize)]
struct RunArtifact {
    id: u64,
    name: String,
    expired: bool,
    created_at: Instant,
}

#[derive(Deserialize)]
struct RunJob {
    name: String,
    conclusion: Option<String>,
    started_at: Option<Instant>,
    completed_at: Option<Instant>,
}

/// What the attempts of a run kept.
#[derive(Default)]
struct KeptArtifacts<'a> {
    /// The plans of the commit, by attempt.
    plans: BTreeMap<u32, Vec<&'a RunArtifact>>,
    /// The pages of the pull request, by id, with their attempt.
    pages: BTreeMap<u64, u32>,
}

/// Finds the plan that a comment shows.
///
/// # Errors
/// When an answer is missing or cannot be read.
pub(super) fn shown_plan(
    commit: &PlannedCommit<'_>,
    comment: PlanComment<'_>,
    answers: &Answers,
) -> Result<PlanChoice, Pending> {
    let Some(links) = LinkLine::of(commit.web, comment.body) else {
        return Ok(Err("its comment is not what a run wrote".to_owned()));
    };
    let run: Option<WorkflowRun> = answers.one(&format!("actions/runs/{}", links.run))?;
    let Some(run) = run.filter(WorkflowRun::is_the_plan_workflow) else {
        return Ok(Err("its comment names no run of the plan workflow".to_owned()));
    };
    let path = format!("actions/runs/{}/artifacts?per_page=100", links.run);
    let artifacts: Vec<RunArtifact> = answers.list_of(&path, "artifacts")?;
    let kept = KeptArtifacts::of(commit, &artifacts);
    let mut reason = format!("run {} kept no plan of its last commit that its comment can show", links.run);
    for (attempt, plan) in kept.candidates(links.page) {
        if plan.expired || plan.created_at > comment.changed_at {
            continue;
        }
        let later = kept.plans.range(attempt + 1..).next().map_or(run.run_attempt, |(next, _)| next - 1);
        match is_written(commit, comment, links.run, (attempt, later), answers)? {
            Err(why) => reason = why,
            Ok(()) if shows(comment.body, answers.comment(links.run, &plan.name)?, &links.text(commit.web)) => {
                return Ok(Ok((links.run, plan.name.clone())));
            }
            Ok(()) => "its comment is not the plan that was kept".clone_into(&mut reason),
        }
    }
    Ok(Err(reason))
}

impl<'a> KeptArtifacts<'a> {
    fn of(commit: &PlannedCommit<'_>, artifacts: &'a [RunArtifact]) -> Self {
        let stem = format!("{}-plan-{}-", commit.name, commit.pull);
        let mut kept = Self::default();
        for artifact in artifacts {
            let Some(rest) = artifact.name.strip_prefix(&stem) else { continue };
            if let Some(attempt) = rest.strip_suffix(".html").and_then(number) {
                kept.pages.insert(artifact.id, attempt);
            } else if let Some((sha, attempt)) = rest.split_once('-')
                && sha == commit.sha
                && let Some(attempt) = number(attempt)
            {
                kept.plans.entry(attempt).or_default().push(artifact);
            }
        }
        kept
    }

    /// The attempts whose plan a comment with this page can show: that of the page, or those without a page. A name that an
    /// attempt has twice says nothing, since a download is by name.
    fn candidates(&self, page: Option<u64>) -> impl Iterator<Item = (u32, &'a RunArtifact)> {
        let fits = move |attempt: &u32| match page {
            Some(page) => self.pages.get(&page) == Some(attempt),
            None => !self.pages.values().any(|other| other == attempt),
        };
        self.plans.iter().filter(move |(attempt, _)| fits(attempt)).filter_map(|(attempt, plans)| {
            match *plans.as_slice() {
                [plan] => Some((*attempt, plan)),
                _ => None,
            }
        })
    }
}

/// The number of an attempt, as GitHub writes it.
fn number(text: &str) -> Option<u32> {
    text.parse().ok().filter(|number: &u32| number.to_string() == text)
}

/// Whether the job that comments wrote the comment, and the check of this plan succeeded. The attempts after that of the plan
/// count too, so far as they made no plan: there only some jobs were run again.
fn is_written(
    commit: &PlannedCommit<'_>,
    comment: PlanComment<'_>,
    run: u64,
    (first, last): (u32, u32),
    answers: &Answers,
) -> Result<Result<(), String>, Pending> {
    let jobs = |attempt| {
        answers.list_of::<RunJob>(&format!("actions/runs/{run}/attempts/{attempt}/jobs?per_page=100"), "jobs")
    };
    let jobs: Vec<RunJob> = every((first..=last).map(jobs))?.into_iter().flatten().collect();
    let name = |job: &str| match commit.directory.rsplit('/').next() {
        None | Some(".") => job.to_owned(),
        Some(folder) => format!("{folder} / {job}"),
    };
    let (comments, check) = (name("comment"), name("plan"));
    let succeeded = |job: &&RunJob| job.conclusion.as_deref() == Some("success");
    if !jobs.iter().filter(succeeded).any(|job| job.name == check) {
        return Ok(Err(format!("the check of the plan that run {run} made has not succeeded")));
    }
    if !jobs.iter().filter(|job| job.name == comments).any(|job| job.lasted_at(comment.changed_at)) {
        let at = comment.changed_at;
        return Ok(Err(format!("its comment was changed at {at}, when no run of the workflow could have done so")));
    }
    Ok(Ok(()))
}

impl RunJob {
    fn lasted_at(&self, at: Instant) -> bool {
        self.started_at.is_some_and(|start| start <= at) && self.completed_at.is_some_and(|end| at <= end)
    }
}

/// The second line of a comment, as plan.yml writes it.
struct LinkLine {
    run: u64,
    page: Option<u64>,
}

impl LinkLine {
    fn of(web: &str, comment: &str) -> Option<Self> {
        let line = comment.lines().nth(1)?;
        let rest = line.strip_prefix(&format!("[The plan in the run's summary]({web}/actions/runs/"))?;
        let (run, rest) = rest.split_once(')')?;
        let page = rest.rsplit_once("/artifacts/").and_then(|(_, page)| page.strip_suffix(')'));
        let found = Self { run: run.parse().ok()?, page: page.and_then(|page| page.parse().ok()) };
        (found.text(web) == line).then_some(found)
    }

    fn text(&self, web: &str) -> String {
        let address = format!("{web}/actions/runs/{}", self.run);
        let summary = format!("[The plan in the run's summary]({address})");
        let page = self.page.map(|page| format!(" · [The page for reviewers]({address}/artifacts/{page})"));
        summary + page.as_deref().unwrap_or_default()
    }
}

/// Whether a comment is a plan with these links between its first line and the rest.
fn shows(comment: &str, plan: &str, links: &str) -> bool {
    let (mut comment, mut plan) = (comment.trim_end().lines(), plan.trim_end().lines());
    let first = comment.next();
    first.is_some()
        && first == plan.next()
        && comment.next() == Some(links)
        && comment.next() == Some("")
        && comment.eq(plan)
}
