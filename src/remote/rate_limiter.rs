//! The rate limiter of a system: an exact log of a sliding window (docs/vendor-apis.md, "Property Finder: rate limit").
//!
//! A request takes a permit before it is sent, and the permit is free again one window (and a small margin) after its
//! *answer*, since only the server knows at which moment in between it was counted. So a small run never
//! waits, a long one uses the whole allowance, and no window of the server's clock holds more than the limit.
//!
//! A server may allow less than `rate` states. Each 429 then pauses the whole system and halves the number of requests
//! in flight, so that the next 429 costs fewer requests; both recover slowly, since the limit is still there after one
//! success.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use super::remote_error::EarlierTries;
use crate::model::config::Rate;

/// The permits of one system in this process.
#[derive(Debug)]
pub(super) struct RateLimiter {
    count: usize,
    window: Duration,
    /// Its holder is first in the queue; tokio's mutex is fair, so requests go out in the order in which they came.
    queue: tokio::sync::Mutex<()>,
    log: Mutex<RequestLog>,
    /// An answer has come back, or a pause was set.
    changed: Notify,
}

#[derive(Debug)]
struct RequestLog {
    /// Requests without an answer yet.
    in_flight: usize,
    /// When each answered request's permit is free again, soonest first.
    free_at: VecDeque<Instant>,
    /// Nothing is sent before this.
    paused_until: Option<Instant>,
    /// When the last pause was set: an answer to an earlier request has no new information.
    pause_set: Option<Instant>,
    /// How many pauses followed each other with less than one window between them.
    refusals: u32,
    /// The length of all pauses together.
    paused: Duration,
    /// At most so many requests are in flight.
    most_in_flight: usize,
    /// Successes since `most_in_flight` changed.
    successes: usize,
}

/// After so many successes one more request may be in flight. A server that refused a burst must not get one again soon.
const SUCCESSES_FOR_ONE_MORE: usize = 16;

/// The right to send one request. Dropped, it counts as answered at that moment.
#[derive(Debug)]
#[must_use = "a permit that is dropped at once does not cover the request"]
pub(crate) struct Permit<'a> {
    limiter: &'a RateLimiter,
    taken: Instant,
    /// Whether a request was sent with it.
    used: bool,
}

/// Permits that were taken together, so that no wait for the rate limit lies between the requests that use them. Those that
/// are not used are given back when this is dropped.
///
/// A request uses up the permits that are held before it waits for another, so nothing waits in the queue while it holds one.
#[derive(Debug)]
pub struct Permits<'a> {
    limiter: &'a RateLimiter,
    held: usize,
    /// The first place in the queue, where the rate has fewer permits than were asked for: nothing is sent between the requests.
    queue: Option<tokio::sync::MutexGuard<'a, ()>>,
    /// From then on the row that a write with these permits overwrites was read too long ago.
    outdated_at: Option<Instant>,
    /// The earlier tries of that write.
    earlier: EarlierTries,
}

impl RateLimiter {
    /// At most `rate.count` requests in any `rate.window`; a count of 0 is taken as 1.
    #[must_use]
    pub(super) fn new(rate: Rate) -> Self {
        let log = RequestLog {
            in_flight: 0,
            free_at: VecDeque::new(),
            paused_until: None,
            pause_set: None,
            refusals: 0,
            paused: Duration::ZERO,
            most_in_flight: usize::MAX,
            successes: 0,
        };
        Self {
            count: usize::try_from(rate.count.max(1)).unwrap_or(usize::MAX),
            window: rate.window,
            queue: tokio::sync::Mutex::new(()),
            log: Mutex::new(log),
            changed: Notify::new(),
        }
    }

    /// Waits until so many permits are free together, or as many as the rate has: first come, first served. A caller that
    /// gives up waiting leaves nothing behind.
    pub(super) async fn reserve(&self, permits: usize) -> Permits<'_> {
        let queue = self.queue.lock().await;
        let mut reserved = self.first_in_line(permits.clamp(1, self.count)).await;
        reserved.queue = (permits > self.count).then_some(queue);
        reserved
    }

    /// The same, by the caller who is first in the queue.
    async fn first_in_line(&self, wanted: usize) -> Permits<'_> {
        loop {
            let free_at = match self.take(wanted, Instant::now()) {
                Ok(permits) => return permits,
                Err(free_at) => free_at,
            };
            match free_at {
                Some(free_at) => tokio::select! {
                    () = sleep_until(free_at) => {}
                    () = self.changed.notified() => {}
                },
                None => self.changed.notified().await,
            }
        }
    }

    /// No permits: each request waits for its own.
    pub(super) fn no_permits(&self) -> Permits<'_> {
        Permits { limiter: self, held: 0, queue: None, outdated_at: None, earlier: EarlierTries::default() }
    }

    /// Applies the rate limit: takes so many permits now, or returns when to try again; `Err(None)` if that depends on an
    /// answer that is still to come.
    fn take(&self, wanted: usize, now: Instant) -> Result<Permits<'_>, Option<Instant>> {
        let mut log = self.log();
        while log.free_at.front().is_some_and(|free_at| *free_at <= now) {
            log.free_at.pop_front();
        }
        if let Some(until) = log.paused_until.filter(|until| *until > now) {
            return Err(Some(until));
        }
        // A reservation of more than `most_in_flight` permits waits until no request is in flight.
        if log.in_flight > 0 && log.in_flight + wanted > log.most_in_flight {
            return Err(None);
        }
        if log.in_flight + log.free_at.len() + wanted > self.count {
            return Err(log.free_at.front().copied());
        }
        log.in_flight += wanted;
        let mut permits = self.no_permits();
        permits.held = wanted;
        Ok(permits)
    }

    /// When the next permit is free, if that does not depend on an answer that is still to come.
    pub(super) fn next_permit(&self) -> Option<Instant> {
        let log = self.log();
        log.paused_until.max(log.free_at.front().copied())
    }

    /// Whether a request would be sent at once.
    pub(super) fn has_free_permit(&self) -> bool {
        let (log, now) = (self.log(), Instant::now());
        let answered = log.free_at.len() - log.free_at.partition_point(|free_at| *free_at <= now);
        let counted = log.in_flight + answered;
        let is_paused = log.paused_until.is_some_and(|until| until > now);
        !is_paused && counted < self.count && log.in_flight < log.most_in_flight
    }

    /// How long a pause that the server asked for lasts from now.
    fn pause(&self, now: Instant) -> Option<Instant> {
        self.log().paused_until.filter(|until| *until > now)
    }

    /// How long this system was paused by 429s so far, pauses that have begun included.
    #[must_use]
    pub(super) fn paused(&self) -> Duration {
        self.log().paused
    }

    /// How long after its answer a request still counts: the window, 1 % for clocks that differ, 20 ms for the network.
    fn counted_after_answer(&self) -> Duration {
        self.window + self.window / 100 + Duration::from_millis(20)
    }

    fn log(&self) -> MutexGuard<'_, RequestLog> {
        // Nothing that holds the lock can panic half-way, so a poisoned log is still a right one.
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<'a> Permits<'a> {
    /// The row that a write with these permits overwrites was read then. It is not sent when the read is older than this, or
    /// than one window more where the rate has no permit for both.
    pub(crate) fn row_was_read(&mut self, at: Instant, oldest: Duration) {
        let next_permit = self.queue.as_ref().map_or(Duration::ZERO, |_| self.limiter.counted_after_answer());
        self.outdated_at = Some(at + oldest + next_permit);
    }

    /// Whether the row was read too long ago.
    pub(super) fn are_outdated(&self) -> bool {
        self.outdated_at.is_some_and(|at| Instant::now() > at)
    }

    /// The next request with these permits continues these tries.
    pub(crate) fn continue_after(&mut self, earlier: EarlierTries) {
        self.earlier = earlier;
    }

    /// The tries that the next request continues.
    pub(super) fn take_earlier(&mut self) -> EarlierTries {
        std::mem::take(&mut self.earlier)
    }

    /// One of the permits that are held, for a request that is sent beside others. None where the rate has fewer permits
    /// than were asked for: nothing is sent between these requests.
    pub(crate) fn split_off(&mut self) -> Option<Self> {
        let mut one = self.limiter.no_permits();
        if self.queue.is_some() {
            return None;
        }
        self.held = self.held.checked_sub(1)?;
        one.held = 1;
        Some(one)
    }

    /// At most so many requests may be in flight: fewer after a 429.
    pub(crate) fn most_in_flight(&self) -> usize {
        self.limiter.log().most_in_flight
    }

    /// Gives the permits back that are still held, so that none is held during a wait for others.
    pub(crate) fn give_back(&mut self) {
        drop(std::mem::replace(self, self.limiter.no_permits()));
    }

    /// The next of the permits that are held, or else a new one. A pause holds back a permit that was taken before it.
    pub(crate) async fn next(&mut self) -> Permit<'a> {
        if self.held == 0 {
            let mut reserved = match &self.queue {
                Some(_) => self.limiter.first_in_line(1).await,
                None => self.limiter.reserve(1).await,
            };
            self.held = std::mem::take(&mut reserved.held);
        }
        while let Some(until) = self.limiter.pause(Instant::now()) {
            sleep_until(until).await;
        }
        self.held = self.held.saturating_sub(1);
        Permit { limiter: self.limiter, taken: Instant::now(), used: true }
    }
}

impl Drop for Permits<'_> {
    fn drop(&mut self) {
        if self.held > 0 {
            let mut log = self.limiter.log();
            log.in_flight = log.in_flight.saturating_sub(self.held);
            drop(log);
            self.limiter.changed.notify_one();
        }
    }
}

impl Permit<'_> {
    /// The server took the request.
    pub(crate) fn accepted(self) {
        let mut log = self.limiter.log();
        if log.most_in_flight == usize::MAX || log.pause_set.is_some_and(|set| self.taken <= set) {
            return;
        }
        log.successes += 1;
        if log.successes >= SUCCESSES_FOR_ONE_MORE {
            (log.successes, log.most_in_flight) = (0, log.most_in_flight + 1);
        }
    }

    /// The server answered 429: nothing more is sent for as long as it asks, or else for a time that grows with each
    /// refusal up to one window. Requests that were in flight together are one refusal. Returns how much longer than
    /// before everything waits.
    pub(crate) fn refused(self, retry_after: Option<Duration>) -> Option<Duration> {
        let now = Instant::now();
        let mut log = self.limiter.log();
        let asked = retry_after.filter(|asked| !asked.is_zero());
        let known = log.pause_set.is_some_and(|set| self.taken <= set);
        if known && asked.is_none() {
            return None;
        }
        if !known {
            log.refuse(now, self.limiter.window);
        }
        let growing = (self.limiter.window / 32).saturating_mul(1 << log.refusals.saturating_sub(1).min(5));
        let until = now + asked.unwrap_or(growing);
        let before = log.paused_until.map_or(now, |before| before.max(now));
        let longer = until.saturating_duration_since(before);
        log.paused_until = Some(before.max(until));
        log.paused += longer;
        (!longer.is_zero()).then_some(longer)
    }

    /// No request was sent with it after all.
    pub(crate) fn unused(mut self) {
        self.used = false;
    }
}

impl RequestLog {
    /// Notes a refusal: each window without one makes the next pause one step shorter.
    fn refuse(&mut self, now: Instant, window: Duration) {
        let since = self.paused_until.map_or(Duration::ZERO, |until| now.saturating_duration_since(until));
        let quiet_windows = since.as_nanos() / window.as_nanos().max(1);
        let fewer = u32::try_from(quiet_windows).unwrap_or(u32::MAX);
        self.refusals = self.refusals.saturating_sub(fewer).saturating_add(1);
        self.pause_set = Some(now);
        self.most_in_flight = (self.in_flight.min(self.most_in_flight) / 2).max(1);
        self.successes = 0;
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let mut log = self.limiter.log();
        log.in_flight = log.in_flight.saturating_sub(1);
        if self.used {
            log.free_at.push_back(Instant::now() + self.limiter.counted_after_answer());
        }
        drop(log);
        self.limiter.changed.notify_one();
    }
}

#[cfg(test)]
mod tests;
