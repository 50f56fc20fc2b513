//! What is to be done to one person: the rows are known, the fields are compared, and each difference finds its action.

use std::sync::Arc;

use super::base_planner::BasePlanner;
use super::unlisted_users::refuse_possible_user;
use super::{Action, Block, Operation, PersonPlan, RowsById, Warning, WarningKind};
use crate::model::agent::{Field, FieldValue, Status};
use crate::model::config::PfContract;
use crate::model::record::{Record, System};
use crate::model::roster::Declaration;
use crate::reconcile::desired::DesiredPerson;
use crate::reconcile::diff::{self, BaseComparison, BaseView, Change, Class};
use crate::reconcile::matching::{CrmMatch, Match, PfMatch};
use crate::reconcile::memory::Memory;
use crate::reconcile::observed::ObservedPfUser;

/// Plans people one by one.
pub(super) struct Planner<'a> {
    /// What each system can hold of a declared record.
    pub(super) desired: &'a dyn Fn(&Record) -> DesiredPerson,
    /// Whether the CRM can remember who is who.
    pub(super) linkable: bool,
    /// Which contract Property Finder follows.
    pub(super) contract: PfContract,
}

/// The desired state of one person, and the person's matches.
struct PersonInput<'a> {
    declaration: &'a Declaration,
    crm: &'a CrmMatch,
    pf: &'a PfMatch,
    base: Option<BaseDeclaration<'a>>,
    /// Why Property Finder does not take the role, if so.
    refused_role: Option<&'a str>,
}

impl PersonInput<'_> {
    fn has_left(&self) -> bool {
        self.declaration.status == Status::Archived
    }

    /// Whether the Property Finder user matches by the login e-mail alone.
    fn is_taken_over(&self) -> bool {
        matches!(self.pf, PfMatch::Adopt(_)) || (self.has_left() && matches!(self.crm, CrmMatch::Adopt(_)))
    }

    /// What of a record is compared and written. Of a person who has left it is the status alone: the office may have
    /// changed the login of that account, and nothing sets it back.
    fn owned<'d>(&self, desired: &'d Record) -> impl Iterator<Item = (&'d Field, &'d FieldValue)> {
        let has_left = self.has_left();
        desired.iter().filter(move |(field, _)| **field == Field::Status || !has_left)
    }
}

/// The person's file at base, and the mappers of the base.
#[derive(Clone, Copy)]
struct BaseDeclaration<'a> {
    planner: &'a BasePlanner<'a>,
    declaration: &'a Declaration,
}

impl Planner<'_> {
    /// What is to be done to one person, and what people should know of it.
    pub(super) fn person(
        &self,
        declaration: &Declaration,
        found: &Match,
        rows: &RowsById<'_>,
        base: Option<&BasePlanner<'_>>,
    ) -> (PersonPlan, Vec<Warning>) {
        let mut warnings = Vec::new();
        let mut desired = (self.desired)(&declaration.record);
        let mut person = nothing_to_do(declaration, &mut desired);
        let has_left = declaration.status == Status::Archived;
        match found {
            Match::Unclear(why) => person.blocked = Some(Block::Ambiguous(why.clone())),
            Match::Known { crm, pf } => {
                person.crm = crm.id().and_then(|id| rows.crm.get(&id)).map(|row| Arc::clone(row));
                if has_left && matches!(crm, CrmMatch::Adopt(_)) {
                    // The row is not taken over any more, so nothing may be written to it.
                    person.crm = None;
                }
                person.pf = pf.id().and_then(|id| rows.pf.get(&id)).map(|row| Arc::clone(row));
                let base = base.and_then(|planner| {
                    Some(BaseDeclaration { planner, declaration: planner.declaration(declaration, crm)? })
                });
                let case = PersonInput { declaration, crm, pf, base, refused_role: desired.refused_role.as_deref() };
                if person.crm.as_ref().is_some_and(|row| !row.role_is_readable) {
                    person.crm_desired.remove(&Field::Role);
                    let warning = Warning::of(declaration.file.clone(), WarningKind::UnreadableRole);
                    warnings.push(warning.at(Field::Role));
                }
                if let Some(row) = person.crm.as_ref().filter(|_| declaration.clears_descriptions) {
                    row.clear_descriptions(&mut person.crm_desired);
                }
                self.in_crm(&case, &mut person);
                if !rows.pf_unread {
                    self.at_pf(&case, &mut person, &mut warnings);
                }
                if !self.linkable {
                    refuse_unlinked(&mut person);
                }
            }
        }
        if person.blocked.is_some() {
            person.actions.clear();
        }
        (person, warnings)
    }

    fn in_crm(&self, case: &PersonInput<'_>, person: &mut PersonPlan) {
        let action = |operation, remote_id, fields| Action { system: System::Crm, operation, remote_id, fields };
        let Some(row) = &person.crm else {
            if !case.has_left() {
                person.crm_desired = (self.desired)(&with_create_defaults(&case.declaration.record, None)).crm;
                let fields = created(&person.crm_desired, |field| !field.is_uploaded());
                person.actions.push(action(Operation::Create, None, fields));
            }
            return;
        };
        let view = case.base.map(|base| base.planner.in_crm(base.declaration, row));
        let base = base_comparison(matches!(case.crm, CrmMatch::Adopt(_)), view.as_ref());
        let (pictures, desired): (Vec<_>, Vec<_>) =
            case.owned(&person.crm_desired).partition(|(field, _)| field.is_uploaded());
        let mut fields = diff::readable(desired, &row.record, base);
        if self.linkable {
            // Nothing was sent by roster to a row that is only now linked to the person.
            let text = row.links.memory.as_deref().filter(|_| !matches!(case.crm, CrmMatch::Adopt(_)));
            let memory = text.and_then(|text| Memory::parse(text).ok());
            fields.extend(diff::uploaded(pictures, row, memory.as_ref(), base));
            person.memory = memory.map(|memory| memory.of_crm()).unwrap_or_default();
        }
        match case.crm {
            CrmMatch::Adopt(id) | CrmMatch::Replace(id) => {
                person.actions.push(action(Operation::Adopt, Some(*id), fields));
            }
            CrmMatch::Link(id) => {
                person.actions.push(action(Operation::Link, Some(*id), Vec::new()));
                update(System::Crm, *id, fields, person);
            }
            CrmMatch::Rename { id, .. } => {
                person.actions.push(action(Operation::Rename, Some(*id), Vec::new()));
                update(System::Crm, *id, fields, person);
            }
            CrmMatch::Linked(id) => update(System::Crm, *id, fields, person),
            CrmMatch::Absent => {}
        }
    }

    fn at_pf(&self, case: &PersonInput<'_>, person: &mut PersonPlan, warnings: &mut Vec<Warning>) {
        let Some(row) = person.pf.clone() else {
            if !self.contract.lists_users() {
                refuse_possible_user(person, case.declaration);
            }
            match (case.declaration.status, case.pf) {
                (Status::Active, PfMatch::Gone(id)) => {
                    person.blocked = Some(Block::NoPfUser { user: *id });
                }
                (Status::Active, _) => self.create_at_pf(case, person),
                // A person who is not active is not created there, and may have been deleted there.
                (Status::Inactive | Status::Archived, _) => {}
            }
            return;
        };
        if case.has_left() && case.is_taken_over() && row.inactive {
            return;
        }
        person.pf_live = row.record_for(&person.pf_desired);
        let memory = Self::memory(case, person, warnings);
        let (status, mut fields) = self.differences_at_pf(case, person, &row, memory.as_ref(), warnings);
        // A change from one status of an inactive person to another does not deactivate.
        let (status, of_inactive_people): (Vec<Change>, Vec<Change>) =
            status.into_iter().partition(|change| !row.inactive || change.after.as_text() == Some("active"));
        fields.extend(of_inactive_people);
        person.memory = std::mem::take(&mut person.memory).with(memory.unwrap_or_default());
        if let Some(why) = refusal(person, &row, &fields, case.refused_role) {
            person.blocked = Some(why);
            return;
        }
        let action = |operation, fields| Action { system: System::Pf, operation, remote_id: Some(row.id), fields };
        match case.pf {
            PfMatch::Replace(_) => person.actions.push(action(Operation::Adopt, fields)),
            _ if case.is_taken_over() => person.actions.push(action(Operation::Adopt, fields)),
            PfMatch::Link(_) => {
                person.actions.push(action(Operation::Link, Vec::new()));
                update(System::Pf, row.id, fields, person);
            }
            _ => {
                if self.an_id_is_not_stored(person, &row) {
                    person.actions.push(action(Operation::Link, Vec::new()));
                }
                update(System::Pf, row.id, fields, person);
            }
        }
        if let Some(status) = status.into_iter().next() {
            let operation =
                if status.after.as_text() == Some("active") { Operation::Activate } else { Operation::Deactivate };
            // Of a row that was linked before, only a known base shows that the file changed it. What was last sent is known
            // to be a file's.
            person.unexplained_activation = operation == Operation::Activate
                && self.contract.lists_users()
                && matches!(case.pf, PfMatch::Linked(_) | PfMatch::Replace(_))
                && (case.base.is_none() || status.class == Class::Drift);
            person.actions.push(action(operation, vec![status]));
        }
    }

    fn create_at_pf(&self, case: &PersonInput<'_>, person: &mut PersonPlan) {
        let in_crm = person.crm.as_ref().map(|row| &row.record);
        let desired = (self.desired)(&with_create_defaults(&case.declaration.record, in_crm));
        person.pf_desired = desired.pf;
        let refused = desired.refused_role.or(desired.refused_create).map(Block::Refused);
        person.blocked = person.blocked.take().or(refused);
        if person.blocked.is_some() {
            return;
        }
        let mut fields = created(&person.pf_desired, |field| self.contract.returns(field));
        // The documented contract creates an active user, and has no member for that.
        fields.retain(|change| self.contract.lists_users() || change.field != Field::Status);
        person.actions.push(Action { system: System::Pf, operation: Operation::Create, remote_id: None, fields });
    }

    /// The status change and all other changes, apart: switching a person on or off has an operation of its own.
    fn differences_at_pf(
        &self,
        case: &PersonInput<'_>,
        person: &PersonPlan,
        row: &ObservedPfUser,
        memory: Option<&Memory>,
        warnings: &mut Vec<Warning>,
    ) -> (Option<Change>, Vec<Change>) {
        let view = case.base.map(|base| base.planner.at_pf(base.declaration, row));
        // The status of a person who has left is not adopted.
        let base = base_comparison(matches!(case.pf, PfMatch::Adopt(_)) && !case.has_left(), view.as_ref());
        let mut desired: Vec<(&Field, &FieldValue)> = case.owned(&person.pf_desired).collect();
        if row.profile.is_none() && !case.has_left() {
            desired.retain(|(field, _)| !field.is_in_pf_profile());
            let (agent, user) = (person.slug.clone(), row.id);
            let kind = if self.contract.lists_users() {
                WarningKind::NoProfile { user }
            } else {
                WarningKind::NoProfileId { agent, user }
            };
            warnings.push(Warning::of(case.declaration.file.clone(), kind));
        }
        let (readable, unreadable): (Vec<_>, Vec<_>) =
            desired.into_iter().partition(|(field, _)| self.contract.returns(field));
        let mut fields = diff::readable(readable, &person.pf_live, base);
        if self.linkable {
            let (status, unreadable): (Vec<_>, Vec<_>) =
                unreadable.into_iter().partition(|(field, _)| **field == Field::Status);
            let with_status = memory.cloned().unwrap_or_default().or_active();
            fields.extend(diff::remembered(status, Some(&with_status), base));
            fields.extend(diff::remembered(unreadable, memory, base));
        }
        let status = fields.iter().position(|change| change.field == Field::Status).map(|at| fields.remove(at));
        (status, fields)
    }

    /// What was last sent to this person's row. Nothing was sent by
    /// roster to a row that is only now linked to the person.
    fn memory(case: &PersonInput<'_>, person: &PersonPlan, warnings: &mut Vec<Warning>) -> Option<Memory> {
        let text = person.crm.as_ref()?.links.memory.as_ref()?;
        if !matches!(case.pf, PfMatch::Linked(_) | PfMatch::Replace(_)) {
            return None;
        }
        let memory = Memory::parse(text).ok();
        if memory.is_none() && !case.has_left() {
            warnings.push(Warning::of(case.declaration.file.clone(), WarningKind::UnreadableMemory));
        }
        memory
    }

    /// Whether the CRM stores other ids than those of the user that was found, or lacks one of them.
    fn an_id_is_not_stored(&self, person: &PersonPlan, row: &ObservedPfUser) -> bool {
        let links = person.crm.as_ref().map(|row| &row.links);
        let user = links.is_none_or(|links| links.pf_user != Some(row.id));
        let profile = row.profile.is_some() && links.is_none_or(|links| links.pf_profile != row.profile);
        self.linkable && (user || profile)
    }
}

/// A plan without actions; what is desired moves into it.
pub(super) fn nothing_to_do(declaration: &Declaration, desired: &mut DesiredPerson) -> PersonPlan {
    let login = declaration.record.get(&Field::Login).and_then(FieldValue::as_text).unwrap_or_default();
    PersonPlan {
        slug: declaration.slug.clone(),
        file: declaration.file.clone(),
        actions: Vec::new(),
        blocked: None,
        after: Vec::new(),
        crm: None,
        pf: None,
        crm_desired: std::mem::take(&mut desired.crm),
        pf_desired: std::mem::take(&mut desired.pf),
        pf_live: Record::new(),
        memory: Memory::default(),
        login: login.trim().to_lowercase(),
        leaving: None,
        unexplained_activation: false,
        same_person: Vec::new(),
    }
}

/// Why what differs at Property Finder cannot be written.
fn refusal(person: &PersonPlan, row: &ObservedPfUser, fields: &[Change], refused_role: Option<&str>) -> Option<Block> {
    let changes = |field: Field| fields.iter().any(|change| change.field == field);
    if let Some(why) = refused_role.filter(|_| changes(Field::Role)) {
        return Some(Block::Refused(why.to_owned()));
    }
    if !changes(Field::Licence) && !changes(Field::LicenceExpiredAt) {
        return None;
    }
    let compliance = row.fields.with_unreadable_date(&person.pf_desired)?;
    Some(Block::UnreadableDate { user: row.id, compliance })
}

const fn base_comparison(taken_over: bool, base: Option<&BaseView>) -> BaseComparison<'_> {
    if taken_over { BaseComparison::Ignored } else { BaseComparison::Against(base) }
}

fn update(system: System, id: u64, fields: Vec<Change>, person: &mut PersonPlan) {
    if !fields.is_empty() {
        person.actions.push(Action { system, operation: Operation::Update, remote_id: Some(id), fields });
    }
}

fn created(desired: &Record, readable: impl Fn(&Field) -> bool) -> Vec<Change> {
    let change = |(field, after): (&Field, &FieldValue)| Change {
        field: field.clone(),
        before: FieldValue::Nothing,
        after: after.clone(),
        class: Class::Change,
        readable: readable(field),
        sent: None,
    };
    let given = desired.iter().filter(|(field, value)| !field.is_blank(value));
    given.map(change).collect()
}

/// The CRM's code of the role that a new user gets, if neither the file nor the person's row names one.
pub(crate) const DEFAULT_ROLE: &str = "agent";

/// The defaults of a create: role and private names of the person's row in the CRM, else the default role and the public names.
fn with_create_defaults(declared: &Record, in_crm: Option<&Record>) -> Record {
    let mut record = declared.clone();
    let defaults = [
        (Field::Role, Some(FieldValue::from(DEFAULT_ROLE))),
        (Field::PrivateFirstName, declared.get(&Field::FirstName).cloned()),
        (Field::PrivateLastName, declared.get(&Field::LastName).cloned()),
    ];
    for (field, default) in defaults {
        let held = in_crm.and_then(|row| row.get(&field)).filter(|value| !field.is_blank(value)).cloned();
        let is_absent = record.get(&field).is_none_or(FieldValue::is_nothing);
        if let (true, Some(default)) = (is_absent, held.or(default)) {
            record.insert(field, default);
        }
    }
    record
}

/// Without link fields a new person cannot be matched again, and a changed login would look like another person.
fn refuse_unlinked(person: &mut PersonPlan) {
    let creates = person.actions.iter().any(|action| action.operation == Operation::Create);
    let login = person.actions.iter().flat_map(|action| &action.fields).any(|change| change.field == Field::Login);
    if creates || login {
        person.blocked = Some(Block::NoLinkFields { creates });
    }
}
