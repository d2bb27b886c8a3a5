//! Counters per endpoint and five minutes, written in the transaction of what they count.

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, Statement};
use wirepost_model::ids::EndpointId;
use wirepost_model::timestamp::Timestamp;
use wirepost_store::StoreResult;
use wirepost_store::stats::{Counts, Stats, span_of};

use crate::SqliteStore;
use crate::columns::Columns;
use crate::statement::compile;

pub(crate) const ADD_COUNTS: &str = "INSERT INTO endpoint_counts
    (endpoint_key, span, attempts_succeeded, attempts_failed, duration_ms, delivered, failed, canceled)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET
        attempts_succeeded = attempts_succeeded + excluded.attempts_succeeded,
        attempts_failed = attempts_failed + excluded.attempts_failed,
        duration_ms = duration_ms + excluded.duration_ms,
        delivered = delivered + excluded.delivered,
        failed = failed + excluded.failed,
        canceled = canceled + excluded.canceled";

/// What a batch adds to the counters: one upsert per endpoint and span at its end.
#[derive(Default)]
pub(crate) struct CountsBatch(Vec<(i64, Counts)>);

impl CountsBatch {
    /// The counters of this endpoint for the span that holds `instant`. A batch knows few endpoints.
    pub(crate) fn of(&mut self, endpoint_key: i64, instant: Timestamp) -> &mut Counts {
        let from = span_of(instant);
        let mut known = self.0.iter();
        let at = known.position(|(key, counts)| *key == endpoint_key && counts.from == from);
        let at = at.unwrap_or_else(|| {
            let counts = Counts { from, ..Counts::default() };
            self.0.push((endpoint_key, counts));
            self.0.len() - 1
        });
        &mut self.0[at].1
    }

    /// Writes them.
    pub(crate) fn add(self, add_counts: &mut Statement<'_>) -> rusqlite::Result<()> {
        for (endpoint_key, counts) in self.0 {
            add_counts.execute((
                endpoint_key,
                counts.from.as_millis(),
                counts.attempts_succeeded,
                counts.attempts_failed,
                counts.duration_millis,
                counts.delivered,
                counts.failed,
                counts.canceled,
            ))?;
        }
        Ok(())
    }
}

#[async_trait]
impl Stats for SqliteStore {
    async fn endpoint_counts(
        &self,
        endpoint: EndpointId,
        since: Timestamp,
        until: Timestamp,
    ) -> StoreResult<Vec<Counts>> {
        self.readers
            .read(move |connection| {
                if !endpoint_was_made(connection, endpoint)? {
                    return Ok(Vec::new());
                }
                let mut statement = compile(connection,
                    "SELECT span, attempts_succeeded, attempts_failed, duration_ms, delivered, failed, canceled
                     FROM endpoint_counts WHERE endpoint_key = ? AND span BETWEEN ? AND ? ORDER BY span",
                )?;
                let spans = (span_of(since).as_millis(), span_of(until).as_millis());
                let mut rows = statement.query((endpoint.key(), spans.0, spans.1))?;
                let mut found = Vec::new();
                while let Some(row) = rows.next()? {
                    let columns = Columns::new(row, "endpoint_counts", endpoint.key());
                    found.push(Counts {
                        from: columns.instant(0)?,
                        attempts_succeeded: columns.get(1)?,
                        attempts_failed: columns.get(2)?,
                        duration_millis: columns.get(3)?,
                        delivered: columns.get(4)?,
                        failed: columns.get(5)?,
                        canceled: columns.get(6)?,
                    });
                }
                Ok(found)
            })
            .await
    }

    async fn count_pending(&self, endpoint: EndpointId) -> StoreResult<u64> {
        self.readers
            .read(move |connection| {
                if !endpoint_was_made(connection, endpoint)? {
                    return Ok(0);
                }
                // Walks the index of pending ones alone, a million entries in some tens of milliseconds.
                let sql = "SELECT count(*) FROM delivery INDEXED BY delivery_pending
                           WHERE endpoint_key = ? AND state = 0";
                let mut statement = compile(connection, sql)?;
                Ok(statement.query_row([endpoint.key()], |row| row.get(0))?)
            })
            .await
    }
}

/// Whether there ever was an endpoint of this id, deleted or not.
fn endpoint_was_made(connection: &Connection, endpoint: EndpointId) -> rusqlite::Result<bool> {
    let found: Option<i64> = compile(connection, "SELECT 1 FROM endpoint WHERE key = ? AND tail = ?")?
        .query_row((endpoint.key(), endpoint.tail()), |row| row.get(0))
        .optional()?;
    Ok(found.is_some())
}
