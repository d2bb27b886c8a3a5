//! `POST /app/{app}/endpoint/{endpoint}/recover/preview`: how many messages recover would send.

use axum::extract::State;
use http::StatusCode;
use serde_json::json;
use wirepost_control::Control;
use wirepost_model::background_task::TaskWork;

use super::recovery_shapes::{ReplayCountOut, ReplayIn};
use crate::auth::Auth;
use crate::error::ApiResult;
use crate::json::{Json, JsonBody};
use crate::openapi::Operation;
use crate::path::Named;

/// What this operation is to its callers.
pub(crate) fn operation() -> Operation {
    let path = "/api/v1/app/{app}/endpoint/{endpoint}/recover/preview";
    Operation::post(path, "v1.endpoint.recover-preview", "How many messages recover would send")
        .takes::<ReplayIn>(json!({"since": "2026-01-31T12:00:00Z"}))
        .answers::<ReplayCountOut>(StatusCode::OK, "The number")
        .refuses(StatusCode::CONFLICT, "The endpoint is disabled")
}

pub(crate) async fn preview_recover(
    Auth(caller): Auth,
    Named((app, endpoint)): Named<(String, String)>,
    State(control): State<Control>,
    JsonBody(wanted): JsonBody<ReplayIn>,
) -> ApiResult<Json<ReplayCountOut>> {
    let access = control.enter(caller, &app).await?;
    let found = control.preview_replay(&access, &endpoint, wanted.draft(TaskWork::EndpointRecover)).await?;
    Ok(Json(StatusCode::OK, found.into()))
}
