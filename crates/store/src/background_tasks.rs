//! Background tasks in the database.

use async_trait::async_trait;
use wirepost_model::background_task::{BackgroundTask, TaskStatus, TaskStop, TaskWork};
use wirepost_model::ids::{AppId, TaskId};
use wirepost_model::timestamp::Timestamp;

use crate::StoreResult;
use crate::messages::NewMessage;
use crate::page::{Page, PageQuery};

/// Which tasks a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TaskFilter {
    /// Only tasks of this app.
    pub app: Option<AppId>,
    /// Only tasks of this status.
    pub status: Option<TaskStatus>,
    /// Only tasks that do this.
    pub work: Option<TaskWork>,
}

/// How a task ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaskEnd {
    /// Why it was given up; `None` where it came to its end.
    pub stopped: Option<TaskStop>,
    /// When.
    pub at: Timestamp,
}

/// Keeps background tasks.
#[async_trait]
pub trait BackgroundTasks: Sync {
    /// Adds a task that is running, where its app has fewer than `running_most` of those.
    ///
    /// # Errors
    /// `NotFound` when the app lacks the endpoint; `Conflict(Tasks)` when it has too many.
    async fn create_task(&self, task: BackgroundTask, running_most: usize) -> StoreResult<()>;

    /// Ends a task that is running, and accepts the messages that tell of it in the same transaction; one that ended
    /// already stays as it is and is not told of. Answers how it is then.
    ///
    /// # Errors
    /// `NotFound`.
    async fn end_task_and_tell(
        &self,
        id: TaskId,
        end: TaskEnd,
        notices: Vec<NewMessage>,
    ) -> StoreResult<BackgroundTask>;

    /// The same where nobody is to be told.
    ///
    /// # Errors
    /// `NotFound`.
    async fn end_task(&self, id: TaskId, end: TaskEnd) -> StoreResult<BackgroundTask> {
        self.end_task_and_tell(id, end, Vec::new()).await
    }

    /// The task of this id.
    ///
    /// # Errors
    /// `NotFound`.
    async fn find_task(&self, id: TaskId) -> StoreResult<BackgroundTask>;

    /// A page of tasks by key.
    async fn list_tasks(&self, filter: TaskFilter, page: PageQuery<i64>)
    -> StoreResult<Page<BackgroundTask>>;
}
