//! Background tasks as those see them who asked for them.

use wirepost_model::background_task::{BackgroundTask, TaskStatus, TaskStop, TaskWork};
use wirepost_model::capability::Capability;
use wirepost_model::ids::TaskId;
use wirepost_model::operational::OperationalEvent;
use wirepost_model::token::Scope;
use wirepost_store::background_tasks::{TaskEnd, TaskFilter};

use crate::caller::Caller;
use crate::page::{Page, PageQuery};
use crate::{Control, ControlError, ControlResult};

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
