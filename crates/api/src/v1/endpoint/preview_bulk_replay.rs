//! `POST /app/{app}/endpoint/{endpoint}/bulk-replay/preview`: how many messages bulk-replay would send.

use axum::extract::State;
use http::StatusCode;
use serde_json::json;
use wirepost_control::Control;

use super::recovery_shapes::{BulkReplayIn, ReplayCountOut};
use crate::auth::Auth;
use crate::error::ApiResult;
use crate::json::{Json, JsonBody};
use crate::openapi::Operation;
use crate::path::Named;

/// What this operation is to its callers.
pub(crate) fn operation() -> Operation {
    let path = "/api/v1/app/{app}/endpoint/{endpoint}/bulk-replay/preview";
    Operation::post(path, "v1.endpoint.bulk-replay-preview", "How many messages bulk-replay would send")
        .takes::<BulkReplayIn>(json!({"since": "2026-01-31T12:00:00Z", "eventTypes": ["asset.created"]}))
        .answers::<ReplayCountOut>(StatusCode::OK, "The number")
        .refuses(StatusCode::CONFLICT, "The endpoint is disabled")
}

pub(crate) async fn preview_bulk_replay(
    Auth(caller): Auth,
    Named((app, endpoint)): Named<(String, String)>,
    State(control): State<Control>,
    JsonBody(wanted): JsonBody<BulkReplayIn>,
) -> ApiResult<Json<ReplayCountOut>> {
    let access = control.enter(caller, &app).await?;
    let found = control.preview_replay(&access, &endpoint, wanted.draft()?).await?;
    Ok(Json(StatusCode::OK, found.into()))
}
