//! How fast a system is asked: an exact log of a sliding window (design 2.9).
//!
//! A request takes a slot before it is sent, and the slot is free again one window (and a small margin) after its
//! *answer*, since nobody outside the server knows at which moment in between it was counted. So a small run never
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

use crate::config::Rate;

/// The slots of one system in this process.
#[derive(Debug)]
pub struct Pace {
    count: usize,
    window: Duration,
    /// Whoever holds it is first in line; tokio's mutex is fair, so requests go out in the order in which they came.
    line: tokio::sync::Mutex<()>,
    log: Mutex<Log>,
    /// An answer has come back, or a pause was set.
    changed: Notify,
}

#[derive(Debug)]
struct Log {
    /// Requests without an answer yet.
    in_flight: usize,
    /// When each answered request's slot is free again, soonest first.
    free_at: VecDeque<Instant>,
    /// Nothing is sent before this.
    paused_until: Option<Instant>,
    /// When the last pause was set: what was sent before that says nothing new about it.
    pause_set: Option<Instant>,
    /// How many pauses followed each other with less than one window between them.
    refusals: u32,
    /// The length of all pauses together.
    paused: Duration,
    /// At most so many requests are in flight.
    at_once: usize,
    /// Successes since `at_once` changed.
    successes: usize,
}

/// After so many successes one more request may be in flight. A server that refused a burst must not get one again soon.
const SUCCESSES_FOR_ONE_MORE: usize = 16;

/// The right to send one request. Dropped, it counts as answered at that moment.
#[derive(Debug)]
#[must_use = "a slot that is dropped at once does not cover the request"]
pub struct Slot<'a> {
    pace: &'a Pace,
    taken: Instant,
    /// Whether a request was sent with it.
    used: bool,
}

/// Slots that were taken together, so that no wait for the rate limit lies between the requests that use them. Those that
/// are not used are given back when this is dropped.
///
/// A request uses up the slots that are held before it waits for another, so nothing waits in line while it holds one.
#[derive(Debug)]
pub struct Slots<'a> {
    pace: &'a Pace,
    held: usize,
}

impl Pace {
    /// At most `rate.count` requests in any `rate.window`; a count of 0 is taken as 1.
    #[must_use]
    pub fn new(rate: Rate) -> Self {
        let log = Log {
            in_flight: 0,
            free_at: VecDeque::new(),
            paused_until: None,
            pause_set: None,
            refusals: 0,
            paused: Duration::ZERO,
            at_once: usize::MAX,
            successes: 0,
        };
        Self {
            count: usize::try_from(rate.count.max(1)).unwrap_or(usize::MAX),
            window: rate.window,
            line: tokio::sync::Mutex::new(()),
            log: Mutex::new(log),
            changed: Notify::new(),
        }
    }

    /// Waits for a slot: first come, first served. A caller that gives up waiting leaves nothing behind.
    pub async fn enter(&self) -> Slot<'_> {
        self.reserve(1).await.next().await
    }

    /// Waits until so many slots are free together, or as many as the rate has.
    pub async fn reserve(&self, slots: usize) -> Slots<'_> {
        let wanted = slots.clamp(1, self.count);
        let _first_in_line = self.line.lock().await;
        loop {
            let free_at = match self.take(wanted, Instant::now()) {
                Ok(slots) => return slots,
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

    /// No slots: each request waits for its own.
    pub const fn no_slots(&self) -> Slots<'_> {
        Slots { pace: self, held: 0 }
    }

    /// So many slots now, or when to look again; `None` if that depends on an answer that is still to come.
    fn take(&self, wanted: usize, now: Instant) -> Result<Slots<'_>, Option<Instant>> {
        let mut log = self.log();
        while log.free_at.front().is_some_and(|free_at| *free_at <= now) {
            log.free_at.pop_front();
        }
        if let Some(until) = log.paused_until.filter(|until| *until > now) {
            return Err(Some(until));
        }
        // A reservation of several goes alone where even that many are too many.
        if log.in_flight > 0 && log.in_flight + wanted > log.at_once {
            return Err(None);
        }
        if log.in_flight + log.free_at.len() + wanted > self.count {
            return Err(log.free_at.front().copied());
        }
        log.in_flight += wanted;
        Ok(Slots { pace: self, held: wanted })
    }

    /// How long a pause that the server asked for lasts from now.
    fn pause(&self, now: Instant) -> Option<Instant> {
        self.log().paused_until.filter(|until| *until > now)
    }

    /// How long this system was paused by 429s so far, pauses that have begun included.
    #[must_use]
    pub fn paused(&self) -> Duration {
        self.log().paused
    }

    /// How long after its answer a request still counts: the window, 1 % for clocks that differ, 20 ms for the way.
    fn hold(&self) -> Duration {
        self.window + self.window / 100 + Duration::from_millis(20)
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        // Nothing that holds the lock can panic half-way, so a poisoned log is still a right one.
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<'a> Slots<'a> {
    /// The next of the slots that are held, or else a new one. A pause holds back a slot that was taken before it.
    pub async fn next(&mut self) -> Slot<'a> {
        if self.held == 0 {
            // Not through `enter`, which comes here.
            *self = self.pace.reserve(1).await;
        }
        while let Some(until) = self.pace.pause(Instant::now()) {
            sleep_until(until).await;
        }
        self.held = self.held.saturating_sub(1);
        Slot { pace: self.pace, taken: Instant::now(), used: true }
    }
}

impl Drop for Slots<'_> {
    fn drop(&mut self) {
        if self.held > 0 {
            let mut log = self.pace.log();
            log.in_flight = log.in_flight.saturating_sub(self.held);
            drop(log);
            self.pace.changed.notify_one();
        }
    }
}

impl Slot<'_> {
    /// The server took the request.
    pub fn accepted(self) {
        let mut log = self.pace.log();
        if log.at_once == usize::MAX || log.pause_set.is_some_and(|set| self.taken <= set) {
            return;
        }
        log.successes += 1;
        if log.successes >= SUCCESSES_FOR_ONE_MORE {
            (log.successes, log.at_once) = (0, log.at_once + 1);
        }
    }

    /// The server answered 429: nothing more is sent for as long as it asks, or else for a time that grows with each
    /// refusal up to one window. Requests that were in flight together are one refusal. Returns how much longer than
    /// before everything waits.
    #[expect(clippy::must_use_candidate, reason = "the pause holds whether or not it is announced")]
    pub fn refused(self, retry_after: Option<Duration>) -> Option<Duration> {
        let now = Instant::now();
        let mut log = self.pace.log();
        let asked = retry_after.filter(|asked| !asked.is_zero());
        let known = log.pause_set.is_some_and(|set| self.taken <= set);
        if known && asked.is_none() {
            return None;
        }
        if !known {
            log.refuse(now, self.pace.window);
        }
        let growing = (self.pace.window / 32).saturating_mul(1 << log.refusals.saturating_sub(1).min(5));
        let until = now + asked.unwrap_or(growing);
        let before = log.paused_until.map_or(now, |before| before.max(now));
        let longer = until.saturating_duration_since(before);
        log.paused_until = Some(before.max(until));
        log.paused += longer;
        (!longer.is_zero()).then_some(longer)
    }

    /// No request was sent with it after all.
    pub fn unused(mut self) {
        self.used = false;
    }
}

impl Log {
    /// Notes a refusal: each window without one makes the next pause one step shorter.
    fn refuse(&mut self, now: Instant, window: Duration) {
        let since = self.paused_until.map_or(Duration::ZERO, |until| now.saturating_duration_since(until));
        let quiet_windows = since.as_nanos() / window.as_nanos().max(1);
        let fewer = u32::try_from(quiet_windows).unwrap_or(u32::MAX);
        self.refusals = self.refusals.saturating_sub(fewer).saturating_add(1);
        self.pause_set = Some(now);
        self.at_once = (self.in_flight.min(self.at_once) / 2).max(1);
        self.successes = 0;
    }
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        let mut log = self.pace.log();
        log.in_flight = log.in_flight.saturating_sub(1);
        if self.used {
            log.free_at.push_back(Instant::now() + self.pace.hold());
        }
        drop(log);
        self.pace.changed.notify_one();
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::Arc;

    use futures_util::StreamExt as _;
    use proptest::prelude::*;
    use tokio::time::{advance, sleep, timeout};

    use super::*;

    const WINDOW: Duration = Duration::from_secs(60);

    fn pace(count: u32) -> Pace {
        Pace::new(Rate { count, window: WINDOW })
    }

    fn virtual_time<T>(test: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap().block_on(test)
    }

    #[tokio::test(start_paused = true)]
    async fn a_run_within_its_limit_never_waits() {
        let (pace, start) = (pace(10), Instant::now());
        for _ in 0..10 {
            drop(pace.enter().await);
        }
        assert_eq!(start.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn a_slot_is_free_one_window_and_a_margin_after_its_answer() {
        let (pace, start) = (pace(1), Instant::now());
        let slot = pace.enter().await;
        advance(Duration::from_secs(7)).await;
        drop(slot);
        drop(pace.enter().await);
        let (waited, want) = (start.elapsed(), Duration::from_millis(67_620));
        assert!(waited >= want && waited < want + Duration::from_millis(5), "{waited:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_without_an_answer_keeps_its_slot() {
        let pace = Arc::new(pace(1));
        let slot = pace.enter().await;
        assert!(timeout(WINDOW * 10, pace.enter()).await.is_err());
        drop(slot);
        // Whoever gave up waiting above left nothing behind.
        assert!(timeout(WINDOW * 2, pace.enter()).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn who_comes_first_goes_first() {
        let pace = Arc::new(pace(1));
        let order = Arc::new(Mutex::new(Vec::new()));
        let runs = (0..5).map(|name| {
            let (pace, order) = (Arc::clone(&pace), Arc::clone(&order));
            async move {
                let slot = pace.enter().await;
                order.lock().unwrap().push(name);
                drop(slot);
            }
        });
        futures_util::future::join_all(runs).await;
        assert_eq!(*order.lock().unwrap(), [0, 1, 2, 3, 4]);
    }

    #[tokio::test(start_paused = true)]
    async fn slots_taken_together_are_waited_for_once() {
        let (pace, start) = (pace(5), Instant::now());
        for _ in 0..4 {
            drop(pace.enter().await);
        }
        let mut slots = pace.reserve(2).await;
        assert!(start.elapsed() >= WINDOW, "one slot was free, and two were asked for");
        let taken = Instant::now();
        drop(slots.next().await);
        drop(slots.next().await);
        assert_eq!(taken.elapsed(), Duration::ZERO, "no wait lies between them");
    }

    #[tokio::test(start_paused = true)]
    async fn slots_that_are_not_used_are_free_at_once() {
        let (pace, start) = (pace(3), Instant::now());
        let mut slots = pace.reserve(3).await;
        drop(slots.next().await);
        drop(slots);
        drop(pace.reserve(2).await);
        drop(pace.enter().await);
        assert_eq!(start.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn more_slots_than_the_rate_has_are_not_waited_for_for_ever() {
        let (pace, start) = (pace(1), Instant::now());
        let mut slots = pace.reserve(2).await;
        drop(slots.next().await);
        drop(slots.next().await);
        assert!(start.elapsed() >= WINDOW && start.elapsed() < WINDOW * 2);
    }

    /// Three requests of which each tries again hold all slots between them: each uses up its own before it waits.
    #[tokio::test(start_paused = true)]
    async fn those_who_hold_slots_never_wait_for_each_other() {
        let pace = pace(6);
        let runs = (0..9).map(|_| async {
            let mut slots = pace.reserve(3).await;
            for _ in 0..5 {
                let slot = slots.next().await;
                sleep(Duration::from_millis(10)).await;
                drop(slot);
            }
        });
        timeout(WINDOW * 20, futures_util::future::join_all(runs)).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_holds_back_slots_that_were_taken_before_it() {
        let (pace, start) = (pace(100), Instant::now());
        let mut slots = pace.reserve(2).await;
        pace.enter().await.refused(Some(Duration::from_secs(9)));
        drop(slots.next().await);
        assert!(start.elapsed() >= Duration::from_secs(9));
    }

    #[tokio::test(start_paused = true)]
    async fn a_429_pauses_everybody_as_long_as_the_server_asks() {
        let (pace, start) = (pace(100), Instant::now());
        pace.enter().await.refused(Some(Duration::from_secs(9)));
        drop(pace.enter().await);
        assert!(start.elapsed() >= Duration::from_secs(9) && start.elapsed() < Duration::from_secs(10));
    }

    #[tokio::test(start_paused = true)]
    async fn pauses_without_retry_after_grow_to_one_window_and_shrink_by_quiet_windows_alone() {
        let pace = pace(1000);
        let mut pauses = Vec::new();
        for _ in 0..7 {
            pace.enter().await.refused(None);
            let start = Instant::now();
            drop(pace.enter().await);
            pauses.push(start.elapsed().as_secs_f64().round());
        }
        assert_eq!(pauses, [2.0, 4.0, 8.0, 15.0, 30.0, 60.0, 60.0]);
        let pause_after = async |quiet: Duration| {
            pace.enter().await.accepted();
            advance(quiet).await;
            pace.enter().await.refused(None);
            let start = Instant::now();
            drop(pace.enter().await);
            start.elapsed().as_secs()
        };
        assert_eq!(pause_after(Duration::ZERO).await, 60, "one success shows nothing");
        assert_eq!(pause_after(WINDOW * 5).await, 15, "five quiet windows are four steps fewer than one more");
        assert_eq!(pause_after(WINDOW * 20).await, 1);
    }

    /// A server with a limit of its own, below ours, that counts what it takes.
    struct Vendor {
        limit: usize,
        taken: Vec<Instant>,
        refused: usize,
    }

    impl Vendor {
        fn takes(&mut self, now: Instant) -> Result<(), Duration> {
            self.taken.retain(|at| now - *at < WINDOW);
            if self.taken.len() < self.limit {
                self.taken.push(now);
                return Ok(());
            }
            self.refused += 1;
            Err(self.taken.first().map_or(WINDOW, |first| WINDOW.saturating_sub(now - *first)))
        }
    }

    /// Sends `requests` with 16 callers against a limit per window, each as often as it is refused. Returns how often the
    /// server refused, how often the unluckiest request was refused, and how long it took.
    async fn against(limit: usize, requests: usize, says_when: bool) -> (usize, u32, Duration) {
        let (pace, start) = (pace(650), Instant::now());
        let vendor = Mutex::new(Vendor { limit, taken: Vec::new(), refused: 0 });
        let most = futures_util::stream::iter(0..requests).map(async |_| {
            let mut refused = 0;
            loop {
                let slot = pace.enter().await;
                sleep(Duration::from_millis(150)).await;
                let taken = vendor.lock().unwrap().takes(Instant::now());
                match taken {
                    Ok(()) => break slot.accepted(),
                    Err(wait) => _ = slot.refused(says_when.then_some(wait)),
                }
                refused += 1;
            }
            refused
        });
        let most = most.buffer_unordered(16).fold(0, async |most, refused: u32| most.max(refused)).await;
        (vendor.into_inner().unwrap().refused, most, start.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_allows_far_less_than_the_rate_takes_everything_after_few_refusals() {
        for says_when in [false, true] {
            for limit in [2, 5, 8, 15, 16, 17, 24, 33] {
                let (refused, most, took) = against(limit, 60, says_when).await;
                let windows = u32::try_from(60_usize.div_ceil(limit)).unwrap();
                let case = format!("{limit} a window: {refused} refused, {most} for one request, {took:?}");
                assert!(most <= 3 && refused <= 60, "{case}");
                assert!(took <= WINDOW * windows + WINDOW / 2, "{case}");
            }
        }
        // As many as there are callers: the first burst passes, and only the second one is refused.
        let (refused, ..) = against(16, 60, false).await;
        assert!(refused <= 40, "{refused}");
    }

    #[tokio::test(start_paused = true)]
    async fn fewer_are_in_flight_after_a_refusal_and_more_again_after_successes() {
        let pace = pace(1000);
        let slots = futures_util::future::join_all((0..16).map(|_| pace.enter())).await;
        for slot in slots {
            slot.refused(None);
        }
        sleep(WINDOW).await;
        let in_flight = async || {
            let mut slots = Vec::new();
            while let Ok(slot) = timeout(Duration::from_millis(1), pace.enter()).await {
                slots.push(slot);
            }
            let number = slots.len();
            slots.into_iter().for_each(Slot::unused);
            number
        };
        assert_eq!(in_flight().await, 8);
        for _ in 0..SUCCESSES_FOR_ONE_MORE * 2 {
            pace.enter().await.accepted();
        }
        assert_eq!(in_flight().await, 10);
    }

    #[tokio::test(start_paused = true)]
    async fn a_slot_without_a_request_is_free_at_once_and_pauses_are_added_up() {
        let (pace, start) = (pace(1), Instant::now());
        pace.enter().await.unused();
        let slot = pace.enter().await;
        assert_eq!(start.elapsed(), Duration::ZERO);
        assert_eq!(slot.refused(Some(Duration::from_secs(90))), Some(Duration::from_secs(90)));
        sleep(WINDOW * 2).await;
        assert_eq!(pace.enter().await.refused(Some(Duration::from_secs(7))), Some(Duration::from_secs(7)));
        assert_eq!(pace.paused(), Duration::from_secs(97));
    }

    #[tokio::test(start_paused = true)]
    async fn requests_refused_together_are_one_refusal() {
        let pace = pace(100);
        let slots = futures_util::future::join_all((0..10).map(|_| pace.enter())).await;
        advance(Duration::from_millis(50)).await;
        for slot in slots {
            slot.refused(None);
        }
        let start = Instant::now();
        drop(pace.enter().await);
        assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// However requests arrive, last or are given up: no window holds more than the limit, counted from the
        /// moment of sending to the moment of the answer.
        #[test]
        fn no_window_holds_more_than_the_limit(
            count in 1_u32..6,
            requests in prop::collection::vec((0_u64..4_000, 0_u64..2_500, prop::option::of(0_u64..3_000)), 1..40),
        ) {
            let window = Duration::from_secs(1);
            let seen = virtual_time(async {
                let pace = Pace::new(Rate { count, window });
                let seen = Mutex::new(Vec::new());
                let runs = requests.iter().map(|(arrives, lasts, patience)| {
                    let (pace, seen) = (&pace, &seen);
                    async move {
                        sleep(Duration::from_millis(*arrives)).await;
                        let run = async {
                            let slot = pace.enter().await;
                            let sent = Instant::now();
                            sleep(Duration::from_millis(*lasts)).await;
                            seen.lock().unwrap().push((sent, Instant::now()));
                            drop(slot);
                        };
                        match patience {
                            Some(patience) => drop(timeout(Duration::from_millis(*patience), run).await),
                            None => run.await,
                        }
                    }
                });
                futures_util::future::join_all(runs).await;
                seen.into_inner().unwrap()
            });
            for (end, _) in &seen {
                let start = *end - window;
                let held = seen.iter().filter(|(sent, answered)| sent <= end && *answered >= start).count();
                prop_assert!(held <= usize::try_from(count).unwrap(), "{held} of {count}");
            }
        }
    }
}
