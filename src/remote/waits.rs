//! Long waits are announced while they last, so that a run that waits does not look like one that hangs.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Shorter waits are not worth a line.
pub(super) const LONG: Duration = Duration::from_secs(5);

/// A long wait that begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WaitNotice<'a> {
    /// A whole sentence: a request is tried again, or a server asked for a pause.
    Sentence(&'a str),
    /// Which rate limit has no permit, and until when.
    RateLimit(&'a str),
}

/// Where long waits are announced.
#[derive(Clone, Default)]
pub struct WaitListener(Option<Arc<Announce>>);

type Announce = dyn Fn(WaitNotice<'_>) + Send + Sync;

impl WaitListener {
    /// Announces through `announce`.
    pub(crate) fn new(announce: impl Fn(WaitNotice<'_>) + Send + Sync + 'static) -> Self {
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
        if let Some(announce) = self.listener.0.as_ref().filter(|_| wait >= LONG && self.is_new(wait)) {
            announce(WaitNotice::Sentence(&format!("Waiting {} s for {host}: {reason}.", wait.as_secs())));
        }
    }

    /// Announces that no permit of a rate limit is free for so long, if no other wait is still on.
    pub(super) fn for_permit(&self, wait: Duration, host: &str) {
        if let Some(announce) = self.listener.0.as_ref().filter(|_| self.is_new(wait)) {
            let wait = jiff::SignedDuration::try_from(wait).unwrap_or_default();
            let now = jiff::Timestamp::now();
            let until = now.checked_add(wait).unwrap_or(now);
            announce(WaitNotice::RateLimit(&format!(
                "waiting for the limit of {host} until {}",
                until.strftime("%H:%M:%S UTC")
            )));
        }
    }

    /// Takes note of a wait that begins now. Whether no other one is still on.
    fn is_new(&self, wait: Duration) -> bool {
        let now = Instant::now();
        let mut announced = self.announced.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = announced.is_none_or(|end| end <= now);
        if is_new {
            *announced = Some(now + wait);
        }
        is_new
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
        let waits = Waits::new(WaitListener::new(move |notice| match notice {
            WaitNotice::Sentence(text) | WaitNotice::RateLimit(text) => log.lock().unwrap().push(text.to_owned()),
        }));
        waits.begin(Duration::from_secs(4), "x.ae", "it answered 503");
        for _ in 0..16 {
            waits.begin(Duration::from_secs(40), "x.ae", "it answered 503 and requests this wait");
        }
        tokio::time::advance(Duration::from_secs(40)).await;
        waits.begin(Duration::from_secs(8), "x.ae", "no connection");
        let want =
            ["Waiting 40 s for x.ae: it answered 503 and requests this wait.", "Waiting 8 s for x.ae: no connection."];
        assert_eq!(*lines.lock().unwrap(), want);
        waits.for_permit(Duration::from_secs(9), "x.ae");
        assert_eq!(lines.lock().unwrap().len(), 2, "the wait of 8 s is still on");
        tokio::time::advance(Duration::from_secs(8)).await;
        waits.for_permit(Duration::from_secs(9), "x.ae");
        assert!(lines.lock().unwrap().last().unwrap().starts_with("waiting for the limit of x.ae until "));
    }
}
