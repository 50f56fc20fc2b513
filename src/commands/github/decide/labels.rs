//! The labels of a pull request, by its plan.

use super::SavedDocument;
use super::document::SavedAction;

/// Which labels hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct PlanLabels {
    /// A person is blocked, or a guard stops the plan.
    pub blocked: bool,
    /// The plan deactivates or deletes a person.
    pub leaves: bool,
}

/// The labels of a pull request with this plan; none without a plan.
#[must_use]
pub(crate) fn labels(plan: Option<&SavedDocument>) -> PlanLabels {
    plan.map_or_else(PlanLabels::default, |plan| PlanLabels {
        blocked: !plan.blocked.is_empty(),
        leaves: plan.actions.iter().any(SavedAction::is_departure),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_labels_are_those_of_the_plan() {
        let person = json!({"guard": "person", "agent": "omar"});
        for (actions, blocked, want) in [
            (vec![], vec![], (false, false)),
            (vec!["create", "update", "activate", "adopt", "link", "rename", "release"], vec![], (false, false)),
            (vec!["deactivate"], vec![], (false, true)),
            (vec!["update", "delete"], vec![], (false, true)),
            (vec![], vec![person.clone()], (true, false)),
            (vec!["update"], vec![json!({"guard": "update"})], (true, false)),
            (vec!["deactivate"], vec![json!({"guard": "deactivate"}), person], (true, true)),
        ] {
            let actions: Vec<_> = actions.iter().map(|operation| json!({"operation": operation})).collect();
            let plan = json!({"actions": actions, "blocked": blocked, "digest": "", "exit_code": 0});
            let plan: SavedDocument = serde_json::from_value(plan).unwrap();
            let found = labels(Some(&plan));
            assert_eq!((found.blocked, found.leaves), want, "{actions:?} {blocked:?}");
        }
        assert_eq!(labels(None), PlanLabels::default());
    }
}
