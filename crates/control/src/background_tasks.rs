//! Background tasks as those see them who asked for them.

use wirepost_model::background_task::{BackgroundTask, TaskStatus, TaskStop, TaskWork};
use wirepost_model::capability::Capability;
use wirepost_model::ids::TaskId;
use wirepost_model::operational::OperationalEvent;
use wirepost_model::token::Scope;
use wirepost_store::background_tasks::{TaskEnd, TaskFilter};
use wirepost_store::replays::{ReplayCount, ReplayQuery};

use crate::caller::{AppAccess, Caller};
use crate::page::{Page, PageQuery};
use crate::{Control, ControlError, ControlResult};

/// Rows that are looked at for what a task has before it: some 20 ms of a reader's time, each time somebody looks.
const REMAINING_ROWS: usize = 20_000;

/// Which tasks a list is to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WantedTasks {
    /// Only tasks of this status.
    pub status: Option<TaskStatus>,
    /// Only tasks that do this.
    pub work: Option<TaskWork>,
}

impl Control {
    /// The background task of this id. A caller of one app sees its own alone.
    ///
    /// # Errors
    /// `MissingCapability`; `NotFound`; `Unavailable`.
    pub async fn find_task(&self, caller: Caller, id: &str) -> ControlResult<BackgroundTask> {
        caller.require(Capability::ViewBase)?;
        let id = TaskId::parse(id).map_err(|_| ControlError::NotFound)?;
        let task = self.store().find_task(id).await?;
        match caller.scope() {
            Scope::App(own) if own != task.app => Err(ControlError::NotFound),
            Scope::App(_) | Scope::Organisation => Ok(task),
        }
    }

    /// A page of background tasks: of all, or of the one app that the caller belongs to.
    ///
    /// # Errors
    /// `MissingCapability`; `Unavailable`.
    pub async fn list_tasks(
        &self,
        caller: Caller,
        wanted: WantedTasks,
        page: PageQuery<i64>,
    ) -> ControlResult<Page<BackgroundTask>> {
        caller.require(Capability::ViewBase)?;
        let app = match caller.scope() {
            Scope::App(own) => Some(own),
            Scope::Organisation => None,
        };
        let filter = TaskFilter { app, status: wanted.status, work: wanted.work };
        Ok(self.store().list_tasks(filter, page).await?)
    }

    /// A page of one app's background tasks.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn list_tasks_of_app(
        &self,
        access: &AppAccess,
        wanted: WantedTasks,
        page: PageQuery<i64>,
    ) -> ControlResult<Page<BackgroundTask>> {
        let filter = TaskFilter { app: Some(access.id()), status: wanted.status, work: wanted.work };
        Ok(self.store().list_tasks(filter, page).await?)
    }

    /// One of an app's background tasks.
    ///
    /// # Errors
    /// `NotFound` also for a task of another app; `Unavailable`.
    pub async fn find_task_of_app(&self, access: &AppAccess, id: &str) -> ControlResult<BackgroundTask> {
        let id = TaskId::parse(id).map_err(|_| ControlError::NotFound)?;
        let task = self.store().find_task(id).await?;
        if task.app == access.id() { Ok(task) } else { Err(ControlError::NotFound) }
    }

    /// How many messages a task that is running will still choose, as far as a bounded look tells; none for one that
    /// has ended.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn remaining_of_task(
        &self,
        access: &AppAccess,
        task: &BackgroundTask,
    ) -> ControlResult<ReplayCount> {
        let endpoint = access.view().endpoint(task.endpoint).filter(|_| task.status == TaskStatus::Running);
        let Some(endpoint) = endpoint else {
            return Ok(ReplayCount { count: 0, complete: true });
        };
        let query = ReplayQuery {
            endpoint: endpoint.endpoint.clone(),
            work: task.work,
            choice: task.choice.clone(),
            after: task.progress.cursor,
        };
        Ok(self.store().count_replayable(query, REMAINING_ROWS).await?)
    }

    /// Ends a task that is running; one that ended already stays as it is. What it had given to be sent goes on.
    ///
    /// # Errors
    /// `MissingCapability`; `NotFound`; `Unavailable`.
    pub async fn cancel_task(&self, caller: Caller, id: &str) -> ControlResult<BackgroundTask> {
        let task = self.find_task(caller.clone(), id).await?;
        caller.require(Capability::CreateAttempts)?;
        let end = TaskEnd { stopped: Some(TaskStop::Canceled), at: self.now() };
        let canceled =
            BackgroundTask { status: TaskStatus::Failed, stopped: end.stopped, updated_at: end.at, ..task };
        let notices = self.notices(&[OperationalEvent::task_finished(&canceled)]).await?;
        Ok(self.store().end_task_and_tell(canceled.id, end, notices).await?)
    }
}
