//! The runs of the plan workflow, as GitHub knows them.

use serde::Deserialize;

/// What made a run.
#[derive(Deserialize)]
pub(super) struct WorkflowRun {
    event: String,
    path: String,
    /// How many times it was started.
    pub(super) run_attempt: u32,
}

impl WorkflowRun {
    /// Whether the main branch's own workflow made it. Every workflow can leave an artifact of any name.
    pub(super) fn is_the_plan_workflow(&self) -> bool {
        is_the_plan_workflow(&self.event, &self.path)
    }
}

pub(super) fn is_the_plan_workflow(event: &str, path: &str) -> bool {
    let path = path.split('@').next().unwrap_or_default();
    event == "pull_request_target" && [".github/workflows/plan.yml", ".github/workflows/group.yml"].contains(&path)
}
