//! Whether the link fields exist and can be read back, as far as reading shows it.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{CheckOutcome, count, first_few, listed};
use crate::model::config::{Config, LinkFields, LinkStorage};
use crate::reconcile::observed::ObservedCrmUser;

/// What the rows of a listing show of the CRM's custom fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct CustomFieldsSeen {
    /// The ids of the custom fields that any row has, also without a value.
    pub ids: BTreeSet<String>,
    /// The rows that come with custom fields at all.
    pub rows: usize,
    /// A single user comes with custom fields, though no row of the listing does.
    pub single_user_has_them: bool,
}

pub(super) fn check(config: &Config, users: &[Arc<ObservedCrmUser>], seen: &CustomFieldsSeen) -> CheckOutcome {
    match (&config.links, &config.crm.link_fields) {
        (LinkStorage::File, _) => CheckOutcome::ok("links: file keeps the links in roster.lock, so none is needed"),
        (LinkStorage::Crm, None) => CheckOutcome::warning(
            "roster.yaml has no crm.link_fields: people are matched by login e-mail alone, and an apply creates nobody",
            "make four text fields for users in the CRM, and write their numbers into crm.link_fields",
        ),
        (LinkStorage::Crm, Some(fields)) => of_fields(fields, users, seen),
    }
}

fn of_fields(fields: &LinkFields, users: &[Arc<ObservedCrmUser>], seen: &CustomFieldsSeen) -> CheckOutcome {
    if users.is_empty() {
        return CheckOutcome::warning(
            "the CRM has no user, so custom fields cannot be seen",
            "the first person who is created proves them",
        );
    }
    if seen.rows == 0 {
        return not_returned(seen);
    }
    if let Some(outcome) = unreadable(users) {
        return outcome;
    }
    let named = |(key, id): &(&str, &str)| format!("{id} ({key})");
    let unseen: Vec<String> = fields.ids().iter().filter(|(_, id)| !seen.ids.contains(*id)).map(named).collect();
    let linked = users.iter().filter(|user| has_links(user)).count();
    let linked_people = count(linked, "person is linked", "people are linked");
    match (unseen.len(), linked) {
        (0, _) => CheckOutcome::ok(format!(
            "{} are readable, and {linked_people}; only a write shows whether they can be written",
            listed(&fields.ids().iter().map(named).collect::<Vec<_>>())
        )),
        (_, 0) => CheckOutcome::warning(
            format!("no user has {}, and nobody is linked yet", listed(&unseen)),
            "check in the CRM that these custom fields exist for users; the first person who is written proves them",
        ),
        _ => CheckOutcome::failed(
            format!("no user has {}, though {linked_people}", listed(&unseen)),
            "check in the CRM that these custom fields exist, and their numbers in crm.link_fields in roster.yaml",
        ),
    }
}

/// Whether a row carries any link. A wrong number hides one of them.
fn has_links(user: &ObservedCrmUser) -> bool {
    let links = &user.links;
    links.agent.is_some() || links.pf_user.is_some() || links.pf_profile.is_some() || links.memory.is_some()
}

fn not_returned(seen: &CustomFieldsSeen) -> CheckOutcome {
    if seen.single_user_has_them {
        return CheckOutcome::failed(
            "the list of users comes without custom fields, though a single user has them",
            "give the API key the right to read custom fields in listings, or set links: file in roster.yaml",
        );
    }
    CheckOutcome::warning(
        "no user comes with custom fields, so nobody looks linked",
        "if people were linked before, give the API key back the right to read custom fields; if not, the first person who \
         is written proves the fields, or set links: file in roster.yaml",
    )
}

/// Rows whose link fields hold something that roster did not write.
fn unreadable(users: &[Arc<ObservedCrmUser>]) -> Option<CheckOutcome> {
    let found = users.iter().flat_map(|user| {
        let fields = user.unreadable_links.iter().chain(&user.unreadable_slug);
        fields.map(|field| format!("crm {} in field {field}", user.id))
    });
    let found: Vec<String> = found.collect();
    (!found.is_empty()).then(|| {
        CheckOutcome::failed(
            format!("a link field holds neither a slug nor an id: {}", first_few(&found)),
            "check crm.link_fields in roster.yaml, or overwrite the value with `roster link AGENT --crm ID`",
        )
    })
}
