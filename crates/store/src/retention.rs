//! What leaves by age: payloads, and what receivers answered. The rows of messages and attempts stay for ever.

use std::time::Duration;

use async_trait::async_trait;
use wirepost_model::timestamp::Timestamp;

use crate::StoreResult;

/// A content weighs one, and one more for each so many bytes of it.
pub const WEIGHED_BYTES: usize = 4_096;

/// What one step removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Removed {
    /// Contents of messages and of attempts that left.
    pub contents: usize,
    /// Whether the step was full, so that more may have expired.
    pub more: bool,
    /// How long others could not write, from the start of the removal to its commit.
    pub held: Duration,
}

/// Removes what is not kept any longer.
#[async_trait]
pub trait Retention {
    /// Removes contents that have expired by `now`: those older than `kept_for`, to a few milliseconds, and those of
    /// messages that are kept for a shorter time of their own, with what was answered to their attempts. All in one
    /// step that stays short: together they weigh no more than `weight_most`, or it is a single one.
    ///
    /// A payload that left reads as expired, an answer that left as absent or empty.
    async fn remove_expired(
        &self,
        now: Timestamp,
        kept_for: Duration,
        weight_most: usize,
    ) -> StoreResult<Removed>;
}
