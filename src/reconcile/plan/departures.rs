//! People who leave: what becomes of their accounts, and which deletions are sent together.
//!
//! A CRM user is deleted only where the file names receivers, each of them has a linked CRM user, and the row is surely that
//! of the person. The rest of a departure, the user at Property Finder, is planned with all other people. A reason that
//! stops only the deletion leaves that rest in the plan (`postponed`).

use std::collections::BTreeMap;

use super::base_planner::BasePlanner;
use super::person::Planner;
use super::{
    Action, Leaving, LeavingCrmUser, LeavingPfUser, Operation, PersonPlan, Plan, Receiver, Receivers, RowsById, Scope,
    Warning, WarningKind,
};
use crate::model::agent::{Field, Handover, Slug, Status};
use crate::model::record::System;
use crate::model::roster::{Declaration, Roster};
use crate::reconcile::matching::{CrmMatch, IdentityFacts, Match, Matches, PfMatch};
use crate::reconcile::observed::{Observed, ObservedCrmUser};

/// At most so many users are deleted by one request. Each row is read just before it, all of them at the same time.
pub(crate) const MOST_DELETED_TOGETHER: usize = 20;

/// One request that deletes CRM users: everybody whose work goes to the same people.
#[derive(Clone, Debug)]
pub struct Deletion<'p> {
    /// Who receives the work.
    pub receivers: &'p Receivers,
    /// Who is deleted; never empty.
    pub people: Vec<&'p PersonPlan>,
}

impl PersonPlan {
    /// The row that is deleted and the receivers of the work, if the plan deletes the CRM user.
    #[must_use]
    pub(crate) fn deletion(&self) -> Option<(&ObservedCrmUser, &Receivers)> {
        match (&self.leaving, &self.crm) {
            (Some(Leaving { crm: LeavingCrmUser::Deleted { receivers, .. }, .. }), Some(row))
                if self.has(System::Crm, Operation::Delete) =>
            {
                Some((row, receivers))
            }
            _ => None,
        }
    }
}

impl Plan {
    /// The deletions, one for each request. They come last in a run.
    #[must_use]
    pub fn deletions(&self) -> Vec<Deletion<'_>> {
        let mut together: BTreeMap<&Receivers, Vec<&PersonPlan>> = BTreeMap::new();
        for person in self.to_do() {
            if let Some((_, receivers)) = person.deletion() {
                together.entry(receivers).or_default().push(person);
            }
        }
        let requests = together.into_iter().flat_map(|(receivers, people)| {
            // The rate has a permit for each row and for the deletion, so that no read of it is older than a wait for the rate.
            let for_leavers = (self.crm_rate as usize).saturating_sub(receivers.each().len() + 1);
            let together = for_leavers.clamp(1, MOST_DELETED_TOGETHER);
            let parts: Vec<Vec<&PersonPlan>> = people.chunks(together).map(<[_]>::to_vec).collect();
            parts.into_iter().map(move |people| Deletion { receivers, people })
        });
        requests.collect()
    }
}

impl Plan {
    /// Takes note of the links in `roster.lock` whose row is gone. A deletion whose run ended before the file was written leaves
    /// such a link, and the CRM may give the id to another person.
    pub(super) fn take_links_without_row(&mut self, observed: &Observed, roster: &Roster, scope: &Scope<'_>) {
        let hands_over = |file: Option<&Declaration>| {
            file.is_some_and(|file| file.status == Status::Archived && file.handover.is_some())
        };
        for (slug, crm) in observed.links_without_row.iter().filter(|(slug, _)| (scope.agent)(slug)) {
            let at_base = || scope.base.and_then(|base| base.people.get(slug));
            let is_deleted = hands_over(roster.people.get(slug).or_else(at_base));
            if is_deleted {
                self.deleted_links.push((slug.clone(), *crm));
            }
            let (agent, crm, removed) = (slug.clone(), *crm, is_deleted);
            self.warnings.push(WarningKind::LinkWithoutRow { agent, crm, removed }.into());
        }
    }
}

/// What a departure depends on beyond the person.
pub(super) struct DepartureInput<'a> {
    pub(super) matches: &'a Matches,
    pub(super) rows: &'a RowsById<'a>,
    pub(super) roster: &'a Roster,
    pub(super) base: Option<&'a BasePlanner<'a>>,
}

/// Why a CRM user is not deleted yet, with what to do, and the receivers for whom something has to be written first.
type Obstacle = (String, Vec<Slug>);

impl Planner<'_> {
    /// Plans what becomes of the accounts of a person who leaves.
    pub(super) fn departure(&self, person: &mut PersonPlan, declaration: &Declaration, input: &DepartureInput<'_>) {
        let Some(Match::Known { crm, pf }) = input.matches.people.get(&declaration.slug) else { return };
        if declaration.status != Status::Archived || person.blocked.is_some() {
            return;
        }
        let at_base = input.base.and_then(|base| base.declaration(declaration, crm));
        let leaves_now = at_base.is_some_and(|at_base| at_base.status != Status::Archived);
        let crm_user = self.crm_user(person, declaration, (crm, pf), input);
        let deleted = matches!(crm_user, LeavingCrmUser::Deleted { .. });
        person.leaving = Some(Leaving {
            pf: pf_user(person, pf),
            crm: crm_user,
            is_always_reported: declaration.handover.is_some() || leaves_now,
        });
        if deleted {
            person.delete();
        }
    }

    fn crm_user(
        &self,
        person: &PersonPlan,
        declaration: &Declaration,
        (crm, pf): (&CrmMatch, &PfMatch),
        input: &DepartureInput<'_>,
    ) -> LeavingCrmUser {
        let Some(id) = crm.id() else { return LeavingCrmUser::Absent };
        let stays = |why: String| LeavingCrmUser::Stays { crm: id, why: Some(why) };
        let Some(row) = person.crm.as_ref().filter(|_| !matches!(crm, CrmMatch::Adopt(_))) else {
            let link = format!("`roster link {} --crm {id}`", person.slug);
            return stays(format!(
                "it has the login e-mail of this file and is not linked to it; if it is this person's, link it with {link}"
            ));
        };
        let Some(handover) = &declaration.handover else { return LeavingCrmUser::Stays { crm: id, why: None } };
        if IdentityFacts::of(&declaration.record).is_another_person(&IdentityFacts::of(&row.record)) {
            return stays(format!(
                "it is linked to this file and describes another person, by login e-mail and name; if the user was given to \
                 that person, release it with `roster link {} --release`",
                person.slug
            ));
        }
        match self.obstacle(pf, input).map_or_else(|| receivers(handover, declaration, input), Err) {
            Ok(receivers) => LeavingCrmUser::Deleted { crm: id, receivers },
            Err((why, after)) => LeavingCrmUser::Later { crm: id, why: Some(why), after },
        }
    }

    /// Why the CRM user is not deleted yet, whoever receives the work.
    fn obstacle(&self, pf: &PfMatch, input: &DepartureInput<'_>) -> Option<Obstacle> {
        let why = if self.linkable {
            missing_with_others(pf, input).or_else(|| second_user(pf, input))
        } else {
            Some(
                "name crm.link_fields in roster.yaml, or set links: file, so that the row is surely this person's"
                    .to_owned(),
            )
        };
        Some((why?, Vec::new()))
    }
}

/// Where a user of an active person is missing too, Property Finder may have answered for another account.
fn missing_with_others(pf: &PfMatch, input: &DepartureInput<'_>) -> Option<String> {
    let PfMatch::Gone(id) = pf else { return None };
    let is_gone = |slug: &&Slug| {
        let found = input.matches.people.get(*slug);
        matches!(found, Some(Match::Known { pf: PfMatch::Gone(_), .. }))
    };
    let active =
        input.roster.people.values().filter(|person| person.status == Status::Active).map(|person| &person.slug);
    let other = active.into_iter().find(is_gone)?;
    Some(format!(
        "Property Finder lists neither pf {id} nor the user of {other}, who is active; check that PF_API_KEY is a key of the \
         right account, or solve what blocks {other}"
    ))
}

/// Another active user at Property Finder, without a file, that shares with the leaver's user a value which normally one
/// person has alone, such as a public e-mail.
fn second_user(pf: &PfMatch, input: &DepartureInput<'_>) -> Option<String> {
    let id = pf.id()?;
    let is_of_pf = |(other, _): &(u64, Option<Slug>)| *other == id;
    let shared = input.matches.shared.iter().filter(|shared| shared.system == System::Pf);
    shared.filter(|shared| shared.rows.iter().any(is_of_pf)).find_map(|shared| {
        let is_active = |other: &u64| input.rows.pf.get(other).is_some_and(|user| !user.inactive);
        let others = shared.rows.iter().filter(|(other, owner)| *other != id && owner.is_none());
        let other = others.map(|(other, _)| *other).find(is_active)?;
        let value = shared.agreement.words();
        Some(format!(
            "pf {other} is active and has the {value} of pf {id}; if it is the same person's, deactivate it at Property \
             Finder; if not, correct the {value} there"
        ))
    })
}

fn pf_user(person: &PersonPlan, pf: &PfMatch) -> LeavingPfUser {
    match (person.row_id(System::Pf), pf) {
        (Some(id), _) if person.has(System::Pf, Operation::Deactivate) => LeavingPfUser::Deactivated(id),
        (Some(id), _) => LeavingPfUser::Inactive(id),
        (None, PfMatch::Gone(id)) => LeavingPfUser::Gone(*id),
        (None, _) => LeavingPfUser::Absent,
    }
}

/// A warning about a leaver whose Property Finder user a later run would not find: the CRM user is deleted with the ids, and
/// the login e-mail of the file is another one.
pub(super) fn has_another_login(person: &PersonPlan) -> Option<Warning> {
    let crm = match &person.leaving.as_ref()?.crm {
        LeavingCrmUser::Deleted { crm, .. } | LeavingCrmUser::Later { crm, .. } => *crm,
        LeavingCrmUser::Absent | LeavingCrmUser::Stays { .. } => return None,
    };
    let user = person.pf.as_ref()?;
    let login = user.login.as_deref()?;
    (!login.trim().eq_ignore_ascii_case(&person.login))
        .then(|| Warning::of(person.file.clone(), WarningKind::OtherLogin { user: user.id, crm }).at(Field::Login))
}

/// Warnings about rows that are released although their file named receivers at base.
pub(super) fn released_undeleted(released: &[PersonPlan], base: Option<&BasePlanner<'_>>) -> Vec<Warning> {
    let hands_over = |person: &&PersonPlan| {
        base.and_then(|base| base.file(&person.slug)).is_some_and(|at_base| at_base.handover.is_some())
    };
    let warning = |person: &PersonPlan| {
        let crm = person.row_id(System::Crm)?;
        Some(Warning::of(person.file.clone(), WarningKind::ReleasedUndeleted { crm }))
    };
    released.iter().filter(hands_over).filter_map(warning).collect()
}

impl PersonPlan {
    /// Deletes the CRM user. No other write to a row that is deleted has a meaning: neither in the CRM, nor one that only
    /// stores ids there.
    fn delete(&mut self) {
        self.actions.retain(|action| action.system == System::Pf && action.operation != Operation::Link);
        let (operation, remote_id) = (Operation::Delete, self.row_id(System::Crm));
        self.actions.push(Action { system: System::Crm, operation, remote_id, fields: Vec::new() });
    }
}

/// The CRM users of the receivers, or why one of them cannot receive work yet.
fn receivers(handover: &Handover, leaver: &Declaration, input: &DepartureInput<'_>) -> Result<Receivers, Obstacle> {
    let receiver_of = |agent: &Slug| {
        receiver(agent, leaver, input).map_err(|why| (format!("`handover` names {agent}, {why}"), vec![agent.clone()]))
    };
    Ok(Receivers {
        properties: receiver_of(&handover.properties)?,
        leads: receiver_of(&handover.leads)?,
        landlords: receiver_of(&handover.landlords)?,
    })
}

fn receiver(agent: &Slug, leaver: &Declaration, input: &DepartureInput<'_>) -> Result<Receiver, &'static str> {
    let is_active = input.roster.people.get(agent).is_some_and(|person| person.status == Status::Active);
    if !is_active || *agent == leaver.slug {
        return Err("who is not an active agent: name another one");
    }
    match input.matches.people.get(agent) {
        Some(Match::Known { crm: CrmMatch::Linked(id) | CrmMatch::Link(id) | CrmMatch::Rename { id, .. }, .. }) => {
            Ok(Receiver { agent: agent.clone(), crm: *id })
        }
        Some(Match::Known { crm: CrmMatch::Absent, .. }) => {
            Err("who has no CRM user yet: apply what the plan has for that agent, then plan again")
        }
        _ => Err("whose CRM user is not certain: first apply what the plan has for that agent, then plan again"),
    }
}
