//! Room on the disk, on the wire.

use schemars::JsonSchema;
use serde::Serialize;
use wirepost_model::storage::{Room, StorageUse};
use wirepost_model::timestamp::Timestamp;

/// What takes how much room. All bytes together are what is taken on the disk.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StorageOut {
    /// When this was looked at.
    measured_at: Timestamp,
    total_bytes: u64,
    /// Payloads of messages.
    payloads: RoomOut,
    /// What receivers answered.
    responses: RoomOut,
    /// Messages without payloads.
    messages: RoomOut,
    /// Which message goes where, and how that stands.
    deliveries: RoomOut,
    /// Attempts without answers.
    attempts: RoomOut,
    /// What lists and searches walk along.
    indexes_bytes: u64,
    /// Apps, endpoints, counters, tokens.
    rest_bytes: u64,
    /// Room that is free inside the database: what comes next is put there.
    free_bytes: u64,
    /// The log that is written ahead of the database.
    log_bytes: u64,
}

/// The room of one kind.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RoomOut {
    bytes: u64,
    /// About so many.
    rows: u64,
}

impl From<StorageUse> for StorageOut {
    fn from(storage: StorageUse) -> Self {
        let room = |Room { bytes, rows }| RoomOut { bytes, rows };
        Self {
            measured_at: storage.measured_at,
            total_bytes: storage.total_bytes(),
            payloads: room(storage.payloads),
            responses: room(storage.responses),
            messages: room(storage.messages),
            deliveries: room(storage.deliveries),
            attempts: room(storage.attempts),
            indexes_bytes: storage.indexes_bytes,
            rest_bytes: storage.rest_bytes,
            free_bytes: storage.free_bytes,
            log_bytes: storage.log_bytes,
        }
    }
}
