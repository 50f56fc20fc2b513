//! People at a Property Finder that lists no users: only the ids that the CRM stores are known, and what was last sent.

use std::collections::BTreeMap;

use super::{Block, Operation, PersonPlan, Plan, PossibleUser, Scope, Warning, WarningKind};
use crate::model::agent::{Field, Slug, Status};
use crate::model::config::PfContract;
use crate::model::record::System;
use crate::model::roster::{Declaration, Roster};
use crate::reconcile::memory::Memory;
use crate::reconcile::observed::ObservedCrmUser;

/// Whether a row without ids has a user at Property Finder, as far as the memory shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum UnlistedUser {
    /// Somebody has declared that there is none: `roster link AGENT --no-pf`.
    Absent,
    /// Nothing is known of one.
    Unknown,
    /// Something was sent, for this reason.
    Possible(PossibleUser),
}

impl UnlistedUser {
    fn of(row: &ObservedCrmUser) -> Self {
        let Some(text) = row.links.memory.as_deref() else { return Self::Unknown };
        match Memory::parse(text) {
            Ok(memory) if memory.is_without_user() => Self::Absent,
            Ok(memory) if memory.is_creating() => Self::Possible(PossibleUser::CreateSent),
            Ok(memory) if !memory.holds_values_of_pf() => Self::Unknown,
            Ok(_) => Self::Possible(PossibleUser::ValuesSent),
            Err(_) => Self::Possible(PossibleUser::UnreadableMemory),
        }
    }
}

/// Whether a row without ids may be that of a person who is online.
pub(super) fn may_be_online(row: &ObservedCrmUser) -> bool {
    row.links.pf_user.is_none() && matches!(UnlistedUser::of(row), UnlistedUser::Possible(_))
}

/// Blocks a person who may have a user that no id leads to: a second create would make a second user, and the CRM user of a
/// person who leaves is not deleted while the other user may be online.
pub(super) fn refuse_possible_user(person: &mut PersonPlan, declaration: &Declaration) {
    let Some(row) = &person.crm else { return };
    let why = match UnlistedUser::of(row) {
        UnlistedUser::Possible(why) => why,
        UnlistedUser::Unknown if declaration.status == Status::Archived && declaration.handover.is_some() => {
            PossibleUser::BeforeDeletion
        }
        UnlistedUser::Unknown | UnlistedUser::Absent => return,
    };
    person.blocked = Some(Block::PossiblePfUser(why));
}

/// A warning about people who are not active, and whose users are not known: nothing switches these users off.
pub(super) fn not_deactivated(plan: &Plan, roster: &Roster, scope: &Scope<'_>) -> Option<Warning> {
    let is_not_active = |slug: &Slug| roster.people.get(slug).is_some_and(|file| file.status != Status::Active);
    let is_selected_and_not_active = |person: &&PersonPlan| (scope.agent)(&person.slug) && is_not_active(&person.slug);
    let is_unknown = |person: &&PersonPlan| {
        let row = person.crm.as_ref().filter(|_| person.pf.is_none() && person.blocked.is_none());
        row.is_some_and(|row| UnlistedUser::of(row) == UnlistedUser::Unknown)
    };
    let people = plan.people.iter().filter(is_selected_and_not_active).filter(is_unknown);
    let people: Vec<Slug> = people.map(|person| person.slug.clone()).collect();
    (!people.is_empty()).then(|| WarningKind::NotDeactivated(people).into())
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

/// A warning about users who would be created although it cannot be looked up whether they exist.
pub(super) fn creates(plan: &Plan) -> Option<Warning> {
    let creates = plan.to_do().filter(|person| person.has(System::Pf, Operation::Create)).count();
    (creates > 0).then(|| WarningKind::UnlistedCreates(creates).into())
}

/// A warning about declared public fields that the documented contract has no member for.
pub(super) fn without_member<'d>(declared: impl Iterator<Item = &'d Declaration>) -> Option<Warning> {
    let mut files: BTreeMap<&'static str, usize> = BTreeMap::new();
    let has_no_documented_member = |field: &Field| {
        !field.is_private() && PfContract::Enterprise.takes(field) && !PfContract::Documented.takes(field)
    };
    for declaration in declared {
        let set = declaration
            .record
            .iter()
            .filter(|(field, value)| has_no_documented_member(field) && !field.is_blank(value));
        for (field, _) in set {
            *files.entry(field.spec().path).or_default() += 1;
        }
    }
    (!files.is_empty()).then(|| WarningKind::WithoutMember(files.into_iter().collect()).into())
}
