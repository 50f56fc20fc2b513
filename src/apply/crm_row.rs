//! A CRM row as it is just before it is written to.

use super::Systems;
use super::person::StopReason;
use crate::model::record::{Row, same_record};
use crate::reconcile::observed::ObservedCrmUser;
use crate::remote::Permits;

impl Systems<'_> {
    /// The CRM row that will be overwritten, as it is now, and a slot for its PUT, which may replace the whole row. Both
    /// slots are taken together, so that a change made during the wait for the rate limit is seen.
    pub(super) async fn crm_now(&self, seen: &ObservedCrmUser) -> Result<(Row, Permits<'_>), StopReason> {
        let mut slots = self.crm.reserve(2).await;
        let Some(now) = self.crm.reread_with(&mut slots, &[seen.id]).await?.pop() else {
            return Err(StopReason::Moved(format!("crm {} is not there any more", seen.id)));
        };
        let wire = &self.mappers.crm;
        if !same_record(&wire.observed(&now), &seen.record) || wire.links(&now) != seen.links {
            return Err(StopReason::Moved(format!("crm {} was changed since the plan was made", seen.id)));
        }
        Ok((now, slots))
    }
}
