//! What Wirepost asks of a database, without naming one: traits, the shapes that cross them, errors, pages.
//!
//! One method is one promise is one transaction. [`conformance`] holds the suite every store must pass.

pub mod accepted;
pub mod app_stats;
pub mod apps;
pub mod attempts;
pub mod background_tasks;
pub mod deliveries;
pub mod directory;
pub mod ended;
pub mod endpoint_messages;
pub mod endpoints;
pub mod error;
pub mod event_types;
pub mod idempotency;
pub mod lines;
pub mod logs;
pub mod messages;
pub mod notices;
pub mod oauth;
pub mod operational_app;
pub mod page;
pub mod pulses;
pub mod replays;
pub mod retention;
pub mod sealing;
pub mod sign_ins;
pub mod stats;
pub mod storage;
pub mod tokens;

#[cfg(feature = "conformance")]
pub mod conformance;

use async_trait::async_trait;

pub use error::{StoreError, StoreResult};

/// A database that keeps everything Wirepost promised.
///
/// Every method may answer [`StoreError::Unavailable`]; then nothing of it was done, or, after a lost
/// connection, all of it.
#[async_trait]
pub trait Store:
    apps::Apps
    + endpoints::Endpoints
    + oauth::EndpointOauth
    + event_types::EventTypes
    + messages::Messages
    + deliveries::Deliveries
    + lines::Lines
    + attempts::Attempts
    + stats::Stats
    + app_stats::AppStats
    + endpoint_messages::EndpointMessages
    + logs::Logs
    + background_tasks::BackgroundTasks
    + replays::Replays
    + tokens::Tokens
    + idempotency::Idempotency
    + pulses::Pulses
    + sign_ins::SignIns
    + retention::Retention
    + ended::Ended
    + storage::Storage
    + Send
    + Sync
    + 'static
{
    /// Writes and reads something small; an error says why the store cannot do its work.
    async fn check(&self) -> StoreResult<()>;

    /// The highest key of any id ever stored, 0 when empty: new ids start above it.
    async fn highest_key(&self) -> StoreResult<i64>;

    /// Ends all work: what was begun is committed, files are closed.
    async fn close(&self);
}
