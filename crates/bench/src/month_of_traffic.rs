//! Puts a month of an app's traffic into a database of a server that does not run: messages, and one attempt of each
//! at every endpoint of the app. Sending them would take the benchmark hours.

use std::path::Path;

use rusqlite::{Connection, Transaction};

use crate::clock;
use crate::error::Result;

/// How long the traffic lasts, up to now.
const SECONDS: u64 = 30 * 24 * 60 * 60;
/// When the keys' seconds begin (the epoch of KSUIDs).
const KEY_EPOCH_SECONDS: u64 = 1_400_000_000;
/// What a payload weighs.
const PAYLOAD_BYTES: u64 = 512;
/// One message in so many is of the rare event type, and one attempt in so many failed.
const RARE: u64 = 50_000;
const FAILED: u64 = 100;
/// Memory for pages while indexes are filled in no order, in KiB.
const CACHE_KIB: i64 = 1_000_000;

/// What the messages are of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EventTypes<'a> {
    pub(crate) common: &'a str,
    pub(crate) rare: &'a str,
}

/// So many messages for the one app of the database, and an attempt of each at each of its endpoints. Each of them has
/// been sent to, since their addresses are sealed and only the server writes them down.
pub(crate) fn put(database: &Path, messages: u64, event_types: EventTypes<'_>) -> Result<()> {
    let mut connection = Connection::open(database)?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    connection.pragma_update(None, "synchronous", "OFF")?;
    let transaction = connection.transaction()?;
    put_messages(&transaction, messages, event_types)?;
    let mut statement = transaction.prepare("SELECT key FROM endpoint ORDER BY key")?;
    let endpoints: Vec<i64> = statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    drop(statement);
    for (number, endpoint) in endpoints.iter().enumerate() {
        put_attempts(&transaction, *endpoint, number as u64 + 1)?;
    }
    transaction.commit()?;
    connection.pragma_update(None, "wal_checkpoint", "TRUNCATE")?;
    Ok(connection.close().map_err(|(_, error)| error)?)
}

/// Keys hold the second and a number that rises; below it is room for the attempts of the same message.
fn put_messages(transaction: &Transaction<'_>, messages: u64, event_types: EventTypes<'_>) -> Result<()> {
    let first_second = clock::unix_seconds() - SECONDS;
    transaction.execute_batch(
        "CREATE TEMP TABLE made (key INTEGER PRIMARY KEY, number INTEGER NOT NULL, second INTEGER NOT NULL) STRICT",
    )?;
    transaction.execute(
        "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n LIMIT ?1)
         INSERT INTO made SELECT ((?2 + i * ?3 / ?1 - ?4) << 32) + i * 16, i, ?2 + i * ?3 / ?1 FROM n",
        (messages, first_second, SECONDS, KEY_EPOCH_SECONDS),
    )?;
    transaction.execute(
        "INSERT INTO message (app_key, key, tail, event_type, event_id, created_at)
         SELECT (SELECT min(key) FROM app WHERE uid IS NOT NULL), key, randomblob(12),
                iif(number % ?1 = 7, ?2, ?3), 'event-' || number, second * 1000 FROM made",
        (RARE, event_types.rare, event_types.common),
    )?;
    transaction.execute(
        "INSERT INTO message_content (key, payload)
         SELECT key, CAST('{\"number\":' || number || ',\"fill\":\"' || hex(zeroblob(?1 / 2)) || '\"}' AS BLOB)
         FROM made",
        [PAYLOAD_BYTES],
    )?;
    Ok(())
}

fn put_attempts(transaction: &Transaction<'_>, endpoint: i64, number: u64) -> Result<()> {
    transaction.execute(
        "INSERT INTO delivery (endpoint_key, message_key, state, tries, revision)
         SELECT ?1, key, iif((number + ?2) % ?3 = 0, 2, 1), 1, 1 FROM made",
        (endpoint, number, FAILED),
    )?;
    transaction.execute(
        "INSERT INTO attempt (endpoint_key, key, tail, message_key, by_hand, started_at, duration_us, succeeded,
                              status, failure, remote_address, connect_us, first_byte_us, url_number)
         SELECT ?1, key + ?2, randomblob(12), key, 0, second * 1000, 4000 + number % 9000,
                (number + ?2) % ?3 <> 0, iif((number + ?2) % ?3 = 0, 500, 204),
                iif((number + ?2) % ?3 = 0, 'status', NULL), '127.0.0.1', 200, 3000,
                (SELECT max(u.number) FROM endpoint_url u WHERE u.endpoint_key = ?1)
         FROM made",
        (endpoint, number, FAILED),
    )?;
    transaction.execute(
        "INSERT INTO attempt_content (key, signature, response_headers, response_body)
         SELECT key + ?1, 'v1,' || hex(randomblob(22)), CAST('server: sink' || char(10) AS BLOB), CAST('ok' AS BLOB) FROM made",
        [number],
    )?;
    // Latencies: a third of them in the sixth bucket, the others in the next; each count in two groups of seven bits.
    transaction.execute(
        "INSERT OR REPLACE INTO endpoint_counts (endpoint_key, span, attempts_succeeded, attempts_failed, duration_ms,
                                      delivered, failed, canceled, latencies)
         SELECT endpoint_key, started_at / 300000 * 300000, sum(succeeded), sum(1 - succeeded),
                sum(duration_us) / 1000, sum(succeeded), sum(1 - succeeded), 0,
                unhex(printf('05%02x%02x%02x%02x', 128 | (count(*) / 3 & 127), count(*) / 3 >> 7,
                             128 | (count(*) - count(*) / 3 & 127), count(*) - count(*) / 3 >> 7))
         FROM attempt WHERE endpoint_key = ?1 GROUP BY 2",
        [endpoint],
    )?;
    Ok(())
}
