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
    let in_crm = match (leaving, person.deletion()) {
        (_, Some((row, receivers))) => {
            let then = if at_pf.is_some() { "then " } else { "" };
            Some(format!("{then}crm {} is deleted: {}", row.id, received(receivers)))
        }
        (Leaving::CrmUserStays(id), None) => Some(format!(
            "crm {id} is not deleted, and its login stays usable: change the password there, or name the receivers of the \
             work under `handover`"
        )),
        (Leaving::CrmUserDeleted(_), None) => Some("the CRM user is not deleted in this run".to_owned()),
        (Leaving::NoCrmUser, None) => None,
    };
    let parts: Vec<String> = at_pf.into_iter().chain(in_crm).collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// `omar-haddad, crm 12, receives its properties and leads; lina-saad, crm 14, receives its landlords`: the work of one user.
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
        format!("{}, crm {}, receives its {}", receiver.agent, receiver.crm, list(kinds))
    };
    kinds.iter().map(one).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::model::agent::{Field, Slug};
    use crate::model::exit_code::Exit;
    use crate::reconcile::plan::Plan;
    use crate::report::tests::{action, change, person, roster};
    use crate::report::{ReportFormat, ReportOrigin, document, terminal};

    fn leaver(slug: &str, deletes: bool, leaving: Leaving) -> PersonPlan {
        let status = change(Field::Status, json!("active"), json!("inactive"));
        let mut actions = vec![action(System::Pf, Operation::Deactivate, vec![status])];
        if deletes {
            actions.push(action(System::Crm, Operation::Delete, Vec::new()));
        }
        PersonPlan { leaving: Some(leaving), ..person(slug, actions) }
    }

    fn plan() -> Plan {
        let receiver = |slug: &str, crm| Receiver { agent: Slug::parse(slug).unwrap(), crm };
        let (omar, lina) = (receiver("omar", 12), receiver("lina", 14));
        let receivers = Receivers { properties: omar.clone(), leads: omar, landlords: lina };
        let mut off_before = leaver("off-before", true, Leaving::CrmUserDeleted(receivers.clone()));
        off_before.actions.remove(0);
        let never_there = PersonPlan { pf: None, ..off_before.clone() };
        let on_leave = PersonPlan { leaving: None, ..leaver("on-leave", false, Leaving::NoCrmUser) };
        let people = vec![
            leaver("deleted", true, Leaving::CrmUserDeleted(receivers.clone())),
            leaver("in-parts", false, Leaving::CrmUserDeleted(receivers)),
            PersonPlan { slug: Slug::parse("never-there").unwrap(), ..never_there },
            off_before,
            on_leave,
            leaver("portal-only", false, Leaving::NoCrmUser),
            leaver("stays", false, Leaving::CrmUserStays(3)),
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
        pf 7712 is switched off, and its listings go offline; then crm 3 is deleted: omar, crm 12, receives its properties and leads; lina, crm 14, receives its landlords
        pf 7712 is switched off, and its listings go offline; the CRM user is not deleted in this run
        crm 3 is deleted: omar, crm 12, receives its properties and leads; lina, crm 14, receives its landlords
        pf 7712 is switched off already; then crm 3 is deleted: omar, crm 12, receives its properties and leads; lina, crm 14, receives its landlords

        pf 7712 is switched off, and its listings go offline
        pf 7712 is switched off, and its listings go offline; crm 3 is not deleted, and its login stays usable: change the password there, or name the receivers of the work under `handover`
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
        assert!(shown.contains("3 to delete"), "{shown}");
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
        assert_eq!(json["people"][0]["leaves"], json!({"crm_user": "deleted", "receivers": receivers}));
        assert_eq!(json["people"][4]["leaves"], Value::Null);
        assert_eq!(json["people"][5]["leaves"], json!({"crm_user": "absent"}));
        assert_eq!(json["people"][6]["leaves"], json!({"crm_user": "stays", "crm": 3}));
        assert_eq!((&json["summary"]["delete"], &json["totals"]["delete"]), (&json!(3), &json!(3)));
        let deletions: Vec<&Value> =
            json["actions"].as_array().unwrap().iter().filter(|action| action["operation"] == "delete").collect();
        assert_eq!((deletions.len(), &deletions[0]["receivers"]), (3, &receivers));
        let page = terminal::TerminalOptions::default();
        let again = crate::report::saved::SavedPlan::parse(&text).unwrap().to_text(&page).unwrap();
        let lines =
            |text: &str| text.lines().filter(|line| line.contains("leaves:")).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(lines(&again), lines(&terminal::plan(&report, &page)));
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
