//! The receivers of a departing agent's work.

use std::collections::BTreeMap;

use super::{FolderContext, RuleContext};
use crate::declare::file::AgentFile;
use crate::declare::problem::Problem;
use crate::declare::source::keys;
use crate::model::agent::{HandoverNote, Slug, Status};

/// A receiver is an active agent, and not the person who leaves: otherwise a deletion would lose the work.
pub(super) fn handover_targets_stay(context: &FolderContext<'_>, problems: &mut Vec<Problem>) {
    let people: BTreeMap<&str, Status> = context.files.iter().map(|file| (file.slug(), file.status)).collect();
    for file in context.files {
        let Some(note) = &file.handover else { continue };
        let handover: Vec<(Vec<&str>, &Slug)> = match &**note {
            HandoverNote::Everything(receiver) => vec![(vec!["handover"], receiver)],
            HandoverNote::Kinds(kinds) => vec![
                (vec!["handover", "properties"], &kinds.properties),
                (vec!["handover", "leads"], &kinds.leads),
                (vec!["handover", "landlords"], &kinds.landlords),
            ],
        };
        for (path, receiver) in handover {
            let receiver = receiver.as_str();
            let what = match people.get(receiver) {
                _ if receiver == file.slug() => "names the agent who leaves".to_owned(),
                // The problems of that file are reported there.
                None if context.slugs.contains(receiver) => continue,
                None => format!("names `{receiver}`, and there is no file of that name"),
                Some(Status::Archived) => format!("names `{receiver}`, which is archived too"),
                Some(Status::Inactive) => format!("names `{receiver}`, which is not active"),
                Some(Status::Active) => continue,
            };
            // A file may stay after the departure, and its receiver may leave later.
            let may_be_over = file.status == Status::Archived && receiver != file.slug();
            let over = "where this agent's CRM user is deleted already, remove `handover` or the file";
            let help = match closest(receiver, &people) {
                _ if may_be_over && people.contains_key(receiver) => format!("name another active agent; {over}"),
                Some(similar) if !people.contains_key(receiver) => format!("did you mean `{similar}`?"),
                _ if may_be_over => {
                    format!("name an active agent by slug, which is the file's name without .yaml; {over}")
                }
                _ => "name an active agent by slug, which is the file's name without .yaml".to_owned(),
            };
            problems.push(context.error_at(file, &keys(&path), format!("`{}` {what}", path.join("."))).help(help));
        }
    }
}

/// A forgotten `status: archived` leaves the person active.
pub(super) fn handover_is_of_a_leaver(person: &AgentFile, _: &RuleContext<'_>, problems: &mut Vec<Problem>) {
    let status = match person.agent.status {
        Status::Active => "active",
        Status::Inactive => "inactive",
        Status::Archived => return,
    };
    if person.agent.handover.set().is_some() {
        let message = format!("`handover` does nothing while `status` is {status}");
        let help = "set `status: archived` if the agent has left, or remove `handover`";
        problems.push(person.error_at(&keys(&["handover"]), message).warning().help(help));
    }
}

fn closest<'a>(receiver: &str, people: &BTreeMap<&'a str, Status>) -> Option<&'a str> {
    let active = people.iter().filter(|(slug, status)| **status == Status::Active && **slug != receiver);
    let scored = active.map(|(slug, _)| (strsim::jaro_winkler(receiver, slug), *slug));
    scored.filter(|(score, _)| *score > 0.92).max_by(|one, other| one.0.total_cmp(&other.0)).map(|(_, slug)| slug)
}
