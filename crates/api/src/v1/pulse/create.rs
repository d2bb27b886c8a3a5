//! `POST /app/{app}/pulse`: makes a pulse.

use axum::extract::State;
use http::StatusCode;
use serde_json::json;
use wirepost_control::Control;

use super::shapes::{PulseIn, PulseOut};
use crate::auth::Auth;
use crate::error::ApiResult;
use crate::json::{Json, JsonBody};
use crate::openapi::Operation;
use crate::path::Named;

/// What this operation is to its callers.
pub(crate) fn operation() -> Operation {
    Operation::post(
        "/api/v1/app/{app}/pulse",
        "v1.pulse.create",
        "Makes a pulse: an event that people may raise",
    )
    .takes::<PulseIn>(json!({"name": "Send to storefront"}))
    .answers::<PulseOut>(StatusCode::CREATED, "The pulse that was made")
    .refuses(StatusCode::CONFLICT, "Another pulse of the app has this name")
}

pub(crate) async fn create(
    Auth(caller): Auth,
    Named(app): Named<String>,
    State(control): State<Control>,
    JsonBody(pulse): JsonBody<PulseIn>,
) -> ApiResult<Json<PulseOut>> {
    let access = control.enter(caller, &app).await?;
    let pulse = control.create_pulse(&access, pulse.into()).await?;
    Ok(Json(StatusCode::CREATED, pulse.into()))
}
