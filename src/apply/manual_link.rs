//! Writes the link fields of one CRM row that a person linked or released by hand, and reads them back.

use super::crm_row::CrmWrite;
use super::stop_reason::StopReason;
use super::{Outcome, Systems, write_after_read};
use crate::model::record::{Record, Row};
use crate::reconcile::manual_link::ManualLink;
use crate::remote::{Permits, Reader as _, RemoteError};

/// Writes the row with one PUT. The outcome is [`Outcome::Done`] only where a read shows the link fields as they were
/// written.
pub async fn write_link(link: &ManualLink, systems: &Systems<'_>) -> Outcome {
    if let Err(reason) = put(link, systems).await {
        return match reason {
            StopReason::Remote(error) if error.leaves_unknown() => Outcome::Unknown((systems.quote)(&error)),
            StopReason::Remote(error) => Outcome::Failed((systems.quote)(&error)),
            StopReason::Moved(why) => Outcome::Moved(why),
            StopReason::Unknown(why) => Outcome::Unknown(why),
            StopReason::NotTried(why) | StopReason::Interrupted(why) | StopReason::Failed(why) => Outcome::Failed(why),
        };
    }
    match read_back(link, systems).await {
        Ok(true) => Outcome::Done,
        Ok(false) => Outcome::Failed(format!(
            "crm {} was written, and its link fields do not read back as they were written: check crm.link_fields in \
             roster.yaml, and the API key's right to read and write custom fields",
            link.crm.id
        )),
        Err(error) => {
            Outcome::Failed(format!("crm {} was written, and cannot be read: {}", link.crm.id, (systems.quote)(&error)))
        }
    }
}

async fn put(link: &ManualLink, systems: &Systems<'_>) -> Result<(), StopReason> {
    if let Some(file) = systems.crm.link_file() {
        let stored = file.store(link.crm.id, &link.links);
        return stored.map_err(|error| StopReason::Failed(format!("roster.lock cannot be written: {error}")));
    }
    let nothing = Record::new();
    let write = CrmWrite { changes: &nothing, links: &link.links };
    let read = async |sent: bool| systems.crm_now(&link.crm, sent.then_some(write)).await;
    let send = async |permits: &mut Permits<'_>, row: &Row| {
        systems.crm.update(permits, row.id, &systems.mappers.crm.relink(row, &link.links)).await
    };
    let (row, mut permits) = read(false).await?;
    write_after_read::send(row, &mut permits, read, send).await
}

/// Whether the row shows the link fields as written, at the latest after the last wait for reads that lag.
async fn read_back(link: &ManualLink, systems: &Systems<'_>) -> Result<bool, RemoteError> {
    let mut waits = systems.waits.before_reading_again.iter();
    loop {
        let row = systems.crm.reader.reread(&[link.crm.id]).await?.pop();
        if row.is_some_and(|row| link.is_held_by(&systems.mappers.crm.user(&row))) {
            return Ok(true);
        }
        let Some(wait) = waits.next() else { return Ok(false) };
        tokio::time::sleep(*wait).await;
    }
}
