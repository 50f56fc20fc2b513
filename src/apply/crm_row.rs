//! A CRM row as it is just before it is written to.

use tokio::time::Instant;

use super::Systems;
use super::stop_reason::StopReason;
use crate::model::record::{Record, Row, holds};
use crate::reconcile::observed::{LinkValues, ObservedCrmUser};
use crate::remote::Permits;

/// What a PUT changes in a row.
#[derive(Clone, Copy)]
pub(super) struct CrmWrite<'a> {
    pub(super) changes: &'a Record,
    /// The link fields afterwards.
    pub(super) links: &'a LinkValues,
}

impl Systems<'_> {
    /// The CRM row that will be overwritten, as it is now, and a permit for its PUT, which may replace the whole row. Both
    /// permits are taken together, so that a change made during the wait for the rate limit is seen.
    ///
    /// `sent` may have been written already: then the row may hold it.
    pub(super) async fn crm_now(
        &self,
        seen: &ObservedCrmUser,
        sent: Option<CrmWrite<'_>>,
    ) -> Result<(Row, Permits<'_>), StopReason> {
        let (now, permits) = self.crm_row(seen.id).await?;
        self.is_as_seen(&now, seen, sent)?;
        Ok((now, permits))
    }

    /// A CRM row as it is now, and a permit for its PUT, whatever the plan saw.
    pub(super) async fn crm_row(&self, id: u64) -> Result<(Row, Permits<'_>), StopReason> {
        let mut permits = self.crm.reserve(2).await;
        let read = self.crm.reread_with(&mut permits, &[id]).await?.pop();
        let now = read.ok_or_else(|| StopReason::Moved(format!("crm {id} is not there any more")))?;
        permits.row_was_read(Instant::now(), self.waits.oldest_read);
        Ok((now, permits))
    }

    /// Checks that a CRM row is still as the plan saw it.
    pub(super) fn is_as_seen(
        &self,
        now: &Row,
        seen: &ObservedCrmUser,
        sent: Option<CrmWrite<'_>>,
    ) -> Result<(), StopReason> {
        let ObservedCrmUser { record, links, .. } = self.mappers.crm.user(now);
        let same_record = holds(&record, &seen.record, sent.map_or(&Record::new(), |sent| sent.changes));
        let same_links = match sent {
            // roster.lock is written by this run alone.
            _ if self.crm.link_file().is_some() => true,
            None => links == seen.links,
            Some(sent) => links.each_is_in(&[&seen.links, sent.links]),
        };
        if same_record && same_links { Ok(()) } else { Err(changed_since_the_plan(seen.id)) }
    }
}

pub(super) fn changed_since_the_plan(id: u64) -> StopReason {
    StopReason::Moved(format!("crm {id} was changed since the plan was made"))
}
