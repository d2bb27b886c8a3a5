//! Background tasks in the database.

use async_trait::async_trait;
use wirepost_model::background_task::{BackgroundTask, TaskStatus, TaskWork};
use wirepost_model::ids::TaskId;

use crate::StoreResult;
use crate::page::{Page, PageQuery};

/// Which tasks a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TaskFilter {
    /// Only tasks of this status.
    pub status: Option<TaskStatus>,
    /// Only tasks that do this.
    pub work: Option<TaskWork>,
}

/// Keeps background tasks.
#[async_trait]
pub trait BackgroundTasks {
    /// Adds a task, or says how far the one of this id has come.
    async fn put_task(&self, task: BackgroundTask) -> StoreResult<()>;

    /// The task of this id.
    ///
    /// # Errors
    /// `NotFound`.
    async fn find_task(&self, id: TaskId) -> StoreResult<BackgroundTask>;

    /// A page of all tasks by key.
    async fn list_tasks(&self, filter: TaskFilter, page: PageQuery<i64>)
    -> StoreResult<Page<BackgroundTask>>;
}
