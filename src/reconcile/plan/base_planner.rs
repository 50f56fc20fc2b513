//! What the files of the base wanted of each system, by the `roster.yaml` of the base.

use crate::model::agent::Slug;
use crate::model::record::Record;
use crate::model::roster::{Base, Declaration};
use crate::reconcile::desired::DesiredPerson;
use crate::reconcile::diff::BaseView;
use crate::reconcile::matching::{CrmMatch, IdentityFacts};
use crate::reconcile::observed::{ObservedCrmUser, ObservedPfUser};

/// A person's file at base. A rename that git reports is used if both files are the same person's.
pub(super) fn declared_at_base<'b>(base: &'b Base, slug: &Slug, now: &Record) -> Option<&'b Declaration> {
    let renamed = || {
        let at_base = base.people.get(base.renames.get(slug)?)?;
        IdentityFacts::of(now).is_same_person(&IdentityFacts::of(&at_base.record)).then_some(at_base)
    };
    base.people.get(slug).or_else(renamed)
}

/// The base, and how it maps declarations.
pub(super) struct BasePlanner<'a> {
    pub(super) base: &'a Base,
    pub(super) desired: &'a dyn Fn(&Record) -> DesiredPerson,
}

impl BasePlanner<'_> {
    /// A person's declaration at base, under its slug at base.
    pub(super) fn declaration(&self, now: &Declaration, crm: &CrmMatch) -> Option<&Declaration> {
        let declared_under_the_row_slug = || match crm {
            CrmMatch::Rename { from, .. } => self.base.people.get(&Slug::parse(from).ok()?),
            _ => None,
        };
        declared_at_base(self.base, &now.slug, &now.record).or_else(declared_under_the_row_slug)
    }

    pub(super) fn in_crm(&self, declaration: &Declaration, row: &ObservedCrmUser) -> BaseView {
        let mut desired = (self.desired)(&declaration.record).crm;
        if declaration.clears_descriptions {
            row.clear_descriptions(&mut desired);
        }
        BaseView { desired, live: row.record_at_base.as_ref().unwrap_or(&row.record).clone() }
    }

    pub(super) fn at_pf(&self, declaration: &Declaration, row: &ObservedPfUser) -> BaseView {
        let desired = (self.desired)(&declaration.record).pf;
        BaseView { live: row.record_at_base(&desired), desired }
    }

    /// The file that a slug had.
    pub(super) fn file(&self, slug: &Slug) -> Option<&Declaration> {
        self.base.people.get(slug)
    }
}
