//! Contents that leave by age, what ended long ago, and the room they take, are not part of the simulation; whoever
//! wants a payload gone expunges it.

use std::time::Duration;

use async_trait::async_trait;
use wirepost_model::storage::StorageUse;
use wirepost_model::timestamp::Timestamp;
use wirepost_store::StoreResult;
use wirepost_store::ended::Ended;
use wirepost_store::retention::{Removed, Retention};
use wirepost_store::storage::Storage;

use crate::memory_store::MemoryStore;

#[async_trait]
impl Retention for MemoryStore {
    async fn remove_expired(&self, _: Timestamp, _: Duration, _: usize) -> StoreResult<Removed> {
        Ok(Removed::default())
    }
}

#[async_trait]
impl Ended for MemoryStore {
    async fn forget_tokens(&self, _: Timestamp, _: usize) -> StoreResult<usize> {
        Ok(0)
    }

    async fn forget_tasks(&self, _: Timestamp, _: usize) -> StoreResult<usize> {
        Ok(0)
    }
}

#[async_trait]
impl Storage for MemoryStore {
    async fn measure_storage(&self) -> StoreResult<StorageUse> {
        Ok(StorageUse::default())
    }
}
