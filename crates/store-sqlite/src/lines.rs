//! Lines: a walk along an endpoint's deliveries in the order of their messages.
//!
//! They have no index of their own, which every delivery of every endpoint would pay for. The walk begins where the
//! reader stands, or at the first pending one, and is cut after so many rows.

use async_trait::async_trait;
use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension};
use wirepost_model::ids::{AppId, EndpointId};
use wirepost_store::StoreResult;
use wirepost_store::lines::{LineBatch, Lines};

use crate::SqliteStore;
use crate::deliveries::{DUE_BYTES_MOST, app_of, read_due};
use crate::failure::Outcome;
use crate::statement::compile;

/// Deliveries that one read walks past at most, ended ones included.
const ROWS_MOST: usize = 4_096;

#[async_trait]
impl Lines for SqliteStore {
    async fn line(&self, endpoint: EndpointId, from: Option<i64>, limit: usize) -> StoreResult<LineBatch> {
        self.readers
            .read(move |connection| {
                let Some(app) = app_of(connection, endpoint)? else {
                    return Ok(LineBatch::default());
                };
                match from.map_or_else(|| first_pending(connection, endpoint), |from| Ok(Some(from)))? {
                    Some(from) => walk(connection, (app, endpoint), from, limit),
                    None => Ok(LineBatch::default()),
                }
            })
            .await
    }
}

/// Looks at the index entries of all that is pending: asked once when a line begins, and when one has run dry.
fn first_pending(connection: &Connection, endpoint: EndpointId) -> rusqlite::Result<Option<i64>> {
    compile(
        connection,
        "SELECT min(message_key) FROM delivery INDEXED BY delivery_pending WHERE endpoint_key = ? AND state = 0",
    )?
    .query_row([endpoint.key()], |row| row.get(0))
}

fn walk(
    connection: &Connection,
    (app, endpoint): (AppId, EndpointId),
    from: i64,
    limit: usize,
) -> Outcome<LineBatch> {
    let end = row_behind(connection, endpoint, from)?;
    // The sign keeps SQLite from the index of pending ones, which knows no order of messages.
    let mut statement = compile(
        connection,
        "SELECT d.message_key, m.tail, d.tries, d.revision, d.due_at, d.resume_state, d.resume_due_at, c.payload
         FROM delivery d
         CROSS JOIN message m ON m.app_key = ? AND m.key = d.message_key
         LEFT JOIN message_content c ON c.key = d.message_key
         WHERE d.endpoint_key = ? AND d.message_key >= ? AND d.message_key < ? AND +d.state = 0
         ORDER BY d.message_key LIMIT ?",
    )?;
    let sql_limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let range = (app.key(), endpoint.key(), from, end.unwrap_or(i64::MAX), sql_limit);
    let mut rows = statement.query(range)?;
    let mut deliveries = Vec::new();
    let mut bytes = 0;
    while bytes < DUE_BYTES_MOST
        && let Some(row) = rows.next()?
    {
        let delivery = read_due(row, app, endpoint)?;
        bytes += delivery.payload.as_ref().map_or(0, Bytes::len);
        deliveries.push(delivery);
    }
    let is_cut = deliveries.len() >= limit || bytes >= DUE_BYTES_MOST;
    let last = deliveries.last().filter(|_| is_cut).map(|last| last.key.message.key());
    Ok(LineBatch { deliveries, rest_from: last.map(|key| key.saturating_add(1)).or(end) })
}

/// The key of the delivery so many rows behind this one, where the walk is cut.
fn row_behind(connection: &Connection, endpoint: EndpointId, from: i64) -> rusqlite::Result<Option<i64>> {
    compile(
        connection,
        "SELECT message_key FROM delivery WHERE endpoint_key = ? AND message_key >= ?
             ORDER BY message_key LIMIT 1 OFFSET ?",
    )?
    .query_row((endpoint.key(), from, ROWS_MOST), |row| row.get(0))
    .optional()
}
