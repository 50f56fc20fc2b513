//! People who may be described by another file too, and accounts beside a person's own.

use super::{Operation, PersonPlan, Warning, WarningKind};
use crate::reconcile::matching::{OtherAccount, SamePerson};

/// Notes the other files of a person who would be created, and warns of them. The guard needs them.
pub(super) fn note(person: &mut PersonPlan, same: &[SamePerson]) -> Option<Warning> {
    let creates = person.actions.iter().any(|action| action.operation == Operation::Create);
    if !creates || same.is_empty() {
        return None;
    }
    person.same_person = same.to_vec();
    let others = person.same_person.clone();
    Some(Warning::of(person.file.clone(), WarningKind::SecondAccount { agent: person.slug.clone(), others }))
}

/// Warns of accounts that are in use beside the person's own.
pub(super) fn other_accounts(person: &PersonPlan, accounts: &[OtherAccount]) -> Vec<Warning> {
    let in_use = accounts.iter().filter(|account| account.is_active && account.is_strong);
    let warning = |account: &OtherAccount| {
        let kind = WarningKind::OtherAccount { agent: person.slug.clone(), account: account.clone() };
        Warning::of(person.file.clone(), kind)
    };
    in_use.map(warning).collect()
}
