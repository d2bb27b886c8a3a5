//! Reads apart from the writer: a few connections, each used by one read at a time on the blocking pool.
//! A read sees one consistent state and is cut off when it grows without end, since it would hold back the log.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use rusqlite::Connection;
use tokio::sync::Semaphore;
use wirepost_store::sealing::Sealer;
use wirepost_store::{StoreError, StoreResult};

use crate::connection::open_reader;
use crate::failure::Outcome;
use crate::sealed_columns::teach;
use crate::settings::Settings;

/// Steps of SQLite's machine between two looks at the budget.
const STEPS_PER_LOOK: i32 = 100_000;

/// The reading connections.
pub(crate) struct Readers {
    path: PathBuf,
    settings: Settings,
    sealer: Arc<Sealer>,
    idle: Mutex<Vec<Reader>>,
    permits: Arc<Semaphore>,
}

struct Reader {
    connection: Connection,
    looks: Arc<AtomicU64>,
}

impl Readers {
    /// None is open yet: each opens when it is first needed.
    pub(crate) fn new(path: PathBuf, settings: Settings, sealer: Arc<Sealer>) -> Self {
        let permits = Arc::new(Semaphore::new(settings.readers));
        Self { path, settings, sealer, idle: Mutex::default(), permits }
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

    /// Rows that a list looks at for one page, where no index fits its filter; fewer where they lie apart.
    pub(crate) fn look_most(&self, apart: bool) -> usize {
        if apart { self.settings.look_apart_most } else { self.settings.look_rows_most }
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
            None => Reader::open(&self.path, &self.settings, &self.sealer)?,
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
    fn open(path: &std::path::Path, settings: &Settings, sealer: &Arc<Sealer>) -> rusqlite::Result<Self> {
        let mut connection = open_reader(path, settings)?;
        teach(&connection, sealer)?;
        let looks = Arc::new(AtomicU64::new(0));
        let counter = looks.clone();
        let looks_most = settings.read_steps_most / u64::from(STEPS_PER_LOOK.unsigned_abs());
        let out_of_budget = move || counter.fetch_add(1, Ordering::Relaxed) >= looks_most;
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

#[cfg(test)]
mod tests {
    use wirepost_store::Store;

    use super::*;
    use crate::trials::workload::Workload;

    #[tokio::test]
    async fn a_read_without_end_is_cut_off_and_the_next_one_works() {
        let settings = Settings { read_steps_most: 1_000_000, readers: 1, ..Settings::default() };
        let work = Workload::begin(settings).await;
        let endless = "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT max(x) FROM n";
        for _ in 0..2 {
            let cut = work
                .store
                .readers
                .read(move |connection| Ok(connection.query_row(endless, [], |row| row.get::<_, i64>(0))?));
            let cut = cut.await;
            assert!(matches!(cut, Err(StoreError::Unavailable(_))), "{cut:?}");
            assert_eq!(work.store.check().await, Ok(()));
        }
    }

    #[tokio::test]
    async fn a_read_that_panics_takes_no_place_away() {
        let settings = Settings { readers: 1, ..Settings::default() };
        let work = Workload::begin(settings).await;
        let broken: StoreResult<()> = work.store.readers.read(|_| panic!("a row nobody foresaw")).await;
        assert!(matches!(broken, Err(StoreError::Unavailable(_))), "{broken:?}");
        assert_eq!(work.store.check().await, Ok(()));
    }
}
