//! `GET /background-task/{task}`: one background task.

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
    Operation::get("/api/v1/background-task/{task}", "v1.background-task.get", "One background task")
        .answers::<TaskOut>(StatusCode::OK, "The task")
}

pub(crate) async fn get(
    Auth(caller): Auth,
    Named(task): Named<String>,
    State(control): State<Control>,
) -> ApiResult<Json<TaskOut>> {
    let task = control.find_task(caller, &task).await?;
    Ok(Json(StatusCode::OK, task.into()))
}
