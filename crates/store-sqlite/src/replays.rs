//! Sends again what a background task chooses, and cancels what is pending: bounded looks by a reader, and short
//! writes that check again what was found.

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, Row};
use wirepost_model::background_task::{TaskStatus, TaskWork};
use wirepost_model::delivery::{DeliveryKey, DeliveryStatus, Progress};
use wirepost_model::id_source::first_key_at;
use wirepost_model::message::Message;
use wirepost_model::replay::StandingAtEndpoint;
use wirepost_model::timestamp::Timestamp;
use wirepost_store::accepted::DueDelivery;
use wirepost_store::deliveries::PendingEndpoint;
use wirepost_store::error::Conflict;
use wirepost_store::replays::{
    CancelStep, Canceled, PendingPlace, ReplayBounds, ReplayCount, ReplayPage, ReplayQuery, ReplayStep,
    Replayable, Replays,
};
use wirepost_store::{StoreError, StoreResult};

use crate::accepting::accept_notice;
use crate::columns::Columns;
use crate::failure::Outcome;
use crate::key_range::SLACK;
use crate::statement::compile;
use crate::stats::CountsBatch;
use crate::writing::Writing;
use crate::{SqliteStore, attempts, background_tasks, messages};

/// Payload bytes after which a page is cut, so that a reader's memory stays bounded.
const PAGE_BYTES_MOST: usize = 8 << 20;

#[async_trait]
impl Replays for SqliteStore {
    async fn find_replayable(&self, query: ReplayQuery, bounds: ReplayBounds) -> StoreResult<ReplayPage> {
        self.readers.read(move |connection| find_replayable(connection, &query, bounds)).await
    }

    async fn count_replayable(&self, query: ReplayQuery, rows: usize) -> StoreResult<ReplayCount> {
        self.readers
            .read(move |connection| {
                let mut count = 0;
                let end = look(connection, &query, rows, |connection, found| {
                    count += u64::from(messages::has_payload(connection, found.message.id.key())?);
                    Ok(true)
                })?;
                Ok(ReplayCount { count, complete: end.done })
            })
            .await
    }

    async fn replay(&self, step: ReplayStep) -> StoreResult<u64> {
        self.writer.write(move |writing| replay(writing, &step)).await
    }

    async fn cancel_pending(&self, step: CancelStep) -> StoreResult<Canceled> {
        self.writer.write(move |writing| cancel_pending(writing, &step)).await
    }
}

/// A message that was looked at, beside its delivery.
struct Looked {
    message: Message,
    revision: Option<u32>,
}

/// Where a look ended.
struct LookEnd {
    looked_to: i64,
    done: bool,
}

fn find_replayable(
    connection: &Connection,
    query: &ReplayQuery,
    bounds: ReplayBounds,
) -> Outcome<ReplayPage> {
    let (mut chosen, mut bytes) = (Vec::new(), 0);
    let end = look(connection, query, bounds.rows, |connection, found| {
        let payload = messages::payload(connection, found.message.id.key())?;
        bytes += payload.as_ref().map_or(0, bytes::Bytes::len);
        chosen.push(Replayable {
            message: found.message.id,
            revision: found.revision,
            deliver_at: found.message.deliver_at,
            payload,
        });
        Ok(chosen.len() < bounds.messages && bytes < PAGE_BYTES_MOST)
    })?;
    Ok(ReplayPage { chosen, looked_to: end.looked_to, done: end.done })
}

/// Walks along the rows of the query and gives the chosen ones to `take`, until it wants no more or so many rows
/// were looked at.
fn look(
    connection: &Connection,
    query: &ReplayQuery,
    rows_most: usize,
    mut take: impl FnMut(&Connection, Looked) -> Outcome<bool>,
) -> Outcome<LookEnd> {
    let mut end = LookEnd { looked_to: query.after, done: true };
    let (app, endpoint) = (query.endpoint.app, query.endpoint.id);
    if !attempts::endpoint_is_of(connection, app, endpoint)? {
        return Ok(end);
    }
    let mut statement = compile(connection, &walk(query))?;
    let from = query.after.max(first_key_at(query.choice.since.minus(SLACK)) - 1);
    let to = first_key_at(query.choice.until.plus(SLACK));
    let mut rows = statement.query((app.key(), endpoint.key(), from, to))?;
    let mut looked = 0;
    while let Some(row) = rows.next()? {
        if looked == rows_most {
            end.done = false;
            break;
        }
        looked += 1;
        let (found, standing) = read(row, query)?;
        end.looked_to = found.message.id.key();
        let chosen = query.choice.takes(query.work, &query.endpoint, &found.message, standing);
        if chosen && !take(connection, found)? {
            end.done = rows.next()?.is_none();
            break;
        }
    }
    Ok(end)
}

/// Failed deliveries have an index of their own, all are walked by endpoint, and what is missing along the app.
/// Parameters are app, endpoint, and the keys between which messages lie.
fn walk(query: &ReplayQuery) -> String {
    let columns = messages::COLUMNS;
    let answered = match query.choice.filter.status_class {
        Some(_) => {
            "(SELECT a.status FROM attempt a INDEXED BY attempt_of_message
              WHERE a.message_key = d.message_key AND a.endpoint_key = d.endpoint_key ORDER BY a.key DESC LIMIT 1)"
        }
        None => "NULL",
    };
    let (from, key) = match query.work {
        TaskWork::EndpointRecover => (
            "delivery d INDEXED BY delivery_failed
             CROSS JOIN message m ON m.app_key = ?1 AND m.key = d.message_key
             WHERE d.state = 2 AND d.endpoint_key = ?2",
            "d.message_key",
        ),
        TaskWork::EndpointBulkReplay => (
            "delivery d
             CROSS JOIN message m ON m.app_key = ?1 AND m.key = d.message_key
             WHERE d.endpoint_key = ?2",
            "d.message_key",
        ),
        TaskWork::EndpointReplay => (
            "message m LEFT JOIN delivery d ON d.endpoint_key = ?2 AND d.message_key = m.key
             WHERE m.app_key = ?1",
            "m.key",
        ),
    };
    format!(
        "SELECT {columns}, d.state, d.revision, {answered}
         FROM {from} AND {key} > ?3 AND {key} < ?4 ORDER BY {key}"
    )
}

fn read(row: &Row<'_>, query: &ReplayQuery) -> Outcome<(Looked, StandingAtEndpoint)> {
    const BEHIND: usize = messages::COLUMN_COUNT;
    let message = messages::read(row, query.endpoint.app)?;
    let columns = Columns::new(row, "delivery", message.id.key());
    let status = match columns.get::<Option<u8>>(BEHIND)? {
        None => None,
        Some(number) => {
            let known = DeliveryStatus::ALL.get(usize::from(number)).copied();
            Some(known.ok_or_else(|| columns.damage("it has a state that does not exist"))?)
        }
    };
    let standing = StandingAtEndpoint { status, answered: columns.get(BEHIND + 2)? };
    Ok((Looked { message, revision: columns.get(BEHIND + 1)? }, standing))
}

fn replay(writing: &mut Writing<'_>, step: &ReplayStep) -> Outcome<u64> {
    // Refuses before anything is written.
    let task = background_tasks::find(writing.connection, step.task)?;
    let is_next = task.status == TaskStatus::Running
        && task.progress.cursor == step.from
        && (task.app, task.endpoint) == (step.app, step.endpoint);
    if !is_next {
        return Err(StoreError::Conflict(Conflict::Revision).into());
    }
    let (mut sent, mut expired) = (0, 0);
    for chosen in &step.page.chosen {
        if chosen.payload.is_none() {
            expired += 1;
        } else if make_pending(writing, step, chosen)? {
            sent += 1;
        }
    }
    let status = if step.page.done { TaskStatus::Finished } else { TaskStatus::Running };
    compile(
        writing.connection,
        "UPDATE background_task SET cursor = ?, found = found + ?, sent = sent + ?, expired = expired + ?,
             status = ?, updated_at = ?
         WHERE key = ? AND tail = ?",
    )?
    .execute((
        step.page.looked_to,
        step.page.chosen.len(),
        sent,
        expired,
        status.as_str(),
        step.now.as_millis(),
        step.task.key(),
        step.task.tail(),
    ))?;
    for notice in step.notices.iter().filter(|_| step.page.done) {
        accept_notice(writing, notice)?;
    }
    Ok(sent)
}

/// Answers whether it became pending: not, where it changed since it was found.
fn make_pending(writing: &mut Writing<'_>, step: &ReplayStep, chosen: &Replayable) -> Outcome<bool> {
    let due_at = chosen.deliver_at.map_or(step.now, |deliver_at| deliver_at.max(step.now));
    let (endpoint_key, message_key) = (step.endpoint.key(), chosen.message.key());
    let changed = match chosen.revision {
        None => compile(
            writing.connection,
            "INSERT INTO delivery (endpoint_key, message_key, state, tries, revision, due_at)
             VALUES (?, ?, 0, 0, 0, ?) ON CONFLICT DO NOTHING",
        )?
        .execute((endpoint_key, message_key, due_at.as_millis()))?,
        Some(revision) => compile(
            writing.connection,
            "UPDATE delivery SET state = 0, tries = 0, due_at = ?3, revision = revision + 1
             WHERE endpoint_key = ?1 AND message_key = ?2 AND revision = ?4 AND state <> 0",
        )?
        .execute((endpoint_key, message_key, due_at.as_millis(), revision))?,
    };
    if changed == 0 {
        return Ok(false);
    }
    let key = DeliveryKey { app: step.app, endpoint: step.endpoint, message: chosen.message };
    if due_at > step.now {
        let (app, endpoint) = (step.app, step.endpoint);
        writing.effects.note(PendingEndpoint { app, endpoint, first_due_at: due_at });
    } else {
        let revision = chosen.revision.map_or(0, |revision| revision.saturating_add(1));
        let progress = Progress { revision, ..Progress::FRESH };
        writing.effects.hand_over(DueDelivery { key, progress, due_at, payload: chosen.payload.clone() });
    }
    Ok(true)
}

/// Up to the last row of a step, both ends of the walk: what is due between them is looked at.
const STEP_END: &str = "SELECT due_at, message_key FROM delivery INDEXED BY delivery_pending
     WHERE endpoint_key = ? AND state = 0 AND (due_at, message_key) > (?, ?)
     ORDER BY due_at, message_key LIMIT 1 OFFSET ?";
const CANCEL: &str = "UPDATE delivery
     SET state = CASE WHEN resume_state > 0 THEN resume_state ELSE 3 END,
         due_at = NULL, resume_state = NULL, resume_due_at = NULL, revision = revision + 1
     WHERE endpoint_key = ?1 AND message_key IN
         (SELECT d.message_key FROM delivery d INDEXED BY delivery_pending
          CROSS JOIN message m ON m.app_key = ?2 AND m.key = d.message_key AND m.created_at < ?3
          WHERE d.endpoint_key = ?1 AND d.state = 0
              AND (d.due_at, d.message_key) > (?4, ?5) AND (d.due_at, d.message_key) <= (?6, ?7))";

fn cancel_pending(writing: &mut Writing<'_>, step: &CancelStep) -> Outcome<Canceled> {
    let (app, endpoint) = (step.app, step.endpoint);
    if !attempts::endpoint_is_of(writing.connection, app, endpoint)? {
        return Ok(Canceled { count: 0, next: None });
    }
    let start = PendingPlace { due_at: Timestamp::from_millis(i64::MIN), message_key: i64::MIN };
    let from = step.after.unwrap_or(start);
    let offset = step.rows.saturating_sub(1);
    let next = compile(writing.connection, STEP_END)?
        .query_row((endpoint.key(), from.due_at.as_millis(), from.message_key, offset), |row| {
            Ok(PendingPlace { due_at: Timestamp::from_millis(row.get(0)?), message_key: row.get(1)? })
        })
        .optional()?;
    let last = PendingPlace { due_at: Timestamp::from_millis(i64::MAX), message_key: i64::MAX };
    let to = next.unwrap_or(last);
    let count = compile(writing.connection, CANCEL)?.execute((
        endpoint.key(),
        app.key(),
        step.created_before.as_millis(),
        from.due_at.as_millis(),
        from.message_key,
        to.due_at.as_millis(),
        to.message_key,
    ))?;
    let count = u64::try_from(count).unwrap_or(u64::MAX);
    if count > 0 {
        writing.effects.withdraw(endpoint);
        let mut counts = CountsBatch::default();
        counts.of(endpoint.key(), writing.now).canceled += count;
        counts.add(&mut writing.hot.add_counts)?;
    }
    Ok(Canceled { count, next })
}
