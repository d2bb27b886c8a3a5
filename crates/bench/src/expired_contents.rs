//! Puts contents into a database of a server that does not run, as if they had come in a year ago: accepting them
//! would take the benchmark longer than all it measures.

use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;
use wirepost_model::id_source::first_key_at;
use wirepost_model::timestamp::Timestamp;

use crate::clock;
use crate::error::Result;

const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);
/// What a payload and an answer weigh.
const PAYLOAD_BYTES: u64 = 1_024;
const ANSWER_BYTES: u64 = 256;

/// So many in all, one half of them payloads, the other answers.
pub(crate) fn put(database: &Path, count: u64) -> Result<()> {
    let mut connection = Connection::open(database)?;
    let now =
        Timestamp::from_millis(i64::try_from(clock::unix_seconds() * 1_000).expect("it is this century"));
    let first = first_key_at(now.minus(YEAR));
    let payloads = count / 2;
    let transaction = connection.transaction()?;
    transaction.execute(
        "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n LIMIT ?2)
         INSERT INTO message_content (key, payload, expires_at) SELECT ?1 + i, randomblob(?3), NULL FROM n",
        (first, payloads, PAYLOAD_BYTES),
    )?;
    transaction.execute(
        "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n LIMIT ?2)
         INSERT INTO attempt_content (key, signature, response_headers, response_body)
         SELECT ?1 + i, 'v1,' || hex(randomblob(22)), randomblob(?3), randomblob(?3) FROM n",
        (first, count - payloads, ANSWER_BYTES / 2),
    )?;
    transaction.commit()?;
    Ok(connection.close().map_err(|(_, error)| error)?)
}
