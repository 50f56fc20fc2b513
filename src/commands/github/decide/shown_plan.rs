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
    let Some((attempt, plan)) =
        kept.plan(&links).filter(|(_, plan)| !plan.expired && plan.created_at <= comment.changed_at)
    else {
        return Ok(Err(format!("run {} kept no plan of its last commit that its comment can show", links.run)));
    };
    let last = kept.plans.range(attempt + 1..).next().map_or(run.run_attempt, |(next, _)| next - 1);
    if let Err(why) = is_written(commit, comment, &links, (attempt, last), answers)? {
        return Ok(Err(why));
    }
    Ok(if shows(comment.body, answers.comment(links.run, &plan.name)?, &links.text(commit.web)) {
        Ok((links.run, plan.name.clone()))
    } else {
        Err("its comment is not the plan that was kept".to_owned())
    })
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

    /// The plan that a comment with these links shows: the newest one when its attempt wrote it. Its page must be of the same
    /// attempt. A name that an attempt has twice counts for nothing, since a download is by name.
    fn plan(&self, links: &LinkLine) -> Option<(u32, &'a RunArtifact)> {
        let (attempt, plans) = self.plans.range(..=links.attempt).next_back()?;
        let has_its_page = match links.page {
            Some(page) => self.pages.get(&page) == Some(attempt),
            None => !self.pages.values().any(|other| other == attempt),
        };
        match *plans.as_slice() {
            [plan] if has_its_page => Some((*attempt, plan)),
            _ => None,
        }
    }
}

/// The number of an attempt, as GitHub writes it.
fn number(text: &str) -> Option<u32> {
    text.parse().ok().filter(|number: &u32| number.to_string() == text)
}

/// Whether the attempt that the comment names wrote it, and the check of its plan succeeded. `with_plan` are the first and the
/// last attempt that have this plan: in the later ones only some jobs were run again, and the check can succeed there.
fn is_written(
    commit: &PlannedCommit<'_>,
    comment: PlanComment<'_>,
    links: &LinkLine,
    with_plan: (u32, u32),
    answers: &Answers,
) -> Result<Result<(), String>, Pending> {
    let run = links.run;
    let jobs = |attempt| {
        let path = format!("actions/runs/{run}/attempts/{attempt}/jobs?per_page=100");
        answers.list_of::<RunJob>(&path, "jobs").map(|jobs| (attempt, jobs))
    };
    let attempts: Vec<(u32, Vec<RunJob>)> = every((with_plan.0..=with_plan.1).map(jobs))?;
    let jobs_named = |job: &str| {
        let name = match commit.directory.rsplit('/').next() {
            None | Some(".") => job.to_owned(),
            Some(folder) => format!("{folder} / {job}"),
        };
        let jobs = attempts.iter().flat_map(|(attempt, jobs)| jobs.iter().map(move |job| (*attempt, job)));
        jobs.filter(move |(_, job)| job.name == name)
    };
    if !jobs_named("plan").any(|(_, job)| job.conclusion.as_deref() == Some("success")) {
        return Ok(Err(format!("the check of the plan that run {run} made has not succeeded")));
    }
    let at = comment.changed_at;
    if !jobs_named("comment").any(|(attempt, job)| attempt == links.attempt && job.lasted_at(at)) {
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
    /// The attempt that wrote the comment.
    attempt: u32,
    page: Option<u64>,
}

impl LinkLine {
    fn of(web: &str, comment: &str) -> Option<Self> {
        let line = comment.lines().nth(1)?;
        let rest = line.strip_prefix(&format!("[The plan in the run's summary]({web}/actions/runs/"))?;
        let (run, rest) = rest.split_once("/attempts/")?;
        let (attempt, rest) = rest.split_once(')')?;
        let page = rest.rsplit_once("/artifacts/").and_then(|(_, page)| page.strip_suffix(')'));
        let page = page.and_then(|page| page.parse().ok());
        let found = Self { run: run.parse().ok()?, attempt: attempt.parse().ok()?, page };
        (found.text(web) == line).then_some(found)
    }

    fn text(&self, web: &str) -> String {
        let address = format!("{web}/actions/runs/{}", self.run);
        let summary = format!("[The plan in the run's summary]({address}/attempts/{})", self.attempt);
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
