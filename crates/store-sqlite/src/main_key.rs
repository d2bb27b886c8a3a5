//! What the file knows of its main key, and the walk that seals it anew: at the first opening of a file that an
//! earlier version left in clear, and when the key is changed. The walk goes endpoint by endpoint in bounded steps;
//! each notes how far it came in its own transaction, so that whoever opens the file next goes on there.

use std::sync::Arc;

use rusqlite::wal::CheckpointMode;
use rusqlite::{Connection, DEFAULT_NAME, OptionalExtension, Transaction, TransactionBehavior};
use wirepost_store::sealing::{KeyError, Sealer, Sealing};

use crate::sealed_columns::{Found, seal_endpoint, teach};

/// Endpoints that one transaction takes.
const STEP: usize = 200;
/// Below every endpoint's key.
const START: i64 = 0;

/// Why a file does not open with the keys there are.
#[derive(Debug)]
pub(crate) enum UnlockError {
    /// The keys do not fit.
    Key(KeyError),
    /// SQLite failed.
    Sql(rusqlite::Error),
}

/// The one row about the key.
struct KeyState {
    proof: String,
    next_proof: Option<String>,
    /// The last endpoint that was sealed; none where no walk is under way.
    walked_to: Option<i64>,
    /// Whether pages may still hold what stood in clear.
    unswept: bool,
}

/// Finds the key of the file, or gives it one, ends what was begun, and teaches the connection to seal.
pub(crate) fn unlock(connection: &Connection, sealing: &Sealing) -> Result<Arc<Sealer>, UnlockError> {
    let (sealer, found) = match read(connection)? {
        None => (begin(connection, sealing)?, Found::Clear),
        Some(KeyState { proof, next_proof: None, .. }) => (sealing.unlock(&proof)?, Found::Clear),
        Some(KeyState { proof, next_proof: Some(next), .. }) => {
            (sealing.unlock_half_way(&proof, &next)?, Found::Sealed)
        }
    };
    let sealer = Arc::new(sealer);
    teach(connection, &sealer)?;
    while step(connection, found, STEP)? {
        carry_over(connection)?;
    }
    sweep(connection)?;
    sealing.settle(&sealer)?;
    Ok(sealer)
}

/// Notes that another key is to take the place of the one in force; [`unlock`] then does it. Where that was noted
/// before and not done, it goes on with the key of then. A file that has no key yet gets its first one before.
pub(crate) fn note_next(connection: &Connection, sealing: &Sealing) -> Result<(), UnlockError> {
    if read(connection)?.is_none() {
        unlock(connection, sealing)?;
    }
    let Some(KeyState { proof, next_proof: None, .. }) = read(connection)? else {
        return Ok(());
    };
    let next = sealing.next_proof(&proof)?;
    let sql = "UPDATE main_key SET next_proof = ?, walked_to = ?";
    connection.execute(sql, (next, START))?;
    Ok(())
}

fn read(connection: &Connection) -> rusqlite::Result<Option<KeyState>> {
    let sql = "SELECT proof, next_proof, walked_to, unswept FROM main_key";
    let read = |row: &rusqlite::Row<'_>| {
        Ok(KeyState {
            proof: row.get(0)?,
            next_proof: row.get(1)?,
            walked_to: row.get(2)?,
            unswept: row.get(3)?,
        })
    };
    connection.query_row(sql, [], read).optional()
}

/// Gives the file its first key. Where there are endpoints, all about them stands in clear.
fn begin(connection: &Connection, sealing: &Sealing) -> Result<Sealer, UnlockError> {
    let sealer = sealing.begin()?;
    let sql = "INSERT INTO main_key (number, proof, walked_to, unswept)
               SELECT 1, ?, iif(any_endpoint, ?, NULL), any_endpoint
               FROM (SELECT EXISTS (SELECT 1 FROM endpoint) AS any_endpoint)";
    connection.execute(sql, (sealer.proof(), START))?;
    Ok(sealer)
}

/// Seals the next endpoints; answers whether more may follow.
pub(crate) fn step(connection: &Connection, found: Found, most: usize) -> rusqlite::Result<bool> {
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    let Some(KeyState { walked_to: Some(from), .. }) = read(&transaction)? else {
        return Ok(false);
    };
    let keys = endpoint_keys(&transaction, from, most)?;
    for key in &keys {
        seal_endpoint(&transaction, *key, found)?;
    }
    match keys.last() {
        Some(last) => transaction.execute("UPDATE main_key SET walked_to = ?", [last])?,
        None => {
            let sql = "UPDATE main_key SET proof = coalesce(next_proof, proof), next_proof = NULL, walked_to = NULL";
            transaction.execute(sql, [])?
        }
    };
    transaction.commit()?;
    Ok(!keys.is_empty())
}

fn endpoint_keys(connection: &Connection, after: i64, most: usize) -> rusqlite::Result<Vec<i64>> {
    let mut statement =
        connection.prepare_cached("SELECT key FROM endpoint WHERE key > ? ORDER BY key LIMIT ?")?;
    let keys = statement.query_map((after, most), |row| row.get(0))?;
    keys.collect()
}

/// Writes the file once from scratch where it held secrets in clear: free space in its pages may hold them still.
fn sweep(connection: &Connection) -> rusqlite::Result<()> {
    if !read(connection)?.is_some_and(|state| state.unswept) {
        return Ok(());
    }
    tracing::info!(
        "secrets that stood in clear are sealed now; writing the database anew, so that no trace is left"
    );
    if let Err(error) = connection.execute_batch("VACUUM") {
        tracing::warn!(%error, "the database could not be written anew; it is tried again at the next start");
        return Ok(());
    }
    connection.execute("UPDATE main_key SET unswept = 0", [])?;
    carry_over(connection)
}

/// Empties the log, which holds pages as they were before.
fn carry_over(connection: &Connection) -> rusqlite::Result<()> {
    connection.wal_checkpoint_v2(DEFAULT_NAME, CheckpointMode::TRUNCATE).map(drop)
}

impl From<KeyError> for UnlockError {
    fn from(error: KeyError) -> Self {
        Self::Key(error)
    }
}

impl From<rusqlite::Error> for UnlockError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}
