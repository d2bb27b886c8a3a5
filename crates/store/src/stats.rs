//! Counters: kept with every recorded attempt, so that no page counts rows.

use async_trait::async_trait;
use wirepost_model::ids::{EndpointId, MessageId};
use wirepost_model::latency::Latencies;
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
    /// How long the attempts took; those are missing that were recorded before this was counted.
    pub latencies: Latencies,
}

impl Counts {
    /// All attempts.
    pub fn attempts(&self) -> u64 {
        self.attempts_succeeded + self.attempts_failed
    }

    /// Counts what others counted; `from` stays.
    pub fn add(&mut self, others: &Self) {
        self.attempts_succeeded += others.attempts_succeeded;
        self.attempts_failed += others.attempts_failed;
        self.duration_millis += others.duration_millis;
        self.delivered += others.delivered;
        self.failed += others.failed;
        self.canceled += others.canceled;
        self.latencies.add(&others.latencies);
    }
}

/// What waits for an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Backlog {
    /// Pending deliveries that are due by now; no more are counted than was asked for.
    pub due: u64,
    /// The pending delivery that is due first, due by now or not.
    pub first: Option<FirstPending>,
}

/// The pending delivery of an endpoint that is due before all others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FirstPending {
    /// Its message.
    pub message: MessageId,
    /// When it is due.
    pub due_at: Timestamp,
    /// Attempts on the schedule so far.
    pub tries: u32,
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

    /// Removes counters of spans that began before this instant, the oldest first, so many at most. Answers how many.
    async fn forget_counts(&self, before: Timestamp, limit: usize) -> StoreResult<usize>;

    /// How many deliveries of an endpoint are pending now.
    async fn count_pending(&self, endpoint: EndpointId) -> StoreResult<u64>;

    /// What is pending at an endpoint: how many are due by `now`, `count_most` at most, and which one is first.
    async fn backlog(&self, endpoint: EndpointId, now: Timestamp, count_most: usize) -> StoreResult<Backlog>;
}

/// The start of the span that holds `instant`.
pub fn span_of(instant: Timestamp) -> Timestamp {
    Timestamp::from_millis(instant.as_millis().div_euclid(SPAN_MILLIS) * SPAN_MILLIS)
}
