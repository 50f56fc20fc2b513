//! The receivers of a departing agent's work.

use std::collections::BTreeMap;

use super::RuleContext;
use crate::declare::problem::Problem;
use crate::declare::source::keys;
use crate::model::agent::{HandoverNote, Slug, Status};

/// A receiver is an active agent, and not the person who leaves: otherwise a deletion would lose the work.
pub(super) fn handover_targets_stay(context: &RuleContext<'_>, problems: &mut Vec<Problem>) {
    let people: BTreeMap<&Slug, Status> =
        context.people.iter().map(|person| (&person.declaration.slug, person.agent.status)).collect();
    for person in context.people {
        let Some(note) = person.agent.handover.set() else { continue };
        let handover: Vec<(Vec<&str>, &Slug)> = match note {
            HandoverNote::Everything(receiver) => vec![(vec!["handover"], receiver)],
            HandoverNote::Kinds(kinds) => vec![
                (vec!["handover", "properties"], &kinds.properties),
                (vec!["handover", "leads"], &kinds.leads),
                (vec!["handover", "landlords"], &kinds.landlords),
            ],
        };
        for (path, receiver) in handover {
            let what = match people.get(receiver) {
                _ if *receiver == person.declaration.slug => "names the agent who leaves".to_owned(),
                // The problems of that file are reported there.
                None if context.slugs.contains(receiver.as_str()) => continue,
                None => format!("names `{receiver}`, and there is no file of that name"),
                Some(Status::Archived) => format!("names `{receiver}`, which is archived too"),
                Some(Status::Inactive) => format!("names `{receiver}`, which is not active"),
                Some(Status::Active) => continue,
            };
            // A file may stay after the departure, and its receiver may leave later.
            let may_be_over = person.agent.status == Status::Archived && *receiver != person.declaration.slug;
            let over = "where this agent's CRM user is deleted already, remove `handover` or the file";
            let help = match closest(receiver, &people) {
                _ if may_be_over && people.contains_key(receiver) => format!("name another active agent; {over}"),
                Some(similar) if !people.contains_key(receiver) => format!("did you mean `{similar}`?"),
                _ if may_be_over => {
                    format!("name an active agent by slug, which is the file's name without .yaml; {over}")
                }
                _ => "name an active agent by slug, which is the file's name without .yaml".to_owned(),
            };
            problems.push(person.error_at(&keys(&path), format!("`{}` {what}", path.join("."))).help(help));
        }
    }
}

/// A forgotten `status: archived` leaves the person active.
pub(super) fn handover_is_of_a_leaver(context: &RuleContext<'_>, problems: &mut Vec<Problem>) {
    for person in context.people {
        let status = match person.agent.status {
            Status::Active => "active",
            Status::Inactive => "inactive",
            Status::Archived => continue,
        };
        if person.agent.handover.set().is_some() {
            let message = format!("`handover` does nothing while `status` is {status}");
            let help = "set `status: archived` if the agent has left, or remove `handover`";
            problems.push(person.error_at(&keys(&["handover"]), message).warning().help(help));
        }
    }
}

fn closest<'a>(receiver: &Slug, people: &BTreeMap<&'a Slug, Status>) -> Option<&'a Slug> {
    let active = people.iter().filter(|(slug, status)| **status == Status::Active && **slug != receiver);
    let scored = active.map(|(slug, _)| (strsim::jaro_winkler(receiver.as_str(), slug.as_str()), *slug));
    scored.filter(|(score, _)| *score > 0.92).max_by(|one, other| one.0.total_cmp(&other.0)).map(|(_, slug)| slug)
}
