//! What is known of a server beside the content of its answers.

use std::time::Duration;

/// What is known of one server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerFacts {
    /// Host, and the port where it is not the usual one.
    pub place: String,
    /// The proxy on the way to it.
    pub proxy: Option<ProxyInUse>,
    /// The time to the first byte of its fastest answer; none before the first answer.
    pub latency: Option<Duration>,
    /// So many seconds this machine's clock is ahead of the `Date` header; negative: behind. None without such a header.
    pub clock_ahead: Option<i64>,
    /// The headers of its answers that name a rate limit.
    pub limit_headers: Vec<&'static str>,
}

/// The proxy that requests to a server go through.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ProxyInUse {
    /// Its host and port, without the user name and password that its URL may hold.
    pub place: String,
    /// The variable that names it; none where the operating system does.
    pub variable: Option<&'static str>,
}

impl ServerFacts {
    /// Both together: two ways to one server.
    #[must_use]
    pub(crate) fn and(self, other: &Self) -> Self {
        let latency = [self.latency, other.latency].into_iter().flatten().min();
        let clock_ahead = smallest([self.clock_ahead, other.clock_ahead]);
        let limit_headers = [self.limit_headers.as_slice(), &other.limit_headers].concat();
        Self { latency, clock_ahead, limit_headers, ..self }
    }
}

/// The smaller difference of two clocks. The header has whole seconds, and an answer takes time, so it is the truer one.
#[must_use]
pub(crate) fn smallest(ahead: [Option<i64>; 2]) -> Option<i64> {
    ahead.into_iter().flatten().min_by_key(|ahead| ahead.abs())
}
