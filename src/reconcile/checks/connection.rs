//! The checks of the way to one system: reach, token, clock.

use std::time::Duration;

use super::{CheckOutcome, ReadFailure};
use crate::model::server_facts::ServerFacts;

/// A slower server makes every run long.
const SLOW: Duration = Duration::from_secs(2);

/// A difference of the clocks that changes nothing.
const SECONDS_APART: i64 = 30;

/// Whether the servers answer. `unreachable` is the failure of a request that got no answer.
pub(super) fn reach(servers: &[ServerFacts], unreachable: Option<&ReadFailure>) -> CheckOutcome {
    if let Some(failure) = unreachable {
        return failure.failed();
    }
    let answered: Vec<(&str, Duration)> =
        servers.iter().filter_map(|server| Some((server.place.as_str(), server.latency?))).collect();
    let times: Vec<String> = answered
        .iter()
        .map(|(place, latency)| format!("{place} answers in {} ms", latency.as_millis().max(1)))
        .collect();
    if answered.iter().any(|(_, latency)| *latency >= SLOW) {
        return CheckOutcome::warning(
            times.join(", "),
            "check the network and the proxy: every request of a run takes at least so long",
        );
    }
    CheckOutcome::ok(times.join(", "))
}

/// Whether this machine's clock agrees with the servers' `Date` headers.
pub(super) fn clock(servers: &[ServerFacts]) -> CheckOutcome {
    if servers.iter().all(|server| server.latency.is_none()) {
        return CheckOutcome::skipped("no answer came");
    }
    let dated = servers.iter().filter_map(|server| Some((server.place.as_str(), server.clock_ahead?)));
    let Some((place, ahead)) = dated.max_by_key(|(_, ahead)| ahead.abs()) else {
        return CheckOutcome::ok("no answer has a Date header, so it cannot be compared");
    };
    if ahead.abs() <= SECONDS_APART {
        return CheckOutcome::ok(format!("this machine's clock agrees with that of {place}"));
    }
    let side = if ahead > 0 { "ahead of" } else { "behind" };
    CheckOutcome::warning(
        format!("this machine's clock is {} s {side} that of {place}", ahead.abs()),
        "set the clock of this machine by a time server: days of expiry and certificates are judged by it",
    )
}
