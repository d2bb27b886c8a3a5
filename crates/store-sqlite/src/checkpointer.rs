//! Carries the log (WAL) over into the file without making commits wait: a thread of its own does the bulk, and the
//! writer does the small rest between two batches, when nothing can be added meanwhile. Then the log starts again
//! at its beginning. The thread alone never catches up under steady writes; the writer alone delays commits.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use rusqlite::wal::CheckpointMode;
use rusqlite::{Connection, DEFAULT_NAME};

use crate::connection::open_checkpointer;

/// A rest so small that the writer may do it between two batches.
const REST_PAGES_MOST: i32 = 256;
/// Rounds of the thread after which the writer does the rest whatever its size.
const ROUNDS_MOST: usize = 4;

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
            before: 0,
        };
        let thread = std::thread::Builder::new()
            .name("store-checkpointer".to_owned())
            .spawn(move || checkpoint_when_woken(&path, &woken, &bulk_done))?;
        let checkpointer = Self {
            wake: Some(wake),
            thread: Some(thread),
        };
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
        }
        self.before = pages;
        if self.bulk_done.swap(false, Ordering::Acquire) {
            finish(connection);
            // Where a reader keeps the log from starting again, the next try comes sooner.
            self.wake_at = pages + self.every_pages / 4;
        } else if pages >= self.wake_at {
            self.wake_at = pages + self.every_pages;
            // A full channel means that it is awake already.
            let _ = self.wake.try_send(());
        }
    }

    /// The last one: the file holds everything and the log is empty.
    pub(crate) fn close(&self, connection: &Connection) {
        if let Err(error) = connection.wal_checkpoint_v2(DEFAULT_NAME, CheckpointMode::TRUNCATE) {
            tracing::warn!(%error, "the log stays behind and is carried over at the next start");
        }
    }
}

fn finish(connection: &Connection) {
    if let Err(error) = connection.wal_checkpoint_v2(DEFAULT_NAME, CheckpointMode::PASSIVE) {
        tracing::warn!(%error, "the log could not be carried over; trying again later");
    }
}
