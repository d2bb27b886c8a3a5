//! Reads apart from the writer: a few connections, each used by one read at a time on the blocking pool.
//! A read sees one consistent state and is cut off when it grows without end, since it would hold back the log.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use parking_lot::Mutex;
use rusqlite::Connection;
use tokio::sync::Semaphore;
use wirepost_store::{StoreError, StoreResult};

use crate::connection::open_reader;
use crate::failure::Outcome;
use crate::settings::Settings;

/// Steps of SQLite's machine between two looks at the budget.
const STEPS_PER_LOOK: i32 = 100_000;
/// Looks after which a read is cut off: some seconds of work.
const LOOKS_MOST: u32 = 5_000;

/// The reading connections.
pub(crate) struct Readers {
    path: PathBuf,
    settings: Settings,
    idle: Mutex<Vec<Reader>>,
    permits: Arc<Semaphore>,
}

struct Reader {
    connection: Connection,
    looks: Arc<AtomicU32>,
}

impl Readers {
    /// None is open yet: each opens when it is first needed.
    pub(crate) fn new(path: PathBuf, settings: Settings) -> Self {
        Self {
            path,
            permits: Arc::new(Semaphore::new(settings.readers)),
            settings,
            idle: Mutex::default(),
        }
    }

    /// Runs `work` on a connection, in one read transaction.
    pub(crate) async fn read<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Connection) -> Outcome<T> + Send + 'static,
    ) -> StoreResult<T> {
        let permit = self.permits.clone().acquire_owned().await;
        let permit = permit.map_err(|_| StoreError::Unavailable("the store is closed".to_owned()))?;
        let readers = self.clone();
        let reading = tokio::task::spawn_blocking(move || {
            let found = readers.read_now(work);
            drop(permit);
            found
        });
        match reading.await {
            Ok(found) => found.map_err(StoreError::from),
            Err(failed) => Err(StoreError::Unavailable(format!("a read broke off: {failed}"))),
        }
    }

    /// Closes all connections and refuses reads from now on.
    pub(crate) fn close(&self) {
        self.permits.close();
        self.idle.lock().clear();
    }

    fn read_now<T>(&self, work: impl FnOnce(&Connection) -> Outcome<T>) -> Outcome<T> {
        let idle = self.idle.lock().pop();
        let reader = match idle {
            Some(reader) => reader,
            None => Reader::open(&self.path, &self.settings)?,
        };
        let found = reader.read(work);
        // A connection whose transaction did not end is not used again.
        if reader.connection.is_autocommit() && !self.permits.is_closed() {
            self.idle.lock().push(reader);
        }
        found
    }
}

impl Reader {
    fn open(path: &std::path::Path, settings: &Settings) -> rusqlite::Result<Self> {
        let mut connection = open_reader(path, settings)?;
        let looks = Arc::new(AtomicU32::new(0));
        let counter = looks.clone();
        let out_of_budget = move || counter.fetch_add(1, Ordering::Relaxed) >= LOOKS_MOST;
        connection.progress_handler(STEPS_PER_LOOK, Some(out_of_budget))?;
        Ok(Self { connection, looks })
    }

    fn read<T>(&self, work: impl FnOnce(&Connection) -> Outcome<T>) -> Outcome<T> {
        self.looks.store(0, Ordering::Relaxed);
        self.connection.prepare_cached("BEGIN")?.execute([])?;
        let found = work(&self.connection);
        self.looks.store(0, Ordering::Relaxed);
        let ended = self.connection.prepare_cached("ROLLBACK")?.execute([]);
        let found = found?;
        ended?;
        Ok(found)
    }
}
