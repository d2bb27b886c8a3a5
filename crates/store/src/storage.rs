//! How much room things take on the disk.

use async_trait::async_trait;
use wirepost_model::storage::StorageUse;

use crate::StoreResult;

/// Measures what is kept.
#[async_trait]
pub trait Storage {
    /// How much room everything takes now. Reads so little that it may be asked for at any size; what it tells of
    /// single kinds is an estimate, the sums are exact to what was written in the last moments.
    async fn measure_storage(&self) -> StoreResult<StorageUse>;
}
