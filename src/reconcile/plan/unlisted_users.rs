//! People at a Property Finder that lists no users: only the ids that the CRM stores are known, and what was last sent.

use std::collections::BTreeMap;

use super::{Operation, PersonPlan, Plan};
use crate::model::agent::Field;
use crate::model::config::PfContract;
use crate::model::record::System;
use crate::model::roster::Declaration;
use crate::reconcile::memory::Memory;

/// Blocks a person for whom a create may have been carried out: nothing can be looked up, a second create would make a
/// second user, and a person who is not active may be online.
pub(super) fn refuse_lost_create(person: &mut PersonPlan) {
    let Some((row, text)) = person.crm.as_ref().and_then(|row| Some((row.id, row.links.memory.as_deref()?))) else {
        return;
    };
    let why = match Memory::parse(text) {
        Ok(memory) if !memory.is_creating() => return,
        Ok(_) => "a create was sent to Property Finder before, and its ids are not stored, so the user may exist",
        Err(_) => {
            "the CRM stores no id of the user, and its memory cannot be read, so a create may have been sent before"
        }
    };
    person.blocked = Some(format!("{why}. {}", link_or_create(person, row)));
}

/// The two remedies, of which a person has to choose one.
#[must_use]
pub(crate) fn link_or_create(person: &PersonPlan, crm: u64) -> String {
    let slug = &person.slug;
    format!(
        "Look for the user in PF Expert. If it is there, store its ids with `roster link {slug} --crm {crm} --pf-user ID \
         --pf-profile ID`. If it is not, allow another create with `roster link {slug} --crm {crm} --no-pf`"
    )
}

/// A warning about users who would be created although nobody can look whether they exist.
pub(super) fn creates(plan: &Plan) -> Option<String> {
    let creates = plan.to_do().filter(|person| person.has(System::Pf, Operation::Create)).count();
    let people = if creates == 1 { "1 user".to_owned() } else { format!("{creates} users") };
    (creates > 0).then(|| {
        format!(
            "{people} would be created at Property Finder, whose documented contract lists no users: a person who has a \
             user there gets a second one. First store the ids of such users with `roster link AGENT --pf-user ID \
             --pf-profile ID`"
        )
    })
}

/// A warning about declared public fields that the documented contract has no member for.
pub(super) fn without_member<'d>(declared: impl Iterator<Item = &'d Declaration>) -> Option<String> {
    let mut files: BTreeMap<&'static str, usize> = BTreeMap::new();
    let is_lost = |field: &Field| {
        !field.is_private() && PfContract::Enterprise.takes(field) && !PfContract::Documented.takes(field)
    };
    for declaration in declared {
        let set =
            declaration.record.iter().filter(|(field, value)| is_lost(field) && !field.canonical(value).is_null());
        for (field, _) in set {
            *files.entry(field.spec().path).or_default() += 1;
        }
    }
    let fields: Vec<String> = files.iter().map(|(path, count)| format!("{path} ({count})")).collect();
    (!fields.is_empty()).then(|| {
        format!(
            "Property Finder's documented contract has no member for these fields, which are not sent there (the number of \
             files that declare them): {}",
            fields.join(", ")
        )
    })
}
