//! Opens connections: one that writes, one that checkpoints, a few that read; each with its memory bounded.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use crate::settings::Settings;

/// How long to wait for a lock that a stranger (a backup, a shell) holds.
pub(crate) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Statements kept compiled per connection.
const STATEMENTS_KEPT: usize = 128;
/// The checkpointer copies pages from the log and needs hardly any of its own.
const CHECKPOINTER_CACHE_KIB: u32 = 256;

/// The connection that writes. Creates the file if there is none, and changes nothing in one that exists.
pub(crate) fn open_writer(path: &Path, settings: &Settings) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    open(path, flags, settings.writer_cache_kib)
}

/// Turns on WAL mode, synced at every commit; answers whether the file system can do that.
pub(crate) fn log_ahead(connection: &Connection, settings: &Settings) -> rusqlite::Result<bool> {
    // Only a file without pages takes the size; WAL mode must come after it.
    connection.pragma_update(None, "page_size", settings.page_bytes)?;
    // Again: SQLite counted the pages of the first one by the size they had until now.
    connection.pragma_update(None, "cache_size", -i64::from(settings.writer_cache_kib))?;
    let mode: String = connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", false)?;
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    let page_bytes: i64 = connection.pragma_query_value(None, "page_size", |row| row.get(0))?;
    let log_most = page_bytes * i64::from(settings.checkpoint_pages) * 2;
    connection.pragma_update(None, "journal_size_limit", log_most)?;
    Ok(mode == "wal")
}

/// The connection that carries the log over into the file. It needs an open writer beside it.
pub(crate) fn open_checkpointer(path: &Path) -> rusqlite::Result<Connection> {
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE, CHECKPOINTER_CACHE_KIB)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    Ok(connection)
}

/// A connection that reads. It needs an open writer beside it.
pub(crate) fn open_reader(path: &Path, settings: &Settings) -> rusqlite::Result<Connection> {
    open(path, OpenFlags::SQLITE_OPEN_READ_ONLY, settings.reader_cache_kib)
}

fn open(path: &Path, flags: OpenFlags, cache_kib: u32) -> rusqlite::Result<Connection> {
    // Each connection stays with one thread at a time, so SQLite need not lock it.
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    connection.pragma_update(None, "cache_size", -i64::from(cache_kib))?;
    connection.pragma_update(None, "trusted_schema", false)?;
    Ok(connection)
}
