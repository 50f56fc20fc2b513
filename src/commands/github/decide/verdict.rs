//! How a run of the apply workflow ended.

use super::SavedDocument;

/// How a job ended, in GitHub's words, and whether it had begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct JobEnd<'a> {
    /// `success`, `failure`, `cancelled` or `skipped`.
    pub result: &'a str,
    /// Whether it began. GitHub gives a job that it dropped from the queue no output; one that ran into its time limit
    /// is `cancelled` too, but has outputs.
    pub began: bool,
}

impl JobEnd<'_> {
    fn failed(self) -> bool {
        self.result == "failure" || (self.result == "cancelled" && self.began)
    }
}

/// What a run left.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RunEnd<'a> {
    /// How its jobs ended.
    pub jobs: &'a [JobEnd<'a>],
    /// How the job that writes ended.
    pub apply: JobEnd<'a>,
    /// What the plan job decided.
    pub go: &'a str,
    /// Whether the main branch had moved on, so that nothing was written.
    pub newer: bool,
    /// The result of the apply.
    pub document: Option<&'a SavedDocument>,
    /// Whether another run has applied a commit meanwhile, and which.
    pub meanwhile: Meanwhile,
}

/// What other runs applied since this run planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meanwhile {
    /// Nothing that contains this run's commit.
    Nothing,
    /// This run's own commit.
    ThisCommit,
    /// A later commit, which contains it.
    LaterCommit,
}

/// What the report job does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// Whether the commit counts as applied.
    pub applied: bool,
    /// Whether an issue is to be open.
    pub failed: bool,
    /// Whether another run has made this run's end irrelevant.
    pub superseded: bool,
}

/// Decides.
#[must_use]
pub(crate) fn verdict(run: &RunEnd<'_>) -> Verdict {
    let wrote_all_others = run.apply.result == "failure" && run.document.is_some_and(SavedDocument::wrote_all_others);
    let applied = match run.go {
        "nothing" | "left-out" => true,
        _ => wrote_all_others || (run.apply.result == "success" && !run.newer),
    };
    let failed = run.jobs.iter().chain([&run.apply]).any(|job| job.failed());
    let superseded = match run.meanwhile {
        Meanwhile::Nothing => false,
        Meanwhile::ThisCommit => failed,
        Meanwhile::LaterCommit => true,
    };
    Verdict { applied: applied && !superseded, failed: failed && !superseded, superseded }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;

    const SKIPPED: JobEnd<'_> = JobEnd { result: "skipped", began: false };

    fn ended(result: &str, began: bool) -> JobEnd<'_> {
        JobEnd { result, began }
    }

    fn document(code: u8, guard: &str, outcome: &str) -> SavedDocument {
        let document = json!({"actions": [{}], "blocked": [{"guard": guard, "agent": "a"}], "digest": "",
            "exit_code": code, "applied": [{"outcome": outcome}]});
        serde_json::from_value(document).unwrap()
    }

    #[test]
    fn a_commit_counts_as_applied_after_all_possible_writes() {
        let success = ended("success", true);
        let failure = ended("failure", true);
        let partial = document(5, "person", "done");
        let (unknown, guarded) = (document(5, "person", "unknown"), document(5, "update", "done"));
        for (go, apply, newer, document, want) in [
            ("nothing", SKIPPED, false, None, true),
            ("left-out", SKIPPED, false, None, true),
            ("apply", success, false, None, true),
            ("apply", success, true, None, false),
            ("ask", SKIPPED, false, None, false),
            ("apply", failure, false, None, false),
            ("apply", failure, false, Some(&partial), true),
            ("apply", failure, false, Some(&unknown), false),
            ("apply", failure, false, Some(&guarded), false),
            ("apply", ended("cancelled", true), false, Some(&partial), false),
            ("", SKIPPED, false, None, false),
        ] {
            let run = RunEnd { jobs: &[success], apply, go, newer, document, meanwhile: Meanwhile::Nothing };
            assert_eq!(verdict(&run).applied, want, "{go} {apply:?} {newer}");
        }
    }

    #[test]
    fn a_job_that_began_and_did_not_end_well_is_a_failure_also_at_its_time_limit() {
        let success = ended("success", true);
        for (jobs, apply, want) in [
            ([success, success], success, false),
            ([success, ended("failure", true)], SKIPPED, true),
            ([ended("failure", false), SKIPPED], SKIPPED, true),
            ([ended("cancelled", true), SKIPPED], SKIPPED, true),
            ([success, success], ended("cancelled", true), true),
            // Dropped from the queue.
            ([ended("cancelled", false), SKIPPED], SKIPPED, false),
            ([success, success], ended("cancelled", false), false),
        ] {
            let run =
                RunEnd { jobs: &jobs, apply, go: "", newer: false, document: None, meanwhile: Meanwhile::Nothing };
            assert_eq!(verdict(&run).failed, want, "{jobs:?} {apply:?}");
        }
    }

    #[test]
    fn a_run_repaired_by_a_later_one_neither_fails_nor_counts() {
        let (success, failure) = (ended("success", true), ended("failure", true));
        for (apply, meanwhile, want) in [
            (success, Meanwhile::Nothing, (true, false)),
            (success, Meanwhile::ThisCommit, (true, false)),
            (success, Meanwhile::LaterCommit, (false, false)),
            (failure, Meanwhile::Nothing, (false, true)),
            (failure, Meanwhile::ThisCommit, (false, false)),
            (failure, Meanwhile::LaterCommit, (false, false)),
        ] {
            let run = RunEnd { jobs: &[success], apply, go: "apply", newer: false, document: None, meanwhile };
            let verdict = verdict(&run);
            assert_eq!((verdict.applied, verdict.failed), want, "{apply:?} {meanwhile:?}");
        }
    }
}
