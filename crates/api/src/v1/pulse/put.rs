//! `PUT /app/{app}/pulse/{pulse}`: replaces a pulse.

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
    Operation::put("/api/v1/app/{app}/pulse/{pulse}", "v1.pulse.update", "Replaces a pulse")
        .takes::<PulseIn>(json!({"name": "Send to storefront", "objects": {"max": 50}}))
        .answers::<PulseOut>(StatusCode::OK, "The pulse as it is now")
        .refuses(StatusCode::CONFLICT, "Another pulse of the app has this name")
}

pub(crate) async fn put(
    Auth(caller): Auth,
    Named((app, id)): Named<(String, String)>,
    State(control): State<Control>,
    JsonBody(pulse): JsonBody<PulseIn>,
) -> ApiResult<Json<PulseOut>> {
    let access = control.enter(caller, &app).await?;
    let pulse = control.change_pulse(&access, &id, pulse.into()).await?;
    Ok(Json(StatusCode::OK, pulse.into()))
}
