//! The suite that every store must pass, on SQLite.

use std::sync::Arc;

use async_trait::async_trait;
use tempfile::TempDir;
use wirepost_model::clock::Clock;
use wirepost_store::Store;
use wirepost_store::accepted::Handover;
use wirepost_store::conformance::{StoreFactory, run_all};

use super::workload::sealing;
use crate::{Settings, SqliteStore};

/// Databases in a folder that goes with it.
struct TemporaryFile(TempDir);

#[async_trait]
impl StoreFactory for TemporaryFile {
    async fn open(&self, handover: Handover, clock: Arc<dyn Clock>) -> Arc<dyn Store> {
        let path = self.0.path().join("wirepost.db");
        let store = SqliteStore::open(&path, Settings::default(), handover, clock, &sealing());
        Arc::new(store.expect("a database in a temporary folder opens"))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_does_what_every_store_must() {
    run_all(|| TemporaryFile(tempfile::tempdir().expect("a temporary folder"))).await;
}
