//! Deliveries: what is due, by endpoint and instant, and how states change by hand.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension, Row};
use wirepost_model::delivery::{DeliveryKey, DeliveryStatus, Progress};
use wirepost_model::ids::{AppId, EndpointId, MessageId};
use wirepost_model::timestamp::Timestamp;
use wirepost_store::accepted::DueDelivery;
use wirepost_store::deliveries::{Deliveries, DeliveryView, DueBatch, PendingEndpoint, Recording};
use wirepost_store::{StoreError, StoreResult};

use crate::columns::Columns;
use crate::failure::Outcome;
use crate::recording::RecordAttempts;
use crate::statement::compile;
use crate::stats::CountsBatch;
use crate::writer::closed;
use crate::writing::Writing;
use crate::{SqliteStore, endpoints, messages};

pub(crate) const INSERT_ATTEMPT: &str = "INSERT INTO attempt
    (endpoint_key, key, tail, message_key, by_hand, started_at, duration_us, succeeded, status, failure,
     remote_address, dns_us, connect_us, tls_us, first_byte_us, url_number)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING";
pub(crate) const INSERT_ATTEMPT_CONTENT: &str =
    "INSERT INTO attempt_content (key, signature, response_headers, response_body) VALUES (?, ?, ?, ?)";
pub(crate) const ADVANCE_DELIVERY: &str = "UPDATE delivery
    SET state = ?, due_at = ?, tries = ?, revision = revision + 1, resume_state = NULL, resume_due_at = NULL
    WHERE endpoint_key = ? AND message_key = ? AND revision = ?";

/// Payload bytes after which a batch of due deliveries is cut, so that a reader's memory stays bounded.
pub(crate) const DUE_BYTES_MOST: usize = 8 << 20;

#[async_trait]
impl Deliveries for SqliteStore {
    async fn due_deliveries(
        &self,
        endpoint: EndpointId,
        now: Timestamp,
        limit: usize,
    ) -> StoreResult<DueBatch> {
        self.readers
            .read(move |connection| match app_of(connection, endpoint)? {
                Some(app) => due(connection, app, endpoint, now, limit),
                None => Ok(DueBatch::default()),
            })
            .await
    }

    async fn pending_endpoints(&self) -> StoreResult<Vec<PendingEndpoint>> {
        self.readers.read(pending_endpoints).await
    }

    async fn record_and_tell(&self, recording: Arc<Recording>) -> StoreResult<()> {
        let (command, answer) = RecordAttempts::command(recording);
        self.writer.send(command).await?;
        answer.await.map_err(|_| closed())?
    }

    async fn resend(&self, key: DeliveryKey, now: Timestamp) -> StoreResult<()> {
        self.writer.write(move |writing| resend(writing, key, now)).await
    }

    async fn end_pending(
        &self,
        endpoint: EndpointId,
        status: DeliveryStatus,
        limit: usize,
    ) -> StoreResult<usize> {
        self.writer.write(move |writing| end_pending(writing, endpoint, status, limit)).await
    }

    async fn deliveries_of_message(&self, app: AppId, message: MessageId) -> StoreResult<Vec<DeliveryView>> {
        self.readers
            .read(move |connection| {
                if messages::exists(connection, app, message)? {
                    of_message(connection, app, message)
                } else {
                    Ok(Vec::new())
                }
            })
            .await
    }

    async fn find_deliveries(&self, keys: Vec<DeliveryKey>) -> StoreResult<Vec<DeliveryView>> {
        self.readers
            .read(move |connection| {
                let mut found = Vec::with_capacity(keys.len());
                for key in keys {
                    found.extend(find(connection, key)?);
                }
                Ok(found)
            })
            .await
    }
}

/// The app of an endpoint; both may be deleted.
pub(crate) fn app_of(connection: &Connection, endpoint: EndpointId) -> rusqlite::Result<Option<AppId>> {
    compile(
        connection,
        "SELECT a.key, a.tail FROM endpoint e JOIN app a ON a.key = e.app_key WHERE e.key = ? AND e.tail = ?",
    )?
    .query_row((endpoint.key(), endpoint.tail()), |row| Ok(AppId::from_parts(row.get(0)?, row.get(1)?)))
    .optional()
}

fn due(
    connection: &Connection,
    app: AppId,
    endpoint: EndpointId,
    now: Timestamp,
    limit: usize,
) -> Outcome<DueBatch> {
    let mut statement = compile(connection,
        "SELECT d.message_key, m.tail, d.tries, d.revision, d.due_at, d.resume_state, d.resume_due_at, c.payload
         FROM delivery d INDEXED BY delivery_pending
         CROSS JOIN message m ON m.app_key = ? AND m.key = d.message_key
         LEFT JOIN message_content c ON c.key = d.message_key
         WHERE d.endpoint_key = ? AND d.state = 0 AND d.due_at <= ?
         ORDER BY d.due_at, d.message_key LIMIT ?",
    )?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut rows = statement.query((app.key(), endpoint.key(), now.as_millis(), limit))?;
    let mut deliveries = Vec::new();
    let mut bytes = 0;
    while bytes < DUE_BYTES_MOST
        && let Some(row) = rows.next()?
    {
        let delivery = read_due(row, app, endpoint)?;
        bytes += delivery.payload.as_ref().map_or(0, Bytes::len);
        deliveries.push(delivery);
    }
    let next_due_at = due_behind(connection, endpoint, deliveries.len())?;
    Ok(DueBatch { deliveries, next_due_at })
}

pub(crate) fn read_due(row: &Row<'_>, app: AppId, endpoint: EndpointId) -> Outcome<DueDelivery> {
    let columns = Columns::new(row, "delivery", row.get(0)?);
    let message = columns.id(0, 1)?;
    Ok(DueDelivery {
        key: DeliveryKey { app, endpoint, message },
        progress: Progress {
            tries: columns.get(2)?,
            revision: columns.get(3)?,
            resend: columns.resume(5, 6)?,
        },
        due_at: columns.instant(4)?,
        payload: columns.get::<Option<Vec<u8>>>(7)?.map(Bytes::from),
    })
}

/// When the first pending delivery behind so many others is due.
fn due_behind(
    connection: &Connection,
    endpoint: EndpointId,
    others: usize,
) -> rusqlite::Result<Option<Timestamp>> {
    let due_at: Option<i64> = compile(
        connection,
        "SELECT due_at FROM delivery INDEXED BY delivery_pending WHERE endpoint_key = ? AND state = 0
             ORDER BY due_at, message_key LIMIT 1 OFFSET ?",
    )?
    .query_row((endpoint.key(), others), |row| row.get(0))
    .optional()?;
    Ok(due_at.map(Timestamp::from_millis))
}

/// One look into the index per endpoint, however many deliveries wait.
fn pending_endpoints(connection: &Connection) -> Outcome<Vec<PendingEndpoint>> {
    let mut statement = compile(
        connection,
        "SELECT e.key, e.tail, a.key, a.tail,
                (SELECT d.due_at FROM delivery d INDEXED BY delivery_pending
                 WHERE d.endpoint_key = e.key AND d.state = 0 ORDER BY d.due_at LIMIT 1) AS first_due_at
         FROM endpoint e JOIN app a ON a.key = e.app_key
         WHERE first_due_at IS NOT NULL",
    )?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let columns = Columns::new(row, "endpoint", row.get(0)?);
        found.push(PendingEndpoint {
            endpoint: columns.id(0, 1)?,
            app: columns.id(2, 3)?,
            first_due_at: columns.instant(4)?,
        });
    }
    Ok(found)
}

/// A delivery that waits for an attempt by hand already keeps what it returns to; one that never was returns
/// to failed.
const RESEND: &str = "INSERT INTO delivery
    (endpoint_key, message_key, state, tries, revision, due_at, resume_state) VALUES (?, ?, 0, 0, 0, ?, 2)
    ON CONFLICT DO UPDATE SET
        resume_due_at = CASE WHEN resume_state IS NULL THEN due_at ELSE resume_due_at END,
        resume_state = coalesce(resume_state, state),
        state = 0, due_at = excluded.due_at, revision = revision + 1
    RETURNING message_key, tries, revision, resume_state, resume_due_at";

fn resend(writing: &mut Writing<'_>, key: DeliveryKey, now: Timestamp) -> Outcome<()> {
    let connection = writing.connection;
    endpoints::by_id(connection, key.app, key.endpoint)?;
    if !messages::exists(connection, key.app, key.message)? {
        return Err(StoreError::NotFound.into());
    }
    let payload = messages::payload(connection, key.message.key())?;
    let mut statement = compile(connection, RESEND)?;
    let mut rows = statement.query((key.endpoint.key(), key.message.key(), now.as_millis()))?;
    let row = rows.next()?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
    let columns = Columns::new(row, "delivery", row.get(0)?);
    let progress =
        Progress { tries: columns.get(1)?, revision: columns.get(2)?, resend: columns.resume(3, 4)? };
    // The statement ends only when it is walked to its end.
    while rows.next()?.is_some() {}
    writing.effects.hand_over(DueDelivery { key, progress, due_at: now, payload });
    Ok(())
}

fn end_pending(
    writing: &mut Writing<'_>,
    endpoint: EndpointId,
    status: DeliveryStatus,
    limit: usize,
) -> Outcome<usize> {
    let known = app_of(writing.connection, endpoint)?.is_some();
    if status == DeliveryStatus::Pending || !known {
        return Ok(0);
    }
    let ended = compile(
        writing.connection,
        "UPDATE delivery
             SET state = CASE WHEN resume_state > 0 THEN resume_state ELSE ?2 END,
                 due_at = NULL, resume_state = NULL, resume_due_at = NULL, revision = revision + 1
             WHERE endpoint_key = ?1 AND message_key IN
                 (SELECT message_key FROM delivery INDEXED BY delivery_pending
                  WHERE endpoint_key = ?1 AND state = 0 ORDER BY due_at, message_key LIMIT ?3)",
    )?
    .execute((endpoint.key(), status.number(), i64::try_from(limit).unwrap_or(i64::MAX)))?;
    let mut counts = CountsBatch::default();
    let of_endpoint = counts.of(endpoint.key(), writing.now);
    let counter = match status {
        DeliveryStatus::Delivered => Some(&mut of_endpoint.delivered),
        DeliveryStatus::Failed => Some(&mut of_endpoint.failed),
        DeliveryStatus::Canceled => Some(&mut of_endpoint.canceled),
        DeliveryStatus::Pending | DeliveryStatus::Skipped => None,
    };
    if let Some(counter) = counter
        && ended > 0
    {
        *counter += u64::try_from(ended).unwrap_or(u64::MAX);
        counts.add(&mut writing.hot.add_counts)?;
    }
    Ok(ended)
}

/// Asks each of the app's endpoints, deleted ones included, for its delivery of the message.
fn of_message(connection: &Connection, app: AppId, message: MessageId) -> Outcome<Vec<DeliveryView>> {
    let mut statement = compile(
        connection,
        "SELECT e.key, e.tail, d.state, d.due_at, d.tries
         FROM endpoint e INDEXED BY endpoint_of_app
         CROSS JOIN delivery d ON d.endpoint_key = e.key AND d.message_key = ?
         WHERE e.app_key = ? ORDER BY e.key",
    )?;
    let mut rows = statement.query((message.key(), app.key()))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let columns = Columns::new(row, "delivery", message.key());
        let endpoint = columns.id(0, 1)?;
        let key = DeliveryKey { app, endpoint, message };
        found.push(DeliveryView { key, state: columns.state(2, 3)?, tries: columns.get(4)? });
    }
    Ok(found)
}

fn find(connection: &Connection, key: DeliveryKey) -> Outcome<Option<DeliveryView>> {
    let of_app: bool =
        compile(connection, "SELECT 1 FROM endpoint WHERE key = ? AND tail = ? AND app_key = ?")?
            .exists((key.endpoint.key(), key.endpoint.tail(), key.app.key()))?;
    if !of_app || !messages::exists(connection, key.app, key.message)? {
        return Ok(None);
    }
    let sql = "SELECT state, due_at, tries FROM delivery WHERE endpoint_key = ? AND message_key = ?";
    let mut statement = compile(connection, sql)?;
    let mut rows = statement.query((key.endpoint.key(), key.message.key()))?;
    let Some(row) = rows.next()? else {
        return Ok(None);
    };
    let columns = Columns::new(row, "delivery", key.message.key());
    Ok(Some(DeliveryView { key, state: columns.state(0, 1)?, tries: columns.get(2)? }))
}
