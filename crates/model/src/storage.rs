//! How much room everything takes on the disk, by kind.

use crate::timestamp::Timestamp;

/// The room of one kind of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Room {
    /// Bytes on the disk.
    pub bytes: u64,
    /// Rows, about.
    pub rows: u64,
}

/// What takes how much room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StorageUse {
    /// When this was looked at.
    pub measured_at: Timestamp,
    /// Payloads of messages.
    pub payloads: Room,
    /// What receivers answered, with signatures.
    pub responses: Room,
    /// Messages without payloads, with their channels and tags.
    pub messages: Room,
    /// Which message goes to which endpoint, and how that stands.
    pub deliveries: Room,
    /// Attempts without answers.
    pub attempts: Room,
    /// Bytes of what lists and searches walk along.
    pub indexes_bytes: u64,
    /// Bytes of everything else: apps, endpoints, counters, tokens.
    pub rest_bytes: u64,
    /// Bytes inside the database that nothing is in: what comes next is put there.
    pub free_bytes: u64,
    /// Bytes of the log that is written ahead of the database.
    pub log_bytes: u64,
}

impl StorageUse {
    /// Each kind by its word, with its bytes; together they are all that is taken on the disk.
    pub fn by_kind(&self) -> [(&'static str, u64); 9] {
        [
            ("payloads", self.payloads.bytes),
            ("responses", self.responses.bytes),
            ("messages", self.messages.bytes),
            ("deliveries", self.deliveries.bytes),
            ("attempts", self.attempts.bytes),
            ("indexes", self.indexes_bytes),
            ("rest", self.rest_bytes),
            ("free", self.free_bytes),
            ("log", self.log_bytes),
        ]
    }

    /// All that is taken on the disk, in bytes.
    pub fn total_bytes(&self) -> u64 {
        self.by_kind().iter().map(|(_, bytes)| bytes).sum()
    }
}
