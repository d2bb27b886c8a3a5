//! The one error of every store.

use thiserror::Error;

/// What a store method gives back.
pub type StoreResult<T> = Result<T, StoreError>;

/// Why a store did not do as asked.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StoreError {
    /// No such row in this app.
    #[error("not found")]
    NotFound,
    /// Something else already has this, or it changed since it was read.
    #[error("conflict: {0}")]
    Conflict(Conflict),
    /// The database cannot be written or read just now; the reason in its own words.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// A row that cannot be what was written.
    #[error("row {row} of table {table} is damaged: {reason}")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// Its key, as text.
        row: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// What collided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Conflict {
    /// Another app or endpoint has this uid.
    #[error("the uid is taken")]
    Uid,
    /// Another message of the app has this `eventId`.
    #[error("the eventId is taken")]
    EventId,
    /// The event type exists.
    #[error("the event type exists")]
    EventType,
    /// The row changed since it was read.
    #[error("it was changed by another request at the same time")]
    Revision,
    /// As many old secrets are still valid as may be.
    #[error("too many old secrets are still valid")]
    Secrets,
    /// An answer is kept under this idempotency key.
    #[error("the idempotency key is taken")]
    Idempotency,
    /// Another pulse of the app has this name.
    #[error("the name is taken")]
    PulseName,
    /// The app has as many pulses as it may.
    #[error("too many pulses")]
    Pulses,
    /// The app has as many tasks running as it may.
    #[error("too many tasks are running")]
    Tasks,
}
