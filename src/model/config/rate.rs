//! A rate of requests: `300/60s`.

use std::borrow::Cow;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A rate limit: at most so many requests in any window of that length; written `300/60s`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Requests.
    pub count: u32,
    /// The window's length.
    pub window: Duration,
}

impl Rate {
    /// So many requests in any 60 seconds.
    #[must_use]
    pub const fn per_minute(count: u32) -> Self {
        Self { count, window: Duration::from_secs(60) }
    }

    /// Takes `300/60s` as a rate.
    #[must_use]
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (count, seconds) = text.strip_suffix('s')?.split_once('/')?;
        let number = |digits: &str| digits.parse::<u32>().ok().filter(|_| !digits.starts_with(['0', '+']));
        let (count, seconds) = (number(count)?, number(seconds)?);
        (seconds <= 99_999).then(|| Self { count, window: Duration::from_secs(seconds.into()) })
    }
}

impl Serialize for Rate {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&format_args!("{}/{}s", self.count, self.window.as_secs()))
    }
}

impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(from)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("is not a rate such as 300/60s"))
    }
}

impl JsonSchema for Rate {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Rate".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let message = "not a rate such as 300/60s: so many requests in any window of so many seconds";
        json_schema!({ "type": "string", "pattern": "^[1-9][0-9]{0,8}/[1-9][0-9]{0,4}s$", "patternErrorMessage": message })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates() {
        assert_eq!(Rate::parse("300/60s"), Some(Rate::per_minute(300)));
        assert_eq!(Rate::parse("1000000/1s").map(|rate| rate.window), Some(Duration::from_secs(1)));
        for wrong in
            ["", "300", "300/60", "0/60s", "300/0s", "-1/60s", "+1/60s", "300/60m", "300/100000s", "4294967296/1s"]
        {
            assert_eq!(Rate::parse(wrong), None, "{wrong}");
        }
    }
}
