//! A write that depends on a row which was read just before. Where it has to wait, for a pause or after a lost answer, the row is read again before it is
//! sent: an edit that was made by hand meanwhile must not be overwritten.

use super::stop_reason::StopReason;
use crate::remote::{ErrorKind, Permits, RemoteError};

/// The most times that a row is read again for one write.
const MOST_READS: usize = 20;

/// Sends a write that depends on `row`, which was read with these permits, and reads `again` as often as that read is too old.
/// `again` is given whether a try of the write may have been carried out.
pub(super) async fn send<'s, T>(
    mut row: T,
    permits: &mut Permits<'s>,
    again: impl AsyncFn(bool) -> Result<(T, Permits<'s>), StopReason>,
    send: impl AsyncFn(&mut Permits<'s>, &T) -> Result<(), RemoteError>,
) -> Result<(), StopReason> {
    for _ in 0..MOST_READS {
        let earlier = match send(permits, &row).await {
            Err(RemoteError { what: ErrorKind::Outdated(earlier), .. }) => *earlier,
            ended => return Ok(ended?),
        };
        permits.give_back();
        (row, *permits) = match again(earlier.lost).await {
            Err(StopReason::Moved(why) | StopReason::NotTried(why)) if earlier.lost => {
                return Err(StopReason::Unknown(why));
            }
            Err(StopReason::Remote(error)) if earlier.lost => return Err(error.after_a_lost_try().into()),
            read => read?,
        };
        permits.continue_after(earlier);
    }
    Ok(send(permits, &row).await?)
}
