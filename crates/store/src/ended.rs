//! What is forgotten a while after it ended, beside contents and kept answers: tokens, and background tasks.

use async_trait::async_trait;
use wirepost_model::timestamp::Timestamp;

use crate::StoreResult;

/// Forgets what ended long ago, in steps that stay short. What has the highest key of its kind stays: new keys begin
/// above it.
#[async_trait]
pub trait Ended {
    /// Removes tokens that were revoked or expired before this instant, those that ended first before others, so many
    /// at most. Answers how many.
    async fn forget_tokens(&self, ended_before: Timestamp, limit: usize) -> StoreResult<usize>;

    /// Removes background tasks that ended before this instant, those that ended first before others, so many at
    /// most. Answers how many.
    async fn forget_tasks(&self, ended_before: Timestamp, limit: usize) -> StoreResult<usize>;
}
