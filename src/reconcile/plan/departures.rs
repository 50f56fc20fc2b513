//! People who leave: what becomes of their CRM user, and which deletions are sent together.
//!
//! A CRM user is deleted only where the file names receivers, each of them has a linked CRM user, and the row is surely that
//! of the person. The rest of a departure, the user at Property Finder, is planned with all other people.

use std::collections::BTreeMap;

use super::base_planner::BasePlanner;
use super::person::Planner;
use super::{Action, Operation, PersonPlan, Plan};
use crate::model::agent::{Slug, Status};
use crate::model::record::System;
use crate::model::roster::{Declaration, Roster};
use crate::reconcile::matching::{CrmMatch, IdentityFacts, Match, Matches};
use crate::reconcile::observed::ObservedCrmUser;

/// At most so many users are deleted by one request. Each row is read before it, and no read may be old.
pub(crate) const MOST_DELETED_TOGETHER: usize = 20;

/// What becomes of the CRM user of a person who leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Leaving {
    /// There is none.
    NoCrmUser,
    /// The user with this id stays, and its login stays usable.
    CrmUserStays(u64),
    /// It is deleted.
    CrmUserDeleted(Receivers),
}

/// The people who receive the work of a deleted CRM user: always all three kinds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Receivers {
    /// Receives the properties.
    pub properties: Receiver,
    /// Receives the leads.
    pub leads: Receiver,
    /// Receives the landlords.
    pub landlords: Receiver,
}

/// A person who receives work.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Receiver {
    /// The agent.
    pub agent: Slug,
    /// The id of the CRM user.
    pub crm: u64,
}

impl Receivers {
    /// The three kinds of work by their names in a file, each with its receiver.
    pub(crate) const fn by_kind(&self) -> [(&'static str, &Receiver); 3] {
        let Self { properties, leads, landlords } = self;
        [("properties", properties), ("leads", leads), ("landlords", landlords)]
    }

    /// Each receiver once.
    pub(crate) fn each(&self) -> BTreeMap<u64, &Slug> {
        self.by_kind().into_iter().map(|(_, receiver)| (receiver.crm, &receiver.agent)).collect()
    }
}

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
            (Some(Leaving::CrmUserDeleted(receivers)), Some(row)) if self.has(System::Crm, Operation::Delete) => {
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
            let parts: Vec<Vec<&PersonPlan>> = people.chunks(MOST_DELETED_TOGETHER).map(<[_]>::to_vec).collect();
            parts.into_iter().map(move |people| Deletion { receivers, people })
        });
        requests.collect()
    }

    /// Whether a CRM user is deleted.
    #[must_use]
    pub(crate) fn deletes(&self) -> bool {
        self.to_do().any(|person| person.deletion().is_some())
    }

    /// Blocks the people whose CRM user would be deleted.
    pub(crate) fn block_deletions(&mut self, why: &str) {
        let all = self.people.iter_mut().chain(&mut self.left_out);
        for person in all.filter(|person| person.deletion().is_some()) {
            person.block(why.to_owned());
        }
        self.keep_apart();
    }
}

impl Planner<'_> {
    /// Plans what becomes of the CRM user of a person who leaves; returns what people should know of it.
    pub(super) fn departure(
        &self,
        person: &mut PersonPlan,
        declaration: &Declaration,
        matches: &Matches,
        roster: &Roster,
        earlier: Option<&BasePlanner<'_>>,
    ) -> Option<String> {
        let Some(Match::Known { crm, .. }) = matches.people.get(&declaration.slug) else { return None };
        if declaration.status != Status::Archived {
            return None;
        }
        person.leaving = Some(crm.id().map_or(Leaving::NoCrmUser, Leaving::CrmUserStays));
        let id = crm.id().filter(|_| person.blocked.is_none())?;
        let Some(handover) = &declaration.handover else {
            // Without an action the person is not in the plan, and nobody would learn of the login.
            let then = earlier.and_then(|earlier| earlier.declaration(declaration, crm));
            let leaves_now = then.is_some_and(|then| then.status != Status::Archived);
            return (leaves_now && person.actions.is_empty()).then(|| {
                format!(
                    "{}: leaves, and nothing is written; crm {id} is not deleted, and its login stays usable: change the \
                     password there, or name the receivers of the work under `handover`",
                    declaration.file
                )
            });
        };
        let warning = |why: &str| Some(format!("{}: crm {id} is not deleted: {why}", declaration.file));
        let Some(row) = person.crm.as_ref().filter(|_| !matches!(crm, CrmMatch::Adopt(_))) else {
            let link = format!("`roster link {} --crm {id}`", person.slug);
            return warning(&format!(
                "it has the login e-mail of this file and is not linked to it; if it is this person's, link it with {link}"
            ));
        };
        if IdentityFacts::of(&declaration.record).is_another_person(&IdentityFacts::of(&row.record)) {
            return warning(&format!(
                "it is linked to this file and describes another person, by login e-mail and name; if the user was given to \
                 that person, release it with `roster link {} --release`",
                person.slug
            ));
        }
        if !self.linkable {
            person.block("cannot be deleted before roster.yaml names crm.link_fields, or sets links: file".to_owned());
            return None;
        }
        let agents = [&handover.properties, &handover.leads, &handover.landlords];
        match agents.map(|agent| receiver(agent, declaration, matches, roster).map_err(|why| (agent, why))) {
            [Ok(properties), Ok(leads), Ok(landlords)] => person.delete(id, Receivers { properties, leads, landlords }),
            results => {
                let (agent, why) = results.into_iter().find_map(Result::err)?;
                person.block_by(vec![agent.to_string()], format!("`handover` names {agent}, {why}"));
            }
        }
        None
    }
}

impl PersonPlan {
    /// Deletes the CRM user. No other write to a row that is deleted has a meaning: neither in the CRM, nor one that only
    /// stores ids there.
    fn delete(&mut self, id: u64, receivers: Receivers) {
        self.actions.retain(|action| action.system == System::Pf && action.operation != Operation::Link);
        let (operation, remote_id) = (Operation::Delete, Some(id));
        self.actions.push(Action { system: System::Crm, operation, remote_id, fields: Vec::new() });
        self.leaving = Some(Leaving::CrmUserDeleted(receivers));
    }
}

/// The CRM user of a receiver, or why there is none that can receive work.
fn receiver(agent: &Slug, leaver: &Declaration, matches: &Matches, roster: &Roster) -> Result<Receiver, &'static str> {
    let is_active = roster.people.get(agent).is_some_and(|person| person.status == Status::Active);
    if !is_active || *agent == leaver.slug {
        return Err("who is not an active agent: name another one");
    }
    match matches.people.get(agent) {
        Some(Match::Known { crm: CrmMatch::Linked(id) | CrmMatch::Link(id) | CrmMatch::Rename { id, .. }, .. }) => {
            Ok(Receiver { agent: agent.clone(), crm: *id })
        }
        Some(Match::Known { crm: CrmMatch::Absent, .. }) => {
            Err("who has no CRM user yet: apply the change that adds that agent, then plan again")
        }
        _ => Err("whose CRM user is not certain: first apply what the plan has for that agent, then plan again"),
    }
}
