//! `GET /background-task`: a page of all background tasks.

use axum::extract::State;
use http::StatusCode;
use wirepost_control::Control;
use wirepost_control::background_tasks::WantedTasks;
use wirepost_control::page::Page;
use wirepost_model::background_task::{TaskStatus, TaskWork};
use wirepost_model::capability::Capability;
use wirepost_model::ids::TaskKind;

use super::shapes::TaskOut;
use crate::auth::Auth;
use crate::error::{ApiError, ApiResult};
use crate::json::Json;
use crate::listing::Listing;
use crate::openapi::{Operation, query};
use crate::parameters::Parameters;

/// Tasks that callers may ask for, but that there never are here.
const OTHER_WORK: [&str; 5] = [
    "application.stats",
    "message.broadcast",
    "sdk.generate",
    "event-type.aggregate",
    "application.purge_content",
];

/// What this operation is to its callers.
pub(crate) fn operation() -> Operation {
    Operation::get("/api/v1/background-task", "v1.background-task.list", "A page of all background tasks")
        .queries(query::page())
        .query(query::order())
        .query(query::one_of("status", &["running", "finished", "failed"], "Only those that stand so"))
        .query(query::text("task", "Only those that do this, e.g. endpoint.recover"))
        .answers::<Listing<TaskOut>>(StatusCode::OK, "The page")
}

pub(crate) async fn list(
    Auth(caller): Auth,
    parameters: Parameters,
    State(control): State<Control>,
) -> ApiResult<Json<Listing<TaskOut>>> {
    let status = parameters.task_status()?;
    let page = parameters.page_by_id::<TaskKind>(parameters.order()?)?;
    let page = match parameters.task_work()? {
        Asked::Never => {
            caller.require(Capability::ViewBase)?;
            Page { rows: Vec::new(), done: true }
        }
        Asked::Any => control.list_tasks(caller, WantedTasks { status, work: None }, page).await?,
        Asked::For(work) => {
            control.list_tasks(caller, WantedTasks { status, work: Some(work) }, page).await?
        }
    };
    Ok(Json(StatusCode::OK, Listing::new(page, |task| task.id.to_string(), TaskOut::from)))
}

/// The work that a list is asked for.
enum Asked {
    Any,
    For(TaskWork),
    /// A known word for what is never done here.
    Never,
}

impl Parameters {
    fn task_status(&self) -> ApiResult<Option<TaskStatus>> {
        let Some(word) = self.text("status") else {
            return Ok(None);
        };
        let refused = || ApiError::refused_parameter("status", "must be running, finished or failed");
        TaskStatus::from_word(word).map(Some).ok_or_else(refused)
    }

    fn task_work(&self) -> ApiResult<Asked> {
        match self.text("task") {
            None => Ok(Asked::Any),
            Some(word) if OTHER_WORK.contains(&word) => Ok(Asked::Never),
            Some(word) => {
                let refused = || ApiError::refused_parameter("task", "must be the name of a background task");
                TaskWork::from_word(word).map(Asked::For).ok_or_else(refused)
            }
        }
    }
}
