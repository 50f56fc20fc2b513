//! The plan: data that holds every change. `apply` carries it out and adds no change.
//!
//! Pure: no file, no network, no clock. `matching` finds each file's rows, and `diff` compares them;
//! [`PersonPlan::blocked`] has the reason where it cannot decide; whether the whole may be carried out is
//! decided by `guard`.

mod base_planner;
mod block;
mod candidates;
mod departures;
pub(crate) mod digest;
mod drift;
pub mod estimate;
mod importable_rows;
mod leaving;
mod login_conflicts;
mod login_order;
mod look_alikes;
mod person;
mod person_plan;
mod postponed;
mod protect;
mod removed_files;
mod rows_at_plan_time;
mod same_person;
mod scope;
mod unlisted_users;
mod warning;

use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantArray};

use crate::model::agent::{Slug, Status};
use crate::model::config::{Config, Languages, Orphans, PfContract};
use crate::model::record::System;
use crate::model::roster::Roster;
use crate::reconcile::desired::DesiredBy;
use crate::reconcile::diff::{Change, Class};
use crate::reconcile::matching::{CrmMatch, Match, Matches, Orphan};
use crate::reconcile::observed::{Observed, ObservedCrmUser, ObservedPfUser};
use base_planner::BasePlanner;
use departures::DepartureInput;
use person::Planner;
use removed_files::RowsWithoutFile;

pub use block::{Block, CycleRemedy, PossibleUser};
pub use departures::Deletion;
pub(crate) use importable_rows::rows_without_file;
pub use leaving::{Leaving, LeavingCrmUser, LeavingPfUser, Receiver, Receivers};
pub(crate) use person::DEFAULT_ROLE;
pub use person_plan::PersonPlan;
pub(crate) use rows_at_plan_time::{FilterReference, RowsAtPlanTime};
pub use scope::Scope;
pub(crate) use unlisted_users::link_or_create;
pub use warning::{UndeclaredChange, Warning, WarningKind};

/// What is done to one person in one system.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
    IntoStaticStr,
    VariantArray,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase", const_into_str)]
pub enum Operation {
    /// Make a new row.
    Create,
    /// Change fields of a row.
    Update,
    /// Activate the user.
    Activate,
    /// Deactivate the user.
    Deactivate,
    /// Take over a row that carries no slug, or that describes another person than its file does.
    Adopt,
    /// Store the link of a row: the ids that an interrupted run did not store, or a slug that was emptied.
    Link,
    /// Write the new slug into a row whose file was renamed.
    Rename,
    /// Empty the link fields of a row whose person had left and whose file was removed.
    Release,
    /// Delete the row of a person who has left, and give the work to others.
    Delete,
}

impl Operation {
    /// Every operation, in the order of the summary.
    pub(crate) const ALL: &'static [Self] = Self::VARIANTS;

    /// Its name in output.
    #[must_use]
    pub(crate) const fn key(self) -> &'static str {
        self.into_str()
    }
}

/// One thing to do to one person in one system.
#[derive(Clone, Debug, PartialEq)]
pub struct Action {
    /// In which system.
    pub system: System,
    /// What is done.
    pub operation: Operation,
    /// The system's id of the row; none for a create.
    pub remote_id: Option<u64>,
    /// The changes. The body of a write is built from these, the link fields and the memory only.
    pub fields: Vec<Change>,
}

/// An unmanaged row. It is left alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmanaged {
    /// In which system.
    pub system: System,
    /// The system's id.
    pub remote_id: u64,
    /// The public name, if there is one.
    pub name: String,
}

/// Everything that is to be done, and what was seen on the way.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// People with something to do, or blocked: those with a conflict first, then by slug.
    pub people: Vec<PersonPlan>,
    /// The people and actions outside of the scope. None of them is written, and guards count them: a limit on a plan must hold
    /// also where the plan is carried out in parts.
    pub out_of_scope: Vec<PersonPlan>,
    /// What people call the revision that the files were compared with, if there was one.
    pub base: Option<String>,
    /// Rows whose file is gone.
    pub orphans: Vec<Orphan>,
    /// Rows whose file is gone, and which block nothing: Property Finder shows the person no longer, and no base knows the file.
    pub kept: Vec<Orphan>,
    /// Whether orphans block (`orphans:` in roster.yaml).
    pub orphans_block: bool,
    /// What to do about an orphan that may be a person who would be created, by the orphan's CRM id: the file may have
    /// been renamed.
    pub remedies: BTreeMap<u64, String>,
    /// Slugs under `protect` that match no file and no row.
    pub unmatched_protect: Vec<String>,
    /// Unmanaged rows.
    pub unmanaged: Vec<Unmanaged>,
    /// What people should know.
    pub warnings: Vec<Warning>,
    /// People with a file, planned for, and nothing to do.
    pub unchanged: usize,
    /// People with a file who are linked to a CRM row: what percentages are taken of.
    pub population: usize,
    /// Which rows there were.
    pub seen: RowsAtPlanTime,
    /// How many files there are, whatever was selected.
    pub files: usize,
    /// Which languages Property Finder shows.
    pub languages: Languages,
    /// Which contract Property Finder follows.
    pub contract: PfContract,
    /// Links of `roster.lock` whose CRM user is deleted, as the file of the agent declares: the agent, and the CRM's id. An apply
    /// removes them.
    pub deleted_links: Vec<(Slug, u64)>,
    /// How many requests the CRM's rate allows in one window.
    pub crm_rate: u32,
}

impl Plan {
    /// Everybody for whom there is something to write.
    pub fn to_do(&self) -> impl Iterator<Item = &PersonPlan> {
        self.people.iter().filter(|person| person.blocked.is_none() && !person.actions.is_empty())
    }

    /// Whether anything private is to be written.
    #[must_use]
    pub(crate) fn changes_private(&self) -> bool {
        let fields = self.to_do().flat_map(|person| &person.actions).flat_map(|action| &action.fields);
        fields.into_iter().any(|change| change.field.is_private())
    }

    /// Whether there is anything to write.
    #[must_use]
    pub(crate) fn is_empty(&self) -> bool {
        self.to_do().next().is_none()
    }

    /// How many people get this operation in any system. A person counts once, whatever the mixture.
    #[must_use]
    pub fn count(&self, operation: Operation) -> usize {
        let has_operation = |person: &&PersonPlan| person.actions.iter().any(|action| counts_as(action) == operation);
        self.to_do().filter(has_operation).count()
    }

    /// How many people have a conflict in any field.
    #[must_use]
    pub(crate) fn conflicts(&self) -> usize {
        self.to_do().filter(|person| person.has_class(Class::Conflict)).count()
    }

    /// How many people have drift in any field, and no conflict.
    #[must_use]
    pub(crate) fn drifts(&self) -> usize {
        let drifts = |person: &&PersonPlan| person.has_class(Class::Drift) && !person.has_class(Class::Conflict);
        self.to_do().filter(drifts).count()
    }
}

/// The operation that an action counts as. A value that the memory lacks is sent as a part of restoring a link, and does
/// not count as an update, if it is one of the few that no listing shows. In the documented contract the memory may also
/// lack what every visitor sees.
#[must_use]
pub(crate) fn counts_as(action: &Action) -> Operation {
    let is_sent_once = |change: &Change| change.class == Class::First && !change.field.is_returned_by_pf();
    match action.operation {
        Operation::Update if action.fields.iter().all(is_sent_once) => Operation::Link,
        operation => operation,
    }
}

/// Plans: what must be written so that both systems agree with the files.
#[must_use]
pub(crate) fn plan(
    roster: &Roster,
    observed: &Observed,
    config: &Config,
    scope: &Scope<'_>,
    desired: DesiredBy<'_>,
) -> Plan {
    let (links, contract) = (config.link_fields(), config.property_finder.contract);
    let planner = Planner { desired: desired.now, linkable: links.is_some(), contract };
    let base = scope.base.map(|base| BasePlanner { base, desired: desired.at_base });
    let matches = candidates::match_all(roster, observed, links, scope.base);
    let rows = RowsById {
        crm: observed.crm.iter().map(|row| (row.id, row)).collect(),
        pf: observed.pf.iter().map(|row| (row.id, row)).collect(),
        pf_unread: observed.pf_unread,
    };
    let input = DepartureInput { matches: &matches, rows: &rows, roster, base: base.as_ref() };
    let mut plan = Plan::without_people(roster, observed, config, scope, &matches);
    plan.add_people(&planner, &input, &config.protect, scope);
    plan.warnings.extend(candidates::unreadable_slugs(observed));
    plan.warnings.extend(matches.shared.iter().cloned().map(WarningKind::SharedRows).map(Warning::from));
    plan.take_links_without_row(observed, roster, scope);
    plan.remedies = look_alikes::remedies(&matches, roster, planner.linkable);
    plan.unmatched_protect = protect::unmatched(&config.protect, roster, &matches, scope.base);
    plan.unmanaged = candidates::unmanaged(&matches, &rows);
    // A blocked person gives up nothing, so these two steps follow every other reason to block a person.
    login_order::order_holders_first(&mut plan.people, &plan.seen);
    plan.block_login_and_slug_conflicts();
    plan.add_rows_without_file(RowsWithoutFile::new(&matches, &planner, &rows, base.as_ref()), base.as_ref());
    if !contract.lists_users() {
        plan.warnings.extend(unlisted_users::not_deactivated(&plan, roster, scope));
    }
    plan.select(scope, &matches);
    plan.warnings.extend(same_person::second_accounts(&plan));
    if !contract.lists_users() {
        let declared = roster.people.values().filter(|person| (scope.agent)(&person.slug));
        plan.warnings.extend(unlisted_users::without_member(declared));
        plan.warnings.extend(unlisted_users::creates(&plan));
    }
    plan.people.sort_by_key(|person| (!person.has_class(Class::Conflict), person.slug.clone()));
    plan
}

impl Plan {
    /// The parts of a plan that depend on no person.
    fn without_people(
        roster: &Roster,
        observed: &Observed,
        config: &Config,
        scope: &Scope<'_>,
        matches: &Matches,
    ) -> Self {
        let reported = observed.warnings.iter().cloned().map(Warning::reported);
        let no_link_fields = config.link_fields().is_none().then(|| WarningKind::NoLinkFields.into());
        Self {
            orphans_block: config.orphans == Orphans::Block,
            warnings: reported.chain(no_link_fields).collect(),
            files: roster.people.len(),
            languages: config.property_finder.languages.clone(),
            contract: config.property_finder.contract,
            crm_rate: config.crm.rate.count,
            base: scope.base.map(|base| base.name.clone()),
            seen: RowsAtPlanTime::new(scope.base, observed, matches),
            ..Self::default()
        }
    }

    /// Plans each person who has a file. Of active people who stay as they are only their number is kept.
    fn add_people(
        &mut self,
        planner: &Planner<'_>,
        input: &DepartureInput<'_>,
        protected: &[String],
        scope: &Scope<'_>,
    ) {
        for (slug, declaration) in &input.roster.people {
            let Some(found) = input.matches.people.get(slug) else { continue };
            self.population += usize::from(is_linked(found));
            let (mut person, mut warnings) = planner.person(declaration, found, input.rows, input.base);
            if !input.rows.pf_unread {
                planner.departure(&mut person, declaration, input);
                warnings.extend(departures::has_another_login(&person));
            }
            let look_alikes = input.matches.look_alikes.get(slug).map(Vec::as_slice).unwrap_or_default();
            look_alikes::refuse(&mut person, declaration.status, look_alikes, planner.linkable);
            let accounts = input.matches.other_accounts.get(slug).map(Vec::as_slice).unwrap_or_default();
            warnings.extend(same_person::other_accounts(&person, accounts));
            person.same_person = input.matches.same_person.get(slug).cloned().unwrap_or_default();
            let row = person.crm.clone();
            let carried = row.as_ref().and_then(|row| row.links.agent.as_deref());
            person.protect(protected, protect::known_as(slug, carried, scope.base));
            if (scope.agent)(slug) {
                self.warnings.extend(warnings);
            }
            // What follows is about people with actions or a reason, and about people who are not active.
            if !person.is_unchanged() || declaration.status != Status::Active {
                self.people.push(person);
            } else if (scope.agent)(slug) {
                self.unchanged += 1;
            }
        }
    }

    /// Adds the rows whose file is gone: orphans, warnings, and people who are released.
    fn add_rows_without_file(&mut self, rows: RowsWithoutFile, base: Option<&BasePlanner<'_>>) {
        let RowsWithoutFile { released, orphans, kept } = rows;
        self.warnings.extend(kept.iter().cloned().map(WarningKind::FileGone).map(Warning::from));
        self.warnings.extend(departures::released_undeleted(&released, base));
        self.orphans = orphans;
        self.kept = kept;
        self.people.extend(released);
    }

    /// Leaves out the people and deletions that this run does not write, and warns of leavers for whom nothing is written.
    fn select(&mut self, scope: &Scope<'_>, matches: &Matches) {
        let mut idle = self.narrow(scope);
        self.postpone_deletions_of_unlinked(&postponed::unlinked(matches));
        idle.extend(self.block_idle_leavers());
        self.warnings.extend(idle.iter().filter_map(|person| {
            let notice = person.leaving.as_ref()?.notice()?;
            Some(Warning::of(person.file.clone(), WarningKind::Leaves(notice)))
        }));
    }
}

/// Whether the CRM row is linked, so that it counts among the linked people.
const fn is_linked(found: &Match) -> bool {
    match found {
        Match::Known { crm, .. } => !matches!(crm, CrmMatch::Adopt(_) | CrmMatch::Absent),
        Match::Unclear(_) => false,
    }
}

/// Both systems' rows by id.
struct RowsById<'a> {
    crm: BTreeMap<u64, &'a Arc<ObservedCrmUser>>,
    pf: BTreeMap<u64, &'a Arc<ObservedPfUser>>,
    /// Property Finder is unknown, also its roles.
    pf_unread: bool,
}

#[cfg(test)]
mod tests;
