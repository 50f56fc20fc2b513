//! How an apply goes on from its plan.

use serde::Deserialize;

use super::{Answers, Pending, SavedDocument};
use crate::model::exit_code::Exit;

/// What the plan job left.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PlanRun<'a> {
    /// The exit code of `plan --reviewed`.
    pub code: u8,
    /// The saved plan.
    pub plan: &'a SavedDocument,
    /// How many approved plans it was compared with.
    pub reviewed: usize,
    /// What this brokerage's environments begin with.
    pub name: &'a str,
    /// The digests in `.roster/accept/` that were merged since the last applied commit.
    pub accepted: &'a [String],
}

/// The next step of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NextStep {
    /// Both systems agree with the files.
    Nothing,
    /// The same, but for blocked people.
    LeftOut,
    /// The plan is applied: approved plans show all of it.
    Apply,
    /// The plan is applied: its digest was merged.
    ApplyAccepted,
    /// A person is asked first.
    Ask,
}

impl NextStep {
    /// Its word in the workflow.
    #[must_use]
    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::LeftOut => "left-out",
            Self::Apply | Self::ApplyAccepted => "apply",
            Self::Ask => "ask",
        }
    }

    /// A sentence for people.
    #[must_use]
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Nothing => "Both systems hold what the main branch declares.",
            Self::LeftOut => "Both systems hold what the main branch declares, except for blocked people.",
            Self::Apply => "Approved pull requests show everything in this plan.",
            Self::ApplyAccepted => "A merged file in .roster/accept/ names the digest of this plan.",
            Self::Ask => "This plan contains more than the approved pull requests show, so a person must confirm.",
        }
    }
}

/// A run that stops here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoppedRun {
    /// With this exit code.
    pub code: u8,
    /// What is in the way and what to do; empty where the plan has already reported it.
    pub words: String,
}

#[derive(Deserialize)]
struct AskEnvironment {
    #[serde(default)]
    protection_rules: Vec<ProtectionRule>,
}

#[derive(Deserialize)]
struct ProtectionRule {
    #[serde(rename = "type")]
    kind: String,
}

/// Decides how the run continues after its plan.
///
/// # Errors
/// When an answer is missing or cannot be read.
pub(crate) fn proceed(run: &PlanRun<'_>, answers: &Answers) -> Result<Result<NextStep, StoppedRun>, Pending> {
    let refused = |code: u8, words: String| Ok(Err(StoppedRun { code, words }));
    let [done, blocked, stale] = [Exit::Done, Exit::Blocked, Exit::Stale].map(|exit| exit as u8);
    if ![done, blocked, stale].contains(&run.code) {
        return refused(run.code, String::new());
    }
    if !run.plan.blocks_people_only() {
        let remedy = "add an empty file with its digest as its name to .roster/accept/, by a pull request";
        return refused(blocked, format!("A guard stops this plan. To accept it, {remedy}."));
    }
    if run.plan.actions.is_empty() {
        return match run.code {
            code if code == done => Ok(Ok(NextStep::Nothing)),
            code if code == blocked => Ok(Ok(NextStep::LeftOut)),
            code => refused(code, String::new()),
        };
    }
    if run.code != stale && run.reviewed > 0 {
        return Ok(Ok(NextStep::Apply));
    }
    let environment: Option<AskEnvironment> = answers.one(&format!("environments/{}-ask", run.name))?;
    let rules = environment.map(|environment| environment.protection_rules).unwrap_or_default();
    // Without reviewers GitHub lets every job into the environment at once.
    if rules.iter().any(|rule| rule.kind == "required_reviewers") {
        return Ok(Ok(NextStep::Ask));
    }
    let digest = &run.plan.digest;
    if run.accepted.contains(digest) {
        return Ok(Ok(NextStep::ApplyAccepted));
    }
    refused(
        stale,
        format!(
            "This plan contains more than the approved pull requests show, and no person can be asked: the environment \
             {}-ask has no required reviewers. Read the plan in the summary. To let it through, merge a pull request \
             that adds the empty file .roster/accept/{digest}.",
            run.name
        ),
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const DIGEST: &str = "0123456789abcdef0123456789abcdef";

    /// The word or the code for a plan with or without actions.
    fn decide(code: u8, blocked: &Value, actions: usize, reviewed: usize, rules: &Value, accepted: &[&str]) -> String {
        let actions = vec![json!({}); actions];
        let plan = json!({"actions": actions, "blocked": blocked, "digest": DIGEST, "exit_code": code});
        let plan = serde_json::from_value(plan).unwrap();
        let accepted: Vec<String> = accepted.iter().map(|digest| (*digest).to_owned()).collect();
        let run = PlanRun { code, plan: &plan, reviewed, name: "roster", accepted: &accepted };
        let mut answers = Answers::default();
        answers.add("environments/roster-ask", rules.clone()).unwrap();
        match proceed(&run, &answers).unwrap() {
            Ok(go) => go.key().to_owned(),
            Err(refusal) => format!("exit {}", refusal.code),
        }
    }

    #[test]
    fn an_apply_goes_on_only_as_far_as_people_allowed() {
        let (none, person, guard) =
            (json!([]), json!([{"guard": "person", "agent": "a"}]), json!([{"guard": "update"}]));
        let guarded = json!([{"protection_rules": [{"type": "branch_policy"}, {"type": "required_reviewers"}]}]);
        let open = json!([{"protection_rules": [{"type": "wait_timer"}]}]);
        for (code, blocked, actions, reviewed, rules, accepted, want) in [
            (0, &none, 0, 0, &guarded, vec![], "nothing"),
            (3, &person, 0, 0, &guarded, vec![], "left-out"),
            (6, &none, 0, 0, &guarded, vec![], "exit 6"),
            (0, &none, 1, 1, &guarded, vec![], "apply"),
            (3, &person, 1, 1, &guarded, vec![], "apply"),
            (0, &none, 1, 0, &guarded, vec![], "ask"),
            (6, &none, 1, 1, &guarded, vec![], "ask"),
            // Where a person can be asked, no file takes that person's place.
            (6, &none, 1, 1, &guarded, vec![DIGEST], "ask"),
            (6, &none, 1, 1, &open, vec![], "exit 6"),
            (6, &none, 1, 1, &Value::Null, vec![], "exit 6"),
            (6, &none, 1, 1, &open, vec!["another digest"], "exit 6"),
            (6, &none, 1, 1, &open, vec!["another digest", DIGEST], "apply"),
            (0, &none, 1, 0, &Value::Null, vec![DIGEST], "apply"),
            (3, &guard, 1, 1, &guarded, vec![DIGEST], "exit 3"),
            (6, &guard, 1, 1, &open, vec![DIGEST], "exit 3"),
            (4, &none, 0, 0, &guarded, vec![], "exit 4"),
            (7, &none, 0, 0, &guarded, vec![], "exit 7"),
            (143, &none, 1, 1, &guarded, vec![], "exit 143"),
        ] {
            let decided = decide(code, blocked, actions, reviewed, rules, &accepted);
            assert_eq!(decided, want, "{code} {blocked} {actions} {reviewed} {rules} {accepted:?}");
        }
    }

    #[test]
    fn github_is_queried_only_where_the_answer_matters() {
        let plan = json!({"actions": [{}], "blocked": [], "digest": DIGEST, "exit_code": 6});
        let plan = serde_json::from_value(plan).unwrap();
        let run = PlanRun { code: 6, plan: &plan, reviewed: 1, name: "roster-dubai", accepted: &[] };
        let Err(Pending::Ask(requests)) = proceed(&run, &Answers::default()) else { panic!("it is not known") };
        assert_eq!(requests.len(), 1);
        let shown = PlanRun { code: 0, ..run };
        assert_eq!(proceed(&shown, &Answers::default()), Ok(Ok(NextStep::Apply)));
    }
}
