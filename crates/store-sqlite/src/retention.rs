//! Contents leave by age. What is to go is looked for on a reader, by key from the front and by the index of those
//! with a time of their own; the writer only removes. The row of the highest key stays, empty.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use rusqlite::Connection;
use tokio::sync::oneshot;
use wirepost_model::clock::Clock;
use wirepost_model::id_source::first_key_at;
use wirepost_model::timestamp::Timestamp;
use wirepost_store::retention::{Removed, Retention, WEIGHED_BYTES};
use wirepost_store::{StoreError, StoreResult};

use crate::command::{Command, CommandSize};
use crate::failure::Outcome;
use crate::statement::compile;
use crate::writer::closed;
use crate::writing::Writing;
use crate::{SqliteStore, attempts};

/// An attempt whose payload was in memory may still end after that payload left; what was answered to it goes at a
/// second look.
const SECOND_LOOK_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

const OWN: &str = "SELECT key, coalesce(length(payload), 0), payload IS NULL
    FROM message_content INDEXED BY message_content_expiry WHERE expires_at <= ? ORDER BY expires_at";
const ANSWERS: &str =
    "SELECT c.key, length(c.signature) + length(c.response_headers) + length(c.response_body)
    FROM attempt a INDEXED BY attempt_of_message CROSS JOIN attempt_content c ON c.key = a.key
    WHERE a.message_key = ?";
const MESSAGES_FROM_FRONT: &str =
    "SELECT key, coalesce(length(payload), 0) FROM message_content WHERE key < ? ORDER BY key";
const ATTEMPTS_FROM_FRONT: &str = "SELECT key, length(response_headers) + length(response_body)
    FROM attempt_content WHERE key < ? ORDER BY key";
const HIGHEST_MESSAGE: &str = "SELECT key, coalesce(length(payload), 0)
    FROM message_content WHERE key = (SELECT max(key) FROM message_content)";
const HIGHEST_ATTEMPT: &str =
    "SELECT key, length(signature) + length(response_headers) + length(response_body)
    FROM attempt_content WHERE key = (SELECT max(key) FROM attempt_content)";

#[async_trait]
impl Retention for SqliteStore {
    async fn remove_expired(
        &self,
        now: Timestamp,
        kept_for: Duration,
        weight_most: usize,
    ) -> StoreResult<Removed> {
        let look = move |connection: &Connection| Leaving::find(connection, now, kept_for, weight_most);
        let leaving = self.readers.read(look).await?;
        let mut removed =
            Removed { contents: leaving.contents, more: leaving.room == 0, ..Removed::default() };
        if !leaving.is_empty() {
            let (reply, answer) = oneshot::channel();
            let removal = Removal { leaving, now, clock: self.clock.clone(), began_at: now, reply };
            self.writer.send(Box::new(removal)).await?;
            removed.held = answer.await.map_err(|_| closed())??;
        }
        Ok(removed)
    }
}

/// What is to go in one step. It may be gone when its turn comes, and never comes back.
#[derive(Default)]
struct Leaving {
    /// The first contents, up to this key.
    messages_to: Option<i64>,
    attempts_to: Option<i64>,
    /// Messages whose own time is over: the payload goes, the row waits for the second look.
    payloads: Vec<i64>,
    /// Messages that were looked at a second time.
    messages: Vec<i64>,
    attempts: Vec<i64>,
    /// Rows that stay empty, for they have the highest key.
    empty_message: Option<i64>,
    empty_attempt: Option<i64>,
    contents: usize,
    /// What may be added yet.
    room: usize,
}

/// The row of the highest key of a table, and whether it is empty.
#[derive(Clone, Copy)]
struct Highest {
    key: i64,
    is_empty: bool,
}

impl Leaving {
    fn find(
        connection: &Connection,
        now: Timestamp,
        kept_for: Duration,
        weight_most: usize,
    ) -> Outcome<Self> {
        let mut leaving = Self { room: weight_most.max(1), ..Self::default() };
        let message = highest(connection, HIGHEST_MESSAGE)?;
        let attempt = highest(connection, HIGHEST_ATTEMPT)?;
        let live = first_key_at(now.minus(kept_for));
        leaving.find_own(connection, now, message, attempt)?;
        leaving.messages_to = leaving.front(connection, MESSAGES_FROM_FRONT, live.min(message.key))?;
        leaving.attempts_to = leaving.front(connection, ATTEMPTS_FROM_FRONT, live.min(attempt.key))?;
        if message.key < live && !message.is_empty && leaving.take(0) {
            leaving.empty_message = Some(message.key);
        }
        if attempt.key < live && !attempt.is_empty && leaving.take(0) {
            leaving.empty_attempt = Some(attempt.key);
        }
        Ok(leaving)
    }

    /// Messages with a time of their own, each behind what was answered to its attempts.
    fn find_own(
        &mut self,
        connection: &Connection,
        now: Timestamp,
        highest_message: Highest,
        highest_attempt: Highest,
    ) -> rusqlite::Result<()> {
        let mut own = compile(connection, OWN)?;
        let mut rows = own.query([now.as_millis()])?;
        while self.room > 0
            && let Some(row) = rows.next()?
        {
            let (key, bytes, seen): (i64, usize, bool) = (row.get(0)?, row.get(1)?, row.get(2)?);
            if !self.find_answers(connection, key, highest_attempt)? || !self.take(bytes) {
                break;
            }
            match seen {
                false => self.payloads.push(key),
                true if key == highest_message.key => self.empty_message = Some(key),
                true => self.messages.push(key),
            }
        }
        Ok(())
    }

    /// Answers whether there was room for all of them.
    fn find_answers(
        &mut self,
        connection: &Connection,
        message_key: i64,
        highest: Highest,
    ) -> rusqlite::Result<bool> {
        let mut answers = compile(connection, ANSWERS)?;
        let mut rows = answers.query([message_key])?;
        while let Some(row) = rows.next()? {
            let (key, bytes): (i64, usize) = (row.get(0)?, row.get(1)?);
            let is_highest = key == highest.key;
            if is_highest && highest.is_empty {
                continue;
            }
            if !self.take(bytes) {
                return Ok(false);
            }
            match is_highest {
                true => self.empty_attempt = Some(key),
                false => self.attempts.push(key),
            }
        }
        Ok(true)
    }

    /// The key up to which rows before `end` go.
    fn front(&mut self, connection: &Connection, sql: &str, end: i64) -> rusqlite::Result<Option<i64>> {
        let mut statement = compile(connection, sql)?;
        let mut rows = statement.query([end])?;
        let mut last = None;
        while self.room > 0
            && let Some(row) = rows.next()?
        {
            if !self.take(row.get(1)?) {
                break;
            }
            last = Some(row.get(0)?);
        }
        Ok(last)
    }

    /// Answers whether there was room for one more; a single one always has it.
    fn take(&mut self, bytes: usize) -> bool {
        let weight = 1 + bytes / WEIGHED_BYTES;
        let fits = weight <= self.room || self.contents == 0;
        if fits {
            self.contents += 1;
            self.room = self.room.saturating_sub(weight);
        } else {
            self.room = 0;
        }
        fits
    }

    fn is_empty(&self) -> bool {
        self.contents == 0
    }
}

fn highest(connection: &Connection, sql: &str) -> rusqlite::Result<Highest> {
    let mut statement = compile(connection, sql)?;
    let mut rows = statement.query([])?;
    match rows.next()? {
        Some(row) => Ok(Highest { key: row.get(0)?, is_empty: row.get::<_, i64>(1)? == 0 }),
        None => Ok(Highest { key: 0, is_empty: true }),
    }
}

/// What is to go, on its way to the writer.
struct Removal {
    leaving: Leaving,
    now: Timestamp,
    clock: Arc<dyn Clock>,
    began_at: Timestamp,
    reply: oneshot::Sender<StoreResult<Duration>>,
}

impl Command for Removal {
    fn run(&mut self, writing: &mut Writing<'_>) -> rusqlite::Result<()> {
        self.began_at = self.clock.now();
        let connection = writing.connection;
        let Leaving { payloads, messages, attempts, .. } = &self.leaving;
        let again_at = self.now.plus(SECOND_LOOK_AFTER).as_millis();
        for key in payloads {
            let sql = "UPDATE message_content SET payload = NULL, expires_at = ? WHERE key = ?";
            compile(connection, sql)?.execute((again_at, key))?;
        }
        for (sql, keys) in [
            ("DELETE FROM message_content WHERE key = ?", messages),
            ("DELETE FROM attempt_content WHERE key = ?", attempts),
        ] {
            for key in keys {
                compile(connection, sql)?.execute([key])?;
            }
        }
        for (sql, key) in [
            ("DELETE FROM message_content WHERE key <= ?", self.leaving.messages_to),
            ("DELETE FROM attempt_content WHERE key <= ?", self.leaving.attempts_to),
            (
                "UPDATE message_content SET payload = NULL, expires_at = NULL WHERE key = ?",
                self.leaving.empty_message,
            ),
            (attempts::EMPTY_CONTENT, self.leaving.empty_attempt),
        ] {
            if let Some(key) = key {
                compile(connection, sql)?.execute([key])?;
            }
        }
        Ok(())
    }

    fn settle(self: Box<Self>, committed: Result<(), String>) {
        let held = self.clock.now().since(self.began_at);
        // Who asked may have stopped; what has expired is gone all the same.
        let _ = self.reply.send(committed.map(|()| held).map_err(StoreError::Unavailable));
    }

    fn size(&self) -> CommandSize {
        CommandSize { rows: self.leaving.contents, bytes: 0 }
    }
}
