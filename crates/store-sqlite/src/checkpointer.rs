//! Carries the log (WAL) over into the file without making commits wait: a thread of its own does the bulk, and the
//! writer does the small rest between two batches, when nothing can be added meanwhile. Then the log starts again
//! at its beginning, unless a reader is in the way; if that happens too often, the writer waits for readers. The thread alone never catches up under steady writes; the writer alone delays commits.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::wal::CheckpointMode;
use rusqlite::{Connection, DEFAULT_NAME, ErrorCode};

use crate::connection::{BUSY_TIMEOUT, open_checkpointer};

/// A rest so small that the writer may do it between two batches.
const REST_PAGES_MOST: i32 = 256;
/// Rounds of the thread after which the writer does the rest whatever its size.
const ROUNDS_MOST: usize = 4;
/// Times the usual size at which the writer no longer leaves it to the thread and to luck with readers.
const INSIST_AT_TIMES: u32 = 4;
/// How long the writer then waits for readers that are in its way. Those who come meanwhile no longer are.
const INSIST_WAIT: Duration = Duration::from_millis(25);

/// The thread.
pub(crate) struct Checkpointer {
    wake: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// The writer's side: sees the log grow and finishes what the thread began.
pub(crate) struct LogWatch {
    wake: SyncSender<()>,
    bulk_done: Arc<AtomicBool>,
    pages: Arc<AtomicU32>,
    every_pages: u32,
    wake_at: u32,
    insist_at: u32,
    before: u32,
}

impl Checkpointer {
    /// Starts the thread; the writer must be open.
    pub(crate) fn start(path: PathBuf, every_pages: u32) -> std::io::Result<(Self, LogWatch)> {
        let (wake, woken) = sync_channel(1);
        let bulk_done = Arc::new(AtomicBool::new(false));
        let log_watch = LogWatch {
            wake: wake.clone(),
            bulk_done: bulk_done.clone(),
            pages: Arc::default(),
            every_pages,
            wake_at: every_pages,
            insist_at: every_pages.saturating_mul(INSIST_AT_TIMES),
            before: 0,
        };
        let thread = std::thread::Builder::new()
            .name("store-checkpointer".to_owned())
            .spawn(move || checkpoint_when_woken(&path, &woken, &bulk_done))?;
        let checkpointer = Self { wake: Some(wake), thread: Some(thread) };
        Ok((checkpointer, log_watch))
    }
}

/// Ends the thread. The writer must have ended before, since it holds the other way to wake it.
impl Drop for Checkpointer {
    fn drop(&mut self) {
        self.wake = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the checkpointing thread ended in a panic");
        }
    }
}

fn checkpoint_when_woken(path: &std::path::Path, woken: &Receiver<()>, bulk_done: &AtomicBool) {
    let connection = match open_checkpointer(path) {
        Ok(connection) => connection,
        Err(error) => {
            tracing::error!(%error, "the checkpointing thread could not start");
            return;
        }
    };
    while woken.recv().is_ok() {
        match checkpoint_bulk(&connection) {
            Ok(()) => bulk_done.store(true, Ordering::Release),
            Err(error) => tracing::warn!(%error, "the log could not be carried over; trying again later"),
        }
    }
}

fn checkpoint_bulk(connection: &Connection) -> rusqlite::Result<()> {
    for _ in 0..ROUNDS_MOST {
        let (logged, carried) = connection.wal_checkpoint_v2(DEFAULT_NAME, CheckpointMode::PASSIVE)?;
        if logged - carried <= REST_PAGES_MOST {
            break;
        }
    }
    Ok(())
}

impl LogWatch {
    /// Has SQLite tell the size of the log at every commit of the writer.
    pub(crate) fn listen(&self, connection: &mut Connection) -> rusqlite::Result<()> {
        let pages = self.pages.clone();
        connection.wal_hook(Some(move |_: &mut _, logged| {
            pages.store(u32::try_from(logged).unwrap_or(0), Ordering::Relaxed);
            Ok(())
        }))
    }

    /// Between two batches: wakes the thread when the log has grown, or finishes what it began.
    pub(crate) fn after_commit(&mut self, connection: &Connection) {
        let pages = self.pages.load(Ordering::Relaxed);
        if pages < self.before {
            self.wake_at = self.every_pages;
            self.insist_at = self.every_pages.saturating_mul(INSIST_AT_TIMES);
        }
        self.before = pages;
        if pages >= self.insist_at {
            // Under a reader that stays, the waits grow rarer as the log grows.
            self.insist_at = pages.saturating_add(pages / 2);
            warn_of(insist(connection));
        } else if self.bulk_done.swap(false, Ordering::Acquire) {
            warn_of(checkpoint(connection, CheckpointMode::PASSIVE));
            // Where a reader keeps the log from starting again, the next try comes sooner.
            self.wake_at = pages.saturating_add(self.every_pages / 4);
        } else if pages >= self.wake_at {
            self.wake_at = pages.saturating_add(self.every_pages);
            // A full channel means that it is awake already.
            let _ = self.wake.try_send(());
        }
    }

    /// The last one: the file holds everything and the log is empty.
    pub(crate) fn close(&self, connection: &Connection) {
        warn_of(checkpoint(connection, CheckpointMode::TRUNCATE));
    }
}

/// Waits for readers, for a moment, so that the next write starts the log again.
fn insist(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(INSIST_WAIT)?;
    let outcome = checkpoint(connection, CheckpointMode::RESTART);
    connection.busy_timeout(BUSY_TIMEOUT)?;
    match outcome {
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => Ok(()),
        outcome => outcome,
    }
}

fn checkpoint(connection: &Connection, mode: CheckpointMode) -> rusqlite::Result<()> {
    connection.wal_checkpoint_v2(DEFAULT_NAME, mode).map(drop)
}

fn warn_of(outcome: rusqlite::Result<()>) {
    if let Err(error) = outcome {
        tracing::warn!(%error, "the log could not be carried over; trying again later");
    }
}
