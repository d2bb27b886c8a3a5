//! `GET /app/{app}/pulse/{pulse}`: one pulse, archived or not.

use axum::extract::State;
use http::StatusCode;
use wirepost_control::Control;

use super::shapes::PulseOut;
use crate::auth::Auth;
use crate::error::ApiResult;
use crate::json::Json;
use crate::openapi::Operation;
use crate::path::Named;

/// What this operation is to its callers.
pub(crate) fn operation() -> Operation {
    Operation::get("/api/v1/app/{app}/pulse/{pulse}", "v1.pulse.get", "One pulse, archived or not")
        .answers::<PulseOut>(StatusCode::OK, "The pulse")
}

pub(crate) async fn get(
    Auth(caller): Auth,
    Named((app, pulse)): Named<(String, String)>,
    State(control): State<Control>,
) -> ApiResult<Json<PulseOut>> {
    let access = control.enter(caller, &app).await?;
    let pulse = control.find_pulse(&access, &pulse).await?;
    Ok(Json(StatusCode::OK, pulse.into()))
}
