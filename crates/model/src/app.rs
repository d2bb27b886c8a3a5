//! An app: one customer account, owner of endpoints and messages.

use std::collections::BTreeMap;

use crate::ids::AppId;
use crate::invalid::Invalid;
use crate::names::Uid;
use crate::payload_validation::PayloadValidation;
use crate::timestamp::Timestamp;

/// String map that callers attach to apps and endpoints.
pub type Metadata = BTreeMap<String, String>;

/// Most bytes the metadata may have as JSON.
pub const METADATA_BYTES_MOST: usize = 4_096;

/// One customer account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct App {
    /// Its id.
    pub id: AppId,
    /// The caller's own id for it; unique.
    pub uid: Option<Uid>,
    /// Shown to people.
    pub name: String,
    /// Most messages per second to all of its endpoints together.
    pub throttle_rate: Option<u32>,
    /// The caller's notes.
    pub metadata: Metadata,
    /// Whether its payloads must fit their event types' schemas; an event type may ask for more.
    pub payload_validation: PayloadValidation,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// Checks that metadata is small enough.
///
/// # Errors
/// When its JSON has more than [`METADATA_BYTES_MOST`] bytes.
pub fn check_metadata(metadata: &Metadata) -> Result<(), Invalid> {
    let bytes = serde_json::to_vec(metadata).map_or(usize::MAX, |json| json.len());
    if bytes > METADATA_BYTES_MOST {
        return Err(Invalid::new(format!("must be at most {METADATA_BYTES_MOST} bytes as JSON, is {bytes}")));
    }
    Ok(())
}
