//! Answers that are given again. A table of its own holds them by the span of time in which they came: an insert
//! finds its key's place in the youngest part, and those whose time is over leave from the front.

use async_trait::async_trait;
use bytes::Bytes;
use wirepost_model::timestamp::Timestamp;
use wirepost_store::error::Conflict;
use wirepost_store::idempotency::{Idempotency, KEPT_FOR, KeptAnswer, NewAnswer, RequestHash};
use wirepost_store::messages::NewMessage;
use wirepost_store::{StoreError, StoreResult};

use crate::SqliteStore;
use crate::accepting::AcceptMessages;
use crate::statement::compile;
use crate::writer::closed;
use crate::writing::Writing;

/// Answers of so much time lie together. Half of [`KEPT_FOR`], so that a live one lies in the present span or in one
/// of the two before; or in the one after, when the clock was set back.
const SPAN_MILLIS: i64 = 6 * 60 * 60 * 1_000;
const _: () = assert!(SPAN_MILLIS as u128 * 2 == KEPT_FOR.as_millis(), "the statements look into four spans");

/// A key that is kept in this span conflicts, one that is kept in another one hides the row to be inserted.
const KEEP: &str = "INSERT INTO kept_answer (span, key, request, answer, kept_at)
    SELECT ?1, ?2, ?3, ?4, ?5
    WHERE NOT EXISTS (SELECT 1 FROM kept_answer
                      WHERE span IN (?1 - 2, ?1 - 1, ?1 + 1) AND key = ?2 AND kept_at > ?6)
    ON CONFLICT DO NOTHING";
const FIND: &str = "SELECT request, answer FROM kept_answer
    WHERE span IN (?1 - 2, ?1 - 1, ?1, ?1 + 1) AND key = ?2 AND kept_at > ?3 LIMIT 1";
const FORGET: &str = "DELETE FROM kept_answer WHERE (span, key) IN
    (SELECT span, key FROM kept_answer WHERE span < ? ORDER BY span, key LIMIT ?)";

#[async_trait]
impl Idempotency for SqliteStore {
    async fn accept_messages_once(
        &self,
        messages: Vec<NewMessage>,
        answer: NewAnswer,
    ) -> StoreResult<Vec<Result<(), StoreError>>> {
        let (command, accepted) = AcceptMessages::command_once(messages, answer);
        self.writer.send(command).await?;
        accepted.await.map_err(|_| closed())?
    }

    async fn keep_answer(&self, answer: NewAnswer) -> StoreResult<()> {
        self.writer
            .write(move |writing| match keep(writing, &answer)? {
                true => Ok(()),
                false => Err(StoreError::Conflict(Conflict::Idempotency).into()),
            })
            .await
    }

    async fn find_answer(&self, key: RequestHash, now: Timestamp) -> StoreResult<KeptAnswer> {
        self.readers
            .read(move |connection| {
                let mut find = compile(connection, FIND)?;
                let mut rows = find.query((span_of(now), key, kept_since(now)))?;
                let Some(row) = rows.next()? else {
                    return Err(StoreError::NotFound.into());
                };
                Ok(KeptAnswer { request: row.get(0)?, answer: Bytes::from(row.get::<_, Vec<u8>>(1)?) })
            })
            .await
    }

    async fn forget_answers(&self, now: Timestamp, limit: usize) -> StoreResult<usize> {
        let oldest_live = span_of(now.minus(KEPT_FOR));
        let forget = self
            .writer
            .write(move |writing| Ok(compile(writing.connection, FORGET)?.execute((oldest_live, limit))?));
        forget.await
    }
}

/// Answers whether it was kept: not, where its key is taken.
pub(crate) fn keep(writing: &Writing<'_>, answer: &NewAnswer) -> rusqlite::Result<bool> {
    let now = writing.now;
    let mut insert = compile(writing.connection, KEEP)?;
    let row =
        (span_of(now), answer.key, answer.request, &answer.answer[..], now.as_millis(), kept_since(now));
    Ok(insert.execute(row)? > 0)
}

/// Takes back what [`keep`] did in the same transaction.
pub(crate) fn take_back(writing: &Writing<'_>, key: RequestHash) -> rusqlite::Result<()> {
    let sql = "DELETE FROM kept_answer WHERE span = ? AND key = ?";
    compile(writing.connection, sql)?.execute((span_of(writing.now), key)).map(drop)
}

fn span_of(instant: Timestamp) -> i64 {
    instant.as_millis().div_euclid(SPAN_MILLIS)
}

fn kept_since(now: Timestamp) -> i64 {
    now.minus(KEPT_FOR).as_millis()
}
