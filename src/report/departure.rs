//! What a departure means, in one sentence that all formats share: the account that is switched off, the one that is deleted,
//! and the receivers of its work.

use super::{Report, ReportSubject};
use crate::model::record::System;
use crate::reconcile::plan::{Leaving, Operation, PersonPlan, Receiver, Receivers};

/// The word in front of the sentence.
pub(super) const LEAVES: &str = "leaves";

/// What happens to a person who leaves; nothing for all others, and for what drift found.
pub(super) fn departure(report: &Report<'_>, person: &PersonPlan) -> Option<String> {
    let leaving = person.leaving.as_ref().filter(|_| !person.actions.is_empty())?;
    if report.subject == ReportSubject::Drift {
        return None;
    }
    let off = if person.has(System::Pf, Operation::Deactivate) { ", and its listings go offline" } else { " already" };
    let at_pf = person.row_id(System::Pf).map(|id| format!("pf {id} is switched off{off}"));
    let in_crm = match (leaving, person.receivers(), person.row_id(System::Crm)) {
        (_, Some(receivers), Some(id)) => Some(format!("crm {id} is deleted, and {}", received(receivers))),
        (Leaving::CrmUserStays(id), ..) => Some(format!(
            "crm {id} is not deleted, and its login stays usable: change the password there, or name the receivers of the \
             work under `handover`"
        )),
        // The part of the plan that deletes is not in this run.
        (Leaving::CrmUserDeleted(_), ..) => Some("the CRM user is deleted by another run".to_owned()),
        (Leaving::NoCrmUser, ..) => None,
    };
    let parts: Vec<String> = at_pf.into_iter().chain(in_crm).collect();
    (!parts.is_empty()).then(|| parts.join("; then "))
}

/// `omar-haddad (crm 12) receives its properties and leads, lina-saad (crm 14) receives its landlords`.
fn received(receivers: &Receivers) -> String {
    let mut kinds: Vec<(&Receiver, Vec<&str>)> = Vec::new();
    for (kind, receiver) in receivers.by_kind() {
        match kinds.iter_mut().find(|(other, _)| *other == receiver) {
            Some((_, kinds)) => kinds.push(kind),
            None => kinds.push((receiver, vec![kind])),
        }
    }
    let list = |kinds: &[&str]| match kinds {
        [some @ .., last] if !some.is_empty() => format!("{} and {last}", some.join(", ")),
        kinds => kinds.concat(),
    };
    let one = |(receiver, kinds): &(&Receiver, Vec<&str>)| {
        format!("{} (crm {}) receives its {}", receiver.agent, receiver.crm, list(kinds))
    };
    kinds.iter().map(one).collect::<Vec<_>>().join(", ")
}
