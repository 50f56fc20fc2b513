//! Long waits are announced while they last, so that a run that waits does not look like one that hangs.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Shorter waits are not worth a line.
const LONG: Duration = Duration::from_secs(5);

/// Where long waits are announced, a line each.
#[derive(Clone, Default)]
pub struct WaitListener(Option<Arc<Announce>>);

type Announce = dyn Fn(&str) + Send + Sync;

impl WaitListener {
    /// Announces through `announce`.
    pub(crate) fn new(announce: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(announce)))
    }
}

impl fmt::Debug for WaitListener {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "WaitListener({})", self.0.is_some())
    }
}

/// The waits of one server.
#[derive(Debug, Default)]
pub(super) struct Waits {
    listener: WaitListener,
    /// The end of the wait that was announced last: requests that wait side by side are one line.
    announced: Mutex<Option<Instant>>,
}

impl Waits {
    pub(super) fn new(listener: WaitListener) -> Self {
        Self { listener, announced: Mutex::default() }
    }

    /// Announces a wait that begins now, if it is long and no other one is still on.
    pub(super) fn begin(&self, wait: Duration, host: &str, reason: &str) {
        let Some(announce) = self.listener.0.as_ref().filter(|_| wait >= LONG) else { return };
        let now = Instant::now();
        let mut announced = self.announced.lock().unwrap_or_else(PoisonError::into_inner);
        if announced.is_none_or(|end| end <= now) {
            *announced = Some(now + wait);
            announce(&format!("Waiting {} s for {host}: {reason}.", wait.as_secs()));
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_long_wait_is_announced_once() {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&lines);
        let waits = Waits::new(WaitListener::new(move |line| log.lock().unwrap().push(line.to_owned())));
        waits.begin(Duration::from_secs(4), "x.ae", "it answered 503");
        for _ in 0..16 {
            waits.begin(Duration::from_secs(40), "x.ae", "it answered 503 and requests this wait");
        }
        tokio::time::advance(Duration::from_secs(40)).await;
        waits.begin(Duration::from_secs(8), "x.ae", "no connection");
        let want =
            ["Waiting 40 s for x.ae: it answered 503 and requests this wait.", "Waiting 8 s for x.ae: no connection."];
        assert_eq!(*lines.lock().unwrap(), want);
    }
}
