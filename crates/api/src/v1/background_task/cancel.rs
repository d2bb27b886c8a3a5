//! `POST /background-task/{task}/cancel`: ends a task that is running.

use axum::extract::State;
use http::StatusCode;
use wirepost_control::Control;

use super::shapes::TaskOut;
use crate::auth::Auth;
use crate::error::ApiResult;
use crate::json::Json;
use crate::openapi::Operation;
use crate::path::Named;

/// What this operation is to its callers.
pub(crate) fn operation() -> Operation {
    let path = "/api/v1/background-task/{task}/cancel";
    Operation::post(path, "v1.background-task.cancel", "Ends a task that is running")
        .answers::<TaskOut>(StatusCode::OK, "The task as it is now; one that ended before stays as it was")
}

pub(crate) async fn cancel(
    Auth(caller): Auth,
    Named(task): Named<String>,
    State(control): State<Control>,
) -> ApiResult<Json<TaskOut>> {
    let task = control.cancel_task(caller, &task).await?;
    Ok(Json(StatusCode::OK, task.into()))
}
