//! How fast the answers of one server arrive, and by which clock they are dated.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use reqwest::header::{self, HeaderMap};

use crate::model::server_facts::smallest;

/// The fastest answer so far, and by how many seconds this machine's clock is ahead of the server's.
#[derive(Debug, Default)]
pub(super) struct AnswerTimes {
    times: Mutex<(Option<Duration>, Option<i64>)>,
    limit_headers: Mutex<BTreeSet<&'static str>>,
}

/// The usual headers that name a rate limit.
const LIMIT_HEADERS: [&str; 9] = [
    "ratelimit",
    "ratelimit-limit",
    "ratelimit-policy",
    "ratelimit-remaining",
    "ratelimit-reset",
    "x-rate-limit-limit",
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
];

impl AnswerTimes {
    /// Takes note of an answer that arrives now.
    pub(super) fn note(&self, took: Duration, headers: &HeaderMap) {
        let date = headers.get(header::DATE).and_then(|date| httpdate::parse_http_date(date.to_str().ok()?).ok());
        let ahead = date.map(|date| seconds_ahead(SystemTime::now(), date));
        self.limits().extend(LIMIT_HEADERS.into_iter().filter(|name| headers.contains_key(*name)));
        let mut times = self.times.lock().unwrap_or_else(PoisonError::into_inner);
        *times = (Some(times.0.map_or(took, |shortest| shortest.min(took))), smallest([times.1, ahead]));
    }

    /// The headers that name a rate limit.
    pub(super) fn limit_headers(&self) -> Vec<&'static str> {
        self.limits().iter().copied().collect()
    }

    fn limits(&self) -> MutexGuard<'_, BTreeSet<&'static str>> {
        self.limit_headers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The shortest time, and the smallest difference of the clocks.
    pub(super) fn seen(&self) -> (Option<Duration>, Option<i64>) {
        *self.times.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn seconds_ahead(here: SystemTime, there: SystemTime) -> i64 {
    let seconds = |duration: Duration| i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
    match here.duration_since(there) {
        Ok(ahead) => seconds(ahead),
        Err(behind) => -seconds(behind.duration()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fastest_answer_and_the_smallest_difference_count() {
        let times = AnswerTimes::default();
        let dated = |behind: u64| {
            let date = httpdate::fmt_http_date(SystemTime::now() - Duration::from_secs(behind));
            header::HeaderValue::from_str(&date)
                .map(|date| HeaderMap::from_iter([(header::DATE, date)]))
                .unwrap_or_default()
        };
        times.note(Duration::from_millis(30), &HeaderMap::new());
        assert_eq!(times.seen(), (Some(Duration::from_millis(30)), None));
        times.note(Duration::from_millis(70), &dated(300));
        times.note(Duration::from_millis(20), &dated(100));
        times.note(Duration::from_millis(50), &dated(200));
        let (latency, ahead) = times.seen();
        assert_eq!(latency, Some(Duration::from_millis(20)));
        assert!(ahead.is_some_and(|ahead| (100..=102).contains(&ahead)), "{ahead:?}");
    }
}
