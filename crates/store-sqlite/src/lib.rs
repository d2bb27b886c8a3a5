//! Answers with SQLite what `wirepost-store` asks: one file, one writing thread with group commit, readers apart.
//! Decides nothing: the next state of a delivery arrives as an argument.

mod accepting;
mod app_stats;
mod apps;
mod attempts;
mod background_tasks;
mod batch;
mod checkpointer;
mod columns;
mod command;
mod connection;
mod deliveries;
mod delivery_rules;
mod ended;
mod endpoint_messages;
mod endpoint_secrets;
mod endpoints;
mod event_types;
mod failure;
mod file_lock;
mod idempotency;
mod key_range;
mod latency_column;
mod lines;
mod listing;
mod logs;
mod main_key;
mod messages;
mod meters;
mod migrations;
mod oauth;
mod opening;
mod page_file;
mod pulses;
mod readers;
mod recording;
mod replays;
mod retention;
mod sealed_columns;
mod settings;
mod sign_ins;
mod statement;
mod stats;
mod storage;
mod tokens;
#[cfg(test)]
mod trials;
mod writer;
mod writing;

use std::sync::Arc;

use async_trait::async_trait;
use parking_lot::Mutex;
use wirepost_model::clock::Clock;
use wirepost_store::{Store, StoreResult};

pub use settings::{OpenError, Settings};

use crate::checkpointer::Checkpointer;
use crate::file_lock::FileLock;
use crate::page_file::PageFile;
use crate::readers::Readers;
use crate::writer::Writer;

/// A store in one SQLite file. Only one may have the file open at a time, in any process.
///
/// Dropped without [`Store::close`], it still commits what was asked before, and leaves the file to the next.
pub struct SqliteStore {
    // In the order in which they end: the writer, what carries its log over, and last the lock on the file.
    writer: Writer,
    checkpointer: Mutex<Option<Checkpointer>>,
    readers: Arc<Readers>,
    clock: Arc<dyn Clock>,
    page_file: Arc<PageFile>,
    lock: Mutex<Option<FileLock>>,
}

#[async_trait]
impl Store for SqliteStore {
    async fn check(&self) -> StoreResult<()> {
        self.writer
            .write(|writing| {
                let sql = "INSERT INTO store_check (number, checked_at) VALUES (1, ?)
                           ON CONFLICT DO UPDATE SET checked_at = excluded.checked_at";
                let now = writing.now.as_millis();
                writing.connection.prepare_cached(sql)?.execute([now])?;
                Ok(())
            })
            .await?;
        self.readers
            .read(|connection| {
                let sql = "SELECT checked_at FROM store_check WHERE number = 1";
                let mut statement = connection.prepare_cached(sql)?;
                Ok(statement.query_row([], |row| row.get::<_, i64>(0)).map(drop)?)
            })
            .await
    }

    async fn highest_key(&self) -> StoreResult<i64> {
        self.readers
            .read(|connection| {
                let mut highest = 0;
                // Contents stand for messages and attempts: each of those adds one, and the highest one stays.
                for table in [
                    "app",
                    "endpoint",
                    "token",
                    "message_content",
                    "attempt_content",
                    "background_task",
                    "pulse",
                    "pulse_raise",
                ] {
                    let sql = format!("SELECT coalesce(max(key), 0) FROM {table}");
                    let key: i64 = connection.query_row(&sql, [], |row| row.get(0))?;
                    highest = highest.max(key);
                }
                Ok(highest)
            })
            .await
    }

    async fn close(&self) {
        self.writer.close().await;
        drop(self.checkpointer.lock().take());
        self.readers.close();
        drop(self.lock.lock().take());
    }
}
