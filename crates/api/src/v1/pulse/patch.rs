//! `PATCH /app/{app}/pulse/{pulse}`: changes what is named and leaves the rest alone.

use axum::extract::State;
use http::StatusCode;
use serde_json::json;
use wirepost_control::Control;

use super::shapes::{PulseOut, PulsePatch};
use crate::auth::Auth;
use crate::error::ApiResult;
use crate::json::{Json, JsonBody};
use crate::openapi::Operation;
use crate::path::Named;

/// What this operation is to its callers.
pub(crate) fn operation() -> Operation {
    let summary = "Changes what is named and leaves the rest alone";
    Operation::patch("/api/v1/app/{app}/pulse/{pulse}", "v1.pulse.patch", summary)
        .takes::<PulsePatch>(json!({"archived": false}))
        .answers::<PulseOut>(StatusCode::OK, "The pulse as it is now")
        .refuses(StatusCode::CONFLICT, "Another pulse of the app has this name")
}

pub(crate) async fn patch(
    Auth(caller): Auth,
    Named((app, id)): Named<(String, String)>,
    State(control): State<Control>,
    JsonBody(patch): JsonBody<PulsePatch>,
) -> ApiResult<Json<PulseOut>> {
    let access = control.enter(caller, &app).await?;
    let pulse = control.change_pulse(&access, &id, patch.into()).await?;
    Ok(Json(StatusCode::OK, pulse.into()))
}
