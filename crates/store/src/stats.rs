//! Counters: kept with every recorded attempt, so that no page counts rows.

use async_trait::async_trait;
use wirepost_model::ids::EndpointId;
use wirepost_model::timestamp::Timestamp;

use crate::StoreResult;

/// Milliseconds of one counter's span: five minutes.
pub const SPAN_MILLIS: i64 = 5 * 60 * 1_000;

/// What happened at an endpoint in one span or several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Start of the (first) span.
    pub from: Timestamp,
    /// Attempts that succeeded.
    pub attempts_succeeded: u64,
    /// Attempts that failed.
    pub attempts_failed: u64,
    /// Sum of all durations, in milliseconds.
    pub duration_millis: u64,
    /// Deliveries that ended delivered.
    pub delivered: u64,
    /// Deliveries that ended failed.
    pub failed: u64,
    /// Deliveries that ended canceled.
    pub canceled: u64,
}

/// Reads counters.
#[async_trait]
pub trait Stats {
    /// An endpoint's counters by span, from the span that holds `since` to the one that holds `until`, oldest
    /// first; spans in which nothing happened are left out.
    async fn endpoint_counts(
        &self,
        endpoint: EndpointId,
        since: Timestamp,
        until: Timestamp,
    ) -> StoreResult<Vec<Counts>>;

    /// How many deliveries of an endpoint are pending now.
    async fn count_pending(&self, endpoint: EndpointId) -> StoreResult<u64>;
}

/// The start of the span that holds `instant`.
pub fn span_of(instant: Timestamp) -> Timestamp {
    Timestamp::from_millis(instant.as_millis().div_euclid(SPAN_MILLIS) * SPAN_MILLIS)
}
