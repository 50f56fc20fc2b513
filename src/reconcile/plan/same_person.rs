//! People who may be described by another file too, and accounts beside a person's own.

use std::collections::BTreeMap;

use super::{Operation, PersonPlan, Plan, Warning, WarningKind};
use crate::model::record::System;
use crate::reconcile::matching::OtherAccount;

/// Warns of the people whose creates the guard counts.
pub(super) fn second_accounts(plan: &Plan) -> Vec<Warning> {
    let creates = |person: &&PersonPlan| person.actions.iter().any(|action| action.operation == Operation::Create);
    let people = plan.people.iter().filter(creates).filter(|person| !person.same_person.is_empty());
    let warning = |person: &PersonPlan| {
        let kind = WarningKind::SecondAccount { agent: person.slug.clone(), others: person.same_person.clone() };
        Warning::of(person.file.clone(), kind)
    };
    people.map(warning).collect()
}

/// Warns of accounts that are in use beside the person's own, once for each system.
pub(super) fn other_accounts(person: &PersonPlan, accounts: &[OtherAccount]) -> Vec<Warning> {
    let mut in_use: BTreeMap<System, Vec<OtherAccount>> = BTreeMap::new();
    for account in accounts.iter().filter(|account| account.is_active) {
        in_use.entry(account.system).or_default().push(account.clone());
    }
    let warning = |(system, accounts)| {
        Warning::of(person.file.clone(), WarningKind::OtherAccounts { agent: person.slug.clone(), system, accounts })
    };
    in_use.into_iter().map(warning).collect()
}
