#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use futures_util::StreamExt as _;
use proptest::prelude::*;
use tokio::time::{advance, sleep, timeout};

use super::*;

const WINDOW: Duration = Duration::from_secs(60);

impl RateLimiter {
    /// Waits for one permit.
    async fn enter(&self) -> Permit<'_> {
        self.reserve(1).await.next().await
    }
}

fn limiter(count: u32) -> RateLimiter {
    RateLimiter::new(Rate { count, window: WINDOW })
}

fn virtual_time<T>(test: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap().block_on(test)
}

#[tokio::test(start_paused = true)]
async fn a_run_within_its_limit_never_waits() {
    let (limiter, start) = (limiter(10), Instant::now());
    for _ in 0..10 {
        drop(limiter.enter().await);
    }
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_slot_is_free_one_window_and_a_margin_after_its_answer() {
    let (limiter, start) = (limiter(1), Instant::now());
    let permit = limiter.enter().await;
    advance(Duration::from_secs(7)).await;
    assert_eq!(limiter.next_permit(), None, "it depends on the answer");
    drop(permit);
    let next = limiter.next_permit().unwrap();
    drop(limiter.enter().await);
    assert!(Instant::now() >= next && Instant::now() < next + Duration::from_millis(5));
    let (waited, want) = (start.elapsed(), Duration::from_millis(67_620));
    assert!(waited >= want && waited < want + Duration::from_millis(5), "{waited:?}");
}

#[tokio::test(start_paused = true)]
async fn a_request_without_an_answer_keeps_its_permit() {
    let limiter = Arc::new(limiter(1));
    let permit = limiter.enter().await;
    assert!(timeout(WINDOW * 10, limiter.enter()).await.is_err());
    drop(permit);
    // Whoever gave up waiting above left nothing behind.
    assert!(timeout(WINDOW * 2, limiter.enter()).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn requests_are_sent_in_order() {
    let limiter = Arc::new(limiter(1));
    let order = Arc::new(Mutex::new(Vec::new()));
    let runs = (0..5).map(|name| {
        let (limiter, order) = (Arc::clone(&limiter), Arc::clone(&order));
        async move {
            let permit = limiter.enter().await;
            order.lock().unwrap().push(name);
            drop(permit);
        }
    });
    futures_util::future::join_all(runs).await;
    assert_eq!(*order.lock().unwrap(), [0, 1, 2, 3, 4]);
}

#[tokio::test(start_paused = true)]
async fn permits_taken_together_are_waited_for_once() {
    let (limiter, start) = (limiter(5), Instant::now());
    for _ in 0..4 {
        drop(limiter.enter().await);
    }
    let mut permits = limiter.reserve(2).await;
    assert!(start.elapsed() >= WINDOW, "one permit was free, and two were asked for");
    let taken = Instant::now();
    drop(permits.next().await);
    drop(permits.next().await);
    assert_eq!(taken.elapsed(), Duration::ZERO, "no wait lies between them");
}

#[tokio::test(start_paused = true)]
async fn permits_that_are_not_used_are_free_at_once() {
    let (limiter, start) = (limiter(3), Instant::now());
    let mut permits = limiter.reserve(3).await;
    drop(permits.next().await);
    drop(permits);
    drop(limiter.reserve(2).await);
    drop(limiter.enter().await);
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn more_slots_than_the_rate_are_granted_one_after_another() {
    let (limiter, start) = (limiter(1), Instant::now());
    let mut permits = limiter.reserve(2).await;
    drop(permits.next().await);
    drop(permits.next().await);
    assert!(start.elapsed() >= WINDOW && start.elapsed() < WINDOW * 2);
}

/// Three requests of which each tries again hold all permits between them: each uses up its own before it waits.
#[tokio::test(start_paused = true)]
async fn holders_of_slots_never_wait_for_each_other() {
    let limiter = limiter(6);
    let runs = (0..9).map(|_| async {
        let mut permits = limiter.reserve(3).await;
        for _ in 0..5 {
            let permit = permits.next().await;
            sleep(Duration::from_millis(10)).await;
            drop(permit);
        }
    });
    timeout(WINDOW * 20, futures_util::future::join_all(runs)).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_pause_holds_back_slots_that_were_taken_before_it() {
    let (limiter, start) = (limiter(100), Instant::now());
    let mut permits = limiter.reserve(2).await;
    limiter.enter().await.refused(Some(Duration::from_secs(9)));
    drop(permits.next().await);
    assert!(start.elapsed() >= Duration::from_secs(9));
}

#[tokio::test(start_paused = true)]
async fn a_429_pauses_all_requests_for_the_requested_time() {
    let (limiter, start) = (limiter(100), Instant::now());
    limiter.enter().await.refused(Some(Duration::from_secs(9)));
    drop(limiter.enter().await);
    assert!(start.elapsed() >= Duration::from_secs(9) && start.elapsed() < Duration::from_secs(10));
}

#[tokio::test(start_paused = true)]
async fn pauses_without_retry_after_grow_to_one_window_and_shrink_by_quiet_windows_alone() {
    let limiter = limiter(1000);
    let mut pauses = Vec::new();
    for _ in 0..7 {
        limiter.enter().await.refused(None);
        let start = Instant::now();
        drop(limiter.enter().await);
        pauses.push(start.elapsed().as_secs_f64().round());
    }
    assert_eq!(pauses, [2.0, 4.0, 8.0, 15.0, 30.0, 60.0, 60.0]);
    let pause_after = async |quiet: Duration| {
        limiter.enter().await.accepted();
        advance(quiet).await;
        limiter.enter().await.refused(None);
        let start = Instant::now();
        drop(limiter.enter().await);
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
    let (limiter, start) = (limiter(650), Instant::now());
    let vendor = Mutex::new(Vendor { limit, taken: Vec::new(), refused: 0 });
    let most = futures_util::stream::iter(0..requests).map(async |_| {
        let mut refused = 0;
        loop {
            let permit = limiter.enter().await;
            sleep(Duration::from_millis(150)).await;
            let taken = vendor.lock().unwrap().takes(Instant::now());
            match taken {
                Ok(()) => break permit.accepted(),
                Err(wait) => _ = permit.refused(says_when.then_some(wait)),
            }
            refused += 1;
        }
        refused
    });
    let most = most.buffer_unordered(16).fold(0, async |most, refused: u32| most.max(refused)).await;
    (vendor.into_inner().unwrap().refused, most, start.elapsed())
}

#[tokio::test(start_paused = true)]
async fn a_much_lower_server_limit_costs_few_refusals() {
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
    let limiter = limiter(1000);
    let permits = futures_util::future::join_all((0..16).map(|_| limiter.enter())).await;
    for permit in permits {
        permit.refused(None);
    }
    sleep(WINDOW).await;
    let in_flight = async || {
        let mut permits = Vec::new();
        while let Ok(permit) = timeout(Duration::from_millis(1), limiter.enter()).await {
            permits.push(permit);
        }
        let number = permits.len();
        permits.into_iter().for_each(Permit::unused);
        number
    };
    assert_eq!(in_flight().await, 8);
    for _ in 0..SUCCESSES_FOR_ONE_MORE * 2 {
        limiter.enter().await.accepted();
    }
    assert_eq!(in_flight().await, 10);
}

#[tokio::test(start_paused = true)]
async fn a_slot_without_a_request_is_free_at_once_and_pauses_are_added_up() {
    let (limiter, start) = (limiter(1), Instant::now());
    limiter.enter().await.unused();
    let permit = limiter.enter().await;
    assert_eq!(start.elapsed(), Duration::ZERO);
    assert_eq!(permit.refused(Some(Duration::from_secs(90))), Some(Duration::from_secs(90)));
    sleep(WINDOW * 2).await;
    assert_eq!(limiter.enter().await.refused(Some(Duration::from_secs(7))), Some(Duration::from_secs(7)));
    assert_eq!(limiter.paused(), Duration::from_secs(97));
}

#[tokio::test(start_paused = true)]
async fn requests_refused_together_are_one_refusal() {
    let limiter = limiter(100);
    let permits = futures_util::future::join_all((0..10).map(|_| limiter.enter())).await;
    advance(Duration::from_millis(50)).await;
    for permit in permits {
        permit.refused(None);
    }
    let start = Instant::now();
    drop(limiter.enter().await);
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
            let limiter = RateLimiter::new(Rate { count, window });
            let seen = Mutex::new(Vec::new());
            let runs = requests.iter().map(|(arrives, lasts, waits)| {
                let (limiter, seen) = (&limiter, &seen);
                async move {
                    sleep(Duration::from_millis(*arrives)).await;
                    let run = async {
                        let permit = limiter.enter().await;
                        let sent = Instant::now();
                        sleep(Duration::from_millis(*lasts)).await;
                        seen.lock().unwrap().push((sent, Instant::now()));
                        drop(permit);
                    };
                    match waits {
                        Some(waits) => drop(timeout(Duration::from_millis(*waits), run).await),
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

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_between_requests_that_need_more_slots_than_the_rate_has() {
    let limiter = Arc::new(limiter(1));
    let order = Mutex::new(Vec::new());
    let oldest = Duration::from_secs(2);
    let pair = async |name| {
        let mut permits = limiter.reserve(2).await;
        for request in ["read", "write"] {
            assert!(!permits.are_outdated(), "one window lies between both");
            drop(permits.next().await);
            order.lock().unwrap().push((name, request));
            permits.row_was_read(Instant::now(), oldest);
        }
    };
    futures_util::future::join3(pair("a"), pair("b"), pair("c")).await;
    let want = ["a", "b", "c"].iter().flat_map(|name| [(*name, "read"), (*name, "write")]);
    assert_eq!(*order.lock().unwrap(), want.collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn permits_that_are_split_off_are_used_at_once_and_stay_within_the_rate() {
    let (limiter, start) = (limiter(3), Instant::now());
    let mut permits = limiter.reserve(3).await;
    let mut parts = [permits.split_off().unwrap(), permits.split_off().unwrap()];
    for part in &mut parts {
        drop(part.next().await);
    }
    drop(permits.next().await);
    assert!(permits.split_off().is_none());
    assert_eq!(start.elapsed(), Duration::ZERO);
    assert!(timeout(WINDOW / 2, limiter.enter()).await.is_err(), "all three permits are used");
    drop((parts, permits));
    // A rate with fewer permits than were asked for keeps its requests in one queue.
    let mut permits = limiter.reserve(4).await;
    assert!(permits.split_off().is_none());
}

/// How a server counts the requests that it allows in [`SHORT`].
#[derive(Clone, Copy, Debug)]
enum ServerLimit {
    FixedWindow,
    SlidingWindow,
    TokenBucket,
}

const SHORT: Rate = Rate { count: 65, window: Duration::from_secs(6) };

impl ServerLimit {
    /// Whether one more request is within the limit, after those at these instants.
    fn allows(self, taken: &[Instant], start: Instant, now: Instant) -> bool {
        let windows = |at: Instant| (at - start).as_nanos() / SHORT.window.as_nanos();
        match self {
            Self::FixedWindow => taken.iter().filter(|at| windows(**at) == windows(now)).count() < 65,
            Self::SlidingWindow => taken.iter().filter(|at| now - **at < SHORT.window).count() < 65,
            Self::TokenBucket => {
                let full = f64::from(SHORT.count);
                let a_second = full / SHORT.window.as_secs_f64();
                let filled = |(tokens, before): (f64, Instant), at: Instant| {
                    (full.min(tokens + (at - before).as_secs_f64() * a_second), at)
                };
                let bucket = taken.iter().fold((full, start), |bucket, at| {
                    let (tokens, at) = filled(bucket, *at);
                    (tokens - 1.0, at)
                });
                filled(bucket, now).0 >= 1.0
            }
        }
    }
}

/// 260 requests need three times the window in each of these servers. The answer takes 120 ms, and the server counts the request
/// at any instant before it.
#[test]
fn a_limit_is_used_up_without_a_refusal_whatever_window_the_server_has() {
    let floor = SHORT.window * 3;
    for server in [ServerLimit::FixedWindow, ServerLimit::SlidingWindow, ServerLimit::TokenBucket] {
        for (counted_after, callers) in [(0, 16), (60, 16), (120, 16), (0, 64), (60, 64), (120, 64)] {
            let took = virtual_time(async {
                let (limiter, start) = (RateLimiter::new(SHORT), Instant::now());
                let taken = Mutex::new(Vec::new());
                let requests = futures_util::stream::iter(0..260).map(async |_| {
                    let permit = limiter.enter().await;
                    sleep(Duration::from_millis(counted_after)).await;
                    let now = Instant::now();
                    assert!(
                        server.allows(&taken.lock().unwrap(), start, now),
                        "{server:?} refuses after {:?}",
                        now - start
                    );
                    taken.lock().unwrap().push(now);
                    sleep(Duration::from_millis(120 - counted_after)).await;
                    permit.accepted();
                });
                requests.buffer_unordered(callers).collect::<Vec<()>>().await;
                start.elapsed()
            });
            assert!(took >= floor && took <= floor.mul_f64(1.08), "{server:?}, {callers} callers: {took:?}");
        }
    }
}

/// What `apply` asks before it begins with one more person.
#[tokio::test(start_paused = true)]
async fn a_permit_is_free_while_the_limit_is_not_used_up_and_nothing_is_paused() {
    let limiter = limiter(2);
    assert!(limiter.has_free_permit());
    let first = limiter.enter().await;
    assert!(limiter.has_free_permit());
    let second = limiter.enter().await;
    assert!(!limiter.has_free_permit());
    first.accepted();
    assert!(!limiter.has_free_permit(), "it counts for one window more");
    advance(WINDOW + WINDOW / 10).await;
    assert!(limiter.has_free_permit());
    second.refused(Some(Duration::from_secs(5)));
    assert!(!limiter.has_free_permit());
    advance(WINDOW * 2).await;
    assert!(limiter.has_free_permit());
}
