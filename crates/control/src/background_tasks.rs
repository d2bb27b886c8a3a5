//! Background tasks as those see them who asked for them.

use wirepost_model::background_task::BackgroundTask;
use wirepost_model::capability::Capability;
use wirepost_model::ids::TaskId;
pub use wirepost_store::background_tasks::TaskFilter;

use crate::caller::Caller;
use crate::page::{Page, PageQuery};
use crate::{Control, ControlError, ControlResult};

impl Control {
    /// The background task of this id.
    ///
    /// # Errors
    /// `Forbidden`; `NotFound`; `Unavailable`.
    pub async fn find_task(&self, caller: Caller, id: &str) -> ControlResult<BackgroundTask> {
        caller.require_organisation_for(Capability::ViewBase)?;
        let id = TaskId::parse(id).map_err(|_| ControlError::NotFound)?;
        Ok(self.store().find_task(id).await?)
    }

    /// A page of all background tasks.
    ///
    /// # Errors
    /// `Forbidden`; `Unavailable`.
    pub async fn list_tasks(
        &self,
        caller: Caller,
        filter: TaskFilter,
        page: PageQuery<i64>,
    ) -> ControlResult<Page<BackgroundTask>> {
        caller.require_organisation_for(Capability::ViewBase)?;
        Ok(self.store().list_tasks(filter, page).await?)
    }
}
