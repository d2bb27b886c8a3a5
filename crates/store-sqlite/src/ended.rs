//! Tokens and background tasks that ended long ago, removed from the front of the indexes by their ends.

use async_trait::async_trait;
use wirepost_model::timestamp::Timestamp;
use wirepost_store::StoreResult;
use wirepost_store::ended::Ended;

use crate::SqliteStore;
use crate::statement::compile;

const FORGET_TOKENS: &str = "DELETE FROM token WHERE key IN
    (SELECT key FROM token INDEXED BY token_ended
     WHERE ended_at < ? AND key <> (SELECT max(key) FROM token) ORDER BY ended_at LIMIT ?)";
/// A task that ended does not change any more.
const FORGET_TASKS: &str = "DELETE FROM background_task WHERE key IN
    (SELECT key FROM background_task INDEXED BY background_task_ended
     WHERE status <> 'running' AND updated_at < ? AND key <> (SELECT max(key) FROM background_task)
     ORDER BY updated_at LIMIT ?)";

#[async_trait]
impl Ended for SqliteStore {
    async fn forget_tokens(&self, ended_before: Timestamp, limit: usize) -> StoreResult<usize> {
        self.forget(FORGET_TOKENS, ended_before, limit).await
    }

    async fn forget_tasks(&self, ended_before: Timestamp, limit: usize) -> StoreResult<usize> {
        self.forget(FORGET_TASKS, ended_before, limit).await
    }
}

impl SqliteStore {
    async fn forget(&self, sql: &'static str, ended_before: Timestamp, limit: usize) -> StoreResult<usize> {
        let before = ended_before.as_millis();
        self.writer
            .write(move |writing| Ok(compile(writing.connection, sql)?.execute((before, limit))?))
            .await
    }
}
