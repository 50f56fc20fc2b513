//! What the workflows of `.github/` decide: which plans a reviewer approved, whether an apply goes on, how a run ended.
//!
//! Pure. A decision is a function of what GitHub answered and of what the jobs left. Where an answer is missing the
//! function names the request, so the scripts know nothing of GitHub's data: they send the request and decide again.

mod also_changed;
mod answers;
mod applied;
mod document;
mod form;
mod labels;
mod open_pulls;
mod pass;
mod plan_again;
mod plan_run;
mod proceed;
mod request;
mod reviewed;
mod settings;
mod shown_plan;
mod time;
mod verdict;

pub(crate) use also_changed::{PlannedPull, also_changed};
pub(crate) use answers::{Answers, Pending, Question, every, open_pulls as open_pulls_key};
pub(crate) use applied::applied;
pub(crate) use document::SavedDocument;
pub(crate) use form::FormRequest;
pub(crate) use labels::labels;
pub(crate) use pass::{CheckResult, check};
pub(crate) use plan_again::{PlannedAgain, plan_again};
pub(crate) use proceed::{NextStep, PlanRun, proceed};
pub(crate) use request::{IssueEvent, Request, request};
pub(crate) use reviewed::{Basis, MergedSince, reviewed};
pub(crate) use settings::settings;
pub(crate) use verdict::{JobEnd, Meanwhile, RunEnd, verdict};

/// The account under which a workflow's own token acts.
const BOT: &str = "github-actions[bot]";
