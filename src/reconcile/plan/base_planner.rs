//! The base with both systems' eyes: what a file wanted of each then, through the same translation as today, but as
//! `roster.yaml` laid it out then.

use crate::model::agent::Slug;
use crate::model::record::{Record, Row};
use crate::model::roster::{Base, Declaration};
use crate::reconcile::diff::BaseView;
use crate::reconcile::matching::{CrmMatch, IdentityFacts};
use crate::remote::{crm, pf};

/// What a person's file said at base. That git takes a file for renamed is believed if it was the same person's.
pub(super) fn declared_then<'b>(base: &'b Base, slug: &Slug, now: &Record) -> Option<&'b Declaration> {
    let renamed = || {
        let then = base.people.get(base.renames.get(slug)?)?;
        IdentityFacts::of(now).is_same_person(&IdentityFacts::of(&then.record)).then_some(then)
    };
    base.people.get(slug).or_else(renamed)
}

/// The base, ready to be compared with.
pub(super) struct BasePlanner<'a> {
    base: &'a Base,
    crm: crm::mapper::CrmMapper,
    pf: pf::mapper::PfMapper,
}

impl<'a> BasePlanner<'a> {
    pub(super) fn new(base: &'a Base, roles: &[pf::mapper::Role]) -> Self {
        let (crm, pf) =
            (crm::mapper::CrmMapper::new(&base.config), pf::mapper::PfMapper::new(&base.config, roles.to_vec()));
        Self { base, crm, pf }
    }

    /// What a person's file said, under the slug that it had.
    pub(super) fn declaration(&self, now: &Declaration, crm: &CrmMatch) -> Option<&Declaration> {
        let carried = || match crm {
            CrmMatch::Rename { from, .. } => self.base.people.get(&Slug::parse(from).ok()?),
            _ => None,
        };
        declared_then(self.base, &now.slug, &now.record).or_else(carried)
    }

    pub(super) fn in_crm(&self, declaration: &Declaration, row: &Row) -> BaseView {
        let mut desired = self.crm.desired(&declaration.record);
        if declaration.clears_descriptions {
            self.crm.clear_descriptions(row, &mut desired);
        }
        BaseView { desired, live: self.crm.observed(row) }
    }

    pub(super) fn at_pf(&self, declaration: &Declaration, row: &Row) -> BaseView {
        let desired = self.pf.desired(&declaration.record);
        BaseView { live: self.pf.observed(row, &desired), desired }
    }

    /// The file that a slug had.
    pub(super) fn file(&self, slug: &Slug) -> Option<&Declaration> {
        self.base.people.get(slug)
    }
}
