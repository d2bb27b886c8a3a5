//! Contents that leave by age, what ended long ago, the room they take, and people in the pages are not part of the
//! simulation; whoever wants a payload gone expunges it.

use std::time::Duration;

use async_trait::async_trait;
use wirepost_model::session::{Session, SignInLink};
use wirepost_model::storage::StorageUse;
use wirepost_model::timestamp::Timestamp;
use wirepost_store::StoreResult;
use wirepost_store::ended::Ended;
use wirepost_store::retention::{Removed, Retention};
use wirepost_store::sign_ins::SignIns;
use wirepost_store::storage::Storage;

use crate::memory_store::{MemoryStore, never_asked};

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

#[async_trait]
impl SignIns for MemoryStore {
    async fn put_link(&self, _: SignInLink) -> StoreResult<()> {
        never_asked()
    }

    async fn take_link(&self, _: [u8; 32], _: Timestamp) -> StoreResult<SignInLink> {
        never_asked()
    }

    async fn put_session(&self, _: Session) -> StoreResult<()> {
        never_asked()
    }

    async fn find_session(&self, _: [u8; 32]) -> StoreResult<Session> {
        never_asked()
    }

    async fn end_session(&self, _: [u8; 32]) -> StoreResult<()> {
        never_asked()
    }

    async fn prune_sign_ins(&self, _: Timestamp, _: usize) -> StoreResult<usize> {
        Ok(0)
    }
}
