//! What a departure means, in one sentence that all formats share: the account that is deactivated, the one that is deleted,
//! and the receivers of its work.

use super::{Report, ReportSubject};
use crate::reconcile::plan::PersonPlan;

/// The word in front of the sentence.
pub(super) const LEAVES: &str = "leaves";

/// What happens to a person who leaves; nothing for all others, and for what drift found.
pub(super) fn departure(report: &Report<'_>, person: &PersonPlan) -> Option<String> {
    let leaving = person.leaving.as_ref().filter(|_| !person.actions.is_empty())?;
    if report.subject == ReportSubject::Drift { None } else { leaving.in_words() }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::model::agent::{Field, Slug};
    use crate::model::exit_code::Exit;
    use crate::model::record::System;
    use crate::reconcile::plan::{Block, Leaving, LeavingCrmUser, LeavingPfUser, Operation, Plan, Receiver, Receivers};
    use crate::report::tests::{action, change, person, roster};
    use crate::report::{ReportFormat, ReportOrigin, document, terminal};

    fn leaver(slug: &str, pf: LeavingPfUser, crm: LeavingCrmUser) -> PersonPlan {
        let status = change(Field::Status, json!("active"), json!("inactive"));
        let mut actions = Vec::new();
        if matches!(pf, LeavingPfUser::Deactivated(_)) {
            actions.push(action(System::Pf, Operation::Deactivate, vec![status]));
        }
        if matches!(crm, LeavingCrmUser::Deleted { .. }) {
            actions.push(action(System::Crm, Operation::Delete, Vec::new()));
        }
        if actions.is_empty() {
            actions.push(action(System::Crm, Operation::Rename, Vec::new()));
        }
        PersonPlan { leaving: Some(Leaving { pf, crm, is_always_reported: false }), ..person(slug, actions) }
    }

    fn plan() -> Plan {
        use LeavingPfUser::{Absent, Deactivated, Gone, Inactive, StaysActive};
        let receiver = |slug: &str, crm| Receiver { agent: Slug::parse(slug).unwrap(), crm };
        let (omar, lina) = (receiver("omar", 12), receiver("lina", 14));
        let receivers = Receivers { properties: omar.clone(), leads: omar, landlords: lina };
        let deleted = || LeavingCrmUser::Deleted { crm: 3, receivers: receivers.clone() };
        let stays = |why: Option<&str>| LeavingCrmUser::Stays { crm: 3, why: why.map(str::to_owned) };
        let later =
            |why: Option<&str>| LeavingCrmUser::Later { crm: 3, why: why.map(str::to_owned), after: Vec::new() };
        let on_leave = PersonPlan { leaving: None, ..leaver("on-leave", Deactivated(7712), LeavingCrmUser::Absent) };
        let people = vec![
            leaver("deleted", Deactivated(7712), deleted()),
            leaver("in-parts", Deactivated(7712), later(None)),
            leaver("waits", Deactivated(7712), later(Some("`handover` names lina, who has no CRM user yet"))),
            PersonPlan { pf: None, ..leaver("never-there", Absent, deleted()) },
            PersonPlan { pf: None, ..leaver("gone-there", Gone(7712), deleted()) },
            leaver("inactive-before", Inactive(7712), deleted()),
            on_leave,
            leaver("portal-only", Deactivated(7712), LeavingCrmUser::Absent),
            leaver("stays", Deactivated(7712), stays(None)),
            leaver("unlinked", Deactivated(7712), stays(Some("it is not linked to this file"))),
            leaver("renamed-alone", StaysActive(7712), stays(None)),
        ];
        Plan { people, ..Plan::default() }
    }

    #[test]
    fn a_departure_names_the_accounts_and_the_receivers() {
        let (plan, origin, roster) = (plan(), ReportOrigin::default(), roster(&[(Field::Status, 2)]));
        let report = Report::new(ReportSubject::Plan, &origin, &plan, &roster);
        let said: Vec<String> =
            plan.people.iter().map(|person| departure(&report, person).unwrap_or_default()).collect();
        insta::assert_snapshot!(said.join("\n"), @"
        pf 7712 is deactivated, and its listings go offline; then crm 3 is deleted: omar, crm 12, receives its properties and leads; lina, crm 14, receives its landlords
        pf 7712 is deactivated, and its listings go offline; crm 3 is not deleted in this run
        pf 7712 is deactivated, and its listings go offline; crm 3 is not deleted yet, and its login stays usable: `handover` names lina, who has no CRM user yet
        crm 3 is deleted: omar, crm 12, receives its properties and leads; lina, crm 14, receives its landlords
        pf 7712, whose id the CRM stores, is not at Property Finder; crm 3 is deleted: omar, crm 12, receives its properties and leads; lina, crm 14, receives its landlords
        pf 7712 is inactive already; then crm 3 is deleted: omar, crm 12, receives its properties and leads; lina, crm 14, receives its landlords

        pf 7712 is deactivated, and its listings go offline
        pf 7712 is deactivated, and its listings go offline; crm 3 is not deleted, and its login stays usable: change the password there, or name the receivers of the work under `handover`
        pf 7712 is deactivated, and its listings go offline; crm 3 is not deleted: it is not linked to this file
        pf 7712 is active, and is not deactivated in this run; crm 3 is not deleted, and its login stays usable: change the password there, or name the receivers of the work under `handover`
        ");
        let people: Vec<&String> = said.iter().filter(|said| !said.is_empty()).collect();

        let shown = terminal::plan(&report, &terminal::TerminalOptions::default());
        let (markdown, page) =
            (document(ReportFormat::Markdown, &report, usize::MAX), document(ReportFormat::Html, &report, usize::MAX));
        let annotations = document(ReportFormat::Github, &report, usize::MAX);
        for said in people {
            assert!(shown.contains(&format!("leaves: {said}\n")), "{shown}");
            assert!(markdown.contains(&format!("- **leaves**: {said}\n")), "{markdown}");
            assert!(page.contains(&format!("<strong>Leaves. </strong>{said}.")), "{page}");
            assert!(annotations.contains(&format!("title=roster%3A leaves::{said}\n")), "{annotations}");
        }
        assert!(shown.contains("note: listings of this person go offline at Property Finder"), "{shown}");
        assert!(shown.contains("4 to delete"), "{shown}");
    }

    #[test]
    fn the_document_has_the_receivers_and_is_shown_as_it_was() {
        let (plan, origin, roster) = (plan(), ReportOrigin::default(), roster(&[(Field::Status, 2)]));
        let report = Report { exit: Exit::Done, ..Report::new(ReportSubject::Plan, &origin, &plan, &roster) };
        let text = document(ReportFormat::Json, &report, usize::MAX);
        let json: Value = serde_json::from_str(&text).unwrap();
        let receivers = json!({
            "properties": {"agent": "omar", "crm": 12},
            "leads": {"agent": "omar", "crm": 12},
            "landlords": {"agent": "lina", "crm": 14},
        });
        let leaves = |at: usize| &json["people"][at]["leaves"];
        let deactivated = json!({"pf_user": "deactivated", "pf": 7712});
        let with = |pf: &Value, crm: Value| {
            let mut both = pf.clone();
            both.as_object_mut().unwrap().extend(crm.as_object().unwrap().clone());
            both
        };
        let deleted = json!({"crm_user": "deleted", "crm": 3, "receivers": receivers});
        assert_eq!(*leaves(0), with(&deactivated, deleted.clone()));
        assert_eq!(*leaves(1), with(&deactivated, json!({"crm_user": "later", "crm": 3})));
        let why = "`handover` names lina, who has no CRM user yet";
        assert_eq!(*leaves(2), with(&deactivated, json!({"crm_user": "later", "crm": 3, "why": why})));
        assert_eq!(*leaves(3), with(&json!({"pf_user": "absent"}), deleted.clone()));
        assert_eq!(*leaves(4), with(&json!({"pf_user": "gone", "pf": 7712}), deleted.clone()));
        assert_eq!(*leaves(5), with(&json!({"pf_user": "inactive", "pf": 7712}), deleted));
        assert_eq!(*leaves(6), Value::Null);
        assert_eq!(*leaves(7), with(&deactivated, json!({"crm_user": "absent"})));
        assert_eq!(*leaves(8), with(&deactivated, json!({"crm_user": "stays", "crm": 3})));
        let online = json!({"pf_user": "stays_active", "pf": 7712});
        assert_eq!(*leaves(10), with(&online, json!({"crm_user": "stays", "crm": 3})));
        assert_eq!((&json["summary"]["delete"], &json["totals"]["delete"]), (&json!(4), &json!(4)));
        let deletions: Vec<&Value> =
            json["actions"].as_array().unwrap().iter().filter(|action| action["operation"] == "delete").collect();
        assert_eq!((deletions.len(), &deletions[0]["receivers"]), (4, &receivers));
        let page = terminal::TerminalOptions::default();
        let again = crate::report::saved::SavedPlan::parse(&text).unwrap().to_text(&page).unwrap();
        let lines =
            |text: &str| text.lines().filter(|line| line.contains("leaves:")).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(lines(&again), lines(&terminal::plan(&report, &page)));
    }

    /// Nothing becomes of the accounts of a person who is blocked.
    #[test]
    fn the_document_has_no_departure_of_a_blocked_person() {
        let mut plan = plan();
        plan.people.truncate(1);
        plan.people[0].blocked = Some(Block::Protected);
        plan.people[0].actions.clear();
        let (origin, roster) = (ReportOrigin::default(), roster(&[]));
        let report = Report::new(ReportSubject::Plan, &origin, &plan, &roster);
        let json: Value = serde_json::from_str(&document(ReportFormat::Json, &report, usize::MAX)).unwrap();
        assert_eq!(json["people"][0]["leaves"], Value::Null);
    }

    #[test]
    fn drift_reports_a_user_that_was_not_deleted() {
        let mut plan = plan();
        plan.people.truncate(1);
        plan.people[0].actions.remove(0);
        let (origin, roster) = (ReportOrigin::default(), roster(&[]));
        let report = Report::new(ReportSubject::Drift, &origin, &plan, &roster);
        assert_eq!(departure(&report, &plan.people[0]), None);
        let why = "still in crm: the person has left with a handover, and the CRM user was not deleted";
        let shown = terminal::plan(&report, &terminal::TerminalOptions::default());
        assert!(shown.contains(&format!("note: {why}\n")), "{shown}");
        for format in [ReportFormat::Markdown, ReportFormat::Github] {
            let text = document(format, &report, usize::MAX);
            assert!(text.contains(why), "{text}");
        }
    }
}
