//! How a slow endpoint is spared, as we show it.

use schemars::JsonSchema;
use serde::Serialize;
use wirepost_model::lane::Throttled;
use wirepost_model::timestamp::Timestamp;

/// How an endpoint is slowed down for that is overloaded or down.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ThrottledOut {
    since: Timestamp,
    /// How long it is left alone between two requests; 0 while fewer at once are enough.
    spacing_ms: u64,
}

impl From<Throttled> for ThrottledOut {
    fn from(throttled: Throttled) -> Self {
        let spacing_ms = u64::try_from(throttled.spacing.as_millis()).unwrap_or(u64::MAX);
        Self { since: throttled.since, spacing_ms }
    }
}
