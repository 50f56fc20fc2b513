//! What the workflows of `.github/` decide: which plans a reviewer approved, whether an apply goes on, how a run ended.
//!
//! Pure. A decision is a function of what GitHub answered and of what the jobs left. Where an answer is missing the
//! function names the request, so the scripts know nothing of GitHub's data: they send the request and decide again.

mod answers;
mod applied;
mod document;
mod pass;
mod proceed;
mod reviewed;
mod settings;
mod time;
mod verdict;

pub use answers::{Answers, Pending, Question, every};
pub use applied::{AppliedCommit, applied};
pub use document::SavedDocument;
pub use pass::{CheckResult, check};
pub use proceed::{NextStep, PlanRun, StoppedRun, proceed};
pub use reviewed::{Approval, Basis, MergedSince, reviewed};
pub use settings::settings;
pub use verdict::{JobEnd, Meanwhile, RunEnd, Verdict, verdict};

/// The account under which a workflow's own token acts.
const BOT: &str = "github-actions[bot]";
