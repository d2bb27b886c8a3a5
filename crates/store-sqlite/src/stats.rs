//! Counters per endpoint and five minutes, written in the transaction of what they count.

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, Row, Statement};
use wirepost_model::ids::{AppId, EndpointId};
use wirepost_model::timestamp::Timestamp;
use wirepost_store::StoreResult;
use wirepost_store::stats::{Backlog, Counts, FirstPending, Stats, span_of};

use crate::columns::Columns;
use crate::deliveries::app_of;
use crate::failure::Outcome;
use crate::statement::compile;
use crate::{SqliteStore, latency_column};

pub(crate) const ADD_COUNTS: &str = "INSERT INTO endpoint_counts
    (endpoint_key, span, attempts_succeeded, attempts_failed, duration_ms, delivered, failed, canceled, latencies)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET
        attempts_succeeded = attempts_succeeded + excluded.attempts_succeeded,
        attempts_failed = attempts_failed + excluded.attempts_failed,
        duration_ms = duration_ms + excluded.duration_ms,
        delivered = delivered + excluded.delivered,
        failed = failed + excluded.failed,
        canceled = canceled + excluded.canceled,
        latencies = add_latencies(latencies, excluded.latencies)";

const FORGET_COUNTS: &str = "DELETE FROM endpoint_counts WHERE (endpoint_key, span) IN
    (SELECT endpoint_key, span FROM endpoint_counts INDEXED BY endpoint_counts_of_span
     WHERE span < ? ORDER BY span LIMIT ?)";

/// What [`read`] reads.
pub(crate) const COUNTS: &str = "c.span, c.attempts_succeeded, c.attempts_failed, c.duration_ms, c.delivered,
    c.failed, c.canceled, c.latencies";

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
                latency_column::encode(&counts.latencies),
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
                let sql = format!(
                    "SELECT {COUNTS} FROM endpoint_counts c
                     WHERE c.endpoint_key = ? AND c.span BETWEEN ? AND ? ORDER BY c.span"
                );
                let mut statement = compile(connection, &sql)?;
                let spans = (span_of(since).as_millis(), span_of(until).as_millis());
                let mut rows = statement.query((endpoint.key(), spans.0, spans.1))?;
                let mut found = Vec::new();
                while let Some(row) = rows.next()? {
                    found.push(read(row)?);
                }
                Ok(found)
            })
            .await
    }

    async fn forget_counts(&self, before: Timestamp, limit: usize) -> StoreResult<usize> {
        let before = before.as_millis();
        self.writer
            .write(move |writing| Ok(compile(writing.connection, FORGET_COUNTS)?.execute((before, limit))?))
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

    async fn backlog(&self, endpoint: EndpointId, now: Timestamp, count_most: usize) -> StoreResult<Backlog> {
        self.readers
            .read(move |connection| match app_of(connection, endpoint)? {
                Some(app) => Ok(Backlog {
                    due: count_due(connection, endpoint, now, count_most)?,
                    first: first_pending(connection, app, endpoint)?,
                }),
                None => Ok(Backlog::default()),
            })
            .await
    }
}

fn count_due(
    connection: &Connection,
    endpoint: EndpointId,
    now: Timestamp,
    most: usize,
) -> rusqlite::Result<u64> {
    let sql = "SELECT 1 FROM delivery INDEXED BY delivery_pending
               WHERE endpoint_key = ? AND state = 0 AND due_at <= ? LIMIT ?";
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let mut statement = compile(connection, sql)?;
    let mut rows = statement.query((endpoint.key(), now.as_millis(), most))?;
    let mut count = 0;
    while rows.next()?.is_some() {
        count += 1;
    }
    Ok(count)
}

fn first_pending(connection: &Connection, app: AppId, endpoint: EndpointId) -> Outcome<Option<FirstPending>> {
    let sql = "SELECT d.message_key, m.tail, d.due_at, d.tries
               FROM delivery d INDEXED BY delivery_pending
               CROSS JOIN message m ON m.app_key = ? AND m.key = d.message_key
               WHERE d.endpoint_key = ? AND d.state = 0 ORDER BY d.due_at, d.message_key LIMIT 1";
    let mut statement = compile(connection, sql)?;
    let mut rows = statement.query((app.key(), endpoint.key()))?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let columns = Columns::new(row, "delivery", row.get(0)?);
    let (message, due_at) = (columns.id(0, 1)?, columns.instant(2)?);
    Ok(Some(FirstPending { message, due_at, tries: columns.get(3)? }))
}

/// One row of counters, with [`COUNTS`] as its first columns.
pub(crate) fn read(row: &Row<'_>) -> Outcome<Counts> {
    let columns = Columns::new(row, "endpoint_counts", row.get(0)?);
    Ok(Counts {
        from: columns.instant(0)?,
        attempts_succeeded: columns.get(1)?,
        attempts_failed: columns.get(2)?,
        duration_millis: columns.get(3)?,
        delivered: columns.get(4)?,
        failed: columns.get(5)?,
        canceled: columns.get(6)?,
        latencies: columns.latencies(7)?,
    })
}

/// Whether there ever was an endpoint of this id, deleted or not.
fn endpoint_was_made(connection: &Connection, endpoint: EndpointId) -> rusqlite::Result<bool> {
    let found: Option<i64> = compile(connection, "SELECT 1 FROM endpoint WHERE key = ? AND tail = ?")?
        .query_row((endpoint.key(), endpoint.tail()), |row| row.get(0))
        .optional()?;
    Ok(found.is_some())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn counters_of_before_latencies_were_counted_go_on_with_what_is_known() {
        let connection = Connection::open_in_memory().expect("it opens");
        crate::migrations::migrate(&connection).expect("it is made");
        latency_column::teach(&connection).expect("it learns");
        let before = "INSERT INTO endpoint_counts (endpoint_key, span, attempts_succeeded, attempts_failed,
                      duration_ms, delivered, failed, canceled) VALUES (7, 0, 5, 0, 50, 5, 0, 0)";
        connection.execute(before, ()).expect("it is counted");
        let read_all = || {
            let sql = format!("SELECT {COUNTS} FROM endpoint_counts c WHERE c.endpoint_key = 7");
            let mut statement = connection.prepare(&sql).expect("it compiles");
            let mut rows = statement.query(()).expect("it reads");
            let row = rows.next().expect("it reads").expect("there is one");
            read(row).expect("it is whole")
        };
        assert_eq!((read_all().attempts(), read_all().latencies.total()), (5, 0));

        let mut batch = CountsBatch::default();
        let counts = batch.of(7, Timestamp::from_millis(1));
        counts.attempts_failed += 1;
        counts.latencies.note(Duration::from_millis(3));
        let mut add = connection.prepare(ADD_COUNTS).expect("it compiles");
        batch.add(&mut add).expect("it is counted");
        assert_eq!((read_all().attempts(), read_all().latencies.total()), (6, 1));
    }
}
