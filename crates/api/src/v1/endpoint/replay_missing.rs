//! `POST /app/{app}/endpoint/{endpoint}/replay-missing`: sends what was never attempted there.

use axum::extract::State;
use http::StatusCode;
use serde_json::json;
use wirepost_control::Control;
use wirepost_model::background_task::TaskWork;

use super::recovery_shapes::ReplayIn;
use crate::auth::Auth;
use crate::error::ApiResult;
use crate::json::{Json, JsonBody};
use crate::openapi::Operation;
use crate::path::Named;
use crate::v1::background_task::shapes::TaskOut;

/// What this operation is to its callers.
pub(crate) fn operation() -> Operation {
    let path = "/api/v1/app/{app}/endpoint/{endpoint}/replay-missing";
    Operation::post(path, "v1.endpoint.replay-missing", "Sends what was never attempted there")
        .takes::<ReplayIn>(json!({"since": "2026-01-31T12:00:00Z"}))
        .answers::<TaskOut>(StatusCode::ACCEPTED, "A background task does it")
        .refuses(StatusCode::CONFLICT, "The endpoint is disabled")
}

pub(crate) async fn replay_missing(
    Auth(caller): Auth,
    Named((app, endpoint)): Named<(String, String)>,
    State(control): State<Control>,
    JsonBody(wanted): JsonBody<ReplayIn>,
) -> ApiResult<Json<TaskOut>> {
    let access = control.enter(caller, &app).await?;
    let task = control.begin_replay(&access, &endpoint, wanted.draft(TaskWork::EndpointReplay)).await?;
    Ok(Json(StatusCode::ACCEPTED, task.into()))
}
