//! `POST /app/{app}/endpoint/{endpoint}/bulk-replay`: sends again what a filter chooses.

use axum::extract::State;
use http::StatusCode;
use serde_json::json;
use wirepost_control::Control;

use super::recovery_shapes::BulkReplayIn;
use crate::auth::Auth;
use crate::error::ApiResult;
use crate::json::{Json, JsonBody};
use crate::openapi::Operation;
use crate::path::Named;
use crate::v1::background_task::shapes::TaskOut;

/// What this operation is to its callers.
pub(crate) fn operation() -> Operation {
    let path = "/api/v1/app/{app}/endpoint/{endpoint}/bulk-replay";
    Operation::post(path, "v1.endpoint.bulk-replay", "Sends again what a filter chooses, delivered or not")
        .takes::<BulkReplayIn>(json!({"since": "2026-01-31T12:00:00Z", "eventTypes": ["asset.created"]}))
        .answers::<TaskOut>(StatusCode::ACCEPTED, "A background task does it")
        .refuses(StatusCode::CONFLICT, "The endpoint is disabled")
}

pub(crate) async fn bulk_replay(
    Auth(caller): Auth,
    Named((app, endpoint)): Named<(String, String)>,
    State(control): State<Control>,
    JsonBody(wanted): JsonBody<BulkReplayIn>,
) -> ApiResult<Json<TaskOut>> {
    let access = control.enter(caller, &app).await?;
    let task = control.begin_replay(&access, &endpoint, wanted.draft()?).await?;
    Ok(Json(StatusCode::ACCEPTED, task.into()))
}
