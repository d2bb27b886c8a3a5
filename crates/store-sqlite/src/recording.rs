//! Recording attempts: the write at the end of every attempt. One row for the attempt, one for its content, the
//! delivery's next state where nobody changed it meanwhile, and one upsert per endpoint for the counters.

use std::collections::HashSet;
use std::sync::Arc;

use rusqlite::Connection;
use tokio::sync::oneshot;
use wirepost_model::attempt::Trigger;
use wirepost_model::delivery::DeliveryStatus;
use wirepost_model::ids::{AttemptId, EndpointId};
use wirepost_model::timestamp::Timestamp;
use wirepost_store::deliveries::{AttemptRecord, HealthChange, Recording};
use wirepost_store::notices::{Cause, Notice};
use wirepost_store::{StoreError, StoreResult};

use crate::accepting::accept_notice;
use crate::columns::micros;
use crate::command::{Command, CommandSize};
use crate::statement::compile;
use crate::stats::CountsBatch;
use crate::writing::Writing;

/// An attempt, its content, its delivery, and entries in their indices.
const ROWS_PER_RECORD: usize = 5;

/// Attempts on their way to the writer.
pub(crate) struct RecordAttempts {
    recording: Arc<Recording>,
    reply: oneshot::Sender<StoreResult<()>>,
}

/// What took place in this write and is told of; kept only where somebody is to be told.
#[derive(Default)]
struct TookPlace {
    moved: HashSet<AttemptId>,
    disabled: HashSet<EndpointId>,
}

impl RecordAttempts {
    /// The command and where its answer comes.
    pub(crate) fn command(
        recording: Arc<Recording>,
    ) -> (Box<dyn Command>, oneshot::Receiver<StoreResult<()>>) {
        let (reply, answer) = oneshot::channel();
        let command = Self { recording, reply };
        (Box::new(command), answer)
    }
}

impl Command for RecordAttempts {
    fn run(&mut self, writing: &mut Writing<'_>) -> rusqlite::Result<()> {
        let Recording { records, health, notices } = &*self.recording;
        let mut counts = CountsBatch::default();
        let mut took_place = TookPlace::default();
        let somebody_listens = !notices.is_empty();
        for record in records {
            // A commit whose answer was lost is tried again; what it wrote stands.
            if !insert_attempt(writing, record)? {
                continue;
            }
            insert_content(writing, record)?;
            let advanced = advance_delivery(writing, record)?;
            count(&mut counts, record, advanced);
            if advanced && somebody_listens {
                took_place.moved.insert(record.attempt.id);
            }
        }
        for change in health {
            if change_health(writing.connection, change)? && somebody_listens {
                took_place.disabled.insert(change.endpoint);
            }
        }
        counts.add(&mut writing.hot.add_counts)?;
        for notice in notices {
            if took_place.includes(writing.connection, notice.cause)? {
                accept_notice(writing, &notice.message)?;
            }
        }
        Ok(())
    }

    fn settle(self: Box<Self>, committed: Result<(), String>) {
        let answer = committed.map_err(StoreError::Unavailable);
        // The engine may have stopped; what it sent is recorded all the same.
        let _ = self.reply.send(answer);
    }

    fn size(&self) -> CommandSize {
        let content = |record: &AttemptRecord| {
            record.content.response_body.len() + record.content.response_headers.len()
        };
        let Recording { records, health, notices } = &*self.recording;
        CommandSize {
            rows: records.len() * ROWS_PER_RECORD
                + health.len()
                + notices.iter().map(Notice::rows).sum::<usize>(),
            bytes: records.iter().map(content).sum(),
        }
    }
}

impl TookPlace {
    fn includes(&self, connection: &Connection, cause: Cause) -> rusqlite::Result<bool> {
        match cause {
            Cause::Attempt(attempt) => Ok(self.moved.contains(&attempt)),
            Cause::Disabled(endpoint) => Ok(self.disabled.contains(&endpoint)),
            Cause::Failing { endpoint, since, percent } => note_warning(connection, endpoint, since, percent),
        }
    }
}

/// Answers whether the endpoint is to be warned of: not, where it was, or where it is not failing so any more.
fn note_warning(
    connection: &Connection,
    endpoint: EndpointId,
    since: Timestamp,
    percent: u8,
) -> rusqlite::Result<bool> {
    let noted = compile(
        connection,
        "UPDATE endpoint SET warned_since = ?1, warned_percent = ?2
         WHERE key = ?3 AND tail = ?4 AND failing_since = ?1 AND disabled_at IS NULL AND deleted_at IS NULL
             AND (warned_since IS NOT ?1 OR warned_percent < ?2)",
    )?
    .execute((since.as_millis(), percent, endpoint.key(), endpoint.tail()))?;
    Ok(noted > 0)
}

/// Answers whether it was inserted: not, where it is there already.
fn insert_attempt(writing: &mut Writing<'_>, record: &AttemptRecord) -> rusqlite::Result<bool> {
    let attempt = &record.attempt;
    let endpoint_key = attempt.delivery.endpoint.key();
    let url_number = writing.url_number(endpoint_key, &attempt.url)?;
    let insert = &mut writing.hot.insert_attempt;
    insert.raw_bind_parameter(1, endpoint_key)?;
    insert.raw_bind_parameter(2, attempt.id.key())?;
    insert.raw_bind_parameter(3, attempt.id.tail())?;
    insert.raw_bind_parameter(4, attempt.delivery.message.key())?;
    insert.raw_bind_parameter(5, attempt.trigger.number())?;
    insert.raw_bind_parameter(6, attempt.started_at.as_millis())?;
    insert.raw_bind_parameter(7, micros(attempt.duration))?;
    insert.raw_bind_parameter(8, attempt.succeeded)?;
    insert.raw_bind_parameter(9, attempt.status)?;
    insert.raw_bind_parameter(10, attempt.failure.as_deref())?;
    insert.raw_bind_parameter(11, attempt.remote_address.as_deref())?;
    insert.raw_bind_parameter(12, attempt.timing.dns.map(micros))?;
    insert.raw_bind_parameter(13, attempt.timing.connect.map(micros))?;
    insert.raw_bind_parameter(14, attempt.timing.tls.map(micros))?;
    insert.raw_bind_parameter(15, attempt.timing.first_byte.map(micros))?;
    insert.raw_bind_parameter(16, url_number)?;
    Ok(insert.raw_execute()? > 0)
}

fn insert_content(writing: &mut Writing<'_>, record: &AttemptRecord) -> rusqlite::Result<()> {
    let insert = &mut writing.hot.insert_attempt_content;
    insert.raw_bind_parameter(1, record.attempt.id.key())?;
    insert.raw_bind_parameter(2, record.content.signature.as_str())?;
    insert.raw_bind_parameter(3, &record.content.response_headers[..])?;
    insert.raw_bind_parameter(4, &record.content.response_body[..])?;
    insert.raw_execute().map(drop)
}

/// Answers whether the state changed: not, where somebody changed it since it was read.
fn advance_delivery(writing: &mut Writing<'_>, record: &AttemptRecord) -> rusqlite::Result<bool> {
    let advance = &mut writing.hot.advance_delivery;
    advance.raw_bind_parameter(1, record.state.status().number())?;
    advance.raw_bind_parameter(2, record.state.due_at().map(Timestamp::as_millis))?;
    advance.raw_bind_parameter(3, record.tries)?;
    advance.raw_bind_parameter(4, record.attempt.delivery.endpoint.key())?;
    advance.raw_bind_parameter(5, record.attempt.delivery.message.key())?;
    advance.raw_bind_parameter(6, record.read_revision)?;
    Ok(advance.raw_execute()? > 0)
}

fn count(counts: &mut CountsBatch, record: &AttemptRecord, advanced: bool) {
    let attempt = &record.attempt;
    let counts = counts.of(attempt.delivery.endpoint.key(), attempt.started_at);
    if attempt.succeeded {
        counts.attempts_succeeded += 1;
    } else {
        counts.attempts_failed += 1;
    }
    counts.duration_millis += u64::try_from(attempt.duration.as_millis()).unwrap_or(u64::MAX);
    counts.latencies.note(attempt.duration);
    // A failed attempt by hand takes the delivery back to a state that was counted when it was reached.
    let returned = attempt.trigger == Trigger::Manual && !attempt.succeeded;
    if !advanced || returned {
        return;
    }
    match record.state.status() {
        DeliveryStatus::Delivered => counts.delivered += 1,
        DeliveryStatus::Failed => counts.failed += 1,
        DeliveryStatus::Canceled => counts.canceled += 1,
        DeliveryStatus::Pending | DeliveryStatus::Skipped => {}
    }
}

/// Answers whether it disabled the endpoint. Only that counts as a change of it: since when it fails says nothing
/// that an editor overwrites.
fn change_health(connection: &Connection, change: &HealthChange) -> rusqlite::Result<bool> {
    let (key, tail) = (change.endpoint.key(), change.endpoint.tail());
    let since = change.failing_since.map(Timestamp::as_millis);
    connection
        .prepare_cached(
            "UPDATE endpoint SET failing_since = ?1 WHERE key = ?2 AND tail = ?3 AND failing_since IS NOT ?1",
        )?
        .execute((since, key, tail))?;
    let Some(disabled) = change.disable else {
        return Ok(false);
    };
    let rows = connection
        .prepare_cached(
            "UPDATE endpoint SET disabled_reason = ?, disabled_at = ?, revision = revision + 1
                 WHERE key = ? AND tail = ? AND disabled_at IS NULL AND deleted_at IS NULL",
        )?
        .execute((disabled.reason.as_str(), disabled.at.as_millis(), key, tail))?;
    Ok(rows > 0)
}
