//! Why a piece of database work did not end well: a refusal in the words of the contract, or SQLite's own error.

use rusqlite::ErrorCode;
use wirepost_store::StoreError;

/// What database work gives back inside this crate.
pub(crate) type Outcome<T> = Result<T, Failure>;

/// Why it did not do as asked.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Refused, having written nothing.
    Refused(StoreError),
    /// SQLite failed; what was written before in the same work must go.
    Sql(rusqlite::Error),
}

impl From<StoreError> for Failure {
    fn from(refusal: StoreError) -> Self {
        Self::Refused(refusal)
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(refusal) => refusal,
            Failure::Sql(error) => Self::Unavailable(error.to_string()),
        }
    }
}

/// A row that cannot be what was written.
pub(crate) fn corrupt(table: &'static str, row: impl ToString, reason: impl ToString) -> Failure {
    Failure::Refused(StoreError::Corrupt { table, row: row.to_string(), reason: reason.to_string() })
}

/// Whether the database as a whole cannot work just now, so that trying the rest of a batch is in vain.
pub(crate) fn is_outage(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(
            ErrorCode::DiskFull
                | ErrorCode::SystemIoFailure
                | ErrorCode::OutOfMemory
                | ErrorCode::DatabaseCorrupt
                | ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
                | ErrorCode::ReadOnly
                | ErrorCode::CannotOpen
                | ErrorCode::NotADatabase
        )
    )
}
