//! Both systems' mappers together, and what the core gets from them.

use super::crm::mapper::CrmMapper;
use super::portal::PortalMapper;
use crate::model::config::Config;
use crate::model::record::{Record, Row};
use crate::model::roster::Roster;
use crate::reconcile::desired::{DesiredBy, DesiredPerson};
use crate::reconcile::observed::{Observed, ObservedCrmUser, ObservedPfUser, Role};
use crate::reconcile::plan::{self, Plan, Scope};

/// How each system writes values, by one `roster.yaml`.
#[derive(Clone, Debug, PartialEq)]
pub struct Mappers {
    /// The CRM's shapes.
    pub crm: CrmMapper,
    /// Property Finder's shapes.
    pub pf: PortalMapper,
}

impl Mappers {
    /// The mappers for an account.
    #[must_use]
    pub fn new(config: &Config, roles: &[Role]) -> Self {
        Self { crm: CrmMapper::new(config), pf: PortalMapper::new(config, roles) }
    }

    /// What each system can hold of a declaration.
    #[must_use]
    pub(crate) fn desired(&self, declared: &Record) -> DesiredPerson {
        let (crm, pf) = (self.crm.desired(declared), self.pf.desired(declared));
        let (refused_role, refused_create) = (self.pf.refused_role(&pf), self.pf.refused_create(&pf));
        DesiredPerson { crm, pf, refused_role, refused_create }
    }

    /// A CRM row, read with these settings and with those of the base.
    #[must_use]
    pub fn crm_user(&self, row: &Row, base: Option<&Self>) -> ObservedCrmUser {
        let mut user = self.crm.user(row);
        user.record_at_base = base.filter(|base| base.crm != self.crm).map(|base| base.crm.observed(row));
        user
    }

    /// A Property Finder row, read with these settings and with those of the base.
    #[must_use]
    pub fn pf_user(&self, row: &Row, base: Option<&Self>) -> ObservedPfUser {
        let mut user = self.pf.user(row);
        user.fields_at_base = base.filter(|base| base.pf != self.pf).map(|base| base.pf.user(row).fields);
        user
    }
}

/// Plans with the mappers of these settings and of the base. The rows must have been read with the same.
#[must_use]
pub fn plan(roster: &Roster, observed: &Observed, config: &Config, scope: &Scope<'_>) -> Plan {
    let now = Mappers::new(config, &observed.roles);
    let at_base = scope.base.map(|base| Mappers::new(&base.config, &observed.roles));
    let desired = DesiredBy {
        now: &|declared| now.desired(declared),
        at_base: &|declared| at_base.as_ref().unwrap_or(&now).desired(declared),
    };
    plan::plan(roster, observed, config, scope, desired)
}
