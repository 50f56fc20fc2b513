//! The waits of apply for reads that lag behind writes (docs/vendor-apis.md, "CRM: reads after writes").

use std::time::Duration;

/// The waits of one run; tests shorten them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsistencyWaits {
    /// How often a row is looked for whose create was not answered.
    pub looks: u32,
    /// How long to wait between two looks.
    pub between_looks: Duration,
    /// How long to wait before each further reading back.
    pub before_reading_again: Vec<Duration>,
    /// A Property Finder row of a batch that was read longer ago is read again before it is written to.
    pub fresh: Duration,
    /// A write that had to wait is not sent longer after the read that it rests on: the row is read again.
    pub oldest_read: Duration,
}

impl Default for ConsistencyWaits {
    /// Three look-ups over three seconds, and ten seconds of read-back.
    fn default() -> Self {
        let millis = [500, 1500, 3000, 5000];
        Self {
            looks: 3,
            between_looks: Duration::from_millis(1500),
            before_reading_again: millis.map(Duration::from_millis).to_vec(),
            fresh: Duration::from_secs(2),
            oldest_read: Duration::from_secs(2),
        }
    }
}
