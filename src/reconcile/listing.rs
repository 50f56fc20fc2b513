//! The CRM's users beside the Property Finder users whose ids they store.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::reconcile::observed::{ObservedCrmUser, ObservedPfUser};

/// One user of the CRM.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ListedUser {
    /// The row.
    pub crm: Arc<ObservedCrmUser>,
    /// The Property Finder user whose id, or whose profile's id, the row stores.
    pub pf: Option<Arc<ObservedPfUser>>,
}

impl ListedUser {
    /// Whether no agent is linked to the row.
    #[must_use]
    pub(crate) fn is_unmanaged(&self) -> bool {
        self.crm.links.agent.is_none()
    }

    /// Whether the row stores an id that Property Finder does not have.
    #[must_use]
    pub(crate) fn has_missing_user(&self) -> bool {
        self.pf.is_none() && (self.crm.links.pf_user.is_some() || self.crm.links.pf_profile.is_some())
    }
}

/// Adds the Property Finder users to the CRM's users, in the order of the CRM.
#[must_use]
pub(crate) fn listed(crm: Vec<Arc<ObservedCrmUser>>, pf: &[Arc<ObservedPfUser>]) -> Vec<ListedUser> {
    let by_id: BTreeMap<u64, &Arc<ObservedPfUser>> = pf.iter().map(|user| (user.id, user)).collect();
    let by_profile: BTreeMap<u64, &Arc<ObservedPfUser>> =
        pf.iter().filter_map(|user| Some((user.profile?, user))).collect();
    let with_user = |crm: Arc<ObservedCrmUser>| {
        let stored = crm.links.pf_user.and_then(|id| by_id.get(&id));
        let stored = stored.or_else(|| crm.links.pf_profile.and_then(|id| by_profile.get(&id)));
        ListedUser { pf: stored.map(|user| Arc::clone(user)), crm }
    };
    crm.into_iter().map(with_user).collect()
}
