//! Why a benchmark could not be taken. A slow server is a figure, never an error.

use std::io;
use std::path::PathBuf;

/// What stopped a scenario.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BenchError {
    #[error("{path} is not there: build it with `cargo build --release -p wirepost-server`", path = .0.display())]
    NoServer(PathBuf),
    #[error("the server did not get ready: {reason}\n{log}")]
    NotReady { reason: String, log: String },
    #[error("{call} answered {status}: {body}")]
    Refused { call: String, status: u16, body: String },
    #[error("{call} answered what is no JSON of the expected shape: {source}")]
    Unreadable { call: String, source: serde_json::Error },
    #[error("the load broke off: {0}")]
    LoadBroke(String),
    #[error("only {arrived} of {expected} deliveries arrived, and none for {waited_s} s")]
    Missing { arrived: u64, expected: u64, waited_s: u64 },
    #[error("only {waiting} of {expected} deliveries are waiting")]
    NotFilled { waiting: u64, expected: u64 },
    #[error("only {removed} of {expected} expired contents were removed")]
    NotRemoved { removed: u64, expected: u64 },
    #[error("{page} has no link that begins with {start}")]
    NoLink { page: String, start: String },
    #[error(transparent)]
    Database(#[from] rusqlite::Error),
    #[error("interrupted")]
    Interrupted,
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// A result whose error stops the scenario.
pub(crate) type Result<T> = std::result::Result<T, BenchError>;
